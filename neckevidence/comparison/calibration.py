"""Which interval can be trusted with as few trials as we have: simulated trials of the sizes that were extracted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.data.evidence import Evidence
from neckevidence.effects import effect_sizes
from neckevidence.synthesis.batch import meta_analysis_many
from neckevidence.synthesis.sparse import mantel_haenszel_batch

Array = NDArray[np.float64]

FREQUENTIST = {
    "Common effect": ("common", "wald"),
    "DL, Wald": ("DL", "wald"),
    "REML, Wald": ("REML", "wald"),
    "REML, Hartung-Knapp": ("REML", "hartung-knapp"),
    "REML, Hartung-Knapp with guard": ("REML", "hartung-knapp-adhoc"),
    "PM, Hartung-Knapp with guard": ("PM", "hartung-knapp-adhoc"),
}
MANTEL_HAENSZEL = "Mantel-Haenszel"
BAYES = "Bayes, half-normal"


@dataclass(frozen=True)
class Outcome:
    """An outcome to simulate.

    Attributes
    ----------
    name : str
        For tables and figures.
    risk : float
        Risk under the control, between 0 and 1; it varies between trials with an SD of 0.3 on the logit scale.
    odds_ratio : float
        Mean effect.
    """

    name: str
    risk: float
    odds_ratio: float


def extracted_sizes(evidence: Evidence, treatments: Sequence[str]) -> NDArray[np.int64]:
    """Return the sizes of the arms of the trials that hold any of the treatments.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatments : sequence of str
        Treatment codes, groups allowed.

    Returns
    -------
    ndarray of int, shape (trials, 2)
        Patients in the first two arms with a printed number, analysed or else randomised; pools are left out.
    """
    from neckevidence.data.arms import treatment_group

    codes = {code for treatment in treatments for code in treatment_group(evidence, treatment)}
    arms = evidence.arms
    arms = arms.assign(n=arms["n_analysed"].fillna(arms["n_randomised"])).dropna(subset=["n"])
    pools = evidence.trials.query("is_pool")["trial_id"]
    held = arms.loc[arms["treatment"].isin(codes), "trial_id"]
    arms = arms[arms["trial_id"].isin(held) & ~arms["trial_id"].isin(pools)]
    pairs = [group["n"].to_list()[:2] for _, group in arms.groupby("trial_id") if len(group) > 1]
    return np.array(pairs, dtype=int)


def simulate(
    outcome: Outcome, k: int, tau: float, sizes: NDArray[np.int64], repetitions: int, rng: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Simulate meta-analyses of k trials.

    Parameters
    ----------
    outcome : Outcome
        Risk and effect.
    k : int
        Trials in each.
    tau : float
        SD of the log odds ratios between trials.
    sizes : ndarray of int, shape (trials, 2)
        Sizes of arms to draw from.
    repetitions : int
        How many meta-analyses.
    rng : Generator
        Source of chance.

    Returns
    -------
    events_treatment, n_treatment, events_control, n_control : ndarray, shape (repetitions, k)
        Binomial counts.
    """
    n = sizes[rng.integers(len(sizes), size=(repetitions, k))]
    base = np.log(outcome.risk / (1 - outcome.risk)) + rng.normal(0, 0.3, (repetitions, k))
    effect = np.log(outcome.odds_ratio) + rng.normal(0, tau, (repetitions, k))
    logits = np.stack([base + effect, base], axis=-1)
    events = rng.binomial(n, 1 / (1 + np.exp(-logits)))
    return tuple(part.astype(float) for part in (events[..., 0], n[..., 0], events[..., 1], n[..., 1]))  # type: ignore[return-value]


def calibrate(
    outcomes: Sequence[Outcome],
    trials: Sequence[int],
    taus: Sequence[float],
    sizes: NDArray[np.int64],
    repetitions: int = 4000,
    bayes_repetitions: int = 300,
    seed: int = 20261122,
) -> pd.DataFrame:
    """Measure coverage and width of the intervals of the log odds ratio.

    Parameters
    ----------
    outcomes : sequence of Outcome
        What is simulated.
    trials : sequence of int
        Numbers of trials.
    taus : sequence of float
        Heterogeneity, SD of the log odds ratio.
    sizes : ndarray of int, shape (trials, 2)
        Sizes of arms.
    repetitions : int
        Meta-analyses for each setting.
    bayes_repetitions : int
        The first so many of them are analysed by the Bayesian model too, which is not batched.
    seed : int
        Same seed, same table.

    Returns
    -------
    DataFrame
        outcome, k, tau, method, coverage, coverage_error (Monte Carlo standard error), width (median, on the log odds ratio),
        usable (share of the meta-analyses in which the method gives an interval).

    Notes
    -----
    Zero cells get a half where needed (a trial without any event is left out) for the inverse-variance methods and for the
    Bayesian one; Mantel-Haenszel gets none.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for outcome in outcomes:
        for k in trials:
            for tau in taus:
                counts = simulate(outcome, k, tau, sizes, repetitions, rng)
                limits = _limits(counts, bayes_repetitions)
                truth = np.log(outcome.odds_ratio)
                setting = {"outcome": outcome.name, "k": k, "tau": tau}
                rows += [{**setting, "method": name, **_measured(*pair, truth)} for name, pair in limits.items()]
    return pd.DataFrame(rows)


def _limits(counts: tuple[Array, Array, Array, Array], bayes_repetitions: int) -> dict[str, tuple[Array, Array]]:
    """Return the limits of every method for every simulated meta-analysis."""
    names = ("events_treatment", "n_treatment", "events_control", "n_control")
    data = dict(zip(names, counts, strict=True))
    y, v = effect_sizes("OR", zero_cells="add_half_where_needed", **data)
    limits = {}
    for name, (tau2, ci) in FREQUENTIST.items():
        many = meta_analysis_many(y, v, tau2=tau2, ci=ci)
        limits[name] = many["ci_low"].to_numpy(), many["ci_high"].to_numpy()
    effect, error = mantel_haenszel_batch(*counts, measure="OR")
    limits[MANTEL_HAENSZEL] = effect - 1.959964 * error, effect + 1.959964 * error
    limits[BAYES] = _bayes_limits(y[:bayes_repetitions], v[:bayes_repetitions])
    return limits


def _bayes_limits(y: Array, v: Array) -> tuple[Array, Array]:
    from neckevidence.synthesis.bayes import bayes_meta_analysis

    limits = np.full((len(y), 2), np.nan)
    for row, (effects, variances) in enumerate(zip(y, v, strict=True)):
        here = np.isfinite(effects)
        if here.any():
            fit = bayes_meta_analysis(effects[here], variances[here])
            limits[row] = fit.ci_low, fit.ci_high
    return limits[:, 0], limits[:, 1]


def _measured(low: Array, high: Array, truth: float) -> dict[str, float]:
    usable = np.isfinite(low) & np.isfinite(high)
    number = int(usable.sum())
    held = ((low <= truth) & (truth <= high))[usable]
    coverage = float(held.mean()) if number else np.nan
    return {
        "coverage": coverage,
        "coverage_error": float(np.sqrt(coverage * (1 - coverage) / number)) if number else np.nan,
        "width": float(np.median((high - low)[usable])) if number else np.nan,
        "usable": number / len(low),
    }
