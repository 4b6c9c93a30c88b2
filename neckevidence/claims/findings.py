"""The numbers behind a claim: from a comparison of arms, or from a network of trials."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from neckevidence.claims.claim_rules import ClaimRule, day_of
from neckevidence.comparison.compare import compare
from neckevidence.comparison.network import evidence_network
from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError, NoComparisonError
from neckevidence.data.arms import short_name
from neckevidence.data.evidence import Evidence
from neckevidence.equivalence.limits import Both, Limits, interval_at, rounded_limits
from neckevidence.synthesis.network.analysis import network_meta_analysis

LEVELS = (0.95, 0.90)  # of a difference, and of the two one-sided tests at 5%
UNKNOWN: Limits = (math.nan, math.nan)


class Difference(NamedTuple):
    """One respect in which numbers are not about a claim: ``population``, ``dose``, ``time``, ...; and its words."""

    kind: str
    words: str


@dataclass(frozen=True)
class Finding:
    """Numbers that bear on a claim, with all that limits what they can say.

    Attributes
    ----------
    measure : str
        RR, OR, HR, RD, MD, SMD; ``z`` for a p-value in standard errors; ``share`` of patients or ``votes``, share of trials.
    estimate : float
        Natural scale; NaN where there is none.
    intervals : tuple of ((float, float), (float, float))
        At 95% and 90%: of the figures as used, then of every other end that rounding leaves open.
    facts : tuple of str
        The figures used.
    randomised : bool
        Whether patients were allocated at random between just these two.
    reliable : bool
        Whether no figure used stands in a source of low reliability only.
    differences : tuple of Difference
        In what the numbers are not about the claim.
    said : str
        What the rule says, where it needs more than the intervals; else empty.
    words : str
        The numbers in words, where `measure` and `intervals` do not say them.
    numbers : tuple of float
        The numbers that stand in `words`.
    notes : tuple of str
        What must be said beside them.
    rounding_decides : bool
        Whether the rule gives different answers over the range that rounding leaves open.
    allocation_stated : bool
        False if nothing says how the patients were allocated; `randomised` is then False.
    comparison : Comparison or None
        Where they come from.
    """

    measure: str
    estimate: float
    intervals: tuple[Both, ...]
    facts: tuple[str, ...]
    randomised: bool
    reliable: bool
    differences: tuple[Difference, ...] = ()
    said: str = ""
    words: str = ""
    numbers: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    rounding_decides: bool = False
    allocation_stated: bool = True
    comparison: Comparison | None = field(default=None, repr=False, compare=False)

    @property
    def differs(self) -> tuple[str, ...]:
        """In what the numbers are not about the claim, in words."""
        return tuple(difference.words for difference in self.differences)

    @property
    def interval(self) -> Limits:
        """The interval at 95%, of the figures as used."""
        return self.intervals[0][0] if self.intervals else UNKNOWN

    @property
    def printed(self) -> bool:
        """Whether no count behind it is reconstructed."""
        return self.comparison is None or not any(trial.reconstructed for trial in self.comparison.trials)


def from_comparison(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Compare the two treatments of a claim.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With treatment, control, outcome and measure.

    Returns
    -------
    Finding or None
        None if no trial prints a figure of both.
    """
    result = _compared(evidence, rule, rule.treatment, rule.control)
    return None if result is None else finding_of(evidence, rule, result)


def _compared(evidence: Evidence, rule: ClaimRule, treatment: str, control: str) -> Comparison | None:
    day = day_of(evidence, rule)
    for asked in dict.fromkeys((day, None)):  # the time of the claim first, else whatever time there is
        try:
            return compare(evidence, treatment, control, rule.outcome, rule.measure, asked)
        except NoComparisonError:
            continue
    return None


def finding_of(evidence: Evidence, rule: ClaimRule, result: Comparison) -> Finding:
    """Turn a comparison into a finding for a claim.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        The claim.
    result : Comparison
        The numbers.

    Returns
    -------
    Finding
        With the differences in patients and time that the figures themselves show.
    """
    shown = tuple(interval_at(result, level) for level in LEVELS)
    differences = [*declared(rule), *other_patients(evidence, rule, [trial.region for trial in result.trials])]
    day = day_of(evidence, rule)
    if day is not None and any(trial.day != day for trial in result.trials if not math.isnan(trial.day)):
        differences.append(another("time"))
    facts = result.facts
    return Finding(
        measure=result.measure,
        estimate=float(result.estimate),
        intervals=(shown, *rounded_limits(result, LEVELS)),
        facts=tuple(facts["fact_id"]),
        randomised=result.randomised,
        allocation_stated=result.allocation_stated,
        reliable=bool((facts["reliability"] != "low").all()),
        differences=tuple(dict.fromkeys(differences)),
        notes=result.marks,
        comparison=result,
    )


def from_steps(evidence: Evidence, rule: ClaimRule) -> list[Finding]:
    """Compare the doses of a claim step by step: the lower with the base, then the higher with the lower.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With the higher dose as treatment, the lower as control, and the base below both.

    Returns
    -------
    list of Finding
        The lowest step first; empty if a step has no figure.
    """
    pairs = [(rule.control, rule.base), (rule.treatment, rule.control)]
    results = [_compared(evidence, rule, *pair) for pair in pairs]
    return [finding_of(evidence, rule, result) for result in results if result is not None] if all(results) else []


def from_network(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Compare two treatments through a third that both were tried against.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With treatment, control and base.

    Returns
    -------
    Finding or None
        Not a randomised comparison; None if the two are not connected.
    """
    network = evidence_network(evidence, [rule.treatment, rule.control, rule.base], rule.outcome, rule.measure)
    try:
        inputs = network.part(rule.control)
        fits = [network_meta_analysis(**inputs, reference=rule.control, level=level) for level in LEVELS]
        if rule.treatment not in fits[0].treatments:
            return None
    except NeckevidenceError:  # not connected, or no figure that can be used
        return None
    shown, rounded = [], []
    for fit in fits:
        pair = (rule.treatment, rule.control)
        shown.append((float(fit.ci_low.loc[pair]), float(fit.ci_high.loc[pair])))
        band = network.rounding(fit).set_index(["treatment", "control"])
        rounded.append(_of_pair(band, *pair))
    regions = evidence.keyed("trials").loc[[*network.arms["trial"], *network.contrasts["trial"]], "region"]
    facts = network.facts
    return Finding(
        measure=rule.measure,
        estimate=float(fits[0].estimates.loc[rule.treatment, rule.control]),
        intervals=(tuple(shown), tuple(rounded)),
        facts=tuple(facts["fact_id"]),
        randomised=False,
        reliable=bool((facts["reliability"] != "low").all()),
        differences=tuple(dict.fromkeys([*declared(rule), *other_patients(evidence, rule, regions)])),
        notes=(f"indirect, through {short_name(evidence, rule.base)}: patients of different trials",),
    )


def _of_pair(band: pd.DataFrame, treatment: str, control: str) -> Limits:
    """Return the outermost limits of a pair, turned round if the table has it the other way."""
    if (treatment, control) in band.index:
        row = band.loc[(treatment, control)]
        return float(row["ci_low_least"]), float(row["ci_high_most"])
    row = band.loc[(control, treatment)]
    return -float(row["ci_high_most"]), -float(row["ci_low_least"])


def another(kind: str) -> Difference:
    """Return a difference of a kind, said in the plainest words."""
    return Difference(kind, f"another {kind}")


def declared(rule: ClaimRule) -> list[Difference]:
    """Return the differences that the register names."""
    return [another(kind) for kind in rule.differs_in.split(";") if kind]


def other_patients(evidence: Evidence, rule: ClaimRule, regions: Iterable[str]) -> list[Difference]:
    """Say which patients the numbers are about, where they are not those of the claim."""
    codes = ["" if pd.isna(region) else str(region) for region in regions]
    return [Difference("population", words) for words in evidence.question.differing(rule.applies_to, codes)]
