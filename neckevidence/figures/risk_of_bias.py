"""Risk of bias as a picture: traffic lights, summary bars, and columns beside a forest plot. No reader needs the colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path as MarkerPath
from matplotlib.textpath import TextPath

from neckevidence.core.numbers import share_text
from neckevidence.core.views import shows
from neckevidence.figures.style import INK, LINE, MUTED, house_style
from neckevidence.grade.risk_of_bias import DOMAINS, RiskOfBias

# The signs of RoB 2; fill, edge and sign of each judgement differ in lightness too, so that a grey copy reads the same.
SIGNS = {"low": "+", "no information": "?", "some concerns": "!", "high": "\u2212"}
_FILLS = {"low": "#00795a", "no information": "#ffffff", "some concerns": "#f0b429", "high": "#6e1a00"}
_INKS = {"low": "#ffffff", "no information": INK, "some concerns": INK, "high": "#ffffff"}
_HATCHES = {"low": "", "no information": "--", "some concerns": "", "high": "////"}
_SHOWN = ("low", "some concerns", "high", "no information")
_HEADS = {
    "randomisation": "Random-\nisation",
    "deviations": "Deviations",
    "missing_data": "Missing\ndata",
    "measurement": "Measure-\nment",
    "selective_reporting": "Selective\nreporting",
    "overall": "Overall",
}
COLUMN_WIDTH = 0.25  # inches, of a column of signs beside a forest plot
SHORT_HEADS = ("D1", "D2", "D3", "D4", "D5", "All")
_NAMED = "D1 randomisation", "D2 deviations from the intended treatment", "D3 missing data", "D4 measurement"
_SIGNED = tuple(f"{SIGNS[name]} {name}" for name in _SHOWN)
# What the heads and the signs mean, a line each; a name is never broken.
KEY = tuple(
    "   ".join(name.replace(" ", "\u00a0") for name in names)
    for names in ((*_NAMED, "D5 selective reporting", "All: overall"), _SIGNED)
)


def rob_sign(ax: Axes, x: float, y: float, judgement: str, size: float = 14, **options: Any) -> None:
    """Draw the sign of a judgement: a disc with its symbol.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw.
    x, y : float
        Place of its middle, in the data of the Axes unless a ``transform`` is given.
    judgement : str
        low, some concerns, high or no information.
    size : float
        Diameter in points.
    **options
        For the disc and its symbol, for example ``transform`` or ``clip_on``.
    """
    edge = MUTED if judgement == "no information" else _FILLS[judgement]
    disc = {"marker": "o", "ms": size, "mfc": _FILLS[judgement], "mec": edge, "mew": 1.1, "ls": "none", "zorder": 3}
    ax.plot(x, y, gid=f"rob {judgement}", **disc, **options)
    text = {"ha": "center", "va": "center_baseline", "size": 0.72 * size, "weight": "bold", "zorder": 4}
    ax.text(x, y, SIGNS[judgement], color=_INKS[judgement], **text, **options)


def rob_columns(table: RiskOfBias) -> dict[str, tuple[str, ...]]:
    """Return what stands in the columns beside the rows of a forest plot.

    Parameters
    ----------
    table : RiskOfBias
        The judgements.

    Returns
    -------
    dict of str to tuple of str
        By trial_id: the judgements of the five domains and the overall one, as under `SHORT_HEADS`.
    """
    wide = table.to_frame().set_index("trial_id")[[*DOMAINS, "overall"]]
    return {str(trial): tuple(row) for trial, row in zip(wide.index, wide.to_numpy(), strict=True)}


@shows("picture", RiskOfBias)
def traffic_light_plot(table: RiskOfBias, ax: Axes | None = None, title: str = "Risk of bias (RoB 2)") -> Axes:
    """Draw a sign for each trial and domain, and one for the trial overall.

    Parameters
    ----------
    table : RiskOfBias
        From `neckevidence.grade.risk_of_bias.risk_of_bias`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that fits.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        Each disc carries the ``gid`` ``rob`` and its judgement.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> from neckevidence.grade.risk_of_bias import risk_of_bias
    >>> axes = traffic_light_plot(risk_of_bias(load_evidence(), ["khwaja2010", "childers2005"]))
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['Khwaja 2010', 'Childers 2005']
    """
    judged = rob_columns(table)
    labels = table.judgements.drop_duplicates("trial_id").set_index("trial_id")["label"]
    with house_style():
        names = [textwrap.fill(labels[trial], 48) for trial in judged]
        rows, last = len(judged), len(DOMAINS) + 0.2
        ax = ax or _page(names, 5.1, 0.29 * rows, top=0.85, bottom=0.42)
        for row, judgements in enumerate(judged.values()):
            for column, judgement in zip([*range(len(DOMAINS)), last], judgements, strict=True):
                rob_sign(ax, column, row, judgement)
        ax.set_xlim(-0.5, last + 0.5)
        ax.set_ylim(rows - 0.5, -0.5)
        ax.set_xticks([*range(len(DOMAINS)), last], list(_HEADS.values()), fontsize=8.5)
        ax.get_xticklabels()[-1].set_weight("bold")
        ax.xaxis.tick_top()
        start = _row_names(ax, range(rows), names)
        for edge in range(rows + 1):
            ax.axhline(edge - 0.5, xmin=start, color=LINE, lw=0.6, zorder=0, clip_on=False)
        ax.axvline(last - 0.6, color=LINE, lw=0.8, zorder=0)
        _bare(ax)
        _heading(ax, title, start, 0.5)
        _legend(ax, {name: _disc(name) for name in _SHOWN}, 0.1)
    return ax


def rob_summary_plot(
    table: RiskOfBias,
    ax: Axes | None = None,
    weights: Mapping[str, float] | None = None,
    title: str = "Risk of bias, share of the trials",
) -> Axes:
    """Draw bars of the share of trials with each judgement, a bar a domain.

    Parameters
    ----------
    table : RiskOfBias
        The judgements.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that fits.
    weights : mapping of str to float, optional
        Weight of each trial by trial_id, for example in a meta-analysis; all alike by default.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        Each piece of a bar carries the ``gid`` ``rob`` and its judgement.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> from neckevidence.grade.risk_of_bias import risk_of_bias
    >>> axes = rob_summary_plot(risk_of_bias(load_evidence()))
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['0%', '25%', '50%', '75%', '100%']
    """
    shares = table.shares(weights)
    with house_style():
        names = [textwrap.fill(name[0].upper() + name[1:], 32) for name in (*DOMAINS.values(), "overall")]
        ax = ax or _page(names, 5.1, 0.36 * len(shares), top=0.4, bottom=0.85)
        places = [*range(len(DOMAINS)), len(DOMAINS) + 0.2]
        for place, (_, own) in zip(places, shares.iterrows(), strict=True):
            _bar(ax, place, own)
        start = _row_names(ax, places, names)
        ax.get_yticklabels()[-1].set_weight("bold")
        ax.set_ylim(places[-1] + 0.55, -0.55)
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], [share_text(x) for x in (0, 0.25, 0.5, 0.75, 1)], fontsize=8.5)
        ax.set_xlabel("share of the trials" if weights is None else "share of the weight of the trials", size=8.5)
        _bare(ax)
        ax.tick_params(axis="x", length=3)
        _heading(ax, title, start, 0.1)
        pieces = {name: Patch(fc=_FILLS[name], ec=INK, lw=0.7, hatch=_HATCHES[name]) for name in _SHOWN}
        _legend(ax, {f"{SIGNS[name]} {name}": piece for name, piece in pieces.items()}, 0.5)
    return ax


def _bar(ax: Axes, place: float, shares: Mapping[str, float]) -> None:
    start = 0.0
    for name in _SHOWN:
        width = float(shares[name])
        if width > 0:
            look = {"color": _FILLS[name], "ec": INK, "lw": 0.7, "hatch": _HATCHES[name]}
            look["hatch_linewidth"] = 0.6
            ax.barh(place, width, 0.66, start, gid=f"rob {name}", **look)
            if width >= 0.03:  # a sign fits; from 0.09 on the share as well
                box = {"boxstyle": "round,pad=0.1", "fc": _FILLS[name], "ec": "none"}
                text = SIGNS[name] + (f" {share_text(width)}" if width >= 0.09 else "")
                ax.text(start + width / 2, place, text, color=_INKS[name], ha="center", va="center", size=8.5, bbox=box)
        start += width


def _page(names: list[str], width: float, body: float, top: float, bottom: float) -> Axes:
    """Make a figure with room, in inches, for row names on the left of a body of the size given, and around it."""
    left = 0.2 + 0.068 * max((len(line) for name in names for line in name.split("\n")), default=0)
    whole, height = left + width + 0.25, body + top + bottom
    figure = plt.figure(figsize=(whole, height))
    return figure.add_axes((left / whole, bottom / height, width / whole, body / height))


def _row_names(ax: Axes, places: Iterable[float], names: list[str]) -> float:
    """Set the names of the rows at the left edge of the figure; return where that is, in parts of the Axes."""
    box, width = ax.get_position(), ax.figure.get_size_inches()[0]
    left = box.x0 * width - 0.1
    ax.set_yticks(list(places), names, fontsize=9, ha="left", linespacing=1.0)
    ax.tick_params(axis="y", pad=72 * left)
    return -left / (box.width * width)


def _bare(ax: Axes) -> None:
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0, colors=INK)


def _parts(ax: Axes, inches: float) -> float:
    return inches / (ax.get_position().height * ax.figure.get_size_inches()[1])


def _heading(ax: Axes, title: str, start: float, above: float) -> None:
    ax.text(start, 1 + _parts(ax, above), title, transform=ax.transAxes, weight="bold", size=11, va="bottom")


def _disc(name: str) -> tuple[Line2D, Line2D]:
    edge = MUTED if name == "no information" else _FILLS[name]
    disc = Line2D([], [], ls="none", marker="o", ms=13, mfc=_FILLS[name], mec=edge)
    sign = Line2D([], [], ls="none", marker=_outline(SIGNS[name]), ms=6.5, mfc=_INKS[name], mec=_INKS[name], mew=0.3)
    return disc, sign


def _outline(sign: str) -> MarkerPath:
    """Return the outline of a sign about its middle; as a marker of text it would have to be a formula."""
    path = TextPath((0, 0), sign, prop=FontProperties(weight="bold"))
    points, box = path.vertices.copy(), path.get_extents()
    closing = np.flatnonzero(path.codes == MarkerPath.CLOSEPOLY)
    points[closing] = points[closing - 1]  # they stand at 0, and would count for the size
    return MarkerPath(points - [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2], path.codes)


def _legend(ax: Axes, handles: Mapping[str, Any], below: float) -> None:
    place = {"loc": "upper right", "bbox_to_anchor": (1.0, -_parts(ax, below)), "borderaxespad": 0}
    look = {"frameon": False, "fontsize": 8.5, "handletextpad": 0.4, "columnspacing": 1.2}
    labels = [name + (" (overall: counts as some concerns)" if "no information" in name else "") for name in handles]
    ax.legend(list(handles.values()), labels, ncols=len(labels), **look, **place)
