"""One trial's printed means, or its published contrast, and the effect they give."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from neckevidence.comparison.selection import at_each_time, best_rows, one_a_time
from neckevidence.comparison.trial_effect import TrialEffect, rows_of, trial_effect
from neckevidence.core.notes import Note
from neckevidence.data.arm_counts import arm_size
from neckevidence.data.arms import ArmPair, arms_named
from neckevidence.data.evidence import Evidence
from neckevidence.effects.means import ArmMean, critical_value, interval_to_se, mean_difference, standard_error
from neckevidence.effects.measures import RATIOS, natural
from neckevidence.effects.rounding import mean_rounding_band, published_rounding_band

_USUAL_LEVEL = 95.0


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
        Without an interval if no spread is printed.
    """
    means = evidence.means
    means = means[(means["statistic"] == "mean") & (means["value_relation"] == "=")]
    for timepoint, sides in at_each_time(rows_of(means, pair, outcome), pair):
        best = best_rows(evidence, sides)
        if any(len(side) != 1 for side in best) or best[0]["scale"].iloc[0] != best[1]["scale"].iloc[0]:
            continue
        rows, notes = zip(*(as_stated(evidence, side.iloc[0]) for side in best), strict=True)
        arms = [arm_mean(row) for row in rows]
        estimate, variance, low, high = mean_difference(arms[0], arms[1], measure, level)
        rules = dict.fromkeys(standard_error(arm)[1] for arm in arms)
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
            notes=(*notes[0], *notes[1], *_mean_notes(rows)),
            scale=str(rows[0]["scale"]) if pd.notna(rows[0]["scale"]) else "",
        )


def arm_mean(row: pd.Series) -> ArmMean:
    """Read a row of the table of means."""
    numbers = {name: row[name] for name in ("sd", "se", "ci_low", "ci_high", "ci_level", "n")}
    return ArmMean(row["value"], **{k: math.nan if pd.isna(v) else float(v) for k, v in numbers.items()})


def as_stated(evidence: Evidence, row: pd.Series) -> tuple[pd.Series, tuple[Note, ...]]:
    """Give a row of means the patients, and the level of its interval, that stand elsewhere or nowhere.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    row : Series
        The row.

    Returns
    -------
    row : Series
        With the number analysed in the arm, else the number randomised, if it prints an SD or SE without its patients; with
        the level of its interval, as `with_level` takes it.
    notes : tuple of Note
        What was taken.
    """
    row, notes = with_level(evidence.means, row)
    if pd.notna(row["n"]) or (pd.isna(row["sd"]) and pd.isna(row["se"])):
        return row, notes
    n, taken = arm_size(evidence, row["trial_id"], row["arm_id"])
    return row.where(row.index != "n", pd.NA if n is None else n), (*notes, *taken)


def with_level(table: pd.DataFrame, row: pd.Series) -> tuple[pd.Series, tuple[Note, ...]]:
    """Give a printed interval the level that nothing states.

    Parameters
    ----------
    table : DataFrame
        All rows of the table of figures.
    row : Series
        One of them.

    Returns
    -------
    row : Series
        With 95% if no row of the table states a level; a level that is blank beside others stays unknown.
    notes : tuple of Note
        Says that it was taken so.
    """
    if row[["ci_low", "ci_high"]].isna().all() or table["ci_level"].notna().any():
        return row, ()
    text = f"the level of the interval is not stated; taken as {_USUAL_LEVEL:g}%"
    return row.where(row.index != "ci_level", _USUAL_LEVEL), (Note("level", text),)


def _mean_notes(rows: list[pd.Series]) -> tuple[Note, ...]:
    notes = []
    for row in rows:
        if pd.notna(row["ci_low"]) and pd.notna(row["ci_high"]):
            middle = (row["ci_low"] + row["ci_high"]) / 2
            if not math.isclose(middle, row["value"], abs_tol=1e-9):
                text = "the printed interval is not symmetrical about the mean (rounding)"
                notes.append(Note("asymmetry", f"{row['arm_id']}: {text}"))
    return tuple(notes)


def from_published(
    evidence: Evidence, pair: ArmPair, outcome: str, measure: str, level: float
) -> Iterator[TrialEffect]:
    """Use a contrast that the report of the trial prints with its interval, converted by its level, or with its SE."""
    for row, turned in one_a_time(evidence, _published(evidence, pair, outcome, measure)):
        row, taken = with_level(evidence.reported, row)
        scale = 0.01 if measure == "RD" else 1.0  # risk differences are printed in percentage points
        effect = scale * _analysed(measure, row["estimate"]) * (-1 if turned else 1)
        se = _published_error(measure, row, scale)
        half = critical_value(level) * se
        notes = (Note("published", "the contrast is as published; its arms are not printed with a spread"), *taken)
        if pd.isna(row["ci_low"]):
            notes += (Note("standard error", "the interval is made from the printed standard error"),)
        elif row["ci_level"] != 100 * level:
            text = f"the printed {row['ci_level']:g}% interval is converted to {100 * level:g}% by its level"
            notes += (Note("level", text),)
        yield trial_effect(
            evidence,
            pair,
            row["timepoint"] if pd.notna(row["timepoint"]) else "",
            (row["source_id"],),
            measure=measure,
            estimate=natural(measure, effect),
            ci_low=natural(measure, effect - half),
            ci_high=natural(measure, effect + half),
            effect=effect,
            variance=se**2,
            treatment=row["as_printed"],
            control="",
            n_treatment=math.nan,
            n_control=math.nan,
            control_risk=math.nan,
            interval_rule="published contrast",
            rounding=published_rounding_band(row, level, turned=turned),
            facts=(row["fact_id"],),
            notes=notes,
            scale=str(row["scale"]) if pd.notna(row.get("scale")) else "",
        )


def _published(evidence: Evidence, pair: ArmPair, outcome: str, measure: str) -> Iterator[tuple[pd.Series, bool]]:
    """Yield the printed contrasts of just these arms, and whether each stands the other way round.

    The table names treatments, not arms: a code stands for all arms of the trial that hold it, or a treatment below it.
    """
    table = evidence.reported
    own = table[(table["trial_id"] == pair.trial_id) & (table["outcome"] == outcome) & (table["measure"] == measure)]
    if measure in RATIOS:  # what prints as 0.00 has no logarithm
        own = own[(own[["estimate", "ci_low", "ci_high"]] > 0).all(axis=1)]
    asked = set(pair.treatment_arms), set(pair.control_arms)
    for _, row in own.dropna(subset=["treatment", "control", "estimate"]).iterrows():
        if not math.isfinite(_published_error(measure, with_level(table, row)[0])):
            continue
        named = [set(arms_named(evidence, pair.trial_id, row[side])) for side in ("treatment", "control")]
        first, second = named[0], named[1] - named[0]
        if asked in ((first, second), (second, first)):
            yield row, asked != (first, second)


def _analysed(measure: str, value: float) -> float:
    """Return a printed number on the scale on which it is analysed."""
    return math.log(value) if measure in RATIOS else float(value)


def _published_error(measure: str, row: pd.Series, scale: float = 1.0) -> float:
    """Return the standard error of a printed contrast: from its interval, else as printed; NaN if there is neither.

    That of a ratio is not taken: it does not say whether it is one of the logarithm.
    """
    if row[["ci_low", "ci_high", "ci_level"]].notna().all():
        limits = sorted(scale * _analysed(measure, row[end]) for end in ("ci_low", "ci_high"))
        return interval_to_se(limits[0], limits[1], row["ci_level"])
    bare = row[["ci_low", "ci_high"]].isna().all() and measure not in RATIOS and pd.notna(row["se"])
    return scale * float(row["se"]) if bare else math.nan
