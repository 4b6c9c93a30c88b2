import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.sparse import mantel_haenszel, mantel_haenszel_batch, peto, peto_batch

# Two trials for hand calculation: 2/10 against 5/10, 4/20 against 8/20.
HAND = [2, 4], [10, 20], [5, 8], [10, 20]
MEASURES = ["OR", "RR", "RD"]


def test_odds_ratio_by_hand():
    # Trial 1: ad/N = 2x5/20 = 0.5, bc/N = 8x5/20 = 2; trial 2: 4x12/40 = 1.2, 16x8/40 = 3.2. OR = 1.7/5.2 = 0.32692.
    # P = 7/20, 16/40, Q = 13/20, 24/40. Sum PR = 0.655, sum (PS + QR) = 3.025, sum QS = 3.22:
    # 0.655/(2 x 1.7^2) + 3.025/(2 x 1.7 x 5.2) + 3.22/(2 x 5.2^2) = 0.113322 + 0.171097 + 0.059541 = 0.343960
    fit = mantel_haenszel(*HAND)
    assert math.exp(fit.estimate) == pytest.approx(1.7 / 5.2, rel=1e-12)
    assert fit.se**2 == pytest.approx(0.655 / 5.78 + 3.025 / 17.68 + 3.22 / 54.08, rel=1e-12)
    assert fit.weights == pytest.approx((2 / 5.2, 3.2 / 5.2))


def test_risk_ratio_by_hand():
    # a n2/N = 1, 2; c n1/N = 2.5, 4: RR = 3/6.5. (n1 n2 (a+c) - acN)/N^2 = 500/400, 3520/1600: 3.45/(3 x 6.5).
    fit = mantel_haenszel(*HAND, measure="RR")
    assert math.exp(fit.estimate) == pytest.approx(3 / 6.5, rel=1e-12)
    assert fit.se**2 == pytest.approx(3.45 / 19.5, rel=1e-12)


def test_risk_difference_by_hand():
    # n1 n2/N = 5, 10; (a n2 - c n1)/N = -1.5, -2: RD = -3.5/15. P = 300/400, 1600/1600; Q = 50/40, 176/80:
    # variance (-3.5/15 x 1.75 + 3.45)/15^2 = 0.0135185.
    fit = mantel_haenszel(*HAND, measure="RD")
    assert fit.estimate == pytest.approx(-3.5 / 15, rel=1e-12)
    assert fit.se**2 == pytest.approx((-3.5 / 15 * 1.75 + 3.45) / 225, rel=1e-12)


def test_peto_by_hand():
    # E = 3.5, 6; O - E = -1.5, -2; V = 100x7x13/(400x19) = 1.197368, 400x12x28/(1600x39) = 2.153846.
    # Q = 1.5^2/1.197368 + 2^2/2.153846 - 3.5^2/3.351215
    v1, v2 = 9100 / 7600, 134400 / 62400
    fit = peto(*HAND)
    assert (fit.estimate, fit.se) == pytest.approx((-3.5 / (v1 + v2), (v1 + v2) ** -0.5), rel=1e-12)
    assert fit.q == pytest.approx(2.25 / v1 + 4 / v2 - 12.25 / (v1 + v2), rel=1e-9)
    assert fit.q_df == 1


def test_agrees_with_statsmodels():
    from statsmodels.stats.contingency_tables import StratifiedTable

    a, n1, c, n2 = (np.array(count) for count in ([4, 0, 7, 12], [40, 25, 60, 200], [9, 3, 9, 10], [38, 30, 31, 90]))
    table = StratifiedTable(np.array([[a, n1 - a], [c, n2 - c]], dtype=float))
    fit = mantel_haenszel(a, n1, c, n2)
    assert fit.estimate == pytest.approx(table.logodds_pooled, rel=1e-12)
    assert fit.se == pytest.approx(table.logodds_pooled_se, rel=1e-12)
    assert math.exp(mantel_haenszel(a, n1, c, n2, "RR").estimate) == pytest.approx(table.riskratio_pooled, rel=1e-12)


def test_one_trial_is_its_own_effect():
    # 7/40 against 12/38: the log odds ratio and Woolf's standard error sqrt(1/7 + 1/33 + 1/12 + 1/26).
    fit = mantel_haenszel([7], [40], [12], [38])
    assert fit.estimate == pytest.approx(math.log(7 * 26 / (33 * 12)), rel=1e-12)
    assert fit.se == pytest.approx(math.sqrt(1 / 7 + 1 / 33 + 1 / 12 + 1 / 26), rel=1e-12)
    assert (fit.q, fit.q_df, fit.q_p_value) == (0.0, 0, 1.0)


@pytest.mark.parametrize("method", [mantel_haenszel, peto])
def test_trials_without_information_stay_with_weight_zero(method):
    fit = method([2, 0, 4, 9], [10, 15, 20, 9], [5, 0, 8, 7], [10, 16, 20, 7], labels=["A", "Zero", "B", "All"])
    alone = method(*HAND)
    assert (fit.estimate, fit.se) == pytest.approx((alone.estimate, alone.se), rel=1e-12)
    assert fit.excluded == (("Zero", "no event in either arm"), ("All", "every patient of both arms had the event"))
    assert (fit.weights[1], fit.weights[3]) == (0.0, 0.0)
    assert (fit.k, fit.k_informative) == (4, 2)
    assert "no information, Zero: no event in either arm" in fit.summary()


def test_what_informs_depends_on_the_measure():
    counts = [2, 0, 9], [10, 15, 9], [5, 0, 7], [10, 16, 7]
    assert mantel_haenszel(*counts, measure="RR").excluded == (("trial 2", "no event in either arm"),)
    every = mantel_haenszel(*counts, measure="RD")
    assert every.excluded == ()
    assert min(every.weights) > 0


def test_informative_trial_of_weight_zero_is_noted():
    fit = mantel_haenszel([2, 3], [10, 10], [4, 0], [10, 10], labels=["A", "B"])
    assert fit.weights == (1.0, 0.0)
    assert fit.excluded == ()
    assert any(note.startswith("B: weight 0 by convention") for note in fit.notes)


@pytest.mark.parametrize(
    ("counts", "measure", "reason"),
    [
        (([0, 0], [10, 10], [0, 0], [10, 10]), "OR", "no event in any trial"),
        (([0, 0], [10, 10], [0, 0], [10, 10]), "RD", "no event in any trial"),
        (([10, 10], [10, 10], [10, 10], [10, 10]), "RR", "every patient of every trial"),
        (([0, 0], [10, 10], [3, 2], [10, 10]), "OR", "no event in the treatment arm"),
        (([3, 2], [10, 10], [0, 0], [10, 10]), "RR", "no event in the control arm"),
        (([0, 4], [10, 10], [3, 10], [10, 10]), "OR", "no event in the treatment arm or no non-event in the other"),
        (([10], [10], [0], [7]), "RD", "no standard error"),
    ],
)
def test_what_cannot_be_estimated_says_why(counts, measure, reason):
    fit = mantel_haenszel(*counts, measure=measure)
    assert all(math.isnan(number) for number in (fit.estimate, fit.se, fit.ci_low, fit.ci_high, fit.p_value))
    assert len(fit.notes) == 1
    assert reason in fit.notes[0]
    assert not any(math.isnan(weight) for weight in fit.weights)


def test_peto_without_any_event_says_why():
    fit = peto([0, 0], [10, 10], [0, 0], [10, 12])
    assert math.isnan(fit.estimate)
    assert fit.notes == ("nothing can be estimated: no event in any trial",)


def test_batch_is_the_single_analysis_many_times():
    rng = np.random.default_rng(7)
    n1, n2 = rng.integers(5, 60, (3, 4, 6)), rng.integers(5, 60, (3, 4, 6))
    a, c = rng.binomial(n1, 0.1), rng.binomial(n2, 0.15)
    for measure in MEASURES:
        effects, errors = mantel_haenszel_batch(a, n1, c, n2, measure)
        assert effects.shape == errors.shape == (3, 4)
        one = mantel_haenszel(a[2, 1], n1[2, 1], c[2, 1], n2[2, 1], measure)
        assert (effects[2, 1], errors[2, 1]) == pytest.approx((one.estimate, one.se), rel=1e-13)
    effects, _ = peto_batch(a, n1, c, n2)
    assert effects[0, 3] == pytest.approx(peto(a[0, 3], n1[0, 3], c[0, 3], n2[0, 3]).estimate, rel=1e-13)


def test_empty_places_of_a_batch_change_nothing():
    padded = [[*counts, 0] for counts in HAND]
    for measure in MEASURES:
        full, short = mantel_haenszel_batch(*padded, measure), mantel_haenszel_batch(*HAND, measure)
        np.testing.assert_allclose(full, short, rtol=1e-14)
    np.testing.assert_allclose(peto_batch(*padded), peto_batch(*HAND), rtol=1e-14)


@st.composite
def trials(draw):
    arm = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    rows = draw(st.lists(st.tuples(arm, arm), min_size=1, max_size=6))
    return tuple(np.array([row[i][j] for row in rows]) for i in (0, 1) for j in (0, 1))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(trials(), st.sampled_from([*MEASURES, "Peto"]), st.randoms(use_true_random=False))
def test_exchanging_arms_inverts_and_order_does_not_matter(counts, measure, random):
    def pool(*tables):
        return peto(*tables) if measure == "Peto" else mantel_haenszel(*tables, measure=measure)

    a, n1, c, n2 = counts
    fit, exchanged = pool(a, n1, c, n2), pool(c, n2, a, n1)
    order = random.sample(range(len(a)), len(a))
    shuffled = pool(a[order], n1[order], c[order], n2[order])
    assert math.isnan(fit.estimate) == math.isnan(exchanged.estimate) == bool(math.isnan(fit.se))
    assert fit.notes or not math.isnan(fit.estimate)
    assume(not math.isnan(fit.estimate))
    assert (exchanged.estimate, exchanged.se) == pytest.approx((-fit.estimate, fit.se), rel=1e-8, abs=1e-12)
    assert (shuffled.estimate, shuffled.se) == pytest.approx((fit.estimate, fit.se), rel=1e-8, abs=1e-12)
    assert fit.ci_low < fit.estimate < fit.ci_high
    weighted = [0.0] if measure in ("OR", "RR") else []  # these may all be zero by convention, with a note
    assert sum(fit.weights) in (*weighted, pytest.approx(1))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(trials(), st.sampled_from(["OR", "Peto"]))
def test_exchanging_events_and_non_events_inverts_the_odds_ratio(counts, measure):
    pool = peto if measure == "Peto" else mantel_haenszel
    a, n1, c, n2 = counts
    fit, other = pool(a, n1, c, n2), pool(n1 - a, n1, n2 - c, n2)
    assume(not math.isnan(fit.estimate))
    assert (other.estimate, other.se) == pytest.approx((-fit.estimate, fit.se), rel=1e-8, abs=1e-12)


def test_what_a_result_shows():
    fit = mantel_haenszel(*HAND, labels=["A", "B"])
    assert repr(fit) == "<SparseResult OR 0.33 (95% CI 0.10 to 1.03), 2 trials, 2 informative, Mantel-Haenszel>"
    assert list(fit.to_frame()["trial"]) == ["A", "B"]
    assert fit.to_dict()["k_informative"] == 2
    assert "Robins, Breslow and Greenland (1986)" in fit.methods()
    assert "Sato, Greenland and Robins (1989)" in mantel_haenszel(*HAND, measure="RD").methods()


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        (([2, 11], [10, 10], [1, 1], [10, 10]), {"labels": ["A", "B"]}, "B: events_treatment must lie between 0 and"),
        (([2, 1], [10, 10], [1, -1], [10, 10]), {}, "trial 2: events_control .* found -1"),
        (([2, 1], [10, math.nan], [1, 1], [10, 10]), {}, "trial 2: n_treatment .* found nan"),
        (([2, math.nan], [10, 10], [1, 1], [10, 10]), {}, "trial 2: events_treatment .* found nan"),
        (([0], [0], [1], [10]), {}, "trial 1: n_treatment .* found 0"),
        (([2, 1], [10], [1, 1], [10, 10]), {}, "same length"),
        (([], [], [], []), {}, "at least one"),
        ((["x"], [10], [1], [10]), {}, "must be numbers"),
        (([2], [10], [1], [10]), {"level": 95}, "between 0 and 1"),
        (([2], [10], [1], [10]), {"labels": ["A", "B"]}, "2 names for 1"),
        (([2], [10], [1], [10]), {"measure": "MD"}, "OR, RR, RD"),
    ],
)
def test_bad_input_is_named(counts, options, message):
    with pytest.raises(NeckevidenceError, match=message):
        mantel_haenszel(*counts, **options)
