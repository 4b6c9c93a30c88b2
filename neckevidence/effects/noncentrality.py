"""Noncentral t, F and chi-square: the noncentralities that a statistic allows, and statistics from p-values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from neckevidence.effects.measures import Array, EffectInputError, check_choice


def noncentrality_interval(
    test: str, statistic: ArrayLike, df: Sequence[float], level: float = 0.95
) -> tuple[Array, Array]:
    """Return the interval of a noncentrality parameter, by inverting the noncentral distribution.

    Parameters
    ----------
    test : {"t", "F", "chi-square"}
        The distribution.
    statistic : array_like
        Observed values, any shape.
    df : sequence of float
        Degrees of freedom: one number for t and chi-square, two for F.
    level : float
        Level of the two-sided interval.

    Returns
    -------
    low, high : ndarray of float
        Limits. Those of F and chi-square are 0 where even the central distribution seldom gives so small a statistic: an upper
        limit of 0 says nothing about equality.

    Raises
    ------
    UnknownCodeError
        If the test is none of these.
    EffectInputError
        If a statistic is not a number, F or chi-square is negative, degrees of freedom are not above zero, or the level
        does not lie between 0 and 1.

    Notes
    -----
    The limits are the parameters at which the statistic is the quantile at (1 + level)/2 and (1 - level)/2 (Steiger
    2004, Psychol Methods 9:164), found by bisection.

    Examples
    --------
    >>> low, high = noncentrality_interval("chi-square", 16.0, [1])  # (4 -+ 1.96)^2
    >>> round(float(low), 2), round(float(high), 2)
    (4.16, 35.52)
    """
    if not 0 < level < 1:
        raise EffectInputError(f"level must lie between 0 and 1 (0.95 for 95%), found {level}")
    return noncentrality_limit(test, statistic, df, (1 + level) / 2), noncentrality_limit(
        test, statistic, df, (1 - level) / 2
    )


def noncentrality_limit(test: str, statistic: ArrayLike, df: Sequence[float], tail: float) -> Array:
    """Return the noncentrality at which so much of the distribution lies below the statistic."""
    from scipy.special import chndtr, ncfdtr, nctdtr

    check_choice("test", test, ("t", "F", "chi-square"), noun="tests")
    x = np.asarray(statistic, dtype=float)
    if len(df) != (2 if test == "F" else 1) or min(df) <= 0:
        raise EffectInputError(f"df must be {'two numbers' if test == 'F' else 'one number'} above zero, found {df}")
    if np.isnan(x).any() or (test != "t" and (x < 0).any()):
        raise EffectInputError(f"{test} must be a number{'' if test == 't' else ' not below zero'}, found {statistic}")
    known = np.isfinite(x)
    x0 = np.where(known, x, 0.0)

    def below(noncentrality: Array) -> Array:
        if test == "t":
            return nctdtr(df[0], noncentrality, x0)
        return ncfdtr(*df, noncentrality, x0) if test == "F" else chndtr(x0, df[0], noncentrality)

    low, high = np.zeros_like(x0) if test != "t" else x0 - 1, x0 + 1
    while (short := below(high) > tail).any():  # the cdf falls in the noncentrality
        high = np.where(short, high + 2 * (high - low), high)
    while test == "t" and (short := below(low) < tail).any():
        low = np.where(short, low - 2 * (high - low), low)
    for _ in range(70):
        middle = (low + high) / 2
        above = below(middle) > tail
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(known, high if test == "t" else low, x)  # low stays exactly 0 if no parameter is so small


def f_of_p(p: float, df: tuple[float, float]) -> float:
    """Return the F with so much above it; written with both incomplete beta inverses, exact at either end."""
    from scipy.special import betainccinv, betaincinv

    below = float(betaincinv(df[1] / 2, df[0] / 2, p))
    return df[1] * float(betainccinv(df[0] / 2, df[1] / 2, p)) / (df[0] * below) if below > 0 else math.inf


def p_of_f(f: float, df: tuple[float, float]) -> float:
    """Return the p-value of an F, or of chi-square / df if the second df is infinite."""
    from scipy.special import chdtrc, fdtrc

    return float(chdtrc(df[0], df[0] * f) if math.isinf(df[1]) else fdtrc(*df, f))


def deviate(p: float, df: float) -> float:
    """Return |t|, or the normal deviate if df is infinite, at a two-sided p-value."""
    from scipy.special import ndtri

    return -float(ndtri(p / 2)) if math.isinf(df) else math.sqrt(f_of_p(p, (1, df)))
