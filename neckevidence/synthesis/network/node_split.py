"""Does direct evidence on a pair agree with indirect evidence? Every edge of the network, by two methods."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.core.views import view
from neckevidence.synthesis.network.gls import estimate_tau2, least_squares
from neckevidence.synthesis.network.result import NetworkMetaAnalysis

Array = NDArray[np.float64]

METHODS = {
    "back-calculation": "back-calculation of indirect from direct and network estimates, with the tau2 of the network",
    "side-splitting": "a model with one more parameter for each pair in turn, symmetrical in multi-arm trials, with a tau2 "
    "of its own",
}
NO_DIFFERENCE_FOUND = "a large p-value does not show that direct and indirect evidence agree"


@dataclass(frozen=True, eq=False)
class NodeSplit:
    """Direct against indirect evidence, on the scale of the analysis.

    Attributes
    ----------
    method : str
        As given to `node_split`.
    table : DataFrame
        See `to_frame`.
    level : float
        Confidence level of the network.
    measure : str
        Effect measure.
    notes : tuple of str
        What must be said beside the numbers.
    """

    method: str
    table: pd.DataFrame = field(repr=False)
    level: float
    measure: str
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        split = self.table[self.table["reason"] == ""]
        least = f", smallest p {split['p_value'].min():.4f}" if len(split) else ""
        return f"<NodeSplit by {self.method}: {len(split)} of {len(self.table)} pairs split{least}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a pair that a trial compares.

        Returns
        -------
        DataFrame
            treatment, control, trials; network, network_se, direct, direct_se, indirect, indirect_se; difference (direct
            less indirect), difference_se, z, p_value; tau2; direct_share; reason why the pair cannot be split, empty if it
            can.
        """
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name, the pairs as a list of dictionaries."""
        return {
            "method": self.method,
            "level": self.level,
            "measure": self.measure,
            "notes": self.notes,
            "pairs": self.table.to_dict("records"),
        }

    def summary(self) -> str:
        """Return a line a pair, then the notes."""
        lines = []
        for row in self.table.itertuples():
            name = f"{row.treatment} against {row.control}"
            if row.reason:
                lines.append(f"{name}: not split, {row.reason}")
            else:
                lines.append(
                    f"{name}: direct {signed(row.direct, 3)}, indirect {signed(row.indirect, 3)}, "
                    f"difference {signed(row.difference, 3)} (se {row.difference_se:.3f}), p = {row.p_value:.4g}"
                )
        return "\n".join([*lines, *self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        return f"Direct and indirect evidence on each pair were compared by {METHODS[self.method]}, with Wald tests."

    def plot(self, ax: Any = None) -> Any:
        """Draw direct, indirect and network estimates of the pairs that can be split.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure that fits.

        Returns
        -------
        matplotlib Axes
            See `neckevidence.figures.node_split.node_split_plot`.

        Raises
        ------
        NeckevidenceError
            If no pair can be split.
        """
        return view("picture", self, ax=ax)


def node_split(network: NetworkMetaAnalysis, method: str = "back-calculation") -> NodeSplit:
    """Compare direct with indirect evidence on every pair that a trial compares.

    Parameters
    ----------
    network : NetworkMetaAnalysis
        The fit.
    method : {"back-calculation", "side-splitting"}
        How the two are separated; see the notes.

    Returns
    -------
    NodeSplit
        All edges; those that cannot be split with the reason.

    Raises
    ------
    NeckevidenceError
        If the method is unknown.

    Notes
    -----
    A pair can be split if trials that do not compare the two connect them. Back-calculation: see
    `neckevidence.synthesis.network.direct.direct_evidence` (Koenig, Krahn and Binder 2013, Stat Med 32:5414). Side-splitting:
    the node-splitting model of Dias et al. (2010, Stat Med 29:932) as a fit with one more parameter, omega, in the
    symmetrical form of White (2015, Stata J 15:951): in trials that compare A with B, A gets omega / 2 and B loses it, so
    that their contrast is theta + omega, and that of either with a third arm is off by omega / 2. tau2 is estimated anew. In
    networks of two-arm trials with the same tau2 both give the same.

    Examples
    --------
    >>> from neckevidence.synthesis.network.analysis import network_meta_analysis
    >>> trials = pd.DataFrame(
    ...     [("one", "B", "A", 1.0, 0.1), ("two", "C", "B", 1.0, 0.2), ("three", "C", "A", 2.3, 0.2)],
    ...     columns=["trial", "treatment", "control", "effect", "se"])
    >>> split = node_split(network_meta_analysis(contrasts=trials, measure="MD", tau2="common"))
    >>> split.to_frame()[["treatment", "control", "direct", "indirect", "p_value"]].round(3).values.tolist()
    [['B', 'A', 1.0, 1.3, 0.317], ['C', 'A', 2.3, 2.0, 0.317], ['B', 'C', -1.0, -1.3, 0.317]]
    """
    from scipy.special import ndtr

    if method not in METHODS:
        raise NeckevidenceError(f"method must be one of {', '.join(METHODS)}; found {method!r}")
    edges, base = network.direct, network.treatments.index(network.reference)
    effects, errors = network.estimates.to_numpy(), np.sqrt(network.wald_variances)
    rows = []
    for e, (a, b) in enumerate(zip(edges.first.tolist(), edges.second.tolist(), strict=True)):
        swap = a == base
        i, j, sign = (b, a, -1.0) if swap else (a, b, 1.0)
        direct, indirect = edges.direct[e], edges.indirect[e]
        variances, spread = (edges.direct_variance[e], edges.indirect_variance[e]), network.tau2
        difference, variance = direct - indirect, sum(variances)
        if method == "side-splitting" and not edges.reason[e]:
            (direct, indirect, difference), (*variances, variance), spread = _side_split(network, a, b)
        z = sign * difference / np.sqrt(variance)
        rows.append(
            {
                "treatment": network.treatments[i],
                "control": network.treatments[j],
                "trials": int(edges.trials[e]),
                "network": effects[i, j],
                "network_se": errors[i, j],
                "direct": sign * direct,
                "direct_se": np.sqrt(variances[0]),
                "indirect": sign * indirect,
                "indirect_se": np.sqrt(variances[1]),
                "difference": sign * difference,
                "difference_se": np.sqrt(variance),
                "z": z,
                "p_value": 2 * ndtr(-abs(z)),
                "tau2": spread,
                "direct_share": edges.share[e],
                "reason": edges.reason[e],
            }
        )
    tested = edges.reason.count("")
    many = (f"{tested} tests: some of them give a small p-value by chance",) if tested > 1 else ()
    return NodeSplit(method, pd.DataFrame(rows), network.level, network.measure, (NO_DIFFERENCE_FOUND, *many))


def _side_split(network: NetworkMetaAnalysis, a: int, b: int) -> tuple[Array, Array, float]:
    """Return direct, indirect, difference; their variances; tau2. Effects are of a against b."""
    data, base = network.data, network.treatments.index(network.reference)
    rows, rest = data.rows, [i for i in range(len(data.treatments)) if i != base]
    both = data.members[:, a] & data.members[:, b]
    omega = np.where(both[rows.trial], (rows.x[:, a] - rows.x[:, b]) / 2, 0.0)
    x = np.column_stack([rows.x[:, rest], omega])
    tau2 = estimate_tau2(network.tau2_method, rows.z, x, rows.d)
    fit = least_squares(rows.z, x, rows.d, tau2)
    indirect = np.zeros(len(data.treatments) + 1)
    indirect[a], indirect[b] = 1.0, -1.0
    wanted = np.array([indirect, indirect, np.zeros_like(indirect)])[:, [*rest, len(data.treatments)]]
    wanted[[0, 2], -1] = 1.0
    return wanted @ fit.b, np.diag(wanted @ fit.covariance @ wanted.T), tau2
