"""The likelihood region of a dose-response curve, and intervals read off it. Arrays only.

A curve has an amplitude and, for Emax, a constant ED50. The region holds all pairs whose log-likelihood, with the baselines of
the trials profiled out, lies within half a chi-square quantile (1 degree of freedom) of the maximum. The range of any one
quantity over the region is its profile-likelihood interval (Venzon and Moolgavkar 1988, Appl Stat 37:87).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neckevidence.synthesis.dose.likelihood import Arms, Array
from neckevidence.synthesis.dose.shapes import shape_value

# ED50 is sought from the smallest positive dose over this factor to the largest times it: there Emax is flat from the first
# dose on, or a straight line, to within one per cent.
REACH = 100.0
_PLACES = 161
_ALONG = 81


@dataclass(frozen=True)
class Region:
    """The likelihood region, a row for each value of the constant.

    Attributes
    ----------
    amplitude, constant : float
        The best curve; the constant is NaN for the linear shape.
    log_likelihood : float
        Its log-likelihood.
    constants, low, high : ndarray, shape (r,)
        Values of the constant in the region, and the lowest and highest amplitude in it for each.
    open_low, open_high : bool
        Whether the region reaches the end of the range in which the constant is sought.
    """

    amplitude: float
    constant: float
    log_likelihood: float
    constants: Array
    low: Array
    high: Array
    open_low: bool = False
    open_high: bool = False

    def range_of(self, quantity: Callable[[Array, Array], Array]) -> tuple[Array, Array]:
        """Return the lowest and highest value of a quantity over the region.

        Parameters
        ----------
        quantity : callable
            Takes amplitudes and constants of shape (r, a); returns an array of shape (..., r, a).

        Returns
        -------
        low, high : ndarray, shape (...)
            The range.
        """
        share = np.linspace(0, 1, _ALONG)
        amplitudes = self.low[:, None] + (self.high - self.low)[:, None] * share
        values = quantity(amplitudes, np.broadcast_to(self.constants[:, None], amplitudes.shape))
        best = quantity(np.array([[self.amplitude]]), np.array([[self.constant]]))[..., 0, 0]
        return np.minimum(values.min(axis=(-2, -1)), best), np.maximum(values.max(axis=(-2, -1)), best)


def fixed_region(arms: Arms, shape: str, constant: float, drop: float) -> Region:
    """Find the best amplitude, and its interval, of a shape whose constant is given.

    Parameters
    ----------
    arms : Arms
        The arms.
    shape : str
        The shape.
    constant : float
        Its constant; NaN if it has none.
    drop : float
        By how much the log-likelihood may fall.

    Returns
    -------
    Region
        With one row.
    """
    x = shape_value(shape, arms.dose, 1.0 if np.isnan(constant) else constant)[None]
    best, curvature = arms.amplitude(x)
    top = arms.log_likelihood(best[:, None] * x)
    low, high = arms.amplitude_limits(x, best, curvature, top[0] - drop)
    return Region(float(best[0]), constant, float(top[0]), np.array([constant]), low, high)


def emax_region(arms: Arms, smallest: float, largest: float, drop: float) -> Region:
    """Find the best Emax curve and its likelihood region.

    Parameters
    ----------
    arms : Arms
        The arms.
    smallest, largest : float
        Smallest positive and largest dose.
    drop : float
        By how much the log-likelihood may fall.

    Returns
    -------
    Region
        ED50 is sought on a grid that is even in its logarithm, from ``smallest / REACH`` to ``largest * REACH``, and
        refined where the grid is highest by the score; so are the ends of the region.
    """
    from scipy.optimize import brentq

    grid = np.linspace(np.log(smallest / REACH), np.log(largest * REACH), _PLACES)
    amplitudes, _, heights = _profile(arms, np.exp(grid))
    best = _top(arms, grid, int(heights.argmax()))
    top = float(_profile(arms, np.exp([best]))[2][0])
    best, top = (best, top) if top >= heights.max() else (float(grid[heights.argmax()]), float(heights.max()))
    floor = top - drop

    def above(log_constant: float) -> float:
        return float(_profile(arms, np.exp([log_constant]))[2][0]) - floor

    inside = np.append(grid[heights > floor], best)
    first, last = float(inside.min()), float(inside.max())
    open_low, open_high = first == grid[0], last == grid[-1]
    if not open_low:
        first = brentq(above, grid[grid < first][-1], first, xtol=1e-10)
    if not open_high:
        last = brentq(above, last, grid[grid > last][0], xtol=1e-10)
    # Places all over the region, denser towards its ends, where the amplitude has least room.
    places = first + (last - first) * (1 - np.cos(np.linspace(0, np.pi, _PLACES))) / 2
    places = np.unique(np.append(places, best))
    constants = np.exp(places)
    amplitudes, curvature, heights = _profile(arms, constants)
    kept = heights > floor
    kept[[0, -1]] = True  # where there is an end, it lies on the floor
    x = shape_value("emax", arms.dose, constants[kept, None])
    low, high = arms.amplitude_limits(x, amplitudes[kept], curvature[kept], floor)
    amplitude = float(_profile(arms, np.exp([best]))[0][0])
    return Region(amplitude, float(np.exp(best)), top, constants[kept], low, high, open_low, open_high)


def at_end(region: Region) -> bool:
    """Return whether the best ED50 lies at an end of the range in which it is sought."""
    ends = (region.constants[0] if region.open_low else None, region.constants[-1] if region.open_high else None)
    return region.constant in ends


def _profile(arms: Arms, constants: Array) -> tuple[Array, Array, Array]:
    """Return best amplitude, curvature and log-likelihood for each ED50."""
    x = shape_value("emax", arms.dose, np.asarray(constants)[:, None])
    amplitude, curvature = arms.amplitude(x)
    return amplitude, curvature, arms.log_likelihood(amplitude[:, None] * x)


def _top(arms: Arms, grid: Array, place: int) -> float:
    """Return the logarithm of the best ED50 beside the highest place of the grid."""
    from scipy.optimize import brentq

    def score(log_constant: float) -> float:
        constant = np.exp(log_constant)
        x = shape_value("emax", arms.dose, np.array([[constant]]))
        amplitude = arms.amplitude(x)[0]
        effects = amplitude[:, None] * x
        expected, _ = arms.fitted(arms.baselines(effects) @ arms.member + effects)
        slope = -effects * constant / (constant + arms.dose)  # derivative of the effects by log ED50
        return float((slope * (arms.score - expected)).sum())

    left, right = grid[max(place - 1, 0)], grid[min(place + 1, len(grid) - 1)]
    if score(left) <= 0 or score(right) >= 0:
        return float(grid[place])
    return float(brentq(score, left, right, xtol=1e-12))
