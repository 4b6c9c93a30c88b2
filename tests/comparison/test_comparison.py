"""Hand-checked values, one for each comparison of the notebooks, with the arithmetic; and the contract of `compare`."""

import json
import math

import pytest

import neckevidence as ne

KEYS = ["treatment", "control", "outcome", "measure", "estimate", "ci_low", "ci_high", "k", "randomised"]
KEYS += ["rounding", "trials", "notes"]
TRIAL_KEYS = ["trial_id", "estimate", "ci_low", "ci_high", "n_treatment", "n_control", "day"]


def test_dose_5_against_10_somnolence(ev):
    # 29% of 464 is 134.56, nearest count 135; 38% of 249 is 94.62, nearest 95: (135/464)/(95/249) = 0.290948/0.381526
    result = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence", measure="RR")
    assert result.estimate == pytest.approx(0.762590, abs=1e-6)
    # Extremes of what prints so: 133/464 over 95/249 = 0.751293; 136/464 over 94/249 = 0.776412.
    assert result.rounding["estimate"] == pytest.approx((0.751293, 0.776412), abs=1e-6)
    assert result.randomised is False
    assert any("not randomised" in note and "different trials" in note for note in result.notes)
    assert any(note.startswith("K01") for note in result.notes)


def test_dose_5_against_10_any_adverse_event_within_the_trial(ev):
    # 54.1% and 61.8% without numbers of patients. The trials hold 737 and 668, the label's columns 464 (5 mg, both), 249 (10
    # mg), 469 (placebo, both), so that 2.5 mg has 737 + 668 - 464 - 249 - 469 = 223. Of near-equal arms, 242 + 249 + 246 and
    # 223 + 222 + 223 print so: 131/242 = 54.13%, 154/249 = 61.85%, 87/246 = 35.37%, 124/222 = 55.86%, 79/223 = 35.43%.
    # 0.541322 / 0.618474 = 0.875255; by the logarithm, SE sqrt(1/131 - 1/242 + 1/154 - 1/249) = 0.07732: 0.752 to 1.019.
    result = ne.compare(ev, "CYC5", "CYC10", outcome="any_adverse_event")
    assert result.estimate == pytest.approx(0.875255, abs=1e-6)
    assert (result.ci_low, result.ci_high) == pytest.approx((0.752, 1.019), abs=3e-3)
    assert (result.trials[0].n_treatment, result.trials[0].n_control) == (242, 249)
    assert result.randomised
    assert any("reconstructed, not printed" in note for note in result.notes)
    assert any("assumed: the arms of a trial are near-equal" in note for note in result.notes)


def test_a_contradiction_between_sources_is_named_and_nothing_is_reconstructed(folder):
    # 154 of 249 is 61.85%, 155 is 62.25%: no count of the 249 patients on 10 mg prints as 62.0%.
    folder.change("counts", {"fact_id": "counts_158"}, percent="62.0", as_printed="62.0%")
    result = ne.compare(ne.load_evidence(folder.path), "CYC5", "CYC10", outcome="any_adverse_event")
    assert math.isnan(result.ci_low)
    assert any("nothing is reconstructed" in note for note in result.notes)


def test_with_an_nsaid_function(ev):
    # Printed 0.3 (98.3% CI -2.6 to 3.2): SE = 5.8 / (2 x 2.3867) = 1.21506; 95%: 0.3 -+ 1.959964 x 1.21506 = -2.0815, 2.6815
    result = ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    assert result.estimate == 0.3
    assert (result.ci_low, result.ci_high) == pytest.approx((-2.0815, 2.6815), abs=1e-3)
    assert any("98.3% interval is converted" in note for note in result.notes)


def test_with_an_nsaid_adverse_events(ev):
    # 33% of 108 randomised: only 36 prints so (35/108 = 32.4%). 21% of 107: 22 (20.6%) or 23 (21.5%); nearest 22.47 is 22.
    result = ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="any_adverse_event")
    assert result.estimate == pytest.approx((36 / 108) / (22 / 107))  # 1.621212
    assert result.rounding["estimate"][0] == pytest.approx((36 / 108) / (23 / 107))
    assert any("taken as the 108 randomised" in note for note in result.notes)


def test_diazepam_pain_at_one_week(ev):
    # 18/57 = 0.315789; 12/55 = 0.218182; ratio 1.447368
    result = ne.compare(ev, "NAP+DZP5", "NAP+PBO", outcome="moderate_or_severe_pain")
    assert result.estimate == pytest.approx(1.447368, abs=1e-6)
    assert result.trials[0].day == 7  # within the seven days of treatment; there is also a figure at three months


def test_diazepam_against_cyclobenzaprine_across_trials(ev):
    # 11.1 (9 to 13.2) and 10.1 (8.3 to 12): SEs 4.2/3.919928 = 1.071448 and 3.7/3.919928 = 0.943895; MD 1.0,
    # SE sqrt(1.148000 + 0.890938) = 1.427914; 1.0 -+ 1.959964 x 1.427914 = -1.7987, 3.7987
    result = ne.compare(ev, "NSAID+DZP", "NSAID+CYC", outcome="rmdq_improvement", measure="MD")
    assert result.estimate == pytest.approx(1.0)
    assert (result.ci_low, result.ci_high) == pytest.approx((-1.7987, 3.7987), abs=1e-4)
    assert not result.randomised


def test_placebo_relief(ev):
    # 50% of 464 is 232; 38% of 469 is 178.22, nearest 178: 0.5 - 0.379531 = 0.120469
    result = ne.compare(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")
    assert result.estimate == pytest.approx(0.120469, abs=1e-6)


def test_extended_release_ratings(ev):
    # Day 14, good or better: 1105: 15+19+15 = 49 of 64 against 12+9+10 = 31 of 64; 1106: 13+21+9 = 43 of 63 (the six
    # categories add up to 63) against 10+12+13 = 35 of 64. RR 49/31 = 1.580645 and (43/63)/(35/64) = 1.248073.
    result = ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness")
    assert [trial.estimate for trial in result.trials] == pytest.approx([1.580645, 1.248073], abs=1e-6)
    # Inverse-variance: v1 = 1/49-1/64+1/31-1/64 = 0.0214161, v2 = 1/43-1/63+1/35-1/64 = 0.0203301;
    # (0.457833/0.0214161 + 0.221601/0.0203301) / (46.6939 + 49.1881) = (21.3780 + 10.9001)/95.8820 = 0.336644; exp 1.40024
    common = math.exp(result.common_effect.estimate)
    assert common == pytest.approx(1.40024, abs=1e-4)
    assert result.k == 2
    # Two trials: the Bayesian result stands beside the others, between common effect and Hartung-Knapp in width.
    assert result.ci_low < math.exp(result.bayes.ci_low) < math.exp(result.common_effect.ci_low)
    assert any("Bayesian random effects" in note for note in result.notes)
    assert any("the header prints 64; 63 is used" in note for note in result.notes)
    # With 64 instead: (43/64)/(35/64) = 43/35 = 1.23
    assert any("with the denominators of the header, RR 1.23" in note for note in result.notes)


def test_a_day_can_be_chosen(ev):
    # Day 4: 3+13+22 = 38 of 64 against 1+5+15 = 21 of 64: 38/21 = 1.809524
    result = ne.compare(ev, "CER30", "PBO", outcome="medication_helpfulness", day=4)
    assert result.estimate == pytest.approx(1.809524, abs=1e-6)
    with pytest.raises(ne.NoComparisonError, match="days with figures: 4, 14"):
        ne.compare(ev, "CER30", "PBO", outcome="medication_helpfulness", day=5)


def test_spontaneous_reports_of_the_same_dose(ev):
    # 0.8% of 127 is 1 patient, 7.3% of 123 is 9: (1/127)/(9/123) = 0.107612
    result = ne.compare(ev, "CER15", "CYC10", outcome="somnolence")
    assert result.estimate == pytest.approx(0.107612, abs=1e-6)
    assert result.randomised


def test_the_json_is_the_contract(ev):
    for arguments in (
        ("CYC5", "CYC10", "somnolence"),
        ("CER", "PBO", "medication_helpfulness"),
        ("CER", "PBO", "somnolence"),
    ):
        data = ne.compare(ev, *arguments).to_dict()
        assert list(data) == KEYS
        assert all(list(trial) == TRIAL_KEYS for trial in data["trials"])
        json.dumps(data, allow_nan=False)
    assert data["estimate"] is None  # no event under placebo: the ratio has no upper end


def test_a_pool_never_enters_with_its_parts(ev):
    result = ne.compare(ev, "NSAID+DZP", "NSAID+PBO", outcome="rmdq_improvement", measure="MD")
    assert [trial.trial_id for trial in result.trials] == ["friedman2017"]
    assert [(trial.trial_id, reason) for trial, reason in result.left_out] == [
        ("abril2022", "its part friedman2017 is used instead")
    ]


def test_two_reports_on_the_same_patients_are_not_pooled(ev):
    result = ne.compare(ev, "COLLAR", "NOCOLLAR", outcome="return_to_care")
    assert [trial.trial_id for trial in result.trials] == ["mourad2021"]


def test_neck_is_not_back(ev):
    back = ne.compare(ev, "NAP+DZP5", "NAP+PBO", outcome="any_adverse_event")
    assert any("indirect for the neck" in note for note in back.notes)


def test_asked_and_spontaneous_are_not_compared(ev, folder):
    # Were the placebo figure of the label asked for, and the drug's spontaneous, they would not be the same outcome.
    folder.change("counts", {"fact_id": "counts_003"}, ascertainment="spontaneous")
    changed = ne.load_evidence(folder.path)
    with pytest.raises(ne.NoComparisonError):
        ne.compare(changed, "CYC5", "PBO", outcome="somnolence")


def test_nothing_found_says_what_there_is(ev):
    with pytest.raises(ne.NoComparisonError, match=r"Label, eight trials.*G06: it should stand in"):
        ne.compare(ev, "CYC", "DZP", outcome="somnolence")
    with pytest.raises(ne.NoComparisonError, match="no trial holds both"):
        ne.compare(ev, "CYC2.5", "CER30", outcome="somnolence")


def test_mistakes_are_named(ev):
    with pytest.raises(ne.UnknownCodeError, match="did you mean somnolence"):
        ne.compare(ev, "CYC5", "CYC10", outcome="somnolense")
    with pytest.raises(ne.UnknownCodeError, match="RR, OR, RD, MD, SMD"):
        ne.compare(ev, "CYC5", "CYC10", outcome="somnolence", measure="HR")
    with pytest.raises(ne.NeckevidenceError, match="the same"):
        ne.compare(ev, "CYC5", "CYC5", outcome="somnolence")
    with pytest.raises(ne.NeckevidenceError, match="level"):
        ne.compare(ev, "CYC5", "CYC10", outcome="somnolence", level=95)


def test_a_percentage_that_no_count_gives_has_no_interval(ev):
    # 17% of 79: 13/79 = 16.5% prints 16%, 14/79 = 17.7% prints 18%
    result = ne.compare(ev, "NAP+ORP100", "NAP+PBO", outcome="any_adverse_event")
    assert math.isnan(result.ci_low)
    assert any("no count of 79 prints as 17%" in note for note in result.notes)


def test_exchanging_the_sides_inverts_the_ratio(ev):
    one = ne.compare(ev, "CYC5", "PBO", outcome="dry_mouth")
    other = ne.compare(ev, "PBO", "CYC5", outcome="dry_mouth")
    assert other.estimate == pytest.approx(1 / one.estimate)
    assert (other.ci_low, other.ci_high) == pytest.approx((1 / one.ci_high, 1 / one.ci_low), rel=1e-6)


def test_facts_lead_to_the_source(ev):
    facts = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence").facts
    assert list(facts["as_printed"]) == ["29%", "38%"]
    assert set(facts["source_id"]) == {"label_flexeril"}
    assert facts["locator"].str.contains("Adverse Reactions").all()


def test_repr_is_deterministic_and_marks_the_comparison(ev):
    result = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")
    assert repr(result) == (
        "<Comparison CYC5 against CYC10, somnolence: RR 0.76 (95% CI 0.62 to 0.95), 1 trial; not a randomised comparison>"
    )
    assert "not randomised" in result.summary()
    assert "not randomised" in result._repr_html_()


def test_reconstructed_counts_are_marked_wherever_the_number_stands(ev):
    from neckevidence import tables
    from neckevidence.figures import alt_text

    result = ne.compare(ev, "CYC5", "CYC10", outcome="any_adverse_event", measure="RD")
    assert "reconstructed" in repr(result)
    assert "reconstructed" in alt_text(result)
    assert "reconstructed" in ne.absolute_effect(result).summary()
    assert "reconstructed" in tables.results_table([result]).frame["Randomised"].iloc[0]
    assert "reconstructed" in result.to_frame()["treatment"].iloc[0]
    printed = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence", measure="RD")
    assert "reconstructed" not in repr(printed)
