"""Every figure that enters a computed verdict matters: changed, it changes a number of the audit."""

import re

import pandas as pd
import pytest

from neckevidence.claims.audit import verdicts
from neckevidence.claims.claim_rules import claim_rules
from neckevidence.claims.verdicts import finding_for

# What is changed: counts and percentages by 20% of the patients, votes by one, all other numbers by a fifth.
COLUMNS = {
    "counts": ("events", "percent"),
    "strata": ("events",),
    "means": ("value", "ci_low", "ci_high"),
    "reported": ("estimate", "ci_low", "ci_high", "p_value"),
}


def numbers(evidence, claim_ids):
    """Return the numbers that the audit shows for claims, in its columns and in its reason, as text: NaN equals NaN."""
    found = {}
    for rule in claim_rules(evidence, claim_ids):
        finding = finding_for(evidence, rule) if rule.computed else None
        found[rule.claim_id] = None if finding is None else repr((finding.estimate, *finding.interval, finding.words))
    return found


def read(row, name):
    """Tell whether the rules read a number: no p-value beside an interval, no count without patients beside a percentage."""
    if name == "p_value":
        return pd.isna(row["ci_low"])
    return name != "events" or pd.notna(row["n"]) or pd.isna(row["percent"])


def moved(table, row, name):
    """Return another value of a cell, and what would then be printed."""
    old = float(row[name])
    if table in ("counts", "strata"):
        whole = 100.0 if name == "percent" else float(row["n"]) if pd.notna(row["n"]) else 5 * old
        step = max(1.0, round(0.2 * whole))
        new = old + step if old + step <= whole else old - step
    elif table == "reported" and row["measure"] == "count":
        new = old + 1
    else:
        new = old * 1.2 if old else 1.0
    printed = next(
        (text for text in re.findall(r"[\d.]+\d|\d", str(row["as_printed"])) if float(text) == abs(old)), None
    )
    if printed is None:
        return new, row["as_printed"]
    digits = len(printed.partition(".")[2])
    new = round(new, digits) if round(new, digits) != old else old + 10.0**-digits
    return new, str(row["as_printed"]).replace(printed, f"{abs(new):.{digits}f}", 1)


def changes(ev, fact):
    """Yield table, column, new value and new print of every number of a figure."""
    table = fact.split("_")[0]
    frame = ev.table(table)
    row = frame[frame["fact_id"] == fact].iloc[0]
    for name in COLUMNS[table]:
        if pd.notna(row[name]) and read(row, name):
            yield table, name, *moved(table, row, name)


def test_every_figure_used_changes_a_number_of_the_audit(ev, state):
    before = numbers(ev, None)
    facts = {}
    for rule in claim_rules(ev):
        for fact in finding_for(ev, rule).facts if before[rule.claim_id] else ():
            facts.setdefault(fact, []).append(rule.claim_id)
    silent, wordless = [], []
    for fact, claims in facts.items():
        anything = list(changes(ev, fact))
        wordless += [] if anything else [fact]
        for table, name, value, printed in anything:
            other = state.change(table, {"fact_id": fact}, **{name: value, "as_printed": printed}).evidence
            after = numbers(other, claims)
            silent += [(fact, name, claim) for claim in claims if after[claim] == before[claim]]
    tried = len(facts) - len(wordless)
    share = 1 - len({fact for fact, _, _ in silent}) / tried
    print(f"{share:.0%} of {tried} figures change every claim they enter; {len(wordless)} more enter in words only")
    assert not silent, f"{share:.0%} of {tried} figures change every claim they enter; not: {silent}"
    # What enters in words only: "more often than" has no number to change.
    assert set(ev.reported.set_index("fact_id").loc[wordless, "measure"]) <= {"statement"}
    assert tried >= 35


def test_a_statement_matters_by_its_direction(state):
    """C50 and C44: the words the other way round give the other end of the interval."""
    for claim, fact, other in (("C50", "reported_090", "less_often"), ("C44", "reported_092", "more_often")):
        as_is, turned = (
            verdicts(one, [claim])[0]
            for one in (state.evidence, state.change("claim_facts", {"fact_id": fact}, role=other).evidence)
        )
        assert turned.ci_high == pytest.approx(-as_is.ci_low, abs=1e-9)
