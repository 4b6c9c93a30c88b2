"""What a report says, before it is HTML, PDF or Word: chapters of words, tables and pictures, and the trails of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from neckevidence.errors import NeckevidenceError
from neckevidence.explanation import Explanation
from neckevidence.tables.base import Table


@dataclass(frozen=True)
class Words:
    """A paragraph, or an item of a list.

    Attributes
    ----------
    text : str
        Plain text.
    trail : str
        Name of the trail that its numbers lead to; empty if it has no results in it.
    item : bool
        Whether it is an item of a list.
    lead : str
        How the text begins, where that stands out.

    Raises
    ------
    NeckevidenceError
        If the text does not begin so.
    """

    text: str
    trail: str = ""
    item: bool = False
    lead: str = ""

    def __post_init__(self) -> None:
        if not self.text.startswith(self.lead):
            raise NeckevidenceError(f"lead must be how the text begins, {self.text[:40]!r}; found {self.lead!r}")


@dataclass(frozen=True)
class Rows:
    """A table.

    Attributes
    ----------
    name : str
        Name within the document, for links.
    table : Table
        Cells as text, title, note.
    trails : tuple of str
        The trail of each row's numbers; empty for none. No entry at all: the table's numbers are printed figures.
    widths : tuple of float
        Relative widths of the columns; none: as wide as what they say.
    anchors : tuple of str
        A name for each row, so that a link can point at it.
    folded : bool
        Whether HTML shows it folded.
    """

    name: str
    table: Table
    trails: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()
    anchors: tuple[str, ...] = ()
    folded: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure with its words and its table.

    Attributes
    ----------
    name : str
        Name within the document and of its file.
    draw : callable
        Draws it and returns the matplotlib Axes.
    alt : str
        What it shows, in words made from the result.
    caption : str
        The line below.
    twin : Table
        The same numbers as a table.
    trails : tuple of str
        The trail of each row of the twin.
    result : object
        What it shows, for `neckevidence.figures.save`.
    """

    name: str
    draw: Callable[[], Any] = field(repr=False, compare=False)
    alt: str
    caption: str
    twin: Table
    trails: tuple[str, ...] = ()
    result: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Workbench:
    """Where a reader of the HTML recomputes the comparisons; paper does not have it.

    Attributes
    ----------
    data : dict
        What the script reads.
    """

    data: Mapping[str, Any] = field(repr=False)


Block = Words | Rows | Picture | Workbench


@dataclass(frozen=True)
class Chapter:
    """A heading with what stands below it.

    Attributes
    ----------
    name : str
        Name for links.
    title : str
        Heading, without a number.
    blocks : tuple of Words, Rows, Picture or Workbench
        In order.
    chapters : tuple of Chapter
        Those below.
    """

    name: str
    title: str
    blocks: tuple[Block, ...] = ()
    chapters: tuple[Chapter, ...] = ()

    def walk(self) -> Iterator[Chapter]:
        """Yield the chapter itself, then all below it."""
        yield self
        for chapter in self.chapters:
            yield from chapter.walk()


@dataclass(frozen=True)
class Document:
    """A report.

    Attributes
    ----------
    title, subtitle : str
        For the title page.
    edition : str
        What it is made from: version, evidence with its date and digest. No clock.
    date : str
        When the literature was searched, in words: ``November 2026``.
    chapters : tuple of Chapter
        In order.
    trails : dict of str to Explanation
        From a number down to the printed figures, by name.
    """

    title: str
    subtitle: str
    edition: str
    date: str
    chapters: tuple[Chapter, ...]
    trails: Mapping[str, Explanation] = field(repr=False, compare=False)

    def blocks(self) -> Iterator[Block]:
        """Yield every block in order."""
        for top in self.chapters:
            for chapter in top.walk():
                yield from chapter.blocks

    def pictures(self) -> tuple[Picture, ...]:
        """Return the pictures in order."""
        return tuple(block for block in self.blocks() if isinstance(block, Picture))
