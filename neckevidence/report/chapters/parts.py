"""What chapters are made of: results with their picture, table and trails; claims, gaps, conflicts, printed figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

import neckevidence as ne
from neckevidence import tables
from neckevidence.absolute import AbsoluteEffect
from neckevidence.comparison import Comparison
from neckevidence.evidence import Evidence
from neckevidence.figures import alt_text, equivalence_plot, forest_plot, per_thousand_plot
from neckevidence.judgement.claims import audit_frame
from neckevidence.judgement.equivalence import Equivalence
from neckevidence.judgement.margins import Margin
from neckevidence.judgement.reading import reading
from neckevidence.judgement.verdicts import Verdict
from neckevidence.report.document import Block, Picture, Rows, Words
from neckevidence.report.trails import Trails
from neckevidence.tables.prose import Prose, say
from neckevidence.tables.verdicts import MARKS


@dataclass
class Material:
    """The evidence with what was computed from it so far: each comparison and verdict is made once.

    Attributes
    ----------
    evidence : Evidence
        The evidence.
    trails : Trails
        Where the numbers of the report lead.
    comparisons : dict
        The comparisons asked for, by what was asked.
    methods : dict of str to None
        Sentences for the chapter on methods, in the order in which they came up.
    """

    evidence: Evidence
    trails: Trails
    comparisons: dict[tuple, Comparison] = field(default_factory=dict)
    methods: dict[str, None] = field(default_factory=dict)

    def compare(
        self, treatment: str, control: str, outcome: str, measure: str = "RR", day: float | None = None
    ) -> Comparison:
        """Compare two treatments, once."""
        asked = (treatment, control, outcome, measure, day)
        if asked not in self.comparisons:
            self.comparisons[asked] = ne.compare(self.evidence, *asked)
            self.methods[self.comparisons[asked].methods()] = None
        return self.comparisons[asked]

    def verdict(self, claim_id: str) -> Verdict:
        """Return the verdict on a claim."""
        return self.verdicts[claim_id]

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """All verdicts by claim."""
        return {one.claim_id: one for one in ne.verdicts(self.evidence)}

    @cached_property
    def audit(self) -> pd.DataFrame:
        """All verdicts as a table, each with the part of the page in which its claim stands."""
        return audit_frame(list(self.verdicts.values())).merge(self.evidence.claims[["claim_id", "section"]])


def words(text: str | Prose, trail: str = "", item: bool = False) -> Words:
    """Make a paragraph of a text or of a sentence that values were filled into."""
    lead = text.lead if isinstance(text, Prose) else ""
    return Words(" ".join(str(text).split()), trail, item, " ".join(lead.split()))


def forest(
    material: Material, name: str, results: Sequence[Comparison], title: str, margin: Margin | None = None
) -> Picture:
    """Draw results of one measure as a forest plot, a row each.

    Parameters
    ----------
    material : Material
        Where the trails are kept.
    name : str
        Name of the picture.
    results : sequence of Comparison
        The results.
    title : str
        Heading of the plot, and its caption.
    margin : Margin, optional
        To shade.

    Returns
    -------
    Picture
        With the table of the results as its twin.
    """
    shown = list(results)
    return Picture(
        name,
        lambda: forest_plot(shown, margin=margin, title=title),
        alt_text(shown),
        f"{title}. Hollow marks: not a randomised comparison, or on reconstructed counts, as the words beside them say.",
        tables.results_table(shown, title),
        tuple(material.trails.of(one) for one in shown),
        result=shown,
    )


def readings(material: Material, results: Sequence[Comparison], margin: Margin | None = None) -> list[Block]:
    """Say in a sentence for each result what its interval excludes."""
    return [
        words(
            say("**{outcome}.** {reading}", outcome=_capital(one.outcome_label), reading=reading(one, margin)),
            material.trails.of(one),
            item=True,
        )
        for one in results
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def per_1000(material: Material, name: str, effects: Sequence[AbsoluteEffect], title: str) -> Picture:
    """Draw patients per 1000 as bars."""
    shown = list(effects)
    return Picture(
        name,
        lambda: per_thousand_plot(shown, title=title),
        alt_text(shown),
        f"{title}. At the risk of the control groups of the same trials.",
        tables.absolute_table(shown, title),
        tuple(material.trails.of(one) for one in shown),
        result=shown,
    )


def of_1000(material: Material, asked: Iterable[tuple[str, str, str]]) -> list[AbsoluteEffect]:
    """Turn risk differences into patients per 1000."""
    return [ne.absolute_effect(material.compare(*one, "RD")) for one in asked]


def against_margins(material: Material, name: str, assessments: Sequence[Equivalence]) -> Picture:
    """Draw results against their margins."""
    shown = list(assessments)
    return Picture(
        name,
        lambda: equivalence_plot(shown),
        alt_text(shown),
        "Results against the margin, and against half and one and a half times the margin.",
        tables.equivalence_table(shown),
        tuple(material.trails.of(one) for one in shown),
        result=shown,
    )


def claims(material: Material, claim_ids: Sequence[str], title: str = "What the page claims, and the verdict") -> Rows:
    """Show claims with their verdicts, short."""
    found = [material.verdict(claim_id) for claim_id in claim_ids]
    rows = [
        {
            "Claim": one.claim_id,
            "What the page says": one.claim,
            "Verdict": f"{MARKS[one.verdict]} {one.verdict}" + ("" if one.basis == "computed" else " (judged by hand)"),
            "Why": one.reason,
        }
        for one in found
    ]
    table = tables.Table(tables.base.text_frame(rows, list(rows[0])), title)
    name = "claims-" + "-".join(claim_ids).lower()
    return Rows(name, table, tuple(material.trails.of(one) for one in found), (0.6, 3.2, 1.5, 4.7))


FIGURE_WIDTHS = (1.1, 2.6, 1.1, 3.6, 0.9)


def figures_as_printed(evidence: Evidence, fact_ids: Iterable[str], title: str) -> tables.Table:
    """Show printed figures in few columns, so that they fit a page.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    fact_ids : iterable of str
        The figures wanted.
    title : str
        Heading.

    Returns
    -------
    Table
        Name, what it is of (study, arm, outcome, time), the figure, source and place, reliability.
    """
    full = tables.facts_table(evidence, list(fact_ids), title)
    rows = [
        {
            "Fact": row["Fact"],
            "Of what": "; ".join(filter(None, (row[name] for name in ("Study", "Arm", "Outcome", "Time")))),
            "As printed": row["As printed"] or "words only",
            "Source and place": "; ".join(filter(None, (row["Source"], row["Place"]))),
            "Reliability": row["Reliability"],
        }
        for row in full.frame.to_dict("records")
    ]
    return tables.Table(tables.base.text_frame(rows, list(rows[0])), title, full.note)


def printed(
    material: Material, name: str, fact_ids: Iterable[str], title: str = "The figures behind it, as printed"
) -> Rows:
    """Show printed figures with source and place, folded in HTML."""
    table = figures_as_printed(material.evidence, dict.fromkeys(fact_ids), title)
    return Rows(name, table, widths=FIGURE_WIDTHS, folded=True)


def facts_of(results: Iterable[Comparison]) -> list[str]:
    """Return the printed figures behind some results."""
    return list(dict.fromkeys(fact for one in results for fact in one.facts["fact_id"]))


def statements(material: Material, name: str, fact_ids: Sequence[str], title: str) -> Rows:
    """Show what is reported in words."""
    table = tables.statements_table(material.evidence, list(fact_ids), title=title)
    return Rows(name, table, widths=(1.3, 1.6, 3.6, 1.3, 2.2, 1.8, 0.9), folded=len(table.frame) > 4)


def gaps(material: Material, claim_ids: Sequence[str]) -> Rows:
    """Show what is missing and would settle claims."""
    name = "gaps-" + "-".join(claim_ids).lower()
    return Rows(name, tables.gaps_table(material.evidence, list(claim_ids)), widths=(0.6, 1.4, 3.2, 3.2, 1.2))


def conflicts(material: Material, conflict_ids: Sequence[str]) -> Rows:
    """Show sources that disagree, both sides."""
    name = "conflicts-" + "-".join(conflict_ids).lower()
    return Rows(name, tables.conflicts_table(material.evidence, list(conflict_ids)), widths=(0.7, 1.8, 2.6, 2.6, 2.6))
