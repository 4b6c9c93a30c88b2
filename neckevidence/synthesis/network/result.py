"""The result of a network meta-analysis: all pairs, with names on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core import escape
from neckevidence.core.numbers import interval_text
from neckevidence.core.views import view
from neckevidence.effects.measures import LONG_NAMES, natural
from neckevidence.synthesis.network.arms import ZERO_CELLS
from neckevidence.synthesis.network.direct import DirectEvidence, direct_evidence
from neckevidence.synthesis.network.gls import TAU2_NAMES
from neckevidence.synthesis.network.tables import NetworkData

Array = NDArray[np.float64]

INTERVALS = {"wald": "Wald intervals", "hartung-knapp": "Hartung-Knapp intervals"}
PREDICTION = "estimate -+ critical value of the confidence interval x sqrt(tau2 + se^2)"


@dataclass(frozen=True, eq=False)
class NetworkMetaAnalysis:
    """The result of a network meta-analysis, on the scale on which it was computed (logarithms for ratios).

    All tables of pairs are of the treatment in the row against the treatment in the column.

    Attributes
    ----------
    measure : str
        Effect measure.
    treatments : tuple of str
        In sorting order.
    reference : str
        The treatment that others are shown against; estimates do not depend on it.
    tau2 : float
        Between-trial variance of every comparison.
    q, q_df, q_p_value : float, int, float
        Cochran's Q of the whole network (heterogeneity and inconsistency), degrees of freedom, p-value from chi-square.
    i2 : float
        max(0, (Q - df) / Q), between 0 and 1.
    k, n_arms, patients : int, int, int or None
        Trials, arms, patients (None if a trial does not give them).
    tau2_method, ci_method, level : str, str, float
        As given.
    critical : float
        Critical value of all intervals.
    small_values : str
        Whether small values are good or bad, for rankings.
    excluded : tuple of (str, str)
        Trials left out, each with the reason.
    corrected : tuple of str
        Trials to whose cells 0.5 was added.
    notes : tuple of str
        What must be said beside the numbers.
    data, effects, wald_covariance, variance_scale : NetworkData, ndarray, ndarray, float
        The trials; effects against the reference with their covariance by treatment (0 for the reference), and the factor
        of Hartung and Knapp by which variances are multiplied, 1 for Wald intervals: for what is computed further.
    """

    measure: str
    treatments: tuple[str, ...]
    reference: str
    tau2: float
    q: float
    q_df: int
    q_p_value: float
    i2: float
    k: int
    n_arms: int
    patients: int | None
    tau2_method: str
    ci_method: str
    level: float
    critical: float
    small_values: str
    excluded: tuple[tuple[str, str], ...]
    corrected: tuple[str, ...]
    notes: tuple[str, ...]
    data: NetworkData = field(repr=False)
    effects: Array = field(repr=False)
    wald_covariance: Array = field(repr=False)
    variance_scale: float = field(repr=False)

    def __repr__(self) -> str:
        return (
            f"<NetworkMetaAnalysis {self.measure}, {len(self.treatments)} treatments, k = {self.k}, "
            f"tau2 {self.tau2:.4f}, Q({self.q_df}) {self.q:.2f}, reference {self.reference}>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def _pairs(self, values: Array) -> pd.DataFrame:
        return pd.DataFrame(values, index=list(self.treatments), columns=list(self.treatments))

    @cached_property
    def _differences(self) -> Array:
        return self.effects[:, None] - self.effects

    @cached_property
    def wald_variances(self) -> Array:
        """Variances of all pairs without the Hartung-Knapp factor, shape (treatments, treatments)."""
        own = np.diag(self.wald_covariance)
        return np.maximum(own[:, None] + own - 2 * self.wald_covariance, 0.0)

    @cached_property
    def _errors(self) -> Array:
        return np.sqrt(self.wald_variances * self.variance_scale)

    @property
    def estimates(self) -> pd.DataFrame:
        """Effects of row against column, treatments x treatments."""
        return self._pairs(self._differences)

    @property
    def se(self) -> pd.DataFrame:
        """Standard errors of the estimates."""
        return self._pairs(self._errors)

    @property
    def ci_low(self) -> pd.DataFrame:
        """Lower limits of the confidence intervals."""
        return self._pairs(self._differences - self.critical * self._errors)

    @property
    def ci_high(self) -> pd.DataFrame:
        """Upper limits of the confidence intervals."""
        return self._pairs(self._differences + self.critical * self._errors)

    @property
    def p_values(self) -> pd.DataFrame:
        """Two-sided p-values; 1 on the diagonal."""
        from scipy.special import ndtr, stdtr

        ratio = np.abs(self._differences) / np.where(self._errors > 0, self._errors, np.inf)
        return self._pairs(2 * (ndtr(-ratio) if self.ci_method == "wald" else stdtr(self.q_df, -ratio)))

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the effects against the reference."""
        rest = [i for i, name in enumerate(self.treatments) if name != self.reference]
        names = [self.treatments[i] for i in rest]
        covariance = self.variance_scale * self.wald_covariance[np.ix_(rest, rest)]
        return pd.DataFrame(covariance, index=names, columns=names)

    @cached_property
    def _prediction_half(self) -> Array:
        known = self.tau2_method != "common" and self.q_df > 0
        half = self.critical * np.sqrt(self.tau2 + self._errors**2)
        return np.where(np.eye(len(half), dtype=bool), 0.0, half if known else np.nan)

    @property
    def prediction_low(self) -> pd.DataFrame:
        """Lower limits for the effect in a new trial; NaN in a common-effect model or without degrees of freedom."""
        return self._pairs(self._differences - self._prediction_half)

    @property
    def prediction_high(self) -> pd.DataFrame:
        """Upper limits for the effect in a new trial."""
        return self._pairs(self._differences + self._prediction_half)

    @cached_property
    def direct(self) -> DirectEvidence:
        """Direct and indirect evidence on every pair that a trial compares, as arrays."""
        return direct_evidence(self.data, self._differences, self.wald_variances, self.tau2)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a pair.

        Returns
        -------
        DataFrame
            treatment, control (the reference, or else the later name), estimate, se, ci_low, ci_high, p_value,
            prediction_low, prediction_high (network); trials that compare the two; direct, direct_se, indirect, indirect_se
            (Wald, with the tau2 of the network; NaN where there is none or it cannot be separated), direct_share,
            evidence: ``direct and indirect``, ``direct``, or ``indirect only``.
        """
        a, b = np.array(list(combinations(range(len(self.treatments)), 2))).T
        fixed = self.treatments.index(self.reference)
        sign = np.where(a == fixed, -1.0, 1.0)
        i, j = np.where(a == fixed, b, a), np.where(a == fixed, a, b)
        names = np.array(self.treatments, dtype=object)
        table = pd.DataFrame({"treatment": names[i], "control": names[j]})
        shown = {"estimate": self.estimates, "se": self.se, "ci_low": self.ci_low, "ci_high": self.ci_high}
        shown |= {
            "p_value": self.p_values,
            "prediction_low": self.prediction_low,
            "prediction_high": self.prediction_high,
        }
        for name, values in shown.items():
            table[name] = values.to_numpy()[i, j]
        table["trials"] = self.data.shared[i, j]
        edge, place = self.direct, np.full(self._differences.shape, -1)
        place[edge.first, edge.second] = np.arange(len(edge.first))
        at = place[a, b]
        split = {"direct": sign * edge.direct[at], "direct_se": np.sqrt(edge.direct_variance)[at]}
        split |= {"indirect": sign * edge.indirect[at], "indirect_se": np.sqrt(edge.indirect_variance)[at]}
        for name, values in split.items():
            table[name] = np.where(at >= 0, values, np.nan)
        none = at < 0
        table.loc[none, ["indirect", "indirect_se"]] = np.column_stack(
            [table["estimate"][none], np.sqrt(self.wald_variances[i, j])[none]]
        )
        table["direct_share"] = np.where(none, 0.0, edge.share[at])
        mixed = np.array(["direct" if reason else "direct and indirect" for reason in edge.reason], dtype=object)
        table["evidence"] = np.where(none, "indirect only", mixed[at])
        return table

    def league_table(self) -> pd.DataFrame:
        """Return the league table, the treatment with the best P-score first.

        Returns
        -------
        DataFrame
            On the diagonal the treatments; everywhere the effect of the treatment that stands further up on the diagonal
            against the other, on the natural scale with its interval: below the diagonal from the network, above it from
            the trials that compare the two (Wald interval, the tau2 of the network), ``.`` where there is none.
        """
        from scipy.special import ndtri

        from neckevidence.synthesis.network.ranking import p_scores

        scores = p_scores(self)
        order = [self.treatments.index(name) for name in scores.index]
        low, high, direct = self.ci_low.to_numpy(), self.ci_high.to_numpy(), {}
        half = float(ndtri((1 + self.level) / 2)) * np.sqrt(self.direct.direct_variance)
        for a, b, y, h in zip(self.direct.first, self.direct.second, self.direct.direct, half, strict=True):
            direct[a, b], direct[b, a] = (y, y - h, y + h), (-y, -y - h, -y + h)
        cells = [["."] * len(order) for _ in order]
        for i, a in enumerate(order):
            cells[i][i] = self.treatments[a]
            for j, b in enumerate(order[i + 1 :], start=i + 1):
                cells[j][i] = self._text(self._differences[a, b], low[a, b], high[a, b])
                if (a, b) in direct:
                    cells[i][j] = self._text(*direct[a, b])
        return pd.DataFrame(cells, index=list(scores.index), columns=list(scores.index))

    def _text(self, *values: float) -> str:
        return interval_text(self.measure, *(natural(self.measure, float(v)) for v in values), self.level)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name, the pairs as a list of dictionaries."""
        hidden = ("data", "effects", "wald_covariance", "variance_scale")
        names = [name for name in self.__dataclass_fields__ if name not in hidden]
        return {**{name: getattr(self, name) for name in names}, "pairs": self.to_frame().to_dict("records")}

    def summary(self) -> str:
        """Return the effects against the reference, heterogeneity and notes, a line each."""
        fixed = self.treatments.index(self.reference)
        low, high = self.ci_low.to_numpy(), self.ci_high.to_numpy()
        lines = [f"{LONG_NAMES[self.measure]} against {self.reference}, natural scale"]
        for i, name in enumerate(self.treatments):
            if i != fixed:
                numbers = self._differences[i, fixed], low[i, fixed], high[i, fixed]
                only = "" if self.data.shared[i, fixed] else ", indirect only"
                lines.append(f"{name} {self._text(*numbers)}{only}")
        of = "" if self.patients is None else f", {self.patients} patients"
        lines.append(f"{self.k} trials, {self.n_arms} arms{of}, {len(self.treatments)} treatments")
        lines.append(
            f"tau2 {self.tau2:.4f}, Q {self.q:.3f} on {self.q_df} degrees of freedom (p = {self.q_p_value:.4g}), "
            f"I2 {100 * self.i2:.1f}%"
        )
        return "\n".join([*lines, *(f"left out: {name}: {why}" for name, why in self.excluded), *self.notes])

    def methods(self) -> str:
        """Return the sentences for a Methods section."""
        if self.tau2_method == "common":
            model = "a common-effect model"
        else:
            model = f"a random-effects model with one between-trial variance, by {TAU2_NAMES[self.tau2_method]}"
        text = (
            f"{self.k} trials of {len(self.treatments)} treatments were joined in a network meta-analysis of contrasts "
            f"({LONG_NAMES[self.measure]}) by generalised least squares, in {model}, with the exact covariance of the "
            f"contrasts of multi-arm trials and {INTERVALS[self.ci_method]} at {100 * self.level:g}%."
        )
        if self.tau2_method != "common" and self.q_df > 0:
            text += f" Prediction intervals: {PREDICTION}."
        return text + (f" {ZERO_CELLS}" if self.corrected or self.excluded else "")

    def plot(self, ax: Any = None) -> Any:
        """Draw the forest plot of all treatments against the reference.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure that fits.

        Returns
        -------
        matplotlib Axes
            See `neckevidence.figures.network_forest.network_forest`.
        """
        return view("picture", self, ax=ax)
