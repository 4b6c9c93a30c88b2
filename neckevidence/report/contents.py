"""The report as a document: all chapters in order, with the trails of their numbers."""

from __future__ import annotations

import calendar

from neckevidence import __version__
from neckevidence.evidence import Evidence
from neckevidence.report.chapters.audit import audit
from neckevidence.report.chapters.diazepam import diazepam
from neckevidence.report.chapters.doses import doses
from neckevidence.report.chapters.ibuprofen import ibuprofen
from neckevidence.report.chapters.methods import methods
from neckevidence.report.chapters.parts import Material
from neckevidence.report.chapters.placebo import placebo
from neckevidence.report.chapters.sources import evidence_tables, sources
from neckevidence.report.chapters.summary import summary
from neckevidence.report.chapters.workbench import workbench
from neckevidence.report.document import Document
from neckevidence.report.trails import Trails

_DIGITS = 12  # of the digest, on the title page; the whole of it stands in the last chapter


def report_document(evidence: Evidence) -> Document:
    """Compute everything that the report says.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    Document
        Summary, comparisons, audit, methods, evidence, sources.
    """
    material = Material(evidence, Trails(evidence))
    shown = [part(material) for part in (summary, doses, ibuprofen, diazepam, placebo, workbench, audit)]
    chapters = (*shown, methods(material), evidence_tables(material), sources(material))
    edition = f"neckevidence {__version__}; evidence {evidence.digest[:_DIGITS]}"
    question = evidence.question
    head = question.title or evidence.title, question.subtitle, edition, searched_in_words(evidence.searched)
    return Document(*head, chapters, material.trails.found)


def searched_in_words(month: str) -> str:
    """Write a month in words.

    Parameters
    ----------
    month : str
        Year and month, or nothing.

    Returns
    -------
    str
        Month and year; nothing for nothing.

    Examples
    --------
    >>> searched_in_words("2026-11")
    'November 2026'
    """
    if not month:
        return ""
    year, number = month.split("-")[:2]
    return f"{calendar.month_name[int(number)]} {year}"
