"""The report as PDF: pandoc writes typst, typst sets it and refuses what is not PDF/UA-1."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.report.document import Document, Picture
from neckevidence.report.letters import fonts, unknown_letters
from neckevidence.report.pandoc import Node, node, plain, run_pandoc
from neckevidence.report.paper import WHOLE, Drawn, Markup, dated, draw, on_paper, tree

_TEMPLATE = Path(__file__).parent / "templates" / "paper.typ"
# What pandoc leaves to typst: shorthands, and at the start of a cell the marks of lists, terms and headings.
_SHORTHAND = re.compile(r"(-(?=\d)|--+|-\?|\.\.\.|^[-+=/]+$|^\d+\.$)")


def write_pdf(document: Document, path: Path) -> Path:
    """Write a report as tagged PDF.

    Parameters
    ----------
    document : Document
        The report.
    path : Path
        The file to write; it is only touched when all is done.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NeckevidenceError
        If a picture fails, or typst refuses: it checks the rules of PDF/UA-1 (ISO 14289-1) that a program can check.

    Notes
    -----
    Same report, same bytes: the date is the document's, and only fonts that come with typst and matplotlib are used.
    """
    import typst

    document = on_paper(document)
    date = dated(document)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:  # the caller's: it clears what a killed run leaves
        _typst_source(document, Path(folder))
        try:
            pdf = typst.compile(
                str(Path(folder) / "paper.typ"),
                font_paths=[str(fonts())],
                ignore_system_fonts=True,
                pdf_standards=["ua-1"],
                timestamp=int(date.timestamp()) if date else 0,
            )
        except typst.TypstError as error:
            raise NeckevidenceError(f"typst: {error}") from error
    path.write_bytes(pdf)
    return path


def _typst_source(document: Document, folder: Path) -> None:
    pictures = draw(document, folder)
    markup = Markup(_raw("#set page(flipped: true)"), _raw("#set page(flipped: false)"), _image, _number)
    date = dated(document)
    day = f"datetime(year: {date.year}, month: {date.month}, day: 1)" if date else "none"
    meta = {
        name: _literal(node("MetaInlines", plain(getattr(document, name))))
        for name in ("title", "subtitle", "edition", "date")
    }
    meta["day"] = node("MetaInlines", [node("RawInline", ["typst", day])])
    options = ["--to=typst-smart", "--standalone", f"--template={_TEMPLATE}", "--output=paper.typ"]
    blocks = [_literal(block) for block in _kept(tree(document, pictures, markup))]
    drawn = "".join(picture.lacks for picture in document.pictures())
    _refuse_unknown_letters(json.dumps([blocks, meta], ensure_ascii=False) + drawn)
    run_pandoc(blocks, meta, folder, *options)


def _literal(part: Any) -> Any:
    """Keep hyphens and dots from becoming dashes, minus signs, ellipses and lists."""
    if isinstance(part, list):
        return [one for node_ in part for one in (_letters(node_) if _is_text(node_) else [_literal(node_)])]
    if isinstance(part, dict) and not _is_text(part):
        return {key: _literal(value) for key, value in part.items()}
    return part


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("t") == "Str"


def _letters(text: Node) -> list[Node]:
    pieces = _SHORTHAND.split(text["c"])
    escaped = [
        node("RawInline", ["typst", "".join(f"\\{letter}" for letter in piece)]) if at % 2 else node("Str", piece)
        for at, piece in enumerate(pieces)
        if piece
    ]
    return escaped or [text]


def _refuse_unknown_letters(text: str) -> None:
    """Refuse letters that the font lacks: typst would print boxes."""
    unknown = unknown_letters(text)
    if unknown:
        raise NeckevidenceError(f"no font has {unknown}")


def _kept(blocks: Iterable[Node]) -> Iterator[Node]:
    """Keep short tables on one page."""
    for block in blocks:
        if block["t"] == "Table" and [WHOLE, "yes"] in block["c"][0][2]:
            yield from (_raw("#block(breakable: false)["), block, _raw("]"))
        else:
            yield block


def _raw(text: str) -> Node:
    return node("RawBlock", ["typst", text])


def _image(picture: Picture, drawn: Drawn) -> Node:
    """Take in a picture; pandoc 3.9 would leave its alternative text out."""
    file, alt = escape.typst(drawn.file), escape.typst(picture.alt)
    return node("RawInline", ["typst", f"#image({file}, width: {drawn.width:.3f}in, alt: {alt})"])


def _number(kind: str, number: int) -> Node:
    return node("Str", f"{kind} {number}")
