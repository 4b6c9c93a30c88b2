import itertools
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from statsmodels.stats.oneway import confint_noncentrality

from neckevidence import NeckevidenceError, NoComparisonError, UnknownCodeError, load_evidence
from neckevidence.comparison.largest_difference import bounds_from_reported, largest_difference_bound
from neckevidence.effects import effect_sizes
from neckevidence.effects.from_tests import smd_from_test, table_from_test
from neckevidence.effects.noncentrality import noncentrality_interval

N = 10_000
THREE_SE = 3 * math.sqrt(0.95 * 0.05 / N)  # Monte Carlo error of a coverage of 95%


@pytest.mark.parametrize(("f", "df"), [(4.0, (2, 60)), (12.5, (3, 36)), (0.893, (2, 864)), (30.0, (1, 18))])
def test_f_against_statsmodels(f, df):
    low, high = noncentrality_interval("F", f, df)
    # statsmodels stops its search early: its limits hold to three digits
    assert [float(low), float(high)] == pytest.approx(np.maximum(confint_noncentrality(f, df), 0), rel=1e-3)
    assert stats.ncf.cdf(f, *df, high) == pytest.approx(0.025, abs=1e-9)
    assert low == 0 or stats.ncf.cdf(f, *df, low) == pytest.approx(0.975, abs=1e-9)


def test_t_and_chi_square_against_scipy():
    t = np.array([-4.0, 0.0, 0.8, 2.5, 9.0])
    low, high = noncentrality_interval("t", t, [23])
    assert stats.nct.cdf(t, 23, low) == pytest.approx(np.full(5, 0.975), abs=1e-7)
    assert stats.nct.cdf(t, 23, high) == pytest.approx(np.full(5, 0.025), abs=1e-7)
    low, high = noncentrality_interval("chi-square", [1.0, 9.0, 40.0], [3], level=0.9)
    assert low[0] == 0  # the central distribution has 80% above 1
    assert stats.ncx2.cdf([9.0, 40.0], 3, low[1:]) == pytest.approx([0.95, 0.95], abs=1e-9)
    assert stats.ncx2.cdf([1.0, 9.0, 40.0], 3, high) == pytest.approx([0.05] * 3, abs=1e-9)


def test_hedges_g_of_a_published_example():
    # Borenstein et al. 2009, chapter 4: means 103 and 100, SDs 5.5 and 4.5, n 50 and 50: d = 0.5970, g = 0.5924.
    g, _ = effect_sizes(
        "SMD", mean_treatment=103, sd_treatment=5.5, n_treatment=50, mean_control=100, sd_control=4.5, n_control=50
    )
    t, p = stats.ttest_ind_from_stats(103, 5.5, 50, 100, 4.5, 50)
    for result in (smd_from_test(50, 50, t=t), smd_from_test(50, 50, f=t**2, direction=1)):
        assert result.estimate == pytest.approx((0.5924, 0.5924), abs=2e-4)
        assert result.estimate == pytest.approx((float(g),) * 2)
        assert result.p == pytest.approx((p, p))
    from_p = smd_from_test(50, 50, p=p, direction=1)
    assert from_p.estimate + from_p.ci_low + from_p.ci_high == pytest.approx(
        result.estimate + result.ci_low + result.ci_high
    )
    one_sided = smd_from_test(50, 50, p=1 - p / 2, sided=1, direction=-1)  # the test asked for the other direction
    assert one_sided.estimate == pytest.approx(from_p.estimate)
    mirrored = smd_from_test(50, 50, t=-t)
    assert mirrored.ci_low == pytest.approx((-from_p.ci_high[0],) * 2)


def test_a_2x2_table_by_hand():
    # 20 of 50 against 10 of 50: chi-square = 100 (20 x 40 - 30 x 10)^2 / (50 x 50 x 30 x 70) = 4.7619; OR = 800/300
    chi_square, p = stats.chi2_contingency([[20, 30], [10, 40]], correction=False)[:2]
    assert chi_square == pytest.approx(4.7619, abs=1e-4)
    for given in ({"chi_square": chi_square}, {"p": p}):
        result = table_from_test(50, 50, events=30, direction=1, **given)
        assert result.estimate == pytest.approx((math.log(8 / 3),) * 2)
        assert result.p == pytest.approx((p, p))
        phi = table_from_test(50, 50, **given)
        assert phi.estimate == pytest.approx((math.sqrt(chi_square / 100),) * 2)
        # phi -+ 1.96 / 10
        assert phi.ci_low + phi.ci_high == pytest.approx(
            [math.sqrt(chi_square) / 10 + sign * 0.1959964 for sign in (-1, -1, 1, 1)]
        )
    # the direction turned: 10 of 50 against 20 of 50
    turned = table_from_test(50, 50, events=30, direction=-1, chi_square=chi_square)
    assert turned.ci_high[0] == pytest.approx(-result.ci_low[0])
    # far from 0 the signed root and the chi-square itself give the same limits
    low, high = noncentrality_interval("chi-square", 25.0, [1])
    strong = table_from_test(50, 50, chi_square=25.0)
    assert (strong.ci_low[0], strong.ci_high[0]) == pytest.approx((math.sqrt(low) / 10, math.sqrt(high) / 10), abs=1e-6)


def test_limits_of_the_odds_ratio_by_enumeration():
    # every table with margins 40, 60 and 25: its chi-square leads back to its own odds ratio
    for a in range(1, 25):
        b, c, d = 40 - a, 25 - a, 35 + a
        chi_square = stats.chi2_contingency([[a, b], [c, d]], correction=False)[0]
        direction = 1 if a * d >= b * c else -1
        result = table_from_test(40, 60, events=25, chi_square=chi_square, direction=direction)
        assert result.estimate == pytest.approx((math.log(a * d / (b * c)),) * 2, abs=1e-9)
        assert result.ci_low[0] <= result.estimate[0] <= result.ci_high[0]


def test_only_a_bound_is_known():
    at = smd_from_test(50, 50, p=0.05, direction=1)
    below = smd_from_test(50, 50, p="0.05", relation="<", direction=1)
    assert below.estimate == pytest.approx((at.estimate[0], math.inf))
    assert below.ci_low == pytest.approx((at.ci_low[0], math.inf))
    assert below.at_most == math.inf
    for given in ({"relation": "NS"}, {"p": 0.05, "relation": ">"}, {"p": "0.05", "relation": "NS"}):
        above = smd_from_test(50, 50, **given)
        assert above.estimate == pytest.approx((-at.estimate[0], at.estimate[0]))
        assert (above.ci_low[0], above.ci_high[1]) == pytest.approx((-at.ci_high[1], at.ci_high[1]))
        assert "no evidence of equality" in above.summary()
    known = smd_from_test(50, 50, relation="NS", direction=-1)
    assert known.estimate == pytest.approx((-at.estimate[0], 0))
    one = smd_from_test(50, 50, p=0.025, relation=">", sided=1, direction=1)
    assert one.estimate == pytest.approx((-math.inf, at.estimate[0]))
    table = table_from_test(50, 50, p=0.05, relation="<", direction=1)
    assert table.estimate == pytest.approx((0.1959964, 1))
    assert largest_difference_bound(0.05, [30, 30, 30], "<").at_most[1] == math.inf
    assert largest_difference_bound(0.01, [30, 30, 30], "<").at_least[0] > 0
    ns = largest_difference_bound(None, [30, 30, 30], "NS")
    assert ns.at_most[1] == pytest.approx(largest_difference_bound(0.05, [30, 30, 30]).at_most[1])
    assert ns.at_least[0] == 0


def test_p_near_one_is_not_equality():
    bound = largest_difference_bound(0.97, [100, 100, 100])
    assert bound.at_most == (0, 0)
    assert "no evidence of equality" in bound.summary()
    assert smd_from_test(100, 100, p=1.0).at_most > 0.27  # 1.96 sqrt(2/100) = 0.277


def test_rounding_of_p_is_carried():
    n = (288, 286, 293)
    printed = largest_difference_bound("0.41", n)
    ends = [largest_difference_bound(p, n) for p in (0.415, 0.405)]
    assert printed.p == (0.405, 0.415)
    for name in ("at_most", "noncentrality", "f", "estimate", "noncentrality_high"):
        assert getattr(printed, name) == pytest.approx([getattr(end, name)[0] for end in ends])
    assert printed.noncentrality == (0, 0)  # F < 1
    exact = largest_difference_bound(f=printed.f[0], n_per_arm=n)
    assert exact.p == pytest.approx((0.415, 0.415))
    assert exact.at_most == pytest.approx((printed.at_most[0],) * 2)


def test_largest_and_least_difference_against_search():
    n, noncentrality = np.array([12, 30, 20, 25]), 5.0
    bound = largest_difference_bound(f=3.0, n_per_arm=n)
    at_most = bound.at_most[1] / math.sqrt(noncentrality_interval("F", 3.0, bound.df, 0.90)[1])
    rng = np.random.default_rng(1)
    mu = rng.normal(size=(200_000, 4))
    spread = np.sqrt(np.sum(n * (mu - mu @ n[:, None] / n.sum()) ** 2, axis=1))
    mu *= math.sqrt(noncentrality) / spread[:, None]
    largest = np.ptp(mu, axis=1)
    most = at_most * math.sqrt(noncentrality)
    assert largest.max() <= most
    assert largest.max() == pytest.approx(most, rel=0.01)
    # by a numerical optimiser too
    found = optimize.minimize(
        lambda x: -(x[0] - x[2]),
        [0.3, 0, -0.3, 0],
        constraints={"type": "eq", "fun": lambda x: np.sum(n * (x - x @ n / n.sum()) ** 2) - noncentrality},
    )
    assert -found.fun == pytest.approx(most, rel=1e-4)
    # the least: two groups of one mean each, by all splits
    splits = [np.array(split) for split in itertools.product((0.0, 1.0), repeat=4) if 0 < sum(split) < 4]
    gaps = [math.sqrt(noncentrality / np.sum(n * (x - x @ n / n.sum()) ** 2)) for x in splits]
    high = largest_difference_bound(f=9.0, n_per_arm=n)
    lower = noncentrality_interval("F", 9.0, high.df, 0.90)[0]
    least = high.at_least[0] / math.sqrt(lower) * math.sqrt(noncentrality)
    assert least == pytest.approx(min(gaps))
    assert largest.min() >= least


def _upper(f, n):
    return confint_noncentrality(f, (len(n) - 1, sum(n) - len(n)), alpha=0.1)[1]


@pytest.mark.parametrize("largest", [0.3, 0.9])
def test_the_bound_covers_the_true_largest_difference(largest):
    # Means at which the bound is reached: the two smallest arms apart, the third at their weighted mean.
    n, rng = (14, 18, 25), np.random.default_rng(20)
    mu = np.array([largest * 18 / 32, -largest * 14 / 32, 0.0])
    groups = [rng.normal(m, 1, (N, size)) for m, size in zip(mu, n, strict=True)]
    f = stats.f_oneway(*groups, axis=1).statistic
    bounds = np.sqrt(noncentrality_interval("F", f, (2, 54), 0.90)[1] * (1 / 14 + 1 / 18))
    assert bounds[0] == pytest.approx(largest_difference_bound(f=f[0], n_per_arm=n).at_most[1])
    assert np.mean(bounds >= largest) == pytest.approx(0.95, abs=THREE_SE)
    # p printed with two decimals: the bound over all p that print so covers at least as often, and hardly more
    printed = [f"{p:.2f}" for p in stats.f.sf(f, 2, 54)]
    table = {p: largest_difference_bound(p, n).at_most[1] for p in set(printed)}
    rounded = np.array([table[p] for p in printed])
    assert np.all(rounded >= bounds - 1e-9)
    assert np.mean(rounded >= largest) >= 0.95 - THREE_SE


def test_the_lower_bound_covers_too():
    # The least favourable: two groups of one mean each, 20 + 20 against 40 patients, 0.6 SD apart.
    n, rng = (20, 20, 40), np.random.default_rng(21)
    f = stats.f_oneway(*[rng.normal(m, 1, (N, k)) for m, k in zip((0.6, 0.6, 0), n, strict=True)], axis=1).statistic
    lower = np.sqrt(noncentrality_interval("F", f, (2, 77), 0.90)[0] * (1 / 40 + 1 / 40))
    assert lower[0] == pytest.approx(largest_difference_bound(f=f[0], n_per_arm=n).at_least[0], abs=1e-9)
    assert np.mean(lower <= 0.6) == pytest.approx(0.95, abs=THREE_SE)


@pytest.mark.parametrize("delta", [0.0, 0.5])
def test_the_interval_of_the_smd_covers(delta):
    n1, n2, rng = 12, 20, np.random.default_rng(22)
    t = stats.ttest_ind(rng.normal(delta, 1, (N, n1)), rng.normal(0, 1, (N, n2)), axis=1).statistic
    unit = math.sqrt(1 / n1 + 1 / n2)
    low, high = (unit * limit for limit in noncentrality_interval("t", t, [30]))
    one = smd_from_test(n1, n2, t=t[0])
    assert (one.ci_low[0], one.ci_high[0]) == pytest.approx((low[0], high[0]))
    assert np.mean((low <= delta) & (delta <= high)) == pytest.approx(0.95, abs=THREE_SE)
    # from a two-sided p without a direction: the greatest size that is not excluded covers at least as often
    p = [f"{value:.2f}" for value in 2 * stats.t.sf(np.abs(t), 30)]
    table = {value: smd_from_test(n1, n2, p=value).at_most for value in set(p)}
    assert np.mean([table[value] >= delta for value in p]) >= 0.95 - THREE_SE


def test_the_three_arm_trial():
    day3, day7 = bounds_from_reported(load_evidence(), "childers2005", "patient_global_impression_of_change")
    assert day7.n == (288, 286, 293)
    for bound, p in ((day3, 0.645), (day7, 0.405)):
        # independently: F at the least p that prints so, statsmodels' inversion, the two smallest arms
        upper = _upper(stats.f.isf(p, 2, 864), (288, 286, 293))
        assert bound.at_most[1] == pytest.approx(math.sqrt(upper * (1 / 286 + 1 / 288)), rel=1e-4)
        assert bound.p == pytest.approx((p, p + 0.01))
        assert bound.noncentrality == (0, 0)
    assert day7.facts == ("reported_053",)
    text = day7.summary()
    for words in ("overall effect over 3 arms", "one-way F-test", "0.41: 0.405 to 0.415"):
        assert words in text
    assert list(day7.to_frame().columns) == ["low", "high"]
    assert day7.to_dict()["n"] == (288, 286, 293)


def test_what_is_no_overall_test_is_refused():
    evidence = load_evidence()
    with pytest.raises(NoComparisonError, match="rosenfeld2000"):
        bounds_from_reported(evidence, "rosenfeld2000", "pain")  # an interaction
    with pytest.raises(NoComparisonError, match="childers2005"):
        bounds_from_reported(evidence, "childers2005", "efficacy")  # each arm against its own baseline
    with pytest.raises(UnknownCodeError, match="childers2005"):
        bounds_from_reported(evidence, "childers205", "efficacy")


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: smd_from_test(20, 20, p=1.2), "p must lie between 0 and 1"),
        (lambda: smd_from_test(20, 20, p="-0.1"), "p must lie between 0 and 1"),
        (lambda: smd_from_test(20, 20, p=0.0), "p must lie between 0 and 1"),
        (lambda: smd_from_test(20, None, p=0.2), "arm 2: n is missing"),
        (lambda: smd_from_test(20, 1, p=0.2), "at least 2"),
        (lambda: smd_from_test(20, 20), "must be given"),
        (lambda: smd_from_test(20, 20, t=1.0, p=0.3), "one of t, f, p"),
        (lambda: smd_from_test(20, 20, t=math.nan), "t must be a finite number"),
        (lambda: smd_from_test(20, 20, t=1.0, direction=-1), "sign of the direction"),
        (lambda: smd_from_test(20, 20, p=0.1, sided=1), "direction"),
        (lambda: smd_from_test(20, 20, p=0.1, sided=3), "sided must be 1 or 2"),
        (lambda: smd_from_test(20, 20, p=0.1, relation="~"), "relation"),
        (lambda: smd_from_test(20, 20, p=0.1, level=95), "level"),
        (lambda: table_from_test(20, 20, chi_square=50.0), "at most 40"),
        (lambda: table_from_test(20, 20, chi_square=30.0, events=10), "at most 13.33"),
        (lambda: table_from_test(20, 20, chi_square=3.0, events=41), "events must lie between 0 and 40"),
        (lambda: table_from_test(20, 20, chi_square=-1.0), "not below zero"),
        (lambda: largest_difference_bound(0.4, [20, None, 20]), "arm 2: n is missing"),
        (lambda: largest_difference_bound(0.4, [20]), "two arms or more"),
        (lambda: largest_difference_bound(0.4, [20, 20.5]), "whole number"),
        (lambda: largest_difference_bound(f=-1.0, n_per_arm=[20, 20]), "below zero"),
        (lambda: noncentrality_interval("z", 1.0, [3]), "t, F, chi-square"),
        (lambda: noncentrality_interval("F", 1.0, [3]), "df"),
    ],
)
def test_impossible_input_is_refused_by_name(call, named):
    with pytest.raises(NeckevidenceError, match=named):
        call()


def test_a_missing_size_is_named():
    evidence = load_evidence()
    arms = evidence.arms
    arms.loc[(arms["trial_id"] == "childers2005") & (arms["arm_id"] == "CYC5"), "n_analysed"] = pd.NA
    without = SimpleNamespace(outcomes=evidence.outcomes, trials=evidence.trials, reported=evidence.reported, arms=arms)
    without.table = evidence.table
    with pytest.raises(NeckevidenceError, match="childers2005, CYC5 arm: n is missing"):
        bounds_from_reported(without, "childers2005", "patient_global_impression_of_change")


def test_extreme_p_values():
    # With 2 degrees of freedom P(|t| > c) = 1 - c / sqrt(c^2 + 2), which is 1/c^2 far out: p = 1e-60 is c = 1e30.
    assert smd_from_test(2, 2, p=1e-60).estimate[0] == pytest.approx(1e30 * math.gamma(1) / math.gamma(0.5), rel=1e-9)
    assert smd_from_test(40, 40, p="0.00").at_most == math.inf
