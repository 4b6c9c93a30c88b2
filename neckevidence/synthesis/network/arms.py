"""From what the arms of trials report to outcomes with their exact covariance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.network.columns import Array, Names, names, numbers, require, require_columns

Exclusions = tuple[tuple[str, str], ...]

ZERO_CELLS = (
    "0.5 was added to events and to non-events in all arms of those trials in which an arm had no event or only events; "
    "trials without an event, or with nothing but events, in all arms carry no information about a ratio and were left "
    "out of risk ratios and odds ratios."
)
NO_EVENT, ALL_EVENTS = "no event in any arm", "nothing but events in all arms"


class Arms(NamedTuple):
    """Arms of trials, those of one trial together.

    Attributes
    ----------
    trial, treatment : ndarray of str objects, shape (m,)
        Names.
    start : ndarray of int, shape (k,)
        First arm of each trial.
    y, v, u : ndarray, shape (m,)
        Outcomes, and their covariance diag(v) + uu' within a trial.
    n : ndarray, shape (m,)
        Patients; NaN where not given.
    excluded : tuple of (str, str)
        Trials left out, with the reason; their arms are not here.
    corrected : tuple of str
        Trials to whose cells 0.5 was added.
    """

    trial: Names
    treatment: Names
    start: NDArray[np.intp]
    y: Array
    v: Array
    u: Array
    n: Array
    excluded: Exclusions
    corrected: tuple[str, ...]


def read_arms(frame: pd.DataFrame, measure: str, trial: str, treatment: str) -> Arms:
    """Check a table of arms and compute the outcome of each arm.

    Parameters
    ----------
    frame : DataFrame
        One row an arm: trial, treatment; for OR, RR, RD ``events`` and ``n``; for MD ``mean`` and ``se``, or ``mean``,
        ``sd`` and ``n``; for SMD ``mean``, ``n`` and ``sd`` or ``se``.
    measure : {"OR", "RR", "RD", "MD", "SMD"}
        Effect measure.
    trial, treatment : str
        Names of those columns.

    Returns
    -------
    Arms
        Outcomes whose differences are the effects.

    Raises
    ------
    NeckevidenceError
        For a missing column, a number that is not finite or impossible, a trial with one arm, or two arms of one trial
        with the same treatment.

    Notes
    -----
    Log odds with variance 1/e + 1/(n - e), log risk with 1/e - 1/n, risk with p (1 - p) / n, mean with se^2 = sd^2 / n: arms
    are independent, so that two contrasts of a trial have the variance of the arm they share as covariance. SMD: means over
    the one pooled SD of the trial, times J = gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)) with m = N - arms (Hedges 1981, J Educ
    Stat 6:107); covariance of the contrasts d_j and d_k with arm 0 J^2 (1/n_0 + d_j d_k / 2N), and J^2 / n_j added on the
    diagonal (Gleser and Olkin 2009, in The Handbook of Research Synthesis and Meta-Analysis, 2nd edition, chapter 19), which
    for two arms is the variance that `effect_sizes` gives.
    """
    require_columns(frame, "arms", [trial, treatment])
    counts = measure in ("OR", "RR", "RD")
    spread = [name for name in ("se", "sd") if not counts and name in frame.columns]
    needed = ["events", "n"] if counts else ["mean", *(spread or ["se"])]
    if measure == "SMD" or spread == ["sd"]:
        needed.append("n")
    require_columns(frame, "arms", needed)
    frame, start, of_trial, of_arm = _sorted(frame, trial, treatment)
    places = [f"{t}, arm {a}" for t, a in zip(of_trial, of_arm, strict=True)]
    n = _patients(frame, "n" in needed, places)
    require(~(n < 1), "n", n, "be at least 1", places)
    excluded: Exclusions = ()
    corrected: tuple[str, ...] = ()
    keep, u = np.ones(len(start), dtype=bool), np.zeros(len(frame))
    if counts:
        e = numbers(frame, "events", places)
        require((e >= 0) & (e <= n), "events", e, "lie between 0 and n", places)
        y, v, keep, excluded, corrected = _from_counts(measure, e, n, start, of_trial)
    else:
        mean, se, sd = numbers(frame, "mean", places), *_spread(frame, spread, n, places)
        y, v = mean, se**2
        if measure == "SMD":
            require(n >= 2, "n", n, "be at least 2", places)
            y, v, u = _standardised(mean, sd, n, start)
    size = np.diff([*start, len(frame)])
    arm = np.repeat(keep, size)
    size = size[keep]
    return Arms(of_trial[arm], of_arm[arm], np.cumsum(size) - size, y[arm], v[arm], u[arm], n[arm], excluded, corrected)


def _patients(frame: pd.DataFrame, needed: bool, places: Sequence[str]) -> Array:
    if needed:
        return numbers(frame, "n", places)
    if "n" not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame["n"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _sorted(frame: pd.DataFrame, trial: str, treatment: str) -> tuple[pd.DataFrame, NDArray[np.intp], Names, Names]:
    """Bring the arms of a trial together, in the order of treatments, and check that there are several different."""
    of_trial, of_arm = names(frame, "arms", trial), names(frame, "arms", treatment)
    code, labels = pd.factorize(of_trial)
    which, _ = pd.factorize(of_arm, sort=True)
    order = np.lexsort((which, code))
    code, which = code[order], which[order]
    frame, of_trial, of_arm = frame.iloc[order], of_trial[order], of_arm[order]
    start = np.flatnonzero(np.diff(code, prepend=-1))
    twice = (np.diff(code) == 0) & (np.diff(which) == 0)
    if twice.any():
        row = int(twice.argmax())
        raise NeckevidenceError(
            f"{of_trial[row]}: two arms with treatment {of_arm[row]}; put arms of one treatment together in one row"
        )
    single = np.diff([*start, len(code)]) == 1
    if single.any():
        row = int(start[single.argmax()])
        raise NeckevidenceError(f"{labels[code[row]]}: one arm only ({of_arm[row]}); a trial needs two at least")
    return frame, start, of_trial, of_arm


def _from_counts(
    measure: str, e: Array, n: Array, start: NDArray[np.intp], of_trial: Names
) -> tuple[Array, Array, NDArray[np.bool_], Exclusions, tuple[str, ...]]:
    zero = np.logical_and.reduceat(e == 0, start)
    full = np.logical_and.reduceat(e == n, start)
    empty = np.logical_or.reduceat((e == 0) | (e == n), start)
    keep = ~(zero | full) if measure != "RD" else np.ones(len(start), dtype=bool)
    half = np.repeat(np.where(empty, 0.5, 0.0), np.diff([*start, len(e)]))
    e, n = e + half, n + 2 * half
    p = e / n
    y = {"OR": np.log(e) - np.log(n - e), "RR": np.log(p), "RD": p}[measure]
    v = {"OR": 1 / e + 1 / (n - e), "RR": 1 / e - 1 / n, "RD": p * (1 - p) / n}[measure]
    label = of_trial[start]
    excluded = tuple((str(label[i]), NO_EVENT if zero[i] else ALL_EVENTS) for i in np.flatnonzero(~keep))
    return y, v, keep, excluded, tuple(map(str, label[empty & keep]))


def _spread(frame: pd.DataFrame, given: Sequence[str], n: Array, places: Sequence[str]) -> tuple[Array, Array]:
    """Return standard errors and deviations; where both columns are there, the SE counts where it stands."""
    name = given[0]
    values = pd.DataFrame({column: frame[column] for column in given})
    if len(given) == 2:
        usable = pd.to_numeric(values["se"], errors="coerce").notna().to_numpy()
        own = values["se"].where(usable, pd.to_numeric(values["sd"], errors="coerce") / np.sqrt(n))
        values = pd.DataFrame({"se": own})
    spread = numbers(values, name, places)
    require(spread > 0, name, spread, "be above zero", places)
    root = np.sqrt(n)
    return (spread, spread * root) if name == "se" else (spread / root, spread)


def _standardised(mean: Array, sd: Array, n: Array, start: NDArray[np.intp]) -> tuple[Array, Array, Array]:
    from scipy.special import poch

    size = np.diff([*start, len(n)])
    total = np.add.reduceat(n, start)
    m = total - size
    pooled = np.sqrt(np.add.reduceat((n - 1) * sd**2, start) / m)
    j = np.repeat(poch((m - 1) / 2, 0.5) / np.sqrt(m / 2), size)  # a ratio of gamma functions
    centre = np.repeat(np.add.reduceat(mean, start) / size, size)  # differences count; digits are kept
    d = (mean - centre) / np.repeat(pooled, size)
    return j * d, j**2 / n, j * d / np.sqrt(2 * np.repeat(total, size))
