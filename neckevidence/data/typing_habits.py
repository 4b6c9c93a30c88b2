"""A table as it was meant: columns under other names, numbers as people type them, decimals that a spreadsheet took away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

from neckevidence.core.errors import Fault
from neckevidence.core.escape import uncell
from neckevidence.core.printed import bare_digits, printed_numbers
from neckevidence.data.delimited import Cells
from neckevidence.data.rulebook import Field, Table
from neckevidence.data.spelling import plain_number, plain_truth, without_zeros

_OTHER_NAMES = {"arms": {"n": "n_randomised"}, "means": {"mean": "value"}}
_DIGITS = r"\d+"


def as_meant(table: Table, cells: Cells, strict: bool = False) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Read the cells of a table as their author meant them.

    Parameters
    ----------
    table : Table
        Its rules.
    cells : Cells
        The cells as text.
    strict : bool
        Whether each column must be one of the rules.

    Returns
    -------
    text : DataFrame or None
        The same cells, numbers in plain digits; None if a column is missing.
    faults : list of Fault
        The columns that are missing, and in strict reading those that are not in the rules.
    """
    other = _OTHER_NAMES.get(table.name, {})
    header = list(map(uncell, cells.header))
    names = [other[name] if name in other and other[name] not in header else name for name in header]
    faults = _header_faults(table, names, cells.header_line, strict)
    if faults:
        return None, faults
    rows = [[uncell(cell.strip()) or None for cell in row] for row in cells.rows]
    text = pd.DataFrame(rows, columns=names, index=pd.Index(cells.lines, name="row"), dtype="str")
    return meant(table, text, cells.semicolons), []


def meant(table: Table, text: pd.DataFrame, semicolons: bool = False) -> pd.DataFrame:
    """Write numbers in plain digits and truth values in small letters, and give decimals back that the print has.

    Parameters
    ----------
    table : Table
        The rules.
    text : DataFrame
        The cells as text.
    semicolons : bool
        Whether semicolons stood between the cells.

    Returns
    -------
    DataFrame
        Of the same form.
    """
    text = text.copy()
    numeric = []
    for field in table.fields:
        name, spell = field["name"], _spelling(field, semicolons)
        if name in text and spell is not None:
            text[name] = text[name].map(spell, na_action="ignore").astype("str")
        if name in text and field["type"] in ("integer", "number"):
            numeric.append(name)
    if "as_printed" in text:
        prints = text["as_printed"].map(_printed, na_action="ignore").tolist()
        for name in numeric:
            cells = zip(text[name].tolist(), prints, strict=True)
            text[name] = pd.Series([_as_printed(cell, words) for cell, words in cells], index=text.index, dtype="str")
    else:
        for name in numeric:
            text[name] = text[name].map(without_zeros, na_action="ignore").astype("str")
    return text


def _header_faults(table: Table, names: list[str], line: int, strict: bool) -> list[Fault]:
    """Name the columns that are missing, and in strict reading those that nothing explains."""
    missing = [name for name in table.columns if name in table.needed and name not in names]
    extra = [name for name in names if name not in table.columns]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if not missing and not twice and not (extra and strict):
        return []
    parts = [("no", missing), ("twice", twice), ("also", extra)]
    found = "; ".join(f"{word} {', '.join(columns)}" for word, columns in parts if columns)
    wanted = "the columns " + ", ".join(table.columns if strict else sorted(table.needed, key=table.columns.index))
    return [Fault(table.name, line, ", ".join(missing or twice or extra), found, wanted)]


def _spelling(field: Field, semicolons: bool) -> Callable[[str], str] | None:
    """Return what a column's cells are read by; None for text."""
    kind = field["type"]
    if kind == "boolean":
        return plain_truth
    if kind in ("integer", "number"):
        percent = field.get("unit") == "per cent"
        return partial(plain_number, whole=kind == "integer", semicolons=semicolons, percent=percent)
    if field.get("constraints", {}).get("pattern") == _DIGITS:
        return partial(plain_number, whole=True)  # a spreadsheet makes 12345678 a number, and 12345678.0 of it
    return None


def _printed(text: str) -> dict[str, set[str]]:
    """Return the numbers of a print by their value: the same without the zeros at their ends."""
    found: dict[str, set[str]] = {}
    for word in printed_numbers(text):
        found.setdefault(_value(word), set()).add(word)
    return found


def _as_printed(cell: Any, words: Any) -> Any:
    """Give a number the decimals of its print, where the print has the same number and a spreadsheet changed its zeros."""
    if pd.isna(cell) or not isinstance(words, dict):
        return cell
    bare = bare_digits(cell)
    same = words.get(_value(bare), set())
    if bare in same:
        return cell
    return ("-" if cell.startswith("-") else "") + next(iter(same)) if len(same) == 1 else without_zeros(cell)


def _value(number: str) -> str:
    """Return digits without the zeros that do not change their value."""
    return number.rstrip("0").rstrip(".") if "." in number else number
