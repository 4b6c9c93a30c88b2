"""Absolute effects: how many of 1000 patients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.comparison.result import Comparison
from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import per_thousand_text, per_thousand_texts
from neckevidence.core.views import view


@dataclass(frozen=True)
class AbsoluteEffect:
    """Patients per 1000 with the event under each treatment.

    Attributes
    ----------
    comparison : Comparison
        Where it comes from.
    baseline : float
        Risk under the control, between 0 and 1.
    baseline_rule : str
        Where the baseline comes from.
    risk, risk_low, risk_high : float
        Risk under the treatment with its interval, between 0 and 1.
    """

    comparison: Comparison
    baseline: float
    baseline_rule: str
    risk: float
    risk_low: float
    risk_high: float

    @property
    def control_per_1000(self) -> float:
        """Patients per 1000 with the event under the control."""
        return 1000 * self.baseline

    @property
    def treatment_per_1000(self) -> float:
        """Patients per 1000 with the event under the treatment."""
        return 1000 * self.risk

    @property
    def difference_per_1000(self) -> tuple[float, float, float]:
        """Difference per 1000 with its interval, positive if the treatment has more."""
        return tuple(1000 * (risk - self.baseline) for risk in (self.risk, self.risk_low, self.risk_high))  # type: ignore[return-value]

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        difference, low, high = self.difference_per_1000
        return {
            "treatment": self.comparison.treatment,
            "control": self.comparison.control,
            "outcome": self.comparison.outcome,
            "control_per_1000": self.control_per_1000,
            "treatment_per_1000": self.treatment_per_1000,
            "difference_per_1000": difference,
            "difference_low": low,
            "difference_high": high,
            "baseline_rule": self.baseline_rule,
            "randomised": self.comparison.randomised,
        }

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as one row."""
        return pd.DataFrame([self.to_dict()])

    def summary(self) -> str:
        """Return the result as a sentence.

        Returns
        -------
        str
            Says where it is not randomised, or rests on reconstructed counts.
        """
        of = self.comparison
        difference, low, high = per_thousand_texts(*self.difference_per_1000)
        mark = f" ({', '.join(of.marks)})" if of.marks else ""
        if math.isnan(self.risk_low):
            between = "no interval can be given"
        else:
            between = f"{100 * of.level:g}% interval {low} to {high}"
        return (
            f"{of.outcome_label.capitalize()}: of 1000 patients {per_thousand_text(self.treatment_per_1000)} "
            f"on {of.treatment_name} against {per_thousand_text(self.control_per_1000)} on {of.control_name}; "
            f"difference {difference} ({between}){mark}."
        )

    def __repr__(self) -> str:
        return f"<AbsoluteEffect {self.summary()}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape.html(self.summary())}</p>"

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw 1000 patients for each treatment; see `neckevidence.figures.per_thousand`.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.
        **options
            Passed on.

        Returns
        -------
        matplotlib Axes
            The Axes with the picture.
        """
        return view("picture", self, ax=ax, **options)


def absolute_effect(comparison: Comparison, baseline: float | None = None) -> AbsoluteEffect:
    """Turn a comparison of risks into patients per 1000.

    Parameters
    ----------
    comparison : Comparison
        With the measure RR, OR or RD.
    baseline : float, optional
        Risk under the control, between 0 and 1; by default the risk in the control arms of the trials behind the
        comparison, all their patients taken together.

    Returns
    -------
    AbsoluteEffect
        Risks are cut at 0 and 1.

    Raises
    ------
    NeckevidenceError
        If the measure is not one of risks, or the baseline is not between 0 and 1, or not known.

    Notes
    -----
    RR: risk = baseline x RR; OR: odds = baseline odds x OR; RD: risk = baseline + RD; the limits of the interval
    likewise, the baseline taken as known (Cochrane Handbook 6.4, section 14.1.5; GRADE guidelines 12, Guyatt et al.
    2013, J Clin Epidemiol 66:158).

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> result = compare(load_evidence(), "CYC5", "PBO", outcome="somnolence", measure="RD")
    >>> [round(value) for value in absolute_effect(result).difference_per_1000]
    [191, 141, 240]
    """
    if comparison.measure not in ("RR", "OR", "RD"):
        raise NeckevidenceError(f"patients per 1000 need RR, OR or RD, not {comparison.measure}")
    rule = "the baseline risk that was given"
    if baseline is None:
        baseline, rule = _control_risk(comparison)
    if not 0 <= baseline <= 1:
        raise NeckevidenceError(f"the baseline risk must lie between 0 and 1, found {baseline}")
    effects = (comparison.estimate, comparison.ci_low, comparison.ci_high)
    risks = [risk_under(comparison.measure, baseline, effect) for effect in effects]
    return AbsoluteEffect(comparison, baseline, rule, *risks)


def _control_risk(comparison: Comparison) -> tuple[float, str]:
    counted = [trial for trial in comparison.trials if not math.isnan(trial.control_risk)]
    if not counted:
        raise NeckevidenceError(f"{comparison.title()}: no risk under the control is printed; give a baseline")
    sizes = [trial.n_control if trial.n_control > 0 else 1.0 for trial in counted]
    total = sum(trial.control_risk * size for trial, size in zip(counted, sizes, strict=True))
    return total / sum(sizes), f"risk on {comparison.control_name} in {', '.join(t.label for t in counted)}"


def expected_per_1000(measure: str, effect: tuple[float, float, float], baseline_risks: ArrayLike) -> pd.DataFrame:
    """Apply one relative effect to a range of baseline risks.

    Parameters
    ----------
    measure : {"RR", "OR", "RD"}
        What the effect is.
    effect : tuple of float
        Estimate and limits, on the natural scale.
    baseline_risks : array_like of float, shape (r,)
        Risks under the control, between 0 and 1, taken as known.

    Returns
    -------
    DataFrame
        control, treatment, treatment_low, treatment_high, difference, difference_low, difference_high: patients per 1000.

    Raises
    ------
    NeckevidenceError
        If the measure, the effect or a risk is not allowed.

    Notes
    -----
    The rules are those of `risk_under`; that the effect is the same at every baseline is an
    assumption, and RR and OR cannot both be.

    Examples
    --------
    >>> expected_per_1000("RR", (2, 1.5, 3), [0.05, 0.10])["difference"].round(6).tolist()
    [50.0, 100.0]
    """
    if measure not in ("RR", "OR", "RD"):
        raise NeckevidenceError(f"measure must be RR, OR or RD, found {measure!r}")
    estimate, low, high = effect
    if not low <= estimate <= high or (measure != "RD" and low < 0):
        raise NeckevidenceError(f"the {measure} must lie within its limits; found {estimate} ({low} to {high})")
    rows = []
    for baseline in np.atleast_1d(np.asarray(baseline_risks, dtype=float)).tolist():
        if not 0 < baseline < 1:
            raise NeckevidenceError(f"a baseline risk must lie between 0 and 1, found {baseline}")
        risks = [1000 * risk_under(measure, baseline, value) for value in (estimate, low, high)]
        rows.append([1000 * baseline, *risks, *(risk - 1000 * baseline for risk in risks)])
    heads = [
        "control",
        "treatment",
        "treatment_low",
        "treatment_high",
        "difference",
        "difference_low",
        "difference_high",
    ]
    return pd.DataFrame(rows, columns=heads)


def risk_under(measure: str, baseline: float, effect: float) -> float:
    """Return the risk that an effect makes of a baseline risk.

    Parameters
    ----------
    measure : {"RD", "RR", "OR"}
        What the effect is.
    baseline : float
        Risk under the control, between 0 and 1.
    effect : float
        Natural scale.

    Returns
    -------
    float
        Between 0 and 1; NaN for a ratio of nothing, and for an effect that is not known.

    Examples
    --------
    >>> risk_under("RR", 0.1, 2.0)
    0.2
    """
    if math.isnan(effect):
        return math.nan
    if measure == "RD":
        risk = baseline + effect
    elif measure == "RR":
        risk = baseline * effect if baseline > 0 else math.nan
    elif math.isinf(effect):
        risk = 1.0
    else:
        odds = baseline / (1 - baseline) * effect if baseline < 1 else math.inf
        risk = odds / (1 + odds) if math.isfinite(odds) else 1.0
    return risk if math.isnan(risk) else min(max(risk, 0.0), 1.0)
