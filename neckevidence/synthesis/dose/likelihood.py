"""The likelihood of arms in trials, the baselines of the trials profiled out. Arrays only.

Every arm has an effect against dose 0 (log odds ratio or mean difference), every trial a baseline of its own (log odds or
mean). The likelihood is concave in baselines and amplitude, so that both are found by Newton's method inside a bracket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEPS = 200
_LAST_STEP = 1e-13


@dataclass(frozen=True)
class Arms:
    """The arms of all trials.

    Attributes
    ----------
    dose : ndarray, shape (m,)
        Doses.
    member : ndarray, shape (t, m)
        1 where an arm belongs to a trial, 0 elsewhere.
    y : ndarray, shape (m,)
        Patients with the event, or means.
    size : ndarray, shape (m,)
        Patients, or 1 / squared standard error.
    counts : bool
        Whether y counts events.
    """

    dose: Array
    member: Array
    y: Array
    size: Array
    counts: bool

    def fitted(self, predictor: Array) -> tuple[Array, Array]:
        """Return the expectation of size x y (of y for counts) and its derivative, both of the predictor's shape."""
        if not self.counts:
            return self.size * predictor, np.broadcast_to(self.size, predictor.shape)
        from scipy.special import expit

        expected = self.size * expit(predictor)
        return expected, expected * expit(-predictor)

    @property
    def score(self) -> Array:
        """What the expectation is compared with: events, or size x mean."""
        return self.y if self.counts else self.size * self.y

    def baselines(self, effects: Array) -> Array:
        """Return the best baselines, shape (r, t), for effects of shape (r, m)."""
        total = self.score @ self.member.T
        if not self.counts:
            return (total - (self.size * effects) @ self.member.T) / (self.size @ self.member.T)
        inside = self.member[None] > 0
        middle = np.log(total / (self.size @ self.member.T - total))  # the baseline if all effects were 0
        low = middle - np.where(inside, effects[:, None], -np.inf).max(axis=2)
        high = middle - np.where(inside, effects[:, None], np.inf).min(axis=2)

        def slope(a: Array) -> tuple[Array, Array]:
            expected, weight = self.fitted(a @ self.member + effects)
            return total - expected @ self.member.T, weight @ self.member.T

        return rising_root(slope, low, high)

    def log_likelihood(self, effects: Array) -> Array:
        """Return the log-likelihood, shape (r,), of effects of shape (r, m) at the best baselines, constants included."""
        predictor = self.baselines(effects) @ self.member + effects
        if not self.counts:
            return self.saturated() - 0.5 * (self.size * (self.y - predictor) ** 2).sum(axis=1)
        from scipy.special import log_expit

        logs = self.y * log_expit(predictor) + (self.size - self.y) * log_expit(-predictor)
        return self._constant() + logs.sum(axis=1)

    def saturated(self) -> float:
        """Return the log-likelihood of a model that passes through every arm."""
        if not self.counts:
            return float(-0.5 * np.log(2 * np.pi / self.size).sum())
        from scipy.special import xlogy

        share = self.y / self.size
        return self._constant() + float((xlogy(self.y, share) + xlogy(self.size - self.y, 1 - share)).sum())

    def _constant(self) -> float:
        """Return the sum of the logarithms of the binomial coefficients."""
        from scipy.special import gammaln

        return float((gammaln(self.size + 1) - gammaln(self.y + 1) - gammaln(self.size - self.y + 1)).sum())

    def slope(self, amplitude: Array, x: Array) -> tuple[Array, Array]:
        """Return the first derivative of the log-likelihood by the amplitude and minus the second, both (r,)."""
        effects = amplitude[:, None] * x
        expected, weight = self.fitted(self.baselines(effects) @ self.member + effects)
        sums = (weight * x) @ self.member.T
        curvature = (weight * x * x).sum(axis=1) - (sums**2 / (weight @ self.member.T)).sum(axis=1)
        return (x * (self.score - expected)).sum(axis=1), curvature

    def amplitude(self, x: Array) -> tuple[Array, Array]:
        """Return the best amplitude and the curvature of the log-likelihood there, both (r,), for shapes x (r, m)."""
        unit = 1 / np.abs(x).max(axis=1)
        low, high = -unit, unit.copy()
        for end, uphill in ((low, -1), (high, 1)):
            for _ in range(_STEPS):
                short = uphill * self.slope(end, x)[0] > 0
                if not short.any():
                    break
                end[short] *= 2
        best = rising_root(lambda b: self.slope(b, x), low, high)
        return best, self.slope(best, x)[1]

    def amplitude_limits(self, x: Array, best: Array, curvature: Array, floor: float) -> tuple[Array, Array]:
        """Return the two amplitudes, each (r,), at which the log-likelihood has fallen to a floor below that at `best`.

        As the log-likelihood is concave, Newton's method comes in from outside without passing the limit.
        """
        found = []
        for sign in (-1, 1):
            reach = sign / np.sqrt(curvature)
            for _ in range(_STEPS):
                short = self.log_likelihood((best + reach)[:, None] * x) > floor
                if not short.any():
                    break
                reach[short] *= 2
            for _ in range(_STEPS):
                at = best + reach
                steepness = sign * self.slope(at, x)[0]  # below 0 outside of the best
                height = self.log_likelihood(at[:, None] * x) - floor
                step = np.divide(height, -steepness, out=np.zeros_like(at), where=steepness < 0)
                new = sign * np.maximum(sign * reach + np.minimum(step, 0.0), 0.0)
                moved, reach = np.abs(new - reach), new
                if (moved <= _LAST_STEP * (np.abs(at) + np.abs(reach))).all():
                    break
            found.append(best + reach)
        return found[0], found[1]


def rising_root(slope: Callable[[Array], tuple[Array, Array]], low: Array, high: Array) -> Array:
    """Find where concave functions have their tops, by Newton's method, halving the bracket where a step leaves it.

    Parameters
    ----------
    slope : callable
        Takes points; returns the first derivative and minus the second, both of the same shape.
    low, high : ndarray
        The tops lie between.

    Returns
    -------
    ndarray
        The tops.

    Examples
    --------
    >>> rising_root(lambda x: (2 - x, np.ones_like(x)), np.array([0.0]), np.array([5.0])).tolist()
    [2.0]
    """
    x = (low + high) / 2
    for _ in range(_STEPS):
        first, second = slope(x)
        low, high = np.where(first > 0, x, low), np.where(first > 0, high, x)
        step = np.divide(first, second, out=np.full_like(x, np.inf), where=second > 0)
        new = np.where((x + step >= low) & (x + step <= high), x + step, (low + high) / 2)
        moved, x = np.abs(new - x), new
        if (moved <= _LAST_STEP * (1 + np.abs(x))).all():
            break
    return x
