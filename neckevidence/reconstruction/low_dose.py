"""Trials of which only totals and percentages are printed: arm sizes and counts, found from all that is printed together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from neckevidence.core.errors import NeckevidenceError, UnknownCodeError
from neckevidence.core.notes import Note
from neckevidence.core.numbers import interval_text, signed
from neckevidence.data.arms import ArmPair
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import Reconstruction
from neckevidence.effects.counts import INTERVAL_RULES, point_estimate, score_interval
from neckevidence.reconstruction.low_dose_problem import (
    arm_name,
    arm_of,
    low_dose_problem,
    percentage_rows,
)
from neckevidence.reconstruction.problem import Problem
from neckevidence.reconstruction.solver import Robustness, Solutions, drop_each, solve

Band = tuple[float, float]


def reconstruct_low_dose(
    evidence: Evidence, drop: Iterable[str] = (), reconstruction: Reconstruction | None = None
) -> Solutions:
    """Find every set of arm sizes and counts of the trials that prints as the sources print it.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    drop : iterable of str
        Assumptions to do without: columns_complete, all_counted, own_percentage, near_equal, nearest.
    reconstruction : Reconstruction, optional
        Which pool, trials and outcome; by default those of ``question.toml``.

    Returns
    -------
    Solutions
        One is a reconstruction, several are a band, none is a contradiction between the sources.

    Raises
    ------
    NeckevidenceError
        If nothing says which pool is meant, an assumption is unknown, or what is left would have too many solutions to hold.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> found = reconstruct_low_dose(load_evidence())
    >>> found.is_unique, reconstruct_low_dose(load_evidence(), drop=["near_equal"]).number
    (True, 3)
    """
    return solve(low_dose_problem(evidence, reconstruction).without(*_names(drop)))


def _names(drop: Iterable[str]) -> tuple[str, ...]:
    return (drop,) if isinstance(drop, str) else tuple(drop)


def low_dose_robustness(evidence: Evidence, reconstruction: Reconstruction | None = None) -> Robustness:
    """Find the set under all assumptions and with each dropped in turn.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    reconstruction : Reconstruction, optional
        Which pool, trials and outcome; by default those of ``question.toml``.

    Returns
    -------
    Robustness
        The sets; see `drop_each`.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> low_dose_robustness(load_evidence()).to_dict()["own_percentage"]
    2
    """
    return drop_each(low_dose_problem(evidence, reconstruction))


@dataclass(frozen=True, repr=False)
class DoseContrast:
    """A contrast within one trial on reconstructed counts, with its band over every solution.

    Attributes
    ----------
    trial_id, treatment, control, outcome, measure : str
        What is compared, within which trial.
    estimate, ci_low, ci_high : float
        Natural scale, from the solution whose arms are most nearly equal; the only one if `number` is 1.
    events_treatment, n_treatment, events_control, n_control : int
        Its counts. They are reconstructed, not printed.
    band : dict of str to (float, float)
        Least and greatest estimate and limits over all solutions.
    number : int
        Solutions under the assumptions.
    level : float
        Confidence level.
    assumptions : tuple of str
        As sentences.
    sensitivity : DataFrame
        The same with each assumption dropped in turn: dropped, holds_instead, number, arm_sizes, and the ends of the
        bands; NaN where the contrast has no counts of its own.
    tables : tuple of (int, int, int, int)
        Events and patients on either side, one table for each different pair over all solutions.
    facts : tuple of str
        The percentages of the two arms.
    notes : tuple of str
        What must be said beside the number.
    """

    trial_id: str
    treatment: str
    control: str
    outcome: str
    measure: str
    estimate: float
    ci_low: float
    ci_high: float
    events_treatment: int
    n_treatment: int
    events_control: int
    n_control: int
    band: dict[str, Band]
    number: int
    level: float
    assumptions: tuple[str, ...]
    sensitivity: pd.DataFrame = field(compare=False)
    tables: tuple[tuple[int, int, int, int], ...]
    facts: tuple[str, ...]
    notes: tuple[str, ...]

    reconstructed = True

    def __repr__(self) -> str:
        return f"<DoseContrast {self.treatment} against {self.control}, {self.outcome}: {self._numbers()}>"

    def _numbers(self) -> str:
        numbers = interval_text(self.measure, self.estimate, self.ci_low, self.ci_high, self.level)
        return f"{self.measure} {numbers}, reconstructed"

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers under all assumptions and with each dropped in turn."""
        return self.sensitivity.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain numbers and text."""
        whole = ("events_treatment", "n_treatment", "events_control", "n_control", "number")
        names = ("trial_id", "treatment", "control", "outcome", "measure", "estimate", "ci_low", "ci_high", "level")
        return {
            **{name: getattr(self, name) for name in (*names, *whole)},
            "reconstructed": True,
            "band": {name: list(ends) for name, ends in self.band.items()},
            "assumptions": list(self.assumptions),
            "sensitivity": self.sensitivity.astype(object).where(self.sensitivity.notna(), None).to_dict("records"),
            "notes": list(self.notes),
        }

    def summary(self) -> str:
        """Return the result in a few lines of text."""
        counts = (
            f"{self.events_treatment} of {self.n_treatment} against {self.events_control} of {self.n_control} patients"
        )
        head = f"{self.trial_id}, {self.treatment} against {self.control}, {self.outcome}: {self._numbers()}"
        return "\n".join([head, f"  {counts} (reconstructed)", *(f"  * {note}" for note in self.notes)])


def dose_contrast(
    evidence: Evidence,
    measure: str = "RR",
    level: float = 0.95,
    drop: Iterable[str] = (),
    treatment: str | None = None,
    control: str | None = None,
    trial_id: str | None = None,
    reconstruction: Reconstruction | None = None,
) -> DoseContrast:
    """Compare two arms of one of the trials, on the counts the solver finds.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    measure : {"RR", "OR", "RD"}
        Effect measure.
    level : float
        Confidence level of the score interval.
    drop : iterable of str
        Assumptions to do without; see `reconstruct_low_dose`.
    treatment, control, trial_id : str, optional
        Treatments or arms, and the trial; by default those of the reconstruction.
    reconstruction : Reconstruction, optional
        Which pool, trials and outcome; by default those of ``question.toml``.

    Returns
    -------
    DoseContrast
        Estimate, interval, their band over all solutions, and the assumptions.

    Raises
    ------
    NeckevidenceError
        If the measure or an arm is unknown, the sources contradict each other, or an arm has no count of its own.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> dose_contrast(load_evidence())
    <DoseContrast CYC5 against CYC10, any_adverse_event: RR 0.88 (95% CI 0.75 to 1.02), reconstructed>
    """
    if measure not in INTERVAL_RULES:
        raise UnknownCodeError("measure", measure, INTERVAL_RULES)
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    of = reconstruction or evidence.question.need("reconstruct", "reconstruction")
    treatment, control = treatment or of.treatment, control or of.control
    trial_id, outcome = trial_id or of.trial_id, of.outcome
    robustness = _robustness(low_dose_problem(evidence, of).without(*_names(drop)))
    found = robustness.base
    if found.is_contradiction:
        raise NeckevidenceError(found.summary())
    arms = tuple(arm_of(evidence, trial_id, name) for name in (treatment, control))
    sides = tuple(arm_name(trial_id, arm) for arm in arms)
    tables = _tables(found, outcome, sides)
    bands = _bands(tables, measure, level)
    a, n1, c, n2 = (int(value) for value in tables.loc[most_even(found).name])
    low, high = score_interval(measure, a, n1, c, n2, level)
    rows = percentage_rows(evidence, [trial_id], outcome)
    return DoseContrast(
        trial_id=trial_id,
        treatment=treatment,
        control=control,
        outcome=outcome,
        measure=measure,
        estimate=point_estimate(measure, a, n1, c, n2),
        ci_low=low,
        ci_high=high,
        events_treatment=a,
        n_treatment=n1,
        events_control=c,
        n_control=n2,
        band=bands,
        number=found.number,
        level=level,
        assumptions=tuple(assumption.sentence for assumption in found.assumptions),
        sensitivity=_sensitivity(robustness, outcome, sides, measure, level),
        tables=tuple(tables.drop_duplicates().itertuples(index=False, name=None)),
        facts=tuple(rows.loc[rows["arm_id"] == arm, "fact_id"].iloc[0] for arm in arms),
        notes=tuple(_notes(robustness, of, sides, measure, level)),
    )


def reconstruct(evidence: Evidence, pair: ArmPair, outcome: str, measure: str, level: float) -> DoseContrast | None:
    """Compare two arms on reconstructed counts, if the outcome is the one for which there are any.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    pair : ArmPair
        The trial and its arms.
    outcome, measure : str
        Checked codes.
    level : float
        Confidence level.

    Returns
    -------
    DoseContrast or None
        None if nothing can be reconstructed for this trial and outcome, or the question names nothing to reconstruct.

    Raises
    ------
    NeckevidenceError
        If the sources contradict each other, or do not print the sizes that are needed.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> from neckevidence.data.arms import arm_pairs
    >>> ev = load_evidence()
    >>> trial_id = ev.question.reconstruct.trial_id
    >>> pairs = [pair for pair in arm_pairs(ev, "CYC5", "CYC10") if pair.trial_id == trial_id]
    >>> reconstruct(ev, pairs[0], "somnolence", "RR", 0.95) is None
    True
    """
    of = evidence.question.reconstruct
    if of is None or outcome != of.outcome:
        return None
    arms = pair.treatment_arms + pair.control_arms
    pools = evidence.pools
    parts = set(pools.loc[pools["pool_id"] == of.pool, "part_id"])
    if len(arms) != 2 or pair.trial_id not in parts:
        return None
    return dose_contrast(evidence, measure, level, (), *arms, trial_id=pair.trial_id)


@lru_cache(maxsize=16)
def _robustness(problem: Problem) -> Robustness:
    """Solve a problem once: every contrast of the trials rests on the same, and it takes a second."""
    return drop_each(problem)


def _tables(found: Solutions, outcome: str, sides: tuple[str, str]) -> pd.DataFrame:
    """The two-by-two table of every solution."""
    return pd.DataFrame(
        {
            "a": found.events(outcome, sides[0]),
            "n1": found.denominators(outcome, sides[0]),
            "c": found.events(outcome, sides[1]),
            "n2": found.denominators(outcome, sides[1]),
        }
    )


def _bands(tables: pd.DataFrame, measure: str, level: float) -> dict[str, Band]:
    results = [
        (point_estimate(measure, a, n1, c, n2), *score_interval(measure, a, n1, c, n2, level))
        for a, n1, c, n2 in tables.drop_duplicates().to_numpy().tolist()
    ]
    names = ("estimate", "ci_low", "ci_high")
    return {name: (min(values), max(values)) for name, values in zip(names, zip(*results, strict=True), strict=True)}


def _unevenness(found: Solutions) -> np.ndarray:
    """Largest arm over smallest arm of a trial, in the more uneven of the trials."""
    groups: dict[str, list[str]] = {}
    for arm in found.problem.arms:
        groups.setdefault(arm.split("/")[0], []).append(arm)
    parts = [found.assignments[names] for names in groups.values()]
    return np.max([part.max(axis=1) / part.min(axis=1) for part in parts], axis=0)


def most_even(found: Solutions) -> pd.Series:
    """Return the solution whose arms are most nearly equal.

    Parameters
    ----------
    found : Solutions
        At least one.

    Returns
    -------
    Series
        A row of its assignments: least ratio of the largest to the smallest arm of a trial, the first of equals.
    """
    return found.assignments.iloc[int(np.argmin(_unevenness(found)))]


def _sensitivity(
    robustness: Robustness, outcome: str, sides: tuple[str, str], measure: str, level: float
) -> pd.DataFrame:
    frame = robustness.to_frame()
    ends = []
    for found in (robustness.base, *(found for _, found, _ in robustness.dropped)):
        known = found is not None and not found.is_contradiction and all(found.has(outcome, arm) for arm in sides)
        bands = _bands(_tables(found, outcome, sides), measure, level) if known else {}
        row = {}
        for name in ("estimate", "ci_low", "ci_high"):
            row[f"{name}_least"], row[f"{name}_greatest"] = bands.get(name, (math.nan, math.nan))
        ends.append(row)
    return pd.concat([frame, pd.DataFrame(ends)], axis=1)


def _notes(
    robustness: Robustness, of: Reconstruction, sides: tuple[str, str], measure: str, level: float
) -> Iterable[Note]:
    found = robustness.base
    kind = (
        "the only ones" if found.is_unique else f"one of {found.number} sets, the one with the most nearly equal arms,"
    )
    print_so = f"that print as the trials and the {of.document} print"
    yield Note("reconstruction", f"arm sizes and counts are reconstructed, not printed: {kind} {print_so}")
    for assumption in found.assumptions:
        yield Note("assumption", f"assumed: {assumption.sentence}")
    for assumption, other, why in robustness.dropped:
        if other is None:
            yield Note("robustness", f"without {assumption.name}: too many sets to list ({why})")
        elif not other.is_contradiction and all(other.has(of.outcome, arm) for arm in sides):
            bands = _bands(_tables(other, of.outcome, sides), measure, level)
            span = f"{measure} {_span(bands['estimate'])}, interval within {_span((bands['ci_low'][0], bands['ci_high'][1]))}"
            text = f"without {assumption.name} ({assumption.without}): {_many(other)}, {span}"
            yield Note("robustness", text)
        else:
            text = f"without {assumption.name} ({assumption.without}): {_many(other)}, no count of each arm's own"
            yield Note("robustness", text)
        if other is not None and assumption.name == "near_equal" and found.is_unique and other.number > 1:
            next_even = np.sort(_unevenness(other))[1]
            text = f"in the next set an arm is {100 * (next_even - 1):.0f}% larger than another of its trial"
            yield Note("robustness", text)


def _many(found: Solutions) -> str:
    number = len(found.arm_sizes)
    return f"{number} set{'s' if number != 1 else ''} of arm sizes"


def _span(ends: Band) -> str:
    low, high = (signed(end, 3) for end in ends)
    return low if low == high else f"{low} to {high}"
