"""One trial's printed figures for a comparison, and the effect they give."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from neckevidence.arm_counts import ArmCount, added, arm_count, responders
from neckevidence.arms import ArmPair
from neckevidence.effects import effect_sizes
from neckevidence.effects.counts import INTERVAL_RULES, point_estimate, score_interval
from neckevidence.effects.means import ArmMean, critical_value, interval_to_se, mean_difference, standard_error
from neckevidence.effects.measures import RATIOS, natural
from neckevidence.effects.rounding import mean_rounding_band, published_rounding_band
from neckevidence.errors import NeckevidenceError
from neckevidence.evidence import Evidence
from neckevidence.identification.low_dose import DoseContrast, reconstruct
from neckevidence.numbers import interval_text

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
        neck, back, mixed or other; empty if not printed.
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
        From counts, else ratings (RR, OR, RD); from means, else a published contrast (all measures).
    """
    readers = (_from_means,) if measure in ("MD", "SMD") else (_from_counts, _from_ratings)
    for reader in (*readers, _from_published):
        found = list(reader(evidence, pair, outcome, measure, level))
        if found:
            yield from found
            return


def _rows(table: pd.DataFrame, pair: ArmPair, outcome: str) -> pd.DataFrame:
    wanted = (
        (table["trial_id"] == pair.trial_id)
        & (table["outcome"] == outcome)
        & table["arm_id"].isin(pair.treatment_arms + pair.control_arms)
    )
    return table[wanted]


def _at_each_time(rows: pd.DataFrame, pair: ArmPair) -> Iterator[tuple[str, list[pd.DataFrame]]]:
    """Yield the times at which all arms have figures, with the rows of each side."""
    for timepoint, group in rows.assign(timepoint=rows["timepoint"].fillna("")).groupby("timepoint", sort=False):
        sides = [group[group["arm_id"].isin(arms)] for arms in (pair.treatment_arms, pair.control_arms)]
        if all(len(side) for side in sides):
            yield str(timepoint), sides


def _best_rows(evidence: Evidence, sides: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Choose among several sources: one that has both sides first, then the more reliable."""
    grade = evidence.keyed("sources")["reliability"].map(_RELIABILITY)
    sources = [sorted(set(side["source_id"]), key=lambda source: (grade[source], source)) for side in sides]
    left, right = min(
        itertools.product(*sources), key=lambda two: (two[0] != two[1], grade[two[0]] + grade[two[1]], two)
    )
    chosen = [side[side["source_id"] == source] for side, source in zip(sides, (left, right), strict=True)]
    return [side.drop_duplicates("arm_id") for side in chosen]


def _from_counts(evidence: Evidence, pair: ArmPair, outcome: str, measure: str, level: float) -> Iterator[TrialEffect]:
    for timepoint, sides in _at_each_time(_rows(evidence.counts, pair, outcome), pair):
        best = _best_rows(evidence, sides)
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
    extra: tuple[str, ...] = (),
) -> TrialEffect:
    left, right = counted
    if not (left.counted and right.counted) and measure in INTERVAL_RULES:
        try:
            found = reconstruct(evidence, pair, outcome, measure, level)
        except NeckevidenceError as why:
            found, extra = None, (*extra, f"nothing is reconstructed: {why}")
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
            notes += ("an arm has no event, or only events: shown with its score interval, not pooled",)
    return _trial_effect(
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
    return _trial_effect(
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
    """Take "good or better" as the event, a missing rating as none, all rated and missing patients as n."""
    for timepoint, sides in _at_each_time(_rows(evidence.ratings, pair, outcome), pair):
        counted = [added([responders(arm) for _, arm in side.groupby("arm_id", sort=False)]) for side in sides]
        sources = tuple(pd.concat(sides)["source_id"])
        extra = ("an event is a rating of good or better; a missing rating counts as none",)
        extra += tuple(_with_header_n(sides, counted, measure, level))
        yield _count_effect(evidence, pair, outcome, measure, level, timepoint, counted, sources, extra)


def _with_header_n(sides: list[pd.DataFrame], counted: list[ArmCount], measure: str, level: float) -> Iterator[str]:
    """Say what the effect would be with the denominators of the header, where the categories do not add up to them."""
    header = [int(side.drop_duplicates("arm_id")["n"].sum()) for side in sides]
    if header == [arm.n for arm in counted]:
        return
    cells = counted[0].events or 0, header[0], counted[1].events or 0, header[1]
    numbers = point_estimate(measure, *cells), *score_interval(measure, *cells, level)
    yield f"with the denominators of the header, {measure} {interval_text(measure, *numbers, level)}"


def _from_means(evidence: Evidence, pair: ArmPair, outcome: str, measure: str, level: float) -> Iterator[TrialEffect]:
    means = evidence.means
    means = means[(means["statistic"] == "mean") & (means["value_relation"] == "=")]
    for timepoint, sides in _at_each_time(_rows(means, pair, outcome), pair):
        best = _best_rows(evidence, sides)
        if any(len(side) != 1 for side in best) or best[0]["scale"].iloc[0] != best[1]["scale"].iloc[0]:
            continue
        rows = [side.iloc[0] for side in best]
        arms = [_arm_mean(row) for row in rows]
        estimate, variance, low, high = mean_difference(arms[0], arms[1], measure, level)
        rules = dict.fromkeys(standard_error(arm)[1] for arm in arms)
        if math.isnan(variance) and _has_published(evidence, pair, outcome, measure):
            continue
        yield _trial_effect(
            evidence,
            pair,
            timepoint,
            tuple(row["source_id"] for row in rows),
            measure=measure,
            estimate=estimate,
            ci_low=low,
            ci_high=high,
            effect=estimate,
            variance=variance,
            treatment=rows[0]["as_printed"],
            control=rows[1]["as_printed"],
            n_treatment=arms[0].n,
            n_control=arms[1].n,
            control_risk=math.nan,
            interval_rule="; ".join(rule for rule in rules if rule),
            rounding=mean_rounding_band(rows, measure, level),
            facts=tuple(row["fact_id"] for row in rows),
            notes=_mean_notes(rows),
        )


def _arm_mean(row: pd.Series) -> ArmMean:
    numbers = {name: row[name] for name in ("sd", "se", "ci_low", "ci_high", "ci_level", "n")}
    return ArmMean(row["value"], **{k: math.nan if pd.isna(v) else float(v) for k, v in numbers.items()})


def _mean_notes(rows: list[pd.Series]) -> tuple[str, ...]:
    notes = []
    for row in rows:
        if pd.notna(row["ci_low"]) and pd.notna(row["ci_high"]):
            middle = (row["ci_low"] + row["ci_high"]) / 2
            if not math.isclose(middle, row["value"], abs_tol=1e-9):
                notes.append(f"{row['arm_id']}: the printed interval is not symmetrical about the mean (rounding)")
    return tuple(notes)


def _has_published(evidence: Evidence, pair: ArmPair, outcome: str, measure: str) -> bool:
    return any(True for _ in _from_published(evidence, pair, outcome, measure, 0.95))


def _from_published(
    evidence: Evidence, pair: ArmPair, outcome: str, measure: str, level: float
) -> Iterator[TrialEffect]:
    """Use a contrast that the report of the trial prints with its interval, converted by its printed level."""
    table = evidence.reported
    own = table[(table["trial_id"] == pair.trial_id) & (table["outcome"] == outcome) & (table["measure"] == measure)]
    for row in own.dropna(subset=["estimate", "ci_low", "ci_high", "ci_level"]).itertuples():
        if row.treatment in pair.treatment_arms and row.control in pair.control_arms:
            turned = False
        elif row.treatment in pair.control_arms and row.control in pair.treatment_arms:
            turned = True
        else:
            continue
        ratio = measure in RATIOS
        values = [math.log(v) if ratio else v for v in (row.estimate, row.ci_low, row.ci_high)]
        scale = 0.01 if measure == "RD" else 1.0  # risk differences are printed in percentage points
        effect, first, second = (scale * (-v if turned else v) for v in values)
        se = interval_to_se(min(first, second), max(first, second), row.ci_level)
        half = critical_value(level) * se
        notes = ("the contrast is as published; its arms are not printed with a spread",)
        if row.ci_level != 100 * level:
            notes += (f"the printed {row.ci_level:g}% interval is converted to {100 * level:g}% by its level",)
        yield _trial_effect(
            evidence,
            pair,
            row.timepoint if pd.notna(row.timepoint) else "",
            (row.source_id,),
            measure=measure,
            estimate=natural(measure, effect),
            ci_low=natural(measure, effect - half),
            ci_high=natural(measure, effect + half),
            effect=effect,
            variance=se**2,
            treatment=row.as_printed,
            control="",
            n_treatment=math.nan,
            n_control=math.nan,
            control_risk=math.nan,
            interval_rule="published contrast",
            rounding=published_rounding_band(table.loc[row.Index], level, turned=turned),
            facts=(row.fact_id,),
            notes=notes,
        )


def _trial_effect(
    evidence: Evidence, pair: ArmPair, timepoint: str, sources: tuple[str, ...], **numbers: object
) -> TrialEffect:
    """Fill in what the tables say of the trial, the time and the sources."""
    trial = evidence.keyed("trials").loc[pair.trial_id]
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
        region="" if pd.isna(trial["region"]) else str(trial["region"]),
        notes=tuple(notes),
        **numbers,
    )
