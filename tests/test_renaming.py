"""A code is a name: what the arms are called changes no number."""

import itertools
import math
import random

import pytest

import neckevidence as ne

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
