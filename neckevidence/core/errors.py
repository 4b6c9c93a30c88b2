"""What can go wrong for a user, as exceptions with a message that can be shown as it is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, fields

from neckevidence.core.characters import printable

_QUOTED = 80  # characters of a cell that a message shows
_SHOWN = 1_000  # characters of any part of a message


class NeckevidenceError(Exception):
    """A mistake in the input or the evidence; its message is meant for the user, and safe to print."""

    def __str__(self) -> str:
        return "\n".join(map(printable, super().__str__().split("\n")))


@dataclass(frozen=True, order=True)
class Fault:
    """One fault in an evidence folder.

    Attributes
    ----------
    table : str
        Table in which the fault stands, ``datapackage.json`` for the schema itself.
    row : int or None
        Line of the CSV file, the header being line 1; None if the whole table is meant.
    column : str
        Column or columns, separated by a comma and a space.
    found : str
        What stands there.
    expected : str
        What is allowed.
    """

    table: str
    row: int | None
    column: str
    found: str
    expected: str

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str):
                object.__setattr__(self, field.name, _shortened(printable(value[: _SHOWN + 1]), _SHOWN))

    def __str__(self) -> str:
        place = self.table + ("" if self.row is None else f", row {self.row}")
        place += f", column {self.column}" if self.column else ""
        return f"{place}: found {self.found}; expected {self.expected}"


class EvidenceError(NeckevidenceError):
    """The evidence folder has faults; all of them are in ``faults``."""

    def __init__(self, folder: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        head = f"{counted(len(self.faults), 'fault')} in the evidence folder {folder}:"
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))


class UnknownCodeError(NeckevidenceError):
    """A treatment, outcome, measure or trial that the vocabulary does not hold."""

    def __init__(self, kind: str, found: str, allowed: Iterable[str]) -> None:
        self.suggestions = nearest(found, allowed)
        hint = f"; did you mean {' or '.join(self.suggestions)}?" if self.suggestions else ""
        super().__init__(f"unknown {kind} {quoted(found)}{hint}")


class NoComparisonError(NeckevidenceError):
    """No trial in the evidence has a figure for the comparison that was asked for."""


def quoted(text: object) -> str:
    """Return a cell or a name as a message shows it.

    Parameters
    ----------
    text : object
        What was found.

    Returns
    -------
    str
        In quotation marks if it is text, shortened if it is long, every character visible.

    Examples
    --------
    >>> quoted("sleepiness"), quoted(7), len(quoted("a" * 1000))
    ("'sleepiness'", '7', 85)
    """
    if isinstance(text, str):
        return repr(_shortened(printable(text), _QUOTED))
    return _shortened(printable(repr(text)), _QUOTED)


def _shortened(text: str, length: int) -> str:
    """Return a text with its end left out if it is longer."""
    return text if len(text) <= length else text[:length] + "..."


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Parameters
    ----------
    number : int
        How many.
    noun : str
        In the singular.

    Returns
    -------
    str
        With an s unless it is one.

    Examples
    --------
    >>> counted(1, "cell"), counted(3, "cell")
    ('1 cell', '3 cells')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def joined(names: Iterable[str]) -> str:
    """Return names as a sentence lists them.

    Parameters
    ----------
    names : iterable of str
        The names.

    Returns
    -------
    str
        With commas, and "and" before the last.

    Examples
    --------
    >>> joined(["A"]), joined(["A", "B"]), joined(["A", "B", "C"])
    ('A', 'A and B', 'A, B and C')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def nearest(found: str, allowed: Iterable[str], number: int = 3) -> list[str]:
    """Return the allowed words that look most like the one that was found.

    Parameters
    ----------
    found : str
        The word that is not allowed.
    allowed : iterable of str
        The words that are.
    number : int
        At most so many suggestions.

    Returns
    -------
    list of str
        The nearest first; empty if none is near.

    Examples
    --------
    >>> nearest("somnolense", ["somnolence", "headache"])
    ['somnolence']
    """
    by_lower = {word.lower(): word for word in allowed}
    hits = difflib.get_close_matches(found.lower(), by_lower, n=number, cutoff=0.6)
    starts = [low for low in by_lower if low.startswith(found.lower()) and low not in hits]
    return [by_lower[low] for low in (hits + starts)[:number]]
