"""Where a verdict leads: how the claim was read, the rule, the comparison behind it, the printed figures, the sources."""

from __future__ import annotations

from collections.abc import Iterator

from neckevidence.claims.verdicts import Verdict
from neckevidence.core.explanation import Explanation
from neckevidence.data.evidence import Evidence, citation
from neckevidence.views.comparison_explanation import explain, margin_and_source, printed_figures


def explain_verdict(evidence: Evidence, verdict: Verdict) -> Explanation:
    """Walk from a verdict to the printed figures that it rests on.

    Parameters
    ----------
    evidence : Evidence
        The evidence that it comes from.
    verdict : Verdict
        The verdict.

    Returns
    -------
    Explanation
        The verdict with its reason; below it how the claim was read, the certainty, the comparison with its trials or else
        the figures as printed with source and place, the sources of a judgement, and the gaps.

    Examples
    --------
    >>> from neckevidence import load_evidence, verdicts
    >>> ev = load_evidence()
    >>> tree = explain_verdict(ev, verdicts(ev, ["C13"])[0])
    >>> tree.label, "counts_001" in tree.fact_ids
    ('C13: partly supported', True)
    """
    return Explanation(f"{verdict.claim_id}: {verdict.verdict}", verdict.reason, tuple(_below(evidence, verdict)))


def _below(evidence: Evidence, verdict: Verdict) -> Iterator[Explanation]:
    yield Explanation("the claim", verdict.claim)
    yield Explanation("how it was decided", verdict.methods())
    if verdict.certainty:
        yield Explanation("certainty", f"{verdict.certainty}; {'; '.join(verdict.certainty_reasons)}")
    if verdict.margin_id:
        yield margin_and_source(evidence, verdict.margin_id)
    left = list(verdict.facts)
    if verdict.comparison is not None:
        tree = explain(verdict.comparison, evidence)
        left = [fact for fact in left if fact not in tree.fact_ids]
        yield tree
    yield from printed_figures(left, evidence.facts(left), evidence)
    sources, gaps = evidence.keyed("sources"), evidence.keyed("gaps")
    for source in verdict.sources:
        yield Explanation(f"source {source}", citation(sources.loc[source]))
    for gap in verdict.gaps:
        where = gaps.loc[gap, "where_it_should_stand"]
        yield Explanation(f"missing, {gap}", f"{gaps.loc[gap, 'what_is_missing']}; it should stand in {where}")
