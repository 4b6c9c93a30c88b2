"""The descriptor of a folder as JSON: what another hand may have put there is a fault, never a traceback."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from neckevidence.core.characters import HIDDEN
from neckevidence.core.errors import Fault, quoted
from neckevidence.data.delimited import decoded, hidden_characters
from neckevidence.data.folder import UnreadableError

DESCRIPTOR = "datapackage.json"
MAX_MIB = 1
MAX_DEPTH = 20
MAX_TEXT = 5_000

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_MONTH = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])")
_TEXTS = ("name", "title", "description", "version")


def read_json(data: bytes) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Read the descriptor and check all of its texts.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    descriptor : dict or None
        None if it cannot be read.
    faults : list of Fault
        What is wrong with it as JSON, with its texts, and with what it says of the whole evidence.
    """
    try:
        descriptor = _parsed(decoded(data))
    except UnreadableError as error:
        return None, [Fault(DESCRIPTOR, None, "", error.found, error.expected)]
    except (ValueError, RecursionError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        found = f"what is not JSON{where}: {getattr(error, 'msg', error)}"
        return None, [Fault(DESCRIPTOR, None, "", found, "JSON (RFC 8259)")]
    if not isinstance(descriptor, dict):
        return None, [
            Fault(DESCRIPTOR, None, "", f"{quoted(descriptor)}, not an object", "an object in curly brackets")
        ]
    faults = [*text_faults(DESCRIPTOR, descriptor, ""), *_head_faults(descriptor)]
    return descriptor, faults


def _parsed(text: str) -> Any:
    """Parse JSON that is not nested deeply, has no name twice and only finite numbers."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        sign = match.group()[0]
        depth += (sign in "[{") - (sign in "]}")
        if depth > MAX_DEPTH:
            raise UnreadableError(f"brackets nested over {MAX_DEPTH} deep", f"at most {MAX_DEPTH}")
    return json.loads(text, object_pairs_hook=_once, parse_constant=_refused, parse_float=_finite)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that gives one name twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise UnreadableError(f"{quoted(twice)} twice in one object", "each name once")
    return found


def _refused(word: str) -> Any:
    """Refuse NaN and Infinity, which are no JSON."""
    raise UnreadableError(word, "finite numbers only")


def _finite(text: str) -> float:
    """Refuse a number that overflows."""
    if not math.isfinite(number := float(text)):
        raise UnreadableError(quoted(text), "finite numbers only")
    return number


def text_faults(file: str, value: Any, place: str) -> Iterator[Fault]:
    """Yield the names and texts, at any depth, that are too long or hold characters that cannot be seen.

    Parameters
    ----------
    file : str
        The file in which they stand.
    value : object
        What was parsed.
    place : str
        Where in the file.

    Yields
    ------
    Fault
        One for each text.
    """
    if isinstance(value, dict):
        for name, part in value.items():
            yield from text_faults(file, name, place)
            yield from text_faults(file, part, f"{place}.{name[:50]}".lstrip("."))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from text_faults(file, part, f"{place}[{number}]")
    elif isinstance(value, str):
        if len(value) > MAX_TEXT:
            yield Fault(file, None, place, f"{len(value)} characters", f"at most {MAX_TEXT} characters")
        elif HIDDEN.search(value):
            yield from hidden_characters(file, None, place, value)


def _head_faults(descriptor: dict[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with the texts about the whole evidence."""
    for name in _TEXTS:
        if not isinstance(descriptor.get(name, ""), str):
            yield Fault(DESCRIPTOR, None, name, quoted(descriptor[name]), "text")
    searched = descriptor.get("searched", "2000-01")
    if not isinstance(searched, str) or not _MONTH.fullmatch(searched):
        yield Fault(DESCRIPTOR, None, "searched", quoted(searched), "a month such as 2026-11")
