"""Tables of what the printed figures leave possible: reconstructions, splits, bounds from p-values."""

from __future__ import annotations

from collections.abc import Sequence

from neckevidence.comparison.largest_difference import LargestDifference
from neckevidence.core.numbers import band_text, signed
from neckevidence.data.evidence import Evidence
from neckevidence.effects.from_tests import EffectFromTest
from neckevidence.effects.votes import EffectFromOrder, EffectFromVotes
from neckevidence.reconstruction.low_dose import DoseContrast
from neckevidence.reconstruction.split import SplitBounds
from neckevidence.tables.base import Table, text_frame


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
            contrast.measure: band_text(contrast.measure, row["estimate_least"], row["estimate_greatest"]),
            "Interval within": band_text(contrast.measure, row["ci_low_least"], row["ci_high_greatest"]),
        }
        for row in contrast.sensitivity.to_dict("records")
    ]
    title = "Reconstructed, not printed: what each assumption carries"
    note = f"{contrast.trial_id}, {contrast.treatment} against {contrast.control}, {contrast.outcome}."
    return Table(text_frame(rows), title, note).of(contrast)


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
            f"{bounds.measure}, bounds": band_text(bounds.measure, row["estimate_low"], row["estimate_high"]),
            "With chance": band_text(bounds.measure, row["ci_low"], row["ci_high"]),
            "Direction settled": "yes" if row["interval_one_sided"] else "no",
        }
        for row in bounds.to_frame().to_dict("records")
    ]
    title = f"Bounds over every split of the column: {bounds.outcome}, {bounds.treatment} against {bounds.control}"
    note = "Within the trial that randomised both, on reconstructed arm sizes. Bounds are no estimate. With chance: union of "
    return Table(text_frame(rows), title, note + "the intervals.").of(bounds)


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
    return Table(text_frame(rows), "What a p-value of several arms allows", note, tuple(bounds))


def fact_bounds_table(
    evidence: Evidence, bounds: Sequence[EffectFromTest | EffectFromVotes | EffectFromOrder], title: str
) -> Table:
    """Show what words, votes or a p-value between two arms allow.

    Parameters
    ----------
    evidence : Evidence
        The evidence, for the words.
    bounds : sequence of EffectFromTest, EffectFromVotes or EffectFromOrder
        As `bound_from_fact` gives them.
    title : str
        Heading.

    Returns
    -------
    Table
        A row a figure: study, what is reported, patients, what it allows, what is assumed.

    Examples
    --------
    >>> from neckevidence import bound_from_fact, load_evidence
    >>> ev = load_evidence()
    >>> fact_bounds_table(ev, [bound_from_fact(ev, "reported_059")], "Pain").frame["It allows"].item()
    'a difference of at most 0.40 SD, either way'
    """
    reported, trials = evidence.keyed("reported"), evidence.keyed("trials")
    rows = [
        {
            "Study": trials.loc[reported.loc[bound.facts[0], "trial_id"], "label"],
            "What is reported": reported.loc[bound.facts[0], "statement"],
            "Patients": " and ".join(str(n) for n in bound.n),
            "It allows": _allowed(bound),
            "Assumed": "; ".join(bound.notes),
        }
        for bound in bounds
    ]
    note = "95%. Bounds, not estimates: what fits the words, with chance. SD: of the outcome within arms."
    return Table(text_frame(rows), title, note, tuple(bounds))


def _allowed(bound: EffectFromTest | EffectFromVotes | EffectFromOrder) -> str:
    """Say what is allowed, in words with the numbers."""
    if isinstance(bound, EffectFromVotes):
        return f"a difference of {bound.smd_limits[0]:.2f} to {bound.smd_limits[1]:.2f} SD"
    if isinstance(bound, EffectFromOrder):
        return (
            f"observed: a difference in risk of {_points(bound.estimate)} in 100; "
            f"with chance: {_points(bound.interval)}"
        )
    if bound.signed:
        return f"{bound.measure} {band_text(bound.measure, bound.ci_low[0], bound.ci_high[1])}"
    if bound.at_most == float("inf"):
        least = min(abs(end) for end in bound.estimate)
        return f"observed: at least {least:.2f} SD; with chance: {signed(bound.ci_low[0], 2)} SD or more"
    return f"a difference of at most {bound.at_most:.2f} SD, either way"


def _points(band: tuple[float, float]) -> str:
    return " to ".join(f"{100 * end:.0f}".replace("-", "\u2212") for end in band)
