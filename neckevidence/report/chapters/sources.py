"""The evidence itself: trials, every figure as printed, conflicts, gaps, margins, sources, versions and digests."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import neckevidence as ne
from neckevidence import tables
from neckevidence.evidence import Evidence, citation
from neckevidence.report.chapters.parts import FIGURE_WIDTHS, Material, figures_as_printed, words
from neckevidence.report.document import Chapter, Rows
from neckevidence.tables.base import Table, text_frame

# Tables of figures, and what they hold.
KINDS = {
    "counts": "Counts and percentages",
    "ratings": "Ratings",
    "strata": "Relief by drowsiness",
    "means": "Means",
    "reported": "Published results",
}
_CODE = {".py", ".js", ".css", ".j2", ".typ"}
_BUILT_WITH = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib")


def evidence_tables(material: Material) -> Chapter:
    """Write the tables of the evidence."""
    evidence = material.evidence
    every = evidence.keyed("facts").reset_index()
    figures = [_figures(evidence, kind, title, every[every["table"] == kind]) for kind, title in KINDS.items()]
    trials = tables.trials_table(evidence, list(evidence.treatments["treatment"]))
    return Chapter(
        "evidence",
        "The evidence as printed",
        (words("Every figure that was read, as it is printed. The numbers of the chapters before lead here."),),
        (
            Chapter("evidence-trials", "Trials", (Rows("trials", trials, folded=True),)),
            *figures,
            Chapter(
                "evidence-codes", "Codes of treatments", (Rows("codes", _codes(evidence), widths=(1, 3), folded=True),)
            ),
            Chapter("evidence-margins", "Margins", (Rows("margins", _margins(evidence)),)),
            Chapter("evidence-conflicts", "Where the sources disagree", (_all_conflicts(evidence),)),
        ),
    )


def _figures(evidence: Evidence, kind: str, title: str, rows: pd.DataFrame) -> Chapter:
    facts = list(rows["fact_id"])
    table = figures_as_printed(evidence, facts, title)
    anchors = tuple(f"fact-{fact}" for fact in facts)
    return Chapter(f"evidence-{kind}", title, (Rows(f"facts-{kind}", table, (), FIGURE_WIDTHS, anchors, folded=True),))


def _codes(evidence: Evidence) -> Table:
    rows = [{"Code": row.treatment, "Treatment": row.name} for row in evidence.treatments.itertuples()]
    return Table(text_frame(rows, ["Code", "Treatment"]), "What the codes of treatments stand for", "+: both together.")


def _margins(evidence: Evidence) -> Table:
    sources = evidence.keyed("sources")
    rows = [
        {
            "Margin": row.margin_id,
            "For": row.applies_to,
            "Size": f"{row.margin:g} {row.unit}",
            "Rule": row.rule,
            "Source": citation(sources.loc[row.source_id]),
        }
        for row in evidence.margins.itertuples()
    ]
    return Table(text_frame(rows, list(rows[0])), "Margins that were set beforehand")


def _all_conflicts(evidence: Evidence) -> Rows:
    ids = list(evidence.conflicts["conflict_id"])
    anchors = tuple(f"conflict-{code.lower()}" for code in ids)
    return Rows("conflicts", tables.conflicts_table(evidence, ids), (), (0.7, 1.8, 2.6, 2.6, 2.6), anchors, folded=True)


def sources(material: Material) -> Chapter:
    """Write the list of sources, with versions and digests."""
    evidence = material.evidence
    rows = [
        {
            "Source": row.source_id,
            "Document": citation(evidence.keyed("sources").loc[row.source_id]),
            "Title": row.title,
            "Read as": str(row.access_level),
            "Reliability": row.reliability,
            "DOI or registry": next((str(x) for x in (row.doi, row.registry_id, row.pmid) if pd.notna(x)), ""),
        }
        for row in evidence.sources.itertuples()
    ]
    table = Table(text_frame(rows, list(rows[0])), "Documents that were read")
    listed = Rows(
        "sources-table",
        table,
        (),
        (1.3, 2.0, 3.6, 1.0, 1.0, 1.8),
        tuple(f"source-{row['Source']}" for row in rows),
        True,
    )
    return Chapter(
        "sources",
        "Sources, versions and digests",
        (),
        (
            Chapter("sources-list", "Sources", (listed,)),
            Chapter(
                "sources-versions", "Versions and digests", (Rows("versions", _versions(evidence), widths=(1, 3)),)
            ),
        ),
    )


def _versions(evidence: Evidence) -> Table:
    rows = {
        "neckevidence": ne.__version__,
        "Evidence": evidence.title,
        "Literature searched": evidence.searched or "not said",
        "Digest of the evidence (SHA-256)": evidence.digest,
        "Digest of the code (SHA-256)": code_digest(),
        **{name: version(name) for name in _BUILT_WITH},
    }
    frame = text_frame([{"What": what, "Which": which} for what, which in rows.items()], ["What", "Which"])
    return Table(frame, "What this report was made with")


def code_digest() -> str:
    """Return a digest of what the package itself consists of: the same code has the same digest on every machine.

    Returns
    -------
    str
        SHA-256 over the names and bytes of its modules, scripts, styles and templates, in order of their names.
    """
    package = Path(ne.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*"), key=lambda path: path.relative_to(package).as_posix()):
        if path.suffix in _CODE:
            digest.update(path.relative_to(package).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
