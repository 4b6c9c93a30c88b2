"""Faults that a schema cannot express: figures that contradict each other or their own print.

Each rule takes the tables and yields faults. A row whose ``conflict_id`` names a conflict of the kind
``misprint`` is a known misprint of the source: it is kept as printed and not reported again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import pandas as pd

from neckevidence.core.errors import Fault
from neckevidence.core.printed import (
    bare_digits,
    count_in_words,
    decimals,
    nearest_percentages,
    printed_counts,
    printed_numbers,
)
from neckevidence.data.bias_checks import BIAS_RULES
from neckevidence.data.completion import FACTS
from neckevidence.data.delimited import MAX_FAULTS
from neckevidence.data.register_checks import REGISTER_RULES
from neckevidence.data.schema import RawTable

Tables = Mapping[str, RawTable]

COUNTED = ("counts", "ratings", "strata")

# Columns whose numbers must stand in `as_printed`, and those that may stand there.
_PRINTED = {
    "counts": (["events", "percent", "percent_ci_low", "percent_ci_high"], ["n", "ci_level"]),
    "ratings": (["events", "percent"], ["n"]),
    "strata": (["events", "percent"], ["n"]),
    "means": (
        ["value", "sd", "se", "unlabelled_spread", "q1", "q3", "ci_low", "ci_high"],
        ["n", "ci_level"],
    ),
    "reported": (
        ["estimate", "range_low", "range_high", "ci_low", "ci_high", "se", "p_value"],
        ["ci_level", "n_trials", "n_participants"],
    ),
}
_SAME_FACT = {
    "counts": ["trial_id", "arm_id", "outcome", "outcome_detail", "timepoint", "source_id"],
    "ratings": ["trial_id", "arm_id", "outcome", "timepoint", "category", "source_id"],
    "strata": ["trial_id", "arm_id", "outcome", "timepoint", "stratum", "source_id"],
    "means": [
        "trial_id", "arm_id", "outcome", "outcome_detail", "scale", "timepoint", "statistic", "source_id",
    ],
    "reported": [
        "trial_id", "document_id", "comparison", "outcome", "outcome_detail", "timepoint", "population",
        "measure", "source_id", "locator",
    ],
}  # fmt: skip


def rule_faults(tables: Tables) -> Iterator[Fault]:
    """Yield every fault that the rules of this module find.

    Parameters
    ----------
    tables : mapping of str to RawTable
        The tables of an evidence folder that could be read.

    Yields
    ------
    Fault
        In the order of the rules; one that finds more in a table than is ever listed is not followed further.
    """
    for rule in RULES:
        found: Counter[str] = Counter()
        for fault in rule(tables):
            yield fault
            found[fault.table] += 1
            if found[fault.table] > MAX_FAULTS:
                break


def _present(tables: Tables, names: tuple[str, ...]) -> Iterator[tuple[str, RawTable]]:
    return ((name, tables[name]) for name in names if name in tables)


def _known_misprints(tables: Tables, content: RawTable) -> pd.Series:
    if "conflicts" not in tables or "conflict_id" not in content.text:
        return pd.Series(False, index=content.text.index)
    conflicts = tables["conflicts"].text
    misprints = conflicts.loc[conflicts["kind"] == "misprint", "conflict_id"]
    return content.text["conflict_id"].isin(misprints)


def events_above_n(tables: Tables) -> Iterator[Fault]:
    """More events than patients."""
    for name, content in _present(tables, COUNTED):
        frame = content.typed
        for row in frame[(frame["events"] > frame["n"]).fillna(False)].itertuples():
            found = f"{row.events} events of {row.n}"
            yield Fault(name, row.Index, "events", found, f"at most n = {row.n}")


def nothing_counted(tables: Tables) -> Iterator[Fault]:
    """Neither events nor a percentage."""
    for name, content in _present(tables, COUNTED):
        frame = content.text
        for row in frame.index[frame["events"].isna() & frame["percent"].isna()]:
            yield Fault(name, int(row), "events, percent", "nothing", "a number in one of the two")


def impossible_percentage(tables: Tables) -> Iterator[Fault]:
    """A percentage that no count of n, or not the printed count, can give."""
    for name, content in _present(tables, COUNTED):
        frame = content.typed
        known = _known_misprints(tables, content)
        usable = (frame["percent"].between(0, 100) & (frame["n"] >= 1) & ~known).fillna(False)
        typed = content.text.loc[usable, "percent"].tolist()
        for row, percent in zip(frame[usable].itertuples(), typed, strict=True):
            digits = decimals(percent)
            possible = printed_counts(row.percent, digits, int(row.n))
            if len(possible) == 0:
                nearest = " or ".join(nearest_percentages(digits, row.percent, int(row.n)))
                found = f"{row.percent:.{digits}f}% of {row.n}, which no count gives"
                yield Fault(name, row.Index, "percent", found, nearest)
            elif pd.notna(row.events) and row.events not in possible and row.events <= row.n:
                found = f"{row.percent:.{digits}f}% beside {row.events} of {row.n}"
                wanted = f"{100 * row.events / row.n:.{digits}f}%"
                yield Fault(name, row.Index, "percent", found, wanted)


def figure_not_as_printed(tables: Tables) -> Iterator[Fault]:
    """A number that `as_printed` does not show, or a number in `as_printed` that has no column."""
    for name, content in _present(tables, FACTS):
        must, may = _PRINTED[name]
        text = content.text[content.text["as_printed"].notna()]
        cells = zip(*(text[column].tolist() for column in must + may), strict=True)
        for row, print_, numbers in zip(text.index, text["as_printed"].tolist(), cells, strict=True):
            stored = {column: cell for column, cell in zip(must + may, numbers, strict=True) if pd.notna(cell)}
            printed = printed_numbers(print_)
            if name in COUNTED and not printed:
                printed = count_in_words(print_, stored.get("n"))
            known = {bare_digits(number) for number in stored.values()}
            for column in must:
                if column in stored and bare_digits(stored[column]) not in printed:
                    found = f"{stored[column]} where {print_!r} is printed"
                    yield Fault(name, int(row), column, found, "a number that is printed there")
            for word in dict.fromkeys(printed):
                if word not in known:
                    yield Fault(name, int(row), "as_printed", f"{word} in {print_!r}", "a column with that number")


def number_without_print(tables: Tables) -> Iterator[Fault]:
    """Yield the numbers beside which no print stands: under the strict bar each has one.

    Parameters
    ----------
    tables : mapping of str to RawTable
        The tables of an evidence folder that could be read.

    Yields
    ------
    Fault
        One a row.
    """
    for name, content in _present(tables, FACTS):
        text = content.text[content.text["as_printed"].isna()]
        for row in text.index[text[_PRINTED[name][0]].notna().any(axis=1)]:
            yield Fault(name, int(row), "as_printed", "nothing", "the figure as printed")


def duplicate_fact(tables: Tables) -> Iterator[Fault]:
    """One figure entered twice, or one fact_id for two figures."""
    seen: dict[str, str] = {}
    for name, content in _present(tables, FACTS):
        same = [column for column in _SAME_FACT[name] if column in content.text]
        key = content.text[same].fillna("")
        first = {}
        for row, values in zip(key.index, map(tuple, key.to_numpy()), strict=True):
            if values in first:
                found = f"the same fact as in row {first[values]}"
                yield Fault(name, int(row), ", ".join(same), found, "each fact once")
            first.setdefault(values, row)
        for row, fact_id in content.text["fact_id"].dropna().items():
            if seen.get(fact_id, name) != name:
                found = f"{fact_id}, also in {seen[fact_id]}"
                yield Fault(name, int(row), "fact_id", found, "a fact_id used only once")
            seen[fact_id] = name


def pool_with_parts(tables: Tables) -> Iterator[Fault]:
    """A pool and one of its parts that both report the same: the patients would count twice."""
    if not {"pools", "arms"} <= set(tables):
        return
    parts = tables["pools"].text.groupby("pool_id")["part_id"].agg(set).to_dict()
    arms = tables["arms"].text.dropna(subset=["treatment"])
    treatment = arms.set_index(["trial_id", "arm_id"])["treatment"].to_dict()
    for name, content in _present(tables, ("counts", "means", "ratings")):
        columns = ["outcome", "timepoint", *(["category"] if name == "ratings" else [])]
        frame = content.text
        given = [treatment.get(pair) for pair in zip(frame["trial_id"], frame["arm_id"], strict=True)]
        key = frame[columns].fillna("").assign(treatment=given)
        where: dict[tuple[str, ...], dict[str, int]] = {}
        for row, trial, values in zip(key.index, frame["trial_id"], map(tuple, key.to_numpy()), strict=True):
            where.setdefault(values, {})[trial] = int(row)
        for values, trials in where.items():
            for pool in trials.keys() & parts.keys() if values[-1] else ():
                for part in sorted(trials.keys() & parts[pool]):
                    found = f"pool {pool} (row {trials[pool]}) together with its part {part}"
                    wanted = f"either the pool or its parts for {values[0]} on {values[-1]}"
                    yield Fault(name, trials[part], "trial_id", found, wanted)


def interval_without_estimate(tables: Tables) -> Iterator[Fault]:
    """An interval that does not hold its estimate."""
    ranges = {
        "counts": ("percent", "percent_ci_low", "percent_ci_high"),
        "means": ("value", "ci_low", "ci_high"),
        "reported": ("estimate", "ci_low", "ci_high"),
    }
    for name, (value, low, high) in ranges.items():
        if name not in tables:
            continue
        frame = tables[name].typed
        known = _known_misprints(tables, tables[name])
        outside = (frame[value] < frame[low]) | (frame[value] > frame[high]) | (frame[low] > frame[high])
        for row, cells in frame[outside & ~known].iterrows():
            found = f"{cells[value]:g} with the interval {cells[low]:g} to {cells[high]:g}"
            yield Fault(name, int(row), value, found, "an interval that holds its estimate")


def n_above_arm(tables: Tables) -> Iterator[Fault]:
    """More patients behind a figure, or analysed, than the arm has randomised."""
    if "arms" not in tables:
        return
    arms = tables["arms"].typed
    for row in arms[(arms["n_analysed"] > arms["n_randomised"]).fillna(False)].itertuples():
        found = f"{row.n_analysed} analysed of {row.n_randomised} randomised"
        yield Fault("arms", row.Index, "n_analysed", found, f"at most {row.n_randomised}")
    size = arms.set_index(["trial_id", "arm_id"])["n_randomised"].dropna().to_dict()
    for name, content in _present(tables, (*COUNTED, "means")):
        for row in content.typed.itertuples():
            limit = size.get((row.trial_id, row.arm_id))
            if limit is not None and pd.notna(row.n) and row.n > limit:
                found = f"n = {row.n} in an arm of {limit}"
                yield Fault(name, row.Index, "n", found, f"at most {limit}")


def broken_reported_row(tables: Tables) -> Iterator[Fault]:
    """A published result that belongs to no study or to two, or a p-value without its relation."""
    if "reported" not in tables:
        return
    frame = tables["reported"].typed
    for row in frame.index[frame["trial_id"].isna() == frame["document_id"].isna()]:
        found = "both or neither"
        yield Fault("reported", int(row), "trial_id, document_id", found, "exactly one of the two")
    for row in frame.index[frame["p_value"].isna() != frame["p_relation"].isna()]:
        found = "one without the other"
        yield Fault("reported", int(row), "p_relation, p_value", found, "both or neither")


def ratio_below_nought(tables: Tables) -> Iterator[Fault]:
    """A published ratio, or a limit of it, below nought; one that prints as 0.00 is no fault."""
    if "reported" not in tables:
        return
    frame = tables["reported"].typed
    for name in ("estimate", "ci_low", "ci_high"):
        for row, value in frame.loc[frame["measure"].isin(["RR", "OR", "HR"]) & (frame[name] < 0), name].items():
            yield Fault("reported", int(row), name, f"{value:g}", "a ratio of at least 0")


def broken_pool(tables: Tables) -> Iterator[Fault]:
    """A pool whose part is a pool, or a trial with parts that is not marked as a pool."""
    if not {"pools", "trials"} <= set(tables):
        return
    trials = tables["trials"].typed
    pools = set(trials.loc[trials["is_pool"].fillna(False), "trial_id"])
    for row in tables["pools"].text.itertuples():
        if row.pool_id not in pools:
            found = f"{row.pool_id}, which trials does not mark as a pool"
            yield Fault("pools", row.Index, "pool_id", found, "a trial with is_pool true")
        if row.part_id in pools:
            yield Fault("pools", row.Index, "part_id", f"{row.part_id}, a pool", "a single trial")


RULES = (
    events_above_n,
    nothing_counted,
    impossible_percentage,
    figure_not_as_printed,
    duplicate_fact,
    pool_with_parts,
    interval_without_estimate,
    n_above_arm,
    broken_reported_row,
    ratio_below_nought,
    broken_pool,
    *REGISTER_RULES,
    *BIAS_RULES,
)
