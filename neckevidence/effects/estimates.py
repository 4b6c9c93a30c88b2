"""An effect as a report prints it, with an interval, a standard error, a t or a p-value, becomes effect and variance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from neckevidence.effects.measures import EFFECT_SIZES, LOGGED, Array, check_measure, finite_arrays, no_effect, require

_SMALLEST_P = 1e-100  # below, quantiles of t are not computed reliably


def effect_from_interval(
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    level: ArrayLike = 0.95,
    df: ArrayLike | None = None,
    *,
    measure: str,
    labels: Sequence[str] | None = None,
) -> tuple[Array, Array]:
    """Compute effects and variances from printed confidence intervals.

    Parameters
    ----------
    estimate, low, high : array_like
        As printed: ratios on their natural scale, differences in units of the scale. Any shapes that broadcast
        together; the last axis is the trials.
    level : array_like
        Confidence level of the interval, between 0 and 1; it may differ between trials.
    df : array_like, optional
        Degrees of freedom, if the interval was made with t; without it the normal distribution is taken.
    measure : {"RR", "OR", "PETO", "RD", "MD", "SMD"}
        RR, OR and PETO are logged.
    labels : sequence of str, optional
        Names of the trials for messages; "trial 1" and so on if not given.

    Returns
    -------
    effects, variances : ndarray of float
        On the analysis scale: logarithms for ratios.

    Raises
    ------
    UnknownCodeError
        If the measure is unknown.
    EffectInputError
        If a number is not finite, a ratio or a limit of one is not above zero, the interval is empty or does not hold its
        estimate, the level does not lie between 0 and 1, or df is not above zero; the message names the trial.

    Notes
    -----
    SE = (high - low) / (2 c), with limits on the analysis scale and c the two-sided critical value at `level`
    (Cochrane Handbook 6.4, sections 6.3.1 and 6.3.2). The width alone gives the SE; whether the estimate stands in the
    middle, as this assumes, is what `asymmetry` says.

    Examples
    --------
    >>> effect, variance = effect_from_interval(0.5, 0.25, 1.0, measure="RR")
    >>> round(float(effect), 4), round(float(np.sqrt(variance)), 4)
    (-0.6931, 0.3537)
    """
    printed = {"estimate": estimate, "low": low, "high": high}
    estimate, low, high, level, *degrees = _read(measure, labels, printed, {"level": level, "df": df})
    _check_interval(estimate, low, high, labels)
    require((level > 0) & (level < 1), "level", level, "lie between 0 and 1 (0.95 for 95%)", labels)
    effect, low, high = _analysis_scale(measure, estimate, low, high)
    return effect, ((high - low) / (2 * _critical((1 - level) / 2, degrees, labels))) ** 2


def effect_from_se(
    estimate: ArrayLike, se: ArrayLike, *, measure: str, labels: Sequence[str] | None = None
) -> tuple[Array, Array]:
    """Compute effects and variances from printed standard errors.

    Parameters
    ----------
    estimate : array_like
        As printed: ratios on their natural scale, differences in units of the scale.
    se : array_like
        Standard error on the analysis scale: for a ratio, that of its logarithm.
    measure, labels
        As in `effect_from_interval`.

    Returns
    -------
    effects, variances : ndarray of float
        On the analysis scale; the variance is SE^2.

    Raises
    ------
    UnknownCodeError
        If the measure is unknown.
    EffectInputError
        If a number is not finite, a ratio is not above zero, or an SE is not above zero; the message names the trial.

    Notes
    -----
    A standard error of the ratio itself (delta method: ratio times SE of the logarithm) must be divided by the ratio
    before it is given here.

    Examples
    --------
    >>> effect, variance = effect_from_se(2.0, 0.5, measure="OR")
    >>> round(float(effect), 4), float(variance)
    (0.6931, 0.25)
    """
    estimate, se = _read(measure, labels, {"estimate": estimate}, {"se": se})
    require(se > 0, "se", se, "be above zero", labels)
    return _analysis_scale(measure, estimate)[0], se**2


def effect_from_t(
    estimate: ArrayLike,
    t: ArrayLike,
    df: ArrayLike | None = None,
    *,
    measure: str,
    labels: Sequence[str] | None = None,
) -> tuple[Array, Array]:
    """Compute effects and variances from printed t (or z) statistics of the test of no effect.

    Parameters
    ----------
    estimate : array_like
        As printed: ratios on their natural scale, differences in units of the scale.
    t : array_like
        The statistic, with the sign of the effect (of the logarithm for a ratio).
    df : array_like, optional
        Its degrees of freedom. They are checked and change nothing, the quotient being the SE at any df; so a printed
        result can be passed on as it stands.
    measure, labels
        As in `effect_from_interval`.

    Returns
    -------
    effects, variances : ndarray of float
        On the analysis scale.

    Raises
    ------
    UnknownCodeError
        If the measure is unknown.
    EffectInputError
        If a number is not finite, a ratio is not above zero, the estimate is that of no effect (it and its t are zero,
        which leaves the SE open), t has another sign than the effect, or df is not above zero; the message names the trial.

    Notes
    -----
    SE = effect / t on the analysis scale (Cochrane Handbook 6.4, section 6.3.1).

    Examples
    --------
    >>> effect, variance = effect_from_t(-3.0, -2.0, measure="MD")
    >>> float(effect), float(variance)
    (-3.0, 2.25)
    """
    estimate, t, *degrees = _read(measure, labels, {"estimate": estimate}, {"t": t, "df": df})
    _check_df(degrees, labels)
    _check_some_effect(measure, estimate, labels)
    (effect,) = _analysis_scale(measure, estimate)
    rule = "have the sign of the effect (a ratio below 1 has a negative one)"
    require(np.sign(t) == np.sign(effect), "t", t, rule, labels)
    return effect, (effect / t) ** 2


def effect_from_p(
    estimate: ArrayLike,
    p: ArrayLike,
    df: ArrayLike | None = None,
    *,
    measure: str,
    labels: Sequence[str] | None = None,
) -> tuple[Array, Array]:
    """Compute effects and variances from printed two-sided p-values of the test of no effect.

    Parameters
    ----------
    estimate : array_like
        As printed: ratios on their natural scale, differences in units of the scale.
    p : array_like
        Two-sided p-value, as exact as it is printed; "p < 0.05" is a bound and no p-value.
    df : array_like, optional
        Degrees of freedom, if it is from a t test; without them the normal distribution is taken.
    measure, labels
        As in `effect_from_interval`.

    Returns
    -------
    effects, variances : ndarray of float
        On the analysis scale.

    Raises
    ------
    UnknownCodeError
        If the measure is unknown.
    EffectInputError
        If a number is not finite, a ratio is not above zero, p does not lie between 0 and 1 (or is below 1e-100), the
        estimate is that of no effect (its p is 1, which leaves the SE open), or df is not above zero; the message
        names the trial.

    Notes
    -----
    SE = |effect| / c, with c the critical value at which the two-sided p-value is `p`, of the normal distribution or of t
    (Cochrane Handbook 6.4, sections 6.3.1 and 6.3.2). It is right only if that test was the one that gave p.

    Examples
    --------
    >>> effect, variance = effect_from_p(3.8, 0.008, 45, measure="MD")
    >>> round(float(np.sqrt(variance)), 2)
    1.37
    """
    estimate, p, *degrees = _read(measure, labels, {"estimate": estimate}, {"p": p, "df": df})
    require((p > 0) & (p < 1), "p", p, "lie between 0 and 1, neither included", labels)
    require(p >= _SMALLEST_P, "p", p, f"be at least {_SMALLEST_P:g}", labels)
    _check_some_effect(measure, estimate, labels)
    (effect,) = _analysis_scale(measure, estimate)
    return effect, (effect / _critical(p / 2, degrees, labels)) ** 2


def asymmetry(
    estimate: ArrayLike, low: ArrayLike, high: ArrayLike, *, measure: str, labels: Sequence[str] | None = None
) -> Array:
    """Say how far each estimate stands from the middle of its interval.

    Parameters
    ----------
    estimate, low, high, measure, labels
        As in `effect_from_interval`.

    Returns
    -------
    ndarray of float
        Distance from the middle on the analysis scale, in halves of the width: 0 in the middle, -1 at the lower limit,
        1 at the upper one.

    Raises
    ------
    UnknownCodeError, EffectInputError
        As in `effect_from_interval`.

    Notes
    -----
    ((estimate - low) - (high - estimate)) / (high - low), all logged for ratios. Coarse printing alone gives values
    other than 0: differences printed in steps of u move the numerator by 2u at most. A value beyond that says that the
    interval was made otherwise (exact, profile likelihood, bootstrap, another scale) or misprinted, and that a
    variance from its width is an approximation.

    Examples
    --------
    >>> asymmetry([0.5, 0.4], 0.25, 1.0, measure="RR").round(3).tolist()
    [0.0, -0.322]
    """
    printed = _read(measure, labels, {"estimate": estimate, "low": low, "high": high}, {})
    _check_interval(*printed, labels)
    effect, low, high = _analysis_scale(measure, *printed)
    return ((effect - low) - (high - effect)) / (high - low)


def _read(
    measure: str, labels: Sequence[str] | None, on_scale: dict[str, ArrayLike], others: dict[str, ArrayLike | None]
) -> list[Array]:
    """Return all numbers that are given, in one shape, as printed: those on the scale of the measure first."""
    given = {name: values for name, values in others.items() if values is not None}
    arrays = finite_arrays(on_scale | given, labels)
    if check_measure(measure, EFFECT_SIZES) in LOGGED:
        for name, values in zip(on_scale, arrays, strict=False):
            require(values > 0, name, values, f"be above zero, as a ratio ({measure}) is", labels)
    return arrays


def _analysis_scale(measure: str, *printed: Array) -> list[Array]:
    return [np.log(values) if measure.upper() in LOGGED else values.copy() for values in printed]


def _check_interval(estimate: Array, low: Array, high: Array, labels: Sequence[str] | None) -> None:
    require(low < high, "low", low, "be below high", labels)
    require((low <= estimate) & (estimate <= high), "estimate", estimate, "lie in its interval", labels)


def _check_some_effect(measure: str, estimate: Array, labels: Sequence[str] | None) -> None:
    null = no_effect(measure.upper())
    rule = f"differ from {null:g}, no effect, where t is 0 and p is 1 whatever the standard error"
    require(estimate != null, "estimate", estimate, rule, labels)


def _check_df(degrees: Sequence[Array], labels: Sequence[str] | None) -> None:
    for df in degrees:
        require(df > 0, "df", df, "be above zero", labels)


def _critical(tail: Array, degrees: Sequence[Array], labels: Sequence[str] | None) -> Array:
    """Return the quantile with so much above it, of t if there are degrees of freedom."""
    from scipy.special import ndtri, stdtrit

    _check_df(degrees, labels)
    return -(stdtrit(degrees[0], tail) if degrees else ndtri(tail))
