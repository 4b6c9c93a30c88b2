"""Absolute effects as pictures: bars per 1000 patients, and 1000 patients drawn one by one."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from neckevidence.comparison.absolute import AbsoluteEffect
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import per_thousand_text
from neckevidence.core.views import shows
from neckevidence.figures.style import CAUTION, CONTROL, INK, LINE, MUTED, TREATMENT, house_style


def per_thousand_plot(effects: Sequence[AbsoluteEffect], ax: Axes | None = None, title: str = "") -> Axes:
    """Draw bars per 1000 patients, two for each outcome, with the difference in words.

    Parameters
    ----------
    effects : sequence of AbsoluteEffect
        At least one. If all compare the same two treatments, a legend names these; else each pair of bars is named.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that fits.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        The bars carry the ``gid`` ``treatment`` and ``control``.

    Raises
    ------
    NeckevidenceError
        If there is nothing to draw.
    """
    if not effects:
        raise NeckevidenceError("a picture per 1000 patients needs at least one absolute effect")
    with house_style():
        if ax is None:
            height = 1.35 + 0.78 * len(effects)
            figure = plt.figure(figsize=(8.6, height))
            ax = figure.add_axes([0.26, 0.5 / height, 0.47, 1 - 1.2 / height])
        most = max(
            value
            for effect in effects
            for value in (effect.control_per_1000, effect.treatment_per_1000, 1000 * effect.risk_high)
            if not math.isnan(value)
        )
        for number, effect in enumerate(effects):
            _pair(ax, effect, -number, most)
        _frame(ax, effects, most, title)
    return ax


def _pair(ax: Axes, effect: AbsoluteEffect, y: float, most: float) -> None:
    colour, face, hatch = _fill(effect)
    high = 1000 * effect.risk_high if not math.isnan(effect.risk_high) else 0.0
    bars = (
        (y + 0.19, effect.treatment_per_1000, {"color": face, "edgecolor": colour, "hatch": hatch}, "treatment"),
        (y - 0.19, effect.control_per_1000, {"color": CONTROL}, "control"),
    )
    for place, value, look, gid in bars:
        ax.barh(place, value, height=0.34, gid=gid, zorder=2, **look)
        start = max(value, high if gid == "treatment" else 0) + 0.015 * most
        ax.text(start, place, per_thousand_text(value), va="center", size=9)
    if high:
        ends = [1000 * effect.risk_low, high]
        ax.plot(ends, [y + 0.19] * 2, color=INK, lw=1.4, marker="|", ms=7, zorder=3, gid="interval")
    ax.text(1.03, y, _in_words(effect), transform=ax.get_yaxis_transform(), va="center", size=9, linespacing=1.3)


def _fill(effect: AbsoluteEffect) -> tuple[str, str, str]:
    """Colour, filling and hatching of the treatment bar: open and hatched if the comparison is not randomised."""
    if effect.comparison.randomised:
        return TREATMENT, TREATMENT, ""
    return CAUTION, "white", "///"


def _in_words(effect: AbsoluteEffect) -> str:
    difference, low, high = effect.difference_per_1000
    lines = [_more_or_fewer(difference)]
    if not math.isnan(low):
        lines.append(f"({_more_or_fewer(low)} to {_more_or_fewer(high)})")
    lines += effect.comparison.marks
    return "\n".join(lines)


def _more_or_fewer(value: float) -> str:
    size = per_thousand_text(abs(value))
    return "0" if size == "0" else f"{size} {'more' if value > 0 else 'fewer'}"


def _frame(ax: Axes, effects: Sequence[AbsoluteEffect], most: float, title: str) -> None:
    pairs = {(one.comparison.treatment, one.comparison.control) for one in effects}
    names = [_name(effect, len(pairs) == 1) for effect in effects]
    ax.set_yticks([-number for number in range(len(effects))], names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_color(LINE)
    ax.set_ylim(-len(effects) + 0.45, 0.55)
    ax.set_xlim(0, 1.12 * most)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel("of 1000 patients", size=8.5, color=MUTED)
    ax.tick_params(axis="x", labelsize=8.5)
    first = effects[0]
    sides = first.comparison
    colour, face, hatch = _fill(first)
    treated = sides.treatment_name if len({pair[0] for pair in pairs}) == 1 else "treatment"
    control = sides.control_name if len({pair[1] for pair in pairs}) == 1 else "control"
    handles = [Patch(fc=face, ec=colour, hatch=hatch, label=treated), Patch(fc=CONTROL, label=control)]
    place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0), "borderaxespad": 0.1}
    ax.legend(handles=handles, ncols=2, frameon=False, fontsize=9, **place)
    inch = 1 / (ax.get_position().height * ax.figure.get_size_inches()[1])
    left = -(ax.get_position().x0 - 0.02) / ax.get_position().width
    ax.text(left, 1 + 0.38 * inch, title, transform=ax.transAxes, weight="bold", size=11, va="bottom")


def _name(effect: AbsoluteEffect, same_treatments: bool) -> str:
    name = effect.comparison.outcome_label
    if not same_treatments:
        name += f", {effect.comparison.treatment_name}"
    return "\n".join(textwrap.wrap(name, 28))


def icon_array(effect: AbsoluteEffect, ax: Axes | None = None) -> Axes:
    """Draw 1000 patients under each treatment, those with the event filled.

    Parameters
    ----------
    effect : AbsoluteEffect
        What to draw.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib Axes
        Two fields of 20 rows of 50.
    """
    with house_style():
        if ax is None:
            figure = plt.figure(figsize=(8.6, 2.75))
            ax = figure.add_axes([0.02, 0.03, 0.96, 0.72])
        of = effect.comparison
        fields = (
            (of.treatment_name, effect.treatment_per_1000, TREATMENT),
            (of.control_name, effect.control_per_1000, MUTED),
        )
        for number, (name, value, colour) in enumerate(fields):
            _field(ax, 56 * number, name, value, colour)
        ax.set_xlim(-1, 107)
        ax.set_ylim(-20.5, 3)
        ax.set_axis_off()
        title = ", ".join((f"{of.outcome_label.capitalize()} in 1000 patients", *of.marks))
        ax.set_title(title, pad=10, color=INK)
    return ax


def _field(ax: Axes, left: float, name: str, value: float, colour: str) -> None:
    number = round(value)
    order = np.arange(1000)
    x, y = left + order // 20, -(order % 20)
    ax.scatter(x[number:], y[number:], s=9, facecolors="none", edgecolors=CONTROL, lw=0.5, gid="without")
    ax.scatter(x[:number], y[:number], s=9, color=colour, gid="with")
    ax.text(left - 0.4, 1.6, f"{name}: {per_thousand_text(value)} of 1000", weight="bold", size=9.5)


@shows("picture", AbsoluteEffect)
def _one(result: AbsoluteEffect, ax: Any = None, **options: Any) -> Any:
    """Draw one result as `per_thousand_plot` draws several."""
    return per_thousand_plot([result], ax=ax, **options)
