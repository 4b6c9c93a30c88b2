"""How certain the numbers behind a claim are: GRADE where they come from arms, plain rules where they stand in print."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from neckevidence.claims.claim_rules import ClaimRule, margin_of
from neckevidence.claims.findings import Difference, Finding
from neckevidence.claims.rules import OPEN
from neckevidence.comparison.result import Comparison
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import ANY
from neckevidence.grade.certainty import LEVELS, Certainty, certainty

CertaintyOf = Callable[[Comparison], Certainty]


class Rated(NamedTuple):
    """The certainty of a finding: its level (None where nothing can be rated), why it is not high, and the whole judgement.

    The judgement is None for numbers that stand in print as they are, which have rules of their own.
    """

    level: str | None
    reasons: tuple[str, ...]
    judgement: Certainty | None = None


def rated(evidence: Evidence, rule: ClaimRule, finding: Finding, certainty_of: CertaintyOf | None = None) -> Rated:
    """Rate the certainty of a finding.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        The claim: its margin, and whose it is.
    finding : Finding
        Its numbers.
    certainty_of : callable, optional
        Rates a comparison in place of `certainty`.

    Returns
    -------
    Rated
        ``high``, ``moderate``, ``low`` or ``very low``; None for a count of trials, which has no sampling error.

    Notes
    -----
    Numbers from arms are rated by `certainty` and nothing else, with the margin of the claim, the population that it is about,
    and what else the numbers differ in from it. Numbers that stand in print as they are start high if randomised or a share
    of a cohort (GRADE for prognosis: Iorio et al. 2015, BMJ 350:h870), else low; one level down because the risk of bias of
    the trials behind them was not rated here, one or two for one or more differences from the claim, one if the interval is
    missing or leaves the answer open. What the source itself rates is never rated higher.
    """
    if finding.measure == "trials":
        return Rated(None, ())
    if finding.comparison is not None:
        if certainty_of is None:
            region = ANY if evidence.question.population is None else rule.applies_to or ANY
            differs = [difference.words for difference in unseen(finding)]
            found = certainty(evidence, finding.comparison, margin_of(evidence, rule), region=region, differs=differs)
        else:
            found = certainty_of(finding.comparison)
        return Rated(found.level, found.reasons, found)
    return Rated(*_printed(evidence, finding))


def unseen(finding: Finding) -> list[Difference]:
    """Return the differences that rating a comparison does not see: all but those of the patients."""
    return [one for one in finding.differences if one.kind != "population"]


def _printed(evidence: Evidence, finding: Finding) -> tuple[str, tuple[str, ...]]:
    down = {"risk of bias of the trials not rated here": 1}
    place = LEVELS.index("high" if finding.randomised else "low")
    if finding.differs:
        down["not about the claim itself"] = min(2, len(finding.differs))
    if _leaves_open(finding):
        down["the interval is missing or leaves the answer open"] = 1
    place = max(0, place - sum(down.values()))
    start = () if finding.randomised else ("not randomised: starts low",)
    reasons = (*start, *(f"{reason} (\u2212{levels})" for reason, levels in down.items()))
    own = called(evidence, finding)
    if own and place > LEVELS.index(own):
        return own, (*reasons, f"the source itself calls it {own}")
    return LEVELS[place], reasons


def called(evidence: Evidence, finding: Finding) -> str:
    """Return the lowest certainty that the sources of a printed result give it themselves; empty if they give none."""
    table = evidence.reported
    found = set(table.loc[table["fact_id"].isin(finding.facts), "certainty"].dropna())
    return min(found, key=LEVELS.index, default="")


def _leaves_open(finding: Finding) -> bool:
    return finding.said == OPEN or math.isnan(finding.interval[0])
