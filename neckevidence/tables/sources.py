"""Tables of what a report rests on: every printed figure, codes, margins, sources, versions and digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import neckevidence
from neckevidence.data.evidence import Evidence, citation
from neckevidence.tables.base import EvidenceRow, Table, text_frame
from neckevidence.tables.evidence import facts_table

_CODE = {".py", ".js", ".css", ".j2", ".typ"}
_BUILT_WITH = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib")


def printed_table(evidence: Evidence, fact_ids: Iterable[str], title: str = "The figures as printed") -> Table:
    """Show printed figures in few columns, so that many of them fit a page.

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

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> printed_table(load_evidence(), ["counts_001"]).frame["As printed"].item()
    '29%'
    """
    full = facts_table(evidence, list(dict.fromkeys(fact_ids)), title)
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
    columns = ["Fact", "Of what", "As printed", "Source and place", "Reliability"]
    return Table(text_frame(rows, columns), title, full.note, full.origins)


def codes_table(evidence: Evidence) -> Table:
    """Show what the codes of treatments stand for.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    Table
        Code and name.
    """
    rows = [{"Code": row.treatment, "Treatment": row.name} for row in evidence.treatments.itertuples()]
    origins = tuple(EvidenceRow("treatments", row["Code"]) for row in rows)
    title = "What the codes of treatments stand for"
    return Table(text_frame(rows, ["Code", "Treatment"]), title, "+: both together.", origins)


def margins_table(evidence: Evidence, margin_ids: Sequence[str] | None = None) -> Table:
    """Show the margins that were set beforehand.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    margin_ids : sequence of str, optional
        Which margins; by default all.

    Returns
    -------
    Table
        Margin, what it is for, its size, rule, source.
    """
    sources, margins = evidence.keyed("sources"), evidence.margins
    rows = [
        {
            "Margin": row.margin_id,
            "For": row.applies_to,
            "Size": f"{row.margin:g} {row.unit}" if isinstance(row.unit, str) else f"{row.margin:g}",
            "Rule": row.rule,
            "Source": citation(sources.loc[row.source_id]),
        }
        for row in margins.itertuples()
        if margin_ids is None or row.margin_id in margin_ids
    ]
    origins = tuple(EvidenceRow("margins", row["Margin"]) for row in rows)
    frame = text_frame(rows, ["Margin", "For", "Size", "Rule", "Source"])
    return Table(frame, "Margins that were set beforehand", origins=origins)


def sources_table(evidence: Evidence) -> Table:
    """Show the documents that were read.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    Table
        Source, document, title, what was read of it, reliability, DOI or registry.
    """
    cited = evidence.keyed("sources")
    rows = [
        {
            "Source": row.source_id,
            "Document": citation(cited.loc[row.source_id]),
            "Title": row.title,
            "Read as": row.access_level,
            "Reliability": row.reliability,
            "DOI or registry": next((str(one) for one in (row.doi, row.registry_id, row.pmid) if pd.notna(one)), ""),
        }
        for row in evidence.sources.itertuples()
    ]
    origins = tuple(EvidenceRow("sources", row["Source"]) for row in rows)
    columns = ["Source", "Document", "Title", "Read as", "Reliability", "DOI or registry"]
    return Table(text_frame(rows, columns), "Documents that were read", origins=origins)


def versions_table(evidence: Evidence) -> Table:
    """Show what a report was made with.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    Table
        Versions and digests; the same on every machine with the same packages.
    """
    rows = {
        "neckevidence": neckevidence.__version__,
        "Evidence": evidence.title,
        "Literature searched": evidence.searched or "not said",
        "Digest of the evidence (SHA-256)": evidence.digest,
        "Digest of the code (SHA-256)": code_digest(),
        **{name: version(name) for name in _BUILT_WITH},
    }
    frame = text_frame([{"What": what, "Which": which} for what, which in rows.items()], ["What", "Which"])
    return Table(frame, "What this report was made with").of(None)


def code_digest() -> str:
    """Return a digest of what the package itself consists of: the same code has the same digest on every machine.

    Returns
    -------
    str
        SHA-256 over the names and bytes of its modules, scripts, styles and templates, in order of their names.
    """
    package = Path(neckevidence.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*"), key=lambda path: path.relative_to(package).as_posix()):
        if path.suffix in _CODE:
            digest.update(path.relative_to(package).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
