"""Faults of the claim register that a schema cannot express: a claim without a rule, a rule without what it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from neckevidence.effects.measures import MEASURE_OF_SCALE
from neckevidence.errors import Fault
from neckevidence.schema import RawTable

Tables = Mapping[str, RawTable]

_FACT_TABLES = ("counts", "ratings", "strata", "means", "reported")
_DECIDING = {
    "reported": ("estimate", "observational"),
    "p_value": ("favours_treatment", "favours_control"),
    "overall_p": ("estimate",),
    "votes": ("estimate",),
    "words": ("more_often", "less_often"),
    "percent": ("estimate", "complement"),
}
_OF_A_JUDGEMENT = ["verdict_by_hand", "reason_by_hand"]
_OF_NUMBERS = ["numbers", "applies_to", "reading"]
_CODES = [
    "treatment",
    "control",
    "base",
    "outcome",
    "measure",
    "timepoint",
    "margin_id",
    "expects",
    "threshold",
    "differs_in",
]


def claim_without_rule(tables: Tables) -> Iterator[Fault]:
    """A claim that the register does not decide."""
    if not {"claims", "claim_rules"} <= set(tables):
        return
    decided = set(tables["claim_rules"].text["claim_id"])
    for row, claim_id in tables["claims"].text["claim_id"].items():
        if claim_id not in decided:
            yield Fault("claims", int(row), "claim_id", f"{claim_id} without a rule", "a row in table claim_rules")


def half_a_rule(tables: Tables) -> Iterator[Fault]:
    """A judgement without its verdict or reason, or with numbers; a computed rule without what it needs."""
    if "claim_rules" not in tables:
        return
    for row, cells in tables["claim_rules"].text.iterrows():
        by_hand = cells["rule"] == "judgement"
        needed = _OF_A_JUDGEMENT if by_hand else _OF_NUMBERS
        refused = [*_OF_NUMBERS, *_CODES] if by_hand else [*_OF_A_JUDGEMENT, "source_ids"]
        kind = "a judgement" if by_hand else "a computed rule"
        for name in needed:
            if pd.isna(cells[name]):
                yield Fault("claim_rules", int(row), name, "nothing", f"a value, as for {kind}")
        for name in refused:
            if pd.notna(cells[name]):
                yield Fault("claim_rules", int(row), name, repr(cells[name]), f"nothing, as for {kind}")


def unknown_source_of_a_judgement(tables: Tables) -> Iterator[Fault]:
    """A judgement that names a document which the evidence does not have."""
    if not {"claim_rules", "sources"} <= set(tables):
        return
    known = set(tables["sources"].text["source_id"])
    for row, names in tables["claim_rules"].text["source_ids"].dropna().items():
        for name in names.split(";"):
            if name not in known:
                yield Fault("claim_rules", int(row), "source_ids", name, "a code from table sources (source_id)")


def unknown_fact_of_a_claim(tables: Tables) -> Iterator[Fault]:
    """A claim that rests on a figure which no table has."""
    if "claim_facts" not in tables or not set(_FACT_TABLES) <= set(tables):
        return
    known = set().union(*(set(tables[name].text["fact_id"].dropna()) for name in _FACT_TABLES))
    for row, fact_id in tables["claim_facts"].text["fact_id"].dropna().items():
        if fact_id not in known:
            yield Fault("claim_facts", int(row), "fact_id", fact_id, "a fact_id of a table of figures")


def no_deciding_fact(tables: Tables) -> Iterator[Fault]:
    """A printed result that is to decide a claim, and is not named, or named twice; a role that its rule does not read."""
    if not {"claim_rules", "claim_facts"} <= set(tables):
        return
    facts = tables["claim_facts"].text
    for row, cells in tables["claim_rules"].text.iterrows():
        wanted = () if cells["rule"] == "most_frequent" else _DECIDING.get(str(cells["numbers"]), ())
        own = facts[(facts["claim_id"] == cells["claim_id"]) & (facts["role"] != "context")]
        number = int(own["role"].isin(wanted).sum())
        if wanted and number != 1:
            found = f"{number} facts for {cells['claim_id']}"
            yield Fault("claim_rules", int(row), "numbers", found, f"one fact with the role {' or '.join(wanted)}")
        for line, role in own.loc[~own["role"].isin(wanted), "role"].items():
            yield Fault("claim_facts", int(line), "role", repr(role), " or ".join((*wanted, "context")))


def margin_of_another_measure(tables: Tables) -> Iterator[Fault]:
    """A claim whose margin is one of another measure than the claim is judged by."""
    if not {"claim_rules", "margins"} <= set(tables):
        return
    scales = tables["margins"].text.set_index("margin_id")["scale"]
    named = tables["claim_rules"].text.dropna(subset=["margin_id", "measure"])
    for row, cells in named[named["margin_id"].isin(scales.index)].iterrows():
        of = MEASURE_OF_SCALE.get(scales[cells["margin_id"]], "MD")
        if of != cells["measure"]:
            found = f"{cells['margin_id']}, a margin of {of}, beside the measure {cells['measure']}"
            yield Fault("claim_rules", int(row), "margin_id", found, f"a margin of {cells['measure']}")


REGISTER_RULES = (
    margin_of_another_measure,
    claim_without_rule,
    half_a_rule,
    unknown_source_of_a_judgement,
    unknown_fact_of_a_claim,
    no_deciding_fact,
)
