"""Which treatments are connected by trials. Arrays only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def reached(neighbours: Bools, start: int) -> Bools:
    """Return the treatments that can be reached from one of them.

    Parameters
    ----------
    neighbours : ndarray of bool, shape (T, T)
        Which treatments are compared in a trial; symmetric.
    start : int
        Where to start.

    Returns
    -------
    ndarray of bool, shape (T,)
        True for the start itself too.
    """
    found = np.zeros(len(neighbours), dtype=bool)
    found[start] = True
    new = found
    while new.any():
        new = neighbours[new].any(axis=0) & ~found
        found = found | new
    return found


def components(neighbours: Bools) -> list[list[int]]:
    """Return the connected parts of a network.

    Parameters
    ----------
    neighbours : ndarray of bool, shape (T, T)
        Which treatments are compared in a trial.

    Returns
    -------
    list of list of int
        Treatments of each part, in order of the first.
    """
    left, parts = np.ones(len(neighbours), dtype=bool), []
    while left.any():
        part = reached(neighbours, int(left.argmax()))
        parts.append(np.flatnonzero(part).tolist())
        left &= ~part
    return parts


def shared_trials(members: Bools) -> NDArray[np.intp]:
    """Count the trials that hold both of two treatments.

    Parameters
    ----------
    members : ndarray of bool, shape (trials, T)
        Which trial has which treatments.

    Returns
    -------
    ndarray of int, shape (T, T)
        The diagonal holds the trials of each treatment.
    """
    counts = members.astype(float)
    return np.rint(counts.T @ counts).astype(np.intp)


def connected_without_their_trials(members: Bools, shared: NDArray[np.intp], first: int, second: int) -> bool:
    """Tell whether two treatments are connected by the trials that do not compare them.

    Parameters
    ----------
    members : ndarray of bool, shape (trials, T)
        Which trial has which treatments.
    shared : ndarray of int, shape (T, T)
        As `shared_trials` counts them.
    first, second : int
        The treatments.

    Returns
    -------
    bool
        True if there is evidence that is indirect through and through.
    """
    own = members[members[:, first] & members[:, second]]
    return bool(reached(shared > shared_trials(own), first)[second])
