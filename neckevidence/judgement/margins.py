"""Equivalence margins that were set before the data were analysed."""

from __future__ import annotations

from dataclasses import dataclass

from neckevidence.comparison import Comparison
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

    It looks at the outcome only; a margin of 10 of 100 points says nothing about a scale of 0 to 10. Where there is a result,
    `margin_for_result` looks at the scale of its means, too.

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


def margin_for_result(evidence: Evidence, result: Comparison) -> Margin | None:
    """Return the margin for a result, if one was set beforehand on the scale of its means.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its tables of margins, means and scales.
    result : Comparison
        The result.

    Returns
    -------
    Margin or None
        None, too, if a mean behind a mean difference is printed on another scale than that of the margin; a scale of 0 to 100
        is the same by whatever name. A published difference counts as one on the scale of its outcome.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> ev = load_evidence()
    >>> strain = compare(ev, "IBU800+CYC10", "IBU800+PBO", outcome="pain_intensity", measure="MD", day=2)
    >>> margin_for_result(ev, strain).margin_id
    'M03'
    """
    margin = margin_for(evidence, result.outcome, result.measure)
    if margin is None or result.measure != "MD":
        return margin
    of_margin = evidence.keyed("margins").loc[margin.margin_id, "scale"]
    of_hundred = of_margin.endswith("0_100")
    facts = {fact for trial in result.trials for fact in trial.facts}
    printed = set(evidence.means.loc[evidence.means["fact_id"].isin(facts), "scale"])
    scales = evidence.scales[evidence.scales["scale"].isin(printed)]
    same = (scales["scale"] == of_margin) | (of_hundred & (scales["minimum"] == 0) & (scales["maximum"] == 100))
    return margin if same.all() else None
