"""Summary of findings: absolute and relative effects with their certainty, and what they say in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from neckevidence.comparison.absolute import AbsoluteEffect, absolute_effect
from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import interval_text, per_thousand_text
from neckevidence.data.evidence import Evidence
from neckevidence.equivalence.margins import Margin, margin_for_result
from neckevidence.grade.certainty import certainty
from neckevidence.grade.information_size import trials_behind
from neckevidence.grade.plain_words import plain_words
from neckevidence.tables.base import Table, text_frame

_NOTE = (
    "Certainty by GRADE, from one filled circle (very low) to four (high), rated by fixed rules. Of 1000: at the risk of the "
    "control arms of the same trials. Patients that are not printed are not guessed."
)


def findings_table(
    evidence: Evidence,
    comparisons: Sequence[Comparison],
    margins: Mapping[str, Margin | float | None] | None = None,
    title: str = "Summary of findings",
) -> Table:
    """Show a summary of findings.

    Parameters
    ----------
    evidence : Evidence
        The evidence that the results come from.
    comparisons : sequence of Comparison
        The results, a row each.
    margins : mapping of str to Margin or float, optional
        Margin by outcome, on the scale of the result's measure; by default those of the table of margins.
    title : str
        Heading.

    Returns
    -------
    Table
        Outcome (with the comparison, where they differ), patients (trials), risk with the control and with the treatment of
        1000 patients, effect, certainty, plain words.

    Raises
    ------
    NeckevidenceError
        If there is no comparison, or a margin does not fit its measure.

    Notes
    -----
    GRADE guidelines 12, Guyatt et al. 2013, J Clin Epidemiol 66:158. The trials of a printed pool are counted one by one.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> evidence = load_evidence()
    >>> findings_table(evidence, [compare(evidence, "CYC5", "PBO", outcome="somnolence")]).frame["Certainty"].iloc[0]
    '●●○○ low'
    """
    if not comparisons:
        raise NeckevidenceError("a summary of findings needs at least one comparison")
    pairs = {(one.treatment, one.control) for one in comparisons}
    rows = [_row(evidence, one, margins, len(pairs) == 1) for one in comparisons]
    if len(pairs) == 1:
        sides = f"{comparisons[0].treatment_name} against {comparisons[0].control_name}"
        title = f"{title}: {sides}"
    return Table(text_frame(rows), title, _NOTE, tuple(comparisons))


def _row(
    evidence: Evidence, one: Comparison, margins: Mapping[str, Margin | float | None] | None, same_pair: bool
) -> dict[str, str]:
    margin = margin_for_result(evidence, one) if margins is None else margins.get(one.outcome)
    rated = certainty(evidence, one, margin)
    patients = rated.numbers["patients"]
    trials = sum(map(len, trials_behind(evidence, one).values()))
    absolute = _absolute(one)
    marks = f"; {', '.join(one.marks)}" if one.marks else ""
    return {
        "Outcome": one.outcome_label if same_pair else one.title(),
        "Patients (trials)": f"{'not printed' if math.isnan(patients) else f'{patients:.0f}'} ({trials})",
        "With the control, of 1000": "" if absolute is None else per_thousand_text(absolute.control_per_1000),
        "With the treatment, of 1000": "" if absolute is None else _with_interval(absolute),
        "Effect": f"{one.measure} {interval_text(one.measure, one.estimate, one.ci_low, one.ci_high, one.level)}{marks}",
        "Certainty": f"{rated.circles} {rated.level}",
        "In plain words": plain_words(rated),
    }


def _absolute(one: Comparison) -> AbsoluteEffect | None:
    try:
        return absolute_effect(one)
    except NeckevidenceError:  # not a risk, or no risk under the control is printed
        return None


def _with_interval(absolute: AbsoluteEffect) -> str:
    middle, low, high = (
        per_thousand_text(1000 * risk) for risk in (absolute.risk, absolute.risk_low, absolute.risk_high)
    )
    return middle if math.isnan(absolute.risk_low) else f"{middle} ({low} to {high})"
