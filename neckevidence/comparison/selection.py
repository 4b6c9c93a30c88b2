"""Which printed figures are used, decided in one place: one source, one time, one time window, no patients twice."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from neckevidence.core.notes import Note
from neckevidence.data.arms import ArmPair, parts_of
from neckevidence.data.evidence import Evidence

_RELIABILITY = {"primary": 0, "secondary": 1, "low": 2}
_UNTRACED = 3  # a figure without a source
NO_VARIANCE = Note("no variance", "the figures give no variance: not pooled")


@dataclass(frozen=True)
class Candidate:
    """What one trial gives, as far as the choice among trials needs it.

    Attributes
    ----------
    window : str
        Time window; empty if not printed.
    usable : bool
        Whether the figures give more than an estimate: counts with their patients, or an effect with its variance.
    """

    window: str
    usable: bool


def at_each_time(rows: pd.DataFrame, pair: ArmPair) -> Iterator[tuple[str, list[pd.DataFrame]]]:
    """Yield the times at which all arms have figures, with the rows of each side."""
    for timepoint, group in rows.assign(timepoint=rows["timepoint"].fillna("")).groupby("timepoint", sort=False):
        sides = [group[group["arm_id"].isin(arms)] for arms in (pair.treatment_arms, pair.control_arms)]
        if all(len(side) for side in sides):
            yield str(timepoint), sides


def best_rows(evidence: Evidence, sides: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Choose among several sources, and among several things measured under one outcome code.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    sides : sequence of DataFrame
        Rows of one table at one time, one frame for each side.

    Returns
    -------
    list of DataFrame
        One row an arm. One source that has all sides first, then the more reliable, then the first of the table of
        sources; of what it prints under several details the first that all sides have.
    """
    rank = _source_ranks(evidence)
    sides = [side.assign(source_id=side["source_id"].fillna("")) for side in sides]
    sources = [sorted(set(side["source_id"]), key=rank.__getitem__) for side in sides]
    chosen = min(
        itertools.product(*sources),
        key=lambda many: (len(set(many)), sum(rank[source][0] for source in many), [rank[source] for source in many]),
    )
    rows = [side[side["source_id"] == source] for side, source in zip(sides, chosen, strict=True)]
    if "outcome_detail" in rows[0]:
        details = [side["outcome_detail"].fillna("") for side in rows]
        shared = [one for one in dict.fromkeys(details[0]) if all((one == other).any() for other in details)]
        if shared:
            rows = [side[detail == shared[0]] for side, detail in zip(rows, details, strict=True)]
    return [side.drop_duplicates("arm_id") for side in rows]


def one_a_time(evidence: Evidence, contrasts: Iterable[tuple[pd.Series, bool]]) -> list[tuple[pd.Series, bool]]:
    """Keep one printed contrast a time: that of the more reliable source, then the first of the table."""
    rank = _source_ranks(evidence)
    best: dict[str, tuple[pd.Series, bool]] = {}
    for row, turned in contrasts:
        time = "" if pd.isna(row["timepoint"]) else row["timepoint"]
        if time not in best or _grade(rank, row) < _grade(rank, best[time][0]):
            best[time] = row, turned
    return list(best.values())


def _grade(rank: Mapping[str, tuple[int, int]], row: pd.Series) -> int:
    return rank["" if pd.isna(row["source_id"]) else row["source_id"]][0]


def _source_ranks(evidence: Evidence) -> dict[str, tuple[int, int]]:
    """Return for every source how reliable it is, and its place in the table."""
    grades = evidence.keyed("sources")["reliability"].map(_RELIABILITY).fillna(_UNTRACED)
    ranks = {source: (int(grade), place) for place, (source, grade) in enumerate(grades.items())}
    return {**ranks, "": (_UNTRACED, len(ranks))}


def preference(evidence: Evidence, trial_id: str, day: float) -> tuple[int, float]:
    """Return a key by which the days of a trial's figures are sorted, the one to use first.

    Parameters
    ----------
    evidence : Evidence
        The evidence, with the duration of the trial.
    trial_id : str
        The trial.
    day : float
        Last day of the figure; NaN if it is not printed.

    Returns
    -------
    tuple of (int, float)
        Within the duration the latest first; then a day that is not printed; then, after the duration, the earliest. A
        trial without a printed duration lasts as long as its figures.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ev = load_evidence()  # seven days of treatment
    >>> sorted([math.nan, 90.0, 3.0, 7.0, 14.0], key=lambda day: preference(ev, "friedman2017", day))
    [7.0, 3.0, nan, 14.0, 90.0]
    """
    duration = evidence.keyed("trials")["duration_days"].get(trial_id)
    if math.isnan(day):
        return 1, 0.0
    if pd.notna(duration) and day > duration:
        return 2, day
    return 0, -day


def belong_together(
    evidence: Evidence, candidates: Mapping[str, Candidate], apart: str = "not pooled"
) -> dict[str, Note]:
    """Say which trials cannot be used beside the others, and why.

    Parameters
    ----------
    evidence : Evidence
        The evidence, with pools and their parts, and reports on the same patients.
    candidates : mapping of str to Candidate
        The trials that have a figure, by trial_id.
    apart : str
        How it is said that trials of another time window are left out.

    Returns
    -------
    dict of str to Note
        Trials to leave out, each with the reason (kinds: no variance, same patients, window). First, beside usable
        figures, those that are not; then a pool whose parts are there, and a report on patients of another; then all but
        the time window that most trials have, of equals that of the first trial in the table.
    """
    order = {trial_id: place for place, trial_id in enumerate(evidence.trials["trial_id"])}
    kept = sorted(candidates, key=order.__getitem__)
    left_out: dict[str, Note] = {}
    if any(candidates[trial_id].usable for trial_id in kept):
        reason = NO_VARIANCE
        left_out = {trial_id: reason for trial_id in kept if not candidates[trial_id].usable}
    kept = [trial_id for trial_id in kept if trial_id not in left_out]
    left_out |= _same_patients(evidence, kept)
    kept = [trial_id for trial_id in kept if trial_id not in left_out]
    windows = [candidates[trial_id].window for trial_id in kept]
    best = max(windows, key=windows.count, default="")
    for trial_id, window in zip(kept, windows, strict=True):
        if window != best:
            text = f"time window {window or 'not printed'}, not {best or 'not printed'}: {apart}"
            left_out[trial_id] = Note("window", text)
    return left_out


def _same_patients(evidence: Evidence, trial_ids: Sequence[str]) -> dict[str, Note]:
    """Name the pools whose parts are there, and the reports on patients of another one."""
    twin = evidence.keyed("trials")["same_patients_as"]
    found = {}
    for trial_id in trial_ids:
        parts = sorted(parts_of(evidence, trial_id) & set(trial_ids))
        if parts:
            used = f"part {parts[0]} is" if len(parts) == 1 else f"parts {', '.join(parts)} are"
            found[trial_id] = Note("same patients", f"its {used} used instead")
        elif twin[trial_id] in trial_ids:
            found[trial_id] = Note("same patients", f"the same patients as {twin[trial_id]}")
    return found
