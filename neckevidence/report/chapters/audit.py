"""The audit: every claim of the page, part by part, how the trials were done, and what to open first."""

from __future__ import annotations

import re

import neckevidence as ne
from neckevidence import tables
from neckevidence.figures import alt_text, traffic_light_plot, twin
from neckevidence.report.chapters.parts import Material, words
from neckevidence.report.document import Block, Chapter, Picture, Rows

# The trials whose figures carry the comparisons.
TRIALS = (
    "borenstein2003_s1",
    "borenstein2003_s2",
    "childers2005",
    "khwaja2010",
    "cer_1105",
    "cer_1106",
    "friedman2015",
    "friedman2017",
    "turturro2003",
)
_WIDTHS = (0.35, 0.65, 2.7, 1.3, 0.9, 3.6, 2.6, 2.3)


def audit(material: Material) -> Chapter:
    """Write the audit."""
    found = material.audit
    sections = [_section(material, name, part) for name, part in found.groupby("section", sort=False)]
    bias = Chapter("audit-bias", "How the trials were done", tuple(_bias(material)))
    work = Chapter("audit-work", "What to open first", tuple(_work(material)))
    return Chapter(
        "audit",
        "The audit, claim by claim",
        (
            words(
                "A claim is decided by a rule from the printed figures, never stronger than their certainty; "
                "where no number can decide it, the judgement was entered by hand with its reason, and says so. "
                "The last column says whether the page's own references say what the claim says."
            ),
        ),
        (*sections, bias, work),
    )


def _section(material: Material, name: str, part: object) -> Chapter:
    word = re.sub(r"[^a-z]+", "-", name.lower()).strip("-")
    ids = list(part["claim_id"])  # type: ignore[index]
    table = tables.verdicts_table(part, name)  # type: ignore[arg-type]
    rows = Rows(
        f"verdicts-{word}",
        table,
        tuple(material.trails.of(material.verdict(claim)) for claim in ids),
        _WIDTHS,
        tuple(f"claim-{claim.lower()}" for claim in ids),
    )
    return Chapter(f"audit-{word}", name, (rows,))


def _bias(material: Material) -> list[Block]:
    bias = ne.risk_of_bias(material.evidence, list(TRIALS))
    material.methods[bias.methods()] = None
    return [
        words("Judged from what could be read, which is often the abstract. A question mark is an honest answer."),
        Picture(
            "bias",
            lambda: traffic_light_plot(bias),
            alt_text(bias),
            "Risk of bias by trial and domain.",
            twin(bias),
            result=bias,
        ),
    ]


def _work(material: Material) -> list[Block]:
    work = ne.worklist(material.evidence, material.audit)
    table = tables.worklist_table(work)
    return [
        words(
            "Most of what would decide the open claims was measured, and stands in a table that is not public: "
            "the most useful first."
        ),
        Rows("work", table, widths=(0.6, 1.4, 3.0, 3.0, 1.6, 1.2)),
    ]
