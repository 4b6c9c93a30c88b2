"""CSV, read strictly: every line is one row, every row has a cell for each column, every character can be seen."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from neckevidence.core.characters import HIDDEN, character_name
from neckevidence.core.errors import Fault, counted, quoted
from neckevidence.data.folder import UnreadableError

MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 5_000
MAX_CELLS = 1_000_000
MAX_FAULTS = 1_000  # of one table; what has more is not looked at further


@dataclass(frozen=True)
class Cells:
    """The cells of a CSV file as text.

    Attributes
    ----------
    header : list of str
        Names of the columns.
    rows : list of list of str
        As many cells each as there are columns.
    lines : list of int
        The line of the file in which each row stands; the header is mostly line 1.
    header_line : int
        The line of the header.
    semicolons : bool
        Whether semicolons stand between the cells, as where the comma is the decimal sign.
    """

    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    header_line: int
    semicolons: bool = False


def decoded(data: bytes) -> str:
    """Decode UTF-8, with or without a byte order mark.

    Parameters
    ----------
    data : bytes
        A file.

    Returns
    -------
    str
        Its text, with every end of a line as one line feed.

    Raises
    ------
    UnreadableError
        If it is in another encoding.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"a byte in line {line} that is not UTF-8", "text in UTF-8 (in Excel: save as CSV UTF-8)"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_cells(table: str, data: bytes) -> Cells | list[Fault]:
    """Read the cells of a CSV file.

    Parameters
    ----------
    table : str
        Name of the table, for the faults.
    data : bytes
        The file.

    Returns
    -------
    Cells or list of Fault
        The cells, or what keeps them from being read.

    Notes
    -----
    A row of empty cells is no row. A line break within a cell is refused: a quotation mark that is not closed would
    swallow the rows that follow, and no figure as printed needs one. So is a cell that is too long, or holds a character
    that cannot be seen.
    """
    try:
        text = decoded(data)
    except UnreadableError as error:
        return [Fault(table, None, "", error.found, error.expected)]
    header: list[str] = []
    rows, lines, faults, header_line, delimiter = [], [], [], 1, ","
    for line, content in enumerate(text.rstrip("\n").split("\n"), start=1):
        if line > MAX_ROWS or len(rows) * len(header) > MAX_CELLS:
            return [_too_many_rows(table, line)]
        if not header and content.count(";") > content.count(","):
            delimiter = ";"
        cells = _cells(content, delimiter)
        if cells is None:
            faults.append(_broken(table, line, content))
        elif not any(cells):
            continue
        elif not header:
            header, header_line = [name.strip() for name in cells], line
            faults += _header_faults(table, line, header)
            if faults:
                return faults
        elif len(cells) != len(header):
            wanted = f"{len(header)} cells, one a column"
            faults.append(Fault(table, line, _beyond(header, cells), f"{counted(len(cells), 'cell')}", wanted))
        else:
            rows.append(cells)
            lines.append(line)
    if not header:
        return [Fault(table, 1, "", "no header", "a first row with the names of the columns")]
    read = Cells(header, rows, lines, header_line, delimiter == ";")
    return faults or list(islice(cell_faults(table, read), MAX_FAULTS + 1)) or read


def _cells(content: str, delimiter: str) -> list[str] | None:
    """Split one line; None if a quotation mark in it is not closed, or a cell is far too long."""
    try:
        return next(csv.reader([content], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _broken(table: str, line: int, content: str) -> Fault:
    """Say why a line cannot be split."""
    if len(content) > csv.field_size_limit():
        return Fault(table, line, "", f"a cell of over {MAX_CELL} characters", f"at most {MAX_CELL} characters")
    return Fault(
        table, line, "", "a quotation mark that is not closed on its line", "cells in quotation marks, no line breaks"
    )


def _beyond(header: list[str], cells: list[str]) -> str:
    """Name the first column without a cell; nothing if there are too many cells."""
    return header[len(cells)] if len(cells) < len(header) else ""


def _too_many_rows(table: str, line: int) -> Fault:
    """Name the limit that was passed."""
    limit = f"{MAX_ROWS} rows" if line > MAX_ROWS else f"{MAX_CELLS} cells"
    return Fault(table, line, "", f"over {limit}", f"at most {limit} in a table")


def _header_faults(table: str, line: int, header: list[str]) -> Iterator[Fault]:
    """Names of columns that are missing, given twice, too long or cannot be read."""
    if len(header) > MAX_COLUMNS:
        yield Fault(table, line, "", f"{len(header)} columns", f"at most {MAX_COLUMNS} columns")
        return
    seen: set[str] = set()
    for number, name in enumerate(header, start=1):
        if not name.strip():
            yield Fault(table, line, "", f"no name for column {number}", "a name for each column")
        elif name in seen:
            yield Fault(table, line, name[:100], "a name given twice", "each column once")
        elif len(name) > 100:
            yield Fault(table, line, "", f"a name of {len(name)} characters", "at most 100 characters")
        elif HIDDEN.search(name):
            yield from hidden_characters(table, line, name, name)
        seen.add(name)


def hidden_characters(table: str, row: int | None, column: str, text: str) -> Iterator[Fault]:
    """Yield a fault if a text holds a character that cannot be seen.

    Parameters
    ----------
    table, row, column : str, int or None, str
        Where it stands.
    text : str
        The text.

    Yields
    ------
    Fault
        One, for the first such character.
    """
    match = HIDDEN.search(text)
    if match:
        found = f"{character_name(match.group())} in {quoted(text[max(0, match.start() - 20) : match.end() + 20])}"
        yield Fault(table, row, column, found, "characters that can be seen")


def cell_faults(table: str, cells: Cells) -> Iterator[Fault]:
    """Yield names and cells that are too long or hold a character that cannot be seen.

    Parameters
    ----------
    table : str
        Name of the table.
    cells : Cells
        Its cells.

    Yields
    ------
    Fault
        With row and column.
    """
    yield from _header_faults(table, cells.header_line, cells.header)
    for line, row in zip(cells.lines, cells.rows, strict=True):
        for column, cell in zip(cells.header, row, strict=True):
            if len(cell) > MAX_CELL:
                found = f"{len(cell)} characters"
                yield Fault(table, line, column, found, f"at most {MAX_CELL} characters in a cell")
            elif not cell.isascii() or not cell.isprintable():
                yield from hidden_characters(table, line, column, cell)
