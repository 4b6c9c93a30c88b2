"""Effect sizes against metafor's escalc, and printed estimates against R's own intervals, t and p: make_effects.R."""

import json
from pathlib import Path

import numpy as np
import pytest

from neckevidence.effects.estimates import asymmetry, effect_from_interval, effect_from_p, effect_from_se, effect_from_t
from neckevidence.effects.measures import ZERO_CELLS, effect_sizes

ORACLE = json.loads((Path(__file__).parent / "effects.json").read_text(encoding="utf-8"))
EXACT = 1e-10  # relative; 1e-15 absolute for effects that are zero but for rounding
COUNTS = {"ai": "events_treatment", "n1i": "n_treatment", "ci": "events_control", "n2i": "n_control"}
MEANS = {"m1i": "mean_treatment", "sd1i": "sd_treatment", "n1i": "n_treatment"}
MEANS |= {"m2i": "mean_control", "sd2i": "sd_control", "n2i": "n_control"}


def numbers(values):
    return np.array(values, dtype=float)  # null becomes NaN


def cells(data, names):
    return {names[name]: numbers(values) for name, values in data["cells"].items()}


def agrees(found, expected):
    for values, name in zip(found, ("effect", "variance"), strict=True):
        np.testing.assert_allclose(values, numbers(expected[name]), rtol=EXACT, atol=1e-15, equal_nan=True)


def test_made_by_the_programs_that_are_named():
    assert ORACLE["made_by"] == {"R": "4.2.2", "metafor": "3.8.1", "metadat": "1.2.0"}


@pytest.mark.parametrize("data", ORACLE["counts"].values(), ids=list(ORACLE["counts"]))
@pytest.mark.parametrize("zero_cells", ZERO_CELLS)
@pytest.mark.parametrize("measure", ["RR", "OR"])
def test_ratios(data, measure, zero_cells):
    agrees(effect_sizes(measure, zero_cells, **cells(data, COUNTS)), data["effects"][measure][zero_cells])


@pytest.mark.parametrize("data", ORACLE["counts"].values(), ids=list(ORACLE["counts"]))
@pytest.mark.parametrize("zero_cells", ZERO_CELLS)
def test_risk_differences(data, zero_cells):
    expected = dict(data["effects"]["RD"][zero_cells])
    if zero_cells == "leave":  # escalc leaves the variance at zero, with which no trial can be weighted
        expected["variance"] = [variance or None for variance in expected["variance"]]
    agrees(effect_sizes("RD", zero_cells, **cells(data, COUNTS)), expected)


@pytest.mark.parametrize("data", ORACLE["counts"].values(), ids=list(ORACLE["counts"]))
@pytest.mark.parametrize("zero_cells", ZERO_CELLS)
def test_peto_under_every_policy_as_without_any(data, zero_cells):
    agrees(effect_sizes("PETO", zero_cells, **cells(data, COUNTS)), data["effects"]["PETO"]["leave"])


@pytest.mark.parametrize("data", ORACLE["means"].values(), ids=list(ORACLE["means"]))
def test_means(data):
    # metafor's vtype "LS" is "large-sample" here, "LS2" is "borenstein".
    agrees(effect_sizes("MD", **cells(data, MEANS)), data["effects"]["MD"])
    for form, expected in data["effects"]["SMD"].items():
        agrees(effect_sizes("SMD", smd_variance=form, **cells(data, MEANS)), expected)


@pytest.mark.parametrize(
    "printed", ORACLE["estimates"], ids=[e.get("model", e["measure"]) for e in ORACLE["estimates"]]
)
def test_estimates(printed):
    estimate, low, high, t, p = (numbers(printed[name]) for name in ("estimate", "low", "high", "t", "p"))
    measure, df = printed["measure"], printed.get("df")
    se = np.sqrt(numbers(printed["variance"]))
    agrees(effect_from_interval(estimate, low, high, printed["level"], df, measure=measure), printed)
    agrees(effect_from_se(estimate, se, measure=measure), printed)
    agrees(effect_from_t(estimate, t, df, measure=measure), printed)
    agrees(effect_from_p(estimate, p, df, measure=measure), printed)
    assert asymmetry(estimate, low, high, measure=measure) == pytest.approx(0, abs=1e-12)
