"""Bayesian random-effects meta-analysis by deterministic integration: no sampling, the same numbers every time.

Given tau everything is normal and in closed form; what remains is one integral over tau. It is done by the trapezoidal
rule in t, where log(tau) = c + w sinh(t) is centred on the posterior of log(tau): the integrand then falls off at both
ends faster than exponentially, and the rule converges exponentially (Takahasi and Mori 1974, Publ RIMS 9:721). The step
is halved until the integral stands still. Posteriors of effects are mixtures of normals over the nodes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.core.views import view
from neckevidence.synthesis.priors import HalfNormal, TauPrior, check_priors

Array = NDArray[np.float64]
LOWEST, HIGHEST = -1e6, 345.0  # of log(tau): below is nothing even for log-t priors, above tau2 would overflow
STEP = 0.125  # of the first trapezoidal sum; the first halving is the check
SETTLED = 1e-11  # relative change of the integral at which halving ends; its error is then about the square of this
NEGLIGIBLE = 1e-18  # weight below which a node does not matter to a distribution function


@dataclass(frozen=True, eq=False)
class _Mixtures:
    """Mixtures of normals with common weights (n,), one a row of means and sds (m, n)."""

    weights: Array
    means: Array
    sds: Array

    def beyond(self, row: int, below: float | None, above: float | None) -> float:
        """Return the probability outside the margins, each tail summed as it is, never as one minus the other."""
        from scipy.special import ndtr

        low, high = -math.inf if below is None else below, math.inf if above is None else above
        if (below is None and above is None) or not low <= high:
            raise NeckevidenceError(f"a probability needs margins, below no higher than above; found {below}, {above}")
        m, s = self.means[row], self.sds[row]
        return float((ndtr((low - m) / s) + ndtr((m - high) / s)) @ self.weights)

    def quantiles(self, p: Array) -> Array:
        """Return the quantiles, shape (m, len(p)).

        Newton's method on the probit of the distribution function, nearly a straight line, with bisection where a step
        leaves the bracket. Quantiles above one half are those of the mirrored mixture, which keeps the upper tail exact.
        """
        from scipy.special import ndtr, ndtri

        mirror = np.where(p > 0.5, -1.0, 1.0)
        tail = np.minimum(p, 1 - p)
        z = ndtri(tail)
        m, s = mirror[:, None] * self.means[:, None, :], self.sds[:, None, :]
        middle = int(np.searchsorted(np.cumsum(self.weights), 0.5))
        by_component = m + z[:, None] * s  # the quantile of a mixture lies between those of its components
        low, high, x = by_component.min(-1), by_component.max(-1), by_component[..., middle]
        for _ in range(200):
            a = (x[..., None] - m) / s
            below = ndtr(a) @ self.weights
            slope = (np.exp(-(a**2) / 2) / s) @ self.weights  # the factor 1 / sqrt(2 pi) cancels in the step
            probit = ndtri(below)
            low, high = np.where(below < tail, x, low), np.where(below < tail, high, x)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = x + (z - probit) * np.exp(-(probit**2) / 2) / slope
            new = np.where((new >= low) & (new <= high), new, (low + high) / 2)
            moved, x = np.abs(new - x), new
            if np.all(moved <= 1e-9 * s[..., middle] + 4e-16 * np.abs(x)):  # the next step would be its square
                break
        return mirror * x


@dataclass(frozen=True, eq=False)
class _Model:
    """The normal-normal model with the effect integrated out, as functions of log(tau)."""

    y: Array
    v: Array
    tau_prior: TauPrior
    mean: float  # of the prior of the effect
    precision: float  # 0 if that prior is flat

    def conditional(self, log_tau: Array) -> tuple[Array, Array, Array, Array]:
        """Return the log-likelihood of tau, mean and variance of the effect given tau, and the precisions of trials."""
        w = 1 / (self.v + np.exp(2 * log_tau)[:, None])
        total = w.sum(axis=1) + self.precision
        mean = (w @ self.y + self.precision * self.mean) / total
        q = (w * (self.y - mean[:, None]) ** 2).sum(axis=1) + self.precision * (mean - self.mean) ** 2
        flat = self.precision == 0
        constant = (0 if flat else math.log(self.precision)) - (len(self.y) - flat) * math.log(2 * math.pi)
        return (constant + np.log(w).sum(axis=1) - q - np.log(total)) / 2, mean, 1 / total, w

    def log_posterior(self, log_tau: Array) -> Array:
        """Return the log of likelihood times prior, as a density of log(tau), not normalised."""
        return self.conditional(log_tau)[0] + self.tau_prior.log_density(log_tau) + log_tau

    def mode(self) -> tuple[float, float]:
        """Return where the posterior density of log(tau) is highest, and how wide it is there."""
        typical = [self.v.min(), self.v.max(), np.ptp(self.y) ** 2, self.tau_prior.median**2]
        logs = [math.log(variance) / 2 for variance in typical if variance > 0]
        low, high = min(logs) - 3, min(max(logs) + 3, HIGHEST - 1)
        for points in (65, 33, 33):
            grid = np.linspace(low, high, points)
            values = self.log_posterior(grid)
            best = int(np.clip(values.argmax(), 1, points - 2))
            low, high = grid[best - 1], grid[best + 1]
        curvature = (2 * values[best] - values[best - 1] - values[best + 1]) / (grid[1] - grid[0]) ** 2
        return float(grid[best]), float(1 / math.sqrt(max(curvature, 0.25)))


class _Tau:
    """The posterior of tau on the nodes t of the trapezoidal rule, with their weights."""

    def __init__(self, model: _Model) -> None:
        self.centre, self.width = centre, width = model.mode()

        def log_integrand(t: Array) -> Array:
            return model.log_posterior(centre + width * np.sinh(t)) + np.log(width * np.cosh(t))

        ends = np.arcsinh(np.array([LOWEST - centre, HIGHEST - centre]) / width)
        t = np.linspace(*ends, 2 + math.ceil((ends[1] - ends[0]) / STEP))
        values = log_integrand(t)
        top = values.max()
        # Large tau count in moments although they are improbable; small tau count only if they are probable.
        inside = np.flatnonzero(values > top - np.where(t < t[values.argmax()], 45, 700))
        span = slice(max(inside[0] - 1, 0), inside[-1] + 2)
        t, f = t[span], np.exp(values[span] - top)
        for _ in range(8):
            between = (t[:-1] + t[1:]) / 2
            f_between = np.exp(log_integrand(between) - top)
            change = f_between.sum() / f.sum() - 1
            gaps = np.arange(1, len(t))
            t, f = np.insert(t, gaps, between), np.insert(f, gaps, f_between)
            if abs(change) < SETTLED:
                break
        self.t, self.step, self.weights = t, t[1] - t[0], f / f.sum()
        self.log_tau = centre + width * np.sinh(t)
        self.log_marginal = float(top + math.log(f.sum() * self.step))

    def quantiles(self, p: Array) -> Array:
        """Return quantiles of tau by Newton's method on the sinc interpolation of its distribution function.

        The integral up to t of a function known on a grid of step h is sum f_j h (1/2 + Si(pi (t - t_j) / h) / pi), with
        exponential convergence too (Stenger 1993, Numerical Methods Based on Sinc and Analytic Functions).
        """
        from scipy.special import sici

        keep = self.weights > NEGLIGIBLE
        nodes, weights = self.t[keep], self.weights[keep]
        t = start = np.interp(p, np.cumsum(weights) - weights / 2, nodes)
        for _ in range(50):
            steps = (t[:, None] - nodes) / self.step
            below = (0.5 + sici(math.pi * steps)[0] / math.pi) @ weights
            slope = np.maximum(np.sinc(steps) @ weights / self.step, 1e-300)
            new = np.clip(t + (p - below) / slope, start - self.step, start + self.step)
            moved, t = np.abs(new - t).max(), new
            if moved < 1e-12:
                break
        return np.exp(self.centre + self.width * np.sinh(t))


@dataclass(frozen=True)
class BayesMetaAnalysis:
    """The posterior of a random-effects meta-analysis, on the scale of the effects (logarithms for ratios).

    Attributes
    ----------
    estimate, mean, sd : float
        Posterior median, mean and standard deviation of the effect; nan or infinite where they do not exist.
    tau, tau_mean : float
        Posterior median and mean of the between-trial standard deviation; the mean may be infinite.
    ci_low, ci_high, tau_ci, prediction_interval
        Central intervals of the effect, of tau and of the true effect in a new trial.
    shrunken, shrunken_ci : tuple
        Posterior medians and central intervals of the true effects of the trials.
    weights : tuple of float
        What the mean gives to each trial; they sum to 1 less the part of a normal prior of the effect.
    log_marginal_likelihood : float
        Log density of the effects under model and priors; if the prior of the effect is flat (density 1), only its
        differences between priors of tau mean something.
    effects, variances, labels, k
        The trials and their number.
    tau_prior, effect_prior, level, notes
        Names of the priors, probability of the intervals, and what must be said beside the numbers.
    """

    estimate: float
    mean: float
    sd: float
    ci_low: float
    ci_high: float
    tau: float
    tau_mean: float
    tau_ci: tuple[float, float]
    prediction_interval: tuple[float, float]
    shrunken: tuple[float, ...]
    shrunken_ci: tuple[tuple[float, float], ...]
    weights: tuple[float, ...]
    log_marginal_likelihood: float
    effects: tuple[float, ...]
    variances: tuple[float, ...]
    labels: tuple[str, ...]
    tau_prior: str
    effect_prior: str
    level: float
    k: int
    notes: tuple[str, ...]
    _model: _Model = field(repr=False, compare=False)
    _mixtures: _Mixtures = field(repr=False, compare=False)  # rows: the effect, a new trial, the trials

    def __repr__(self) -> str:
        return (
            f"<BayesMetaAnalysis {signed(self.estimate, 4)} ({100 * self.level:g}% CrI {signed(self.ci_low, 4)} to "
            f"{signed(self.ci_high, 4)}), tau {self.tau:.4f}, k = {self.k}>"
        )

    @property
    def ci(self) -> tuple[float, float]:
        """The central credible interval of the effect."""
        return self.ci_low, self.ci_high

    def probability(self, below: float | None = None, above: float | None = None) -> float:
        """Return the posterior probability that the effect lies beyond a margin.

        Parameters
        ----------
        below, above : float, optional
            Margins on the scale of the effects; with both, the probability of lying outside the band.

        Returns
        -------
        float
            Between 0 and 1.

        Raises
        ------
        NeckevidenceError
            If no margin is given, or below exceeds above.
        """
        return self._mixtures.beyond(0, below, above)

    def predictive_probability(self, below: float | None = None, above: float | None = None) -> float:
        """Return the probability that the true effect in a new trial lies beyond a margin, as `probability` does."""
        return self._mixtures.beyond(1, below, above)

    def effect_density(self, points: int = 201) -> tuple[Array, Array]:
        """Return values of the effect and its posterior density there, for plotting."""
        mixtures = self._mixtures
        x = np.linspace(*mixtures.quantiles(np.array([5e-4, 1 - 5e-4]))[0], points)
        kernel = np.exp(-(((x[:, None] - mixtures.means[0]) / mixtures.sds[0]) ** 2) / 2) / math.sqrt(2 * math.pi)
        return x, (kernel / mixtures.sds[0]) @ mixtures.weights

    def tau_density(self, points: int = 201) -> tuple[Array, Array]:
        """Return values of tau from just above 0 on and its posterior density there, for plotting."""
        tau = np.arange(0.5, points) / points * 1.5 * self.tau_ci[1]
        return tau, np.exp(self._model.log_posterior(np.log(tau)) - self.log_marginal_likelihood) / tau

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial: trial, effect, variance, weight, shrunken, ci_low, ci_high."""
        names = ["trial", "effect", "variance", "weight", "shrunken", "ci_low", "ci_high"]
        trials = [self.labels, self.effects, self.variances, self.weights, self.shrunken]
        return pd.DataFrame(dict(zip(names, [*trials, *zip(*self.shrunken_ci, strict=True)], strict=True)))

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return {name: getattr(self, name) for name, entry in self.__dataclass_fields__.items() if entry.compare}

    def summary(self) -> str:
        """Return the result in a few lines."""
        tau = f"tau {self.tau:.4f} ({self.tau_ci[0]:.4f} to {self.tau_ci[1]:.4f})"
        new = f"prediction interval {' to '.join(signed(end, 4) for end in self.prediction_interval)}"
        return "\n".join([repr(self)[1:-1], tau, new, *self.notes])

    def plot(self, ax: Any = None) -> Any:
        """Draw the posterior; see `neckevidence.figures.posterior.posterior_plot`."""
        return view("picture", self, ax=ax)

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        return (
            f"Bayesian normal-normal hierarchical model (k = {self.k}); prior of the between-trial standard deviation "
            f"{self.tau_prior}, of the effect {self.effect_prior}; posterior medians with central "
            f"{100 * self.level:g}% credible intervals, by numerical integration."
        )


def bayes_meta_analysis(
    effects: ArrayLike,
    variances: ArrayLike,
    tau_prior: TauPrior = HalfNormal(0.5),  # noqa: B008, a frozen dataclass
    effect_prior: tuple[float, float] | None = None,
    level: float = 0.95,
    labels: Sequence[str] | None = None,
) -> BayesMetaAnalysis:
    """Pool the effects of trials with a Bayesian random-effects model.

    Parameters
    ----------
    effects, variances : array_like of float, shape (k,)
        Effects (logarithms for ratios) and their variances, of one trial or more.
    tau_prior : TauPrior
        Prior of the between-trial standard deviation (`neckevidence.synthesis.priors`).
    effect_prior : tuple of float, optional
        Mean and standard deviation of a normal prior of the effect; flat if not given.
    level : float
        Probability of the intervals, between 0 and 1.
    labels : sequence of str, optional
        Names of the trials for messages and tables.

    Returns
    -------
    BayesMetaAnalysis
        Probabilities are accurate to about 1e-9.

    Raises
    ------
    NeckevidenceError
        If a value, a length, the level or a prior is impossible; the message names the trial.

    Notes
    -----
    y_i ~ N(theta_i, v_i), theta_i ~ N(mu, tau^2). With w_i = 1 / (v_i + tau^2), W their sum and m the weighted mean,
    p(tau | y) is proportional to p(tau) W^(-1/2) prod w_i^(1/2) exp(-sum w_i (y_i - m)^2 / 2), and mu | tau, y is
    N(m, 1 / W) (Gelman et al. 2013, Bayesian Data Analysis, 3rd ed., section 5.4). A normal prior of mu counts as one
    more trial without heterogeneity. With b_i = v_i w_i, theta_i | tau, y has mean (1 - b_i) y_i + b_i m and variance
    b_i tau^2 + b_i^2 / W. Integrating over tau as in Roever 2020, J Stat Softw 93(6), but by the trapezoidal rule.

    Examples
    --------
    >>> fit = bayes_meta_analysis([0.1, 0.3], [0.01, 0.03])
    >>> fit
    <BayesMetaAnalysis 0.1718 (95% CrI −0.3887 to 0.7810), tau 0.2133, k = 2>
    >>> round(fit.probability(below=0), 3)
    0.171
    """
    y, v, names = _checked(effects, variances, level, labels)
    prior_mean, prior_sd = check_priors(tau_prior, effect_prior)
    k, centre = len(y), float((y / v).sum() / (1 / v).sum())
    model = _Model(y - centre, v, tau_prior, prior_mean - centre, prior_sd**-2)
    posterior = _Tau(model)
    p, tau2 = posterior.weights, np.exp(2 * posterior.log_tau)
    _, m, variance, w = model.conditional(posterior.log_tau)
    b = (w * v).T
    means = np.vstack([m, m, (1 - b) * model.y[:, None] + b * m])
    sds = np.sqrt(np.vstack([variance, variance + tau2, b * tau2 + b**2 * variance]))
    keep = p > NEGLIGIBLE
    mixtures = _Mixtures(p[keep], centre + means[:, keep], sds[:, keep])
    levels = np.array([(1 - level) / 2, 0.5, (1 + level) / 2])
    low, middle, high = mixtures.quantiles(levels).T.tolist()
    tau_low, tau_median, tau_high = posterior.quantiles(levels).tolist()
    flat = effect_prior is None
    moments = tau_prior.tail + k - flat  # the likelihood falls as tau^-(k-1), or tau^-k if the effect has a prior
    mean = float(p @ m)
    spread = math.sqrt(float(p @ (variance + (m - mean) ** 2)))
    return BayesMetaAnalysis(
        estimate=middle[0],
        mean=math.nan if flat and moments <= 1 else centre + mean,
        sd=math.inf if flat and moments <= 2 else spread,
        ci_low=low[0],
        ci_high=high[0],
        tau=tau_median,
        tau_mean=math.inf if moments <= 1 else float(p @ np.sqrt(tau2)),
        tau_ci=(tau_low, tau_high),
        prediction_interval=(low[1], high[1]),
        shrunken=tuple(middle[2:]),
        shrunken_ci=tuple(zip(low[2:], high[2:], strict=True)),
        weights=tuple((p @ (w * variance[:, None])).tolist()),
        log_marginal_likelihood=posterior.log_marginal,
        effects=tuple(y.tolist()),
        variances=tuple(v.tolist()),
        labels=names,
        tau_prior=tau_prior.name,
        effect_prior="flat" if flat else f"normal({prior_mean:g}, {prior_sd:g})",
        level=level,
        k=k,
        notes=("one trial: what is said of heterogeneity and of a new trial is the prior",) if k == 1 else (),
        _model=model,
        _mixtures=mixtures,
    )


def _checked(
    effects: ArrayLike, variances: ArrayLike, level: float, labels: Sequence[str] | None
) -> tuple[Array, Array, tuple[str, ...]]:
    y, v = np.array(effects, dtype=float), np.array(variances, dtype=float)
    if y.ndim != 1 or y.shape != v.shape or len(y) == 0:
        raise NeckevidenceError(f"effects and variances must be lists of one length; found {y.shape}, {v.shape}")
    names = tuple(labels) if labels is not None else tuple(f"trial {i + 1}" for i in range(len(y)))
    if len(names) != len(y):
        raise NeckevidenceError(f"labels has {len(names)} names for {len(y)} trials")
    for name, effect, variance in zip(names, y.tolist(), v.tolist(), strict=True):
        if not (math.isfinite(effect) and 0 < variance < math.inf):
            found = f"found the effect {effect} and the variance {variance}"
            raise NeckevidenceError(f"{name}: {found}; both must be finite, the variance above zero")
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    return y, v, names
