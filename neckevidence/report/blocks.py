"""Blocks of the report as JSON: what the kernel of a notebook hands over, and the reader that checks it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.explanation import Explanation
from neckevidence.report.document import Block, Part, Picture, Rows, Words, Workbench
from neckevidence.tables.base import Table

MIME = "application/vnd.neckevidence+json"
NAME = re.compile(r"[a-z][a-zA-Z0-9_.-]*")
LINK = re.compile(r"https?://\S+|#[a-z][a-zA-Z0-9_.-]*")
_DEPTH = 50  # of a trail


class BlockError(NeckevidenceError):
    """What a notebook handed over is no block of a report; the message says where and why."""


@dataclass(frozen=True)
class Blocks:
    """What one output of a notebook brings into the report.

    Attributes
    ----------
    blocks : tuple of Words, Rows, Picture or Workbench
        In order.
    trails : dict of str to Explanation
        The trails that they name.
    """

    blocks: tuple[Block, ...]
    trails: Mapping[str, Explanation] = field(default_factory=dict)


class Trees:
    """Trails by name, in the order in which they were kept.

    Attributes
    ----------
    found : dict of str to Explanation
        The trails.
    """

    def __init__(self) -> None:
        self.found: dict[str, Explanation] = {}

    def kept(self, words: str, tree: Explanation) -> str:
        """Keep a trail, once, and return its name.

        Parameters
        ----------
        words : str
            What its name is made of; a number is added if another trail has that name.
        tree : Explanation
            The trail.

        Returns
        -------
        str
            The name.

        Examples
        --------
        >>> trees = Trees()
        >>> [trees.kept("RR of A", Explanation(says)) for says in ("one", "another", "one")]
        ['rr-of-a', 'rr-of-a-2', 'rr-of-a']
        """
        base = named(words)
        name, number = base, 1
        while self.found.setdefault(name, tree) != tree:
            number += 1
            name = f"{base}-{number}"
        return name


def named(words: str) -> str:
    """Return words as a name for links and files.

    Parameters
    ----------
    words : str
        A heading, codes, whatever.

    Returns
    -------
    str
        Small letters and digits with hyphens between, a letter first, at most 80.

    Examples
    --------
    >>> named("5 mg against 10 mg: harms")
    'n-5-mg-against-10-mg-harms'
    """
    name = re.sub(r"[^a-z0-9]+", "-", words.replace("+", " and ").lower()).strip("-")[:80].rstrip("-")
    return name if name[:1].isalpha() else f"n-{name}".rstrip("-")


def anchor(table: str, key: str) -> str:
    """Return the name of a row of the evidence, so that a link can point at it.

    Parameters
    ----------
    table : str
        The table, in the plural.
    key : str
        The row.

    Returns
    -------
    str
        A name without signs that a link cannot hold.

    Examples
    --------
    >>> anchor("facts", "counts_001")
    'fact-counts_001'
    """
    plain = re.fullmatch(r"[A-Za-z0-9_.-]+", key)
    return f"{table.removesuffix('s')}-{key if plain else hashlib.sha256(key.encode()).hexdigest()[:12]}"


def renamed(block: Block, trail: Callable[[str], str]) -> Block:
    """Return a block that names its trails otherwise.

    Parameters
    ----------
    block : Words, Rows, Picture or Workbench
        The block.
    trail : callable
        From the name of a trail to its new name; an empty name stays empty.

    Returns
    -------
    Words, Rows, Picture or Workbench
        A copy.
    """
    if isinstance(block, Words):
        return replace(block, parts=tuple(replace(part, trail=trail(part.trail)) for part in block.parts))
    if isinstance(block, Rows | Picture):
        return replace(block, trails=tuple(map(trail, block.trails)))
    comparisons = [one | {"trail": trail(one["trail"])} for one in block.data["comparisons"]]
    return Workbench({**block.data, "comparisons": comparisons})


def to_json(found: Blocks) -> dict[str, Any]:
    """Return blocks as JSON has them.

    Parameters
    ----------
    found : Blocks
        The blocks with their trails.

    Returns
    -------
    dict
        ``blocks`` and ``trails``.
    """
    return {
        "blocks": [_written(block) for block in found.blocks],
        "trails": {name: tree.to_dict() for name, tree in found.trails.items()},
    }


def _written(block: Block) -> dict[str, Any]:
    if isinstance(block, Words):
        return {"kind": "words", "item": block.item, "parts": [asdict(part) for part in block.parts]}
    if isinstance(block, Workbench):
        return {"kind": "workbench", "data": dict(block.data)}
    if isinstance(block, Rows):
        own = {"kind": "rows", "table": _table(block.table), "anchors": list(block.anchors), "folded": block.folded}
    else:
        own = {"kind": "picture", "table": _table(block.twin), "alt": block.alt, "caption": block.caption}
        own |= {"size": list(block.size), "lacks": block.lacks}
    return own | {"name": block.name, "trails": list(block.trails)}


def _table(table: Table) -> dict[str, Any]:
    cells = [[str(cell) for cell in row] for row in table.frame.itertuples(index=False)]
    return {
        "title": table.title,
        "note": table.note,
        "columns": [str(one) for one in table.frame.columns],
        "cells": cells,
    }


def from_json(data: Any, folder: Path) -> Blocks:
    """Read what a notebook handed over, and refuse what is not in order.

    Parameters
    ----------
    data : object
        From `to_json`.
    folder : Path
        Where the files of the pictures are.

    Returns
    -------
    Blocks
        The blocks with their trails.

    Raises
    ------
    BlockError
        If something is missing, of another type, or names what is not there.
    """
    trails = {_name(name): _tree(tree) for name, tree in _get(data, "trails", dict).items()}
    blocks = tuple(_read(block, folder, set(trails)) for block in _get(data, "blocks", list))
    return Blocks(blocks, trails)


def _read(block: Any, folder: Path, trails: set[str]) -> Block:
    kind = _get(block, "kind", str)
    if kind not in _READERS:
        raise BlockError(f"kind of a block must be one of {', '.join(_READERS)}; found {kind!r}")
    return _READERS[kind](block, folder, trails)


def _words(block: Any, folder: Path, trails: set[str]) -> Words:
    return Words(tuple(_part(part, trails) for part in _get(block, "parts", list)), _get(block, "item", bool))


def _part(part: Any, trails: set[str]) -> Part:
    read = Part(
        **{one.name: _get(part, one.name, type(one.default) if one.name != "text" else str) for one in fields(Part)}
    )
    if read.link and not LINK.fullmatch(read.link):
        raise BlockError(f"link must be an address that begins with http, or a name; found {read.link!r}")
    _known([read.trail], trails)
    return read


def _rows(block: Any, folder: Path, trails: set[str]) -> Rows:
    table, names, anchors = _frame(block), _strings(block, "trails"), _strings(block, "anchors")
    _known(names, trails)
    for what, entries in (("trails", names), ("anchors", anchors)):
        _one_a_row(what, entries, table)
    for anchor in filter(None, anchors):
        _name(anchor)
    return Rows(_name(_get(block, "name", str)), table, names, anchors, _get(block, "folded", bool))


def _picture(block: Any, folder: Path, trails: set[str]) -> Picture:
    table, names = _frame(block), _strings(block, "trails")
    _known(names, trails)
    _one_a_row("trails", names, table)
    size = _get(block, "size", list)
    if len(size) != 2 or not all(isinstance(one, int | float) and 0 < one < 1000 for one in size):
        raise BlockError(f"size of a picture must be two lengths in inches; found {size!r}")
    name, *words = (_get(block, name, str) for name in ("name", "alt", "caption"))
    return Picture(_name(name), *words, table, names, (size[0], size[1]), folder, _get(block, "lacks", str))


def _workbench(block: Any, folder: Path, trails: set[str]) -> Workbench:
    data = _get(block, "data", dict)
    _known([_get(one, "trail", str) for one in _get(data, "comparisons", list)], trails)
    return Workbench(data)


_READERS: Mapping[str, Callable[[Any, Path, set[str]], Block]] = {
    "words": _words,
    "rows": _rows,
    "picture": _picture,
    "workbench": _workbench,
}


def _frame(block: Any) -> Table:
    table = _get(block, "table", dict)
    columns, cells = _strings(table, "columns"), _get(table, "cells", list)
    for row in cells:
        if not isinstance(row, list) or len(row) != len(columns) or not all(isinstance(cell, str) for cell in row):
            raise BlockError(f"a row of a table must be {len(columns)} texts; found {row!r}")
    frame = pd.DataFrame(cells, columns=list(columns), dtype=object)
    return Table(frame, _get(table, "title", str), _get(table, "note", str))


def _tree(node: Any, depth: int = 0) -> Explanation:
    if depth > _DEPTH:
        raise BlockError(f"a trail may be {_DEPTH} levels deep")
    below = tuple(_tree(child, depth + 1) for child in _get(node, "children", list))
    return Explanation(_get(node, "label", str), _get(node, "says", str), below, _get(node, "fact_id", str))


def _get(data: Any, name: str, kind: type) -> Any:
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, kind):
        raise BlockError(f"{name} must be of type {kind.__name__}; found {type(found).__name__}")
    return found


def _strings(data: Any, name: str) -> tuple[str, ...]:
    found = _get(data, name, list)
    if not all(isinstance(one, str) for one in found):
        raise BlockError(f"{name} must be texts; found {found!r}")
    return tuple(found)


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise BlockError(f"a name must be a letter, then letters, digits, _, . and -; found {name!r}")
    return name


def _known(names: Sequence[str], trails: set[str]) -> None:
    unknown = [name for name in names if name and name not in trails]
    if unknown:
        raise BlockError(f"no trail is named {unknown[0]!r}")


def _one_a_row(what: str, entries: tuple[str, ...], table: Table) -> None:
    if len(entries) not in (0, len(table.frame)):
        raise BlockError(f"{table.title}: {len(table.frame)} rows, but {len(entries)} {what}")
