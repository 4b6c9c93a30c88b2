"""Two one-sided tests by other routes, and what must never be called equivalent."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

import neckevidence as ne
from neckevidence.effects.counts import INTERVAL_RULES, score_interval
from neckevidence.effects.means import ArmMean, mean_difference
from neckevidence.effects.measures import no_effect
from neckevidence.equivalence.assessment import ANSWERS, assess_equivalence
from neckevidence.equivalence.limits import interval_at, margin_bounds
from neckevidence.equivalence.margins import Margin, margin_for


@pytest.fixture(scope="module")
def function(ev):
    return ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")


@pytest.fixture(scope="module")
def relief(ev):
    return ne.compare(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")


@pytest.fixture(scope="module")
def doses(ev):
    return ne.compare(ev, "CYC5", "CYC10", outcome="somnolence", measure="RR")


def made(function, estimate, se, *, direction="higher_is_better", rounding=None, randomised=True):
    """A comparison with a normal interval about an estimate."""
    low, high = estimate - 1.959964 * se, estimate + 1.959964 * se
    numbers = {"estimate": estimate, "ci_low": low, "ci_high": high}
    trial = dataclasses.replace(function.trials[0], variance=se**2, effect=estimate, **numbers)
    changed = {"direction": direction, "rounding": rounding, "randomised": randomised, "trials": (trial,)}
    return dataclasses.replace(function, **numbers, **changed)


def counted(relief, measure, a, n1, c, n2):
    """A comparison of two counts with its score interval."""
    low, high = score_interval(measure, a, n1, c, n2)
    estimate = a / n1 - c / n2 if measure == "RD" else a * n2 / (c * n1)
    numbers = {"estimate": estimate, "ci_low": low, "ci_high": high}
    shown = {"treatment": f"{a} / {n1}", "control": f"{c} / {n2}", "tables": ((a, n1, c, n2),)}
    rule = INTERVAL_RULES[measure]
    trial = dataclasses.replace(
        relief.trials[0], measure=measure, control_risk=c / n2, interval_rule=rule, rounding=None, **numbers, **shown
    )
    return dataclasses.replace(relief, measure=measure, trials=(trial,), rounding=None, **numbers)


# By hand, normal theory, SE 1, margin 5: the 90% interval is estimate -+ 1.645, the 95% interval estimate -+ 1.960.
@pytest.mark.parametrize(
    ("estimate", "answer"),
    [
        (0.0, "equivalent"),
        (1.9, "equivalent"),  # 95% from -0.06
        (2.0, "not relevant"),  # 95% from 0.04, 90% to 3.64
        (-3.3, "not relevant"),  # 90% from -4.945
        (-3.4, "undecided"),  # 90% from -5.045
        (3.4, "undecided"),
        (6.9, "undecided"),  # 95% from 4.94
        (7.0, "different"),  # 95% from 5.04
        (-7.0, "different"),
    ],
)
def test_the_four_answers(function, estimate, answer):
    assert assess_equivalence(made(function, estimate, 1.0), 5).answer == answer


def test_not_significant_is_not_equivalent(function):
    wide = assess_equivalence(made(function, 0.0, 4.0), 5)
    assert wide.p_difference == pytest.approx(1)
    assert wide.answer == "undecided"
    assert wide.differs is False
    assert "no difference is shown either" in wide.words()


def test_p_values_are_those_of_two_one_sided_z_tests(function):
    found = assess_equivalence(made(function, 1.2, 1.7), 5)
    assert found.p_equivalence == pytest.approx(stats.norm.sf((5 - 1.2) / 1.7), abs=1e-7)
    assert found.p_non_inferiority == pytest.approx(stats.norm.sf((5 + 1.2) / 1.7), abs=1e-7)
    assert found.p_difference == pytest.approx(2 * stats.norm.sf(1.2 / 1.7), abs=1e-6)


def test_p_values_of_means_agree_with_welch_tests_of_statsmodels(function):
    from statsmodels.stats.weightstats import ttost_ind

    rng = np.random.default_rng(4)
    one, two = rng.normal(10.4, 6, 40), rng.normal(10, 8, 52)
    arms = [ArmMean(x.mean(), sd=x.std(ddof=1), n=len(x)) for x in (one, two)]
    estimate, variance, low, high = mean_difference(*arms, "MD")
    numbers = {"estimate": estimate, "ci_low": low, "ci_high": high}
    trial = dataclasses.replace(function.trials[0], variance=variance, effect=estimate, **numbers)
    result = dataclasses.replace(function, trials=(trial,), **numbers)
    expected = ttost_ind(one, two, -4, 4, usevar="unequal")[0]
    assert assess_equivalence(result, 4).p_equivalence == pytest.approx(expected, abs=1e-7)
    assert interval_at(result, 0.9) == pytest.approx(mean_difference(*arms, "MD", 0.9)[2:])


@pytest.mark.parametrize("measure", ["RD", "RR"])
def test_inclusion_uses_the_score_interval_at_its_own_level(relief, measure):
    result = counted(relief, measure, 90, 120, 80, 118)
    assert interval_at(result, 0.9) == score_interval(measure, 90, 120, 80, 118, 0.9)
    found = assess_equivalence(result, 0.2 if measure == "RD" else 1.35)
    # The p-value is the alpha at which the 1 - 2 alpha interval just touches the margin.
    limits = score_interval(measure, 90, 120, 80, 118, 1 - 2 * found.p_equivalence)
    assert min(abs(np.subtract(limits, found.bounds))) < 1e-5


def test_the_score_p_value_of_the_ratio_is_that_of_the_score_test_itself(relief):
    from statsmodels.stats.proportion import score_test_proportions_2indep

    found = assess_equivalence(counted(relief, "RR", 60, 120, 58, 118), 1.25)
    z_low, z_high = (
        score_test_proportions_2indep(60, 120, 58, 118, value=bound, compare="ratio", return_results=False)[0]
        for bound in (0.8, 1.25)
    )
    assert found.p_equivalence == pytest.approx(max(stats.norm.sf(z_low), stats.norm.cdf(z_high)), abs=1e-6)


def test_the_error_of_two_one_sided_tests_is_held_at_the_margin(function):
    # The truth is at the margin: at most 5% may be called equivalent; 1500 trials, Monte Carlo error 0.6%.
    rng = np.random.default_rng(11)
    answers = [assess_equivalence(made(function, x, 1.0), 5).answer for x in rng.normal(5, 1, 1500)]
    wrong = np.mean([answer in ("equivalent", "not relevant") for answer in answers])
    assert wrong == pytest.approx(0.05, abs=0.018)
    assert np.mean([answer == "different" for answer in answers]) == pytest.approx(0.025, abs=0.013)


def test_ratios_are_symmetrical_on_the_log_scale(relief):
    assert margin_bounds("RR", 1.25) == margin_bounds("RR", 0.8) == pytest.approx((0.8, 1.25))
    there = assess_equivalence(counted(relief, "RR", 60, 120, 50, 118), 1.25)
    back = assess_equivalence(counted(relief, "RR", 50, 118, 60, 120), 1.25)
    assert there.p_equivalence == pytest.approx(back.p_equivalence, abs=1e-6)
    assert list(there.sensitivity["margin_high"]) == pytest.approx([math.sqrt(1.25), 1.25, 1.25**1.5])


@pytest.mark.parametrize(("direction", "worse"), [("higher_is_better", -4.5), ("lower_is_better", 4.5)])
def test_non_inferiority_looks_at_the_worse_side(function, direction, worse):
    bad = assess_equivalence(made(function, worse, 1.0, direction=direction), 5)
    assert (bad.non_inferior, bad.superior) == (False, "control")
    good = assess_equivalence(made(function, -worse, 1.0, direction=direction), 5)
    assert (good.non_inferior, good.superior) == (True, "treatment")
    assert good.answer == "undecided"
    neither = assess_equivalence(made(function, worse, 1.0, direction="neither"), 5)
    assert (neither.non_inferior, neither.superior) == (None, None)


def test_what_is_not_randomised_is_never_called_equivalent(function, doses):
    within = assess_equivalence(made(function, 0.0, 0.1, randomised=False), 5)
    assert within.answer == "not randomised"
    assert within.position == "within the margin"
    assert (within.non_inferior, within.superior) == (None, None)
    assert math.isnan(within.p_equivalence)
    assert set(within.sensitivity["answer"]) == {"not randomised"}
    for one in (within, assess_equivalence(doses, 1.25)):
        for text in (one.words(), repr(one), str(one.to_dict()["answer"])):
            assert "equivalent" not in text.replace("Equivalence", "")
        assert any("not randomised" in note for note in one.notes)


def test_without_an_interval_nothing_is_said(function):
    bare = dataclasses.replace(made(function, 1.0, 1.0), ci_low=math.nan, ci_high=math.nan)
    bare = dataclasses.replace(bare, trials=(dataclasses.replace(bare.trials[0], ci_low=math.nan, ci_high=math.nan),))
    found = assess_equivalence(bare, 5)
    assert found.answer == found.position == "no interval"
    assert found.differs is None
    assert found.to_dict()["narrow_low"] is None


def test_pooled_results_use_the_pooled_model_at_the_other_level(ev):
    result = ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness", measure="RR")
    assert result.k == 2
    again = ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness", measure="RR", level=0.9)
    assert interval_at(result, 0.9) == pytest.approx((again.ci_low, again.ci_high))
    # Two trials, one degree of freedom: t against the log margin.
    model = result.random_effects
    t = (math.log(1.25) - model.estimate) / model.se
    found = assess_equivalence(result, 1.25)
    assert found.p_equivalence == pytest.approx(stats.t.sf(t, 1), abs=1e-6)
    assert any("mean effect" in note for note in found.notes)


def test_rounding_is_carried_to_the_answer(ev, relief):
    margin = margin_for(ev, "pain_relief", "RD")
    found = assess_equivalence(relief, margin)
    # 50% of 464 is 230 to 234, 38% of 469 is 176 to 180: each table is judged by itself.
    lows = {(a, c): score_interval("RD", a, 464, c, 469)[0] for a in range(230, 235) for c in range(176, 181)}
    assert {low > margin.value for low in lows.values()} == {True, False}
    assert found.answer == "undecided"
    assert found.differs is True
    assert found.superior == "treatment"
    assert found.lost_by_rounding is True
    half = found.sensitivity.set_index("factor").loc[0.5]
    assert (half["answer"], half["lost_by_rounding"]) == ("different", False)
    assert all(low > margin.value / 2 for low in lows.values())


def test_a_rounding_band_without_counts_moves_the_limits(function):
    def band(width):
        result = made(function, 0.0, 1.0)
        ends = {name: (getattr(result, name) - width, getattr(result, name) + width) for name in ("ci_low", "ci_high")}
        return dataclasses.replace(result, rounding={"estimate": (-width, width), **ends})

    # 90% limits -+ 1.645: a margin of 2 survives a shift of 0.3, not one of 0.4.
    assert assess_equivalence(band(0.3), 2).lost_by_rounding is False
    assert assess_equivalence(band(0.4), 2).lost_by_rounding is True
    assert assess_equivalence(made(function, 0.0, 1.0), 2).lost_by_rounding is None


def test_the_evidence_at_hand(ev, function):
    margin = margin_for(ev, "rmdq_improvement", "MD")
    cyc = assess_equivalence(function, margin)
    # 0.3 (98.3% CI -2.6 to 3.2): SE = 5.8 / (2 x 2.3867) = 1.2151; 90% 0.3 -+ 1.645 x 1.2151 = -1.70 to 2.30.
    assert cyc.narrow == pytest.approx((-1.70, 2.30), abs=0.005)
    assert list(cyc.sensitivity["answer"]) == ["equivalent"] * 3
    dzp = assess_equivalence(ne.compare(ev, "NAP+DZP5", "NAP+PBO", outcome="rmdq_improvement", measure="MD"), margin)
    assert list(dzp.sensitivity["answer"]) == ["undecided", "equivalent", "equivalent"]


def test_the_result_is_numbers_and_words(function):
    found = assess_equivalence(function, Margin("M01", 5.0, "points", "a rule", "a_source"))
    frame = found.to_frame()
    assert len(frame) == 1
    assert frame.loc[0, "answer"] in ANSWERS
    assert "M01" in found.methods()
    assert "90%" in found.methods()
    assert "margin M01: a rule (a_source)" in found.summary()
    assert repr(found) == repr(assess_equivalence(function, Margin("M01", 5.0, "points", "a rule", "a_source")))
    assert any("given as a number" in note for note in assess_equivalence(function, 5).notes)


@pytest.mark.parametrize(
    ("measure", "margin", "message"),
    [
        ("MD", None, "set beforehand"),
        ("MD", 0, "above 0"),
        ("MD", -5, "above 0"),
        ("MD", math.nan, "above 0"),
        ("RD", 6, "share below 1"),
        ("RR", 1, "must not be 1"),
        ("RR", Margin("M05", 0.06, "percentage points", "", "", measure="RD"), "M05"),
        ("MD", Margin("M04", 0.19, "SD", "", "", measure="SMD"), "M04"),
    ],
)
def test_a_margin_that_does_not_fit_is_refused(measure, margin, message):
    with pytest.raises(ne.NeckevidenceError, match=message):
        margin_bounds(measure, margin)


@pytest.mark.parametrize("alpha", [0, 0.5, -1, 2])
def test_an_impossible_alpha_is_refused(function, alpha):
    with pytest.raises(ne.NeckevidenceError, match="alpha"):
        assess_equivalence(function, 5, alpha=alpha)


def test_no_effect_lies_between_the_bounds():
    for measure, margin in (("RD", 0.1), ("RR", 1.25), ("OR", 0.5), ("MD", 3), ("SMD", 0.2)):
        low, high = margin_bounds(measure, margin)
        assert low < no_effect(measure) < high
