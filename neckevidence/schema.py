"""The schema of an evidence folder, read from its ``datapackage.json``, and tables read by it.

The schema stands in one place only, the Frictionless Tabular Data Package descriptor
(https specification "Table Schema", version 1). Here it becomes pandera schemas, which check the
cells, and the codebook, which explains them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from neckevidence.errors import Fault

DESCRIPTOR = "datapackage.json"
_DTYPES = {"string": "str", "integer": "Int64", "number": "float64", "boolean": "boolean"}
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Table:
    """One table of the package: its name, file and Frictionless table schema."""

    name: str
    path: str
    schema: Mapping[str, Any]
    description: str = ""

    @property
    def fields(self) -> list[Mapping[str, Any]]:
        """The columns, in order."""
        return list(self.schema["fields"])

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return [field["name"] for field in self.fields]

    @property
    def key(self) -> list[str]:
        """The columns of the primary key."""
        key = self.schema.get("primaryKey", [])
        return [key] if isinstance(key, str) else list(key)

    @property
    def foreign_keys(self) -> list[tuple[list[str], str, list[str]]]:
        """Foreign keys as (columns, other table, its columns)."""
        return [
            (key["fields"], key["reference"]["resource"], key["reference"]["fields"])
            for key in self.schema.get("foreignKeys", [])
        ]


@dataclass(frozen=True)
class RawTable:
    """A table as read: the cells as text, the same typed, and the faults found on the way."""

    text: pd.DataFrame
    typed: pd.DataFrame
    faults: tuple[Fault, ...]


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
        Its tables by name, in order.

    Raises
    ------
    FileNotFoundError
        If the folder has no descriptor.
    ValueError
        If it is not JSON or not a tabular data package.
    """
    text = (folder / DESCRIPTOR).read_text(encoding="utf-8")
    try:
        descriptor = json.loads(text)
        resources = descriptor["resources"]
        tables = {
            item["name"]: Table(item["name"], item["path"], item["schema"], item.get("description", ""))
            for item in resources
        }
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from error
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a tabular data package: {error} is missing") from error
    return descriptor, tables


def read_table(folder: Path, table: Table) -> RawTable | Fault:
    """Read one CSV file and check its cells against the schema.

    Parameters
    ----------
    folder : Path
        The evidence folder.
    table : Table
        Its schema.

    Returns
    -------
    RawTable or Fault
        The table with the faults of its cells, or the one fault that makes it unreadable.
    """
    path = folder / table.path
    try:
        text = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], index_col=False)
    except FileNotFoundError:
        return Fault(table.name, None, "", "no file", f"the file {table.path}")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        return Fault(table.name, None, "", f"{error}".strip(), "a UTF-8 CSV file, comma separated")
    if list(text.columns) != table.columns:
        return _header_fault(table, list(text.columns))
    text.index = pd.RangeIndex(2, len(text) + 2, name="row")
    typed, faults = _typed(text, table)
    return RawTable(text, typed, tuple(faults))


def _header_fault(table: Table, found: list[str]) -> Fault:
    missing = [name for name in table.columns if name not in found]
    extra = [name for name in found if name not in table.columns]
    parts = [f"{word} {', '.join(names)}" for word, names in (("no", missing), ("also", extra)) if names]
    return Fault(
        table.name,
        1,
        ", ".join(missing or extra),
        "; ".join(parts) or "the columns in another order",
        "the columns " + ", ".join(table.columns),
    )


def _typed(text: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, list[Fault]]:
    """Convert the cells to their types; cells that cannot be converted become faults and blanks."""
    faults: list[Fault] = []
    typed = {}
    for field in table.fields:
        column = text[field["name"]]
        values, bad = _convert(column, field["type"])
        typed[field["name"]] = values
        for row in column.index[bad]:
            expected = {"boolean": "true or false", "integer": "a whole number"}
            wanted = expected.get(field["type"], f"a {field['type']}")
            faults.append(Fault(table.name, int(row), field["name"], repr(column[row]), wanted))
    frame = pd.DataFrame(typed, index=text.index)
    already = {(fault.row, fault.column) for fault in faults}
    for fault in _constraint_faults(frame, text, table):
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
        values = pd.to_numeric(column, errors="coerce").astype("float64")
        if kind == "integer":
            values = values.where(values == values.round()).astype("Int64")
    return values, column.notna() & values.isna()


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
            allowed = ", ".join(str(word) for word in rules["enum"])
            checks.append(pa.Check.isin(rules["enum"], error=f"one of {allowed}"))
        if "pattern" in rules:
            pattern = rules["pattern"]
            checks.append(pa.Check.str_matches(f"^(?:{pattern})$", error=f"text like {pattern}"))
        name = field["name"]
        required = rules.get("required", False) or name in table.key
        columns[name] = pa.Column(_DTYPES[field["type"]], checks, nullable=not required)
        wanted[name] = "a value (the cell is required)"
    schema = pa.DataFrameSchema(columns, unique=table.key or None, report_duplicates="exclude_first")
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
            yield Fault(table.name, row, case.column, repr(text.loc[row, case.column]), case.check)


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
        One for each row and foreign key; a blank in any column of the key is no reference.
    """
    for name, content in raw.items():
        for columns, other, their in tables[name].foreign_keys:
            if other not in raw:
                continue
            allowed = set(map(tuple, raw[other].text[their].dropna().to_numpy()))
            filled = content.text[columns].dropna()
            for row, code in zip(filled.index, map(tuple, filled.to_numpy()), strict=True):
                if code not in allowed:
                    found = ", ".join(code)
                    wanted = f"a code from table {other} ({', '.join(their)})"
                    yield Fault(name, int(row), ", ".join(columns), found, wanted)


def schema_faults(tables: Mapping[str, Table], packaged: Mapping[str, Table]) -> Iterator[Fault]:
    """Yield the tables and columns that the package needs and another folder's schema lacks.

    Parameters
    ----------
    tables : mapping of str to Table
        The schema of the folder.
    packaged : mapping of str to Table
        The schema of the evidence that comes with the package.

    Yields
    ------
    Fault
        One for each missing table or column.
    """
    for name, table in packaged.items():
        if name not in tables:
            yield Fault(DESCRIPTOR, None, "resources", f"no table {name}", f"a table {name}")
            continue
        for column in table.columns:
            if column not in tables[name].columns:
                found = f"no column {column} in table {name}"
                yield Fault(DESCRIPTOR, None, "fields", found, f"a column {column}")


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
    lines = [f"# Codebook: {descriptor['title']}", "", descriptor["description"], ""]
    lines += ["Written from `datapackage.json` by `make docs`; change the schema, not this file.", ""]
    for table in tables.values():
        lines += [f"## {table.name}", "", table.description, ""]
        lines += ["| column | type | unit | meaning | allowed |", "|---|---|---|---|---|"]
        lines += [_codebook_row(field, table) for field in table.fields]
        lines.append("")
    return "\n".join(lines)


def _codebook_row(field: Mapping[str, Any], table: Table) -> str:
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
