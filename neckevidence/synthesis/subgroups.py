"""Subgroup analysis: the trials in groups, an answer for each, and whether the answers differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.synthesis.pairwise import MetaAnalysis, meta_analysis
from neckevidence.synthesis.regression import MetaRegression, meta_regression
from neckevidence.synthesis.tau2 import ESTIMATOR_NAMES


@dataclass(frozen=True)
class SubgroupAnalysis:
    """The result of a subgroup analysis, on the scale of the effects.

    Attributes
    ----------
    groups : tuple of str
        Names of the groups, in sorting order.
    analyses : tuple of MetaAnalysis
        One for each group, from its trials alone, with a tau2 of its own.
    regression : MetaRegression or None
        With a common tau2: the trials regressed on the groups; the estimates and the test are then taken from it.
    estimates, se, ci_low, ci_high, tau2 : tuple of float
        One for each group.
    between, between_df, between_p_value : float, tuple of int, float
        Test for subgroup differences: chi-square with one number of degrees of freedom, or F with two.
    common_tau2 : bool
        Whether one tau2 was taken for all groups.
    level : float
        Confidence level.
    k : tuple of int
        Trials in each group.
    notes : tuple of str
        What must be said beside the numbers.
    """

    groups: tuple[str, ...]
    analyses: tuple[MetaAnalysis, ...]
    regression: MetaRegression | None
    estimates: tuple[float, ...]
    se: tuple[float, ...]
    ci_low: tuple[float, ...]
    ci_high: tuple[float, ...]
    tau2: tuple[float, ...]
    between: float
    between_df: tuple[int, ...]
    between_p_value: float
    common_tau2: bool
    level: float
    k: tuple[int, ...]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        pairs = zip(self.groups, self.estimates, strict=True)
        found = ", ".join(f"{group} {signed(estimate, 4)}" for group, estimate in pairs)
        return f"<SubgroupAnalysis {found}; {self._test()}>"

    def _test(self) -> str:
        name = "F" if len(self.between_df) == 2 else "chi-square"
        degrees = ", ".join(map(str, self.between_df))
        return f"difference {name}({degrees}) = {self.between:.3f}, p = {self.between_p_value:.4g}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a group.

        Returns
        -------
        DataFrame
            group, k, estimate, se, ci_low, ci_high, tau2.
        """
        ends = {"ci_low": self.ci_low, "ci_high": self.ci_high}
        return pd.DataFrame(
            {"group": self.groups, "k": self.k, "estimate": self.estimates, "se": self.se, **ends, "tau2": self.tau2}
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name, without the analyses that they were taken from."""
        whole = ("analyses", "regression")
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in whole}

    def summary(self) -> str:
        """Return a line for each group, the test, and the notes.

        Returns
        -------
        str
            Lines.
        """
        lines = []
        for row in self.to_frame().itertuples():
            interval = f"{100 * self.level:g}% CI {signed(row.ci_low, 4)} to {signed(row.ci_high, 4)}"
            lines.append(f"{row.group}: {signed(row.estimate, 4)} ({interval}), tau2 {row.tau2:.4f}, k = {row.k}")
        return "\n".join([*lines, self._test(), *self.notes])

    def methods(self) -> str:
        """Return the sentences for a Methods section.

        Returns
        -------
        str
            Names every choice.
        """
        if self.regression is not None:
            return f"Subgroups shared one between-trial variance. {self.regression.methods()}"
        several = next((analysis for analysis in self.analyses if analysis.k > 1), self.analyses[0])
        model = f"random-effects models, each with a between-trial variance by {ESTIMATOR_NAMES[several.tau2_method]}"
        model = "common-effect models" if several.tau2_method == "common" else model
        return (
            f"{sum(self.k)} trials in {len(self.groups)} groups were pooled by group with {model}, with intervals "
            f"({several.ci_method}) at {100 * self.level:g}%. Differences between groups were tested by Cochran's Q of their "
            "estimates with Wald standard errors."
        )


def subgroup_analysis(
    effects: ArrayLike,
    variances: ArrayLike,
    groups: ArrayLike,
    tau2: str = "REML",
    ci: str = "hartung-knapp-adhoc",
    common_tau2: bool = False,
    level: float = 0.95,
    labels: Sequence[str] | None = None,
) -> SubgroupAnalysis:
    """Analyse groups of trials each on its own, and test whether they differ.

    Parameters
    ----------
    effects, variances : array_like of float, shape (k,)
        As for `meta_analysis`; a trial with NaN in both is left out.
    groups : array_like of str, shape (k,)
        The group of each trial.
    tau2, ci, level, labels
        As for `meta_analysis`.
    common_tau2 : bool
        One tau2 for all groups, which is the better choice where groups have few trials: a meta-regression on the group.

    Returns
    -------
    SubgroupAnalysis
        Estimates, test, and the analyses behind them.

    Raises
    ------
    NeckevidenceError
        For all that `meta_analysis` refuses, a trial without a group, fewer than two groups, and a group without an
        estimate; with a common tau2 for all that `meta_regression` refuses.

    Notes
    -----
    With separate tau2 the test is Q = sum w (estimate - mean)^2 with w = 1 / se^2 of Wald, whatever the interval, on
    groups - 1 degrees of freedom of chi-square (Deeks and Higgins 2010, Statistical algorithms in Review Manager 5). With a
    common tau2 it is the omnibus test of the meta-regression: F if the interval is Hartung-Knapp's.

    Examples
    --------
    >>> subgroup_analysis([0.1, 0.3, 0.5, 0.7], [0.01, 0.03, 0.02, 0.02], ["A", "A", "B", "B"], tau2="common")
    <SubgroupAnalysis A 0.1500, B 0.6000; difference chi-square(1) = 11.571, p = 0.0006697>
    """
    base = meta_analysis(effects, variances, "common", ci, level, labels)  # checks the input
    y, v = np.array(base.effects), np.array(base.variances)
    group, names = _grouped(groups, base)
    analyses = tuple(
        meta_analysis(
            y[group == name], v[group == name], tau2, ci, level, np.array(base.labels)[group == name].tolist()
        )
        for name in names
    )
    k = tuple(analysis.k for analysis in analyses)
    alone = tuple(
        f"{name}: one trial, whose own effect it is" for name, size in zip(names, k, strict=True) if size == 1
    )
    shared = {"groups": names, "analyses": analyses, "common_tau2": common_tau2, "level": level, "k": k}
    if common_tau2:
        return SubgroupAnalysis(**shared, **_together(y, v, group, names, tau2, ci, level, base.labels, alone))
    between = meta_analysis([a.estimate for a in analyses], [a.wald_se**2 for a in analyses], "common")
    few = tuple(
        f"{name}: {note}"
        for name, analysis in zip(names, analyses, strict=True)
        for note in analysis.notes
        if analysis.k > 1
    )
    return SubgroupAnalysis(
        **shared,
        regression=None,
        estimates=tuple(a.estimate for a in analyses),
        se=tuple(a.se for a in analyses),
        ci_low=tuple(a.ci_low for a in analyses),
        ci_high=tuple(a.ci_high for a in analyses),
        tau2=tuple(a.tau2 for a in analyses),
        between=between.q,
        between_df=(len(names) - 1,),
        between_p_value=between.q_p_value,
        notes=(*alone, *few),
    )


def _grouped(groups: ArrayLike, base: MetaAnalysis) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the group of each trial as a word, and the groups, each with at least one trial that has an estimate."""
    group = pd.Series(np.asarray(groups).ravel())
    if len(group) != len(base.labels):
        raise NeckevidenceError(f"groups has {len(group)} values for {len(base.labels)} trials")
    if group.isna().any():
        raise NeckevidenceError(f"{base.labels[int(np.argmax(group.isna()))]}: the group is missing")
    words = group.astype(str).to_numpy(dtype=object)
    names = tuple(sorted(set(words)))
    if len(names) < 2:
        raise NeckevidenceError(f"subgroups need at least two groups, found {', '.join(names)}")
    empty = set(names) - set(words[np.isfinite(base.effects)])
    if empty:
        raise NeckevidenceError(f"no trial of the group {min(empty)} has an effect and a variance; leave the group out")
    return words, names


def _together(
    y: np.ndarray,
    v: np.ndarray,
    group: np.ndarray,
    names: tuple[str, ...],
    tau2: str,
    ci: str,
    level: float,
    labels: tuple[str, ...],
    alone: tuple[str, ...],
) -> dict[str, Any]:
    """Return the part of the result that is taken from a meta-regression on the group."""
    fit = meta_regression(y, v, pd.DataFrame({"group": group}), tau2, ci, level, labels)
    at = fit.predict(pd.DataFrame({"group": names}))
    return {
        "regression": fit,
        "estimates": tuple(at["estimate"].tolist()),
        "se": tuple(at["se"].tolist()),
        "ci_low": tuple(at["ci_low"].tolist()),
        "ci_high": tuple(at["ci_high"].tolist()),
        "tau2": (fit.tau2,) * len(names),
        "between": fit.omnibus,
        "between_df": fit.omnibus_df,
        "between_p_value": fit.omnibus_p_value,
        "notes": (*alone, *fit.notes),
    }
