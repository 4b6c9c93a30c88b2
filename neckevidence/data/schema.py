"""Tables as the rules read them: cells become numbers, words and truth values, and what breaks a rule a fault.

The rules stand in one place only, `neckevidence.data.rulebook`. Here they become pandera schemas, which check the cells, and
the codebook, which explains them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from neckevidence.core.errors import Fault, quoted
from neckevidence.data.delimited import MAX_FAULTS
from neckevidence.data.descriptor import DESCRIPTOR, read_json
from neckevidence.data.folder import EvidenceFolder
from neckevidence.data.rulebook import MAX_NUMBER, Field, Table, effective_tables

_DTYPES = {"string": "str", "integer": "Int64", "number": "float64", "boolean": "boolean"}
_TRUTH = {"true": True, "false": False}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_WANTED = {"boolean": "true or false", "integer": "a whole number", "number": "a finite number"}


@dataclass(frozen=True)
class RawTable:
    """A table as read: the cells as text, the same typed, and the faults found on the way."""

    text: pd.DataFrame
    typed: pd.DataFrame
    faults: tuple[Fault, ...]

    def with_columns(self, columns: Mapping[str, pd.Series]) -> RawTable:
        """Return the table with other columns of text.

        Parameters
        ----------
        columns : mapping of str to Series
            By name.

        Returns
        -------
        RawTable
            With the same faults.
        """
        columns = {name: column.astype("str") for name, column in columns.items()}
        return RawTable(self.text.assign(**columns), self.typed.assign(**columns), self.faults)


def read_descriptor(folder: Path) -> tuple[dict[str, Any], dict[str, Table]]:
    """Read ``datapackage.json``.

    Parameters
    ----------
    folder : Path
        The evidence folder.

    Returns
    -------
    descriptor : dict
        The whole descriptor.
    tables : dict of str to Table
        The tables of the rulebook with what the descriptor adds, by name.

    Raises
    ------
    FileNotFoundError
        If the folder has no descriptor.
    UnreadableError
        If it is no regular file or too large.
    """
    descriptor = read_json(EvidenceFolder(folder).read(DESCRIPTOR, ".json"))[0] or {}
    return descriptor, effective_tables(descriptor)[0]


def typed_table(table: Table, text: pd.DataFrame) -> RawTable:
    """Give the cells of a table their types and check them against its rules.

    Parameters
    ----------
    table : Table
        Its rules.
    text : DataFrame
        The cells as text, with every column of the rules; other columns stay text.

    Returns
    -------
    RawTable
        The table with the faults of its cells.
    """
    typed, faults = _typed(text, table)
    own = [name for name in text.columns if name not in typed.columns]
    return RawTable(text, typed.join(text[own]) if own else typed, tuple(faults))


def _typed(text: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, list[Fault]]:
    """Convert the cells to their types; cells that cannot be converted become faults and blanks."""
    faults: list[Fault] = []
    typed = {}
    for field in table.fields:
        column = text[field["name"]]
        values, bad = _convert(column, field["type"])
        typed[field["name"]] = values
        for row in column.index[bad][: MAX_FAULTS + 1]:
            wanted = _WANTED[field["type"]] + (" without a comma" if "," in column[row] else "")
            faults.append(Fault(table.name, int(row), field["name"], quoted(column[row]), wanted))
    frame = pd.DataFrame(typed, index=text.index)
    if len(faults) > MAX_FAULTS:
        return frame, faults
    already = {(fault.row, fault.column) for fault in faults}
    for fault in islice(_constraint_faults(frame, text, table), 2 * MAX_FAULTS):
        if (fault.row, fault.column) not in already:
            faults.append(fault)
    return frame, faults


def _convert(column: pd.Series, kind: str) -> tuple[pd.Series, pd.Series]:
    """Return the typed column and where a cell was not of the type."""
    if kind == "string":
        return column.astype("str"), pd.Series(False, index=column.index)
    if kind == "boolean":
        values = column.map(_TRUTH).astype("boolean")
    else:
        values = column.map(_number, na_action="ignore").astype("float64")
        if kind == "integer":
            whole = (values == values.round()) & (values.abs() <= MAX_NUMBER)
            values = values.where(whole).astype("Int64")
    return values, column.notna() & values.isna()


def _number(cell: str) -> float:
    """Return a number in plain digits; NaN for anything else, and for what is too large to be finite."""
    number = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    return number if math.isfinite(number) else math.nan


def _constraint_faults(frame: pd.DataFrame, text: pd.DataFrame, table: Table) -> Iterator[Fault]:
    """Let pandera check required cells, ranges, vocabularies, patterns and keys, all in one go."""
    import pandera.pandas as pa

    wanted = {}
    columns = {}
    for field in table.fields:
        rules = field.get("constraints", {})
        checks = []
        if "minimum" in rules:
            checks.append(pa.Check.ge(rules["minimum"], error=f"at least {rules['minimum']}"))
        if "maximum" in rules:
            checks.append(pa.Check.le(rules["maximum"], error=f"at most {rules['maximum']}"))
        if "enum" in rules:
            allowed = ", ".join(rules["enum"])
            checks.append(pa.Check.isin(rules["enum"], error=f"one of {allowed}"))
        if "pattern" in rules:
            pattern = rules["pattern"]
            checks.append(pa.Check.str_matches(f"^(?:{pattern})$", error=f"text like {pattern}"))
        name = field["name"]
        required = rules.get("required", False) or name in table.key
        columns[name] = pa.Column(_DTYPES[field["type"]], checks, nullable=not required)
        wanted[name] = "a value (the cell is required)"
    schema = pa.DataFrameSchema(columns, unique=list(table.key), report_duplicates="exclude_first")
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        yield from _pandera_faults(errors.failure_cases, text, table, wanted)


def _pandera_faults(
    cases: pd.DataFrame, text: pd.DataFrame, table: Table, wanted: Mapping[str, str]
) -> Iterator[Fault]:
    doubled: set[int] = set()
    for case in cases.itertuples():
        if pd.isna(case.index):
            continue
        row = int(case.index)
        if case.check == "multiple_fields_uniqueness":
            if row not in doubled:
                doubled.add(row)
                found = ", ".join(str(text.loc[row, name]) for name in table.key)
                yield Fault(table.name, row, ", ".join(table.key), found, "a key used only once")
        elif case.check == "not_nullable":
            yield Fault(table.name, row, case.column, "nothing", wanted[case.column])
        else:
            yield Fault(table.name, row, case.column, quoted(text.loc[row, case.column]), case.check)


def key_faults(tables: Mapping[str, Table], raw: Mapping[str, RawTable]) -> Iterator[Fault]:
    """Yield the cells whose code the other table does not have.

    Parameters
    ----------
    tables : mapping of str to Table
        The schema.
    raw : mapping of str to RawTable
        The tables that could be read.

    Yields
    ------
    Fault
        One for each row and foreign key, as many as are listed; a blank in any column of the key is no reference.
    """
    for name, content in raw.items():
        for columns, other, their in tables[name].foreign_keys:
            if other not in raw:
                continue
            allowed = set(map(tuple, raw[other].text[list(their)].dropna().to_numpy()))
            filled = content.text[list(columns)].dropna()
            rows = zip(filled.index, map(tuple, filled.to_numpy()), strict=True)
            for row, code in islice(((row, code) for row, code in rows if code not in allowed), MAX_FAULTS + 1):
                found = ", ".join(code)
                wanted = f"a code from table {other} ({', '.join(their)})"
                yield Fault(name, int(row), ", ".join(columns), found, wanted)


def codebook(folder: Path) -> str:
    """Write the codebook of an evidence folder from its schema.

    Parameters
    ----------
    folder : Path
        The evidence folder.

    Returns
    -------
    str
        Markdown: one section a table, one line a column.
    """
    descriptor, tables = read_descriptor(folder)
    listed = [table for table in tables.values() if table.listed]
    written = "Written from `datapackage.json` by `make docs`; change the schema, not this file."
    about = descriptor.get("description", "")
    return codebook_of(descriptor.get("title", ""), f"{about}\n\n{written}", listed)


def codebook_of(title: str, about: str, tables: Iterable[Table]) -> str:
    """Write a codebook.

    Parameters
    ----------
    title, about : str
        Its head.
    tables : iterable of Table
        The tables; of those that a descriptor lists, the columns that it lists.

    Returns
    -------
    str
        Markdown: one section a table, one line a column.
    """
    lines = [f"# Codebook: {title}", "", about, ""]
    for table in tables:
        lines += [f"## {table.name}", "", table.description, ""]
        lines += ["| column | type | unit | meaning | allowed |", "|---|---|---|---|---|"]
        fields = [field for field in table.fields if field["name"] in table.needed or not table.listed]
        lines += [_codebook_row(field, table) for field in fields]
        lines.append("")
    return "\n".join(lines)


def _codebook_row(field: Field, table: Table) -> str:
    rules = field.get("constraints", {})
    allowed = []
    if field["name"] in table.key:
        allowed.append("key")
    elif rules.get("required"):
        allowed.append("required")
    if "enum" in rules:
        allowed.append(", ".join(f"`{word}`" for word in rules["enum"]))
    if "minimum" in rules or "maximum" in rules:
        allowed.append(f"{rules.get('minimum', '')} to {rules.get('maximum', '')}".strip())
    if "pattern" in rules:
        allowed.append("`" + rules["pattern"].replace("|", "\\|") + "`")
    for columns, other, _ in table.foreign_keys:
        if field["name"] in columns:
            allowed.append(f"code from {other}")
    cells = [
        f"`{field['name']}`",
        field["type"],
        field.get("unit", ""),
        field.get("description", ""),
        "; ".join(allowed),
    ]
    return "| " + " | ".join(cells) + " |"
