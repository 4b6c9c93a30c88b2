"""How certain the numbers behind a claim are: GRADE where they come from arms, plain rules where they stand in print."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from neckevidence.comparison import Comparison
from neckevidence.evidence import Evidence
from neckevidence.judgement.certainty import LEVELS, Certainty, certainty
from neckevidence.judgement.claim_rules import ClaimRule, margin_of
from neckevidence.judgement.findings import Finding
from neckevidence.judgement.rules import OPEN

Rated = tuple[str | None, tuple[str, ...]]
CertaintyOf = Callable[[Comparison], Certainty]
_WORDS = "(?:certainty|quality|confidence)"
_RATED_LOW = re.compile(
    rf"\b(?:very low|low)(?: to very low)?[- ]{_WORDS}|{_WORDS}(?: is| of)? (?:very low|low)\b", re.I
)


def rated(evidence: Evidence, rule: ClaimRule, finding: Finding, certainty_of: CertaintyOf | None = None) -> Rated:
    """Rate the certainty of a finding.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        The claim: its margin, and whether it is about the neck.
    finding : Finding
        Its numbers.
    certainty_of : callable, optional
        Rates a comparison; by default `certainty` with the margin of the claim.

    Returns
    -------
    level : str or None
        ``high``, ``moderate``, ``low`` or ``very low``; None for a count of trials, which has no sampling error.
    reasons : tuple of str
        Why it is not high.

    Notes
    -----
    Numbers from arms are rated by `certainty`; for a claim about anyone the part of the body does not count. Numbers that stand
    in print as they are start high if randomised or a share of a cohort (GRADE for prognosis: Iorio et al. 2015, BMJ
    350:h870), else low; one level down because the risk of bias of the trials behind them was not rated here, one or two for
    one or more differences from the claim, one if the interval is missing or leaves the answer open. What the source itself
    calls low is never rated higher.
    """
    if finding.measure == "trials":
        return None, ()
    if finding.comparison is not None:
        comparison = finding.comparison
        if rule.applies_to == "any":
            comparison = replace(comparison, trials=tuple(replace(trial, region="neck") for trial in comparison.trials))
        found = (certainty_of or _by_rule(evidence, rule))(comparison)
        return _lowered(found.level, found.reasons, len(declared_only(finding)))
    return _printed(evidence, finding)


def declared_only(finding: Finding) -> list[str]:
    """Return the differences that rating a comparison does not see: those named in the register, and the time."""
    return [text for text in finding.differs if text.startswith("another ") and text != "another population"]


def _by_rule(evidence: Evidence, rule: ClaimRule) -> CertaintyOf:
    margin = margin_of(evidence, rule)
    return lambda comparison: certainty(evidence, comparison, margin)


def _lowered(level: str, reasons: tuple[str, ...], differences: int) -> Rated:
    if not differences:
        return level, reasons
    place = max(0, LEVELS.index(level) - min(2, differences))
    return LEVELS[place], (*reasons, f"not about the claim itself (\u2212{min(2, differences)})")


def _printed(evidence: Evidence, finding: Finding) -> Rated:
    down = {"risk of bias of the trials not rated here": 1}
    place = LEVELS.index("high" if finding.randomised else "low")
    if finding.differs:
        down["not about the claim itself"] = min(2, len(finding.differs))
    if _leaves_open(finding):
        down["the interval is missing or leaves the answer open"] = 1
    place = max(0, place - sum(down.values()))
    start = () if finding.randomised else ("not randomised: starts low",)
    reasons = (*start, *(f"{reason} (\u2212{levels})" for reason, levels in down.items()))
    called = called_low(evidence, finding)
    if called and place > LEVELS.index(called):
        return called, (*reasons, f"the source itself calls it {called}")
    return LEVELS[place], reasons


def called_low(evidence: Evidence, finding: Finding) -> str:
    """Return the certainty that the source of a printed result gives it, if that is low or very low; else empty."""
    table = evidence.reported
    rows = table[table["fact_id"].isin(finding.facts)]
    for text in (*rows["statement"].dropna(), *rows["note"].dropna()):
        found = _RATED_LOW.search(str(text))
        if found:
            return (
                "very low"
                if "very low" in found.group().lower() and "low to very" not in found.group().lower()
                else "low"
            )
    return ""


def _leaves_open(finding: Finding) -> bool:
    return finding.said == OPEN or math.isnan(finding.interval[0])
