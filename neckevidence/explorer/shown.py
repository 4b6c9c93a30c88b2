"""A choice, and all that is shown for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neckevidence.comparison.absolute import AbsoluteEffect, absolute_effect
from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.evidence import Evidence
from neckevidence.equivalence.assessment import Equivalence, assess_equivalence
from neckevidence.equivalence.margins import Margin
from neckevidence.explorer.questions import Pair, Questions

EVERYBODY = "all"


@dataclass(frozen=True)
class Choice:
    """Where the knobs stand.

    Attributes
    ----------
    pair : (str, str)
        Treatment and control.
    outcome, measure, model : str
        As for `neckevidence.compare`.
    population : str
        ``all``, or a region of the table of trials: only trials of that region stay in.
    margin : Margin, float or None
        As for `neckevidence.assess_equivalence`; None for no margin.
    baseline : float or None
        Risk under the control, between 0 and 1; None for that of the trials.
    rounding : bool
        Whether to show what the rounding of the printed figures leaves open.
    """

    pair: Pair
    outcome: str
    measure: str
    model: str = "random"
    population: str = EVERYBODY
    margin: Margin | float | None = None
    baseline: float | None = None
    rounding: bool = True


@dataclass(frozen=True)
class Shown:
    """What is shown for a choice.

    Attributes
    ----------
    choice : Choice
        The choice.
    without : tuple of str
        Trials that the population leaves out.
    comparison : Comparison or None
        None if there is no figure.
    verdict : Equivalence or None
        None without a margin.
    patients : AbsoluteEffect or None
        None for means, or where no baseline risk is known.
    problems : tuple of str
        Sentences on what could not be shown, and why.
    """

    choice: Choice
    without: tuple[str, ...]
    comparison: Comparison | None
    verdict: Equivalence | None
    patients: AbsoluteEffect | None
    problems: tuple[str, ...]


def shown(questions: Questions, choice: Choice, problems: tuple[str, ...] = ()) -> Shown:
    """Work out what is shown for a choice.

    Parameters
    ----------
    questions : Questions
        The evidence with all comparisons made so far.
    choice : Choice
        Where the knobs stand.
    problems : tuple of str
        What is wrong with the input already.

    Returns
    -------
    Shown
        A comparison that does not exist is a sentence in ``problems``, not an error.

    Raises
    ------
    NeckevidenceError
        If the margin does not fit the measure.
    """
    whole = questions.ask(choice.pair, choice.outcome, choice.measure)
    if isinstance(whole, str):
        return Shown(choice, (), None, None, None, (*problems, _sentence(whole)))
    others = () if choice.population == EVERYBODY else _not_in(whole, choice.population)
    if len(others) == whole.k:
        return Shown(
            choice, others, None, None, None, (*problems, _nobody(questions.evidence, whole, choice.population))
        )
    result = questions.ask(choice.pair, choice.outcome, choice.measure, choice.model, others)
    assert isinstance(result, Comparison)  # trials are left
    verdict = None if choice.margin is None else assess_equivalence(result, choice.margin)
    patients = None
    if choice.measure in ("RR", "OR", "RD"):
        try:
            patients = absolute_effect(result, choice.baseline)
        except NeckevidenceError as unknown:  # a published contrast alone gives no risk under the control
            problems = (*problems, _sentence(str(unknown)))
    return Shown(choice, others, result, verdict, patients, problems)


def _not_in(whole: Comparison, region: str) -> tuple[str, ...]:
    return tuple(trial.trial_id for trial in whole.trials if trial.region != region)


def _nobody(evidence: Evidence, whole: Comparison, region: str) -> str:
    there = ", ".join(f"{trial.label} ({region_name(evidence, trial.region)})" for trial in whole.trials)
    return f"No figure for this population ({region_name(evidence, region)}). The trials with a figure: {there}."


def region_name(evidence: Evidence, region: str) -> str:
    """Return a population in words."""
    return "all patients" if region == EVERYBODY else evidence.question.population_of(region).label


def number_from(text: str) -> float | None:
    """Read a number that somebody typed; nothing is None, and a per cent sign divides by 100.

    Parameters
    ----------
    text : str
        What was typed.

    Returns
    -------
    float or None
        The number.

    Raises
    ------
    NeckevidenceError
        If it is none.

    Examples
    --------
    >>> number_from(" 6% "), number_from("1.25"), number_from("")
    (0.06, 1.25, None)
    """
    words = text.strip().replace("\u2212", "-")
    if not words:
        return None
    try:
        value = float(words.removesuffix("%")) / (100 if words.endswith("%") else 1)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise NeckevidenceError(f"{text.strip()!r} is not a number; write for example 0.06, 6% or 1.25")
    return value


def check_risk(value: float) -> None:
    """Refuse a baseline risk that is none.

    Parameters
    ----------
    value : float
        The risk.

    Raises
    ------
    NeckevidenceError
        If it does not lie between 0 and 1.
    """
    if not 0 <= value <= 1:
        raise NeckevidenceError(f"a risk must lie between 0 and 1, found {value:g}")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:].rstrip(".") + "."
