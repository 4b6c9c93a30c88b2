"""The evidence map: which comparison has which numbers, and which has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pandas as pd

from neckevidence.comparison.compare import compare
from neckevidence.core import escape
from neckevidence.core.errors import NoComparisonError
from neckevidence.core.views import view
from neckevidence.data.arms import arm_pairs, treatment_group
from neckevidence.data.evidence import Evidence


class Level(IntEnum):
    """What the public figures give, from nothing to a randomised effect with its interval."""

    NOTHING = 0
    WORDS = 1
    FIGURES = 2
    ACROSS_TRIALS = 3
    RECONSTRUCTED = 4
    RANDOMISED = 5

    @property
    def label(self) -> str:
        """Plain words."""
        return _LABELS[self]


_LABELS = {
    Level.NOTHING: "nothing found",
    Level.WORDS: "words or a p-value only",
    Level.FIGURES: "figures without an interval",
    Level.ACROSS_TRIALS: "interval, but not randomised",
    Level.RECONSTRUCTED: "interval, randomised, on reconstructed counts",
    Level.RANDOMISED: "interval, randomised",
}


_COLUMNS = ["treatment", "control", "title", "domain", "level", "outcomes", "trials"]


@dataclass(frozen=True)
class EvidenceMap:
    """For each comparison and each kind of outcome, what the public figures give.

    Attributes
    ----------
    cells : DataFrame
        One row a comparison and domain: treatment, control, title, domain, level, outcomes, trials.
    """

    cells: pd.DataFrame

    def __repr__(self) -> str:
        return f"<EvidenceMap of {self.cells['title'].nunique()} comparisons>\n{self.to_frame().to_string()}"

    def _repr_html_(self) -> str:
        return escape.no_formulas(self.to_frame().to_html(escape=True))

    def to_frame(self) -> pd.DataFrame:
        """Return the map as a table of words, a row a comparison, a column a domain."""
        words = self.cells.assign(level=[Level(level).label for level in self.cells["level"]])
        wide = words.pivot(index="title", columns="domain", values="level")
        wide = wide.loc[list(dict.fromkeys(words["title"])), list(dict.fromkeys(words["domain"]))]
        return wide.rename_axis(index="comparison", columns=None)

    def summary(self) -> str:
        """Return the map in words, one line a comparison."""
        lines = []
        for title, row in self.to_frame().iterrows():
            cells = "; ".join(f"{domain}: {words}" for domain, words in row.items())
            lines.append(f"{title}: {cells}")
        return "\n".join(lines)

    def plot(self, ax: Any = None) -> Any:
        """Draw the map; see `neckevidence.figures.evidence_map.evidence_map_plot`."""
        return view("picture", self, ax=ax)


def evidence_map(
    evidence: Evidence,
    comparisons: Sequence[tuple[str, str]] | Mapping[str, tuple[str, str]],
    domains: Mapping[str, Sequence[str]] | None = None,
) -> EvidenceMap:
    """Say for each comparison and each kind of outcome what the public figures give.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    comparisons : sequence of (str, str), or mapping of title to (str, str)
        Treatment and control codes, groups allowed.
    domains : mapping of str to sequence of str
        Headings, each with the domains of the table of outcomes that stand under it. By default those of ``question.toml``,
        else every domain under its own name.

    Returns
    -------
    EvidenceMap
        The best level found for each cell, with the outcomes that reach it.

    Raises
    ------
    UnknownCodeError
        If a treatment is unknown.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> drawn = evidence_map(load_evidence(), [("CYC5", "CYC10")])
    >>> drawn.to_frame().loc["CYC5 against CYC10", "Sedation"]
    'interval, but not randomised'
    """
    headings = domains or evidence.question.outcomes.headings or _own_names(evidence)
    if not isinstance(comparisons, Mapping):
        comparisons = {f"{one} against {other}": (one, other) for one, other in comparisons}
    rows = [
        {"treatment": one, "control": other, "title": title, **cell}
        for title, (one, other) in comparisons.items()
        for cell in _cells(evidence, one, other, headings)
    ]
    return EvidenceMap(pd.DataFrame(rows, columns=_COLUMNS))


def _own_names(evidence: Evidence) -> dict[str, list[str]]:
    """Return every domain under its name as a heading."""
    return {domain.replace("_", " ").capitalize(): [domain] for domain in evidence.outcomes["domain"].dropna().unique()}


def _cells(evidence: Evidence, one: str, other: str, domains: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Any]]:
    """Yield one comparison's cells."""
    outcomes = evidence.outcomes
    worded = published_results(evidence, one, other)
    measured = _measured(evidence, one, other)
    for heading, groups in domains.items():
        found: dict[str, tuple[Level, set[str]]] = {}
        for code in outcomes.loc[outcomes["domain"].isin(groups), "outcome"]:
            hits = worded[worded["outcome"] == code]
            level, where = _numbers(evidence, one, other, code, measured)
            if level == Level.NOTHING and len(hits):
                level, where = Level.WORDS, set(hits["trial_id"].fillna(hits["document_id"]))
            found[code] = level, where
        level = max((reached for reached, _ in found.values()), default=Level.NOTHING)
        best = [code for code, (reached, _) in found.items() if reached == level and level]
        where = sorted(set().union(*(found[code][1] for code in best)))
        yield {
            "domain": heading,
            "level": int(level),
            "outcomes": ", ".join(best),
            "trials": ", ".join(where),
        }


def _numbers(
    evidence: Evidence, one: str, other: str, outcome: str, measured: Mapping[str, set[str]]
) -> tuple[Level, set[str]]:
    """Say how far the arm-level figures and published contrasts of an outcome carry."""
    best, where = Level.NOTHING, set()
    for measure in (measure for measure, outcomes in measured.items() if outcome in outcomes):
        try:
            result = compare(evidence, one, other, outcome, measure)
        except NoComparisonError:
            continue
        level = Level.FIGURES
        if any(trial.has_interval for trial in result.trials):
            level = Level.RECONSTRUCTED if any(trial.reconstructed for trial in result.trials) else Level.RANDOMISED
            level = level if result.randomised else Level.ACROSS_TRIALS
        if level > best:
            best, where = level, {trial.label for trial in result.trials}
    return best, where


def _measured(evidence: Evidence, one: str, other: str) -> dict[str, set[str]]:
    """Return, for each measure, the outcomes on which the trials that hold both have any row."""
    trials = {pair.trial_id for pair in arm_pairs(evidence, one, other)}
    found: dict[str, set[str]] = {}
    contrasts = evidence.reported.dropna(subset=["ci_low"])
    for measure, names in (("RR", ("counts", "ratings")), ("MD", ("means",))):
        tables = [evidence.table(name) for name in names] + [contrasts[contrasts["measure"] == measure]]
        rows = pd.concat([table.loc[table["trial_id"].isin(trials), ["outcome"]] for table in tables])
        found[measure] = set(rows["outcome"])
    printed = contrasts[contrasts["trial_id"].isin(trials)]
    return found | {
        measure: set(printed.loc[printed["measure"] == measure, "outcome"]) for measure in ("OR", "RD", "SMD")
    }


def published_results(evidence: Evidence, one: str, other: str) -> pd.DataFrame:
    """Return published results on two treatments.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    one, other : str
        Treatment codes, groups allowed.

    Returns
    -------
    DataFrame
        Rows of the table ``reported``: contrasts of the two in either direction, and results over all arms of a trial
        that has both.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> rows = published_results(load_evidence(), "CYC5", "CYC5+IBU400")
    >>> set(rows["trial_id"])
    {'childers2005'}
    """
    sides = treatment_group(evidence, one), treatment_group(evidence, other)
    table = evidence.reported
    forth = table["treatment"].isin(sides[0]) & table["control"].isin(sides[1])
    back = table["treatment"].isin(sides[1]) & table["control"].isin(sides[0])
    arms = evidence.arms
    holding = [set(arms.loc[arms["treatment"].isin(codes), "trial_id"]) for codes in sides]
    over_all = table["treatment"].isna() & table["comparison"].str.contains(" vs ")
    return table[forth | back | (over_all & table["trial_id"].isin(holding[0] & holding[1]))]
