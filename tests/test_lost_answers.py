"""Answers that were wrong or lost without a word: scales, unstated allocation, patients of an SD, doses a day, empty tables."""

import json
import math

import pandas as pd
import pytest
from click.testing import CliRunner

import neckevidence as ne
from neckevidence.cli import main
from neckevidence.equivalence.margins import margin_for, margin_for_result
from neckevidence.equivalence.reading import reading
from neckevidence.figures import verdicts_plot

PAIR = ("NSAID+ORP", "NSAID+PBO", "rmdq_improvement", "MD")


def with_rows(table, like, fact, **cells):
    """Return a table with a copy of rows under other fact_ids."""
    rows = table[like].copy()
    rows["fact_id"] = [f"{fact}_{900 + place}" for place in range(len(rows))]
    rows.index = range(9000, 9000 + len(rows))
    return pd.concat([table, rows.assign(**cells)])


@pytest.fixture
def two_trials(ev, with_tables):
    """A second trial that compares the same two as friedman2018, on a scale that a test chooses."""

    def made(scale):
        trials, arms = ev.trials, ev.arms
        trial = trials[trials["trial_id"] == "friedman2018"].assign(trial_id="second", label="Second")
        trial.index = [9000]
        own = arms[arms["trial_id"] == "friedman2018"].assign(trial_id="second")
        own.index = range(9000, 9000 + len(own))
        means = ev.means
        like = (means["trial_id"] == "friedman2018") & (means["outcome"] == "rmdq_improvement")
        more = with_rows(means, like, "means", trial_id="second", scale=scale)
        return with_tables(ev, trials=pd.concat([trials, trial]), arms=pd.concat([arms, own]), means=more)

    return made


def test_mean_differences_on_two_scales_are_refused_and_the_smd_offered(two_trials):
    with pytest.raises(ne.NoComparisonError, match=r"different scales.*rmdq_change.*score_0_100.*SMD"):
        ne.compare(two_trials("score_0_100"), *PAIR)
    with pytest.raises(ne.NoComparisonError, match="different scales"):
        ne.evidence_network(two_trials("score_0_100"), PAIR[:2], *PAIR[2:])
    assert ne.compare(two_trials("score_0_100"), *PAIR, without=["second"]).k == 1
    assert ne.compare(two_trials("rmdq_change"), *PAIR).k == 2


def test_a_published_contrast_can_name_its_scale(ev, with_tables):
    reported = ev.reported
    reported["scale"] = pd.Series(pd.NA, index=reported.index, dtype=object)
    like = reported["fact_id"] == "reported_340"
    asked = ("NAP+CYC5", "NAP+PBO", "rmdq_improvement", "MD")
    blank = ne.compare(with_tables(ev, reported=reported), *asked)
    assert blank.trials[0].scale == ""
    reported.loc[like, "scale"] = "score_0_100"
    named = ne.compare(with_tables(ev, reported=reported), *asked)
    assert named.trials[0].scale == "score_0_100"
    # A margin of 5 points of 24 says nothing about a scale of 0 to 100.
    margin = margin_for(ev, "rmdq_improvement", "MD")
    assert margin_for_result(ev, named) is None
    assert margin_for_result(ev, blank) == margin
    with pytest.raises(ne.NeckevidenceError, match=r"M01.*rmdq_change.*score_0_100.*SMD"):
        ne.assess_equivalence(named, margin)
    with pytest.raises(ne.NeckevidenceError, match="M01"):
        ne.certainty(ev, named, margin)
    with pytest.raises(ne.NeckevidenceError, match="M01"):
        named.plot(margin=margin)


@pytest.fixture
def unstated(ev, with_tables):
    trials = ev.trials
    trials.loc[trials["trial_id"] == "friedman2017", "randomised"] = pd.NA
    return with_tables(ev, trials=trials)


def test_a_blank_is_not_read_as_not_at_random(unstated):
    result = ne.compare(unstated, "NAP+DZP5", "NAP+PBO", outcome="moderate_or_severe_pain")
    assert not result.randomised
    assert not result.allocation_stated
    said = " ".join(
        [result.summary(), ne.certainty(unstated, result).summary(), *ne.certainty(unstated, result).reasons]
    )
    assert "allocation not stated" in said
    assert "not randomised" not in said
    assert "did not allocate" not in said
    network = ne.evidence_network(unstated, ["NAP+DZP5", "NAP+PBO"], "moderate_or_severe_pain")
    assert list(network.arms["trial"].unique()) == ["friedman2017"]
    assert any("allocation not stated" in note for note in network.notes)


def test_a_trial_that_did_not_allocate_at_random_still_says_so(ev, with_tables):
    trials = ev.trials
    trials.loc[trials["trial_id"] == "friedman2017", "randomised"] = False
    result = ne.compare(with_tables(ev, trials=trials), "NAP+DZP5", "NAP+PBO", outcome="moderate_or_severe_pain")
    assert result.allocation_stated
    assert "did not allocate patients at random" in result.summary()


def test_an_sd_takes_the_patients_of_its_arm(ev, with_tables):
    # schukro_dulox prints 2.9 and 2.7 with 25 patients each; without them beside the figure those of the arm are taken.
    means, arms = ev.means, ev.arms
    own = means["trial_id"] == "schukro_dulox"
    arms.loc[arms["trial_id"] == "schukro_dulox", ["n_analysed", "n_randomised"]] = 25
    asked = ("DULOXETINE", "PBO", "pain_intensity")
    bare = with_tables(ev, means=means.assign(n=means["n"].where(~own)), arms=arms)
    for measure in ("MD", "SMD"):
        before, after = (ne.compare(one, *asked, measure) for one in (ev, bare))
        assert (after.estimate, after.ci_low, after.ci_high) == (before.estimate, before.ci_low, before.ci_high)
        assert sum("taken as the 25 analysed" in note for note in after.notes) == 2
    assert ne.evidence_network(bare, asked[:2], asked[2], "MD").arms["se"].notna().all()


def test_the_dose_of_a_network_is_not_that_of_one_time_where_arms_differ_in_doses_a_day(ev, with_tables):
    arms = ev.arms
    same = ne.evidence_network(ev, ["PBO", "CYC2.5", "CYC5", "CYC10"], "any_adverse_event")
    assert set(same.arms["dose"]) == {0, 2.5, 5, 10}  # all three times a day
    assert set(same.arms["daily_dose"]) == {0, 7.5, 15, 30}
    arms.loc[(arms["trial_id"] == "borenstein2003_s2") & (arms["arm_id"] == "CYC5"), "frequency_per_day"] = 1
    other = ne.evidence_network(with_tables(ev, arms=arms), ["PBO", "CYC2.5", "CYC5", "CYC10"], "any_adverse_event")
    assert other.arms.loc[other.arms["dose"] != 0, "dose"].isna().all()
    assert set(other.arms["daily_dose"]) == {0, 5, 7.5, 15, 30}
    assert any("doses a day" in note for note in other.notes)
    with pytest.raises(ne.NeckevidenceError, match="dose"):
        ne.dose_response(other.arms)
    assert not math.isnan(ne.dose_response(other.arms, dose="daily_dose").coefficients[0])


def test_the_audit_can_be_drawn_as_it_is(ev):
    axes = verdicts_plot(ne.audit(ev, ["C11", "C13", "C19"]))
    assert [text.get_text() for text in axes.texts if text.get_gid() == "claim"] == ["C11", "C13", "C19"]
    with pytest.raises(ne.NeckevidenceError, match="no claim"):
        verdicts_plot(ne.audit(ev, ["C11"]).iloc[:0])


def test_a_work_list_without_gaps_or_with_some_claims_only(ev, with_tables):
    few = ne.audit(ev, ["C11"])
    assert ne.worklist(with_tables(ev, gaps=ev.gaps.iloc[:0]), few).empty
    work = ne.worklist(ev, few)
    assert set().union(*work["open_claims"]) <= {"C11"}


def test_an_evidence_map_with_a_domain_without_outcomes(ev):
    drawn = ne.evidence_map(ev, [("CYC5", "PBO")], {"Nothing": ("no_such_domain",), "Sedation": ("sedation",)})
    assert drawn.to_frame().loc["CYC5 against PBO", "Nothing"] == "nothing found"
    assert drawn.to_frame().loc["CYC5 against PBO", "Sedation"] == "interval, randomised"


def test_json_holds_no_number_that_does_not_exist(monkeypatch, ev):
    table = ne.audit(ev, ["C11"])
    table.at[0, "numbers"] = (math.nan, 1.0, math.inf)
    monkeypatch.setattr(ne, "audit", lambda *_: table)
    done = CliRunner().invoke(main, ["audit", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output)[0]["numbers"] == [None, 1.0, None]


def test_the_evidence_map_sees_a_contrast_of_any_measure(ev):
    # friedman2015 prints pain with oxycodone as a risk difference only: 18 percentage points (95% CI 3 to 33).
    drawn = ne.evidence_map(ev, [("NAP+OXY", "NAP+PBO")], {"Pain": ("pain",)})
    assert drawn.to_frame().loc["NAP+OXY against NAP+PBO", "Pain"] == "interval, randomised"


def folder(path, **tables):
    for name, text in tables.items():
        (path / f"{name}.csv").write_text(text)
    return ne.load_evidence(path)


PUBLISHED = "trial_id,arm_id,treatment\n" + "".join(f"t{k},a,statin\nt{k},b,placebo\n" for k in (1, 2, 3))


def test_a_published_interval_without_its_level_is_one_of_95_per_cent_and_says_so(tmp_path):
    rows = "trial_id,treatment,control,outcome,measure,estimate,ci_low,ci_high\n"
    rows += "t1,statin,placebo,death,RR,0.91,0.78,1.06\nt2,placebo,statin,death,RR,1.12,0.94,1.33\n"
    rows += "t3,statin,placebo,death,HR,0.8,0.6,1.1\n"
    ev = folder(tmp_path, arms=PUBLISHED, reported=rows)
    found = ne.compare(ev, "statin", "placebo", "death")
    # By hand: log 0.91 = -0.0943, se log(1.06/0.78) / 3.92 = 0.0783; -log 1.12 = -0.1133, se log(1.33/0.94) / 3.92 = 0.0885.
    assert found.common_effect.estimate == pytest.approx((-0.0943 / 0.0783**2 - 0.1133 / 0.0885**2) / 290.8, abs=3e-4)
    assert any("taken as 95%" in note for note in found.notes)
    assert [note for note in found.notes if note.kind == "not used"] == [
        "t3: not used: what is printed of the outcome gives no RR of these arms"
    ]
    with pytest.raises(ne.NoComparisonError, match=r"there is one as RR; it is printed as HR, which is shown but not"):
        ne.compare(ev, "statin", "placebo", "death", "OR")


def test_a_level_that_is_blank_beside_others_stays_unknown(tmp_path):
    rows = "trial_id,treatment,control,outcome,measure,estimate,ci_low,ci_high,ci_level\n"
    rows += "t1,statin,placebo,death,RR,0.91,0.78,1.06,90\nt2,statin,placebo,death,RR,0.9,0.75,1.06,\n"
    found = ne.compare(folder(tmp_path, arms=PUBLISHED, reported=rows), "statin", "placebo", "death")
    assert [trial.trial_id for trial in found.trials] == ["t1"]
    assert any(note.kind == "not used" and note.startswith("t2:") for note in found.notes)


def test_a_published_difference_with_its_standard_error_has_an_interval(tmp_path):
    rows = "trial_id,treatment,control,outcome,measure,estimate,se\nt1,statin,placebo,ldl,MD,-1,0.1\n"
    rows += "t2,statin,placebo,ache,RD,1.5,0.5\nt3,statin,placebo,death,RR,0.8,0.1\n"
    ev = folder(tmp_path, arms=PUBLISHED, reported=rows)
    # By hand: -1 - 1.96 * 0.1; 1.5 points + 1.96 * 0.5 points.
    assert ne.compare(ev, "statin", "placebo", "ldl", "MD").ci_low == pytest.approx(-1.196, abs=1e-4)
    assert ne.compare(ev, "statin", "placebo", "ache", "RD").ci_high == pytest.approx(0.0248, abs=1e-5)
    with pytest.raises(ne.NoComparisonError):  # of the ratio or of its logarithm: nothing says so
        ne.compare(ev, "statin", "placebo", "death", "RR")


def test_a_standard_error_takes_the_patients_of_its_arm(tmp_path):
    arms = "trial_id,arm_id,treatment,n\nbaker,t,yoga,25\nbaker,c,wait,27\n"
    means = "trial_id,arm_id,outcome,mean,se\nbaker,t,depression,6.1,0.71\nbaker,c,depression,8.0,0.66\n"
    found = ne.compare(folder(tmp_path, arms=arms, means=means), "yoga", "wait", "depression", "SMD")
    # By hand: SD 0.71 sqrt 25 = 3.55 and 0.66 sqrt 27 = 3.4295, pooled 3.4878; -1.9 / 3.4878 x (1 - 3/199) = -0.5366.
    assert found.estimate == pytest.approx(-0.5366, abs=1e-4)


def test_why_a_trial_is_not_pooled(tmp_path):
    arms = PUBLISHED + "t4,a,statin\nt4,b,placebo\n"
    counts = "trial_id,arm_id,outcome,events,n,percent\n"
    counts += "t1,a,ache,5,50,\nt1,b,ache,9,50,\nt2,a,ache,4,40,\nt2,b,ache,0,40,\nt3,a,ache,,,20.5\nt3,b,ache,,,33.3\n"
    counts += "t4,a,ache,3,30,\n"
    found = ne.compare(folder(tmp_path, arms=arms, counts=counts), "statin", "placebo", "ache")
    assert {trial.trial_id: str(reason) for trial, reason in found.left_out} == {
        "t2": "an arm has no event, or only events, and the RR then has no variance: not pooled",
        "t3": "the number of patients of an arm is not printed: not pooled",
    }
    assert "t4: not used: what is printed of the outcome gives no RR of these arms" in found.notes


def test_names_are_listed_as_a_sentence_lists_them_and_an_unknown_allocation_is_called_so(tmp_path):
    counts = "trial_id,arm_id,outcome,events,n\n" + "".join(
        f"t{k},a,ache,{k},50\nt{k},b,ache,9,50\n" for k in (1, 2, 3)
    )
    found = ne.compare(folder(tmp_path, arms=PUBLISHED, counts=counts), "statin", "placebo", "ache")
    assert "t1, t2 and t3: not traced to a print" in found.notes
    assert reading(found).endswith("But how patients were allocated is not stated: it cannot carry a conclusion alone.")
