"""The reference is brute force: the same model written down again with scipy.stats and integrated by scipy's quad."""

import copy
import itertools
import math
from functools import cached_property

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import dblquad, quad

from neckevidence import NeckevidenceError, meta_analysis
from neckevidence.synthesis.bayes import bayes_meta_analysis
from neckevidence.synthesis.priors import HalfCauchy, HalfNormal, LogNormal, LogT, published_prior

PRIORS = [HalfNormal(0.5), HalfCauchy(0.5), LogNormal(-2.56, 1.74), LogT(-3.44, 2.59)]
CONSTANT_T5 = math.gamma(3) / math.gamma(2.5) / math.sqrt(5 * math.pi)
# The same densities of tau, written down again; for the priors on tau2, f(tau) = f(tau2) 2 tau.
REFERENCE = [
    lambda tau: 4 * math.exp(-2 * tau**2) / math.sqrt(2 * math.pi),
    lambda tau: 4 / (math.pi * (1 + 4 * tau**2)),
    lambda tau: math.exp(-(((math.log(tau**2) + 2.56) / 1.74) ** 2) / 2) / 1.74 / math.sqrt(2 * math.pi) * 2 / tau,
    lambda tau: CONSTANT_T5 * (1 + ((math.log(tau**2) + 3.44) / 2.59) ** 2 / 5) ** -3 / 2.59 * 2 / tau,
]
SCIPY = [
    lambda tau: stats.halfnorm.pdf(tau, scale=0.5),
    lambda tau: stats.halfcauchy.pdf(tau, scale=0.5),
    lambda tau: stats.lognorm.pdf(tau**2, 1.74, scale=math.exp(-2.56)) * 2 * tau,
    lambda tau: stats.t.pdf((math.log(tau**2) + 3.44) / 2.59, 5) / 2.59 * 2 / tau,
]
BOTH = list(zip(PRIORS, REFERENCE, strict=True))
NAMES = [prior.name for prior in PRIORS]
TWO = [0.1, 0.9], [0.02, 0.05]
FIVE = [0.1, 0.9, -0.3, 0.4, 0.2], [0.02, 0.05, 0.1, 0.03, 0.004]
# Eight schools (Rubin 1981, J Educ Stat 6:377), unrounded as bayesmeta has them.
SCHOOLS = (
    [28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16],
    np.square([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6]),
)


class BruteForce:
    """Integrals over log(tau) by quad, in pieces; the effect is integrated out by the multivariate normal density."""

    edges = (-300, -60, -30, *range(-16, 17, 2), 30, 60, 300)

    def __init__(self, effects, variances, density, effect_prior=None):
        self.y, self.v, self.density, self.prior = effects, variances, density, effect_prior

    def given_tau(self, tau):
        w = [1 / (v + tau**2) for v in self.v]
        top, total = sum(a * y for a, y in zip(w, self.y, strict=True)), sum(w)
        if self.prior:
            top, total = top + self.prior[0] / self.prior[1] ** 2, total + 1 / self.prior[1] ** 2
        return top / total, 1 / total

    def likelihood(self, tau):
        # p(y) = p(y | mu) p(mu) / p(mu | y) at any mu, here the conditional mean
        mu, variance = self.given_tau(tau)
        joint = sum(_log_normal_density(y, mu, v + tau**2) for y, v in zip(self.y, self.v, strict=True))
        joint += _log_normal_density(mu, self.prior[0], self.prior[1] ** 2) if self.prior else 0
        return math.exp(joint + math.log(2 * math.pi * variance) / 2)

    def integral(self, f):
        def g(u):
            tau = math.exp(u)
            return f(tau) * self.likelihood(tau) * self.density(tau) * tau

        return sum(quad(g, low, high, epsabs=1e-14, epsrel=1e-10)[0] for low, high in itertools.pairwise(self.edges))

    @cached_property
    def marginal(self):
        return self.integral(lambda tau: 1.0)

    def expect(self, f):
        return self.integral(f) / self.marginal

    def effect_below(self, x):
        return self.expect(lambda tau: _below(x, *self.given_tau(tau)))

    def new_below(self, x):
        return self.expect(lambda tau: _below(x, self.given_tau(tau)[0], self.given_tau(tau)[1] + tau**2))

    def trial_below(self, i, x):
        def below(tau):
            # theta_i | mu, tau weighs y_i by tau2 and mu by v_i
            (mu, variance), share = self.given_tau(tau), tau**2 / (tau**2 + self.v[i])
            return _below(x, share * self.y[i] + (1 - share) * mu, share * self.v[i] + (1 - share) ** 2 * variance)

        return self.expect(below)

    def tau_below(self, limit):
        marginal, below = self.marginal, copy.copy(self)
        below.edges = *(edge for edge in self.edges if edge < math.log(limit)), math.log(limit)
        return below.integral(lambda tau: 1.0) / marginal


def _log_normal_density(x, mean, variance):
    return -((x - mean) ** 2 / variance + math.log(2 * math.pi * variance)) / 2


def _below(x, mean, variance):
    return 0.5 * math.erfc((mean - x) / math.sqrt(2 * variance))


@pytest.mark.parametrize(("prior", "density"), list(zip(PRIORS, SCIPY, strict=True)), ids=NAMES)
def test_priors_are_the_distributions_they_say(prior, density):
    for tau in (1e-9, 0.01, 0.3, 1.0, 7.0):
        assert prior.density(tau) == pytest.approx(density(tau), rel=1e-12)
    ends = -3000, -300, -60, -10, 0, 10, 60, 300, 3000
    pieces = [quad(lambda u: math.exp(prior.log_density(u) + u), a, b)[0] for a, b in itertools.pairwise(ends)]
    assert sum(pieces) == pytest.approx(1, abs=1e-9)
    assert sum(quad(prior.density, a, b)[0] for a, b in ((prior.median, 2), (2, math.inf))) == pytest.approx(
        0.5, abs=1e-7
    )
    assert prior.density([[-1.0, 0.5]]).shape == (1, 2)
    assert prior.density(-1.0) == 0


def test_densities_at_zero():
    # half-normal: sqrt(2/pi)/0.5; half-Cauchy: 2/(pi 0.5); log-normal: 0; log-t: infinite
    at_zero = [float(prior.density(0.0)) for prior in PRIORS]
    assert at_zero == pytest.approx([1.5957691, 1.2732395, 0, math.inf])


def test_published_priors():
    assert published_prior() == LogNormal(-2.56, 1.74, published_prior().source)
    pain = published_prior("pain", "pharmacological vs placebo")
    assert (pain.mean, pain.sd) == (-1.83, 1.52)
    assert "Turner" in pain.source
    subjective = published_prior("subjective", "pharmacological vs placebo")
    assert subjective.median**2 == pytest.approx(0.12, abs=0.005)  # median of tau2 as given for this class
    assert "2012" in subjective.source
    assert published_prior("any", "any", "SMD").df == 5
    with pytest.raises(NeckevidenceError, match=r"no published prior for SMD: pain.*OR: pain"):
        published_prior("pain", "pharmacological vs placebo", "SMD")


@pytest.mark.parametrize(("prior", "density"), BOTH, ids=NAMES)
@pytest.mark.parametrize(("trials", "effect_prior"), [(TWO, None), (FIVE, (0.2, 1.5))], ids=["two", "five"])
def test_everything_against_brute_force(prior, density, trials, effect_prior):
    fit = bayes_meta_analysis(*trials, prior, effect_prior)
    brute = BruteForce(*trials, density, effect_prior)
    tight = {"abs": 1e-8}
    assert fit.log_marginal_likelihood == pytest.approx(math.log(brute.marginal), **tight)
    mean = brute.expect(lambda tau: brute.given_tau(tau)[0])
    assert fit.mean == pytest.approx(mean, **tight)
    if math.isfinite(fit.sd):
        second = brute.expect(lambda tau: brute.given_tau(tau)[1] + (brute.given_tau(tau)[0] - mean) ** 2)
        assert fit.sd == pytest.approx(math.sqrt(second), **tight)
    assert fit.tau_mean == pytest.approx(brute.expect(lambda tau: tau), rel=1e-8)
    for p, effect, tau, new in zip(
        (0.025, 0.5, 0.975),
        (fit.ci_low, fit.estimate, fit.ci_high),
        (fit.tau_ci[0], fit.tau, fit.tau_ci[1]),
        (fit.prediction_interval[0], None, fit.prediction_interval[1]),
        strict=True,
    ):
        assert brute.effect_below(effect) == pytest.approx(p, **tight)
        assert brute.tau_below(tau) == pytest.approx(p, **tight)
        assert new is None or brute.new_below(new) == pytest.approx(p, **tight)
    assert fit.probability(below=0) == pytest.approx(brute.effect_below(0), **tight)
    assert fit.probability(above=0.2) == pytest.approx(1 - brute.effect_below(0.2), **tight)
    assert fit.predictive_probability(below=-0.1, above=0.2) == pytest.approx(
        brute.new_below(-0.1) + 1 - brute.new_below(0.2), **tight
    )
    assert brute.trial_below(1, fit.shrunken[1]) == pytest.approx(0.5, **tight)
    assert brute.trial_below(1, fit.shrunken_ci[1][1]) == pytest.approx(0.975, **tight)


def test_two_dimensional_integral():
    # posterior mean of the effect with nothing in closed form: both unknowns by dblquad
    def joint(mu, tau):
        density = REFERENCE[0](tau) * math.exp(-((mu - 0.2) ** 2) / 2)
        for y, v in zip(*TWO, strict=True):
            density *= math.exp(-((y - mu) ** 2) / (2 * (v + tau**2))) / math.sqrt(v + tau**2)
        return density

    box = 0, 3.5, -5, 6
    norm = dblquad(joint, *box, epsabs=1e-7)[0]
    mean = dblquad(lambda mu, tau: mu * joint(mu, tau), *box, epsabs=1e-7)[0] / norm
    assert bayes_meta_analysis(*TWO, effect_prior=(0.2, 1.0)).mean == pytest.approx(mean, abs=1e-6)


def test_eight_schools_as_bayesmeta_has_them():
    # The introductory vignette of the R package bayesmeta prints, for half-Cauchy(25) and normal(0, 50): tau median
    # 4.758539, mean 5.884511; effect median 7.962961, mean 7.985729, sd 4.995762. bayesmeta replaces the mixture of the
    # effect by a coarser one (its delta = 0.01), so that its effect has three digits.
    fit = bayes_meta_analysis(*SCHOOLS, HalfCauchy(25), (0, 50))
    assert (fit.tau, fit.tau_mean) == pytest.approx((4.758539, 5.884511), abs=2e-6)
    assert (fit.estimate, fit.mean, fit.sd) == pytest.approx((7.962961, 7.985729, 4.995762), abs=1e-3)


def test_densities_for_plotting():
    fit = bayes_meta_analysis(*FIVE)
    x, density = fit.effect_density()
    assert np.trapezoid(density, x) == pytest.approx(0.999, abs=1e-4)
    tau, density = fit.tau_density(2001)
    inside = tau <= fit.tau_ci[1]
    assert density[inside].sum() * (tau[1] - tau[0]) == pytest.approx(0.975, abs=1e-3)
    assert np.trapezoid(density[inside], tau[inside]) < 1


def test_prior_at_zero_is_the_common_effect():
    fit, common = bayes_meta_analysis(*FIVE, HalfNormal(1e-9)), meta_analysis(*FIVE, tau2="common")
    expected = common.estimate, common.ci_low, common.ci_high
    assert (fit.estimate, fit.ci_low, fit.ci_high) == pytest.approx(expected, abs=1e-9)
    assert fit.weights == pytest.approx(common.weights, abs=1e-9)
    assert fit.prediction_interval == pytest.approx(fit.ci, abs=1e-6)


def test_many_trials_are_close_to_reml():
    rng = np.random.default_rng(1)
    v = rng.uniform(0.05, 0.3, 2000)
    y = rng.normal(0.3, np.sqrt(v + 0.2))
    fit, reml = bayes_meta_analysis(y, v, HalfCauchy(1)), meta_analysis(y, v, tau2="REML", ci="wald")
    assert fit.tau**2 == pytest.approx(reml.tau2, rel=0.005)
    assert (fit.estimate, fit.sd) == pytest.approx((reml.estimate, reml.se), rel=0.005)


def test_normal_prior_of_the_effect_by_hand():
    # tau at 0, y = 1 with v = 1, prior N(0, 1): posterior N(0.5, 0.5); p(y) = N(1; 0, 2), log = -(log(4 pi) + 1/2) / 2
    fit = bayes_meta_analysis([1.0], [1.0], HalfNormal(1e-9), (0, 1))
    assert (fit.estimate, fit.mean, fit.sd) == pytest.approx((0.5, 0.5, math.sqrt(0.5)))
    assert fit.log_marginal_likelihood == pytest.approx(-(math.log(4 * math.pi) + 0.5) / 2)
    assert fit.weights == pytest.approx((0.5,))


@pytest.mark.parametrize("prior", PRIORS, ids=NAMES)
def test_one_trial_leaves_the_prior(prior):
    fit = bayes_meta_analysis([0.4], [0.04], prior)
    assert fit.tau == pytest.approx(prior.median, rel=1e-7)
    assert fit.estimate == pytest.approx(0.4)
    assert fit.log_marginal_likelihood == pytest.approx(0, abs=1e-9)  # the density of y under a flat prior is 1
    assert "prior" in fit.notes[0]
    assert not bayes_meta_analysis(*TWO, prior).notes


def test_moments_that_do_not_exist():
    # half-Cauchy: p(tau | y) falls as tau^-2 with one trial, tau^-3 with two, tau^-4 with three
    one, two, three = (bayes_meta_analysis(FIVE[0][:k], FIVE[1][:k], HalfCauchy(0.5)) for k in (1, 2, 3))
    assert math.isnan(one.mean)
    assert math.isinf(one.sd)
    assert math.isinf(one.tau_mean)
    assert math.isinf(two.sd)
    assert all(map(math.isfinite, (two.mean, two.tau_mean, three.sd)))
    proper = bayes_meta_analysis(FIVE[0][:1], FIVE[1][:1], HalfCauchy(0.5), (0, 1))
    assert all(map(math.isfinite, (proper.mean, proper.sd, proper.tau_mean)))


def test_extreme_levels_and_tails():
    fit, brute = bayes_meta_analysis(*TWO, HalfCauchy(0.5), level=1 - 2e-7), BruteForce(*TWO, REFERENCE[1])
    assert brute.effect_below(fit.ci_low) == pytest.approx(1e-7, rel=1e-4)
    assert fit.probability(above=fit.ci_high) == pytest.approx(1e-7, rel=1e-9)
    narrow = bayes_meta_analysis(*TWO, level=1e-6)
    assert narrow.ci_low < narrow.estimate < narrow.ci_high


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1e4, 1e8])
@pytest.mark.parametrize("prior", [HalfNormal, HalfCauchy])
def test_the_unit_does_not_matter(prior, scale):
    small, large = (
        bayes_meta_analysis(*FIVE, prior(0.5)),
        bayes_meta_analysis(np.multiply(FIVE[0], scale), np.multiply(FIVE[1], scale**2), prior(0.5 * scale)),
    )
    for name in ("estimate", "mean", "sd", "ci", "tau", "tau_ci", "tau_mean", "prediction_interval", "shrunken"):
        expected = np.multiply(getattr(small, name), scale)
        assert getattr(large, name) == pytest.approx(expected, rel=1e-8, abs=1e-10 * scale), name


@pytest.mark.parametrize("prior", PRIORS, ids=NAMES)
@pytest.mark.parametrize(("effects", "variances"), [
    ([0, 10, -10, 3, 5], [1e-4] * 5), ([0, 1, 2, 0.5], [1e-8, 1e4, 1e-2, 1]), ([3, 3], [1e-12, 1e-12]),
])  # fmt: skip
def test_prior_and_trials_in_conflict(prior, effects, variances):
    # the step of the rule is found from the integral alone; quantiles must still be quantiles on a grid that knows tau
    fit = bayes_meta_analysis(effects, variances, prior)
    u = np.linspace(-300, 40, 2_000_001)
    log_g = prior.log_density(u) + u
    w = [1 / (v + np.exp(2 * u)) for v in variances]
    total, mean = sum(w), sum(a * y for a, y in zip(w, effects, strict=True)) / sum(w)
    log_g += sum(np.log(a) - a * (y - mean) ** 2 for a, y in zip(w, effects, strict=True)) / 2 - np.log(total) / 2
    g = np.exp(log_g - log_g.max())
    g /= g.sum()
    used = g > 1e-16
    for p, x in ((0.025, fit.ci_low), (0.975, fit.ci_high)):
        below = stats.norm.cdf((x - mean[used]) * np.sqrt(total[used])) @ g[used]
        assert below == pytest.approx(p, abs=2e-8)


numbers = st.floats(-3, 3)
trials = st.lists(st.tuples(numbers, st.floats(0.001, 4)), min_size=1, max_size=8)


@given(trials, st.sampled_from(PRIORS), st.floats(-5, 5), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_shift_sign_and_order(data, prior, shift, random):
    y, v = np.array(data).T
    fit = bayes_meta_analysis(y, v, prior, (0.1, 2))
    moved = bayes_meta_analysis(y + shift, v, prior, (0.1 + shift, 2))
    assert moved.ci == pytest.approx((fit.ci_low + shift, fit.ci_high + shift), abs=1e-8)
    assert moved.tau == pytest.approx(fit.tau, rel=1e-7)
    mirrored = bayes_meta_analysis(-y, v, prior, (-0.1, 2))
    assert mirrored.ci == pytest.approx((-fit.ci_high, -fit.ci_low), abs=1e-8)
    assert mirrored.probability(above=-0.3) == pytest.approx(fit.probability(below=0.3), abs=1e-10)
    order = random.sample(range(len(y)), len(y))
    shuffled = bayes_meta_analysis(y[order], v[order], prior, (0.1, 2))
    assert shuffled.shrunken == pytest.approx(np.array(fit.shrunken)[order], abs=1e-8)
    assert shuffled.prediction_interval == pytest.approx(fit.prediction_interval, abs=1e-8)


@given(trials, st.sampled_from(PRIORS))
@settings(max_examples=40, deadline=None)
def test_the_parts_fit_together(data, prior):
    y, v = np.array(data).T
    fit = bayes_meta_analysis(y, v, prior)
    assert fit.prediction_interval[0] <= fit.ci_low < fit.estimate < fit.ci_high <= fit.prediction_interval[1]
    assert 0 < fit.tau_ci[0] < fit.tau < fit.tau_ci[1]
    assert sum(fit.weights) == pytest.approx(1)
    assert fit.probability(below=fit.ci_low, above=fit.ci_high) == pytest.approx(0.05, abs=1e-10)
    assert fit.predictive_probability(below=fit.prediction_interval[0]) == pytest.approx(0.025, abs=1e-10)
    for effect, shrunken in zip(y, fit.shrunken, strict=True):
        assert min(effect, y.min()) - 1e-9 <= shrunken <= max(effect, y.max()) + 1e-9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effects": [0.1, math.nan]}, "Smith 2001: found the effect nan"),
        ({"variances": [0.1, 0.0]}, "Smith 2001: .* variance 0.0"),
        ({"variances": [0.1, math.inf]}, "Smith 2001: .* variance inf"),
        ({"variances": [0.1]}, "lists of one length"),
        ({"labels": ["Jones 1999"]}, "1 names for 2 trials"),
        ({"level": 1}, "level must lie between 0 and 1"),
        ({"tau_prior": 0.5}, "tau_prior must be HalfNormal"),
        ({"effect_prior": (0, 0)}, "sd above zero"),
        ({"effect_prior": (0, math.inf)}, "sd above zero"),
    ],
)
def test_bad_input_is_refused(change, message):
    good = {"effects": [0.1, 0.2], "variances": [0.1, 0.2], "labels": ["Jones 1999", "Smith 2001"]}
    with pytest.raises(NeckevidenceError, match=message):
        bayes_meta_analysis(**(good | change))


@pytest.mark.parametrize(
    "prior", [lambda: HalfNormal(0), lambda: HalfCauchy(-1), lambda: LogNormal(math.nan, 1), lambda: LogT(0, 1, 0)]
)
def test_impossible_priors_are_refused(prior):
    with pytest.raises(NeckevidenceError, match="of a prior must be finite"):
        prior()


def test_margins_are_needed():
    fit = bayes_meta_analysis(*TWO)
    with pytest.raises(NeckevidenceError, match="margins"):
        fit.probability()
    with pytest.raises(NeckevidenceError, match="margins"):
        fit.predictive_probability(below=1, above=0)


def test_the_result_can_be_read():
    fit = bayes_meta_analysis(*TWO, labels=["Jones 1999", "Smith 2001"])
    frame = fit.to_frame()
    assert list(frame.columns) == ["trial", "effect", "variance", "weight", "shrunken", "ci_low", "ci_high"]
    assert frame["trial"].tolist() == ["Jones 1999", "Smith 2001"]
    assert frame["ci_high"].tolist() == [high for _, high in fit.shrunken_ci]
    assert fit.to_dict()["tau_prior"] == "half-normal(0.5)"
    assert "_model" not in fit.to_dict()
    assert fit == bayes_meta_analysis(*TWO, labels=["Jones 1999", "Smith 2001"])
    assert "prediction interval" in fit.summary()
    assert "half-normal(0.5), of the effect flat" in fit.methods()
