"""The effect in one trial, with everything needed to pool and to show it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from neckevidence.core.notes import Note
from neckevidence.data.arms import ArmPair, allocation_words
from neckevidence.data.completion import NOT_TRACED
from neckevidence.data.evidence import Evidence

Band = tuple[float, float]
Table = tuple[int, int, int, int]


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
    notes : tuple of Note
        Rules and doubts.
    tables : tuple of (int, int, int, int)
        Events and patients on either side: the table that is used, then every other one that the printed figures allow.
        Empty if the effect does not come from counts.
    reconstructed : bool
        Whether no source prints these counts, but all printed figures together leave only them.
    allocation_stated : bool
        False if nothing says how the patients were allocated; `randomised` is then False.
    scale : str
        Scale of the means, as in the table of scales; empty if not printed, and for risks.
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
    notes: tuple[Note, ...] = ()
    tables: tuple[Table, ...] = ()
    reconstructed: bool = False
    allocation_stated: bool = True
    scale: str = ""

    @property
    def allocation(self) -> str:
        """How patients were allocated between the two sides, in words, if not at random; else empty."""
        return allocation_words(self.randomised, self.allocation_stated)

    @property
    def has_interval(self) -> bool:
        """Whether the figures give an interval."""
        return not (math.isnan(self.ci_low) or math.isnan(self.ci_high))

    @property
    def can_be_pooled(self) -> bool:
        """Whether the figures give an effect and its variance."""
        return math.isfinite(self.effect) and math.isfinite(self.variance)

    @property
    def usable(self) -> bool:
        """Whether the figures give more than an estimate: counts with their patients, or an effect with its variance."""
        return bool(self.tables) or self.can_be_pooled


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
        With a note if a source is of low reliability, or a figure is not traced to a print.
    """
    trial = evidence.keyed("trials").loc[pair.trial_id]
    region = "" if pd.isna(trial["region"]) else str(trial["region"])
    times = evidence.keyed("timepoints")
    time = times.loc[timepoint] if timepoint in times.index else None
    provenance = *reliability_note(evidence, sources), *not_traced_note(evidence, numbers["facts"])  # type: ignore[arg-type]
    notes = [*numbers.pop("notes"), *provenance]  # type: ignore[misc]
    return TrialEffect(
        trial_id=pair.trial_id,
        label=trial["label"],
        day=math.nan if time is None else float(time["last_day"]),
        window="" if time is None or pd.isna(time["window"]) else str(time["window"]),
        randomised=pair.randomised,
        reason=pair.reason,
        allocation_stated=pair.allocation_stated,
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


def not_traced_note(evidence: Evidence, facts: Iterable[str]) -> list[Note]:
    """Return the note that a figure has no source or no print, if there is one among the figures."""
    grades = evidence.keyed("facts")["reliability"]
    return [Note("provenance", NOT_TRACED)] if (grades.reindex(list(facts)) == NOT_TRACED).any() else []


def reliability_note(evidence: Evidence, sources: Iterable[str]) -> list[Note]:
    """Return the note on a source of low reliability, if there is one among the sources."""
    grade = evidence.keyed("sources")["reliability"]
    if not any(grade.get(source) == "low" for source in sources):
        return []
    return [Note("reliability", "the source is of low reliability and supports nothing on its own")]
