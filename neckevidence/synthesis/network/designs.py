"""Heterogeneity within designs and inconsistency between them: the decomposition of Q."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core import escape
from neckevidence.core.views import view
from neckevidence.synthesis.network.analysis import chi_square_p
from neckevidence.synthesis.network.gls import estimate_tau2, least_squares
from neckevidence.synthesis.network.result import NetworkMetaAnalysis

Array = NDArray[np.float64]

ONE_TRIAL = "within: one trial"
NO_LOOP = "between: it closes no loop with other designs"


@dataclass(frozen=True, eq=False)
class DesignDecomposition:
    """Q of a network, in parts; a design is the set of treatments that a trial compares.

    Attributes
    ----------
    q, q_df, q_p_value : float, int, float
        Whole network, common-effect weights.
    within, within_df, within_p_value : float, int, float
        Between trials of the same design: heterogeneity.
    between, between_df, between_p_value : float, int, float
        Between designs: inconsistency.
    between_random, between_random_p_value, tau2_within : float, float, float
        The same with weights that hold the tau2 of a model with effects of their own for each design, by the estimator of
        the network.
    table : DataFrame
        See `to_frame`.
    notes : tuple of str
        What must be said beside the numbers.
    """

    q: float
    q_df: int
    q_p_value: float
    within: float
    within_df: int
    within_p_value: float
    between: float
    between_df: int
    between_p_value: float
    between_random: float
    between_random_p_value: float
    tau2_within: float
    table: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"<DesignDecomposition Q({self.q_df}) {self.q:.2f} = within Q({self.within_df}) {self.within:.2f} "
            f"+ between Q({self.between_df}) {self.between:.2f}>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a design.

        Returns
        -------
        DataFrame
            design (treatments joined by `` : ``), trials, arms; within, within_df, within_p_value (NaN with one trial);
            detached, detached_df, detached_p_value: Q between designs once this design has effects of its own (NaN if that
            changes nothing); not_evaluated, the reasons.
        """
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name, the designs as a list of dictionaries."""
        names = [name for name in self.__dataclass_fields__ if name != "table"]
        return {**{name: getattr(self, name) for name in names}, "designs": self.table.to_dict("records")}

    def summary(self) -> str:
        """Return the parts of Q, the designs that cannot be evaluated, and the notes."""
        parts = [("whole network", self.q, self.q_df, self.q_p_value)]
        parts.append(("within designs", self.within, self.within_df, self.within_p_value))
        parts.append(("between designs", self.between, self.between_df, self.between_p_value))
        lines = [f"{name}: Q {q:.2f}, df {df}, p = {p:.4g}" for name, q, df, p in parts]
        lines.append(
            f"between designs, random effects (tau2 within designs {self.tau2_within:.4f}): Q {self.between_random:.2f}, "
            f"df {self.between_df}, p = {self.between_random_p_value:.4g}"
        )
        out = self.table[self.table["not_evaluated"] != ""]
        lines += [f"not evaluated: {row.design}: {row.not_evaluated}" for row in out.itertuples()]
        return "\n".join([*lines, *self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        return (
            "Cochran's Q was decomposed into heterogeneity within designs and inconsistency between designs "
            "(design-by-treatment interaction; Krahn, Binder and Koenig 2013)."
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw Q between designs as it is, and once each design has effects of its own.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib Axes
            A dot a design; far left of the line: the design drives the inconsistency.
        """
        return view("picture", self, ax=ax)


def design_decomposition(network: NetworkMetaAnalysis) -> DesignDecomposition:
    """Decompose Q of a network into heterogeneity within and inconsistency between designs.

    Parameters
    ----------
    network : NetworkMetaAnalysis
        The fit.

    Returns
    -------
    DesignDecomposition
        The parts, and every design with what it adds.

    Notes
    -----
    With common-effect weights: Q within a design is Q of its trials alone, on (trials - 1) (arms - 1) degrees of freedom; Q
    between designs is what is left, on sum (arms - 1) - (treatments - 1) over the designs. To detach a design is to give it
    effects of its own: what Q between designs loses is what this design disagrees with all others (Krahn, Binder and Koenig
    2013, BMC Med Res Methodol 13:35). The random-effects form is the Wald test of the full design-by-treatment interaction
    (Higgins et al. 2012, Res Synth Methods 3:98; White et al. 2012, Res Synth Methods 3:111).

    Examples
    --------
    >>> from neckevidence.synthesis.network.analysis import network_meta_analysis
    >>> trials = pd.DataFrame(
    ...     [("one", "B", "A", 1.0, 0.1), ("two", "C", "B", 1.0, 0.2), ("three", "C", "A", 2.3, 0.2)],
    ...     columns=["trial", "treatment", "control", "effect", "se"])
    >>> design_decomposition(network_meta_analysis(contrasts=trials, measure="MD", tau2="common"))
    <DesignDecomposition Q(1) 1.00 = within Q(0) 0.00 + between Q(1) 1.00>
    """
    data, rows = network.data, network.data.rows
    sets, design = np.unique(data.members, axis=0, return_inverse=True)
    design = design.ravel()
    order = np.argsort([(" : ".join(_names(network, row))) for row in sets], kind="stable")
    consistent = rows.x[:, 1:]
    own = [np.where((design == s)[rows.trial][:, None], rows.x[:, np.flatnonzero(sets[s])[1:]], 0.0) for s in order]
    lines, within, within_df = [], 0.0, 0
    for s, x in zip(order, own, strict=True):
        here, trials = (design == s)[rows.trial], int((design == s).sum())
        fit = least_squares(rows.z[here], x[here], rows.d[here], 0.0)
        within, within_df = within + (fit.q if fit.df else 0.0), within_df + fit.df
        lines.append(
            {
                "design": " : ".join(_names(network, sets[s])),
                "trials": trials,
                "arms": int(sets[s].sum()),
                "within": fit.q if fit.df else np.nan,
                "within_df": fit.df,
                "within_p_value": chi_square_p(fit.q, fit.df) if fit.df else np.nan,
            }
        )
    between = max(0.0, network.q - within)
    between_df = network.q_df - within_df
    weight = 1 / np.sqrt(rows.d)
    space = np.linalg.qr(consistent * weight[:, None])[0]
    residual = rows.z * weight
    residual = residual - space @ (space.T @ residual)
    for line, x in zip(lines, own, strict=True):
        lost, explained = _explained(x * weight[:, None], space, residual)
        left = max(0.0, between - explained) if between_df > lost else 0.0
        line["detached"] = left if lost else np.nan
        line["detached_df"] = between_df - lost
        line["detached_p_value"] = chi_square_p(left, between_df - lost) if lost else np.nan
        line["not_evaluated"] = "; ".join([ONE_TRIAL] * (line["within_df"] == 0) + [NO_LOOP] * (lost == 0))
    full = np.hstack(own)
    tau2 = estimate_tau2(network.tau2_method, rows.z, full, rows.d)
    random = least_squares(rows.z, consistent, rows.d, tau2).q - least_squares(rows.z, full, rows.d, tau2).q
    random = max(0.0, random) if between_df else 0.0
    return DesignDecomposition(
        *(network.q, network.q_df, network.q_p_value),
        *(within, within_df, chi_square_p(within, within_df)),
        *(between, between_df, chi_square_p(between, between_df)),
        *(random, chi_square_p(random, between_df), tau2),
        table=pd.DataFrame(lines),
        notes=_notes(between_df, within_df),
    )


def _explained(x: Array, space: Array, residual: Array) -> tuple[int, float]:
    """Return by how much columns raise the rank of a model, and how much of its residual sum of squares they explain."""
    new = x - space @ (space.T @ x)
    u, sizes, _ = np.linalg.svd(new, full_matrices=False)
    u = u[:, sizes > 1e-9 * np.linalg.norm(x)]
    return u.shape[1], float(np.sum((u.T @ residual) ** 2))


def _names(network: NetworkMetaAnalysis, used: NDArray[np.bool_]) -> list[str]:
    return [name for name, own in zip(network.treatments, used, strict=True) if own]


def _notes(between_df: int, within_df: int) -> tuple[str, ...]:
    notes = []
    if between_df == 0:
        notes.append("no loop of different designs: inconsistency cannot be seen")
    else:
        notes.append("a large p-value between designs does not show that the network is consistent")
    if within_df == 0:
        notes.append("no design has two trials: heterogeneity cannot be told from inconsistency")
    return tuple(notes)
