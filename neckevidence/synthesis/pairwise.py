"""Pairwise meta-analysis: common effect and random effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.effects.means import critical_value
from neckevidence.errors import NeckevidenceError

# The estimators of tau2 that statsmodels has; the keys are the names of the field.
TAU2 = {"common": None, "DL": "chi2", "PM": "iterated"}
TAU2_NAMES = {"common": "none (common effect)", "DL": "DerSimonian-Laird", "PM": "Paule-Mandel"}
INTERVALS = ("wald", "hartung-knapp", "hartung-knapp-adhoc")


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
        I2 = max(0, (Q - (k-1)) / Q), between 0 and 1.
    q : float
        Cochran's Q.
    prediction_interval : tuple of float or None
        From three trials on; None below.
    wald_se : float
        Standard error of the plain Wald interval.
    weights : tuple of float
        Relative weights of the trials, summing to 1.
    labels : tuple of str
        Names of the trials.
    tau2_method, ci_method : str
        The rules, as named in `meta_analysis`.
    level : float
        Confidence level.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    tau2: float
    i2: float
    q: float
    prediction_interval: tuple[float, float] | None
    wald_se: float
    weights: tuple[float, ...]
    labels: tuple[str, ...]
    tau2_method: str
    ci_method: str
    level: float

    @property
    def k(self) -> int:
        """Number of trials."""
        return len(self.weights)

    @property
    def wald_interval(self) -> tuple[float, float]:
        """The plain Wald interval, 1 / sqrt(sum of weights) times the normal quantile, to show beside another."""
        half = critical_value(self.level) * self.wald_se
        return self.estimate - half, self.estimate + half

    def to_frame(self) -> pd.DataFrame:
        """Return the weights, one row a trial."""
        return pd.DataFrame({"trial": self.labels, "weight": self.weights})

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        if self.k == 1:
            return "One trial; nothing was pooled."
        model = (
            "a common-effect model with inverse-variance weights"
            if self.tau2_method == "common"
            else f"a random-effects model, between-trial variance by {TAU2_NAMES[self.tau2_method]}"
        )
        interval = {
            "wald": "a Wald interval",
            "hartung-knapp": "the Hartung-Knapp interval",
            "hartung-knapp-adhoc": "the Hartung-Knapp interval, never narrower than the Wald one (ad hoc guard)",
        }[self.ci_method]
        return f"{self.k} trials were pooled with {model}, with {interval} at {100 * self.level:g}%."


def meta_analysis(
    effects: ArrayLike,
    variances: ArrayLike,
    tau2: str = "PM",
    ci: str = "hartung-knapp-adhoc",
    level: float = 0.95,
    labels: Sequence[str] | None = None,
) -> MetaAnalysis:
    """Pool the effects of trials.

    Parameters
    ----------
    effects, variances : array_like of float, shape (k,)
        Effects (logarithms for ratios) and their variances.
    tau2 : {"common", "DL", "PM"}
        Between-trial variance: none (common effect), DerSimonian-Laird, or Paule-Mandel, the default, which
        the Cochrane Handbook 6.4 (section 10.10.4.4) names among the preferred ones.
    ci : {"wald", "hartung-knapp", "hartung-knapp-adhoc"}
        Interval; the last is Hartung-Knapp that never uses a smaller standard error than Wald's, the default
        because with two or three trials the plain one can be absurdly narrow. A common-effect model always has
        the Wald interval.
    level : float
        Confidence level, between 0 and 1.
    labels : sequence of str, optional
        Names of the trials for messages and tables.

    Returns
    -------
    MetaAnalysis
        With one trial its own effect and Wald interval.

    Raises
    ------
    NeckevidenceError
        If lengths differ, there is no trial, a value is not finite, a variance is not above zero, or a method is
        unknown; the message names the trial and the choices.

    Notes
    -----
    Weights, tau2 and Q come from ``statsmodels.stats.meta_analysis.combine_effects``. Hartung-Knapp: the variance
    of the pooled effect is sum w (y - mu)^2 / ((k-1) sum w), with t on k - 1 degrees of freedom (Hartung and
    Knapp 2001, Stat Med 20:3875). Prediction interval: mu +- t(k-2) sqrt(tau2 + se^2) (Higgins, Thompson and
    Spiegelhalter 2009, J R Stat Soc A 172:137, section 4.2), se being that of the interval.

    Examples
    --------
    >>> fit = meta_analysis([0.1, 0.3], [0.01, 0.03], tau2="common")
    >>> round(fit.estimate, 3), round(fit.se, 4)
    (0.15, 0.0866)
    """
    y, v, names = _checked(effects, variances, tau2, ci, level, labels)
    k = len(y)
    if k == 1:
        return _one_trial(y[0], v[0], names, level)
    from statsmodels.stats.meta_analysis import combine_effects

    with np.errstate(invalid="ignore"):  # statsmodels takes roots of negative tau2 before we cut them at zero
        fit = combine_effects(y, v, method_re=TAU2[tau2] or "chi2", row_names=list(names))
    between = 0.0 if tau2 == "common" else max(float(fit.tau2), 0.0)
    weights = 1 / (v + between)
    total = weights.sum()
    estimate = float((weights * y).sum() / total)
    wald = math.sqrt(1 / total)
    se, df = wald, math.inf
    if tau2 != "common" and ci != "wald":
        se = math.sqrt(float((weights * (y - estimate) ** 2).sum()) / ((k - 1) * total))
        df = k - 1
        if ci == "hartung-knapp-adhoc":
            se = max(se, wald)
    result = MetaAnalysis(
        estimate=estimate,
        se=se,
        **_interval(estimate, se, df, level),
        tau2=between,
        q=float(fit.q),
        i2=max(0.0, 1 - (k - 1) / float(fit.q)) if fit.q > 0 else 0.0,
        prediction_interval=None,
        wald_se=wald,
        weights=tuple(float(weight) for weight in weights / total),
        labels=names,
        tau2_method=tau2,
        ci_method="wald" if tau2 == "common" else ci,
        level=level,
    )
    if k < 3 or tau2 == "common":
        return result
    half = critical_value(level, k - 2) * math.sqrt(between + se**2)
    return replace(result, prediction_interval=(estimate - half, estimate + half))


def _interval(estimate: float, se: float, df: float, level: float) -> dict[str, float]:
    from scipy.stats import norm, t

    half = critical_value(level, df) * se
    if se == 0:
        p_value = math.nan if estimate == 0 else 0.0
    else:
        ratio = abs(estimate) / se
        p_value = float(2 * (norm.sf(ratio) if math.isinf(df) else t.sf(ratio, df)))
    return {"ci_low": estimate - half, "ci_high": estimate + half, "p_value": p_value}


def _one_trial(effect: float, variance: float, names: tuple[str, ...], level: float) -> MetaAnalysis:
    se = math.sqrt(variance)
    return MetaAnalysis(
        estimate=float(effect),
        se=se,
        **_interval(float(effect), se, math.inf, level),
        tau2=0.0,
        i2=0.0,
        q=0.0,
        prediction_interval=None,
        wald_se=se,
        weights=(1.0,),
        labels=names,
        tau2_method="common",
        ci_method="wald",
        level=level,
    )


def _checked(
    effects: ArrayLike,
    variances: ArrayLike,
    tau2: str,
    ci: str,
    level: float,
    labels: Sequence[str] | None,
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    if tau2 not in TAU2:
        raise NeckevidenceError(f"tau2 must be one of {', '.join(TAU2)}; found {tau2!r}")
    if ci not in INTERVALS:
        raise NeckevidenceError(f"ci must be one of {', '.join(INTERVALS)}; found {ci!r}")
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    y, v = np.asarray(effects, dtype=float), np.asarray(variances, dtype=float)
    if y.ndim != 1 or y.shape != v.shape or len(y) == 0:
        raise NeckevidenceError(
            f"effects and variances must be two lists of the same length, at least one; found {y.shape}, {v.shape}"
        )
    names = tuple(labels) if labels is not None else tuple(f"trial {i + 1}" for i in range(len(y)))
    if len(names) != len(y):
        raise NeckevidenceError(f"labels has {len(names)} names for {len(y)} trials")
    for name, effect, variance in zip(names, y, v, strict=True):
        if not math.isfinite(effect):
            raise NeckevidenceError(f"{name}: the effect must be a finite number, found {effect}")
        if not (math.isfinite(variance) and variance > 0):
            raise NeckevidenceError(f"{name}: the variance must be finite and above zero, found {variance}")
    return y, v, names
