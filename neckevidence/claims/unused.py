"""What the claim register does not use: figures that no claim rests on, judgements without a source."""

from __future__ import annotations

import pandas as pd

from neckevidence.claims.claim_rules import claim_rules
from neckevidence.claims.verdicts import finding_for
from neckevidence.data.evidence import Evidence


def used_facts(evidence: Evidence) -> frozenset[str]:
    """Return the figures that enter a computed verdict, and those that the register names for a claim.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    frozenset of str
        fact_ids.
    """
    found = set(evidence.claim_facts["fact_id"])
    for rule in claim_rules(evidence):
        finding = finding_for(evidence, rule) if rule.computed else None
        found |= set(finding.facts) if finding is not None else set()
    return frozenset(found)


def unused_facts(evidence: Evidence) -> pd.DataFrame:
    """Return the figures that no claim uses; that is no fault.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    DataFrame
        fact_id, table, study, arm, outcome, timepoint, as_printed, source_id, in the order of the tables.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> "counts_001" in set(unused_facts(load_evidence())["fact_id"])
    False
    """
    every = evidence.keyed("facts").reset_index()
    columns = ["fact_id", "table", "study", "arm", "outcome", "timepoint", "as_printed", "source_id"]
    return every.loc[~every["fact_id"].isin(used_facts(evidence)), columns].reset_index(drop=True)


def judgements_without_source(evidence: Evidence) -> list[str]:
    """Return the claims whose verdict was entered by hand without a document behind it.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    list of str
        claim_ids.
    """
    return [rule.claim_id for rule in claim_rules(evidence) if not rule.computed and not rule.source_ids]
