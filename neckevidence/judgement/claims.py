"""The claims of the audited page with a verdict each."""

from __future__ import annotations

import pandas as pd

from neckevidence.evidence import Evidence

# The table of claims says whether what is public supports a claim; the verdicts are the words for it. "no" is not read
# as "contradicted": that needs an interval that lies against the claim.
VERDICTS = {
    "yes": "supported",
    "partly": "partly supported",
    "no": "not demonstrated",
    "unclear": "not checkable",
}
BASIS = "judgement entered by hand, not computed"


def audit(evidence: Evidence) -> pd.DataFrame:
    """Return every claim of the audited page with its verdict.

    The verdicts are the judgements that stand in the table of claims, with their reasons; each row says so in ``basis``.
    None is computed: estimate, interval, margin and certainty are empty and no fact is named.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its table of claims.

    Returns
    -------
    DataFrame
        claim_id, claim, verdict, basis, estimate, ci_low, ci_high, margin, certainty, facts, reason.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> audit(load_evidence()).set_index("claim_id").loc["C12", "verdict"]
    'partly supported'
    """
    claims = evidence.claims
    empty = pd.Series([None] * len(claims), index=claims.index, dtype=object)
    return pd.DataFrame(
        {
            "claim_id": claims["claim_id"],
            "claim": claims["claim"],
            "verdict": claims["public_support"].map(VERDICTS),
            "basis": BASIS,
            "estimate": empty,
            "ci_low": empty,
            "ci_high": empty,
            "margin": empty,
            "certainty": empty,
            "facts": [[] for _ in range(len(claims))],
            "reason": claims["reason"],
        }
    ).reset_index(drop=True)
