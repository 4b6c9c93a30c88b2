"""Tables of results against margins, of rated outcomes, and of strata."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from neckevidence.comparison.rated_arms import OrdinalComparison
from neckevidence.comparison.strata import StrataContrasts
from neckevidence.core.numbers import interval_text, share_text
from neckevidence.equivalence.assessment import ANSWERS, Equivalence
from neckevidence.tables.base import Table, text_frame


def equivalence_table(assessments: Sequence[Equivalence]) -> Table:
    """Show results against their margins, and against half and one and a half times the margins.

    Parameters
    ----------
    assessments : sequence of Equivalence
        The results.

    Returns
    -------
    Table
        A row a result.

    Examples
    --------
    >>> from neckevidence import assess_equivalence, compare, load_evidence
    >>> result = compare(load_evidence(), "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    >>> equivalence_table([assess_equivalence(result, 5)]).frame["At the margin"].iloc[0]
    'equivalent'
    """
    rows = []
    for one in assessments:
        result = one.comparison
        answers = dict(zip(one.sensitivity["factor"], one.sensitivity["answer"], strict=True))
        wide = interval_text(result.measure, one.estimate, *one.wide, 1 - one.alpha)
        rows.append(
            {
                "Comparison": result.title(),
                "Result": f"{result.measure} {wide}",
                "Margin": one.margin_text(),
                "At half the margin": ANSWERS[answers[0.5]],
                "At the margin": ANSWERS[answers[1.0]],
                "At 1.5 times": ANSWERS[answers[1.5]],
                "Can rounding change it": {True: "yes", False: "no", None: ""}[one.lost_by_rounding],
            }
        )
    note = "Equivalent: the 90% interval (two one-sided tests) lies within the margin. Undecided: neither equal nor different."
    return Table(text_frame(rows), "Against the margins", note, tuple(assessments))


def decide_table(frame: pd.DataFrame, title: str) -> Table:
    """Show how many patients would decide a question.

    Parameters
    ----------
    frame : DataFrame
        From `what_would_decide`.
    title : str
        Heading.

    Returns
    -------
    Table
        A row a question and assumed truth, a column a power.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence, what_would_decide
    >>> result = compare(load_evidence(), "NAP+DZP5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    >>> "80%" in " ".join(decide_table(what_would_decide(result, 2.5), "Patients").frame.columns)
    True
    """
    rows = []
    for (question, truth), group in frame.groupby(["question", "truth"], sort=False):
        needed = {
            f"Patients per arm, {share_text(power)} power": "no number" if pd.isna(n) else f"{n:,}"
            for power, n in zip(group["power"], group["patients_per_arm"], strict=True)
        }
        rows.append({"To show": question, "If the true difference is": truth, **needed})
    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["To show"]
    note = "One-sided tests at 5% (relevant difference: two-sided). No number: a truth beyond the margin."
    return Table(text_frame(rows, columns), title, note)


def ordinal_table(comparisons: Sequence[OrdinalComparison]) -> Table:
    """Show rated outcomes with missing ratings handled in each way.

    Parameters
    ----------
    comparisons : sequence of OrdinalComparison
        The comparisons.

    Returns
    -------
    Table
        A row a comparison and handling.

    Examples
    --------
    >>> from neckevidence import compare_ratings, load_evidence
    >>> asked = "cer_1105", "CER30", "PBO", "medication_helpfulness", "day_4"
    >>> len(ordinal_table([compare_ratings(load_evidence(), *asked)]).frame)
    4
    """
    rows = []
    for one in comparisons:
        for row in one.to_frame().to_dict("records"):
            odds = interval_text("OR", row["odds_ratio"], row["ci_low"], row["ci_high"], one.level)
            wins = interval_text("OR", row["win_odds"], row["win_odds_low"], row["win_odds_high"], one.level)
            rows.append(
                {
                    "Trial and day": one.title.split(":")[0],
                    "Missing ratings": row["missing"],
                    "Common odds ratio": odds,
                    "Win odds": wins,
                    "Better in a pair": share_text(row["index"]),
                    "Odds proportional? p": f"{row['lr_p_value']:.2f}",
                }
            )
    note = "Better in a pair: how often a patient on the treatment fares better than one on the control, ties as half. "
    note += "Against, for treatment: missing ratings placed at opposite ends. "
    note += "A large p does not show that the odds are proportional."
    origins = tuple(one for one in comparisons for _ in range(len(one.to_frame())))
    return Table(text_frame(rows), "Ratings in all their categories", note, origins)


def strata_table(strata: StrataContrasts) -> Table:
    """Show responders by stratum within each arm.

    Parameters
    ----------
    strata : StrataContrasts
        The strata.

    Returns
    -------
    Table
        A row an arm.

    Examples
    --------
    >>> from neckevidence import load_evidence, strata_contrasts
    >>> len(strata_table(strata_contrasts(load_evidence())).frame)
    2
    """
    rows = []
    first, second = strata.labels
    for one in strata.contrasts:
        sides = {
            words: "not printed" if pd.isna(events) else f"{events:.0f} of {n:.0f}"
            for words, events, n in (
                (first[0].upper() + first[1:], one.events_first, one.n_first),
                (second[0].upper() + second[1:], one.events_second, one.n_second),
            )
        }
        known = not pd.isna(one.difference)
        difference = (
            interval_text("RD", one.difference, one.ci_low, one.ci_high, strata.level) if known else "not known"
        )
        rows.append(
            {
                "Arm": one.treatment,
                **sides,
                "Difference of shares": difference,
                "In no printed stratum": "" if pd.isna(one.without_stratum) else f"{one.without_stratum:.0f}",
            }
        )
    note = "Within an arm, after randomisation: an association among treated patients, not an effect."
    return Table(text_frame(rows), f"Responders, by {strata.strata.by}", note).of(strata)
