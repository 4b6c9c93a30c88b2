"""Equivalence margins that were set before the data were analysed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.evidence import Evidence
from neckevidence.data.scales import same_scale
from neckevidence.effects.measures import MEASURE_OF_SCALE


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
    scales : tuple of str
        Scales of means on which it holds, its own first; empty if that does not matter.
    measure : str
        RD, MD or SMD: what it is a margin of.
    """

    margin_id: str
    value: float
    unit: str
    rule: str
    source_id: str
    scales: tuple[str, ...] = ()
    measure: str = "MD"


def margin_from_row(evidence: Evidence, row: pd.Series) -> Margin:
    """Return the margin that a row of the table of margins holds.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its table of scales.
    row : Series
        The row.

    Returns
    -------
    Margin
        Of risk differences as a share, since the table has percentage points; with all scales that are the same as its own.
    """
    scale = str(row["scale"])
    measure = MEASURE_OF_SCALE.get(scale, "MD")
    same = [other for other in evidence.scales["scale"] if other != scale and same_scale(evidence, scale, other)]
    scales = (scale, *same) if measure == "MD" else ()
    value = float(row["margin"]) / (100 if measure == "RD" else 1)
    return Margin(row["margin_id"], value, row["unit"], row["rule"], row["source_id"], scales, measure)


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
    return next(iter(_margins(evidence, outcome, measure)), None)


def _margins(evidence: Evidence, outcome: str, measure: str) -> list[Margin]:
    """Return the margins for an outcome and a measure, the narrowest first."""
    table = evidence.margins
    if measure == "SMD":
        fitting = table[table["scale"] == "smd"]
    elif measure in ("MD", "RD"):
        wanted = (table["scale"] == "risk_difference") == (measure == "RD")
        fitting = table[(table["applies_to"] == outcome) & wanted & (table["scale"] != "smd")]
    else:
        return []
    return [margin_from_row(evidence, row) for _, row in fitting.sort_values("margin", kind="stable").iterrows()]


def margin_for_result(evidence: Evidence, result: Comparison) -> Margin | None:
    """Return the margin for a result, if one was set beforehand on the scale of its means.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its tables of margins and scales.
    result : Comparison
        The result.

    Returns
    -------
    Margin or None
        The narrowest that holds on the scales of the means behind the result; a scale of 0 to 100 is the same by whatever
        name. A published difference whose scale is not stated counts as one on the scale of the margin.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> ev = load_evidence()
    >>> strain = compare(ev, "IBU800+CYC10", "IBU800+PBO", outcome="pain_intensity", measure="MD", day=2)
    >>> margin_for_result(ev, strain).margin_id
    'M03'
    """
    margins = _margins(evidence, result.outcome, result.measure)
    return next((margin for margin in margins if not _elsewhere(result, margin)), None)


def _elsewhere(result: Comparison, margin: Margin) -> list[str]:
    """Name the trials whose means stand on a scale on which the margin does not hold."""
    if not margin.scales or result.measure != "MD":
        return []
    return [f"{one.label}: {one.scale}" for one in result.trials if one.scale and one.scale not in margin.scales]


def check_margin(result: Comparison, margin: Margin | float | None) -> None:
    """Refuse a margin of one scale for means of another.

    Parameters
    ----------
    result : Comparison
        The result that is to be held against it.
    margin : Margin, float or None
        A number is taken as one on the scale of the result.

    Raises
    ------
    NeckevidenceError
        If a trial behind a mean difference stands on a scale on which the margin does not hold.
    """
    found = _elsewhere(result, margin) if isinstance(margin, Margin) else []
    if found:
        raise NeckevidenceError(
            f"margin {margin.margin_id} is one on the scale {margin.scales[0]}, the means stand on another "
            f"({'; '.join(found)}); a margin on that scale, or one of the SMD, is needed"
        )
