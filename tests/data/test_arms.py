import pytest

from neckevidence import UnknownCodeError
from neckevidence.data.arms import arm_pairs, parts_of, treatment_group


def pair(ev, trial_id, treatment, control):
    return next(pair for pair in arm_pairs(ev, treatment, control) if pair.trial_id == trial_id)


def test_columns_of_a_pool_from_different_trials_are_not_randomised(ev):
    dose = pair(ev, "borenstein2003_pool", "CYC5", "CYC10")
    assert not dose.randomised
    assert "patients of different trials" in dose.reason


def test_columns_of_a_pool_from_the_same_trials_are_randomised(ev):
    assert pair(ev, "borenstein2003_pool", "CYC5", "PBO").randomised
    assert pair(ev, "cer_pool", "CER15", "CYC10").randomised


def test_the_reanalysis_of_four_trials_compares_across_trials(ev):
    assert not pair(ev, "abril2022", "NSAID+DZP", "NSAID+CYC").randomised


def test_the_trial_that_held_both_doses_is_randomised(ev):
    assert pair(ev, "borenstein2003_s1", "CYC5", "CYC10").randomised


def test_an_observational_cohort_is_not(ev):
    cohort = pair(ev, "mourad2021", "COLLAR", "NOCOLLAR")
    assert not cohort.randomised
    assert "at random" in cohort.reason


def test_a_pool_of_unnamed_trials_is_not_taken_as_randomised(ev):
    assert "not named" in pair(ev, "bta_cd_pooled", "BTA", "PBO").reason


def test_figures_over_several_arms_are_no_arm(ev):
    arms = {arm for one in arm_pairs(ev, "CYC5", "CYC+IBU") for arm in one.treatment_arms + one.control_arms}
    assert "ALL_ARMS" not in arms


def test_groups_hold_their_members(ev):
    assert set(treatment_group(ev, "NSAID+CYC")) >= {"NAP+CYC5", "IBU800+CYC10", "CYC5+IBU400"}
    assert "CER15" not in treatment_group(ev, "CYC")


def test_unknown_treatments_suggest_the_nearest(ev):
    with pytest.raises(UnknownCodeError, match="did you mean CYC5") as caught:
        treatment_group(ev, "CYC55")
    assert "CYC5" in caught.value.suggestions


def test_parts_of_pools(ev):
    assert parts_of(ev, "cer_pool") == {"cer_1105", "cer_1106"}
    assert parts_of(ev, "khwaja2010") == frozenset()
