"""Places for the nodes, labels and numbers of a network on a circle: arrays only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ALL_ORDERS = 7  # up to so many nodes every order is tried
_PLACES = (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78)  # of a number, from one end of its line to the other


def crossings(order: Sequence[int], edges: Sequence[tuple[int, int]]) -> int:
    """Count the pairs of edges that cross when the nodes stand on a circle.

    Parameters
    ----------
    order : sequence of int
        Nodes around the circle.
    edges : sequence of (int, int)
        Their straight connections.

    Returns
    -------
    int
        How many cross. Two chords cross if just one end of the second lies between the ends of the first.

    Examples
    --------
    >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
    >>> crossings([0, 1, 2, 3], square), crossings([0, 2, 1, 3], square)
    (0, 1)
    """
    first, last = np.sort(_place(order)[np.array(edges, dtype=int).reshape(-1, 2)], axis=1).T
    return int(np.sum((first[:, None] < first) & (first < last[:, None]) & (last[:, None] < last)))


def _place(order: Sequence[int]) -> NDArray[np.intp]:
    place = np.zeros(max(order, default=0) + 1, dtype=int)
    place[list(order)] = np.arange(len(order))
    return place


def circle_order(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Find an order of nodes around a circle in which few edges cross.

    Parameters
    ----------
    count : int
        Nodes are numbered from 0 to `count` - 1.
    edges : sequence of (int, int)
        Connections.

    Returns
    -------
    list of int
        All orders are tried for up to seven nodes; otherwise single nodes are moved, from several starts, as long as that
        leaves fewer crossings, or as many and shorter edges. The same network always gets the same order; nodes without an
        edge stand last.

    Examples
    --------
    >>> circle_order(4, [(0, 2), (2, 1), (1, 3), (3, 0)])
    [0, 2, 1, 3]
    """
    joined = sorted({node for edge in edges for node in edge})
    alone = [node for node in range(count) if node not in joined]
    if len(joined) < 4:
        return joined + alone

    ends = np.array(edges, dtype=int)

    def cost(order: Sequence[int]) -> tuple[int, int]:
        steps = np.abs(np.subtract(*_place(order)[ends].T))
        return crossings(order, edges), int(np.minimum(steps, len(order) - steps).sum())

    if len(joined) <= _ALL_ORDERS:
        return list(min(((joined[0], *rest) for rest in permutations(joined[1:])), key=cost)) + alone
    rng = np.random.default_rng(1)
    starts = [joined, *([joined[0], *rng.permutation(joined[1:]).tolist()] for _ in range(3))]
    return list(min((_improved(start, cost) for start in starts), key=cost)) + alone


def _improved(order: list[int], cost: Callable[[Sequence[int]], tuple[int, int]]) -> list[int]:
    best, least = order, cost(order)
    while True:
        moved = []
        for node in best[1:]:
            rest = [other for other in best if other != node]
            moved += [[*rest[:i], node, *rest[i:]] for i in range(1, len(rest) + 1)]
        found = min(moved, key=cost)
        if cost(found) >= least:
            return best
        best, least = found, cost(found)


def spread(middles: Sequence[float], heights: Sequence[float], gap: float) -> Array:
    """Push labels of a column apart until none lies upon another, and no further.

    Parameters
    ----------
    middles, heights : sequence of float
        Where they want to stand, and how tall they are.
    gap : float
        Room between two.

    Returns
    -------
    ndarray
        New middles, in the order given. Labels that touch form a block, which stands where its members want it on average.

    Examples
    --------
    >>> spread([0.0, 0.5, 5.0], [1.0, 1.0, 1.0], 0.0).tolist()
    [-0.25, 0.75, 5.0]
    """
    order = sorted(range(len(middles)), key=lambda i: middles[i])
    blocks: list[list[int]] = []

    def placed(block: list[int]) -> Array:
        tall = np.array([heights[i] + gap for i in block])
        own = np.cumsum(tall) - tall / 2
        return own + np.mean([middles[i] for i in block] - own)

    for i in order:
        blocks.append([i])
        while len(blocks) > 1 and _touch(placed(blocks[-2]), placed(blocks[-1]), blocks[-2:], heights, gap):
            last = blocks.pop()
            blocks[-1] = blocks[-1] + last
    new = np.empty(len(middles))
    for block in blocks:
        new[block] = placed(block)
    return new


def _touch(lower: Array, upper: Array, blocks: list[list[int]], heights: Sequence[float], gap: float) -> bool:
    room = (heights[blocks[0][-1]] + heights[blocks[1][0]]) / 2 + gap
    return upper[0] - lower[-1] < room - 1e-12


def number_places(ends: Array, clear: float) -> Array:
    """Choose where on each line its number stands: near the middle, away from other lines, numbers and nodes.

    Parameters
    ----------
    ends : ndarray, shape (lines, 2, 2)
        Both ends of each line.
    clear : float
        Distance at which another line is no longer in the way; numbers and nodes need twice as much.

    Returns
    -------
    ndarray, shape (lines, 2)
        The places.
    """
    chosen: list[Array] = []
    for i, (start, stop) in enumerate(ends):
        others = np.delete(ends, i, axis=0)
        best, least = start, np.inf
        for rank, share in enumerate(_PLACES):
            point = start + share * (stop - start)
            lines = _distance(point, others)
            numbers = [np.hypot(*(point - other)) / 2 for other in chosen]
            nodes = np.hypot(*(ends.reshape(-1, 2) - point).T) / 2
            nearest = min([*lines, *numbers, *nodes, clear])
            cost = 10 * (clear - nearest) / clear + 0.3 * rank
            if cost < least - 1e-9:
                best, least = point, cost
        chosen.append(best)
    return np.array(chosen).reshape(-1, 2)


def _distance(point: Array, lines: Array) -> Array:
    """Distance of a point from each line between its ends."""
    along = lines[:, 1] - lines[:, 0]
    share = np.clip(((point - lines[:, 0]) * along).sum(axis=1) / (along**2).sum(axis=1), 0, 1)
    return np.hypot(*(point - lines[:, 0] - share[:, None] * along).T)
