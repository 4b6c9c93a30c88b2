"""Meta-regression: the effect of a trial as a linear function of what is known of the trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.synthesis.pairwise import MetaAnalysis, meta_analysis
from neckevidence.synthesis.tau2 import ESTIMATOR_NAMES

Array = NDArray[np.float64]

_INTERVAL_NAMES = {
    "wald": "Wald tests and intervals",
    "hartung-knapp": "Knapp-Hartung tests and intervals",
    "hartung-knapp-adhoc": "Knapp-Hartung tests and intervals, never with smaller standard errors than Wald's",
}


@dataclass(frozen=True)
class _Coding:
    """How each column becomes numbers: the levels of a categorical one, the reference first, or None for a number."""

    levels: Mapping[str, tuple[Any, ...] | None]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> _Coding:
        levels: dict[str, tuple[Any, ...] | None] = {}
        for name, column in frame.items():
            numeric = pd.api.types.is_numeric_dtype(column)
            own = () if numeric else tuple(pd.Categorical(column).remove_unused_categories().categories)
            if len(own) == 1:
                raise NeckevidenceError(f"moderator {name} is the same in all trials: {own[0]}")
            levels[str(name)] = own or None
        return cls(levels)

    @property
    def terms(self) -> tuple[str, ...]:
        dummies = {name: [f"{name}: {level}" for level in own[1:]] for name, own in self.levels.items() if own}
        return tuple(term for name in self.levels for term in dummies.get(name, [name]))

    def matrix(self, frame: pd.DataFrame, labels: Sequence[str]) -> Array:
        return np.hstack([self._columns(name, own, frame[name], labels) for name, own in self.levels.items()])

    def _columns(self, name: str, own: tuple[Any, ...] | None, column: pd.Series, labels: Sequence[str]) -> Array:
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        sound = np.isfinite(numbers) if own is None else column.isin(own).to_numpy()
        if not sound.all():
            first = int(np.argmin(sound))
            allowed = "a finite number" if own is None else f"one of {', '.join(map(str, own))}"
            raise NeckevidenceError(f"{labels[first]}: moderator {name} must be {allowed}, found {column.iloc[first]}")
        if own is None:
            return numbers[:, None]
        words = pd.Categorical(column.astype(object), categories=own)
        return pd.get_dummies(words, drop_first=True).to_numpy(dtype=float)


def _table(rows: ArrayLike | pd.DataFrame, names: Sequence[str] | None) -> pd.DataFrame:
    """Return moderators as a table whose columns are those named; columns without names are x1, x2, ..."""
    try:
        frame = pd.DataFrame(rows).infer_objects().reset_index(drop=True)
    except (TypeError, ValueError):
        raise NeckevidenceError(f"moderators must be a table with a row a trial, found {np.shape(rows)}") from None
    found, width = [str(name) for name in frame.columns], frame.shape[1]
    if isinstance(frame.columns, pd.RangeIndex):
        found = list(names or (f"x{i + 1}" for i in range(width)))
    if width == 0 or len(set(found)) != width:
        raise NeckevidenceError(f"{width} moderators need as many different names, at least one; found {found}")
    absent = [name for name in names or [] if name not in found]
    if absent:
        raise NeckevidenceError(f"no moderator {', '.join(absent)}; found {', '.join(found)}")
    frame.columns = found
    return frame[list(names)] if names else frame


@dataclass(frozen=True)
class _Contrasts:
    """Effects with the moderators swept out: k - p independent contrasts, squared, whose variances are d + tau2.

    K is an orthonormal basis of what the design X leaves; the contrasts are K'y in the eigenvectors of K'VK, and d its
    eigenvalues, taken as squared singular values of V^(1/2) K, which keeps more digits of small ones.
    """

    squares: Array
    d: Array
    v: Array
    start: float

    @classmethod
    def of(cls, y: Array, x: Array, v: Array) -> _Contrasts:
        basis = np.linalg.qr(x, mode="complete")[0][:, x.shape[1] :]
        _, roots, axes = np.linalg.svd(np.sqrt(v)[:, None] * basis, full_matrices=False)
        return cls((axes @ (basis.T @ y)) ** 2, roots**2, v, float(np.mean((y - y.mean()) ** 2)))

    def q(self, tau2: float) -> float:
        return float((self.squares / (self.d + tau2)).sum())

    def paule_mandel(self) -> float:
        """Newton on 1/Q, which rises and is concave: the steps come up from 0 without passing the root."""
        t, step = 0.0, np.inf
        while step > 1e-15 * t and self.q(t) > len(self.d):
            step = (self.q(t) / len(self.d) - 1) * self.q(t) / float((self.squares / (self.d + t) ** 2).sum())
            t += step
        return t

    def highest(self, log_terms: Array) -> float:
        """Return the global maximum of -1/2 (sum log(log_terms + t) + sum squares / (d + t)) over t >= 0."""
        from scipy.optimize import brentq

        def score(t: Array | float) -> Array:
            t = np.asarray(t)[..., None]
            return (self.squares / (self.d + t) ** 2).sum(-1) - (1 / (log_terms + t)).sum(-1)

        # In log(t + min v) every term of the score is a step one unit wide: a grid of 50 a unit brackets each top.
        low = self.v.min()
        length = np.log1p(max(self.v.max(), 2 * self.squares.sum() / len(self.d)) / low)
        grid = low * np.expm1(np.linspace(0, length, int(50 * length) + 2))
        rising = score(grid) > 0
        brackets = np.flatnonzero(rising[:-1] & ~rising[1:])
        tops = [0.0, *(brentq(score, grid[i], grid[i + 1], xtol=1e-300, rtol=1e-15) for i in brackets)]
        return tops[int(np.argmax([-np.log(log_terms + t).sum() - self.q(t) for t in tops]))]


_RESIDUAL_TAU2: dict[str, Callable[[_Contrasts], float]] = {
    "common": lambda c: 0.0,
    "DL": lambda c: (c.q(0.0) - len(c.d)) / (1 / c.d).sum(),
    "PM": _Contrasts.paule_mandel,
    "REML": lambda c: c.highest(c.d),
    "ML": lambda c: c.highest(c.v),
    "SJ": lambda c: c.start * c.q(c.start) / len(c.d),
    "EB": _Contrasts.paule_mandel,
    "HE": lambda c: (c.squares - c.d).mean(),
}


@dataclass(frozen=True)
class _Line:
    """The fit in moderators less their means: coefficients b, and a root of their covariance matrix."""

    coding: _Coding
    centre: Array
    b: Array
    root: Array


@dataclass(frozen=True)
class MetaRegression:
    """The result of a meta-regression, on the scale of the effects; level, notes and so on are as in `MetaAnalysis`.

    Attributes
    ----------
    names, reference : tuple of str, tuple of (str, str)
        Coefficients ("intercept", then moderators, "column: level" for a level of a categorical one); reference levels.
    coefficients, se, statistics, p_values, ci_low, ci_high : tuple of float
        One for each name; the statistics are t (Knapp-Hartung) or z (Wald), the p-values two-sided.
    tau2, tau2_without, r2 : float, float, float or None
        Residual between-trial variance, that without moderators, max(0, 1 - tau2 / tau2_without) or None if that is 0.
    i2, i2_tau2, q, q_p_value : float
        max(0, (Q_E - df) / Q_E); tau2 / (tau2 + df / trace P); Q_E, residual heterogeneity, with p from chi-square on df.
    omnibus, omnibus_df, omnibus_p_value : float, tuple of int, float
        Test that no moderator has an effect: F, two degrees of freedom (Knapp-Hartung), or chi-square, one (Wald).
    df, k, critical : int, int, float
        Residual degrees of freedom k - p, trials used, critical value of all intervals.
    """

    names: tuple[str, ...]
    reference: tuple[tuple[str, str], ...]
    coefficients: tuple[float, ...]
    se: tuple[float, ...]
    statistics: tuple[float, ...]
    p_values: tuple[float, ...]
    ci_low: tuple[float, ...]
    ci_high: tuple[float, ...]
    tau2: float
    tau2_without: float
    r2: float | None
    i2: float
    i2_tau2: float
    q: float
    q_p_value: float
    omnibus: float
    omnibus_df: tuple[int, ...]
    omnibus_p_value: float
    df: int
    k: int
    critical: float
    tau2_method: str
    ci_method: str
    level: float
    labels: tuple[str, ...]
    excluded: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    line: _Line = field(repr=False, compare=False)

    def __repr__(self) -> str:
        terms = ", ".join(f"{name} {signed(b, 4)}" for name, b in zip(self.names, self.coefficients, strict=True))
        return f"<MetaRegression {terms}; tau2 {self.tau2:.4f}, k = {self.k}>"

    def predict(self, rows: ArrayLike | pd.DataFrame) -> pd.DataFrame:
        """Predict the mean effect of trials with given moderators, and the effect in a new one.

        Parameters
        ----------
        rows : array_like or DataFrame, shape (r, number of columns)
            Moderators in the form in which they were given for the fit; a table may have further columns.

        Returns
        -------
        DataFrame
            estimate, se, ci_low, ci_high, and estimate -+ critical sqrt(tau2 + se^2): prediction_low, prediction_high.

        Raises
        ------
        NeckevidenceError
            If a column is missing, a value is not finite, or a level was not in the trials.
        """
        coding, line = self.line.coding, self.line
        frame = _table(rows, list(coding.levels))
        columns = coding.matrix(frame, [f"row {i + 1}" for i in range(len(frame))])
        x = np.column_stack([np.ones(len(frame)), columns - line.centre])
        estimate, se = x @ line.b, np.linalg.norm(x @ line.root, axis=1)
        half, wide = self.critical * se, self.critical * np.sqrt(self.tau2 + se**2)
        parts = (estimate, se, estimate - half, estimate + half, estimate - wide, estimate + wide)
        heads = ("estimate", "se", "ci_low", "ci_high", "prediction_low", "prediction_high")
        return pd.DataFrame(dict(zip(heads, parts, strict=True)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a coefficient: term, estimate, se, statistic, p_value, ci_low, ci_high."""
        parts = (self.names, self.coefficients, self.se, self.statistics, self.p_values, self.ci_low, self.ci_high)
        heads = ("term", "estimate", "se", "statistic", "p_value", "ci_low", "ci_high")
        return pd.DataFrame(dict(zip(heads, parts, strict=True)))

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "line"}

    def summary(self) -> str:
        """Return coefficients, omnibus test, heterogeneity and notes, a line each."""
        lines = []
        for row in self.to_frame().itertuples():
            interval = f"{100 * self.level:g}% CI {signed(row.ci_low, 4)} to {signed(row.ci_high, 4)}"
            lines.append(f"{row.term} {signed(row.estimate, 4)} ({interval}), p = {row.p_value:.4g}")
        test = f"{'F' if len(self.omnibus_df) == 2 else 'chi-square'}({', '.join(map(str, self.omnibus_df))})"
        lines.append(f"all moderators: {test} = {self.omnibus:.3f}, p = {self.omnibus_p_value:.4g}")
        tau2 = f"tau2 {self.tau2:.4f}" + ("" if self.r2 is None else f", R2 {100 * self.r2:.1f}%")
        lines.append(f"{tau2}, I2 {100 * self.i2:.1f}%, Q_E({self.df}) {self.q:.3f}, k = {self.k}")
        return "\n".join([*lines, *(f"reference level of {n}: {level}" for n, level in self.reference), *self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        model = f"mixed-effects model, residual between-trial variance by {ESTIMATOR_NAMES[self.tau2_method]}"
        model = "common-effect model" if self.tau2_method == "common" else model
        model += f", with {_INTERVAL_NAMES[self.ci_method]} at {100 * self.level:g}%"
        return f"The effects of {self.k} trials were regressed on {', '.join(self.names[1:])} in a {model}."


def meta_regression(
    effects: ArrayLike,
    variances: ArrayLike,
    moderators: ArrayLike | pd.DataFrame,
    tau2: str = "REML",
    ci: str = "hartung-knapp",
    level: float = 0.95,
    labels: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
) -> MetaRegression:
    """Regress the effects of trials on moderators.

    Parameters
    ----------
    effects, variances : array_like of float, shape (k,)
        As for `meta_analysis`; a trial with NaN in both is left out.
    moderators : array_like or DataFrame, shape (k, columns) or (k,)
        Columns of numbers, or of words, which are coded by `pandas.get_dummies` without the first level, the reference
        (the first in sorting order, or of an ordered category). The intercept is added.
    tau2, ci, level, labels
        As for `meta_analysis`; tau2 is the residual variance between trials. A common-effect model has Wald intervals.
    names : sequence of str, optional
        Names of the columns of an array (x1, x2, ... if not given), or those to take from a DataFrame.

    Returns
    -------
    MetaRegression
        Coefficients, tests, heterogeneity; `predict` for given moderators.

    Raises
    ------
    NeckevidenceError
        For all that `meta_analysis` refuses, moderators that are missing, not finite, constant or collinear, no more trials
        than coefficients, and, under plain Knapp-Hartung, effects that lie on the line exactly.

    Notes
    -----
    y = X b + u + e with Var u = tau2, Var e = v known (Berkey et al. 1995, Stat Med 14:395; Thompson and Sharp 1999, Stat
    Med 18:2693). With w = 1 / (v + tau2), Var b = s (X'WX)^-1: s = 1 for Wald, s = sum w r^2 / (k - p) for Knapp-Hartung
    with t and F on k - p degrees of freedom (Knapp and Hartung 2003, Stat Med 22:2693), max(1, s) under the guard. REML
    and ML are global maxima; PM and EB solve sum w r^2 = k - p; DL and HE are moments, cut at 0; SJ is Sidik and Jonkman's
    (2005, J Biopharm Stat 15:823). Fewer than ten trials a coefficient give a note (Cochrane Handbook, section 10.11.4).

    Examples
    --------
    >>> fit = meta_regression([0.1, 0.2, 0.5, 0.4], [0.01, 0.02, 0.02, 0.01], [1, 2, 3, 4], tau2="DL", names=["dose"])
    >>> fit
    <MetaRegression intercept 0.0070, dose 0.1105; tau2 0.0000, k = 4>
    >>> fit.predict([2.5])["estimate"].round(4).tolist()
    [0.2833]
    """
    base = meta_analysis(effects, variances, tau2, ci, level, labels)  # checks the input; its tau2 is the one for R2
    used = np.isfinite(base.effects)
    frame = _table(moderators, names)
    if len(frame) != len(used):
        raise NeckevidenceError(f"moderators has {len(frame)} rows for {len(used)} trials")
    coding = _Coding.of(frame[used])
    columns = coding.matrix(frame[used], [label for label, use in zip(base.labels, used, strict=True) if use])
    _check_design(columns, coding)
    return _fitted(np.array(base.effects)[used], np.array(base.variances)[used], columns, coding, base)


def _centred(columns: Array) -> tuple[Array, Array, Array]:
    """Return the design in columns of mean 0 and size 1, in which no accuracy is lost to years, say; means and sizes."""
    centre = columns.mean(axis=0)
    size = np.abs(columns - centre).max(axis=0)
    size = np.where(size > 1e-14 * np.abs(centre), size, 1.0)
    return np.column_stack([np.ones(len(columns)), (columns - centre) / size]), centre, size


def _check_design(columns: Array, coding: _Coding) -> None:
    (k, m), terms = columns.shape, ("intercept", *coding.terms)
    if k <= m + 1:
        raise NeckevidenceError(f"{k} trials cannot carry {m + 1} coefficients ({', '.join(terms)}), {m + 2} can")
    left = np.abs(np.diag(np.linalg.qr(_centred(columns)[0], mode="r")))
    if left.min() < 1e-10:  # what a column holds beside those before it; of size 1 in these units if it is sound
        place = int(np.argmax(left < 1e-10))
        alike = np.ptp(columns[:, place - 1]) == 0
        fault = "the same in all trials" if alike else f"collinear with {', '.join(terms[:place])}; leave one out"
        raise NeckevidenceError(f"moderator {terms[place]} is {fault}")


def _fitted(y: Array, v: Array, columns: Array, coding: _Coding, base: MetaAnalysis) -> MetaRegression:
    from scipy.linalg import solve_triangular
    from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit

    (x, centre, size), middle = _centred(columns), y.mean()
    (k, m), df, wald = columns.shape, len(y) - x.shape[1], base.ci_method == "wald"
    swept = _Contrasts.of(y - middle, x, v)
    tau2 = max(0.0, float(_RESIDUAL_TAU2[base.tau2_method](swept)))
    spread = 1.0 if wald else swept.q(tau2) / df
    if base.ci_method == "hartung-knapp" and spread <= 1e-24 * (y**2 / (v + tau2)).sum():
        raise NeckevidenceError("the effects lie on the line exactly: choose ci='hartung-knapp-adhoc' or 'wald'")
    spread = max(spread, 1.0) if base.ci_method == "hartung-knapp-adhoc" else spread
    heavy_first = np.argsort(v)  # keeps the QR decomposition exact in every row, however unlike the weights
    weight = 1 / np.sqrt(v[heavy_first] + tau2)
    q, r = np.linalg.qr(x[heavy_first] * weight[:, None])
    turned = q.T @ ((y[heavy_first] - middle) * weight)
    unit = np.append(1.0, 1 / size)
    b, root = unit * solve_triangular(r, turned), unit[:, None] * solve_triangular(r, np.diag([spread**0.5] * (m + 1)))
    b[0] += middle
    coefficients = np.append(b[0] - centre @ b[1:], b[1:])
    se = np.linalg.norm(np.vstack([root[0] - centre @ root[1:], root[1:]]), axis=1)
    statistics, tail = coefficients / se, (1 + base.level) / 2
    p_values = 2 * (ndtr(-np.abs(statistics)) if wald else stdtr(df, -np.abs(statistics)))
    critical = float(ndtri(tail) if wald else stdtrit(df, tail))
    low, high = coefficients - critical * se, coefficients + critical * se
    omnibus = float(turned[1:] @ turned[1:]) / spread / (1 if wald else m)
    q_e, typical = swept.q(0.0), df / float((1 / swept.d).sum())
    return MetaRegression(
        ("intercept", *coding.terms),
        tuple((name, str(own[0])) for name, own in coding.levels.items() if own is not None),
        *(tuple(values.tolist()) for values in (coefficients, se, statistics, p_values, low, high)),
        tau2=tau2,
        tau2_without=base.tau2,
        r2=max(0.0, 1 - tau2 / base.tau2) if base.tau2 > 0 else None,
        i2=max(0.0, 1 - df / q_e) if q_e > 0 else 0.0,
        i2_tau2=tau2 / (tau2 + typical),
        q=q_e,
        q_p_value=float(chdtrc(df, q_e)),
        omnibus=omnibus,
        omnibus_df=(m,) if wald else (m, df),
        omnibus_p_value=float(chdtrc(m, omnibus) if wald else fdtrc(m, df, omnibus)),
        df=df,
        k=k,
        critical=critical,
        **{name: getattr(base, name) for name in ("tau2_method", "ci_method", "level", "labels", "excluded")},
        notes=_notes(k, m, tau2, base.tau2_method),
        line=_Line(coding, centre, b, root),
    )


def _notes(k: int, m: int, tau2: float, method: str) -> tuple[str, ...]:
    few = f"{k} trials for {m} coefficients beside the intercept: fewer than ten each, which can show little"
    none = "the estimate of the residual tau2 is 0, which does not show that the moderators explain everything"
    return ((few,) if k < 10 * m else ()) + ((none,) if method != "common" and tau2 == 0 else ())
