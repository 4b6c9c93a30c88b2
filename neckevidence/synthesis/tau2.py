"""Estimators of the between-trial variance tau2, for many analyses at once. Arrays only, no labels.

All functions take effects `y`, variances `v` and weights `m` of shape (B, k): `m` is 1 for a trial and 0 for a place that is
not filled. They return arrays of shape (B,). Entries that are not filled must hold finite numbers (y = 0, v = 1).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEPS = 200
_TOLERANCE = 1e-14
# Newton steps double the digits: after one of this relative size the next would be lost in rounding.
_LAST_NEWTON_STEP = 1e-9
# Below so many rows it costs more to sort out the finished ones than to carry them along.
_FEW = 64
# Largest variance over smallest from which on the likelihood is scanned, and the number of places.
_UNEQUAL = 1000.0
_SCANNED = 60


def weighted_mean(y: Array, w: Array) -> tuple[Array, Array]:
    """Return the weighted mean and the sum of weights.

    Parameters
    ----------
    y, w : ndarray, shape (B, k)
        Effects and weights; a weight of 0 leaves a trial out.

    Returns
    -------
    mean, total : ndarray, shape (B,)
        Sum w y / sum w, and sum w.
    """
    total = np.add.reduce(w, axis=1)
    return np.vecdot(w, y) / total, total


def generalised_q(y: Array, v: Array, m: Array, tau2: Array) -> Array:
    """Return the generalised Q statistic at given values of tau2.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.
    tau2 : ndarray, shape (B,)
        Between-trial variances.

    Returns
    -------
    ndarray, shape (B,)
        Sum w (y - mean)^2 with w = 1 / (v + tau2); Cochran's Q at tau2 = 0.
    """
    w = m / (v + tau2[:, None])
    mean, _ = weighted_mean(y, w)
    r = y - mean[:, None]
    return np.vecdot(w * r, r)


def common(y: Array, v: Array, m: Array) -> Array:
    """Return zeros: the common-effect model.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.

    Returns
    -------
    ndarray, shape (B,)
        Zeros.
    """
    return np.zeros(len(y))


def dersimonian_laird(y: Array, v: Array, m: Array) -> Array:
    """Estimate tau2 by DerSimonian and Laird.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.

    Returns
    -------
    ndarray, shape (B,)
        (Q - (k-1)) / (sum w - sum w^2 / sum w), cut at 0 (DerSimonian and Laird 1986, Control Clin Trials 7:177).
    """
    w = m / v
    q = generalised_q(y, v, m, np.zeros(len(y)))
    total = w.sum(axis=1)
    return np.maximum((q - (m.sum(axis=1) - 1)) / (total - np.vecdot(w, w) / total), 0.0)


def hedges(y: Array, v: Array, m: Array) -> Array:
    """Estimate tau2 by Hedges' variance-component estimator.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.

    Returns
    -------
    ndarray, shape (B,)
        Sum (y - ybar)^2 / (k-1) - mean of v, cut at 0 (Hedges 1983, Psychol Bull 93:388).
    """
    k = m.sum(axis=1)
    r = y - weighted_mean(y, m)[0][:, None]
    return np.maximum(np.vecdot(m * r, r) / (k - 1) - np.vecdot(m, v) / k, 0.0)


def sidik_jonkman(y: Array, v: Array, m: Array) -> Array:
    """Estimate tau2 by Sidik and Jonkman's two steps.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.

    Returns
    -------
    ndarray, shape (B,)
        With t0 = sum (y - ybar)^2 / k and w = 1 / (v / t0 + 1): sum w (y - mean)^2 / (k-1) (Sidik and Jonkman 2005, Appl
        Stat 54:367). Zero only if all effects are the same.
    """
    k = m.sum(axis=1)
    r = y - weighted_mean(y, m)[0][:, None]
    start = np.vecdot(m * r, r) / k
    safe = np.where(start > 0, start, 1.0)
    w = m / (v / safe[:, None] + 1)
    r = y - weighted_mean(y, w)[0][:, None]
    return np.where(start > 0, np.vecdot(w * r, r) / (k - 1), 0.0)


def solve_q(y: Array, v: Array, m: Array, target: Array) -> Array:
    """Find the tau2 at which the generalised Q has a given value.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.
    target : ndarray, shape (B,)
        Value of Q, above 0.

    Returns
    -------
    ndarray, shape (B,)
        Zero where Q is below the target at tau2 = 0 already.

    Notes
    -----
    Newton's method on 1/Q. Q(t) is a sum of terms c / (t + d) with c >= 0, d > 0 (the quadratic form of the residuals in the
    eigenvectors of their covariance), so that 1/Q rises and is concave: from t = 0 the steps come up to the root
    without passing it, and there are few of them whatever the scale.
    """
    t = np.zeros(len(y))
    active = np.flatnonzero(generalised_q(y, v, m, t) > target)
    for _ in range(_STEPS):
        if active.size == 0:
            break
        w = m[active] / (v[active] + t[active, None])
        r = y[active] - weighted_mean(y[active], w)[0][:, None]
        q, slope = np.vecdot(w * r, r), np.vecdot(w * r, w * r)
        step = (q / target[active] - 1) * q / slope
        t[active] += np.maximum(step, 0.0)
        active = active[step > _TOLERANCE * t[active]]
    return t


def paule_mandel(y: Array, v: Array, m: Array) -> Array:
    """Estimate tau2 by Paule and Mandel, which is also the empirical Bayes estimator.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.

    Returns
    -------
    ndarray, shape (B,)
        The tau2 at which the generalised Q is k - 1, or 0 (Paule and Mandel 1982, J Res Natl Bur Stand 87:377). Morris's
        empirical Bayes estimator solves the same equation (Viechtbauer et al. 2015, Psychol Methods 20:360).
    """
    return solve_q(y, v, m, m.sum(axis=1) - 1)


def _likelihood(y: Array, v: Array, m: Array, t: Array, restricted: bool) -> Array:
    """Log-likelihood of tau2 with the mean profiled out, up to a constant."""
    total = v + t[:, None]
    w = m / total
    mean, sum_w = weighted_mean(y, w)
    r = y - mean[:, None]
    value = np.vecdot(m, np.log(total)) + np.vecdot(w * r, r)
    return -0.5 * (value + np.log(sum_w) if restricted else value)


def _step(y: Array, v: Array, m: Array, t: Array, restricted: bool) -> tuple[Array, Array, Array | float]:
    """Return the score, a step towards where it is zero, and the relative size at which such a step is the last one needed.

    The score is (A - C) / 2 with A = sum w^2 r^2 and C = sum w, for REML less sum w^2 / sum w. C / A is linear in tau2 if the
    variances are the same, and nearly so if not: Newton's method on C / A = 1 needs few steps from anywhere. Where it would
    point away, Fisher scoring steps in.
    """
    w = m / (v + t[:, None])
    mean, s1 = weighted_mean(y, w)
    w_r = w * (y - mean[:, None])
    s2 = np.vecdot(w, w)
    a = np.vecdot(w_r, w_r)
    fall = np.vecdot(w * w_r, w_r) - np.vecdot(w, w_r) ** 2 / s1  # -1/2 the derivative of A
    c, information = s1, 0.5 * s2  # information is -1/2 the derivative of C
    if restricted:
        ratio = s2 / s1
        c = s1 - ratio
        information = 0.5 * (s2 + ratio * ratio) - np.vecdot(w * w, w) / s1
    excess = a - c
    bend = c * fall - information * a
    if np.count_nonzero(bend > 0) == len(bend):
        return excess, 0.5 * excess * a / bend, _LAST_NEWTON_STEP
    right = bend > 0
    step = 0.5 * excess * np.where(right, a / np.where(right, bend, 1.0), 1 / information)
    return excess, step, np.where(right, _LAST_NEWTON_STEP, 1e-12)


def _climb(
    data: tuple[Array, Array, Array], start: Array, bounds: tuple[Array, Array], scale: Array, restricted: bool
) -> Array:
    """Follow the likelihood uphill from a start to its next top, bisecting where a step strays beyond what is known."""
    (y, v, m), t, (low, high) = data, start, bounds
    tops, rows = np.empty_like(start), np.arange(len(start))
    for _ in range(_STEPS):
        excess, step, last = _step(y, v, m, t, restricted)
        down = excess <= 0
        np.copyto(high, t, where=down)
        np.copyto(low, t, where=~down)
        new = t + step
        settled = np.abs(step) <= last * (t + 1e-3 * scale)
        strayed = ((new <= low) | (new >= high)) & ~settled
        if np.count_nonzero(strayed):
            # Still downhill at a fiftieth of the smallest variance, and the step leads below 0: the top is 0.
            ground = down & (new <= 0) & (t < 0.02 * scale)
            new = np.where(strayed, np.where(ground, 0.0, 0.5 * (low + high)), new)
            settled |= strayed & ground
        t = np.maximum(new, 0.0)
        left = len(t) - np.count_nonzero(settled)
        if left == 0:
            break
        if len(t) > _FEW and left < 0.8 * len(t):
            tops[rows] = t
            keep = ~settled
            rows, t, low, high, scale = rows[keep], t[keep], low[keep], high[keep], scale[keep]
            y, v, m = y[keep], v[keep], m[keep]
    tops[rows] = t
    return tops


def _smallest(v: Array, m: Array) -> Array:
    return np.where(m > 0, v, np.inf).min(axis=1)


def _maximum(y: Array, v: Array, m: Array, restricted: bool) -> Array:
    """Find the global maximum of the likelihood, which can have several tops.

    Beyond twice the sum of squares about the mean the score is negative, so that all tops lie below it. Two climbs, from 0
    and from where a Fisher step from far above lands (the variance of the effects), find the lowest and the highest top.
    Tops between them, or that neither climb sees, need variances that differ by orders of magnitude: only then the
    likelihood is scanned as well, which costs more than all the rest.
    """
    r = y - weighted_mean(y, m)[0][:, None]
    squares = np.vecdot(m * r, r)
    size, scale = len(y), _smallest(v, m)
    data = tuple(np.concatenate([part, part]) for part in (y, v, m))
    start = np.concatenate([np.zeros(size), squares / (np.add.reduce(m, axis=1) - 1)])
    bounds = np.zeros(2 * size), np.concatenate([2 * squares, 2 * squares])
    tops = _climb(data, start, bounds, np.concatenate([scale, scale]), restricted)
    low, best = tops[:size], tops[size:]
    differ = np.abs(low - best) > 1e-9 * (best + low)
    if np.count_nonzero(differ):
        _take_better(best, low, np.flatnonzero(differ), (y, v, m), restricted)
    unequal = np.flatnonzero((v * m).max(axis=1) > _UNEQUAL * scale)
    if unequal.size:
        part = tuple(array[unequal] for array in (y, v, m))
        scanned = best.copy()
        scanned[unequal] = _climb(part, *_scan(part, 2 * squares[unequal], scale[unequal], restricted), restricted)
        _take_better(best, scanned, unequal, (y, v, m), restricted)
    return best


def _take_better(
    best: Array, other: Array, rows: NDArray[np.intp], data: tuple[Array, Array, Array], restricted: bool
) -> None:
    """Replace what is best so far, in the rows given, where another value has the higher likelihood."""
    part = [array[rows] for array in data]
    have, new = (_likelihood(*part, value[rows], restricted) for value in (best, other))
    best[rows] = np.where(new > have, other[rows], best[rows])


def _scan(
    data: tuple[Array, Array, Array], bound: Array, scale: Array, restricted: bool
) -> tuple[Array, tuple[Array, Array], Array]:
    """Walk over the whole likelihood in steps of equal ratio; return the best place, its neighbours and the scale."""
    first = 1e-3 * scale
    top = np.maximum(bound, 10 * first)
    grid = np.zeros((len(bound), _SCANNED + 2))
    grid[:, 1:] = first[:, None] * (top / first)[:, None] ** np.linspace(0, 1, _SCANNED + 1)
    values = np.empty_like(grid)
    for begin in range(0, len(bound), _FEW):
        here = slice(begin, begin + _FEW)
        repeated = (np.repeat(part[here], _SCANNED + 2, axis=0) for part in data)
        values[here] = _likelihood(*repeated, grid[here].ravel(), restricted).reshape(-1, _SCANNED + 2)
    place, rows = values.argmax(axis=1), np.arange(len(bound))
    lower = grid[rows, np.maximum(place - 1, 0)]
    upper = grid[rows, np.minimum(place + 1, _SCANNED + 1)]
    return grid[rows, place], (lower, upper), scale


def maximum_likelihood(y: Array, v: Array, m: Array) -> Array:
    """Estimate tau2 by maximum likelihood.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.

    Returns
    -------
    ndarray, shape (B,)
        The global maximum over tau2 >= 0 (Hardy and Thompson 1996, Stat Med 15:619).
    """
    return _maximum(y, v, m, restricted=False)


def restricted_maximum_likelihood(y: Array, v: Array, m: Array) -> Array:
    """Estimate tau2 by restricted maximum likelihood.

    Parameters
    ----------
    y, v, m : ndarray, shape (B, k)
        Effects, variances, 1 or 0.

    Returns
    -------
    ndarray, shape (B,)
        The global maximum over tau2 >= 0 (Viechtbauer 2005, J Educ Behav Stat 30:261).
    """
    return _maximum(y, v, m, restricted=True)


ESTIMATORS: dict[str, Callable[[Array, Array, Array], Array]] = {
    "common": common,
    "DL": dersimonian_laird,
    "PM": paule_mandel,
    "REML": restricted_maximum_likelihood,
    "ML": maximum_likelihood,
    "SJ": sidik_jonkman,
    "EB": paule_mandel,
    "HE": hedges,
}
ESTIMATOR_NAMES = {
    "common": "none (common effect)",
    "DL": "DerSimonian-Laird",
    "PM": "Paule-Mandel",
    "REML": "restricted maximum likelihood",
    "ML": "maximum likelihood",
    "SJ": "Sidik-Jonkman",
    "EB": "empirical Bayes",
    "HE": "Hedges",
}
