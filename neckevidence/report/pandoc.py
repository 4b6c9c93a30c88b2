"""Pandoc: nodes of its tree, and the program itself, from its wheel."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neckevidence.core.errors import NeckevidenceError
from neckevidence.report.columns import breakable

_API = [1, 23, 1]  # of the tree, in pandoc 3
_ADDRESS = re.compile(r"https?://[^\s<>\"“”()]*[^\s<>\"“”().,;:]")

Node = dict[str, Any]


def node(kind: str, content: Any = None) -> Node:
    """Return a node of pandoc's tree.

    Parameters
    ----------
    kind : str
        ``"Para"``, ``"Str"``, ...
    content : object
        As the kind has it.

    Returns
    -------
    dict
        The node.
    """
    return {"t": kind} if content is None else {"t": kind, "c": content}


def inlines(text: str, narrow: bool = False) -> list[Node]:
    """Return text as pandoc's inlines: addresses of the web are links, all else is text.

    Parameters
    ----------
    text : str
        Plain text.
    narrow : bool
        Whether long words may break.

    Returns
    -------
    list of dict
        Nodes.
    """
    found, at = [], 0
    for address in _ADDRESS.finditer(text):
        found += plain(text[at : address.start()], narrow)
        found.append(node("Link", [attributes(), plain(address.group(), True), [address.group(), ""]]))
        at = address.end()
    return found + plain(text[at:], narrow)


def plain(text: str, narrow: bool = False) -> list[Node]:
    """Return text as pandoc's inlines, as it is.

    Parameters
    ----------
    text : str
        Plain text; a line's end stays one.
    narrow : bool
        Whether long words may break.

    Returns
    -------
    list of dict
        Nodes.
    """
    found: list[Node] = []
    for piece in re.split(r"(\s+)", breakable(text) if narrow else text):
        if piece.isspace():
            found.append(node("LineBreak" if "\n" in piece else "Space"))
        elif piece:
            found.append(node("Str", piece))
    return found


def attributes(name: str = "", **values: str) -> list[Any]:
    """Return the attributes of a node.

    Parameters
    ----------
    name : str
        Its name, for links.
    **values : str
        The others.

    Returns
    -------
    list
        As pandoc has them.
    """
    return [name, [], [[key, value] for key, value in values.items()]]


def styled(style: str, *blocks: Node) -> Node:
    """Return blocks in a named style of Word; the typst template reads the same name.

    Parameters
    ----------
    style : str
        Name of the style.
    *blocks : dict
        What is in it.

    Returns
    -------
    dict
        A node.
    """
    return node("Div", [["", [], [["custom-style", style]]], list(blocks)])


def pandoc() -> str:
    """Return the pandoc of the wheel: the one of the machine may be another version and write other bytes.

    Returns
    -------
    str
        Path of the program.
    """
    import pypandoc

    own = sorted((Path(pypandoc.__file__).parent / "files").glob("pandoc*"))
    return str(own[0]) if own else str(pypandoc.get_pandoc_path())


def run_pandoc(blocks: Sequence[Node], meta: Mapping[str, Node], folder: Path, *arguments: str) -> None:
    """Make a file from a tree.

    Parameters
    ----------
    blocks : sequence of dict
        The tree.
    meta : dict of str to Node
        Its metadata.
    folder : Path
        Where it runs; the pictures are there.
    *arguments : str
        What to make of it.

    Raises
    ------
    NeckevidenceError
        If pandoc fails or warns, with its words.
    """
    source = json.dumps({"pandoc-api-version": _API, "meta": dict(meta), "blocks": list(blocks)})
    done = subprocess.run(
        [pandoc(), "--from=json", "--fail-if-warnings", *arguments],
        cwd=folder,
        input=source,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise NeckevidenceError(f"pandoc: {done.stderr.strip() or done.stdout.strip()}")
