"""Sentences whose numbers are filled in by code, so that none is typed."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from neckevidence import escape
from neckevidence.comparison import Comparison
from neckevidence.errors import NeckevidenceError
from neckevidence.numbers import interval_text, number_text, per_thousand_text, share_text, signed

_MEASURES = ("RR", "OR", "RD", "MD", "SMD")
_BOLD = "**"
_FORMATS = {"share": share_text, "per_thousand": per_thousand_text}


@dataclass(frozen=True)
class Prose:
    """A piece of text with the values that were filled into it.

    Attributes
    ----------
    text : str
        Plain words.
    values : dict of str to object
        What was filled in.
    markdown : str
        The same as Markdown: the author's marks, and the values as text.
    lead : str
        The words at the start of `text` that the author marked as bold; empty for none.
    """

    text: str
    values: Mapping[str, Any] = field(repr=False, compare=False)
    markdown: str
    lead: str = ""

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.markdown


def say(text: str, **values: Any) -> Prose:
    """Fill computed values into a sentence, as this package writes numbers.

    Parameters
    ----------
    text : str
        Plain words, ``**bold**`` ones, and a place in braces for each value: ``{patients}`` for text, whole numbers (with
        thousands separators) and comparisons (measure and interval); for other numbers with the way of writing behind a
        colon: ``{x:RR}`` or another measure for its decimals, ``{x:share}`` for a share between 0 and 1 as a percentage,
        ``{x:per_thousand}`` for patients per thousand, ``{x:2}`` for two decimals.
    **values
        The values by name.

    Returns
    -------
    Prose
        Shown as Markdown in a notebook; its text is also the plain output that a rerun is compared with. Whatever a value
        holds is shown as it is: no value can be markup, a link or a formula.

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
    plain, markdown, marks = "", "", []
    for words, name, form, _ in parts:
        shown = "" if name is None else _shown(name, values[name], form or "")
        markdown += words + (escape.markdown(shown) if name and isinstance(values[name], str) else shown)
        first, *after = words.split(_BOLD)
        plain += first
        for stretch in after:
            marks.append(len(plain))
            plain += stretch
        plain += shown
    return Prose(plain, values, markdown, plain[: marks[1]] if len(marks) > 1 and marks[0] == 0 else "")


def listed(sentences: Iterable[str]) -> Prose:
    """Show sentences as the items of a list.

    Parameters
    ----------
    sentences : iterable of str
        Plain words.

    Returns
    -------
    Prose
        A line each; shown as a list in a notebook.

    Examples
    --------
    >>> listed(["one", "two"])
    one
    two
    """
    items = list(sentences)
    return Prose("\n".join(items), {}, "\n".join(f"- {escape.markdown(item)}" for item in items))


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
