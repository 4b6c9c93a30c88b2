"""Tables of what the printed figures leave possible: reconstructions, splits, bounds from p-values."""

from __future__ import annotations

from collections.abc import Sequence

from neckevidence.identification.low_dose import DoseContrast
from neckevidence.identification.split import SplitBounds
from neckevidence.largest_difference import LargestDifference
from neckevidence.numbers import number_text
from neckevidence.tables.base import Table, text_frame


def _span(measure: str, low: float, high: float) -> str:
    ends = dict.fromkeys(number_text(measure, end) for end in (low, high))
    return " to ".join(ends)


def reconstruction_table(contrast: DoseContrast) -> Table:
    """Show a contrast on reconstructed counts, under all assumptions and with each dropped in turn.

    Parameters
    ----------
    contrast : DoseContrast
        The contrast.

    Returns
    -------
    Table
        A row for each assumption dropped: how many sets of arm sizes print so, and what the contrast can be.

    Examples
    --------
    >>> from neckevidence import dose_contrast, load_evidence
    >>> len(reconstruction_table(dose_contrast(load_evidence())).frame)
    6
    """
    rows = [
        {
            "Without the assumption": "(all assumed)" if row["dropped"] == "none" else row["dropped"],
            "What may hold instead": row["holds_instead"],
            "Sets of arm sizes": row["arm_sizes"],
            contrast.measure: _span(contrast.measure, row["estimate_least"], row["estimate_greatest"]),
            "Interval within": _span(contrast.measure, row["ci_low_least"], row["ci_high_greatest"]),
        }
        for row in contrast.sensitivity.to_dict("records")
    ]
    title = "Reconstructed, not printed: what each assumption carries"
    note = f"{contrast.trial_id}, {contrast.treatment} against {contrast.control}, {contrast.outcome}."
    return Table(text_frame(rows, list(rows[0])), title, note)


def split_table(bounds: SplitBounds) -> Table:
    """Show the bounds of a contrast within one trial, over the ways in which a column of two trials may split.

    Parameters
    ----------
    bounds : SplitBounds
        The bounds.

    Returns
    -------
    Table
        A row for each assumption on the split.

    Examples
    --------
    >>> from neckevidence import load_evidence, split_bounds
    >>> split_table(split_bounds(load_evidence())).frame["Splits"].iloc[0]
    '542'
    """
    rows = [
        {
            "Assumed of the split": "nothing" if row["assumption"] == "none" else row["assumption"],
            "Splits": row["splits"],
            f"{bounds.measure}, bounds": _span(bounds.measure, row["estimate_low"], row["estimate_high"]),
            "With chance": _span(bounds.measure, row["ci_low"], row["ci_high"]),
            "Direction settled": "yes" if row["interval_one_sided"] else "no",
        }
        for row in bounds.to_frame().to_dict("records")
    ]
    title = f"Bounds over every split of the column: {bounds.outcome}, {bounds.treatment} against {bounds.control}"
    note = "Within the trial that randomised both, on reconstructed arm sizes. Bounds are no estimate. With chance: union of "
    return Table(text_frame(rows, list(rows[0])), title, note + "the intervals.")


def largest_difference_table(bounds: Sequence[LargestDifference]) -> Table:
    """Show how large a difference between two arms a printed p-value of several arms allows.

    Parameters
    ----------
    bounds : sequence of LargestDifference
        The bounds.

    Returns
    -------
    Table
        A row a bound.

    Examples
    --------
    >>> from neckevidence import bounds_from_reported, load_evidence
    >>> bounds = bounds_from_reported(load_evidence(), "childers2005", "patient_global_impression_of_change")
    >>> list(largest_difference_table(bounds).frame["At most, in SD"])
    ['0.18', '0.23']
    """
    rows = [
        {
            "Figure": bound.label,
            "p, by its rounding": " to ".join(dict.fromkeys(f"{p:g}" for p in bound.p)),
            "Patients": ", ".join(str(n) for n in bound.n),
            "At most, in SD": f"{bound.at_most[1]:.2f}",
        }
        for bound in bounds
    ]
    note = "Largest difference between any two arms that the test allows, one-sided 95%, from the noncentral F distribution. "
    note += "It bounds the difference; it does not show that there is none."
    return Table(text_frame(rows, list(rows[0])), "What a p-value of several arms allows", note)
