"""Bounds on somnolence within the trial that randomised both doses."""

import json
import math

import pytest

from neckevidence.core.errors import NeckevidenceError
from neckevidence.effects.counts import point_estimate, score_interval
from neckevidence.reconstruction.split import split_bounds


def every_split(points):
    """Tables (events on 5 mg, 242, events on 10 mg, 249) of every split, by a plain loop.

    29% of 464 is 133 to 136 patients, 38% of 249 is 94 or 95; 242 + 222 = 464.
    """
    return [
        (here, 242, ten, 249)
        for pooled in range(133, 137)
        for here in range(pooled + 1)
        for ten in (94, 95)
        if here <= 242 and pooled - here <= 222 and abs(here / 242 - (pooled - here) / 222) <= points / 100 + 1e-12
    ]


@pytest.mark.parametrize(("row", "points"), [(0, 100), (2, 5), (3, 10), (4, 15)])
def test_bounds_are_those_of_every_split(ev, row, points):
    bounds = split_bounds(ev, measure="RD").frame.iloc[row]
    tables = every_split(points)
    values = [point_estimate("RD", *table) for table in tables]
    limits = [score_interval("RD", *table) for table in tables]
    assert bounds["splits"] == len(tables) / 2
    assert (bounds["estimate_low"], bounds["estimate_high"]) == (min(values), max(values))
    assert (bounds["ci_low"], bounds["ci_high"]) == (min(low for low, _ in limits), max(high for _, high in limits))


def test_ratio_bounds_are_those_of_every_near_split(ev):
    bounds = split_bounds(ev, measure="RR", points=[2]).frame.iloc[-1]
    limits = [score_interval("RR", *table) for table in every_split(2)]
    assert (bounds["ci_low"], bounds["ci_high"]) == (min(low for low, _ in limits), max(high for _, high in limits))


def test_ignorance_by_hand(ev):
    # All events in study 2 are possible (136 of 222 patients), and all in study 1: 136/242 = 56.2%; 94/249 = 37.8%.
    none = split_bounds(ev).frame.iloc[0]
    assert none["estimate_low"] == 0
    assert none["estimate_high"] == pytest.approx((136 / 242) / (94 / 249))
    # If somnolence is an adverse event: at most 124 events in study 2, so at least 133 - 124 = 9 in study 1, and
    # at most the 131 patients there with any adverse event.
    counted = split_bounds(ev).frame.iloc[1]
    assert counted["estimate_low"] == pytest.approx((9 / 242) / (95 / 249))
    assert counted["estimate_high"] == pytest.approx((131 / 242) / (94 / 249))


def test_more_is_known_with_more_assumed(ev):
    frame = split_bounds(ev, points=[15, 10, 5, 1]).frame.iloc[2:]
    assert frame["width"].is_monotonic_decreasing
    assert frame["splits"].is_monotonic_decreasing
    assert frame["ci_low"].is_monotonic_increasing


def test_equal_shares_and_where_the_answer_tips(ev):
    bounds = split_bounds(ev, measure="RD")
    tables = {points: every_split(points) for points in (bounds.tip_interval, bounds.tip_estimate)}
    # At the tipping points, and not before, a split gives an interval that includes no difference, or an estimate of it.
    assert any(score_interval("RD", *t)[1] >= 0 for t in tables[bounds.tip_interval])
    assert not any(score_interval("RD", *t)[1] >= 0 for t in every_split(bounds.tip_interval - 1e-6))
    assert any(point_estimate("RD", *t) >= 0 for t in tables[bounds.tip_estimate])
    assert not any(point_estimate("RD", *t) >= 0 for t in every_split(bounds.tip_estimate - 1e-6))
    # 135 of 464 print nearest to 29%; of them 70/242 = 28.9% and 65/222 = 29.3%, nearer than 71/242 and 64/222.
    # 95/249 = 38.2% lies nearer to 38% than 94/249 = 37.8% (0.15 against 0.25 points).
    assert bounds.even == (point_estimate("RD", 70, 242, 95, 249), *score_interval("RD", 70, 242, 95, 249))


def test_fewer_assumptions_on_arm_sizes_widen_the_bounds(ev):
    narrow, wide = split_bounds(ev).frame, split_bounds(ev, drop="near_equal").frame
    assert (wide["estimate_low"] <= narrow["estimate_low"]).all()
    assert (wide["estimate_high"] >= narrow["estimate_high"]).all()


def test_no_split_left(ev):
    # No whole numbers give exactly equal shares: 133 to 136 of 464 is in no case a share that 242 patients can have.
    bounds = split_bounds(ev, points=[0])
    assert bounds.frame.iloc[-1]["splits"] == 0
    assert math.isnan(bounds.frame.iloc[-1]["estimate_low"])
    json.dumps(bounds.to_dict(), allow_nan=False)


def test_texts_and_facts(ev):
    bounds = split_bounds(ev)
    assert set(ev.facts(bounds.facts)["as_printed"]) == {"29%", "38%"}
    assert "not an estimate" in bounds.summary()
    assert "reconstructed" in bounds.summary()
    assert len(bounds.assumptions) == 5
    assert bounds.to_dict()["reconstructed"] is True


def test_bad_input_is_named(ev):
    with pytest.raises(NeckevidenceError, match="'cough'"):
        split_bounds(ev, outcome="cough")
    with pytest.raises(NeckevidenceError, match="points"):
        split_bounds(ev, points=[-1])
    with pytest.raises(NeckevidenceError, match="columns_complete cannot be dropped"):
        split_bounds(ev, drop=["columns_complete"])
    with pytest.raises(NeckevidenceError, match="unknown measure"):
        split_bounds(ev, measure="SMD")
