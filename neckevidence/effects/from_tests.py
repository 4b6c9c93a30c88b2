"""A test result and the group sizes, without an estimate: the effect that it gives, or the bound that it sets."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.arms import check_code
from neckevidence.effects.measures import Array, EffectInputError, check_choice, natural
from neckevidence.effects.rounding import Band, printed_range
from neckevidence.errors import NoComparisonError, UnknownCodeError
from neckevidence.evidence import Evidence
from neckevidence.printed import decimals, printed_numbers

RELATIONS = ("=", "<", "<=", ">", ">=", "NS")
NOT_SIGNIFICANT = 0.05  # what "not significant" is taken to mean if no p-value is printed
_ABOVE = (">", ">=", "NS")


class _Result:
    """How both kinds of result show themselves."""

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain numbers and text."""
        return asdict(self)  # type: ignore[call-overload]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each band, with columns low and high."""
        bands = {name: value for name, value in self.to_dict().items() if name in self._bands}  # type: ignore[attr-defined]
        return pd.DataFrame.from_dict(bands, orient="index", columns=["low", "high"])

    def summary(self) -> str:
        """Return the result in a line, then the notes."""
        return "\n".join([self._line(), *(f"  * {note}" for note in self.notes)])  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return f"<{self._line()}>"  # type: ignore[attr-defined]


@dataclass(frozen=True, repr=False)
class EffectFromTest(_Result):
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
        return f"{self.measure} {shown[0]} ({100 * self.level:g}% limits {shown[1]} and {shown[2]}), {self.test}{sign}"


@dataclass(frozen=True, repr=False)
class LargestDifference(_Result):
    """The largest standardised difference between any two arms of a trial, from its overall F-test.

    Attributes
    ----------
    at_most, at_least : (float, float)
        Its upper and lower confidence limit, each one-sided at `level`, in SD within arms. A band over the p-values
        that print so: the bounds that hold are ``at_most[1]`` and ``at_least[0]``.
    estimate : (float, float)
        The largest difference that the point estimate of the noncentrality allows.
    noncentrality, noncentrality_low, noncentrality_high : (float, float)
        Point estimate (0 wherever F < 1), and limits of the two-sided interval at `level`.
    f, p : (float, float)
        The F- and p-values compatible with what is printed.
    df : (int, int)
        Degrees of freedom.
    n : tuple of int
        Patients in each arm.
    level : float
        Confidence level.
    label : str
        Trial, outcome and time.
    facts : tuple of str
        The figures used.
    notes : tuple of str
        Assumptions.
    """

    at_most: Band
    at_least: Band
    estimate: Band
    noncentrality: Band
    noncentrality_low: Band
    noncentrality_high: Band
    f: Band
    p: Band
    df: tuple[int, int]
    n: tuple[int, ...]
    level: float
    label: str = ""
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    _bands = ("at_most", "at_least", "estimate", "noncentrality", "noncentrality_low", "noncentrality_high", "f", "p")

    def _line(self) -> str:
        upper = math.isfinite(self.at_most[1])
        bound = f"at most {self.at_most[1]:.3f}" if upper else f"at least {self.at_least[0]:.3f}"
        label = f"{self.label}: " if self.label else ""
        return f"{label}largest difference of {len(self.n)} arms {bound} SD (one-sided {100 * self.level:g}%)"


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
    _check_level(level)
    return _limit(test, statistic, df, (1 + level) / 2), _limit(test, statistic, df, (1 - level) / 2)


def _limit(test: str, statistic: ArrayLike, df: Sequence[float], tail: float) -> Array:
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

    n = _sizes((n_treatment, n_control), least=2)
    df, unit = sum(n) - 2, math.sqrt(1 / n[0] + 1 / n[1])
    roots, ps, notes = _roots({"t": t, "f": f, "p": p}, relation, sided, direction, df)
    correction = float(poch((df - 1) / 2, 0.5)) / math.sqrt(df / 2)
    ends = (correction * roots, *noncentrality_interval("t", roots, (df,), level))
    signed = direction is not None or t is not None
    return EffectFromTest("SMD", *(_band(unit * end) for end in ends), ps, "t-test", n, signed, level, notes)


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
    n = _sizes((n_treatment, n_control))
    total = sum(n)
    _check_level(level)
    roots, ps, notes = _roots({"chi_square": chi_square, "p": p}, relation, sided, direction, math.inf)
    measure, shift = "phi", _root(1 - level, math.inf)
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
        bands.append(_band(phis if events is None else [_log_odds_ratio(phi, *n, events) for phi in phis]))
    return EffectFromTest(measure, *bands, ps, "chi-square test", n, direction is not None, level, notes)


def _log_odds_ratio(phi: float, n1: int, n2: int, events: int) -> float:
    total = n1 + n2
    a = (n1 * events + phi * math.sqrt(n1 * n2 * events * (total - events))) / total
    b, c, d = n1 - a, events - a, n2 - events + a
    if min(a, b, c, d) < 1e-9 * total:
        return math.copysign(math.inf, phi)
    return math.log(a * d / (b * c))


def largest_difference_bound(
    p: float | str | None = None,
    n_per_arm: Sequence[int] = (),
    relation: str = "=",
    level: float = 0.95,
    *,
    f: float | None = None,
) -> LargestDifference:
    """Return the largest standardised difference between any two arms that an overall one-way F-test allows.

    Parameters
    ----------
    p, relation
        The p-value of the F-test, as in `smd_from_test`.
    n_per_arm : sequence of int
        Patients in each arm.
    level : float
        Level of the one-sided bounds, and of the two-sided interval of the noncentrality.
    f : float, optional
        The F statistic, instead of p.

    Returns
    -------
    LargestDifference
        Bounds in SD within arms.

    Raises
    ------
    EffectInputError
        If p does not lie between 0 and 1, no result or several are given, or an n is missing.

    Notes
    -----
    lambda = sum n_k (mu_k - mubar)^2 / sigma^2 has the limits of `noncentrality_interval` (Steiger 2004, Psychol Methods
    9:164). By the Cauchy-Schwarz inequality (mu_i - mu_j)/sigma <= sqrt(lambda (1/n_i + 1/n_j)), with equality if all
    other arms lie at the mean of these two weighted by n; the largest is that of the two smallest arms. At a given lambda
    the largest difference is least if the arms fall into two groups of one mean each, as equal in size as can be: it
    is then sqrt(lambda (1/N_A + 1/N_B)). The point estimate of lambda is the unbiased df1 (F (df2 - 2)/df2 - 1), 0 if that
    is negative.

    Examples
    --------
    >>> largest_difference_bound("0.20", [100, 100, 100])
    <largest difference of 3 arms at most 0.460 SD (one-sided 95%)>
    """
    n = _sizes(n_per_arm)
    df = (len(n) - 1, sum(n) - len(n))
    if len(n) < 2 or df[1] < 3:
        raise EffectInputError(f"n_per_arm must name two arms or more, and 3 patients more than arms, found {n}")
    _check_level(level)
    _one_result({"p": p, "f": f}, relation)
    ps, notes = (_p_of_f(f, df),) * 2 if f is not None else (0.0, 0.0), ()
    if f is None:
        ps, notes = _p_band(p, relation)
    fs = np.array([f, f] if f is not None else [_f_of_p(ps[1], df), _f_of_p(ps[0], df)])
    parts = [sum(part) for size in range(1, len(n)) for part in itertools.combinations(n, size)]
    even = max(part * (sum(n) - part) for part in parts) / sum(n)
    smallest = sum(1 / size for size in sorted(n)[:2])
    point = np.maximum(df[0] * (fs * (df[1] - 2) / df[1] - 1), 0.0)
    at_most, at_least = _limit("F", fs, df, 1 - level), _limit("F", fs, df, level)
    if at_most[0] == 0:
        notes += ("p is so near 1 that its limit is 0 by construction: no evidence of equality",)
    return LargestDifference(
        _band(np.sqrt(smallest * at_most)),
        _band(np.sqrt(at_least / even)),
        _band(np.sqrt(smallest * point)),
        _band(point),
        *(_band(limit) for limit in noncentrality_interval("F", fs, df, level)),
        _band(fs),
        ps,
        df,
        n,
        level,
        notes=(f"assumes a one-way F-test of {len(n)} arms with one SD", *notes),
    )


def bounds_from_reported(
    evidence: Evidence, trial_id: str, outcome: str, level: float = 0.95
) -> tuple[LargestDifference, ...]:
    """Return the bound of every p-value that a trial prints for an outcome over all its arms.

    Parameters
    ----------
    evidence : Evidence
        The evidence: p-values of `reported` without a treatment, sizes of `arms`.
    trial_id, outcome : str
        Codes.
    level : float
        Confidence level.

    Returns
    -------
    tuple of LargestDifference
        One a p-value, in the order of the table. Analysed patients are taken, else randomised ones, and a note says which.

    Raises
    ------
    UnknownCodeError
        If the evidence does not hold the trial or the outcome.
    NoComparisonError
        If the trial prints no p-value for this outcome whose comparison names every arm (``A vs B vs C``).
    EffectInputError
        If the size of an arm is missing.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> for bound in bounds_from_reported(load_evidence(), "childers2005", "patient_global_impression_of_change"):
    ...     print(bound)
    <childers2005, patient_global_impression_of_change, day_3: largest difference of 3 arms at most 0.184 SD (one-sided 95%)>
    <childers2005, patient_global_impression_of_change, day_7: largest difference of 3 arms at most 0.227 SD (one-sided 95%)>
    """
    check_code(evidence, "outcome", outcome)
    trials = evidence.trials["trial_id"]
    if trial_id not in set(trials):
        raise UnknownCodeError("trial", trial_id, trials)
    arms = evidence.arms
    arms = arms[(arms["trial_id"] == trial_id) & ~arms["is_pooled_over_arms"].fillna(False).astype(bool)]
    table = evidence.reported
    table = table[(table["trial_id"] == trial_id) & (table["outcome"] == outcome) & (table["measure"] == "p")]
    table = table[table["treatment"].isna() & table["control"].isna() & table["p_value"].notna()]
    every = [set(arms[column].dropna()) for column in ("treatment", "arm_id")]
    table = table[[set(text.split(" vs ")) in every for text in table["comparison"]]]
    if table.empty:
        raise NoComparisonError(f"{trial_id} prints no p-value over all its arms for {outcome}")
    sizes = arms["n_analysed"].fillna(arms["n_randomised"])
    for arm in arms["arm_id"][sizes.isna()]:
        raise EffectInputError(f"{trial_id}, {arm} arm: n is missing, found neither analysed nor randomised patients")
    word = "analysed" if arms["n_analysed"].notna().all() else "randomised where the analysed are not printed"
    return tuple(_bound_of_row(row, sizes.astype(int).tolist(), word, level) for row in table.itertuples())


def _bound_of_row(row: Any, sizes: list[int], word: str, level: float) -> LargestDifference:
    digits = min((text for text in printed_numbers(row.as_printed) if float(text) == row.p_value), key=decimals)
    bound = largest_difference_bound(digits, sizes, row.p_relation, level)
    notes = (f"the p-value is that of the overall effect over {len(sizes)} arms", f"n: patients {word}", *bound.notes)
    time = f", {row.timepoint}" if pd.notna(row.timepoint) else ""
    return replace(bound, label=f"{row.trial_id}, {row.outcome}{time}", facts=(row.fact_id,), notes=notes)


def _roots(
    given: Mapping[str, float | str | None], relation: str, sided: int, direction: int | None, df: float
) -> tuple[Array, Band, tuple[str, ...]]:
    """Return least and greatest signed root of the statistic (t or a normal deviate), p-values and notes."""
    if sided not in (1, 2):
        raise EffectInputError(f"sided must be 1 or 2, found {sided}")
    if direction not in (1, -1, None) or (sided == 1 and direction is None):
        raise EffectInputError(f"direction must be 1 or -1 (None only if p is two-sided), found {direction}")
    name = _one_result(given, relation)
    sign = direction or 1
    if name != "p":
        value = float(given[name])  # type: ignore[arg-type]
        if not math.isfinite(value) or (name != "t" and value < 0):
            raise EffectInputError(
                f"{name} must be a finite number{'' if name == 't' else ' not below zero'}, found {value:g}"
            )
        if name == "t" and direction is not None and value * direction < 0:
            raise EffectInputError(f"t must have the sign of the direction, {direction:+d}, found {value:g}")
        root = value if name == "t" else sign * math.sqrt(value)
        two_sided = _p_of_f(root**2, (1, df))
        return np.array([root, root]), (two_sided, two_sided), ()
    ps, notes = _p_band(given["p"], relation)
    if sided == 1:
        low, high = (math.copysign(_root(2 * min(end, 1 - end), df), 0.5 - end) for end in reversed(ps))
    else:
        low, high = _root(ps[1], df), _root(ps[0], df)
        low = -high if direction is None and relation in _ABOVE else low
    return np.sort(sign * np.array([low, high])), ps, notes


def _one_result(given: Mapping[str, float | str | None], relation: str) -> str:
    check_choice("relation", relation, RELATIONS, noun="relations")
    found = [name for name, value in given.items() if value is not None]
    if not found and relation == "NS":
        return "p"
    if len(found) != 1 or (found != ["p"] and relation != "="):
        raise EffectInputError(
            f"one of {', '.join(given)} must be given (relation only with p), found {found}, {relation}"
        )
    return found[0]


def _p_band(p: float | str | None, relation: str) -> tuple[Band, tuple[str, ...]]:
    """Return the p-values that the print allows. Only "=" is rounded: the c of "p < c" is chosen, not computed."""
    value = NOT_SIGNIFICANT if p is None else p
    if isinstance(p, str):
        low, high = printed_range(p)  # refuses what is no number
        value = float(p.replace(",", "."))
    rounded = isinstance(p, str) and relation == "="
    if not (0 <= value <= 1) or (value == 0 and not rounded):
        raise EffectInputError(f"p must lie between 0 and 1, found {p}")
    if relation in _ABOVE:
        return (value, 1.0), (f"p is known only to be above {value:g}: that is no evidence of equality",)
    if relation != "=":
        return (0.0, value), (f"p is known only to be below {value:g}",)
    if not rounded:
        return (value, value), ()
    low, high = max(low, 0.0), min(high, 1.0)
    return (low, high), (f"p is printed as {p}: {low:g} to {high:g}",)


def _f_of_p(p: float, df: tuple[float, float]) -> float:
    """Return the F with so much above it; written with both incomplete beta inverses, exact at either end."""
    from scipy.special import betainccinv, betaincinv

    below = float(betaincinv(df[1] / 2, df[0] / 2, p))
    return df[1] * float(betainccinv(df[0] / 2, df[1] / 2, p)) / (df[0] * below) if below > 0 else math.inf


def _p_of_f(f: float, df: tuple[float, float]) -> float:
    from scipy.special import chdtrc, fdtrc

    return float(chdtrc(df[0], df[0] * f) if math.isinf(df[1]) else fdtrc(*df, f))


def _root(p: float, df: float) -> float:
    """Return |t|, or the normal deviate if df is infinite, at a two-sided p-value."""
    from scipy.special import ndtri

    return -float(ndtri(p / 2)) if math.isinf(df) else math.sqrt(_f_of_p(p, (1, df)))


def _sizes(n: Sequence[int], least: int = 1) -> tuple[int, ...]:
    for arm, size in enumerate(n, 1):
        if size is None or pd.isna(size):
            raise EffectInputError(f"arm {arm}: n is missing; a test result gives no effect without it")
        if size < least or size != int(size):
            raise EffectInputError(f"arm {arm}: n must be a whole number, at least {least}, found {size}")
    return tuple(int(size) for size in n)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise EffectInputError(f"level must lie between 0 and 1 (0.95 for 95%), found {level}")


def _band(values: ArrayLike) -> Band:
    low, high = sorted(float(value) for value in np.asarray(values))
    return low, high
