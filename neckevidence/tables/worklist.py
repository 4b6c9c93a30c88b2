"""The gaps as a table of work."""

from __future__ import annotations

import pandas as pd

from neckevidence.tables.base import EvidenceRow, Table, text_frame


def worklist_table(work: pd.DataFrame, title: str = "What to open, the most useful first") -> Table:
    """Show the gaps in the order of the work list.

    Parameters
    ----------
    work : DataFrame
        From `neckevidence.claims.worklist.worklist`.
    title : str
        Heading.

    Returns
    -------
    Table
        Gap, study, what is missing, where it should stand, the claims that it leaves open and those that are settled.
    """
    rows = [
        {
            "Gap": row.gap_id,
            "Study": row.study,
            "What is missing": row.what_is_missing,
            "Where it should stand": row.where_it_should_stand,
            "Leaves open": ", ".join(row.open_claims) or "none",
            "Bears on, settled": ", ".join(claim for claim in row.claims if claim not in row.open_claims) or "none",
        }
        for row in work.itertuples()
    ]
    note = (
        "Ordered by the number of claims that are neither supported nor contradicted, then by the priority of the list."
    )
    origins = tuple(EvidenceRow("gaps", gap) for gap in work["gap_id"])
    return Table(text_frame(rows), title, note, origins)
