"""Words into bounds: vote counts and "more often than"."""

import math

import numpy as np
import pytest
from scipy.stats import beta, binom, norm
from statsmodels.stats.power import TTestIndPower

from neckevidence import NeckevidenceError, bound_from_fact, effect_from_order, effect_from_votes, load_evidence
from neckevidence.effects.counts import point_estimate, score_interval


@pytest.mark.parametrize(("significant", "trials", "n1", "n2"), [(3, 8, 27, 27), (1, 4, 12, 30), (7, 8, 50, 25)])
def test_votes_invert_the_power_of_the_t_test(significant, trials, n1, n2):
    # statsmodels' power function, an independent route: at each limit the power must be the Clopper-Pearson limit, which is
    # a quantile of a beta distribution (Clopper and Pearson 1934, Biometrika 26:404).
    found = effect_from_votes(significant, trials, n1, n2)
    low = beta.ppf(0.025, significant, trials - significant + 1)
    high = beta.ppf(0.975, significant + 1, trials - significant)
    for smd, share in zip((found.smd, *found.smd_limits), (significant / trials, low, high), strict=True):
        power = TTestIndPower().power(smd, n1, 0.025, ratio=n2 / n1, alternative="larger")
        assert power == pytest.approx(share, abs=1e-9)


def test_votes_by_hand_in_large_trials():
    # With 10,000 patients an arm t is normal: half of the trials are significant where the difference is 1.96 standard
    # errors, 1.959964 * sqrt(2 / 10000) = 0.027718.
    assert effect_from_votes(4, 8, 10_000, 10_000).smd == pytest.approx(norm.isf(0.025) * math.sqrt(2e-4), rel=1e-4)


def test_chance_alone_hardly_gives_three_of_eight():
    # 1 - sum over 0, 1, 2 of C(8, i) 0.025^i 0.975^(8-i) = 1 - 0.81665 - 0.16752 - 0.01503 = 0.00080
    assert effect_from_votes(3, 8, 27, 27).p_by_chance == pytest.approx(0.00080, abs=5e-6)


def test_none_or_all_significant_leaves_one_side_open():
    none, every = effect_from_votes(0, 8, 20, 20), effect_from_votes(8, 8, 20, 20)
    assert none.smd == none.smd_limits[0] == -math.inf
    assert math.isfinite(none.smd_limits[1])
    assert every.smd == every.smd_limits[1] == math.inf
    assert math.isfinite(every.smd_limits[0])


def test_vote_limits_cover_the_truth():
    rng = np.random.default_rng(8)
    truth, n, trials = 0.4, 25, 8
    power = TTestIndPower().power(truth, n, 0.025, alternative="larger")
    limits = {votes: effect_from_votes(votes, trials, n, n).smd_limits for votes in range(trials + 1)}
    held = [limits[votes][0] <= truth <= limits[votes][1] for votes in rng.binomial(trials, power, 4000)]
    # exact limits cover at 95% at least; exactly: the probability of the votes whose limits hold the truth
    exact = sum(binom.pmf(votes, trials, power) for votes, (low, high) in limits.items() if low <= truth <= high)
    assert exact >= 0.95
    assert np.mean(held) == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 4000) + 1e-3)


@pytest.mark.parametrize("measure", ["RD", "RR"])
@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize(("n1", "n2"), [(6, 6), (5, 9), (9, 4)])
def test_order_against_every_table(measure, direction, n1, n2):
    tables = [(a, c) for a in range(n1 + 1) for c in range(n2 + 1) if direction * (a * n2 - c * n1) > 0]
    estimates = [point_estimate(measure, a, n1, c, n2) for a, c in tables]
    intervals = [score_interval(measure, a, n1, c, n2) for a, c in tables]
    found = effect_from_order(n1, n2, measure, direction=direction)
    assert found.estimate == pytest.approx((min(estimates), max(estimates)), abs=1e-9)
    assert found.interval[0] == pytest.approx(min(low for low, _ in intervals), abs=1e-6)
    assert found.interval[1] == pytest.approx(max(high for _, high in intervals), abs=1e-6)


def test_facts_give_their_bounds_with_label_and_source():
    ev = load_evidence()
    pain = bound_from_fact(ev, "reported_059")
    assert pain.facts == ("reported_059",)
    assert pain.label.startswith("turturro2003, IBU800+CYC10 vs IBU800+PBO, pain_intensity")
    # p = .962 of 51 and 51: |t| = 0.048, standard error of the difference 0.198 SD; 0.009 + 1.98 * 0.198 = 0.40
    assert pain.at_most == pytest.approx(0.40, abs=0.005)
    drowsy = bound_from_fact(ev, "reported_092", direction=1)
    assert drowsy.n == (16, 16)
    assert drowsy.estimate[0] == pytest.approx(1 / 16)
    assert drowsy.interval[0] < 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: effect_from_votes(9, 8, 20, 20), "significant must be a whole number from 0 to trials, found 9 of 8"),
        (lambda: effect_from_votes(1, 8, 20, None), "arm 2: n is missing"),
        (lambda: effect_from_votes(1, 8, 20, 20, alpha=0), "alpha must lie between 0 and 1"),
        (lambda: effect_from_order(10, 10, "OR"), "OR"),
        (lambda: effect_from_order(10, 10, direction=0), "direction must be 1 or -1, found 0"),
        (lambda: effect_from_order(10, 10, level=95), "level must lie between 0 and 1"),
        (lambda: bound_from_fact(load_evidence(), "reported_086"), "label_8_trials, CYC10, DZP is not printed"),
        (lambda: bound_from_fact(load_evidence(), "reported_092"), "reported_092 is a statement: direction must be"),
        (lambda: bound_from_fact(load_evidence(), "nothing"), "nothing"),
        (lambda: bound_from_fact(load_evidence(), "reported_094"), "names no two arms"),
    ],
)
def test_impossible_input_is_named(call, message):
    with pytest.raises(NeckevidenceError, match=message):
        call()
