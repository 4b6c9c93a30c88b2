import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neckevidence import NeckevidenceError
from neckevidence.synthesis.pairwise import meta_analysis
from neckevidence.synthesis.regression import meta_regression
from neckevidence.synthesis.subgroups import subgroup_analysis

# Two groups of two trials, variances 1, 4 apart within: the mean of a group is 2 and 12, Q_E = 4 x 2^2 = 16 on 2 degrees of
# freedom, trace P = 4 - 2 = 2.
FOUR = ([0, 4, 10, 14], [1, 1, 1, 1])
GROUPS = ["a", "a", "b", "b"]
METHODS = ["DL", "PM", "REML", "ML", "SJ", "EB", "HE"]


@pytest.mark.parametrize("method", ["DL", "HE", "PM", "EB", "REML"])
def test_two_groups_by_hand(method):
    # DL: (16 - 2) / 2 = 7; HE: 16/2 - 1; PM: 16 / (1 + t) = 2; REML the same, as all variances are. Var intercept =
    # (1 + 7) / 2 = 4, of the difference 8; 16 / 8 = 2 = k - p, so that Knapp-Hartung changes nothing but the quantile.
    fit = meta_regression(*FOUR, GROUPS, tau2=method, names=["group"])
    assert fit.names == ("intercept", "group: b")
    assert fit.reference == (("group", "a"),)
    assert fit.tau2 == pytest.approx(7, rel=1e-12)
    assert fit.coefficients == pytest.approx((2, 10))
    assert fit.se == pytest.approx((2, math.sqrt(8)))
    assert (fit.omnibus, fit.omnibus_df) == (pytest.approx(100 / 8), (1, 2))
    assert fit.q == pytest.approx(16)
    assert (fit.i2, fit.i2_tau2) == pytest.approx((14 / 16, 7 / 8))
    # t(2) at 0.975 is 4.302653; the prediction interval at b: 12 -+ 4.302653 sqrt(7 + 4).
    at = fit.predict(["b"]).iloc[0]
    assert (at["estimate"], at["ci_high"]) == pytest.approx((12, 12 + 4.302653 * 2), rel=1e-6)
    assert at["prediction_low"] == pytest.approx(12 - 4.302653 * math.sqrt(11), rel=1e-6)


def test_maximum_likelihood_by_hand():
    # 16 / 4 trials = 4 = 1 + tau2; without moderators the sum of squares about 7 is 116, and 116 / 4 = 29 = 1 + tau2.
    fit = meta_regression(*FOUR, GROUPS, tau2="ML", ci="wald")
    assert (fit.tau2, fit.tau2_without) == pytest.approx((3, 28))
    assert fit.r2 == pytest.approx(1 - 3 / 28)
    assert (fit.omnibus, fit.omnibus_df) == (pytest.approx(100 / 4), (1,))


def test_common_effect_by_hand():
    fit = meta_regression(*FOUR, GROUPS, tau2="common")
    assert (fit.tau2, fit.r2, fit.ci_method) == (0, None, "wald")
    assert fit.se == pytest.approx((math.sqrt(0.5), 1))
    assert fit.omnibus == pytest.approx(100)


def log_likelihood(y, v, x, tau2, restricted):
    """By determinants and normal equations, without the eigenvalues of the contrasts."""
    w = 1 / (v + tau2)
    cross = x.T @ (w[:, None] * x)
    r = y - x @ np.linalg.solve(cross, x.T @ (w * y))
    value = np.log(v + tau2).sum() + (w * r**2).sum()
    return -0.5 * (value + np.linalg.slogdet(cross)[1] if restricted else value)


# Both have a top of the likelihood at 0 and another: the first's second one is higher, the second's lower.
TWO_TOPS = [
    ([-0.3, 0.31, -0.69, -0.65, -2.33, -1.38, 1.66], [0.785, 0.002, 16.924, 0.117, 1.477, 0.495, 0.006], 1.0233),
    ([0.81, 0.04, -0.04, 3.18, -0.06], [0.102, 1.792, 0.002, 1.624, 0.028], 0),
]


@pytest.mark.parametrize(("y", "v", "best"), TWO_TOPS)
def test_the_higher_of_two_tops(y, v, best):
    y, v, position = np.array(y), np.array(v), np.arange(len(y))
    x = np.column_stack([np.ones(len(y)), position])
    grid = np.append(0, np.geomspace(1e-6, 100, 4000))
    heights = np.array([log_likelihood(y, v, x, t, restricted=False) for t in grid])
    inner = np.flatnonzero((heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:]))
    assert len(inner) == 1
    assert heights[0] > heights[1]
    fit = meta_regression(y, v, position, tau2="ML")
    assert fit.tau2 == pytest.approx(grid[heights.argmax()], rel=0.01)
    assert fit.tau2 == pytest.approx(best, rel=0.01)


trials = st.integers(5, 12).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(-3, 3), min_size=k, max_size=k),
        st.lists(st.floats(-6, 3).map(math.exp), min_size=k, max_size=k),
        st.permutations(range(k)),
    )
)


@settings(max_examples=30, deadline=None)
@given(trials)
def test_no_tau2_has_a_higher_likelihood(given_trials):
    y, v, place = (np.array(part, dtype=float) for part in given_trials)
    x = np.column_stack([np.ones(len(y)), place])
    for method in ("ML", "REML"):
        tau2 = meta_regression(y, v, place, tau2=method, ci="wald").tau2
        top = log_likelihood(y, v, x, tau2, method == "REML")
        for t in np.append(0, np.geomspace(1e-5, 1e3, 200)):
            assert log_likelihood(y, v, x, t, method == "REML") <= top + 1e-9


@settings(max_examples=40, deadline=None)
@given(trials, st.floats(-50, 50), st.floats(0.01, 100), st.sampled_from(METHODS))
def test_translation_and_scale(given_trials, shift, factor, method):
    y, v, place = (np.array(part, dtype=float) for part in given_trials)
    fit = meta_regression(y, v, place, tau2=method, ci="wald")
    moved = meta_regression(y + shift, v, place, tau2=method, ci="wald")
    near = {"rel": 1e-5, "abs": 1e-6}  # tau2 itself is sensitive where the likelihood is flat
    assert moved.coefficients == pytest.approx((fit.coefficients[0] + shift, fit.coefficients[1]), **near)
    assert moved.se == pytest.approx(fit.se, **near)
    scaled = meta_regression(y, v, place * factor, tau2=method, ci="wald")
    assert scaled.coefficients[1] * factor == pytest.approx(fit.coefficients[1], **near)
    assert scaled.coefficients[0] == pytest.approx(fit.coefficients[0], **near)
    assert (scaled.tau2, scaled.omnibus) == pytest.approx((fit.tau2, fit.omnibus), **near)


def test_far_off_moderators_lose_no_digits():
    y, v, year = np.array([0.1, 0.3, 0.2, 0.6, 0.5]), np.array([1, 2, 3, 4, 5.0]) / 100, np.arange(5)
    near, far = (meta_regression(y, v, year + start, tau2="DL") for start in (0, 10**9))
    assert far.coefficients[1] == pytest.approx(near.coefficients[1], rel=1e-13)
    assert far.predict([10**9 + 7])["se"].item() == pytest.approx(near.predict([7])["se"].item(), rel=1e-13)


def test_a_moderator_without_effect_leaves_the_mean():
    # A moderator at a right angle to the intercept and to the effects, all variances the same.
    fit = meta_regression([1, 3, 1, 3], [1, 1, 1, 1], [-1, -1, 1, 1], tau2="common")
    assert fit.coefficients == pytest.approx((2, 0), abs=1e-12)
    assert fit.se[0] == pytest.approx(meta_analysis([1, 3, 1, 3], [1, 1, 1, 1], tau2="common").se)


def test_tables_of_words_and_numbers():
    table = pd.DataFrame({"risk": ["low", "high", "low", "high", "mid", "mid", "low"], "dose": [1, 2, 3, 4, 5, 7, 6]})
    y, v = [0.1, 0.2, 0.4, 0.3, 0.6, 0.5, 0.9], [0.01, 0.02, 0.03, 0.02, 0.01, 0.05, 0.02]
    fit = meta_regression(y, v, table)
    assert fit.names == ("intercept", "risk: low", "risk: mid", "dose")
    order = pd.Categorical(table["risk"], categories=["none", "low", "mid", "high"])
    other = meta_regression(y, v, table.assign(risk=order))
    assert other.reference == (("risk", "low"),)
    # Another reference is the same model.
    assert other.omnibus == pytest.approx(fit.omnibus, rel=1e-10)
    rows = table[["dose", "risk"]].head(2)
    pd.testing.assert_frame_equal(other.predict(rows), fit.predict(rows), rtol=1e-10)
    assert list(fit.to_frame()["term"]) == list(fit.names)
    assert fit.to_dict()["tau2"] == fit.tau2
    assert "reference level of risk: high" in fit.summary()
    assert fit.methods() == (
        "The effects of 7 trials were regressed on risk: low, risk: mid, dose in a mixed-effects model, residual "
        "between-trial variance by restricted maximum likelihood, with Knapp-Hartung tests and intervals at 95%."
    )


def test_trials_without_an_effect_are_left_out():
    whole = meta_regression(*FOUR, [1, 2, 3, 5])
    gap = meta_regression([0, math.nan, 4, 10, 14], [1, math.nan, 1, 1, 1], [1, math.nan, 2, 3, 5], labels="ABCDE")
    assert gap.coefficients == whole.coefficients
    assert gap.excluded[0][0] == "B"


def test_the_guard_never_narrows():
    close = ([0.10, 0.21, 0.32, 0.40], [0.04, 0.05, 0.06, 0.05], [1, 2, 3, 4])
    plain, guarded, wald = (meta_regression(*close, ci=ci) for ci in ("hartung-knapp", "hartung-knapp-adhoc", "wald"))
    assert plain.se[1] < wald.se[1] == pytest.approx(guarded.se[1])


def test_notes():
    assert "fewer than ten" in meta_regression(*FOUR, GROUPS).notes[0]
    rng = np.random.default_rng(1)
    fit = meta_regression(rng.normal(size=30), np.full(30, 0.1), rng.normal(size=30))
    assert fit.notes == ()


@pytest.mark.parametrize(
    ("moderators", "options", "message"),
    [
        ([1, 2, math.nan, 4], {}, "trial 3: moderator x1 must be a finite number"),
        ([1, 2, math.inf, 4], {"names": ["dose"]}, "trial 3: moderator dose must be a finite"),
        (["a", "b", None, "b"], {}, "trial 3: moderator x1 must be one of a, b"),
        ([1, 2, 3], {}, "3 rows for 4 trials"),
        ([5, 5, 5, 5], {}, "x1 is the same in all trials"),
        (["a", "a", "a", "a"], {}, "x1 is the same in all trials: a"),
        ([[1, 2], [2, 4], [3, 6], [4, 8]], {"names": ["dose", "twice"]}, "twice is collinear with intercept, dose"),
        (
            [[1, 2, 1], [2, 5, 1], [3, 6, 0], [4, 1, 0]],
            {},
            r"4 trials cannot carry 4 coefficients \(intercept, x1, x2, x3\)",
        ),
        (["a", "b", "c", "d"], {}, "4 trials cannot carry 4"),
        ([1, 2, 3, 4], {"names": ["a", "b"]}, "different names"),
        (pd.DataFrame({"dose": [1, 2, 3, 4]}), {"names": ["year"]}, "no moderator year; found dose"),
        (np.zeros((4, 0)), {}, "at least one"),
        (np.zeros((4, 2, 2)), {}, "a row a trial"),
        ([1, 2, 3, 4], {"tau2": "XX"}, "common, DL, PM"),
        ([1, 2, 3, 4], {"ci": "XX"}, "wald, hartung-knapp"),
        ([1, 2, 3, 4], {"level": 95}, "between 0 and 1"),
    ],
)
def test_bad_moderators_are_named(moderators, options, message):
    with pytest.raises(NeckevidenceError, match=message):
        meta_regression(*FOUR, moderators, **options)


def test_bad_effects_and_rows_are_named():
    with pytest.raises(NeckevidenceError, match="B: the variance"):
        meta_regression([1, 2, 3, 4], [1, 0, 1, 1], [1, 2, 3, 4], labels=list("ABCD"))
    with pytest.raises(NeckevidenceError, match="lie on the line exactly"):
        meta_regression([1, 2, 3, 4], [1, 1, 1, 1], [1, 2, 3, 4])
    fit = meta_regression(*FOUR, pd.DataFrame({"group": GROUPS}))
    with pytest.raises(NeckevidenceError, match="row 2: moderator group must be one of a, b, found c"):
        fit.predict(pd.DataFrame({"group": ["a", "c"]}))
    with pytest.raises(NeckevidenceError, match="no moderator group; found dose"):
        fit.predict(pd.DataFrame({"dose": [1]}))


def test_subgroups_by_hand():
    # A: 0.1 and 0.3 with 0.01 and 0.03: 0.15, variance 0.0075. B: 0.6, variance 0.01. Q = 0.45^2 / 0.0175 = 11.5714.
    parts = subgroup_analysis([0.1, 0.3, 0.5, 0.7], [0.01, 0.03, 0.02, 0.02], list("AABB"), tau2="common")
    assert parts.estimates == pytest.approx((0.15, 0.6))
    assert (parts.between, parts.between_df) == (pytest.approx(0.45**2 / 0.0175), (1,))


def test_subgroups_are_meta_analyses_of_their_trials():
    y, v, groups = [0.1, 0.3, 0.8, 0.5, 0.9], [0.01, 0.03, 0.02, 0.02, 0.04], [2, 1, 2, 1, 3]
    parts = subgroup_analysis(y, v, groups)
    assert (parts.groups, parts.k) == (("1", "2", "3"), (2, 2, 1))
    assert parts.analyses[1] == meta_analysis([0.1, 0.8], [0.01, 0.02], labels=["trial 1", "trial 3"])
    assert parts.notes[0] == "3: one trial, whose own effect it is"
    assert parts.to_frame().loc[2, "estimate"] == 0.9
    assert "3: 0.9000" in parts.summary()
    assert "5 trials in 3 groups" in parts.methods()
    # The test takes Wald standard errors whatever the interval.
    assert parts.between == pytest.approx(subgroup_analysis(y, v, groups, ci="wald").between)


def test_a_common_tau2_is_a_meta_regression():
    one = subgroup_analysis(*FOUR, GROUPS, tau2="DL", ci="hartung-knapp", common_tau2=True)
    # By hand as above: tau2 7, means 2 and 12, each with variance 4; F = 100 / 8 on 1 and 2.
    assert one.tau2 == pytest.approx((7, 7))
    assert (one.estimates, one.se) == (pytest.approx((2, 12)), pytest.approx((2, 2)))
    assert (one.between, one.between_df) == (pytest.approx(12.5), (1, 2))
    assert one.methods().startswith("Subgroups shared one between-trial variance.")


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["a", "a", "a", "a"], "at least two groups, found a"),
        (["a", "b"], "2 values for 4 trials"),
        (["a", "b", None, "b"], "trial 3: the group is missing"),
    ],
)
def test_bad_groups_are_named(groups, message):
    with pytest.raises(NeckevidenceError, match=message):
        subgroup_analysis(*FOUR, groups)


def test_a_group_without_an_estimate_is_named():
    with pytest.raises(NeckevidenceError, match="no trial of the group b has"):
        subgroup_analysis([0, 4, math.nan], [1, 1, math.nan], ["a", "a", "b"])
