"""Figures from anywhere, put into the tables of an evidence and checked as a folder is."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from neckevidence.core.errors import EvidenceError, Fault, NeckevidenceError, counted
from neckevidence.data.delimited import MAX_COLUMNS, MAX_ROWS, Cells, cell_faults
from neckevidence.data.evidence import Evidence, evidence_of
from neckevidence.data.reading import assembled
from neckevidence.data.rulebook import effective_tables
from neckevidence.data.typing_habits import as_meant

Row = Mapping[str, Any]


def as_text(value: Any) -> str:
    """Return a value as the cell of a table.

    Parameters
    ----------
    value : object
        Text, a number, a truth value, or nothing.

    Returns
    -------
    str
        Empty for a missing value; numbers in plain digits.

    Examples
    --------
    >>> as_text(3), as_text(1e-07), as_text(float("nan")), as_text(True), as_text(" a ")
    ('3', '0.0000001', '', 'true', 'a')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral):
        return f"{Decimal(repr(float(value))):f}" if math.isfinite(value) else str(value)
    return str(value).strip()


def evidence_from_rows(tables: Mapping[str, Iterable[Row]], where: str) -> Evidence:
    """Make evidence of rows.

    Parameters
    ----------
    tables : mapping of str to iterable of mapping
        Rows by table, each a mapping of column to value. Rows that are the same stand once.
    where : str
        Where they come from, for messages.

    Returns
    -------
    Evidence
        Checked as a folder is.

    Raises
    ------
    EvidenceError
        If the rows have faults; row 1 is the first of a table.
    """
    cells = {name: _cells([_texts(row) for row in rows]) for name, rows in tables.items()}
    return evidence_from_cells({name: one for name, one in cells.items() if one.rows}, where)


def _texts(row: Row) -> dict[str, str]:
    return {column: as_text(value) for column, value in row.items()}


def evidence_from_cells(tables: Mapping[str, Cells], where: str, faults: Iterable[Fault] = ()) -> Evidence:
    """Make evidence of tables of text.

    Parameters
    ----------
    tables : mapping of str to Cells
        The tables.
    where : str
        Where they come from.
    faults : iterable of Fault
        What is wrong so far.

    Returns
    -------
    Evidence
        Checked as a folder is.

    Raises
    ------
    EvidenceError
        If there are faults.
    """
    rules, _ = effective_tables(None)
    given: dict[str, pd.DataFrame] = {}
    every = list(faults)
    for name, cells in tables.items():
        found = [*_size_faults(name, cells), *cell_faults(name, cells)]
        if not found:
            text, found = as_meant(rules[name], cells)
            if text is not None:
                given[name] = text
        every += found
    read = assembled(rules, {name: given[name] for name in rules if name in given}, every)
    if read.faults:
        raise EvidenceError(where, read.faults)
    return evidence_of(read, where)


def _cells(rows: list[dict[str, str]]) -> Cells:
    """Put rows under one header, columns in the order in which they first stand."""
    header = list(dict.fromkeys(column for row in rows for column in row))
    unique = dict.fromkeys(tuple(row.get(column, "") for column in header) for row in rows)
    return Cells(header, [list(row) for row in unique], list(range(1, len(unique) + 1)), 0)


def _size_faults(name: str, cells: Cells) -> list[Fault]:
    """Name the limit that a table passes."""
    faults = []
    if len(cells.rows) > MAX_ROWS:
        faults.append(Fault(name, None, "", f"over {MAX_ROWS} rows", f"at most {MAX_ROWS} rows"))
    if len(cells.header) > MAX_COLUMNS:
        faults.append(Fault(name, None, "", f"{len(cells.header)} columns", f"at most {MAX_COLUMNS} columns"))
    return faults


def required_columns(frame: pd.DataFrame, named: Mapping[str, str | None]) -> None:
    """Refuse a data frame without one of the columns that arguments name.

    Parameters
    ----------
    frame : DataFrame
        The data.
    named : mapping of str to str or None
        Names of columns by argument.

    Raises
    ------
    NeckevidenceError
        With the argument, what was found and the columns that there are.
    """
    if not isinstance(frame, pd.DataFrame):
        raise NeckevidenceError(f"a pandas DataFrame is needed, found {type(frame).__name__}")
    if frame.columns.duplicated().any():
        twice = ", ".join(str(name) for name in frame.columns[frame.columns.duplicated()])
        raise NeckevidenceError(f"columns given twice: {twice}")
    for argument, name in named.items():
        if name is not None and name not in frame.columns:
            there = ", ".join(str(column) for column in frame.columns)
            raise NeckevidenceError(f"{argument}={name!r} is no column; there are {there}")
    if frame.empty:
        raise NeckevidenceError(f"a data frame with {counted(len(frame), 'row')}; at least one is needed")
