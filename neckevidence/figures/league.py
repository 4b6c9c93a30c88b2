"""The league table as a picture: every treatment against every other."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from neckevidence.core.numbers import effect_texts
from neckevidence.effects.means import critical_value
from neckevidence.effects.measures import LONG_NAMES, natural, no_effect
from neckevidence.figures.page import text_size, wrap_name
from neckevidence.figures.style import CAUTION, INK, LINE, MUTED, ROUNDING, TREATMENT, house_style

if TYPE_CHECKING:
    from neckevidence.synthesis.network.result import NetworkMetaAnalysis

# By row and column: the kind of evidence, then estimate and limits on the scale of the analysis.
_Cells = dict[tuple[int, int], tuple[str, tuple[float, ...]]]

_FONT = {"size": 8.0, "linespacing": 1.25}
_KEY = {"size": 8.5, "linespacing": 1.3}
_PAD = 0.1  # inches, around all
_CELL_PAD = 0.06  # beside and above the text of a cell
_NARROWEST = 5.0
_LETTER = 0.063  # inches, mean width of a letter of the key
_STRONGEST = 0.42  # share of colour in a tint, light enough to read on
_INDIRECT, _LEAVES_OUT, _NO_TRIAL = "\u25c7", "*", "\u00b7"


def league_plot(network: NetworkMetaAnalysis, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw the league table, the treatment with the best P-score first.

    Parameters
    ----------
    network : NetworkMetaAnalysis
        The fit.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that grows with the number of treatments.
    names : mapping, optional
        Names to show instead of the treatments' codes.

    Returns
    -------
    matplotlib Axes
        Below the diagonal the network's estimates, above it those of the trials that compare the two (Wald intervals with the
        tau2 of the network), always of the treatment that stands further up on the diagonal against the other. Cells and their
        texts carry a ``gid``: ``treatment``, ``network``, ``indirect`` (network estimate of a pair that no trial compares),
        ``direct``, ``empty``. Texts in bold with an asterisk belong to intervals that leave out no difference.

    Examples
    --------
    >>> import pandas as pd
    >>> from neckevidence.synthesis.network.analysis import network_meta_analysis
    >>> trials = pd.DataFrame(
    ...     [("one", "B", "A", 1.0, 0.5), ("two", "C", "A", 3.0, 1.2)],
    ...     columns=["trial", "treatment", "control", "effect", "se"])
    >>> axes = league_plot(network_meta_analysis(contrasts=trials, measure="MD", tau2="common"))
    >>> next(text.get_text() for text in axes.texts if text.get_gid() == "indirect").splitlines()
    ['\u25c7 \u22122.0', '\u22124.5 to 0.5']
    """
    from neckevidence.synthesis.network.ranking import p_scores

    order, shown = list(p_scores(network).index), dict(names or {})
    cells = {**_network_cells(network, order), **_direct_cells(network, order)}
    titles = [wrap_name(shown.get(name, name), 15) for name in order]
    strongest = max((abs(values[0]) for _, values in cells.values()), default=0.0) or 1.0
    own = ax is None
    with house_style():
        if own:
            ax = plt.figure(figsize=(4, 3)).add_axes((0, 0, 1, 1))
        texts = {place: _cell_text(network.measure, *cell) for place, cell in cells.items()}
        _page(ax, titles, list(texts.values()), _title(network), _key(network, cells), own)
        for i, title in enumerate(titles):
            _cell(ax, i, i, title, "treatment", "#e8edf1", "bold")
        for i in range(len(order)):
            for j in range(len(order)):
                if (i, j) in cells:
                    kind, values = cells[i, j]
                    _cell(ax, i, j, texts[i, j], kind, _tint(values[0] / strongest), _weight(values))
                elif i != j:
                    _cell(ax, i, j, _NO_TRIAL, "empty", "white", "normal")
    return ax


def _network_cells(network: NetworkMetaAnalysis, order: list[str]) -> _Cells:
    """Place, kind and numbers on the scale of the analysis, of the upper treatment against the lower."""
    tables = [table.loc[order, order].to_numpy() for table in (network.estimates, network.ci_low, network.ci_high)]
    compared = {frozenset((row.treatment, row.control)) for row in network.to_frame().itertuples() if row.trials > 0}
    cells = {}
    for i in range(len(order)):
        for j in range(i):
            kind = "network" if frozenset((order[i], order[j])) in compared else "indirect"
            cells[i, j] = kind, tuple(float(table[j, i]) for table in tables)
    return cells


def _direct_cells(network: NetworkMetaAnalysis, order: list[str]) -> _Cells:
    cells = {}
    for row in network.to_frame().itertuples():
        if row.trials > 0:
            i, j = order.index(row.treatment), order.index(row.control)
            middle, half = row.direct if i < j else -row.direct, critical_value(network.level) * row.direct_se
            cells[min(i, j), max(i, j)] = "direct", (middle, middle - half, middle + half)
    return cells


def _leaves_out_no_difference(values: tuple[float, ...]) -> bool:
    return values[1] > 0 or values[2] < 0


def _weight(values: tuple[float, ...]) -> str:
    return "bold" if _leaves_out_no_difference(values) else "normal"


def _cell_text(measure: str, kind: str, values: tuple[float, ...]) -> str:
    middle, low, high = effect_texts(measure, *(natural(measure, value) for value in values))
    before = f"{_INDIRECT} " if kind == "indirect" else ""
    return f"{before}{middle}{_LEAVES_OUT if _leaves_out_no_difference(values) else ''}\n{low} to {high}"


def _tint(share: float) -> tuple[float, ...]:
    """Blue below no effect, amber above, stronger away from it; white at no effect."""
    full = np.array(to_rgb(TREATMENT if share < 0 else ROUNDING))
    part = _STRONGEST * min(abs(share), 1.0)
    return tuple(1 - part * (1 - full))


def _page(ax: Axes, titles: list[str], texts: list[str], title: str, key: list[str], own: bool) -> None:
    """Make room for cells of one unit, a title above and the key below."""
    figure, count = ax.figure, len(titles)
    sizes = [text_size(figure, text, weight="bold", **_FONT) for text in (*titles, *texts, _NO_TRIAL)]
    cell = np.array(
        [max(width for width, _ in sizes) + 2 * _CELL_PAD, max(height for _, height in sizes) + 2 * _CELL_PAD]
    )
    box = ax.get_position()
    given = figure.get_size_inches() * (box.width, box.height)
    width = max(count * cell[0], _NARROWEST) if own else given[0] - 2 * _PAD
    words = "\n".join(textwrap.fill(line, int(width / _LETTER)) for line in key)
    above, below = 0.4, text_size(figure, words, **_KEY)[1] + 2 * _PAD
    if own:
        figure.set_size_inches(width + 2 * _PAD, count * cell[1] + above + below)
        cell[0] = width / count
    else:
        cell = np.array([width / count, (given[1] - above - below) / count])
    ax.set(xlim=(-_PAD / cell[0], count + _PAD / cell[0]), ylim=(-count - below / cell[1], above / cell[1]))
    ax.set_axis_off()
    ax.text(0, 0.12 / cell[1], title, weight="bold", size=11, va="bottom", gid="title")
    ax.text(0, -count - _PAD / cell[1], words, va="top", color=MUTED, gid="key", **_KEY)


def _title(network: NetworkMetaAnalysis) -> str:
    return f"League table: {LONG_NAMES[network.measure]} ({100 * network.level:g}% CI)"


def _key(network: NetworkMetaAnalysis, cells: _Cells) -> list[str]:
    nothing = f"{no_effect(network.measure):g}"
    lines = [
        "Every number: the treatment further up on the diagonal against the other. Below the diagonal: the whole network. "
        "Above: only the trials that compare the two.",
        f"Bold with {_LEAVES_OUT}: the interval leaves out {nothing}. Without: neither a difference nor equality is shown.",
        f"Tint: blue below {nothing}, amber above, stronger the further away.",
    ]
    if any(kind == "indirect" for kind, _ in cells.values()):
        words = "indirect only. No trial compares the two, patients were not randomised between them."
        lines.insert(1, f"{_INDIRECT}, dashed frame: {words} Above the diagonal: {_NO_TRIAL}")
    return lines


def _cell(ax: Axes, i: int, j: int, text: str, kind: str, colour: object, weight: str) -> None:
    ax.add_patch(Rectangle((j, -i - 1), 1, 1, fc=colour, ec=LINE, lw=0.8, zorder=1, gid=kind))
    if kind == "indirect":
        x, y = j + 0.04, -i - 0.93
        ax.add_patch(Rectangle((x, y), 0.92, 0.86, fill=False, ec=CAUTION, lw=0.9, ls=(0, (4, 2)), zorder=2))
    ink = MUTED if kind == "empty" else INK
    at = {"ha": "center", "va": "center", "zorder": 3, "gid": kind}
    ax.text(j + 0.5, -i - 0.5, text, weight=weight, color=ink, **at, **_FONT)
