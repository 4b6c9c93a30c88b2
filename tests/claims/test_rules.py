"""Each rule flips as the numbers move; expected answers follow from where the interval lies, as the comments say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neckevidence.claims import rules
from neckevidence.core.errors import NeckevidenceError

NAN = (math.nan, math.nan)


@pytest.mark.parametrize(
    ("interval", "none", "expects", "said"),
    [
        ((1.2, 1.9), 1, "higher", "for"),  # above 1
        ((1.2, 1.9), 1, "lower", "against"),
        ((0.5, 0.9), 1, "lower", "for"),  # below 1
        ((0.5, 0.9), 1, "higher", "against"),
        ((0.9, 1.1), 1, "higher", "open"),  # holds 1
        ((1.0, 1.5), 1, "higher", "open"),  # begins at 1: no difference is still within
        (NAN, 0, "higher", "open"),  # no interval is no answer
        ((-2.0, -1.0), 0, "lower", "for"),
    ],
)
def test_superiority(interval, none, expects, said):
    assert rules.superiority(interval, none, expects) == said


def test_a_side_must_be_named():
    with pytest.raises(NeckevidenceError, match="expects must be higher or lower, found ''"):
        rules.superiority((1, 2), 1, "")


@pytest.mark.parametrize(
    ("wide", "narrow", "said"),
    [
        ((-4, 4), (-3, 3), "for"),  # within 5 on both sides
        ((1, 4.5), (1.5, 4), "for"),  # a difference, but a smaller one than the margin
        ((-6, 4), (-4.9, 3), "for"),  # two one-sided tests look at the narrow interval
        ((-6, 4), (-5.1, 3), "open"),  # reaches across the margin
        ((6, 9), (6.5, 8.5), "against"),  # wholly beyond
        ((4.9, 9), (5.1, 8.5), "open"),  # the wide one does not lie beyond
        (NAN, NAN, "open"),
    ],
)
def test_equivalence_within_five(wide, narrow, said):
    assert rules.equivalence(wide, narrow, (-5, 5)) == said


@pytest.mark.parametrize(
    ("wide", "narrow", "bound", "said"),
    [
        ((-3, 3), (-2, 2), 5, "for"),  # ends below the margin
        ((-9, -6), (-8, -7), 5, "for"),  # far less is no more either
        ((1, 7), (2, 6), 5, "open"),
        ((6, 9), (6.5, 8.5), 5, "against"),  # begins above the margin
        ((0.8, 1.3), (0.9, 1.2), 1, "open"),  # without a margin no more means less
        ((0.5, 0.9), (0.6, 0.8), 1, "for"),
        (NAN, NAN, 1, "open"),
    ],
)
def test_not_higher(wide, narrow, bound, said):
    assert rules.not_higher(wide, narrow, bound) == said


def test_equality_is_never_shown_by_an_interval_that_only_includes_no_difference():
    assert rules.superiority((-20, 20), 0, "higher") == "open"
    assert rules.equivalence((-20, 20), (-17, 17), (-5, 5)) == "open"


@pytest.mark.parametrize(
    ("interval", "expects", "said"),
    [((0.55, 0.7), "higher", "for"), ((0.45, 0.7), "higher", "open"), ((0.2, 0.4), "higher", "against"),
     ((0.2, 0.4), "lower", "for"), (NAN, "higher", "open")],
)  # fmt: skip
def test_more_than_a_half(interval, expects, said):
    assert rules.frequency_above(interval, 0.5, expects) == said


def test_votes_show_a_difference_only_beyond_chance():
    # Clopper-Pearson of 3 of 8 begins at 0.085, of 1 of 8 at 0.003; by chance 0.025 are significant in one direction
    assert rules.votes((0.085, 0.755), 0.025) == "for"
    assert rules.votes((0.003, 0.527), 0.025) == "open"


def test_the_interval_of_two_shares_of_the_same_patients_is_the_widest():
    # 29% and 21% of 464, nobody with both: variance (0.29 + 0.21 - 0.08^2)/464, root 0.0326; 0.08 -+ 1.96 * 0.0326
    low, high = rules.paired_shares(0.29, 0.21, 464)
    assert (low, high) == (pytest.approx(0.0161, abs=2e-4), pytest.approx(0.1439, abs=2e-4))


def test_the_interval_of_two_shares_covers_at_any_overlap():
    # Shares 0.3 and 0.2 of 300 patients, true difference 0.1; overlap none, independent, full. With full overlap the interval
    # is far too wide, with none it covers as often as it says: 95% of 4000, standard error 0.35%.
    rng = np.random.default_rng(5)
    for both, least in ((0.0, 0.94), (0.06, 0.94), (0.2, 0.99)):
        counts = rng.multinomial(300, [both, 0.3 - both, 0.2 - both, 0.5 + both], size=4000)
        shares = (counts[:, 0] + counts[:, 1]) / 300, (counts[:, 0] + counts[:, 2]) / 300
        limits = [rules.paired_shares(one, other, 300) for one, other in zip(*shares, strict=True)]
        assert np.mean([low <= 0.1 <= high for low, high in limits]) > least


def test_the_commonest():
    assert [rules.most_frequent(i) for i in ((0.01, 0.1), (-0.01, 0.1), (-0.2, -0.1))] == ["for", "open", "against"]


def test_dose_related_needs_every_step():
    assert rules.dose_related(["for", "for"]) == "for"
    assert rules.dose_related(["for", "open"]) == "open"
    assert rules.dose_related(["for", "against"]) == "against"
    assert rules.dose_related([]) == "silent"


def test_visits():
    assert rules.visits([], 0) == "silent"
    assert rules.visits([(0.1, 0.2), (-0.1, 0.2)], 0) == "for"
    assert rules.visits([(0.1, 0.2), (-0.3, -0.2)], 0) == "against"  # one visit against it is enough
    assert rules.visits([(-0.1, 0.2)], 0) == "open"


def test_multiple_trials_are_two():
    assert rules.trial_count(2, 0) == ("for", True)
    assert rules.trial_count(1, 1) == ("for", False)  # two, but only one in the patients of the claim
    assert rules.trial_count(1, 0) == ("against", True)
    assert rules.trial_count(0, 1) == ("against", True)


def test_what_does_not_hold_over_the_whole_rounding_is_open():
    assert rules.over_the_band(["for"] * 3) == ("for", False)
    assert rules.over_the_band(["for", "for", "open"]) == ("open", True)
    assert rules.over_the_band(["against", "for"]) == ("open", True)


@pytest.mark.parametrize(
    ("position", "limits", "verdict"),
    [
        ("for", {"certainty": "high"}, "supported"),
        ("for", {"certainty": "moderate"}, "supported"),
        ("for", {"certainty": "low"}, "partly supported"),
        ("for", {"certainty": "very low"}, "partly supported"),
        ("for", {"certainty": "high", "fits": False}, "partly supported"),
        ("for", {"certainty": "high", "reliable": False}, "not demonstrated"),
        ("for", {"certainty": "high", "judged": False}, "not demonstrated"),
        ("for", {"certainty": "high", "printed": False}, "partly supported"),
        ("against", {"certainty": "high", "printed": False}, "not demonstrated"),
        ("against", {"certainty": "high"}, "contradicted"),
        ("against", {"certainty": "low"}, "not demonstrated"),
        ("against", {"certainty": "high", "fits": False}, "not demonstrated"),
        ("against", {"certainty": "high", "reliable": False}, "not demonstrated"),
        ("open", {"certainty": "high"}, "not demonstrated"),
        ("silent", {}, "not checkable"),
        # figures on another treatment or outcome lie somewhere, but not beside this claim
        ("for", {"certainty": "high", "fits": False, "bears": False}, "not checkable"),
        ("against", {"certainty": "high", "fits": False, "bears": False}, "not checkable"),
        ("open", {"certainty": "high", "fits": False, "bears": False}, "not demonstrated"),
        ("for", {}, "supported"),  # a count of trials has no sampling error
    ],
)
def test_the_wording_is_never_stronger_than_the_certainty(position, limits, verdict):
    assert rules.verdict(position, **limits) == verdict


@given(
    st.sampled_from(["for", "open", "against", "silent"]), st.booleans(), st.booleans(), st.booleans(),
    st.sampled_from(["low", "very low"]),
)  # fmt: skip
def test_low_certainty_never_supports_nor_contradicts(position, fits, judged, reliable, certainty):
    found = rules.verdict(position, fits=fits, judged=judged, reliable=reliable, certainty=certainty)
    assert found in ("partly supported", "not demonstrated", "not checkable")


@given(st.floats(-5, 5), st.floats(0.01, 5), st.floats(0.1, 3))
def test_turning_the_comparison_round_turns_the_answer_round(middle, half, margin):
    wide, narrow = (middle - half, middle + half), (middle - 0.8 * half, middle + 0.8 * half)
    back = (-wide[1], -wide[0]), (-narrow[1], -narrow[0])
    assert rules.superiority(wide, 0, "higher") == rules.superiority(back[0], 0, "lower")
    assert rules.equivalence(wide, narrow, (-margin, margin)) == rules.equivalence(*back, (-margin, margin))
