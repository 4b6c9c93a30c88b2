"""What the reader's workbench is given: complete, JSON, and the same as the comparisons themselves."""

import json
import re

import pytest

import neckevidence as ne
from neckevidence.equivalence.limits import interval_at
from neckevidence.report.workbench import workbench_data

ASKED = [
    ("CYC5", "PBO", "somnolence"),
    ("CYC5", "PBO", "pain_relief"),
    ("CYC5", "CYC10", "somnolence"),
    ("CER", "PBO", "medication_helpfulness"),
    ("CER15", "PBO", "constipation"),
    ("NSAID+CYC", "NSAID+PBO", "rmdq_improvement"),
    ("NSAID+CYC", "NSAID+PBO", "pain_intensity"),
]


@pytest.fixture(scope="module")
def data(ev):
    return workbench_data(ev, ASKED)


def one(data, name):
    return next(comparison for comparison in data["comparisons"] if comparison["id"] == name)


def test_is_json_and_the_same_each_time(data, ev):
    text = json.dumps(data, allow_nan=False)
    assert json.loads(text) == data
    assert json.dumps(workbench_data(ev, ASKED), allow_nan=False) == text


def test_names_are_safe_in_a_page(data):
    names = [comparison["id"] for comparison in data["comparisons"]]
    assert len(set(names)) == len(ASKED)
    assert all(re.fullmatch(r"[A-Za-z][\w-]*", name) for name in names)
    assert names[-1] == "NSAIDandCYC-NSAIDandPBO-pain_intensity"


def test_has_what_the_page_reads(data):
    of_comparison = {
        "id",
        "treatment",
        "control",
        "outcome",
        "title",
        "treatment_name",
        "control_name",
        "outcome_label",
    }
    of_comparison |= {"direction", "measures", "measure", "margins", "unit", "randomised", "notes", "trials"}
    of_comparison |= {"left_out", "poolable", "folder"}
    of_trial = {"trial_id", "label", "region", "day", "randomised", "reconstructed", "n_treatment", "n_control"}
    of_trial |= {"allocation", "cells", "control_risk", "effects"}
    of_effect = {"effect", "variance", "estimate", "ci_low", "ci_high", "narrow_low", "narrow_high", "interval_rule"}
    assert data["level"] == 0.95
    for comparison in data["comparisons"]:
        assert set(comparison) == of_comparison
        assert comparison["measure"] == comparison["measures"][0]
        for trial in comparison["trials"]:
            assert set(trial) == of_trial
            assert all(set(effect) == of_effect for effect in trial["effects"].values())


def test_counts_are_those_of_the_label(data):
    # Flexeril label, Adverse Reactions, the two studies with 5 mg: somnolence 29% of 464 on 5 mg, 10% of 469 on placebo.
    [trial] = one(data, "CYC5-PBO-somnolence")["trials"]
    a, n1, c, n2 = trial["cells"]
    assert (n1, n2) == (trial["n_treatment"], trial["n_control"]) == (464, 469)
    assert (round(100 * a / n1), round(100 * c / n2)) == (29, 10)
    assert trial["control_risk"] == c / n2


def test_numbers_are_those_of_the_comparisons(data, ev):
    for asked, comparison in zip(ASKED, data["comparisons"], strict=True):
        for measure in comparison["measures"]:
            result = ne.compare(ev, *asked, measure)
            shown = [trial for trial in comparison["trials"] if measure in trial["effects"]]
            assert [trial["trial_id"] for trial in shown] == [trial.trial_id for trial in result.trials]
            assert [trial["randomised"] for trial in shown] == [trial.randomised for trial in result.trials]
            if len(shown) == 1:
                effect, narrow = shown[0]["effects"][measure], interval_at(result, 0.9)
                expected = (result.estimate, result.ci_low, result.ci_high, *narrow)
                names = ("estimate", "ci_low", "ci_high", "narrow_low", "narrow_high")
                found = [float("nan") if effect[name] is None else float(effect[name]) for name in names]
                assert found == pytest.approx(expected, nan_ok=True)


def test_a_ratio_without_bound_is_written_as_text(data):
    effect = one(data, "CER15-PBO-constipation")["trials"][0]["effects"]["RR"]
    assert (effect["estimate"], effect["ci_high"], effect["variance"]) == ("Infinity", "Infinity", None)
    assert 0 < effect["ci_low"] < 1


def test_margins_come_from_the_table_of_margins(data):
    assert one(data, "CYC5-PBO-pain_relief")["margins"]["RD"]["value"] == 0.06
    assert one(data, "CYC5-PBO-pain_relief")["margins"]["RD"]["id"] == "M05"
    assert set(one(data, "CYC5-PBO-pain_relief")["margins"]) == {"RD"}
    assert one(data, "CYC5-PBO-somnolence")["margins"] == {}
    function = one(data, "NSAIDandCYC-NSAIDandPBO-rmdq_improvement")
    assert function["margins"]["MD"] == {
        "value": 5.0,
        "id": "M01",
        "words": "validated threshold used for the sample size",
        "unit": "points",
    }
    assert (function["unit"], function["measures"]) == ("points", ["MD"])


def test_a_margin_of_another_scale_is_not_offered(ev, data):
    # The margin for pain is 10 of 100 points. One trial prints its pain on a scale of 0 to 10, another in mm of 100.
    [short] = workbench_data(ev, [("COLLAR", "EXERCISE", "pain_intensity")])["comparisons"]
    assert short["margins"] == {}
    assert one(data, "NSAIDandCYC-NSAIDandPBO-pain_intensity")["margins"]["MD"]["value"] == 10


def test_who_is_left_out_and_why(data):
    [left_out] = one(data, "NSAIDandCYC-NSAIDandPBO-rmdq_improvement")["left_out"]
    assert left_out["label"] == "Abril 2022 reanalysis"
    assert left_out["reason"] == "its part friedman2015 is used instead"


def test_across_trials_is_marked(data):
    assert one(data, "CYC5-CYC10-somnolence")["randomised"] is False
    assert one(data, "CYC5-PBO-somnolence")["randomised"] is True
    assert one(data, "CER-PBO-medication_helpfulness")["poolable"] is True
    assert one(data, "CYC5-CYC10-somnolence")["poolable"] is False


def test_counts_that_no_source_prints_are_marked(ev):
    [comparison] = workbench_data(ev, [("CYC5", "CYC10", "any_adverse_event")])["comparisons"]
    [trial] = comparison["trials"]
    assert trial["reconstructed"] is True
    assert "reconstructed" in trial["effects"]["RR"]["interval_rule"]


def test_nothing_to_compare_says_what_there_is(ev):
    with pytest.raises(ne.NoComparisonError, match="no figure for CYC5 against DZP"):
        workbench_data(ev, [("CYC5", "DZP", "somnolence")])


def test_a_folder_is_named_and_its_path_is_not(tmp_path, data):
    assert {one["folder"] for one in data["comparisons"]} == {""}  # the packaged evidence needs no name
    folder = tmp_path / "my gout"
    folder.mkdir()
    (folder / "arms.csv").write_text("trial_id,arm_id,treatment\na,1,drug\na,2,none\n")
    (folder / "counts.csv").write_text("trial_id,arm_id,outcome,events,n\na,1,flare,1,10\na,2,flare,4,11\n")
    own = workbench_data(ne.load_evidence(folder), [("drug", "none", "flare")])
    assert own["comparisons"][0]["folder"] == "my gout"
