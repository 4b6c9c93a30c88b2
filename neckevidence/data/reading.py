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

import pandas as pd

from neckevidence.core.errors import Fault
from neckevidence.data.checks import number_without_print, rule_faults
from neckevidence.data.completion import as_typed, completed, with_all_columns
from neckevidence.data.delimited import MAX_FAULTS, read_cells
from neckevidence.data.descriptor import DESCRIPTOR, read_json, text_faults
from neckevidence.data.descriptor import MAX_MIB as MAX_DESCRIPTOR_MIB
from neckevidence.data.folder import EvidenceFolder, UnreadableError
from neckevidence.data.question import QUESTION, Question
from neckevidence.data.question_checks import question_faults, read_question
from neckevidence.data.rulebook import Table, effective_tables
from neckevidence.data.schema import RawTable, key_faults, typed_table
from neckevidence.data.typing_habits import as_meant

FIGURES = ("counts", "means", "reported")


@dataclass(frozen=True)
class ReadFolder:
    """What a folder holds.

    Attributes
    ----------
    descriptor : dict or None
        Its ``datapackage.json``; it may do without.
    tables : mapping of str to Table
        The rules of its tables.
    given : mapping of str to DataFrame
        The tables that there are, as text.
    raw : mapping of str to RawTable
        All tables that could be read, filled in and typed.
    faults : tuple of Fault
        Sorted by table and row; empty if the folder is sound.
    question : Question
        What its ``question.toml`` says; without the file a question of which nothing is said.
    untraced : frozenset of str
        Names of the figures without a source or without their print.
    question_file : bytes
        ``question.toml`` as it is; empty without one.
    """

    descriptor: Mapping[str, Any] | None
    tables: Mapping[str, Table]
    given: Mapping[str, pd.DataFrame]
    raw: Mapping[str, RawTable]
    faults: tuple[Fault, ...]
    question: Question = field(default_factory=Question)
    untraced: frozenset[str] = frozenset()
    question_file: bytes = b""

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
        """Yield descriptor and question, then each table: name, numbers of columns and rows, columns, cells row by row.

        A column without a cell says nothing, and neither does a table without a row.
        """
        yield json.dumps(self.descriptor, sort_keys=True)
        yield repr(self.question)
        for name, text in self.given.items():
            filled = text.dropna(axis="columns", how="all").fillna("")
            if len(filled.columns):
                yield from (name, str(len(filled.columns)), str(len(filled)), *filled.columns)
                for row in filled.to_numpy().tolist():
                    yield from row


def read_folder(path: Path, strict: bool = False) -> ReadFolder:
    """Read and check an evidence folder.

    Parameters
    ----------
    path : Path
        The folder.
    strict : bool
        Whether nothing may be left out: the bar of an evidence in which every figure is traced to its print.

    Returns
    -------
    ReadFolder
        Its tables, with every fault in them.
    """
    folder = EvidenceFolder(path)
    descriptor, faults = _descriptor(folder)
    if descriptor is None and (strict or faults or not (path / "arms.csv").exists()):
        arms = (path / "arms.csv").exists()
        wanted = "this file, or arms.csv and a table of figures"
        wanted = "this file, which strict needs: it says of each table what must stand in it" if arms else wanted
        return _unreadable(faults or [Fault(DESCRIPTOR, None, "", f"no such file in {path}", wanted)])
    tables, contradictions = effective_tables(descriptor, strict)
    if faults or contradictions:
        return _unreadable([*faults, *contradictions])
    given: dict[str, pd.DataFrame] = {}
    for table in tables.values():
        text, found = _read_table(folder, table, strict)
        faults += found
        if text is not None:
            given[table.name] = text
    question, content, wrong = _read_question(folder)
    return assembled(tables, given, [*faults, *wrong], strict, descriptor, question, content)


def assembled(
    tables: Mapping[str, Table],
    given: Mapping[str, pd.DataFrame],
    faults: list[Fault],
    strict: bool = False,
    descriptor: Mapping[str, Any] | None = None,
    question: Question | None = None,
    question_file: bytes = b"",
) -> ReadFolder:
    """Fill in, type and check tables of text.

    Parameters
    ----------
    tables : mapping of str to Table
        The rules.
    given : mapping of str to DataFrame
        The tables that there are.
    faults : list of Fault
        Found so far. A table that has one is looked at no further, nor are the others filled in from it.
    strict : bool
        Whether nothing may be left out.
    descriptor, question, question_file : dict, Question, bytes
        What else there is.

    Returns
    -------
    ReadFolder
        With every fault.
    """
    question = question or Question()
    unread = {fault.table for fault in faults}
    if not strict and not unread & {"arms", *FIGURES}:
        faults = [*faults, *_too_little(given)]
    texts, untraced = {name: with_all_columns(tables[name], text) for name, text in given.items()}, frozenset()
    if not strict:
        texts, untraced = completed(tables, given)
    raw: dict[str, RawTable] = {}
    for name, text in texts.items():
        if name not in unread:
            content = typed_table(tables[name], text)
            faults = [*faults, *content.faults]
            if len(content.faults) <= MAX_FAULTS:
                raw[name] = content
    faults += key_faults(tables, raw)
    faults += rule_faults(raw)
    faults += number_without_print(raw) if strict else ()
    faults += question_faults(question, raw)
    if not strict:
        typed = as_typed({name: content.text for name, content in raw.items()})
        raw |= {name: raw[name].with_columns(columns) for name, columns in typed.items()}
    return ReadFolder(descriptor, tables, given, raw, _listed(faults), question, untraced, question_file)


def _descriptor(folder: EvidenceFolder) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Read the descriptor; a folder may do without."""
    try:
        return read_json(folder.read(DESCRIPTOR, ".json", MAX_DESCRIPTOR_MIB))
    except FileNotFoundError:
        return None, []
    except UnreadableError as error:
        return None, [Fault(DESCRIPTOR, None, "", error.found, error.expected)]


def _unreadable(faults: Iterable[Fault]) -> ReadFolder:
    """Return a folder of which no table is read."""
    return ReadFolder(None, {}, {}, {}, _listed(faults))


def _read_table(folder: EvidenceFolder, table: Table, strict: bool) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Read one table as text; what makes it unreadable comes back as faults."""
    try:
        cells = read_cells(table.name, folder.read(table.path, ".csv"))
    except FileNotFoundError:
        missing = [Fault(table.name, None, "", "no file", f"the file {table.path}")]
        return None, missing if table.listed or strict else []
    except UnreadableError as error:
        return None, [Fault(table.name, None, "", f"{table.path}, {error.found}", error.expected)]
    return (None, cells) if isinstance(cells, list) else as_meant(table, cells, strict)


def _too_little(given: Mapping[str, pd.DataFrame]) -> Iterator[Fault]:
    """Yield what even the smallest evidence needs and this one lacks."""
    if "arms" not in given:
        yield Fault("arms", None, "", "no file", "the file arms.csv")
    if not set(FIGURES) & set(given):
        yield Fault("counts", None, "", "no table of figures", f"one of {', '.join(f'{name}.csv' for name in FIGURES)}")


def _read_question(folder: EvidenceFolder) -> tuple[Question, bytes, list[Fault]]:
    """Read what the question is; a folder may do without."""
    try:
        content = folder.read(QUESTION, ".toml", 1)
    except FileNotFoundError:
        return Question(), b"", []
    except UnreadableError as error:
        return Question(), b"", [Fault(QUESTION, None, "", error.found, error.expected)]
    question, faults = read_question(content)
    if not faults:
        faults = tuple(text_faults(QUESTION, tomllib.loads(content.decode()), ""))
    return question, content, list(faults)


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
