"""What a report says, before it is HTML, PDF or Word: sections of words, tables and pictures, and the trails of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neckevidence.core.explanation import Explanation
from neckevidence.tables.base import Table


@dataclass(frozen=True)
class Part:
    """A run of words in one style.

    Attributes
    ----------
    text : str
        Plain text.
    strong, emphasis, code : bool
        How it stands out.
    link : str
        Where it leads: an address of the web, or ``#`` and the name of a section; empty for nowhere.
    trail : str
        Name of the trail that its numbers lead to; empty if it has no results in it.
    """

    text: str
    strong: bool = False
    emphasis: bool = False
    code: bool = False
    link: str = ""
    trail: str = ""


@dataclass(frozen=True)
class Words:
    """A paragraph, or an item of a list.

    Attributes
    ----------
    parts : tuple of Part
        What it says.
    item : bool
        Whether it is an item of a list.
    """

    parts: tuple[Part, ...]
    item: bool = False

    @classmethod
    def of(cls, text: str, trail: str = "", item: bool = False) -> Words:
        """Return words in one style.

        Parameters
        ----------
        text : str
            Plain text.
        trail : str
            Name of the trail that its numbers lead to.
        item : bool
            Whether it is an item of a list.

        Returns
        -------
        Words
            Of one part.
        """
        return cls((Part(text, trail=trail),), item)

    @property
    def text(self) -> str:
        """What it says, as plain text."""
        return "".join(part.text for part in self.parts)


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
        The trail of each row's numbers; empty for a row of words or of cells of the evidence. No entry at all: nobody said.
    anchors : tuple of str
        A name for each row, so that a link can point at it; empty for none.
    folded : bool
        Whether HTML shows it folded.
    """

    name: str
    table: Table
    trails: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    folded: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure with its words and its table.

    Attributes
    ----------
    name : str
        Name within the document and of its files.
    alt : str
        What it shows, in words made from the result.
    caption : str
        The line below.
    twin : Table
        The same numbers as a table.
    trails : tuple of str
        The trail of each row of the twin, as in `Rows`.
    size : (float, float)
        Width and height, inches.
    folder : Path
        Where its files are: ``NAME.text.svg`` with text for HTML, ``NAME.svg`` with outlines for paper, ``NAME.png`` for Word.
    lacks : str
        Letters in it that the font of the outlines lacks: on paper they would be boxes.
    """

    name: str
    alt: str
    caption: str
    twin: Table
    trails: tuple[str, ...] = ()
    size: tuple[float, float] = (1.0, 1.0)
    folder: Path = field(default=Path(), repr=False, compare=False)
    lacks: str = ""


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
class Section:
    """A heading with what stands below it.

    Attributes
    ----------
    name : str
        Name for links.
    title : str
        Heading, without a number.
    blocks : tuple of Words, Rows, Picture or Workbench
        In order.
    sections : tuple of Section
        Those below.
    """

    name: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()

    def walk(self) -> Iterator[Section]:
        """Yield the section itself, then all below it."""
        yield self
        for section in self.sections:
            yield from section.walk()


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
    sections : tuple of Section
        In order.
    trails : dict of str to Explanation
        From a number down to the printed figures, by name.
    """

    title: str
    subtitle: str
    edition: str
    date: str
    sections: tuple[Section, ...]
    trails: Mapping[str, Explanation] = field(repr=False, compare=False)

    def blocks(self) -> Iterator[Block]:
        """Yield every block in order."""
        for top in self.sections:
            for section in top.walk():
                yield from section.blocks

    def pictures(self) -> tuple[Picture, ...]:
        """Return the pictures in order."""
        return tuple(block for block in self.blocks() if isinstance(block, Picture))
