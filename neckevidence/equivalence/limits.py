"""Margins and intervals on one scale: the interval of a result at any level, and the level at which it meets a bound."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neckevidence.comparison.result import Comparison
from neckevidence.comparison.trial_effect import TrialEffect
from neckevidence.core.errors import NeckevidenceError
from neckevidence.effects.counts import score_interval, score_statistic
from neckevidence.effects.measures import RATIOS, natural
from neckevidence.equivalence.margins import Margin
from neckevidence.synthesis.pairwise import meta_analysis

_FURTHEST = 6.0  # standard errors: p-values are not told apart below 1e-9
_MANY = 200  # tables that are gone through one by one
Limits = tuple[float, float]
Both = tuple[Limits, Limits]  # at 1 - alpha and at 1 - 2 alpha


def margin_bounds(measure: str, margin: Margin | float) -> Limits:
    """Return the margin on both sides of no effect, on the natural scale.

    Parameters
    ----------
    measure : str
        RD, RR, OR, MD or SMD.
    margin : Margin or float
        Half-width; for RR and OR a ratio.

    Returns
    -------
    low, high : float
        Symmetrical, for ratios on the log scale.

    Raises
    ------
    NeckevidenceError
        If there is no margin, or it does not fit the measure.

    Examples
    --------
    >>> margin_bounds("RR", 0.8), margin_bounds("RD", 0.06)
    ((0.8, 1.25), (-0.06, 0.06))
    """
    if margin is None:
        raise NeckevidenceError("equivalence needs a margin that was set beforehand; there is none")
    value = margin.value if isinstance(margin, Margin) else float(margin)
    if isinstance(margin, Margin) and margin.measure != measure:
        raise NeckevidenceError(f"margin {margin.margin_id} is one of {margin.measure}, not of {measure}")
    if not (math.isfinite(value) and value > 0):
        raise NeckevidenceError(f"margin must be a number above 0, found {value}")
    if measure in RATIOS:
        if value == 1:
            raise NeckevidenceError("margin for a ratio must not be 1, which is no effect")
        return min(value, 1 / value), max(value, 1 / value)
    if measure == "RD" and value >= 1:
        raise NeckevidenceError(f"margin for RD is a share below 1 (0.06 for 6 percentage points), found {value:g}")
    return -value, value


def on_analysis_scale(measure: str, value: ArrayLike) -> Any:
    """Return an effect as a logarithm if it is a ratio, else as it is.

    Parameters
    ----------
    measure : str
        Effect measure.
    value : array_like
        Natural scale.

    Returns
    -------
    float or array
        Minus infinity for a ratio of 0.
    """
    if measure not in RATIOS:
        return value
    with np.errstate(divide="ignore"):
        logs = np.log(value)
    return float(logs) if np.ndim(logs) == 0 else logs


def times(measure: str, bounds: Limits, factor: float) -> Limits:
    """Return the margin's bounds at so many times their distance from no effect, on the analysis scale."""
    return _natural(measure, *(factor * on_analysis_scale(measure, bound) for bound in bounds))


def interval_at(comparison: Comparison, level: float) -> Limits:
    """Return the interval of a result at another level than its own, by the rule by which it was made.

    Parameters
    ----------
    comparison : Comparison
        The result.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float
        Natural scale; NaN if the figures give no interval.

    Notes
    -----
    Pooled trials: the same model again. Counts: the score interval again. Means and published contrasts: the half-width
    times the ratio of the critical values, of t with the degrees of freedom that the interval has, or of the normal
    distribution.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> low, high = interval_at(compare(load_evidence(), "CYC5", "PBO", outcome="pain_relief", measure="RD"), 0.9)
    >>> round(low, 3), round(high, 3)
    (0.067, 0.173)
    """
    measure, trials, pooled = comparison.measure, comparison.trials, comparison.pooled
    if math.isclose(level, comparison.level):
        return float(comparison.ci_low), float(comparison.ci_high)
    if pooled is not None:
        data = [trial.effect for trial in trials], [trial.variance for trial in trials]
        again = meta_analysis(*data, tau2=pooled.tau2_method, ci=pooled.ci_method, level=level)
        return _natural(measure, again.ci_low, again.ci_high)
    if len(trials) != 1 or not trials[0].has_interval:
        return math.nan, math.nan
    trial = trials[0]
    return (
        score_interval(measure, *trial.tables[0], level) if trial.tables else _rescaled(trial, comparison.level, level)
    )


def _rescaled(trial: TrialEffect, old: float, new: float) -> Limits:
    from scipy.special import ndtri, stdtridf, stdtrit

    middle, low, high = (on_analysis_scale(trial.measure, x) for x in (trial.estimate, trial.ci_low, trial.ci_high))
    before, after = (1 + old) / 2, (1 + new) / 2
    critical, wanted = float(ndtri(before)), float(ndtri(after))
    used = (high - low) / (2 * math.sqrt(trial.variance)) if trial.variance > 0 else critical
    if used > critical * (1 + 1e-9):
        critical, wanted = used, float(stdtrit(stdtridf(before, used), after))
    return _natural(trial.measure, *(middle + (end - middle) * wanted / critical for end in (low, high)))


def _natural(measure: str, low: float, high: float) -> Limits:
    with np.errstate(over="ignore"):  # at extreme levels the limit of a ratio may be beyond all numbers
        return natural(measure, low), natural(measure, high)


def rounded_limits(comparison: Comparison, levels: tuple[float, float]) -> list[Both]:
    """Return the intervals at both levels at the ends of what rounding leaves open; none if nothing is rounded."""
    band, measure = comparison.rounding or {}, comparison.measure
    if not {"ci_low", "ci_high"} <= set(band):
        return []
    tables = comparison.trials[0].tables if comparison.k == 1 else ()
    if 0 < len(tables) <= _MANY:
        return [tuple(score_interval(measure, *table, level) for level in levels) for table in tables]
    stored = on_analysis_scale(measure, np.array([comparison.ci_low, comparison.ci_high]))
    shifts = [on_analysis_scale(measure, np.array(interval_at(comparison, level))) - stored for level in levels]
    ends = [on_analysis_scale(measure, np.array(pair)) for pair in itertools.product(band["ci_low"], band["ci_high"])]
    moved = [[end + np.nan_to_num(shift) for shift in shifts] for end in ends if end[0] <= end[1]]
    return [tuple(_natural(measure, *limits) for limits in both) for both in moved]


def known(limits: Limits) -> bool:
    """Tell whether an interval is there."""
    return not any(map(math.isnan, limits))


def p_above(comparison: Comparison, bound: float) -> float:
    """Return the one-sided p-value for an effect above `bound`: the level at which the interval just reaches it."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    if not known(interval_at(comparison, comparison.level)):
        return math.nan

    trial = comparison.trials[0]
    if comparison.k == 1 and trial.tables and comparison.measure in RATIOS and not math.isnan(trial.estimate):
        # The score interval is the inversion of this test: its limit reaches the bound at the level of its p-value.
        z = score_statistic(comparison.measure, *trial.tables[0], math.log(bound))
        return float(ndtr(-np.clip(z, -_FURTHEST, _FURTHEST)))
    scaled_bound = on_analysis_scale(comparison.measure, bound)

    def gap(z: float) -> float:
        limits = interval_at(comparison, float(ndtr(abs(z)) - ndtr(-abs(z)))) if z else (comparison.estimate,) * 2
        limit = on_analysis_scale(comparison.measure, limits[0] if z > 0 else limits[1])
        return float(np.clip(limit - scaled_bound, -99, 99))

    if gap(_FURTHEST) >= 0 or gap(-_FURTHEST) <= 0:
        return float(ndtr(-_FURTHEST if gap(_FURTHEST) >= 0 else _FURTHEST))
    return float(ndtr(-brentq(gap, -_FURTHEST, _FURTHEST, xtol=1e-7)))
