"""A single two-by-two table: the effect with its score interval."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

_FURTHEST = 40.0  # logarithms: a limit beyond e to the 40th is none
INTERVAL_RULES = {
    "RR": "Miettinen-Nurminen score interval",
    "OR": "Miettinen-Nurminen score interval",
    "RD": "Newcombe hybrid score interval",
}


def point_estimate(measure: str, a: float, n1: float, c: float, n2: float) -> float:
    """Return RR, OR or RD on the natural scale.

    Parameters
    ----------
    measure : str
        RR, OR or RD.
    a, c : float
        Events in the treatment and the control arm, or percentages with ``n`` 100.
    n1, n2 : float
        Patients in the treatment and the control arm.

    Returns
    -------
    float
        Infinite if only the control arm's denominator is empty, NaN if the ratio is undefined.

    Examples
    --------
    >>> point_estimate("RR", 10, 100, 20, 100)
    0.5
    """
    if measure == "RD":
        return a / n1 - c / n2
    top, bottom = (a * n2, c * n1) if measure == "RR" else (a * (n2 - c), c * (n1 - a))
    if bottom == 0:
        return math.nan if top == 0 else math.inf
    return top / bottom


@lru_cache(maxsize=4096)
def score_interval(measure: str, a: int, n1: int, c: int, n2: int, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of RR, OR or RD for one two-by-two table.

    Parameters
    ----------
    measure : str
        RR, OR or RD.
    a, c : int
        Events in the treatment and the control arm.
    n1, n2 : int
        Patients in the treatment and the control arm.
    level : float
        Confidence level.

    Returns
    -------
    low, high : float
        On the natural scale; 0 or infinity where the data set no bound.

    Notes
    -----
    RD: Newcombe 1998, Stat Med 17:873, method 10, by ``statsmodels.confint_proportions_2indep``. RR and OR:
    the score test of Miettinen and Nurminen 1985, Stat Med 4:213, with their factor N/(N-1), by
    ``statsmodels.test_proportions_2indep``, inverted here on the log scale. The closed form that statsmodels
    has for the RR picks a wrong root when all patients of an arm have the event (10/10 against 10/10 gives
    1.00 to 1.40, an interval that is not symmetrical in the arms), and its OR needs non-zero cells.

    Examples
    --------
    >>> low, high = score_interval("RD", 56, 70, 48, 80)
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    if measure == "RD":
        low, high = confint_proportions_2indep(a, n1, c, n2, compare="diff", method="newcomb", alpha=1 - level)
        return float(low), float(high)
    low = _bound(measure, a, n1, c, n2, level, upper=False)
    high = _bound(measure, a, n1, c, n2, level, upper=True)
    return low, high


def _bound(measure: str, a: int, n1: int, c: int, n2: int, level: float, upper: bool) -> float:
    """Walk out from the estimate until the score test rejects, then find the place exactly."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    critical = norm.isf((1 - level) / 2)
    sign = -1.0 if upper else 1.0

    def excess(log_ratio: float) -> float:
        return sign * score_statistic(measure, a, n1, c, n2, log_ratio) - critical

    estimate = point_estimate(measure, a, n1, c, n2)
    if math.isnan(estimate):
        return math.inf if upper else 0.0
    if (estimate == math.inf and upper) or (estimate == 0 and not upper):
        return estimate
    near = math.log(min(max(estimate, 1e-3), 1e3))
    while excess(near) >= 0 and abs(near) < _FURTHEST:  # an estimate without bound, and its limit still further out
        near += sign
    step = 0.25
    far = near - sign * step
    while excess(far) < 0:
        step *= 2
        near, far = far, far - sign * step
        if abs(far) > _FURTHEST:
            return math.inf if upper else 0.0
    return math.exp(brentq(excess, near, far, xtol=1e-12))


def score_statistic(measure: str, a: int, n1: int, c: int, n2: int, log_ratio: float) -> float:
    """Return the score statistic of a ratio against a value of it, positive where the data lie above.

    Parameters
    ----------
    measure : {"RR", "OR"}
        Which ratio.
    a, n1, c, n2 : int
        Events and patients in the treatment and the control arm.
    log_ratio : float
        Logarithm of the value.

    Returns
    -------
    float
        Standard normal if the value is true.

    Examples
    --------
    >>> round(score_statistic("RR", 56, 70, 48, 80, 0.0), 3)
    2.641
    """
    from statsmodels.stats.proportion import score_test_proportions_2indep

    compare = "ratio" if measure == "RR" else "odds-ratio"
    # At exactly one, statsmodels takes the pooled shortcut, which is the same limit.
    with np.errstate(divide="ignore", invalid="ignore"):  # statsmodels divides by a variance of zero
        z, _ = score_test_proportions_2indep(
            a, n1, c, n2, value=math.exp(log_ratio), compare=compare, return_results=False
        )
    # At an estimate of 1 with events only, score and variance are both zero: that is no distance.
    return 0.0 if math.isnan(z) else float(z)
