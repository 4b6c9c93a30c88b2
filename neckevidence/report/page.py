"""The report as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jinja2
from markupsafe import Markup

from neckevidence.core.errors import NeckevidenceError
from neckevidence.figures.svg import font_face_css
from neckevidence.report import markup
from neckevidence.report.blocks import anchor
from neckevidence.report.document import Document, Picture, Rows, Section, Words, Workbench
from neckevidence.report.safe import policy

_HERE = Path(__file__).parent
_TEMPLATES, _WEB = _HERE / "templates", _HERE / "web"
_SCRIPTS = ("synthesis.js", "workbench_words.js", "workbench_forest.js", "workbench.js", "cells.js", "report.js")
_STYLES = ("report.css", "workbench.css")


def render_page(document: Document) -> str:
    """Write a document as HTML.

    Parameters
    ----------
    document : Document
        The report.

    Returns
    -------
    str
        One page: styles, scripts, fonts and pictures are within it. The same document gives the same text.
    """
    pictures = {picture.name: _drawn(picture) for picture in document.pictures()}
    numbers = {picture.name: number for number, picture in enumerate(document.pictures(), 1)}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        paragraph=markup.paragraph,
        table=markup.table,
        trail=markup.trail,
        kind=_kind,
        drawn=pictures,
        figure_number=numbers,
        groups=_groups,
    )
    scripts = [Markup((_WEB / name).read_text(encoding="utf-8")) for name in _SCRIPTS]
    there = {name for block in document.blocks() if isinstance(block, Rows) for name in block.anchors}
    traced = {fact for tree in document.trails.values() for fact in tree.fact_ids}
    facts = {fact: name for fact in traced if (name := anchor("facts", fact)) in there}
    return environment.get_template("report.html.j2").render(
        document=document,
        sections=list(_numbered(document.sections)),
        facts=facts,
        styles=Markup("\n").join(Markup((_WEB / name).read_text(encoding="utf-8")) for name in _STYLES),
        font=Markup(font_face_css(_signs(pictures.values()))),
        scripts=scripts,
        policy=policy(scripts),
    )


def _drawn(picture: Picture) -> str:
    file = picture.folder / f"{picture.name}.text.svg"
    if not file.is_file():
        raise NeckevidenceError(f"figure {picture.name!r}: {file.name} is not there")
    return Markup(file.read_text(encoding="utf-8"))


def _signs(pictures: object) -> str:
    """Return every character of the pictures, so that the font holds no other."""
    return "".join(sorted({sign for svg in pictures for sign in svg}))  # type: ignore[attr-defined]


def _kind(block: object) -> str:
    return {Words: "words", Rows: "rows", Picture: "picture", Workbench: "workbench"}[type(block)]


def _groups(blocks: tuple) -> Iterator[tuple[str, list]]:
    """Yield blocks with the items of one list together."""
    items: list[Words] = []
    for block in blocks:
        if isinstance(block, Words) and block.item:
            items.append(block)
            continue
        if items:
            yield "list", items
            items = []
        yield _kind(block), [block]
    if items:
        yield "list", items


def _numbered(sections: tuple[Section, ...], above: str = "") -> Iterator[tuple[str, Section, list]]:
    """Yield each section with its number, and those below it likewise."""
    for place, section in enumerate(sections, 1):
        number = f"{above}{place}"
        yield number, section, list(_numbered(section.sections, f"{number}."))
