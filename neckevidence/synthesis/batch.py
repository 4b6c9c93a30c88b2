"""Thousands of meta-analyses at once, from arrays or from a long table, by the kernels that one analysis uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.kernels import fit_batch, q_profile
from neckevidence.synthesis.pairwise import check_options

_COLUMNS = ["k", "estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "q", "i2", "i2_tau2", "h2"]
_COLUMNS += ["prediction_low", "prediction_high"]


def meta_analysis_many(
    effects: ArrayLike | pd.DataFrame,
    variances: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    *,
    by: Sequence[str] | str | None = None,
    effect: str = "effect",
    variance: str = "variance",
    tau2: str = "REML",
    ci: str = "hartung-knapp-adhoc",
    level: float = 0.95,
    tau2_interval: bool = False,
) -> pd.DataFrame:
    """Fit many meta-analyses without a loop over them.

    Parameters
    ----------
    effects : array_like, shape (B, k), or DataFrame
        Effects (logarithms for ratios), an analysis a row; or a long table with a row a trial.
    variances : array_like, shape (B, k), optional
        Variances, with arrays.
    mask : array_like of bool, shape (B, k), optional
        Which places hold a trial; by default those in which neither effect nor variance is NaN.
    by : str or sequence of str, optional
        Columns that tell the analyses apart, with a long table.
    effect, variance : str
        Columns of a long table.
    tau2, ci, level
        As for `meta_analysis`.
    tau2_interval : bool
        Whether to compute the Q-profile intervals too.

    Returns
    -------
    DataFrame
        One row an analysis: k, estimate, se, ci_low, ci_high, p_value, tau2, q, i2, i2_tau2, h2, prediction_low,
        prediction_high (NaN below three trials and for a common effect), and tau2_low, tau2_high if asked for. With a long
        table the index holds the values of `by`, in order of first appearance. An analysis without any trial has k = 0
        and NaN.

    Raises
    ------
    NeckevidenceError
        If shapes differ, a column is missing, a value is not finite or a variance not above zero; the message names the row and
        place.

    Examples
    --------
    >>> many = meta_analysis_many([[0.1, 0.3, 0.5], [0.2, 0.2, float("nan")]], [[0.01, 0.03, 0.02], [0.1, 0.1, float("nan")]])
    >>> many[["k", "estimate"]].round(4).to_dict("list")
    {'k': [3, 2], 'estimate': [0.2835, 0.2]}
    """
    check_options(tau2, ci, level)
    if isinstance(effects, pd.DataFrame):
        y, v, filled, index = _from_table(effects, by, effect, variance)
    else:
        y, v, filled, index = _from_arrays(effects, variances, mask)
    _check(y, v, filled, index)
    some = filled.any(axis=1)
    result = pd.DataFrame(np.nan, index=index, columns=_COLUMNS)
    if some.any():
        fit = fit_batch(y[some], v[some], filled[some], tau2, ci, level)
        result.loc[some] = np.column_stack([getattr(fit, name) for name in _COLUMNS])
    result["k"] = result["k"].fillna(0).astype(int)
    if tau2 == "common":
        result[["prediction_low", "prediction_high"]] = np.nan
    if tau2_interval:
        result["tau2_low"] = result["tau2_high"] = np.nan
        result.loc[some, ["tau2_low", "tau2_high"]] = np.column_stack(q_profile(y[some], v[some], filled[some], level))
    return result


Filled = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], pd.Index]


def _from_arrays(effects: ArrayLike, variances: ArrayLike | None, mask: ArrayLike | None) -> Filled:
    if variances is None:
        raise NeckevidenceError("variances are needed beside an array of effects")
    y, v = np.asarray(effects, dtype=float), np.asarray(variances, dtype=float)
    if y.ndim != 2 or y.shape != v.shape:
        raise NeckevidenceError(f"effects and variances must have the same shape (B, k); found {y.shape} and {v.shape}")
    filled = ~(np.isnan(y) & np.isnan(v)) if mask is None else np.asarray(mask, dtype=bool)
    if filled.shape != y.shape:
        raise NeckevidenceError(f"mask must have the shape {y.shape} of the effects; found {filled.shape}")
    return y, v, filled, pd.RangeIndex(len(y), name="analysis")


def _from_table(table: pd.DataFrame, by: Sequence[str] | str | None, effect: str, variance: str) -> Filled:
    """Lay the rows of a long table out as one row an analysis, without a loop."""
    keys = [by] if isinstance(by, str) else list(by or [])
    if not keys:
        raise NeckevidenceError("by must name the columns that tell the analyses apart")
    missing = [name for name in [*keys, effect, variance] if name not in table]
    if missing:
        raise NeckevidenceError(f"no column {', '.join(missing)}; the table has {', '.join(map(str, table.columns))}")
    groups = table.groupby(keys, sort=False, dropna=False)
    row, place = groups.ngroup().to_numpy(), groups.cumcount().to_numpy()
    first = np.unique(row, return_index=True)[1]
    heads = table[keys].iloc[first]
    index = pd.MultiIndex.from_frame(heads) if len(keys) > 1 else pd.Index(heads[keys[0]], name=keys[0])
    shape = (len(first), int(place.max()) + 1 if len(place) else 0)
    y, v = np.full(shape, np.nan), np.full(shape, np.nan)
    y[row, place] = table[effect].to_numpy(dtype=float)
    v[row, place] = table[variance].to_numpy(dtype=float)
    return y, v, ~(np.isnan(y) & np.isnan(v)), index


def _check(y: Any, v: Any, filled: Any, index: pd.Index) -> None:
    with np.errstate(invalid="ignore"):
        bad = filled & ~(np.isfinite(y) & np.isfinite(v) & (v > 0))
    if bad.any():
        row, place = (int(number[0]) for number in np.nonzero(bad))
        where = f"analysis {index[row]}, trial {place + 1}"
        if not np.isfinite(y[row, place]):
            raise NeckevidenceError(f"{where}: the effect must be a finite number, found {y[row, place]}")
        raise NeckevidenceError(f"{where}: the variance must be finite and above zero, found {v[row, place]}")
