"""The binomial-normal model: logistic regression with fixed trial baselines and a random treatment effect."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.two_by_two import (
    ALL_EVENTS,
    NO_EVENT,
    Array,
    CountResult,
    Tables,
    checked_tables,
    uninformative,
    wald,
)

CODINGS = {"half": (0.5, -0.5), "treatment": (1.0, 0.0)}
# Standard deviations of log odds ratios from which the search starts: a likelihood can have two maxima.
_STARTS = (0.3, 1.5)
# Beyond this standard deviation of log odds ratios the likelihood is climbing towards infinity.
_LARGEST_TAU = 20.0


@dataclass(frozen=True, kw_only=True, repr=False)
class LogisticResult(CountResult):
    """A random-effects logistic regression: the fields of `CountResult` and these.

    Attributes
    ----------
    tau2 : float
        Variance of the true log odds ratios between trials, by maximum likelihood.
    log_likelihood, log_likelihood_common : float
        At the maximum, and at the maximum with tau2 = 0; binomial coefficients included.
    baselines : tuple of float
        Fixed log odds of the trials (of the control arm with coding "treatment", midway between the arms with
        "half"); -inf or inf for trials in ``excluded``.
    coding : str
        Coding of the arms in the random effect.
    points : int
        Quadrature points.
    """

    tau2: float
    log_likelihood: float
    log_likelihood_common: float
    baselines: tuple[float, ...]
    coding: str
    points: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial: its baseline and, where there is one, the reason why it carries no information."""
        reasons = dict(self.excluded)
        excluded = [reasons.get(name, "") for name in self.labels]
        return pd.DataFrame({"trial": self.labels, "baseline_log_odds": self.baselines, "excluded": excluded})

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        arms = "+1/2 and -1/2" if self.coding == "half" else "1 and 0"
        return (
            f"{self.k} trial{'s' if self.k != 1 else ''} were analysed by logistic regression with a fixed baseline for "
            f"each trial and a normally distributed treatment effect (arms coded {arms} in the random effect), by "
            f"maximum likelihood with adaptive Gauss-Hermite quadrature ({self.points} points), with a "
            f"{100 * self.level:g}% Wald interval from the observed information."
        )


def random_effects_logistic(
    events_treatment: ArrayLike, n_treatment: ArrayLike, events_control: ArrayLike, n_control: ArrayLike,
    level: float = 0.95, labels: Sequence[str] | None = None, points: int = 61, coding: str = "half",
) -> LogisticResult:  # fmt: skip
    """Pool two-by-two tables in the binomial-normal model.

    Parameters
    ----------
    events_treatment, n_treatment, events_control, n_control : array_like of float, shape (k,)
        Persons with the event and in all, by arm.
    level : float
        Confidence level, between 0 and 1.
    labels : sequence of str, optional
        Names of the trials.
    points : int
        Points of the adaptive Gauss-Hermite quadrature, 5 to 200. The default leaves errors below 1e-8 on ordinary
        data; where tau is above 4 or so, as it can be with zero cells and coding "treatment", take 200.
    coding : {"half", "treatment"}
        Arms in the random effect: +1/2 and -1/2, so that the arms are treated alike and exchanging them changes
        only the sign; or 1 and 0, so that only the treatment arm varies.

    Returns
    -------
    LogisticResult
        Log odds ratio with tau2. A trial without events, or without non-events, in both arms is in ``excluded``:
        its own baseline goes to -inf (or inf), its likelihood to 1 whatever the effect, so it adds nothing.

    Raises
    ------
    NeckevidenceError
        If a count is impossible, lengths differ, or level, points or coding are not allowed.

    Notes
    -----
    In trial i, logit p = alpha_i + (theta + u_i) z, u_i ~ N(0, tau2), z the coding of the arm (Turner et al. 2000,
    Stat Med 19:3417; Jackson et al. 2018, Stat Med 37:1059, on both codings). "half" is metafor's rma.glmm with
    model="UM.FS" and its default coding=1/2, "treatment" the same with coding=1. The marginal likelihood is
    log-concave in (alpha_i, theta), so each alpha_i is profiled out by Newton's method; theta and tau are found by
    a trust-region Newton method. Derivatives are analytic: the gradient is the posterior mean over u of that of the
    binomial likelihood, the Hessian the mean Hessian plus the posterior variance of the gradient (Louis 1982, J R
    Stat Soc B 44:226). The likelihood is even in tau, so that tau = 0 is a stationary point and needs no
    constraint. Tau2 by maximum likelihood is biased downwards with few trials, and the Wald interval is then too
    narrow.

    Examples
    --------
    >>> random_effects_logistic([4, 6, 3, 1], [123, 306, 231, 90], [11, 29, 11, 9], [139, 303, 220, 92])
    <LogisticResult OR 0.22 (95% CI 0.12 to 0.40), 4 trials, 4 informative, binomial-normal>
    """
    if coding not in CODINGS:
        raise NeckevidenceError(f"coding must be one of {', '.join(CODINGS)}; found {coding!r}")
    if not (isinstance(points, int) and 5 <= points <= 200):
        raise NeckevidenceError(f"points must be a whole number from 5 to 200, found {points!r}")
    tables, names = checked_tables(events_treatment, n_treatment, events_control, n_control, level, labels)
    excluded = uninformative(tables, names, (NO_EVENT, ALL_EVENTS))
    events, patients = tables[0] + tables[2], tables[1] + tables[3]
    informs = (events > 0) & (events < patients)
    fit, notes = _fit(tuple(count[informs] for count in tables), points, coding)  # type: ignore[arg-type]
    baselines = np.where(events > 0, np.inf, -np.inf)
    baselines[informs] = fit.alpha
    return LogisticResult(
        **wald(fit.theta, fit.se, level),
        measure="OR",
        method="binomial-normal",
        level=level,
        labels=names,
        excluded=excluded,
        notes=notes,
        tau2=fit.tau**2,
        log_likelihood=fit.log_likelihood,
        log_likelihood_common=fit.log_likelihood_common,
        baselines=tuple(baselines.tolist()),
        coding=coding,
        points=points,
    )


def highest(function: Callable[[Array], tuple[float, Array, Array]], start: Sequence[float]) -> tuple[Array, float]:
    """Climb to a maximum by Newton's method in a trust region.

    Parameters
    ----------
    function : callable
        Takes a point of shape (p,); returns the value, the gradient of shape (p,) and the Hessian of shape (p, p).
    start : sequence of float, shape (p,)
        Where to start.

    Returns
    -------
    point : ndarray of float, shape (p,)
        The highest point found.
    value : float
        The value there.

    Examples
    --------
    >>> point, value = highest(lambda x: (-(x[0] - 2) ** 2, -2 * (x - 2), np.array([[-2.0]])), [0.0])
    >>> round(float(point[0]), 6)
    2.0
    """
    from scipy.optimize import minimize

    known: dict[bytes, tuple[float, Array, Array]] = {}

    def at(x: Array) -> tuple[float, Array, Array]:
        if x.tobytes() not in known:
            known[x.tobytes()] = function(x)
        return known[x.tobytes()]

    found = minimize(
        lambda x: -at(x)[0],
        np.array(start, dtype=float),
        jac=lambda x: -at(x)[1],
        hess=lambda x: -at(x)[2],
        method="trust-exact",
        options={"gtol": 1e-8, "initial_trust_radius": 0.5, "max_trust_radius": 2.0, "maxiter": 200},
    )
    point = found.x
    for _ in range(3):  # rounding of the value stops the search while the gradient can still tell which way is up
        _, gradient, hessian = at(point)
        if np.linalg.eigvalsh(-hessian)[0] <= 1e-10 * np.abs(hessian).max():
            break
        step = np.linalg.solve(-hessian, gradient)
        if gradient @ step > 1e-6:
            break
        point = point + step
    return point, at(point)[0]


@dataclass(frozen=True)
class _Fit:
    theta: float
    se: float
    tau: float
    log_likelihood: float
    log_likelihood_common: float
    alpha: Array


def _fit(tables: Tables, points: int, coding: str) -> tuple[_Fit, tuple[str, ...]]:
    why = _infinite(tables)
    if why:
        return _no_fit(tables), (f"nothing can be estimated: {why}",)
    likelihood = _Profile(tables, points, CODINGS[coding])
    common = best = likelihood.maximise(None)
    notes: tuple[str, ...] = ("one informative trial: tau2 cannot be estimated and is set to 0",)
    if len(tables[0]) > 1:
        best = max((likelihood.maximise(start) for start in _STARTS), key=lambda found: found[2])
        notes = ()
        if best[2] <= common[2] + 1e-10 * abs(common[2]):
            best, notes = common, ("tau2 is estimated as 0, its lower bound",)
    theta, tau, value = best
    _, gradient, hessian = likelihood.at(theta, tau)
    # At tau = 0 theta and tau are orthogonal, and tau2 is on its bound: only theta's own information counts.
    free = slice(0, 1 if tau == 0 else 2)
    information, score = -hessian[free, free], gradient[free]
    if tau > _LARGEST_TAU or np.linalg.eigvalsh(information)[0] <= 0:
        return _no_fit(tables), ("nothing can be estimated: the likelihood keeps rising as tau2 grows without limit",)
    covariance = np.linalg.inv(information)
    if score @ covariance @ score > 1e-8:  # twice what the log-likelihood could still gain
        return _no_fit(tables), (
            "nothing can be estimated: the search for the maximum did not converge; more points of quadrature may help",
        )
    return _Fit(theta, math.sqrt(covariance[0, 0]), tau, value, common[2], likelihood.alpha.copy()), notes


def _no_fit(tables: Tables) -> _Fit:
    return _Fit(math.nan, math.nan, math.nan, math.nan, math.nan, np.full(len(tables[0]), np.nan))


def _infinite(tables: Tables) -> str:
    """Return why there is no finite maximum for the common effect, or nothing."""
    a, n1, c, n2 = tables
    if len(a) == 0:
        return "no trial has both events and non-events"
    ends = {"treatment": a * (n2 - c), "control": c * (n1 - a)}
    return next(
        (
            f"every informative trial has no event in the {arm} arm or no non-event in the other, so that the log "
            "odds ratio is infinite"
            for arm, product in ends.items()
            if not product.any()
        ),
        "",
    )


class _Profile:
    """The log-likelihood of theta and tau with the trial baselines at their maximum, and its two derivatives."""

    def __init__(self, tables: Tables, points: int, coding: tuple[float, float]) -> None:
        from scipy.special import gammaln

        a, n1, c, n2 = tables
        self.y, self.n = np.stack([a, c], -1)[:, None, :], np.stack([n1, n2], -1)[:, None, :]  # (k, 1, arms)
        self.z = np.array(coding)
        self.nodes, weights = np.polynomial.hermite.hermgauss(points)
        self.log_weights = np.log(weights) + self.nodes**2
        coefficients = gammaln(self.n + 1) - gammaln(self.y + 1) - gammaln(self.n - self.y + 1)
        self.constant = float(coefficients.sum())
        self.alpha = np.log((a + c) / (n1 + n2 - a - c))
        self.u = np.zeros(len(a))

    def _eta(self, theta: float, tau: float, u: Array) -> Array:
        return self.alpha[:, None, None] + self.z * (theta + tau * u[..., None])

    def _nodes(self, theta: float, tau: float) -> tuple[Array, Array]:
        """Put the nodes of every trial around the mode of its standardised random effect u."""
        from scipy.special import expit

        for _ in range(100):
            p = expit(self._eta(theta, tau, self.u[:, None]))[:, 0, :]
            slope = tau * ((self.y[:, 0] - self.n[:, 0] * p) @ self.z) - self.u
            curvature = 1 + tau**2 * ((self.n[:, 0] * p * (1 - p)) @ self.z**2)
            step = np.clip(slope / curvature, -1.0, 1.0)  # a full step may overshoot where the arm is at 0 or 1
            self.u = self.u + step
            if np.abs(step).max() < 1e-9:
                break
        scale = 1 / np.sqrt(curvature)
        u = self.u[:, None] + math.sqrt(2) * scale[:, None] * self.nodes
        log_weights = self.log_weights + np.log(scale)[:, None] - 0.5 * math.log(math.pi) - u**2 / 2
        return u, log_weights

    def _moments(self, theta: float, tau: float) -> tuple[Array, Array, Array]:
        """Return log-likelihood (k,), score (k, 3) and Hessian (k, 3, 3) of the trials in alpha, theta and tau."""
        from scipy.special import expit

        u, log_weights = self._nodes(theta, tau)
        eta = self._eta(theta, tau, u)  # (k, points, arms)
        softplus = np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta)))
        terms = log_weights + (self.y * eta - self.n * softplus).sum(-1)
        top = terms.max(axis=1, keepdims=True)
        weights = np.exp(terms - top)
        total = weights.sum(axis=1, keepdims=True)
        weights /= total
        p = expit(eta)
        residual, spread = self.y - self.n * p, self.n * p * (1 - p)
        moment = [residual @ self.z**power for power in (0, 1)]
        score = np.stack([moment[0], moment[1], u * moment[1]], -1)
        mean = np.einsum("kq,kqi->ki", weights, score)
        w = [spread @ self.z**power for power in (0, 1, 2)]
        design = np.empty((*u.shape, 3, 3))
        design[..., 0, 0], design[..., 1, 1], design[..., 2, 2] = w[0], w[2], u**2 * w[2]
        design[..., 0, 1] = design[..., 1, 0] = w[1]
        design[..., 0, 2] = design[..., 2, 0] = u * w[1]
        design[..., 1, 2] = design[..., 2, 1] = u * w[2]
        second = np.einsum("kq,kqij->kij", weights, score[..., :, None] * score[..., None, :] - design)
        return (top + np.log(total))[:, 0], mean, second - mean[:, :, None] * mean[:, None, :]

    def at(self, theta: float, tau: float) -> tuple[float, Array, Array]:
        """Return the profile log-likelihood, its gradient (2,) and its Hessian (2, 2) in theta and tau."""
        for _ in range(200):
            value, score, hessian = self._moments(theta, tau)
            step = np.clip(-score[:, 0] / hessian[:, 0, 0], -1.0, 1.0)
            if np.abs(step).max() < 1e-10:
                break
            self.alpha = self.alpha + step
        cross = hessian[:, 0, 1:]
        profiled = hessian[:, 1:, 1:] - cross[:, :, None] * cross[:, None, :] / hessian[:, :1, :1]
        return float(value.sum()) + self.constant, score[:, 1:].sum(axis=0), profiled.sum(axis=0)

    def maximise(self, start: float | None) -> tuple[float, float, float]:
        """Return theta, tau and the log-likelihood at a maximum, from tau = start; with None tau stays at 0."""
        if start is None:
            x, value = highest(self._common, [0.0])
            return float(x[0]), 0.0, value
        x, value = highest(lambda x: self.at(float(x[0]), float(x[1])), [0.0, start])
        return float(x[0]), abs(float(x[1])), value

    def _common(self, x: Array) -> tuple[float, Array, Array]:
        value, gradient, hessian = self.at(float(x[0]), 0.0)
        return value, gradient[:1], hessian[:1, :1]
