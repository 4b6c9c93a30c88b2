"""Trials of which only contrasts between arms are known, as outcomes of arms with their covariance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.network.blocks import Block
from neckevidence.synthesis.network.columns import Array, Names, names, numbers, require, require_columns

# What rounding may do: contrasts of a trial may fail to add up by this part of their smallest standard error, and an arm's
# variance may come out below zero by this part of the smallest variance of a contrast.
TOLERANCE = 0.1


class Contrasts(NamedTuple):
    """Contrasts of trials, one row each.

    Attributes
    ----------
    trial, treatment, control : ndarray of str objects, shape (m,)
        Names.
    effect, se : ndarray, shape (m,)
        Effect of treatment against control, on the analysis scale, and its standard error.
    """

    trial: Names
    treatment: Names
    control: Names
    effect: Array
    se: Array


def read_contrasts(frame: pd.DataFrame, trial: str, treatment: str) -> Contrasts:
    """Check a table of contrasts row by row.

    Parameters
    ----------
    frame : DataFrame
        Columns trial, treatment, ``control``, ``effect`` and ``se``.
    trial, treatment : str
        Names of the first two columns.

    Returns
    -------
    Contrasts
        What stands in it.

    Raises
    ------
    NeckevidenceError
        For a missing column, a number that is not finite, a standard error not above zero, or a treatment against itself.
    """
    require_columns(frame, "contrasts", [trial, treatment, "control", "effect", "se"])
    of, a, b = (names(frame, "contrasts", column) for column in (trial, treatment, "control"))
    same = a == b
    if same.any():
        row = int(same.argmax())
        raise NeckevidenceError(f"{of[row]}: {a[row]} is compared with itself")
    places = [f"{t}, {x} against {y}" for t, x, y in zip(of, a, b, strict=True)]
    effect, se = numbers(frame, "effect", places), numbers(frame, "se", places)
    require(se > 0, "se", se, "be above zero", places)
    return Contrasts(of, a, b, effect, se)


def contrast_blocks(
    table: Contrasts,
    trial: NDArray[np.intp],
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    labels: tuple[str, ...],
) -> list[Block]:
    """Solve outcomes of arms and their covariance from all contrasts of each trial.

    Parameters
    ----------
    table : Contrasts
        The contrasts.
    trial, first, second : ndarray of int, shape (m,)
        Codes of trial, treatment and control.
    labels : tuple of str
        Names of the treatments by code.

    Returns
    -------
    list of Block
        One for each number of arms.

    Raises
    ------
    NeckevidenceError
        If a contrast stands twice, one of a trial of several arms is missing, contrasts do not add up, or their variances
        are impossible.

    Notes
    -----
    The covariance of two contrasts that share arm 0 is (v_j0 + v_k0 - v_jk) / 2, as v_jk = v_j0 + v_k0 - 2 cov. For three
    independent arms that is the variance of the shared arm, and for more it is what all variances together say. Effects that
    fail to add up by rounding are replaced by their least-squares fit.
    """
    width = len(labels)
    arms = np.unique(np.concatenate([trial * width + first, trial * width + second]))
    of, start, size = np.unique(arms // width, return_index=True, return_counts=True)
    row_of = np.searchsorted(of, trial)
    i = np.searchsorted(arms, trial * width + first) - start[row_of]
    j = np.searchsorted(arms, trial * width + second) - start[row_of]
    blocks = []
    for p in np.unique(size).tolist():
        mine = size == p
        block_row = np.cumsum(mine) - 1
        rows = np.flatnonzero(mine[row_of])
        effect, variance = np.zeros((2, int(mine.sum()), p, p))
        filled = np.zeros(effect.shape, dtype=int)
        k, a, b = block_row[row_of[rows]], i[rows], j[rows]
        np.add.at(filled, (k, a, b), 1)
        np.add.at(filled, (k, b, a), 1)
        effect[k, a, b], effect[k, b, a] = table.effect[rows], -table.effect[rows]
        variance[k, a, b] = variance[k, b, a] = table.se[rows] ** 2
        codes = arms[start[mine][:, None] + np.arange(p)] % width
        named = [str(name) for name in table.trial[rows[np.unique(k, return_index=True)[1]]]]
        checked = _Checked(named, np.array(labels, dtype=object)[codes], effect, variance, filled)
        checked.each_once()
        checked.add_up()
        checked.possible()
        blocks.append(Block(of[mine], codes, effect.mean(axis=2), -variance / 2))
    return blocks


class _Checked(NamedTuple):
    """Trials with the same number p of arms: names of arms (k, p); effects, variances, how often given (k, p, p)."""

    trial: list[str]
    arms: Names
    effect: Array
    variance: Array
    filled: NDArray[np.intp]

    def each_once(self) -> None:
        p = self.arms.shape[1]
        for fault, what in ((self.filled > 1, "stands more than once"), (self.filled == 0, "is missing")):
            fault &= ~np.eye(p, dtype=bool)
            if fault.any():
                k, i, j = np.argwhere(fault)[0]
                pairs = p * (p - 1) // 2
                needs = f"; a trial with {p} arms needs all its {pairs} contrasts, once each" if p > 2 else ""
                raise NeckevidenceError(
                    f"{self.trial[k]}: the contrast of {self.arms[k, i]} and {self.arms[k, j]} {what}{needs}"
                )

    def smallest(self) -> Array:
        """Smallest variance of a contrast of each trial."""
        p = self.arms.shape[1]
        return np.where(np.eye(p, dtype=bool), np.inf, self.variance).min(axis=(1, 2))

    def add_up(self) -> None:
        e = self.effect
        gap = np.abs(e[:, :, :, None] + e[:, None, :, :] - e[:, :, None, :])  # i to j and j to l, less i to l
        worst = gap.max(axis=(1, 2, 3))
        bad = worst > TOLERANCE * np.sqrt(self.smallest())
        if bad.any():
            k = int(bad.argmax())
            i, j, m = np.unravel_index(gap[k].argmax(), gap[k].shape)
            a, b, c = (self.arms[k, place] for place in (i, j, m))
            raise NeckevidenceError(
                f"{self.trial[k]}: contrasts do not add up: {a} against {b} {e[k, i, j]:.4g}, {b} against {c} "
                f"{e[k, j, m]:.4g}, but {a} against {c} {e[k, i, m]:.4g}"
            )

    def possible(self) -> None:
        p = self.arms.shape[1]
        if p == 2:
            return
        v = self.variance
        total = v.sum(axis=(1, 2)) / 2
        arm = (v.sum(axis=2) - (total / (p - 1))[:, None]) / (p - 2)  # least squares for v_jk = arm_j + arm_k
        s = (v[:, 1:, :1] + v[:, :1, 1:] - v[:, 1:, 1:]) / 2
        bad = (arm < -TOLERANCE * self.smallest()[:, None]).any(axis=1) | (
            np.linalg.eigvalsh(s)[:, 0] <= 1e-10 * self.smallest()
        )
        if bad.any():
            k = int(bad.argmax())
            i = int(arm[k].argmin())
            given = ", ".join(
                f"{self.arms[k, a]} against {self.arms[k, b]} {v[k, a, b]:.4g}" for a in range(p) for b in range(a)
            )
            raise NeckevidenceError(
                f"{self.trial[k]}: the variances of the contrasts ({given}) are impossible together: the variance of arm "
                f"{self.arms[k, i]} would be {arm[k, i]:.4g}"
            )
