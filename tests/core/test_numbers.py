"""As many decimals as the effect needs: a number that is not no effect is never written like it."""

import math

import pytest

import neckevidence as ne
from neckevidence.core.numbers import band_text, effect_texts, interval_text, per_thousand_texts


@pytest.mark.parametrize(
    ("measure", "numbers", "text"),
    [
        ("MD", (0.03, 0.0104, 0.0496), "0.03 (95% CI 0.01 to 0.05)"),
        ("RD", (0.000146, 0.000093, 0.000199), "0.00015 (95% CI 0.00009 to 0.00020)"),
        ("RR", (1.0021, 1.0008, 1.0034), "1.002 (95% CI 1.001 to 1.003)"),
        (
            "RR",
            (0.7626, 0.62, 1.003),
            "0.763 (95% CI 0.620 to 1.003)",
        ),  # the upper limit does not exclude 1 as 1.00 might
        ("MD", (0.34, 0.32, 0.36), "0.34 (95% CI 0.32 to 0.36)"),  # apart from the estimate
        ("MD", (0.3, -2.08, 2.68), "0.3 (95% CI \u22122.1 to 2.7)"),  # wide: as ever
        ("MD", (0.0, 0.0, 0.0), "0.0 (95% CI 0.0 to 0.0)"),  # nothing to keep apart
        ("RD", (0.02, 1e-17, 0.04), "0.020 (95% CI 0.000 to 0.040)"),  # a zero that arithmetic missed is a zero
        ("RR", (math.inf, 0.67, math.inf), "no limit (95% CI 0.67 to no limit)"),
        ("MD", (0.02, math.nan, math.nan), "0.0 (no interval)"),
    ],
)
def test_the_limits_stay_apart(measure, numbers, text):
    assert interval_text(measure, *numbers) == text


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "MD", "SMD"])
def test_whatever_the_size_a_limit_is_written_on_its_own_side_of_no_effect(measure):
    none = 1.0 if measure in ("RR", "OR") else 0.0
    for power in range(8):
        for sign in (1, -1):
            step = sign * 3.7 * 10.0**-power / 10
            estimate, low, high = none + 2 * step, *sorted((none + step, none + 3 * step))
            shown, *limits = (float(text.replace("\u2212", "-")) for text in effect_texts(measure, estimate, low, high))
            assert all(math.copysign(1, limit - none) == sign and limit != none for limit in limits)
            assert limits[0] < shown < limits[1]


def test_a_band_does_not_reach_no_effect_by_rounding_outward():
    assert band_text("RR", 1.0004, 1.02) == "1.0004 to 1.0200"
    assert band_text("MD", 0.012, 0.018) == "0.01 to 0.02"
    assert band_text("RR", 0.98, 1.02) == "0.98 to 1.02"


def test_patients_per_thousand():
    assert per_thousand_texts(0.15, 0.09, 0.2) == ("0.15", "0.09", "0.20")
    assert per_thousand_texts(-91.2, -150.4, -33.0) == ("\u221291", "\u2212150", "\u221233")


def test_the_same_in_text_picture_and_league_table():
    # log ratios of 0.10 with a standard error of 0.07: 0.10 -+ 1.96 x 0.0707 = -0.0386, 0.2386
    fit = ne.meta_analysis([0.10, 0.12], [0.005, 0.02], ci="wald", labels=["A", "B"])
    texts = [text.get_text() for text in fit.plot().texts]
    assert "0.10 (\u22120.04 to 0.24)" in texts
    assert "0.0 (" not in " ".join(texts)
