"""Evidence from an Excel file: one sheet a table, values only."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

from neckevidence.core.errors import EvidenceError, Fault, nearest, quoted
from neckevidence.data.collected import as_text, evidence_from_cells
from neckevidence.data.delimited import MAX_COLUMNS, MAX_FAULTS, MAX_ROWS, Cells
from neckevidence.data.evidence import Evidence
from neckevidence.data.folder import MEBIBYTE, EvidenceFolder, UnreadableError
from neckevidence.data.rulebook import rulebook

_MOST_SHEETS = 50
_MOST_PARTS = 500
_MOST_MIB = 16  # unfolded; openpyxl takes thirty times as much for a row of nothing but cells


def read_xlsx(path: str | os.PathLike[str]) -> Evidence:
    """Read evidence from an Excel file.

    Parameters
    ----------
    path : path-like
        A ``.xlsx`` file whose sheets are called as the tables of an evidence folder: ``arms``, and ``counts``, ``means`` or
        ``reported``. The first row of a sheet names its columns.

    Returns
    -------
    Evidence
        Checked as a folder is.

    Raises
    ------
    EvidenceError
        If the file cannot be read or has faults: a formula, a date that Excel made of a figure, a sheet with a name that is
        almost that of a table. Sheets with other names are not read.
    """
    where = Path(path)
    try:
        data = EvidenceFolder(where.resolve().parent).read(where.resolve().name, ".xlsx")
        sheets = _sheets(data)
    except FileNotFoundError:
        raise EvidenceError(str(path), [Fault(where.name, None, "", "no such file", "an Excel file")]) from None
    except UnreadableError as error:
        raise EvidenceError(str(path), [Fault(where.name, None, "", error.found, error.expected)]) from None
    faults = [fault for found in sheets.values() if isinstance(found, list) for fault in found]
    return evidence_from_cells({n: c for n, c in sheets.items() if isinstance(c, Cells)}, str(path), faults)


def _sheets(data: bytes) -> dict[str, Cells | list[Fault]]:
    """Read every sheet that is a table."""
    from openpyxl import load_workbook

    _require_small(data)
    try:
        # Read only, without links to other files; defusedxml, where it is installed, reads its XML.
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False, rich_text=False)
        names = book.sheetnames
    except Exception as error:  # openpyxl raises whatever its parts do
        raise UnreadableError(f"no Excel workbook ({type(error).__name__})", "a .xlsx file") from None
    if len(names) > _MOST_SHEETS:
        raise UnreadableError(f"{len(names)} sheets", f"at most {_MOST_SHEETS} sheets")
    found: dict[str, Cells | list[Fault]] = {}
    tables = rulebook()
    for name in names:
        table = name.strip().lower()
        if table in found:
            raise UnreadableError(f"two sheets called {quoted(table)}", "one sheet for each table")
        if table in tables:
            try:
                found[table] = _cells(table, book[name])
            except UnreadableError:
                raise
            except Exception as error:
                raise UnreadableError(
                    f"a broken sheet {quoted(name)} ({type(error).__name__})", "a .xlsx file"
                ) from None
        elif likely := nearest(table, tables, 1):
            found[table] = [Fault(name, None, "", "a sheet that is no table", f"the name {likely[0]}, or another name")]
    return found


def _require_small(data: bytes) -> None:
    """Refuse a file that unfolds to more than a folder may hold."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise UnreadableError("no Excel workbook", "a .xlsx file") from None
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_MIB * MEBIBYTE:
        raise UnreadableError(f"over {_MOST_MIB} MiB when unfolded", f"at most {_MOST_MIB} MiB")


def _cells(table: str, sheet: Any) -> Cells | list[Fault]:
    """Read one sheet."""
    sheet.reset_dimensions()  # what the file says of its size need not be true
    header: list[str] = []
    rows, lines, faults = [], [], []
    for line, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1), start=1):
        if line > MAX_ROWS:
            return [Fault(table, line, "", f"over {MAX_ROWS} rows", f"at most {MAX_ROWS} rows in a table")]
        if len(faults) > MAX_FAULTS:
            break
        found = [_cell(table, line, header[place] if place < len(header) else "", one) for place, one in enumerate(row)]
        faults += [one for one in found if isinstance(one, Fault)]
        cells = [one if isinstance(one, str) else "" for one in found]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if not header:
            header, start = cells, line
        elif len(cells) > len(header):
            faults.append(Fault(table, line, "", f"{len(cells)} cells", f"{len(header)} cells, one a column"))
        else:
            rows.append(cells + [""] * (len(header) - len(cells)))
            lines.append(line)
    return faults or Cells(header, rows, lines, start if header else 1)


def _cell(table: str, line: int, column: str, cell: Any) -> str | Fault:
    """Return a cell as text; what is no value is a fault."""
    kind, value = getattr(cell, "data_type", "n"), getattr(cell, "value", None)
    if value is None:
        return ""
    if kind == "f":
        return Fault(table, line, column, "a formula", "its value: copy, and paste values only")
    if kind == "e":
        return Fault(table, line, column, quoted(value), "a value, not an error of Excel")
    if kind == "d":
        return Fault(table, line, column, "a date", "text or a number: Excel makes dates of figures such as 1-2")
    return as_text(value)
