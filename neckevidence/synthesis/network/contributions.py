"""How much each trial gives to each estimate of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import share_text
from neckevidence.core.views import view
from neckevidence.synthesis.network.result import NetworkMetaAnalysis

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contributions:
    """Shares of trials in estimates.

    Attributes
    ----------
    pairs : tuple of (str, str)
        Treatment and control of each estimate.
    trials : tuple of str
        The trials.
    shares : ndarray, shape (pairs, trials)
        Each row sums to 1.
    """

    pairs: tuple[tuple[str, str], ...]
    trials: tuple[str, ...]
    shares: Array = field(repr=False)

    def __repr__(self) -> str:
        return f"<Contributions of {len(self.trials)} trials to {len(self.pairs)} estimates>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a pair (treatment, control), one column a trial."""
        index = pd.MultiIndex.from_tuples(self.pairs, names=["treatment", "control"])
        return pd.DataFrame(self.shares, index=index, columns=list(self.trials))

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return {"pairs": self.pairs, "trials": self.trials, "shares": self.shares.tolist()}

    def summary(self) -> str:
        """Return a line a pair with the trials that give most."""
        lines = []
        for (a, b), own in zip(self.pairs, self.shares, strict=True):
            most = [i for i in np.argsort(-own, kind="stable")[:3] if own[i] > 0]
            lines.append(f"{a} against {b}: {', '.join(f'{self.trials[i]} {share_text(own[i])}' for i in most)}")
        return "\n".join(lines)

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        return "Shares of trials in estimates are by decomposition of Fisher's information (Riley et al. 2018)."

    def plot(self, ax: Any = None) -> Any:
        """Draw the shares as a table of shades.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib Axes
            A row a pair, a column a trial.
        """
        return view("picture", self, ax=ax)


def contributions(network: NetworkMetaAnalysis, pairs: Sequence[tuple[str, str]] | None = None) -> Contributions:
    """Tell how much each trial gives to each estimate.

    Parameters
    ----------
    network : NetworkMetaAnalysis
        The fit.
    pairs : sequence of (str, str), optional
        Treatment and control of the estimates; by default all.

    Returns
    -------
    Contributions
        Shares that sum to 1 for each estimate.

    Raises
    ------
    NeckevidenceError
        If a pair has an unknown treatment, or one against itself.

    Notes
    -----
    The variance of c'theta is c'Cc, C the inverse of the information, which is a sum over trials X_i'W_i X_i: trial i has the
    share c'C X_i'W_i X_i Cc / c'Cc (Riley et al. 2018, Stat Methods Med Res 27:2885). Weights hold the network's tau2. A share
    is about precision: a trial can move an estimate more than its share.

    Examples
    --------
    >>> from neckevidence.synthesis.network.analysis import network_meta_analysis
    >>> trials = pd.DataFrame(
    ...     [("one", "B", "A", 1.0, 0.3), ("two", "B", "A", 1.5, 0.1), ("three", "C", "A", 2.3, 0.3)],
    ...     columns=["trial", "treatment", "control", "effect", "se"])
    >>> contributions(network_meta_analysis(contrasts=trials, measure="MD", tau2="common"), [("C", "B")]).summary()
    'C against B: three 91%, two 8%, one 1%'
    """
    names = network.treatments
    pairs = list(combinations(names, 2)) if pairs is None else [tuple(pair) for pair in pairs]
    for pair in pairs:
        if len(pair) != 2 or pair[0] == pair[1] or not set(pair) <= set(names):
            raise NeckevidenceError(f"pair {pair!r} must name two different treatments of {', '.join(names)}")
    wanted = np.zeros((len(pairs), len(names)))
    place = np.arange(len(pairs))
    wanted[place, [names.index(a) for a, _ in pairs]] = 1.0
    wanted[place, [names.index(b) for _, b in pairs]] = -1.0
    rows = network.data.rows
    seen = rows.x @ (network.wald_covariance @ wanted.T)
    given = seen**2 / (rows.d + network.tau2)[:, None]
    shares = np.zeros((len(network.data.trials), len(pairs)))
    np.add.at(shares, rows.trial, given)
    return Contributions(tuple(pairs), network.data.trials, (shares / shares.sum(axis=0)).T)
