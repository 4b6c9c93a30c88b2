"""A p-value of several arms together: how large a difference between any two of them it allows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from neckevidence.core.errors import NoComparisonError, UnknownCodeError
from neckevidence.core.printed import decimals, printed_numbers
from neckevidence.data.arms import check_code
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import EffectInputError, check_level
from neckevidence.effects.noncentrality import f_of_p, noncentrality_interval, noncentrality_limit, p_of_f
from neckevidence.effects.printed_tests import (
    TestResult,
    as_band,
    group_sizes,
    p_band,
    the_one_given,
)
from neckevidence.effects.rounding import Band


@dataclass(frozen=True, repr=False)
class LargestDifference(TestResult):
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
        return f"{self._prefix()}largest difference of {len(self.n)} arms {bound} SD (one-sided {100 * self.level:g}%)"


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
    n = group_sizes(n_per_arm)
    df = (len(n) - 1, sum(n) - len(n))
    if len(n) < 2 or df[1] < 3:
        raise EffectInputError(f"n_per_arm must name two arms or more, and 3 patients more than arms, found {n}")
    check_level(level)
    the_one_given({"p": p, "f": f}, relation)
    ps, notes = (p_of_f(f, df),) * 2 if f is not None else (0.0, 0.0), ()
    if f is None:
        ps, notes = p_band(p, relation)
    fs = np.array([f, f] if f is not None else [f_of_p(ps[1], df), f_of_p(ps[0], df)])
    parts = [sum(part) for size in range(1, len(n)) for part in itertools.combinations(n, size)]
    even = max(part * (sum(n) - part) for part in parts) / sum(n)
    smallest = sum(1 / size for size in sorted(n)[:2])
    point = np.maximum(df[0] * (fs * (df[1] - 2) / df[1] - 1), 0.0)
    at_most, at_least = noncentrality_limit("F", fs, df, 1 - level), noncentrality_limit("F", fs, df, level)
    if at_most[0] == 0:
        notes += ("p is so near 1 that its limit is 0 by construction: no evidence of equality",)
    return LargestDifference(
        as_band(np.sqrt(smallest * at_most)),
        as_band(np.sqrt(at_least / even)),
        as_band(np.sqrt(smallest * point)),
        as_band(point),
        *(as_band(limit) for limit in noncentrality_interval("F", fs, df, level)),
        as_band(fs),
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
