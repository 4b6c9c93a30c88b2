"""The plane of benefit and harm: a point and an ellipse for each treatment, lines of equal ratio."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.core.views import shows
from neckevidence.figures.style import BAND, CAUTION, CONTROL, INK, MUTED, ROUNDING, TREATMENT, house_style
from neckevidence.synthesis.benefit_harm import BenefitHarm

_LOOKS = ((TREATMENT, "o", "-"), (CAUTION, "s", (0, (5, 2))), (BAND, "D", (0, (4, 1.5, 1, 1.5))), (INK, "^", (0, (1, 1.2))),
          (ROUNDING, "v", (0, (8, 2, 1, 2))))  # fmt: skip
_RATIOS = (0.5, 1.0, 2.0, 4.0)
_KEY_WIDTH, _LABEL_WIDTH = 26, 48  # letters in a line


def benefit_harm_plot(
    results: BenefitHarm | Sequence[BenefitHarm],
    ax: Axes | None = None,
    *,
    benefit: str = "the benefit",
    harm: str = "the harm",
    rho: float = 0.0,
    title: str = "",
) -> Axes:
    """Draw the benefit of treatments against their harm.

    Parameters
    ----------
    results : BenefitHarm or sequence of BenefitHarm
        At most five treatments, with the same level.
    ax : matplotlib Axes, optional
        Where to draw, the key within; by default a new figure with the key beside the plot.
    benefit, harm : str
        The outcomes in words, as in "more patients with ...".
    rho : float
        Correlation of the two estimates of a treatment, for the ellipses.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        Harm to the right, benefit upwards, per 100 patients. Artists carry a ``gid``: ``ellipse`` and ``estimate`` (one a
        treatment), ``ratio`` (a line of equal likelihood to be helped or harmed).

    Raises
    ------
    NeckevidenceError
        If there is nothing to draw, there are too many treatments, or the levels differ.

    Examples
    --------
    >>> from neckevidence.synthesis.benefit_harm import benefit_harm
    >>> axes = benefit_harm_plot(benefit_harm((60, 100, 40, 100), (25, 100, 10, 100), name="CYC5"), harm="somnolence")
    >>> axes.get_xlabel()
    'More patients with somnolence, of 100 treated'
    """
    several = [results] if isinstance(results, BenefitHarm) else list(results)
    if not 0 < len(several) <= len(_LOOKS):
        raise NeckevidenceError(f"the picture holds 1 to {len(_LOOKS)} treatments, found {len(several)}")
    if len({one.level for one in several}) > 1:
        raise NeckevidenceError(f"the levels differ: {', '.join(f'{one.level:g}' for one in several)}")
    with house_style():
        beside = ax is None
        if ax is None:
            _, ax = plt.subplots(figsize=(8.2, 5.2), layout="constrained")
        for one, look in zip(several, _LOOKS, strict=False):
            _treatment(ax, one, *look, rho)
        _frame(ax, benefit, harm, title)
        _ratios(ax)
        note = (
            f"{100 * several[0].level:g}% joint regions,\ncorrelation {signed(rho, 1)}.\nGrey lines: helped : harmed."
        )
        place = {"loc": "upper left", "bbox_to_anchor": (1.02, 1.0), "borderaxespad": 0} if beside else {"loc": "best"}
        legend = ax.legend(frameon=False, fontsize=9, title=note, title_fontsize=8, alignment="left", **place)
        legend.get_title().set_color(MUTED)
    return ax


def _treatment(ax: Axes, one: BenefitHarm, colour: str, marker: str, dashes: object, rho: float) -> None:
    """Draw point and joint region; the marker and the dashes tell treatments apart without their colour."""
    outline = 100 * one.ellipse(rho)
    ax.fill(*outline.T, color=colour, alpha=0.1, lw=0, zorder=2)
    ax.plot(*outline.T, color=colour, lw=1.3, ls=dashes, zorder=3, gid="ellipse")
    point = (100 * one.harm.estimate, 100 * one.benefit.estimate)
    ax.plot(
        *point,
        marker=marker,
        ms=8.5,
        mfc=colour,
        mec="white",
        mew=1.2,
        ls="none",
        zorder=5,
        gid="estimate",
        label=textwrap.fill(one.name, _KEY_WIDTH),
    )


def _frame(ax: Axes, benefit: str, harm: str, title: str) -> None:
    """Keep the origin in the picture, and one length for a patient helped and a patient harmed."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    left, bottom = min(left, -0.04 * right), min(bottom, -0.04 * top)
    span = max(right - left, top - bottom)
    ax.set(xlim=(left, left + span), ylim=(bottom, bottom + span))
    ax.set_box_aspect(1)
    for draw in (ax.axhline, ax.axvline):
        draw(0, color=MUTED, lw=0.9, zorder=1)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(7, integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: signed(value, 0)))
    ax.set_xlabel(textwrap.fill(f"More patients with {harm}, of 100 treated", _LABEL_WIDTH))
    ax.set_ylabel(textwrap.fill(f"More patients with {benefit}, of 100 treated", _LABEL_WIDTH))
    ax.set_title(title)


def _ratios(ax: Axes) -> None:
    """Draw lines of equal ratio from the origin, each named inside the picture, near its end."""
    (_, right), (_, top) = ax.get_xlim(), ax.get_ylim()
    for ratio in _RATIOS:
        x = min(right, top / ratio)
        ax.plot([0, x], [0, ratio * x], color=CONTROL, lw=1.6 if ratio == 1 else 0.8, zorder=1, gid="ratio")
        box = {"boxstyle": "square,pad=0.15", "fc": "white", "ec": "none"}
        place = {"ha": "center", "va": "center", "zorder": 4, "bbox": box}
        ax.text(0.94 * x, 0.94 * ratio * x, f"{ratio:g} : 1", color=MUTED, size=8, **place)


@shows("picture", BenefitHarm)
def _one(result: BenefitHarm, ax: Any = None, **options: Any) -> Any:
    """Draw one result as `benefit_harm_plot` draws several."""
    return benefit_harm_plot([result], ax=ax, **options)
