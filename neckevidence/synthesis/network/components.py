"""Additive component network meta-analysis: combinations of treatments as sums of their components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import interval_text
from neckevidence.core.views import view
from neckevidence.effects.measures import LONG_NAMES, natural
from neckevidence.synthesis.network.analysis import NOT_RANDOMISED, check_options, chi_square_p
from neckevidence.synthesis.network.gls import TAU2_NAMES, column_basis, column_rank, estimate_tau2, least_squares
from neckevidence.synthesis.network.tables import NetworkData, read_network

Array = NDArray[np.float64]

ADDITIVE = "a component is taken to add the same effect whatever it is combined with, unless an interaction is named"
DISCONNECTED = "the trials do not connect all treatments; what joins them is the assumption that effects add up"


@dataclass(frozen=True, eq=False)
class ComponentNetwork:
    """The result of a component network meta-analysis, on the scale on which it was computed (logarithms for ratios).

    Attributes
    ----------
    measure : str
        Effect measure.
    components : tuple of str
        Components and interactions that the trials identify, in sorting order, interactions last.
    estimates, se, ci_low, ci_high, p_values : tuple of float
        Effect of adding each of them.
    not_identified : tuple of str
        Components and interactions of which the trials leave the effect open.
    inactive : str or None
        The component whose effect is 0 by definition.
    treatments : tuple of str
        Treatments of the trials.
    tau2 : float
        Between-trial variance of the additive model.
    q, q_df, q_p_value : float, int, float
        Q of the additive model.
    q_standard, q_standard_df : float, int
        Q of the standard model, in which each combination has an effect of its own.
    q_difference, q_difference_df, q_difference_p_value : float, int, float
        Test that effects add up.
    k, tau2_method, level : int, str, float
        Trials, method, confidence level.
    excluded : tuple of (str, str)
        Trials left out, each with the reason.
    notes : tuple of str
        What must be said beside the numbers.
    """

    measure: str
    components: tuple[str, ...]
    estimates: tuple[float, ...]
    se: tuple[float, ...]
    ci_low: tuple[float, ...]
    ci_high: tuple[float, ...]
    p_values: tuple[float, ...]
    not_identified: tuple[str, ...]
    inactive: str | None
    treatments: tuple[str, ...]
    tau2: float
    q: float
    q_df: int
    q_p_value: float
    q_standard: float
    q_standard_df: int
    q_difference: float
    q_difference_df: int
    q_difference_p_value: float
    k: int
    tau2_method: str
    level: float
    excluded: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    model: _Model = field(repr=False)

    def __repr__(self) -> str:
        return (
            f"<ComponentNetwork {self.measure}, {len(self.components)} components, k = {self.k}, tau2 {self.tau2:.4f}, "
            f"additivity Q({self.q_difference_df}) {self.q_difference:.2f}>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a component or interaction: component, estimate, se, ci_low, ci_high, p_value."""
        names = ("estimates", "se", "ci_low", "ci_high", "p_values")
        columns = {name.removesuffix("s") if name != "se" else name: getattr(self, name) for name in names}
        return pd.DataFrame({"component": self.components, **columns})

    def compare(self, treatment: str, control: str) -> dict[str, float]:
        """Return the effect of one combination against another; the trials need not hold either.

        Parameters
        ----------
        treatment, control : str
            Combinations of components.

        Returns
        -------
        dict of str to float
            estimate, se, ci_low, ci_high, p_value, on the scale of the analysis.

        Raises
        ------
        NeckevidenceError
            For an unknown component, or if the trials leave the effect open.
        """
        wanted = self.model.row(treatment) - self.model.row(control)
        if not self.model.identified(wanted):
            raise NeckevidenceError(f"the trials leave open the effect of {treatment} against {control}")
        estimate, se, low, high, p = (float(v[0]) for v in self.model.numbers(wanted[None], self.level))
        return {"estimate": estimate, "se": se, "ci_low": low, "ci_high": high, "p_value": p}

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "model"}

    def summary(self) -> str:
        """Return the components on the natural scale, the tests, what is not identified, and the notes."""
        lines = [f"{LONG_NAMES[self.measure]} of adding a component, natural scale"]
        for name, *numbers in zip(self.components, self.estimates, self.ci_low, self.ci_high, strict=True):
            lines.append(
                f"{name} {interval_text(self.measure, *(natural(self.measure, v) for v in numbers), self.level)}"
            )
        lines += [f"{name}: not identified by the trials" for name in self.not_identified]
        lines.append(f"{self.k} trials, tau2 {self.tau2:.4f}")
        for name, q, df in (
            ("additive model", self.q, self.q_df),
            ("standard model", self.q_standard, self.q_standard_df),
            ("difference", self.q_difference, self.q_difference_df),
        ):
            lines.append(f"{name}: Q {q:.2f}, df {df}, p = {chi_square_p(q, df):.4g}")
        return "\n".join([*lines, *(f"left out: {name}: {why}" for name, why in self.excluded), *self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        zero = f", {self.inactive} having no effect by definition" if self.inactive else ""
        return (
            f"{self.k} trials were analysed in an additive component network meta-analysis ({LONG_NAMES[self.measure]})"
            f"{zero}; between-trial variance: {TAU2_NAMES[self.tau2_method]}; Wald intervals at {100 * self.level:g}%."
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the forest plot of the components.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure that fits.

        Returns
        -------
        matplotlib Axes
            The Axes with the plot.
        """
        return view("picture", self, ax=ax)


@dataclass(frozen=True, eq=False)
class _Model:
    """The fit in a basis of what the trials see: b = basis times coefficients of terms, with its covariance."""

    terms: tuple[str, ...]
    separator: str
    inactive: str | None
    basis: Array
    b: Array
    covariance: Array

    def row(self, treatment: str) -> Array:
        parts = _parts(treatment, self.separator)
        unknown = [part for part in parts if part not in self.terms and part != self.inactive]
        if unknown:
            raise NeckevidenceError(f"{treatment}: no component {', '.join(unknown)}; found {', '.join(self.terms)}")
        return np.array([float(set(term.split(":")) <= parts or term in parts) for term in self.terms])

    def identified(self, wanted: Array) -> bool:
        """Whether trials see a linear combination of the terms' effects: it lies in the space of their rows."""
        return bool(np.abs(wanted - self.basis @ (self.basis.T @ wanted)).max() < 1e-8)

    def numbers(self, wanted: Array, level: float) -> tuple[Array, Array, Array, Array, Array]:
        from scipy.special import ndtr, ndtri

        inside = wanted @ self.basis
        estimate = inside @ self.b
        se = np.sqrt(np.einsum("ij,jk,ik->i", inside, self.covariance, inside))
        half = float(ndtri((1 + level) / 2)) * se
        z = np.abs(estimate) / np.where(se > 0, se, np.inf)
        return estimate, se, estimate - half, estimate + half, 2 * ndtr(-z)


def _parts(treatment: str, separator: str) -> set[str]:
    return {part.strip() for part in treatment.split(separator)}


def component_network(
    arms: pd.DataFrame | None = None,
    contrasts: pd.DataFrame | None = None,
    *,
    measure: str,
    trial: str = "trial",
    treatment: str = "treatment",
    tau2: str = "REML",
    level: float = 0.95,
    inactive: str | None = None,
    interactions: Sequence[str] = (),
    separator: str = "+",
) -> ComponentNetwork:
    """Estimate what each component adds, from trials of combinations.

    Parameters
    ----------
    arms, contrasts, measure, trial, treatment, tau2, level
        As for `network_meta_analysis`; the network need not be connected.
    inactive : str, optional
        A component whose effect is 0 by definition, placebo for example.
    interactions : sequence of str
        Combinations that do not just add up, as ``"NAP:CYC5"``: an effect of their own in all treatments that hold all of
        these components.
    separator : str
        What stands between the components of a treatment.

    Returns
    -------
    ComponentNetwork
        Effects of the components that the trials identify; the others are named.

    Raises
    ------
    NeckevidenceError
        For all that `network_meta_analysis` refuses but a disconnected network, an inactive component or interaction that no
        treatment holds, or if nothing is identified.

    Notes
    -----
    theta = C beta: the effect of a treatment is the sum of those of its components (Welton et al. 2009, Am J Epidemiol
    169:1158; Ruecker, Petropoulou and Schwarzer 2020, Biom J 62:808). The model is nested in the standard one, and the
    difference of their Q, both with common-effect weights, tests whether effects add up. With random effects tau2 is that of
    the additive model. An effect is identified if it is a combination of what the trials compare.

    Examples
    --------
    >>> trials = pd.DataFrame(
    ...     [("one", "A", "PBO", 1.0, 0.3), ("two", "B", "PBO", 2.0, 0.3), ("three", "A+B", "PBO", 3.6, 0.3)],
    ...     columns=["trial", "treatment", "control", "effect", "se"])
    >>> fit = component_network(contrasts=trials, measure="MD", tau2="common", inactive="PBO")
    >>> fit
    <ComponentNetwork MD, 2 components, k = 3, tau2 0.0000, additivity Q(1) 1.33>
    >>> [round(estimate, 3) for estimate in fit.estimates]
    [1.2, 2.2]
    """
    check_options(tau2, "wald", level, "good")
    data = read_network(arms, contrasts, measure, trial, treatment)
    terms, effects = _coding(data.treatments, inactive, tuple(interactions), separator)
    rows = data.rows
    design, standard = rows.x @ effects, column_basis(rows.x)
    rank = column_rank(design)
    if rank == 0:
        raise NeckevidenceError("no trial compares treatments that differ in a component with an effect")
    basis = np.linalg.svd(design, full_matrices=False)[2][:rank].T
    x = design @ basis
    spread = estimate_tau2(tau2, rows.z, x, rows.d)
    fit, additive, free = (
        least_squares(rows.z, part, rows.d, t) for part, t in ((x, spread), (x, 0.0), (standard, 0.0))
    )
    model = _Model(terms, separator, inactive, basis, fit.b, fit.covariance)
    known = np.array([model.identified(row) for row in np.eye(len(terms))])
    difference, difference_df = max(0.0, additive.q - free.q), additive.df - free.df
    difference = difference if difference_df else 0.0
    return ComponentNetwork(
        data.measure,
        tuple(term for term, one in zip(terms, known, strict=True) if one),
        *(tuple(values.tolist()) for values in model.numbers(np.eye(len(terms))[known], level)),
        not_identified=tuple(term for term, one in zip(terms, known, strict=True) if not one),
        inactive=inactive,
        treatments=data.treatments,
        tau2=spread,
        q=additive.q if additive.df else 0.0,
        q_df=additive.df,
        q_p_value=chi_square_p(additive.q, additive.df),
        q_standard=free.q if free.df else 0.0,
        q_standard_df=free.df,
        q_difference=difference,
        q_difference_df=difference_df,
        q_difference_p_value=chi_square_p(difference, difference_df),
        k=len(data.trials),
        tau2_method=tau2,
        level=level,
        excluded=data.excluded,
        notes=_notes(standard.shape[1] < len(data.treatments) - 1, difference_df, data),
        model=model,
    )


def _coding(
    treatments: tuple[str, ...], inactive: str | None, interactions: tuple[str, ...], separator: str
) -> tuple[tuple[str, ...], Array]:
    """Return the terms of the model, and which treatment holds which, shape (treatments, terms)."""
    parts = [_parts(name, separator) for name in treatments]
    found = set().union(*parts)
    if "" in found:
        name = next(name for name, own in zip(treatments, parts, strict=True) if "" in own)
        raise NeckevidenceError(f"treatment {name!r} has an empty component next to {separator!r}")
    if inactive is not None and inactive not in found:
        raise NeckevidenceError(
            f"no treatment holds the inactive component {inactive!r}; found {', '.join(sorted(found))}"
        )
    single = sorted(found - {inactive})
    columns = [[float(name in own) for own in parts] for name in single]
    for name in interactions:
        wanted = set(name.split(":"))
        if len(wanted) < 2 or not any(wanted <= own for own in parts):
            raise NeckevidenceError(
                f"interaction {name!r} must name components, as in 'A:B', that a treatment combines"
            )
        columns.append([float(wanted <= own) for own in parts])
    return (*single, *interactions), np.array(columns).T.reshape(len(treatments), len(columns))


def _notes(disconnected: bool, difference_df: int, data: NetworkData) -> tuple[str, ...]:
    notes = [ADDITIVE, NOT_RANDOMISED]
    if disconnected:
        notes.append(DISCONNECTED)
    if difference_df == 0:
        notes.append("no degree of freedom is left to test whether effects add up")
    else:
        notes.append("a large p-value of the difference does not show that effects add up")
    if data.lost:
        notes.append(f"no trial is left for {', '.join(data.lost)}")
    if data.corrected:
        notes.append("0.5 was added to all cells of trials in which an arm had no event or only events")
    return tuple(notes)
