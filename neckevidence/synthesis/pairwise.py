"""Pairwise meta-analysis: common effect and random effects, one analysis with names on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.core.views import view
from neckevidence.synthesis.kernels import CI_METHODS, fit_batch, q_profile
from neckevidence.synthesis.tau2 import ESTIMATOR_NAMES

_INTERVAL_NAMES = {
    "wald": "a Wald interval",
    "hartung-knapp": "the Hartung-Knapp interval",
    "hartung-knapp-adhoc": "the Hartung-Knapp interval, never narrower than the Wald one (ad hoc guard)",
}


@dataclass(frozen=True)
class MetaAnalysis:
    """The result of a meta-analysis, on the scale on which it was computed (logarithms for ratios).

    Attributes
    ----------
    estimate, se, ci_low, ci_high, p_value : float
        The pooled effect, its standard error, interval and two-sided p-value.
    tau2 : float
        Between-trial variance.
    i2 : float
        max(0, (Q - (k-1)) / Q), between 0 and 1.
    i2_tau2 : float
        tau2 / (tau2 + typical variance) (Higgins and Thompson 2002, Stat Med 21:1539, equation 9 for the latter).
    h2 : float
        max(1, Q / (k-1)).
    q, q_p_value : float
        Cochran's Q with its p-value from chi-square on k - 1 degrees of freedom.
    prediction_interval : tuple of float or None
        From three trials on; None below.
    wald_se : float
        Standard error of the plain Wald interval.
    weights : tuple of float
        Relative weights, summing to 1; 0 for a trial that is left out.
    labels : tuple of str
        Names of all trials given, those left out included.
    excluded : tuple of (str, str)
        Trials left out, each with the reason.
    tau2_method, ci_method : str
        The rules, as named in `meta_analysis`.
    level : float
        Confidence level.
    k : int
        Number of trials used.
    notes : tuple of str
        What must be said beside the numbers.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    tau2: float
    i2: float
    i2_tau2: float
    h2: float
    q: float
    q_p_value: float
    prediction_interval: tuple[float, float] | None
    wald_se: float
    weights: tuple[float, ...]
    labels: tuple[str, ...]
    excluded: tuple[tuple[str, str], ...]
    tau2_method: str
    ci_method: str
    level: float
    k: int
    notes: tuple[str, ...]
    effects: tuple[float, ...] = field(repr=False)
    variances: tuple[float, ...] = field(repr=False)

    def __repr__(self) -> str:
        interval = f"{signed(self.ci_low, 4)} to {signed(self.ci_high, 4)}"
        return (
            f"<MetaAnalysis {signed(self.estimate, 4)} ({100 * self.level:g}% CI {interval}), "
            f"tau2 {self.tau2:.4f}, k = {self.k}>"
        )

    @cached_property
    def tau2_ci(self) -> tuple[float, float]:
        """Q-profile interval of tau2 (Viechtbauer 2007, Stat Med 26:37), computed when it is asked for."""
        y, v = np.array([self.effects]), np.array([self.variances])
        low, high = q_profile(y, v, np.isfinite(y), self.level)
        return float(low[0]), float(high[0])

    @property
    def wald_interval(self) -> tuple[float, float]:
        """The plain Wald interval, to show beside another."""
        from scipy.special import ndtri

        half = float(ndtri((1 + self.level) / 2)) * self.wald_se
        return self.estimate - half, self.estimate + half

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def plot(self, ax: Any = None, measure: str | None = None, **options: Any) -> Any:
        """Draw the forest plot; see `neckevidence.figures.forest.meta_analysis_plot`.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure that fits.
        measure : str, optional
            RR or OR to show ratios on a log axis; by default the analysis scale is shown.
        **options
            Passed on: `title`, and `counts` with `sides` to show the numbers that the effects were computed from.

        Returns
        -------
        matplotlib Axes
            The Axes with the plot.
        """
        return view("picture", self, ax=ax, measure=measure, **options)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial.

        Returns
        -------
        DataFrame
            trial, effect, variance, weight, excluded (the reason, empty for a trial that is used).
        """
        reasons = dict(self.excluded)
        return pd.DataFrame(
            {
                "trial": self.labels,
                "effect": self.effects,
                "variance": self.variances,
                "weight": self.weights,
                "excluded": [reasons.get(label, "") for label in self.labels],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name, tau2_ci among them."""
        names = [name for name in self.__dataclass_fields__ if name not in ("effects", "variances")]
        return {**{name: getattr(self, name) for name in names}, "tau2_ci": self.tau2_ci}

    def summary(self) -> str:
        """Return the result in a few lines.

        Returns
        -------
        str
            Effect, heterogeneity, prediction interval, notes.
        """
        low, high = self.tau2_ci
        lines = [
            f"effect {signed(self.estimate, 4)} ({100 * self.level:g}% CI {signed(self.ci_low, 4)} to "
            f"{signed(self.ci_high, 4)}), p = {self.p_value:.4g}, k = {self.k}",
            f"tau2 {self.tau2:.4f} ({low:.4f} to {high:.4f}), I2 {100 * self.i2:.1f}%, Q {self.q:.3f}",
        ]
        if self.prediction_interval:
            lines.append(f"prediction interval {' to '.join(signed(end, 4) for end in self.prediction_interval)}")
        return "\n".join([*lines, *self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section.

        Returns
        -------
        str
            Names every choice.
        """
        if self.k == 1:
            return "One trial; nothing was pooled."
        if self.tau2_method == "common":
            model = "a common-effect model with inverse-variance weights"
        else:
            model = f"a random-effects model, between-trial variance by {ESTIMATOR_NAMES[self.tau2_method]}"
        text = (
            f"{self.k} trials were pooled with {model}, with {_INTERVAL_NAMES[self.ci_method]} at {100 * self.level:g}%"
        )
        if self.tau2_method != "common":
            text += "; the interval of the between-trial variance is by the Q-profile method"
        if self.prediction_interval:
            text += "; the prediction interval uses the critical value and standard error of the confidence interval"
        return text + "."


def meta_analysis(
    effects: ArrayLike,
    variances: ArrayLike,
    tau2: str = "REML",
    ci: str = "hartung-knapp-adhoc",
    level: float = 0.95,
    labels: Sequence[str] | None = None,
) -> MetaAnalysis:
    """Pool the effects of trials.

    Parameters
    ----------
    effects, variances : array_like of float, shape (k,)
        Effects (logarithms for ratios) and their variances. A trial with NaN in both (no estimate, as `effect_sizes`
        gives for a zero cell) is left out, with the reason.
    tau2 : {"common", "DL", "PM", "REML", "ML", "SJ", "EB", "HE"}
        Between-trial variance: none, DerSimonian-Laird, Paule-Mandel, restricted maximum likelihood (the default: nearly
        unbiased, and recommended by Veroniki et al. 2016, Res Synth Methods 7:55, and Langan et al. 2019, Res Synth
        Methods 10:83), maximum likelihood, Sidik-Jonkman, empirical Bayes, Hedges.
    ci : {"wald", "hartung-knapp", "hartung-knapp-adhoc"}
        Interval; the last is Hartung-Knapp that never uses a smaller standard error than Wald's, the default because with
        two or three trials the plain one can be absurdly narrow. A common-effect model has the Wald interval, and so has
        one trial.
    level : float
        Confidence level, between 0 and 1.
    labels : sequence of str, optional
        Names of the trials for messages and tables.

    Returns
    -------
    MetaAnalysis
        With one trial its own effect and Wald interval, and a note.

    Raises
    ------
    NeckevidenceError
        If lengths differ, there is no trial, a value is not finite, a variance is not above zero, or a method is unknown;
        the message names the trial and the choices.

    Notes
    -----
    Formulas and sources stand at `neckevidence.synthesis.kernels.fit_batch` and in `neckevidence.synthesis.tau2`; this
    function is the batch of one analysis.

    Examples
    --------
    >>> fit = meta_analysis([0.1, 0.3, 0.5], [0.01, 0.03, 0.02])
    >>> fit
    <MetaAnalysis 0.2835 (95% CI \u22120.2605 to 0.8276), tau2 0.0293, k = 3>
    """
    check_options(tau2, ci, level)
    y, v, names, excluded = _checked(effects, variances, labels)
    fit = fit_batch(y[None], v[None], ~np.isnan(y)[None], tau2, ci, level)
    k = int(fit.k[0])
    one = {name: getattr(fit, name).item() for name in _SHARED}
    low = float(fit.prediction_low[0])
    return MetaAnalysis(
        **one,
        q_p_value=_chi_square_p(one["q"], k - 1),
        prediction_interval=(low, float(fit.prediction_high[0])) if k > 2 and tau2 != "common" else None,
        weights=tuple(fit.weights[0].tolist()),
        labels=names,
        excluded=excluded,
        tau2_method=tau2,
        ci_method="wald" if tau2 == "common" or k == 1 else ci,
        level=level,
        k=k,
        notes=_notes(k, tau2, one["tau2"]),
        effects=tuple(y.tolist()),
        variances=tuple(v.tolist()),
    )


_SHARED = ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "i2", "i2_tau2", "h2", "q", "wald_se")


def _chi_square_p(q: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, q)) if df > 0 else 1.0


def _notes(k: int, method: str, tau2: float) -> tuple[str, ...]:
    if k == 1:
        return ("one trial: nothing is pooled, and the spread between trials cannot be estimated",)
    notes = []
    if k < 4 and method != "common":
        notes.append(f"{k} trials: the spread between trials is hardly known")
    if method not in ("common",) and tau2 == 0:
        notes.append("the estimate of tau2 is 0, which does not show that the trials agree")
    return tuple(notes)


def check_options(tau2: str, ci: str, level: float) -> None:
    """Refuse unknown methods and impossible levels.

    Parameters
    ----------
    tau2, ci : str
        Names of methods.
    level : float
        Confidence level.

    Raises
    ------
    NeckevidenceError
        Naming the choices.
    """
    if tau2 not in ESTIMATOR_NAMES:
        raise NeckevidenceError(f"tau2 must be one of {', '.join(ESTIMATOR_NAMES)}; found {tau2!r}")
    if ci not in CI_METHODS:
        raise NeckevidenceError(f"ci must be one of {', '.join(CI_METHODS)}; found {ci!r}")
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")


def _checked(
    effects: ArrayLike, variances: ArrayLike, labels: Sequence[str] | None
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], tuple[tuple[str, str], ...]]:
    y, v = np.array(effects, dtype=float), np.array(variances, dtype=float)
    if y.ndim != 1 or y.shape != v.shape or len(y) == 0:
        raise NeckevidenceError(
            f"effects and variances must be two lists of the same length, at least one; found {y.shape}, {v.shape}"
        )
    names = tuple(labels) if labels is not None else tuple(f"trial {i + 1}" for i in range(len(y)))
    if len(names) != len(y):
        raise NeckevidenceError(f"labels has {len(names)} names for {len(y)} trials")
    sound = np.isfinite(y) & np.isfinite(v) & (v > 0)
    if np.count_nonzero(sound) == len(y):
        return y, v, names, ()
    missing = np.isnan(y) & np.isnan(v)
    if not (sound | missing).all():
        _name_the_first(names, y, v, sound | missing)
    if not sound.any():
        raise NeckevidenceError("no trial has an effect and a variance")
    reason = "no effect and variance (a zero cell, for example)"
    return y, v, names, tuple((name, reason) for name, gone in zip(names, missing, strict=True) if gone)


def _name_the_first(names: tuple[str, ...], y: np.ndarray, v: np.ndarray, fine: np.ndarray) -> None:
    first = int(np.argmin(fine))
    if not math.isfinite(y[first]):
        raise NeckevidenceError(f"{names[first]}: the effect must be a finite number, found {y[first]}")
    raise NeckevidenceError(f"{names[first]}: the variance must be finite and above zero, found {v[first]}")
