"""The trails of a report: for every result that is shown, the way from its number to the printed figures, kept once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from neckevidence.absolute import AbsoluteEffect
from neckevidence.comparison import Comparison
from neckevidence.comparison_explanation import explain, printed_figures
from neckevidence.evidence import Evidence
from neckevidence.explanation import Explanation
from neckevidence.judgement.equivalence import Equivalence
from neckevidence.judgement.verdicts import Verdict
from neckevidence.verdict_explanation import explain_verdict


class Trails:
    """Explanations by name, in the order in which they were asked for.

    Parameters
    ----------
    evidence : Evidence
        The evidence that all results come from.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.found: dict[str, Explanation] = {}

    def of(self, result: Comparison | AbsoluteEffect | Equivalence | Verdict) -> str:
        """Return the name of the trail of a result.

        Parameters
        ----------
        result : Comparison, AbsoluteEffect, Equivalence or Verdict
            What is shown.

        Returns
        -------
        str
            The same name for the same result.
        """
        if isinstance(result, Verdict):
            return self._kept(result.claim_id, explain_verdict(self.evidence, result))
        kind = {AbsoluteEffect: "of-1000", Equivalence: "margin"}.get(type(result), "effect")
        of = result if isinstance(result, Comparison) else result.comparison
        days = {f"day{trial.day:g}" for trial in of.trials if trial.day >= 0}
        parts = (kind, of.treatment, of.control, of.outcome, of.measure, *sorted(days))
        return self._kept("-".join(parts), explain(result, self.evidence))

    def of_facts(self, name: str, says: str, facts: Sequence[str], rules: Sequence[str] = ()) -> str:
        """Return the name of a trail that leads to printed figures by rules in words.

        Parameters
        ----------
        name : str
            What is shown.
        says : str
            The statement.
        facts : sequence of str
            The figures it rests on.
        rules : sequence of str
            How it comes from them.

        Returns
        -------
        str
            The name of the trail.
        """
        figures = printed_figures(facts, self.evidence.facts(list(facts)), self.evidence)
        below = (*(Explanation("rule or doubt", rule) for rule in rules), *figures)
        return self._kept(name, Explanation(name, says, below))

    def of_tree(self, name: str, tree: Explanation) -> str:
        """Return the name of a trail that is given."""
        return self._kept(name, tree)

    def _kept(self, words: str, tree: Explanation) -> str:
        base = re.sub(r"[^a-z0-9]+", "-", words.replace("+", " and ").lower()).strip("-")
        name, number = base, 1
        while self.found.setdefault(name, tree) != tree:
            number += 1
            name = f"{base}-{number}"
        return name
