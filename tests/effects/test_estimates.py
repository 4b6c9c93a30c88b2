import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neckevidence import NeckevidenceError, UnknownCodeError
from neckevidence.effects.estimates import asymmetry, effect_from_interval, effect_from_p, effect_from_se, effect_from_t
from neckevidence.effects.means import critical_value

unhurried = settings(deadline=None)  # the first example imports scipy
Z = 1.959963984540054  # normal quantile at 0.975


def test_an_interval_by_hand():
    # RR 0.5 (0.25 to 1): log 4 / (2 x 1.959964) = 1.386294 / 3.919928 = 0.353653
    y, v = effect_from_interval(0.5, 0.25, 1, measure="RR")
    assert float(y) == pytest.approx(math.log(0.5))
    assert math.sqrt(v) == pytest.approx(0.353653, abs=1e-6)
    # MD 0.3 (98.3% CI -2.6 to 3.2): 5.8 / (2 x 2.3867) = 1.21506
    y, v = effect_from_interval(0.3, -2.6, 3.2, 0.983, measure="MD")
    assert (float(y), math.sqrt(v)) == pytest.approx((0.3, 1.21506), rel=1e-4)


def test_an_interval_made_with_t():
    # t(1) at 0.975 is 12.7062: width 2 x 12.7062 gives SE 1; t(10) is 2.228139 (tables).
    _, v = effect_from_interval(0, -12.7062, 12.7062, df=1, measure="MD")
    assert float(v) == pytest.approx(1, rel=1e-5)
    _, v = effect_from_interval([0, 0], -2.228139, 2.228139, df=[10, 1], measure="SMD")
    assert v == pytest.approx([1, (2.228139 / 12.7062) ** 2], rel=1e-5)


def test_a_standard_error_by_hand():
    y, v = effect_from_se([2, 0.5], 0.5, measure="OR")
    assert y == pytest.approx([math.log(2), -math.log(2)])
    assert v.tolist() == [0.25, 0.25]


def test_a_t_statistic_by_hand():
    y, v = effect_from_t([-3, 3], [-2, 1.5], [20, 30], measure="MD")
    assert (y.tolist(), v.tolist()) == ([-3, 3], [2.25, 4])
    # RR 0.5 with z = -2: SE = log 2 / 2
    y, v = effect_from_t(0.5, -2, measure="RR")
    assert (float(y), float(v)) == pytest.approx((-math.log(2), (math.log(2) / 2) ** 2))


def test_a_p_value_by_hand():
    # p = 0.05 is z = 1.959964, or t = 2.228139 on 10 degrees of freedom (tables)
    y, v = effect_from_p(-Z, 0.05, measure="MD")
    assert (float(y), float(v)) == pytest.approx((-Z, 1))
    _, v = effect_from_p(2.228139, 0.05, 10, measure="MD")
    assert float(v) == pytest.approx(1, rel=1e-6)
    # With 1 degree of freedom t is Cauchy: P(|t| > 1) = 0.5
    _, v = effect_from_p(4, 0.5, 1, measure="MD")
    assert float(v) == pytest.approx(16)


def test_a_very_small_p_value():
    # With 2 degrees of freedom P(|t| > c) = 1 - c / sqrt(c^2 + 2), which is 1/c^2 far out: p = 1e-60 is c = 1e30.
    _, v = effect_from_p(1e30, 1e-60, 2, measure="MD")
    assert float(v) == pytest.approx(1)


def test_asymmetry_by_hand():
    # 1.2 in 1 to 2 stands 0.3 below the middle, 0.6 of the half width; 0.5 is the geometric middle of 0.25 and 1.
    assert float(asymmetry(1.2, 1, 2, measure="MD")) == pytest.approx(-0.6)
    assert asymmetry([0.25, 0.5, 1], 0.25, 1, measure="RR") == pytest.approx([-1, 0, 1])


effects = st.floats(-5, 5).filter(lambda y: abs(y) > 1e-3)
errors = st.floats(0.01, 10)
degrees = st.none() | st.integers(1, 500)


@unhurried
@given(effects, errors, st.floats(0.5, 0.999), degrees, st.sampled_from(["RR", "MD"]))
def test_all_ways_of_printing_a_result_lead_back_to_it(y, se, level, df, measure):
    from scipy.stats import norm, t

    shown = math.exp if measure == "RR" else float
    half = critical_value(level, math.inf if df is None else df) * se
    p = 2 * float(norm.sf(abs(y) / se) if df is None else t.sf(abs(y) / se, df))
    ways = [
        effect_from_se(shown(y), se, measure=measure),
        effect_from_t(shown(y), y / se, df, measure=measure),
    ]
    if half < 300:  # a ratio beyond is no number
        limits = shown(y - half), shown(y + half)
        ways.append(effect_from_interval(shown(y), *limits, level, df, measure=measure))
        assert float(asymmetry(shown(y), *limits, measure=measure)) == pytest.approx(0, abs=1e-6)
    if p >= 1e-100:
        ways.append(effect_from_p(shown(y), p, df, measure=measure))
    for effect, variance in ways:
        assert (float(effect), float(variance)) == pytest.approx((y, se**2), rel=1e-6)


@unhurried
@given(st.floats(0.1, 10), st.floats(1.01, 5), st.floats(1.01, 5))
def test_turning_a_ratio_turns_everything(ratio, down, up):
    y, v = effect_from_interval(ratio, ratio / down, ratio * up, measure="OR")
    turned, same = effect_from_interval(1 / ratio, 1 / (ratio * up), down / ratio, measure="OR")
    np.testing.assert_allclose((turned, same), (-y, v), rtol=1e-9, atol=1e-12)
    lean = asymmetry(ratio, ratio / down, ratio * up, measure="OR")
    np.testing.assert_allclose(asymmetry(1 / ratio, 1 / (ratio * up), down / ratio, measure="OR"), -lean, atol=1e-9)


def test_a_batch_is_its_trials_one_by_one():
    estimate = np.array([[0.5, 1.5, 2.0], [0.9, 0.8, 3.0]])
    low, high, level, df = estimate / 2, estimate * 3, [0.9, 0.95, 0.99], [[5], [50]]
    together = np.array(effect_from_interval(estimate, low, high, level, df, measure="RR"))
    assert together.shape == (2, 2, 3)
    for i, j in np.ndindex(2, 3):
        one = effect_from_interval(estimate[i, j], low[i, j], high[i, j], level[j], df[i][0], measure="RR")
        assert together[:, i, j].tolist() == [float(value) for value in one]


def test_input_is_left_as_it_is():
    estimate = np.array([0.5, 2.0])
    for measure in ("RR", "MD"):
        y, _ = effect_from_se(estimate, 0.1, measure=measure)
        y += 1
    assert estimate.tolist() == [0.5, 2.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.5, 0.6, 0.9), "trial 1: estimate must lie in its interval, found 0.5"),
        ((1.5, 0.6, 0.9), "trial 1: estimate must lie in its interval, found 1.5"),
        ((0.5, 0.9, 0.4), "trial 1: low must be below high, found 0.9"),
        ((0.5, 0.5, 0.5), "trial 1: low must be below high, found 0.5"),
        ((0.5, 0, 0.9), r"trial 1: low must be above zero, as a ratio \(RR\) is, found 0"),
        (([0.5, -1], 0.4, 0.9), "trial 2: estimate must be above zero"),
        ((0.5, 0.4, math.inf), "trial 1: high must be a finite number, found inf"),
        ((0.5, 0.4, 0.9, 95), "trial 1: level must lie between 0 and 1"),
        ((0.5, 0.4, 0.9, 0.95, 0), "trial 1: df must be above zero, found 0"),
    ],
)
def test_bad_intervals_are_named(arguments, message):
    with pytest.raises(NeckevidenceError, match=message):
        effect_from_interval(*arguments, measure="RR")
    if len(arguments) == 3:
        with pytest.raises(NeckevidenceError, match=message):
            asymmetry(*arguments, measure="RR")


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (effect_from_se, (2, [0.5, 0]), "Smith 1999: se must be above zero, found 0"),
        (effect_from_se, (2, [0.5, math.nan]), "Smith 1999: se must be a finite number, found nan"),
        (effect_from_t, (2, [2, -2]), "Smith 1999: t must have the sign of the effect .* found -2"),
        (effect_from_t, (0.5, [-2, 2]), "Smith 1999: t must have the sign of the effect .* found 2"),
        (effect_from_t, (2, [2, 0]), "Smith 1999: t must have the sign of the effect .* found 0"),
        (effect_from_t, ([2, 1], [2, 0]), "Smith 1999: estimate must differ from 1, no effect"),
        (effect_from_t, (2, 2, [1, -1]), "Smith 1999: df must be above zero, found -1"),
        (effect_from_p, (2, [0.5, 0]), "Smith 1999: p must lie between 0 and 1, neither included, found 0"),
        (effect_from_p, (2, [0.5, 1]), "Smith 1999: p must lie between 0 and 1, neither included, found 1"),
        (effect_from_p, (2, [0.5, 1e-101]), "Smith 1999: p must be at least 1e-100"),
        (effect_from_p, ([2, 1], 0.9), "Smith 1999: estimate must differ from 1, no effect"),
        (effect_from_p, (2, 0.5, [1, 0]), "Smith 1999: df must be above zero, found 0"),
    ],
)
def test_bad_statistics_are_named_with_the_trial(function, arguments, message):
    with pytest.raises(NeckevidenceError, match=message):
        function(*arguments, measure="RR", labels=["Jones 1987", "Smith 1999"])


def test_an_unknown_measure_is_answered_with_those_there_are():
    with pytest.raises(UnknownCodeError, match="RR, OR, RD, MD, SMD, PETO"):
        effect_from_se(1, 1, measure="HR")
