"""The words of pictures: what is shown, whether it excludes no effect, and never "equal" for a wide interval."""

import re

import pandas as pd
import pytest

import neckevidence as ne
from neckevidence.equivalence.margins import margin_for
from neckevidence.figures import FOUR_OUTCOMES, alt_text
from neckevidence.figures.kinds import UnknownResultError
from neckevidence.figures.words import LIMIT


def test_a_comparison_says_measure_interval_and_what_it_excludes(ev):
    assert alt_text(ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")) == (
        "Forest plot. Cyclobenzaprine 5 mg against cyclobenzaprine 10 mg: somnolence (drowsiness), risk ratio 0.76, "
        "95% interval 0.62 to 0.95, excludes 1, 1 trial, not a randomised comparison."
    )


def test_an_interval_with_no_effect_in_it_is_never_called_equal(ev):
    text = alt_text(ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness"))
    assert "risk ratio 1.40, 95% interval 0.31 to 6.28, includes 1, 2 trials, random effects" in text
    assert text.endswith("An interval that includes 1 shows neither a difference nor equality.")
    function = ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    assert "mean difference 0.3, 95% interval −2.1 to 2.7, includes 0" in alt_text(function)


def test_the_model_is_the_one_behind_the_estimate(ev):
    asked = {"outcome": "medication_helpfulness", "model": "common"}
    assert "2 trials, common effects" in alt_text(ne.compare(ev, "CER", "PBO", **asked))


def test_numbers_that_do_not_exist_are_said_to_be_missing(ev):
    text = alt_text(ne.compare(ev, "CER", "PBO", outcome="somnolence"))
    assert "95% interval 0.53 to no limit, includes 1" in text
    assert "nan" not in text
    assert "inf" not in text


def test_several_comparisons_share_what_they_have_in_common(ev):
    outcomes = ("somnolence", "dry_mouth", "fatigue", "headache")
    text = alt_text([ne.compare(ev, "CYC5", "CYC10", outcome=outcome) for outcome in outcomes])
    assert text.count("yclobenzaprine 10 mg") == 1
    assert text.count("not a randomised comparison") == 1
    assert text.count("excludes 1") == 2
    assert "Fatigue: 1.00 (0.55 to 1.83), includes 1" in text
    mixed = alt_text([ne.compare(ev, *pair, outcome="somnolence") for pair in (("CYC5", "PBO"), ("CYC10", "PBO"))])
    assert mixed.count("not a randomised comparison") == 1  # of the two, the second only
    assert mixed.index("not a randomised") > mixed.index("10 mg against placebo")


def test_patients_per_thousand(ev):
    effects = [
        ne.absolute_effect(ne.compare(ev, "CYC5", "PBO", outcome=o, measure="RD")) for o in ("pain_relief", "headache")
    ]
    assert alt_text(effects[0]) == (
        "Patients per thousand. Pain relief: of 1000 patients 500 on cyclobenzaprine 5 mg against 380 on placebo, "
        "difference 120 (95% interval 57 to 183), excludes 0."
    )
    assert "Pain relief: 500 against 380, difference 120" in alt_text(effects)
    across = ne.absolute_effect(ne.compare(ev, "CYC5", "CYC10", outcome="somnolence"))
    assert "not a randomised comparison" in alt_text(across)
    assert "on reconstructed counts" in alt_text(
        ne.absolute_effect(ne.compare(ev, "CYC5", "PBO", outcome="any_adverse_event"))
    )


def test_equivalence_says_both_intervals_the_margin_and_the_answers(ev):
    relief = ne.compare(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")
    text = alt_text(ne.assess_equivalence(relief, margin_for(ev, "pain_relief", "RD")))
    for part in (
        "0.057 to 0.183, excludes 0",
        "90% interval 0.067 to 0.173",
        "margin ±0.06 (M05)",
        "undecided: a difference",
    ):
        assert part in text
    assert "at 0.5 times the margin different" in text
    across = ne.compare(ev, "NSAID+DZP", "NSAID+CYC", outcome="rmdq_improvement", measure="MD")
    text = alt_text(ne.assess_equivalence(across, margin_for(ev, "rmdq_improvement", "MD")))
    assert "not randomised: no answer" in text
    assert "; equivalent" not in text


def test_a_long_list_ends_with_how_many_more(ev):
    many = [
        ne.compare(ev, "CYC5", "CYC10", outcome="somnolence"),
        ne.compare(ev, "CYC5", "PBO", outcome="somnolence"),
    ] * 6
    text = alt_text(many)
    assert len(text) <= LIMIT
    shown = text.count("somnolence (drowsiness)")
    assert f"; {12 - shown} more in the table." in text
    assert 0 < shown < 12


def test_networks_name_what_is_indirect_and_use_the_names_given(ev):
    network = ne.evidence_network(ev, ["NSAID+PBO", "NSAID+CYC", "NSAID+DZP"], "rmdq_improvement", "MD")
    fit = ne.network_meta_analysis(**network.part("NSAID+PBO"), reference="NSAID+PBO")
    text = alt_text(fit, {"NSAID+CYC": "cyclobenzaprine"})
    assert "cyclobenzaprine 0.3 (−2.1 to 2.7), includes 0" in text
    assert "Pairs that no trial compares rest on indirect evidence: not a randomised comparison" in text
    assert "A rank is not an effect." in alt_text(ne.rank_treatments(fit))
    assert "diazepam on top of any NSAID (1 trial)" in alt_text(network)


def test_splits_and_calibration_do_not_read_agreement_into_a_large_p():
    rows = [("one", "B", "A", 1.0, 0.1), ("two", "C", "B", 1.0, 0.2), ("three", "C", "A", 2.3, 0.2)]
    trials = pd.DataFrame(rows, columns=["trial", "treatment", "control", "effect", "se"])
    splits = ne.node_split(ne.network_meta_analysis(contrasts=trials, measure="MD", tau2="common"))
    text = alt_text(splits)
    # B against A: direct 1.0; indirect 2.3 - 1.0 = 1.3; difference 0.3, se sqrt(0.01 + 0.04 + 0.04) = 0.3, z = 1, p = 0.317.
    assert "B against A 1.0 direct, 1.3 indirect, p 0.317" in text
    assert "does not show that the two agree" in text


def test_a_ratio_of_benefit_to_harm_is_given_only_with_bounds(ev):
    sure = ne.benefit_harm((60, 100, 20, 100), (50, 100, 10, 100), name="sure")
    open_ = ne.benefit_harm((60, 100, 20, 100), (11, 100, 10, 100), name="open")
    assert "1.0 helped for each one harmed" in alt_text(sure)
    assert "no bound for how many are helped" in alt_text(open_)


def test_verdicts_count_each_claim_once():
    table = pd.DataFrame(
        {
            "section": ["G01", "G01", "G02"],
            "claim_id": ["C1", "C2", "C1"],
            "verdict": ["supported", "not checkable", "supported"],
            "basis": ["computed", "judgement", "computed"],
        }
    )
    text = alt_text(table)
    assert text.startswith("Verdicts on 2 claims in 2 groups: ")
    assert "1 supported" in text
    assert "1 decided by numbers, 1 judged by hand" in text


def test_risk_of_bias_names_the_trials_that_stand_out(ev):
    text = alt_text(ne.risk_of_bias(ev, ["khwaja2010", "childers2005"]))
    assert text.startswith("Risk of bias (RoB 2). Overall high: Childers 2005; overall some concerns: Khwaja 2010; ")
    assert "measurement of the outcome: high in Childers 2005, low in Khwaja 2010" in text
    assert "randomisation process: neither high nor low in any" in text


def test_a_text_stays_and_mixed_results_are_said_one_by_one(ev):
    assert alt_text("As it is") == "As it is"
    result = ne.compare(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")
    both = alt_text([result, ne.absolute_effect(result)])
    assert both.startswith("Forest plot. ")
    assert " Patients per thousand. " in both


def test_other_things_are_refused_with_what_there_is():
    with pytest.raises(UnknownResultError, match=r"Comparison.*found int") as caught:
        alt_text(3)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, ne.NeckevidenceError)
    with pytest.raises(UnknownResultError, match="an empty sequence"):
        alt_text([])
    with pytest.raises(UnknownResultError, match="a table with the columns x"):
        alt_text(pd.DataFrame({"x": [1]}))


def test_no_sentence_takes_no_difference_for_equality(ev):
    results = [
        ne.compare(ev, "CYC5", "CYC10", outcome="fatigue"),
        ne.absolute_effect(ne.compare(ev, "CYC5", "CYC10", outcome="fatigue")),
        ne.compare_ratings(ev, "cer_1106", "CER15", "PBO", "medication_helpfulness", "day_14"),
        FOUR_OUTCOMES,
    ]
    for text in map(alt_text, results):
        found = re.findall(
            r"[^.;]*\b(?:equal|equality|same|no effect|no difference|not different|similar)\b[^.;]*", text
        )
        assert all(re.search(r"neither|[Nn]o difference is shown, and no equality either", one) for one in found), found
