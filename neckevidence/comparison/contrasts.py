"""One trial's printed counts or ratings for a comparison, and the effect that its figures give."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from neckevidence.comparison.mean_contrasts import from_means, from_published
from neckevidence.comparison.selection import at_each_time, best_rows
from neckevidence.comparison.trial_effect import Band, TrialEffect, rows_of, trial_effect
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.notes import Note
from neckevidence.core.numbers import interval_text
from neckevidence.data.arm_counts import ArmCount, added, arm_count, event_rank, responders
from neckevidence.data.arms import ArmPair
from neckevidence.data.evidence import Evidence
from neckevidence.effects import effect_sizes
from neckevidence.effects.counts import INTERVAL_RULES, point_estimate, score_interval
from neckevidence.reconstruction.low_dose import DoseContrast, reconstruct


def trial_effects(evidence: Evidence, pair: ArmPair, outcome: str, measure: str, level: float) -> Iterator[TrialEffect]:
    """Yield the effect of one trial at every time at which it prints figures for both arms.

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

    Yields
    ------
    TrialEffect
        From counts, else ratings (RR, OR, RD); from means, else a published contrast (all measures). Figures that give no
        more than an estimate come last.
    """
    readers = (from_means,) if measure in ("MD", "SMD") else (_from_counts, _from_ratings)
    bare: list[TrialEffect] = []
    for reader in (*readers, from_published):
        found = list(reader(evidence, pair, outcome, measure, level))
        if any(effect.usable for effect in found):
            yield from found
            return
        bare = bare or found
    yield from bare


def _from_counts(evidence: Evidence, pair: ArmPair, outcome: str, measure: str, level: float) -> Iterator[TrialEffect]:
    for timepoint, sides in at_each_time(rows_of(evidence.counts, pair, outcome), pair):
        best = best_rows(evidence, sides)
        asked = set(best[0]["ascertainment"].dropna()) | set(best[1]["ascertainment"].dropna())
        if len(asked) > 1:
            continue  # asked for on one side, reported spontaneously on the other: not the same outcome
        counted = [added([arm_count(evidence, row) for row in side.itertuples()]) for side in best]
        sources = tuple(pd.concat(best)["source_id"])
        yield _count_effect(evidence, pair, outcome, measure, level, timepoint, counted, sources)


def _count_effect(
    evidence: Evidence,
    pair: ArmPair,
    outcome: str,
    measure: str,
    level: float,
    timepoint: str,
    counted: list[ArmCount],
    sources: tuple[str, ...],
    extra: tuple[Note, ...] = (),
) -> TrialEffect:
    left, right = counted
    if not (left.counted and right.counted) and measure in INTERVAL_RULES:
        try:
            found = reconstruct(evidence, pair, outcome, measure, level)
        except NeckevidenceError as why:
            found, extra = None, (*extra, Note("not reconstructed", f"nothing is reconstructed: {why}"))
        if found is not None:
            return _reconstructed_effect(evidence, pair, found, timepoint, sources)
    notes = left.notes + right.notes + extra
    low = high = effect = variance = math.nan
    rounding, tables = None, ()
    counted_both = left.counted and right.counted
    if not counted_both:
        estimate = point_estimate(measure, left.percent, 100, right.percent, 100)
    else:
        cells = (left.events, left.n, right.events, right.n)
        estimate = point_estimate(measure, *cells)
        low, high = score_interval(measure, *cells, level)
        pooled = effect_sizes(
            measure,
            events_treatment=cells[0],
            n_treatment=cells[1],
            events_control=cells[2],
            n_control=cells[3],
        )
        effect, variance = float(pooled[0]), float(pooled[1])
        rounding = _rounding_band(measure, left, right, level)
        every = ((a, left.n, c, right.n) for a in left.possible for c in right.possible)
        tables = (cells, *(table for table in every if table != cells))
        if math.isnan(variance):
            text = "an arm has no event, or only events: shown with its score interval, not pooled"
            notes += (Note("no variance", text),)
    return trial_effect(
        evidence,
        pair,
        timepoint,
        sources,
        measure=measure,
        estimate=estimate,
        ci_low=low,
        ci_high=high,
        effect=effect,
        variance=variance,
        treatment=_shown(left) if counted_both else left.as_printed,
        control=_shown(right) if counted_both else right.as_printed,
        n_treatment=left.n if left.n is not None else math.nan,
        n_control=right.n if right.n is not None else math.nan,
        control_risk=right.events / right.n if counted_both else right.percent / 100,
        interval_rule=INTERVAL_RULES[measure],
        rounding=rounding,
        facts=left.facts + right.facts,
        notes=notes,
        tables=tables,
    )


def _reconstructed_effect(
    evidence: Evidence, pair: ArmPair, found: DoseContrast, timepoint: str, sources: tuple[str, ...]
) -> TrialEffect:
    """Use arm sizes and counts that no source prints, but that all printed figures together leave as possible."""
    cells = found.events_treatment, found.n_treatment, found.events_control, found.n_control
    effect, variance = effect_sizes(
        found.measure, events_treatment=cells[0], n_treatment=cells[1], events_control=cells[2], n_control=cells[3]
    )
    return trial_effect(
        evidence,
        pair,
        timepoint,
        sources,
        measure=found.measure,
        estimate=found.estimate,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        effect=float(effect),
        variance=float(variance),
        treatment=f"{cells[0]} / {cells[1]} (reconstructed)",
        control=f"{cells[2]} / {cells[3]} (reconstructed)",
        n_treatment=cells[1],
        n_control=cells[3],
        control_risk=cells[2] / cells[3],
        interval_rule=f"{INTERVAL_RULES[found.measure]}, on reconstructed counts",
        rounding=found.band,
        facts=found.facts,
        notes=found.notes,
        tables=(cells, *(table for table in found.tables if table != cells)),
        reconstructed=True,
    )


def _shown(arm: ArmCount) -> str:
    """Write events of patients; a count that is only known as a range is shown as that range."""
    low, high = min(arm.possible), max(arm.possible)
    return f"{low if low == high else f'{low} to {high}'} / {arm.n}"


def _rounding_band(measure: str, left: ArmCount, right: ArmCount, level: float) -> dict[str, Band]:
    """Recompute the effect for every pair of counts that prints as the source prints it."""
    results = []
    # The effect rises with the events on the left and falls with those on the right, and so do its limits:
    # the two corners of the set of counts hold the extremes.
    for a, c in ((min(left.possible), max(right.possible)), (max(left.possible), min(right.possible))):
        interval = score_interval(measure, a, int(left.n or 0), c, int(right.n or 0), level)
        results.append((point_estimate(measure, a, left.n or 0, c, right.n or 0), *interval))
    names = ("estimate", "ci_low", "ci_high")
    return {name: (min(values), max(values)) for name, values in zip(names, zip(*results, strict=True), strict=True)}


def _from_ratings(evidence: Evidence, pair: ArmPair, outcome: str, measure: str, level: float) -> Iterator[TrialEffect]:
    """Take a rating from the question's category on as the event, a missing one as none, all patients as n."""
    rank = event_rank(evidence, outcome)
    if rank is None:
        return
    word = evidence.question.outcomes.good_from.replace("_", " ")
    for timepoint, sides in at_each_time(rows_of(evidence.ratings, pair, outcome), pair):
        counted = [added([responders(arm, rank) for _, arm in side.groupby("arm_id", sort=False)]) for side in sides]
        sources = tuple(pd.concat(sides)["source_id"])
        extra = (Note("rating", f"an event is a rating of {word} or better; a missing rating counts as none"),)
        extra += tuple(_with_header_n(sides, counted, measure, level))
        yield _count_effect(evidence, pair, outcome, measure, level, timepoint, counted, sources, extra)


def _with_header_n(sides: list[pd.DataFrame], counted: list[ArmCount], measure: str, level: float) -> Iterator[Note]:
    """Say what the effect would be with the denominators of the header, where the categories do not add up to them."""
    header = [int(side.drop_duplicates("arm_id")["n"].sum()) for side in sides]
    if header == [arm.n for arm in counted]:
        return
    cells = counted[0].events or 0, header[0], counted[1].events or 0, header[1]
    numbers = point_estimate(measure, *cells), *score_interval(measure, *cells, level)
    text = f"with the denominators of the header, {measure} {interval_text(measure, *numbers, level)}"
    yield Note("header", text)
