"""Reading ``question.toml``: what is wrong in it is a fault that names the key, what was found and what is allowed."""

from __future__ import annotations

import re
import tomllib
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from neckevidence.core.errors import Fault
from neckevidence.data.bias_checks import domain_not_judged
from neckevidence.data.question import ANY, QUESTION, Question
from neckevidence.data.schema import RawTable

MOST_BYTES = 262_144
_MOST_SHOWN = 60  # characters of what was found, in a fault
_MOST_LISTED = 12  # codes that are allowed, in a fault
# The time that tomllib takes for a key grows with the square of its parts; no dot stands elsewhere but in texts and comments.
_MOST_DOTS = 20
_QUOTED = re.compile(
    r""""{3}(?:[^\\]|\\.)*?(?:"{3}(?!")|\Z)|'{3}.*?(?:'{3}(?!')|\Z)|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*'?|#[^\n]*""",
    re.DOTALL,
)
_LEVELS = "0, 1 or 2"
_EXPECTED = {
    "missing": "a value",
    "missing_argument": "a value",
    "string_too_short": "a text that is not empty",
    "string_type": "a text",
    "int_type": _LEVELS,
    "greater_than_equal": _LEVELS,
    "less_than_equal": _LEVELS,
    "tuple_type": "a list",
    "dict_type": "a block",
    "mapping_type": "a block",
    "dataclass_type": "a block",
}


def read_question(content: bytes | str) -> tuple[Question, tuple[Fault, ...]]:
    """Read a ``question.toml``.

    Parameters
    ----------
    content : bytes or str
        What stands in the file.

    Returns
    -------
    question : Question
        Without any block if there are faults.
    faults : tuple of Fault
        Each names the key, what was found and what is allowed.

    Examples
    --------
    >>> question, faults = read_question('title = "Gout"')
    >>> question.title, faults
    ('Gout', ())
    >>> print(read_question("titel = 3")[1][0])
    question.toml, column titel: found 3; expected one of the keys title, subtitle, searched, report, page, population, \
outcomes, treatments, lead, strata, reconstruct, notebooks
    """
    if len(content) > MOST_BYTES:
        return Question(), (_fault("", f"{len(content)} bytes", f"at most {MOST_BYTES} bytes"),)
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
        if any(line.count(".") > _MOST_DOTS for line in _QUOTED.sub("", text).splitlines()):
            return Question(), (_fault("", f"a key of over {_MOST_DOTS} parts", f"at most {_MOST_DOTS}"),)
        data = tomllib.loads(text)
        return TypeAdapter(Question).validate_python(data), ()
    except UnicodeDecodeError as error:
        return Question(), (_fault("", f"{error}", "UTF-8"),)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Question(), (_fault("", f"{error}", "TOML, version 1.0"),)
    except ValidationError as error:
        return Question(), tuple(_faults(error))


def _fault(key: str, found: str, expected: str) -> Fault:
    return Fault(QUESTION, None, key, found, expected)


def _faults(error: ValidationError) -> Iterator[Fault]:
    """Put what pydantic found into faults."""
    for one in error.errors(include_url=False):
        key = ".".join(str(step + 1 if isinstance(step, int) else step) for step in one["loc"])
        found = "nothing" if one["type"].startswith("missing") else _shown(one["input"])
        yield _fault(key, found, _expected(one))


def _shown(value: Any) -> str:
    shown = {dict: "a block", list: "a list"}.get(type(value)) or repr(value)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."


def _expected(one: ErrorDetails) -> str:
    """Say what is allowed in place of what was found."""
    if one["type"] == "unexpected_keyword_argument":
        return f"one of the keys {', '.join(_keys(one['loc'][:-1]))}"
    return _EXPECTED.get(one["type"], one["msg"].removeprefix("Input should be "))


def _keys(steps: tuple[str | int, ...]) -> list[str]:
    """Return the keys of the block that a path leads to."""
    kind: Any = Question
    for step in steps:
        if is_dataclass(kind):
            kind = get_type_hints(kind)[str(step)]
        elif get_origin(kind) is not None:
            kind = [part for part in get_args(kind) if part is not ...][-1]
        if get_origin(kind) in (Union, types.UnionType):
            kind = next(part for part in get_args(kind) if part is not type(None))
    return [one.name for one in fields(kind)] if is_dataclass(kind) else []


def question_faults(question: Question, tables: Mapping[str, RawTable]) -> Iterator[Fault]:
    """Yield where a question and its tables do not fit together.

    Parameters
    ----------
    question : Question
        The question.
    tables : mapping of str to RawTable
        The tables that could be read.

    Yields
    ------
    Fault
        A code of the question that no table has, a population of a trial of which the question says nothing, a trial of a
        class that must be judged for risk of bias and is not.
    """
    yield from unknown_codes(question, tables)
    yield from unsaid_populations(question, tables)
    yield from domain_not_judged(tables, question.treatments.judged_classes)


def unsaid_populations(question: Question, tables: Mapping[str, RawTable]) -> Iterator[Fault]:
    """Yield the cells with a population that is neither asked about nor described, if any is described.

    Parameters
    ----------
    question : Question
        The question.
    tables : mapping of str to RawTable
        The tables that could be read.

    Yields
    ------
    Fault
        One a cell.
    """
    if question.population is None or not question.population.codes:
        return
    known = {question.population.asked, *question.population.codes}
    for name, column in (("trials", "region"), ("reported", "region"), ("claim_rules", "applies_to")):
        allowed = known | {ANY} if name == "claim_rules" else known
        if name in tables and column in tables[name].text:
            for row, code in tables[name].text[column].dropna().items():
                if code not in allowed:
                    expected = f"a population of {QUESTION}: {_shortened(sorted(allowed))}"
                    yield Fault(name, int(row), column, repr(code), expected)


def unknown_codes(question: Question, tables: Mapping[str, RawTable]) -> Iterator[Fault]:
    """Yield the codes of a question that its tables do not have.

    Parameters
    ----------
    question : Question
        The question.
    tables : mapping of str to RawTable
        The tables that could be read.

    Yields
    ------
    Fault
        One a code. Columns that hold nothing at all are not compared.
    """
    for places, key, codes in _codes(question):
        known = {code for place in places for code in _column(tables, *place.split("."))}
        for code in codes:
            if known and code not in known:
                where = " or ".join(places)
                yield _fault(key, repr(code), f"a code of {where}: {_shortened(sorted(known))}")


def _codes(question: Question) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """Yield the columns that hold a kind of code, the key, and the codes that stand under it."""
    treatments = ("treatments.treatment", "arms.treatment")
    of = question.treatments
    for name, codes in (("reference", (of.reference,)), ("comparators", of.comparators), ("doses", of.doses)):
        yield treatments, f"treatments.{name}", tuple(filter(None, codes))
    yield ("treatments.drug_class",), "treatments.judged_classes", of.judged_classes
    for number, one in enumerate(question.lead, start=1):
        for name in ("treatment", "control"):
            yield treatments, f"lead.{number}.{name}", (getattr(one, name),)
        yield ("outcomes.outcome",), f"lead.{number}.outcome", (one.outcome,)
    domains = {name: getattr(question.outcomes, name) for name in ("benefits", "harms")}
    domains |= {f"headings.{name}": codes for name, codes in question.outcomes.headings.items()}
    for name, codes in domains.items():
        yield ("outcomes.domain",), f"outcomes.{name}", codes
    yield ("ratings.category",), "outcomes.good_from", tuple(filter(None, (question.outcomes.good_from,)))
    if question.population is not None:
        others = tuple(code for code in question.population.codes if code != question.population.asked)
        yield ("trials.region", "reported.region", "claim_rules.applies_to"), "population.codes", others
    if question.strata is not None:
        strata = tuple(dict.fromkeys((*question.strata.order, *question.strata.labels)))
        yield ("strata.stratum",), "strata", strata
    if question.reconstruct is not None:
        of = question.reconstruct
        yield ("pools.pool_id",), "reconstruct.pool", (of.pool,)
        yield ("pools.part_id",), "reconstruct.trial_id", (of.trial_id,)
        yield treatments, "reconstruct", (of.treatment, of.control)
        yield ("outcomes.outcome",), "reconstruct", tuple(filter(None, (of.outcome, of.split)))


def _column(tables: Mapping[str, RawTable], name: str, column: str) -> set[str]:
    if name not in tables or column not in tables[name].text:
        return set()
    return set(tables[name].text[column].dropna())


def _shortened(codes: list[str]) -> str:
    return ", ".join(codes[:_MOST_LISTED]) + (", ..." if len(codes) > _MOST_LISTED else "")
