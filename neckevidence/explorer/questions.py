"""What can be asked of an evidence folder: the pairs of treatments and outcomes for which trials print figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from neckevidence.comparison.compare import compare
from neckevidence.comparison.printed_pairs import Pair, printed_pairs
from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NoComparisonError
from neckevidence.data.arms import short_name
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import MEASURES


@dataclass
class Questions:
    """Comparisons by what was asked, each computed when it is first asked for and kept.

    Attributes
    ----------
    evidence : Evidence
        The evidence.
    candidates : dict of (str, str) to dict of str to tuple of str
        For treatment and control the outcomes, each with measures, of which some trial prints something for both sides. What
        is printed may still not belong together; only `compare` knows.
    """

    evidence: Evidence
    candidates: dict[Pair, dict[str, tuple[str, ...]]] = field(init=False, repr=False)
    _kept: dict[tuple, Comparison | str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.candidates = _candidates(self.evidence)

    def ask(
        self,
        pair: Pair,
        outcome: str,
        measure: str,
        model: str = "random",
        without: Sequence[str] = (),
    ) -> Comparison | str:
        """Return the comparison, or the reason why there is none.

        Parameters
        ----------
        pair : (str, str)
            Treatment and control.
        outcome, measure, model, without
            As for `neckevidence.compare`.

        Returns
        -------
        Comparison or str
            The same object whenever the same is asked.
        """
        key = pair, outcome, measure, model, tuple(without)
        if key not in self._kept:
            try:
                self._kept[key] = compare(self.evidence, *pair, outcome, measure, model=model, without=tuple(without))
            except NoComparisonError as nothing:
                self._kept[key] = str(nothing)
        return self._kept[key]

    def measures(self, pair: Pair, outcome: str) -> list[str]:
        """Return the measures for which there is a figure, in the order of `MEASURES`."""
        possible = self.candidates.get(pair, {}).get(outcome, ())
        return [one for one in possible if isinstance(self.ask(pair, outcome, one), Comparison)]

    def outcomes(self, pair: Pair) -> list[str]:
        """Return the outcomes for which there is a figure, in the order of the table of outcomes."""
        possible = self.candidates.get(pair, {})
        return [
            outcome
            for outcome, measures in possible.items()
            if any(isinstance(self.ask(pair, outcome, one), Comparison) for one in measures)
        ]

    def reasons(self, pair: Pair) -> list[str]:
        """Return, for a pair without any figure, what there is instead."""
        asked = [(outcome, one) for outcome, measures in self.candidates.get(pair, {}).items() for one in measures[:1]]
        found = [self.ask(pair, *question) for question in asked]
        return [reason[0].upper() + reason[1:].rstrip(".") + "." for reason in found if isinstance(reason, str)]

    def treatments(self) -> list[str]:
        """Return the treatments that can be asked about; those with which others are compared come last."""
        return self._in_order({pair[0] for pair in self.candidates if not self._known_empty(pair)})

    def controls(self, treatment: str) -> list[str]:
        """Return what a treatment can be compared with, the usual comparators first."""
        pairs = [pair for pair in self.candidates if pair[0] == treatment and not self._known_empty(pair)]
        return self._in_order({control for _, control in pairs})[::-1]

    def name(self, treatment: str) -> str:
        """Return a treatment in words with its code."""
        return f"{short_name(self.evidence, treatment)} ({treatment})"

    def regions(self) -> list[str]:
        """Return the populations that trials of the evidence are about, the one asked about first."""
        there = set(self.evidence.trials["region"].dropna())
        said = self.evidence.question.population
        order = () if said is None else (said.asked, *said.codes)
        return [region for region in dict.fromkeys((*order, *sorted(there))) if region in there]

    def left_to_prepare(self) -> Iterator[tuple[Pair, str, str]]:
        """Yield all that can be asked and has not been; of what is pooled the common effect, too."""
        for pair, outcomes in self.candidates.items():
            for outcome, measures in outcomes.items():
                for measure in measures:
                    found = self._kept.get((pair, outcome, measure, "random", ()))
                    pooled = isinstance(found, Comparison) and found.pooled is not None
                    if found is None or (pooled and (pair, outcome, measure, "common", ()) not in self._kept):
                        yield pair, outcome, measure

    def prepare(self, pair: Pair, outcome: str, measure: str) -> None:
        """Ask a question ahead, by both models if there is anything to pool."""
        found = self.ask(pair, outcome, measure)
        if isinstance(found, Comparison) and found.pooled is not None:
            self.ask(pair, outcome, measure, model="common")

    def _known_empty(self, pair: Pair) -> bool:
        """Tell whether all of a pair was asked for, and there is nothing; a pair not asked for yet stays in the lists."""
        asked = [(o, one) for o, measures in self.candidates[pair].items() for one in measures]
        return all(isinstance(self._kept.get((pair, o, one, "random", ())), str) for o, one in asked)

    def _in_order(self, codes: set[str]) -> list[str]:
        table = self.evidence.treatments
        last = table["treatment"].isin(self.evidence.question.treatments.comparators)
        return [code for part in (table[~last], table[last]) for code in part["treatment"] if code in codes]


def _candidates(evidence: Evidence) -> dict[Pair, dict[str, tuple[str, ...]]]:
    above = _codes_above(evidence)
    found: dict[Pair, dict[str, set[str]]] = {}
    for printed in printed_pairs(evidence):
        one, other = printed.pair
        for pair in ((a, b) for a in above[one] for b in above[other]):
            if pair[0] not in above[pair[1]] and pair[1] not in above[pair[0]]:
                found.setdefault(pair, {}).setdefault(printed.outcome, set()).update(printed.measures)
    order = {outcome: place for place, outcome in enumerate(evidence.outcomes["outcome"])}
    place = {treatment: place for place, treatment in enumerate(evidence.treatments["treatment"])}
    return {
        pair: {
            outcome: tuple(one for one in MEASURES if one in outcomes[outcome])
            for outcome in sorted(outcomes, key=order.__getitem__)
        }
        for pair, outcomes in sorted(found.items(), key=lambda item: (place[item[0][0]], place[item[0][1]]))
    }


def _codes_above(evidence: Evidence) -> dict[str, list[str]]:
    """Return for every treatment its code and those of the groups that hold it."""
    table = evidence.treatments
    parent = dict(zip(table["treatment"], table["parent"], strict=True))
    above = {}
    for code in parent:
        above[code] = [code]
        while isinstance(parent[above[code][-1]], str):
            above[code].append(parent[above[code][-1]])
    return above
