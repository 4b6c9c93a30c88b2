"""What one trial prints of an outcome for several treatments: its arms, or its published contrasts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from neckevidence.comparison.contrasts import trial_effects
from neckevidence.comparison.like_with_like import at_one_time
from neckevidence.comparison.mean_contrasts import arm_mean, as_stated
from neckevidence.comparison.selection import best_rows, preference
from neckevidence.comparison.trial_effect import TrialEffect, not_traced_note, reliability_note
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.notes import Note
from neckevidence.data.arm_counts import added, arm_count
from neckevidence.data.arms import ArmPair
from neckevidence.data.evidence import Evidence
from neckevidence.effects.means import critical_value, standard_error
from neckevidence.effects.measures import RATIOS
from neckevidence.effects.rounding import Band, arm_band
from neckevidence.reconstruction.low_dose import reconstruct

_LEVEL = 0.95  # any level gives the same standard error
Arms = dict[str, tuple[str, ...]]  # arm ids of one trial by treatment of the network


@dataclass(frozen=True)
class TrialFigures:
    """What one trial gives, at one time.

    Attributes
    ----------
    window : str
        Time window.
    arms, contrasts : tuple of dict
        Rows of the tables of `EvidenceNetwork`; one of the two is empty.
    notes : tuple of Note
        Rules that were used and doubts.
    scale : str
        Scale of the means; empty if not printed, and for risks.
    """

    window: str
    arms: tuple[dict[str, Any], ...] = ()
    contrasts: tuple[dict[str, Any], ...] = ()
    notes: tuple[Note, ...] = ()
    scale: str = ""

    @property
    def treatments(self) -> set[str]:
        """All treatments that have a figure."""
        rows = (*self.arms, *self.contrasts)
        return {row["treatment"] for row in rows} | {row["control"] for row in self.contrasts}


def trial_figures(
    evidence: Evidence, trial_id: str, members: Arms, outcome: str, measure: str, day: float | None
) -> TrialFigures | None:
    """Read what a trial prints of an outcome, arms first, else contrasts.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trial_id : str
        The trial.
    members : dict of str to tuple of str
        Its arms that were randomised against each other, by treatment.
    outcome, measure : str
        Checked codes.
    day : float or None
        Only figures of this day.

    Returns
    -------
    TrialFigures or None
        None if fewer than two treatments have a figure that gives an effect and its variance. Of several times the one
        with most treatments is used, then the latest within the duration of the trial, as in `compare`.
    """
    read = _arms_from_means if measure == "MD" else _arms_from_counts
    for window, sides in _times(evidence, trial_id, members, outcome, measure, day):
        found = read(evidence, trial_id, members, outcome, window, sides)
        if found is not None and len(found.arms) > 1:
            return found
    return _published_contrasts(evidence, trial_id, members, outcome, measure, day)


def _times(
    evidence: Evidence, trial_id: str, members: Arms, outcome: str, measure: str, day: float | None
) -> Iterable[tuple[str, dict[str, pd.DataFrame]]]:
    """Yield the time window and the rows of each treatment at each time, the time with most treatments first."""
    table = evidence.counts
    if measure == "MD":
        table = evidence.means
        table = table[(table["statistic"] == "mean") & (table["value_relation"] == "=")]
    every = [arm for arms in members.values() for arm in arms]
    rows = table[(table["trial_id"] == trial_id) & (table["outcome"] == outcome) & table["arm_id"].isin(every)]
    times = evidence.keyed("timepoints")
    found = []
    for timepoint, group in rows.assign(timepoint=rows["timepoint"].fillna("")).groupby("timepoint", sort=False):
        time = times.loc[timepoint] if timepoint in times.index else None
        last = math.nan if time is None else float(time["last_day"])
        window = "" if time is None or pd.isna(time["window"]) else str(time["window"])
        sides = {name: group[group["arm_id"].isin(arms)] for name, arms in members.items()}
        sides = {name: side for name, side in sides.items() if len(side)}
        if len(sides) > 1 and day in (None, last):
            found.append(((-len(sides), preference(evidence, trial_id, last)), window, sides))
    yield from ((window, sides) for _, window, sides in sorted(found, key=lambda item: item[0]))


def _arms_from_counts(
    evidence: Evidence, trial_id: str, members: Arms, outcome: str, window: str, sides: dict[str, pd.DataFrame]
) -> TrialFigures | None:
    best = best_rows(evidence, list(sides.values()))
    if len(set().union(*(set(side["ascertainment"].dropna()) for side in best))) > 1:
        return None  # asked for in one arm, reported spontaneously in another: not the same outcome
    arms = [added([arm_count(evidence, row) for row in side.itertuples()]) for side in best]
    if not all(arm.counted for arm in arms):
        rows = _reconstructed(evidence, trial_id, {name: members[name] for name in sides}, outcome)
        if rows:
            return TrialFigures(window, rows)
    rows = tuple(
        _count_row(trial_id, name, arm.events, arm.n, (min(arm.possible), max(arm.possible)), arm.facts)
        for name, arm in zip(sides, arms, strict=True)
        if arm.counted
    )
    notes = [note.of(trial_id) for arm in arms for note in arm.notes]
    return TrialFigures(window, rows, notes=(*notes, *_reliability(evidence, trial_id, best)))


def _reliability(evidence: Evidence, trial_id: str, sides: Sequence[pd.DataFrame]) -> list[Note]:
    sources = [source for side in sides for source in side["source_id"]]
    text = f"{trial_id}: a source is of low reliability and supports nothing on its own"
    facts = [fact for side in sides for fact in side["fact_id"]]
    notes = [Note(note.kind, text) for note in reliability_note(evidence, sources)]
    return notes + [note.of(trial_id) for note in not_traced_note(evidence, facts)]


def _count_row(
    trial_id: str, name: str, events: Any, n: Any, possible: Band, facts: tuple[str, ...], reconstructed: bool = False
) -> dict[str, Any]:
    row = {"trial": trial_id, "treatment": name, "events": events, "n": n, "events_range": possible}
    return {**row, "reconstructed": reconstructed, "facts": facts}


def _reconstructed(evidence: Evidence, trial_id: str, members: Arms, outcome: str) -> tuple[dict[str, Any], ...]:
    """Return arms with the sizes and counts that the solver finds, if it finds one set only."""
    rows: dict[str, dict[str, Any]] = {}
    for one, other in itertools.pairwise(members):
        try:
            found = reconstruct(
                evidence, ArmPair(trial_id, members[one], members[other], True, ""), outcome, "RR", 0.95
            )
        except NeckevidenceError:
            return ()
        if found is None or found.number != 1:
            return ()
        sides = ((one, found.events_treatment, found.n_treatment), (other, found.events_control, found.n_control))
        for name, events, n in sides:
            rows[name] = _count_row(trial_id, name, events, n, (events, events), found.facts, reconstructed=True)
    return tuple(rows.values())


def _arms_from_means(
    evidence: Evidence, trial_id: str, members: Arms, outcome: str, window: str, sides: dict[str, pd.DataFrame]
) -> TrialFigures | None:
    best = best_rows(evidence, list(sides.values()))
    if any(len(side) != 1 for side in best) or len({side["scale"].iloc[0] for side in best}) > 1:
        return None
    rows, notes = [], []
    for name, side in zip(sides, best, strict=True):
        printed, taken = as_stated(evidence, side.iloc[0])
        arm = arm_mean(printed)
        se, rule = standard_error(arm)
        notes += [note.of(trial_id) for note in taken]
        notes += [Note("standard error", f"{trial_id}, {name}: {rule}")] if rule else []
        if math.isfinite(se):
            open_still = arm_band(printed)
            row = {"trial": trial_id, "treatment": name, "mean": arm.mean, "se": se, "n": arm.n}
            row |= {"mean_range": open_still.mean, "se_range": open_still.se, "reconstructed": False}
            rows.append({**row, "facts": (printed["fact_id"],)})
    scale = best[0]["scale"].iloc[0]
    notes += _reliability(evidence, trial_id, best)
    return TrialFigures(window, tuple(rows), notes=tuple(notes), scale="" if pd.isna(scale) else str(scale))


def _published_contrasts(
    evidence: Evidence, trial_id: str, members: Arms, outcome: str, measure: str, day: float | None
) -> TrialFigures | None:
    """Take the contrasts that a trial prints with an interval, of every pair of its arms."""
    found = []
    for one, other in itertools.combinations(members, 2):
        pair = ArmPair(trial_id, members[one], members[other], True, "")
        usable = [one for one in trial_effects(evidence, pair, outcome, measure, _LEVEL) if one.can_be_pooled]
        chosen, _ = at_one_time(evidence, {trial_id: usable}, day)
        found += [(one, other, effect) for effect in chosen]
    if not found:
        return None
    rows = tuple(_contrast_row(trial_id, *one) for one in found)
    notes = dict.fromkeys(note.of(trial_id) for _, _, effect in found for note in effect.notes)
    return TrialFigures(found[0][2].window, contrasts=rows, notes=tuple(notes), scale=found[0][2].scale)


def _contrast_row(trial_id: str, one: str, other: str, effect: TrialEffect) -> dict[str, Any]:
    se, critical = math.sqrt(effect.variance), critical_value(_LEVEL)
    middle, spread = (effect.effect, effect.effect), (se, se)
    if effect.rounding is not None:
        scale = math.log if effect.measure in RATIOS else float
        middle, high = (tuple(scale(end) for end in effect.rounding[name]) for name in ("estimate", "ci_high"))
        spread = tuple((top - end) / critical for top, end in zip(high, middle, strict=True))
    row = {"trial": trial_id, "treatment": one, "control": other, "effect": effect.effect, "se": se}
    return {**row, "effect_range": middle, "se_range": spread, "facts": effect.facts}
