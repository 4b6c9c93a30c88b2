"""A code is a name: what the arms are called changes no number."""

import itertools
import math
import random
from dataclasses import fields, is_dataclass, replace

import pytest

import neckevidence as ne

CODES = {
    "trial": {
        "trials": ("trial_id", "same_patients_as"),
        "pools": ("pool_id", "part_id"),
        "gaps": ("study_id",),
        **dict.fromkeys(("arms", "counts", "ratings", "means", "strata", "reported", "risk_of_bias"), ("trial_id",)),
    },
    "treatment": {
        "treatments": ("treatment", "parent"),
        "arms": ("treatment",),
        "reported": ("treatment", "control", "comparison"),
        "claim_rules": ("treatment", "control", "base"),
    },
    "outcome": {
        "margins": ("applies_to",),
        **dict.fromkeys(("outcomes", "counts", "ratings", "means", "strata", "reported", "claim_rules"), ("outcome",)),
    },
}
BY_ARM = ("arms", "counts", "ratings", "means", "strata")


def renamed_arms(ev, with_tables, seed):
    """Give every arm of every trial a name of its own that says nothing and sorts anyhow."""
    chance = random.Random(seed)
    arms = ev.arms
    numbers = chance.sample(range(10_000), len(arms))
    new = {(row.trial_id, row.arm_id): f"a{number:04d}" for row, number in zip(arms.itertuples(), numbers, strict=True)}
    frames = {}
    for name, trial in (*((name, "trial_id") for name in BY_ARM), ("pools", "pool_id")):
        frame = ev.table(name)
        frame["arm_id"] = [new[key] for key in zip(frame[trial], frame["arm_id"], strict=True)]
        frames[name] = frame
    return with_tables(ev, **frames)


def renamed_codes(ev, with_tables, seed):
    """Give all trials, treatments and outcomes other codes, in all tables and in the question; return the map, too."""
    chance = random.Random(seed)
    new = {}
    for kind, column in (("trials", "trial_id"), ("treatments", "treatment"), ("outcomes", "outcome")):
        codes = list(ev.table(kind)[column])
        numbers = chance.sample(range(10_000), len(codes))
        new[column.removesuffix("_id")] = {
            code: f"{kind[:2]}{number:04d}" for code, number in zip(codes, numbers, strict=True)
        }
    frames = {}
    for kind, tables in CODES.items():
        for table, columns in tables.items():
            frame = frames.get(table, ev.table(table)).copy()
            for column in columns:
                frame[column] = [_other(new[kind], cell) for cell in frame[column]]
            frames[table] = frame
    every = {code: other for codes in new.values() for code, other in codes.items()}
    changed = with_tables(ev, **frames)
    return replace(changed, question=_in_question(ev.question, every)), new


def _other(codes, cell):
    """Return the new code; of a comparison in words (``A vs B``) every part."""
    return " vs ".join(codes.get(part, part) for part in cell.split(" vs ")) if isinstance(cell, str) else cell


def _in_question(part, codes):
    """Return a part of the question with its codes renamed."""
    if is_dataclass(part):
        own = {item.name: _in_question(getattr(part, item.name), codes) for item in fields(part)}
        return replace(part, **own)
    if isinstance(part, tuple):
        return tuple(_in_question(one, codes) for one in part)
    return codes.get(part, part) if isinstance(part, str) else part


@pytest.fixture(scope="module")
def other_codes(ev, with_tables):
    return renamed_codes(ev, with_tables, seed=7)


@pytest.fixture(scope="module")
def renamed(ev, with_tables):
    return renamed_arms(ev, with_tables, seed=12)


def questions(ev):
    """Yield one measure of everything that can be asked, each pair one way round."""
    arms = ev.arms
    arms = arms[~arms["is_pooled_over_arms"].fillna(False) & arms["treatment"].notna()]
    asked = {}
    for trial_id, own in arms.groupby("trial_id", sort=False):
        for table, measure in (("counts", "RR"), ("ratings", "RR"), ("means", "MD"), ("reported", None)):
            rows = ev.table(table)
            rows = rows[rows["trial_id"] == trial_id]
            measures = rows["measure"] if measure is None else [measure] * len(rows)
            for outcome, one in set(zip(rows["outcome"], measures, strict=True)):
                if one in ("RR", "OR", "RD", "MD", "SMD"):
                    pairs = itertools.combinations(dict.fromkeys(own["treatment"]), 2)
                    asked |= {(*pair, outcome, one): None for pair in pairs}
    return list(asked)


def numbers(evidence, question):
    """Return all numbers of a comparison; the text of the refusal has the names of arms in it."""
    try:
        found = ne.compare(evidence, *question)
    except ne.NoComparisonError:
        return None
    shown = found.to_dict()
    return repr([{key: value for key, value in shown.items() if key != "notes"}, len(shown["notes"]), found.marks])


def test_every_comparison(ev, renamed):
    asked = questions(ev)[::4]  # all of them take a minute
    before = {question: numbers(ev, question) for question in asked}
    after = {question: numbers(renamed, question) for question in asked}
    assert sum(found is not None for found in before.values()) > 40
    assert [question for question in asked if before[question] != after[question]] == []


def test_the_audit(ev, renamed):
    columns = [
        "claim_id",
        "verdict",
        "basis",
        "estimate",
        "ci_low",
        "ci_high",
        "margin",
        "certainty",
        "facts",
        "numbers",
    ]
    before, after = (ne.audit(one)[columns].to_dict("records") for one in (ev, renamed))
    assert before == after


def test_networks(ev, renamed):
    doses = ["PBO", "CYC2.5", "CYC5", "CYC10"]
    emergency = ["NSAID+PBO", "NSAID+CYC", "NSAID+DZP", "NSAID+ORP", "NSAID+MCB", "NSAID+BAC", "NSAID+MTX", "NSAID+TIZ"]
    for treatments, outcome, measure in (
        (doses, "any_adverse_event", "RR"),
        (doses, "somnolence", "RR"),
        (emergency, "rmdq_improvement", "MD"),
    ):
        networks = [ne.evidence_network(one, treatments, outcome, measure) for one in (ev, renamed)]
        assert networks[0].arms.equals(networks[1].arms)
        assert networks[0].contrasts.equals(networks[1].contrasts)
        assert networks[0].edges.equals(networks[1].edges)
        assert [trial for trial, _ in networks[0].left_out] == [trial for trial, _ in networks[1].left_out]


def test_a_published_contrast_is_found_by_its_treatments(ev, renamed):
    # Printed 0.3 (98.3% CI -2.6 to 3.2) for NAP+CYC5 against NAP+PBO; the arms are called otherwise.
    result = ne.compare(renamed, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    assert result.estimate == 0.3
    assert not math.isnan(result.ci_low)


def same_but_for_codes(shown, new):
    """Write the numbers of a comparison with its trials by their old names."""
    old = {code: name for codes in new.values() for name, code in codes.items()}
    trials = [{**trial, "trial_id": old.get(trial["trial_id"], trial["trial_id"])} for trial in shown["trials"]]
    kept = ("measure", "estimate", "ci_low", "ci_high", "k", "randomised", "rounding")
    return repr([{name: shown[name] for name in kept}, trials, len(shown["notes"])])


def test_every_comparison_under_other_codes(ev, other_codes):
    changed, new = other_codes
    apart = []
    for one, other, outcome, measure in questions(ev)[1::4]:
        found = []
        asked = new["treatment"][one], new["treatment"][other], new["outcome"][outcome], measure
        for evidence, question in ((ev, (one, other, outcome, measure)), (changed, asked)):
            try:
                found.append(same_but_for_codes(ne.compare(evidence, *question).to_dict(), new))
            except ne.NoComparisonError:
                found.append(None)
        apart += [(one, other, outcome, measure)] if found[0] != found[1] else []
    assert apart == []


def test_the_audit_under_other_codes(ev, other_codes):
    columns = [
        "claim_id",
        "verdict",
        "basis",
        "estimate",
        "ci_low",
        "ci_high",
        "margin",
        "certainty",
        "facts",
        "numbers",
    ]
    before, after = (ne.audit(one)[columns].to_dict("records") for one in (ev, other_codes[0]))
    assert before == after
