"""What is printed of the two low-dose trials, as statements on whole numbers under named assumptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from neckevidence.arms import arm_row
from neckevidence.errors import NeckevidenceError
from neckevidence.evidence import Evidence
from neckevidence.identification.problem import Assumption, Balance, Percentage, Problem, Size, Total
from neckevidence.printed import decimals, printed_numbers

POOL, TRIAL, OUTCOME = "borenstein2003_pool", "borenstein2003_s1", "any_adverse_event"
# "Near-equal": the largest arm of a trial has at most this many times the patients of its smallest.
RATIO = 1.1


def arm_name(trial_id: str, arm_id: str) -> str:
    """Return the name of an arm in the problem.

    Parameters
    ----------
    trial_id, arm_id : str
        Key of the arm.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> arm_name("borenstein2003_s1", "CYC5")
    'borenstein2003_s1/CYC5'
    """
    return f"{trial_id}/{arm_id}"


def low_dose_problem(evidence: Evidence) -> Problem:
    """Put what is printed of the two trials into statements on whole numbers.

    Parameters
    ----------
    evidence : Evidence
        Trial sizes, the label's column sizes, which trials each column holds, and adverse events per arm.

    Returns
    -------
    Problem
        Under five named assumptions, each of which can be dropped.

    Raises
    ------
    NeckevidenceError
        If a trial or a column has no printed size, or the pool no printed number analysed.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> [assumption.name for assumption in low_dose_problem(load_evidence()).assumptions]
    ['label_complete', 'all_counted', 'placebo_own', 'near_equal', 'nearest']
    """
    columns = _columns(evidence)
    parts = sorted({part for holds in columns.values() for part in holds})
    arms = {part: _arms_of(evidence, part) for part in parts}
    totals, sizes, patients = [], [], 0
    for part, names in arms.items():
        n = _size(evidence.keyed("trials").loc[part, "n_randomised"], f"trials: {part} has no n_randomised")
        totals.append(Total(names, n))
        patients += n
    for arm_id, holds in columns.items():
        n = _size(arm_row(evidence, POOL, arm_id)["n_analysed"], f"arms: {POOL}, {arm_id} has no n_analysed")
        names = tuple(arm_name(part, arm_id) for part in holds)
        for at_least, under in ((False, ("label_complete",)), (True, ())):
            if len(names) == 1:
                sizes.append(Size(names[0], n, at_least, under))
            else:
                totals.append(Total(names, n, at_least, under))
    analysed = evidence.reported.loc[evidence.reported["trial_id"] == POOL, "n_participants"].dropna()
    gap = patients - _size(analysed.max() if len(analysed) else None, f"reported: {POOL} has no n_participants")
    return Problem(
        arms=tuple(name for names in arms.values() for name in names),
        totals=tuple(totals),
        percentages=tuple(_percentages(evidence, parts, gap)),
        sizes=tuple(sizes),
        balances=tuple(Balance(names, RATIO, ("near_equal",)) for names in arms.values()),
        assumptions=_assumptions(patients, gap),
    )


def _assumptions(patients: int, gap: int) -> tuple[Assumption, ...]:
    return (
        Assumption(
            "label_complete",
            "the columns of the label hold all randomised patients of the arms",
            "a column may leave out patients of its arms",
        ),
        Assumption(
            "all_counted",
            "the percentages of adverse events are of all randomised patients",
            f"up to {gap} patients of any arm may be left out of its percentage: a pooled analysis of the two trials "
            f"has {patients - gap} of the {patients}",
        ),
        Assumption(
            "placebo_own",
            "the percentage printed for placebo in both trials is that of each (K17)",
            "it is one figure of both placebo arms together",
        ),
        Assumption(
            "near_equal",
            f"the arms of a trial are near-equal: the largest is at most {100 * (RATIO - 1):.0f}% larger than the smallest",
            "the arms may be of any size",
        ),
        Assumption(
            "nearest",
            "percentages are rounded to the nearest, a half either way",
            "they may also be cut or rounded up",
        ),
    )


def _columns(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    pools = evidence.pools
    return {arm: tuple(group) for arm, group in pools[pools["pool_id"] == POOL].groupby("arm_id")["part_id"]}


def _arms_of(evidence: Evidence, trial_id: str) -> tuple[str, ...]:
    arms = evidence.arms
    own = arms[(arms["trial_id"] == trial_id) & ~arms["is_pooled_over_arms"].fillna(False)]
    return tuple(arm_name(trial_id, arm_id) for arm_id in own["arm_id"])


def _size(value: Any, missing: str) -> int:
    if value is None or pd.isna(value):
        raise NeckevidenceError(missing)
    return int(value)


def percentage_rows(evidence: Evidence, trials: Iterable[str]) -> pd.DataFrame:
    """Return the printed percentages with any adverse event.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trials : iterable of str
        Their trials.

    Returns
    -------
    DataFrame
        Rows of the table of counts.
    """
    counts = evidence.counts
    return counts[counts["trial_id"].isin(list(trials)) & (counts["outcome"] == OUTCOME)]


def _percentages(evidence: Evidence, parts: list[str], gap: int) -> Iterable[Percentage]:
    """One printed figure becomes several statements: a loose one, and a strict one for each assumption behind it."""
    rows = percentage_rows(evidence, parts)
    # A figure with a conflict that is printed alike in several trials may be one figure printed twice.
    repeated = rows.dropna(subset=["conflict_id"]).groupby(["conflict_id", "arm_id", "percent"])
    unions = [tuple(group.itertuples()) for _, group in repeated if len(group) > 1]
    shared = {row.fact_id for union in unions for row in union}
    single = [((row,), ("placebo_own",) if row.fact_id in shared else ()) for row in rows.itertuples()]
    for group, own in [*single, *((union, ()) for union in unions)]:
        printed = float(group[0].percent)
        digits = max(decimals(word) for word in printed_numbers(group[0].as_printed) if float(word) == printed)
        names = tuple(arm_name(row.trial_id, row.arm_id) for row in group)
        left_out = gap * len(names)
        for missing, nearest, under in (
            (left_out, False, ()),
            (left_out, True, ("nearest",)),
            (0, False, ("all_counted",)),
        ):
            yield Percentage(OUTCOME, names, printed, digits, missing, nearest, own + under)
