"""Arm sizes and adverse events of the two low-dose trials."""

import json
import math

import pytest

import neckevidence as ne
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.printed import printed_counts
from neckevidence.effects.counts import point_estimate, score_interval
from neckevidence.reconstruction.low_dose import (
    dose_contrast,
    low_dose_robustness,
    reconstruct_low_dose,
)
from neckevidence.reconstruction.low_dose_problem import low_dose_problem

ASSUMPTIONS = ("columns_complete", "all_counted", "own_percentage", "near_equal", "nearest")
FIVE, TEN, PLACEBO = (f"borenstein2003_s1/{arm}" for arm in ("CYC5", "CYC10", "PBO"))
LOW, FIVE_2, PLACEBO_2 = (f"borenstein2003_s2/{arm}" for arm in ("CYC2.5", "CYC5", "PBO"))


@pytest.fixture(scope="module")
def robust(ev):
    return low_dose_robustness(ev)


def test_one_assignment_prints_so_under_all_assumptions(robust):
    # Trials 242 + 249 + 246 = 737 and 223 + 222 + 223 = 668; columns 242 + 222 = 464, 249, 246 + 223 = 469.
    # 131/242 = 54.13%, 154/249 = 61.85%, 87/246 = 35.37%; 98/223 = 43.95%, 124/222 = 55.86%, 79/223 = 35.43%.
    # Both placebo arms: 166/469 = 35.39%.
    found = robust.base
    assert found.is_unique
    row = found.assignments.iloc[0]
    assert [row[arm] for arm in (FIVE, TEN, PLACEBO, LOW, FIVE_2, PLACEBO_2)] == [242, 249, 246, 223, 222, 223]
    events = [found.events("any_adverse_event", arm)[0] for arm in (FIVE, TEN, PLACEBO, LOW, FIVE_2, PLACEBO_2)]
    assert events == [131, 154, 87, 98, 124, 79]
    assert found.events("any_adverse_event", PLACEBO, PLACEBO_2)[0] == 166


@pytest.mark.parametrize("own", [True, False])
def test_any_arm_size_by_a_plain_loop(ev, own):
    # One size is free: with x on 5 mg in study 1 the others are 488 - x, 464 - x and x - 19 patients.
    expected = []
    for x in range(20, 464):
        placebo = all(printed_counts(35.4, 1, n) for n in (488 - x, x - 19)) if own else printed_counts(35.4, 1, 469)
        if printed_counts(54.1, 1, x) and printed_counts(55.9, 1, 464 - x) and placebo:
            expected.append(x)
    found = reconstruct_low_dose(ev, drop=["near_equal"] if own else ["near_equal", "own_percentage"])
    assert found.assignments[FIVE].tolist() == expected
    if own:
        assert expected == [183, 194, 242]


def test_dropping_an_assumption_never_shrinks_the_set(robust):
    base = robust.base
    truth = base.assignments.iloc[0]
    for assumption, found, _ in robust.dropped:
        shared = [name for name in base.assignments if name in found.assignments]
        assert (found.assignments[shared] == truth[shared]).all(axis=1).any(), assumption.name
        assert found.number >= base.number


def test_what_each_assumption_carries(robust):
    frame = robust.to_frame().set_index("dropped")
    assert list(frame.index) == ["none", *ASSUMPTIONS]
    assert (frame["arm_sizes"] > 1).sum() == 5  # unique only under all five
    without_own = {a.name: found for a, found, _ in robust.dropped}["own_percentage"]
    # 132/244 = 54.10%, 123/220 = 55.91%, 244 + 249 + 244 = 737, 223 + 220 + 225 = 668; 166/469 either way.
    assert without_own.assignments[FIVE].tolist() == [242, 244]
    assert not without_own.has("any_adverse_event", PLACEBO)


def pairs(percent, n, missing):
    return [(k, m) for m in range(n - missing, n + 1) for k in printed_counts(percent, 1, m)]


def near_equal(sizes):
    return max(sizes) <= 1.1 * min(sizes)


def test_incomplete_columns_by_plain_loops(robust):
    # Both trials are free within their totals; the columns are at least 464, 249 and 469.
    sizes = range(200, 300)
    first = [(a, b, 737 - a - b) for a in sizes for b in sizes if b >= 249 and near_equal((a, b, 737 - a - b))]
    first = [t for t in first if all(printed_counts(p, 1, n) for p, n in zip((54.1, 61.8, 35.4), t, strict=True))]
    second = [(a, b, 668 - a - b) for a in sizes for b in sizes if near_equal((a, b, 668 - a - b))]
    second = [t for t in second if all(printed_counts(p, 1, n) for p, n in zip((43.9, 55.9, 35.4), t, strict=True))]
    expected = {(*s, *t) for s in first for t in second if s[0] + t[1] >= 464 and s[2] + t[2] >= 469}
    found = {a.name: found for a, found, _ in robust.dropped}["columns_complete"]
    assert (
        set(map(tuple, found.arm_sizes[[FIVE, TEN, PLACEBO, LOW, FIVE_2, PLACEBO_2]].to_numpy().tolist())) == expected
    )


def test_uncounted_patients_by_plain_loops(robust):
    # 737 + 668 - 1389 = 16 patients may be missing from any arm, 32 from both placebo arms.
    both = set(pairs(35.4, 469, 32))
    expected = 0
    for x in range(20, 464):
        if near_equal((x, 249, 488 - x)) and near_equal((223, 464 - x, x - 19)):
            arms = [(54.1, x), (61.8, 249), (43.9, 223), (55.9, 464 - x)]
            placebo = [(p, q) for p in pairs(35.4, 488 - x, 16) for q in pairs(35.4, x - 19, 16)]
            fitting = sum((p[0] + q[0], p[1] + q[1]) in both for p, q in placebo)
            expected += fitting * math.prod(len(pairs(percent, n, 16)) for percent, n in arms)
    assert {a.name: found for a, found, _ in robust.dropped}["all_counted"].number == expected


def test_trial_figures_come_from_the_evidence(folder):
    folder.change("trials", {"trial_id": "borenstein2003_s1"}, n_randomised="738")
    found = reconstruct_low_dose(ne.load_evidence(folder.path))
    # 738 + 668 = 464 + 249 + 469 + 224: 43.9% of 224 is no count (98 is 43.75%, 99 is 44.2%).
    assert found.is_contradiction
    with pytest.raises(NeckevidenceError, match="contradict"):
        dose_contrast(ne.load_evidence(folder.path))


def test_a_missing_trial_size_is_named(folder):
    folder.change("trials", {"trial_id": "borenstein2003_s1"}, n_randomised="")
    with pytest.raises(NeckevidenceError, match="borenstein2003_s1 has no n_randomised"):
        low_dose_problem(ne.load_evidence(folder.path))


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_contrast_of_the_doses(ev, measure):
    contrast = dose_contrast(ev, measure)
    cells = (131, 242, 154, 249)
    assert contrast.estimate == point_estimate(measure, *cells)
    assert (contrast.ci_low, contrast.ci_high) == score_interval(measure, *cells)
    assert contrast.band["estimate"] == (contrast.estimate, contrast.estimate)
    assert contrast.reconstructed
    assert len(contrast.assumptions) == 5
    assert all(f"assumed: {sentence}" in contrast.notes for sentence in contrast.assumptions)
    assert set(ev.facts(contrast.facts)["as_printed"]) == {"54.1%", "61.8%"}
    assert "reconstructed" in contrast.summary()
    assert "reconstructed" in repr(contrast)
    json.dumps(contrast.to_dict(), allow_nan=False)
    frame = contrast.to_frame()
    assert (frame["estimate_least"] <= contrast.estimate).all()
    assert (frame["ci_high_greatest"] >= contrast.ci_high).all()


def test_the_band_is_that_of_all_assignments(ev):
    contrast = dose_contrast(ev, drop=["near_equal"])
    cells = [(99, 183), (105, 194), (131, 242)]  # 54.10%, 54.12%, 54.13%
    values = [point_estimate("RR", a, n, 154, 249) for a, n in cells]
    limits = [score_interval("RR", a, n, 154, 249) for a, n in cells]
    assert contrast.number == 3
    assert contrast.band["estimate"] == (min(values), max(values))
    assert contrast.band["ci_low"] == (min(low for low, _ in limits), max(low for low, _ in limits))
    assert (contrast.events_treatment, contrast.n_treatment) == (131, 242)  # the most nearly equal arms


def test_an_arm_without_a_count_of_its_own(ev):
    against_placebo = dose_contrast(ev, "RD", control="PBO")
    assert (against_placebo.events_control, against_placebo.n_control) == (87, 246)
    rows = against_placebo.to_frame().set_index("dropped")
    assert math.isnan(rows.loc["own_percentage", "estimate_least"])
    with pytest.raises(NeckevidenceError, match="no percentage gives"):
        dose_contrast(ev, control="PBO", drop=["own_percentage"])


def test_bad_input_is_named(ev):
    with pytest.raises(NeckevidenceError, match="unknown measure 'MD'"):
        dose_contrast(ev, "MD")
    with pytest.raises(NeckevidenceError, match="choose among columns_complete"):
        reconstruct_low_dose(ev, drop="near")
    with pytest.raises(NeckevidenceError, match="level"):
        dose_contrast(ev, level=95)
    with pytest.raises(NeckevidenceError, match="assume more"):
        reconstruct_low_dose(ev, drop=["columns_complete", "near_equal"])
