"""What an interval says, in a sentence: never more than it does."""

from __future__ import annotations

import math

from neckevidence.comparison.result import Comparison
from neckevidence.effects.measures import no_effect
from neckevidence.equivalence.margins import Margin


def reading(comparison: Comparison, margin: Margin | None = None) -> str:
    """Read an interval against no effect and, if there is one, against an equivalence margin.

    Parameters
    ----------
    comparison : Comparison
        The result.
    margin : Margin, optional
        Margin on the scale of the measure; only for differences.

    Returns
    -------
    str
        A sentence or two. An interval that includes no effect is never called equality, and a comparison that is
        not randomised says so.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> print(reading(compare(load_evidence(), "CYC5", "PBO", outcome="somnolence")))
    The interval excludes no difference, in favour of placebo.
    """
    parts = [_against_no_effect(comparison)]
    if margin is not None and _has_interval(comparison):
        parts.append(_against_margin(comparison, margin))
    elif _includes_no_effect(comparison):
        parts.append("No difference is shown, and no equality either.")
    if agree_alone(comparison):
        parts.append(
            f"Each of the {comparison.k} trials alone excludes no difference, all in the same direction: the pooled interval "
            "is wide because so few trials hardly tell how far trials differ."
        )
    if not comparison.randomised:
        stated = comparison.allocation_stated
        why = "this is not a randomised comparison" if stated else "how patients were allocated is not stated"
        parts.append(f"But {why}: it cannot carry a conclusion alone.")
    return " ".join(parts)


def _has_interval(comparison: Comparison) -> bool:
    return not (math.isnan(comparison.ci_low) or math.isnan(comparison.ci_high))


def _includes_no_effect(comparison: Comparison) -> bool:
    return comparison.ci_low <= no_effect(comparison.measure) <= comparison.ci_high


def agree_alone(comparison: Comparison) -> bool:
    """Tell whether each trial excludes no difference on the same side while the pooled interval does not.

    Parameters
    ----------
    comparison : Comparison
        The result.

    Returns
    -------
    bool
        False for one trial.
    """
    if comparison.k < 2 or not _includes_no_effect(comparison):
        return False
    none = no_effect(comparison.measure)
    return all(trial.ci_low > none for trial in comparison.trials) or all(
        trial.ci_high < none for trial in comparison.trials
    )


def _against_no_effect(comparison: Comparison) -> str:
    if not _has_interval(comparison):
        return "The printed figures give no interval: nothing can be said of chance."
    if _includes_no_effect(comparison):
        return "The interval includes no difference and differences in both directions."
    lower = comparison.ci_high < no_effect(comparison.measure)
    if comparison.direction == "neither":
        return f"The interval excludes no difference; it lies {'below' if lower else 'above'} it."
    better = (
        comparison.treatment_name if lower == (comparison.direction == "lower_is_better") else comparison.control_name
    )
    return f"The interval excludes no difference, in favour of {better}."


def _against_margin(comparison: Comparison, margin: Margin) -> str:
    size = f"the margin of {margin.value:g}" + (f" {margin.unit}" if comparison.measure == "MD" else "")
    if -margin.value < comparison.ci_low and comparison.ci_high < margin.value:
        return f"The whole interval lies within {size} ({margin.margin_id}): larger differences are unlikely."
    if comparison.ci_low > margin.value or comparison.ci_high < -margin.value:
        return f"The whole interval lies beyond {size} ({margin.margin_id})."
    return f"The interval reaches across {size} ({margin.margin_id}): equivalence is not shown."
