"""The evidence as a network: which trials enter, which edges are empty, and what rounding leaves open."""

import math

import pytest
from scipy.stats import norm, t

import neckevidence as ne
from neckevidence import NeckevidenceError, NoComparisonError, load_evidence
from neckevidence.comparison.network import evidence_network
from neckevidence.synthesis.network.analysis import network_meta_analysis

ED = ["NSAID+PBO", "NSAID+CYC", "NSAID+DZP", "NSAID+ORP", "NSAID+MCB", "NSAID+BAC", "NSAID+MTX", "NSAID+TIZ"]
DOSES = ["PBO", "CYC2.5", "CYC5", "CYC10"]


@pytest.fixture(scope="module")
def ev():
    return load_evidence()


@pytest.fixture(scope="module")
def emergency(ev):
    return evidence_network(ev, ED, "rmdq_improvement", "MD")


@pytest.fixture(scope="module")
def fit(emergency):
    return network_meta_analysis(**emergency.part("NSAID+PBO"), reference="NSAID+PBO")


def test_diazepam_against_cyclobenzaprine_is_bucher_by_hand(fit):
    # Bucher 1997 (J Clin Epidemiol 50:683): differences subtract, variances add. Cyclobenzaprine against placebo: 0.3 with a
    # 98.3% interval of -2.6 to 3.2. Diazepam against placebo: 11 (9 to 13, n = 57) less 11 (8 to 13, n = 55).
    se_cyc = 5.8 / (2 * norm.isf(0.017 / 2))
    se_dzp = math.hypot(4 / (2 * t.isf(0.025, 56)), 5 / (2 * t.isf(0.025, 54)))
    assert fit.estimates.loc["NSAID+CYC", "NSAID+DZP"] == pytest.approx(0.3)
    assert fit.se.loc["NSAID+CYC", "NSAID+DZP"] == pytest.approx(math.hypot(se_cyc, se_dzp), rel=1e-9)


def test_rounding_is_carried_into_the_indirect_estimate(emergency, fit):
    # 11 and 11 printed whole: a difference of -1 to 1. 0.3 printed with one decimal: 0.25 to 0.35. So -0.75 to 1.35.
    bands = emergency.rounding(fit).set_index(["treatment", "control"])
    row = bands.loc[("NSAID+CYC", "NSAID+DZP")]
    assert (row["estimate_low"], row["estimate_high"]) == pytest.approx((-0.75, 1.35), abs=1e-9)
    # outermost: the widest interval that prints as 9 to 13 and as 8 to 13 is one point wider, the 98.3% one 0.1
    widest = math.hypot(5 / (2 * t.isf(0.025, 56)), 6 / (2 * t.isf(0.025, 54)))
    level = norm.isf((1 - 0.9825) / 2)  # 98.3 is rounded itself: 98.25 gives the larger standard error
    se = math.hypot(widest, 5.9 / (2 * level))
    assert row["ci_high_most"] == pytest.approx(1.35 + norm.isf(0.025) * se, rel=1e-6)


def test_a_pool_gives_way_to_its_parts(emergency):
    assert set(emergency.arms["trial"]) == {"friedman2017", "friedman2018", "friedman2019"}
    assert list(emergency.contrasts["trial"]) == ["friedman2015"]
    parts = "friedman2015, friedman2017, friedman2018, friedman2019"
    assert dict(emergency.left_out)["abril2022"] == f"its parts {parts} are used instead"


def test_reconstructed_arms_are_marked_and_empty_edges_kept(ev):
    found = evidence_network(ev, [*DOSES, "CER15"], "any_adverse_event")
    # 54.1, 61.8 and 35.4% of arms that only the solver knows: it finds 131 of 242, 154 of 249 and 87 of 246
    own = found.arms[found.arms["trial"] == "borenstein2003_s1"].set_index("treatment")
    for name, percent in (("CYC5", 54.1), ("CYC10", 61.8), ("PBO", 35.4)):
        assert round(100 * own.loc[name, "events"] / own.loc[name, "n"], 1) == percent
    assert own["reconstructed"].all()
    assert any("reconstructed" in note for note in found.notes)
    empty = found.edges[~found.edges["has_numbers"]].set_index(["treatment", "control"])
    assert ("PBO", "CER15") in empty.index
    assert found.parts == (tuple(DOSES),)
    with pytest.raises(NoComparisonError, match="no usable figure of CER15 for any_adverse_event, as RR"):
        found.part("CER15")


def test_other_time_windows_do_not_enter(ev):
    found = evidence_network(ev, [*DOSES, "CER15", "CER30"], "somnolence")
    assert "time window weeks_2_to_3, not days_5_to_10" in dict(found.left_out)["cer_pool"]
    assert set(found.arms["trial"]) == {"borenstein2003_pool"}
    # the label's 10 mg column holds patients of one trial, the others of two: not randomised, so not in the network
    assert "CYC10" not in set(found.arms["treatment"])


def test_pools_count_their_trials_once(ev):
    edges = evidence_network(ev, ["PBO", "CER30"], "dry_mouth").edges
    assert list(edges["trials"]) == [2]  # cer_pool holds 1105 and 1106; 1105 is not counted again
    assert list(edges["patients"]) == [128 + 126]


def test_low_reliability_is_said(ev):
    # the copy of the extended-release label is graded low in the table of sources
    said = [
        note for note in evidence_network(ev, ["PBO", "CER15", "CER30"], "dry_mouth").notes if "low reliability" in note
    ]
    assert said == ["cer_pool: a source is of low reliability and supports nothing on its own"]
    assert not any("low reliability" in note for note in evidence_network(ev, DOSES, "any_adverse_event").notes)


@pytest.mark.parametrize(
    ("treatments", "outcome", "measure", "message"),
    [
        (["PBO", "CYC", "CYC5"], "somnolence", "RR", "treatments CYC and CYC5 overlap: both hold CYC5"),
        (["PBO", "PBO"], "somnolence", "RR", "treatments PBO and PBO overlap"),
        (["PBO", "NIX"], "somnolence", "RR", "NIX"),
        (["PBO", "CYC5"], "sleepyness", "RR", "sleepyness"),
        (["PBO", "CYC5"], "somnolence", "HR", "HR"),
    ],
)
def test_bad_input_is_named(ev, treatments, outcome, measure, message):
    with pytest.raises(NeckevidenceError, match=message):
        evidence_network(ev, treatments, outcome, measure)


def test_ranks_know_which_direction_is_good(ev, emergency, fit):
    # more improvement is better: methocarbamol, 2.8 points below placebo, must come last, not first
    assert ne.p_scores(fit).idxmin() == "NSAID+MCB"
    harms = evidence_network(ev, DOSES, "any_adverse_event")
    assert ne.p_scores(network_meta_analysis(**harms.part("PBO"))).idxmax() == "PBO"
