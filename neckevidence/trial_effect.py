"""The effect in one trial, and which of the printed figures it is read from."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from neckevidence.arms import ArmPair
from neckevidence.evidence import Evidence

Band = tuple[float, float]
Table = tuple[int, int, int, int]
_RELIABILITY = {"primary": 0, "secondary": 1, "low": 2}


@dataclass(frozen=True)
class TrialEffect:
    """The effect in one trial, on its natural scale, with everything needed to pool and to show it.

    Attributes
    ----------
    trial_id, label : str
        The trial.
    measure : str
        RR, OR, RD, MD or SMD.
    estimate, ci_low, ci_high : float
        Natural scale; NaN where the figures do not give it.
    effect, variance : float
        For pooling, logarithms for ratios; NaN if the trial cannot be pooled.
    treatment, control : str
        What is printed for each arm.
    n_treatment, n_control : float
        Patients, NaN if not printed.
    control_risk : float
        Risk under the control, between 0 and 1; NaN where there is none.
    day : float
        Day of the figure, NaN if not printed.
    window : str
        Time window; only like windows are pooled.
    randomised : bool
        Whether patients were allocated at random between the two arms.
    reason : str
        Why not, if they were not.
    region : str
        Code of the population; empty if not printed.
    population : str
        The same in words; empty if not printed.
    interval_rule : str
        Name of the rule behind the interval.
    rounding : dict of str to (float, float) or None
        What the estimate and the limits can be, given that percentages are printed coarsely.
    facts : tuple of str
        The figures used.
    notes : tuple of str
        Rules and doubts.
    tables : tuple of (int, int, int, int)
        Events and patients on either side: the table that is used, then every other one that the printed figures allow.
        Empty if the effect does not come from counts.
    reconstructed : bool
        Whether no source prints these counts, but all printed figures together leave only them.
    """

    trial_id: str
    label: str
    measure: str
    estimate: float
    ci_low: float
    ci_high: float
    effect: float
    variance: float
    treatment: str
    control: str
    n_treatment: float
    n_control: float
    control_risk: float
    day: float
    window: str
    randomised: bool
    reason: str
    region: str
    population: str
    interval_rule: str
    rounding: dict[str, Band] | None
    facts: tuple[str, ...]
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    reconstructed: bool = False

    @property
    def has_interval(self) -> bool:
        """Whether the figures give an interval."""
        return not (math.isnan(self.ci_low) or math.isnan(self.ci_high))

    @property
    def can_be_pooled(self) -> bool:
        """Whether the figures give an effect and its variance."""
        return math.isfinite(self.effect) and math.isfinite(self.variance)


def trial_effect(
    evidence: Evidence, pair: ArmPair, timepoint: str, sources: tuple[str, ...], **numbers: object
) -> TrialEffect:
    """Fill in what the tables say of the trial, the time and the sources.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    pair : ArmPair
        The trial and its arms.
    timepoint : str
        Code; empty if not printed.
    sources : tuple of str
        Where the figures stand.
    **numbers
        All other fields of `TrialEffect`.

    Returns
    -------
    TrialEffect
        With a note if a source is of low reliability.
    """
    trial = evidence.keyed("trials").loc[pair.trial_id]
    region = "" if pd.isna(trial["region"]) else str(trial["region"])
    times = evidence.keyed("timepoints")
    time = times.loc[timepoint] if timepoint in times.index else None
    grade = evidence.keyed("sources")["reliability"]
    notes = list(numbers.pop("notes"))
    if any(grade[source] == "low" for source in sources):
        notes.append("the source is of low reliability and supports nothing on its own")
    return TrialEffect(
        trial_id=pair.trial_id,
        label=trial["label"],
        day=math.nan if time is None else float(time["last_day"]),
        window="" if time is None or pd.isna(time["window"]) else str(time["window"]),
        randomised=pair.randomised,
        reason=pair.reason,
        region=region,
        population=evidence.question.population_of(region).label if region else "",
        notes=tuple(notes),
        **numbers,
    )


def rows_of(table: pd.DataFrame, pair: ArmPair, outcome: str) -> pd.DataFrame:
    """Return the rows of a table that hold the outcome in the arms of the pair."""
    wanted = (
        (table["trial_id"] == pair.trial_id)
        & (table["outcome"] == outcome)
        & table["arm_id"].isin(pair.treatment_arms + pair.control_arms)
    )
    return table[wanted]


def at_each_time(rows: pd.DataFrame, pair: ArmPair) -> Iterator[tuple[str, list[pd.DataFrame]]]:
    """Yield the times at which all arms have figures, with the rows of each side."""
    for timepoint, group in rows.assign(timepoint=rows["timepoint"].fillna("")).groupby("timepoint", sort=False):
        sides = [group[group["arm_id"].isin(arms)] for arms in (pair.treatment_arms, pair.control_arms)]
        if all(len(side) for side in sides):
            yield str(timepoint), sides


def best_rows(evidence: Evidence, sides: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Choose among several sources: one that has all sides first, then the more reliable; one row an arm."""
    grade = evidence.keyed("sources")["reliability"].map(_RELIABILITY)
    sources = [sorted(set(side["source_id"]), key=lambda source: (grade[source], source)) for side in sides]
    chosen = min(
        itertools.product(*sources),
        key=lambda many: (len(set(many)), sum(grade[source] for source in many), many),
    )
    rows = [side[side["source_id"] == source] for side, source in zip(sides, chosen, strict=True)]
    return [side.drop_duplicates("arm_id") for side in rows]
