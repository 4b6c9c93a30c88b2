"""Sparse counts pooled without a continuity correction: Mantel-Haenszel and Peto's one-step odds ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.effects.measures import LONG_NAMES, check_measure, effect_sizes
from neckevidence.synthesis.two_by_two import (
    ALL_EVENTS,
    NO_EVENT,
    Array,
    CountResult,
    Tables,
    checked_tables,
    counts_as_arrays,
    uninformative,
    wald,
)

MEASURES = ("OR", "RR", "RD")
VARIANCES = {
    "OR": "the variance of Robins, Breslow and Greenland (1986)",
    "RR": "the variance of Greenland and Robins (1985)",
    "RD": "the variance of Sato, Greenland and Robins (1989)",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class SparseResult(CountResult):
    """A Mantel-Haenszel or Peto result: the fields of `CountResult` and these.

    Attributes
    ----------
    weights : tuple of float
        Relative weights of all trials, summing to 1; 0 for trials that carry no information.
    q, q_df, q_p_value : float, int, float
        Heterogeneity: chi-square around the pooled effect, its degrees of freedom and p-value (Mantel-Haenszel:
        inverse-variance weights, trials with a finite variance; Peto: all informative trials).
    """

    weights: tuple[float, ...]
    q: float
    q_df: int
    q_p_value: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial: its weight and, where there is one, the reason why it carries no information."""
        reasons = dict(self.excluded)
        return pd.DataFrame(
            {"trial": self.labels, "weight": self.weights, "excluded": [reasons.get(name, "") for name in self.labels]}
        )

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        if self.method == "Peto":
            how = "Peto's one-step method (Yusuf et al. 1985)"
        else:
            how = f"the Mantel-Haenszel method, with {VARIANCES[self.measure]}"
        return (
            f"{self.k} trial{'s' if self.k != 1 else ''} gave a pooled {LONG_NAMES[self.measure]} by {how}, with a "
            f"{100 * self.level:g}% Wald interval and without continuity correction."
        )


def mantel_haenszel_batch(
    events_treatment: ArrayLike, n_treatment: ArrayLike, events_control: ArrayLike, n_control: ArrayLike,
    measure: str = "OR",
) -> tuple[Array, Array]:  # fmt: skip
    """Pool many sets of trials at once by Mantel and Haenszel's method; counts are not checked.

    Parameters
    ----------
    events_treatment, n_treatment, events_control, n_control : array_like of float, shape (..., k)
        Counts of persons; the last axis is the trial. They need not be whole. A trial with both n zero is padding
        and changes nothing.
    measure : {"OR", "RR", "RD"}
        Effect measure.

    Returns
    -------
    effects, standard_errors : ndarray of float, shape (...)
        Log OR, log RR or RD; NaN in both where the effect or a standard error above zero does not exist.

    Raises
    ------
    UnknownCodeError
        If the measure is unknown.

    Notes
    -----
    With a, b events and non-events on treatment, c, d on control, n1, n2 the arms and N their sum:
    OR = R/S, R = sum ad/N, S = sum bc/N (Mantel and Haenszel 1959, J Natl Cancer Inst 22:719), variance of the
    logarithm sum PR / 2R^2 + sum (PS + QR) / 2RS + sum QS / 2S^2, P = (a+d)/N, Q = (b+c)/N (Robins, Breslow and
    Greenland 1986, Biometrics 42:311). RR = sum (a n2/N) / sum (c n1/N), variance of the logarithm
    sum ((n1 n2 (a+c) - acN) / N^2) / (numerator x denominator) (Greenland and Robins 1985, Biometrics 41:55).
    RD = sum ((a n2 - c n1) / N) / W, W = sum (n1 n2 / N), variance (RD sum P + sum Q) / W^2 with
    P = (n1^2 c - n2^2 a + n1 n2 (n2 - n1)/2) / N^2 and Q = (ad + bc) / 2N, which holds for few large and for many
    small trials (Sato, Greenland and Robins 1989, Biometrics 45:1323).

    Examples
    --------
    >>> effects, errors = mantel_haenszel_batch([[1, 2], [0, 0]], 10, [[3, 4], [0, 0]], 10)
    >>> effects.round(3), errors.round(3)
    (array([-1.133,    nan]), array([0.79,  nan]))
    """
    estimator = {"OR": _odds_ratio, "RR": _risk_ratio, "RD": _risk_difference}[check_measure(measure, MEASURES)]
    a, n1, c, n2 = counts_as_arrays(events_treatment, n_treatment, events_control, n_control)
    total = np.where(n1 + n2 > 0, n1 + n2, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect, variance = estimator(a, n1 - a, c, n2 - c, total)
        usable = np.isfinite(effect) & np.isfinite(variance) & (variance > 0)
        return np.where(usable, effect, np.nan), np.where(usable, np.sqrt(variance), np.nan)


def peto_batch(
    events_treatment: ArrayLike, n_treatment: ArrayLike, events_control: ArrayLike, n_control: ArrayLike
) -> tuple[Array, Array]:
    """Pool many sets of trials at once by Peto's one-step method; counts are not checked.

    Parameters
    ----------
    events_treatment, n_treatment, events_control, n_control : array_like of float, shape (..., k)
        Counts of persons; the last axis is the trial. A trial with both n zero is padding and changes nothing.

    Returns
    -------
    effects, standard_errors : ndarray of float, shape (...)
        Log odds ratios; NaN in both where no trial has events and non-events.

    Notes
    -----
    log OR = sum (O - E) / sum V, standard error 1 / sqrt(sum V): O the events on treatment, E = n1 (a+c) / N, and
    V = n1 n2 (a+c) (b+d) / (N^2 (N-1)) the hypergeometric variance (Yusuf et al. 1985, Prog Cardiovasc Dis
    27:335).

    Examples
    --------
    >>> effect, error = peto_batch([1, 2], 10, [3, 4], 10)
    >>> float(effect.round(3)), float(error.round(3))
    (-1.027, 0.717)
    """
    difference, variance = _observed_minus_expected(
        *counts_as_arrays(events_treatment, n_treatment, events_control, n_control)
    )
    information = variance.sum(axis=-1)
    usable = information > 0
    information = np.where(usable, information, 1.0)
    return (
        np.where(usable, difference.sum(axis=-1) / information, np.nan),
        np.where(usable, 1 / np.sqrt(information), np.nan),
    )


def mantel_haenszel(
    events_treatment: ArrayLike, n_treatment: ArrayLike, events_control: ArrayLike, n_control: ArrayLike,
    measure: str = "OR", level: float = 0.95, labels: Sequence[str] | None = None,
) -> SparseResult:  # fmt: skip
    """Pool two-by-two tables by Mantel and Haenszel's method, without continuity correction.

    Parameters
    ----------
    events_treatment, n_treatment, events_control, n_control : array_like of float, shape (k,)
        Persons with the event and in all, by arm.
    measure : {"OR", "RR", "RD"}
        Effect measure.
    level : float
        Confidence level, between 0 and 1.
    labels : sequence of str, optional
        Names of the trials.

    Returns
    -------
    SparseResult
        On the analysis scale. Weights are bc/N for the OR, c n1/N for the RR and n1 n2/N for the RD, divided by
        their sum. A trial without information has weight 0 and stands in ``excluded``: for the OR without
        events or without non-events in both arms, for the RR without events in both. Every trial informs the RD.

    Raises
    ------
    NeckevidenceError
        If a count is impossible, lengths differ, the level is not allowed or the measure is unknown.

    Notes
    -----
    For the formulas see `mantel_haenszel_batch`. Q is the sum of (y - pooled effect)^2 / v over the trials whose
    own effect y and large-sample variance v exist (Deeks and Higgins 2010, Statistical algorithms in Review
    Manager 5); the others are named in a note. The effect is taken as common to all trials.

    Examples
    --------
    >>> mantel_haenszel([1, 2, 0], [10, 10, 10], [3, 4, 0], [10, 10, 10], labels=["A", "B", "C"])
    <SparseResult OR 0.32 (95% CI 0.07 to 1.52), 3 trials, 2 informative, Mantel-Haenszel>
    """
    measure = check_measure(measure, MEASURES)
    tables, names = checked_tables(events_treatment, n_treatment, events_control, n_control, level, labels)
    a, n1, c, n2 = tables
    total = n1 + n2
    effect, se = (float(value) for value in mantel_haenszel_batch(*tables, measure=measure))
    weights = {"OR": (n1 - a) * c, "RR": c * n1, "RD": n1 * n2}[measure] / total
    excluded = uninformative(tables, names, {"OR": (NO_EVENT, ALL_EVENTS), "RR": (NO_EVENT,), "RD": ()}[measure])
    notes = _missing_estimate(measure, tables) if math.isnan(effect) else []
    silent = [name for name, weight in zip(names, weights, strict=True) if weight == 0 and name not in dict(excluded)]
    if silent and not notes:
        notes.append(
            f"{', '.join(silent)}: weight 0 by convention, as the trial's own ratio is infinite; it enters the estimate"
        )
    y, v = effect_sizes(measure, events_treatment=a, n_treatment=n1, events_control=c, n_control=n2)
    finite = np.isfinite(y) & (v > 0)
    if not finite.all() and not notes:
        left = ", ".join(name for name, own in zip(names, finite, strict=True) if not own)
        notes.append(f"Q leaves out, for want of a finite effect and variance above zero: {left}")
    q = 0.0 if math.isnan(effect) else float(((y[finite] - effect) ** 2 / v[finite]).sum())
    return _result(effect, se, q, int(finite.sum()), weights, measure, "Mantel-Haenszel", level, names, excluded, notes)


def peto(
    events_treatment: ArrayLike, n_treatment: ArrayLike, events_control: ArrayLike, n_control: ArrayLike,
    level: float = 0.95, labels: Sequence[str] | None = None,
) -> SparseResult:  # fmt: skip
    """Pool two-by-two tables by Peto's one-step odds ratio.

    Parameters
    ----------
    events_treatment, n_treatment, events_control, n_control : array_like of float, shape (k,)
        Persons with the event and in all, by arm.
    level : float
        Confidence level, between 0 and 1.
    labels : sequence of str, optional
        Names of the trials.

    Returns
    -------
    SparseResult
        Log odds ratio; weights V / sum V; trials without events or without non-events are in ``excluded``.

    Raises
    ------
    NeckevidenceError
        If a count is impossible, lengths differ or the level is not allowed.

    Notes
    -----
    For the formulas see `peto_batch`; Q = sum ((O-E)^2 / V) - (sum (O-E))^2 / sum V. The method is biased when the
    effect is large or the arms differ much in size (Greenland and Salvan 1990, Stat Med 9:247).

    Examples
    --------
    >>> peto([1, 2], [10, 10], [3, 4], [10, 10])
    <SparseResult OR 0.36 (95% CI 0.09 to 1.46), 2 trials, 2 informative, Peto>
    """
    tables, names = checked_tables(events_treatment, n_treatment, events_control, n_control, level, labels)
    effect, se = (float(value) for value in peto_batch(*tables))
    difference, variance = _observed_minus_expected(*tables)
    excluded = uninformative(tables, names, (NO_EVENT, ALL_EVENTS))
    informs = variance > 0
    own = difference[informs] / variance[informs]
    q = float((variance[informs] * (own - effect) ** 2).sum())
    notes = _missing_estimate("OR", tables) if math.isnan(effect) else []
    return _result(effect, se, q, int(informs.sum()), variance, "OR", "Peto", level, names, excluded, notes)


def _odds_ratio(a: Array, b: Array, c: Array, d: Array, total: Array) -> tuple[Array, Array]:
    p, q, r, s = (a + d) / total, (b + c) / total, a * d / total, b * c / total
    top, bottom = r.sum(-1), s.sum(-1)
    variance = (p * r).sum(-1) / (2 * top**2) + (p * s + q * r).sum(-1) / (2 * top * bottom)
    return np.log(top) - np.log(bottom), variance + (q * s).sum(-1) / (2 * bottom**2)


def _risk_ratio(a: Array, b: Array, c: Array, d: Array, total: Array) -> tuple[Array, Array]:
    n1, n2 = a + b, c + d
    top, bottom = (a * n2 / total).sum(-1), (c * n1 / total).sum(-1)
    # n1 n2 (a+c) - acN = adn1 + bcn2, written so that nothing cancels.
    return np.log(top) - np.log(bottom), ((a * d * n1 + b * c * n2) / total**2).sum(-1) / (top * bottom)


def _risk_difference(a: Array, b: Array, c: Array, d: Array, total: Array) -> tuple[Array, Array]:
    n1, n2 = a + b, c + d
    w = (n1 * n2 / total).sum(-1)
    effect = ((a * n2 - c * n1) / total).sum(-1) / w
    p = ((n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / total**2).sum(-1)
    q = ((a * d + b * c) / (2 * total)).sum(-1)
    variance = effect * p + q
    # Arms that are separated completely have variance zero, which rounding must not turn into 1e-17.
    return effect, np.where(variance > 1e-12 * q, variance, 0.0) / w**2


def _observed_minus_expected(a: Array, n1: Array, c: Array, n2: Array) -> tuple[Array, Array]:
    total, events = n1 + n2, a + c
    size = np.where(total > 0, total, 1.0)
    variance = n1 * n2 * events * (total - events) / (size**2 * np.where(total > 1, total - 1, 1.0))
    return a - n1 * events / size, variance


def _missing_estimate(measure: str, tables: Tables) -> list[str]:
    a, n1, c, n2 = tables
    if (a + c).sum() == 0:
        return ["nothing can be estimated: no event in any trial"]
    if (a + c == n1 + n2).all():
        return ["nothing can be estimated: every patient of every trial had the event"]
    if measure == "RD":
        return ["no standard error can be given: no arm of any trial has both events and non-events"]
    arm = "treatment" if (a * (n2 - c if measure == "OR" else n2)).sum() == 0 else "control"
    why = f"no event in the {arm} arm" + (" or no non-event in the other" if measure == "OR" else "")
    return [f"nothing can be estimated: every trial has {why}, so that the logarithm of the ratio is infinite"]


def _result(
    effect: float, se: float, q: float, trials_in_q: int, weights: Array, measure: str, method: str, level: float,
    names: tuple[str, ...], excluded: tuple[tuple[str, str], ...], notes: list[str],
) -> SparseResult:  # fmt: skip
    from scipy.special import chdtrc

    df = 0 if math.isnan(effect) else max(trials_in_q - 1, 0)
    q = q if df else 0.0  # one trial does not differ from itself
    total = float(weights.sum())
    return SparseResult(
        **wald(effect, se, level),
        measure=measure,
        method=method,
        level=level,
        labels=names,
        excluded=excluded,
        notes=tuple(notes),
        weights=tuple((weights / total if total > 0 else weights).tolist()),
        q=q,
        q_df=df,
        q_p_value=float(chdtrc(df, q)) if df else 1.0,
    )
