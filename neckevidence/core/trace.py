"""Where the numbers of a text come from: a computed value, a printed figure, a name, or nowhere."""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from neckevidence.core.printed import printed_numbers, same_number
from neckevidence.core.values import ranges_in, values_in

# A digit behind a letter, an underscore or a point is part of a name (CYC5, day_7, I2), not a number. A hyphen or minus
# behind a digit, a letter, a percent sign or a bracket is a dash (12-14, 29%-38%), not a sign.
_NUMERAL = re.compile(
    r"(?:(?<![\w%)\].])[-\u2212])?(?<![\w.])"
    r"(?:\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d+,\d+(?=%)|\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?%?"
)
# Behind a number that counts hundredths without a percent sign.
_HUNDREDTHS = re.compile(r"(?: to \S+)?(?: more)? (?:points?|(?:in|of|per) 100)\b")
_TO = re.compile(r"\s+to\s+")
_INTERVAL = re.compile(r"(?:CI|CrI|intervals?) $")  # rounded to the nearest, never outward
_SLACK = 1e-9  # relative: a half in the last decimal may be rounded either way


@dataclass(frozen=True)
class Numeral:
    """A number as it stands in a text.

    Attributes
    ----------
    text : str
        With its sign, thousands separators and percent sign.
    value : float
        What it says; 29 for ``29%``.
    decimals : int
        Shown decimals; negative for a power of ten.
    percent : bool
        Whether a percent sign stands behind it, or the words ``points`` or ``of 100``.
    start, end : int
        Place in the text.
    """

    text: str
    value: float
    decimals: int
    percent: bool
    start: int
    end: int

    def shows(self, value: float) -> bool:
        """Tell whether a value, rounded as displayed, reads like this. A share of 0.29 reads as 29%."""
        half = 0.5 * 10.0**-self.decimals
        scales = (1.0, 100.0) if self.percent else (1.0,)
        return any(
            abs(scale * value - self.value) <= half * (1 + _SLACK) + _SLACK * abs(self.value) for scale in scales
        )


@dataclass(frozen=True)
class Traced:
    """A number of a text with where it comes from.

    Attributes
    ----------
    where : str
        Name of the text.
    numeral : Numeral
        The number.
    origin : {"computed", "printed", "name", ""}
        Empty if it comes from nowhere.
    basis : str
        The value, the cell of the evidence, or the name.
    context : str
        The words around it.
    """

    where: str
    numeral: Numeral
    origin: str
    basis: str
    context: str


@dataclass(frozen=True)
class Trace:
    """All numbers of some texts with where they come from."""

    traced: tuple[Traced, ...]

    @property
    def unexplained(self) -> tuple[Traced, ...]:
        """The numbers that come from nowhere."""
        return tuple(one for one in self.traced if not one.origin)

    @property
    def share(self) -> float:
        """Share of the numbers that are explained; 1 if there is none."""
        return 1 - len(self.unexplained) / len(self.traced) if self.traced else 1.0

    def to_frame(self) -> pd.DataFrame:
        """Return one row a number: where, number, origin, basis, context."""
        rows = [(one.where, one.numeral.text, one.origin, one.basis, one.context) for one in self.traced]
        return pd.DataFrame(rows, columns=["where", "number", "origin", "basis", "context"])

    def __repr__(self) -> str:
        return f"<Trace of {len(self.traced)} numbers, {len(self.unexplained)} unexplained>"

    def summary(self) -> str:
        """Return how many numbers there are, and each unexplained one with its context, a line each."""
        lines = [f"{one.where}: {one.numeral.text} in {one.context!r}" for one in self.unexplained]
        return "\n".join([f"{len(self.traced)} numbers, {len(lines)} unexplained", *lines])


def numerals(text: str) -> tuple[Numeral, ...]:
    """Find the numbers of a text.

    Parameters
    ----------
    text : str
        Plain text.

    Returns
    -------
    tuple of Numeral
        In order. Digits that are part of a name (``CYC5``, ``day_7``) are no numbers.

    Examples
    --------
    >>> [one.text for one in numerals("RR 0.76 (29% of 1,389; \u221291, 12-14) on CYC5")]
    ['0.76', '29%', '1,389', '\u221291', '12', '14']
    """
    return tuple(_numeral(match, text) for match in _NUMERAL.finditer(text))


def _plain(shown: str) -> str:
    """Write a number without separators and signs of per cent; a decimal comma, as in 1,6%, becomes a point."""
    shown = re.sub(r",(?=\d+%)(?!\d{3}%)", ".", shown)
    return re.sub("[,\u00a0\u202f%]", "", shown).replace("\u2212", "-")


def _numeral(match: re.Match[str], text: str) -> Numeral:
    shown = match.group()
    plain = _plain(shown)
    mantissa, _, power = plain.lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(power or 0)
    percent = shown.endswith("%") or bool(_HUNDREDTHS.match(text, match.end()))
    return Numeral(shown, float(plain), decimals, percent, match.start(), match.end())


def trace_numbers(
    texts: str | Mapping[str, str],
    values: Any = (),
    facts: pd.DataFrame | Iterable[str] = (),
    names: Iterable[str] = (),
) -> Trace:
    r"""Tell for every number of a text where it comes from.

    Parameters
    ----------
    texts : str or dict of str to str
        Displayed texts, by name.
    values : object
        Computed results, for `neckevidence.core.values.values_in`.
    facts : DataFrame or iterable of str
        Cells of the evidence. A number is printed if it stands within a whole cell that is displayed; of a column
        ``as_printed`` each number counts by itself too, with its decimals.
    names : iterable of str
        Regular expressions of what may hold a number that is no result, such as ``\d+ mg``.

    Returns
    -------
    Trace
        Each number with its origin: a name, else a printed figure, else a computed value rounded as displayed, with its
        sign. A share is displayed as a percentage, or in points; the ends of a range that is not an interval of
        confidence, as ``a to b`` rounded outward, both together (`neckevidence.core.numbers.band_text`).

    Notes
    -----
    That some value reads like a number does not prove that the number was made from it: the more values are given, the
    weaker the finding. Give those of one result at a time.

    Examples
    --------
    >>> trace_numbers("RR 0.76, 29% on 5 mg; 0.77", [0.7626], ["29%"], [r"\d+ mg"]).unexplained[0].numeral.text
    '0.77'
    """
    named = {"text": texts} if isinstance(texts, str) else texts
    patterns = tuple(re.compile(name) for name in names)
    tracer = _Tracer(values_in(values), ranges_in(values), *_cells(facts), patterns)
    return Trace(tuple(one for where, text in named.items() for one in tracer.trace(where, " ".join(text.split()))))


def _cells(facts: pd.DataFrame | Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the cells that hold a digit, the longest first, and the numbers of the printed figures."""
    cells, printed = facts, []
    if isinstance(facts, pd.DataFrame):
        cells = [str(cell) for name in facts for cell in facts[name].dropna()]
        printed = list(facts["as_printed"].dropna()) if "as_printed" in facts else []
    unique = {" ".join(cell.split()) for cell in cells if any(sign.isdigit() for sign in cell)}
    words = tuple(dict.fromkeys(word for figure in printed for word in printed_numbers(figure)))
    return tuple(sorted(unique, key=lambda cell: (-len(cell), cell))), words


@dataclass(frozen=True)
class _Tracer:
    values: tuple[float, ...]
    ranges: tuple[tuple[float, float], ...]
    cells: tuple[str, ...]
    words: tuple[str, ...]
    names: tuple[re.Pattern[str], ...]

    def trace(self, where: str, text: str) -> Iterator[Traced]:
        named = [(*match.span(), match.group()) for name in self.names for match in name.finditer(text)]
        quoted = [span for cell in self.cells if cell in text for span in _places(cell, text)]
        found = numerals(text)
        in_range = dict(self._in_ranges(found, text))
        for place, numeral in enumerate(found):
            origin, basis = self._origin(numeral, named, quoted)
            if not origin and place in in_range:
                origin, basis = "computed", in_range[place]
            around = text[max(numeral.start - 30, 0) : numeral.end + 20]
            yield Traced(where, numeral, origin, basis, around)

    def _origin(self, numeral: Numeral, named: list, quoted: list) -> tuple[str, str]:
        for origin, spans in (("name", named), ("printed", quoted)):
            for start, end, basis in spans:
                if start <= numeral.start and numeral.end <= end:
                    return origin, basis
        word = next((word for word in self.words if same_number(_plain(numeral.text), word)), None)
        if word is not None:
            return "printed", word
        value = self._value(numeral)
        return ("", "") if value is None else ("computed", repr(value))

    def _value(self, numeral: Numeral) -> float | None:
        half = 10.0**-numeral.decimals
        for scale in (1.0, 100.0) if numeral.percent else (1.0,):
            first = bisect_left(self.values, (numeral.value - half) / scale)
            last = bisect_left(self.values, (numeral.value + half) / scale)
            for value in self.values[first:last]:
                if numeral.shows(value):
                    return value
        return None

    def _in_ranges(self, found: tuple[Numeral, ...], text: str) -> Iterator[tuple[int, str]]:
        """Yield the numbers of each ``a to b`` that is a range with its ends rounded outward."""
        for place, (low, high) in enumerate(itertools.pairwise(found)):
            if not _TO.fullmatch(text[low.end : high.start]) or _INTERVAL.search(text[: low.start]):
                continue
            unit = 10.0**low.decimals
            for least, most in self.ranges if low.decimals == high.decimals else ():
                outward = math.floor(least * unit + _SLACK), math.ceil(most * unit - _SLACK)
                if outward == (round(low.value * unit), round(high.value * unit)):
                    yield from ((place, f"{least!r} to {most!r}"), (place + 1, f"{least!r} to {most!r}"))


def _places(cell: str, text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where a cell stands in a text as a whole, not cut out of a longer number or word."""
    for match in re.finditer(re.escape(cell), text):
        before, after = text[: match.start()][-1:], text[match.end() :][:2]
        if not (before.isalnum() or before in {".", "_"}) and not re.match(r"\w|[.,]\d|%", after):
            yield match.start(), match.end(), cell
