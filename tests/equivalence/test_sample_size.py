"""Patients an arm: published examples, noncentral t, enumeration of tables, and simulation."""

import itertools
import math

import numpy as np
import pytest
from foreign import FOLDER
from scipy import stats

import neckevidence as ne
from neckevidence.equivalence.margins import margin_for
from neckevidence.equivalence.sample_size import patients_per_arm, power_per_arm, what_would_decide


def test_non_inferiority_of_two_risks_as_published():
    # Chow, Shao and Wang 2008 (2nd ed.), p. 90, as computed at powerandsamplesize.com: risks 0.85 and 0.65, margin 0.10: 25.
    n = patients_per_arm("RD", 0.10, true_difference=0.20, control_risk=0.65, question="non-inferiority")
    assert n == 25


def test_non_inferiority_of_two_means_as_published():
    # Chow, Shao and Wang: SD 10%, margin 5%, no true difference, alpha 5%, power 80%: 50 by the normal approximation
    # 2 (1.645 + 0.842)^2 0.1^2 / 0.05^2 = 49.5; the exact t needs one patient more at most.
    assert patients_per_arm("MD", 0.05, sd=0.10, question="non-inferiority") in (50, 51)


@pytest.mark.parametrize(("sd", "margin", "true", "power"), [(1, 0.5, 0, 0.8), (6, 2.5, -0.4, 0.9), (2, 3, 0.5, 0.9)])
def test_non_inferiority_of_means_is_the_noncentral_t_test(sd, margin, true, power):
    from statsmodels.stats.power import TTestIndPower

    exact = TTestIndPower().solve_power((margin + true) / sd, power=power, alpha=0.05, alternative="larger")
    n = patients_per_arm("MD", margin, sd=sd, true_difference=true, power=power, question="non-inferiority")
    assert n == math.ceil(exact)
    for size in (3, 10, 100, 5000):
        expected = stats.nct.sf(stats.t.isf(0.05, 2 * size - 2), 2 * size - 2, 0.1 * math.sqrt(size / 2))
        found = power_per_arm(size, 2.0, 0.1, question="non-inferiority", estimated_sd=True)
        assert found == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(("n", "true"), [(12, 0.0), (40, 0.2), (150, -0.1)])
def test_equivalence_of_means_is_the_power_in_simulated_trials(n, true):
    rng = np.random.default_rng(n)
    trials = 40_000
    # Means and SDs of normal samples, drawn from their exact distributions; SD 1, margin 0.6.
    difference = rng.normal(true, math.sqrt(2 / n), trials)
    se = np.sqrt(2 / n * rng.chisquare(2 * n - 2, trials) / (2 * n - 2))
    half = stats.t.isf(0.05, 2 * n - 2) * se
    simulated = np.mean((difference - half > -0.6) & (difference + half < 0.6))
    found = power_per_arm(n, 2.0, 0.6, true_difference=true, estimated_sd=True)
    assert found == pytest.approx(simulated, abs=4 * math.sqrt(0.25 / trials))


def test_equivalence_by_the_normal_power_of_statsmodels():
    from statsmodels.stats.proportion import power_ztost_prop

    # One sample of n with variance p (1 - p) has the power of two arms whose variances add up to it.
    for n, p in itertools.product((100, 200, 800), (0.3, 0.5)):
        expected = power_ztost_prop(p - 0.1, p + 0.1, n, p, alpha=0.05, discrete=False, dist="norm", variance_prop=p)[0]
        assert power_per_arm(n, p * (1 - p), 0.1) == pytest.approx(max(expected, 0), abs=1e-6)


@pytest.mark.parametrize(("p1", "p2", "margin"), [(0.5, 0.5, 0.15), (0.4, 0.38, 0.15), (0.8, 0.75, 0.2)])
def test_power_for_risks_by_enumeration_of_all_tables(p1, p2, margin):
    n = int(patients_per_arm("RD", margin, true_difference=p1 - p2, control_risk=p2, power=0.8))
    counts = np.arange(n + 1)
    a, c = np.meshgrid(counts, counts, indexing="ij")
    chance = stats.binom.pmf(a, n, p1) * stats.binom.pmf(c, n, p2)
    one, two = a / n, c / n
    half = stats.norm.isf(0.05) * np.sqrt((one * (1 - one) + two * (1 - two)) / n)
    inside = (one - two - half > -margin) & (one - two + half < margin)
    assert chance[inside].sum() == pytest.approx(0.8, abs=0.03)


def test_power_for_the_score_interval_that_compare_uses():
    from neckevidence.effects.counts import score_interval

    n = int(patients_per_arm("RD", 0.12, control_risk=0.4, power=0.9))
    rng = np.random.default_rng(3)
    pairs = rng.binomial(n, 0.4, (1500, 2))
    limits = np.array([score_interval("RD", int(a), n, int(c), n, 0.9) for a, c in pairs])
    assert np.mean((limits[:, 0] > -0.12) & (limits[:, 1] < 0.12)) == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("measure", ["RR", "OR"])
def test_power_for_ratios_in_simulated_trials(measure):
    n = int(patients_per_arm(measure, 1.4, control_risk=0.4, true_difference=1.1, power=0.8))
    rng = np.random.default_rng(8)
    p2 = 0.4
    p1 = 0.44 if measure == "RR" else 1.1 * (2 / 3) / (1 + 1.1 * 2 / 3)
    a, c = rng.binomial(n, p1, 20_000), rng.binomial(n, p2, 20_000)
    effect, variance = ne.effect_sizes(
        measure, events_treatment=a, n_treatment=np.full(a.shape, n), events_control=c, n_control=np.full(c.shape, n)
    )
    half = stats.norm.isf(0.05) * np.sqrt(variance)
    inside = (effect - half > -math.log(1.4)) & (effect + half < math.log(1.4))
    assert inside.mean() == pytest.approx(0.8, abs=0.02)


def test_the_number_is_the_least_with_enough_power():
    n = patients_per_arm("MD", [2, 3, 5], sd=8, true_difference=[[0.0], [1.0]], power=0.9)
    assert n.shape == (2, 3)
    assert n.dtype.kind == "i"
    true = np.array([[0.0], [1.0]])
    options = {"true_difference": true, "estimated_sd": True}
    assert (power_per_arm(n, 128.0, [2, 3, 5], **options) >= 0.9).all()
    assert (power_per_arm(n - 1, 128.0, [2, 3, 5], **options) < 0.9).all()
    assert (np.diff(n, axis=1) < 0).all()  # a wider margin needs fewer
    assert (n[1] > n[0]).all()  # a true difference needs more


def test_a_relevant_difference_by_hand():
    # n = V (1.960 + 0.842)^2 / (d - m)^2 with V = 0.5 0.5 + 0.38 0.62 = 0.4856, d = 0.12 and m = 0.06:
    # 0.4856 x 7.849 / 0.0036 = 1058.7
    n = patients_per_arm("RD", 0.06, true_difference=0.12, control_risk=0.38, question="relevant difference")
    assert n == 1059


def test_direction_turns_non_inferiority_round():
    options = {"control_risk": 0.4, "question": "non-inferiority"}
    good = patients_per_arm("RD", 0.1, true_difference=-0.05, direction="lower_is_better", **options)
    bad = patients_per_arm("RD", 0.1, true_difference=-0.05, **options)
    assert good < bad


def test_what_would_decide_takes_the_spread_of_the_trial(ev):
    margin = margin_for(ev, "rmdq_improvement", "MD")
    result = ne.compare(ev, "NAP+DZP5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    frame = what_would_decide(result, margin)
    assert list(frame["power"].unique()) == [0.8, 0.9]
    sd = math.sqrt(result.trials[0].variance / (1 / 57 + 1 / 55))
    first = frame.iloc[0]
    assert first["patients_per_arm"] == patients_per_arm("MD", 5, sd=sd)
    assert first["times_present"] == pytest.approx(first["patients_per_arm"] / 56)


def test_a_published_contrast_gives_the_factor_and_with_sizes_the_patients(ev):
    result = ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    bare = what_would_decide(result, 5).iloc[0]
    # The variance must fall to (5 / (1.645 + 1.282))^2, 80% being 90% on each side: 1.4764 / 2.919 = 0.506.
    assert bare["times_present"] == pytest.approx(0.506, abs=0.001)
    assert (
        bare["patients_per_arm"] is None or math.isnan(float(bare["times_present"])) or bare.isna()["patients_per_arm"]
    )
    sized = what_would_decide(result, 5, sizes=(108, 107)).iloc[0]
    assert sized["times_present"] == pytest.approx(bare["times_present"], rel=0.04)
    assert sized["patients_per_arm"] == pytest.approx(0.506 * 107.5, abs=2)


def test_an_estimate_beyond_the_margin_can_only_become_a_relevant_difference(ev):
    result = ne.compare(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")
    frame = what_would_decide(result, margin_for(ev, "pain_relief", "RD"))
    estimated = frame[frame["truth"] == "as estimated"].set_index("question")
    assert estimated.loc["equivalence", "patients_per_arm"].isna().all()
    assert estimated.loc["equivalence", "note"].str.contains("no number of patients").all()
    assert (estimated.loc["relevant difference", "times_present"] > 2).all()
    none = frame[(frame["truth"] == "none") & (frame["question"] == "equivalence")]
    # V = 2 x 0.3795 x 0.6205 = 0.47098; V (1.6449 + 1.2816)^2 / 0.06^2 = 1120.4
    assert none["patients_per_arm"].iloc[0] == 1121


def test_the_numbers_decide_when_the_trial_is_that_large(ev):
    """Trials of the size found, with the truth assumed, are called equivalent with the power asked for."""
    result = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence", measure="RD")
    frame = what_would_decide(result, 0.1)
    n = int(frame.loc[(frame["question"] == "equivalence") & (frame["truth"] == "none"), "patients_per_arm"].iloc[1])
    risk = result.trials[0].control_risk
    rng = np.random.default_rng(21)
    a, c = rng.binomial(n, risk, (2, 20_000)) / n
    half = stats.norm.isf(0.05) * np.sqrt((a * (1 - a) + c * (1 - c)) / n)
    assert np.mean((a - c - half > -0.1) & (a - c + half < 0.1)) == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("MD", 5), {}, "sd is needed"),
        (("RD", 0.1), {}, "control_risk is needed"),
        (("MD", 5), {"sd": -1}, "sd"),
        (("MD", 5), {"sd": math.nan}, "sd"),
        (("RD", 0.1), {"control_risk": 1.2}, "control_risk"),
        (("RD", 0.2), {"control_risk": 0.95, "true_difference": 0.1}, "risk under the treatment"),
        (("MD", 5), {"sd": 8, "power": 1}, "power"),
        (("MD", 5), {"sd": 8, "alpha": 0.6}, "between"),
        (("MD", 0), {"sd": 8}, "margin"),
        (("MD", 5), {"sd": 8, "true_difference": 5}, "no number of patients"),
        (("MD", 5), {"sd": 8, "question": "equality"}, "non-inferiority"),
        (("XX", 5), {"sd": 8}, "unknown measure"),
    ],
)
def test_impossible_input_is_refused_by_name(arguments, options, message):
    with pytest.raises(ne.NeckevidenceError, match=message):
        patients_per_arm(*arguments, **options)


def test_sizes_are_those_of_one_trial(ev):
    result = ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness", measure="RR")
    with pytest.raises(ne.NeckevidenceError, match="sizes"):
        what_would_decide(result, 1.25, sizes=(10, 10))


def test_an_estimate_below_no_risk_at_all_is_out_of_reach_not_an_error():
    # BCG: 0.9 of 100 fall ill in the 13 control groups together, and the pooled risk difference is 2.5 of 100.
    bcg = ne.compare(ne.load_evidence(FOLDER / "bcg"), "bcg", "none", "tuberculosis", "RD")
    table = what_would_decide(bcg, 0.001).set_index("truth")
    assert table.loc["as estimated", "patients_per_arm"].isna().all()
    assert table.loc["as estimated", "note"].str.contains("risk under the treatment").any()
    assert table.loc["none", "patients_per_arm"].notna().all()
