import math

import pytest

import neckevidence as ne

OUTCOME = "medication_helpfulness"  # two trials of the extended release


@pytest.fixture(scope="module")
def both(ev):
    return {model: ne.compare(ev, "CER", "PBO", OUTCOME, model=model) for model in ("random", "common")}


def test_the_common_effect_is_the_inverse_variance_mean(both):
    trials = both["common"].trials
    weights = [1 / trial.variance for trial in trials]
    log_mean = sum(weight * trial.effect for weight, trial in zip(weights, trials, strict=True)) / sum(weights)
    half = 1.959963984540054 / math.sqrt(sum(weights))
    assert math.log(both["common"].estimate) == pytest.approx(log_mean, abs=1e-12)
    assert math.log(both["common"].ci_high) == pytest.approx(log_mean + half, abs=1e-12)


def test_both_models_stand_on_either_result(both):
    assert both["common"].random_effects.estimate == both["random"].random_effects.estimate
    assert both["common"].pooled is both["common"].common_effect
    assert both["random"].pooled is both["random"].random_effects


def test_the_interval_of_the_common_effect_at_another_level_is_its_own(both):
    from neckevidence.equivalence.limits import interval_at

    low, high = interval_at(both["common"], 0.9)
    middle = math.log(both["common"].estimate)
    ratio = (math.log(high) - middle) / (math.log(both["common"].ci_high) - middle)
    assert ratio == pytest.approx(1.6448536269514722 / 1.959963984540054, rel=1e-12)
    assert low * high == pytest.approx(both["common"].estimate ** 2, rel=1e-12)


def test_a_trial_left_out_by_choice_is_named_and_not_counted(ev, both):
    first, second = both["random"].trials
    alone = ne.compare(ev, "CER", "PBO", OUTCOME, without=[first.trial_id])
    assert (alone.k, alone.trials[0].trial_id, alone.estimate) == (1, second.trial_id, second.estimate)
    assert [(trial.trial_id, why) for trial, why in alone.left_out] == [(first.trial_id, "left out by choice")]


def test_what_is_not_allowed_is_named(ev, both):
    with pytest.raises(ne.NeckevidenceError, match="model must be one of random, common; found 'fixed'"):
        ne.compare(ev, "CER", "PBO", OUTCOME, model="fixed")
    with pytest.raises(ne.NeckevidenceError, match="nowhere1999 is not among the trials used"):
        ne.compare(ev, "CER", "PBO", OUTCOME, without=["nowhere1999"])
    with pytest.raises(ne.NoComparisonError, match="leaves no trial"):
        ne.compare(ev, "CER", "PBO", OUTCOME, without=[trial.trial_id for trial in both["random"].trials])
