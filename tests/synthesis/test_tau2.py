"""Properties that every estimator must have, and the global maximum of the likelihoods by brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from neckevidence import meta_analysis
from neckevidence.synthesis.kernels import q_profile
from neckevidence.synthesis.tau2 import ESTIMATORS, generalised_q, maximum_likelihood, restricted_maximum_likelihood

TRIALS = st.lists(
    st.tuples(st.floats(-3, 3).map(lambda x: round(x, 3)), st.floats(-6, 1).map(lambda x: 10**x)),
    min_size=2,
    max_size=9,
)
METHODS = sorted(ESTIMATORS)
CLOSE = {"rel": 1e-7, "abs": 1e-9}


def fits(trials, **options):
    return meta_analysis([y for y, _ in trials], [v for _, v in trials], **options)


def same(one, other, factor=1.0, shift=0.0):
    assert other.estimate == pytest.approx(one.estimate * factor + shift, **CLOSE)
    assert other.se == pytest.approx(one.se * abs(factor), **CLOSE)
    assert other.tau2 == pytest.approx(one.tau2 * factor**2, **CLOSE)


@pytest.mark.parametrize("method", METHODS)
@given(trials=TRIALS, seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_order_sign_shift_and_scale(method, trials, seed):
    whole = fits(trials, tau2=method)
    order = np.random.default_rng(seed).permutation(len(trials))
    same(whole, fits([trials[i] for i in order], tau2=method))
    same(whole, fits([(-y, v) for y, v in trials], tau2=method), factor=-1)
    same(whole, fits([(y + 1.5, v) for y, v in trials], tau2=method), shift=1.5)
    same(whole, fits([(2 * y, 4 * v) for y, v in trials], tau2=method), factor=2)


def log_likelihood(y, v, tau2, restricted):
    """Written out from Viechtbauer 2005, J Educ Behav Stat 30:261, for one value of tau2."""
    w = 1 / (v + tau2)
    mu = (w * y).sum() / w.sum()
    value = -0.5 * np.log(v + tau2).sum() - 0.5 * (w * (y - mu) ** 2).sum()
    return value - 0.5 * np.log(w.sum()) if restricted else value


@pytest.mark.parametrize(
    ("estimator", "restricted"), [(restricted_maximum_likelihood, True), (maximum_likelihood, False)]
)
def test_likelihood_is_at_its_global_maximum(estimator, restricted):
    rng = np.random.default_rng(20)
    grid = np.concatenate([[0.0], np.geomspace(1e-8, 1e3, 1500)])
    for _ in range(60):
        k = int(rng.integers(2, 8))
        y, v = rng.normal(0, rng.choice([0.1, 0.5, 3]), k), 10 ** rng.uniform(-3, 1, k)
        found = float(estimator(y[None], v[None], np.ones((1, k)))[0])
        best = max(log_likelihood(y, v, tau2, restricted) for tau2 in grid)
        assert log_likelihood(y, v, found, restricted) >= best - 1e-9


def test_a_likelihood_with_two_tops():
    # Two trials agree at 0 with tiny variances; three far apart have variances just so that REML has a top at 0 and one away
    # from it. The second is the higher one; from 0 it cannot be seen (the slope there points down).
    y = np.array([0.0, 0.0, 3.0, -3.2, 3.1])
    v = np.array([1e-4, 1e-4, 4.0, 4.0, 4.0])
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 100, 4000)])
    values = np.array([log_likelihood(y, v, tau2, True) for tau2 in grid])
    found = float(restricted_maximum_likelihood(y[None], v[None], np.ones((1, 5)))[0])
    assert found == pytest.approx(grid[values.argmax()], rel=0.01, abs=1e-5)


def test_equal_variances_have_closed_forms():
    # All v = 0.2, effects 0, 1, 2: sum of squares 2. DL, HE, PM and REML: 2/2 - 0.2 = 0.8. ML: 2/3 - 0.2 = 0.466667.
    for method, tau2 in (("DL", 0.8), ("HE", 0.8), ("PM", 0.8), ("EB", 0.8), ("REML", 0.8), ("ML", 2 / 3 - 0.2)):
        assert meta_analysis([0, 1, 2], [0.2] * 3, tau2=method).tau2 == pytest.approx(tau2, rel=1e-12), method
    # SJ: t0 = 2/3, w = 1/(0.2/(2/3) + 1) = 1/1.3 each: (2/1.3)/2 = 0.769231
    assert meta_analysis([0, 1, 2], [0.2] * 3, tau2="SJ").tau2 == pytest.approx(1 / 1.3, rel=1e-12)


def test_q_profile_solves_its_equations():
    y, v = np.array([[-0.9, -1.6, 0.1, 0.4, -0.2]]), np.array([[0.1, 0.2, 0.05, 0.3, 0.02]])
    low, high = q_profile(y, v, np.ones((1, 5), bool), 0.95)
    assert generalised_q(y, v, np.ones((1, 5)), low)[0] == pytest.approx(chi2.ppf(0.975, 4), rel=1e-10)
    assert generalised_q(y, v, np.ones((1, 5)), high)[0] == pytest.approx(chi2.ppf(0.025, 4), rel=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_identical_effects_have_no_heterogeneity(method):
    fit = meta_analysis([0.3] * 4, [0.1, 0.2, 0.3, 0.4], tau2=method)
    assert fit.tau2 == 0
    assert fit.estimate == pytest.approx(0.3, rel=1e-14)
    assert np.isfinite([fit.ci_low, fit.ci_high, fit.p_value, fit.i2]).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ci", ["wald", "hartung-knapp", "hartung-knapp-adhoc"])
def test_one_and_two_trials_give_numbers_and_a_note(method, ci):
    one = meta_analysis([0.2], [0.04], tau2=method, ci=ci)
    two = meta_analysis([0.2, 0.6], [0.04, 0.09], tau2=method, ci=ci)
    for fit in (one, two):
        numbers = [fit.estimate, fit.se, fit.ci_low, fit.ci_high, fit.p_value, fit.tau2, fit.i2, fit.h2, fit.q_p_value]
        assert np.isfinite(numbers).all()
        assert fit.prediction_interval is None
        assert fit.notes or method == "common"
    assert one.tau2_ci == (0.0, np.inf)


def test_a_trial_without_a_variance_is_left_out_with_the_reason():
    fit = meta_analysis([0.1, float("nan"), 0.3], [0.1, float("nan"), 0.1], labels=["A", "B", "C"])
    assert fit.k == 2
    assert fit.weights[1] == 0
    assert fit.excluded[0][0] == "B"
    assert fit.to_frame().loc[1, "excluded"].startswith("no effect and variance")


def test_the_prediction_interval_uses_the_critical_value_of_the_interval():
    y, v = [0.1, 0.5, -0.3, 0.8], [0.05, 0.02, 0.03, 0.06]
    for ci in ("wald", "hartung-knapp"):
        fit = meta_analysis(y, v, ci=ci)
        critical = (fit.ci_high - fit.estimate) / fit.se
        half = critical * np.sqrt(fit.tau2 + fit.se**2)
        assert fit.prediction_interval == pytest.approx((fit.estimate - half, fit.estimate + half))


def test_methods_name_every_choice():
    text = meta_analysis([0.1, 0.5, -0.3], [0.05, 0.02, 0.03]).methods()
    for word in (
        "3 trials",
        "restricted maximum likelihood",
        "Hartung-Knapp",
        "ad hoc guard",
        "95%",
        "Q-profile",
        "prediction",
    ):
        assert word in text
