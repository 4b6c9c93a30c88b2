"""A test result of two arms and their sizes, without an estimate: the effect that it gives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neckevidence.effects.measures import EffectInputError, check_level, natural
from neckevidence.effects.noncentrality import deviate, noncentrality_interval
from neckevidence.effects.printed_tests import (
    TestResult,
    as_band,
    group_sizes,
    signed_roots,
)
from neckevidence.effects.rounding import Band


@dataclass(frozen=True, repr=False)
class EffectFromTest(TestResult):
    """The effect between two arms that a test result gives; a band wherever the result leaves it open.

    Attributes
    ----------
    measure : {"SMD", "phi", "OR"}
        Hedges g, the phi coefficient of a 2x2 table, or the logarithm of its odds ratio.
    estimate, ci_low, ci_high : (float, float)
        Least and greatest value compatible with the result, on the analysis scale; equal if it is exact, infinite
        where it sets no limit.
    p : (float, float)
        The p-values compatible with it.
    test : str
        The test that is assumed.
    n : tuple of int
        Patients in the two arms.
    signed : bool
        Whether the direction is known. If not, the mirror image of the numbers is as compatible.
    level : float
        Level of the two-sided limits.
    notes : tuple of str
        Assumptions.
    label : str
        Trial, comparison, outcome and time, if read from the evidence.
    facts : tuple of str
        The figures used.
    """

    measure: str
    estimate: Band
    ci_low: Band
    ci_high: Band
    p: Band
    test: str
    n: tuple[int, ...]
    signed: bool
    level: float
    notes: tuple[str, ...] = ()
    label: str = ""
    facts: tuple[str, ...] = ()
    _bands = ("estimate", "ci_low", "ci_high", "p")

    @property
    def at_most(self) -> float:
        """The greatest size of the effect, either way, that is not excluded."""
        return max(abs(self.ci_low[0]), abs(self.ci_high[1]))

    def _line(self) -> str:
        shown = []
        for band in (self.estimate, self.ci_low, self.ci_high):
            ends = [natural("OR", end) if self.measure == "OR" else end for end in band]
            shown.append(" to ".join(dict.fromkeys(f"{round(end, 3) + 0.0:.3f}" for end in ends)))
        sign = "" if self.signed else "; direction not known"
        limits = f"({100 * self.level:g}% limits {shown[1]} and {shown[2]})"
        return f"{self._prefix()}{self.measure} {shown[0]} {limits}, {self.test}{sign}"


def smd_from_test(
    n_treatment: int,
    n_control: int,
    *,
    t: float | None = None,
    f: float | None = None,
    p: float | str | None = None,
    relation: str = "=",
    sided: int = 2,
    direction: int | None = None,
    level: float = 0.95,
) -> EffectFromTest:
    """Return Hedges g with its interval, or the set of values compatible, from a t-test of two independent groups.

    Parameters
    ----------
    n_treatment, n_control : int
        Patients, at least 2 each.
    t, f : float, optional
        The statistic: t with the sign of the effect, or F of two groups.
    p : float or str, optional
        An exact number; or as printed (``"0.41"``), which is taken as rounded. May be left out with "NS": p > 0.05.
    relation : {"=", "<", "<=", ">", ">=", "NS"}
        How p is printed.
    sided : {2, 1}
        Whether p is two-sided or one-sided.
    direction : {1, -1}, optional
        Sign of the effect; of a one-sided test that of its alternative, and needed.
    level : float
        Confidence level.

    Returns
    -------
    EffectFromTest
        With p < c: the effect at c is the least, and there is no greatest. With p > c or NS: that at c is the greatest.

    Raises
    ------
    EffectInputError
        If p does not lie between 0 and 1, no result or several are given, or a number is not allowed.

    Notes
    -----
    |t| is the quantile at p. d = t sqrt(1/n1 + 1/n2), g = J d with J as in `effect_sizes`. The limits are those of the
    noncentrality of t times sqrt(1/n1 + 1/n2), without J: they are limits of the true difference itself.

    Examples
    --------
    >>> smd_from_test(20, 20, t=2.0)
    <SMD 0.620 (95% limits -0.007 and 1.264), t-test>
    >>> smd_from_test(51, 51, p="0.962").p
    (0.9615, 0.9625)
    """
    from scipy.special import poch

    n = group_sizes((n_treatment, n_control), least=2)
    df, unit = sum(n) - 2, math.sqrt(1 / n[0] + 1 / n[1])
    roots, ps, notes = signed_roots({"t": t, "f": f, "p": p}, relation, sided, direction, df)
    correction = float(poch((df - 1) / 2, 0.5)) / math.sqrt(df / 2)
    ends = (correction * roots, *noncentrality_interval("t", roots, (df,), level))
    signed = direction is not None or t is not None
    return EffectFromTest("SMD", *(as_band(unit * end) for end in ends), ps, "t-test", n, signed, level, notes)


def table_from_test(
    n_treatment: int,
    n_control: int,
    *,
    events: int | None = None,
    chi_square: float | None = None,
    p: float | str | None = None,
    relation: str = "=",
    sided: int = 2,
    direction: int | None = None,
    level: float = 0.95,
) -> EffectFromTest:
    """Return phi or the log odds ratio with its interval, or the set compatible, from the chi-square of a 2x2 table.

    Parameters
    ----------
    n_treatment, n_control : int
        Patients.
    events : int, optional
        Patients with the event, both arms together: with them the odds ratio, without them phi.
    chi_square : float, optional
        Pearson's statistic without continuity correction.
    p, relation, sided, direction, level
        As in `smd_from_test`, for the p-value of that statistic.

    Returns
    -------
    EffectFromTest
        phi, or the logarithm of the odds ratio; a limit is infinite where a cell of the table would be zero.

    Raises
    ------
    EffectInputError
        As `smd_from_test`; also if events do not lie between 0 and all patients, or chi-square is larger than any table with
        these margins gives.

    Notes
    -----
    phi = sqrt(chi-square / N). With 1 degree of freedom the noncentral chi-square is the square of a normal deviate
    with mean sqrt(noncentrality) and SD 1; its signed root is inverted, which never gives the empty interval that the
    unsigned one has near p = 1. With the margins fixed, a = (n1 m + phi sqrt(n1 n2 m (N - m))) / N patients of the first arm
    have the event, which gives the odds ratio; the limits of phi are carried over.

    Examples
    --------
    >>> table_from_test(50, 50, chi_square=9.0, direction=1)
    <phi 0.300 (95% limits 0.104 and 0.496), chi-square test>
    """
    n = group_sizes((n_treatment, n_control))
    total = sum(n)
    check_level(level)
    roots, ps, notes = signed_roots({"chi_square": chi_square, "p": p}, relation, sided, direction, math.inf)
    measure, shift = "phi", deviate(1 - level, math.inf)
    most = (math.sqrt(total),) * 2  # of the root of chi-square, downwards and upwards
    if events is not None:
        if not 0 < events < total:
            raise EffectInputError(f"events must lie between 0 and {total}, neither included, found {events}")
        measure, notes = "OR", (*notes, "the margins of the table are taken as fixed")
        spread = math.sqrt(n[0] * n[1] * events * (total - events) / total)
        centre = n[0] * events / total
        most = ((centre - max(0, events - n[1])) * total / spread, (min(n[0], events) - centre) * total / spread)
    nearest = min(roots, key=abs)
    if abs(nearest) > most[int(nearest > 0)]:
        raise EffectInputError(
            f"chi-square must be at most {most[int(nearest > 0)] ** 2:.4g} with these margins, found {nearest**2:.4g}"
        )
    bands = []
    for ends in (roots, roots - shift, roots + shift):
        phis = np.clip(ends, -most[0], most[1]) / math.sqrt(total)
        bands.append(as_band(phis if events is None else [_log_odds_ratio(phi, *n, events) for phi in phis]))
    return EffectFromTest(measure, *bands, ps, "chi-square test", n, direction is not None, level, notes)


def _log_odds_ratio(phi: float, n1: int, n2: int, events: int) -> float:
    total = n1 + n2
    a = (n1 * events + phi * math.sqrt(n1 * n2 * events * (total - events))) / total
    b, c, d = n1 - a, events - a, n2 - events + a
    if min(a, b, c, d) < 1e-9 * total:
        return math.copysign(math.inf, phi)
    return math.log(a * d / (b * c))
