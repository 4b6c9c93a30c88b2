"""An executed notebook as a section of the report: its Markdown, and what its cells showed; code stays in the notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from neckevidence.report.blocks import MIME, BlockError, Blocks, from_json, named
from neckevidence.report.document import Block, Part, Rows, Words
from neckevidence.report.kernels import ReportError
from neckevidence.report.markdown import Heading, read_markdown
from neckevidence.tables.base import Table

# Tags of cells.
LEFT_OUT = "not-in-report"
FOLDED = "folded"
_OPAQUE = re.compile(r"<IPython\.core\.display\.\w+ object>")


@dataclass
class Told:
    """A section that a notebook told, or is telling.

    Attributes
    ----------
    title : str
        Heading.
    level : int
        1 for the notebook itself.
    found : list of Blocks
        What it says, in order.
    below : list of Told
        The sections below.
    asked : bool
        Whether it has a cell of code that could show something.
    shown : bool
        Whether one did.
    """

    title: str
    level: int = 1
    found: list[Blocks] = field(default_factory=list)
    below: list[Told] = field(default_factory=list)
    asked: bool = False
    shown: bool = False

    def walk(self) -> Iterator[Told]:
        """Yield the section itself, then all below it."""
        yield self
        for one in self.below:
            yield from one.walk()


def notebook_names(paths: Sequence[Path]) -> dict[str, str]:
    """Return a name for each notebook, for links and files.

    Parameters
    ----------
    paths : sequence of Path
        The notebooks of a report.

    Returns
    -------
    dict of str to str
        From the name of the file to the name.

    Examples
    --------
    >>> notebook_names([Path("01_dose.ipynb"), Path("02_dose.ipynb")])
    {'01_dose.ipynb': 'dose', '02_dose.ipynb': 'n-02-dose'}
    """
    names: dict[str, str] = {}
    for path in paths:
        short = named(re.sub(r"^\d+_", "", path.stem))
        names[path.name] = short if short not in names.values() else named(path.stem)
    return names


def read_notebook(
    path: Path, notebook: Any, folder: Path, place: Callable[[str], str] = lambda address: ""
) -> Told | None:
    """Read what a notebook tells.

    Parameters
    ----------
    path : Path
        The notebook, for messages.
    notebook : NotebookNode
        Executed in a kernel that records.
    folder : Path
        Where the files of its pictures are.
    place : callable
        From the file name of another notebook to the name of its section; empty for none.

    Returns
    -------
    Told or None
        None if no cell showed anything.

    Raises
    ------
    ReportError
        If a cell showed what a report cannot take; the message names notebook and cell.

    Notes
    -----
    A section drops out if it has cells of code and none of them showed anything: it has no data here.
    """
    top = Told(path.stem)
    open_ = [top]
    titled = False
    for number, cell in enumerate(notebook.cells, 1):
        tags = cell.metadata.get("tags", [])
        if LEFT_OUT in tags:
            continue
        if cell.cell_type == "markdown":
            for part in read_markdown(cell.source, place):
                if isinstance(part, Heading) and part.level == 1 and not titled:
                    top.title, titled = part.title, True
                elif isinstance(part, Heading):
                    open_ = _opened(open_, Told(part.title, max(2, part.level)))
                else:
                    name = f"{named(path.stem)}_words-{number}"
                    block = Rows(name, part, ("",) * len(part.frame)) if isinstance(part, Table) else part
                    open_[-1].found.append(Blocks((block,)))
        elif cell.cell_type == "code" and cell.source.strip():
            open_[-1].asked = True
            try:
                shown = [_output(output, folder) for output in cell.outputs]
            except BlockError as error:
                raise ReportError(f"{path.name}, cell {number}: {error}") from error
            shown = [_folded(blocks) if FOLDED in tags else blocks for blocks in shown if blocks.blocks]
            open_[-1].shown |= bool(shown)
            open_[-1].found += shown
    return top if any(one.shown for one in top.walk()) else None


def _opened(open_: list[Told], new: Told) -> list[Told]:
    """Return the open sections with a new one below the last that is of a higher level."""
    above = [one for one in open_ if one.level < new.level]
    above[-1].below.append(new)
    return [*above, new]


def _output(output: Any, folder: Path) -> Blocks:
    data = output.get("data", {})
    if output.output_type == "error":
        raise BlockError(f"{output.ename}: {output.evalue}")
    if MIME in data:
        return from_json(data[MIME], folder)
    if any(kind.startswith("image/") for kind in data):
        raise BlockError("a picture without words: show it by neckevidence.figures.show(ax, result)")
    if "text/markdown" in data:
        return Blocks(tuple(_own_words(data["text/markdown"])))
    if _OPAQUE.fullmatch(data.get("text/plain", "")):
        raise BlockError(f"{data['text/plain']} has no words: show a table or a sentence, or tag the cell {LEFT_OUT}")
    if output.output_type == "stream" and output.name != "stdout":
        return Blocks(())
    return Blocks(tuple(_lines(data.get("text/plain", output.get("text", "")))))


def _own_words(source: str) -> Iterator[Words]:
    """Yield Markdown that a cell shows; a heading in it is a line that stands out, a table its rows."""
    for part in read_markdown(source):
        if isinstance(part, Words):
            yield part
        elif isinstance(part, Heading):
            yield Words((Part(part.title, strong=True),))
        else:
            yield from (Words.of(" | ".join(row), item=True) for row in part.frame.to_numpy().tolist())


def _lines(text: str) -> Iterator[Words]:
    for line in text.splitlines():
        if line.strip():
            yield Words((Part(line.strip(), code="  " in line.strip()),))


def _folded(found: Blocks) -> Blocks:
    blocks: list[Block] = [replace(block, folded=True) if isinstance(block, Rows) else block for block in found.blocks]
    return replace(found, blocks=tuple(blocks))


def kept(told: Told) -> bool:
    """Tell whether a section stays: not if its cells had nothing to show, or if nothing stands in it."""
    every = list(told.walk())
    nothing = any(one.asked for one in every) and not any(one.shown for one in every)
    return not nothing and any(one.found for one in every)
