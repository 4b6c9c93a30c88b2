import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neckevidence import NeckevidenceError, UnknownCodeError, effect_sizes
from neckevidence.effects.measures import MEASURES, ZERO_CELLS, natural, no_effect, zero_cell_policy

COUNTS = ("events_treatment", "n_treatment", "events_control", "n_control")
MEANS = ("mean_treatment", "sd_treatment", "n_treatment", "mean_control", "sd_control", "n_control")

unhurried = settings(deadline=None)  # the first example imports scipy


def from_counts(measure, *cells, **options):
    return effect_sizes(measure, **options, **dict(zip(COUNTS, cells, strict=True)))


def from_means(measure, *numbers, **options):
    return effect_sizes(measure, **options, **dict(zip(MEANS, numbers, strict=True)))


def test_borenstein_2009_risk_example():
    # Borenstein et al. 2009, Introduction to Meta-Analysis, chapter 5, table 5.1: dead 5 of 100 treated, 10 of 100 control;
    # log RR -0.6931, variance 0.2800; log OR -0.7472, variance 0.3216; RD -0.05, variance 0.001375.
    cells = {"events_treatment": 5, "n_treatment": 100, "events_control": 10, "n_control": 100}
    for measure, effect, variance in (
        ("RR", -0.6931, 0.2800),
        ("OR", -0.7472, 0.3216),
        ("RD", -0.05, 0.001375),
    ):
        y, v = effect_sizes(measure, **cells)
        assert float(y) == pytest.approx(effect, abs=5e-5)
        assert float(v) == pytest.approx(variance, abs=5e-5)


def test_borenstein_2009_means_example():
    # Borenstein et al. 2009, chapter 4: means 103 and 100, SDs 5.5 and 4.5, 50 patients each; d = 0.5970,
    # J = 0.9923, g = 0.5924. V(d) = 100/2500 + 0.5970^2/200 = 0.041782; V(g) = 0.9923^2 x 0.041782 = 0.0411.
    data = {"mean_treatment": 103, "sd_treatment": 5.5, "n_treatment": 50}
    data |= {"mean_control": 100, "sd_control": 4.5, "n_control": 50}
    g, variance = effect_sizes("SMD", **data)
    assert float(g) == pytest.approx(0.5924, abs=1e-4)
    assert float(variance) == pytest.approx(0.0411, abs=1e-4)
    md, variance = effect_sizes("MD", **data)
    assert (float(md), float(variance)) == pytest.approx((3.0, 5.5**2 / 50 + 4.5**2 / 50))


def test_batches_of_any_shape():
    events = np.arange(1, 13).reshape(3, 4)
    y, v = effect_sizes("RR", events_treatment=events, n_treatment=20, events_control=5, n_control=[10, 20, 30, 40])
    assert y.shape == v.shape == (3, 4)
    one, _ = effect_sizes("RR", events_treatment=7, n_treatment=20, events_control=5, n_control=30)
    assert y[1, 2] == one


def test_a_zero_cell_has_no_logarithm_and_nothing_is_added():
    y, v = effect_sizes("RR", events_treatment=[0, 5], n_treatment=10, events_control=3, n_control=10)
    assert np.isnan(y).tolist() == np.isnan(v).tolist() == [True, False]


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="treatment arm"):
        effect_sizes("RR", events_treatment=11, n_treatment=10, events_control=3, n_control=10)
    with pytest.raises(TypeError, match="n_control"):
        effect_sizes("RR", events_treatment=1, n_treatment=10, events_control=3)
    with pytest.raises(UnknownCodeError, match="RR, OR, RD, MD, SMD"):
        effect_sizes("HR", events_treatment=1, n_treatment=10, events_control=3, n_control=10)


def test_peto_by_hand():
    # 3 of 10 against 1 of 10: O = 3, E = 10 x 4 / 20 = 2, V = 10 x 10 x 4 x 16 / (20^2 x 19) = 16/19; (O - E)/V = 19/16.
    y, v = from_counts("PETO", 3, 10, 1, 10)
    assert (float(y), float(v)) == pytest.approx((19 / 16, 19 / 16))
    # 0 of 10 against 2 of 10 needs no correction: E = 1, V = 100 x 2 x 18 / 7600 = 9/19; -1 / (9/19) = -19/9.
    y, v = from_counts("PETO", 0, 10, 2, 10)
    assert (float(y), float(v)) == pytest.approx((-19 / 9, 19 / 9))
    assert natural("PETO", 0.0) == no_effect("PETO") == 1.0
    assert "PETO" not in MEASURES  # no comparison can be asked for it


def test_half_is_added_where_it_is_needed():
    # 0 of 10 against 3 of 10 becomes 0.5 of 11 against 3.5 of 11: log RR = log(1/7), variance 1/0.5 - 1/11 + 1/3.5 - 1/11;
    # log OR = log(0.5 x 7.5 / (10.5 x 3.5)), variance 1/0.5 + 1/10.5 + 1/3.5 + 1/7.5. The second trial has no zero.
    cells = ([0, 5], 10, 3, 10)
    y, v = from_counts("RR", *cells, zero_cells="add_half_where_needed")
    assert y == pytest.approx([math.log(1 / 7), math.log(5 / 3)])
    assert v == pytest.approx([2 + 2 / 7 - 2 / 11, 1 / 5 + 1 / 3 - 2 / 10])
    y, v = from_counts("OR", *cells, zero_cells="add_half_where_needed")
    assert y == pytest.approx([math.log(3.75 / 36.75), math.log(5 * 7 / (5 * 3))])
    assert v == pytest.approx([2 + 1 / 10.5 + 2 / 7 + 1 / 7.5, 1 / 5 + 1 / 5 + 1 / 3 + 1 / 7])


def test_half_is_added_to_all():
    # 5.5 of 11 against 3.5 of 11
    y, v = from_counts("RR", 5, 10, 3, 10, zero_cells="add_half_to_all")
    assert (float(y), float(v)) == pytest.approx((math.log(5.5 / 3.5), 1 / 5.5 + 1 / 3.5 - 2 / 11))


def test_treatment_arm_correction_by_hand():
    # 0 of 20 against 3 of 60: the numbers are as 1/60 to 1/20 and sum to 1: 0.25 and 0.75. Cells 0.25, 20.25, 3.75, 57.75.
    y, v = from_counts("OR", 0, 20, 3, 60, zero_cells="treatment_arm")
    assert float(y) == pytest.approx(math.log(0.25 * 57.75 / (20.25 * 3.75)))
    assert float(v) == pytest.approx(1 / 0.25 + 1 / 20.25 + 1 / 3.75 + 1 / 57.75)
    # Without events 0.25 of 20.5 and 0.75 of 61.5 are the same risk: the correction does not favour either arm.
    rd, variance = from_counts("RD", 0, 20, 0, 60, zero_cells="treatment_arm")
    assert float(rd) == pytest.approx(0, abs=1e-17)
    assert float(variance) == pytest.approx(0.25 * 20.25 / 20.5**3 + 0.75 * 60.75 / 61.5**3)
    # No zero, nothing added.
    assert from_counts("OR", 1, 20, 3, 60, zero_cells="treatment_arm") == from_counts("OR", 1, 20, 3, 60)


def test_the_treatment_arm_correction_is_one_half_in_arms_of_one_size():
    cells = ([0, 2, 10], 10, [3, 0, 4], 10)
    for measure in ("RR", "OR", "RD"):
        by_arm = from_counts(measure, *cells, zero_cells="treatment_arm")
        by_half = from_counts(measure, *cells, zero_cells="add_half_where_needed")
        np.testing.assert_allclose(by_arm, by_half)


@pytest.mark.parametrize("zero_cells", ZERO_CELLS)
@pytest.mark.parametrize("measure", ["RR", "OR", "PETO"])
def test_no_events_or_only_events_say_nothing_about_a_ratio(measure, zero_cells):
    y, v = from_counts(measure, [0, 10, 4], [10, 10, 10], [0, 20, 7], [20, 20, 20], zero_cells=zero_cells)
    assert np.isnan(y).tolist() == np.isnan(v).tolist() == [True, True, False]


def test_a_risk_difference_always_exists_but_its_variance_may_not():
    cells = ([0, 10, 10, 0], 10, [0, 20, 0, 5], 20)
    y, v = from_counts("RD", *cells)
    assert y.tolist() == [0, 0, 1, -0.25]
    assert np.isnan(v).tolist() == [True, True, True, False]
    # 0.5 of 11 and 0.5 of 21: 0.5 x 10.5 / 11^3 + 0.5 x 20.5 / 21^3
    y, v = from_counts("RD", *cells, zero_cells="add_half_where_needed")
    assert float(y[0]) == pytest.approx(0.5 / 11 - 0.5 / 21)
    assert float(v[0]) == pytest.approx(5.25 / 11**3 + 10.25 / 21**3)
    assert np.all(v > 0)


def test_a_policy_can_be_printed():
    sentences = [zero_cell_policy(name) for name in ZERO_CELLS]
    assert len(set(sentences)) == len(sentences) == 4
    assert all(sentence.endswith(".") and "risk ratios and odds ratios" in sentence for sentence in sentences)
    with pytest.raises(UnknownCodeError, match="leave, add_half_where_needed, add_half_to_all, treatment_arm"):
        zero_cell_policy("add")


def test_large_sample_variance_by_hand():
    # Arms of 3 with SD 1 and means 1 and 0: d = 1, m = 4, J = gamma(2) / (sqrt(2) gamma(1.5)) = 1 / (sqrt(2) sqrt(pi) / 2)
    # = sqrt(2 / pi), so g^2 = 2/pi; 1/3 + 1/3 + g^2/12, against J^2 (2/3 + 1/12).
    g, large = from_means("SMD", 1, 1, 3, 0, 1, 3, smd_variance="large-sample")
    _, usual = from_means("SMD", 1, 1, 3, 0, 1, 3)
    assert float(g) == pytest.approx(math.sqrt(2 / math.pi), rel=1e-14)
    assert float(large) == pytest.approx(2 / 3 + 1 / (6 * math.pi), rel=1e-14)
    assert float(usual) == pytest.approx(2 / math.pi * 0.75, rel=1e-14)


@pytest.mark.parametrize("n", [2, 6, 51, 501, 10_001, 100_001])
def test_the_correction_factor_is_exact_in_trials_of_any_size(n):
    # J by its recursion in 40 digits: with m = 2 (n - 1), gamma(m/2) / gamma((m-1)/2) = product of j / (j - 1/2), j from 1 to
    # n - 2, over sqrt(pi).
    with localcontext() as digits:
        digits.prec = 40
        ratio = Decimal(1)
        for j in range(1, n - 1):
            ratio *= Decimal(2 * j) / Decimal(2 * j - 1)
        exact = float(ratio / (Decimal("3.141592653589793238462643383279502884197") * (n - 1)).sqrt())
    g, _ = from_means("SMD", 1, 1, n, 0, 1, n)
    assert float(g) == pytest.approx(exact, rel=2e-11)


arm = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
mean_arm = st.tuples(st.floats(-50, 50), st.floats(0.1, 50), st.integers(2, 400))


@unhurried
@given(arm, arm, st.sampled_from(["RR", "OR", "RD", "PETO"]), st.sampled_from(list(ZERO_CELLS)))
def test_exchanging_the_arms_turns_the_sign(treatment, control, measure, zero_cells):
    y, v = from_counts(measure, *treatment, *control, zero_cells=zero_cells)
    turned, same = from_counts(measure, *control, *treatment, zero_cells=zero_cells)
    np.testing.assert_allclose(turned, -y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(same, v, rtol=1e-9)


@unhurried
@given(arm, arm, st.sampled_from(["OR", "RD", "PETO"]), st.sampled_from(list(ZERO_CELLS)))
def test_counting_those_without_the_event_turns_the_sign(treatment, control, measure, zero_cells):
    y, v = from_counts(measure, *treatment, *control, zero_cells=zero_cells)
    (a, n1), (c, n2) = treatment, control
    turned, same = from_counts(measure, n1 - a, n1, n2 - c, n2, zero_cells=zero_cells)
    np.testing.assert_allclose(turned, -y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(same, v, rtol=1e-9)


@unhurried
@given(arm, arm, st.sampled_from(["RR", "OR", "RD"]), st.sampled_from(list(ZERO_CELLS)))
def test_a_variance_is_positive_or_missing(treatment, control, measure, zero_cells):
    y, v = from_counts(measure, *treatment, *control, zero_cells=zero_cells)
    assert np.isnan(v) or (v > 0 and np.isfinite(y))
    if zero_cells != "leave" and measure == "RD":
        assert v > 0


@unhurried
@given(mean_arm, mean_arm, st.floats(0.01, 100))
def test_another_unit_scales_md_and_leaves_smd(treatment, control, unit):
    scaled = [(unit * mean, unit * sd, n) for mean, sd, n in (treatment, control)]
    md, v = from_means("MD", *treatment, *control)
    np.testing.assert_allclose(from_means("MD", *scaled[0], *scaled[1]), (unit * md, unit**2 * v), rtol=1e-9, atol=1e-9)
    for form in ("borenstein", "large-sample"):
        smd = from_means("SMD", *treatment, *control, smd_variance=form)
        again = from_means("SMD", *scaled[0], *scaled[1], smd_variance=form)
        np.testing.assert_allclose(again, smd, rtol=1e-9, atol=1e-9)
        turned = from_means("SMD", *control, *treatment, smd_variance=form)
        np.testing.assert_allclose(turned, (-smd[0], smd[1]), rtol=1e-9, atol=1e-12)


@unhurried
@given(st.lists(st.tuples(arm, arm), min_size=6, max_size=6), st.sampled_from(list(ZERO_CELLS)))
def test_a_batch_is_its_trials_one_by_one(trials, zero_cells):
    tables = np.array(trials).reshape(2, 3, 4)
    for measure in ("RR", "OR", "RD", "PETO"):
        together = from_counts(measure, *np.moveaxis(tables, -1, 0), zero_cells=zero_cells)
        singly = [from_counts(measure, *table, zero_cells=zero_cells) for table in tables.reshape(6, 4)]
        np.testing.assert_array_equal(np.array(together).reshape(2, 6).T, np.array(singly))


@pytest.mark.parametrize(
    ("measure", "cells", "message"),
    [
        (
            "RR",
            ([1, 4], 10, [3, 12], 10),
            "Smith 1999, control arm: events_control must lie between 0 and n_control, found 12",
        ),
        ("OR", ([1, -1], 10, 3, 10), "Smith 1999, treatment arm: events_treatment .* found -1"),
        ("RD", ([1, 0], [10, 0], 3, 10), "Smith 1999, treatment arm: n_treatment must be at least 1, found 0"),
        (
            "PETO",
            ([1, math.nan], 10, 3, 10),
            "Smith 1999, treatment arm: events_treatment must be a finite number, found nan",
        ),
        ("RR", ([1, 2], 10, [1, 2, 3], 10), r"shapes .* events_treatment \(2,\).* events_control \(3,\)"),
        ("RR", ([1, "x"], 10, 3, 10), "events_treatment must hold numbers"),
        ("RR", (1, 10, 3, 10), "labels has 2 names for 1 trials"),
    ],
)
def test_bad_counts_are_named_with_the_trial(measure, cells, message):
    with pytest.raises(NeckevidenceError, match=message):
        from_counts(measure, *cells, labels=["Jones 1987", "Smith 1999"])


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((1, 0, 5, 0, 1, 5), "trial 1, treatment arm: sd_treatment must be above zero, found 0"),
        ((1, 1, 5, 0, 1, 1), "trial 1, control arm: n_control must be at least 2, found 1"),
        ((1, 1, 5, [[0, 0], [0, math.inf]], 1, 5), r"trial 2 of batch \(1,\), control arm: mean_control .* found inf"),
    ],
)
def test_bad_means_are_named_with_the_trial(numbers, message):
    for measure in ("MD", "SMD"):
        with pytest.raises(NeckevidenceError, match=message):
            from_means(measure, *numbers)


def test_unknown_choices_are_answered_with_those_there_are():
    with pytest.raises(UnknownCodeError, match="leave, add_half_where_needed, add_half_to_all, treatment_arm"):
        from_counts("RR", 1, 10, 2, 10, zero_cells="0.5")
    with pytest.raises(UnknownCodeError, match="borenstein, large-sample"):
        from_means("SMD", 1, 1, 5, 0, 1, 5, smd_variance="UB")
    with pytest.raises(UnknownCodeError, match="SMD, PETO"):
        from_counts("HR", 1, 10, 2, 10)
