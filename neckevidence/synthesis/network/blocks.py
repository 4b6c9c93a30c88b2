"""Trials stacked by their number of arms, and turned into independent rows. Arrays only."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


class Block(NamedTuple):
    """Trials that have the same number of arms p.

    Attributes
    ----------
    trial : ndarray of int, shape (k,)
        Which trial it is.
    arms : ndarray of int, shape (k, p)
        Which treatment each arm had.
    y : ndarray, shape (k, p)
        Outcomes of the arms; only their differences count.
    covariance : ndarray, shape (k, p, p)
        Any matrix G for which G_jj + G_kk - 2 G_jk is the variance of y_j - y_k: with independent arms their variances
        on the diagonal; if only contrasts are known, minus half their variances.
    """

    trial: Codes
    arms: Codes
    y: Array
    covariance: Array


class Rows(NamedTuple):
    """Independent observations of contrasts between treatments.

    Attributes
    ----------
    z : ndarray, shape (n,)
        Observations; z = x theta + error, whose variance is d + tau2.
    x : ndarray, shape (n, treatments)
        What each observes; every row sums to 0.
    d : ndarray, shape (n,)
        Variances within trials.
    trial : ndarray of int, shape (n,)
        The trial each comes from: one row fewer than the trial has arms.
    """

    z: Array
    x: Array
    d: Array
    trial: Codes


class PairRows(NamedTuple):
    """Every contrast between two arms of a trial, one row each; those of one trial are not independent.

    Attributes
    ----------
    first, second : ndarray of int, shape (m,)
        The treatments, the lower code first.
    y, v : ndarray, shape (m,)
        Effect of the first against the second, and its variance within the trial.
    trial : ndarray of int, shape (m,)
        The trial.
    """

    first: Codes
    second: Codes
    y: Array
    v: Array
    trial: Codes


def contrast_covariance(block: Block) -> Array:
    """Return the covariance of the contrasts with the first arm.

    Parameters
    ----------
    block : Block
        Trials with p arms.

    Returns
    -------
    ndarray, shape (k, p - 1, p - 1)
        G_jk - G_j0 - G_0k + G_00: with independent arms the variance of the first arm everywhere, and that of the other arm
        added on the diagonal.
    """
    g = block.covariance
    return g[:, 1:, 1:] - g[:, 1:, :1] - g[:, :1, 1:] + g[:, :1, :1]


def independent_rows(blocks: Iterable[Block], treatments: int) -> Rows:
    """Turn the contrasts of each trial so that they are independent, whatever tau2 is.

    Parameters
    ----------
    blocks : iterable of Block
        The trials.
    treatments : int
        How many treatments there are.

    Returns
    -------
    Rows
        The whole network as a regression with independent rows.

    Notes
    -----
    The p - 1 contrasts of a trial have covariance S + tau2 B, B with 1 on the diagonal and 1/2 off it (Higgins and Whitehead
    1996, Stat Med 15:2733). With B = LL' and U the eigenvectors of L^-1 S L^-T, the contrasts U'L^-1 y are independent with
    variances d + tau2, d the eigenvalues. So one tau2 in a network with trials of many arms asks for no more than
    one tau2 in a meta-regression.
    """
    parts = [_turned(block, treatments) for block in blocks]
    return Rows(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _turned(block: Block, treatments: int) -> Rows:
    k, p = block.arms.shape
    q = p - 1
    root = np.linalg.inv(np.linalg.cholesky((np.eye(q) + 1) / 2))
    d, u = np.linalg.eigh(root @ contrast_covariance(block) @ root.T)
    turn = np.swapaxes(u, 1, 2) @ root
    z = (turn @ (block.y[:, 1:] - block.y[:, :1])[..., None])[..., 0]
    x = np.zeros((k, q, treatments))
    weights = np.concatenate([-turn.sum(axis=2, keepdims=True), turn], axis=2)
    np.put_along_axis(x, np.broadcast_to(block.arms[:, None, :], (k, q, p)), weights, axis=2)
    return Rows(z.ravel(), x.reshape(k * q, treatments), d.ravel(), np.repeat(block.trial, q))


def pair_rows(blocks: Iterable[Block]) -> PairRows:
    """List the contrasts between all arms of all trials.

    Parameters
    ----------
    blocks : iterable of Block
        The trials.

    Returns
    -------
    PairRows
        p (p - 1) / 2 rows for a trial with p arms.
    """
    parts = []
    for block in blocks:
        g = block.covariance
        for i, j in combinations(range(block.arms.shape[1]), 2):
            ahead = block.arms[:, i] < block.arms[:, j]
            first = np.where(ahead, block.arms[:, i], block.arms[:, j])
            second = np.where(ahead, block.arms[:, j], block.arms[:, i])
            y = np.where(ahead, 1.0, -1.0) * (block.y[:, i] - block.y[:, j])
            parts.append((first, second, y, g[:, i, i] + g[:, j, j] - 2 * g[:, i, j], block.trial))
    return PairRows(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
