"""Dose-response curves with the arms they were fitted to."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.core.views import shows
from neckevidence.figures.style import BAND, CAUTION, INK, LINE, MUTED, TREATMENT, house_style
from neckevidence.synthesis.dose.one_stage import DoseResponse

# A shape has a line of its own, a trial a marker of its own: nothing is told by colour alone.
_LOOKS = {"linear": (TREATMENT, "-"), "log-linear": (CAUTION, (0, (5, 2))), "emax": (BAND, (0, (4, 1.5, 1, 1.5)))}
_NAMES = {"linear": "Straight line", "log-linear": "Log-linear", "emax": "Emax"}
_MARKERS = "osD^vPX<>*"
_SMALLEST, _LARGEST = 28.0, 130.0  # marker areas, points squared
_DODGE = 0.024  # of the width, between trials at the same dose


@shows("picture", DoseResponse)
def dose_response_plot(
    results: DoseResponse | Sequence[DoseResponse],
    ax: Axes | None = None,
    *,
    dose_label: str = "Dose",
    outcome: str = "",
    baseline: float | None = None,
    title: str = "",
) -> Axes:
    """Draw dose-response curves and the arms on them.

    Parameters
    ----------
    results : DoseResponse or sequence of DoseResponse
        Several shapes, fitted to the same arms, are laid over each other.
    ax : matplotlib Axes, optional
        Where to draw, the legend within; by default a new figure with legend and explanation beside the plot.
    dose_label : str
        The dose in words, with its unit.
    outcome : str
        The outcome in words: the event for counts, the scale with its unit for means.
    baseline : float, optional
        Risk (0 to 1) or mean at dose 0 from which the curves start; by default the mean of the fitted baselines of the trials,
        weighted by patients (on the log odds scale) or by precision.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        Artists carry a ``gid``: ``curve`` and ``band`` (one a result), ``arm`` and ``interval`` (one an arm), ``trial`` (the
        curve from a trial's own baseline), ``baseline`` (a trial's fitted baseline at dose 0).

    Raises
    ------
    NeckevidenceError
        If there is nothing to draw, or the results were fitted to different arms.

    Examples
    --------
    >>> import pandas as pd
    >>> from neckevidence.synthesis.dose import dose_response
    >>> arms = pd.DataFrame({"trial": ["A"] * 3, "dose": [0, 5, 10], "events": [12, 30, 40], "n": [100, 100, 100]})
    >>> axes = dose_response_plot(dose_response(arms), dose_label="Dose, mg", outcome="somnolence")
    >>> axes.get_ylabel()
    'Patients with somnolence'
    """
    several = [results] if isinstance(results, DoseResponse) else list(results)
    if not several:
        raise NeckevidenceError("there is nothing to draw: no dose-response result was given")
    first = several[0]
    if any(not one.arms.frame.equals(first.arms.frame) for one in several):
        raise NeckevidenceError("the curves of one picture must be fitted to the same arms")
    starts = [_mean_baseline(one) if baseline is None else baseline for one in several]
    with house_style():
        beside = ax is None
        if ax is None:
            _, ax = plt.subplots(figsize=(7.8, 4.4), layout="constrained")
        for one, start in zip(several, starts, strict=True):
            _curve(ax, one, start, filled=len(several) == 1)
        markers = _arms(ax, first)
        if len(several) == 1:
            _own_curves(ax, first)
            _baselines(ax, first, markers)
        _frame(ax, first, dose_label, outcome, title)
        _legend(ax, several, markers, beside)
        if beside:
            place = {"va": "bottom", "linespacing": 1.4}
            ax.text(1.03, 0.0, _note(several, starts), transform=ax.transAxes, color=MUTED, size=8, **place)
    return ax


def _mean_baseline(one: DoseResponse) -> float:
    arms = one.arms.arrays
    weights = arms.member @ arms.size
    mean = float(weights @ np.array([value for _, value in one.baselines]) / weights.sum())
    return 1 / (1 + math.exp(-mean)) if one.counts else mean


def _points(one: DoseResponse, start: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return doses and, from a baseline on, the curve with its limits, as risks or means."""
    doses = np.linspace(0, one.doses[-1], 121)
    table = one.predict(doses, baseline=start if one.counts else None)
    if one.counts:
        return doses, *(table[name].to_numpy() for name in ("risk", "risk_low", "risk_high"))
    return doses, *(start + table[name].to_numpy() for name in ("effect", "ci_low", "ci_high"))


def _curve(ax: Axes, one: DoseResponse, start: float, filled: bool) -> None:
    """Draw a curve with its band; of several, one upon another, only the edges of the bands can be told apart."""
    colour, dashes = _LOOKS[one.shape]
    doses, middle, low, high = _points(one, start)
    ax.fill_between(doses, low, high, color=colour, alpha=0.13 if filled else 0.0, lw=0, zorder=1, gid="band")
    for edge in (low, high):
        ax.plot(doses, edge, color=colour, lw=0.8, alpha=0.7, ls=dashes, zorder=1, gid="edge")
    ax.plot(doses, middle, color=colour, lw=2.2, ls=dashes, zorder=3, gid="curve")


def _arms(ax: Axes, one: DoseResponse) -> dict[str, str]:
    """Draw the arms with their intervals; return the marker of each trial."""
    arms, frame = one.arms.arrays, one.arms.frame
    trials = one.arms.trials
    markers = {name: _MARKERS[place % len(_MARKERS)] for place, name in enumerate(trials)}
    values = arms.y / arms.size if one.counts else arms.y
    low, high = _intervals(one)
    areas = _SMALLEST + (_LARGEST - _SMALLEST) * arms.size / arms.size.max()
    width = one.doses[-1]
    for place, row in enumerate(frame.itertuples()):
        here = [name for name in trials if ((frame["trial"] == name) & (frame["dose"] == row.dose)).any()]
        x = row.dose + width * _DODGE * (here.index(row.trial) - (len(here) - 1) / 2)
        ax.plot([x, x], [low[place], high[place]], color=INK, lw=1.1, zorder=4, gid="interval")
        ax.scatter(
            x, values[place], s=areas[place], marker=markers[row.trial], fc="white", ec=INK, lw=1.4, zorder=5, gid="arm"
        )
    return markers


def _intervals(one: DoseResponse) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson score intervals of risks, or normal intervals of means, one an arm."""
    arms = one.arms.arrays
    if one.counts:
        from statsmodels.stats.proportion import proportion_confint

        low, high = proportion_confint(arms.y, arms.size, alpha=1 - one.level, method="wilson")
        return np.asarray(low), np.asarray(high)
    from scipy.special import ndtri

    half = float(ndtri((1 + one.level) / 2)) / np.sqrt(arms.size)
    return arms.y - half, arms.y + half


def _own_curves(ax: Axes, one: DoseResponse) -> None:
    """Draw the curve from each trial's own baseline, up to its largest dose; that of a single trial is the main one."""
    for trial, value in one.baselines if one.n_trials > 1 else ():
        start = 1 / (1 + math.exp(-value)) if one.counts else value
        doses, middle, _, _ = _points(one, start)
        last = one.arms.frame["dose"][one.arms.frame["trial"] == trial].max()
        kept = doses <= last
        ax.plot(doses[kept], middle[kept], color=MUTED, lw=0.9, ls=(0, (1, 1.5)), zorder=2, gid="trial")


def _baselines(ax: Axes, one: DoseResponse, markers: dict[str, str]) -> None:
    """Draw each trial's fitted baseline on the axis of dose 0, filled: the arms beside it are hollow."""
    for trial, value in one.baselines:
        y = 1 / (1 + math.exp(-value)) if one.counts else value
        ax.scatter(-0.045 * one.doses[-1], y, s=24, marker=markers[trial], color=MUTED, lw=0, zorder=5, gid="baseline")


def _frame(ax: Axes, one: DoseResponse, dose_label: str, outcome: str, title: str) -> None:
    largest = one.doses[-1]
    ax.set_xlim(-0.08 * largest, 1.05 * largest)
    ax.set_xticks(one.doses, [f"{dose:g}" for dose in one.doses])
    ax.set_xlabel(dose_label)
    if one.counts:
        ax.set_ylim(0, min(1.0, ax.get_ylim()[1]))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}%"))
        ax.set_ylabel(f"Patients with {outcome or 'the event'}")
    else:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: signed(value, 1)))
        ax.set_ylabel(outcome[:1].upper() + outcome[1:] if outcome else "Mean")
    ax.yaxis.set_major_locator(MaxNLocator(6))
    ax.grid(axis="y", color=LINE, lw=0.6, alpha=0.6)
    ax.set_axisbelow(True)
    ax.set_title(title)


def _legend(ax: Axes, several: Sequence[DoseResponse], markers: dict[str, str], beside: bool) -> None:
    first, alone = several[0], len(several) == 1
    entries: list[object] = []
    labels = []
    for one in several:
        colour, dashes = _LOOKS[one.shape]
        line = Line2D([], [], color=colour, lw=2.2, ls=dashes)
        entries.append((Patch(fc=colour, alpha=0.13), line) if alone else line)
        labels.append(f"{_NAMES[one.shape]}, {100 * one.level:g}% {'band' if alone else 'limits thin'}")
    for trial, marker in markers.items():
        entries.append(Line2D([], [], marker=marker, ms=7.5, mfc="white", mec=INK, mew=1.4, ls="none"))
        labels.append(trial)
    if alone and first.n_trials > 1:
        entries.append(Line2D([], [], color=MUTED, lw=0.9, ls=(0, (1, 1.5))))
        labels.append("Curve from a trial's own baseline")
    place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0} if beside else {"loc": "best"}
    ax.legend(entries, labels, frameon=False, fontsize=8.5, labelspacing=0.7, handlelength=2.6, **place)


def _note(several: Sequence[DoseResponse], starts: Sequence[float]) -> str:
    first = several[0]
    shown = {f"{100 * start:.1f}%" if first.counts else signed(start, 2) for start in starts}
    begins = shown.pop() if len(shown) == 1 else "its mean baseline"
    own = "Small filled symbols: fitted baselines of the trials." if len(several) == 1 else ""
    size, bars = ("patients", "score interval") if first.counts else ("precision", "interval")
    parts = (
        f"At dose 0 {'the curve starts' if len(several) == 1 else 'each curve starts'} at {begins}.",
        own,
        f"Area of a symbol: {size} in the arm. Bars: {100 * first.level:g}% {bars} of the arm.",
    )
    return "\n".join(line for part in parts for line in textwrap.wrap(part, 36))
