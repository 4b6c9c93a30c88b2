"""The trails of a report: for every result that is shown, the way from its number to the printed figures, kept once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import singledispatchmethod
from typing import Any

import pandas as pd

from neckevidence.claims.audit import verdicts
from neckevidence.claims.verdicts import Verdict
from neckevidence.comparison.absolute import AbsoluteEffect
from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.explanation import Explanation
from neckevidence.data.evidence import Evidence
from neckevidence.equivalence.assessment import Equivalence
from neckevidence.report.blocks import Trees
from neckevidence.tables.base import EvidenceRow
from neckevidence.views.comparison_explanation import explain, printed_figures
from neckevidence.views.network_explanation import NetworkEstimate, explain_network
from neckevidence.views.verdict_explanation import explain_verdict

_KINDS = {AbsoluteEffect: "of-1000", Equivalence: "margin"}


class Trails(Trees):
    """Explanations by name, in the order in which they were asked for.

    Parameters
    ----------
    evidence : Evidence
        The evidence that all results come from.
    known : dict of str to Verdict, optional
        Verdicts by claim, which several trails share: each takes a while.
    """

    def __init__(self, evidence: Evidence, known: dict[str, Verdict] | None = None) -> None:
        super().__init__()
        self.evidence = evidence
        self._asked: dict[int, tuple[Any, str]] = {}  # with the origin, so that no other can take its place in memory
        self._verdicts = {} if known is None else known

    def of(self, origin: Any) -> str:
        """Return the name of the trail of a result.

        Parameters
        ----------
        origin : object
            Where the numbers of what is shown come from: see `neckevidence.tables.Table`; or names of facts.

        Returns
        -------
        str
            The same name for the same result; empty where the cells of the evidence, or words, are shown as they are.

        Raises
        ------
        NeckevidenceError
            If it does not lead to printed figures.
        """
        if id(origin) not in self._asked:
            found = None if origin is None else self._tree(origin)
            self._asked[id(origin)] = origin, "" if found is None else self.kept(*found)
        return self._asked[id(origin)][1]

    @singledispatchmethod
    def _tree(self, origin: Any) -> tuple[str, Explanation] | None:
        """Return words for a name, and the tree; this one is for results that know the facts they rest on."""
        facts = getattr(origin, "facts", None)
        if facts is None:
            raise NeckevidenceError(
                f"{type(origin).__name__} does not say from which printed figures it comes: give the comparisons or the "
                "network that it was made from"
            )
        facts = list(facts["fact_id"] if isinstance(facts, pd.DataFrame) else facts)
        lines = (origin.summary() if hasattr(origin, "summary") else repr(origin)).splitlines()
        says = [line.strip() for line in lines if not line.lstrip().startswith("*")]
        rules = [*getattr(origin, "notes", ()), *([origin.methods()] if hasattr(origin, "methods") else [])]
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(origin).__name__)
        below = (*(Explanation("rule or doubt", rule) for rule in rules), *self._figures(facts))
        return f"{kind}-{facts[0] if facts else ''}", Explanation(says[0].strip("<>"), "; ".join(says[1:]), below)

    @_tree.register
    def _(self, origin: Comparison) -> tuple[str, Explanation]:
        return _named("effect", origin), explain(origin, self.evidence)

    @_tree.register
    def _(self, origin: AbsoluteEffect | Equivalence) -> tuple[str, Explanation]:
        return _named(_KINDS[type(origin)], origin.comparison), explain(origin, self.evidence)

    @_tree.register
    def _(self, origin: Verdict) -> tuple[str, Explanation]:
        return origin.claim_id, explain_verdict(self.evidence, origin)

    @_tree.register
    def _(self, origin: NetworkEstimate) -> tuple[str, Explanation]:
        pair = origin.treatment, origin.control
        words = f"network {' '.join(pair)} {origin.network.outcome}"
        return words, explain_network(origin.network, origin.fit, pair, self.evidence)

    @_tree.register
    def _(self, origin: Explanation) -> tuple[str, Explanation]:
        return origin.label, origin

    @_tree.register
    def _(self, origin: EvidenceRow) -> tuple[str, Explanation] | None:
        return self._tree(self._verdict(origin.key)) if origin.table == "claims" else None

    @_tree.register
    def _(self, origin: str) -> tuple[str, Explanation] | None:
        return self._tree([origin])

    @_tree.register
    def _(self, origin: pd.DataFrame) -> tuple[str, Explanation] | None:
        """Lead to the facts of a table, or to the verdicts that were counted in it."""
        if "fact_id" in origin:
            return self._tree(list(origin["fact_id"]))
        each = [
            Explanation(f"{row.claim_id}, {row.verdict}", f"{row.claim} ({row.basis})") for row in origin.itertuples()
        ]
        return "verdicts counted", Explanation("counted", f"{len(each)} verdicts", tuple(each))

    @_tree.register
    def _(self, origin: tuple | list | pd.Series) -> tuple[str, Explanation] | None:
        """Join several: facts under one heading, results each with its own."""
        parts = [self._tree(one) for one in origin if not _is_fact(one)]
        facts = [one if isinstance(one, str) else one.key for one in origin if _is_fact(one)]
        below = (*(tree for _, tree in filter(None, parts)), *self._figures(facts))
        if not below:
            return None
        if len(below) == 1 and not facts:
            return parts[0]
        words = " ".join([*(name for name, _ in filter(None, parts)), *facts[:1]])
        return words, Explanation("From", "these figures" if facts else "these results", below)

    def _figures(self, facts: Sequence[str]) -> list[Explanation]:
        facts = list(dict.fromkeys(facts))
        return list(printed_figures(facts, self.evidence.facts(facts), self.evidence)) if facts else []

    def _verdict(self, claim_id: str) -> Verdict:
        if claim_id not in self._verdicts:
            self._verdicts[claim_id] = verdicts(self.evidence, [claim_id])[0]
        return self._verdicts[claim_id]


def _is_fact(one: Any) -> bool:
    return isinstance(one, str) or (isinstance(one, EvidenceRow) and one.table == "facts")


def _named(kind: str, of: Comparison) -> str:
    days = {f"day{trial.day:g}" for trial in of.trials if trial.day >= 0}
    return "-".join((kind, of.treatment, of.control, of.outcome, of.measure, *sorted(days)))
