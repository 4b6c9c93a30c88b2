"""Equivalence margins that were set before the data were analysed."""

from __future__ import annotations

from dataclasses import dataclass

from neckevidence.evidence import Evidence


@dataclass(frozen=True)
class Margin:
    """An equivalence margin with its source.

    Attributes
    ----------
    margin_id : str
        Its name in the table of margins.
    value : float
        Half-width, in the units of the measure: risk differences as shares, not percentage points.
    unit, rule, source_id : str
        As in the table.
    """

    margin_id: str
    value: float
    unit: str
    rule: str
    source_id: str


def margin_for(evidence: Evidence, outcome: str, measure: str) -> Margin | None:
    """Return the margin for an outcome and a measure, if one was set beforehand.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its table of margins.
    outcome : str
        Outcome code.
    measure : str
        RD, MD or SMD; there is no margin for a ratio in the table.

    Returns
    -------
    Margin or None
        The narrowest that applies, None if there is none.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> margin_for(load_evidence(), "rmdq_improvement", "MD").value
    5.0
    """
    table = evidence.margins
    if measure == "SMD":
        fitting = table[table["scale"] == "smd"]
    elif measure in ("MD", "RD"):
        wanted = (table["scale"] == "risk_difference") == (measure == "RD")
        fitting = table[(table["applies_to"] == outcome) & wanted & (table["scale"] != "smd")]
    else:
        return None
    if fitting.empty:
        return None
    row = fitting.sort_values("margin").iloc[0]
    value = float(row["margin"]) / (100 if measure == "RD" else 1)
    return Margin(row["margin_id"], value, row["unit"], row["rule"], row["source_id"])
