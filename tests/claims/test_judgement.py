import dataclasses

import pytest

import neckevidence as ne
from neckevidence.equivalence.margins import Margin, margin_for
from neckevidence.equivalence.reading import reading

AUDIT = [
    "claim_id",
    "claim",
    "verdict",
    "basis",
    "estimate",
    "ci_low",
    "ci_high",
    "margin",
    "certainty",
    "facts",
    "reason",
]


@pytest.fixture
def function(ev):
    return ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")


def test_every_claim_is_listed_with_the_columns_of_the_contract(ev):
    verdicts = ne.audit(ev)
    assert list(verdicts)[: len(AUDIT)] == AUDIT
    assert len(verdicts) == 75
    five = ["supported", "partly supported", "not demonstrated", "contradicted", "not checkable"]
    assert verdicts["verdict"].isin(five).all()
    # A judgement is never shown as computed.
    by_hand = verdicts[verdicts["basis"] == "judgement"]
    assert set(verdicts["basis"]) == {"computed", "judgement"}
    assert by_hand[["estimate", "ci_low", "ci_high", "margin", "certainty"]].isna().all().all()


def test_margins_stand_in_the_evidence(ev):
    assert margin_for(ev, "rmdq_improvement", "MD").value == 5
    assert margin_for(ev, "pain_relief", "RD").value == pytest.approx(0.06)  # 6 percentage points
    assert margin_for(ev, "pain_intensity", "MD").value == 10  # the narrower of 10 and 15
    assert margin_for(ev, "somnolence", "RD") is None
    assert margin_for(ev, "pain_relief", "RR") is None


def states(result, low, high):
    return dataclasses.replace(result, ci_low=low, ci_high=high)


def test_reading_follows_the_interval(function):
    margin = Margin("M01", 5.0, "points", "", "")
    assert "lies within the margin of 5 points (M01)" in reading(states(function, -2, 3), margin)
    assert "equivalence is not shown" in reading(states(function, -2, 6), margin)
    assert "beyond" in reading(states(function, 6, 9), margin)
    assert "in favour of naproxen with cyclobenzaprine" in reading(states(function, 1, 3))
    assert "in favour of naproxen with placebo" in reading(states(function, -3, -1))
    assert "no equality either" in reading(states(function, -1, 1))
    assert "no interval" in reading(states(function, float("nan"), float("nan")))


def test_reading_never_forgets_the_missing_randomisation(ev):
    assert "not a randomised comparison" in reading(ne.compare(ev, "CYC5", "CYC10", outcome="somnolence"))


def test_trials_that_agree_are_not_read_as_no_difference_alone(ev):
    # Reconstructed: 131/242 against 87/246 and 124/222 against 79/223, risk ratios 1.53 and 1.58, lower limits near 1.25 and
    # 1.28; two trials pooled with the guarded Hartung-Knapp interval, t(1) = 12.7, include 1.
    result = ne.compare(ev, "CYC5", "PBO", outcome="any_adverse_event")
    assert result.ci_low < 1 < result.ci_high
    assert "Each of the 2 trials alone excludes no difference" in reading(result)
    mixed = ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness")  # the interval of one trial includes 1
    assert "alone excludes" not in reading(mixed)
