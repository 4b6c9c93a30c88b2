"""How many patients are behind a result, how many one good trial would need, and where a difference begins to matter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from neckevidence.comparison.absolute import absolute_effect, risk_under
from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.arms import ArmPair, arm_pairs
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import RATIOS, natural
from neckevidence.equivalence.limits import Limits, margin_bounds
from neckevidence.equivalence.margins import Margin, check_margin
from neckevidence.equivalence.sample_size import patients_per_arm

POWER, ALPHA = 0.8, 0.05  # of the optimal information size, two-sided
_NOTHING = 1e-12  # to show any difference at all is non-inferiority with a margin of nothing
_QUARTER = 0.25  # relative change of a risk that matters, where no margin is set
_SMALL, _MEDIUM = 0.2, 0.5  # SDs: effect to plan for, and one that matters, where no margin is set


class InformationSize(NamedTuple):
    """What imprecision is judged by.

    Attributes
    ----------
    patients : float
        Patients behind the result; NaN if not printed.
    needed : float
        Optimal information size, both arms; NaN if there is nothing to plan with.
    planned : float
        The effect that it is planned for, natural scale.
    bounds : (float, float) or None
        Where a difference begins to matter; None if nothing sets it.
    """

    patients: float
    needed: float
    planned: float
    bounds: Limits | None


def information_size(evidence: Evidence, comparison: Comparison, margin: Margin | float | None) -> InformationSize:
    """Collect what imprecision is judged by.

    Parameters
    ----------
    evidence : Evidence
        The evidence that the result comes from.
    comparison : Comparison
        The result.
    margin : Margin, float or None
        Margin that was set beforehand.

    Returns
    -------
    InformationSize
        Without a margin a quarter of the risk matters, or half an SD.

    Raises
    ------
    NeckevidenceError
        If the margin does not fit the measure.

    Notes
    -----
    A relative change of 25% and an effect of 0.2 SD to plan for are the conventions of GRADE guidelines 6 (Guyatt et al. 2011,
    J Clin Epidemiol 64:1283); the size is computed, not its rule of thumb of 400 patients. 0.5 SD as what matters stands in the
    GRADE handbook (2013). The size is that of a lower risk where that is possible. If even the nearer limit of the interval is
    further from no effect, it is planned for this limit.
    """
    measure, design = comparison.measure, _design(evidence, comparison)
    check_margin(comparison, margin)
    bounds = _conventional(measure, design, _MEDIUM) if margin is None else margin_bounds(measure, margin)
    smallest = _conventional(measure, design, _SMALL) if margin is None else bounds
    needed, planned = _needed(measure, judged_interval(comparison), smallest, design)
    return InformationSize(patients_behind(evidence, comparison), needed, planned, bounds)


def optimal_information_size(
    measure: str, effect: float, *, control_risk: float | None = None, sd: float | None = None
) -> float:
    """Return the patients of one trial with enough power, the optimal information size.

    Parameters
    ----------
    measure : {"RD", "RR", "OR", "MD", "SMD"}
        Effect measure.
    effect : float
        The difference to be found, natural scale.
    control_risk : float, optional
        Risk under the control, for RD, RR and OR.
    sd : float, optional
        Standard deviation between patients, for MD.

    Returns
    -------
    float
        Patients in both arms together, for a two-sided test at 0.05 with power 0.8; NaN if there is nothing to plan with.

    Notes
    -----
    The conventional size for two equal arms (GRADE guidelines 6, Guyatt et al. 2011, J Clin Epidemiol 64:1283); variances as in
    `patients_per_arm`, ratios through the two risks.

    Examples
    --------
    >>> optimal_information_size("RR", 0.75, control_risk=0.5)
    488.0
    """
    options = {"power": POWER, "alpha": ALPHA / 2, "question": "non-inferiority"}
    try:
        if measure in ("MD", "SMD"):
            asked = {"sd": sd} if measure == "MD" else {}
            return 2.0 * int(patients_per_arm(measure, _NOTHING, true_difference=abs(effect), **asked, **options))
        if control_risk is None or math.isnan(control_risk):
            return math.nan
        difference = risk_under(measure, control_risk, effect) - control_risk
        better = "higher_is_better" if difference > 0 else "lower_is_better"
        options |= {"control_risk": control_risk, "direction": better}
        return 2.0 * int(patients_per_arm("RD", _NOTHING, true_difference=difference, **options))
    except NeckevidenceError:  # a risk of 0 or 1, an SD that is not known
        return math.nan


def patients_behind(evidence: Evidence, comparison: Comparison) -> float:
    """Return the patients behind a result.

    Parameters
    ----------
    evidence : Evidence
        The evidence that the result comes from.
    comparison : Comparison
        The result.

    Returns
    -------
    float
        Both sides of all trials: those of the figures, else those analysed, else those randomised; NaN if a number is
        not printed.
    """
    return float(sum(sum(sides) for sides in _sizes(evidence, comparison)))


def trials_behind(evidence: Evidence, comparison: Comparison) -> dict[str, tuple[str, ...]]:
    """Return the single trials behind each result.

    Parameters
    ----------
    evidence : Evidence
        The evidence that the result comes from.
    comparison : Comparison
        The result.

    Returns
    -------
    dict of str to tuple of str
        By trial_id: of a printed pool the parts that its arms hold, else the trial itself.
    """
    pairs, pools = _pairs(evidence, comparison), evidence.pools
    behind = {}
    for trial in comparison.trials:
        rows = pools[pools["pool_id"] == trial.trial_id]
        if trial.trial_id in pairs:
            pair = pairs[trial.trial_id]
            rows = rows[rows["arm_id"].isin((*pair.treatment_arms, *pair.control_arms))]
        behind[trial.trial_id] = tuple(dict.fromkeys(rows["part_id"])) or (trial.trial_id,)
    return behind


def _pairs(evidence: Evidence, comparison: Comparison) -> dict[str, ArmPair]:
    return {pair.trial_id: pair for pair in arm_pairs(evidence, comparison.treatment, comparison.control)}


def _sizes(evidence: Evidence, comparison: Comparison) -> list[tuple[float, float]]:
    """Return the patients on either side of each trial."""
    pairs = _pairs(evidence, comparison)
    arms = evidence.arms.set_index(["trial_id", "arm_id"])
    number = arms["n_analysed"].astype(float).fillna(arms["n_randomised"].astype(float))
    sizes = []
    for trial in comparison.trials:
        pair = pairs.get(trial.trial_id)
        sides = (pair.treatment_arms, pair.control_arms) if pair else ((), ())
        printed = [sum((number[trial.trial_id, arm] for arm in arms), 0.0) if arms else math.nan for arms in sides]
        both = zip((trial.n_treatment, trial.n_control), printed, strict=True)
        sizes.append(tuple(float(n) if math.isfinite(n) else other for n, other in both))
    return sizes


def judged_interval(comparison: Comparison) -> Limits:
    """Return the interval that imprecision is judged on: the Bayesian one with two or three trials, else the one shown.

    Parameters
    ----------
    comparison : Comparison
        The result.

    Returns
    -------
    low, high : float
        Natural scale; NaN if there is none.
    """
    if comparison.bayes is None:
        return float(comparison.ci_low), float(comparison.ci_high)
    low, high = comparison.bayes.ci
    return natural(comparison.measure, low), natural(comparison.measure, high)


def _design(evidence: Evidence, comparison: Comparison) -> Mapping[str, float]:
    """Return what a trial of the question would be planned with: the risk under the control, or the SD."""
    if comparison.measure in ("RD", *RATIOS):
        try:
            return {"control_risk": absolute_effect(comparison).baseline}
        except NeckevidenceError:
            return {}
    if comparison.measure == "SMD":
        return {}
    squares = [
        trial.variance / (1 / one + 1 / two)
        for trial, (one, two) in zip(comparison.trials, _sizes(evidence, comparison), strict=True)
    ]
    known = [square for square in squares if math.isfinite(square) and square > 0]
    return {"sd": math.sqrt(float(np.mean(known)))} if known else {}


def _conventional(measure: str, design: Mapping[str, float], sds: float) -> Limits | None:
    """Return where a difference begins to matter if no margin was set: a quarter of the risk, or a part of an SD."""
    if measure in RATIOS:
        return 1 - _QUARTER, 1 + _QUARTER
    unit = {"RD": design.get("control_risk"), "SMD": 1.0, "MD": design.get("sd")}[measure]
    if not unit:
        return None
    width = (_QUARTER if measure == "RD" else sds) * unit
    return -width, width


def _needed(measure: str, interval: Limits, bounds: Limits | None, design: Mapping[str, float]) -> tuple[float, float]:
    """Return the optimal information size, and the effect that it is planned for."""
    if bounds is None:
        return math.nan, math.nan
    lower, upper = ((optimal_information_size(measure, bound, **design), bound) for bound in bounds)
    size = upper if math.isnan(lower[0]) else lower
    if interval[0] > bounds[1] or interval[1] < bounds[0]:
        nearer = interval[0] if interval[0] > bounds[1] else interval[1]
        own = optimal_information_size(measure, nearer, **design)
        return (own, nearer) if own < size[0] else size
    return size
