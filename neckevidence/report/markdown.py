"""Markdown of a notebook's author as headings, words and tables of a report; HTML in it is text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from neckevidence.report.document import Part, Words
from neckevidence.tables.base import Table

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_STYLES = {"strong": "strong", "em": "emphasis"}


@dataclass(frozen=True)
class Heading:
    """A heading, one to six levels deep."""

    level: int
    title: str


def read_markdown(source: str, place: Callable[[str], str] = lambda address: "") -> Iterator[Heading | Words | Table]:
    r"""Yield what a piece of Markdown says.

    Parameters
    ----------
    source : str
        CommonMark, with tables.
    place : callable
        From an address that is not of the web to the name of its place in the report; empty for none.

    Returns
    -------
    iterator of Heading, Words or Table
        In order. Items of nested lists stand in one list; the number of an item is a word.

    Examples
    --------
    >>> [type(one).__name__ for one in read_markdown("# A\n\nTwo *words*.\n\n- item")]
    ['Heading', 'Words', 'Words']
    """
    tokens: Sequence[Token] = _PARSER.parse(source)
    for node in SyntaxTreeNode(tokens).children:
        yield from _block(node, place, item=False)


def _block(
    node: SyntaxTreeNode, place: Callable[[str], str], item: bool, lead: str = ""
) -> Iterator[Heading | Words | Table]:
    if node.type == "heading":
        yield Heading(int(node.tag[1:]), "".join(part.text for part in _inline(node.children[0], place)))
    elif node.type == "paragraph":
        number = (Part(lead),) if lead else ()
        yield Words((*number, *_inline(node.children[0], place)), item)
    elif node.type in ("fence", "code_block"):
        yield from (Words((Part(line, code=True),), item) for line in node.content.splitlines() if line.strip())
    elif node.type == "table":
        yield _table(node, place)
    elif node.type in ("bullet_list", "ordered_list"):
        first = int(node.attrs.get("start", 1))
        for number, below in enumerate(node.children, first):
            mark = f"{number}. " if node.type == "ordered_list" else ""
            for child in below.children:
                yield from _block(child, place, True, mark)
                mark = ""
    elif node.type == "blockquote":
        for child in node.children:
            yield from _block(child, place, item)


def _table(node: SyntaxTreeNode, place: Callable[[str], str]) -> Table:
    rows = [
        ["".join(part.text for part in _inline(cell.children[0], place)) for cell in row.children]
        for part in node.children
        for row in part.children
    ]
    return Table(pd.DataFrame(rows[1:], columns=rows[0], dtype=object), "Table").of(None)


def _inline(node: SyntaxTreeNode, place: Callable[[str], str]) -> tuple[Part, ...]:
    return tuple(part for child in node.children for part in _parts(child, Part(""), place) if part.text)


def _parts(node: SyntaxTreeNode, style: Part, place: Callable[[str], str]) -> Iterator[Part]:
    if node.type in ("text", "html_inline"):
        yield replace(style, text=node.content)
    elif node.type in ("softbreak", "hardbreak"):
        yield replace(style, text=" ")
    elif node.type == "code_inline":
        yield replace(style, text=node.content, code=True)
    elif node.type == "image":
        yield replace(style, text=node.content)
    else:
        if node.type == "link":
            style = replace(style, link=_address(str(node.attrs.get("href", "")), place))
        elif node.type in _STYLES:
            style = replace(style, **{_STYLES[node.type]: True})
        for child in node.children:
            yield from _parts(child, style, place)


def _address(href: str, place: Callable[[str], str]) -> str:
    """Return where a link leads: the web, or a place in the report; anything else is no link."""
    if href.startswith(("http://", "https://")):
        return href
    if href.startswith("doi:"):
        return f"https://doi.org/{href.removeprefix('doi:')}"
    name = place(href)
    return f"#{name}" if name else ""
