"""What is missing, as a list of work: which table to open first."""

from __future__ import annotations

import pandas as pd

from neckevidence.data.evidence import Evidence

# A claim with one of these verdicts is settled: no further table is opened for its sake.
SETTLED = ("supported", "contradicted")
_COLUMNS = ["gap_id", "study", "what_is_missing", "where_it_should_stand", "priority", "claims", "open_claims"]


def worklist(evidence: Evidence, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Order the gaps by how many claims each would settle.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its tables of gaps.
    verdicts : DataFrame
        As `audit` gives them: claim_id and verdict at least. Of a claim that is not among them nothing is open.

    Returns
    -------
    DataFrame
        One row a gap: gap_id, study, what_is_missing, where_it_should_stand, priority, claims (tuple of claim ids that it bears
        on), open_claims (those of them that are not settled). Ordered by the number of open claims, then by the priority
        that the table of gaps gives, then by gap_id.

    Notes
    -----
    A claim counts as settled if it is supported or contradicted. Which claims a gap bears on stands in ``gap_claims``.

    Examples
    --------
    >>> from neckevidence import audit, load_evidence
    >>> ev = load_evidence()
    >>> work = worklist(ev, audit(ev))
    >>> len(work) == len(ev.gaps)
    True
    """
    verdict = verdicts.set_index("claim_id")["verdict"]
    label = evidence.keyed("trials")["label"]
    rows = []
    for gap in evidence.gaps.itertuples():
        claims = tuple(evidence.gap_claims.loc[evidence.gap_claims["gap_id"] == gap.gap_id, "claim_id"])
        rows.append(
            {
                "gap_id": gap.gap_id,
                "study": label.get(gap.study_id, gap.study_id),
                "what_is_missing": gap.what_is_missing,
                "where_it_should_stand": gap.where_it_should_stand,
                "priority": gap.priority,
                "claims": claims,
                "open_claims": tuple(claim for claim in claims if verdict.get(claim, SETTLED[0]) not in SETTLED),
            }
        )
    table = pd.DataFrame(rows, columns=_COLUMNS)
    order = table.assign(number=table["open_claims"].map(len)).sort_values(
        ["number", "priority", "gap_id"], ascending=[False, True, True]
    )
    return order.drop(columns="number").reset_index(drop=True)
