"""For which pairs of treatments, on which outcomes, some trial prints something for both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import pandas as pd

from neckevidence.data.arms import arms_named
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import DIFFERENCES, MEASURES, RATIOS

Pair = tuple[str, str]

_FROM_COUNTS = (*RATIOS, "RD")
_FROM_MEANS = tuple(measure for measure in DIFFERENCES if measure != "RD")
_KEY = ["trial_id", "arm_id", "outcome"]


@dataclass(frozen=True)
class PrintedPair:
    """Two arms of a trial for which it prints an outcome.

    Attributes
    ----------
    trial_id : str
        The trial.
    pair : (str, str)
        Treatment codes of the two arms.
    outcome : str
        Outcome code.
    measures : tuple of str
        Effect measures that could be made of it.
    """

    trial_id: str
    pair: Pair
    outcome: str
    measures: tuple[str, ...]


def printed_pairs(evidence: Evidence) -> Iterator[PrintedPair]:
    """Yield every outcome that a trial prints for two of its arms, and every contrast of them that it prints.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Yields
    ------
    PrintedPair
        Each pair in both directions. What is printed may still not belong together; only `compare` knows.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> pairs = printed_pairs(load_evidence())
    >>> any(one.pair == ("CYC5", "PBO") and one.outcome == "somnolence" for one in pairs)
    True
    """
    arms = evidence.arms
    single = arms[~arms["is_pooled_over_arms"].fillna(False) & arms["treatment"].notna()]
    outcomes = {
        measures: _outcomes_by_arm(pd.concat([evidence.table(name)[_KEY] for name in names]))
        for measures, names in ((_FROM_COUNTS, ("counts", "ratings")), (_FROM_MEANS, ("means",)))
    }
    reported = evidence.reported.dropna(subset=["treatment", "control", "estimate", "ci_low", "ci_high", "ci_level"])
    reported = reported[reported["measure"].isin(MEASURES)]
    for trial_id, own in single.groupby("trial_id", sort=False):
        published = reported[reported["trial_id"] == trial_id]
        for one, other in permutations(own.itertuples(), 2):
            pair = one.treatment, other.treatment
            for measures, by_arm in outcomes.items():
                sides = (by_arm.get((trial_id, arm.arm_id), {}) for arm in (one, other))
                for outcome in dict.fromkeys(_in_both(*sides)):
                    yield PrintedPair(str(trial_id), pair, outcome, measures)
            for row in published.itertuples():
                named = [arms_named(evidence, trial_id, side) for side in (row.treatment, row.control)]
                if any(one.arm_id in left and other.arm_id in right for left, right in (named, named[::-1])):
                    yield PrintedPair(str(trial_id), pair, row.outcome, (row.measure,))


def _in_both(one: dict[str, None], other: dict[str, None]) -> list[str]:
    """Return what stands in both, in the order of the first."""
    return [outcome for outcome in one if outcome in other]


def _outcomes_by_arm(rows: pd.DataFrame) -> dict[tuple[str, str], dict[str, None]]:
    """Return the outcomes of each arm, in the order of the tables."""
    return {key: dict.fromkeys(group["outcome"]) for key, group in rows.groupby(["trial_id", "arm_id"])}
