"""Sentences whose numbers are filled in by code, so that none is typed."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from neckevidence.comparison import Comparison
from neckevidence.errors import NeckevidenceError
from neckevidence.numbers import interval_text, number_text, per_thousand_text, share_text, signed

_MEASURES = ("RR", "OR", "RD", "MD", "SMD")
_FORMATS = {"share": share_text, "per_thousand": per_thousand_text}


@dataclass(frozen=True)
class Prose:
    """A piece of text with the values that were filled into it.

    Attributes
    ----------
    text : str
        Markdown.
    values : dict of str to object
        What was filled in.
    """

    text: str
    values: Mapping[str, Any] = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def say(text: str, **values: Any) -> Prose:
    """Fill computed values into a sentence, as this package writes numbers.

    Parameters
    ----------
    text : str
        Markdown with a place in braces for each value: ``{patients}`` for text, whole numbers (with thousands separators)
        and comparisons (measure and interval); for other numbers with the way of writing behind a colon: ``{x:RR}``
        or another measure for its decimals, ``{x:share}`` for a share between 0 and 1 as a percentage,
        ``{x:per_thousand}`` for patients per thousand, ``{x:2}`` for two decimals.
    **values
        The values by name.

    Returns
    -------
    Prose
        Shown as Markdown in a notebook; its text is also the plain output that a rerun is compared with.

    Raises
    ------
    NeckevidenceError
        If a place has no value, a value has no place, or it is not said how a number is written.

    Examples
    --------
    >>> say("{shown:share} of the {n} patients had neck pain", shown=1 / 3, n=1405)
    33% of the 1,405 patients had neck pain
    """
    parts = list(string.Formatter().parse(text))
    places = {name for _, name, _, _ in parts if name is not None}
    if places != set(values):
        missing, left = sorted(places - set(values)), sorted(set(values) - places)
        raise NeckevidenceError(f"text: no value for {missing or 'none'}, no place for {left or 'none'}")
    shown = (words + ("" if name is None else _shown(name, values[name], form or "")) for words, name, form, _ in parts)
    return Prose("".join(shown), values)


def _shown(name: str, value: Any, form: str) -> str:
    if not form and isinstance(value, Comparison):
        numbers = interval_text(value.measure, value.estimate, value.ci_low, value.ci_high, value.level)
        return "; ".join((f"{value.measure} {numbers}", *value.marks))
    if not form and isinstance(value, str):
        return value
    if not form and isinstance(value, Integral):
        return f"{value:,}".replace("-", "\u2212")
    if form in _FORMATS:
        return _FORMATS[form](value)
    if form in _MEASURES:
        return number_text(form, value)
    if form.isdigit():
        return signed(value, int(form))
    allowed = ", ".join([*_MEASURES, *_FORMATS])
    raise NeckevidenceError(
        f"{name}: say how the number {value!r} is written, by {allowed} or its decimals; found {form!r}"
    )
