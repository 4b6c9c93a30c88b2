"""Which of the effects found belong together: one time a trial, one time window, one scale, no patients twice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from neckevidence.comparison.selection import NO_VARIANCE, Candidate, belong_together, preference
from neckevidence.comparison.trial_effect import TrialEffect
from neckevidence.core.errors import NoComparisonError, joined
from neckevidence.core.notes import Note
from neckevidence.data.evidence import Evidence
from neckevidence.data.scales import same_scale


def at_one_time(
    evidence: Evidence, found: Mapping[str, Sequence[TrialEffect]], day: float | None
) -> tuple[list[TrialEffect], list[Note]]:
    """Choose one time for each trial: the latest within its duration, else the first after it.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    found : mapping of str to sequence of TrialEffect
        Effects by trial.
    day : float or None
        The day asked for; trials without it drop out.

    Returns
    -------
    chosen : list of TrialEffect
        One a trial; a time with figures that give more than an estimate comes before one without.
    notes : list of Note
        Which other days have figures.
    """
    chosen, notes = [], []
    for effects in found.values():
        fitting = [effect for effect in effects if day in (None, effect.day)]
        if not fitting:
            continue
        pick = min(fitting, key=lambda effect: (not effect.usable, preference(evidence, effect.trial_id, effect.day)))
        chosen.append(pick)
        others = sorted({effect.day for effect in effects if effect.day >= 0} - {pick.day})
        if others and pick.day >= 0 and day is None:
            also = ", ".join(f"{value:g}" for value in others)
            text = f"{pick.label}: day {pick.day:g} is shown; there are also figures for day {also}"
            notes.append(Note("time", text))
    return chosen, notes


def poolable(evidence: Evidence, effects: list[TrialEffect]) -> tuple[list[TrialEffect], list[tuple[TrialEffect, str]]]:
    """Leave out pools whose parts are there, all but the best-filled time window, and what has no variance beside what has.

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
    reasons = belong_together(evidence, {one.trial_id: Candidate(one.window, one.usable) for one in effects})
    used = [effect for effect in effects if effect.trial_id not in reasons]
    left_out = [(effect, reasons[effect.trial_id]) for effect in effects if effect.trial_id in reasons]
    if len(used) > 1 and any(effect.can_be_pooled for effect in used):
        left_out += [(effect, NO_VARIANCE) for effect in used if not effect.can_be_pooled]
        used = [effect for effect in used if effect.can_be_pooled]
    return used, [(effect, _why(effect) if reason is NO_VARIANCE else reason) for effect, reason in left_out]


def _why(effect: TrialEffect) -> Note:
    """Say why the figures of a trial give no variance."""
    if effect.tables:
        why = f"an arm has no event, or only events, and the {effect.measure} then has no variance"
    elif effect.measure in ("MD", "SMD") and (effect.measure == "MD" or not _unsized(effect)):
        why = "a mean is printed without a spread that gives a standard error"
    elif _unsized(effect):
        why = "the number of patients of an arm is not printed"
    else:
        return NO_VARIANCE
    return Note(NO_VARIANCE.kind, f"{why}: not pooled")


def _unsized(effect: TrialEffect) -> bool:
    """Tell whether the patients of an arm are not printed."""
    return math.isnan(effect.n_treatment) or math.isnan(effect.n_control)


def check_scales(evidence: Evidence, used: Sequence[TrialEffect]) -> list[Note]:
    """Refuse mean differences on several scales; say where a scale is not printed.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its table of scales.
    used : sequence of TrialEffect
        The trials that are to be pooled.

    Returns
    -------
    list of Note
        Which trials do not say their scale, where others do.

    Raises
    ------
    NoComparisonError
        If two trials have mean differences on different scales; standardised ones do not mind.
    """
    if len(used) < 2 or used[0].measure != "MD":
        return []
    known = [effect for effect in used if effect.scale]
    if any(not same_scale(evidence, known[0].scale, effect.scale) for effect in known):
        found = "; ".join(f"{effect.label}: {effect.scale}" for effect in known)
        raise NoComparisonError(
            f"mean differences on different scales are not pooled ({found}); ask for the SMD, or leave trials out by `without`"
        )
    silent = [effect.label for effect in used if not effect.scale]
    if not silent:
        return []
    taken = f"taken as that of the others, {known[0].scale}" if known else "taken as the same for all"
    return [Note("scale", f"the scale of {joined(silent)} is not stated: {taken}")]
