"""Results against their equivalence margins: one row each, and the answers that there can be."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import interval_text, number_text, signed
from neckevidence.effects.measures import LONG_NAMES, RATIOS
from neckevidence.equivalence.assessment import FACTORS, Equivalence
from neckevidence.equivalence.limits import Limits, on_analysis_scale
from neckevidence.figures.forest_canvas import ForestRow, _axes, _columns, _favours, _labels, _text_columns
from neckevidence.figures.style import BAND, CAUTION, MUTED, TREATMENT, house_style

_BAND_NAMES = dict(zip(FACTORS, ("\u00bd", "1", "1\u00bd"), strict=True))
_BAND_INK = "#006b4f"
_LEAST, _MOST = 1.9, 3.2  # reach of the axis, in margins
_CROWDED = 2.3  # beyond this reach the ticks at half margins go


@dataclass(frozen=True)
class _Row:
    """One row: its texts, and its numbers in margins, on the scale on which the margin is symmetrical."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    estimate: float
    wide: Limits
    narrow: Limits
    randomised: bool = True


@dataclass(frozen=True)
class Example:
    """An interval that stands for an answer, in margins: estimate and half of its width."""

    answer: str
    estimate: float
    half: float
    meaning: str

    @property
    def wide(self) -> Limits:
        """The 95% interval."""
        return self.estimate - self.half, self.estimate + self.half

    @property
    def narrow(self) -> Limits:
        """The 90% interval."""
        inner = self.half * 1.645 / 1.96
        return self.estimate - inner, self.estimate + inner


@dataclass(frozen=True)
class FourOutcomes:
    """What the picture of the four answers shows: examples, not results."""

    examples: tuple[Example, ...]


FOUR_OUTCOMES = FourOutcomes(
    (
        Example("Equivalent", 0.1, 0.65, "The thick interval lies within the margin."),
        Example(
            "Statistically different, not relevantly",
            0.55,
            0.4,
            "Within the margin, and the thin interval leaves out 0.",
        ),
        Example("Different", 1.85, 0.6, "The thin interval lies beyond the margin."),
        Example("Undecided", 0.45, 1.6, "No difference is shown, and no equality either."),
        Example("Undecided", 1.05, 0.75, "A difference is shown; whether a relevant one is not."),
    )
)


def equivalence_plot(
    assessments: Equivalence | Sequence[Equivalence], ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Draw intervals against their margins, with the answer in words.

    Parameters
    ----------
    assessments : Equivalence or sequence of Equivalence
        One row each, from top to bottom. Measures and margins may differ: the axis counts in margins, and is labelled in the
        units of the measure if all rows share measure and margin.
    ax : matplotlib Axes, optional
        Where to draw; its place is shared between plot and columns. By default a new figure that fits.
    title : str, optional
        Heading.

    Returns
    -------
    matplotlib Axes
        The Axes with the plot. The artists carry a ``gid``: ``margin`` (three bands), ``wide`` (1 - alpha), ``narrow``
        (1 - 2 alpha), ``estimate``.

    Raises
    ------
    NeckevidenceError
        If there is nothing to draw, or the levels differ.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> from neckevidence.equivalence.assessment import assess_equivalence
    >>> result = compare(load_evidence(), "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    >>> axes = equivalence_plot(assess_equivalence(result, 5))
    >>> [round(float(x), 2) for x in next(line for line in axes.lines if line.get_gid() == "wide").get_xdata()]
    [-0.42, 0.54]
    """
    ones = [assessments] if isinstance(assessments, Equivalence) else list(assessments)
    if not ones:
        raise NeckevidenceError("there is nothing to draw: no assessment was given")
    if len({one.alpha for one in ones}) > 1:
        raise NeckevidenceError(f"the levels differ: alpha {', '.join(f'{one.alpha:g}' for one in ones)}")
    alpha, measures = ones[0].alpha, {one.comparison.measure for one in ones}
    shared = len(measures) == 1 and len({one.bounds for one in ones}) == 1
    rows = [_row(one, shared) for one in ones]
    heads = ("Result", "Margin", f"Effect ({100 * (1 - alpha):g}% CI)", "Answer")
    name = f"{LONG_NAMES[measures.pop()]}{_unit(ones[0])}" if shared else "effect, in margins"
    lines = f"thin {100 * (1 - alpha):g}%, thick {100 * (1 - 2 * alpha):g}% interval"
    directions = {one.comparison.direction for one in ones}
    allocations = dict.fromkeys(one.comparison.allocation for one in ones if one.comparison.allocation)
    caution = f"Hollow, dashed: {' or '.join(allocations)}." if allocations else ""
    with house_style():
        ax = _draw(rows, heads, title or "Against the margin of equivalence", ax, (name, lines), directions, caution)
        if shared:
            ticks = [tick for tick in ax.get_xticks() if abs(tick) <= ax.get_xlim()[1]]
            ax.set_xticks(ticks, [_natural_tick(ones[0], tick) for tick in ticks])
    return ax


def four_outcomes_plot(ax: Axes | None = None) -> Axes:
    """Draw what an interval can say against a margin: the four answers, one example or two each.

    Parameters
    ----------
    ax : matplotlib Axes, optional
        Where to draw; its place is shared between plot and columns. By default a new figure that fits.

    Returns
    -------
    matplotlib Axes
        The Axes with the plot.

    Examples
    --------
    >>> len([line for line in four_outcomes_plot().lines if line.get_gid() == "narrow"])
    5
    """
    rows = [
        _Row((one.answer,), (textwrap.fill(one.meaning, 30),), one.estimate, one.wide, one.narrow)
        for one in FOUR_OUTCOMES.examples
    ]
    heads = "Answer", "What the interval says"
    names = "effect, in margins", "thin 95%, thick 90% interval"
    with house_style():
        return _draw(rows, heads, "Four answers to a question of equivalence", ax, names, set(), "", bands=(1.0,))


def _row(one: Equivalence, shared: bool) -> _Row:
    result, measure = one.comparison, one.comparison.measure
    size = on_analysis_scale(measure, one.bounds[1])
    scaled = [on_analysis_scale(measure, value) / size for value in (one.estimate, *one.wide, *one.narrow)]
    effect = interval_text(measure, one.estimate, *one.wide, 1 - one.alpha)
    effect = effect.replace(f"{100 * (1 - one.alpha):g}% CI ", "")  # stands in the heading
    effect = effect if shared else f"{measure} {effect}"
    words = one.words() + ("; the rounding of the figures can change this" if one.lost_by_rounding else "")
    texts = result.title(), one.margin_text()
    return _Row(
        texts,
        (effect, textwrap.fill(words, 30)),
        scaled[0],
        (scaled[1], scaled[2]),
        (scaled[3], scaled[4]),
        result.randomised,
    )


def _draw(
    rows: Sequence[_Row],
    heads: tuple[str, ...],
    title: str,
    ax: Axes | None,
    names: tuple[str, str],
    directions: set[str],
    caution: str,
    bands: Sequence[float] = FACTORS,
) -> Axes:
    number = len(rows[0].left)
    left = _columns([ForestRow(row.left) for row in rows], heads[:number])
    right = [
        [head, *texts]
        for head, texts in zip(heads[number:], zip(*(row.right for row in rows), strict=True), strict=True)
    ]
    lines = [max(text.count("\n") + 1 for text in texts) for texts in zip(*left, *right, strict=True)]
    head, *heights = (0.42 + 0.58 * count for count in lines)
    head += 0.5  # for the key and the names of the bands
    total = sum(heights)
    middles = -(np.cumsum(heights) - np.array(heights) / 2)
    favours = _favours(directions.pop(), ("treatment", "control")) if len(directions) == 1 else None
    ax = _axes(ax, left, right, total + head, title, bool(caution), favours)
    reach = max((abs(x) for row in rows for x in (row.estimate, *row.wide) if math.isfinite(x)), default=0)
    reach = min(max(1.06 * reach, _LEAST), _MOST)
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-total, head)
    steps = [0.5, 1.0, 1.5] if reach < _CROWDED and len(bands) > 1 else range(1, int(reach) + 1)
    ax.set_xticks([*(-step for step in reversed(steps)), 0, *steps])
    ax.xaxis.set_major_formatter(lambda value, _: signed(value, 0 if float(value).is_integer() else 1))
    _text_columns(ax, left, right, middles)
    _labels(ax, names[0], title, caution, favours)
    _bands(ax, bands, names[1])
    for row, y in zip(rows, middles, strict=True):
        _interval(ax, row, y)
    return ax


def _bands(ax: Axes, bands: Sequence[float], key: str) -> None:
    bottom, head = ax.get_ylim()
    for factor in bands:
        ax.axvspan(-factor, factor, color=BAND, alpha=0.1, lw=0, zorder=0, gid="margin")
        text = f"\u00d7{_BAND_NAMES[factor]}" if len(bands) > 1 else "margin"
        for x in (-factor, factor):
            ax.text(x, 0.1, text, ha="center", va="bottom", color=_BAND_INK, size=8)
    ax.text(0, head - 0.1, key, ha="center", va="top", color=MUTED, size=8)
    for x in (-1, 1):
        ax.plot([x, x], [bottom, 0], color=_BAND_INK, lw=0.9, ls=(0, (1, 2)), zorder=1)
    ax.plot([0, 0], [bottom, 0], color=MUTED, lw=1, zorder=1)


def _interval(ax: Axes, row: _Row, y: float) -> None:
    edge = ax.get_xlim()[1]
    colour, style = (TREATMENT, "-") if row.randomised else (CAUTION, (0, (4, 2)))
    lines = [(row.wide, 1.4, style, colour, "wide"), (row.narrow, 5.0, "-", colour, "narrow")]
    if not row.randomised:
        lines.append((row.narrow, 2.4, "-", "white", "hollow"))
    for limits, width, dashes, ink, gid in lines:
        if any(map(math.isnan, limits)) or limits[0] > edge or limits[1] < -edge:
            continue
        ends = np.clip(limits, -edge, edge)
        ax.plot(ends, [y, y], color=ink, lw=width, ls=dashes, solid_capstyle="butt", zorder=3, gid=gid)
    for limit, sign in ((row.wide[0], "<"), (row.wide[1], ">")):
        if (limit < -edge) if sign == "<" else (limit > edge):
            ax.plot(math.copysign(edge, limit), y, marker=sign, ms=6, color=colour, clip_on=False, zorder=4)
    if math.isfinite(row.estimate) and abs(row.estimate) <= edge:
        face = colour if row.randomised else "white"
        ax.plot(
            row.estimate,
            y,
            "s",
            ms=8,
            mfc=face,
            mec="white" if row.randomised else colour,
            mew=1.4,
            zorder=5,
            gid="estimate",
        )


def _unit(one: Equivalence) -> str:
    if one.comparison.measure in RATIOS:
        return ", log scale"
    return f", {one.unit}" if one.comparison.measure == "MD" and one.unit else ""


def _natural_tick(one: Equivalence, tick: float) -> str:
    measure, size = one.comparison.measure, one.bounds[1]
    if measure in RATIOS:
        return number_text(measure, size**tick)
    return f"{tick * size:.3g}".replace("-", "\u2212") if tick else "0"
