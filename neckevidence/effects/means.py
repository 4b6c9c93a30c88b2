"""Means as printed, with a CI, an SE or an SD: their standard errors, MD and SMD."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neckevidence.effects.measures import effect_sizes


@dataclass(frozen=True)
class ArmMean:
    """A printed mean and what is printed of its spread.

    Attributes
    ----------
    mean : float
        The mean, in units of the scale.
    sd, se, ci_low, ci_high : float
        NaN where not printed.
    ci_level : float
        In per cent, NaN where there is no interval.
    n : float
        Patients, NaN where not printed.
    """

    mean: float
    sd: float = math.nan
    se: float = math.nan
    ci_low: float = math.nan
    ci_high: float = math.nan
    ci_level: float = math.nan
    n: float = math.nan


def critical_value(level: float, df: float = math.inf) -> float:
    """Return the two-sided critical value of the t distribution, or of the normal one.

    Parameters
    ----------
    level : float
        Confidence level, between 0 and 1.
    df : float
        Degrees of freedom; infinite for the normal distribution.

    Returns
    -------
    float
        The quantile at 1 - (1 - level)/2.

    Examples
    --------
    >>> round(critical_value(0.95), 3), round(critical_value(0.95, 1), 3)
    (1.96, 12.706)
    """
    from scipy.stats import norm, t

    tail = (1 - level) / 2
    return float(norm.isf(tail) if math.isinf(df) else t.isf(tail, df))


def standard_error(arm: ArmMean) -> tuple[float, str]:
    """Return the standard error of a printed mean and the rule by which it was found.

    Parameters
    ----------
    arm : ArmMean
        The mean with its spread.

    Returns
    -------
    se : float
        NaN if nothing printed gives it.
    rule : str
        Words for the reader; empty if the SE itself is printed.

    Notes
    -----
    In this order: the printed SE; SD / sqrt(n); half the width of the interval divided by the critical value at
    its printed level, of t with n - 1 degrees of freedom if n is printed, else of the normal
    distribution (Cochrane Handbook 6.4, section 6.5.2.2); if only one limit is printed, the distance from the
    mean to it.

    Examples
    --------
    >>> se, rule = standard_error(ArmMean(10.9, ci_low=8.9, ci_high=12.9, ci_level=95))
    >>> round(se, 4)
    1.0204
    """
    if not math.isnan(arm.se):
        return arm.se, ""
    if not math.isnan(arm.sd) and not math.isnan(arm.n):
        return arm.sd / math.sqrt(arm.n), "SE from the SD and n"
    limits = [limit for limit in (arm.ci_low, arm.ci_high) if not math.isnan(limit)]
    if not limits or math.isnan(arm.ci_level):
        return math.nan, "no SE, SD or interval printed"
    df = math.inf if math.isnan(arm.n) else arm.n - 1
    critical = critical_value(arm.ci_level / 100, df)
    level = f"{arm.ci_level:g}% interval"
    if len(limits) == 1:
        return abs(arm.mean - limits[0]) / critical, f"SE from one limit of the {level}, by symmetry"
    return (arm.ci_high - arm.ci_low) / (2 * critical), f"SE from the {level}"


def mean_difference(
    treatment: ArmMean, control: ArmMean, measure: str, level: float = 0.95
) -> tuple[float, float, float, float]:
    """Return MD or SMD with its variance and interval.

    Parameters
    ----------
    treatment, control : ArmMean
        The two arms, on the same scale.
    measure : str
        MD or SMD.
    level : float
        Confidence level.

    Returns
    -------
    estimate, variance, low, high : float
        In units of the scale for MD, of the pooled SD for SMD. NaN but for the estimate if a standard
        error is missing; all NaN for SMD if n is missing.

    Notes
    -----
    MD: the squared standard errors add; the interval uses t with Welch-Satterthwaite degrees of freedom if both n are
    printed, else the normal distribution. SMD: see `effect_sizes`; its interval is the normal one.

    Examples
    --------
    >>> a = ArmMean(2.8, sd=1.7, n=29)
    >>> b = ArmMean(1.7, sd=1.6, n=29)
    >>> estimate, variance, low, high = mean_difference(a, b, "MD")
    >>> round(estimate, 2), round(low, 2), round(high, 2)
    (1.1, 0.23, 1.97)
    """
    se1, se2 = standard_error(treatment)[0], standard_error(control)[0]
    sized = not (math.isnan(treatment.n) or math.isnan(control.n))
    if measure == "SMD":
        if not sized or math.isnan(se1) or math.isnan(se2):
            return (math.nan,) * 4
        effect, variance = effect_sizes(
            "SMD",
            mean_treatment=treatment.mean,
            sd_treatment=se1 * math.sqrt(treatment.n),
            n_treatment=treatment.n,
            mean_control=control.mean,
            sd_control=se2 * math.sqrt(control.n),
            n_control=control.n,
        )
        half = critical_value(level) * math.sqrt(float(variance))
        return float(effect), float(variance), float(effect) - half, float(effect) + half
    estimate, variance = treatment.mean - control.mean, se1**2 + se2**2
    df = math.inf
    if sized and variance > 0:
        df = variance**2 / (se1**4 / (treatment.n - 1) + se2**4 / (control.n - 1))
    half = critical_value(level, df) * math.sqrt(variance) if not math.isnan(variance) else math.nan
    return estimate, variance, estimate - half, estimate + half


def interval_to_se(low: float, high: float, ci_level: float) -> float:
    """Return the standard error behind a printed interval, by its printed level.

    Parameters
    ----------
    low, high : float
        Limits on the scale on which the interval is symmetrical (logarithms for ratios).
    ci_level : float
        Level in per cent, for example 98.3.

    Returns
    -------
    float
        (high - low) / (2 z), z the normal critical value at `ci_level`.

    Examples
    --------
    >>> round(interval_to_se(-2.6, 3.2, 98.3), 3)
    1.215
    """
    return (high - low) / (2 * critical_value(ci_level / 100))
