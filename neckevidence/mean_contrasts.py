"""One trial's printed means, or its published contrast, and the effect they give."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from neckevidence.arms import ArmPair
from neckevidence.effects.means import ArmMean, critical_value, interval_to_se, mean_difference, standard_error
from neckevidence.effects.measures import RATIOS, natural
from neckevidence.effects.rounding import mean_rounding_band, published_rounding_band
from neckevidence.evidence import Evidence
from neckevidence.trial_effect import TrialEffect, at_each_time, best_rows, rows_of, trial_effect


def from_means(evidence: Evidence, pair: ArmPair, outcome: str, measure: str, level: float) -> Iterator[TrialEffect]:
    """Yield the difference of two printed means at every time at which both arms have one.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    pair : ArmPair
        The trial and its arms.
    outcome, measure : str
        Checked codes; the measure is MD or SMD.
    level : float
        Confidence level.

    Yields
    ------
    TrialEffect
        Without an interval if no spread is printed, unless the trial prints the contrast itself.
    """
    means = evidence.means
    means = means[(means["statistic"] == "mean") & (means["value_relation"] == "=")]
    for timepoint, sides in at_each_time(rows_of(means, pair, outcome), pair):
        best = best_rows(evidence, sides)
        if any(len(side) != 1 for side in best) or best[0]["scale"].iloc[0] != best[1]["scale"].iloc[0]:
            continue
        rows = [side.iloc[0] for side in best]
        arms = [arm_mean(row) for row in rows]
        estimate, variance, low, high = mean_difference(arms[0], arms[1], measure, level)
        rules = dict.fromkeys(standard_error(arm)[1] for arm in arms)
        if math.isnan(variance) and _has_published(evidence, pair, outcome, measure):
            continue
        yield trial_effect(
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


def arm_mean(row: pd.Series) -> ArmMean:
    """Read a row of the table of means."""
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
    return any(True for _ in from_published(evidence, pair, outcome, measure, 0.95))


def from_published(
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
        yield trial_effect(
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
