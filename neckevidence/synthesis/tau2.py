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
# Newton's last step may be larger than Fisher scoring's: it doubles the digits. It must also promise that the next one,
# about its third power over the square of the one before, would be negligible.
_LAST_NEWTON_STEP = 1e-5
_LAST_FISHER_STEP = 1e-12
_NEGLIGIBLE = 1e-12
# Two climbers so close together, relative to tau2, are on the way to the same top.
_CLOSE = 0.01
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


def _step(
    powers: Array, v: Array, m: Array, t: Array, restricted: bool
) -> tuple[NDArray[np.bool_], Array, Array | float]:
    """Return whether the likelihood falls at t, a step towards its top, and the relative size of a step that is the last.

    Twice the score is A - C with A = sum w^2 r^2 and C = sum w, for REML less sum w^2 / sum w. C / A is linear in tau2 if the
    variances are the same, and nearly so if not: Newton's method on C / A = 1 needs few steps from anywhere. Where it would
    point away, Fisher scoring steps in. `powers` holds 1, y and y^2 in layers of shape (B, k), `t` is of shape (c, B). All
    sums over trials, sum w^p y^q, are made at once; as the most precise trial has y = 0 and the largest weight, next to
    nothing is lost when squares about the mean are made from them.
    """
    weights = np.empty((3, *t.shape, v.shape[1]))
    w, w2 = weights[0], weights[1]
    np.divide(m, v + t[..., None], out=w)
    np.multiply(w, w, out=w2)
    np.multiply(w2, w, out=weights[2])
    s1, y1, _, s2, y2, q2, s3, y3, q3 = np.vecdot(weights[:, None], powers[:, None]).reshape(9, *t.shape)
    mean = y1 / s1
    b = y2 - mean * s2  # sum w^2 r
    a = q2 - mean * (y2 + b)
    fall = q3 - mean * (y3 + y3 - mean * s3) - b * b / s1  # -1/2 the derivative of A
    c, information = s1, s2  # information is minus the derivative of C
    if restricted:
        ratio = s2 / s1
        c = s1 - ratio
        information = s2 + ratio * ratio - (s3 + s3) / s1
    step = (a - c) * a
    rise, bound = c * (fall + fall), information * a
    right = rise > bound
    if np.count_nonzero(right) == right.size:
        return a <= c, step / (rise - bound), _LAST_NEWTON_STEP
    step = np.where(right, step / np.where(right, rise - bound, 1.0), (a - c) / information)
    return a <= c, step, np.where(right, _LAST_NEWTON_STEP, _LAST_FISHER_STEP)


def _climb(
    data: tuple[Array, Array, Array], start: Array, bounds: tuple[Array, Array], floor: Array, restricted: bool
) -> Array:
    """Follow the likelihood uphill from each start, shape (c, B), to its next top, bisecting where a step strays.

    A climber that has come close to where the last one of its analysis has settled is on the way to the same top. `floor` is
    a thousandth of the smallest variance: next to it, tau2 is 0.
    """
    (powers, v, m), t, (low, high) = data, start, bounds
    tops, rows, before = np.empty_like(start), np.arange(len(floor)), np.zeros(start.shape)
    for _ in range(_STEPS):
        down, step, last = _step(powers, v, m, t, restricted)
        np.copyto(high, t, where=down)
        np.copyto(low, t, where=~down)
        new, size, reach = t + step, np.abs(step), t + floor
        settled = size <= last * reach
        if np.count_nonzero(settled):
            before = np.maximum(before, 1e-9 * reach)
            settled &= size * size * size <= _NEGLIGIBLE * reach * before * before
        before = size
        inside = (low < new) & (new < high)
        if np.count_nonzero(inside) < inside.size:
            strayed = ~(inside | settled)
            # Still downhill at a fiftieth of the smallest variance, and the step leads below 0: the top is 0.
            ground = down & (new <= 0) & (t < 20 * floor)
            new = np.maximum(np.where(strayed, np.where(ground, 0.0, 0.5 * (low + high)), new), 0.0)
            settled |= strayed & ground
        t, leader = new, settled[-1]
        finished = np.count_nonzero(leader)
        if finished == 0:
            continue
        if np.count_nonzero(settled) < settled.size:
            close = np.abs(t - t[-1]) <= _CLOSE * t[-1]
            leader = leader & (settled | close).all(axis=0)
            finished = np.count_nonzero(leader)
            t = np.where(leader & ~settled, t[-1], t)
        if finished == len(rows):
            break
        if len(rows) > _FEW and finished > 0.2 * len(rows):
            tops[:, rows] = t
            keep = ~leader
            rows, floor, v, m, powers = rows[keep], floor[keep], v[keep], m[keep], powers[:, keep]
            t, low, high, before = (part[:, keep] for part in (t, low, high, before))
    tops[:, rows] = t
    return tops


def _smallest(v: Array, m: Array) -> Array:
    return np.where(m > 0, v, np.inf).min(axis=1)


def _maximum(y: Array, v: Array, m: Array, restricted: bool) -> Array:
    """Find the global maximum of the likelihood, which can have several tops. Effects as `kernels.centred` gives them.

    Beyond twice the sum of squares about the mean the score is negative, so that all tops lie below it. Two climbs, from 0
    and from where a Fisher step from far above lands (the variance of the effects), find the lowest and the highest top.
    Tops between them, or that neither climb sees, need variances that differ by orders of magnitude: only then the
    likelihood is scanned as well, which costs more than all the rest.
    """
    powers = np.empty((3, *y.shape))
    powers[0], powers[1] = m, y
    np.multiply(y, y, out=powers[2])
    k, total, squares = np.add.reduce(powers, axis=2)
    squares, scale = squares - total * total / k, _smallest(v, m)
    start, low, high = np.zeros((3, 2, len(y)))
    np.divide(squares, k - 1, out=start[1])
    np.add(squares, squares, out=high)
    lowest, best = _climb((powers, v, m), start, (low, high), 1e-3 * scale, restricted)
    differ = np.abs(lowest - best) > 1e-9 * (best + lowest)
    if np.count_nonzero(differ):
        _take_better(best, lowest, np.flatnonzero(differ), (y, v, m), restricted)
    unequal = (v * m).max(axis=1) > _UNEQUAL * scale
    if np.count_nonzero(unequal):
        wide = np.flatnonzero(unequal)
        start, around = _scan((y[wide], v[wide], m[wide]), 2 * squares[wide], scale[wide], restricted)
        scanned = best.copy()
        scanned[wide] = _climb((powers[:, wide], v[wide], m[wide]), start, around, 1e-3 * scale[wide], restricted)[0]
        _take_better(best, scanned, wide, (y, v, m), restricted)
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
) -> tuple[Array, tuple[Array, Array]]:
    """Walk over the whole likelihood in steps of equal ratio; return the best place and its neighbours."""
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
    return grid[rows, place][None], (lower[None], upper[None])


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
