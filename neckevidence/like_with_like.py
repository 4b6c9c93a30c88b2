"""Which of the effects found belong together: one time a trial, one time window, no patients twice."""

from __future__ import annotations

import math

import pandas as pd

from neckevidence.arms import parts_of
from neckevidence.evidence import Evidence
from neckevidence.trial_effect import TrialEffect


def at_one_time(
    evidence: Evidence, found: dict[str, list[TrialEffect]], day: float | None
) -> tuple[list[TrialEffect], list[str]]:
    """Choose one time for each trial: the latest within its duration, else the first after it.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    found : dict of str to list of TrialEffect
        Effects by trial.
    day : float or None
        The day asked for; trials without it drop out.

    Returns
    -------
    chosen : list of TrialEffect
        One a trial.
    notes : list of str
        Which other days have figures.
    """
    if day is not None:
        return [effect for effects in found.values() for effect in effects if effect.day == day], []
    lasts = evidence.keyed("trials")["duration_days"]
    chosen, notes = [], []
    for trial_id, effects in found.items():
        limit = lasts[trial_id] if pd.notna(lasts[trial_id]) else math.inf
        within = [effect for effect in effects if not effect.day > limit]
        pick = max(within, key=_day) if within else min(effects, key=_day)
        chosen.append(pick)
        others = sorted(effect.day for effect in effects if effect is not pick and effect.day >= 0)
        if others and pick.day >= 0:
            also = ", ".join(f"{value:g}" for value in others)
            notes.append(f"{pick.label}: day {pick.day:g} is shown; there are also figures for day {also}")
    return chosen, notes


def _day(effect: TrialEffect) -> float:
    return -1.0 if math.isnan(effect.day) else effect.day


def poolable(evidence: Evidence, effects: list[TrialEffect]) -> tuple[list[TrialEffect], list[tuple[TrialEffect, str]]]:
    """Leave out pools whose parts are there, and all but the best-filled time window.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    effects : list of TrialEffect
        One a trial.

    Returns
    -------
    used : list of TrialEffect
        Those that belong together.
    left_out : list of (TrialEffect, str)
        The others, each with the reason.
    """
    present = {effect.trial_id for effect in effects}
    same_patients = evidence.keyed("trials")["same_patients_as"]
    used, left_out = [], []
    for effect in effects:
        parts = sorted(parts_of(evidence, effect.trial_id) & present)
        if parts:
            left_out.append((effect, f"its part {', '.join(parts)} is used instead"))
        elif same_patients[effect.trial_id] in present:
            left_out.append((effect, f"the same patients as {same_patients[effect.trial_id]}"))
        else:
            used.append(effect)
    if len(used) > 1:
        windows = [effect.window for effect in used]
        best = max(windows, key=windows.count)
        left_out += [
            (effect, f"time window {effect.window or 'not printed'}, not {best or 'not printed'}: not pooled")
            for effect in used
            if effect.window != best
        ]
        used = [effect for effect in used if effect.window == best]
    if len(used) > 1 and any(effect.can_be_pooled for effect in used):
        left_out += [
            (effect, "the figures give no variance: not pooled") for effect in used if not effect.can_be_pooled
        ]
        used = [effect for effect in used if effect.can_be_pooled]
    return used, left_out
