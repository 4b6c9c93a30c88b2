"""The rounding of printed figures, carried to counts, to one trial's effect, and to a pooled effect."""

import dataclasses
import itertools

import numpy as np
import pytest

import neckevidence as ne
from neckevidence.comparison.contrasts import _rounding_band
from neckevidence.comparison.pooled_rounding import allowed_effects, pooled_band
from neckevidence.core.printed import printed_counts
from neckevidence.data.arm_counts import ArmCount
from neckevidence.effects import effect_sizes
from neckevidence.effects.counts import point_estimate, score_interval


def as_printed(events, n, digits):
    """An arm of which only the rounded percentage is printed."""
    percent = round(100 * events / n, digits)
    possible = printed_counts(percent, digits, n)
    nearest = min(possible, key=lambda count: abs(100 * count / n - percent))
    return ArmCount(nearest, possible, n, percent, f"{percent}%", ())


def test_the_true_counts_lie_in_the_band_in_each_of_ten_thousand_tables():
    rng = np.random.default_rng(20)
    n = rng.integers(10, 700, (10_000, 2))
    events = rng.binomial(n, rng.uniform(0.02, 0.98, (10_000, 2))).clip(1, n - 1)
    for digits, sizes, counts in zip(rng.integers(0, 2, 10_000), n.tolist(), events.tolist(), strict=True):
        arms = [as_printed(count, size, int(digits)) for count, size in zip(counts, sizes, strict=True)]
        assert all(count in arm.possible for count, arm in zip(counts, arms, strict=True))
        low = min(arms[0].possible) / sizes[0], max(arms[1].possible) / sizes[1]
        high = max(arms[0].possible) / sizes[0], min(arms[1].possible) / sizes[1]
        true = counts[0] / sizes[0] - counts[1] / sizes[1]
        assert low[0] - low[1] <= true <= high[0] - high[1]


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_the_corners_hold_every_table(measure):
    # Enumeration of all pairs of counts against the two corners, for estimate and score limits.
    rng = np.random.default_rng(21)
    for _ in range(12):
        n = rng.integers(100, 500, 2).tolist()
        arms = [as_printed(int(rng.integers(5, size - 5)), size, 0) for size in n]
        band = _rounding_band(measure, *arms, 0.95)
        every = []
        for a, c in itertools.product(arms[0].possible, arms[1].possible):
            limits = score_interval(measure, a, n[0], c, n[1], 0.95)
            every.append((point_estimate(measure, a, n[0], c, n[1]), *limits))
        for name, values in zip(("estimate", "ci_low", "ci_high"), zip(*every, strict=True), strict=True):
            assert band[name] == pytest.approx((min(values), max(values)), rel=1e-9)


def test_a_pool_holds_every_combination():
    # 33% of 108 and 21% of 107 twice over, once more with other numbers: single fits one after the other.
    trials = [
        (as_printed(36, 108, 0), as_printed(22, 107, 0)),
        (as_printed(134, 464, 0), as_printed(47, 469, 0)),
        (as_printed(95, 249, 0), as_printed(30, 250, 0)),
    ]
    allowed = []
    for left, right in trials:
        a, c = zip(*itertools.product(left.possible, right.possible), strict=True)
        effects = effect_sizes("RR", events_treatment=a, n_treatment=left.n, events_control=c, n_control=right.n)
        allowed.append(list(zip(*effects, strict=True)))
    band, rule = pooled_band("RR", allowed, "REML", "hartung-knapp-adhoc", 0.95)
    assert "every combination" in rule
    fits = [ne.meta_analysis(*zip(*pairs, strict=True)) for pairs in itertools.product(*allowed)]
    for name in ("estimate", "ci_low", "ci_high"):
        values = np.exp([getattr(fit, name) for fit in fits])
        assert band[name] == pytest.approx((values.min(), values.max()), rel=1e-9)


def test_exact_figures_have_no_band():
    assert pooled_band("RR", [[(0.1, 0.1)], [(0.2, 0.1)]], "REML", "wald", 0.95) == (None, "")


def test_too_many_combinations_are_named():
    pairs = [(value / 100, 0.1) for value in range(20)]
    band, rule = pooled_band("MD", [pairs] * 4, "common", "wald", 0.95)
    assert "extremes" in rule
    assert band["estimate"] == pytest.approx((0, 0.19))  # equal weights: all at their smallest, all at their largest


def test_a_pool_of_printed_contrasts_holds_what_their_rounding_leaves_open(ev):
    # The trial of naproxen with cyclobenzaprine, 0.3 (98.3% CI -2.6 to 3.2), twice over, once shifted by 2: any contrast within
    # the printed decimals, by simulation, pools within the band.
    one = ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD").trials[0]
    shift = {name: (low + 2, high + 2) for name, (low, high) in one.rounding.items()}
    numbers = {name: getattr(one, name) + 2 for name in ("estimate", "ci_low", "ci_high", "effect")}
    other = dataclasses.replace(one, rounding=shift, **numbers)
    allowed = [allowed_effects(one), allowed_effects(other)]
    band, _ = pooled_band("MD", allowed, "REML", "hartung-knapp-adhoc", 0.95)
    rng = np.random.default_rng(22)
    middle = np.array([0.3, 2.3]) + rng.uniform(-0.05, 0.05, (2000, 2))
    width = 5.8 + rng.uniform(-0.1, 0.1, (2000, 2))  # both limits may be off by 0.05
    variance = (width / (2 * 2.386744)) ** 2  # normal quantile of 98.3%
    fits = ne.meta_analysis_many(middle, variance)
    for name in ("estimate", "ci_low", "ci_high"):
        assert band[name][0] <= fits[name].min() + 1e-9
        assert fits[name].max() <= band[name][1] + 1e-9
    # Equal widths: (0.25 + 2.25) / 2 = 1.25 and (0.35 + 2.35) / 2 = 1.35 must lie within; unequal ones move it a little more.
    assert 1.15 < band["estimate"][0] <= 1.25
    assert 1.35 <= band["estimate"][1] < 1.45
