"""The evidence map as a picture: a row a comparison, a column a kind of outcome, a sign for what there is."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from neckevidence.comparison.evidence_map import EvidenceMap, Level
from neckevidence.core.views import shows
from neckevidence.figures.style import CAUTION, INK, LINE, MUTED, ROUNDING, TREATMENT, house_style

# Shape, fill and colour differ together, so that no reader depends on colour.
_SIGNS = {
    Level.RANDOMISED: {"marker": "o", "mfc": TREATMENT, "mec": TREATMENT, "ms": 14},
    Level.RECONSTRUCTED: {
        "marker": "o",
        "fillstyle": "left",
        "mfc": TREATMENT,
        "mfcalt": "white",
        "mec": TREATMENT,
        "ms": 13,
        "mew": 1.8,
    },
    Level.ACROSS_TRIALS: {"marker": "o", "mfc": "white", "mec": CAUTION, "ms": 13, "mew": 2.2},
    Level.FIGURES: {"marker": "D", "mfc": ROUNDING, "mec": "#8a5f00", "ms": 8},
    Level.WORDS: {"marker": "_", "mfc": MUTED, "mec": MUTED, "ms": 13, "mew": 3},
}


@shows("picture", EvidenceMap)
def evidence_map_plot(map_: EvidenceMap, ax: Axes | None = None, title: str = "What the public figures give") -> Axes:
    """Draw the evidence map.

    Parameters
    ----------
    map_ : EvidenceMap
        From `neckevidence.evidence_map`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that fits.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        Each sign carries the ``gid`` ``level_N``; an empty cell has none.
    """
    cells = map_.cells
    titles = list(dict.fromkeys(cells["title"]))
    domains = list(dict.fromkeys(cells["domain"]))
    with house_style():
        if ax is None:
            height = 1.65 + 0.46 * len(titles)
            figure = plt.figure(figsize=(8.6, height))
            ax = figure.add_axes([0.36, 0.87 / height, 0.62, 1 - 1.6 / height])
        for cell in cells.itertuples():
            sign = _SIGNS.get(Level(cell.level))
            x, y = domains.index(cell.domain), -titles.index(cell.title)
            if sign:
                ax.plot(x, y, ls="none", gid=f"level_{cell.level}", **sign)
        ax.set_xticks(range(len(domains)), domains)
        ax.xaxis.tick_top()
        ax.set_yticks([-n for n in range(len(titles))], ["\n".join(textwrap.wrap(t, 40)) for t in titles])
        ax.set_xlim(-0.5, len(domains) - 0.5)
        ax.set_ylim(-len(titles) + 0.5, 0.5)
        for edge in range(len(titles) + 1):
            ax.axhline(0.5 - edge, color=LINE, lw=0.7, zorder=0)
        for edge in range(len(domains) + 1):
            ax.axvline(edge - 0.5, color=LINE, lw=0.7, zorder=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.tick_params(length=0, colors=INK)
        ax.text(-0.57, 1 + 0.42 / (0.46 * len(titles)), title, transform=ax.transAxes, weight="bold", size=11)
        _legend(ax)
    return ax


def _legend(ax: Axes) -> None:
    handles = []
    for level in (Level.RANDOMISED, Level.RECONSTRUCTED, Level.ACROSS_TRIALS, Level.FIGURES, Level.WORDS):
        sign = dict(_SIGNS[level], ms=min(_SIGNS[level]["ms"], 9))
        handles.append(Line2D([], [], ls="none", label=level.label, **sign))
    handles.append(Line2D([], [], ls="none", label=f"empty: {Level.NOTHING.label}"))
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.59, -0.06),
        ncols=3,
        frameon=False,
        fontsize=8.5,
        handletextpad=0.3,
        columnspacing=1.1,
    )
