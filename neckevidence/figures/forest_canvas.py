"""The canvas of a forest plot: text columns that line up with the rows of a plot."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from neckevidence.comparison.trial_effect import Band
from neckevidence.core.numbers import effect_texts, number_text
from neckevidence.effects.measures import LONG_NAMES, RATIOS, no_effect
from neckevidence.equivalence.limits import margin_bounds
from neckevidence.equivalence.margins import Margin
from neckevidence.figures.risk_of_bias import COLUMN_WIDTH, KEY, SHORT_HEADS, rob_sign
from neckevidence.figures.style import BAND, CAUTION, INK, LINE, MUTED, ROUNDING, TREATMENT, house_style

_PLOT_WIDTH = 3.3  # inches
_ROW_HEIGHT = 0.34
_GAP = 0.18
_MEASURED: dict[tuple, float] = {}  # widths of texts in inches
_TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]


@dataclass(frozen=True)
class ForestRow:
    """One row of a forest plot.

    Attributes
    ----------
    texts : tuple of str
        The text columns on the left, the first being the name.
    estimate, low, high : float
        On the natural scale; NaN or infinite where there is no number.
    kind : str
        ``trial``, ``pooled`` (a diamond) or ``prediction`` (a bar without a marker).
    weight : float
        Between 0 and 1, for the size of the marker.
    randomised : bool
        A hollow marker with a dashed interval if not.
    band : (float, float) or None
        What rounding leaves open for the estimate.
    note : str
        Last column on the right.
    effect_text : str
        Effect and interval in words, where they must stand as printed; by default written from the numbers.
    bias : tuple of str
        Judgements of the risk of bias, as from `rob_columns`; empty for none.
    """

    texts: tuple[str, ...]
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    kind: str = "trial"
    weight: float = 0.5
    randomised: bool = True
    band: Band | None = None
    note: str = ""
    effect_text: str = ""
    bias: tuple[str, ...] = ()


def draw_forest(
    rows: Sequence[ForestRow],
    heads: tuple[str, ...],
    measure: str,
    title: str,
    ax: Axes | None,
    margin: Margin | float | None = None,
    direction: str = "neither",
    sides: tuple[str, str] | None = None,
    caution: str = "",
    level: float = 0.95,
    note_head: str = "Weight",
    name: str = "",
) -> Axes:
    """Draw rows with their columns.

    Parameters
    ----------
    rows : sequence of ForestRow
        From top to bottom.
    heads : tuple of str
        Headings of the text columns.
    measure : str
        RR, OR, RD, MD or SMD; ratios get a logarithmic axis.
    title : str
        Heading of the plot.
    ax : matplotlib Axes or None
        Where to draw; None for a new figure that fits.
    margin : Margin or float, optional
        Equivalence margin to shade.
    direction : str
        Which side is better: ``higher_is_better``, ``lower_is_better`` or ``neither``.
    sides : (str, str), optional
        Names of treatment and control, for the words below the axis.
    caution : str
        A line above the columns.
    level : float
        Confidence level.
    note_head : str
        Heading of the last column.
    name : str
        Name of the effect, where it is not that of the measure.

    Returns
    -------
    matplotlib Axes
        The Axes with the plot.
    """
    with house_style():
        left = _columns(rows, heads)
        right = [[f"{name or measure} ({100 * level:g}% CI)", *(_effect_text(measure, row) for row in rows)]]
        if any(row.note for row in rows):
            right.append([note_head, *(row.note for row in rows)])
        lines = [max(text.count("\n") + 1 for text in column) for column in zip(*left, strict=True)]
        head, *heights = (0.42 + 0.58 * number for number in lines)
        total = sum(heights)
        middles = -(np.cumsum(heights) - np.array(heights) / 2)
        favours = _favours(direction, sides)
        judged = any(row.bias for row in rows)
        ax = _axes(ax, left, right, total + head, title, bool(caution), favours, judged)
        _scale(ax, rows, measure, margin)
        ax.set_ylim(-total, head)
        end = _text_columns(ax, left, right, middles)
        if judged:
            _bias_columns(ax, rows, middles, end, 0.5 + _below(favours))
        _markers(ax, rows, middles, measure)
        if margin is not None:
            _margin_band(ax, margin, measure)
        _labels(ax, name or LONG_NAMES[measure], title, caution, favours)
    return ax


def _columns(rows: Sequence[ForestRow], heads: tuple[str, ...]) -> list[list[str]]:
    columns = [[head, *(row.texts[i] for row in rows)] for i, head in enumerate(heads)]
    widths = [34] + [22] * (len(columns) - 1)
    wrapped = [["\n".join(textwrap.wrap(t, w)) for t in c] for c, w in zip(columns, widths, strict=True)]
    return [column for column in wrapped if any(column[1:])]


def _effect_text(measure: str, row: ForestRow) -> str:
    if row.effect_text:
        return row.effect_text
    if math.isnan(row.low) or math.isnan(row.high):
        return f"{number_text(measure, row.estimate)} (no interval)"
    estimate, low, high = effect_texts(measure, row.estimate, row.low, row.high)
    return f"{estimate} ({low} to {high})"


def _text_width(columns: list[list[str]], figure: plt.Figure) -> list[float]:
    """Measure the columns in inches, as the renderer will set them."""
    weights = ["bold"] + ["normal"] * max((len(column) for column in columns), default=0)
    return [
        max(_inches(figure, text, weight) for text, weight in zip(column, weights, strict=False)) + _GAP
        for column in columns
    ]


def _inches(figure: plt.Figure, text: str, weight: str) -> float:
    """Measure a text; the same names stand in many figures, and measuring takes as long as drawing."""
    key = text, weight, figure.dpi, tuple(mpl.rcParams["font.family"]), mpl.rcParams["font.size"]
    if key not in _MEASURED:
        made = figure.text(0, 0, text, weight=weight)
        _MEASURED[key] = made.get_window_extent(figure.canvas.get_renderer()).width / figure.dpi
        made.remove()
    return _MEASURED[key]


def _favours(direction: str, sides: tuple[str, str] | None) -> tuple[str, str] | None:
    """Say on which side of the line which treatment is better, in lines short enough for half the plot."""
    if sides is None or direction == "neither":
        return None
    left, right = sides if direction == "lower_is_better" else sides[::-1]
    texts = f"\u2190 favours {left}", f"favours {right} \u2192"
    return tuple("\n".join(textwrap.wrap(text, 24)) for text in texts)  # type: ignore[return-value]


def _wrapped(title: str, width: float) -> str:
    """Break a title so that it fits; 0.104 inches is the mean width of a bold letter of 11 points."""
    return "\n".join(textwrap.wrap(title, max(int(width / 0.104), 20)))


def _axes(
    ax: Axes | None,
    left: list[list[str]],
    right: list[list[str]],
    units: float,
    title: str,
    caution: bool,
    favours: tuple[str, str] | None,
    judged: bool = False,
) -> Axes:
    """Make or share out the place: columns on both sides as wide as their text, the plot between them."""
    signs = COLUMN_WIDTH * (len(SHORT_HEADS) + 0.5) if judged else 0.0
    if ax is None:
        figure = plt.figure(figsize=(4, 2))
        widths = sum(_text_width(left, figure)), sum(_text_width(right, figure)) + signs
        width = sum(widths) + _PLOT_WIDTH + 0.2
        lines = _wrapped(title, width).count("\n") + 1
        top = 0.16 + 0.21 * lines + 0.21 * caution
        bottom = 0.5 + _below(favours) + (0.16 * len(_key(width)) + 0.08 if judged else 0)
        height = bottom + top + _ROW_HEIGHT * units
        figure.set_size_inches(width, height)
        plot = (widths[0] + 0.1) / width, bottom / height, _PLOT_WIDTH / width, _ROW_HEIGHT * units / height
        return figure.add_axes(plot)
    box = ax.get_position()
    figure = ax.figure
    total = figure.get_size_inches()[0]
    widths = [(sum(_text_width(columns, figure)) + more) / total for columns, more in ((left, 0), (right, signs))]
    inner = max(box.width - sum(widths), 0.15 * box.width)
    ax.set_position([box.x0 + widths[0], box.y0, inner, box.height])
    return ax


def _below(favours: tuple[str, str] | None) -> float:
    """Return the inches that the words below the axis take."""
    return 0.06 + 0.15 * max(text.count("\n") + 1 for text in favours) if favours else 0.0


def _scale(ax: Axes, rows: Sequence[ForestRow], measure: str, margin: Margin | float | None) -> None:
    ratio = measure in RATIOS
    values = [v for row in rows for v in (row.estimate, row.low, row.high) if math.isfinite(v) and (v > 0 or not ratio)]
    values.append(no_effect(measure))
    if margin is not None:
        values += [bound if ratio else 1.15 * bound for bound in margin_bounds(measure, margin)]
    if ratio:
        low, high = max(min(values) / 1.25, 1 / 60), min(max(values) * 1.25, 60)
        low, high = min(low, 0.75), max(high, 1.35)
        ax.set_xscale("log")
        ticks = [tick for tick in _TICKS if low <= tick <= high]
        if len(ticks) < 3:
            ticks = sorted({0.5, 0.7, 1.0, 1.5, 2.0} | set(ticks))
            ticks = [tick for tick in ticks if low <= tick <= high]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_xticks([], minor=True)
    else:
        pad = 0.08 * (max(values) - min(values) or 1)
        low, high = min(values) - pad, max(values) + pad
        ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set_xlim(low, high)


def _text_columns(ax: Axes, left: list[list[str]], right: list[list[str]], middles: np.ndarray) -> float:
    """Write the columns on both sides; return where those on the right end, in parts of the Axes."""
    figure = ax.figure
    inch = 1 / (ax.get_position().width * figure.get_size_inches()[0])
    blend = ax.get_yaxis_transform()
    heights = [ax.get_ylim()[1] / 2, *middles]
    lefts, rights = _text_width(left, figure), _text_width(right, figure)
    start = -sum(lefts) * inch
    for column, width in zip(left, lefts, strict=True):
        _column(ax, column, start, heights, blend)
        start += width * inch
    start = 1 + _GAP * inch
    for column, width in zip(right, rights, strict=True):
        _column(ax, column, start, heights, blend)
        start += width * inch
    return start


def _bias_columns(ax: Axes, rows: Sequence[ForestRow], middles: np.ndarray, start: float, below: float) -> None:
    """Draw the risk of bias as signs, with their heads, and the key so many inches below the plot."""
    box, (width, height) = ax.get_position(), ax.figure.get_size_inches()
    step, blend = COLUMN_WIDTH / (box.width * width), ax.get_yaxis_transform()
    places = [start + (number + 0.5) * step for number in range(len(SHORT_HEADS))]
    edge = min(text.get_position()[0] for text in ax.texts)
    key = {"size": 8, "color": MUTED, "va": "top", "linespacing": 1.3, "transform": ax.transAxes}
    ax.text(edge, -below / (box.height * height), "\n".join(_key(width)), **key)
    for x, head in zip(places, SHORT_HEADS, strict=True):
        ax.text(x, ax.get_ylim()[1] / 2, head, transform=blend, ha="center", va="center", weight="bold", size=8.5)
    for row, y in zip(rows, middles, strict=True):
        for x, judgement in zip(places, row.bias, strict=False):  # a row that is not judged has none
            rob_sign(ax, x, y, judgement, size=12, transform=blend, clip_on=False)


def _key(width: float) -> list[str]:
    """Break the key so that it fits; 0.07 inches is the mean width of a letter of 8 points."""
    return [part for line in KEY for part in textwrap.wrap(line, max(int((width - 0.2) / 0.07), 20))]


def _column(ax: Axes, column: list[str], x: float, heights: list[float], blend: object) -> None:
    for number, (text, y) in enumerate(zip(column, heights, strict=True)):
        weight = "bold" if number == 0 else "normal"
        ax.text(x, y, text, transform=blend, va="center", ha="left", weight=weight, clip_on=False, linespacing=1.1)


def _markers(ax: Axes, rows: Sequence[ForestRow], middles: np.ndarray, measure: str) -> None:
    low_edge, high_edge = ax.get_xlim()
    bottom, _ = ax.get_ylim()
    ax.plot([no_effect(measure)] * 2, [bottom, 0], color=MUTED, lw=1, zorder=1)
    for row, y in zip(rows, middles, strict=True):
        if row.kind == "pooled":
            _diamond(ax, row, y)
            continue
        if row.kind == "prediction":
            ends = [max(row.low, low_edge), min(row.high, high_edge)]
            ax.plot(ends, [y, y], color=MUTED, lw=5, solid_capstyle="butt", zorder=3, gid="prediction")
            continue
        colour = TREATMENT if row.randomised else CAUTION
        if row.band is not None and row.band[1] > row.band[0] and all(map(math.isfinite, row.band)):
            # An edge that stands out from the paper, and within it a tint from which the interval stands out.
            band = {"solid_capstyle": "butt", "zorder": 2}
            ax.plot(row.band, [y, y], color=ROUNDING, lw=9, gid="rounding", **band)
            ax.plot(row.band, [y, y], color="white", alpha=0.72, lw=6, **band)
        if not (math.isnan(row.low) or math.isnan(row.high)):
            ends = [max(row.low, low_edge), min(row.high, high_edge)]
            style = "-" if row.randomised else (0, (4, 2))
            ax.plot(ends, [y, y], color=colour, lw=1.6, ls=style, zorder=3, gid="interval")
            for end, limit, sign in ((row.low, low_edge, "<"), (row.high, high_edge, ">")):
                if (end < limit) if sign == "<" else (end > limit):
                    ax.plot(limit, y, marker=sign, ms=6, color=colour, clip_on=False, zorder=4)
        if math.isfinite(row.estimate) and low_edge <= row.estimate <= high_edge:
            has_interval = not math.isnan(row.low)
            ax.plot(
                row.estimate,
                y,
                marker="s" if has_interval else "x",
                ms=5 + 5 * math.sqrt(row.weight),
                mfc=colour if row.randomised else "white",
                mec=colour,
                mew=1.6,
                ls="none",
                zorder=5,
                gid="estimate",
            )


def _diamond(ax: Axes, row: ForestRow, y: float) -> None:
    low_edge, high_edge = ax.get_xlim()
    ends = max(row.low, low_edge), min(row.high, high_edge)
    corners = [(ends[0], y), (row.estimate, y + 0.28), (ends[1], y), (row.estimate, y - 0.28)]
    ax.add_patch(Polygon(corners, closed=True, fc=TREATMENT, ec=INK, lw=0.8, zorder=4, gid="pooled"))


def _margin_band(ax: Axes, margin: Margin | float, measure: str) -> None:
    low, high = margin_bounds(measure, margin)
    ax.axvspan(low, high, color=BAND, alpha=0.13, lw=0, zorder=0, gid="margin")
    unit = f" {margin.unit}" if measure == "MD" and isinstance(margin, Margin) else ""
    text = f"margin {low:.3g} to {high:.3g}" if measure in RATIOS else f"margin \u00b1{high:.3g}{unit}"
    x, y = no_effect(measure), ax.get_ylim()[1] / 2
    ax.text(x, y, text, ha="center", va="center", color="#006b4f", size=8.5)


def _labels(ax: Axes, name: str, title: str, caution: str, favours: tuple[str, str] | None) -> None:
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="x", length=3, labelsize=8.5)
    ax.set_xlabel(f"{name}, log scale" if ax.get_xscale() == "log" else name, size=8.5, color=MUTED)
    ax.axhline(0, color=LINE, lw=0.8, zorder=0)
    figure, box = ax.figure, ax.get_position()
    width, height = figure.get_size_inches()
    start = min((text.get_position()[0] for text in ax.texts), default=0.0)
    inch = 1 / (box.height * height)
    above = {"transform": ax.transAxes, "va": "bottom", "linespacing": 1.15}
    if caution:
        ax.text(start, 1 + 0.06 * inch, caution, color=CAUTION, size=9, **above)
    heading = _wrapped(title, width - 0.2)
    ax.text(start, 1 + (0.27 if caution else 0.08) * inch, heading, weight="bold", size=11, **above)
    for x, align, text in ((0, "left", favours[0]), (1, "right", favours[1])) if favours else ():
        ax.text(x, -0.5 * inch, text, transform=ax.transAxes, ha=align, va="top", size=8.5, linespacing=1.1)
