"""Direct, mixed and indirect evidence: one marker each, and the forest of rows that bear them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from neckevidence.effects.measures import LONG_NAMES, no_effect
from neckevidence.figures.forest_canvas import ForestRow, _axes, _columns, _effect_text, _labels, _scale, _text_columns
from neckevidence.figures.page import add_foot
from neckevidence.figures.style import BAND, CAUTION, LINE, MUTED, TREATMENT, house_style

# Marker, its sign in a text, colour, dashes. Hollow and dashed in all figures: patients were not randomised between the two.
_MARKS = {
    "direct": ("s", "\u25a0", TREATMENT, "-"),
    "mixed": ("o", "\u25cf", TREATMENT, "-"),
    "indirect": ("D", "\u25c7", CAUTION, (0, (4, 2))),
}
_CLOSER = 0.25  # of a row, between rows of a group
_BAND_INK = "#006b4f"


@dataclass(frozen=True)
class EvidenceRow:
    """One row, numbers on the natural scale.

    Attributes
    ----------
    texts : tuple of str
        Text columns on the left.
    kind : str
        ``direct``, ``mixed`` or ``indirect``.
    estimate, low, high : float
        Effect and its interval.
    notes : tuple of str
        Text columns to the right of effect and interval.
    prediction : (float, float)
        Prediction interval; NaN where there is none.
    """

    texts: tuple[str, ...]
    kind: str
    estimate: float
    low: float
    high: float
    notes: tuple[str, ...] = ()
    prediction: tuple[float, float] = (math.nan, math.nan)


def sign_of(kind: str) -> str:
    """Return the sign that stands for a kind of evidence in a text.

    Parameters
    ----------
    kind : {"direct", "mixed", "indirect"}
        The kind.

    Returns
    -------
    str
        One character, in the shape of the marker.

    Examples
    --------
    >>> sign_of("direct")
    '\u25a0'
    """
    return _MARKS[kind][1]


def evidence_forest(
    rows: Sequence[EvidenceRow],
    heads: tuple[str, ...],
    note_heads: tuple[str, ...],
    measure: str,
    title: str,
    ax: Axes | None,
    *,
    level: float,
    bounds: tuple[float, float] | None = None,
    foot: Sequence[str] = (),
    group: int = 1,
) -> Axes:
    """Draw rows of direct, mixed and indirect evidence with their columns.

    Parameters
    ----------
    rows : sequence of EvidenceRow
        From top to bottom.
    heads, note_heads : tuple of str
        Headings of the text columns on the left, and of those to the right of effect and interval.
    measure : str
        RR, OR, RD, MD or SMD; ratios get a logarithmic axis.
    title : str
        Heading of the plot.
    ax : matplotlib Axes or None
        Where to draw; None for a new figure that fits.
    level : float
        Confidence level.
    bounds : (float, float), optional
        Margin to shade.
    foot : sequence of str
        Paragraphs below the plot.
    group : int
        Rows that belong together: they stand closer, with a line between groups, and the texts of the first column stand in
        the middle row of each.

    Returns
    -------
    matplotlib Axes
        Artists carry a ``gid``: ``interval``, ``estimate``, ``prediction``, ``margin``, ``foot``.
    """
    plain = [ForestRow(row.texts, row.estimate, row.low, row.high) for row in rows]
    wide = [
        ForestRow((), math.nan, *ends) for ends in (*(row.prediction for row in rows), *([bounds] if bounds else ()))
    ]
    grow = ax is None
    with house_style():
        left = _columns(plain, heads)
        right = [[f"{measure} ({100 * level:g}% CI)", *(_effect_text(measure, row) for row in plain)]]
        right += [[head, *(row.notes[i] for row in rows)] for i, head in enumerate(note_heads)]
        # The text of a whole group has the room of all its rows.
        counted = [*left[1:], *right] if group > 1 else [*left, *right]
        lines = [max(text.count("\n") + 1 for text in texts) for texts in zip(*counted, strict=True)]
        head, *heights = (0.42 + 0.58 * number for number in lines)
        heights = [height - (_CLOSER if group > 1 else 0) for height in heights]
        total = sum(heights)
        middles = -(np.cumsum(heights) - np.array(heights) / 2)
        ax = _axes(ax, left, right, total + head, title, False, None)
        _scale(ax, [*plain, *wide], measure, None)
        ax.set_ylim(-total, head)
        _text_columns(ax, left, right, middles)
        ax.spines[["top", "right"]].set_visible(False)
        _labels(ax, LONG_NAMES[measure], title, "", None)
        ax.plot([no_effect(measure)] * 2, [-total, 0], color=MUTED, lw=1, zorder=1)
        if bounds:
            _band(ax, bounds)
        for number, (row, y, height) in enumerate(zip(rows, middles, heights, strict=True)):
            if group > 1 and number % group == 0:
                ax.axhline(y + height / 2, color=LINE, lw=0.8, zorder=0)
            _mark(ax, row, y)
        add_foot(ax, foot, grow)
    return ax


def _mark(ax: Axes, row: EvidenceRow, y: float) -> None:
    marker, _, colour, dashes = _MARKS[row.kind]
    edges = ax.get_xlim()
    low, high = np.clip(row.prediction, *edges)
    # Only outside the confidence interval, so that its dashes stay dashes.
    parts = [low, np.clip(row.low, *edges), math.nan, np.clip(row.high, *edges), high]
    _line(ax, row.prediction, parts, y, color=MUTED, lw=0.9, gid="prediction")
    ends = np.clip([row.low, row.high], *edges)
    _line(ax, (row.low, row.high), ends, y, color=colour, lw=2, ls=dashes, solid_capstyle="butt", gid="interval")
    if edges[0] <= row.estimate <= edges[1]:
        face = "white" if row.kind == "indirect" else colour
        style = {"marker": marker, "ms": 7, "mfc": face, "mec": colour, "mew": 1.5, "ls": "none"}
        ax.plot(row.estimate, y, zorder=5, gid="estimate", **style)


def _line(ax: Axes, ends: tuple[float, float], x: Sequence[float], y: float, **style: Any) -> None:
    """Draw an interval, with an arrow where it leaves the plot."""
    if any(map(math.isnan, ends)):
        return
    ax.plot(x, [y] * len(x), zorder=3, **style)
    for end, edge, sign in zip(ends, ax.get_xlim(), "<>", strict=True):
        if (end < edge) if sign == "<" else (end > edge):
            ax.plot(edge, y, marker=sign, ms=6, color=style["color"], clip_on=False, zorder=4)
        elif style["gid"] == "prediction":
            ax.plot(end, y, marker="|", ms=6, color=style["color"], zorder=3)


def _band(ax: Axes, bounds: tuple[float, float]) -> None:
    bottom, top = ax.get_ylim()
    ax.axvspan(*bounds, ymax=-bottom / (top - bottom), color=BAND, alpha=0.13, lw=0, zorder=0, gid="margin")
    middle = math.sqrt(bounds[0] * bounds[1]) if ax.get_xscale() == "log" else sum(bounds) / 2
    text = "margin " + " to ".join(f"{bound:.3g}".replace("-", "\u2212") for bound in bounds)
    ax.text(middle, top / 2, text, ha="center", va="center", color=_BAND_INK, size=8.5)
