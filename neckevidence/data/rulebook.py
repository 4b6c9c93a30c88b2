"""The rules of every evidence folder, and what a folder may add to them.

The rules stand in ``rulebook.json`` beside this module. A folder's ``datapackage.json`` may add columns, list the words
of a vocabulary that the rulebook leaves open, and tighten a rule. What it drops holds all the same; what it loosens or
replaces is a fault. A pattern that is not the rulebook's own is never tried.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from neckevidence.core.errors import Fault, nearest, quoted
from neckevidence.data.descriptor import DESCRIPTOR
from neckevidence.data.folder import is_plain_name

Field = dict[str, Any]

TYPES = ("string", "integer", "number", "boolean")
MAX_FIELDS = 100  # added by a folder to one table
MAX_WORDS = 500  # of one vocabulary
MAX_NUMBER = 1e15  # whole numbers up to here are exact
_RESOURCE = {
    "name", "path", "schema", "title", "description", "type", "profile", "format", "mediatype", "encoding", "sources",
    "licenses", "bytes", "hash",
}  # fmt: skip
_FIXED = {"type": "table", "profile": "tabular-data-resource", "format": "csv", "mediatype": "text/csv"}
_FIELD = {"name", "type", "format", "title", "description", "unit", "constraints"}
_SCHEMA = {"fields", "primaryKey", "foreignKeys", "missingValues"}
_CONSTRAINTS = ("required", "minimum", "maximum", "enum", "pattern")


@dataclass(frozen=True)
class Table:
    """One table: its name, file, columns and keys, whether a descriptor lists it, and which columns must be there."""

    name: str
    path: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]
    description: str = ""
    listed: bool = False
    needed: frozenset[str] = frozenset()

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return [field["name"] for field in self.fields]


@cache
def rulebook() -> Mapping[str, Table]:
    """Return the tables of the rulebook.

    Returns
    -------
    mapping of str to Table
        By name, in order. A field may have `constraints`, which always hold, `strict` ones, and `open` if the words of
        its vocabulary are the folder's.

    Examples
    --------
    >>> rulebook()["counts"].key
    ('fact_id',)
    """
    text = Path(__file__).with_name("rulebook.json").read_text(encoding="utf-8")
    return {
        item["name"]: Table(
            item["name"],
            f"{item['name']}.csv",
            tuple(item["fields"]),
            tuple(item["primaryKey"]),
            tuple(_foreign_key(key, item["name"]) for key in item["foreignKeys"]),
            item["description"],
            needed=_needed(item),
        )
        for item in json.loads(text)["tables"]
    }


def _needed(item: Mapping[str, Any]) -> frozenset[str]:
    """Return the columns without which a row says nothing; figures are named where they have no name."""
    required = {
        field["name"] for field in item["fields"] if "needed" in field or field.get("constraints", {}).get("required")
    }
    return frozenset(required | set(item["primaryKey"]) - {"fact_id"})


def _foreign_key(key: Mapping[str, Any], own: str) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Return a foreign key as (columns, other table, its columns)."""
    reference = key["reference"]
    return _listed(key["fields"]), reference["resource"] or own, _listed(reference["fields"])


def _listed(names: Any) -> tuple[str, ...]:
    """Return one name or several as a tuple."""
    return (names,) if isinstance(names, str) else tuple(names)


def effective_tables(
    descriptor: Mapping[str, Any] | None, strict: bool = False
) -> tuple[dict[str, Table], list[Fault]]:
    """Put what a folder's descriptor adds on top of the rulebook.

    Parameters
    ----------
    descriptor : mapping or None
        The descriptor as read; None if there is none.
    strict : bool
        Whether every table and column must be listed, and the strict rules hold.

    Returns
    -------
    tables : dict of str to Table
        Every table of the rulebook, with the rules that hold in this folder.
    faults : list of Fault
        Where the descriptor contradicts the rulebook, or is no data package.
    """
    faults: list[Fault] = []
    tables = {name: replace(table, fields=_ruled(table, strict)) for name, table in rulebook().items()}
    if descriptor is None:
        return tables, []
    resources = descriptor.get("resources")
    if not isinstance(resources, list):
        return {}, [_fault("resources", quoted(resources), "a list of tables")]
    if len(resources) > len(tables):
        return {}, [_fault("resources", f"{len(resources)} tables", f"at most {len(tables)}, those of the rulebook")]
    paths: set[str] = set()
    named: set[str] = set()
    for number, resource in enumerate(resources):
        place = f"resources[{number}]"
        name = resource.get("name") if isinstance(resource, dict) else None
        if not isinstance(name, str):
            faults.append(_fault(place, quoted(resource), "an object with a name"))
        elif name not in tables:
            hint = " or ".join(nearest(name, tables)) or ", ".join(tables)
            faults.append(_fault(f"{place}.name", f"no table of the rulebook, {quoted(name)}", hint))
        elif name in named:
            faults.append(_fault(f"{place}.name", f"{quoted(name)} twice", "each table once"))
        else:
            named.add(name)
            tables[name], found = _added(tables[name], resource, strict)
            faults += found
            if tables[name].path.casefold() in paths:
                faults.append(_fault(f"{name}.path", f"{quoted(tables[name].path)} twice", "a file for each table"))
            paths.add(tables[name].path.casefold())
    missing = [name for name in tables if name not in named and strict]
    faults += [_fault("resources", f"no table {name}", f"a table {name}") for name in missing]
    return tables, faults


def _fault(place: str, found: str, expected: str) -> Fault:
    return Fault(DESCRIPTOR, None, place, found, expected)


def _added(table: Table, resource: Mapping[str, Any], strict: bool) -> tuple[Table, list[Fault]]:
    """Return a table of the rulebook with the columns, words and limits that a folder adds."""
    name = table.name
    faults = [*_unknown(resource, _RESOURCE, name), *_resource_faults(resource, name)]
    schema, path = resource.get("schema", {}), resource.get("path", table.path)
    if not isinstance(path, str) or not is_plain_name(path, ".csv"):
        faults.append(_fault(f"{name}.path", quoted(path), "the plain name of a .csv file in this folder"))
        path = table.path
    if not isinstance(schema, dict):
        return table, [*faults, _fault(f"{name}.schema", quoted(schema), "an object")]
    faults += [*_unknown(schema, _SCHEMA, f"{name}.schema"), *_key_faults(table, schema)]
    if schema.get("missingValues", [""]) != [""]:
        faults.append(_fault(f"{name}.missingValues", quoted(schema["missingValues"]), "[''], a blank"))
    fields, promised, found = _fields(table, schema.get("fields", []), strict)
    described = resource.get("description") or table.description
    needed = table.needed | promised
    added = replace(table, path=path, fields=fields, description=described, listed=True, needed=needed)
    return added, [*faults, *found]


def _unknown(given: Mapping[str, Any], known: set[str], place: str) -> Iterator[Fault]:
    """Yield what a descriptor asks for and this package cannot honour."""
    for name in given:
        if name not in known:
            yield _fault(f"{place}.{name}", quoted(given[name]), f"only {', '.join(sorted(known))}")


def _resource_faults(resource: Mapping[str, Any], name: str) -> Iterator[Fault]:
    for key, value in _FIXED.items():
        if resource.get(key, value) != value:
            yield _fault(f"{name}.{key}", quoted(resource[key]), value)
    encoding = resource.get("encoding", "utf-8")
    if not isinstance(encoding, str) or encoding.lower() not in ("utf-8", "utf8"):
        yield _fault(f"{name}.encoding", quoted(encoding), "utf-8")
    if not isinstance(resource.get("description", ""), str):
        yield _fault(f"{name}.description", quoted(resource["description"]), "text")


def _key_faults(table: Table, schema: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield keys that are not the rulebook's; those left out hold all the same."""
    try:
        key = _listed(schema.get("primaryKey", table.key))
        foreign = [_foreign_key(item, table.name) for item in schema.get("foreignKeys", [])]
    except (TypeError, KeyError, AttributeError):
        yield _fault(f"{table.name}.schema", "keys of another form", "keys as in the Table Schema standard")
        return
    if key and key != table.key:
        yield _fault(f"{table.name}.primaryKey", quoted(list(key)), quoted(list(table.key)))
    for item in foreign:
        if item not in table.foreign_keys:
            yield _fault(f"{table.name}.foreignKeys", quoted(item), "a foreign key of the rulebook")


def _fields(table: Table, given: Any, strict: bool) -> tuple[tuple[Field, ...], set[str], list[Fault]]:
    """Return the columns of a table, those that a folder says it has, and what is wrong with them."""
    if not isinstance(given, list):
        return table.fields, set(), [_fault(f"{table.name}.fields", quoted(given), "a list of columns")]
    ruled = {field["name"]: field for field in table.fields}
    added: dict[str, Field] = {}
    faults: list[Fault] = []
    seen: set[str] = set()
    for number, field in enumerate(given):
        name = field.get("name") if isinstance(field, dict) else None
        if not isinstance(name, str) or not name.strip():
            faults.append(_fault(f"{table.name}.fields[{number}]", quoted(field), "an object with a name"))
            continue
        place = f"{table.name}.{name}"
        if name in seen:
            faults.append(_fault(place, "a column given twice", "each column once"))
            continue
        seen.add(name)
        own, found = _field(place, ruled.get(name), field)
        faults += found
        (ruled if name in ruled else added)[name] = own
    if len(added) > MAX_FIELDS:
        faults.append(_fault(f"{table.name}.fields", f"{len(added)} more columns", f"at most {MAX_FIELDS}"))
    missing = [name for name, field in ruled.items() if name not in seen and strict and "optional" not in field]
    faults += [_fault("fields", f"no column {name} in table {table.name}", f"a column {name}") for name in missing]
    return (*ruled.values(), *added.values()), seen, faults


def _ruled(table: Table, strict: bool) -> tuple[Field, ...]:
    """Return the columns of the rulebook with the rules that hold, and the patterns among which a folder may choose."""
    ruled = []
    for field in table.fields:
        always, more = field.get("constraints", {}), field.get("strict", {})
        patterns = [rules["pattern"] for rules in (always, more) if "pattern" in rules]
        ruled.append({**field, "constraints": {**always, **(more if strict else {})}, "patterns": patterns})
    return tuple(ruled)


def _field(place: str, rule: Field | None, given: Mapping[str, Any]) -> tuple[Field, list[Fault]]:
    """Return one column with the rules that hold, and what in the folder's contradicts them."""
    faults = list(_unknown(given, _FIELD, place))
    kind = given.get("type", "string" if rule is None else rule["type"])
    expected = TYPES if rule is None else (rule["type"],)
    if kind not in expected or given.get("format", "default") != "default":
        faults.append(_fault(f"{place}.type", quoted(kind), " or ".join(expected)))
        kind = expected[0]
    for key in ("description", "unit", "title"):
        if not isinstance(given.get(key, ""), str):
            faults.append(_fault(f"{place}.{key}", quoted(given[key]), "text"))
    constraints = given.get("constraints", {})
    if not isinstance(constraints, dict):
        faults.append(_fault(f"{place}.constraints", quoted(constraints), "an object"))
        constraints = {}
    held = dict(rule["constraints"]) if rule else {}
    may_list = kind == "string" if rule is None else rule.get("open", False)
    for name, value in constraints.items():
        wanted = _tighter(name, value, held, rule, kind, may_list)
        if wanted is None:
            held[name] = value
        elif wanted:
            faults.append(_fault(f"{place}.{name}", quoted(value), wanted))
    texts = {key: given[key] for key in ("description", "unit") if isinstance(given.get(key), str)}
    return {**(rule or {}), "name": given["name"], "type": kind, **texts, "constraints": held}, faults


def _tighter(
    name: str, value: Any, held: Mapping[str, Any], rule: Field | None, kind: str, may_list: bool
) -> str | None:
    """Say what is allowed where a constraint does not tighten the rule; None if it does, empty if nothing changes."""
    if name == "required":
        return "true or false" if not isinstance(value, bool) else None if value else ""
    if name in ("minimum", "maximum") and kind in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MAX_NUMBER:
            return "a number"
        limit = held.get(name, value)
        loose = value < limit if name == "minimum" else value > limit
        return f"{'at least' if name == 'minimum' else 'at most'} {limit}, as in the rulebook" if loose else None
    if name == "enum":
        return _words_refused(value, held.get("enum"), may_list)
    if name == "pattern" and rule is not None:
        own = rule["patterns"]
        if value not in own:
            return " or ".join(map(quoted, own)) or "no pattern"
        return None if value == own[-1] else ""
    return f"one of {', '.join(_CONSTRAINTS[:-1])} where it fits the type; a pattern only as in the rulebook"


def _words_refused(words: Any, closed: list[str] | None, may_list: bool) -> str | None:
    """Say why a vocabulary is refused, if it is."""
    if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
        return "a list of words"
    if len(words) > MAX_WORDS:
        return f"at most {MAX_WORDS} words"
    if closed is None:
        return None if may_list else "no vocabulary: any text, or a code of another table"
    return None if set(words) <= set(closed) else f"only words of the rulebook: {', '.join(closed)}"
