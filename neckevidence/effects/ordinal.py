"""Ordinal ratings of two arms: one odds ratio for all cuts, who fares better in a pair, and what missing ratings do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.core.errors import NeckevidenceError
from neckevidence.effects.counts import INTERVAL_RULES, point_estimate, score_interval
from neckevidence.effects.measures import check_level

HANDLINGS = {
    "left out": "patients without a rating are left out",
    "worst case": "a missing rating counts as the lowest category in both arms",
    "against treatment": "a missing rating counts as the lowest category on treatment and the highest on control",
    "for treatment": "a missing rating counts as the highest category on treatment and the lowest on control",
}
_CUT_MEASURES = ("RD", "RR", "OR")
_DELONG = "DeLong variance, interval on the log win odds"
_NEWCOMBE = "Newcombe's method 5 (DeLong's variance is zero or does not exist)"


@dataclass(frozen=True)
class ProportionalOdds:
    """The common odds ratio of a rating above any cut, treatment against control; above 1: higher ratings on treatment.

    Attributes
    ----------
    log_odds_ratio, se : float
        Estimate and standard error; infinite and NaN if no rating of one arm lies below one of the other.
    odds_ratio, ci_low, ci_high : float
        With Wald interval.
    p_value : float
        Wald, against no difference.
    lr_statistic, lr_df, lr_p_value : float, int, float
        Likelihood-ratio test of one odds ratio against one a cut; NaN where there is one cut only.
    smallest_expected : float
        Smallest count that the model expects in a cell: below 5 the chi-square of the test is coarse.
    """

    log_odds_ratio: float
    se: float
    odds_ratio: float
    ci_low: float
    ci_high: float
    p_value: float
    lr_statistic: float
    lr_df: int
    lr_p_value: float
    smallest_expected: float


@dataclass(frozen=True)
class ProbabilisticIndex:
    """The chance that a patient on treatment is rated higher than one on control, ties counted half.

    Attributes
    ----------
    index, se, ci_low, ci_high : float
        P(T > C) + P(T = C) / 2, with DeLong's standard error.
    win_odds, win_odds_low, win_odds_high : float
        index / (1 - index).
    rule : str
        What the interval rests on.
    """

    index: float
    se: float
    ci_low: float
    ci_high: float
    win_odds: float
    win_odds_low: float
    win_odds_high: float
    rule: str


@dataclass(frozen=True)
class OrdinalEffects:
    """All effects of one pair of arms: the model, the pairs, and the contrasts at every cut.

    Attributes
    ----------
    treatment, control : tuple of int
        Patients in each category, the lowest first.
    odds : ProportionalOdds
        The common odds ratio with the check of its assumption.
    index : ProbabilisticIndex
        Probabilistic index and win odds.
    cuts : DataFrame
        One row a cut and measure (RD, RR, OR): cut, events_treatment, n_treatment, events_control, n_control, measure,
        estimate, ci_low, ci_high, rule; an event is a rating in the named category or above.
    """

    treatment: tuple[int, ...]
    control: tuple[int, ...]
    odds: ProportionalOdds
    index: ProbabilisticIndex
    cuts: pd.DataFrame = field(repr=False, compare=False)


def proportional_odds(treatment: ArrayLike, control: ArrayLike, level: float = 0.95) -> ProportionalOdds:
    """Fit one odds ratio to all cuts of a rating, and test whether one is enough.

    Parameters
    ----------
    treatment, control : array_like of int, shape (K,)
        Patients in each category, the lowest category first.
    level : float
        Confidence level.

    Returns
    -------
    ProportionalOdds
        Above 1: higher ratings on treatment.

    Raises
    ------
    NeckevidenceError
        If a count is negative or not whole, an arm is empty, or all patients are in one category.

    Notes
    -----
    logit P(Y > j) = beta x - alpha_j (McCullagh 1980, J R Stat Soc B 42:109), fitted by
    ``statsmodels.miscmodels.ordinal_model.OrderedModel``. With two arms, separate odds ratios at the cuts fit the table
    exactly, so that the test compares the model with the observed shares: G2 = 2 sum O log(O / E), with a degree of
    freedom for each cut but one. A large p-value does not show that the odds are proportional. Categories without a
    patient in either arm are dropped.

    Examples
    --------
    >>> fit = proportional_odds([10, 30], [20, 20])  # two categories: the odds ratio of the two-by-two table, 3
    >>> round(fit.odds_ratio, 3), round(fit.se, 3)
    (3.0, 0.483)
    """
    from scipy.special import chdtrc, ndtr, ndtri

    check_level(level)
    counts = np.array(_arms(treatment, control))
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape[1] < 2:
        raise NeckevidenceError(
            "all patients are in one category: no odds ratio can be fitted; at least two are needed"
        )
    wins, losses = (_pairs(*counts, sign) for sign in (1, -1))
    nan = math.nan
    if wins == 0 or losses == 0:
        sign = 1.0 if losses == 0 else -1.0
        return ProportionalOdds(sign * math.inf, nan, math.inf if sign > 0 else 0.0, nan, nan, nan, nan, 0, nan, nan)
    log_or, se, log_likelihood, shares = _fit(counts)
    expected = shares * counts.sum(axis=1, keepdims=True)
    filled = counts > 0
    exact = float(np.sum(counts[filled] * np.log((counts / counts.sum(axis=1, keepdims=True))[filled])))
    statistic, df = max(0.0, 2 * (exact - log_likelihood)), counts.shape[1] - 2
    half = float(ndtri(0.5 + level / 2)) * se
    return ProportionalOdds(
        log_odds_ratio=log_or,
        se=se,
        odds_ratio=math.exp(log_or),
        ci_low=math.exp(log_or - half),
        ci_high=math.exp(log_or + half),
        p_value=float(2 * ndtr(-abs(log_or / se))),
        lr_statistic=statistic if df else nan,
        lr_df=df,
        lr_p_value=float(chdtrc(df, statistic)) if df else nan,
        smallest_expected=float(expected.min()),
    )


def _fit(counts: np.ndarray) -> tuple[float, float, float, np.ndarray]:
    """Return log odds ratio, its standard error, the log-likelihood, and the fitted shares by arm."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    ratings = np.repeat(np.tile(np.arange(counts.shape[1]), 2), counts.ravel())
    arm = np.repeat([1.0, 0.0], counts.sum(axis=1))[:, None]
    model = OrderedModel(ratings, arm, distr="logit")
    for method in ("newton", "bfgs"):
        fit = model.fit(method=method, disp=False, warn_convergence=False)
        if fit.mle_retvals["converged"] and math.isfinite(fit.bse[0]):
            shares = model.predict(fit.params, np.array([[1.0], [0.0]]))
            return float(fit.params[0]), float(fit.bse[0]), float(fit.llf), np.asarray(shares)
    raise NeckevidenceError(f"the proportional-odds model does not converge for the counts {counts.tolist()}")


def _pairs(treatment: np.ndarray, control: np.ndarray, sign: int) -> int:
    """Count the pairs in which the treated patient is rated higher (sign 1), the same (0) or lower (-1)."""
    rank = np.arange(len(treatment))
    return int(treatment @ (np.sign(rank[:, None] - rank) == sign) @ control)


def probabilistic_index(treatment: ArrayLike, control: ArrayLike, level: float = 0.95) -> ProbabilisticIndex:
    """Return the chance that a treated patient is rated higher than a control patient, and the win odds.

    Parameters
    ----------
    treatment, control : array_like of int, shape (K,)
        Patients in each category, the lowest category first.
    level : float
        Confidence level.

    Returns
    -------
    ProbabilisticIndex
        One half and win odds of 1 mean that neither arm is rated higher.

    Raises
    ------
    NeckevidenceError
        If a count is negative or not whole, or an arm is empty.

    Notes
    -----
    The index is the Mann-Whitney U divided by the number of pairs. Its variance is that of the placements of the patients
    of each arm among those of the other, divided by the size of the arm (DeLong, DeLong and Clarke-Pearson 1988, Biometrics
    44:837); the interval is symmetrical on the log win odds, with standard error se / (index (1 - index)), so that index
    and win odds have the same one. Where that variance is zero or does not exist, Newcombe's method 5 is used
    (2006, Stat Med 25:559): the limits solve |index - x| = z sqrt(V(x)) with
    V(x) = x (1 - x) (1 + M ((1 - x) / (2 - x) + x / (1 + x))) / (m n), M = (m + n) / 2 - 1.

    Examples
    --------
    >>> found = probabilistic_index([0, 1, 1], [1, 1, 0])  # of 4 pairs 3 are won and 1 is tied
    >>> found.index, found.win_odds
    (0.875, 7.0)
    """
    from scipy.special import expit, logit, ndtri

    check_level(level)
    t, c = _arms(treatment, control)
    m, n = int(t.sum()), int(c.sum())
    above = (np.cumsum(c) - c / 2) / n  # share of controls that a treated patient of each category surpasses
    below = 1 - (np.cumsum(t) - t / 2) / m
    index = float(t @ above) / m
    spread = [(w @ (p - index) ** 2 / (k - 1) / k if k > 1 else math.nan) for w, p, k in ((t, above, m), (c, below, n))]
    se = math.sqrt(sum(spread))
    z, rule = float(ndtri(0.5 + level / 2)), _DELONG
    if se > 1e-12 and 1e-12 < index < 1 - 1e-12:
        half = z * se / (index * (1 - index))
        low, high = (float(expit(logit(index) + side * half)) for side in (-1, 1))
    else:
        low, high, rule = *_newcombe_5(index, m, n, z), _NEWCOMBE
        se = math.nan
    odds = [x / (1 - x) if x < 1 else math.inf for x in (index, low, high)]
    return ProbabilisticIndex(index, se, low, high, *odds, rule)


def _newcombe_5(index: float, m: int, n: int, z: float) -> tuple[float, float]:
    from scipy.optimize import brentq

    mean = (m + n) / 2 - 1

    def excess(x: float) -> float:
        variance = x * (1 - x) * (1 + mean * ((1 - x) / (2 - x) + x / (1 + x))) / (m * n)
        return (index - x) ** 2 - z**2 * variance

    # At 0 and 1 the variance vanishes: an estimate there is its own limit, else the roots lie on its two sides.
    low = brentq(excess, 0.0, min(index, 1 - 1e-12), xtol=1e-12) if index > 0 else 0.0
    high = brentq(excess, max(index, 1e-12), 1.0, xtol=1e-12) if index < 1 else 1.0
    return float(low), float(high)


def cut_contrasts(
    treatment: ArrayLike, control: ArrayLike, categories: Sequence[str], level: float = 0.95
) -> pd.DataFrame:
    """Contrast the arms at every cut of the rating, each with its own score interval.

    Parameters
    ----------
    treatment, control : array_like of int, shape (K,)
        Patients in each category, the lowest category first.
    categories : sequence of str
        Names of the K categories.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        As in `OrdinalEffects`, from the highest cut down. The cuts share patients: they are one result seen K - 1 times.

    Raises
    ------
    NeckevidenceError
        If a count is negative or not whole, an arm is empty, or the lengths differ.

    Examples
    --------
    >>> cut_contrasts([10, 30], [20, 20], ["poor", "good"])["estimate"].round(3).tolist()  # RD, RR, OR
    [0.25, 1.5, 3.0]
    """
    check_level(level)
    t, c = _arms(treatment, control)
    if len(categories) != len(t):
        raise NeckevidenceError(f"categories has {len(categories)} names for {len(t)} counts")
    rows = []
    for cut in range(len(t) - 1, 0, -1):
        cells = int(t[cut:].sum()), int(t.sum()), int(c[cut:].sum()), int(c.sum())
        name = categories[cut].replace("_", " ") + (" or better" if cut < len(t) - 1 else "")
        for measure in _CUT_MEASURES:
            numbers = point_estimate(measure, *cells), *score_interval(measure, *cells, level)
            rows.append((name, *cells, measure, *numbers, INTERVAL_RULES[measure]))
    cells_named = ["events_treatment", "n_treatment", "events_control", "n_control"]
    return pd.DataFrame(rows, columns=["cut", *cells_named, "measure", "estimate", "ci_low", "ci_high", "rule"])


def ordinal_effects(
    treatment: ArrayLike, control: ArrayLike, categories: Sequence[str], level: float = 0.95
) -> OrdinalEffects:
    """Compute the model, the pairs and the cuts for two arms; parameters, errors as in `cut_contrasts`.

    Examples
    --------
    >>> ordinal_effects([5, 10, 20], [10, 10, 10], ["poor", "fair", "good"]).odds.lr_df
    1
    """
    cuts = cut_contrasts(treatment, control, categories, level)
    t, c = (tuple(int(count) for count in arm) for arm in _arms(treatment, control))
    return OrdinalEffects(t, c, proportional_odds(t, c, level), probabilistic_index(t, c, level), cuts)


def _arms(treatment: ArrayLike, control: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    arms = []
    for name, values in (("treatment", treatment), ("control", control)):
        try:
            counts = np.asarray(values, dtype=float)
        except (TypeError, ValueError) as error:
            raise NeckevidenceError(f"{name}: counts must be numbers: {error}") from error
        if counts.ndim != 1 or counts.size < 2:
            raise NeckevidenceError(
                f"{name}: at least two categories in one list are needed, found shape {counts.shape}"
            )
        if not np.all(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))):
            raise NeckevidenceError(f"{name}: counts must be whole and not negative, found {counts.tolist()}")
        if counts.sum() == 0:
            raise NeckevidenceError(f"{name}: no patient is rated; at least one is needed")
        arms.append(counts.astype(int))
    if len(arms[0]) != len(arms[1]):
        raise NeckevidenceError(
            f"treatment has {len(arms[0])} categories, control {len(arms[1])}; they must be the same"
        )
    return arms[0], arms[1]


def with_missing(
    treatment: Sequence[int], missing_treatment: int, control: Sequence[int], missing_control: int
) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Place missing ratings in the four ways of `HANDLINGS`.

    Parameters
    ----------
    treatment, control : sequence of int, length K
        Patients in each category, the lowest category first.
    missing_treatment, missing_control : int
        Patients without a rating.

    Returns
    -------
    dict of str to (tuple of int, tuple of int)
        The counts of treatment and control by handling. Between the last two the index lies for any ratings that
        the missing patients may have had.

    Examples
    --------
    >>> with_missing([1, 2], 3, [4, 5], 6)["against treatment"]
    ((4, 2), (4, 11))
    """
    for name, missing in (("treatment", missing_treatment), ("control", missing_control)):
        if missing < 0 or missing != int(missing):
            raise NeckevidenceError(f"{name}: missing ratings must be whole and not negative, found {missing}")

    def placed(arm: Sequence[int], missing: int, where: int) -> tuple[int, ...]:
        return tuple(count + missing * (place == where % len(arm)) for place, count in enumerate(arm))

    left, right, low, high = (treatment, missing_treatment), (control, missing_control), 0, -1
    return {
        "left out": (tuple(treatment), tuple(control)),
        "worst case": (placed(*left, low), placed(*right, low)),
        "against treatment": (placed(*left, low), placed(*right, high)),
        "for treatment": (placed(*left, high), placed(*right, low)),
    }
