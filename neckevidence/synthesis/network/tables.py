"""The evidence of a network: tables of arms and contrasts, checked, coded and joined."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.effects.measures import check_measure
from neckevidence.synthesis.network.arms import Arms, read_arms
from neckevidence.synthesis.network.blocks import Block, PairRows, Rows, independent_rows, pair_rows
from neckevidence.synthesis.network.columns import names
from neckevidence.synthesis.network.contrasts import contrast_blocks, read_contrasts
from neckevidence.synthesis.network.graph import components, shared_trials


@dataclass(frozen=True, eq=False)
class NetworkData:
    """Trials of a network, ready for analysis.

    Attributes
    ----------
    measure : str
        Effect measure; outcomes are on the log scale for RR and OR.
    treatments, trials : tuple of str
        Names by code; treatments in sorting order.
    blocks : tuple of Block
        The trials by number of arms.
    patients : int or None
        None if one trial or more do not give their number.
    excluded : tuple of (str, str)
        Trials left out, with the reason.
    corrected : tuple of str
        Trials to whose cells 0.5 was added.
    lost : tuple of str
        Treatments of which no trial is left.
    """

    measure: str
    treatments: tuple[str, ...]
    trials: tuple[str, ...]
    blocks: tuple[Block, ...]
    patients: int | None
    excluded: tuple[tuple[str, str], ...]
    corrected: tuple[str, ...]
    lost: tuple[str, ...]

    @cached_property
    def rows(self) -> Rows:
        """Independent observations."""
        return independent_rows(self.blocks, len(self.treatments))

    @cached_property
    def pairs(self) -> PairRows:
        """All contrasts of all trials."""
        return pair_rows(self.blocks)

    @cached_property
    def members(self) -> NDArray[np.bool_]:
        """Which trial has which treatments, shape (trials, treatments)."""
        table = np.zeros((len(self.trials), len(self.treatments)), dtype=bool)
        for block in self.blocks:
            table[block.trial[:, None], block.arms] = True
        return table

    @cached_property
    def shared(self) -> NDArray[np.intp]:
        """Trials that compare two treatments, shape (treatments, treatments)."""
        return shared_trials(self.members)

    @property
    def n_arms(self) -> int:
        """Arms of all trials."""
        return sum(block.arms.size for block in self.blocks)

    def require_connected(self) -> None:
        """Refuse a network in several parts, naming them.

        Raises
        ------
        NeckevidenceError
            With the treatments of each part, and the trials that were left out.
        """
        parts = components(self.shared > 0)
        if len(parts) == 1:
            return
        named = "; ".join(", ".join(self.treatments[i] for i in part) for part in parts)
        out = f" (left out: {', '.join(name for name, _ in self.excluded)})" if self.excluded else ""
        raise NeckevidenceError(f"the network is not connected, it has {len(parts)} parts: {named}{out}")


def read_network(
    arms: pd.DataFrame | None, contrasts: pd.DataFrame | None, measure: str, trial: str, treatment: str
) -> NetworkData:
    """Check the tables of a network and join them.

    Parameters
    ----------
    arms, contrasts : DataFrame or None
        As for `network_meta_analysis`; one of them at least.
    measure : {"OR", "RR", "RD", "MD", "SMD"}
        Effect measure.
    trial, treatment : str
        Names of those columns.

    Returns
    -------
    NetworkData
        All trials that can be used.

    Raises
    ------
    NeckevidenceError
        For every fault that `read_arms` and `contrast_blocks` name, a trial in both tables, or no trial left.
    """
    measure = check_measure(measure)
    if arms is None and contrasts is None:
        raise NeckevidenceError("a network needs arms or contrasts; found neither")
    from_arms = read_arms(arms, measure, trial, treatment) if arms is not None else None
    table = read_contrasts(contrasts, trial, treatment) if contrasts is not None else None
    ends = ([from_arms.treatment] if from_arms else []) + ([table.treatment, table.control] if table else [])
    code, labels = pd.factorize(np.concatenate(ends), sort=True)
    treatments = tuple(map(str, labels))
    blocks: list[Block] = []
    trials: list[str] = []
    excluded, corrected, lost, patients, used = (), (), (), None, 0
    if from_arms:
        used = len(from_arms.treatment)
        blocks += _arm_blocks(from_arms, code[:used])
        trials += map(str, from_arms.trial[from_arms.start])
        excluded, corrected = from_arms.excluded, from_arms.corrected
        lost = tuple(sorted({*names(arms, "arms", treatment)} - {*treatments}))
        total = from_arms.n.sum()
        patients = round(float(total)) if np.isfinite(total) and table is None else None
    if table:
        row_trial, own = pd.factorize(table.trial)
        both = set(map(str, own)) & {*trials, *(name for name, _ in excluded)}
        if both:
            raise NeckevidenceError(
                f"{', '.join(sorted(both))}: stands in arms and in contrasts; leave one of them out"
            )
        first, second = np.split(code[used:], 2)
        blocks += contrast_blocks(table, row_trial + len(trials), first, second, treatments)
        trials += map(str, own)
    if not trials:
        raise NeckevidenceError(f"no trial is left: {'; '.join(f'{name}: {why}' for name, why in excluded)}")
    return NetworkData(measure, treatments, tuple(trials), tuple(blocks), patients, excluded, corrected, lost)


def _arm_blocks(arms: Arms, code: NDArray[np.intp]) -> list[Block]:
    size = np.diff([*arms.start, len(code)])
    blocks = []
    for p in np.unique(size):
        trial = np.flatnonzero(size == p)
        place = arms.start[trial][:, None] + np.arange(p)
        covariance = arms.u[place][:, :, None] * arms.u[place][:, None, :]
        covariance[:, np.arange(p), np.arange(p)] += arms.v[place]
        blocks.append(Block(trial, code[place], arms.y[place], covariance))
    return blocks
