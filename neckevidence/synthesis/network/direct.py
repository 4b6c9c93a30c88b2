"""What trials say of a pair directly, and what the rest of the network says of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neckevidence.synthesis.network.graph import connected_without_their_trials
from neckevidence.synthesis.network.tables import NetworkData

Array = NDArray[np.float64]

NO_INDIRECT = "no indirect evidence: without the trials that compare them, the two are not connected"
INSIDE = "indirect evidence only inside multi-arm trials that compare the two themselves: without these, they are not connected"
# Below this, what is not direct evidence is rounding.
_NOTHING = 1e-9


class DirectEvidence(NamedTuple):
    """Direct and indirect evidence on each pair that a trial compares, an edge of the network.

    Attributes
    ----------
    first, second : ndarray of int, shape (m,)
        The pair, the lower code first; effects are of the first against the second.
    trials : ndarray of int, shape (m,)
        Trials that compare them.
    direct, direct_variance : ndarray, shape (m,)
        From these trials alone, with the tau2 of the network.
    share : ndarray, shape (m,)
        Proportion of direct evidence: variance of the network's estimate over that of the direct one.
    indirect, indirect_variance : ndarray, shape (m,)
        From the rest of the network; NaN where it cannot be separated.
    reason : tuple of str
        Why it cannot; empty where it can.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    trials: NDArray[np.intp]
    direct: Array
    direct_variance: Array
    share: Array
    indirect: Array
    indirect_variance: Array
    reason: tuple[str, ...]


def direct_evidence(data: NetworkData, effects: Array, variances: Array, tau2: float) -> DirectEvidence:
    """Split the network's estimate of each edge into direct and indirect evidence.

    Parameters
    ----------
    data : NetworkData
        The trials.
    effects, variances : ndarray, shape (T, T)
        Network estimates of row against column, and their variances.
    tau2 : float
        Between-trial variance of the network.

    Returns
    -------
    DirectEvidence
        One element an edge.

    Notes
    -----
    Direct: inverse-variance mean of the trials' own contrasts. The network's estimate is the best linear one, so that its
    covariance with any other unbiased linear estimate is its own variance; hence network = share x direct + (1 - share) x
    indirect with independent parts, share = network variance / direct variance and indirect variance = network variance
    / (1 - share) (back-calculation; Koenig, Krahn and Binder 2013, Stat Med 32:5414). That needs evidence that is indirect
    through and through: where the pair is not connected by trials that do not compare it, nothing is split.
    """
    pairs, width = data.pairs, len(data.treatments)
    edge, place, trials = np.unique(pairs.first * width + pairs.second, return_inverse=True, return_counts=True)
    first, second = edge // width, edge % width
    w = 1 / (pairs.v + tau2)
    total = np.bincount(place, w)
    direct, direct_variance = np.bincount(place, w * pairs.y) / total, 1 / total
    network, variance = effects[first, second], variances[first, second]
    share = np.minimum(variance / direct_variance, 1.0)
    outside = np.array(
        [
            connected_without_their_trials(data.members, data.shared, a, b)
            for a, b in zip(first.tolist(), second.tolist(), strict=True)
        ]
    )
    reason = tuple(
        "" if out else (INSIDE if part < 1 - _NOTHING else NO_INDIRECT)
        for out, part in zip(outside.tolist(), share.tolist(), strict=True)
    )
    rest = np.where(outside, 1 - share, np.nan)
    indirect = (network - share * direct) / rest
    return DirectEvidence(first, second, trials, direct, direct_variance, share, indirect, variance / rest, reason)
