import itertools
import math
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from neckevidence import NeckevidenceError, load_evidence
from neckevidence.effects import means, rounding
from neckevidence.effects.means import ArmMean, critical_value, mean_difference
from neckevidence.effects.rounding import (
    ArmBand,
    arm_band,
    mean_difference_band,
    mean_rounding_band,
    printed_range,
    published_rounding_band,
    stored_range,
)

NAMES = ("estimate", "ci_low", "ci_high")
BLANK = dict.fromkeys(("sd", "se", "ci_low", "ci_high", "ci_level", "n"), math.nan)


def row(as_printed, value, **fields):
    return pd.Series(
        {"statistic": "mean", "value_relation": "=", "value": value, "as_printed": as_printed} | BLANK | fields
    )


@pytest.fixture(autouse=True)
def quick_quantiles(monkeypatch):
    """Keep critical values that were computed before: 10,000 tables ask for the same ones again and again."""
    kept = lru_cache(None)(critical_value)
    monkeypatch.setattr(means, "critical_value", kept)
    monkeypatch.setattr(rounding, "critical_value", kept)


def holds(band, value):
    return band[0] - 1e-9 <= value <= band[1] + 1e-9


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("11", (10.5, 11.5)),
        ("-2.6", (-2.65, -2.55)),
        ("\u22126.10", (-6.105, -6.095)),
        (".77", (0.765, 0.775)),
        ("9,5", (9.45, 9.55)),
        ("0", (-0.5, 0.5)),
    ],
)
def test_the_range_of_a_printed_number(text, band):
    assert printed_range(text) == band


@pytest.mark.parametrize("text", ["", "eleven", "3 4", "1e-3", "<0.05", "4.0.1"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(NeckevidenceError, match="number_text must be one number"):
        printed_range(text)


def test_decimals_come_from_the_print():
    assert stored_range(9.0, "11; 95% CI 9 to 13") == (8.5, 9.5)
    assert stored_range(9.0, "11; 95% CI 9.0 to 13") == (8.95, 9.05)
    assert stored_range(-1.4, "1.4 (95% CI 2.0 to 0.7)") == (-1.45, -1.35)
    with pytest.raises(NeckevidenceError, match="does not show the number 8"):
        stored_range(8.0, "11; 95% CI 9 to 13")


def test_the_diazepam_trial_by_hand():
    # 11 (95% CI 9 to 13), n 57, against 11 (8 to 13), n 55: means 10.5 to 11.5 each, so the difference is -1 to 1;
    # widths 3 to 5 and 4 to 6; t(56) = 2.003241, t(54) = 2.004879 (tables), SE = width / (2 t).
    table = load_evidence().means.set_index("fact_id", drop=False)
    rows = [table.loc["means_012"], table.loc["means_013"]]
    first, second = (arm_band(one) for one in rows)
    assert first.se == pytest.approx((3 / 4.006482, 5 / 4.006482), rel=1e-6)
    assert second.se == pytest.approx((4 / 4.009758, 6 / 4.009758), rel=1e-6)
    band = mean_difference_band(first, second)
    assert band.estimate == (-1, 1)
    assert band.se == pytest.approx((math.hypot(0.748787, 0.997566), math.hypot(1.247978, 1.496349)), rel=1e-5)
    assert mean_rounding_band(rows, "MD") == band.bands()
    assert band.to_frame().loc["estimate"].tolist() == [-1, 1]
    assert band.to_dict()["level"] == 0.95
    assert "by the rounding" in band.summary()


def printed_table(rng, kind):
    """Draw two true arms, and print them with few decimals."""
    digits, arms, rows = int(rng.integers(0, 3)), [], []
    n = rng.integers(2 if kind != "SMD" else 4, 80, 2)
    for size in n:
        mean, sd = rng.normal(0, 5), rng.uniform(1, 8)
        level = rng.choice([90.0, 95.0, 99.0])
        fields = {"n": float(size)} if kind != "normal" else {}
        shown = {"value": mean}
        if kind in ("sd", "SMD"):
            arms.append(ArmMean(mean, sd=sd, n=float(size)))
            shown["sd"] = sd
        else:
            half = critical_value(level / 100, size - 1 if kind == "t" else math.inf) * sd / math.sqrt(size)
            limits = {"ci_low": mean - half, "ci_high": mean + half}
            arms.append(ArmMean(mean, **limits, ci_level=level, **fields))
            if kind == "one limit":
                del limits["ci_low"]
                arms[-1] = ArmMean(mean, **limits, ci_level=level, **fields)
            shown |= limits
            fields["ci_level"] = level
        text = {name: f"{value:.{digits}f}" for name, value in shown.items()}
        rows.append(row("; ".join(text.values()), **{name: float(value) for name, value in text.items()}, **fields))
    return arms, rows


@pytest.mark.parametrize("kind", ["sd", "t", "normal", "one limit", "SMD"])
def test_the_truth_lies_in_the_band(kind):
    rng = np.random.default_rng(30)
    measure = "SMD" if kind == "SMD" else "MD"
    for _ in range(2000):  # 10,000 tables over the five kinds
        arms, rows = printed_table(rng, kind)
        estimate, _, low, high = mean_difference(*arms, measure)
        bands = mean_rounding_band(rows, measure)
        for name, value in zip(NAMES, (estimate, low, high), strict=True):
            assert holds(bands[name], value), (name, bands, value, rows)


@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_no_point_of_the_box_lies_outside_and_the_ends_are_reached(measure):
    first, second = ArmBand((10.5, 11.5), (0.75, 1.25), 57), ArmBand((9.5, 11.5), (1.0, 1.5), 30)
    band = mean_difference_band(first, second, measure)
    box = (first.mean, first.se, second.mean, second.se)
    grid = itertools.product(*(np.linspace(low, high, 7) for low, high in box))
    found = []
    for m1, s1, m2, s2 in grid:
        one, two = ArmMean(m1, se=s1, n=57), ArmMean(m2, se=s2, n=30)
        estimate, variance, low, high = mean_difference(one, two, measure)
        found.append((estimate, math.sqrt(variance), low, high))
    for ends, values in zip((band.estimate, band.se, band.ci_low, band.ci_high), np.array(found).T, strict=True):
        assert ends[0] <= values.min() + 1e-9
        assert values.max() <= ends[1] + 1e-9
        if measure == "MD":
            assert ends == pytest.approx((values.min(), values.max()))
    # SMD at its corners: the estimate and the limits reach their ends, the SE within a grid step of no difference
    assert band.estimate == pytest.approx((min(found)[0], max(found)[0]))


@pytest.mark.parametrize(("n1", "n2", "level"), [(2, 2, 0.95), (2, 40, 0.95), (5, 6, 0.99), (3, 9, 0.999)])
def test_small_trials_get_an_outer_band(n1, n2, level):
    # Welch's half-width need not rise with both standard errors here: a fine grid stays inside all the same.
    first, second = ArmBand((0.0, 1.0), (0.0, 2.0), n1), ArmBand((0.0, 1.0), (0.5, 1.0), n2)
    band = mean_difference_band(first, second, "MD", level)
    for m1, s1, m2, s2 in itertools.product((0, 1), np.linspace(0, 2, 21), (0, 1), np.linspace(0.5, 1, 6)):
        _, _, low, high = mean_difference(ArmMean(m1, se=s1, n=n1), ArmMean(m2, se=s2, n=n2), "MD", level)
        assert holds(band.ci_low, low)
        assert holds(band.ci_high, high)
    if n1 > 2:
        tiny = mean_difference_band(ArmBand((0, 3), (0.4, 0.5), 2), ArmBand((0, 1), (0.4, 0.5), 2), "SMD", level)
        for m1, m2, s in itertools.product(np.linspace(0, 3, 13), np.linspace(0, 1, 5), np.linspace(0.4, 0.5, 5)):
            _, _, low, high = mean_difference(ArmMean(m1, se=s, n=2), ArmMean(m2, se=s, n=2), "SMD", level)
            assert holds(tiny.ci_low, low)
            assert holds(tiny.ci_high, high)


def test_what_is_not_printed_leaves_no_limits():
    rows = [row("35.6", 35.6), row("35.4", 35.4)]
    bands = mean_rounding_band(rows, "MD")
    assert bands["estimate"] == pytest.approx((0.1, 0.3))
    assert all(math.isnan(end) for end in bands["ci_low"] + bands["ci_high"])
    assert mean_rounding_band(rows, "SMD") is None
    assert mean_rounding_band([rows[0].replace("mean", "median"), rows[1]], "MD") is None
    # an SD printed as 0 can be zero: SMD has no limit
    zero = mean_rounding_band([row("3.1; 0", 3.1, sd=0.0, n=20), row("2.9; 1", 2.9, sd=1.0, n=20)], "SMD")
    assert zero["estimate"] == (-math.inf, math.inf)


def test_a_published_interval_by_hand():
    # 0.3 (98.3% CI -2.6 to 3.2): z(98.25%) = 2.37632, z(98.35%) = 2.39806; width 5.7 to 5.9.
    # Half at 95%: 1.959964 x 5.7 / (2 x 2.39806) = 2.32933, 1.959964 x 5.9 / (2 x 2.37632) = 2.43314.
    from scipy.stats import norm

    found = load_evidence().reported.set_index("fact_id").loc["reported_340"]
    narrow = norm.isf(0.025) * 5.7 / (2 * norm.isf(0.00825))
    wide = norm.isf(0.025) * 5.9 / (2 * norm.isf(0.00875))
    bands = published_rounding_band(found)
    assert bands["estimate"] == (0.25, 0.35)
    assert bands["ci_low"] == pytest.approx((0.25 - wide, 0.35 - narrow))
    assert bands["ci_high"] == pytest.approx((0.25 + narrow, 0.35 + wide))
    turned = published_rounding_band(found, turned=True)
    assert turned["ci_low"] == pytest.approx((-bands["ci_high"][1], -bands["ci_high"][0]))
    assert published_rounding_band(found.replace(0.3, math.nan)) is None


def test_true_published_contrasts_lie_in_the_band():
    rng = np.random.default_rng(31)
    z = {95.0: 1.959963984540054, 98.3: critical_value(1 - 0.05 / 3), 99.0: 2.5758293035489004}
    for _ in range(10_000):
        measure, digits = str(rng.choice(["MD", "RD", "OR"])), int(rng.integers(0, 3))
        level = float(rng.choice(list(z)))
        effect, se = rng.normal(0, 1), rng.uniform(0.2, 1)
        true = [effect - z[level] * se, effect, effect + z[level] * se]
        shown = [math.exp(v) if measure == "OR" else v * (100 if measure == "RD" else 1) for v in true]
        text = [f"{value:.{digits}f}" for value in shown]
        fields = dict(zip(("ci_low", "estimate", "ci_high"), map(float, text), strict=True))
        printed = f"{text[1]} ({level:g}% CI {text[0]} to {text[2]})"
        contrast = pd.Series({"measure": measure, "ci_level": level, "as_printed": printed} | fields)
        bands = published_rounding_band(contrast)
        half = 1.959963984540054 * se
        for name, value in zip(NAMES, (effect, effect - half, effect + half), strict=True):
            assert holds(bands[name], math.exp(value) if measure == "OR" else value), (name, contrast)


def test_the_band_of_every_row_at_hand_holds_its_estimate():
    evidence = load_evidence()
    for contrast in evidence.reported.dropna(subset=["ci_low", "as_printed"]).itertuples(index=False):
        contrast = pd.Series(contrast._asdict())
        bands = published_rounding_band(contrast)
        if bands is not None:
            scale = 100 if contrast["measure"] == "RD" else 1
            assert holds(bands["estimate"], contrast["estimate"] / scale)
    for _, mean in evidence.means.iterrows():
        assert holds(arm_band(mean).mean, mean["value"])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: mean_difference_band(ArmBand((1, 2), (1, 2), 9), ArmBand((1, 2), (1, 2), 9), "RR"), "MD, SMD"),
        (lambda: mean_difference_band(ArmBand((1, 2), (1, 2), 9), ArmBand((1, 2), (1, 2), 9), level=95), "level"),
        (
            lambda: mean_difference_band(ArmBand((1, 2), (1, 2), 9), ArmBand((1, 2), (1, 2), math.nan), "SMD"),
            "SMD needs n",
        ),
    ],
)
def test_impossible_input_is_refused_by_name(call, named):
    with pytest.raises(NeckevidenceError, match=named):
        call()
