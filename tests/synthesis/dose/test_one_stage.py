import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neckevidence import NeckevidenceError
from neckevidence.synthesis.dose import compare_shapes, dose_response

# Two trials with dose 0 and 5 in common; 2.5 and 10 stand in one each.
TWO = pd.DataFrame(
    {
        "trial": ["S1"] * 3 + ["S2"] * 3,
        "dose": [0, 5, 10, 0, 2.5, 5],
        "events": [24, 70, 95, 22, 44, 66],
        "n": [240, 230, 249, 229, 220, 234],
    }
)
MEANS = pd.DataFrame(
    {"trial": ["A", "A", "B", "B"], "dose": [0, 10, 0, 10], "mean": [5.0, 3.0, 7.0, 6.0], "se": [0.5, 0.5, 1.0, 1.0]}
)
SHAPES = ["linear", "log-linear", "emax"]


def test_two_doses_are_a_two_by_two_table():
    # 10/100 against 30/100: log odds ratio log((30/70) / (10/90)), se sqrt(1/10 + 1/90 + 1/30 + 1/70) (Woolf).
    arms = pd.DataFrame({"trial": "A", "dose": [0, 5], "events": [10, 30], "n": [100, 100]})
    fit = dose_response(arms)
    assert fit.coefficients[0] * 5 == pytest.approx(math.log(27 / 7), rel=1e-12)
    assert fit.se[0] * 5 == pytest.approx(math.sqrt(1 / 10 + 1 / 90 + 1 / 30 + 1 / 70), rel=1e-9)
    assert dict(fit.baselines)["A"] == pytest.approx(math.log(1 / 9), rel=1e-12)
    assert (fit.df, fit.deviance_p_value, fit.aicc) == (0, None, None)
    assert fit.deviance == pytest.approx(0, abs=1e-10)
    assert "no lack of fit can show" in fit.notes[0]


def test_means_by_hand():
    # Differences -2 (variance 0.5) and -1 (variance 2) over 10 units: weights 2 and 0.5, mean -4.5 / 2.5 = -1.8, variance 0.4;
    # Q = 2 x 0.2^2 + 0.5 x 0.8^2 = 0.4 on 1 degree of freedom. The likelihood is normal, so that its interval is Wald's.
    fit = dose_response(MEANS, mean="mean", se="se")
    assert fit.coefficients[0] == pytest.approx(-0.18, rel=1e-12)
    assert fit.se[0] == pytest.approx(math.sqrt(0.4) / 10, rel=1e-12)
    assert (fit.deviance, fit.df) == (pytest.approx(0.4, rel=1e-10), 1)
    assert fit.ci_low[0] == pytest.approx(-0.18 - 1.959963984540054 * math.sqrt(0.4) / 10, rel=1e-10)
    at = fit.predict([5])
    assert at["effect"].item() == pytest.approx(-0.9)
    assert at["ci_high"].item() == pytest.approx(-0.9 + 1.959963984540054 * math.sqrt(0.4) / 2, rel=1e-9)
    assert fit.measure == "mean difference"


@pytest.mark.parametrize("shape", ["linear", "log-linear"])
def test_statsmodels_agrees_with_another_design(shape):
    # An intercept and a difference between trials in place of a baseline for each.
    from statsmodels.api import GLM, families

    x = TWO["dose"] if shape == "linear" else np.log1p(TWO["dose"] / 2.5)
    design = np.column_stack([np.ones(6), TWO["trial"] == "S2", x])
    other = GLM(TWO[["events", "n"]].assign(n=TWO["n"] - TWO["events"]), design, family=families.Binomial()).fit(
        tol=1e-14
    )
    fit = dose_response(TWO, shape=shape)
    assert fit.coefficients[0] == pytest.approx(other.params.iloc[2], rel=1e-10)
    assert fit.se[0] == pytest.approx(other.bse.iloc[2], rel=1e-7)
    assert fit.log_likelihood == pytest.approx(other.llf, rel=1e-12)
    assert fit.deviance == pytest.approx(other.deviance, rel=1e-9)
    assert [value for _, value in fit.baselines] == pytest.approx(
        [other.params.iloc[0], other.params.iloc[:2].sum()], rel=1e-9
    )


def log_likelihood(arms, effect):
    """Of a curve, by a one-parameter search for each baseline: no Newton step in common with the package."""
    from scipy.optimize import minimize_scalar
    from scipy.stats import binom

    total = 0.0
    for _, part in arms.groupby("trial"):
        f = effect(part["dose"].to_numpy())

        def cost(a, part=part, f=f):
            return -binom.logpmf(part["events"], part["n"], 1 / (1 + np.exp(-a - f))).sum()

        total -= minimize_scalar(cost, bounds=(-12, 12), method="bounded", options={"xatol": 1e-10}).fun
    return total


def test_emax_is_the_top_of_the_likelihood():
    fit = dose_response(TWO, shape="emax")
    top, half = fit.coefficients
    assert fit.log_likelihood == pytest.approx(log_likelihood(TWO, lambda d: top * d / (half + d)), rel=1e-10)
    for factor_top in (0.97, 1, 1.03):
        for factor_half in (0.95, 1, 1.05):
            near = log_likelihood(TWO, lambda d, a=factor_top, b=factor_half: a * top * d / (b * half + d))
            assert near <= fit.log_likelihood + 1e-9


def test_intervals_of_predictions_are_profiles():
    # Emax written with its effect at dose 10 as a coefficient: at the limits the best curve has lost half of 3.841459.
    from scipy.optimize import minimize_scalar

    fit = dose_response(TWO, shape="emax")
    row = fit.predict([10]).iloc[0]
    for limit in (row["ci_low"], row["ci_high"]):

        def cost(log_half, limit=limit):
            half = math.exp(log_half)
            return -log_likelihood(TWO, lambda d: limit * (half + 10) / 10 * d / (half + d))

        best = -minimize_scalar(cost, bounds=(-2, 5), method="bounded", options={"xatol": 1e-8}).fun
        assert 2 * (fit.log_likelihood - best) == pytest.approx(3.841459, abs=2e-3)


def test_information_of_emax_by_differences():
    # The standard errors, from the expected information; numerical second derivatives of the expected log-likelihood.
    fit = dose_response(TWO, shape="emax")
    baselines = np.array([value for _, value in fit.baselines])
    at = np.append(baselines, fit.coefficients)
    trial, dose, n = (TWO["trial"] == "S2").to_numpy().astype(int), TWO["dose"].to_numpy(), TWO["n"].to_numpy()

    def risks(p):
        return 1 / (1 + np.exp(-p[:2][trial] - p[2] * dose / (p[3] + dose)))

    truth = risks(at)
    gradient = np.empty((6, 4))
    for j in range(4):
        step = np.zeros(4)
        step[j] = 1e-6
        gradient[:, j] = (risks(at + step) - risks(at - step)) / 2e-6
    information = gradient.T @ ((n / (truth * (1 - truth)))[:, None] * gradient)
    assert fit.se == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information)))[2:], rel=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_unit_of_the_dose_changes_nothing(shape):
    fit = dose_response(TWO, shape=shape)
    grams = dose_response(TWO.assign(dose=TWO["dose"] / 1000), shape=shape)
    assert grams.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)
    for name in ("effect", "ci_low", "ci_high"):
        assert grams.predict([0.004])[name].item() == pytest.approx(fit.predict([4])[name].item(), rel=1e-6)
    assert grams.half_effect_dose(0.1).dose * 1000 == pytest.approx(fit.half_effect_dose(0.1).dose, rel=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_events_and_non_events_change_the_sign(shape):
    fit = dose_response(TWO, shape=shape)
    other = dose_response(TWO.assign(events=TWO["n"] - TWO["events"]), shape=shape)
    assert other.coefficients[0] == pytest.approx(-fit.coefficients[0], rel=1e-6)
    assert other.ci_high[0] == pytest.approx(-fit.ci_low[0], rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 39), st.integers(1, 39), st.integers(1, 39)), min_size=1, max_size=3))
def test_no_slope_has_a_higher_likelihood(counts):
    arms = pd.DataFrame(
        [
            {"trial": f"T{i}", "dose": dose, "events": events, "n": 40}
            for i, row in enumerate(counts)
            for dose, events in zip((0, 1, 3), row, strict=True)
        ]
    )
    fit = dose_response(arms)
    slope, low, high = fit.coefficients[0], fit.ci_low[0], fit.ci_high[0]
    assert low < slope < high
    for b in (slope - 0.01, slope + 0.01):
        assert log_likelihood(arms, lambda d, b=b: b * d) <= fit.log_likelihood + 1e-9
    for b in (low, high):
        drop = 2 * (fit.log_likelihood - log_likelihood(arms, lambda d, b=b: b * d))
        assert drop == pytest.approx(3.841459, abs=1e-5)


def test_coverage_of_the_slope():
    # 300 simulated pairs of trials, true slope 0.1; with 95% coverage the number of misses has mean 15, sd 3.8.
    rng = np.random.default_rng(7)
    doses, trial = np.array([0, 5, 10, 0, 2.5, 5]), np.array([-2.0] * 3 + [-1.5] * 3)
    misses = 0
    for _ in range(300):
        events = rng.binomial(120, 1 / (1 + np.exp(-trial - 0.1 * doses)))
        fit = dose_response(TWO.assign(events=events, n=120))
        misses += not fit.ci_low[0] < 0.1 < fit.ci_high[0]
    assert 4 <= misses <= 26


def test_a_straight_line_leaves_ed50_open():
    # Log odds that rise in proportion to the dose: ED50 has no upper bound, and the best one lies at the end of its range.
    risk = 1 / (1 + np.exp(2 - 0.2 * np.array([0, 5, 10])))
    arms = pd.DataFrame({"trial": "A", "dose": [0, 5, 10], "events": np.round(1000 * risk), "n": 1000})
    fit = dose_response(arms, shape="emax")
    assert fit.ci_high == (None, None)
    assert fit.ci_low[1] is not None
    assert any("no upper bound" in note for note in fit.notes)
    half = fit.half_effect_dose()
    assert half.ci_high is None
    assert half.dose <= 5 + 1e-6  # a straight line has half of the effect at 5; no Emax curve later
    assert any("straight line" in note for note in half.notes)


def test_a_flat_likelihood_is_open_at_both_ends():
    arms = pd.DataFrame({"trial": "A", "dose": [0, 5, 10], "events": [10, 11, 11], "n": 100})
    fit = dose_response(arms, shape="emax")
    assert (fit.ci_low[1], fit.ci_high[1]) == (None, None)
    half = fit.half_effect_dose()
    assert (half.ci_low, half.ci_high) == (None, None)
    assert "no effect at all" in half.notes[-1]
    assert "no interval" in repr(half)


def test_half_of_the_effect_by_hand():
    # Straight line: 10 / 2. Log-linear with d0 = 5 and dose 15: log 4 / 2 = log 2, which is dose 5. Emax: see below.
    arms = pd.DataFrame({"trial": "A", "dose": [0, 5, 15], "events": [10, 25, 40], "n": 100})
    line = dose_response(arms).half_effect_dose()
    assert (line.dose, line.ci_low, line.ci_high) == (pytest.approx(7.5), None, None)
    assert dose_response(arms, shape="log-linear").half_effect_dose().dose == pytest.approx(5, rel=1e-12)
    # Emax x / (ED50 + x) = Emax 15 / (ED50 + 15) / 2 gives x = 15 ED50 / (2 ED50 + 15), also at the limits of ED50.
    fit = dose_response(arms, shape="emax")
    half = fit.half_effect_dose()
    ed50 = np.array([fit.coefficients[1], fit.ci_low[1] or np.nan, fit.ci_high[1] or np.nan])
    expected = 15 * ed50 / (2 * ed50 + 15)
    assert half.dose == pytest.approx(expected[0], rel=1e-9)
    assert half.ci_low is None or half.ci_low == pytest.approx(expected[1], rel=1e-6)
    assert half.ci_high is None or half.ci_high == pytest.approx(expected[2], rel=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_half_of_the_risk(shape):
    fit = dose_response(TWO, shape=shape)
    half = fit.half_effect_dose(baseline=0.1)
    risks = fit.predict([half.dose, 10], baseline=0.1)["risk"]
    assert risks[0] - 0.1 == pytest.approx((risks[1] - 0.1) / 2, rel=1e-9)
    assert half.ci_low < half.dose < half.ci_high
    assert "risk at dose 0 10%" in half.rule


def test_trials_that_tell_nothing_are_named():
    more = pd.DataFrame(
        {
            "trial": ["alone", "same", "same", "never", "never", "always", "always"],
            "dose": [5, 5, 5, 0, 5, 0, 5],
            "events": [3, 4, 5, 0, 0, 20, 30],
            "n": [20, 20, 20, 20, 30, 20, 30],
        }
    )
    fit, whole = dose_response(pd.concat([TWO, more])), dose_response(TWO)
    assert fit.coefficients == pytest.approx(whole.coefficients, rel=1e-12)
    assert dict(fit.excluded) == {
        "alone": "one arm only",
        "same": "one dose only (5)",
        "never": "no event in any arm",
        "always": "every patient of all arms had the event",
    }
    assert "alone is left out: one arm only" in fit.summary()


def test_compare_shapes():
    table = compare_shapes(TWO)
    assert list(table["shape"]) == SHAPES
    assert table["weight"].sum() == pytest.approx(1)
    aic = table["aic"]
    assert table["weight"][1] / table["weight"][2] == pytest.approx(math.exp((aic[2] - aic[1]) / 2))
    # 2 baselines and 1 or 2 coefficients, 6 arms: AICc = AIC + 2 p (p + 1) / (6 - p - 1).
    assert (table["aicc"] - aic).tolist() == pytest.approx([12, 12, 40])
    assert table["df"].tolist() == [3, 3, 2]
    assert "cannot tell shapes apart" in table.attrs["note"]
    two = compare_shapes(TWO[TWO["dose"].isin([0, 5])])
    assert math.isnan(two["aic"][2])
    assert "emax has 2 coefficients" in two["note"][2]
    assert two["weight"][:2].tolist() == pytest.approx([0.5, 0.5])  # two doses: the same model


def changed(**cells):
    return TWO.assign(**{column: [value, *TWO[column][1:]] for column, value in cells.items()})


@pytest.mark.parametrize(
    ("arms", "options", "said"),
    [
        (changed(events=241), {}, "S1, dose 0: events must lie between 0 and n = 240, found 241"),
        (changed(events=-1), {}, "S1, dose 0: events must lie between 0 and n = 240, found -1"),
        (changed(events=1.5), {}, "S1, dose 0: events must be a whole number, found 1.5"),
        (changed(n=math.nan), {}, "S1, dose 0: n must be a finite number"),
        (changed(n=0, events=0), {}, "S1, dose 0: n must be 1 or more"),
        (changed(dose=-1), {}, "S1, dose -1: the dose must be 0 or more"),
        (TWO.drop(columns="n"), {}, "arms has no column 'n'"),
        (TWO[TWO["dose"] == 5], {}, "no trial tells anything about the dose .S1: one arm only; S2: one arm only"),
        (TWO.assign(events=0), {}, "no event in any arm"),
        (TWO.assign(events=[0, 5, 9, 0, 3, 4]), {"shape": "emax"}, None),
        (TWO[TWO["dose"].isin([0, 5])], {"shape": "emax"}, "emax has 2 coefficients, but the trials hold only 2 doses"),
        (TWO[TWO["dose"].isin([0, 5])].assign(events=[0, 9, 0, 4]), {}, "no finite estimate: S1, S2"),
        (TWO[TWO["dose"].isin([0, 5])].assign(events=[9, 0, 4, 0]), {}, "no finite estimate: S1, S2"),
        (TWO, {"shape": "cubic"}, "shape must be one of linear, log-linear, emax; found 'cubic'"),
        (TWO, {"level": 95}, "level must lie between 0 and 1"),
        (TWO, {"d0": 5}, "d0 must be above 0, and belongs to the log-linear shape"),
        (MEANS, {"mean": "mean"}, "mean and se go together"),
        (MEANS.assign(se=0), {"mean": "mean", "se": "se"}, "A, dose 0: se must be above zero, found 0"),
    ],
)
def test_bad_input_is_named(arms, options, said):
    if said is None:  # no event at dose 0, but the doses above compare: the estimate is finite
        assert math.isfinite(dose_response(arms, **options).coefficients[0])
        return
    with pytest.raises(NeckevidenceError, match=said):
        dose_response(arms, **options)


def test_bad_questions_to_a_result():
    fit = dose_response(TWO)
    with pytest.raises(NeckevidenceError, match="0 or more"):
        fit.predict([-1])
    with pytest.raises(NeckevidenceError, match="baseline risk must lie between 0 and 1"):
        fit.predict([1], baseline=10)
    with pytest.raises(NeckevidenceError, match="the arms have means"):
        dose_response(MEANS, mean="mean", se="se").half_effect_dose(0.1)


def test_a_result_says_what_it_is():
    fit = dose_response(TWO, shape="log-linear")
    assert repr(fit) == "<DoseResponse log-linear, log odds ratio: slope 1.0933; 6 arms, 2 trials>"
    assert "not a randomised comparison" in fit.notes[-1]
    assert fit.predict([5, 20])["extrapolated"].tolist() == [False, True]
    assert list(fit.to_frame()["term"]) == ["slope"]
    assert fit.to_dict()["d0"] == 2.5
    assert fit.methods() == (
        "The 6 arms of 2 trials were analysed together by binomial regression with a logit link, with a baseline for each "
        "trial and the log odds ratio against dose 0 as slope x log(1 + dose / d0) with d0 = 2.5, by maximum likelihood with "
        "95% profile-likelihood intervals."
    )
    assert fit._repr_html_().startswith("<pre>")
