"""The verdicts as a table: a mark, the word, the number, the reason, and what would change it."""

from __future__ import annotations

import pandas as pd

from neckevidence.core.numbers import interval_text
from neckevidence.tables.base import EvidenceRow, Table, text_frame

# Marks that differ without colour; the word stands beside them.
MARKS = {
    "supported": "\u25cf",
    "partly supported": "\u25d0",
    "not demonstrated": "\u25cb",
    "contradicted": "\u2715",
    "not checkable": "\u2013",
}
_SHOWN = ("RR", "OR", "RD", "MD", "SMD")


def verdicts_table(verdicts: pd.DataFrame, title: str) -> Table:
    """Show claims with their verdicts.

    Parameters
    ----------
    verdicts : DataFrame
        Rows of what `audit` gives.
    title : str
        Heading.

    Returns
    -------
    Table
        A row a claim: mark, claim, verdict, certainty, effect, reason, what would change the verdict, the page's citation.
    """
    rows = [
        {
            "": MARKS[row.verdict],
            "Claim": row.claim_id,
            "What the page says": row.claim,
            "Verdict": row.verdict if row.basis == "computed" else f"{row.verdict} (judged by hand)",
            "Certainty": row.certainty or "",
            "Why": row.reason,
            "What would change it": row.would_change,
            "The page's citation": row.citation,
        }
        for row in verdicts.itertuples()
    ]
    marks = ", ".join(f"{mark} {word}" for word, mark in MARKS.items())
    return Table(text_frame(rows), title, marks + ".", _claims(verdicts))


def differences_table(verdicts: pd.DataFrame, title: str = "Where the numbers say something else") -> Table:
    """Show the claims whose verdict differs from the view that the table of claims holds.

    Parameters
    ----------
    verdicts : DataFrame
        What `audit` gives.
    title : str
        Heading.

    Returns
    -------
    Table
        Claim, the earlier view, the verdict, effect, reason.
    """
    other = verdicts[verdicts["verdict"] != verdicts["dossier_view"]]
    rows = [
        {
            "Claim": row.claim_id,
            "What the page says": row.claim,
            "Earlier view": row.dossier_view,
            "Verdict": row.verdict,
            "Effect": effect_text(row),
            "Why": row.reason,
        }
        for row in other.itertuples()
    ]
    columns = ["Claim", "What the page says", "Earlier view", "Verdict", "Effect", "Why"]
    return Table(text_frame(rows, columns), title, origins=_claims(other))


def effect_text(row: object) -> str:
    """Write the effect of a verdict, where it has one with an interval.

    Parameters
    ----------
    row : namedtuple
        measure, estimate, ci_low, ci_high.

    Returns
    -------
    str
        Empty for a judgement, or where there is no interval.
    """
    numbers = [getattr(row, name) for name in ("estimate", "ci_low", "ci_high")]
    if getattr(row, "measure", None) not in _SHOWN or any(value is None or pd.isna(value) for value in numbers):
        return ""
    return f"{row.measure} {interval_text(row.measure, *numbers)}"  # type: ignore[attr-defined]


def needed_table(verdicts: pd.DataFrame, title: str) -> Table:
    """Show what would decide claims that are open.

    Parameters
    ----------
    verdicts : DataFrame
        Rows of what `audit` gives.
    title : str
        Heading.

    Returns
    -------
    Table
        Claim, verdict, effect, patients per arm where they can be computed, what would change the verdict.
    """
    rows = [
        {
            "Claim": row.claim_id,
            "What the page says": row.claim,
            "Verdict": row.verdict,
            "Effect": effect_text(row),
            "Patients per arm": "" if pd.isna(row.patients_per_arm) else f"{row.patients_per_arm:.0f}",
            "What would change it": row.would_change,
        }
        for row in verdicts.itertuples()
    ]
    return Table(text_frame(rows), title, origins=_claims(verdicts))


def _claims(verdicts: pd.DataFrame) -> tuple[EvidenceRow, ...]:
    return tuple(EvidenceRow("claims", claim_id) for claim_id in verdicts["claim_id"])
