"""Responders by stratum: what the printed strata give within an arm, what is missing, and what they cannot say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from neckevidence.core.errors import NeckevidenceError, NoComparisonError
from neckevidence.core.numbers import interval_text
from neckevidence.data.arm_counts import ArmCount, arm_count
from neckevidence.data.arms import arm_row
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import Strata
from neckevidence.effects.counts import INTERVAL_RULES, point_estimate, score_interval

NOT_CAUSAL = (
    "The strata were formed after randomisation, by something that the treatment itself may bring about: which patients fall "
    "into which stratum is not drawn by lot, and they may differ in much else.",
    "A difference between the strata of one arm is therefore an association among treated patients, not an effect of what the "
    "strata are formed by, and not an effect of the treatment in either stratum.",
    "Strata of the control arm would allow the contrast to be computed, but not to be read as an effect: those who fall into a "
    "stratum under one treatment and under another are not the same kind of patient.",
    "The effect in patients who would fall into the same stratum under either treatment (a principal stratum: Frangakis and "
    "Rubin 2002, Biometrics 58:21) is a fair question, but nobody knows who they are; it needs assumptions that these figures "
    "cannot test.",
    "An interval that includes no difference does not show that the outcome is independent of the stratum.",
)


@dataclass(frozen=True)
class StratumContrast:
    """Responders of one arm in the first stratum against those in the second; positive: more in the first.

    Attributes
    ----------
    trial_id, arm_id, treatment, outcome, timepoint : str
        Where the figures stand.
    events_first, n_first, events_second, n_second : float
        Responders and patients; NaN where the stratum is not printed with its denominator.
    difference, ci_low, ci_high : float
        Risk difference as a share, with Newcombe interval; NaN unless both strata are printed.
    rounding : tuple of float or None
        Range of the difference over all counts that print so, where a stratum is only printed as a percentage.
    without_stratum : float
        Patients analysed in the arm who are in no printed stratum; NaN if their number is not printed.
    """

    trial_id: str
    arm_id: str
    treatment: str
    outcome: str
    timepoint: str
    events_first: float
    n_first: float
    events_second: float
    n_second: float
    difference: float
    ci_low: float
    ci_high: float
    rounding: tuple[float, float] | None
    without_stratum: float


@dataclass(frozen=True, repr=False)
class StrataContrasts:
    """What the strata give, what is missing for the answer, and why they carry no causal claim.

    Attributes
    ----------
    contrasts : tuple of StratumContrast
        One an arm, outcome and time.
    strata : Strata
        The two strata in their order, in codes and words, and what they are formed by.
    missing : tuple of str
        Strata that would be needed and are not printed.
    gaps : DataFrame
        Rows of the table of gaps that would settle the same claims: where the figures should stand.
    why_not_causal : tuple of str
        What no stratum formed after randomisation can say.
    level : float
        Confidence level.
    notes : tuple of str
        Notes of the figures.
    facts : DataFrame
        The printed figures used, with source and place in it.
    """

    contrasts: tuple[StratumContrast, ...]
    strata: Strata
    missing: tuple[str, ...]
    gaps: pd.DataFrame = field(compare=False)
    why_not_causal: tuple[str, ...]
    level: float
    notes: tuple[str, ...]
    facts: pd.DataFrame = field(compare=False)

    def __repr__(self) -> str:
        both = [one for one in self.contrasts if not math.isnan(one.difference)]
        numbers = "; ".join(f"{one.trial_id} {one.arm_id}: {self._numbers(one)}" for one in both)
        return f"<StrataContrasts {numbers or 'no arm with both strata'}; {len(self.missing)} strata missing>"

    @property
    def labels(self) -> tuple[str, str]:
        """The two strata in words."""
        return self.strata.label(self.strata.order[0]), self.strata.label(self.strata.order[1])

    def _numbers(self, one: StratumContrast) -> str:
        cells = ((one.events_first, one.n_first), (one.events_second, one.n_second))
        shown = ["not printed" if math.isnan(n) else f"{events:.0f} of {n:.0f}" for events, n in cells]
        sides = ", ".join(f"{label} {text}" for label, text in zip(self.labels, shown, strict=True))
        difference = interval_text("RD", one.difference, one.ci_low, one.ci_high, self.level)
        return f"{sides}, difference {difference}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row an arm, outcome and time, with the fields of `StratumContrast`."""
        return pd.DataFrame([vars(one) for one in self.contrasts])

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain numbers and text; a number that does not exist is None."""
        rows = [
            {key: None if isinstance(v, float) and math.isnan(v) else v for key, v in vars(one).items()}
            for one in self.contrasts
        ]
        return {
            "contrasts": rows,
            "strata": dict(zip(self.strata.order, self.labels, strict=True)),
            "missing": list(self.missing),
            "gaps": self.gaps.to_dict("records"),
            "why_not_causal": list(self.why_not_causal),
            "level": self.level,
            "notes": list(self.notes),
        }

    def summary(self) -> str:
        """Return the result in a few lines: contrasts, what is missing and where it should stand, what it cannot say."""
        lines = [f"Responders, {' against '.join(self.labels)}, within one arm:"]
        lines += [f"  {one.trial_id}, {one.treatment}: {self._numbers(one)}" for one in self.contrasts]
        lines += ["Missing for the answer:", *(f"  {text}" for text in self.missing)]
        lines += [
            f"  {gap.gap_id}: {gap.what_is_missing} ({gap.where_it_should_stand})" for gap in self.gaps.itertuples()
        ]
        lines += ["Why no causal claim:", *(f"  {text}" for text in self.why_not_causal)]
        return "\n".join(lines + [f"  * {note}" for note in self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        return (
            f"Within each arm, responders were contrasted between strata by {self.strata.by} as a risk difference "
            f"({INTERVAL_RULES['RD']}, {100 * self.level:g}%); strata formed after randomisation are described only."
        )


def strata_contrasts(evidence: Evidence, level: float = 0.95, strata: Strata | None = None) -> StrataContrasts:
    """Contrast the responders of two strata within each arm, and list what is missing for the answer.

    Parameters
    ----------
    evidence : Evidence
        The evidence, with its table of strata.
    level : float
        Confidence level.
    strata : Strata, optional
        Which two strata; by default those of ``question.toml``.

    Returns
    -------
    StrataContrasts
        The difference is the first stratum minus the second.

    Raises
    ------
    NoComparisonError
        If the evidence has no strata.
    NeckevidenceError
        If the level is not between 0 and 1, a stratum is printed twice, or nothing says which two are meant.

    Notes
    -----
    The question "does the treatment help those in the first stratum?" needs that stratum of treatment and control; "does the
    outcome depend on the stratum?" needs all four. Each arm of a trial (or pool) that prints a stratum is listed with
    the strata that it lacks.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> found = strata_contrasts(load_evidence())
    >>> round(found.contrasts[0].difference, 4)
    -0.0366
    >>> found.gaps["gap_id"].tolist()
    ['G04', 'G14']
    """
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    table = evidence.strata
    if table.empty:
        raise NoComparisonError("the evidence has no strata: its table of strata is empty")
    strata = strata or evidence.question.need("strata", "strata")
    keys = ["trial_id", "arm_id", "outcome", "timepoint"]
    table = table.assign(timepoint=table["timepoint"].fillna(""))
    twice = table[table.duplicated([*keys, "stratum"])]
    if len(twice):
        row = twice.iloc[0]
        raise NeckevidenceError(f"{row['trial_id']}, {row['arm_id']}: the stratum {row['stratum']} is printed twice")
    contrasts = tuple(_contrast(evidence, rows, level, strata.order) for _, rows in table.groupby(keys, sort=False))
    return StrataContrasts(
        contrasts=contrasts,
        strata=strata,
        missing=tuple(_missing(evidence, table, strata)),
        gaps=_gaps(evidence, table),
        why_not_causal=strata.why_not_causal or NOT_CAUSAL,
        level=level,
        notes=tuple(dict.fromkeys(table["note"].dropna())),
        facts=evidence.facts(list(table["fact_id"])),
    )


def _contrast(evidence: Evidence, rows: pd.DataFrame, level: float, order: tuple[str, str]) -> StratumContrast:
    first = rows.iloc[0]
    arm = arm_row(evidence, first["trial_id"], first["arm_id"])
    # The denominator of a stratum is never that of its arm: without one of its own it gives no count.
    counts = {row.stratum: arm_count(evidence, row) for row in rows[rows["n"].notna()].itertuples()}
    counts = {stratum: count for stratum, count in counts.items() if count.counted}
    cells = [_cells(counts.get(stratum)) for stratum in order]
    numbers, rounding = (math.nan,) * 3, None
    if set(order) <= set(counts):
        ints = [int(cell) for pair in cells for cell in pair]
        numbers = point_estimate("RD", *ints), *score_interval("RD", *ints, level)
        rounding = _rounding(*(counts[stratum] for stratum in order))
    placed = sum(n for _, n in cells if not math.isnan(n))
    analysed = arm["n_analysed"] if pd.notna(arm["n_analysed"]) else arm["n_randomised"]
    return StratumContrast(
        trial_id=first["trial_id"],
        arm_id=first["arm_id"],
        treatment=f"{arm['treatment_name']} ({first['arm_id']})",
        outcome=first["outcome"],
        timepoint=first["timepoint"],
        events_first=cells[0][0],
        n_first=cells[0][1],
        events_second=cells[1][0],
        n_second=cells[1][1],
        difference=numbers[0],
        ci_low=numbers[1],
        ci_high=numbers[2],
        rounding=rounding,
        without_stratum=float(analysed - placed) if pd.notna(analysed) else math.nan,
    )


def _cells(count: ArmCount | None) -> tuple[float, float]:
    if count is None or count.events is None or count.n is None:
        return math.nan, math.nan
    return float(count.events), float(count.n)


def _rounding(left: ArmCount, right: ArmCount) -> tuple[float, float] | None:
    if len(left.possible) == len(right.possible) == 1:
        return None
    low = point_estimate("RD", min(left.possible), left.n or 0, max(right.possible), right.n or 0)
    return low, point_estimate("RD", max(left.possible), left.n or 0, min(right.possible), right.n or 0)


def _missing(evidence: Evidence, table: pd.DataFrame, strata: Strata) -> list[str]:
    """Name the strata that the arms of these trials lack."""
    texts = []
    for trial_id, rows in table.groupby("trial_id", sort=False):
        arms = evidence.arms
        arms = arms[(arms["trial_id"] == trial_id) & ~arms["is_pooled_over_arms"].fillna(False)]
        for arm in arms.itertuples():
            printed = set(rows.loc[rows["arm_id"] == arm.arm_id, "stratum"])
            lacking = [strata.label(stratum) for stratum in strata.order if stratum not in printed]
            if lacking:
                name = f"{arm.treatment_name} ({arm.arm_id})" if arm.treatment_name != arm.arm_id else arm.arm_id
                word = "strata" if len(lacking) > 1 else "stratum"
                texts.append(f"{trial_id}, {name}: {word} {' and '.join(lacking)}")
    return texts


def _gaps(evidence: Evidence, table: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps of the documents that print strata, and all that would settle the same claims."""
    gaps, links = evidence.gaps, evidence.gap_claims
    own = gaps.loc[gaps["study_id"].isin({*table["source_id"], *table["trial_id"]}), "gap_id"]
    claims = links.loc[links["gap_id"].isin(own), "claim_id"]
    wanted = {*own, *links.loc[links["claim_id"].isin(claims), "gap_id"]}
    return gaps[gaps["gap_id"].isin(wanted)].reset_index(drop=True)
