"""One model for the arms of all trials: a baseline for each trial, one dose-response curve for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.notes import Note
from neckevidence.core.numbers import signed
from neckevidence.core.views import view
from neckevidence.synthesis.dose.arms import CheckedArms, check_separation, checked_arms, dose_scale
from neckevidence.synthesis.dose.glm import fit_at
from neckevidence.synthesis.dose.half_effect import HalfEffectDose, half_effect
from neckevidence.synthesis.dose.likelihood import Array
from neckevidence.synthesis.dose.region import REACH, Region, at_end, emax_region, fixed_region
from neckevidence.synthesis.dose.shapes import COEFFICIENTS, FORMULAS, SHAPES, shape_value


@dataclass(frozen=True)
class DoseResponse:
    """A dose-response curve fitted to the arms of one or more trials.

    Attributes
    ----------
    shape : str
        linear, log-linear or emax.
    measure : str
        "log odds ratio" for counts, "mean difference" for means: the scale of all effects.
    names : tuple of str
        Coefficients: slope (a unit of the shape), or Emax and ED50 (in units of the dose).
    coefficients, se : tuple of float
        With standard errors from the expected information; NaN where ED50 lies at the end of its range.
    ci_low, ci_high : tuple of (float or None)
        Profile-likelihood intervals; None where the data set no bound, for which there is a note.
    d0 : float or None
        The constant of the log-linear shape, in units of the dose.
    log_likelihood, aic : float
        Binomial coefficients, or the constants of the normal density, included.
    aicc : float or None
        AIC with the correction for few observations, the arms being the observations; None where these are too few.
    deviance, df, deviance_p_value : float, int, float or None
        Departure of the arms from the curve, disagreement between trials included, with p from chi-square; None if df is 0:
        the curve then passes through all arms, and no lack of fit can show. With few events chi-square is a rough guide.
    baselines : tuple of (str, float)
        Log odds or mean at dose 0 in each trial.
    n_arms : int
        Arms used.
    excluded : tuple of (str, str)
        Trials that tell nothing about the dose, each with the reason.
    doses : tuple of float
        Doses of the arms used, in rising order, without repetition.
    level : float
        Confidence level.
    notes : tuple of str
        What must be said beside the numbers.
    """

    shape: str
    measure: str
    names: tuple[str, ...]
    coefficients: tuple[float, ...]
    se: tuple[float, ...]
    ci_low: tuple[float | None, ...]
    ci_high: tuple[float | None, ...]
    d0: float | None
    log_likelihood: float
    aic: float
    aicc: float | None
    deviance: float
    df: int
    deviance_p_value: float | None
    baselines: tuple[tuple[str, float], ...]
    n_arms: int
    excluded: tuple[tuple[str, str], ...]
    doses: tuple[float, ...]
    level: float
    notes: tuple[str, ...]
    arms: CheckedArms = field(repr=False, compare=False)
    region: Region = field(repr=False, compare=False)

    @property
    def n_trials(self) -> int:
        """Trials used."""
        return len(self.baselines)

    @property
    def counts(self) -> bool:
        """Whether the arms have events, not means."""
        return self.arms.counts

    def __repr__(self) -> str:
        terms = ", ".join(
            f"{name} {signed(value, 4)}" for name, value in zip(self.names, self.coefficients, strict=True)
        )
        return f"<DoseResponse {self.shape}, {self.measure}: {terms}; {self._size()}>"

    def _size(self) -> str:
        return f"{self.n_arms} arms, {self.n_trials} trial{'s' if self.n_trials != 1 else ''}"

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def predict(self, doses: ArrayLike, baseline: float | None = None) -> pd.DataFrame:
        """Predict the effect of doses against dose 0.

        Parameters
        ----------
        doses : array_like of float, shape (r,)
            Doses, 0 or more, in the units of the arms.
        baseline : float, optional
            For counts: a risk at dose 0, between 0 and 1, taken as known, to which the effects are applied.

        Returns
        -------
        DataFrame
            dose, effect with ci_low and ci_high (profile likelihood, one dose at a time), with a baseline also risk,
            risk_low, risk_high; extrapolated: whether the dose lies above the largest of the arms.

        Raises
        ------
        NeckevidenceError
            If a dose is negative or not finite, or the baseline does not lie between 0 and 1, or the arms have means.
        """
        dose = np.atleast_1d(np.asarray(doses, dtype=float))
        if not (np.isfinite(dose) & (dose >= 0)).all():
            raise NeckevidenceError(f"doses must be finite and 0 or more, found {dose.tolist()}")
        low, high = self.region.range_of(lambda a, c: a * self._shape(dose[:, None, None], c))
        effect = self.region.amplitude * self._shape(dose, self.region.constant)
        frame = pd.DataFrame({"dose": dose, "effect": effect, "ci_low": low, "ci_high": high})
        if baseline is not None:
            from scipy.special import expit

            start = self._log_odds(baseline)
            for name, column in (("risk", "effect"), ("risk_low", "ci_low"), ("risk_high", "ci_high")):
                frame[name] = expit(start + frame[column])
        return frame.assign(extrapolated=dose > self.doses[-1])

    def half_effect_dose(self, baseline: float | None = None) -> HalfEffectDose:
        """Find the dose that has half of the effect of the largest dose of the arms.

        Parameters
        ----------
        baseline : float, optional
            For counts: a risk at dose 0; then half of the increase of the risk is meant, not of the log odds ratio.

        Returns
        -------
        HalfEffectDose
            With its profile-likelihood interval and the name of the rule.

        Raises
        ------
        NeckevidenceError
            If the baseline does not lie between 0 and 1, or the arms have means.
        """
        start = None if baseline is None else self._log_odds(baseline)
        return half_effect(self.shape, self.region, self.doses[-1], self.d0, start, self.level)

    def _shape(self, dose: Array, constant: Array | float) -> Array:
        return shape_value(self.shape, dose, 1.0 if self.shape == "linear" else constant)

    def _log_odds(self, baseline: float) -> float:
        if not self.counts:
            raise NeckevidenceError("a baseline risk was given, but the arms have means")
        if not 0 < baseline < 1:
            raise NeckevidenceError(f"the baseline risk must lie between 0 and 1, found {baseline}")
        return float(np.log(baseline / (1 - baseline)))

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the curve and the arms; see `neckevidence.figures.dose_response.dose_response_plot`.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.
        **options
            Passed on.

        Returns
        -------
        matplotlib Axes
            The Axes with the plot.
        """
        return view("picture", self, ax=ax, **options)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a coefficient: term, estimate, se, ci_low, ci_high (None where the data set no bound)."""
        parts = (self.names, self.coefficients, self.se, self.ci_low, self.ci_high)
        heads = ("term", "estimate", "se", "ci_low", "ci_high")
        return pd.DataFrame(dict(zip(heads, parts, strict=True)))

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        hidden = ("arms", "region")
        numbers = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in hidden}
        return {**numbers, "n_trials": self.n_trials}

    def summary(self) -> str:
        """Return coefficients, fit, trials left out and notes, a line each."""
        head = f"{self.measure} against dose 0 = {FORMULAS[self.shape]}"
        lines = [head + ("" if self.d0 is None else f", d0 = {self.d0:g}")]
        for row in self.to_frame().itertuples():
            ends = [_end(end) for end in (self.ci_low[row.Index], self.ci_high[row.Index])]
            lines.append(f"{row.term} {signed(row.estimate, 4)} ({100 * self.level:g}% CI {ends[0]} to {ends[1]})")
        fit = f"{self._size()}, log-likelihood {self.log_likelihood:.3f}, AIC {self.aic:.3f}"
        if self.deviance_p_value is not None:
            fit += f", deviance {self.deviance:.3f} on {self.df} df, p = {self.deviance_p_value:.4g}"
        lines.append(fit)
        return "\n".join([*lines, *(f"{name} is left out: {reason}" for name, reason in self.excluded), *self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        model = (
            "binomial regression with a logit link"
            if self.counts
            else "weighted linear regression with known variances"
        )
        constant = "" if self.d0 is None else f" with d0 = {self.d0:g}"
        return (
            f"The {self._size().replace(',', ' of')} were analysed together by {model}, with a "
            f"baseline for each trial and the {self.measure} against dose 0 as {FORMULAS[self.shape]}{constant}, by maximum "
            f"likelihood with {100 * self.level:g}% profile-likelihood intervals."
        )


def dose_response(
    arms: pd.DataFrame,
    *,
    dose: str = "dose",
    trial: str = "trial",
    events: str = "events",
    n: str = "n",
    mean: str | None = None,
    se: str | None = None,
    shape: str = "linear",
    d0: float | None = None,
    level: float = 0.95,
) -> DoseResponse:
    """Fit one dose-response curve to the arms of one or more trials.

    Parameters
    ----------
    arms : DataFrame
        One row an arm; not every trial needs every dose, or dose 0.
    dose, trial, events, n : str
        Columns with the dose (0 or more, any unit), the name of the trial, patients with the event and patients in all.
    mean, se : str, optional
        Columns with a mean and its standard error, instead of events and n.
    shape : {"linear", "log-linear", "emax"}
        slope x dose; slope x log(1 + dose / d0); Emax x dose / (ED50 + dose).
    d0 : float, optional
        Constant of the log-linear shape, in units of the dose; by default the smallest positive dose.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    DoseResponse
        Coefficients, fit, predictions; trials with one arm or one dose are used for nothing and are named in ``excluded``.

    Raises
    ------
    NeckevidenceError
        If a column or value is missing or impossible, no trial compares two doses, Emax is asked for with fewer than three
        doses that the trials hold together, or the effect has no finite estimate.

    Notes
    -----
    In arm j of trial i, logit p = a_i + f(dose), or E mean = a_i + f(dose), with f(0) = 0: trials are compared within
    themselves only, as in a fixed-effect meta-analysis; the curve is taken to be the same in all. Counts have the
    binomial likelihood, means a normal one with known variances. ED50 is sought from a
    hundredth of the smallest positive dose to a hundred times the largest (the likelihood maximised over the rest), and its
    standard error is that of the joint expected information. Intervals are by profile likelihood (Venzon and Moolgavkar
    1988, Appl Stat 37:87): the range over all curves whose log-likelihood lies within half a chi-square quantile of the
    maximum, which keeps its sense where the likelihood is flat. On Emax: Bretz, Pinheiro and Branson 2005, Biometrics 61:738.

    Examples
    --------
    >>> arms = pd.DataFrame({"trial": ["A", "A", "B", "B", "B"], "dose": [0, 10, 0, 5, 10],
    ...                      "events": [10, 38, 12, 27, 40], "n": [100, 100, 100, 100, 100]})
    >>> fit = dose_response(arms)
    >>> fit
    <DoseResponse linear, log odds ratio: slope 0.1609; 5 arms, 2 trials>
    >>> fit.predict([5, 10])["effect"].round(3).tolist()
    [0.804, 1.609]
    """
    if shape not in SHAPES:
        raise NeckevidenceError(f"shape must be one of {', '.join(SHAPES)}; found {shape!r}")
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    if (mean is None) != (se is None):
        raise NeckevidenceError("mean and se go together: name both columns, or neither")
    if d0 is not None and not (shape == "log-linear" and np.isfinite(d0) and d0 > 0):
        raise NeckevidenceError(f"d0 must be above 0, and belongs to the log-linear shape; found {d0} with {shape}")
    outcome = {"events": events, "n": n} if mean is None or se is None else {"mean": mean, "se": se}
    checked = checked_arms(arms, {"trial": trial, "dose": dose, **outcome})
    if checked.contrasts < len(COEFFICIENTS[shape]):
        raise NeckevidenceError(
            f"{shape} has {len(COEFFICIENTS[shape])} coefficients, but the trials hold only "
            f"{checked.contrasts + 1} doses together"
        )
    if checked.counts:
        check_separation(checked.arrays, checked.trials)
    return _fitted(checked, shape, d0, level)


def _fitted(checked: CheckedArms, shape: str, d0: float | None, level: float) -> DoseResponse:
    from scipy.special import chdtrc, chdtri

    arms = checked.arrays
    doses, smallest, largest = dose_scale(arms)
    drop = float(chdtri(1, 1 - level)) / 2
    if shape == "emax":
        region = emax_region(arms, smallest, largest, drop)
    else:
        d0 = smallest if shape == "log-linear" and d0 is None else d0
        region = fixed_region(arms, shape, np.nan if d0 is None else d0, drop)
    baselines, se = fit_at(arms, shape, region)
    se = np.full_like(se, np.nan) if at_end(region) else se
    estimated = len(COEFFICIENTS[shape])
    deviance = max(0.0, 2 * (arms.saturated() - region.log_likelihood))
    used = len(baselines) + estimated
    df = len(arms.y) - used
    aic = 2 * used - 2 * region.log_likelihood
    spare = df - 1
    return DoseResponse(
        shape=shape,
        measure="log odds ratio" if checked.counts else "mean difference",
        names=COEFFICIENTS[shape],
        coefficients=(region.amplitude, region.constant)[:estimated],
        se=tuple(se.tolist()),
        **_intervals(region, estimated),
        d0=d0,
        log_likelihood=region.log_likelihood,
        aic=aic,
        aicc=aic + 2 * used * (used + 1) / spare if spare > 0 else None,
        deviance=deviance,
        df=df,
        deviance_p_value=float(chdtrc(df, deviance)) if df > 0 else None,
        baselines=tuple(zip(checked.trials, baselines.tolist(), strict=True)),
        n_arms=len(arms.y),
        excluded=checked.excluded,
        doses=tuple(doses.tolist()),
        level=level,
        notes=_notes(checked, shape, region, df),
        arms=checked,
        region=region,
    )


def _intervals(region: Region, estimated: int) -> dict[str, tuple[float | None, ...]]:
    low: tuple[float | None, ...] = (float(region.low.min()),)
    high: tuple[float | None, ...] = (float(region.high.max()),)
    if estimated == 2:
        # Towards a straight line Emax grows with ED50 without end, in the direction that the amplitudes have there.
        low = (None if region.open_high and region.low[-1] < 0 else low[0],)
        high = (None if region.open_high and region.high[-1] > 0 else high[0],)
        low += (None if region.open_low else float(region.constants[0]),)
        high += (None if region.open_high else float(region.constants[-1]),)
    return {"ci_low": low, "ci_high": high}


def _notes(checked: CheckedArms, shape: str, region: Region, df: int) -> tuple[str, ...]:
    notes = []
    if df == 0:
        notes.append("as many coefficients as arms: the curve passes through all of them, and no lack of fit can show")
    if region.open_low:
        notes.append(
            f"ED50 has no lower bound: the likelihood is flat down to a hundredth of the smallest dose "
            f"({region.constants[0]:.3g}), where every dose has the full effect"
        )
    if region.open_high:
        notes.append(
            f"ED50 has no upper bound: the likelihood is flat up to {REACH:g} times the largest dose "
            f"({region.constants[-1]:.3g}), where the curve is a straight line"
        )
    if at_end(region):
        notes.append(
            "the best ED50 lies at the end of the range searched: Emax and ED50 say nothing apart from each other"
        )
    if len(checked.trials) > 1:
        text = (
            "one curve is taken to hold in all trials; doses that were not in the same trial are compared across trials, "
            "which is not a randomised comparison"
        )
        notes.append(Note("allocation", text))
    return tuple(notes)


def _end(value: float | None) -> str:
    return "no limit" if value is None else signed(value, 4)
