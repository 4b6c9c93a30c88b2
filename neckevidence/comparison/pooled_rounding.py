"""What the rounding of the printed figures leaves open in a pooled effect."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from neckevidence.comparison.trial_effect import Band, TrialEffect
from neckevidence.effects import effect_sizes
from neckevidence.effects.measures import RATIOS, natural
from neckevidence.synthesis.kernels import fit_batch

# So many analyses take a third of a second; beyond, the extremes of each trial stand for its whole set.
_MANY = 100_000
Allowed = Sequence[tuple[float, float]]


def pooled_band(
    measure: str, allowed: Sequence[Allowed], tau2: str, ci: str, level: float
) -> tuple[dict[str, tuple[float, float]] | None, str]:
    """Pool every combination of trial effects that the printed figures allow.

    Parameters
    ----------
    measure : str
        Effect measure; ratios come back on their natural scale.
    allowed : sequence of sequences of (float, float), one for each trial
        Every effect and variance (analysis scale) that the trial's counts allow, or the ends of what its means allow; one
        pair if they are exact.
    tau2, ci : str
        As in `meta_analysis`.
    level : float
        Confidence level.

    Returns
    -------
    band : dict of str to (float, float), or None
        Range of ``estimate``, ``ci_low``, ``ci_high``; None if all figures are exact, or if a count that they allow gives
        no variance.
    rule : str
        How the band was found, or why there is none; empty if all figures are exact.

    Notes
    -----
    All combinations, fitted as one batch. With more than 100,000 of them each trial's set is cut to its smallest and largest
    effect, each with its own variance; the weights then move with the effects, so that this is no longer proven to hold every
    combination, and the rule says so.

    Examples
    --------
    >>> exact = [(-0.4, 0.04)]
    >>> band, rule = pooled_band("MD", [exact, [(-0.2, 0.04), (-0.1, 0.04)]], "common", "wald", 0.95)
    >>> tuple(round(value, 2) for value in band["estimate"])
    (-0.3, -0.25)
    """
    if all(len(pairs) <= 1 for pairs in allowed):
        return None, ""
    if not all(math.isfinite(value) for pairs in allowed for pair in pairs for value in pair):
        return None, "no rounding band: a count that the printed figures allow gives no variance"
    rule = "the rounding band holds every combination of counts that print so"
    if math.prod(len(pairs) for pairs in allowed) > _MANY:
        allowed = [(min(pairs), max(pairs)) for pairs in allowed]
        rule = "the band is that of each trial's extremes: there are too many combinations to go through"
    combinations = np.array(list(itertools.product(*allowed)))
    y, v = combinations[..., 0], combinations[..., 1]
    fits = fit_batch(y, v, np.ones_like(y, dtype=bool), tau2, ci, level)
    return {
        name: (natural(measure, float(values.min())), natural(measure, float(values.max())))
        for name, values in (("estimate", fits.estimate), ("ci_low", fits.ci_low), ("ci_high", fits.ci_high))
    }, rule


def allowed_effects(trial: TrialEffect) -> list[tuple[float, float]]:
    """Return effects and variances that a trial's printed figures allow.

    Parameters
    ----------
    trial : TrialEffect
        The trial.

    Returns
    -------
    list of (float, float)
        Of counts all pairs; of printed means and contrasts the ends of their rounding; one pair if they are exact.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> len(allowed_effects(compare(load_evidence(), "CYC5", "CYC10", outcome="somnolence").trials[0]))  # 4 times 2 counts
    8
    """
    if not trial.tables and trial.rounding:
        return _ends(trial, trial.rounding)
    if len(trial.tables) < 2:
        return [(trial.effect, trial.variance)]
    a, n1, c, n2 = zip(*trial.tables, strict=True)
    effects, variances = effect_sizes(trial.measure, events_treatment=a, n_treatment=n1, events_control=c, n_control=n2)
    return list(zip(effects.tolist(), variances.tolist(), strict=True))


def _ends(trial: TrialEffect, rounding: dict[str, Band]) -> list[tuple[float, float]]:
    """Return ends and middle of effect and variance; the variance goes with the square of the interval's width."""
    scale = math.log if trial.measure in RATIOS else float
    low, high = ([scale(end) for end in rounding[name]] for name in ("ci_low", "ci_high"))
    width = scale(trial.ci_high) - scale(trial.ci_low)
    shares = [max(high[0] - low[1], 0.0) / width, 1.0, (high[1] - low[0]) / width]
    effects = [scale(rounding["estimate"][0]), trial.effect, scale(rounding["estimate"][1])]
    return [(effect, trial.variance * share**2) for effect in effects for share in shares if share > 0]
