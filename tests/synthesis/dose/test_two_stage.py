import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neckevidence import NeckevidenceError, meta_analysis
from neckevidence.synthesis.dose import reconstruct_covariance, two_stage_dose_response

Z = 1.959963984540054

# Alcohol (g a day) and breast cancer, Rohan and McMichael 1988 (Int J Cancer 41:695), the worked example of Greenland and
# Longnecker 1992; the data set cc_ex of the R package dosresmeta.
ROHAN = pd.DataFrame(
    {
        "trial": "Rohan 1988",
        "dose": [0, 2, 6, 11],
        "ratio": [1, 0.80, 1.16, 1.57],
        "ci_low": [np.nan, 0.51, 0.73, 0.99],
        "ci_high": [np.nan, 1.27, 1.85, 2.51],
        "cases": [165, 74, 90, 122],
        "n": [337, 167, 186, 212],
    }
)

# The first four trials (case-control) of its data set alcohol_cvd: dose, cases, n, log odds ratio, se; then what its manual
# prints under grl() and covar.logrr(): fitted cases, covariances.
CVD = [
    (
        [0, 9.0600004196, 27, 45, 64.8000030518],
        [126, 61, 69, 22, 19],
        [414, 261, 228, 44, 34],
        [0, -0.22314350307, -0.000099999997474, 0.53062832355, 0.87546867132],
        [0.22333797812, 0.23375192285, 0.37651365995, 0.44400462508],
        [125.04575, 67.12135, 68.86106, 18.64972, 17.32196],
        [0.01875906, 0.01678737, 0.01780975, 0.01736485, 0.01842239, 0.01648609],
    ),
    (
        [0, 16.0499992371, 46.4249992371, 77.1600036621],
        [77, 88, 24, 13],
        [258, 413, 202, 64],
        [0, -0.43078291416, -1.0788099766, -0.61618608236],
        [0.22130523622, 0.2975654006, 0.38707920909],
        [76.32634, 88.59093, 25.24795, 11.83473],
        [0.02669775, 0.02510026, 0.02425041],
    ),
    (
        [0, 1.175999999, 8.9160003662, 18.7199993134],
        [83, 46, 17, 4],
        [208, 175, 58, 11],
        [0, -0.57981848717, -0.5621188879, 0.6151856184],
        [0.31714701653, 0.41861397028, 0.90910059214],
        [81.774216, 46.587219, 15.641699, 5.996615],
        [0.03667789, 0.04203026, 0.03757552],
    ),
    (
        [0, 0.95499998331, 7.4299998283, 15.6000003815],
        [83, 29, 32, 18],
        [208, 117, 81, 39],
        [0, -0.28768208623, 0.5128235817, -0.31471070647],
        [0.33323359489, 0.33837258816, 0.47134539485],
        [75.74649, 35.15622, 39.59892, 11.49838],
        [0.03566026, 0.03466437, 0.03293283],
    ),
]
# The two others are cohorts: dose, log ratio, and the covariance matrix as the manual prints it.
COHORTS = [
    (
        [6, 18, 28.7999992371],
        [-0.41551551223, -0.63487827778, -0.083381600678],
        [
            [0.02079807, 0.01122058, 0.01347285],
            [0.01122058, 0.05681004, 0.01269044],
            [0.01347285, 0.01269044, 0.07501320],
        ],
    ),
    (
        [6.25, 18.75, 30],
        [-0.22314350307, -0.010050299577, -0.26136478782],
        [
            [0.024519546, 0.004898219, 0.004718234],
            [0.004898219, 0.123263570, 0.004371731],
            [0.004718234, 0.004371731, 0.173481760],
        ],
    ),
]


def cvd_frame():
    rows = []
    for number, (dose, cases, n, y, se, _, _) in enumerate(CVD, start=1):
        se = np.array([np.nan, *se])
        part = {"dose": dose, "cases": cases, "n": n, "ratio": np.exp(y)}
        rows.append(
            pd.DataFrame({**part, "ci_low": np.exp(y - Z * se), "ci_high": np.exp(y + Z * se), "trial": number})
        )
    return pd.concat(rows)


def test_the_worked_example():
    # dosresmeta 2.1.1, example of dosresmeta(): 0.0454 (se 0.0207, z 2.1985, p 0.0279); 1.046477 (1.004941 to 1.089729) a gram.
    fit = two_stage_dose_response(ROHAN)
    assert fit.coefficients[0] == pytest.approx(0.0454, abs=5e-5)
    assert fit.se[0] == pytest.approx(0.0207, abs=5e-5)
    assert fit.coefficients[0] / fit.se[0] == pytest.approx(2.1985, abs=5e-5)
    assert fit.pooled.p_value == pytest.approx(0.0279, abs=5e-5)
    row = fit.predict([1]).iloc[0]
    assert (row["ratio"], row["ratio_low"], row["ratio_high"]) == pytest.approx(
        (1.046477, 1.004941, 1.089729), abs=6e-7
    )


@pytest.mark.parametrize("number", range(4))
def test_fitted_cases_and_covariances_of_the_manual(number):
    _, cases, n, y, se, fitted, covariances = CVD[number]
    found = reconstruct_covariance(np.array(y[1:]), np.array(se) ** 2, np.array(n, dtype=float), sum(cases), "OR")
    # Its iteration stops at 1e-5 of the sum of steps; ours is exact.
    assert found.cases.tolist() == pytest.approx(fitted, abs=4e-4)
    upper = found.covariance[np.triu_indices(len(se), 1)]
    assert upper.tolist() == pytest.approx(covariances, abs=1e-7)


def trend(dose, y, covariance, powers):
    x = np.array(dose)[:, None] ** np.arange(1, powers + 1)
    weight = np.linalg.inv(covariance)
    variance = np.linalg.inv(x.T @ weight @ x)
    return variance @ x.T @ weight @ np.array(y), variance


def test_pooled_slopes_of_the_manual():
    # Six trials by REML: -0.0044 (0.0059), tau 0.0100, Q 14.1464; 0.9956441 (0.9842178 to 1.007203) a gram. The cohorts enter
    # with the covariances that the manual prints: those are risk ratios to which it fits cases as if they were odds ratios.
    ours = two_stage_dose_response(cvd_frame()).trends
    others = [trend(*cohort, 1) for cohort in COHORTS]
    effects = [one.coefficients[0] for one in ours] + [b[0] for b, _ in others]
    variances = [one.covariance[0][0] for one in ours] + [v[0, 0] for _, v in others]
    fit = meta_analysis(effects, variances, ci="wald")
    assert fit.q == pytest.approx(14.1464, abs=2e-4)
    assert math.sqrt(fit.tau2) == pytest.approx(0.0100, abs=5e-5)
    ratios = np.exp([fit.estimate, fit.ci_low, fit.ci_high])
    assert ratios.tolist() == pytest.approx([0.9956441, 0.9842178, 1.007203], abs=1e-6)


def test_quadratic_trends_disagree_as_in_the_manual():
    # Q = 35.1177 on 10 degrees of freedom over the six trials: Q is a sum over trials, so that it can be put together from the
    # four here, pooled, and the two others.
    fit = two_stage_dose_response(cvd_frame(), quadratic=True)
    parts = [(np.array(fit.coefficients), np.array(fit.covariance)), *(trend(*cohort, 2) for cohort in COHORTS)]
    weights = [np.linalg.inv(v) for _, v in parts]
    mean = np.linalg.solve(sum(weights), sum(w @ b for w, (b, _) in zip(weights, parts, strict=True)))
    between = sum((b - mean) @ w @ (b - mean) for w, (b, _) in zip(weights, parts, strict=True))
    assert fit.q + between == pytest.approx(35.1177, abs=2e-3)
    assert fit.df == 6


tables = st.integers(2, 4).flatmap(
    lambda d: st.tuples(
        st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), min_size=d + 1, max_size=d + 1),
        st.sampled_from(["OR", "RR"]),
    )
)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_crude_tables_give_their_own_covariances(case):
    # From crude counts the variances and covariances are known: what comes back must be they.
    counts, measure = case
    a, b = np.array(counts, dtype=float).T
    n = a + b
    log = np.log(a / b) if measure == "OR" else np.log(a / n)
    own = 1 / a + 1 / b if measure == "OR" else 1 / a - 1 / n
    found = reconstruct_covariance(log[1:] - log[0], own[0] + own[1:], n, a.sum(), measure)
    assert found.cases.tolist() == pytest.approx(a.tolist(), rel=1e-8)
    exact = np.full((len(a) - 1, len(a) - 1), own[0]) + np.diag(own[1:])
    assert found.covariance.ravel().tolist() == pytest.approx(exact.ravel().tolist(), rel=1e-7)


def test_two_stages_come_near_to_one():
    # Large crude tables: the trend from contrasts is that of the logistic regression on the arms.
    from neckevidence.synthesis.dose import dose_response

    arms = pd.DataFrame({"dose": [0, 5, 10], "events": [1000, 1500, 2200], "n": 10000, "trial": "A"})
    odds = arms["events"] / (arms["n"] - arms["events"])
    se = np.sqrt((1 / arms["events"] + 1 / (arms["n"] - arms["events"])).iloc[1:] + 1 / 1000 + 1 / 9000)
    ratio = odds / odds[0]
    printed = arms.assign(
        ratio=ratio, ci_low=ratio * np.exp(-Z * se), ci_high=ratio * np.exp(Z * se), cases=arms["events"]
    )
    one, two = dose_response(arms), two_stage_dose_response(printed)
    assert two.coefficients[0] == pytest.approx(one.coefficients[0], rel=2e-3)
    assert two.se[0] == pytest.approx(one.se[0], rel=5e-3)


def test_a_reference_above_zero_and_any_order():
    # Doses count from the reference: the same ratios one gram higher have the same linear trend.
    fit = two_stage_dose_response(ROHAN)
    moved = two_stage_dose_response(ROHAN.assign(dose=ROHAN["dose"] + 1).iloc[::-1])
    assert moved.coefficients == pytest.approx(fit.coefficients, rel=1e-12)
    assert moved.predict([4], reference=1)["effect"].item() == pytest.approx(fit.predict([3])["effect"].item())


def test_a_trial_with_one_ratio_has_no_curvature():
    alone = ROHAN.iloc[:2].assign(trial="short")
    fit = two_stage_dose_response(pd.concat([ROHAN, alone]), quadratic=True)
    assert fit.excluded == (("short", "1 ratio for 2 coefficients"),)
    assert [one.trial for one in fit.trends] == ["Rohan 1988"]
    assert "same" in fit.notes[1]
    with pytest.raises(NeckevidenceError, match="two coefficients"):
        fit.plot()


def changed(row, **cells):
    frame = ROHAN.copy().astype({"dose": float, "cases": float, "n": float})
    for column, value in cells.items():
        frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("contrasts", "options", "said"),
    [
        (changed(0, ci_low=0.9, ci_high=1.1), {}, "Rohan 1988: one row must be the reference"),
        (changed(0, ratio=1.2), {}, "Rohan 1988: one row must be the reference"),
        (changed(2, ratio=2), {}, "Rohan 1988, dose 6: the ratio must lie within its limits"),
        (changed(1, dose=-2), {}, "Rohan 1988: dose must be a finite number and not negative"),
        (changed(1, n=np.nan), {}, "Rohan 1988: n must be a finite number"),
        (changed(1, dose=6), {}, "Rohan 1988: a dose stands in two rows"),
        (ROHAN.assign(cases=0), {}, "Rohan 1988: cases must lie between 0 and the 902 persons"),
        (ROHAN.assign(cases=200), {"measure": "RR"}, "Rohan 1988: risk ratios and 800 cases do not fit"),
        (ROHAN.drop(columns="cases"), {}, "contrasts has no column 'cases'"),
        (ROHAN, {"measure": "HR"}, "measure must be OR or RR"),
        (ROHAN.iloc[:2], {"quadratic": True}, "no trial has 2 ratios or more"),
    ],
)
def test_bad_input_is_named(contrasts, options, said):
    with pytest.raises(NeckevidenceError, match=said):
        two_stage_dose_response(contrasts, **options)


def test_a_result_says_what_it_is():
    fit = two_stage_dose_response(cvd_frame())
    assert repr(fit).startswith("<TwoStageDoseResponse log OR: slope")
    assert "reconstructed, not observed" in fit.notes[0]
    assert len(fit.to_frame()) == 4
    assert json.dumps(fit.to_dict()["q"])
    assert "Greenland and Longnecker" in fit.methods()
    assert "tau2" in fit.summary()
