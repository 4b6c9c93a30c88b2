"""The claims of the audited page with a verdict each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from neckevidence.claims.claim_rules import ClaimRule, claim_rules
from neckevidence.claims.finding_certainty import CertaintyOf
from neckevidence.claims.verdicts import Verdict, verdict_of
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.evidence import Evidence

CONTRACT = (
    "claim_id",
    "claim",
    "verdict",
    "basis",
    "estimate",
    "ci_low",
    "ci_high",
    "margin",
    "certainty",
    "facts",
    "reason",
)
MORE = (
    "measure",
    "reading",
    "would_change",
    "patients_per_arm",
    "gaps",
    "dossier_view",
    "differs",
    "citation",
    "sources",
    "numbers",
)


def verdicts(
    evidence: Evidence, claim_ids: list[str] | None = None, certainty_of: CertaintyOf | None = None
) -> tuple[Verdict, ...]:
    """Return the verdict on every claim of the audited page.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its claim register (tables ``claims``, ``claim_rules`` and ``claim_facts``).
    claim_ids : list of str, optional
        Which claims; by default all.
    certainty_of : callable, optional
        Rates the certainty of a comparison in place of `neckevidence.certainty`.

    Returns
    -------
    tuple of Verdict
        In the order asked for.

    Raises
    ------
    UnknownCodeError
        If a claim is not in the evidence.
    NeckevidenceError
        If the figures cannot be used as the rule of a claim asks; the message names the claim.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> verdicts(load_evidence(), ["C11"])[0].verdict
    'partly supported'
    """
    return tuple(_verdict(evidence, rule, certainty_of) for rule in claim_rules(evidence, claim_ids))


def _verdict(evidence: Evidence, rule: ClaimRule, certainty_of: CertaintyOf | None) -> Verdict:
    """Give the verdict on a claim; an error names the claim."""
    try:
        return verdict_of(evidence, rule, certainty_of)
    except NeckevidenceError as error:
        raise NeckevidenceError(f"claim {rule.claim_id}: {error}") from error


def audit(evidence: Evidence, claim_ids: list[str] | None = None) -> pd.DataFrame:
    """Return every claim of the audited page with its verdict, one row each.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its claim register.
    claim_ids : list of str, optional
        Which claims; by default all.

    Returns
    -------
    DataFrame
        claim_id, claim, verdict, basis (``computed`` or ``judgement``), estimate, ci_low, ci_high, margin, certainty, facts,
        reason; then measure, reading, would_change, patients_per_arm, gaps, dossier_view, differs, citation, sources,
        numbers (those of the reason beside estimate, limits and margin). A number that does not exist is None; a judgement
        has none.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> audit(load_evidence(), ["C13"])[["verdict", "basis"]].to_dict("records")
    [{'verdict': 'partly supported', 'basis': 'computed'}]
    """
    return audit_frame(verdicts(evidence, claim_ids))


def audit_frame(found: Sequence[Verdict]) -> pd.DataFrame:
    """Return verdicts as the table that `audit` gives.

    Parameters
    ----------
    found : sequence of Verdict
        What `verdicts` gives.

    Returns
    -------
    DataFrame
        One row each.
    """
    columns = [*CONTRACT, *MORE]
    rows = [{name: one.to_dict()[name] for name in columns} for one in found]
    return pd.DataFrame(rows, columns=columns, dtype=object)
