"""The report as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jinja2
import matplotlib.pyplot as plt
from markupsafe import Markup

from neckevidence.figures.svg import font_face_css, svg_text
from neckevidence.report import markup
from neckevidence.report.document import Chapter, Document, Picture, Rows, Words, Workbench
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
    facts = {fact: f"fact-{fact}" for fact in _anchored(document)}
    return environment.get_template("report.html.j2").render(
        document=document,
        chapters=list(_numbered(document.chapters)),
        facts=facts,
        styles=Markup("\n").join(Markup((_WEB / name).read_text(encoding="utf-8")) for name in _STYLES),
        font=Markup(font_face_css(_signs(pictures.values()))),
        scripts=scripts,
        policy=policy(scripts),
    )


def _drawn(picture: Picture) -> str:
    axes = picture.draw()
    svg = svg_text(axes.figure, picture.alt, fonts="none", prefix=f"{picture.name}-")
    plt.close(axes.figure)
    return Markup(svg)


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


def _numbered(chapters: tuple[Chapter, ...], above: str = "") -> Iterator[tuple[str, Chapter, list]]:
    """Yield each chapter with its number, and those below it likewise."""
    for place, chapter in enumerate(chapters, 1):
        number = f"{above}{place}"
        yield number, chapter, list(_numbered(chapter.chapters, f"{number}."))


def _anchored(document: Document) -> Iterator[str]:
    for block in document.blocks():
        if isinstance(block, Rows):
            yield from (name.removeprefix("fact-") for name in block.anchors if name.startswith("fact-"))
