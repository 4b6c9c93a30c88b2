"""The two likelihood methods for sparse counts: random-effects logistic and beta-binomial regression."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.beta_binomial import beta_binomial
from neckevidence.synthesis.logistic import CODINGS, random_effects_logistic

# Made-up trials that differ: events and patients on treatment, on control; the last has no event.
MIXED = [1, 9, 0, 14, 3, 0], [40, 60, 35, 70, 80, 50], [6, 5, 4, 12, 15, 0], [42, 55, 36, 75, 78, 51]
# More alike than chance would have them: no heterogeneity.
ALIKE = [4, 5, 3, 4], [50, 50, 50, 50], [8, 7, 9, 8], [60, 60, 60, 60]


def without(counts, drop):
    return [[value for i, value in enumerate(count) if i != drop] for count in counts]


def integrated_log_likelihood(fit, counts, theta, tau):
    """The marginal likelihood by adaptive integration over u, the baselines as fitted."""
    from scipy.integrate import quad
    from scipy.special import expit
    from scipy.stats import binom, norm

    z, total = CODINGS[fit.coding], 0.0
    for a, n1, c, n2, alpha in zip(*counts, fit.baselines, strict=True):
        if math.isfinite(alpha):

            def density(u, a=a, n1=n1, c=c, n2=n2, alpha=alpha):
                p1, p2 = (expit(alpha + arm * (theta + tau * u)) for arm in z)
                return binom.pmf(a, n1, p1) * binom.pmf(c, n2, p2) * norm.pdf(u)

            total += math.log(quad(density, -9, 9, epsabs=0, epsrel=1e-10, limit=200)[0])
    return total


@pytest.mark.parametrize("coding", ["half", "treatment"])
def test_logistic_likelihood_is_right_and_at_its_maximum(coding):
    fit = random_effects_logistic(*MIXED, coding=coding)
    theta, tau = fit.estimate, math.sqrt(fit.tau2)
    assert tau > 0.3
    top = integrated_log_likelihood(fit, MIXED, theta, tau)
    assert fit.log_likelihood == pytest.approx(top, abs=1e-8)
    # With the baselines at their maximum the slope in theta and tau is that of the profile likelihood: zero.
    for step in ((1e-3, 0), (0, 1e-3)):
        up, down = (
            integrated_log_likelihood(fit, MIXED, theta + sign * step[0], tau + sign * step[1]) for sign in (1, -1)
        )
        assert (up - down) / 2e-3 == pytest.approx(0, abs=1e-5)
        assert max(up, down) < top


def test_logistic_without_heterogeneity_is_logistic_regression():
    import statsmodels.api as sm

    fit = random_effects_logistic(*ALIKE)
    a, n1, c, n2 = (np.array(count) for count in ALIKE)
    events, n = np.concatenate([a, c]), np.concatenate([n1, n2])
    design = np.column_stack([np.repeat([1.0, 0.0], 4), np.tile(np.eye(4), (2, 1))])
    glm = sm.GLM(np.column_stack([events, n - events]), design, family=sm.families.Binomial()).fit(tol=1e-12)
    assert fit.tau2 == 0
    assert fit.notes == ("tau2 is estimated as 0, its lower bound",)
    assert fit.estimate == pytest.approx(glm.params[0], rel=1e-8)
    assert fit.se == pytest.approx(glm.bse[0], rel=1e-8)
    assert fit.log_likelihood == fit.log_likelihood_common == pytest.approx(glm.llf, rel=1e-10)


def test_logistic_one_trial_is_its_own_odds_ratio():
    # 7/40 against 12/38: log(7 x 26 / (33 x 12)), Woolf's standard error.
    fit = random_effects_logistic([7], [40], [12], [38])
    assert fit.estimate == pytest.approx(math.log(7 * 26 / (33 * 12)), rel=1e-9)
    assert fit.se == pytest.approx(math.sqrt(1 / 7 + 1 / 33 + 1 / 12 + 1 / 26), rel=1e-9)
    assert fit.notes == ("one informative trial: tau2 cannot be estimated and is set to 0",)


def test_logistic_trial_without_events_contributes_nothing():
    fit, less = random_effects_logistic(*MIXED), random_effects_logistic(*without(MIXED, 5))
    assert (fit.estimate, fit.se, fit.tau2) == pytest.approx((less.estimate, less.se, less.tau2), rel=1e-10)
    assert fit.log_likelihood == pytest.approx(less.log_likelihood, rel=1e-12)  # log 1 = 0
    assert fit.excluded == (("trial 6", "no event in either arm"),)
    assert fit.baselines[5] == -math.inf
    assert (fit.k, fit.k_informative) == (6, 5)


def test_logistic_points_are_enough():
    few, many = random_effects_logistic(*MIXED, points=31), random_effects_logistic(*MIXED, points=151)
    assert (few.estimate, few.se, few.tau2) == pytest.approx((many.estimate, many.se, many.tau2), rel=1e-7)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_logistic_exchanging_arms_inverts_and_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 7))
    n1, n2 = rng.integers(10, 90, k), rng.integers(10, 90, k)
    a, c = rng.binomial(n1, rng.beta(1, 6, k)), rng.binomial(n2, rng.beta(1, 6, k))
    order = rng.permutation(k)
    fit = random_effects_logistic(a, n1, c, n2)
    exchanged = random_effects_logistic(c, n2, a, n1)
    shuffled = random_effects_logistic(a[order], n1[order], c[order], n2[order])
    assert fit.notes or fit.se > 0
    for other, sign in ((exchanged, -1), (shuffled, 1)):
        found = sign * other.estimate, other.se, other.tau2
        assert found == pytest.approx((fit.estimate, fit.se, fit.tau2), rel=1e-6, abs=1e-7, nan_ok=True)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (([0, 0], [10, 10], [0, 0], [10, 10]), "no trial has both events and non-events"),
        (([0, 0], [10, 10], [3, 2], [10, 10]), "no event in the treatment arm or no non-event in the other"),
        (([0, 4], [10, 10], [3, 10], [10, 10]), "no event in the treatment arm or no non-event in the other"),
        (([3, 2], [10, 10], [0, 0], [10, 10]), "no event in the control arm"),
    ],
)
def test_logistic_says_why_nothing_can_be_estimated(counts, reason):
    fit = random_effects_logistic(*counts)
    assert all(math.isnan(number) for number in (fit.estimate, fit.se, fit.tau2, fit.p_value))
    assert reason in fit.notes[0]


def test_logistic_bad_input_is_named():
    with pytest.raises(NeckevidenceError, match="half, treatment"):
        random_effects_logistic(*MIXED, coding="1/2")
    with pytest.raises(NeckevidenceError, match="from 5 to 200, found 3"):
        random_effects_logistic(*MIXED, points=3)
    with pytest.raises(NeckevidenceError, match="trial 1: events_control"):
        random_effects_logistic([1], [10], [12], [10])


def beta_binomial_log_likelihood(counts, risks, rho):
    from scipy.stats import betabinom

    a, n1, c, n2 = (np.array(count) for count in counts)
    size = (1 - rho) / rho
    arms = (a, n1, risks[0]), (c, n2, risks[1])
    return sum(betabinom.logpmf(y, n, mu * size, (1 - mu) * size).sum() for y, n, mu in arms)


def test_beta_binomial_likelihood_is_right_and_at_its_maximum():
    fit = beta_binomial(*MIXED)
    at = np.array([fit.risk_treatment, fit.risk_control, fit.rho])
    top = beta_binomial_log_likelihood(MIXED, at[:2], at[2])
    assert fit.rho > 0.01
    assert fit.log_likelihood == pytest.approx(top, rel=1e-10)
    for i in range(3):
        step = 1e-5 * np.eye(3)[i]
        up, down = (beta_binomial_log_likelihood(MIXED, (at + move)[:2], (at + move)[2]) for move in (step, -step))
        assert (up - down) / 2e-5 == pytest.approx(0, abs=1e-3)  # curvatures are in the thousands
        assert max(up, down) < top


@pytest.mark.filterwarnings("ignore:The .* link function does not respect the domain")
@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_beta_binomial_without_correlation_is_binomial_regression(measure):
    import statsmodels.api as sm

    links = {"OR": sm.families.links.Logit(), "RR": sm.families.links.Log(), "RD": sm.families.links.Identity()}
    fit = beta_binomial(*ALIKE, measure=measure)
    a, n1, c, n2 = (np.array(count) for count in ALIKE)
    events, n = np.concatenate([a, c]), np.concatenate([n1, n2])
    design = np.column_stack([np.repeat([1.0, 0.0], 4), np.ones(8)])
    family = sm.families.Binomial(link=links[measure])
    start = {"OR": [0.0, -2.0], "RR": [0.0, -2.0], "RD": [0.0, 0.1]}[measure]
    glm = sm.GLM(np.column_stack([events, n - events]), design, family=family).fit(start_params=start, tol=1e-13)
    assert fit.rho == 0
    assert fit.notes == ("rho is estimated as 0, its lower bound: the model is binomial",)
    assert fit.estimate == pytest.approx(glm.params[0], rel=1e-7)
    assert fit.se == pytest.approx(glm.bse[0], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(glm.llf, rel=1e-10)


def test_beta_binomial_trial_without_events_contributes():
    fit, less = beta_binomial(*MIXED), beta_binomial(*without(MIXED, 5))
    assert fit.risk_control < less.risk_control
    assert fit.k_informative == 6
    assert abs(fit.estimate - less.estimate) > 1e-3


def test_beta_binomial_full_correlation_by_hand():
    # All or nothing in every arm: two Bernoulli observations an arm, risk 1/2. The logit of each has the variance
    # 1/(2 x 1/2 x 1/2) = 2, their difference 4.
    fit = beta_binomial([0, 10], [10, 10], [0, 10], [10, 10])
    assert fit.rho == 1
    assert (fit.estimate, fit.se) == pytest.approx((0, 2), abs=1e-3)
    assert "upper bound" in fit.notes[0]


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_beta_binomial_exchanging_arms_inverts_and_order_does_not_matter(measure):
    a, n1, c, n2 = (np.array(count) for count in MIXED)
    order = [3, 5, 0, 1, 4, 2]
    fit = beta_binomial(a, n1, c, n2, measure)
    exchanged = beta_binomial(c, n2, a, n1, measure)
    shuffled = beta_binomial(a[order], n1[order], c[order], n2[order], measure)
    assert (exchanged.estimate, exchanged.se) == pytest.approx((-fit.estimate, fit.se), rel=1e-8)
    assert (shuffled.estimate, shuffled.se) == pytest.approx((fit.estimate, fit.se), rel=1e-12)


def test_beta_binomial_says_why_nothing_can_be_estimated():
    fit = beta_binomial([0, 0], [10, 12], [3, 2], [10, 12])
    assert math.isnan(fit.estimate)
    assert math.isnan(fit.se)
    assert fit.notes[0].startswith("nothing can be estimated: no patient of the treatment arms had the event")


def test_beta_binomial_bad_input_is_named():
    with pytest.raises(NeckevidenceError, match=r"B: counts must be whole numbers, found 2\.5 of 10 on control"):
        beta_binomial([1, 1], [10, 10], [2, 2.5], [10, 10], labels=["A", "B"])
    with pytest.raises(NeckevidenceError, match="OR, RR, RD"):
        beta_binomial(*MIXED, measure="SMD")


def test_what_the_results_show():
    logistic, beta = random_effects_logistic(*MIXED), beta_binomial(*MIXED, measure="RR")
    assert repr(logistic).startswith("<LogisticResult OR ")
    assert repr(logistic).endswith("6 trials, 5 informative, binomial-normal>")
    assert list(logistic.to_frame()["excluded"])[-1] == "no event in either arm"
    assert logistic.to_dict()["tau2"] == logistic.tau2
    assert "coded +1/2 and -1/2" in logistic.methods()
    assert list(beta.to_frame()["risk"]) == [beta.risk_treatment, beta.risk_control]
    assert "log link" in beta.methods()
    assert "not patients within trials" in beta.methods()
