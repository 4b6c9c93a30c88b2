"""Generalised least squares of independent rows with variances d + tau2, and tau2 itself. Arrays only."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neckevidence.core.errors import NeckevidenceError

Array = NDArray[np.float64]

TAU2_NAMES = {
    "REML": "restricted maximum likelihood",
    "DL": "the generalised DerSimonian-Laird estimator",
    "common": "none (common effect)",
}
# Points of the search for tops of the likelihood in each unit of log(tau2 + smallest d): its score is a sum of steps that are
# one unit wide.
_POINTS = 20
# Numbers worked on together in that search: 16 MB.
_AT_ONCE = 2_000_000


class Fit(NamedTuple):
    """Coefficients b with their covariance, and the weighted sum of squares of the residuals.

    Attributes
    ----------
    b : ndarray, shape (c,)
        Coefficients.
    covariance : ndarray, shape (c, c)
        (X'WX)^-1.
    q : float
        Sum of w r^2; Cochran's Q if tau2 is 0.
    df : int
        Rows less coefficients.
    """

    b: Array
    covariance: Array
    q: float
    df: int


def least_squares(z: Array, x: Array, d: Array, tau2: float) -> Fit:
    """Fit z = x b with weights 1 / (d + tau2).

    Parameters
    ----------
    z, x, d : ndarray, shapes (n,), (n, c), (n,)
        Observations, design of full column rank, variances.
    tau2 : float
        Between-trial variance, added to each d.

    Returns
    -------
    Fit
        The result; by QR decomposition with the most precise rows first, which keeps small residuals exact.
    """
    heavy_first = np.argsort(d)
    weight = 1 / np.sqrt(d[heavy_first] + tau2)
    q, r = np.linalg.qr(x[heavy_first] * weight[:, None])
    seen = z[heavy_first] * weight
    turned = q.T @ seen
    inverse = np.linalg.solve(r, np.eye(len(r)))
    left = seen - q @ turned
    return Fit(inverse @ turned, inverse @ inverse.T, float(left @ left), len(z) - x.shape[1])


def column_rank(x: Array) -> int:
    """Return the rank of a design.

    Parameters
    ----------
    x : ndarray, shape (n, c)
        Columns whose sizes are alike.

    Returns
    -------
    int
        Singular values above 1e-9 of the largest.
    """
    if not x.size:
        return 0
    sizes = np.linalg.svd(x, compute_uv=False)
    return int(np.count_nonzero(sizes > 1e-9 * sizes[0]))


def column_basis(x: Array) -> Array:
    """Return orthonormal columns that span the same space, for fits of which only Q is wanted.

    Parameters
    ----------
    x : ndarray, shape (n, c)
        A design of any rank.

    Returns
    -------
    ndarray, shape (n, rank)
        A basis.
    """
    u, sizes, _ = np.linalg.svd(x, full_matrices=False)
    return u[:, sizes > 1e-9 * sizes[0]]


def common(z: Array, x: Array, d: Array) -> float:
    """Return 0: the common-effect model.

    Parameters
    ----------
    z, x, d : ndarray
        As for `least_squares`.

    Returns
    -------
    float
        0.
    """
    return 0.0


def dersimonian_laird(z: Array, x: Array, d: Array) -> float:
    """Estimate tau2 from Q.

    Parameters
    ----------
    z, x, d : ndarray
        As for `least_squares`.

    Returns
    -------
    float
        (Q - df) / tr P, cut at 0, with P = W - WX (X'WX)^-1 X'W at tau2 = 0: the generalised estimator of DerSimonian and
        Laird (Jackson, White and Riley 2013, Biom J 55:231; Jackson et al. 2016, Stat Med 35:819), as E[Q] = df + tau2 tr P.
    """
    fit, w = least_squares(z, x, d, 0.0), 1 / d
    leverage = np.einsum("ni,ij,nj->n", x, fit.covariance, x, optimize=True)
    return max(0.0, (fit.q - fit.df) / float((w - w * w * leverage).sum()))


def restricted_maximum_likelihood(z: Array, x: Array, d: Array) -> float:
    """Estimate tau2 by restricted maximum likelihood.

    Parameters
    ----------
    z, x, d : ndarray
        As for `least_squares`.

    Returns
    -------
    float
        The global maximum over tau2 >= 0 (Harville 1977, J Am Stat Assoc 72:320, for the likelihood). All places where the
        score changes its sign are bracketed on a grid, which ends where the score is negative for good, and the highest
        top is taken.
    """
    from scipy.optimize import brentq

    likelihood = _Likelihood(z, x, d)
    left = z - x @ np.linalg.lstsq(x, z, rcond=None)[0]
    # With K an orthonormal basis of what x leaves and s the squares of K'z in the eigenvectors of K'VK, twice the score is
    # sum s / (e + t)^2 - sum 1 / (e + t), e between min d and max d: negative beyond max d and 2 sum s / df.
    top = max(float(d.max()), 2 * float(left @ left) / (len(z) - x.shape[1]))
    low = float(d.min())
    length = np.log1p(top / low)
    grid = low * np.expm1(np.linspace(0, length, int(_POINTS * length) + 2))
    rising = likelihood.scores(grid) > 0
    brackets = np.flatnonzero(rising[:-1] & ~rising[1:])
    tops = [0.0] if not rising[0] else []
    tops += [brentq(likelihood.score, grid[i], grid[i + 1], xtol=1e-300, rtol=1e-14) for i in brackets]
    return tops[0] if len(tops) == 1 else max(tops, key=likelihood.value)


class _Likelihood:
    """Restricted likelihood of tau2. X'WX is a sum of a few products a row, as a row holds the arms of one trial only."""

    def __init__(self, z: Array, x: Array, d: Array) -> None:
        from scipy.sparse import csr_array

        self.z, self.x, self.d = z, x, d
        row, column = np.nonzero(x)
        count = np.bincount(row, minlength=len(z))
        first = np.concatenate([[0], np.cumsum(count)[:-1]])
        # All pairs (a, b) of filled places of one row.
        a = np.repeat(np.arange(len(row)), count[row])
        b = np.arange(len(a)) - np.repeat(np.cumsum(count[row]) - count[row], count[row]) + first[row[a]]
        c = x.shape[1]
        value = x[row, column]
        self.products = csr_array((value[a] * value[b], (column[a] * c + column[b], row[a])), shape=(c * c, len(z)))

    def scores(self, t: Array) -> Array:
        """Twice the score at each of several tau2."""
        chunk = max(1, _AT_ONCE // max(self.x.shape[1] ** 2, len(self.z)))
        return np.concatenate([self._scores(t[i : i + chunk]) for i in range(0, len(t), chunk)])

    def _scores(self, t: Array) -> Array:
        c = self.x.shape[1]
        w = 1 / (self.d + t[:, None])
        w2 = w * w
        inverse = np.linalg.inv((self.products @ w.T).T.reshape(-1, c, c))
        b = (inverse @ ((w * self.z) @ self.x)[..., None])[..., 0]
        r = self.z - b @ self.x.T
        spread = np.vecdot(inverse.reshape(-1, c * c), (self.products @ w2.T).T)
        return np.vecdot(w2 * r, r) - w.sum(axis=1) + spread

    def score(self, t: float) -> float:
        return float(self._scores(np.array([t]))[0])

    def value(self, t: float) -> float:
        """Log-likelihood up to a constant."""
        fit = least_squares(self.z, self.x, self.d, t)
        return -0.5 * (float(np.log(self.d + t).sum()) + fit.q - float(np.linalg.slogdet(fit.covariance)[1]))


TAU2: dict[str, Callable[[Array, Array, Array], float]] = {
    "REML": restricted_maximum_likelihood,
    "DL": dersimonian_laird,
    "common": common,
}


def estimate_tau2(method: str, z: Array, x: Array, d: Array) -> float:
    """Estimate tau2 by a named method.

    Parameters
    ----------
    method : {"REML", "DL", "common"}
        The estimator.
    z, x, d : ndarray
        As for `least_squares`.

    Returns
    -------
    float
        0 if there are no more rows than coefficients, which leaves nothing to estimate it from.

    Raises
    ------
    NeckevidenceError
        If the method is unknown.
    """
    if method not in TAU2:
        raise NeckevidenceError(f"tau2 must be one of {', '.join(TAU2)}; found {method!r}")
    return TAU2[method](z, x, d) if len(z) > x.shape[1] else 0.0
