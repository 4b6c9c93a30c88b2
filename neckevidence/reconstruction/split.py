"""A contrast within one trial, bounded over every split of a percentage that is printed for two trials together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from neckevidence.core.errors import NeckevidenceError, UnknownCodeError
from neckevidence.core.numbers import effect_texts, interval_text, number_text
from neckevidence.data.arm_counts import ArmCount, arm_count
from neckevidence.data.arms import short_name
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import Reconstruction
from neckevidence.effects.counts import INTERVAL_RULES, point_estimate, score_interval
from neckevidence.effects.measures import no_effect
from neckevidence.reconstruction.low_dose import most_even, reconstruct_low_dose
from neckevidence.reconstruction.low_dose_problem import arm_name, arm_of
from neckevidence.reconstruction.solver import Solutions

POINTS = (5.0, 10.0, 15.0)


@dataclass(frozen=True, repr=False)
class SplitBounds:
    """What the contrast within the trial can be, as far as the split of the pooled column leaves it open.

    Attributes
    ----------
    treatment, control, outcome, measure : str
        What is compared.
    trial_id : str
        The trial within which both arms were randomised.
    level : float
        Confidence level of the intervals.
    frame : DataFrame
        One row an assumption on the split: assumption, splits (how many are left), share_low and share_high (per cent
        of the treatment arm in this trial), estimate_low and estimate_high (range of the estimate), ci_low and
        ci_high (union of the intervals), width (of the range of the estimate), estimate_one_sided and
        interval_one_sided (whether all estimates, all intervals lie on one side of no effect).
    even : tuple of float
        Estimate and interval if both trials have the printed share, as nearly as whole numbers allow (with several sets
        of arm sizes: for the most nearly equal arms).
    tip_interval, tip_estimate : float
        Least difference in shares between the trials, in points, at which an interval includes no effect, and at
        which an estimate reaches it; NaN if none does.
    assumptions : tuple of str
        Assumptions behind the arm sizes.
    facts : tuple of str
        The percentages used.
    notes : tuple of str
        What must be said beside the bounds.
    """

    treatment: str
    control: str
    outcome: str
    measure: str
    trial_id: str
    level: float
    frame: pd.DataFrame = field(compare=False)
    even: tuple[float, float, float]
    tip_interval: float
    tip_estimate: float
    assumptions: tuple[str, ...]
    facts: tuple[str, ...]
    notes: tuple[str, ...]

    reconstructed = True

    def __repr__(self) -> str:
        row = self.frame.iloc[0]
        span = " to ".join(effect_texts(self.measure, math.nan, row.estimate_low, row.estimate_high)[1:])
        return (
            f"<SplitBounds {self.treatment} against {self.control}, {self.outcome}: {self.measure} {span} by the split>"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row an assumption on the split."""
        return self.frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the bounds as plain numbers and text; a number that does not exist is None."""
        rows = self.frame.astype(object).where(self.frame.notna(), None).to_dict("records")
        names = ("treatment", "control", "outcome", "measure", "trial_id", "level")
        tips = {name: getattr(self, name) for name in ("tip_interval", "tip_estimate")}
        return {
            **{name: getattr(self, name) for name in names},
            "reconstructed": True,
            "bounds": rows,
            "even": [None if math.isnan(value) else value for value in self.even],
            **{name: None if math.isnan(value) else value for name, value in tips.items()},
            "assumptions": list(self.assumptions),
            "notes": list(self.notes),
        }

    def summary(self) -> str:
        """Return the bounds in a few lines of text."""
        even = interval_text(self.measure, *self.even, self.level)
        lines = [
            f"{self.trial_id}, {self.treatment} against {self.control}, {self.outcome}, by the split of the column:"
        ]
        for row in self.frame.itertuples():
            low, high, first, last = (
                number_text(self.measure, value)
                for value in (row.estimate_low, row.estimate_high, row.ci_low, row.ci_high)
            )
            lines.append(
                f"  {row.assumption}: {row.splits} splits, {self.measure} {low} to {high}, intervals {first} to {last}"
            )
        lines.append(f"  equal shares in both trials would give {even}")
        return "\n".join([*lines, *(f"  * {note}" for note in self.notes)])


def split_bounds(
    evidence: Evidence,
    outcome: str | None = None,
    measure: str = "RR",
    level: float = 0.95,
    points: Sequence[float] = POINTS,
    drop: Iterable[str] = (),
    reconstruction: Reconstruction | None = None,
) -> SplitBounds:
    """Bound a contrast within the trial that randomised both arms, from the columns of a pool of two trials.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    outcome : str, optional
        An outcome printed for the columns; by default that of the reconstruction.
    measure : {"RR", "OR", "RD"}
        Effect measure.
    level : float
        Confidence level of the score intervals.
    points : sequence of float
        Differences, in percentage points, by which the shares in the two trials may differ at most.
    drop : iterable of str
        Assumptions on the arm sizes to do without, see `reconstruct_low_dose`; ``columns_complete`` cannot be dropped,
        since without it the column's patients in each trial are not known.
    reconstruction : Reconstruction, optional
        Which pool, trial, arms and outcome; by default those of ``question.toml``.

    Returns
    -------
    SplitBounds
        Without an assumption on the split; if no patient has the event without being counted under any adverse
        event; and for each of `points`.

    Raises
    ------
    NeckevidenceError
        If nothing says which pool is meant, it prints no such outcome, or an input is impossible.

    Notes
    -----
    The bounds are sharp for the estimate: each end is reached by a split that prints as the columns print it
    (Manski 2003, Partial Identification of Probability Distributions, on bounds without assumptions). Estimate and
    limits rise with the events on the treatment and fall with those on the control, so that the ends stand at the corners.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> split_bounds(load_evidence())
    <SplitBounds CYC5 against CYC10, somnolence: RR 0.00 to 1.49 by the split>
    """
    if measure not in INTERVAL_RULES:
        raise UnknownCodeError("measure", measure, INTERVAL_RULES)
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    for value in points:
        if not 0 <= value <= 100:
            raise NeckevidenceError(f"points must lie between 0 and 100, found {value}")
    drop = (drop,) if isinstance(drop, str) else tuple(drop)
    if "columns_complete" in drop:
        raise NeckevidenceError(
            "columns_complete cannot be dropped here: the column's patients in each trial are unknown"
        )
    of = reconstruction or evidence.question.need("reconstruct", "reconstruction")
    outcome = outcome or of.split or evidence.question.need("reconstruct.split", "outcome")
    columns = (arm_of(evidence, of.pool, name) for name in (of.treatment, of.control))
    column, control = (_column_count(evidence, of.pool, outcome, arm) for arm in columns)
    found = reconstruct_low_dose(evidence, drop, of)
    if found.is_contradiction:
        raise NeckevidenceError(found.summary())
    trials = of.trial_id, _other_trial(evidence, of)
    here, there = (arm_name(trial, arm_of(evidence, trial, of.treatment)) for trial in trials)
    splits = _splits(found, column, of.outcome, here, there)
    rows = [("none", splits), ("counted under any adverse event", splits[splits["within_any"]])]
    rows += [(f"shares at most {p:g} points apart", splits[splits["apart"] <= p + 1e-9]) for p in points]
    frame = pd.DataFrame([_row(name, part, control, measure, level) for name, part in rows])
    n = int(most_even(found)[here])
    even = _even(splits[splits["n"] == n], column, control, measure, level)
    tips = _tips(splits, control, measure, level, even[0])
    return SplitBounds(
        treatment=of.treatment,
        control=of.control,
        outcome=outcome,
        measure=measure,
        trial_id=of.trial_id,
        level=level,
        frame=frame,
        even=even,
        tip_interval=tips[0],
        tip_estimate=tips[1],
        assumptions=tuple(assumption.sentence for assumption in found.assumptions),
        facts=(*column.facts, *control.facts),
        notes=tuple(_notes(evidence, found, of, tips)),
    )


def _column_count(evidence: Evidence, pool: str, outcome: str, arm_id: str) -> ArmCount:
    counts = evidence.counts
    rows = counts[(counts["trial_id"] == pool) & (counts["arm_id"] == arm_id) & (counts["outcome"] == outcome)]
    found = [arm_count(evidence, row) for row in rows.dropna(subset=["n"]).itertuples()]
    if not found or not found[0].counted:
        raise NeckevidenceError(f"counts: {pool}, {arm_id} has no percentage with its n for {outcome!r}")
    return found[0]


def _other_trial(evidence: Evidence, of: Reconstruction) -> str:
    """The other trial whose patients are in the column."""
    pools = evidence.pools
    column = (pools["pool_id"] == of.pool) & (pools["arm_id"] == arm_of(evidence, of.pool, of.treatment))
    parts = set(pools.loc[column, "part_id"]) - {of.trial_id}
    if len(parts) != 1:
        raise NeckevidenceError(
            f"pools: {of.pool}, {of.treatment} must hold {of.trial_id} and one other trial, found {sorted(parts)}"
        )
    return parts.pop()


def _splits(found: Solutions, column: ArmCount, outcome: str, here: str, there: str) -> pd.DataFrame:
    """Every way to share the column's events between the trials, for every set of arm sizes."""
    arms = found.assignments.groupby([here, there], as_index=False)[
        [f"{outcome} in {here}", f"{outcome} in {there}"]
    ].max()
    parts = []
    for n, n_there, any_here, any_there in arms.to_numpy().tolist():
        for pooled in column.possible:
            events = np.arange(max(0, pooled - n_there), min(n, pooled) + 1)
            rest = pooled - events
            parts.append(
                pd.DataFrame(
                    {
                        "n": n,
                        "pooled": pooled,
                        "events": events,
                        "share": 100 * events / n,
                        "apart": np.abs(100 * events / n - 100 * rest / n_there),
                        "within_any": (events <= any_here) & (rest <= any_there),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _corners(part: pd.DataFrame, control: ArmCount) -> list[tuple[int, int, int, int]]:
    """For every arm size the tables with the least and the greatest effect."""
    ends = part.groupby("n")["events"].agg(["min", "max"])
    few, many = min(control.possible), max(control.possible)
    tables = [(int(row["min"]), int(n), many, int(control.n or 0)) for n, row in ends.iterrows()]
    return tables + [(int(row["max"]), int(n), few, int(control.n or 0)) for n, row in ends.iterrows()]


def _row(name: str, part: pd.DataFrame, control: ArmCount, measure: str, level: float) -> dict[str, Any]:
    tables = _corners(part, control)
    estimates = [point_estimate(measure, *table) for table in tables] or [math.nan]
    lows, highs = zip(*([score_interval(measure, *t, level) for t in tables] or [(math.nan, math.nan)]), strict=True)
    low, high, none = min(estimates), max(estimates), no_effect(measure)
    return {
        "assumption": name,
        "splits": len(part),
        "share_low": part["share"].min(),
        "share_high": part["share"].max(),
        "estimate_low": low,
        "estimate_high": high,
        "ci_low": min(lows),
        "ci_high": max(highs),
        "width": high - low,
        "estimate_one_sided": bool(high < none or low > none),
        "interval_one_sided": bool(max(highs) < none or min(lows) > none),
    }


def _even(
    splits: pd.DataFrame, column: ArmCount, control: ArmCount, measure: str, level: float
) -> tuple[float, float, float]:
    """The contrast at the split with the most nearly equal shares, for the counts nearest to the printed percentages."""
    nearest = splits[splits["pooled"] == column.events]
    row = nearest.loc[nearest["apart"].idxmin()]
    table = int(row["events"]), int(row["n"]), int(control.events or 0), int(control.n or 0)
    return (point_estimate(measure, *table), *score_interval(measure, *table, level))


def _tips(splits: pd.DataFrame, control: ArmCount, measure: str, level: float, even: float) -> tuple[float, float]:
    """How far the shares must lie apart before an interval includes no effect, and before an estimate reaches it."""
    none = no_effect(measure)
    below = even < none
    events = min(control.possible) if below else max(control.possible)
    rows = splits.groupby(["n", "events"], as_index=False)["apart"].min().sort_values("apart", ignore_index=True)
    tip_interval = tip_estimate = math.nan
    for row in rows.itertuples():
        table = int(row.events), int(row.n), events, int(control.n or 0)
        estimate = point_estimate(measure, *table)
        if math.isnan(tip_interval):
            low, high = score_interval(measure, *table, level)
            tip_interval = row.apart if (high >= none if below else low <= none) else math.nan
        if estimate >= none if below else estimate <= none:
            return float(tip_interval), float(row.apart)
    return float(tip_interval), tip_estimate


def _notes(evidence: Evidence, found: Solutions, of: Reconstruction, tips: tuple[float, float]) -> Iterable[str]:
    name = short_name(evidence, of.treatment)
    yield (
        f"the split of the {of.document}'s column for {name} between its two trials is not printed: these are bounds, not an "
        "estimate"
    )
    yield "arm sizes are reconstructed, not printed"
    for assumption in found.assumptions:
        yield f"assumed: {assumption.sentence}"
    yield "the union of the intervals holds chance and ignorance: it covers wherever the one at the true split does"
    for tip, what in zip(
        tips, ("an interval can include no difference", "an estimate can reach no difference"), strict=True
    ):
        if not math.isnan(tip):
            yield f"{what} once the shares on {name} in the two trials lie {tip:.1f} points apart"
    counts, label = evidence.counts, evidence.keyed("outcomes").loc[of.outcome, "label"]
    arms = [(trial, arm_of(evidence, trial, of.treatment)) for trial in (of.trial_id, _other_trial(evidence, of))]
    keys = pd.MultiIndex.from_frame(counts[["trial_id", "arm_id"]])
    shares = counts.loc[(counts["outcome"] == of.outcome).to_numpy() & keys.isin(arms), "percent"]
    yield (
        f"for {label} the printed shares on {name} lie {shares.max() - shares.min():.1f} points apart in the two "
        "trials; that does not bound this outcome"
    )
