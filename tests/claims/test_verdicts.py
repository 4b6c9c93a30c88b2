"""Synthetic states of the evidence flip every kind of claim through all verdicts that it can have."""

import dataclasses
from types import SimpleNamespace

import pandas as pd
import pytest

from neckevidence.claims.audit import verdicts
from neckevidence.claims.claim_rules import claim_rules
from neckevidence.claims.verdicts import verdict_of

SUPPORTED, PARTLY = "supported", "partly supported"
NOT_SHOWN, CONTRADICTED, NOT_CHECKABLE = "not demonstrated", "contradicted", "not checkable"


def decided(state, claim_id, certainty="high", **changes):
    """Decide a claim in a state of the evidence; the certainty of a comparison of arms is given."""
    evidence = getattr(state, "evidence", state)
    rule = dataclasses.replace(claim_rules(evidence, [claim_id])[0], **changes)
    return verdict_of(evidence, rule, lambda _: SimpleNamespace(level=certainty, reasons=())).verdict


def counts(state, fact, events, n):
    return state.change("counts", {"fact_id": fact}, events=events, n=n, percent=pd.NA)


def neck(state, *trials):
    for trial in trials or ("borenstein2003_pool",):
        state = state.change("trials", {"trial_id": trial}, region="neck")
    return state


def randomised_doses(state):
    """Let every column of the label's table come from study 1: then the two doses were randomised against each other."""
    return state.drop("pools", pool_id="borenstein2003_pool", part_id="borenstein2003_s2")


class TestSuperiority:
    """C11: more relief on 5 mg than on placebo, in neck patients. Newcombe intervals of the difference of shares."""

    def relief(self, state, drug, placebo, n=100):
        return counts(counts(state, "counts_019", drug, n), "counts_020", placebo, n)

    def test_clear_in_neck_patients(self, state):  # 60% against 40% of 100: 0.20, about 0.06 to 0.33
        assert decided(neck(self.relief(state, 60, 40)), "C11") == SUPPORTED

    def test_clear_in_neck_and_back_patients_together(self, state):
        assert decided(self.relief(state, 60, 40), "C11") == PARTLY

    def test_clear_at_low_certainty(self, state):
        assert decided(neck(self.relief(state, 60, 40)), "C11", certainty="low") == PARTLY

    def test_open(self, state):  # 50% against 45%: 0.05, about -0.09 to 0.18
        assert decided(neck(self.relief(state, 50, 45)), "C11") == NOT_SHOWN

    def test_against(self, state):  # 40% against 60%
        assert decided(neck(self.relief(state, 40, 60)), "C11") == CONTRADICTED

    def test_against_in_other_patients(self, state):
        assert decided(self.relief(state, 40, 60), "C11") == NOT_SHOWN

    def test_without_figures(self, state):
        assert decided(state.drop("counts", fact_id="counts_020"), "C11") == NOT_CHECKABLE

    def test_from_a_source_of_low_reliability(self, state):
        low = neck(self.relief(state, 60, 40)).change("sources", {"source_id": "braschi2015"}, reliability="low")
        assert decided(low, "C11") == NOT_SHOWN

    def test_at_another_time(self, state):  # the only figures are of day 14, the claim is about day 7
        late = neck(self.relief(state, 60, 40)).change("counts", {"outcome": "pain_relief"}, timepoint="day_14")
        assert decided(late, "C11") == PARTLY


class TestRounding:
    """C51: fatigue in 6% of 464 against 3% of 469. 26 to 30 against 12 to 16: RR from 26/464 : 16/469 = 1.64 on."""

    def test_rounding_decides(self, state):  # at 26 against 16 the standard error of log RR is 0.31: 0.89 to 3.0
        assert decided(state, "C51", certainty="high") == NOT_SHOWN

    def test_with_printed_counts_it_does_not(self, state):
        finer = counts(counts(state, "counts_007", 30, 464), "counts_009", 12, 469)
        assert decided(finer, "C51") == SUPPORTED  # RR 2.53, standard error 0.34: 1.3 to 4.9

    def test_the_verdict_says_so(self, ev):
        assert "rounding of the printed figures decides" in verdicts(ev, ["C51"])[0].reason


class TestHarmDifference:
    """C13: less somnolence on 5 mg (29% of 464) than on 10 mg (38% of 249). RR 0.76, 0.62 to 0.95."""

    def test_across_trials(self, ev):  # at the certainty that the rules give it
        verdict = verdicts(ev, ["C13"])[0]
        assert (verdict.verdict, verdict.certainty) == (PARTLY, "very low")
        assert "not a randomised comparison" in verdict.reason

    def test_randomised(self, state):
        assert decided(randomised_doses(state), "C13") == SUPPORTED

    def test_against(self, state):  # 20% on 10 mg: RR 1.45, standard error 0.15: 1.09 to 1.9
        other = randomised_doses(state).change("counts", {"fact_id": "counts_002"}, percent=20.0, as_printed="20%")
        assert decided(other, "C13") == CONTRADICTED

    def test_open(self, state):  # 33%: RR 0.88, standard error 0.116: 0.70 to 1.10
        other = randomised_doses(state).change("counts", {"fact_id": "counts_002"}, percent=33.0, as_printed="33%")
        assert decided(other, "C13") == NOT_SHOWN

    def test_without_figures(self, state):
        assert decided(state.drop("counts", fact_id="counts_002"), "C13") == NOT_CHECKABLE


class TestReconstructed:
    """Any adverse event in study 1: 61.8% of 249 on 10 mg against 35.4% of a number that is only reconstructed."""

    def test_is_never_more_than_partly(self, state):  # 154 of 249 against 87 of 246: RR 1.75
        changes = {"treatment": "CYC10", "outcome": "any_adverse_event", "expects": "higher"}
        assert decided(state, "C51", **changes) == PARTLY
        assert decided(state, "C51", **{**changes, "expects": "lower"}) == NOT_SHOWN


class TestEquivalence:
    """C12: 5 mg and 10 mg differ in relief by less than 6 percentage points."""

    def relief(self, state, five, ten, n=(4640, 2490)):
        state = state.repeat("counts", {"fact_id": "counts_019"}, fact_id="counts_901", arm_id="CYC10")
        for arm, size in zip(("CYC5", "CYC10"), n, strict=True):
            state = state.change(
                "arms", {"trial_id": "borenstein2003_pool", "arm_id": arm}, n_randomised=size, n_analysed=size
            )
        return counts(counts(state, "counts_019", five, n[0]), "counts_901", ten, n[1])

    def test_nothing_is_printed(self, state):
        assert decided(state, "C12") == NOT_CHECKABLE

    def test_within_the_margin_and_randomised(self, state):  # 0.496 against 0.498: 90% -0.022 to 0.018
        assert decided(randomised_doses(neck(self.relief(state, 2300, 1240))), "C12") == SUPPORTED

    def test_within_the_margin_in_other_patients(self, state):
        assert decided(randomised_doses(self.relief(state, 2300, 1240)), "C12") == PARTLY

    def test_within_the_margin_across_trials(self, state):  # equality is never judged without random allocation
        assert decided(neck(self.relief(state, 2300, 1240)), "C12") == NOT_SHOWN

    def test_no_significant_difference_is_no_equality(self, state):  # a tenth of the patients: 90% -0.07 to 0.06
        few = self.relief(state, 230, 124, n=(464, 249))
        assert decided(randomised_doses(neck(few)), "C12") == NOT_SHOWN

    def test_beyond_the_margin(self, state):  # 22% against 50%
        assert decided(randomised_doses(neck(self.relief(state, 1000, 1240))), "C12") == CONTRADICTED


class TestOverallP:
    """C19: with or without ibuprofen, from one p-value over three arms of 288, 286 and 293; margin 0.19 SD."""

    def of(self, state, p):
        return state.change("reported", {"fact_id": "reported_053"}, p_value=float(p), as_printed=f"P = {p}")

    def test_as_printed(self, state):  # p 0.41 allows 0.227 SD (notebook 02)
        assert decided(state, "C19") == NOT_SHOWN

    def test_a_larger_p_in_the_same_patients(self, state):  # p 0.65 allows 0.184 SD, as on day 3
        assert decided(self.of(state, "0.65"), "C19") == PARTLY

    def test_a_larger_p_in_neck_patients(self, state):
        assert decided(neck(self.of(state, "0.65"), "childers2005"), "C19") == SUPPORTED

    def test_not_randomised(self, state):
        other = neck(self.of(state, "0.65"), "childers2005")
        assert decided(other.change("trials", {"trial_id": "childers2005"}, randomised=False), "C19") == NOT_SHOWN

    def test_the_patients_that_would_decide_it(self, ev):
        # Two one-sided tests at 5%, power 80%, no true difference: n = 2 (1.645 + 1.282)^2 / 0.19^2 = 474.6, and a patient or
        # two more for the SD that has to be estimated.
        assert verdicts(ev, ["C19"])[0].patients_per_arm in (475, 476, 477)


class TestPatients:
    """By the textbook formulas; the exact ones may ask for a patient or two more."""

    def test_of_a_margin_without_figures(self, ev):
        # C12: equal shares of 50%, margin 6 points, two one-sided tests: 2 * 0.25 * (1.645 + 1.282)^2 / 0.06^2 = 1189.8
        assert verdicts(ev, ["C12"])[0].patients_per_arm == pytest.approx(1190, abs=1)

    def test_of_a_small_difference(self, ev):
        # C34: SMD -0.07, two-sided 5%, power 80%: 2 * (1.960 + 0.842)^2 / 0.07^2 = 3204
        assert verdicts(ev, ["C34"])[0].patients_per_arm == pytest.approx(3204, abs=3)

    def test_not_where_each_trial_alone_shows_it(self, ev):
        # C47: what is missing is not patients, but how far trials differ
        assert verdicts(ev, ["C47"])[0].patients_per_arm is None


class TestNotHigher:
    """C42: diazepam improves function by no more than placebo, margin 5 points; 57 and 55 back patients."""

    def of(self, state, mean):
        printed = f"{mean}; 95% CI {mean - 2} to {mean + 2}"
        return state.change(
            "means", {"fact_id": "means_012"}, value=mean, ci_low=mean - 2, ci_high=mean + 2, as_printed=printed
        )

    def test_in_back_patients(self, state):  # 11 against 11: 90% -2.7 to 2.7
        assert decided(state, "C42") == PARTLY

    def test_in_neck_patients(self, state):
        assert decided(neck(state, "friedman2017"), "C42") == SUPPORTED

    def test_open(self, state):  # 15 against 11: 4, 0.8 to 7.2
        assert decided(neck(self.of(state, 15), "friedman2017"), "C42") == NOT_SHOWN

    def test_against(self, state):  # 21 against 11: 10, 6.8 to 13.2; 5.1 at the end of the rounding
        assert decided(neck(self.of(state, 21), "friedman2017"), "C42") == CONTRADICTED

    def test_without_figures(self, state):
        assert decided(state.drop("means", fact_id="means_013"), "C42") == NOT_CHECKABLE

    def test_through_a_network_it_is_never_more_than_partly(self, state):  # C46: diazepam against cyclobenzaprine
        assert decided(state, "C46") == PARTLY
        assert decided(neck(state, "friedman2015", "friedman2017"), "C46", differs_in="") == PARTLY

    def test_a_network_against_it_does_not_contradict(self, state):  # 25 against 11.3
        assert decided(self.of(state, 25), "C46") == NOT_SHOWN

    def test_without_a_connection(self, state):
        assert decided(state.drop("reported", fact_id="reported_340"), "C46") == NOT_CHECKABLE


class TestFrequency:
    """C56: more than a half are without pain after a year; 47% had pain, of a number that is not printed."""

    def of(self, state, percent, n=138):
        return state.change(
            "reported", {"fact_id": "reported_274"}, estimate=float(percent), n_participants=n, as_printed=f"{percent}%"
        )

    def test_without_a_denominator(self, state):
        assert decided(state, "C56") == NOT_SHOWN

    def test_far_above(self, state):  # 70% of 138: 62% to 77%
        assert decided(self.of(state, 30), "C56") == SUPPORTED

    def test_around_a_half(self, state):  # 53% of 138: 45% to 61%
        assert decided(self.of(state, 47), "C56") == NOT_SHOWN

    def test_far_below(self, state):  # 30% of 138
        assert decided(self.of(state, 70), "C56") == CONTRADICTED

    def test_far_above_in_other_patients(self, state):
        assert decided(self.of(state, 30), "C56", differs_in="population") == PARTLY

    def test_without_a_figure(self, state):
        assert decided(state.drop("claim_facts", fact_id="reported_274"), "C56") == NOT_CHECKABLE

    def test_a_number_of_its_own(self, ev):  # "75-90%" and "70%": the lower one is what must be reached
        assert [rule.share() for rule in claim_rules(ev, ["C63", "C64"])] == [0.75, 0.70]


class TestCommonest:
    """C48: somnolence in 29% of 464, then dry mouth in 21%."""

    def of(self, state, dry_mouth):
        return state.change("counts", {"fact_id": "counts_004"}, percent=float(dry_mouth), as_printed=f"{dry_mouth}%")

    def test_as_printed(self, state):  # 0.08 -+ 0.064, and 0.07 -+ 0.064 at the ends of the rounding
        assert decided(state, "C48") == SUPPORTED

    def test_too_close(self, state):  # 29% and 27%
        assert decided(self.of(state, 27), "C48") == NOT_SHOWN

    def test_another_one(self, state):  # 40% with dry mouth
        assert decided(self.of(state, 40), "C48") == CONTRADICTED

    def test_of_another_dose(self, state):
        assert decided(state, "C48", differs_in="dose") == PARTLY

    def test_from_a_source_of_low_reliability(self, state):
        assert decided(state.change("sources", {"source_id": "label_flexeril"}, reliability="low"), "C48") == NOT_SHOWN

    def test_without_another_effect(self, state):
        alone = state
        for fact in ("counts_004", "counts_007", "counts_010"):
            alone = alone.drop("counts", fact_id=fact)
        assert decided(alone, "C48") == NOT_CHECKABLE


class TestDose:
    """C49: somnolence in 10%, 29% and 38% on placebo, 5 mg and 10 mg."""

    def of(self, state, ten):
        return randomised_doses(state).change(
            "counts", {"fact_id": "counts_002"}, percent=float(ten), as_printed=f"{ten}%"
        )

    def test_across_trials(self, ev):
        assert verdicts(ev, ["C49"])[0].verdict == PARTLY

    def test_randomised(self, state):
        assert decided(self.of(state, 38), "C49") == SUPPORTED

    def test_flat(self, state):  # 30% against 29%
        assert decided(self.of(state, 30), "C49") == NOT_SHOWN

    def test_less_on_the_higher_dose(self, state):  # 20% against 29%: RR 0.69, standard error 0.15
        assert decided(self.of(state, 20), "C49") == CONTRADICTED

    def test_without_the_higher_dose(self, state):
        assert decided(state.drop("counts", fact_id="counts_002"), "C49") == NOT_CHECKABLE


class TestVisits:
    """C16: the difference from placebo on day 7 (50% of 464 against 38% of 469) is not exceeded later."""

    def later(self, state, drug, placebo):
        for fact, percent in (("counts_019", drug), ("counts_020", placebo)):
            new = {"fact_id": f"counts_9{fact[-2:]}", "timepoint": "day_14", "percent": float(percent)}
            state = state.repeat("counts", {"fact_id": fact}, **new, as_printed=f"{percent}%")
        return state

    def test_no_later_visit(self, state):
        assert decided(state, "C16") == NOT_CHECKABLE

    def test_smaller_later(self, state):  # 0.12 then -0.02: 0.14 -+ 0.09
        assert decided(neck(self.later(state, 40, 42)), "C16") == SUPPORTED

    def test_smaller_later_in_other_patients(self, state):
        assert decided(self.later(state, 40, 42), "C16") == PARTLY

    def test_the_same_later(self, state):  # 0.12 then 0.12
        assert decided(neck(self.later(state, 50, 38)), "C16") == NOT_SHOWN

    def test_greater_later(self, state):  # 0.12 then 0.35
        assert decided(neck(self.later(state, 73, 38)), "C16") == CONTRADICTED

    def test_an_early_visit(self, state):  # C15: 50% against 38% on day 2, lower limit 0.057
        for fact, new in (("counts_019", "counts_901"), ("counts_020", "counts_902")):
            state = state.repeat("counts", {"fact_id": fact}, fact_id=new, timepoint="day_2")
        assert decided(neck(state), "C15") == SUPPORTED


class TestTrials:
    """C67: multiple randomised trials against placebo, in neck patients."""

    def test_two_in_neck_and_back_patients(self, state):
        assert decided(state, "C67") == PARTLY

    def test_two_in_neck_patients(self, state):
        assert decided(neck(state, "borenstein2003_s1", "borenstein2003_s2"), "C67") == SUPPORTED

    def test_one(self, state):
        assert (
            decided(state.change("trials", {"trial_id": "borenstein2003_s2"}, randomised=False), "C67") == CONTRADICTED
        )

    def test_none(self, state):
        none = state
        for trial in ("borenstein2003_s1", "borenstein2003_s2"):
            none = none.change("trials", {"trial_id": trial}, randomised=False)
        assert decided(none, "C67") == NOT_CHECKABLE


class TestPrinted:
    """Contrasts, p-values, votes and words that stand in print as they are."""

    def of(self, state, low, high):  # C33: botulinum toxin in dystonia, MD 6.78 (4.54 to 9.01), positive is better
        printed = f"{(low + high) / 2} ({low} to {high})"
        return state.change(
            "reported",
            {"fact_id": "reported_167"},
            estimate=(low + high) / 2,
            ci_low=low,
            ci_high=high,
            as_printed=printed,
        )

    def test_as_printed(self, state):
        assert decided(state, "C33") == SUPPORTED

    def test_open(self, state):
        assert decided(self.of(state, -1.0, 9.0), "C33") == NOT_SHOWN

    def test_against(self, state):
        assert decided(self.of(state, -9.0, -4.0), "C33") == CONTRADICTED

    def test_rounding_decides(self, state):  # a limit printed as 0.1 may be 0.05, one printed as 0.0 may be -0.05
        assert decided(self.of(state, 0.1, 9.0), "C33") == SUPPORTED
        assert decided(self.of(state, 0.0, 9.0), "C33") == NOT_SHOWN

    def test_without_random_allocation(self, state):
        watched = state.change("claim_facts", {"fact_id": "reported_167"}, role="observational")
        assert decided(watched, "C33") == PARTLY

    def test_what_the_source_calls_low(self, state):
        assert decided(state, "C33") == SUPPORTED
        assert decided(state.change("reported", {"fact_id": "reported_167"}, certainty="low"), "C33") == PARTLY
        note = "The review gives it low certainty."  # words decide nothing
        assert decided(state.change("reported", {"fact_id": "reported_167"}, note=note), "C33") == SUPPORTED

    def test_from_a_source_of_low_reliability(self, state):
        assert decided(state.change("sources", {"source_id": "marques2016"}, reliability="low"), "C33") == NOT_SHOWN

    def test_without_the_fact(self, state):
        assert decided(state.drop("claim_facts", fact_id="reported_167"), "C33") == NOT_CHECKABLE

    def test_turned_round(self, state):  # control and treatment exchanged: the sign of the difference turns
        turned = state.change("reported", {"fact_id": "reported_167"}, treatment="PBO", control="BTB")
        assert decided(turned, "C33") == CONTRADICTED

    def test_a_p_value(self, state):  # C28: P = 0.02 in favour; 0.20 is open; in favour of the control it is against
        assert decided(state, "C28") == NOT_CHECKABLE  # home exercise is not the treatment that the claim speaks of
        assert decided(state, "C28", differs_in="comparator;time") == PARTLY
        assert decided(state, "C28", differs_in="") == SUPPORTED
        weak = state.change("reported", {"fact_id": "reported_112"}, p_value=0.2, as_printed="P = 0.20")
        assert decided(weak, "C28") == NOT_SHOWN
        other = state.change("claim_facts", {"fact_id": "reported_112"}, role="favours_control")
        assert decided(other, "C28", differs_in="") == CONTRADICTED

    def test_votes(self, state):
        assert decided(state, "C43") == NOT_SHOWN  # a count of significant trials never shows equality
        sound = state.change("sources", {"source_id": "label_cyclobenzaprine_clinical2"}, reliability="primary")
        assert decided(sound, "C43", rule="superiority") == PARTLY  # 3 of 8 are more than chance makes
        one = sound.change("reported", {"fact_id": "reported_086"}, estimate=1.0)
        assert decided(one, "C43", rule="superiority") == NOT_SHOWN  # 1 of 8 is not

    def test_words(self, state):  # "more often" with 16 and 16 patients: anything from one event more on
        assert decided(state, "C50") == NOT_SHOWN
        unsized = state.change("arms", {"trial_id": "brown1978"}, n_randomised=pd.NA, n_analysed=pd.NA)
        assert decided(unsized, "C50") == NOT_CHECKABLE

    def test_strata_are_never_randomised(self, state):
        assert decided(state, "C53") == NOT_SHOWN
        assert decided(state, "C54") == NOT_CHECKABLE  # no placebo stratum
        placebo = {"fact_id": "strata_901", "arm_id": "PBO", "events": 10, "n": 60, "percent": 17.0}
        filled = state.repeat("strata", {"fact_id": "strata_001"}, **placebo)
        assert decided(filled, "C54") == PARTLY  # 54% against 17%
