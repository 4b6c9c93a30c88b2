"""Which figures are used: `compare` and the network choose the same ones, by the same rule."""

import itertools
import math

import pandas as pd
import pytest

import neckevidence as ne
from neckevidence.comparison.selection import Candidate, belong_together, best_rows, preference
from neckevidence.data.arms import arm_pairs, treatment_group


def pairs_and_outcomes(ev):
    """Yield every pair of treatments of a trial with every outcome of its counts and means, and a measure."""
    arms = ev.arms
    arms = arms[~arms["is_pooled_over_arms"].fillna(False) & arms["treatment"].notna()]
    found = {}
    for trial_id, own in arms.groupby("trial_id", sort=False):
        for table, measure in (("counts", "RR"), ("ratings", "RR"), ("means", "MD")):
            rows = ev.table(table)
            for outcome in rows.loc[rows["trial_id"] == trial_id, "outcome"].unique():
                for pair in itertools.combinations(dict.fromkeys(own["treatment"]), 2):
                    found[(*pair, outcome, measure)] = None
    return list(found)


def chosen_by_compare(ev, one, other, outcome, measure):
    """Return the figures of every trial that `compare` uses, or leaves out only because it has no variance."""
    try:
        result = ne.compare(ev, one, other, outcome, measure)
    except ne.NoComparisonError:
        return {}
    without = [trial for trial, reason in result.left_out if reason.kind == "no variance"]
    trials = [trial for trial in (*result.trials, *without) if trial.usable and trial.randomised]
    return {trial.trial_id: set(trial.facts) for trial in trials}


def chosen_by_network(ev, one, other, outcome, measure):
    try:
        network = ne.evidence_network(ev, [one, other], outcome, measure)
    except ne.NeckevidenceError:
        return {}
    found = {}
    for table in (network.arms, network.contrasts):
        for row in table.itertuples():
            found.setdefault(row.trial, set()).update(row.facts)
    return found


def test_compare_and_the_network_agree_over_the_whole_evidence(ev):
    # Every third question, as all of them take a minute; a network takes trials only that may be randomised.
    asked = [one for one in pairs_and_outcomes(ev)[::3] if not overlapping(ev, *one[:2]) and randomised(ev, *one[:2])]
    both = {one: (chosen_by_compare(ev, *one), chosen_by_network(ev, *one)) for one in asked}
    assert sum(bool(network) for _, network in both.values()) > 30
    assert {one: found for one, found in both.items() if found[0] != found[1]} == {}


def randomised(ev, one, other):
    return all(pair.randomised for pair in arm_pairs(ev, one, other))


def overlapping(ev, one, other):
    return bool(set(treatment_group(ev, one)) & set(treatment_group(ev, other)))


def test_days_are_preferred_in_one_order(ev):
    # friedman2017 treated for seven days: day 7, then 3, then a day that is not printed; after treatment the first day
    days = [90.0, 3.0, math.nan, 14.0, 7.0]
    ordered = sorted(days, key=lambda day: preference(ev, "friedman2017", day))
    assert ordered[:2] == [7.0, 3.0]
    assert math.isnan(ordered[2])
    assert ordered[3:] == [14.0, 90.0]


@pytest.mark.parametrize("duration", [7.0, math.nan])
def test_a_day_that_is_not_printed_comes_after_those_that_are(ev, with_tables, duration):
    # One trial prints an event at day 7 and, beside it, at a time that is not said; `compare` and network take day 7.
    trials, counts = ev.trials, ev.counts
    trials.loc[trials["trial_id"] == "friedman2017", "duration_days"] = duration
    own = counts[(counts["trial_id"] == "friedman2017") & (counts["outcome"] == "moderate_or_severe_pain")]
    own = own[own["timepoint"] == "day_7"]
    unsaid = own.assign(timepoint=pd.NA, fact_id=["counts_901", "counts_902"], events=own["events"] - 1)
    unsaid.index = [9001, 9002]
    changed = with_tables(ev, trials=trials, counts=pd.concat([counts.drop(index=_later(counts)), unsaid]))
    asked = ("NAP+DZP5", "NAP+PBO", "moderate_or_severe_pain", "RR")
    facts = {"friedman2017": set(own["fact_id"])}
    assert chosen_by_compare(changed, *asked) == facts
    assert chosen_by_network(changed, *asked) == facts


def _later(counts):
    later = (counts["trial_id"] == "friedman2017") & (counts["timepoint"] != "day_7")
    return counts.index[later & (counts["outcome"] == "moderate_or_severe_pain")]


def test_a_trial_enters_once_on_a_day_that_two_times_share(ev, with_tables):
    # "day 7" and "days 0 to 7" end on the same day: the patients must not count twice.
    counts, times = ev.counts, ev.timepoints
    span = times[times["timepoint"] == "day_7"].assign(timepoint="days_0_to_7_again", first_day=0.0)
    span.index = [9001]
    own = counts[(counts["trial_id"] == "friedman2017") & (counts["timepoint"] == "day_7")]
    again = own.assign(timepoint="days_0_to_7_again", fact_id=[f"counts_9{place:02d}" for place in range(len(own))])
    again.index = range(9000, 9000 + len(own))
    changed = with_tables(ev, counts=pd.concat([counts, again]), timepoints=pd.concat([times, span]))
    result = ne.compare(changed, "NAP+DZP5", "NAP+PBO", outcome="moderate_or_severe_pain", day=7)
    assert result.k == 1


def test_figures_that_give_no_more_than_an_estimate_do_not_push_out_those_that_do(ev):
    # khwaja2010 and turturro2003 share no patients; the window of most trials decides among usable ones only.
    usable = Candidate("days_5_to_10", usable=True)
    bare = Candidate("weeks_2_to_3", usable=False)
    found = belong_together(ev, {"khwaja2010": bare, "turturro2003": bare, "friedman2015": usable})
    assert {trial: reason.kind for trial, reason in found.items()} == {
        "khwaja2010": "no variance",
        "turturro2003": "no variance",
    }


def test_a_pool_gives_way_to_its_parts_and_a_second_report_to_the_first(ev):
    same = ev.trials.dropna(subset=["same_patients_as"]).iloc[0]
    one = Candidate("days_5_to_10", usable=True)
    found = belong_together(ev, dict.fromkeys(["abril2022", "friedman2017", same.trial_id, same.same_patients_as], one))
    assert {reason.kind for reason in found.values()} == {"same patients"}
    assert set(found) == {"abril2022", same.trial_id}


def test_the_same_detail_is_taken_on_both_sides(ev):
    # Two things measured under one outcome code stand in another order in either arm: like is compared with like.
    row = ev.counts[ev.counts["trial_id"] == "friedman2017"].iloc[[0]]
    left = pd.concat(
        [row.assign(outcome_detail="at rest", events=1), row.assign(outcome_detail="on movement", events=2)]
    )
    right = left.iloc[::-1].assign(arm_id="other")
    best = best_rows(ev, [left, right])
    assert [side["outcome_detail"].iloc[0] for side in best] == ["at rest", "at rest"]
