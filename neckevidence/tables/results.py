"""Tables of results."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from neckevidence.comparison.absolute import AbsoluteEffect
from neckevidence.comparison.evidence_map import EvidenceMap
from neckevidence.comparison.result import Comparison
from neckevidence.core.numbers import band_text, interval_text, per_thousand_text, per_thousand_texts
from neckevidence.tables.base import Table, text_frame
from neckevidence.tables.evidence import facts_as_table


def results_table(comparisons: Sequence[Comparison], title: str = "The results") -> Table:
    """Show comparisons, one a row.

    Parameters
    ----------
    comparisons : sequence of Comparison
        The results.
    title : str
        Heading.

    Returns
    -------
    Table
        Outcome, treatments, measure, effect with interval, what rounding leaves open, trials, randomised.
    """
    rows = [
        {
            "Outcome": one.outcome_label,
            "Treatment": one.treatment_name,
            "Control": one.control_name,
            "Effect": f"{one.measure} {interval_text(one.measure, one.estimate, one.ci_low, one.ci_high, one.level)}",
            "Rounding leaves open": _band(one),
            "Trials": str(one.k),
            "Randomised": _randomised(one),
        }
        for one in comparisons
    ]
    return Table(text_frame(rows), title, origins=tuple(comparisons))


def _randomised(one: Comparison) -> str:
    answer = "yes" if one.randomised else "NO: across trials" if one.allocation_stated else "not stated"
    return f"{answer}, reconstructed counts" if one.reconstructed else answer


def _band(one: Comparison) -> str:
    if one.rounding is None:
        return "not computed"
    band = band_text(one.measure, *one.rounding["estimate"])
    return band if " to " in band else "nothing"


def expected_table(expected: pd.DataFrame, treatment: str, title: str) -> Table:
    """Show what one relative effect makes of several starting risks.

    Parameters
    ----------
    expected : DataFrame
        As `neckevidence.comparison.absolute.expected_per_1000` gives it.
    treatment : str
        The treatment in words.
    title : str
        Heading.

    Returns
    -------
    Table
        A row a starting risk: patients per 1000 without and with the treatment, and the difference.
    """
    shown = expected.map(per_thousand_text)
    rows = [
        {
            "Without, of 1000": row.control,
            f"With {treatment}": f"{row.treatment} ({row.treatment_low} to {row.treatment_high})",
            "More": f"{row.difference} ({row.difference_low} to {row.difference_high})",
        }
        for row in shown.itertuples()
    ]
    return Table(text_frame(rows), title, "One effect is taken to hold at every starting risk: an assumption.")


def absolute_table(effects: Sequence[AbsoluteEffect], title: str = "Per 1000 patients") -> Table:
    """Show absolute effects, one a row.

    Parameters
    ----------
    effects : sequence of AbsoluteEffect
        The results.
    title : str
        Heading.

    Returns
    -------
    Table
        Outcome, patients per 1000 under both, difference with interval, baseline, randomised.
    """
    rows = []
    for one in effects:
        difference, low, high = per_thousand_texts(*one.difference_per_1000)
        of = one.comparison
        rows.append(
            {
                "Outcome": of.outcome_label,
                "With treatment": f"{per_thousand_text(one.treatment_per_1000)} on {of.treatment_name}",
                "With control": f"{per_thousand_text(one.control_per_1000)} on {of.control_name}",
                "Difference": f"{difference} ({low} to {high})",
                "Baseline": one.baseline_rule,
                "Randomised": _randomised(of),
            }
        )
    return Table(text_frame(rows), title, origins=tuple(effects))


def map_table(map_: EvidenceMap) -> Table:
    """Show an evidence map in words.

    Parameters
    ----------
    map_ : EvidenceMap
        The map.

    Returns
    -------
    Table
        A row a comparison, a column a kind of outcome.
    """
    frame = map_.to_frame().reset_index().rename(columns={"comparison": "Comparison"})
    return Table(frame.astype(str), "What the public figures give, in words").of(None)


def figures_table(comparisons: Sequence[Comparison]) -> Table:
    """Show the printed figures behind comparisons, each with its source and place in it.

    Parameters
    ----------
    comparisons : sequence of Comparison
        The results.

    Returns
    -------
    Table
        Outcome, study, arm, time, as printed, source, place, reliability.
    """
    facts = pd.concat([one.facts for one in comparisons]).drop_duplicates("fact_id")
    return facts_as_table(facts, "The figures as printed")
