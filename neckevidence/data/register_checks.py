"""Faults of the claim register that a schema cannot express: a claim without a rule, a rule without what it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from neckevidence.core.errors import Fault
from neckevidence.data.schema import RawTable
from neckevidence.effects.measures import MEASURE_OF_SCALE

Tables = Mapping[str, RawTable]

_POOLED = ("RR", "OR", "RD", "MD", "SMD")
_CONTRASTS = (*_POOLED, "HR")
_FACT_TABLES = ("counts", "ratings", "strata", "means", "reported")
_DECIDING = {
    "reported": ("estimate", "observational"),
    "p_value": ("favours_treatment", "favours_control"),
    "overall_p": ("estimate",),
    "votes": ("estimate",),
    "words": ("more_often", "less_often"),
    "percent": ("estimate", "complement"),
}
# What each source of numbers reads in the row of the claim.
_NUMBERS_NEED = {
    "comparison": ("treatment", "control", "outcome", "measure"),
    "network": ("treatment", "control", "base", "outcome", "measure"),
    "reported": ("outcome",),
    "p_value": ("outcome",),
    "overall_p": ("outcome",),
    "words": ("treatment", "control"),
    "strata": ("treatment", "outcome"),
    "visits": ("treatment", "control", "measure", "timepoint"),
    "trials": ("treatment", "control"),
}
# What each rule reads there, and which numbers it can decide by.
_RULE_NEEDS = {
    "superiority": ("expects",),
    "harm_difference": ("expects",),
    "dose_related": ("treatment", "control", "base", "outcome", "measure", "expects"),
    "visits": ("expects",),
    "frequency_above": ("threshold", "expects"),
    "equivalence": (),
    "not_higher": (),
    "most_frequent": ("treatment", "outcome"),
    "trial_count": (),
}
_CAN_DECIDE = {
    "superiority": ("comparison", "network", "reported", "p_value", "votes", "words", "strata"),
    "harm_difference": ("comparison", "network", "reported", "p_value", "votes", "words", "strata"),
    "equivalence": ("comparison", "network", "reported", "overall_p", "votes", "words", "strata"),
    "not_higher": ("comparison", "network", "reported", "overall_p", "words", "strata"),
    "frequency_above": ("percent",),
    "most_frequent": ("percent",),
    "dose_related": ("comparison",),
    "visits": ("visits",),
    "trial_count": ("trials",),
}
_MEASURES = {
    "comparison": _POOLED,
    "network": ("RR", "OR", "RD", "MD"),
    "visits": _POOLED,
    "reported": _CONTRASTS,
    "votes": ("votes",),
    "percent": ("share", "RD"),
}
# The kinds of printed result that each reader reads, and the cells it needs of them.
_FIGURES = {
    "reported": (_CONTRASTS, ()),
    "p_value": ((), ("p_value",)),
    "overall_p": (("p",), ("trial_id", "p_value")),
    "votes": (("count",), ("estimate", "n_trials")),
    "words": (("statement",), ()),
    "percent": (("percent", "count"), ("estimate",)),
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


def _rows(text: pd.DataFrame) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the rows with their lines; in a table of many rows `iterrows` takes most of the time."""
    return zip(text.index, text.to_dict("records"), strict=True)


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
    for row, cells in _rows(tables["claim_rules"].text):
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
    roles: dict[str, list[tuple[int, str]]] = {}
    for line, claim_id, role in facts.loc[facts["role"] != "context", ["claim_id", "role"]].itertuples():
        roles.setdefault(claim_id, []).append((line, role))
    for row, cells in _rows(tables["claim_rules"].text):
        wanted = () if cells["rule"] == "most_frequent" else _DECIDING.get(str(cells["numbers"]), ())
        own = roles.get(cells["claim_id"], [])
        number = sum(role in wanted for _, role in own)
        if wanted and number != 1:
            found = f"{number} facts for {cells['claim_id']}"
            yield Fault("claim_rules", int(row), "numbers", found, f"one fact with the role {' or '.join(wanted)}")
        for line, role in ((line, role) for line, role in own if role not in wanted):
            yield Fault("claim_facts", int(line), "role", repr(role), " or ".join((*wanted, "context")))


def margin_of_another_measure(tables: Tables) -> Iterator[Fault]:
    """A claim whose margin is one of another measure than the claim is judged by."""
    if not {"claim_rules", "margins"} <= set(tables):
        return
    scales = tables["margins"].text.set_index("margin_id")["scale"]
    named = tables["claim_rules"].text.dropna(subset=["margin_id", "measure"])
    for row, cells in _rows(named[named["margin_id"].isin(scales.index)]):
        of = MEASURE_OF_SCALE.get(scales[cells["margin_id"]], "MD")
        if of != cells["measure"]:
            found = f"{cells['margin_id']}, a margin of {of}, beside the measure {cells['measure']}"
            yield Fault("claim_rules", int(row), "margin_id", found, f"a margin of {cells['measure']}")


def rule_without_its_needs(tables: Tables) -> Iterator[Fault]:
    """A computed rule whose row lacks what it reads, or holds what it cannot use."""
    if "claim_rules" not in tables:
        return
    computed = tables["claim_rules"].text
    for row, cells in _rows(computed[computed["rule"].isin(list(_RULE_NEEDS)) & computed["numbers"].notna()]):
        rule, numbers = cells["rule"], cells["numbers"]
        able, of_rule = _CAN_DECIDE[rule], f"as for {rule} by {numbers}"
        if numbers not in able:
            yield Fault("claim_rules", int(row), "numbers", numbers, f"{' or '.join(able)}, as for the rule {rule}")
            continue
        by_numbers = () if rule == "most_frequent" else _NUMBERS_NEED.get(numbers, ())
        margin = ("margin_id",) if rule == "equivalence" and numbers != "votes" else ()
        for name in dict.fromkeys((*by_numbers, *_RULE_NEEDS[rule], *margin)):
            if pd.isna(cells[name]):
                yield Fault("claim_rules", int(row), name, "nothing", f"a value, {of_rule}")
        sides = ("earlier", "later") if rule == "visits" else ("higher", "lower")
        for name, allowed in (("expects", sides), ("measure", _MEASURES.get(numbers))):
            if allowed and pd.notna(cells[name]) and cells[name] not in allowed:
                yield Fault("claim_rules", int(row), name, cells[name], f"{' or '.join(allowed)}, {of_rule}")
        if pd.notna(cells["treatment"]) and cells["treatment"] == cells["control"]:
            yield Fault("claim_rules", int(row), "control", cells["control"], "another treatment than the claim's own")


def figure_that_its_rule_cannot_read(tables: Tables) -> Iterator[Fault]:
    """A figure that is to decide a claim, and is none of its kind, or one of another comparison, outcome or measure."""
    if not {"claim_rules", "claim_facts", "reported"} <= set(tables):
        return
    reported = tables["reported"].text.dropna(subset="fact_id").drop_duplicates("fact_id").set_index("fact_id")
    rules = tables["claim_rules"].text.drop_duplicates("claim_id").set_index("claim_id").to_dict("index")
    figures, arms = reported.to_dict("index"), _arm_names(tables)
    facts = tables["claim_facts"].text
    for row, claim_id, fact_id in facts.loc[facts["role"] != "context", ["claim_id", "fact_id"]].itertuples():
        if claim_id not in rules or rules[claim_id]["numbers"] not in _FIGURES:
            continue
        if fact_id not in figures:
            yield Fault("claim_facts", int(row), "fact_id", fact_id, "a fact_id of table reported")
            continue
        for found, expected in _not_readable(rules[claim_id], figures[fact_id], arms):
            yield Fault("claim_facts", int(row), "fact_id", f"{fact_id}, {found}", expected)


def _not_readable(
    claim: Mapping[str, Any], figure: Mapping[str, Any], arms: Mapping[str, list[set[str]]]
) -> Iterator[tuple[str, str]]:
    """Say what of a printed result a claim cannot use, and what it could."""
    kinds, needed = _FIGURES[claim["numbers"]]
    if kinds and figure["measure"] not in kinds:
        yield f"a result of the kind {figure['measure']}", f"{' or '.join(kinds)}, as for {claim['numbers']}"
        return
    counted = ("n_participants",) if claim["numbers"] == "percent" and figure["measure"] == "count" else ()
    for name in (*needed, *counted):
        if pd.isna(figure[name]):
            yield f"{name} blank", "a value"
    if claim["numbers"] == "overall_p" and not _names_every_arm(figure, arms):
        yield (
            f"comparison {figure['comparison']!r}",
            "every arm of the trial, as in A vs B vs C; neither treatment nor control",
        )
    if claim["numbers"] == "reported" and pd.notna(claim["measure"]) and claim["measure"] != figure["measure"]:
        yield f"measure {figure['measure']}", f"the measure of the claim, {claim['measure']}"
    differs = str(claim["differs_in"]).split(";")
    if pd.notna(claim["outcome"]) and claim["outcome"] != figure["outcome"] and "outcome" not in differs:
        yield f"outcome {figure['outcome']}", f"the outcome of the claim, {claim['outcome']}, or differs_in outcome"
    pairs = [{one["treatment"], one["control"]} for one in (claim, figure)]
    whole = all(all(map(pd.notna, pair)) for pair in pairs)
    if whole and pairs[0] != pairs[1] and not {"treatment", "comparator", "dose"} & set(differs):
        yield (
            f"{figure['treatment']} against {figure['control']}",
            "the comparison of the claim, or differs_in treatment",
        )


def _arm_names(tables: Tables) -> dict[str, list[set[str]]]:
    """Return for each trial the treatments of its arms, and their codes."""
    if "arms" not in tables:
        return {}
    arms = tables["arms"]
    single = arms.text[~arms.typed["is_pooled_over_arms"].fillna(False).astype(bool)]
    found: dict[str, list[set[str]]] = {}
    for _, trial_id, *names in single[["trial_id", "treatment", "arm_id"]].itertuples():
        for name, known in zip(names, found.setdefault(trial_id, [set(), set()]), strict=True):
            known |= {name} if pd.notna(name) else set()
    return found


def _names_every_arm(figure: Mapping[str, Any], arms: Mapping[str, list[set[str]]]) -> bool:
    """Tell whether a p-value is one over all arms of its trial: by their codes, or those of their treatments."""
    if pd.notna(figure["treatment"]) or pd.notna(figure["control"]):
        return False
    return set(str(figure["comparison"]).split(" vs ")) in arms.get(figure["trial_id"], [])


REGISTER_RULES = (
    rule_without_its_needs,
    figure_that_its_rule_cannot_read,
    margin_of_another_measure,
    claim_without_rule,
    half_a_rule,
    unknown_source_of_a_judgement,
    unknown_fact_of_a_claim,
    no_deciding_fact,
)
