"""How many patients of an arm had the event, from counts, percentages or ratings as printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from neckevidence.core.notes import Note
from neckevidence.core.printed import decimals, printed_counts, printed_numbers
from neckevidence.data.arms import arm_row
from neckevidence.data.evidence import Evidence


@dataclass(frozen=True)
class ArmCount:
    """Events in the arms on one side of a comparison.

    Attributes
    ----------
    events : int or None
        The count, or the count nearest to the printed percentage; None without a denominator.
    possible : range or tuple of int
        Every count that prints so.
    n : int or None
        Patients.
    percent : float
        As printed, or from the counts.
    as_printed : str
        The figures.
    facts : tuple of str
        Their fact_ids.
    notes : tuple of Note
        Rules that were used and doubts.
    """

    events: int | None
    possible: Sequence[int]
    n: int | None
    percent: float
    as_printed: str
    facts: tuple[str, ...]
    notes: tuple[Note, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether the figures give a count and its denominator."""
        return self.events is not None and self.n is not None


def arm_count(evidence: Evidence, row: tuple) -> ArmCount:
    """Read one row of the table of counts.

    Parameters
    ----------
    evidence : Evidence
        The evidence, for denominators that are not printed with the figure.
    row : namedtuple
        The row, from ``itertuples``.

    Returns
    -------
    ArmCount
        With the denominator printed with the figure, else the number analysed in the arm, else the number
        randomised; a note says so. A percentage stands for every count that prints so.
    """
    notes: list[Note] = []
    n = None if pd.isna(row.n) else int(row.n)
    if n is None:
        n, taken = arm_size(evidence, row.trial_id, row.arm_id)
        notes += taken
    if pd.notna(row.events):
        events, possible, percent = int(row.events), range(int(row.events), int(row.events) + 1), row.percent
        percent = 100 * events / n if n and pd.isna(percent) else percent
    else:
        percent = float(row.percent)
        digits = next((decimals(word) for word in printed_numbers(row.as_printed) if float(word) == percent), 0)
        possible = printed_counts(percent, digits, n) if n else range(0)
        events = min(possible, key=lambda count: abs(100 * count / n - percent)) if possible else None
        if n and not possible:
            text = f"{row.arm_id}: no count of {n} prints as {row.as_printed}; no interval can be given"
            notes.append(Note("no count", text))
            n = None
        elif n is None:
            text = f"{row.arm_id}: {row.as_printed} is printed without a denominator; no interval can be given"
            notes.append(Note("no denominator", text))
    return ArmCount(events, possible, n, percent, row.as_printed, (row.fact_id,), tuple(notes))


def arm_size(evidence: Evidence, trial_id: str, arm_id: str) -> tuple[int | None, tuple[Note, ...]]:
    """Return the patients of an arm whose figure is printed without them.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trial_id, arm_id : str
        Key of the arm.

    Returns
    -------
    n : int or None
        The number analysed, else the number randomised; None if neither is printed.
    notes : tuple of Note
        Which of them it is.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> arm_size(load_evidence(), "friedman2015", "NAP+CYC5")[0]
    108
    """
    arm = arm_row(evidence, trial_id, arm_id)
    for column, word in (("n_analysed", "analysed"), ("n_randomised", "randomised")):
        if pd.notna(arm[column]):
            text = f"{arm_id}: the denominator is not printed with the figure; taken as the {int(arm[column])} {word}"
            return int(arm[column]), (Note("denominator", text),)
    return None, ()


def added(parts: list[ArmCount]) -> ArmCount:
    """Add up arms of one trial that a group of treatments takes together (Cochrane Handbook 6.4, 23.3.4).

    Parameters
    ----------
    parts : list of ArmCount
        The arms.

    Returns
    -------
    ArmCount
        Their sum; without a count if one of them has none.
    """
    if len(parts) == 1:
        return parts[0]
    facts = tuple(fact for part in parts for fact in part.facts)
    notes = tuple(note for part in parts for note in part.notes)
    printed = " + ".join(part.as_printed for part in parts)
    if not all(part.counted for part in parts):
        return ArmCount(None, (), None, math.nan, printed, facts, notes)
    low = sum(min(part.possible) for part in parts)
    high = sum(max(part.possible) for part in parts)
    events, n = sum(part.events or 0 for part in parts), sum(part.n or 0 for part in parts)
    return ArmCount(events, range(low, high + 1), n, 100 * events / n, printed, facts, notes)


def event_rank(evidence: Evidence, outcome: str) -> int | None:
    """Return the rank from which on a rating is an event.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    outcome : str
        The rated outcome.

    Returns
    -------
    int or None
        That of the category which the question names; None if it names none, or no rating of the outcome has it.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> event_rank(load_evidence(), "medication_helpfulness")
    2
    """
    rows = evidence.ratings
    named = rows["category"] == evidence.question.outcomes.good_from
    ranks = rows.loc[named & (rows["outcome"] == outcome), "rating"].dropna()
    return int(ranks.min()) if len(ranks) else None


def responders(arm: pd.DataFrame, rank: int) -> ArmCount:
    """Count ratings from a rank on in one arm, a missing rating as none.

    Parameters
    ----------
    arm : DataFrame
        The rows of the table of ratings of one arm at one time.
    rank : int
        From `event_rank`.

    Returns
    -------
    ArmCount
        The denominator is the sum of all categories; a note says if the header prints another.
    """
    helped = arm[(arm["rating"] >= rank).fillna(False)]
    events, n = int(helped["events"].sum()), int(arm["events"].sum())
    header = set(arm["n"].dropna())
    notes: tuple[Note, ...] = ()
    if header and header != {n}:
        printed = ", ".join(str(number) for number in sorted(header))
        text = f"{arm['arm_id'].iloc[0]}: the ratings add up to {n}, the header prints {printed}; {n} is used"
        notes = (Note("header", text),)
    shown = " + ".join(helped["as_printed"])
    return ArmCount(events, range(events, events + 1), n, 100 * events / n, shown, tuple(arm["fact_id"]), notes)
