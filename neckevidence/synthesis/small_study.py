"""Small-study effects: do small trials show other effects than large ones? Egger's, Peters' and Harbord's regressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.effects.measures import effect_sizes, finite_arrays, zero_cell_policy
from neckevidence.synthesis.pairwise import meta_analysis

Array = NDArray[np.float64]

LEAST_TRIALS = 10
_REASON = "with fewer than ten the test has too little power to tell chance from asymmetry (Sterne et al. 2011, BMJ 343:d4002)"
_SENTENCES = {
    "Egger": "Egger's test (effect on standard error, weights 1 / variance)",
    "Peters": "Peters' test (log odds ratio on 1 / number of patients, weights events x non-events / patients)",
    "Harbord": "Harbord's test (score / information on 1 / sqrt(information), weights information)",
}


@dataclass(frozen=True)
class SmallStudyTest:
    """A weighted regression of effects on a measure of how small a trial is.

    Attributes
    ----------
    test : str
        "Egger", "Peters" or "Harbord".
    predictor : str
        What the slope is per unit of.
    slope, slope_se, ci_low, ci_high : float
        The slope, which is tested against 0, with its standard error and interval.
    t, df, p_value : float, int, float
        slope / slope_se, k - 2, and the two-sided p-value.
    intercept, intercept_se : float
        The effect at which the line meets a trial of infinite size.
    dispersion : float
        Weighted residual sum of squares / df.
    k : int
        Trials used.
    level : float
        Confidence level of the interval.
    excluded : tuple of (str, str)
        Trials left out, each with the reason.
    zero_cells : str
        What was done about cells of zero, empty if there are no cells.
    notes : tuple of str
        What must be said beside the numbers.
    """

    test: str
    predictor: str
    slope: float
    slope_se: float
    ci_low: float
    ci_high: float
    t: float
    df: int
    p_value: float
    intercept: float
    intercept_se: float
    dispersion: float
    k: int
    level: float
    excluded: tuple[tuple[str, str], ...]
    zero_cells: str
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"<SmallStudyTest {self.test}: slope {signed(self.slope, 4)}, t({self.df}) {signed(self.t, 3)}, "
            f"p = {self.p_value:.4g}, k = {self.k}>"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row of the numbers."""
        kept = [name for name in self.__dataclass_fields__ if name not in ("excluded", "zero_cells", "notes")]
        return pd.DataFrame([{name: getattr(self, name) for name in kept}])

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def summary(self) -> str:
        """Return the result in a few lines.

        Returns
        -------
        str
            Slope, test, intercept, notes.
        """
        interval = f"{100 * self.level:g}% CI {signed(self.ci_low, 4)} to {signed(self.ci_high, 4)}"
        lines = [
            f"{self.test}: slope per {self.predictor} {signed(self.slope, 4)} ({interval}), t({self.df}) "
            f"{signed(self.t, 3)}, p = {self.p_value:.4g}, k = {self.k}",
            f"effect in a trial of infinite size {signed(self.intercept, 4)} (SE {self.intercept_se:.4f})",
        ]
        return "\n".join([*lines, *self.notes])

    def methods(self) -> str:
        """Return the sentences for a Methods section.

        Returns
        -------
        str
            Names every choice.
        """
        text = f"Small-study effects in {self.k} trials were examined by {_SENTENCES[self.test]}, t on k - 2 df."
        return f"{text} {self.zero_cells}".strip()


def egger(
    effects: ArrayLike,
    variances: ArrayLike,
    level: float = 0.95,
    labels: Sequence[str] | None = None,
    force: bool = False,
) -> SmallStudyTest:
    """Test for small-study effects by Egger's regression.

    Parameters
    ----------
    effects, variances : array_like of float, shape (k,)
        As for `meta_analysis`; a trial with NaN in both is left out.
    level : float
        Confidence level.
    labels : sequence of str, optional
        Names of the trials for messages.
    force : bool
        Compute it below ten trials too, with the reason against it as a note.

    Returns
    -------
    SmallStudyTest
        The slope is Egger's "intercept" (bias): the two forms of the regression are the same.

    Raises
    ------
    NeckevidenceError
        For all that `meta_analysis` refuses, below ten trials unless forced, below three always, and if all trials are of
        the same size or lie on a line exactly.

    Notes
    -----
    Effect = a + b se, weights 1 / variance, with a multiplicative dispersion that is estimated: dividing by se gives
    effect / se on 1 / se, whose intercept is b (Egger et al. 1997, BMJ 315:629). For ratios of events the effect and its
    se are linked, for which `peters` and `harbord` were made.

    Examples
    --------
    >>> egger([0.1, 0.2, 0.4, 0.9], [0.01, 0.02, 0.06, 0.2], force=True)
    <SmallStudyTest Egger: slope 2.2298, t(2) 23.120, p = 0.001866, k = 4>
    """
    base = meta_analysis(effects, variances, "common", "wald", level, labels)  # checks the input
    used = np.isfinite(base.effects)
    y, v = np.array(base.effects)[used], np.array(base.variances)[used]
    return _line("Egger", "standard error", y, np.sqrt(v), 1 / v, level, force, base.excluded)


def peters(
    events_treatment: ArrayLike,
    n_treatment: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    zero_cells: str = "add_half_where_needed",
    level: float = 0.95,
    labels: Sequence[str] | None = None,
    force: bool = False,
) -> SmallStudyTest:
    """Test odds ratios for small-study effects by Peters' regression.

    Parameters
    ----------
    events_treatment, n_treatment, events_control, n_control : array_like, shape (k,)
        Patients with the event, and patients, in each arm.
    zero_cells : str
        What to do about cells of zero in the log odds ratio, as in `effect_sizes`; the weights take the counts as they are.
    level, labels, force
        As for `egger`.

    Returns
    -------
    SmallStudyTest
        The slope is per 1 / number of patients.

    Raises
    ------
    NeckevidenceError
        For impossible counts, and as for `egger`.

    Notes
    -----
    log OR = a + b / n with n the patients of both arms, weights events x non-events / n (Peters et al. 2006, JAMA 295:676):
    the inverse variance of the log odds of the event in both arms together, which does not depend on the odds ratio.

    Examples
    --------
    >>> peters([5, 9, 20, 30], [20, 40, 100, 200], [9, 15, 28, 36], [20, 40, 100, 200], force=True)
    <SmallStudyTest Peters: slope \u221233.0006, t(2) \u22123.558, p = 0.07073, k = 4>
    """
    counts = _counts(labels, events_treatment, n_treatment, events_control, n_control)
    y, _ = effect_sizes("OR", zero_cells, labels=labels, **counts)
    patients = counts["n_treatment"] + counts["n_control"]
    events = counts["events_treatment"] + counts["events_control"]
    used, excluded = _informative(y, labels)
    n, weight = patients[used], (events * (patients - events) / patients)[used]
    policy = zero_cell_policy(zero_cells)
    return _line("Peters", "1 / number of patients", y[used], 1 / n, weight, level, force, excluded, policy)


def harbord(
    events_treatment: ArrayLike,
    n_treatment: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    level: float = 0.95,
    labels: Sequence[str] | None = None,
    force: bool = False,
) -> SmallStudyTest:
    """Test odds ratios for small-study effects by Harbord's regression.

    Parameters
    ----------
    events_treatment, n_treatment, events_control, n_control : array_like, shape (k,)
        Patients with the event, and patients, in each arm.
    level, labels, force
        As for `egger`.

    Returns
    -------
    SmallStudyTest
        The slope is the "intercept" of Z / sqrt V on sqrt V: the two forms of the regression are the same.

    Raises
    ------
    NeckevidenceError
        For impossible counts, and as for `egger`.

    Notes
    -----
    Z is the efficient score, V its variance, both of no difference between the arms: observed less expected events, and
    the hypergeometric variance. Z / sqrt V = a sqrt V + b (Harbord, Egger and Sterne 2006, Stat Med 25:3443): Egger's test of
    Peto's log odds ratio Z / V with variance 1 / V. Cells of zero need nothing to be added.

    Examples
    --------
    >>> harbord([5, 9, 20, 30], [20, 40, 100, 200], [9, 15, 28, 36], [20, 40, 100, 200], force=True)
    <SmallStudyTest Harbord: slope \u22121.7991, t(2) \u22124.984, p = 0.03797, k = 4>
    """
    counts = _counts(labels, events_treatment, n_treatment, events_control, n_control)
    y, v = effect_sizes("PETO", labels=labels, **counts)
    used, excluded = _informative(y, labels)
    y, v = y[used], v[used]
    return _line("Harbord", "1 / sqrt(information)", y, np.sqrt(v), 1 / v, level, force, excluded)


def _counts(labels: Sequence[str] | None, *columns: ArrayLike) -> dict[str, Array]:
    names = ("events_treatment", "n_treatment", "events_control", "n_control")
    arrays = finite_arrays(dict(zip(names, columns, strict=True)), labels)
    if arrays[0].ndim != 1:
        raise NeckevidenceError(
            f"{', '.join(names)} must be lists with a number for each trial, found {arrays[0].shape}"
        )
    return dict(zip(names, arrays, strict=True))


def _informative(y: Array, labels: Sequence[str] | None) -> tuple[NDArray[np.bool_], tuple[tuple[str, str], ...]]:
    used = np.isfinite(y)
    names = labels if labels is not None else [f"trial {i + 1}" for i in range(len(y))]
    reason = "no odds ratio (no events, nothing but events, or a cell of zero left as it is)"
    return used, tuple((name, reason) for name, use in zip(names, used, strict=True) if not use)


def _line(
    test: str,
    predictor: str,
    y: Array,
    x: Array,
    w: Array,
    level: float,
    force: bool,
    excluded: tuple[tuple[str, str], ...],
    zero_cells: str = "",
) -> SmallStudyTest:
    """Fit y = a + b x with weights w and an estimated dispersion, about the weighted means."""
    from scipy.special import stdtr, stdtrit

    k, df = len(y), len(y) - 2
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    if k < LEAST_TRIALS and not force:
        raise NeckevidenceError(
            f"{test}'s test needs {LEAST_TRIALS} trials, found {k}: {_REASON}; force=True computes it"
        )
    if df < 1:
        raise NeckevidenceError(f"{test}'s test needs three trials for a line and what is left of it, found {k}")
    total = w.sum()
    x_mean, y_mean = w @ x / total, w @ y / total
    dx, dy = x - x_mean, y - y_mean
    squares = w @ dx**2
    if squares <= 1e-24 * (w @ x**2):
        raise NeckevidenceError(f"{test}'s test needs trials of different sizes; {predictor} is {x[0]:g} in all {k}")
    slope = w @ (dx * dy) / squares
    dispersion = w @ (dy - slope * dx) ** 2 / df
    if dispersion <= 1e-28 * (w @ y**2):
        raise NeckevidenceError(f"the {k} effects lie on a line exactly, which leaves {test}'s test nothing to go by")
    slope_se = np.sqrt(dispersion / squares)
    t, half = slope / slope_se, stdtrit(df, (1 + level) / 2) * slope_se
    return SmallStudyTest(
        test=test,
        predictor=predictor,
        slope=float(slope),
        slope_se=float(slope_se),
        ci_low=float(slope - half),
        ci_high=float(slope + half),
        t=float(t),
        df=df,
        p_value=float(2 * stdtr(df, -abs(t))),
        intercept=float(y_mean - slope * x_mean),
        intercept_se=float(np.sqrt(dispersion * (1 / total + x_mean**2 / squares))),
        dispersion=float(dispersion),
        k=k,
        level=level,
        excluded=excluded,
        zero_cells=zero_cells,
        notes=(f"{k} trials: {_REASON}",) if k < LEAST_TRIALS else (),
    )
