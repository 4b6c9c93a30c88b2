"""A report for paper: the document as pandoc's tree, and its pictures as files. PDF and Word are both made from it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neckevidence.core.errors import NeckevidenceError
from neckevidence.report.columns import ACROSS, SIZE, UPRIGHT, column_widths, heights, letter_size, too_wide
from neckevidence.report.document import Block, Document, Part, Picture, Rows, Section, Words, Workbench
from neckevidence.report.pandoc import Node, attributes, inlines, node, plain, styled
from neckevidence.tables.base import Table

# An A4 page between its margins, inches; a caption needs some of the height.
PAGE_WIDTH = 6.53
PAGE_HEIGHT = 8.6
_TWIN_SIZE = 7.0
# Tables of so few lines stay on one page; rows of more lines are towers.
_SHORT = 16
_TOWER = 6
# Tables of so many lines fill an upright page.
_PAGE_LINES = 60
# A table of so many rows fills pages of its own, which may lie across before its letters get smaller.
_LONG = 60
WHOLE = "whole"  # marks them

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NUMBER = re.compile(r"[−-]?[\d.,]+%?")


@dataclass(frozen=True)
class Drawn:
    """A picture as a file.

    Attributes
    ----------
    file : str
        Name of the file that pandoc takes in.
    svg : str
        Name of the file with its lines.
    width, height : float
        Size on paper, inches.
    """

    file: str
    svg: str
    width: float
    height: float


@dataclass(frozen=True)
class Markup:
    """What only one of the formats needs.

    Attributes
    ----------
    landscape, portrait : Node
        Where pages turn.
    image : callable
        How a picture is taken in, from it and its file.
    number : callable
        How the number of a figure or table is written, from ``("Figure", 3)``.
    """

    landscape: Node
    portrait: Node
    image: Callable[[Picture, Drawn], Node]
    number: Callable[[str, int], Node]


def on_paper(document: Document) -> Document:
    """Leave out the sections that recompute: paper cannot, and their words would promise it.

    Parameters
    ----------
    document : Document
        The report.

    Returns
    -------
    Document
        Without the sections that hold a workbench.
    """
    return replace(document, sections=_kept(document.sections))


def _kept(sections: Sequence[Section]) -> tuple[Section, ...]:
    return tuple(
        replace(section, sections=_kept(section.sections))
        for section in sections
        if not any(isinstance(block, Workbench) for block in section.blocks)
    )


def tree(document: Document, pictures: Mapping[str, Drawn], markup: Markup) -> list[Node]:
    """Return a report's sections as blocks of pandoc's tree.

    Parameters
    ----------
    document : Document
        The report.
    pictures : dict of str to Drawn
        Its pictures by name.
    markup : Markup
        What the format needs.

    Returns
    -------
    list of dict
        Blocks.
    """
    return list(_Writer(pictures, markup).document(document))


class _Writer:
    """Writes block after block, and knows how many figures and tables there were."""

    def __init__(self, pictures: Mapping[str, Drawn], markup: Markup) -> None:
        self.pictures, self.markup = pictures, markup
        self.figures = self.tables = 0
        self.across = False

    def document(self, document: Document) -> Iterator[Node]:
        for section in document.sections:
            yield from self.section(section, 1, across=False)

    def section(self, section: Section, level: int, across: bool) -> Iterator[Node]:
        across = across or _tall(section)
        yield from self.turned(across or _across(section))
        yield node("Header", [level, attributes(section.name), plain(section.title)])
        for item, blocks in groupby(section.blocks, lambda block: isinstance(block, Words) and block.item):
            if item:
                yield node("BulletList", [[_paragraph(one)] for one in blocks])
            else:
                for block in blocks:
                    yield from self.block(block)
        for below in section.sections:
            yield from self.section(below, level + 1, across)

    def turned(self, across: bool) -> Iterator[Node]:
        if across != self.across:
            self.across = across
            yield self.markup.landscape if across else self.markup.portrait

    def block(self, block: Block) -> Iterator[Node]:
        match block:
            case Words():
                yield _paragraph(block)
            case Rows():
                self.tables += 1
                yield from self.table(block.table, self.caption("Table", self.tables, block.table.title))
            case Picture():
                self.figures += 1
                yield self.picture(block)
                title = inlines(f"The numbers of figure {self.figures}")
                yield from self.table(block.twin, title, size=_TWIN_SIZE)

    def caption(self, kind: str, number: int, text: str) -> list[Node]:
        return [node("Strong", [self.markup.number(kind, number), node("Str", ".")]), node("Space"), *inlines(text)]

    def picture(self, picture: Picture) -> Node:
        image = self.markup.image(picture, self.pictures[picture.name])
        words = self.caption("Figure", self.figures, picture.caption)
        if image["t"] == "Emph":  # why it is not drawn
            return styled("Image Caption", node("Para", [*words, node("Space"), image]))
        caption = [None, [node("Plain", words)]]
        return node("Figure", [attributes(), caption, [node("Plain", [image])]])

    def table(self, table: Table, title: list[Node], size: float = SIZE) -> Iterator[Node]:
        frame = table.frame if len(table.frame) else _nothing(table.frame)
        line = ACROSS if self.across else UPRIGHT
        size = letter_size(frame, line, size)
        shares = column_widths(frame, line / size)
        columns = [
            [node("AlignRight" if _numbers(frame.iloc[:, at]) else "AlignLeft"), node("ColWidth", share)]
            for at, share in enumerate(shares)
        ]
        head = [attributes(), [_row(frame.columns, plain)]]
        body = [attributes(), 0, [], [_row(row, inlines) for row in frame.itertuples(index=False)]]
        values = [["typst:text:size", f"{size:g}pt"]]
        if heights(frame, line / size).sum() <= _SHORT:
            values.append([WHOLE, "yes"])
        caption = [None, [node("Plain", title)]]
        yield node(
            "Table", [["", [], values], caption, columns, head, [body], [attributes(), _foot(table.note, len(shares))]]
        )


def _paragraph(words: Words) -> Node:
    return node("Para", [one for part in words.parts for one in _part(part)])


def _part(part: Part) -> list[Node]:
    found = [node("Code", [attributes(), part.text])] if part.code else inlines(part.text)
    if part.link.startswith("http"):  # what a place in the report is called, paper need not say
        found = [node("Link", [attributes(), plain(part.text, True), [part.link, ""]])]
    if part.emphasis:
        found = [node("Emph", found)]
    return [node("Strong", found)] if part.strong else found


def _across(section: Section) -> bool:
    """Tell whether the pages of a section lie across; a heading without text goes with what follows it."""
    if not section.blocks:
        return bool(section.sections) and _across(section.sections[0])
    frames = [block.table.frame for block in section.blocks if isinstance(block, Rows)]
    squeezed = (len(frame) > _LONG and letter_size(frame, UPRIGHT) < SIZE for frame in frames)
    return any(map(too_wide, frames)) or any(squeezed)


def _tall(section: Section) -> bool:
    """Tell whether a section lies across as a whole: most rows of its tables would be towers on upright pages, and many."""
    blocks = [block for part in section.walk() for block in part.blocks if isinstance(block, Rows)]
    rows = [heights(block.table.frame, UPRIGHT / SIZE) for block in blocks if len(block.table.frame)]
    lines = np.concatenate([*rows, np.zeros(0)])
    return float(lines.sum()) > _PAGE_LINES and float(np.median(lines)) > _TOWER


# What may be repeated on a page, chapter titles and the heads and notes of tables, holds no link: PDF/UA-1 refuses it there.
def _row(cells: Sequence[Any], write: Callable[[str, bool], list[Node]]) -> list[Any]:
    return [attributes(), [[attributes(), node("AlignDefault"), 1, 1, _cell(str(cell), write)] for cell in cells]]


def _foot(note: str, columns: int) -> list[Any]:
    """Return the note as the last row, over all columns: there it stays with the table when pages turn."""
    words = styled("Table Note", node("Plain", plain(note)))
    return [[attributes(), [[attributes(), node("AlignLeft"), 1, columns, [words]]]]] if note else []


def _cell(text: str, write: Callable[[str, bool], list[Node]]) -> list[Node]:
    return [node("Plain", write(text, True))] if text else []


def _numbers(column: pd.Series) -> bool:
    filled = [text for text in column.astype(str) if text]
    return bool(filled) and all(_NUMBER.fullmatch(text) for text in filled)


def _nothing(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame([["none", *[""] * (len(frame.columns) - 1)]], columns=frame.columns)


def draw(document: Document, folder: Path, png: bool = False) -> dict[str, Drawn]:
    """Lay out the pictures of a report for pandoc.

    Parameters
    ----------
    document : Document
        The report.
    folder : Path
        Where the files go.
    png : bool
        Whether pandoc takes in the PNG; otherwise the SVG.

    Returns
    -------
    dict of str to Drawn
        The pictures by name.

    Raises
    ------
    NeckevidenceError
        If the file of a picture is not there; the message names it.
    """
    drawn = {}
    for number, picture in enumerate(document.pictures(), 1):
        files = [f"figure{number:02}.svg", *([f"figure{number:02}.png"] if png else [])]
        for file in files:
            made = picture.folder / f"{picture.name}{Path(file).suffix}"
            if not made.is_file():
                raise NeckevidenceError(f"figure {picture.name!r}: {made.name} is not there")
            shutil.copyfile(made, folder / file)
        width, height = picture.size
        scale = min(1.0, PAGE_WIDTH / width, PAGE_HEIGHT / height)
        drawn[picture.name] = Drawn(files[-1], files[0], scale * width, scale * height)
    return drawn


def dated(document: Document) -> datetime | None:
    """Return the date that the file of a report bears: its own month, never the clock's.

    Parameters
    ----------
    document : Document
        The report.

    Returns
    -------
    datetime or None
        First of the month, UTC; None if the report names none.

    Raises
    ------
    NeckevidenceError
        If it is no month.
    """
    if not document.date:
        return None
    month, _, year = document.date.rpartition(" ")
    if month not in _MONTHS or not year.isdigit():
        raise NeckevidenceError(f"date of the document {document.date!r}: expected a month such as 'November 2026'")
    return datetime(int(year), _MONTHS.index(month) + 1, 1, tzinfo=UTC)
