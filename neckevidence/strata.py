"""Responders by drowsiness: what the printed strata give within an arm, what is missing, and what they cannot say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from neckevidence.arm_counts import ArmCount, arm_count
from neckevidence.arms import arm_row
from neckevidence.effects.counts import INTERVAL_RULES, point_estimate, score_interval
from neckevidence.errors import NeckevidenceError, NoComparisonError
from neckevidence.evidence import Evidence
from neckevidence.numbers import interval_text

NOT_CAUSAL = (
    "The strata were formed after randomisation, by something that the drug itself brings about: who becomes drowsy is not "
    "drawn by lot, and patients who do may differ from those who do not in dose taken, breakdown of the drug, sleep and "
    "severity.",
    "A difference between drowsy and not drowsy patients of one arm is therefore an association among treated patients, "
    "not an effect of drowsiness, and not an effect of the drug in either stratum.",
    "Placebo strata would allow the contrast to be computed, but not to be read as an effect: those who stay awake on the "
    "drug and those who stay awake on placebo are not the same kind of patient, since some of the latter would be drowsy on "
    "the drug.",
    "The effect in patients who would be drowsy under neither treatment (a principal stratum: Frangakis and Rubin 2002, "
    "Biometrics 58:21) is a fair question, but nobody knows who they are; it needs assumptions that these figures cannot "
    "test.",
    "An interval that includes no difference does not show that relief is independent of drowsiness; and drowsiness can tell "
    "a patient which treatment it is, and so change the rating.",
)
_STRATA = ("not_drowsy", "drowsy")


@dataclass(frozen=True)
class StratumContrast:
    """Responders of one arm who are not drowsy against those who are; positive: more among the not drowsy.

    Attributes
    ----------
    trial_id, arm_id, treatment, outcome, timepoint : str
        Where the figures stand.
    events_not_drowsy, n_not_drowsy, events_drowsy, n_drowsy : float
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
    events_not_drowsy: float
    n_not_drowsy: float
    events_drowsy: float
    n_drowsy: float
    difference: float
    ci_low: float
    ci_high: float
    rounding: tuple[float, float] | None
    without_stratum: float


@dataclass(frozen=True, repr=False)
class StrataContrasts:
    """What the strata by drowsiness give, what is missing for the answer, and why they carry no causal claim.

    Attributes
    ----------
    contrasts : tuple of StratumContrast
        One an arm, outcome and time.
    missing : tuple of str
        Strata that would be needed and are not printed.
    gaps : DataFrame
        Rows of the table of gaps that would settle the claims on relief and drowsiness: where the figures should stand.
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
    missing: tuple[str, ...]
    gaps: pd.DataFrame = field(compare=False)
    why_not_causal: tuple[str, ...]
    level: float
    notes: tuple[str, ...]
    facts: pd.DataFrame = field(compare=False)

    def __repr__(self) -> str:
        both = [one for one in self.contrasts if not math.isnan(one.difference)]
        numbers = "; ".join(f"{one.trial_id} {one.arm_id}: {_numbers(one, self.level)}" for one in both)
        return f"<StrataContrasts {numbers or 'no arm with both strata'}; {len(self.missing)} strata missing>"

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
            "missing": list(self.missing),
            "gaps": self.gaps.to_dict("records"),
            "why_not_causal": list(self.why_not_causal),
            "level": self.level,
            "notes": list(self.notes),
        }

    def summary(self) -> str:
        """Return the result in a few lines: contrasts, what is missing and where it should stand, what it cannot say."""
        lines = ["Responders who are not drowsy against those who are, within one arm:"]
        lines += [f"  {one.trial_id}, {one.treatment}: {_numbers(one, self.level)}" for one in self.contrasts]
        lines += ["Missing for the answer:", *(f"  {text}" for text in self.missing)]
        lines += [
            f"  {gap.gap_id}: {gap.what_is_missing} ({gap.where_it_should_stand})" for gap in self.gaps.itertuples()
        ]
        lines += ["Why no causal claim:", *(f"  {text}" for text in self.why_not_causal)]
        return "\n".join(lines + [f"  * {note}" for note in self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        return (
            f"Within each arm, responders with and without drowsiness were contrasted as a risk difference "
            f"({INTERVAL_RULES['RD']}, {100 * self.level:g}%); strata formed after randomisation are described only."
        )


def strata_contrasts(evidence: Evidence, level: float = 0.95) -> StrataContrasts:
    """Contrast the responders of the strata by drowsiness within each arm, and list what is missing for the answer.

    Parameters
    ----------
    evidence : Evidence
        The evidence, with its table of strata.
    level : float
        Confidence level.

    Returns
    -------
    StrataContrasts
        The difference is not drowsy minus drowsy.

    Raises
    ------
    NoComparisonError
        If the evidence has no strata.
    NeckevidenceError
        If the level is not between 0 and 1, or a stratum is printed twice.

    Notes
    -----
    The question "does the drug help those whom it does not make drowsy?" needs the not drowsy stratum of drug and placebo;
    "does relief depend on drowsiness?" needs all four. Each arm of a trial (or pool) that prints a stratum is listed with
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
        raise NoComparisonError("the evidence has no strata by drowsiness: its table of strata is empty")
    keys = ["trial_id", "arm_id", "outcome", "timepoint"]
    table = table.assign(timepoint=table["timepoint"].fillna(""))
    twice = table[table.duplicated([*keys, "stratum"])]
    if len(twice):
        row = twice.iloc[0]
        raise NeckevidenceError(f"{row['trial_id']}, {row['arm_id']}: the stratum {row['stratum']} is printed twice")
    contrasts = tuple(_contrast(evidence, rows, level) for _, rows in table.groupby(keys, sort=False))
    return StrataContrasts(
        contrasts=contrasts,
        missing=tuple(_missing(evidence, table)),
        gaps=_gaps(evidence, table),
        why_not_causal=NOT_CAUSAL,
        level=level,
        notes=tuple(dict.fromkeys(table["note"].dropna())),
        facts=evidence.facts(list(table["fact_id"])),
    )


def _contrast(evidence: Evidence, rows: pd.DataFrame, level: float) -> StratumContrast:
    first = rows.iloc[0]
    arm = arm_row(evidence, first["trial_id"], first["arm_id"])
    # The denominator of a stratum is never that of its arm: without one of its own it gives no count.
    counts = {row.stratum: arm_count(evidence, row) for row in rows[rows["n"].notna()].itertuples()}
    counts = {stratum: count for stratum, count in counts.items() if count.counted}
    cells = [_cells(counts.get(stratum)) for stratum in _STRATA]
    numbers, rounding = (math.nan,) * 3, None
    if len(counts) == len(_STRATA):
        ints = [int(cell) for pair in cells for cell in pair]
        numbers = point_estimate("RD", *ints), *score_interval("RD", *ints, level)
        rounding = _rounding(*(counts[stratum] for stratum in _STRATA))
    placed = sum(n for _, n in cells if not math.isnan(n))
    analysed = arm["n_analysed"] if pd.notna(arm["n_analysed"]) else arm["n_randomised"]
    return StratumContrast(
        trial_id=first["trial_id"],
        arm_id=first["arm_id"],
        treatment=f"{arm['treatment_name']} ({first['arm_id']})",
        outcome=first["outcome"],
        timepoint=first["timepoint"],
        events_not_drowsy=cells[0][0],
        n_not_drowsy=cells[0][1],
        events_drowsy=cells[1][0],
        n_drowsy=cells[1][1],
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


def _missing(evidence: Evidence, table: pd.DataFrame) -> list[str]:
    """Name the strata that the arms of these trials lack."""
    texts = []
    for trial_id, rows in table.groupby("trial_id", sort=False):
        arms = evidence.arms
        arms = arms[(arms["trial_id"] == trial_id) & ~arms["is_pooled_over_arms"].fillna(False)]
        for arm in arms.itertuples():
            printed = set(rows.loc[rows["arm_id"] == arm.arm_id, "stratum"])
            lacking = [stratum.replace("_", " ") for stratum in _STRATA if stratum not in printed]
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


def _numbers(one: StratumContrast, level: float) -> str:
    cells = ((one.events_not_drowsy, one.n_not_drowsy), (one.events_drowsy, one.n_drowsy))
    shown = ["not printed" if math.isnan(n) else f"{events:.0f} of {n:.0f}" for events, n in cells]
    difference = interval_text("RD", one.difference, one.ci_low, one.ci_high, level)
    return f"not drowsy {shown[0]}, drowsy {shown[1]}, difference {difference}"
