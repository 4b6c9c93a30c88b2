"""What is printed of trials and the columns of their pool, as statements on whole numbers under named assumptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.printed import decimals, printed_numbers
from neckevidence.data.arms import arm_row, arms_named, short_name
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import Reconstruction
from neckevidence.reconstruction.problem import Assumption, Balance, Percentage, Problem, Size, Total

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


def arm_of(evidence: Evidence, trial_id: str, name: str) -> str:
    """Return the arm of a trial that has a name or a treatment.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trial_id : str
        The trial, or pool.
    name : str
        Its arm_id, or a treatment that one arm alone has.

    Returns
    -------
    str
        The arm_id.

    Raises
    ------
    NeckevidenceError
        If no arm has it, or several.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> arm_of(load_evidence(), "borenstein2003_s1", "CYC5")
    'CYC5'
    """
    arms = evidence.arms
    own = arms[(arms["trial_id"] == trial_id) & ~arms["is_pooled_over_arms"].fillna(False)]
    found = own.loc[own["arm_id"] == name, "arm_id"]
    found = found if len(found) else own.loc[own["treatment"] == name, "arm_id"]
    if len(found) != 1:
        raise NeckevidenceError(f"arms: {trial_id} has {len(found)} arms {name}; one is needed")
    return str(found.iloc[0])


def low_dose_problem(evidence: Evidence, reconstruction: Reconstruction | None = None) -> Problem:
    """Put what is printed of the trials into statements on whole numbers.

    Parameters
    ----------
    evidence : Evidence
        Trial sizes, the sizes of the pool's columns, which trials each column holds, and the percentages of each arm.
    reconstruction : Reconstruction, optional
        Which pool and outcome; by default those of ``question.toml``.

    Returns
    -------
    Problem
        Under five named assumptions, each of which can be dropped.

    Raises
    ------
    NeckevidenceError
        If nothing says which pool is meant, a trial or a column has no printed size, or the pool no printed number analysed.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> [assumption.name for assumption in low_dose_problem(load_evidence()).assumptions]
    ['columns_complete', 'all_counted', 'own_percentage', 'near_equal', 'nearest']
    """
    of = reconstruction or evidence.question.need("reconstruct", "reconstruction")
    columns = _columns(evidence, of.pool)
    parts = sorted({part for holds in columns.values() for part in holds})
    arms = {part: _arms_of(evidence, part) for part in parts}
    totals, sizes, patients = [], [], 0
    for part, names in arms.items():
        n = _size(evidence.keyed("trials").loc[part, "n_randomised"], f"trials: {part} has no n_randomised")
        totals.append(Total(names, n))
        patients += n
    for arm_id, holds in columns.items():
        column = arm_row(evidence, of.pool, arm_id)
        n = _size(column["n_analysed"], f"arms: {of.pool}, {arm_id} has no n_analysed")
        names = tuple(arm_name(part, arm) for part in holds for arm in arms_named(evidence, part, column["treatment"]))
        for at_least, under in ((False, ("columns_complete",)), (True, ())):
            if len(names) == 1:
                sizes.append(Size(names[0], n, at_least, under))
            else:
                totals.append(Total(names, n, at_least, under))
    analysed = evidence.reported.loc[evidence.reported["trial_id"] == of.pool, "n_participants"].dropna()
    gap = patients - _size(analysed.max() if len(analysed) else None, f"reported: {of.pool} has no n_participants")
    shared = _printed_alike(evidence, parts, of.outcome)
    return Problem(
        arms=tuple(name for names in arms.values() for name in names),
        totals=tuple(totals),
        percentages=tuple(_percentages(evidence, parts, of.outcome, shared, gap)),
        sizes=tuple(sizes),
        balances=tuple(Balance(names, RATIO, ("near_equal",)) for names in arms.values()),
        assumptions=tuple(_assumptions(evidence, of.document, parts, shared, patients, gap)),
    )


def _assumptions(
    evidence: Evidence, document: str, parts: list[str], shared: list[tuple[Any, ...]], patients: int, gap: int
) -> Iterable[Assumption]:
    """Name what the statements rest on; a figure printed alike in several trials is assumed to be one of each."""
    trials = _number(len(parts))
    yield Assumption(
        "columns_complete",
        f"the columns of the {document} hold all randomised patients of the arms",
        "a column may leave out patients of its arms",
    )
    yield Assumption(
        "all_counted",
        "the printed percentages are of all randomised patients",
        f"up to {gap} patients of any arm may be left out of its percentage: a pooled analysis of the {trials} trials "
        f"has {patients - gap} of the {patients}",
    )
    if shared:
        arms = " and ".join(dict.fromkeys(_name(evidence, group[0]) for group in shared))
        conflicts = ", ".join(dict.fromkeys(group[0].conflict_id for group in shared))
        every = "both" if max(map(len, shared)) == 2 else "all"
        yield Assumption(
            "own_percentage",
            f"the percentage printed for {arms} in {every} trials is that of each ({conflicts})",
            f"it is one figure of {every} {arms} arms together",
        )
    yield Assumption(
        "near_equal",
        f"the arms of a trial are near-equal: the largest is at most {100 * (RATIO - 1):.0f}% larger than the smallest",
        "the arms may be of any size",
    )
    yield Assumption(
        "nearest",
        "percentages are rounded to the nearest, a half either way",
        "they may also be cut or rounded up",
    )


def _number(number: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five"}.get(number, str(number))


def _name(evidence: Evidence, row: Any) -> str:
    return short_name(evidence, str(arm_row(evidence, row.trial_id, row.arm_id)["treatment"]))


def _columns(evidence: Evidence, pool: str) -> dict[str, tuple[str, ...]]:
    pools = evidence.pools
    return {arm: tuple(group) for arm, group in pools[pools["pool_id"] == pool].groupby("arm_id")["part_id"]}


def _arms_of(evidence: Evidence, trial_id: str) -> tuple[str, ...]:
    arms = evidence.arms
    own = arms[(arms["trial_id"] == trial_id) & ~arms["is_pooled_over_arms"].fillna(False)]
    return tuple(arm_name(trial_id, arm_id) for arm_id in own["arm_id"])


def _size(value: Any, missing: str) -> int:
    if value is None or pd.isna(value):
        raise NeckevidenceError(missing)
    return int(value)


def percentage_rows(evidence: Evidence, trials: Iterable[str], outcome: str) -> pd.DataFrame:
    """Return the printed percentages of an outcome.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trials : iterable of str
        Their trials.
    outcome : str
        The outcome.

    Returns
    -------
    DataFrame
        Rows of the table of counts.
    """
    counts = evidence.counts
    return counts[counts["trial_id"].isin(list(trials)) & (counts["outcome"] == outcome)]


def _printed_alike(evidence: Evidence, parts: list[str], outcome: str) -> list[tuple[Any, ...]]:
    """Return the figures with a conflict that several trials print alike: they may be one figure printed twice."""
    rows = percentage_rows(evidence, parts, outcome).dropna(subset=["conflict_id"])
    treatment = evidence.arms.set_index(["trial_id", "arm_id"])["treatment"]
    rows = rows.assign(treatment=[treatment[row.trial_id, row.arm_id] for row in rows.itertuples()])
    groups = rows.groupby(["conflict_id", "treatment", "percent"])
    return [tuple(group.itertuples()) for _, group in groups if len(group) > 1]


def _percentages(
    evidence: Evidence, parts: list[str], outcome: str, shared: list[tuple[Any, ...]], gap: int
) -> Iterable[Percentage]:
    """One printed figure becomes several statements: a loose one, and a strict one for each assumption behind it."""
    alike = {row.fact_id for group in shared for row in group}
    rows = percentage_rows(evidence, parts, outcome).dropna(subset=["percent"])
    single = [((row,), ("own_percentage",) if row.fact_id in alike else ()) for row in rows.itertuples()]
    for group, own in [*single, *((group, ()) for group in shared)]:
        printed = float(group[0].percent)
        words = printed_numbers(group[0].as_printed) if pd.notna(group[0].as_printed) else []
        digits = max((decimals(word) for word in words if float(word) == printed), default=decimals(f"{printed:g}"))
        names = tuple(arm_name(row.trial_id, row.arm_id) for row in group)
        left_out = gap * len(names)
        for missing, nearest, under in (
            (left_out, False, ()),
            (left_out, True, ("nearest",)),
            (0, False, ("all_counted",)),
        ):
            yield Percentage(outcome, names, printed, digits, missing, nearest, own + under)
