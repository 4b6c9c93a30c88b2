"""Sentences whose numbers are filled in by code, so that none is typed."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from neckevidence.comparison.result import Comparison
from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import interval_text, number_text, per_thousand_text, share_text, signed
from neckevidence.equivalence.margins import Margin
from neckevidence.equivalence.reading import reading

_MEASURES = ("RR", "OR", "RD", "MD", "SMD")
_BOLD = "**"
_FORMATS = {"share": share_text, "per_thousand": per_thousand_text}


@dataclass(frozen=True)
class Stretch:
    """A stretch of a sentence.

    Attributes
    ----------
    text : str
        Plain words.
    strong : bool
        Whether the author marked it as bold.
    origin : object
        The result that it shows; None if it shows none.
    """

    text: str
    strong: bool = False
    origin: Any = None


@dataclass(frozen=True)
class Prose:
    """Sentences with the values that were filled into them.

    Attributes
    ----------
    text : str
        Plain words.
    values : dict of str to object
        What was filled in.
    markdown : str
        The same as Markdown: the author's marks, and the values as text.
    paragraphs : tuple of tuple of Stretch
        The same in stretches; each paragraph is an item if it is a list.
    is_list : bool
        Whether it is a list.
    """

    text: str
    values: Mapping[str, Any] = field(repr=False, compare=False)
    markdown: str
    paragraphs: tuple[tuple[Stretch, ...], ...] = field(repr=False, compare=False)
    is_list: bool = False

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.markdown


def say(text: str, of: Any = None, **values: Any) -> Prose:
    """Fill computed values into a sentence, as this package writes numbers.

    Parameters
    ----------
    text : str
        Plain words, ``**bold**`` ones, and a place in braces for each value: ``{patients}`` for text, whole numbers (with
        thousands separators) and comparisons (measure and interval); for other numbers with the way of writing behind a
        colon: ``{x:RR}`` or another measure for its decimals, ``{x:share}`` for a share between 0 and 1 as a percentage,
        ``{x:per_thousand}`` for patients per thousand, ``{x:2}`` for two decimals.
    of : object, optional
        Where the numbers come from, for the way from a report to the print: a result, a list of them, or names of facts. A
        value that is a comparison says so itself.
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
    markdown, stretches, strong = "", [], False
    for words, name, form, _ in parts:
        first, *after = words.split(_BOLD)
        stretches.append(Stretch(first, strong, of))
        for stretch in after:
            strong = not strong
            stretches.append(Stretch(stretch, strong, of))
        markdown += words
        if name is not None:
            value = values[name]
            shown = _shown(name, value, form or "")
            stretches.append(Stretch(shown, strong, value if isinstance(value, Comparison) else of))
            markdown += escape.markdown(shown) if isinstance(value, str) else shown
    paragraph = tuple(one for one in stretches if one.text)
    return Prose("".join(one.text for one in paragraph), values, markdown, (paragraph,))


def listed(sentences: Iterable[str | Prose], of: Any = None) -> Prose:
    """Show sentences as the items of a list.

    Parameters
    ----------
    sentences : iterable of str or Prose
        Plain words, or what `say` returned.
    of : object, optional
        Where the numbers of the plain ones come from; see `say`.

    Returns
    -------
    Prose
        A line each; shown as a list in a notebook.

    Examples
    --------
    >>> listed(["one", say("{n} more", n=2)])
    one
    2 more
    """
    items = [one if isinstance(one, Prose) else say("{words}", of, words=one) for one in sentences]
    paragraphs = tuple(paragraph for item in items for paragraph in item.paragraphs)
    markdown = "\n".join(f"- {item.markdown}" for item in items)
    return Prose("\n".join(item.text for item in items), {}, markdown, paragraphs, True)


def readings(results: Iterable[Comparison], margin: Margin | None = None) -> Prose:
    """Say of each result what its interval excludes.

    Parameters
    ----------
    results : iterable of Comparison
        The results.
    margin : Margin, optional
        To be read against.

    Returns
    -------
    Prose
        A list, an item a result, which begins with the outcome.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> readings([compare(load_evidence(), "CYC5", "PBO", outcome="headache")]).text.split(".")[0]
    'Headache'
    """
    return listed(
        say(
            "**{outcome}.** {words}",
            one,
            outcome=one.outcome_label[0].upper() + one.outcome_label[1:],
            words=reading(one, margin),
        )
        for one in results
    )


def methods(*results: Any) -> Prose:
    """Say how results were made, in their own words.

    Parameters
    ----------
    *results : object
        Results that have ``methods()``.

    Returns
    -------
    Prose
        A list, each sentence once.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> result = compare(load_evidence(), "CYC5", "PBO", outcome="headache")
    >>> len(methods(result, result).paragraphs)
    1
    """
    return listed(dict.fromkeys(one.methods() for one in results))


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
