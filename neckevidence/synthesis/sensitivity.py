"""How a meta-analysis depends on its trials: leave-one-out, cumulative, influence, all subsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.kernels import BatchFit, fit_batch
from neckevidence.synthesis.pairwise import MetaAnalysis, meta_analysis

_SHOWN = ["k", "estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "q", "i2"]
_MOST_TRIALS = 24


def _fit_masks(whole: MetaAnalysis, mask: NDArray[np.bool_]) -> BatchFit:
    """Fit the same model to several selections of its trials, in one batch."""
    y = np.broadcast_to(np.array(whole.effects), mask.shape)
    v = np.broadcast_to(np.array(whole.variances), mask.shape)
    used = mask & np.isfinite(y)
    return fit_batch(y, v, used, whole.tau2_method, whole.ci_method, whole.level)


def _frame(fit: BatchFit, names: Sequence[str], head: str) -> pd.DataFrame:
    columns = {name: getattr(fit, name) for name in _SHOWN}
    return pd.DataFrame({head: list(names), **columns, "k": fit.k.astype(int)})


def _used(whole: MetaAnalysis) -> NDArray[np.intp]:
    return np.flatnonzero(np.isfinite(whole.effects))


def leave_one_out(fit: MetaAnalysis) -> pd.DataFrame:
    """Repeat a meta-analysis without each of its trials in turn.

    Parameters
    ----------
    fit : MetaAnalysis
        Of at least two trials.

    Returns
    -------
    DataFrame
        left_out, k, estimate, se, ci_low, ci_high, p_value, tau2, q, i2; a row a trial.

    Raises
    ------
    NeckevidenceError
        If there is only one trial.

    Examples
    --------
    >>> whole = meta_analysis([0.1, 0.3, 0.5], [0.01, 0.03, 0.02], tau2="common")
    >>> leave_one_out(whole)["estimate"].round(3).tolist()
    [0.42, 0.233, 0.15]
    """
    used = _used(fit)
    if len(used) < 2:
        raise NeckevidenceError("leaving one trial out needs at least two trials")
    mask = np.ones((len(used), len(fit.effects)), dtype=bool)
    mask[np.arange(len(used)), used] = False
    return _frame(_fit_masks(fit, mask), [fit.labels[i] for i in used], "left_out")


def cumulative(fit: MetaAnalysis, order: ArrayLike | None = None) -> pd.DataFrame:
    """Repeat a meta-analysis each time a trial is added.

    Parameters
    ----------
    fit : MetaAnalysis
        The whole analysis.
    order : array_like, shape (number of labels,), optional
        Values to sort the trials by, for example years; by default as they stand.

    Returns
    -------
    DataFrame
        added, k, estimate, se, ci_low, ci_high, p_value, tau2, q, i2; the last row is the whole analysis.

    Raises
    ------
    NeckevidenceError
        If `order` has another length.
    """
    used = _used(fit)
    if order is not None:
        values = np.asarray(order)
        if len(values) != len(fit.labels):
            raise NeckevidenceError(f"order has {len(values)} values for {len(fit.labels)} trials")
        used = used[np.argsort(values[used], kind="stable")]
    mask = np.zeros((len(used), len(fit.effects)), dtype=bool)
    for number, trial in enumerate(used):
        mask[number:, trial] = True
    return _frame(_fit_masks(fit, mask), [fit.labels[i] for i in used], "added")


def influence(fit: MetaAnalysis) -> pd.DataFrame:
    """Measure how much each trial moves the result.

    Parameters
    ----------
    fit : MetaAnalysis
        Of at least three trials.

    Returns
    -------
    DataFrame
        trial, hat (its weight), residual, rstudent (residual from the analysis without it, divided by its standard
        error), dffits, cook, covratio, tau2_without, q_without.

    Raises
    ------
    NeckevidenceError
        If there are fewer than three trials.

    Notes
    -----
    Viechtbauer and Cheung 2010, Res Synth Methods 1:112, with the Wald standard errors of the models, and (-i) for the
    analysis without trial i: rstudent = (y_i - mu(-i)) / sqrt(v_i + tau2(-i) + se(-i)^2);
    dffits = (mu - mu(-i)) / sqrt(h_i (tau2(-i) + v_i)); cook = (mu - mu(-i))^2 / se^2; covratio = se(-i)^2 / se^2.
    """
    used = _used(fit)
    if len(used) < 3:
        raise NeckevidenceError("measures of influence need at least three trials")
    mask = np.ones((len(used), len(fit.effects)), dtype=bool)
    mask[np.arange(len(used)), used] = False
    without = _fit_masks(fit, mask)
    y, v = np.array(fit.effects)[used], np.array(fit.variances)[used]
    weights = np.array(fit.weights)[used]
    moved = fit.estimate - without.estimate
    return pd.DataFrame(
        {
            "trial": [fit.labels[i] for i in used],
            "hat": weights,
            "residual": y - fit.estimate,
            "rstudent": (y - without.estimate) / np.sqrt(v + without.tau2 + without.wald_se**2),
            "dffits": moved / np.sqrt(weights * (without.tau2 + v)),
            "cook": moved**2 / fit.wald_se**2,
            "covratio": without.wald_se**2 / fit.wald_se**2,
            "tau2_without": without.tau2,
            "q_without": without.q,
        }
    )


@dataclass(frozen=True)
class AllSubsets:
    """The results of all subsets of the trials (GOSH: graphical display of study heterogeneity).

    Attributes
    ----------
    estimate, tau2, i2 : ndarray, shape (2^k - 1,)
        Subset number s (from 1) holds trial j if bit j of s is set.
    labels : tuple of str
        The trials, by bit.
    tau2_method : str
        ``common`` or ``DL``.
    """

    estimate: NDArray[np.float64]
    tau2: NDArray[np.float64]
    i2: NDArray[np.float64]
    labels: tuple[str, ...]
    tau2_method: str

    def holds(self, label: str) -> NDArray[np.bool_]:
        """Say which subsets hold a trial.

        Parameters
        ----------
        label : str
            Its name.

        Returns
        -------
        ndarray of bool
            In the order of the subsets.
        """
        bit = self.labels.index(label)
        return (np.arange(1, len(self.estimate) + 1) >> bit & 1).astype(bool)


def all_subsets(
    effects: ArrayLike, variances: ArrayLike, tau2: str = "DL", labels: Sequence[str] | None = None
) -> AllSubsets:
    """Fit every subset of the trials.

    Parameters
    ----------
    effects, variances : array_like, shape (k,)
        At most 24 trials.
    tau2 : {"common", "DL"}
        Model; these two need only sums over the subset, which are built up by doubling.
    labels : sequence of str, optional
        Names of the trials.

    Returns
    -------
    AllSubsets
        The subsets of one trial included, with tau2 and I2 of 0.

    Raises
    ------
    NeckevidenceError
        If there are more than 24 trials, or the model is another.

    Notes
    -----
    Olkin, Dahabreh and Trikalinos 2012, Res Synth Methods 3:214. Effects are centred at the common effect before the sums
    of squares are taken, so that nothing is lost to cancellation.

    Examples
    --------
    >>> subsets = all_subsets([0.1, 0.3, 0.5], [0.01, 0.03, 0.02], tau2="common")
    >>> subsets.estimate.round(3).tolist()
    [0.1, 0.3, 0.15, 0.5, 0.233, 0.42, 0.245]
    """
    if tau2 not in ("common", "DL"):
        raise NeckevidenceError(f"all subsets can be fitted with common or DL, not {tau2!r}")
    whole = meta_analysis(effects, variances, tau2="common", labels=labels)
    used = _used(whole)
    if len(used) > _MOST_TRIALS:
        raise NeckevidenceError(f"all subsets of {len(used)} trials are too many; at most {_MOST_TRIALS} trials")
    y, v = np.array(whole.effects)[used] - whole.estimate, np.array(whole.variances)[used]
    w = 1 / v
    total, first, square = (_subset_sums(part) for part in (w, w * y, w * y * y))
    mean = first / total
    size = 2 ** len(used) - 1
    count = _subset_sums(np.ones(len(used)))
    q = np.maximum(square - first * mean, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        i2 = np.where((count > 1) & (q > count - 1), 1 - (count - 1) / q, 0.0)
        if tau2 == "common":
            between = np.zeros(size)
        else:
            excess = (q - (count - 1)) / (total - _subset_sums(w * w) / total)
            between = np.where(count > 1, np.maximum(excess, 0.0), 0.0)
            mean = _random_effects_means(y, v, between)
    labels_used = tuple(whole.labels[i] for i in used)
    return AllSubsets(mean + whole.estimate, between, i2, labels_used, tau2)


def _subset_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the values over every non-empty subset, by doubling."""
    sums = np.zeros(2 ** len(values))
    for bit, value in enumerate(values):
        sums[2**bit : 2 ** (bit + 1)] = sums[: 2**bit] + value
    return sums[1:]


def _random_effects_means(
    y: NDArray[np.float64], v: NDArray[np.float64], between: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weight anew with each subset's own tau2; worked in pieces that stay in the cache."""
    means = np.empty_like(between)
    piece = 2**15
    for start in range(0, len(between), piece):
        tau2 = between[start : start + piece]
        number = np.arange(start + 1, start + 1 + len(tau2))
        total, first = np.zeros_like(tau2), np.zeros_like(tau2)
        for bit, (effect, variance) in enumerate(zip(y, v, strict=True)):
            w = (number >> bit & 1) / (variance + tau2)
            total += w
            first += effect * w
        means[start : start + piece] = first / total
    return means
