"""The report as a document: what each notebook told, in order, with the trails of its numbers."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from neckevidence import __version__
from neckevidence.data.evidence import Evidence
from neckevidence.report.blocks import Trees, named, renamed
from neckevidence.report.document import Block, Document, Rows, Section, Words
from neckevidence.report.from_notebooks import Told, kept
from neckevidence.tables.sources import versions_table

UNTITLED = "The published evidence"  # a report without a title is no accessible one
_DIGITS = 12  # of the digest, on the title page; the whole of it stands in the last section


def report_document(evidence: Evidence, told: Sequence[tuple[str, Told]]) -> Document:
    """Put together what the notebooks told.

    Parameters
    ----------
    evidence : Evidence
        The evidence that they were about.
    told : sequence of (str, Told)
        The name of each notebook and what it told, in order.

    Returns
    -------
    Document
        The report.

    Notes
    -----
    The same tree has one name throughout; other trees of that name are numbered in the order of the document. A row of the
    evidence that is shown several times can be led to once: where most rows of its table are shown together.
    """
    trees, names = Trees(), Names()
    sections = (*(_section(one, name, names, trees) for name, one in told), _versions(evidence, names))
    anchors = _places(block for top in sections for section in top.walk() for block in section.blocks)
    known = {section.name for top in sections for section in top.walk()}
    sections = tuple(_mapped(section, lambda block: _settled(block, anchors, known)) for section in sections)
    edition = f"neckevidence {__version__}; evidence {evidence.digest[:_DIGITS]}"
    question = evidence.question
    title, date = question.title or evidence.title or UNTITLED, searched_in_words(evidence.searched)
    return Document(title, question.subtitle, edition, date, sections, trees.found)


class Names:
    """Names, each given once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def given(self, words: str) -> str:
        """Return a new name made of words."""
        base = named(words)
        name, number = base, 1
        while name in self._given:
            number += 1
            name = f"{base}-{number}"
        self._given.add(name)
        return name


def _section(told: Told, words: str, names: Names, trees: Trees) -> Section:
    name = names.given(words)
    blocks = []
    for found in told.found:
        new = {"": ""} | {old: trees.kept(old, tree) for old, tree in found.trails.items()}
        blocks += [renamed(block, new.__getitem__) for block in found.blocks]
    below = tuple(_section(one, f"{words} {one.title}", names, trees) for one in told.below if kept(one))
    return Section(name, told.title, tuple(blocks), below)


def _versions(evidence: Evidence, names: Names) -> Section:
    """What no notebook shows, since it changes with every commit."""
    table = versions_table(evidence)
    name = names.given("versions")
    return Section(name, table.title, (Rows(f"{name}_table", table, ("",) * len(table.frame)),))


def _places(blocks: Iterable[Block]) -> dict[str, str]:
    """Return for each anchor the table that shows most rows of its kind, the first of several."""
    best: dict[str, tuple[int, str]] = {}
    for block in blocks:
        if isinstance(block, Rows):
            kinds = [anchor.partition("-")[0] for anchor in block.anchors]
            for anchor, kind in zip(block.anchors, kinds, strict=True):
                if anchor and kinds.count(kind) > best.get(anchor, (0, ""))[0]:
                    best[anchor] = kinds.count(kind), block.name
    return {anchor: name for anchor, (_, name) in best.items()}


def _settled(block: Block, anchors: dict[str, str], known: set[str]) -> Block:
    """Keep each anchor in one place, and no link to what has dropped out."""
    if isinstance(block, Rows):
        own, given = [], set()
        for anchor in block.anchors:
            here = anchors.get(anchor) == block.name and anchor not in given
            own.append(anchor if here else "")
            given.add(anchor)
        return replace(block, anchors=tuple(own) if any(own) else ())
    if isinstance(block, Words):
        lost = [part.link for part in block.parts if part.link.startswith("#") and part.link[1:] not in known]
        return replace(block, parts=tuple(replace(p, link="") if p.link in lost else p for p in block.parts))
    return block


def _mapped(section: Section, change: Callable[[Block], Block]) -> Section:
    return replace(
        section,
        blocks=tuple(change(block) for block in section.blocks),
        sections=tuple(_mapped(one, change) for one in section.sections),
    )


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
