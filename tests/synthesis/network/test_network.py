"""The fit: small networks by hand, agreement with pairwise meta-analysis, and properties."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neckevidence import NeckevidenceError, effect_sizes, meta_analysis
from neckevidence.synthesis.network.analysis import network_meta_analysis

METHODS = ["common", "DL", "REML"]


def table(*rows):
    return pd.DataFrame(rows, columns=["trial", "treatment", "control", "effect", "se"])


def test_a_star_is_buchers_indirect_comparison():
    # Bucher et al. 1997: the difference of B-A and C-A, variances added; 0.5^2 + 1.2^2 = 1.3^2.
    star = table(("one", "B", "A", 1.0, 0.5), ("two", "C", "A", 3.0, 1.2))
    fit = network_meta_analysis(contrasts=star, measure="MD", tau2="common")
    row = fit.to_frame().set_index(["treatment", "control"]).loc[("B", "C")]
    assert (row["estimate"], row["se"]) == (pytest.approx(-2), pytest.approx(1.3))
    assert row["ci_low"] == pytest.approx(-2 - 1.959963985 * 1.3)
    assert (row["evidence"], row["trials"], row["direct_share"]) == ("indirect only", 0, 0)
    assert math.isnan(row["direct"])
    assert (row["indirect"], row["indirect_se"]) == (pytest.approx(-2), pytest.approx(1.3))
    assert any("not randomised" in note for note in fit.notes)


def test_several_trials_a_side_of_the_star():
    # Two trials of B-A: weights 4 and 1, mean (4 x 1 + 2) / 5 = 1.2, variance 1/5; C-A: 3, variance 1.
    star = table(("one", "B", "A", 1, 0.5), ("two", "B", "A", 2, 1), ("three", "C", "A", 3, 1))
    fit = network_meta_analysis(contrasts=star, measure="MD", tau2="common")
    assert fit.estimates.loc["C", "B"] == pytest.approx(1.8)
    assert fit.se.loc["C", "B"] == pytest.approx(math.sqrt(1.2))
    assert (fit.q, fit.q_df) == (pytest.approx(4 * 0.2**2 + 0.8**2), 1)


def test_a_triangle_by_hand(triangle):
    # All variances 1: B-A is (2 direct + indirect) / 3 = (2 x 1 + (5 - 1)) / 3 = 2, variance 2/3; Q = 3^2 / 3 = 3.
    fit = network_meta_analysis(contrasts=triangle, measure="MD", tau2="common")
    frame = fit.to_frame().set_index(["treatment", "control"])
    row = frame.loc[("B", "A")]
    assert (row["estimate"], row["se"] ** 2) == (pytest.approx(2), pytest.approx(2 / 3))
    assert (row["direct"], row["direct_se"]) == (pytest.approx(1), pytest.approx(1))
    assert (row["indirect"], row["indirect_se"]) == (pytest.approx(4), pytest.approx(math.sqrt(2)))
    assert (row["direct_share"], row["evidence"]) == (pytest.approx(2 / 3), "direct and indirect")
    assert (fit.q, fit.q_df, fit.i2) == (pytest.approx(3), 1, pytest.approx(2 / 3))
    assert fit.q_p_value == pytest.approx(0.0832645, rel=1e-5)  # chi-square on 1 degree of freedom above 3
    # DL: tr P = 3 - 2 = 1 at unit weights: tau2 = (3 - 1) / 1 = 2. REML: 3^2 / 3 = 1 + tau2 for the one contrast left.
    for method in ("DL", "REML"):
        assert network_meta_analysis(contrasts=triangle, measure="MD", tau2=method).tau2 == pytest.approx(2, rel=1e-10)


def test_the_arms_of_a_trial_share_a_variance():
    # One trial, arms with variances 1, 2, 4: Cov(B-A, C-A) is the variance of A.
    arms = pd.DataFrame({"trial": "x", "treatment": ["C", "A", "B"], "mean": [5, 1, 2], "se": [2, 1, math.sqrt(2)]})
    fit = network_meta_analysis(arms, measure="MD", reference="A")
    np.testing.assert_allclose(fit.covariance.loc[["B", "C"], ["B", "C"]], [[3, 1], [1, 5]])
    assert fit.estimates["A"].to_dict() == pytest.approx({"A": 0, "B": 1, "C": 4})
    assert (fit.k, fit.n_arms, fit.q_df, fit.patients) == (1, 3, 0, None)
    assert "no degrees of freedom" in fit.notes[0]
    assert set(fit.to_frame()["evidence"]) == {"direct"}


def test_standardised_means_of_three_arms_by_hand():
    # SDs are all 2 and pooled 2; m = 30 - 3 = 27; d = 1 and 2 against A; N = 30.
    arms = pd.DataFrame({"trial": "x", "treatment": list("ABC"), "mean": [100, 102, 104], "sd": 2.0, "n": 10})
    fit = network_meta_analysis(arms, measure="SMD", reference="A")
    j = math.exp(math.lgamma(13.5) - math.lgamma(13)) / math.sqrt(13.5)
    assert fit.estimates["A"].to_list() == pytest.approx([0, j, 2 * j])
    expected = j**2 * np.array([[0.2 + 1 / 60, 0.1 + 2 / 60], [0.1 + 2 / 60, 0.2 + 4 / 60]])
    np.testing.assert_allclose(fit.covariance, expected)


def counts():
    return pd.DataFrame(
        {
            "trial": ["a", "a", "b", "b", "c", "c", "d", "d", "e", "e"],
            "treatment": ["T", "C"] * 5,
            "events": [10, 20, 5, 9, 30, 31, 14, 40, 3, 5],
            "n": [100, 110, 50, 45, 200, 180, 90, 95, 40, 41],
        }
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_two_treatments_are_a_meta_analysis(measure, method):
    given_arms = counts()
    wide = given_arms.set_index(["trial", "treatment"]).unstack()
    y, v = effect_sizes(
        measure,
        events_treatment=wide["events", "T"], n_treatment=wide["n", "T"],
        events_control=wide["events", "C"], n_control=wide["n", "C"],
    )  # fmt: skip
    for ci in ("wald", "hartung-knapp"):
        ours = network_meta_analysis(given_arms, measure=measure, tau2=method, ci=ci)
        theirs = meta_analysis(y, v, tau2=method, ci=ci)
        found = [table.loc["T", "C"] for table in (ours.estimates, ours.se, ours.ci_low, ours.ci_high, ours.p_values)]
        expected = [theirs.estimate, theirs.se, theirs.ci_low, theirs.ci_high, theirs.p_value]
        assert found == pytest.approx(expected, rel=1e-9)
        assert (ours.tau2, ours.q, ours.i2) == pytest.approx((theirs.tau2, theirs.q, theirs.i2), rel=1e-9)
        if method != "common":
            limits = ours.prediction_low.loc["T", "C"], ours.prediction_high.loc["T", "C"]
            assert limits == pytest.approx(theirs.prediction_interval, rel=1e-9)
    assert ours.patients == given_arms["n"].sum()


def test_two_arms_with_means_are_as_effect_sizes_has_them():
    arms = pd.DataFrame({"trial": "x", "treatment": ["T", "C"], "mean": [3, 5], "sd": [1.5, 2], "n": [12, 9]})
    for measure in ("MD", "SMD"):
        y, v = effect_sizes(
            measure, mean_treatment=3, sd_treatment=1.5, n_treatment=12, mean_control=5, sd_control=2, n_control=9
        )
        fit = network_meta_analysis(arms, measure=measure)
        assert fit.estimates.loc["T", "C"] == pytest.approx(float(y), rel=1e-12)
        assert fit.se.loc["T", "C"] ** 2 == pytest.approx(float(v), rel=1e-12)


def test_zero_and_full_cells():
    # "zero": 0/10, 4/10, 6/10 becomes 0.5/11, 4.5/11, 6.5/11; "none" and "all" carry no information about an odds ratio.
    arms = pd.DataFrame(
        [
            ("zero", "A", 0, 10), ("zero", "B", 4, 10), ("zero", "C", 6, 10),
            ("none", "A", 0, 10), ("none", "B", 0, 10),
            ("all", "A", 8, 8), ("all", "B", 9, 9),
        ],
        columns=["trial", "treatment", "events", "n"],
    )  # fmt: skip
    fit = network_meta_analysis(arms, measure="OR", reference="A")
    odds = {"A": 0.5 / 10.5, "B": 4.5 / 6.5, "C": 6.5 / 4.5}
    for name, odd in odds.items():
        assert fit.estimates.loc[name, "A"] == pytest.approx(math.log(odd / odds["A"]))
    assert fit.covariance.loc["B", "C"] == pytest.approx(1 / 0.5 + 1 / 10.5)
    assert fit.excluded == (("none", "no event in any arm"), ("all", "nothing but events in all arms"))
    assert (fit.corrected, fit.k) == (("zero",), 1)
    risk = network_meta_analysis(arms, measure="RD", reference="A")
    assert (risk.k, risk.excluded, risk.corrected) == (3, (), ("zero", "none", "all"))


def test_contrasts_are_as_good_as_arms(mixed):
    rows = []
    for trial, own in mixed.groupby("trial"):
        own = own.to_dict("records")
        for i, a in enumerate(own):
            for b in own[i + 1 :]:
                rows.append(
                    (trial, a["treatment"], b["treatment"], a["mean"] - b["mean"], math.hypot(a["se"], b["se"]))
                )
    contrasts = table(*rows)
    some = {f"t{i:02d}" for i in range(9)}
    for method in METHODS:
        whole = network_meta_analysis(mixed, measure="MD", tau2=method)
        for arms, pairs in (
            (None, contrasts),
            (mixed[mixed["trial"].isin(some)], contrasts[~contrasts["trial"].isin(some)]),
        ):
            again = network_meta_analysis(arms, pairs, measure="MD", tau2=method)
            np.testing.assert_allclose(again.estimates, whole.estimates, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(again.se, whole.se, rtol=1e-9)
            assert (again.tau2, again.q) == pytest.approx((whole.tau2, whole.q), rel=1e-9)
            assert again.patients is None


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_order_of_rows_reference_and_consistency(mixed, seed):
    whole = network_meta_analysis(mixed, measure="MD")
    shuffled = mixed.sample(frac=1, random_state=seed % 2**31)
    other = network_meta_analysis(shuffled, measure="MD", reference="ABCDE"[seed % 5])
    np.testing.assert_allclose(other.estimates, whole.estimates, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(other.se, whole.se, rtol=1e-9)
    assert other.tau2 == pytest.approx(whole.tau2, rel=1e-9)
    d = other.estimates
    assert d.loc["A", "B"] == -d.loc["B", "A"]
    assert d.loc["A", "B"] + d.loc["B", "C"] == pytest.approx(d.loc["A", "C"], abs=1e-12)


def dense(arms):
    """Contrasts with the first arm, their covariance, design and between-trial structure, as whole matrices."""
    names, y, blocks, x, s = sorted(set(arms["treatment"])), [], [], [], []
    for _, own in arms.groupby("trial"):
        mean, v = own["mean"].to_numpy(), own["se"].to_numpy() ** 2
        y += list(mean[1:] - mean[0])
        blocks.append(np.diag(v[1:]) + v[0])
        s.append((np.eye(len(v) - 1) + 1) / 2)
        place = [names.index(name) for name in own["treatment"]]
        x += list(np.eye(len(names))[place[1:]] - np.eye(len(names))[place[0]])
    n = len(y)
    big = np.zeros((2, n, n))
    at = 0
    for block, own in zip(blocks, s, strict=True):
        here = slice(at, at + len(block))
        big[0, here, here], big[1, here, here], at = block, own, at + len(block)
    return np.array(y), *big, np.array(x)[:, 1:]


def restricted_likelihood(y, v, s, x, t):
    """By determinants of the whole covariance matrix."""
    total = v + t * s
    inverse = np.linalg.inv(total)
    cross = x.T @ inverse @ x
    r = y - x @ np.linalg.solve(cross, x.T @ inverse @ y)
    return -0.5 * (np.linalg.slogdet(total)[1] + np.linalg.slogdet(cross)[1] + r @ inverse @ r)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_tau2_has_a_higher_likelihood(seed):
    rng, rows = np.random.default_rng(seed), []
    for trial, size in enumerate([2, 2, 2, 3, 3, 4]):
        for arm in rng.choice(4, size, replace=False):
            rows.append((f"t{trial}", "ABCD"[arm], rng.normal(0, rng.choice([0.2, 3])), math.exp(rng.uniform(-4, 1))))
    arms = pd.DataFrame(rows, columns=["trial", "treatment", "mean", "se"])
    try:
        tau2 = network_meta_analysis(arms, measure="MD").tau2
    except NeckevidenceError:  # random trials need not connect all treatments
        return
    whole = dense(arms)
    top = restricted_likelihood(*whole, tau2)
    grid = np.append(0, np.geomspace(1e-6, 1e3, 600))
    assert max(restricted_likelihood(*whole, t) for t in grid) <= top + 1e-9


def test_tau2_is_recovered():
    # Mean of 60 networks of 40 trials with tau2 = 0.09 between any two treatments; the tolerance is over five times the
    # Monte Carlo error, and a tau2 that is off by the factor 2 of one arm's share would miss it by far.
    rng, found = np.random.default_rng(11), {"REML": [], "DL": []}
    for _ in range(60):
        rows = []
        for trial in range(40):
            for arm in rng.choice(4, rng.choice([2, 3]), replace=False):
                rows.append((f"t{trial}", "ABCD"[arm], rng.normal(0.2 * arm, math.sqrt(0.045 + 0.01)), 0.1))
        arms = pd.DataFrame(rows, columns=["trial", "treatment", "mean", "se"])
        for method, values in found.items():
            values.append(network_meta_analysis(arms, measure="MD", tau2=method).tau2)
    for method, values in found.items():
        assert np.mean(values) == pytest.approx(0.09, abs=0.015), method


def test_parkinson_of_the_nice_guide():
    # Data of Dias et al., NICE DSU TSD 2, as metadat has them. Posterior means and SDs of the fixed-effect model for
    # contrasts, flat priors, as the multinma vignette on these data prints them; its Monte Carlo error is about 0.02.
    oracle = json.loads((Path(__file__).parents[2] / "oracle" / "network.json").read_text(encoding="utf-8"))
    data = next(one for one in oracle["datasets"] if one["name"] == "franchini")
    fit = network_meta_analysis(pd.DataFrame(data["arms"]), measure="MD", tau2="common", reference="Placebo")
    printed = {
        "Pramipexole": (-1.81, 0.33), "Ropinirole": (-0.49, 0.48), "Bromocriptine": (-0.54, 0.46), "Cabergoline": (-0.83, 0.50)
    }  # fmt: skip
    for name, (mean, sd) in printed.items():
        assert fit.estimates.loc[name, "Placebo"] == pytest.approx(mean, abs=0.03)
        assert fit.se.loc[name, "Placebo"] == pytest.approx(sd, abs=0.03)


def test_what_a_result_shows(mixed):
    fit = network_meta_analysis(mixed, measure="MD", reference="A")
    assert repr(fit).startswith("<NetworkMetaAnalysis MD, 5 treatments, k = 18, tau2 ")
    assert fit.patients == mixed["n"].sum()
    json.dumps(fit.to_dict())
    assert "B " in fit.summary()
    assert fit.summary() in fit._repr_html_().replace("&#x27;", "'")
    assert "restricted maximum likelihood" in fit.methods()
    league = fit.league_table()
    best, second = league.index[:2]
    low, high = (t.loc[best, second] for t in (fit.ci_low, fit.ci_high))
    estimate = fit.estimates.loc[best, second]
    shown = league.loc[second, best].replace("\u2212", "-")
    assert shown == f"{estimate:.1f} (95% CI {low:.1f} to {high:.1f})".replace("-0.0", "0.0")
    axes = fit.plot()
    assert len([artist for artist in axes.lines if artist.get_gid() == "interval"]) == 4


def test_import_stays_cheap():
    import subprocess
    import sys

    code = (
        "import sys, neckevidence.synthesis.network.components, neckevidence.synthesis.network.ranking; "
        "print([m for m in ('scipy', 'statsmodels', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
