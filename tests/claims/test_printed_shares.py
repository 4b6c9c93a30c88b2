"""Shares of patients in a question of a few rows: a printed interval, and arms that do not agree on the commonest effect."""

import pytest

import neckevidence as ne

ARMS = "trial_id,arm_id,treatment\nbig,d,drug\nbig,p,placebo\nsmall,d,drug\nsmall,p,placebo\n"
TRIALS = "trial_id,randomised\nbig,true\nsmall,true\n"
CLAIMS = (
    "claim_id,section,claim,kind,claim_type,checkable_with_numbers,reason\n"
    "C01,Course,Most attacks end within a week.,prognosis,frequency,yes,\n"
    "C02,Harms,Rash is the most frequent adverse effect.,safety,frequency,yes,\n"
)
RULES = (
    "claim_id,rule,numbers,treatment,outcome,measure,threshold,expects,applies_to,reading\n"
    "C01,frequency_above,percent,,over,share,50,higher,any,as it stands\n"
    "C02,most_frequent,percent,drug,rash,share,,,any,as it stands\n"
)
OUTCOMES = "outcome,label,domain\nrash,rash,skin\ndiarrhoea,diarrhoea,gut\nover,attack over,course\n"


def audited(path, reported, counts):
    files = {"arms": ARMS, "trials": TRIALS, "claims": CLAIMS, "claim_rules": RULES, "outcomes": OUTCOMES}
    files["claim_facts"] = "claim_id,fact_id,role\nC01,reported_001,estimate\n"
    files |= {
        "reported": "fact_id,trial_id,outcome,measure,estimate,ci_low,ci_high,ci_level,n_participants\n" + reported,
        "counts": "trial_id,arm_id,outcome,timepoint,events,n\n" + counts,
    }
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text)
    (path / "question.toml").write_text('[outcomes]\nharms = ["skin", "gut"]\n')
    return {one.claim_id: one for one in ne.verdicts(ne.load_evidence(path))}


BIG = "big,d,rash,,42,756\nbig,d,diarrhoea,,2,756\n"
PERCENT = "reported_001,big,over,percent,88,80,94,95,\n"


def test_a_printed_interval_of_a_share_decides(tmp_path):
    found = audited(tmp_path, PERCENT, BIG)["C01"]
    assert found.verdict in ("supported", "partly supported")
    assert "88.0% (95% CI 80.0% to 94.0%)" in found.reason


def test_an_interval_of_another_level_is_brought_to_95(tmp_path):
    found = audited(tmp_path, "reported_001,big,over,percent,60,52,67.6,90,\n", BIG)["C01"]
    # By hand: logits 0.0800 and 0.7354, middle 0.4077, half 0.3277 x 1.960/1.645 = 0.3904; back: 0.5043 and 0.6895.
    assert found.reason.startswith("Share of patients 60.0% (95% CI 50.4% to 69.0%)")


def test_a_level_that_nothing_states_is_taken_as_95_and_one_blank_beside_others_is_not(tmp_path):
    (tmp_path / "none").mkdir()
    (tmp_path / "beside").mkdir()
    found = audited(tmp_path / "none", "reported_001,big,over,percent,88,80,94,,\n", BIG)["C01"]
    assert "95% CI 80.0% to 94.0%" in found.reason
    assert "the level of the interval is not stated; taken as 95%" in found.notes
    other = "reported_002,big,rash,percent,70,60,80,90,\n"
    beside = audited(tmp_path / "beside", "reported_001,big,over,percent,88,80,94,,\n" + other, BIG)["C01"]
    assert beside.verdict == "not demonstrated"


def test_a_share_without_patients_and_interval_says_nothing_of_chance(tmp_path):
    found = audited(tmp_path, "reported_001,big,over,percent,88,,,,\n", BIG)["C01"]
    assert found.verdict == "not demonstrated"


def test_an_arm_in_which_another_effect_is_more_frequent_leaves_the_claim_open(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    alone = audited(tmp_path / "one", PERCENT, BIG)["C02"]
    # By hand: 42/756 - 2/756 = 0.0529, se sqrt((44/756 - 0.0529^2) / 756) = 0.0086: 0.036 to 0.070.
    assert alone.verdict in ("supported", "partly supported")
    assert "0.053 (95% CI 0.036 to 0.070)" in alone.reason
    # 3/262 - 16/262 = -0.0496, se 0.0164: -0.082 to -0.018, the other way round.
    both = audited(tmp_path / "two", PERCENT, BIG + "small,d,rash,,3,262\nsmall,d,diarrhoea,,16,262\n")["C02"]
    assert both.verdict == "not demonstrated"
    assert "in small diarrhoea is more frequent" in both.reason


def test_effects_of_two_times_are_not_set_beside_each_other(tmp_path):
    (tmp_path / "timepoints.csv").write_text("timepoint,last_day\nday7,7\nday90,90\n")
    rows = "big,d,rash,day7,10,100\nbig,d,diarrhoea,day7,30,100\nbig,d,rash,day90,60,100\n"
    found = audited(tmp_path, PERCENT, rows)["C02"]
    assert found.estimate == pytest.approx(-0.2)  # 10% - 30% on day 7, not 60% - 30%
