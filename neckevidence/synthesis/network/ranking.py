"""Which treatment ranks where, and how far that is known: P-scores and rank probabilities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.views import view
from neckevidence.synthesis.network.result import NetworkMetaAnalysis

Array = NDArray[np.float64]

RANKS_ARE_NOT_EFFECTS = (
    "a rank says nothing of how large a difference is, or of how certain the evidence is; read it beside the effects"
)


def p_scores(network: NetworkMetaAnalysis) -> pd.Series:
    """Return the P-score of each treatment.

    Parameters
    ----------
    network : NetworkMetaAnalysis
        The fit; its `small_values` says what is better.

    Returns
    -------
    Series
        By treatment, between 0 and 1, the best first: the mean over the other treatments of Phi(advantage / its standard
        error), the certainty of being better (Ruecker and Schwarzer 2015, BMC Med Res Methodol 15:58).

    Examples
    --------
    >>> from neckevidence.synthesis.network.analysis import network_meta_analysis
    >>> trials = pd.DataFrame([("one", "B", "A", 1.0, 0.5)], columns=["trial", "treatment", "control", "effect", "se"])
    >>> p_scores(network_meta_analysis(contrasts=trials, measure="MD", tau2="common", small_values="bad")).round(4).to_dict()
    {'B': 0.9772, 'A': 0.0228}
    """
    from scipy.special import ndtr

    effects, errors = network.estimates.to_numpy(), network.se.to_numpy()
    other = ~np.eye(len(effects), dtype=bool)
    better = ndtr(_sign(network) * effects / np.where(other & (errors > 0), errors, np.inf))
    scores = np.where(other, better, 0.0).sum(axis=1) / (len(effects) - 1)
    return pd.Series(scores, index=list(network.treatments), name="p_score").sort_values(ascending=False, kind="stable")


def _sign(network: NetworkMetaAnalysis) -> float:
    return -1.0 if network.small_values == "good" else 1.0


@dataclass(frozen=True, eq=False)
class Ranking:
    """P-scores and rank probabilities, treatments in the order of their P-scores.

    Attributes
    ----------
    treatments : tuple of str
        The best P-score first.
    p_scores : tuple of float
        As `p_scores` gives them.
    probabilities : ndarray, shape (treatments, treatments)
        Probability of treatment i having rank j + 1, rank 1 being the best, from draws.
    mean_ranks, rank_low, rank_high : tuple of float, int, int
        Mean rank, and the limits of the central interval of ranks.
    draws, seed : int
        How many draws, and from which seed.
    small_values, level : str, float
        As in the network; the level is that of the interval of ranks.
    """

    treatments: tuple[str, ...]
    p_scores: tuple[float, ...]
    probabilities: Array = field(repr=False)
    mean_ranks: tuple[float, ...]
    rank_low: tuple[int, ...]
    rank_high: tuple[int, ...]
    draws: int
    seed: int
    small_values: str
    level: float

    def __repr__(self) -> str:
        first = ", ".join(f"{t} {p:.3f}" for t, p in zip(self.treatments[:3], self.p_scores, strict=False))
        more = ", ..." if len(self.treatments) > 3 else ""
        return f"<Ranking of {len(self.treatments)} treatments by P-score: {first}{more}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    @property
    def monte_carlo_errors(self) -> Array:
        """Standard errors sqrt(p (1 - p) / draws) of the probabilities."""
        return np.sqrt(self.probabilities * (1 - self.probabilities) / self.draws)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a treatment.

        Returns
        -------
        DataFrame
            treatment, p_score, mean_rank, rank_low, rank_high, first (probability of rank 1), first_mc_error.
        """
        return pd.DataFrame(
            {
                "treatment": self.treatments,
                "p_score": self.p_scores,
                "mean_rank": self.mean_ranks,
                "rank_low": self.rank_low,
                "rank_high": self.rank_high,
                "first": self.probabilities[:, 0],
                "first_mc_error": self.monte_carlo_errors[:, 0],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        names = [name for name in self.__dataclass_fields__ if name != "probabilities"]
        return {**{name: getattr(self, name) for name in names}, "probabilities": self.probabilities.tolist()}

    def summary(self) -> str:
        """Return a line a treatment."""
        lines = [
            f"{row.treatment}: P-score {row.p_score:.3f}, ranks {row.rank_low} to {row.rank_high} "
            f"({100 * self.level:g}% interval), first {100 * row.first:.1f}% (-+ {100 * row.first_mc_error:.1f})"
            for row in self.to_frame().itertuples()
        ]
        return "\n".join([f"small values are {self.small_values}", *lines, RANKS_ARE_NOT_EFFECTS])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        return (
            f"Treatments were ranked by P-scores (small values being {self.small_values}), with rank probabilities and "
            f"{100 * self.level:g}% intervals of ranks from {self.draws} draws of the multivariate normal distribution of "
            f"the estimates (seed {self.seed})."
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the rank of each treatment with its interval and the probabilities of all ranks.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib Axes
            See `neckevidence.figures.ranking.ranking_plot`.
        """
        return view("picture", self, ax=ax)


def rank_treatments(network: NetworkMetaAnalysis, draws: int = 10_000, seed: int = 1) -> Ranking:
    """Rank the treatments of a network, with what is not known of the ranks.

    Parameters
    ----------
    network : NetworkMetaAnalysis
        The fit; its `small_values` says what is better.
    draws : int
        Draws for rank probabilities, at least 100.
    seed : int
        Seed of the draws; the same seed gives the same result.

    Returns
    -------
    Ranking
        P-scores, which need no draws, and rank probabilities with their Monte Carlo error.

    Raises
    ------
    NeckevidenceError
        For fewer than 100 draws.

    Notes
    -----
    Effects are drawn from the normal distribution with the network's estimates and covariance, and ranked. The P-score is the
    expected share of other treatments that are worse: (T - expected rank) / (T - 1) for T treatments (Ruecker and Schwarzer
    2015, BMC Med Res Methodol 15:58).
    """
    if draws < 100:
        raise NeckevidenceError(f"draws must be at least 100, found {draws}")
    scores = p_scores(network)
    order = [network.treatments.index(name) for name in scores.index]
    mean, covariance = network.effects[order], network.variance_scale * network.wald_covariance[np.ix_(order, order)]
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng, count = np.random.default_rng(seed), len(order)
    drawn = -_sign(network) * (mean + rng.standard_normal((draws, count)) @ root.T)
    ranks = drawn.argsort(axis=1).argsort(axis=1) + 1
    probabilities = np.stack([(ranks == r).mean(axis=0) for r in range(1, count + 1)], axis=1)
    tail = (1 - network.level) / 2
    below = np.cumsum(probabilities, axis=1)
    return Ranking(
        treatments=tuple(scores.index),
        p_scores=tuple(scores.tolist()),
        probabilities=probabilities,
        mean_ranks=tuple(ranks.mean(axis=0).tolist()),
        rank_low=tuple((1 + (below < tail).sum(axis=1)).tolist()),
        rank_high=tuple((1 + (below < 1 - tail - 1e-12).sum(axis=1)).tolist()),
        draws=draws,
        seed=seed,
        small_values=network.small_values,
        level=network.level,
    )
