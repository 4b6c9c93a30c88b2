"""A result in plain words, by rule from its direction, its size and its certainty."""

from __future__ import annotations

import math

from neckevidence.effects.measures import no_effect
from neckevidence.equivalence.limits import Limits
from neckevidence.grade.certainty import Certainty
from neckevidence.grade.information_size import judged_interval

_VERBS = {"high": "results in", "moderate": "probably results in", "low": "may result in"}
KINDS = ("more", "slightly more", "less", "slightly less", "little or no difference", "open", "not known")


def effect_kind(estimate: float, interval: Limits, none: float, bounds: Limits | None, margin_given: bool) -> str:
    """Say in which direction an effect lies, and whether it is slight.

    Parameters
    ----------
    estimate : float
        The effect.
    interval : (float, float)
        Its interval.
    none : float
        No effect.
    bounds : (float, float) or None
        Where a difference begins to matter.
    margin_given : bool
        Whether the bounds are a margin that was set beforehand.

    Returns
    -------
    str
        One of `KINDS`. ``little or no difference`` only if the whole interval lies within a margin that was set: an interval
        that includes no effect is else ``open``, never equality. ``not known`` if there is no interval.

    Examples
    --------
    >>> effect_kind(1.1, (0.9, 1.4), 1, (0.75, 1.25), False), effect_kind(2.9, (2.1, 4.0), 1, (0.75, 1.25), False)
    ('open', 'more')
    """
    low, high = interval
    if math.isnan(low) or math.isnan(high) or math.isnan(estimate):
        return "not known"
    if low <= none <= high:
        within = margin_given and bounds is not None and bounds[0] < low and high < bounds[1]
        return "little or no difference" if within else "open"
    word = "more" if low > none else "less"
    slight = bounds is not None and bounds[0] < estimate < bounds[1]
    return f"slightly {word}" if slight else word


def plain_words(rated: Certainty) -> str:
    """Say a result in a sentence that is never stronger than its certainty.

    Parameters
    ----------
    rated : Certainty
        The result with its certainty.

    Returns
    -------
    str
        High certainty: ``results in``; moderate: ``probably results in``; low: ``may result in``; very low, or no interval: the
        evidence is very uncertain. What must stand wherever the result stands is added.

    Notes
    -----
    Informative statements of GRADE guidelines 26 (Santesso et al. 2020, J Clin Epidemiol 119:126), but for one thing: an
    interval that includes no effect is not called little or no difference unless it lies within a margin set beforehand.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> from neckevidence.grade.certainty import certainty
    >>> evidence = load_evidence()
    >>> print(plain_words(certainty(evidence, compare(evidence, "CYC5", "PBO", outcome="somnolence"))))
    Cyclobenzaprine 5 mg may result in more somnolence (drowsiness) than placebo.
    """
    of = rated.comparison
    kind = effect_kind(of.estimate, judged_interval(of), no_effect(of.measure), rated.bounds, rated.margin_given)
    treatment = f"{of.treatment_name[0].upper()}{of.treatment_name[1:]}"
    marks = f" ({', '.join(of.marks)})" if of.marks else ""
    if rated.level == "very low" or kind == "not known":
        of_what = f"the effect of {of.treatment_name} on {of.outcome_label}, against {of.control_name}"
        return f"The evidence is very uncertain about {of_what}{marks}."
    if kind == "open":
        asked = f"Whether {of.treatment_name} changes {of.outcome_label}, against {of.control_name}, is open"
        return f"{asked}: the interval includes no difference{marks}."
    verb = _VERBS[rated.level]
    if kind == "little or no difference":
        return f"{treatment} {verb} little or no difference in {of.outcome_label} from {of.control_name}{marks}."
    degree = kind if of.measure not in ("MD", "SMD") else kind.replace("more", "higher").replace("less", "lower")
    return f"{treatment} {verb} {degree} {of.outcome_label} than {of.control_name}{marks}."
