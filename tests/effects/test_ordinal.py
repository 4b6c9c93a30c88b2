import json
import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2, mannwhitneyu, norm

import neckevidence as ne
from neckevidence.comparison.rated_arms import compare_ratings
from neckevidence.effects.counts import score_interval
from neckevidence.effects.ordinal import (
    HANDLINGS,
    cut_contrasts,
    ordinal_effects,
    probabilistic_index,
    proportional_odds,
    with_missing,
)

NAMES = ("poor", "fair", "good", "very_good", "excellent")
TABLES = [((5, 20, 22, 13, 3), (10, 24, 15, 5, 1)), ((3, 4, 10), (9, 4, 2)), ((1, 0, 7, 2), (4, 3, 0, 1))]


def patients(counts):
    return np.repeat(np.arange(len(counts)), counts)


def shares(beta, cuts):
    return np.diff(np.r_[0.0, expit(np.asarray(cuts) - beta), 1.0])


def by_hand(t, c):
    """Maximise the likelihood of the table itself, and take the curvature by central differences."""
    k = len(t)

    def minus(parameters):
        cuts = np.cumsum(np.r_[parameters[1], np.exp(parameters[2:])])
        both = np.r_[shares(parameters[0], cuts), shares(0.0, cuts)]
        return -np.sum(np.r_[t, c] * np.log(np.maximum(both, 1e-300)))

    start = np.r_[0.0, -1.0, np.zeros(k - 2)]
    found = minimize(minus, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 40000})
    x, h = found.x, 1e-4
    hessian = np.empty((k, k))
    for i, j in product(range(k), repeat=2):
        a, b = np.eye(k)[i] * h, np.eye(k)[j] * h
        hessian[i, j] = (minus(x + a + b) - minus(x + a - b) - minus(x - a + b) + minus(x - a - b)) / (4 * h * h)
    cuts = np.cumsum(np.r_[x[1], np.exp(x[2:])])
    expected = np.r_[shares(x[0], cuts) * sum(t), shares(0.0, cuts) * sum(c)]
    return x[0], math.sqrt(np.linalg.inv(hessian)[0, 0]), expected


@pytest.mark.parametrize(("t", "c"), TABLES)
def test_common_odds_ratio_maximises_the_likelihood(t, c):
    beta, se, expected = by_hand(t, c)
    fit = proportional_odds(t, c)
    assert fit.log_odds_ratio == pytest.approx(beta, abs=1e-5)
    assert fit.se == pytest.approx(se, rel=1e-3)
    assert (fit.ci_low, fit.ci_high) == pytest.approx(np.exp(beta + norm.ppf([0.025, 0.975]) * se), rel=1e-3)
    assert fit.smallest_expected == pytest.approx(expected.min(), rel=1e-4)
    # Likelihood-ratio statistic of a table against expected counts: G2 = 2 sum O log(O / E).
    observed = np.r_[t, c]
    filled = observed > 0
    g2 = 2 * np.sum(observed[filled] * np.log(observed[filled] / expected[filled]))
    assert fit.lr_df == len(t) - 2
    assert fit.lr_statistic == pytest.approx(g2, abs=1e-6)
    assert fit.lr_p_value == pytest.approx(chi2.sf(g2, len(t) - 2), rel=1e-5)


def test_two_categories_are_a_two_by_two_table():
    # 30 of 40 against 20 of 40: OR = 30 x 20 / (10 x 20) = 3, SE of its logarithm sqrt(1/10 + 1/30 + 1/20 + 1/20).
    fit = proportional_odds([10, 30], [20, 20])
    assert fit.odds_ratio == pytest.approx(3, rel=1e-6)
    assert fit.se == pytest.approx(math.sqrt(1 / 10 + 1 / 30 + 1 / 20 + 1 / 20), rel=1e-5)
    assert fit.lr_df == 0
    assert math.isnan(fit.lr_p_value)
    # Index = (1 + RD) / 2 = (1 + 0.25) / 2; variance = (p1 q1 / (n1 - 1) + p2 q2 / (n2 - 1)) / 4.
    index = probabilistic_index([10, 30], [20, 20])
    assert index.index == pytest.approx(0.625)
    assert index.se == pytest.approx(math.sqrt(0.75 * 0.25 / 39 + 0.5 * 0.5 / 39) / 2)


def test_an_exactly_proportional_table_shows_no_departure():
    # Odds of a rating above each cut: 1/3 and 3 on control, 1 and 9 on treatment: odds ratio 3 at both cuts.
    # Shares: control 1/4, 1/2, 1/4 from the lowest cut odds 3, then 1/3; treatment odds 9, then 1: 1/10, 4/10, 5/10.
    fit = proportional_odds([40, 160, 200], [100, 200, 100])
    assert fit.odds_ratio == pytest.approx(3, rel=1e-6)
    assert fit.lr_statistic == pytest.approx(0, abs=1e-6)
    # Opposite odds ratios at the two cuts: all spread on one arm, all in the middle on the other.
    assert proportional_odds([100, 0, 100], [10, 180, 10]).lr_p_value < 1e-6


def test_arms_that_do_not_overlap_have_no_finite_odds_ratio():
    fit = proportional_odds([0, 0, 5], [4, 3, 0])
    assert fit.odds_ratio == math.inf
    assert math.isnan(fit.ci_low)
    assert proportional_odds([4, 3, 0], [0, 0, 5]).odds_ratio == 0


@pytest.mark.parametrize(("t", "c"), TABLES)
def test_index_counts_pairs(t, c):
    a, b = patients(t), patients(c)
    wins = [(x > y) + (x == y) / 2 for x in a for y in b]
    found = probabilistic_index(t, c)
    assert found.index == pytest.approx(np.mean(wins))
    assert found.index == pytest.approx(mannwhitneyu(a, b).statistic / (len(a) * len(b)))
    assert found.win_odds == pytest.approx(np.mean(wins) / (1 - np.mean(wins)))
    # DeLong: sample variances of the placements of every patient, each divided by the size of the arm.
    table = np.reshape(wins, (len(a), len(b)))
    variance = table.mean(axis=1).var(ddof=1) / len(a) + table.mean(axis=0).var(ddof=1) / len(b)
    assert found.se == pytest.approx(math.sqrt(variance))
    half = norm.ppf(0.975) * math.sqrt(variance) / (found.index * (1 - found.index))
    assert math.log(found.win_odds_high / found.win_odds) == pytest.approx(half)
    assert found.win_odds_low == pytest.approx(found.ci_low / (1 - found.ci_low))


def newcombe_z(index, x, m, n):
    """Hanley and McNeil's variance at x, with both arms at their mean size, written out from its two parts."""
    q1, q2, k = x / (2 - x), 2 * x * x / (1 + x), (m + n) / 2
    variance = (x * (1 - x) + (k - 1) * (q1 - x * x) + (k - 1) * (q2 - x * x)) / (m * n)
    return (index - x) / math.sqrt(variance)


@pytest.mark.parametrize(("t", "c"), [((0, 8), (9, 0)), ((6, 0), (0, 5)), ((0, 1), (1, 1)), ((0, 3), (0, 4))])
def test_where_delong_has_no_variance_newcombes_limits_solve_his_equation(t, c):
    found = probabilistic_index(t, c)
    assert "Newcombe" in found.rule
    z = norm.ppf(0.975)
    if found.index > 0:
        assert newcombe_z(found.index, found.ci_low, sum(t), sum(c)) == pytest.approx(z, rel=1e-6)
    if found.index < 1:
        assert newcombe_z(found.index, found.ci_high, sum(t), sum(c)) == pytest.approx(-z, rel=1e-6)
    assert 0 <= found.ci_low <= found.index <= found.ci_high <= 1


COUNTS = st.lists(st.integers(0, 12), min_size=4, max_size=4).filter(lambda counts: sum(counts) > 0)


@given(t=COUNTS, c=COUNTS)
@settings(max_examples=40, deadline=None)
def test_exchanging_the_arms_and_turning_the_scale(t, c):
    one, other = probabilistic_index(t, c), probabilistic_index(c, t)
    assert (one.index, one.ci_low) == pytest.approx((1 - other.index, 1 - other.ci_high), abs=1e-9)
    if sum(np.add(t, c) > 0) > 1:
        fit, back, turned = proportional_odds(t, c), proportional_odds(c, t), proportional_odds(c[::-1], t[::-1])
        assert fit.log_odds_ratio == pytest.approx(-back.log_odds_ratio, abs=1e-4)
        assert fit.log_odds_ratio == pytest.approx(turned.log_odds_ratio, abs=1e-4)


def test_interval_of_the_index_covers_at_its_level():
    rng = np.random.default_rng(4)
    p, q = np.array([0.08, 0.31, 0.36, 0.20, 0.05]), np.array([0.18, 0.44, 0.26, 0.10, 0.02])
    truth = sum(p[i] * q[j] * ((i > j) + (i == j) / 2) for i, j in product(range(5), repeat=2))
    tables = zip(rng.multinomial(63, p, 2000), rng.multinomial(55, q, 2000), strict=True)
    hits = [found.ci_low <= truth <= found.ci_high for found in (probabilistic_index(t, c) for t, c in tables)]
    assert abs(np.mean(hits) - 0.95) < 3 * math.sqrt(0.95 * 0.05 / 2000)


def test_cuts_are_two_by_two_tables_from_the_top():
    cuts = cut_contrasts((5, 20, 22, 13, 3), (10, 24, 15, 5, 1), NAMES)
    assert list(cuts["cut"].unique()) == ["excellent", "very good or better", "good or better", "fair or better"]
    row = cuts[(cuts["cut"] == "good or better") & (cuts["measure"] == "RD")].iloc[0]
    # 22 + 13 + 3 = 38 of 63, 15 + 5 + 1 = 21 of 55.
    assert tuple(row[["events_treatment", "n_treatment", "events_control", "n_control"]]) == (38, 63, 21, 55)
    assert row["estimate"] == pytest.approx(38 / 63 - 21 / 55)
    assert (row["ci_low"], row["ci_high"]) == score_interval("RD", 38, 63, 21, 55)


def test_missing_ratings_are_placed_at_the_ends():
    placed = with_missing((1, 2, 3), 4, (5, 6, 7), 8)
    assert list(placed) == list(HANDLINGS)
    assert placed["left out"] == ((1, 2, 3), (5, 6, 7))
    assert placed["worst case"] == ((5, 2, 3), (13, 6, 7))
    assert placed["against treatment"] == ((5, 2, 3), (5, 6, 15))
    assert placed["for treatment"] == ((1, 2, 7), (13, 6, 7))


def test_opposed_cases_bound_the_index_over_every_placement():
    t, c, missing = (3, 4, 2), (4, 3, 3), 2
    placed = with_missing(t, missing, c, missing)
    low, high = (probabilistic_index(*placed[name]).index for name in ("against treatment", "for treatment"))
    ways = [np.bincount(way, minlength=3) for way in product(range(3), repeat=missing)]
    every = [probabilistic_index(np.add(t, a), np.add(c, b)).index for a, b in product(ways, repeat=2)]
    assert (min(every), max(every)) == pytest.approx((low, high))


@pytest.mark.parametrize(("trial", "arm"), [("cer_1105", "CER30"), ("cer_1106", "CER15")])
@pytest.mark.parametrize("day", [4, 14])
def test_worst_case_at_good_or_better_is_what_compare_gives(ev, trial, arm, day):
    found = compare_ratings(ev, trial, arm, "PBO", "medication_helpfulness", f"day_{day}")
    cuts = found.cuts_frame()
    row = cuts[(cuts["cut"] == "good or better") & (cuts["measure"] == "RD") & (cuts["missing"] == "worst case")].iloc[
        0
    ]
    other = ne.compare(ev, arm, "PBO", outcome="medication_helpfulness", measure="RD", day=day)
    assert tuple(row[["estimate", "ci_low", "ci_high"]]) == pytest.approx((other.estimate, other.ci_low, other.ci_high))
    assert found.randomised
    assert list(found.to_frame()["missing"]) == list(HANDLINGS)


def test_the_printed_table_of_study_1105_at_day_4(ev):
    found = compare_ratings(ev, "cer_1105", "CER30", "PBO", "medication_helpfulness", "day_4")
    # Rated 5, 20, 22, 13, 3 of 64 with 1 missing, and 10, 24, 15, 5, 1 of 64 with 9 missing.
    assert found.effects["left out"] == ordinal_effects(*TABLES[0], NAMES)
    assert found.missing == (1, 9)
    assert found.effects["against treatment"].control == (10, 24, 15, 5, 10)
    assert len(found.facts) == 12
    assert any("the missing ratings decide" in note for note in found.notes)
    assert any("selective reporting" in note for note in found.notes)
    json.dumps(found.to_dict(), allow_nan=False)
    assert "missing for treatment" in found.summary()
    assert "proportional-odds" in found.methods()
    again = compare_ratings(ev, "cer_1105", "CER30", "PBO", "medication_helpfulness", "day_4")
    assert repr(found) == repr(again)


def test_a_header_that_counts_more_patients_is_said_and_tried(ev):
    found = compare_ratings(ev, "cer_1106", "CER15", "PBO", "medication_helpfulness", "day_14")
    assert any("add up to 63, the header prints 64; 63 is used" in note for note in found.notes)
    # 5, 10, 9, 21, 13 rated, 5 missing; the 64th patient is a sixth missing one, worst case: 11 poor.
    more = proportional_odds((11, 10, 9, 21, 13), (15, 14, 13, 12, 10)).odds_ratio
    assert any(f"worst case {more:.2f} instead of" in note for note in found.notes)


@pytest.mark.parametrize(
    ("t", "c", "message"),
    [
        ((1, -2), (3, 4), "treatment: counts must be whole and not negative"),
        ((1, 2), (3, 4.5), "control: counts must be whole"),
        ((1, 2), (3, math.nan), "control: counts must be whole"),
        ((1, 2, 3), (3, 4), "treatment has 3 categories, control 2"),
        ((0, 0), (3, 4), "treatment: no patient is rated"),
        ((5,), (3,), "at least two categories"),
        (("a", "b"), (3, 4), "counts must be numbers"),
    ],
)
def test_impossible_counts_are_refused_by_name(t, c, message):
    for function in (proportional_odds, probabilistic_index):
        with pytest.raises(ne.NeckevidenceError, match=message):
            function(t, c)


def test_other_faults_are_refused_by_name(ev, folder):
    ask = {"trial_id": "cer_1105", "treatment_arm": "CER30", "control_arm": "PBO"}
    ask |= {"outcome": "medication_helpfulness", "timepoint": "day_4"}
    for change, message in [
        ({"trial_id": "cer_1107"}, "unknown trial 'cer_1107'"),
        ({"treatment_arm": "CER15"}, "unknown arm of cer_1105 'CER15'"),
        ({"outcome": "helpfulness"}, "unknown outcome"),
        ({"timepoint": "day_8"}, "no ratings at day_8; there are ratings at day_4, day_14"),
        ({"control_arm": "CER30"}, "the same arm"),
        ({"level": 95}, "level must lie between 0 and 1"),
    ]:
        with pytest.raises(ne.NeckevidenceError, match=message):
            compare_ratings(ev, **(ask | change))
    with pytest.raises(ne.NeckevidenceError, match="all patients are in one category"):
        proportional_odds([0, 3], [0, 4])
    with pytest.raises(ne.NeckevidenceError, match="missing ratings must be whole"):
        with_missing((1, 2), -1, (3, 4), 0)
    # 30 instead of 15 good ratings on placebo: 1 + 5 + 30 + 24 + 10 + 9 = 79 of 64.
    folder.change("ratings", {"fact_id": "ratings_003"}, events="30", percent="46.9", as_printed="30 (46,9%)")
    with pytest.raises(ne.NeckevidenceError, match=r"cer_1105, PBO.*add up to 79, more than n = 64"):
        compare_ratings(ne.load_evidence(folder.path), **ask)
    folder.change("ratings", {"fact_id": "ratings_003"}, events="", percent="23.4", as_printed="23,4%")
    with pytest.raises(ne.NeckevidenceError, match="no count is printed for good"):
        compare_ratings(ne.load_evidence(folder.path), **ask)
