"""A reported figure without an estimate: the bound that it allows, from the evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from neckevidence.core.errors import NoComparisonError, UnknownCodeError
from neckevidence.core.printed import decimals, printed_numbers
from neckevidence.data.evidence import Evidence
from neckevidence.effects.from_tests import EffectFromTest, smd_from_test
from neckevidence.effects.measures import EffectInputError
from neckevidence.effects.votes import EffectFromOrder, EffectFromVotes, effect_from_order, effect_from_votes


def bound_from_fact(
    evidence: Evidence,
    fact_id: str,
    *,
    direction: int | None = None,
    arm_sizes: tuple[int, int] | None = None,
    level: float = 0.95,
) -> EffectFromTest | EffectFromVotes | EffectFromOrder:
    """Return what a row of the table of reported results allows: a p-value of two arms, a vote count, or "more often".

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    fact_id : str
        Row of `reported`: a p-value of two arms is read as that of a t-test; a count of trials as significant votes; a
        statement as "more often" or "less often".
    direction : {1, -1}, optional
        For a statement, and needed there: 1 if it says more often with the treatment, -1 if less often.
    arm_sizes : tuple of int, optional
        Patients in the treated and the control arm, where they are not printed: an assumption, and noted as one.
    level : float
        Confidence level.

    Returns
    -------
    EffectFromTest, EffectFromVotes or EffectFromOrder
        With label and fact.

    Raises
    ------
    UnknownCodeError
        If there is no such row.
    NoComparisonError
        If the row has no two arms, or is of another kind.
    EffectInputError
        If the size of an arm is not printed and none is assumed, or a statement is given without its direction.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> bound = bound_from_fact(load_evidence(), "reported_059")
    >>> round(bound.at_most, 2)
    0.4
    """
    table = evidence.reported.set_index("fact_id")
    if fact_id not in table.index:
        raise UnknownCodeError("fact", fact_id, table.index)
    row = table.loc[fact_id]
    if pd.isna(row["treatment"]) or pd.isna(row["control"]):
        raise NoComparisonError(f"{fact_id} names no two arms; found {row['comparison']}")
    if pd.isna(row["trial_id"]):
        raise NoComparisonError(f"{fact_id} is a result of {row['document_id']}, not of one trial with its arms")
    sizes, note = _sizes(evidence, row, fact_id, arm_sizes)
    bound: Any
    if row["measure"] == "p":
        printed = min((n for n in printed_numbers(row["as_printed"]) if float(n) == row["p_value"]), key=decimals)
        bound = smd_from_test(*sizes, p=printed, relation=row["p_relation"], level=level)
        note += "; the test is read as a t-test of two groups"
    elif row["measure"] == "count":
        bound = effect_from_votes(int(row["estimate"]), int(row["n_trials"]), *sizes, level=level)
    elif row["measure"] == "statement":
        if direction not in (1, -1):
            raise EffectInputError(f"{fact_id} is a statement: direction must be 1 or -1, found {direction}")
        bound = effect_from_order(*sizes, direction=direction, level=level)
    else:
        raise NoComparisonError(
            f"{fact_id} is {row['measure']}; a bound is for a p-value, a count of trials or a statement"
        )
    time = f", {row['timepoint']}" if pd.notna(row["timepoint"]) else ""
    label = f"{row['trial_id']}, {row['comparison']}, {row['outcome']}{time}"
    notes = (note, *bound.notes)
    if evidence.keyed("sources").loc[row["source_id"], "reliability"] == "low":
        notes += ("the source is of low reliability and supports nothing on its own",)
    return replace(bound, label=label, facts=(fact_id,), notes=notes)


def _sizes(
    evidence: Evidence, row: pd.Series, fact_id: str, assumed: tuple[int, int] | None
) -> tuple[tuple[int, int], str]:
    """Return the sizes of the two arms and what they are."""
    arms = evidence.arms[evidence.arms["trial_id"] == row["trial_id"]].set_index("treatment")
    printed = arms["n_analysed"].fillna(arms["n_randomised"]).reindex([row["treatment"], row["control"]])
    if printed.notna().all():
        word = "analysed" if arms["n_analysed"].reindex(printed.index).notna().all() else "randomised"
        return (int(printed.iloc[0]), int(printed.iloc[1])), f"n: patients {word}"
    if assumed is None:
        names = ", ".join(printed.index[printed.isna()])
        raise EffectInputError(f"{fact_id}: n of {row['trial_id']}, {names} is not printed; arm_sizes would assume it")
    return assumed, f"n is not printed; {assumed[0]} and {assumed[1]} patients are assumed"
