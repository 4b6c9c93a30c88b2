"""What a small folder leaves out and its own rows say: codes stand for labels, figures get names, their tables their rows.

Nothing here is a figure. A figure without its source, or without its print, is marked as not traced to a print.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from neckevidence.data.rulebook import Table

NOT_TRACED = "not traced to a print"
UNTRACED_SOURCE = "not_traced"
FACTS = ("counts", "ratings", "strata", "means", "reported")

_DEFAULTS = {
    ("sources", "reliability"): "secondary",
    ("trials", "is_pool"): "false",
    ("arms", "is_pooled_over_arms"): "false",
    ("outcomes", "direction"): "neither",
    ("scales", "direction"): "neither",
    ("means", "statistic"): "mean",
    ("means", "value_relation"): "=",
    ("claims", "public_support"): "unclear",
    ("claim_rules", "citation_verdict"): "none given",
}
_LABELS = {
    "sources": {"title": "source_id"},
    "treatments": {"name": "treatment"},
    "outcomes": {"label": "outcome"},
    "scales": {"label": "scale"},
    "timepoints": {"label": "timepoint"},
    "trials": {"label": "trial_id"},
    "margins": {"outcome_kind": "applies_to"},
}
# Tables whose rows follow from others when they are left out, with the columns in which their codes stand.
_MENTIONED = {
    "treatments": ("treatment", "control", "base"),
    "outcomes": ("outcome", "applies_to"),
    "scales": ("scale",),
    "timepoints": ("timepoint",),
    "trials": ("trial_id", "part_id", "pool_id"),
    "sources": ("source_id", "document_id", "source_a", "source_b"),
}
_NOT_CODES = {("claims", "outcome"), ("claim_rules", "applies_to"), ("margins", "scale")}
_KINDS = {"counts": "binary", "strata": "binary", "ratings": "ordinal", "means": "continuous", "reported": "statement"}
_SHOWN = {
    "value": "", "sd": "SD ", "se": "SE ", "unlabelled_spread": "± ", "q1": "lower quartile ", "q3": "upper quartile ",
    "estimate": "", "range_low": "from ", "range_high": "to ", "ci_low": "CI ", "ci_high": "to ", "p_value": "p ",
}  # fmt: skip
_READ = ("events", "n", "percent", *_SHOWN)

Texts = dict[str, pd.DataFrame]


def completed(tables: Mapping[str, Table], given: Mapping[str, pd.DataFrame]) -> tuple[Texts, frozenset[str]]:
    """Fill in what follows from the rows of a folder.

    Parameters
    ----------
    tables : mapping of str to Table
        The rules.
    given : mapping of str to DataFrame
        The tables that there are, as text.

    Returns
    -------
    texts : dict of str to DataFrame
        All tables, with all columns.
    untraced : frozenset of str
        Names of the figures without a source or without their print.
    """
    texts = {name: with_all_columns(table, given.get(name)) for name, table in tables.items()}
    fill = _Filler(tables, texts)
    for name in FACTS:
        fill(name, "fact_id", _names(texts[name]["fact_id"], name))
    untraced = frozenset(fact for name in FACTS for fact in _untraced(texts[name], name))
    fill("reported", "p_relation", pd.Series("=", texts["reported"].index).where(texts["reported"]["p_value"].notna()))
    fill("means", "scale", texts["means"]["outcome"])
    for name in _MENTIONED:
        if name == "sources":
            fill.sources()
        codes = _own_codes(texts, name) if name in given else _codes(texts, name)
        texts[name] = _with_rows(texts[name], tables[name].key[0], codes)
    fill("outcomes", "value_type", _kinds(texts))
    for (name, column), word in _DEFAULTS.items():
        fill(name, column, word)
    for name, labels in _LABELS.items():
        for column, code in labels.items():
            fill(name, column, texts[name][code])
    sources = texts["sources"]
    sources.loc[sources["source_id"] == UNTRACED_SOURCE, "title"] = NOT_TRACED
    return texts, untraced


class _Filler:
    """Fills blanks of tables, but for the cells that a folder's own descriptor requires: there a blank is a fault."""

    def __init__(self, tables: Mapping[str, Table], texts: Texts) -> None:
        self._texts = texts
        self._required = {
            (name, field["name"])
            for name, table in tables.items()
            for field in table.fields
            if field["constraints"].get("required")
        }

    def __call__(self, name: str, column: str, values: pd.Series | str) -> None:
        """Put values, or one word, where a column is blank."""
        if (name, column) not in self._required:
            text = self._texts[name]
            text[column] = text[column].fillna(values).astype("str")

    def sources(self) -> None:
        """Give what has no source one that says so."""
        for name, text in self._texts.items():
            if "source_id" in text and name not in ("sources", "references"):
                self(name, "source_id", UNTRACED_SOURCE)


def as_typed(texts: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, pd.Series]]:
    """Return what stands for a print, and for the words on a result, where they are not given.

    Parameters
    ----------
    texts : mapping of str to DataFrame
        The tables of figures that there are.

    Returns
    -------
    dict of str to dict of str to Series
        By table and column: the numbers of a row as they were typed. It is no print, so that no rule is to see it.
    """
    found = {name: {"as_printed": _shown(name, text)} for name, text in texts.items() if name in FACTS}
    if "reported" in found:
        text = texts["reported"]
        pair = text["treatment"] + " against " + text["control"]
        comparison = text["comparison"].fillna(pair).fillna(text["outcome"])
        statement = text["statement"].fillna(found["reported"]["as_printed"]).fillna(comparison)
        found["reported"] |= {"comparison": comparison, "statement": statement}
    return found


def with_all_columns(table: Table, text: pd.DataFrame | None) -> pd.DataFrame:
    """Return a table with every column of the rules, then those of its own.

    Parameters
    ----------
    table : Table
        The rules.
    text : DataFrame or None
        The table as text; None if there is none.

    Returns
    -------
    DataFrame
        A copy; what is missing is blank.
    """
    if text is None:
        return pd.DataFrame(
            {name: pd.Series(dtype="str") for name in table.columns}, index=pd.RangeIndex(0, name="row")
        )
    own = [name for name in text.columns if name not in table.columns]
    return text.reindex(columns=[*table.columns, *own]).astype("str")


def _names(ids: pd.Series, table: str) -> pd.Series:
    """Return a name for each figure that has none."""
    taken = set(ids.dropna())
    free = (name for number in range(1, 2 * len(ids) + 2) if (name := f"{table}_{number:03d}") not in taken)
    return pd.Series([next(free) if pd.isna(name) else name for name in ids], index=ids.index, dtype="str")


def _untraced(text: pd.DataFrame, name: str) -> Iterable[str]:
    """Return the figures without a source, or with numbers and without their print."""
    bare = text["as_printed"].isna()
    if name == "reported":
        bare &= text[["estimate", "p_value", "ci_low"]].notna().any(axis=1)
    return text.loc[text["source_id"].isna() | bare, "fact_id"]


def _shown(name: str, text: pd.DataFrame) -> pd.Series:
    """Return the figures as printed; where no print is given, the numbers of the row as they were typed."""
    blank = text[text["as_printed"].isna()]
    show = _counted if name in ("counts", "ratings", "strata") else _measured
    shown = [show(cells) for cells in blank[[one for one in _READ if one in blank]].to_dict("records")]
    return text["as_printed"].fillna(pd.Series(shown, index=blank.index, dtype="str"))


def _counted(cells: Mapping[str, Any]) -> str | None:
    """Show events, patients and a percentage."""
    events, n, percent = (None if pd.isna(cells[name]) else cells[name] for name in ("events", "n", "percent"))
    counted = f"{events}/{n}" if events and n else events
    if counted:
        return f"{counted} ({percent}%)" if percent else counted
    return None if percent is None else f"{percent}% of {n}" if n else f"{percent}%"


def _measured(cells: Mapping[str, Any]) -> str | None:
    """Show a mean or an estimate with what stands beside it."""
    found = [f"{word}{cells[name]}" for name, word in _SHOWN.items() if name in cells and pd.notna(cells[name])]
    if not found:
        return None
    beside = "; ".join(found[1:]).replace("; to ", " to ")
    return f"{found[0]} ({beside})" if beside else found[0]


def _codes(texts: Texts, name: str) -> list[str]:
    """Return the codes that other tables mention, in the order in which they stand there."""
    columns = _MENTIONED[name]
    found: dict[str, None] = {}
    for other in ("arms", *texts):
        for column in columns:
            if other != name and column in texts[other] and (other, column) not in _NOT_CODES:
                found |= dict.fromkeys(texts[other][column].dropna())
    return list(found)


def _own_codes(texts: Texts, name: str) -> list[str]:
    """Return the codes that this module has put in: they need rows even where the table is given."""
    if name == "sources":
        used = (text["source_id"] for text in texts.values() if "source_id" in text)
        return [UNTRACED_SOURCE] if any((codes == UNTRACED_SOURCE).any() for codes in used) else []
    if name == "scales":
        means = texts["means"]
        return list(dict.fromkeys(means.loc[means["scale"] == means["outcome"], "scale"].dropna()))
    return []


def _with_rows(text: pd.DataFrame, key: str, codes: list[str]) -> pd.DataFrame:
    """Add a row for each code that has none."""
    known = set(text[key].dropna())
    new = [code for code in codes if code not in known]
    if not new:
        return text
    start = int(text.index.max()) + 1 if len(text) else 2
    rows = pd.DataFrame({key: new}, index=pd.RangeIndex(start, start + len(new), name="row"))
    return pd.concat([text, rows.reindex(columns=text.columns)]).astype("str")


def _kinds(texts: Texts) -> pd.Series:
    """Return which kind of figure each outcome has."""
    kinds: dict[str, set[str]] = {}
    for name, kind in _KINDS.items():
        for outcome in set(texts[name]["outcome"].dropna()):
            kinds.setdefault(outcome, set()).add(kind)
    found = [kinds.get(outcome, set()) - {"statement"} for outcome in texts["outcomes"]["outcome"]]
    words = [next(iter(kind)) if len(kind) == 1 else "mixed" for kind in found]
    return pd.Series(words, index=texts["outcomes"].index, dtype="str")
