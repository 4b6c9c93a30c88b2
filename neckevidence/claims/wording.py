"""Verdicts in plain words: what the numbers are, why they give this verdict, what would change it."""

from __future__ import annotations

import math

import pandas as pd

from neckevidence.claims import rules
from neckevidence.claims.claim_rules import ClaimRule, margin_of
from neckevidence.claims.findings import Finding
from neckevidence.core.numbers import interval_text, signed
from neckevidence.data.arms import allocation_words, short_name
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import QUESTION
from neckevidence.effects.measures import LONG_NAMES, RATIOS
from neckevidence.equivalence.reading import agree_alone

_NAMES = {**LONG_NAMES, "HR": "hazard ratio", "z": "difference in its standard errors", "share": "share of patients"}
_SAYS = {
    rules.FOR: "The interval lies where the claim says.",
    rules.AGAINST: "The interval lies against the claim.",
    rules.OPEN: "The numbers allow the claim and its opposite.",
}


def finding_text(finding: Finding) -> str:
    """Return the numbers of a finding in words.

    Parameters
    ----------
    finding : Finding
        The numbers.

    Returns
    -------
    str
        Measure, estimate and interval; shares as percentages.
    """
    if finding.words:
        return finding.words
    low, high = finding.interval
    if finding.measure == "share":
        shown = f"{100 * finding.estimate:.1f}%"
        text = shown if math.isnan(low) else f"{shown} (95% CI {100 * low:.1f}% to {100 * high:.1f}%)"
    elif finding.measure == "z":
        text = f"{signed(finding.estimate, 2)} ({signed(low, 2)} to {signed(high, 2)})"
    else:
        text = interval_text("OR" if finding.measure == "HR" else finding.measure, finding.estimate, low, high)
    return f"{_NAMES[finding.measure]} {text}"


def reason_text(
    evidence: Evidence, rule: ClaimRule, finding: Finding | None, answer: str, certainty: str | None, judged: bool
) -> str:
    """Return why the verdict is what it is.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        The claim.
    finding : Finding or None
        Its numbers.
    answer : str
        The verdict.
    certainty : str or None
        Level.
    judged : bool
        Whether such numbers can answer the question.

    Returns
    -------
    str
        Numbers, what they say, and what limits it.
    """
    if finding is None:
        words = " It is spoken of in words, or in figures that do not decide it." if rule.facts else ""
        return f"No public number decides it: {_asked(evidence, rule)}.{words}"
    said = rules.OPEN if answer == rules.NOT_DEMONSTRATED and finding.said == rules.SILENT else finding.said
    numbers = finding_text(finding)
    parts = [f"{numbers[0].upper()}{numbers[1:]}{_margin(evidence, rule)}.", _position(rule, finding, said)]
    limits = list(finding.differs)
    if not finding.randomised:
        limits.append(allocation_words(finding.randomised, finding.allocation_stated))
    if not finding.printed:
        limits.append("counts reconstructed, not printed")
    if not finding.reliable:
        limits.append("a source of low reliability, which supports nothing on its own")
    if certainty and certainty not in rules.SURE:
        limits.append(f"certainty {certainty}")
    if not judged and said != rules.OPEN:
        parts.append("Equality is not judged without random allocation.")
    if limits:
        parts.append(f"Limits: {'; '.join(limits)}.")
    return " ".join([*parts, _last(said, answer)]).strip()


def _position(rule: ClaimRule, finding: Finding, said: str) -> str:
    if finding.measure == "trials":
        return {rules.FOR: "As many as the claim says.", rules.AGAINST: "Fewer than the claim says."}[said]
    if finding.rounding_decides:
        return "The rounding of the printed figures decides: over its whole range there is no one answer."
    if said == rules.OPEN and rule.rule == "equivalence":
        return "Neither equality nor a relevant difference is shown; no significant difference would not be equality."
    if said == rules.OPEN and math.isnan(finding.interval[0]):
        return "There is no interval: nothing can be said of chance."
    if finding.comparison is not None and agree_alone(finding.comparison):
        alone = "Each trial alone excludes no difference, all in one direction: so few hardly tell how far they differ."
        return f"{_SAYS[said]} {alone}"
    return _SAYS[said]


def _last(said: str, answer: str) -> str:
    if answer == rules.NOT_CHECKABLE:
        return "Figures on another treatment or another outcome do not bear on the claim."
    if said == rules.AGAINST and answer == rules.NOT_DEMONSTRATED:
        return "Such figures do not contradict the claim, but do not show it either."
    return ""


def _margin(evidence: Evidence, rule: ClaimRule) -> str:
    margin = margin_of(evidence, rule)
    return f"; margin {margin.value:g} ({margin.margin_id})" if margin else ""


def _unsaid(evidence: Evidence, rule: ClaimRule) -> str:
    """Return the block that the rule needs and the question does not have; empty if it lacks nothing."""
    question = evidence.question
    blocks = {
        "outcomes.benefits": rule.rule == "visits" and not question.outcomes.benefits,
        "outcomes.harms": rule.rule == "most_frequent" and not question.outcomes.harms,
        "strata": rule.numbers == "strata" and question.strata is None,
    }
    return next((block for block, missing in blocks.items() if missing), "")


def _asked(evidence: Evidence, rule: ClaimRule) -> str:
    unsaid = _unsaid(evidence, rule)
    if unsaid:
        return f"{QUESTION} has no {unsaid}, which the rule {rule.rule} needs"
    if rule.rule == "visits":
        side = "up to" if rule.expects == "earlier" else "after"
        time = evidence.keyed("timepoints").loc[rule.timepoint, "label"] if rule.timepoint else "that time"
        return f"no visit {side} {time} has a figure for {_names(evidence, rule)}"
    outcome = evidence.keyed("outcomes").loc[rule.outcome, "label"] if rule.outcome else "this"
    return f"no trial prints {outcome} for {_names(evidence, rule)} so that they can be compared"


def _names(evidence: Evidence, rule: ClaimRule) -> str:
    names = [short_name(evidence, code) for code in (rule.treatment, rule.control) if code]
    return " and ".join(names) or "the groups of the claim"


def needed_text(
    evidence: Evidence,
    rule: ClaimRule,
    finding: Finding | None,
    answer: str,
    patients: int | None,
    gaps: tuple[str, ...],
) -> str:
    """Return what would change the verdict.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        The claim.
    finding : Finding or None
        Its numbers.
    answer : str
        The verdict.
    patients : int or None
        Patients an arm that would decide.
    gaps : tuple of str
        Gaps that would settle it.

    Returns
    -------
    str
        Plain words, with the places where missing figures should stand.
    """
    where = evidence.keyed("gaps")["where_it_should_stand"]
    places = "; ".join(f"{gap}: {where[gap]}" for gap in gaps)
    entered = evidence.keyed("claims").loc[rule.claim_id, "what_would_settle_it"]
    settles = "" if pd.isna(entered) else str(entered)
    if finding is None or answer == rules.NOT_CHECKABLE:
        text = settles or "A public figure that bears on the claim."
    elif answer in (rules.SUPPORTED, rules.CONTRADICTED):
        where_now = "where" if answer == rules.SUPPORTED else "against what"
        text = f"Figures whose interval no longer lies {where_now} the claim says."
    elif answer == rules.PARTLY:
        text = f"The same without its limits: {settles}" if settles else "The same without its limits."
    else:
        text = f"{_interval_needed(evidence, rule, finding)} {settles}".rstrip()
    if patients is not None:
        truth = "there is no difference" if rule.margin_id else "the difference is as estimated"
        text += f" About {patients:,} patients an arm of a randomised trial would decide it with a power of 80%, if {truth}."
    return f"{text} Missing figures: {places}." if places else text


def _interval_needed(evidence: Evidence, rule: ClaimRule, finding: Finding) -> str:
    if finding.said == rules.FOR:
        return "The same from a randomised comparison and a reliable source."
    margin = margin_of(evidence, rule)
    if rule.rule == "equivalence":
        return f"An interval within {margin.value:g} on both sides." if margin else "An interval within a margin."
    if rule.rule == "not_higher":
        ratio = finding.measure in (*RATIOS, "HR")
        return f"An interval that ends below {margin.value if margin else float(ratio):g}."
    if rule.rule == "frequency_above":
        return f"An interval wholly {'above' if rule.expects != 'lower' else 'below'} {100 * rule.share():g}%."
    return f"An interval wholly {'below' if rule.expects == 'lower' else 'above'} no difference."
