"""How many patients an arm would decide a question that the present figures leave open."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.effects.measures import RATIOS, check_choice, check_measure, no_effect
from neckevidence.equivalence.limits import margin_bounds, on_analysis_scale
from neckevidence.equivalence.margins import Margin, check_margin

Array = NDArray[np.float64]
QUESTIONS = ("equivalence", "non-inferiority", "relevant difference")
_MOST = 2**31  # patients an arm: more is no trial
_PER_ARM_IF_UNKNOWN = 10**5  # any large number: only the ratio to it is used
_NODES = 100


class OutOfReachError(NeckevidenceError):
    """No number of patients answers the question: the truth assumed is on the wrong side of the margin, or no risk."""


def power_per_arm(
    n: ArrayLike,
    variance: ArrayLike,
    margin: ArrayLike,
    *,
    true_difference: ArrayLike = 0.0,
    alpha: float = 0.05,
    question: str = "equivalence",
    estimated_sd: bool = False,
) -> Array:
    """Return the power of a trial with two arms of n patients to decide a question.

    Parameters
    ----------
    n : array_like
        Patients in each arm, 2 or more.
    variance : array_like
        Variance of the difference between one patient of each arm: 2 SD^2 for means.
    margin, true_difference : array_like
        On the analysis scale, logarithms for ratios. The margin is above 0; a positive difference favours the treatment.
    alpha : float
        One-sided error; the interval used has the level 1 - 2 alpha, for a relevant difference 1 - alpha.
    question : {"equivalence", "non-inferiority", "relevant difference"}
        What is to be shown: the difference is within the margin on both sides, on the worse side, or beyond it.
    estimated_sd : bool
        True for means, whose SD the trial has to estimate: t instead of normal.

    Returns
    -------
    array
        Between 0 and 1, broadcast over the inputs.

    Notes
    -----
    With standard error s = sqrt(variance / n), d the true difference and m the margin, equivalence is shown by two one-sided
    tests with power max(0, Phi((m - d)/s - c) + Phi((m + d)/s - c) - 1), c the normal quantile at 1 - alpha; non-inferiority
    with Phi((m + d)/s - c); a difference beyond the margin with Phi((|d| - m)/s - c), c at 1 - alpha/2. With an estimated SD,
    c is that of t with 2 n - 2 degrees of freedom times the estimated over the true SD, and the power is the mean over
    its distribution: the noncentral t, and for equivalence Owen's bivariate one (Julious 2004, Stat Med 23:1921, on
    normal data; Chow, Shao and Wang, Sample Size Calculations in Clinical Research, ch. 3, 4).

    Examples
    --------
    >>> round(float(power_per_arm(100, variance=2.0, margin=0.5)), 3)
    0.941
    """
    from scipy.special import chdtri, ndtr, ndtri, stdtrit

    check_choice("question", question, QUESTIONS)
    n, variance, margin, true = np.broadcast_arrays(
        *(np.asarray(x, float) for x in (n, variance, margin, true_difference))
    )
    tail = alpha / 2 if question == "relevant difference" else alpha
    n, variance, margin, true = (values[..., None] for values in (n, variance, margin, true))
    se = np.sqrt(variance / n)
    if estimated_sd:
        df = 2 * n - 2
        points, weights = np.polynomial.legendre.leggauss(_NODES)
        sd_ratio = np.sqrt(chdtri(df, (1 - points) / 2) / df)
        critical, weights = stdtrit(df, 1 - tail) * sd_ratio, weights / 2
    else:
        critical, weights = np.full(1, ndtri(1 - tail)), np.ones(1)
    if question == "equivalence":
        power = np.maximum(0, ndtr((margin - true) / se - critical) - ndtr(critical - (margin + true) / se))
    elif question == "non-inferiority":
        power = ndtr((margin + true) / se - critical)
    else:
        power = ndtr((np.abs(true) - margin) / se - critical)
    return power @ weights


def patients_per_arm(
    measure: str,
    margin: ArrayLike,
    *,
    true_difference: ArrayLike | None = None,
    sd: ArrayLike | None = None,
    control_risk: ArrayLike | None = None,
    power: ArrayLike = 0.8,
    alpha: float = 0.05,
    question: str = "equivalence",
    direction: str = "higher_is_better",
) -> NDArray[np.int64]:
    """Return how many patients each of two equal arms needs.

    Parameters
    ----------
    measure : {"RD", "RR", "OR", "MD", "SMD"}
        Effect measure.
    margin : array_like
        Margin: a share for RD, a ratio for RR and OR (1.25 means 0.8 to 1.25), units of the scale for MD, SDs for SMD.
    true_difference : array_like, optional
        True effect, treatment against control, on the natural scale; no effect by default.
    sd : array_like
        Standard deviation between patients, for MD.
    control_risk : array_like
        Risk under the control, between 0 and 1, for RD, RR and OR.
    power : array_like
        Probability of an answer, between `alpha` and 1.
    alpha : float
        One-sided error, below 0.5.
    question : {"equivalence", "non-inferiority", "relevant difference"}
        What is to be shown; see `power_per_arm`.
    direction : {"higher_is_better", "lower_is_better"}
        Which sign favours the treatment; counts for non-inferiority only.

    Returns
    -------
    array of int
        Patients in each arm, without allowance for drop-outs; broadcast over the inputs.

    Raises
    ------
    NeckevidenceError
        If an input is missing or impossible, or no number of patients answers the question because the true difference
        lies on the wrong side of the margin.

    Notes
    -----
    The least n whose power is enough, by bisection over whole numbers, so that no closed form has to be approximate. Variances:
    RD p1 q1 + p2 q2; log RR q1/p1 + q2/p2; log OR 1/(p1 q1) + 1/(p2 q2); MD 2 SD^2; SMD 2. The power for counts is that of the
    large-sample test with unpooled variance.

    Examples
    --------
    The non-inferiority example on a risk of 85% against 65% of Chow, Shao and Wang has 25 patients an arm:

    >>> int(patients_per_arm("RD", 0.10, true_difference=0.20, control_risk=0.65, question="non-inferiority"))
    25
    >>> patients_per_arm("MD", 5, sd=8, power=[0.8, 0.9])
    array([45, 57])
    """
    measure = check_measure(measure)
    check_choice("question", question, QUESTIONS)
    check_choice("direction", direction, ("higher_is_better", "lower_is_better"))
    power = _within("power", power, alpha, 1.0)
    _within("alpha", alpha, 0.0, 0.5)
    difference = no_effect(measure) if true_difference is None else true_difference
    true = on_analysis_scale(measure, np.asarray(difference, float))
    high = on_analysis_scale(measure, np.vectorize(lambda value: margin_bounds(measure, value)[1])(margin))
    variance = _variance(measure, true, sd, control_risk)
    better = true if direction == "higher_is_better" else -true
    power, better, high, variance = np.broadcast_arrays(power, better, high, variance)
    _check_reachable(question, better, high)

    options = {"true_difference": better, "alpha": alpha, "question": question}

    def enough(n: NDArray[np.int64], estimated_sd: bool) -> NDArray[np.bool_]:
        return power_per_arm(n, variance, high, estimated_sd=estimated_sd, **options) >= power

    normal = _least(lambda n: enough(n, False), np.full(power.shape, 1))
    if measure not in ("MD", "SMD"):
        return normal
    # An SD that has to be estimated asks for a patient or two more, never for fewer.
    return _least(lambda n: enough(n, True), np.maximum(normal - 1, 1))


def _least(enough: Callable[[NDArray[np.int64]], NDArray[np.bool_]], low: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the least whole numbers above `low` that are enough."""
    step = np.ones_like(low)
    while not (reached := enough(low + step)).all():
        low, step = np.where(reached, low, low + step), np.where(reached, step, 2 * step)
        if step.max() > _MOST:
            raise OutOfReachError(f"more than {_MOST} patients an arm are needed: true_difference is at the margin")
    top = low + step
    while (top - low > 1).any():
        middle = np.maximum((low + top) // 2, 2)
        reached = enough(middle)
        low, top = np.where(reached, low, middle), np.where(reached, middle, top)
    return top


def _within(name: str, value: ArrayLike, low: float, high: float) -> Array:
    values = np.asarray(value, float)
    if not ((values > low) & (values < high)).all():
        raise NeckevidenceError(f"{name} must lie between {low:g} and {high:g}, found {value}")
    return values


def _variance(measure: str, true: Array, sd: ArrayLike | None, control_risk: ArrayLike | None) -> Array:
    """Return the variance of the difference between one patient of each arm."""
    if measure == "SMD":
        return np.asarray(2.0)
    if measure == "MD":
        if sd is None:
            raise NeckevidenceError("sd is needed for MD: the standard deviation between patients")
        return 2 * _within("sd", sd, 0.0, math.inf) ** 2
    if control_risk is None:
        raise NeckevidenceError(f"control_risk is needed for {measure}: the risk under the control")
    p2 = _within("control_risk", control_risk, 0.0, 1.0)
    p1 = {"RD": p2 + true, "RR": p2 * np.exp(true), "OR": p2 * np.exp(true) / (1 - p2 + p2 * np.exp(true))}[measure]
    if not ((p1 > 0) & (p1 < 1)).all():
        name = "the risk under the treatment (control_risk with true_difference)"
        raise OutOfReachError(f"{name} must lie between 0 and 1, found {np.round(p1, 4)}")
    if measure == "RD":
        return p1 * (1 - p1) + p2 * (1 - p2)
    if measure == "RR":
        return (1 - p1) / p1 + (1 - p2) / p2
    return 1 / (p1 * (1 - p1)) + 1 / (p2 * (1 - p2))


def _check_reachable(question: str, better: Array, margin: Array) -> None:
    reachable = {
        "equivalence": np.abs(better) < margin,
        "non-inferiority": -better < margin,
        "relevant difference": np.abs(better) > margin,
    }[question]
    if not reachable.all():
        side = "within" if question != "relevant difference" else "beyond"
        raise OutOfReachError(f"no number of patients shows {question}: true_difference must lie {side} the margin")


def what_would_decide(
    comparison: Comparison,
    margin: Margin | float,
    *,
    alpha: float = 0.05,
    powers: Sequence[float] = (0.8, 0.9),
    sizes: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Return the patients an arm that would decide the question, if the truth is no difference, or is as estimated.

    Parameters
    ----------
    comparison : Comparison
        The present result; the risk under the control, or the SD between patients, is taken from it.
    margin : Margin or float
        Equivalence margin, as for `assess_equivalence`.
    alpha : float
        One-sided error.
    powers : sequence of float
        Powers asked for.
    sizes : (float, float), optional
        Patients in the treatment and control arm, where the figures do not have them.

    Returns
    -------
    DataFrame
        question, power, truth (``none`` or ``as estimated``), true_difference (natural scale), patients_per_arm (missing if no
        number would do, or none is known), times_present (how many times the patients an arm of the present trials), note.

    Raises
    ------
    NeckevidenceError
        If the comparison has no estimate or no spread to plan with.

    Notes
    -----
    SD: sqrt(variance / (1/n1 + 1/n2)), from the variance of the mean difference. Where the figures have a variance but no
    sizes (a published contrast), only `times_present` is given: the variance has to shrink by that factor. For
    pooled trials the risk and the SD are means over the trials, weighted by patients, and `times_present` refers to
    all their patients together. A trial of that size is one that randomises, also where the comparison did not.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> from neckevidence.equivalence.margins import margin_for
    >>> evidence = load_evidence()
    >>> function = compare(evidence, "NAP+DZP5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    >>> what_would_decide(function, margin_for(evidence, "rmdq_improvement", "MD")).loc[0, "question"]
    'equivalence'
    """
    measure = comparison.measure
    if not math.isfinite(comparison.estimate):
        raise NeckevidenceError(f"{comparison.title()}: there is no finite estimate to plan with")
    check_margin(comparison, margin)
    design, present, sized = _design(comparison, sizes)
    high = margin_bounds(measure, margin)[1]
    planned = "MD" if "sd" in design else measure  # an SD is one on the analysis scale
    direction = comparison.direction if comparison.direction != "neither" else None
    unknown = "" if sized else "the patients are not printed: only the factor is known"
    rows = []

    def to_scale(x: float) -> float:
        return on_analysis_scale(measure, x)

    for truth, value in (("none", no_effect(measure)), ("as estimated", float(comparison.estimate))):
        true, bound = (value, high) if planned == measure else (to_scale(value), to_scale(high))
        beyond = abs(to_scale(value)) > to_scale(high)
        questions = [
            "equivalence",
            *(["non-inferiority"] if direction else []),
            *(["relevant difference"] if beyond else []),
        ]
        for question, power in itertools.product(questions, powers):
            asked = {"true_difference": true, "power": power, "alpha": alpha, "question": question}
            asked["direction"] = direction or "higher_is_better"
            try:
                n, note = float(patients_per_arm(planned, bound, **asked, **design)), unknown
            except OutOfReachError as error:
                n, note = math.nan, str(error)
            rows.append(
                {
                    "question": question,
                    "power": power,
                    "truth": truth,
                    "true_difference": value,
                    "patients_per_arm": int(n) if sized and math.isfinite(n) else pd.NA,
                    "times_present": n / present,
                    "note": note,
                }
            )
    return pd.DataFrame(rows).astype({"patients_per_arm": "Int64"})


def _design(comparison: Comparison, sizes: tuple[float, float] | None) -> tuple[dict[str, float], float, bool]:
    """Return what to plan with, the patients an arm at present, and whether these are known."""
    trials = comparison.trials
    arms = [(trial.n_treatment, trial.n_control) for trial in trials]
    if sizes is not None:
        if len(trials) != 1 or not all(math.isfinite(n) and n >= 1 for n in sizes):
            raise NeckevidenceError(f"sizes must be the patients in the two arms of one trial, found {sizes}")
        arms = [sizes]
    sized = all(math.isfinite(n) for arm in arms for n in arm)
    weights = [sum(arm) if sized else 1.0 for arm in arms]
    present = sum(weights) / 2 if sized else _PER_ARM_IF_UNKNOWN * len(arms)
    risks = [trial.control_risk for trial in trials]
    if comparison.measure in ("RD", *RATIOS) and sized and all(0 < risk < 1 for risk in risks):
        return {"control_risk": float(np.average(risks, weights=weights))}, present, True
    if comparison.measure == "SMD" and sized:
        return {}, present, True
    arms = arms if sized else [(_PER_ARM_IF_UNKNOWN,) * 2] * len(arms)
    squares = [trial.variance / (1 / one + 1 / two) for trial, (one, two) in zip(trials, arms, strict=True)]
    if not all(math.isfinite(square) and square > 0 for square in squares):
        raise NeckevidenceError(f"{comparison.title()}: the figures give no spread to plan with")
    return {"sd": math.sqrt(float(np.average(squares, weights=weights)))}, present, sized
