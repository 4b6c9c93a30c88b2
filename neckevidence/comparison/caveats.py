"""What must be said beside a number, or in place of one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from neckevidence.comparison.trial_effect import TrialEffect
from neckevidence.core.errors import joined
from neckevidence.core.notes import Note
from neckevidence.core.numbers import interval_text
from neckevidence.data.arm_counts import event_rank
from neckevidence.data.arms import ArmPair, arms_named, parts_of, treatment_group
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import QUESTION
from neckevidence.effects.measures import natural
from neckevidence.synthesis.bayes import BayesMetaAnalysis
from neckevidence.synthesis.pairwise import MetaAnalysis

_PRINTED_ONLY = ("HR", "NNT", "NNH", "beta")  # measures of contrasts that compare does not take


def caveats(
    evidence: Evidence,
    treatment: str,
    control: str,
    used: list[TrialEffect],
    pooled: tuple[MetaAnalysis | None, MetaAnalysis | None, BayesMetaAnalysis | None],
    measure: str,
    before: list[Note],
) -> Iterable[Note]:
    """Say what must stand beside the number, the gravest first, each thing once.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatment, control : str
        Codes as asked for.
    used : list of TrialEffect
        The trials behind the number.
    pooled : tuple
        Random effects, common effect and Bayesian result, or None.
    measure : str
        Effect measure.
    before : list of Note
        What the choice of a time has left to say.

    Returns
    -------
    iterable of Note
        Without repetitions.
    """
    random, common, bayes = pooled
    notes = [_allocation(effect) for effect in used if not effect.randomised]
    if any(effect.treatment and not effect.has_interval for effect in used):
        notes.append(Note("no interval", "no interval can be computed from the printed figures"))
    elif any(math.isinf(effect.estimate) or math.isnan(effect.estimate) for effect in used):
        notes.append(Note("open ratio", "an arm without events leaves the ratio open at one end"))
    about = (evidence.question.population_of(effect.region).note for effect in used)
    notes += [Note("population", note) for note in about if note]
    for side in (treatment, control):
        codes = _codes_used(evidence, side, used)
        if len(codes) > 1:
            notes.append(Note("group", f"{side} takes together {', '.join(codes)}"))
    if random is not None and common is not None:
        fits = (common.estimate, common.ci_low, common.ci_high), (random.estimate, *random.wald_interval)
        shown = [interval_text(measure, *(natural(measure, v) for v in fit), random.level) for fit in fits]
        text = f"common effect {shown[0]}; random effects with the plain Wald interval {shown[1]}"
        notes.append(Note("models", text))
        if bayes is not None:
            result = interval_text(measure, *(natural(measure, v) for v in (bayes.estimate, *bayes.ci)), bayes.level)
            few = f"with {len(used)} trials the spread between trials is hardly known; Bayesian random effects "
            notes.append(Note("few trials", f"{few}({bayes.tau_prior}) {result.replace('CI', 'CrI')}"))
        elif len(used) < 4:
            notes.append(Note("few trials", f"with {len(used)} trials the spread between trials is hardly known"))
    notes += _trial_notes(used)
    notes += before + _conflict_notes(evidence, used)
    return dict.fromkeys(notes)


def _allocation(effect: TrialEffect) -> Note:
    """Say that patients were not allocated at random between the arms, or that nothing says how."""
    return Note("allocation", f"not randomised: {effect.reason}" if effect.allocation_stated else effect.reason)


def _trial_notes(used: list[TrialEffect]) -> list[Note]:
    """Give the notes of the trials, one that several share only once."""
    labels: dict[Note, list[str]] = {}
    for effect in used:
        for note in effect.notes:
            labels.setdefault(note, []).append(effect.label)
    return [note.of(joined(names)) for note, names in labels.items()]


def _codes_used(evidence: Evidence, side: str, used: list[TrialEffect]) -> list[str]:
    codes = treatment_group(evidence, side)
    if len(codes) == 1:
        return []
    arms = evidence.arms
    present = set(arms.loc[arms["trial_id"].isin([effect.trial_id for effect in used]), "treatment"].dropna())
    return [code for code in codes if code in present]


def _conflict_notes(evidence: Evidence, used: list[TrialEffect]) -> list[Note]:
    """Name the conflicts that touch the figures used."""
    facts = {fact for effect in used for fact in effect.facts}
    touched: set[str] = set()
    for name in ("counts", "ratings", "means", "reported"):
        table = evidence.table(name)
        touched |= set(table.loc[table["fact_id"].isin(facts), "conflict_id"].dropna())
    conflicts = evidence.keyed("conflicts")
    return [_conflict_text(code, conflicts.loc[code]) for code in sorted(touched)]


def _conflict_text(code: str, row: pd.Series) -> Note:
    both = f"{row['source_a']}: {row['says_a']}; {row['source_b']}: {row['says_b']}"
    return Note("conflict", f"{code} ({row['what']}) {both}. How it is used: {row['how_to_use']}")


def nothing_found(
    evidence: Evidence,
    treatment: str,
    control: str,
    outcome: str,
    measure: str,
    pairs: list[ArmPair],
    others: Sequence[str] = (),
) -> str:
    """Say that there is no figure, what there is instead, and where the figure should stand.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatment, control, outcome, measure : str
        What was asked for.
    pairs : list of ArmPair
        Trials that hold both treatments.
    others : sequence of str
        Measures for which there is a figure of the outcome.

    Returns
    -------
    str
        The message of a `NoComparisonError`.
    """
    labels = evidence.keyed("trials")["label"]
    asked = f"no figure for {treatment} against {control}, {outcome}, as {measure}"
    if not pairs:
        sides = {side: _trials_with(evidence, side) for side in (treatment, control)}
        lists = "; ".join(f"{side} in {', '.join(names) or 'no trial'}" for side, names in sides.items())
        return f"{asked}: no trial holds both ({lists})"
    names = ", ".join(labels[pair.trial_id] for pair in pairs)
    text = f"{asked}: {names} compared them but printed no such figure for both arms"
    if outcome in set(evidence.ratings["outcome"]) and event_rank(evidence, outcome) is None:
        text += (
            f"; it is rated, and {QUESTION} does not say with outcomes.good_from which of its categories begin an event"
        )
    if others:
        text += f"; there is one as {joined(others)}"
    printed = _other_measures(evidence, pairs, outcome)
    if printed:
        text += f"; it is printed as {joined(printed)}, which is shown but not computed with"
    measured = [code for code in _outcomes_of(evidence, pairs) if code != outcome or not others]
    if measured:
        text += f"; figures for both arms are printed for {', '.join(measured)}"
    gaps = evidence.gaps
    ids = {pair.trial_id for pair in pairs}
    ids |= {part for pair in pairs for part in parts_of(evidence, pair.trial_id)}
    for gap in gaps[gaps["study_id"].isin(ids)].itertuples():
        text += f"; {gap.gap_id}: it should stand in {gap.where_it_should_stand}"
    return text


def without_use(evidence: Evidence, pairs: Sequence[ArmPair], outcome: str, measure: str) -> list[Note]:
    """Name the trials that print something of the outcome for these arms, but nothing from which the measure can be had.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    pairs : sequence of ArmPair
        Trials that hold both treatments and give no effect.
    outcome, measure : str
        What was asked for.

    Returns
    -------
    list of Note
        One, of the kind "not used", or none.
    """
    labels = evidence.keyed("trials")["label"]
    names = [str(labels[pair.trial_id]) for pair in pairs if _prints(evidence, pair, outcome)]
    text = f"not used: what is printed of the outcome gives no {measure} of these arms"
    return [Note("not used", text).of(joined(names))] if names else []


def _prints(evidence: Evidence, pair: ArmPair, outcome: str) -> bool:
    """Tell whether a trial prints a number of the outcome for an arm of the pair, or a contrast of its two sides."""
    arms = {*pair.treatment_arms, *pair.control_arms}
    for name in ("counts", "ratings", "means"):
        table = evidence.table(name)
        own = table[(table["trial_id"] == pair.trial_id) & (table["outcome"] == outcome)]
        if own["arm_id"].isin(arms).any():
            return True
    table = evidence.reported
    own = table[(table["outcome"] == outcome) & table["estimate"].notna()]
    return any(True for _ in _contrasts(evidence, own, pair))


def _contrasts(evidence: Evidence, table: pd.DataFrame, pair: ArmPair) -> Iterator[Any]:
    """Yield the published contrasts of a table that are of just these arms."""
    sides = {frozenset(pair.treatment_arms), frozenset(pair.control_arms)}
    own = table[table["trial_id"] == pair.trial_id].dropna(subset=["treatment", "control"])
    for row in own.itertuples():
        if {frozenset(arms_named(evidence, pair.trial_id, code)) for code in (row.treatment, row.control)} == sides:
            yield row


def _trials_with(evidence: Evidence, side: str) -> list[str]:
    arms = evidence.arms
    ids = set(arms.loc[arms["treatment"].isin(treatment_group(evidence, side)), "trial_id"])
    trials = evidence.trials
    return list(trials.loc[trials["trial_id"].isin(ids), "label"])


def _other_measures(evidence: Evidence, pairs: list[ArmPair], outcome: str) -> list[str]:
    """Return the measures, none that is computed with, as which published contrasts of these arms are printed."""
    table = evidence.reported
    own = table[(table["outcome"] == outcome) & table["estimate"].notna() & table["measure"].isin(_PRINTED_ONLY)]
    found = set()
    for pair in pairs:
        found |= {str(row.measure) for row in _contrasts(evidence, own, pair)}
    return sorted(found)


def _outcomes_of(evidence: Evidence, pairs: list[ArmPair]) -> list[str]:
    found = set()
    for pair in pairs:
        for name in ("counts", "ratings", "means"):
            table = evidence.table(name)
            own = table[table["trial_id"] == pair.trial_id]
            sides = [
                set(own.loc[own["arm_id"].isin(arms), "outcome"]) for arms in (pair.treatment_arms, pair.control_arms)
            ]
            found |= sides[0] & sides[1]
    return sorted(found)
