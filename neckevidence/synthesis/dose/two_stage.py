"""A trend in each trial from printed ratios, then the trends pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.synthesis.dose.likelihood import Array
from neckevidence.synthesis.dose.reconstruction import reconstruct_covariance
from neckevidence.synthesis.pairwise import MetaAnalysis, check_options, meta_analysis


@dataclass(frozen=True)
class TrialTrend:
    """The trend in one trial.

    Attributes
    ----------
    trial : str
        Its name.
    coefficients : tuple of float
        Log ratio a unit of dose, and a unit of squared dose.
    covariance : tuple of tuple of float
        Of the coefficients.
    cases : tuple of float
        Cases fitted at each dose, in rising order after the reference.
    q, df, p_value : float, int, float or None
        Departure from the trend, with p from chi-square; None if there are as many coefficients as ratios.
    """

    trial: str
    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    cases: tuple[float, ...]
    q: float
    df: int
    p_value: float | None


@dataclass(frozen=True)
class TwoStageDoseResponse:
    """Trends of several trials, pooled.

    Attributes
    ----------
    measure : str
        OR or RR; all numbers are logarithms.
    names : tuple of str
        "slope", or "dose" and "dose squared".
    coefficients, se, ci_low, ci_high : tuple of float
        Pooled coefficients.
    covariance : tuple of tuple of float
        Of the pooled coefficients.
    q, df, q_p_value : float, int, float or None
        Disagreement between trials (Cochran's Q, or its extension to two coefficients) with p from chi-square.
    pooled : MetaAnalysis or None
        The meta-analysis of the slopes; None for a quadratic trend.
    critical : float
        Critical value of the intervals.
    trends : tuple of TrialTrend
        The trials.
    excluded : tuple of (str, str)
        Trials left out, each with the reason.
    level : float
        Confidence level.
    notes : tuple of str
        What must be said beside the numbers.
    """

    measure: str
    names: tuple[str, ...]
    coefficients: tuple[float, ...]
    se: tuple[float, ...]
    ci_low: tuple[float, ...]
    ci_high: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    q: float
    df: int
    q_p_value: float | None
    pooled: MetaAnalysis | None
    critical: float
    trends: tuple[TrialTrend, ...]
    excluded: tuple[tuple[str, str], ...]
    level: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        terms = ", ".join(
            f"{name} {signed(value, 4)}" for name, value in zip(self.names, self.coefficients, strict=True)
        )
        return f"<TwoStageDoseResponse log {self.measure}: {terms}; k = {len(self.trends)}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def predict(self, doses: ArrayLike, reference: float = 0.0) -> pd.DataFrame:
        """Predict the ratio of doses against a reference dose.

        Parameters
        ----------
        doses : array_like of float, shape (r,)
            Doses, 0 or more.
        reference : float
            The dose they are compared with.

        Returns
        -------
        DataFrame
            dose, effect, ci_low, ci_high (logarithms), ratio, ratio_low, ratio_high.

        Raises
        ------
        NeckevidenceError
            If a dose is negative or not finite.
        """
        dose = np.atleast_1d(np.asarray(doses, dtype=float))
        if not (np.isfinite(dose) & (dose >= 0)).all():
            raise NeckevidenceError(f"doses must be finite and 0 or more, found {dose.tolist()}")
        x = _powers(dose, len(self.names)) - _powers(np.array([float(reference)]), len(self.names))
        effect = x @ np.array(self.coefficients)
        half = self.critical * np.sqrt(np.einsum("ij,jk,ik->i", x, np.array(self.covariance), x))
        frame = pd.DataFrame({"dose": dose, "effect": effect, "ci_low": effect - half, "ci_high": effect + half})
        ratios = {"ratio": "effect", "ratio_low": "ci_low", "ratio_high": "ci_high"}
        return frame.assign(**{name: np.exp(frame[column]) for name, column in ratios.items()})

    def plot(self, ax: Any = None) -> Any:
        """Draw the forest plot of the slopes, the logarithms shown as ratios a unit of dose.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib Axes
            The Axes with the plot.

        Raises
        ------
        NeckevidenceError
            For a quadratic trend, which no single number describes.
        """
        if self.pooled is None:
            raise NeckevidenceError(
                "a quadratic trend has two coefficients: no forest plot shows it; plot predict(doses)"
            )
        return self.pooled.plot(ax=ax, measure=self.measure)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial and coefficient: trial, term, estimate, se, q, df, p_value (lack of fit)."""
        rows = []
        for trend in self.trends:
            errors = np.sqrt(np.diag(trend.covariance))
            for name, estimate, se in zip(self.names, trend.coefficients, errors, strict=True):
                rows.append((trend.trial, name, estimate, float(se), trend.q, trend.df, trend.p_value))
        return pd.DataFrame(rows, columns=["trial", "term", "estimate", "se", "q", "df", "p_value"])

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        names = [name for name in self.__dataclass_fields__ if name != "pooled"]
        pooled = None if self.pooled is None else self.pooled.to_dict()
        return {**{name: getattr(self, name) for name in names}, "pooled": pooled}

    def summary(self) -> str:
        """Return the pooled coefficients, heterogeneity and notes, a line each."""
        lines = []
        for row in zip(self.names, self.coefficients, self.ci_low, self.ci_high, strict=True):
            name, *numbers = row
            value, low, high = (signed(number, 5) for number in numbers)
            lines.append(f"{name}: log {self.measure} a unit {value} ({100 * self.level:g}% CI {low} to {high})")
        told = "" if self.q_p_value is None else f", p = {self.q_p_value:.4g}"
        lines.append(f"k = {len(self.trends)}, Q {self.q:.3f} on {self.df} df{told}")
        if self.pooled is not None:
            lines.append(f"tau2 {self.pooled.tau2:.4g}, I2 {100 * self.pooled.i2:.1f}%")
        return "\n".join([*lines, *(f"{name} is left out: {reason}" for name, reason in self.excluded), *self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        trend = "linear" if self.pooled is not None else "quadratic"
        first = (
            f"In each trial a {trend} trend of the log {self.measure} in the dose was estimated by generalised least squares, "
            "the covariances reconstructed by the method of Greenland and Longnecker."
        )
        if self.pooled is not None:
            return f"{first} {self.pooled.methods()}"
        return f"{first} The trends were pooled with a common-effect model with inverse covariance matrices as weights."


def two_stage_dose_response(
    contrasts: pd.DataFrame,
    *,
    dose: str = "dose",
    trial: str = "trial",
    ratio: str = "ratio",
    ci_low: str = "ci_low",
    ci_high: str = "ci_high",
    cases: str = "cases",
    n: str = "n",
    measure: str = "OR",
    quadratic: bool = False,
    tau2: str = "REML",
    ci: str = "hartung-knapp-adhoc",
    level: float = 0.95,
) -> TwoStageDoseResponse:
    """Estimate a trend in each trial from printed ratios, and pool the trends.

    Parameters
    ----------
    contrasts : DataFrame
        One row a dose of a trial, the reference among them: it has the ratio 1 and no interval.
    dose, trial : str
        Columns with the dose (0 or more) and the name of the trial.
    ratio, ci_low, ci_high : str
        Columns with the printed ratio against the reference and its limits at ``level``, adjusted or not, on the natural scale.
    cases, n : str
        Columns with cases and persons at each dose. Only the sum of the cases of a trial is used.
    measure : {"OR", "RR"}
        What is printed.
    quadratic : bool
        Whether the trend has a term in the squared dose.
    tau2, ci : str
        How slopes are pooled, as for `meta_analysis`. Quadratic trends are pooled with a common-effect model.
    level : float
        Confidence level of the printed intervals and of the results.

    Returns
    -------
    TwoStageDoseResponse
        A trial with fewer ratios than coefficients is in ``excluded``.

    Raises
    ------
    NeckevidenceError
        If a column is missing, a value is missing or impossible, a trial has not exactly one reference, or its cases do not fit
        its ratios; the trial is named.

    Notes
    -----
    y = X b with y the log ratios, X doses (and squared doses) less those of the reference, no intercept; W is the inverse of
    the covariance matrix of `reconstruct_covariance`, so b = (X'WX)^-1 X'Wy with variance (X'WX)^-1 (Greenland and
    Longnecker 1992, Am J Epidemiol 135:1301; Orsini, Bellocco and Greenland 2006, Stata J 6:40).

    Examples
    --------
    >>> alcohol = pd.DataFrame({"trial": "Rohan 1988", "dose": [0, 2, 6, 11], "ratio": [1, 0.80, 1.16, 1.57],
    ...     "ci_low": [np.nan, 0.51, 0.73, 0.99], "ci_high": [np.nan, 1.27, 1.85, 2.51],
    ...     "cases": [165, 74, 90, 122], "n": [337, 167, 186, 212]})
    >>> two_stage_dose_response(alcohol)
    <TwoStageDoseResponse log OR: slope 0.0454; k = 1>
    """
    if measure not in ("OR", "RR"):
        raise NeckevidenceError(f"measure must be OR or RR, found {measure!r}")
    check_options(tau2, ci, level)
    columns = {
        "trial": trial,
        "dose": dose,
        "ratio": ratio,
        "ci_low": ci_low,
        "ci_high": ci_high,
        "cases": cases,
        "n": n,
    }
    missing = [column for column in columns.values() if column not in contrasts.columns]
    if missing:
        raise NeckevidenceError(
            f"contrasts has no column {missing[0]!r}; it has {', '.join(map(str, contrasts.columns))}"
        )
    frame = pd.DataFrame({role: contrasts[column].to_numpy() for role, column in columns.items()})
    frame["trial"] = frame["trial"].map(str)
    terms = 2 if quadratic else 1
    parts = {str(name): _checked(str(name), part, level) for name, part in frame.groupby("trial", sort=False)}
    few = {
        name: f"{len(part) - 1} ratio for {terms} coefficients" for name, part in parts.items() if len(part) <= terms
    }
    trends = tuple(_trend(name, part, measure, terms, level) for name, part in parts.items() if name not in few)
    if not trends:
        raise NeckevidenceError(f"no trial has {terms} ratios or more against its reference ({', '.join(parts)})")
    return _pooled(trends, tuple(few.items()), measure, tau2, ci, level)


def _checked(name: str, part: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the rows of a trial, the reference first, the others by dose, with log ratio and variance."""
    part = part.sort_values("dose")
    for role in ("dose", "ratio", "cases", "n"):
        values = pd.to_numeric(part[role], errors="coerce")
        bad = ~np.isfinite(values) | ((values < 0) if role in ("dose", "cases") else (values <= 0))
        if bad.any():
            raise NeckevidenceError(
                f"{name}: {role} must be a finite number and not negative, found {part[role][bad].iloc[0]}"
            )
    reference = part["ci_low"].isna() & part["ci_high"].isna()
    if reference.sum() != 1 or part["ratio"][reference].iloc[0] != 1:
        raise NeckevidenceError(
            f"{name}: one row must be the reference, with ratio 1 and no interval; found {reference.sum()}"
        )
    others = part[~reference]
    sound = (others["ci_low"] > 0) & (others["ci_low"] < others["ratio"]) & (others["ratio"] < others["ci_high"])
    if not sound.all():
        row = others[~sound].iloc[0]
        raise NeckevidenceError(
            f"{name}, dose {row.dose:g}: the ratio must lie within its limits, above 0; found {row.ratio} "
            f"({row.ci_low} to {row.ci_high})"
        )
    if others["dose"].duplicated().any() or (others["dose"] == part["dose"][reference].iloc[0]).any():
        raise NeckevidenceError(f"{name}: a dose stands in two rows")
    return pd.concat([part[reference], others])


def _powers(dose: Array, terms: int) -> Array:
    return dose[:, None] ** np.arange(1, terms + 1)


def _trend(name: str, part: pd.DataFrame, measure: str, terms: int, level: float) -> TrialTrend:
    from scipy.special import chdtrc, ndtri

    numbers = part.drop(columns="trial").astype(float)
    y = np.log(numbers["ratio"].to_numpy()[1:])
    width = np.log(numbers["ci_high"].to_numpy()[1:]) - np.log(numbers["ci_low"].to_numpy()[1:])
    variances = (width / 2 / ndtri((1 + level) / 2)) ** 2
    try:
        found = reconstruct_covariance(y, variances, numbers["n"].to_numpy(), float(numbers["cases"].sum()), measure)
    except NeckevidenceError as error:
        raise NeckevidenceError(f"{name}: {error}") from None
    powers = _powers(numbers["dose"].to_numpy(), terms)
    x = powers[1:] - powers[0]
    root = np.linalg.cholesky(found.covariance)
    whitened, target = np.linalg.solve(root, x), np.linalg.solve(root, y)
    coefficients = np.linalg.lstsq(whitened, target, rcond=None)[0]
    covariance = np.linalg.inv(whitened.T @ whitened)
    q, df = float(((target - whitened @ coefficients) ** 2).sum()), len(y) - terms
    return TrialTrend(
        name,
        tuple(coefficients.tolist()),
        tuple(map(tuple, covariance.tolist())),
        tuple(found.cases.tolist()),
        q,
        df,
        float(chdtrc(df, q)) if df > 0 else None,
    )


def _pooled(
    trends: tuple[TrialTrend, ...],
    excluded: tuple[tuple[str, str], ...],
    measure: str,
    tau2: str,
    ci: str,
    level: float,
) -> TwoStageDoseResponse:
    from scipy.special import chdtrc, ndtri

    terms = len(trends[0].coefficients)
    notes = ["the trends are read from printed ratios: the covariances are reconstructed, not observed"]
    slopes = None
    if terms == 1:
        effects, variances = [t.coefficients[0] for t in trends], [t.covariance[0][0] for t in trends]
        slopes = meta_analysis(effects, variances, tau2, ci, level, [t.trial for t in trends])
        estimate, covariance = np.array([slopes.estimate]), np.array([[slopes.se**2]])
        critical, q = (slopes.ci_high - slopes.estimate) / slopes.se, slopes.q
        notes += slopes.notes
    else:
        estimate, covariance, q = _common_trend(trends)
        critical = float(ndtri((1 + level) / 2))
        notes.append(
            "quadratic trends are pooled as if all trials had the same one; their spread is not in the intervals"
        )
    se = np.sqrt(np.diag(covariance))
    df = terms * (len(trends) - 1)
    return TwoStageDoseResponse(
        measure=measure,
        names=("slope",) if terms == 1 else ("dose", "dose squared"),
        coefficients=tuple(estimate.tolist()),
        se=tuple(se.tolist()),
        ci_low=tuple((estimate - critical * se).tolist()),
        ci_high=tuple((estimate + critical * se).tolist()),
        covariance=tuple(map(tuple, covariance.tolist())),
        q=q,
        df=df,
        q_p_value=float(chdtrc(df, q)) if df > 0 else None,
        pooled=slopes,
        critical=critical,
        trends=trends,
        excluded=excluded,
        level=level,
        notes=tuple(notes),
    )


def _common_trend(trends: tuple[TrialTrend, ...]) -> tuple[Array, Array, float]:
    """Weight vectors of coefficients with the inverse of their covariance matrices."""
    weights = [np.linalg.inv(np.array(trend.covariance)) for trend in trends]
    vectors = [np.array(trend.coefficients) for trend in trends]
    covariance = np.linalg.inv(sum(weights))
    estimate = covariance @ sum(w @ b for w, b in zip(weights, vectors, strict=True))
    q = sum((b - estimate) @ w @ (b - estimate) for w, b in zip(weights, vectors, strict=True))
    return estimate, covariance, float(q)
