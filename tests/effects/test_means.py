import math

import pytest

from neckevidence.effects.means import ArmMean, interval_to_se, mean_difference, standard_error


def test_published_difference_of_the_ketorolac_trial():
    # McReynolds 2005 prints 2.8 +- 1.7 and 1.7 +- 1.6, 29 patients each, and for the difference 0.2 to 1.9
    # (facts of mcreynolds2005 in means and reported). From SDs with one decimal this must come out within 0.1.
    estimate, _, low, high = mean_difference(ArmMean(2.8, sd=1.7, n=29), ArmMean(1.7, sd=1.6, n=29), "MD")
    assert estimate == pytest.approx(1.1)
    assert low == pytest.approx(0.2, abs=0.1)
    assert high == pytest.approx(1.9, abs=0.1)


def test_standard_error_from_an_interval_by_hand():
    # 95%: (12.9 - 8.9) / (2 x 1.959964) = 1.020427
    se, rule = standard_error(ArmMean(10.9, ci_low=8.9, ci_high=12.9, ci_level=95))
    assert se == pytest.approx(1.020427, abs=1e-6)
    assert rule == "SE from the 95% interval"
    # With n = 57 printed: t(56) = 2.003241; (13 - 9) / (2 x 2.003241) = 0.998382
    se, _ = standard_error(ArmMean(11, ci_low=9, ci_high=13, ci_level=95, n=57))
    assert se == pytest.approx(0.998382, abs=1e-6)


def test_other_rules_of_the_standard_error():
    assert standard_error(ArmMean(1, se=0.2)) == (0.2, "")
    assert standard_error(ArmMean(1, sd=2, n=16))[0] == 0.5
    se, rule = standard_error(ArmMean(11.2, ci_low=9.2, ci_level=95))
    assert se == pytest.approx(2 / 1.959964, rel=1e-6)
    assert "one limit" in rule
    assert math.isnan(standard_error(ArmMean(35.6))[0])
    assert math.isnan(standard_error(ArmMean(3.5, ci_low=2.8, ci_high=4.2))[0])  # the level is not printed


def test_interval_of_another_level_by_hand():
    # 98.3% two-sided: z = 2.3867; (3.2 + 2.6) / (2 x 2.3867) = 1.21506
    assert interval_to_se(-2.6, 3.2, 98.3) == pytest.approx(1.21506, abs=2e-4)


def test_means_without_spread_give_an_estimate_and_no_interval():
    estimate, variance, low, high = mean_difference(ArmMean(35.6), ArmMean(35.4), "MD")
    assert estimate == pytest.approx(0.2)
    assert all(math.isnan(value) for value in (variance, low, high))


def test_standardised_difference_needs_the_numbers_of_patients():
    arm = ArmMean(11.1, ci_low=9, ci_high=13.2, ci_level=95)
    assert all(math.isnan(value) for value in mean_difference(arm, arm, "SMD"))
