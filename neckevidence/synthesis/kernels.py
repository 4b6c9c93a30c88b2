"""Pairwise meta-analysis of many analyses at once. Arrays only: `meta_analysis` is the labelled layer above."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neckevidence.synthesis.tau2 import ESTIMATORS, solve_q, weighted_mean

Array = NDArray[np.float64]

CI_METHODS = ("wald", "hartung-knapp", "hartung-knapp-adhoc")
# Rows worked on together: their arrays stay in the processor's cache.
_CHUNK = 8192


class BatchFit(NamedTuple):
    """Results of B analyses, each an array of shape (B,), weights of shape (B, k).

    Attributes
    ----------
    k : ndarray
        Trials in each analysis.
    estimate, se, ci_low, ci_high, p_value : ndarray
        Pooled effect with the standard error and interval asked for.
    wald_se : ndarray
        1 / sqrt(sum of weights).
    critical : ndarray
        The critical value behind interval and prediction interval.
    tau2, q, i2, i2_tau2, h2 : ndarray
        Heterogeneity.
    prediction_low, prediction_high : ndarray
        NaN below three trials.
    weights : ndarray, shape (B, k)
        Relative weights, summing to 1; 0 for a place that is not filled.
    """

    k: Array
    estimate: Array
    se: Array
    ci_low: Array
    ci_high: Array
    p_value: Array
    wald_se: Array
    critical: Array
    tau2: Array
    q: Array
    i2: Array
    i2_tau2: Array
    h2: Array
    prediction_low: Array
    prediction_high: Array
    weights: Array


def fit_batch(y: Array, v: Array, mask: NDArray[np.bool_], tau2_method: str, ci: str, level: float) -> BatchFit:
    """Fit B meta-analyses.

    Parameters
    ----------
    y, v : ndarray, shape (B, k)
        Effects and variances; anything where `mask` is False.
    mask : ndarray of bool, shape (B, k)
        Which places hold a trial; at least one in each row.
    tau2_method : str
        Key of `neckevidence.synthesis.tau2.ESTIMATORS`.
    ci : str
        One of `CI_METHODS`. The common-effect model has the Wald interval always; so has an analysis of one trial.
    level : float
        Confidence level.

    Returns
    -------
    BatchFit
        The results.

    Notes
    -----
    Hartung-Knapp: se^2 = sum w (y - mu)^2 / ((k-1) sum w), with t on k - 1 degrees of freedom (Hartung and Knapp 2001, Stat
    Med 20:3875; Sidik and Jonkman 2002, Stat Med 21:3153); "adhoc" never takes a smaller se than Wald's (Roever, Knapp and
    Friede 2015, BMC Med Res Methodol 15:99). Prediction interval: mu -+ c sqrt(tau2 + se^2) with the same critical value c
    and se as the confidence interval (Higgins, Thompson and Spiegelhalter 2009, J R Stat Soc A 172:137, who take t on
    k - 2; Partlett and Riley 2017, Stat Med 36:301, for its Hartung-Knapp form).
    """
    if len(y) <= _CHUNK:
        return _fit_chunk(y, v, mask, tau2_method, ci, level)
    parts = [
        _fit_chunk(y[i : i + _CHUNK], v[i : i + _CHUNK], mask[i : i + _CHUNK], tau2_method, ci, level)
        for i in range(0, len(y), _CHUNK)
    ]
    return BatchFit(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def filled(y: Array, v: Array, mask: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    """Put harmless numbers into the places that hold no trial.

    Parameters
    ----------
    y, v : ndarray, shape (B, k)
        Effects and variances.
    mask : ndarray of bool, shape (B, k)
        Which places hold a trial.

    Returns
    -------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, and 1 or 0.
    """
    if mask.all():
        return y, v, np.ones_like(y)
    return np.where(mask, y, 0.0), np.where(mask, v, 1.0), mask.astype(float)


def centred(y: Array, v: Array, m: Array) -> tuple[Array, Array]:
    """Measure effects from that of the most precise trial, so that a giant trial loses no digits to cancellation.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.

    Returns
    -------
    y : ndarray, shape (B, k)
        Effects less the centre; 0 where there is no trial.
    centre : ndarray, shape (B,)
        The effect of the most precise trial.
    """
    giant = np.where(m > 0, v, np.inf).argmin(axis=1)
    centre = y[np.arange(len(y)), giant]
    return m * (y - centre[:, None]), centre


def _fit_chunk(y: Array, v: Array, mask: NDArray[np.bool_], tau2_method: str, ci: str, level: float) -> BatchFit:
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    y, v, m = filled(y, v, mask)
    y, centre = centred(y, v, m)
    k = np.add.reduce(m, axis=1)
    several, df = k > 1, k - 1
    all_several = np.count_nonzero(several) == len(k)

    def unless_single(value: Array, single: Array | float) -> Array:
        return value if all_several else np.where(several, value, single)

    with np.errstate(divide="ignore", invalid="ignore"):
        tau2 = unless_single(ESTIMATORS[tau2_method](y, v, m), 0.0)
        w = m / (v + tau2[:, None])
        estimate, total = weighted_mean(y, w)
        wald_se = 1 / np.sqrt(total)
        residual = y - estimate[:, None]
        knapp = np.sqrt(np.vecdot(w * residual, residual) / (df * total))
        tail = (1 + level) / 2
        if tau2_method == "common" or ci == "wald":
            se, critical = wald_se, np.full(len(k), ndtri(tail))
            p_value = 2 * ndtr(-np.abs(estimate + centre) / se)
        else:
            knapp = np.maximum(knapp, wald_se) if ci == "hartung-knapp-adhoc" else knapp
            se = unless_single(knapp, wald_se)
            critical = unless_single(stdtrit(df, tail), ndtri(tail))
            ratio = -np.abs(estimate + centre) / se
            p_value = 2 * unless_single(stdtr(df, ratio), ndtr(ratio))
        w0 = m / v
        common_mean, total0 = weighted_mean(y, w0)
        residual = y - common_mean[:, None]
        q = unless_single(np.vecdot(w0 * residual, residual), 0.0)
        i2 = unless_single(np.maximum(1 - df / q, 0.0), 0.0)
        typical = df * total0 / (total0 * total0 - np.vecdot(w0, w0))
        i2_tau2 = unless_single(tau2 / (tau2 + typical), 0.0)
        h2 = unless_single(np.maximum(q / df, 1.0), 1.0)
        half = np.where(k > 2, critical * np.sqrt(tau2 + se * se), np.nan)
    estimate, half_ci = estimate + centre, critical * se
    return BatchFit(
        k=k,
        estimate=estimate,
        se=se,
        ci_low=estimate - half_ci,
        ci_high=estimate + half_ci,
        p_value=p_value,
        wald_se=wald_se,
        critical=critical,
        tau2=tau2,
        q=q,
        i2=i2,
        i2_tau2=i2_tau2,
        h2=h2,
        prediction_low=estimate - half,
        prediction_high=estimate + half,
        weights=w / total[:, None],
    )


def q_profile(y: Array, v: Array, mask: NDArray[np.bool_], level: float) -> tuple[Array, Array]:
    """Return the Q-profile interval of tau2.

    Parameters
    ----------
    y, v : ndarray, shape (B, k)
        Effects and variances.
    mask : ndarray of bool, shape (B, k)
        Which places hold a trial.
    level : float
        Confidence level.

    Returns
    -------
    low, high : ndarray, shape (B,)
        The values of tau2 at which the generalised Q equals the upper and the lower quantile of chi-square on k - 1 degrees of
        freedom, cut at 0 (Viechtbauer 2007, Stat Med 26:37). 0 to infinity for one trial, which says nothing.
    """
    from scipy.special import chdtri

    y, v, m = filled(y, v, mask)
    y, _ = centred(y, v, m)
    df = np.maximum(m.sum(axis=1) - 1, 1)
    tail = (1 - level) / 2
    low = solve_q(y, v, m, chdtri(df, tail))
    high = solve_q(y, v, m, chdtri(df, 1 - tail))
    single = m.sum(axis=1) < 2
    return np.where(single, 0.0, low), np.where(single, np.inf, high)
