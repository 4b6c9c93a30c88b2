"""Ranks of treatments, with all that is not known of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from neckevidence.core.numbers import share_text
from neckevidence.core.views import shows
from neckevidence.figures.forest_canvas import ForestRow, _axes, _columns, _labels, _text_columns
from neckevidence.figures.page import add_foot
from neckevidence.figures.style import LINE, TREATMENT, house_style
from neckevidence.synthesis.network.ranking import Ranking

if TYPE_CHECKING:
    from neckevidence.synthesis.network.ranking import Ranking

_BARS = "#9dbdd3"
_TALL = 0.78  # height of the tallest bar, in rows of a forest plot
_ROW = 1.75  # height of a row, in those of a forest plot
_NO_EFFECT = (
    "A rank is not an effect: it says nothing of how large a difference is, or how certain the evidence. "
    "Read it beside the effects."
)


@shows("picture", Ranking)
def ranking_plot(ranking: Ranking, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw the rank of each treatment with its interval above which stand the probabilities of all ranks.

    Parameters
    ----------
    ranking : Ranking
        The result.
    ax : matplotlib Axes, optional
        Where to draw; its place is shared between plot and columns. By default a new figure that fits.
    names : mapping, optional
        Names to show instead of the treatments' codes.

    Returns
    -------
    matplotlib Axes
        A row a treatment, the best P-score first. Artists carry a ``gid``: ``median`` (the least rank that, with the better
        ones, has a probability of one half or more), ``interval``, ``probability`` (a bar a rank, its height in
        proportion to the probability), ``share`` (the greatest of a row as a number).

    Examples
    --------
    >>> import pandas as pd
    >>> from neckevidence.synthesis.network.analysis import network_meta_analysis
    >>> from neckevidence.synthesis.network.ranking import rank_treatments
    >>> trials = pd.DataFrame([("one", "B", "A", 1.0, 0.1)], columns=["trial", "treatment", "control", "effect", "se"])
    >>> axes = ranking_plot(rank_treatments(network_meta_analysis(contrasts=trials, measure="MD", tau2="common")))
    >>> [line.get_xdata().tolist() for line in axes.lines if line.get_gid() == "median"]
    [[1], [2]]
    """
    count, shown, level = len(ranking.treatments), dict(names or {}), f"{100 * ranking.level:g}%"
    probabilities = np.asarray(ranking.probabilities)
    medians = median_ranks(probabilities)
    ends = list(zip(ranking.rank_low, ranking.rank_high, strict=True))
    ranks = [f"{m} ({low} to {high})" for m, (low, high) in zip(medians, ends, strict=True)]
    title, grow = "Ranks of the treatments", ax is None
    with house_style():
        left = _columns([ForestRow((shown.get(name, name),)) for name in ranking.treatments], ("Treatment",))
        right = [[f"Rank ({level} interval)", *ranks], ["P-score", *(f"{p:.2f}" for p in ranking.p_scores)]]
        head, total = 1.0, _ROW * count
        ax = _axes(ax, left, right, total + head, title, False, None)
        ax.set(xlim=(0.4, count + 0.6), ylim=(-total, head), xticks=range(1, count + 1))
        middles = -_ROW * (np.arange(count) + 0.5)
        _text_columns(ax, left, right, middles)
        ax.spines[["top", "right"]].set_visible(False)
        _labels(ax, f"rank, 1 is the best (small values are {ranking.small_values})", title, "", None)
        for i, middle in enumerate(middles):
            _row(ax, middle, probabilities[i], float(probabilities.max()), medians[i], ends[i])
        note = (
            "Bars: probability of each rank, the greatest of each row as a number. "
            f"Point and line: median rank and {level} interval, {ranking.draws:,} draws."
        )
        add_foot(ax, [note, _NO_EFFECT], grow)
    return ax


def median_ranks(probabilities: np.ndarray) -> list[int]:
    """Return the median rank of each treatment.

    Parameters
    ----------
    probabilities : ndarray, shape (treatments, ranks)
        Probability of each rank, the best rank first.

    Returns
    -------
    list of int
        The least rank at which the cumulated probability reaches one half.

    Examples
    --------
    >>> median_ranks(np.array([[0.5, 0.5], [0.4, 0.6]]))
    [1, 2]
    """
    return (1 + (np.cumsum(probabilities, axis=1) < 0.5 - 1e-12).sum(axis=1)).tolist()


def _row(
    ax: Axes, middle: float, probabilities: np.ndarray, highest: float, median: int, ends: tuple[int, int]
) -> None:
    base, modal = middle - 0.25, int(probabilities.argmax())
    ax.plot([0.5, len(probabilities) + 0.5], [base, base], color=LINE, lw=0.8, zorder=1)
    heights = _TALL * probabilities / highest
    for rank, height in enumerate(heights, start=1):
        ax.add_patch(Rectangle((rank - 0.4, base), 0.8, height, fc=_BARS, lw=0, zorder=2, gid="probability"))
    share = share_text(probabilities[modal])
    ax.text(modal + 1, base + heights[modal] + 0.04, share, size=8, ha="center", va="bottom", gid="share")
    y = base - 0.27
    ax.plot(ends, [y, y], color=TREATMENT, lw=2, solid_capstyle="butt", zorder=3, gid="interval")
    ax.plot([median], [y], "o", ms=6.5, color=TREATMENT, zorder=4, gid="median")
