"""The printed ratings of two arms compared, with missing ratings placed in several ways."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from neckevidence.core.errors import NeckevidenceError, NoComparisonError, UnknownCodeError
from neckevidence.core.numbers import interval_text
from neckevidence.data.arms import arm_pairs, arm_row, check_code
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import check_level
from neckevidence.effects.ordinal import (
    HANDLINGS,
    OrdinalEffects,
    ProportionalOdds,
    ordinal_effects,
    with_missing,
)


@dataclass(frozen=True)
class RatedArm:
    """The printed ratings of one arm: categories from the lowest, their counts, missing ratings, n of the header, conflicts."""

    trial_id: str
    arm_id: str
    categories: tuple[str, ...]
    counts: tuple[int, ...]
    missing: int
    header: int
    facts: tuple[str, ...]
    conflicts: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Patients with and without a rating."""
        return sum(self.counts) + self.missing


def read_arm(evidence: Evidence, trial_id: str, arm_id: str, outcome: str, timepoint: str) -> RatedArm:
    """Read the ratings of one arm at one time.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trial_id, arm_id, outcome, timepoint : str
        Codes, as in the table of ratings.

    Returns
    -------
    RatedArm
        Without a row for missing ratings, those that the header counts beyond the ratings are the missing ones.

    Raises
    ------
    UnknownCodeError, NoComparisonError, NeckevidenceError
        As in `compare_ratings`.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> arm = read_arm(load_evidence(), "cer_1106", "CER15", "medication_helpfulness", "day_4")
    >>> arm.total, arm.header
    (63, 64)
    """
    arms = evidence.arms.query("trial_id == @trial_id")["arm_id"]
    if arm_id not in set(arms):
        raise UnknownCodeError(f"arm of {trial_id}", arm_id, arms)
    rows = evidence.ratings.query("trial_id == @trial_id and arm_id == @arm_id and outcome == @outcome")
    now = rows[(rows["timepoint"] == timepoint).fillna(False)]
    name = f"{trial_id}, {arm_id}, {outcome}"
    if now.empty:
        there = ", ".join(dict.fromkeys(rows["timepoint"].dropna())) or "no time"
        raise NoComparisonError(f"{name}: no ratings at {timepoint}; there are ratings at {there}")
    if now["events"].isna().any():
        blank = ", ".join(now.loc[now["events"].isna(), "category"])
        raise NeckevidenceError(
            f"{name}, {timepoint}: no count is printed for {blank}; the ratings need one a category"
        )
    if now["category"].duplicated().any():
        raise NeckevidenceError(f"{name}, {timepoint}: a category stands there twice (several sources?); one is needed")
    rated = now.dropna(subset=["rating"]).sort_values("rating")
    counts, without = rated["events"].sum(), now.loc[now["rating"].isna(), "events"]
    header = int(now["n"].max()) if now["n"].notna().any() else int(now["events"].sum())
    if now["events"].sum() > header:
        raise NeckevidenceError(
            f"{name}, {timepoint}: the counts add up to {now['events'].sum()}, more than n = {header}"
        )
    missing = int(without.sum()) if len(without) else header - int(counts)
    order = tuple(rated["category"]), tuple(int(count) for count in rated["events"])
    return RatedArm(
        trial_id,
        arm_id,
        *order,
        missing,
        header,
        tuple(now["fact_id"]),
        tuple(sorted(set(now["conflict_id"].dropna()))),
    )


@dataclass(frozen=True, repr=False)
class OrdinalComparison:
    """The ratings of two arms of one trial at one time, with missing ratings handled in each way.

    Attributes
    ----------
    trial_id, treatment_arm, control_arm, outcome, timepoint, level : str, float
        What was asked.
    title : str
        The comparison in plain words.
    randomised : bool
        Whether the two arms were allocated at random.
    categories : tuple of str
        The lowest first.
    missing : tuple of int
        Patients without a rating, treatment and control.
    effects : dict of str to OrdinalEffects
        By handling of missing ratings, see `HANDLINGS`.
    notes : tuple of str
        What must be said beside the numbers.
    facts : DataFrame
        The printed figures used, with source and place in it.
    """

    trial_id: str
    treatment_arm: str
    control_arm: str
    outcome: str
    timepoint: str
    level: float
    title: str
    randomised: bool
    categories: tuple[str, ...]
    missing: tuple[int, int]
    effects: dict[str, OrdinalEffects]
    notes: tuple[str, ...]
    facts: pd.DataFrame = field(compare=False)

    def __repr__(self) -> str:
        return (
            f"<OrdinalComparison {self.trial_id}, {self.timepoint}: {_numbers(self.effects['left out'], self.level)}>"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row a handling of missing ratings: patients, the fields of the model, those of the index."""
        rows = [
            {"missing": name, "n_treatment": sum(one.treatment), "n_control": sum(one.control)}
            | asdict(one.odds)
            | {
                ("index_" if key in ("se", "ci_low", "ci_high") else "") + key: v
                for key, v in asdict(one.index).items()
            }
            for name, one in self.effects.items()
        ]
        return pd.DataFrame(rows)

    def cuts_frame(self) -> pd.DataFrame:
        """Return one row a handling, cut and measure, as in `OrdinalEffects`."""
        return pd.concat([one.cuts.assign(missing=name) for name, one in self.effects.items()], ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain numbers and text; a number that does not exist is None."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("effects", "facts")}
        tables = {"by_missing": self.to_frame(), "cuts": self.cuts_frame()}
        rows = {name: [_plain(row) for row in table.to_dict("records")] for name, table in tables.items()}
        return {key: list(v) if isinstance(v, tuple) else v for key, v in plain.items()} | rows

    def summary(self) -> str:
        """Return the result in a few lines: one a handling, the check of the assumption, notes."""
        lines = [self.title]
        lines += [f"  missing {name}: {_numbers(one, self.level)}" for name, one in self.effects.items()]
        return "\n".join(lines + [f"  * {note}" for note in self.notes])

    def methods(self) -> str:
        """Return the sentences for a Methods section."""
        rules = " / ".join(dict.fromkeys(one.index.rule for one in self.effects.values()))
        return (
            "Ratings were compared by a proportional-odds model (Wald interval), its assumption tested by a "
            f"likelihood-ratio test against separate odds ratios, by the probabilistic index and win odds ({rules}), and "
            "at every cut (RD: Newcombe; RR, OR: Miettinen-Nurminen). Missing ratings: "
            + "; ".join(f"{name}: {text}" for name, text in HANDLINGS.items())
            + "."
        )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in row.items()}


def _numbers(one: OrdinalEffects, level: float) -> str:
    odds, index = one.odds, one.index
    common = interval_text("OR", odds.odds_ratio, odds.ci_low, odds.ci_high, level)
    wins = interval_text("OR", index.win_odds, index.win_odds_low, index.win_odds_high, level)
    return f"common odds ratio {common}, probabilistic index {index.index:.2f}, win odds {wins}"


def compare_ratings(
    evidence: Evidence,
    trial_id: str,
    treatment_arm: str,
    control_arm: str,
    outcome: str,
    timepoint: str,
    level: float = 0.95,
) -> OrdinalComparison:
    """Compare the ratings of two arms of a trial at one time.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trial_id, treatment_arm, control_arm, outcome, timepoint : str
        Codes, as in the table of ratings.
    level : float
        Confidence level.

    Returns
    -------
    OrdinalComparison
        Missing ratings left out, as the worst case, and opposed in both directions.

    Raises
    ------
    UnknownCodeError
        If a code is not in the evidence.
    NoComparisonError
        If an arm has no ratings then; the message says when there are some.
    NeckevidenceError
        If a category has no count, the counts exceed the printed number of patients, or both arms are the same.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> compare_ratings(load_evidence(), "cer_1105", "CER30", "PBO", "medication_helpfulness", "day_4").missing
    (1, 9)
    """
    check_code(evidence, "outcome", outcome)
    check_level(level)
    if treatment_arm == control_arm:
        raise NeckevidenceError(f"treatment and control are the same arm: {treatment_arm}")
    if trial_id not in set(evidence.trials["trial_id"]):
        raise UnknownCodeError("trial", trial_id, evidence.trials["trial_id"])
    left, right = (read_arm(evidence, trial_id, arm, outcome, timepoint) for arm in (treatment_arm, control_arm))
    if left.categories != right.categories:
        raise NeckevidenceError(
            f"{trial_id}: the arms are rated in other categories: {left.categories, right.categories}"
        )

    def effects(more_left: int = 0, more_right: int = 0) -> dict[str, OrdinalEffects]:
        placed = with_missing(left.counts, left.missing + more_left, right.counts, right.missing + more_right)
        return {name: ordinal_effects(*arms, left.categories, level) for name, arms in placed.items()}

    found = effects()
    names = [str(arm_row(evidence, trial_id, arm)["treatment_name"]) for arm in (treatment_arm, control_arm)]
    doses = [f"{name} ({arm})" for name, arm in zip(names, (treatment_arm, control_arm), strict=True)]
    trial, words = evidence.keyed("trials").loc[trial_id], evidence.keyed("outcomes").loc[outcome, "label"]
    when = evidence.keyed("timepoints").loc[timepoint, "label"]
    randomised, reason = _allocation(evidence, trial_id, treatment_arm, control_arm)
    notes = [] if randomised else [f"not a randomised comparison: {reason}"]
    notes += _assumption(found["left out"].odds, level) + _dependence(found) + _headers(left, right, found, effects)
    conflicts = evidence.keyed("conflicts")
    for conflict in sorted({*left.conflicts, *right.conflicts}):
        notes.append(f"{conflict}, {conflicts.loc[conflict, 'what']}: {conflicts.loc[conflict, 'how_to_use']}")
    return OrdinalComparison(
        trial_id=trial_id,
        treatment_arm=treatment_arm,
        control_arm=control_arm,
        outcome=outcome,
        timepoint=timepoint,
        level=level,
        title=f"{trial['label']}, {when}: {doses[0]} against {doses[1]}, {words}",
        randomised=randomised,
        categories=left.categories,
        missing=(left.missing, right.missing),
        effects=found,
        notes=tuple(notes),
        facts=evidence.facts(left.facts + right.facts),
    )


def _allocation(evidence: Evidence, trial_id: str, treatment_arm: str, control_arm: str) -> tuple[bool, str]:
    codes = [arm_row(evidence, trial_id, arm)["treatment"] for arm in (treatment_arm, control_arm)]
    if not any(pd.isna(code) for code in codes):
        for pair in arm_pairs(evidence, *codes):
            if pair.trial_id == trial_id:
                return pair.randomised, pair.reason
    return False, "the two arms are not allocated against each other"


def _assumption(odds: ProportionalOdds, level: float) -> list[str]:
    """Say what the test of proportional odds says, and that it shows no proportionality."""
    if math.isinf(odds.log_odds_ratio):
        return ["no rating of one arm lies below one of the other: the odds ratio has no finite estimate"]
    if not odds.lr_df:
        return ["one cut only: there is no assumption of proportional odds to check"]
    test = f"likelihood-ratio chi-square {odds.lr_statistic:.2f}, df {odds.lr_df}, p = {odds.lr_p_value:.2f}"
    if odds.lr_p_value < 1 - level:
        says = "the odds ratio differs between the cuts: read the cuts, not the common odds ratio"
    else:
        says = "no departure is shown, which does not show that the odds are proportional: see the cuts"
    few = f"; the smallest expected count is {odds.smallest_expected:.1f}, the test is coarse"
    return [f"proportional odds (missing left out): {test}: {says}{few if odds.smallest_expected < 5 else ''}"]


def _dependence(found: dict[str, OrdinalEffects]) -> list[str]:
    """Say whether the handling of missing ratings decides on which side of no difference the interval lies."""
    excludes = [name for name, one in found.items() if one.odds.ci_low > 1 or one.odds.ci_high < 1]
    includes = [name for name, one in found.items() if one.odds.ci_low <= 1 <= one.odds.ci_high]
    if not excludes or not includes:
        return []
    return [
        f"the missing ratings decide: the interval of the common odds ratio excludes no difference with missing ratings "
        f"{', '.join(excludes)}, and includes it with {', '.join(includes)}"
    ]


def _headers(left: RatedArm, right: RatedArm, found: dict, effects: Any) -> list[str]:
    """Say what the patients would do whom a header counts beyond the ratings, were their ratings missing."""
    gaps = [arm.header - arm.total for arm in (left, right)]
    notes = [
        f"{arm.arm_id}: ratings and missing ratings add up to {arm.total}, the header prints {arm.header}; {arm.total} is used"
        for arm, gap in zip((left, right), gaps, strict=True)
        if gap
    ]
    if notes:
        more = effects(*gaps)
        words = [
            f"{name} {more[name].odds.odds_ratio:.2f} instead of {found[name].odds.odds_ratio:.2f}"
            for name in list(HANDLINGS)[1:]
        ]
        notes.append(
            f"with the header's patients as further missing ratings the common odds ratio is {', '.join(words)}"
        )
    return notes
