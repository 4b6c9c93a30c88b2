"""A folder, read once: what is checked is what is parsed, and the digest is of that."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from neckevidence.checks import rule_faults
from neckevidence.data.delimited import MAX_FAULTS, read_cells
from neckevidence.data.descriptor import DESCRIPTOR, read_json, text_faults
from neckevidence.data.descriptor import MAX_MIB as MAX_DESCRIPTOR_MIB
from neckevidence.data.folder import EvidenceFolder, UnreadableError
from neckevidence.data.rulebook import Table, effective_tables
from neckevidence.errors import Fault
from neckevidence.question import QUESTION, Question
from neckevidence.question_checks import question_faults, read_question
from neckevidence.schema import RawTable, key_faults, typed_table


@dataclass(frozen=True)
class ReadFolder:
    """What a folder holds.

    Attributes
    ----------
    descriptor : dict
        Its ``datapackage.json``.
    tables : mapping of str to Table
        The rules of its tables.
    raw : mapping of str to RawTable
        The tables that could be read.
    faults : tuple of Fault
        Sorted by table and row; empty if the folder is sound.
    question : Question
        What its ``question.toml`` says; without the file a question of which nothing is said.
    """

    descriptor: Mapping[str, Any]
    tables: Mapping[str, Table]
    raw: Mapping[str, RawTable]
    faults: tuple[Fault, ...]
    question: Question = field(default_factory=Question)

    def digest(self) -> str:
        """Return the SHA-256 of everything that was parsed, each text with its length before it.

        Returns
        -------
        str
            In hexadecimal digits.
        """
        found = hashlib.sha256()
        for part in self._parts():
            data = part.encode()
            found.update(f"{len(data)}:".encode() + data)
        return found.hexdigest()

    def _parts(self) -> Iterator[str]:
        """Yield descriptor and question, then each table: name, numbers of columns and rows, columns, cells row by row."""
        yield json.dumps(self.descriptor, sort_keys=True)
        yield repr(self.question)
        for name, content in self.raw.items():
            rows = content.text.fillna("").to_numpy().tolist()
            yield from (name, str(len(content.text.columns)), str(len(rows)), *content.text.columns)
            for row in rows:
                yield from row


def read_folder(path: Path) -> ReadFolder:
    """Read and check an evidence folder.

    Parameters
    ----------
    path : Path
        The folder.

    Returns
    -------
    ReadFolder
        Its tables, with every fault in them.
    """
    folder = EvidenceFolder(path)
    try:
        descriptor, faults = read_json(folder.read(DESCRIPTOR, ".json", MAX_DESCRIPTOR_MIB))
    except FileNotFoundError:
        return _unreadable(Fault(DESCRIPTOR, None, "", f"no such file in {path}", "an evidence folder"))
    except UnreadableError as error:
        return _unreadable(Fault(DESCRIPTOR, None, "", error.found, error.expected))
    if descriptor is None:
        return _unreadable(*faults)
    tables, contradictions = effective_tables(descriptor)
    if faults or contradictions:
        return _unreadable(*faults, *contradictions)
    raw: dict[str, RawTable] = {}
    faults = []
    for table in tables.values():
        content = _read_table(folder, table)
        found = content.faults if isinstance(content, RawTable) else content
        if isinstance(content, RawTable) and len(found) <= MAX_FAULTS:
            raw[table.name] = content
        faults += found
    faults += key_faults(tables, raw)
    faults += rule_faults(raw)
    question, wrong = _read_question(folder)
    faults += [*wrong, *question_faults(question, raw)]
    return ReadFolder(descriptor, tables, raw, _listed(faults), question)


def _unreadable(*faults: Fault) -> ReadFolder:
    """Return a folder of which no table is read."""
    return ReadFolder({}, {}, {}, _listed(faults))


def _read_table(folder: EvidenceFolder, table: Table) -> RawTable | list[Fault]:
    """Read one table; what makes it unreadable comes back as faults."""
    try:
        cells = read_cells(table.name, folder.read(table.path, ".csv"))
    except FileNotFoundError:
        return [Fault(table.name, None, "", "no file", f"the file {table.path}")]
    except UnreadableError as error:
        return [Fault(table.name, None, "", f"{table.path}, {error.found}", error.expected)]
    if isinstance(cells, list):
        return cells
    content = typed_table(table, cells)
    return content if isinstance(content, RawTable) else [content]


def _read_question(folder: EvidenceFolder) -> tuple[Question, list[Fault]]:
    """Read what the question is; a folder may do without."""
    try:
        content = folder.read(QUESTION, ".toml", 1)
    except FileNotFoundError:
        return Question(), []
    except UnreadableError as error:
        return Question(), [Fault(QUESTION, None, "", error.found, error.expected)]
    question, faults = read_question(content)
    if not faults:
        faults = tuple(text_faults(QUESTION, tomllib.loads(content.decode()), ""))
    return question, list(faults)


def _listed(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Sort faults, and of one table list no more than a reader can use."""
    by_table: dict[str, list[Fault]] = {}
    for fault in sorted(dict.fromkeys(faults), key=lambda item: (item.table, item.row or 0, item.column)):
        by_table.setdefault(fault.table, []).append(fault)
    listed = []
    for table, found in by_table.items():
        listed += islice(found, MAX_FAULTS)
        if len(found) > MAX_FAULTS:
            listed.append(Fault(table, None, "", f"over {MAX_FAULTS} faults", "none; the rest is not listed"))
    return tuple(listed)
