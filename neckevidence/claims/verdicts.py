"""The verdict on a claim: numbers and rule where there are any, else the judgement entered by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from neckevidence.claims import rules
from neckevidence.claims.claim_rules import ClaimRule, margin_of
from neckevidence.claims.finding_certainty import CertaintyOf, Rated, rated
from neckevidence.claims.findings import Finding, from_comparison, from_network, from_steps
from neckevidence.claims.patients import patients_for_the_margin, patients_to_decide
from neckevidence.claims.printed_findings import (
    from_overall_p,
    from_p_value,
    from_reported,
    from_share,
    from_votes,
    from_words,
)
from neckevidence.claims.trial_findings import from_commonest, from_strata, from_trials, from_visits
from neckevidence.claims.wording import finding_text, needed_text, reason_text
from neckevidence.comparison.result import Comparison
from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import RATIOS
from neckevidence.equivalence.limits import margin_bounds
from neckevidence.grade.certainty import Certainty

COMPUTED, JUDGEMENT = "computed", "judgement"
# Figures that differ from the claim in one of these are about another claim.
BESIDE_THE_CLAIM = {"treatment", "outcome"}

_READERS: Mapping[str, Callable[[Evidence, ClaimRule], Finding | None]] = {
    "comparison": from_comparison,
    "network": from_network,
    "reported": from_reported,
    "p_value": from_p_value,
    "overall_p": from_overall_p,
    "votes": from_votes,
    "words": from_words,
    "percent": from_share,
    "strata": from_strata,
    "visits": from_visits,
    "trials": from_trials,
}


@dataclass(frozen=True)
class Verdict:
    """The verdict on one claim.

    Attributes
    ----------
    claim_id, claim : str
        The claim, in our own words.
    verdict : str
        ``supported``, ``partly supported``, ``not demonstrated``, ``contradicted`` or ``not checkable``.
    basis : str
        ``computed``, or ``judgement``: entered by hand, with its reason and sources, and without a number.
    rule : str
        Rule that decided; ``judgement`` if none did.
    reading : str
        How the claim was read so that numbers could decide it.
    estimate, ci_low, ci_high : float
        Natural scale; NaN where there is none.
    measure : str
        RR, OR, HR, RD, MD, SMD; ``z`` of a p-value, ``share`` of patients, share of trials (``votes``), number of ``trials``.
    margin, margin_id : float and str
        The margin; NaN and empty without one.
    certainty : str
        high, moderate, low or very low; empty where nothing is rated.
    certainty_reasons : tuple of str
        Why it is not high.
    facts : tuple of str
        The figures that decide; where none does, the statements that bear on the claim.
    used : tuple of str
        Those of them that decide.
    sources : tuple of str
        Documents behind a judgement.
    reason : str
        Plain words.
    would_change : str
        What would change the verdict.
    patients_per_arm : int or None
        Of a randomised trial that would decide what is open, where the figures allow planning.
    gaps : tuple of str
        Where figures that would settle the claim should stand: gap_ids.
    dossier_view : str
        The verdict that the table of claims had before the numbers.
    differs : str
        Says it where that is another one; else empty.
    citation : str
        Whether the page's references say what the claim says, and why.
    numbers : tuple of float
        Numbers that the reason holds beside estimate, limits and margin.
    notes : tuple of str
        What must be said beside the numbers.
    comparison : Comparison or None
        The comparison behind the numbers, if they come from one.
    judgement : Certainty or None
        How that comparison was rated, domain by domain.
    """

    claim_id: str
    claim: str
    verdict: str
    basis: str
    rule: str
    reading: str
    estimate: float
    ci_low: float
    ci_high: float
    measure: str
    margin: float
    margin_id: str
    certainty: str
    certainty_reasons: tuple[str, ...]
    facts: tuple[str, ...]
    used: tuple[str, ...]
    sources: tuple[str, ...]
    reason: str
    would_change: str
    patients_per_arm: int | None
    gaps: tuple[str, ...]
    dossier_view: str
    differs: str
    citation: str
    numbers: tuple[float, ...]
    notes: tuple[str, ...]
    comparison: Comparison | None = field(default=None, repr=False, compare=False)
    judgement: Certainty | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"<Verdict {self.claim_id}: {self.verdict} ({self.basis}); {self.reason}>"

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape.html(line)}</li>" for line in self._lines())
        verdict = escape.html(f"{self.verdict} ({self.basis})")
        return f"<p><b>{escape.html(self.claim)}</b><br>{verdict}</p><ul>{lines}</ul>"

    def _lines(self) -> list[str]:
        lines = [self.reason]
        lines += [f"read as: {self.reading}"] if self.reading else []
        lines += [f"certainty {self.certainty}: {'; '.join(self.certainty_reasons)}"] if self.certainty else []
        lines += [f"would change it: {self.would_change}"] if self.would_change else []
        lines += [f"the page's citation: {self.citation}", *([self.differs] if self.differs else [])]
        return [*lines, f"facts: {', '.join(self.facts or self.sources) or 'none'}", *self.notes]

    def summary(self) -> str:
        """Return the verdict in a few lines of text.

        Returns
        -------
        str
            Claim, verdict and basis, reason, certainty, what would change it, the page's citation, facts.
        """
        head = f"{self.claim_id}  {self.claim}\n  {self.verdict} ({self.basis})"
        return "\n".join([head, *(f"  {line}" for line in self._lines())])

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain numbers and text; a number that does not exist is None.

        Returns
        -------
        dict
            The columns of the audit.
        """
        plain = {name: value for name, value in vars(self).items() if name not in ("comparison", "judgement")}
        for name in ("estimate", "ci_low", "ci_high", "margin"):
            plain[name] = float(plain[name]) if math.isfinite(plain[name]) else None
        for name in ("facts", "used", "sources", "gaps", "notes", "certainty_reasons"):
            plain[name] = list(plain[name])
        return plain | {"certainty": self.certainty or None}

    def to_frame(self) -> pd.DataFrame:
        """Return the verdict as one row."""
        return pd.DataFrame([self.to_dict()])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        if self.basis == JUDGEMENT:
            return "The verdict is a judgement entered by hand with its reason and sources; no number enters it."
        return (
            f"The claim was read as: {self.reading} It was decided by the rule '{self.rule}' from the interval, which had to "
            "give the same answer over the whole range that rounding leaves open, and limited by its certainty."
        )

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the forest plot of the comparison behind the verdict.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.
        **options
            Passed on to the forest plot.

        Returns
        -------
        matplotlib Axes
            The Axes with the plot.

        Raises
        ------
        NeckevidenceError
            If no comparison of arms is behind it.
        """
        if self.comparison is None:
            raise NeckevidenceError(f"{self.claim_id}: no comparison of arms is behind the verdict, so nothing to draw")
        return self.comparison.plot(ax=ax, **options)


def finding_for(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Find the numbers that a claim's rule asks for, and what the rule says of them.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        A rule that is computed.

    Returns
    -------
    Finding or None
        With `said` filled; None if no public number bears on the claim.
    """
    if rule.rule == "dose_related":
        return _steps(evidence, rule)
    finding = from_commonest(evidence, rule) if rule.rule == "most_frequent" else _READERS[rule.numbers](evidence, rule)
    if finding is None or finding.said:
        return finding
    said, by_rounding = rules.over_the_band([_position(evidence, rule, finding, both) for both in finding.intervals])
    note = ("the rounding of the printed figures decides the answer",) if by_rounding else ()
    return replace(finding, said=said, notes=(*finding.notes, *note), rounding_decides=by_rounding)


def _position(evidence: Evidence, rule: ClaimRule, finding: Finding, both: tuple) -> str:
    wide, narrow = both
    none = 1.0 if finding.measure in (*RATIOS, "HR") else 0.0
    if rule.rule == "equivalence":
        return rules.equivalence(wide, narrow, margin_bounds(finding.measure, margin_of(evidence, rule)))
    if rule.rule == "not_higher":
        margin = margin_of(evidence, rule)
        bound = margin_bounds(finding.measure, margin)[1] if margin else none
        return rules.not_higher(wide, narrow, bound)
    if rule.rule == "frequency_above":
        return rules.frequency_above(wide, rule.share(), rule.expects)
    if rule.rule == "most_frequent":
        return rules.most_frequent(wide)
    expects = "higher" if finding.measure == "z" else rule.expects  # z is turned to the side of the claim
    return rules.superiority(wide, none, expects)


def _steps(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    steps = from_steps(evidence, rule)
    if not steps:
        return None
    said = [
        rules.over_the_band(
            [_position(evidence, replace(rule, rule="superiority"), step, both) for both in step.intervals]
        )[0]
        for step in steps
    ]
    last = steps[-1]
    return replace(
        last,
        said=rules.dose_related(said),
        randomised=all(step.randomised for step in steps),
        allocation_stated=all(step.allocation_stated for step in steps),
        reliable=all(step.reliable for step in steps),
        facts=tuple(dict.fromkeys(fact for step in steps for fact in step.facts)),
        differences=tuple(dict.fromkeys(one for step in steps for one in step.differences)),
        words=f"step by step: {', then '.join(finding_text(step) for step in steps)}",
        numbers=tuple(number for step in steps for number in (step.estimate, *step.interval)),
    )


def verdict_of(evidence: Evidence, rule: ClaimRule, certainty_of: CertaintyOf | None = None) -> Verdict:
    """Give the verdict on a claim.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        From `claim_rules`.
    certainty_of : callable, optional
        Rates the certainty of a comparison; by default `neckevidence.certainty`.

    Returns
    -------
    Verdict
        Computed, or the judgement that was entered.

    Notes
    -----
    What a rule says must hold over the whole range that rounding leaves open. Equality is never judged without random
    allocation (an indirect estimate of a network is limited to ``partly supported`` by its certainty). The rest is
    `neckevidence.claims.rules.verdict`.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> from neckevidence.claims.claim_rules import claim_rules
    >>> evidence = load_evidence()
    >>> verdict_of(evidence, claim_rules(evidence, ["C19"])[0]).verdict
    'not demonstrated'
    """
    if not rule.computed:
        return _entered(evidence, rule)
    finding = finding_for(evidence, rule)
    certainty, reasons, judgement = Rated(None, ()) if finding is None else rated(evidence, rule, finding, certainty_of)
    margin = margin_of(evidence, rule)
    judged = finding is None or rule.rule != "equivalence" or finding.randomised
    answer = rules.verdict(
        rules.SILENT if finding is None else finding.said,
        fits=finding is None or not finding.differs,
        certainty=certainty,
        judged=judged,
        reliable=finding is None or finding.reliable,
        printed=finding is None or finding.printed,
        bears=finding is None or not BESIDE_THE_CLAIM & {one.kind for one in finding.differences},
    )
    patients = None
    if finding is None:
        patients = patients_for_the_margin(evidence, rule, margin)
    elif finding.said == rules.OPEN:
        patients = patients_to_decide(rule, finding, margin)
    interval = (math.nan, math.nan) if finding is None else finding.interval
    return Verdict(
        verdict=answer,
        basis=COMPUTED,
        rule=rule.rule,
        estimate=math.nan if finding is None else finding.estimate,
        ci_low=interval[0],
        ci_high=interval[1],
        measure="" if finding is None else finding.measure,
        margin=margin.value if margin else math.nan,
        margin_id=rule.margin_id,
        certainty=certainty or "",
        certainty_reasons=reasons,
        facts=(finding.facts if finding is not None and finding.facts else rule.context()),
        used=() if finding is None else finding.facts,
        sources=(),
        reason=reason_text(evidence, rule, finding, answer, certainty, judged),
        would_change=needed_text(evidence, rule, finding, answer, patients, _gaps(evidence, rule)),
        patients_per_arm=patients,
        numbers=tuple(filter(math.isfinite, (*_threshold(rule), *(() if finding is None else finding.numbers)))),
        notes=() if finding is None else finding.notes,
        comparison=None if finding is None else finding.comparison,
        judgement=judgement,
        **_common(evidence, rule, answer),
    )


def _threshold(rule: ClaimRule) -> tuple[float, ...]:
    """Return the share that a claim of frequency names; it stands in what would change the verdict."""
    return (rule.share(),) if rule.rule == "frequency_above" else ()


def _entered(evidence: Evidence, rule: ClaimRule) -> Verdict:
    settles = evidence.keyed("claims").loc[rule.claim_id, "what_would_settle_it"]
    nothing = math.nan
    return Verdict(
        verdict=rule.verdict_by_hand,
        basis=JUDGEMENT,
        rule=rule.rule,
        estimate=nothing,
        ci_low=nothing,
        ci_high=nothing,
        measure="",
        margin=nothing,
        margin_id="",
        certainty="",
        certainty_reasons=(),
        facts=(),
        used=(),
        sources=tuple(code for code in rule.source_ids.split(";") if code),
        reason=rule.reason_by_hand,
        would_change="" if pd.isna(settles) else str(settles),
        patients_per_arm=None,
        numbers=(),
        notes=(),
        **_common(evidence, rule, rule.verdict_by_hand),
    )


# What the table of claims said before the numbers; "no" is not read as contradicted: that needs an interval against the claim.
DOSSIER = {"yes": "supported", "partly": "partly supported", "no": "not demonstrated", "unclear": "not checkable"}


def _common(evidence: Evidence, rule: ClaimRule, answer: str) -> dict[str, Any]:
    view = DOSSIER[str(evidence.keyed("claims").loc[rule.claim_id, "public_support"])]
    by = "the numbers say" if rule.computed else "entered is"
    return {
        "claim_id": rule.claim_id,
        "claim": rule.claim,
        "reading": rule.reading,
        "gaps": _gaps(evidence, rule),
        "dossier_view": view,
        "differs": "" if view == answer else f"the table of claims said {view}; {by} {answer}",
        "citation": ": ".join(text for text in (rule.citation_verdict, rule.citation_reason) if text),
    }


def _gaps(evidence: Evidence, rule: ClaimRule) -> tuple[str, ...]:
    links = evidence.gap_claims
    return tuple(links.loc[links["claim_id"] == rule.claim_id, "gap_id"])
