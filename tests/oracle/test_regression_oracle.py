"""Meta-regression, subgroups and Egger's test against metafor on public data: make_regression.R."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neckevidence.synthesis.regression import meta_regression
from neckevidence.synthesis.small_study import egger
from neckevidence.synthesis.subgroups import subgroup_analysis

ORACLE = json.loads((Path(__file__).parent / "regression.json").read_text(encoding="utf-8"))
SETS = {data["name"]: data for data in ORACLE["datasets"]}
INTERVALS = {"z": "wald", "knha": "hartung-knapp", "adhoc": "hartung-knapp-adhoc"}
MODELS = [
    pytest.param(data, model, id=f"{data['name']}-{'+'.join(model['terms'])}")
    for data in SETS.values()
    for model in data["models"]
]
EXACT, ITERATED = 1e-10, 1e-8
CLOSED = ("FE", "DL", "HE", "SJ")


def ours(method):
    return "common" if method == "FE" else method


def test_made_by_the_programs_that_are_named():
    assert ORACLE["versions"] == {"R": "4.2.2", "metafor": "3.8.1", "metadat": "1.2.0"}


@pytest.mark.parametrize(("data", "model"), MODELS)
def test_regressions(data, model):
    table = pd.DataFrame({term: data["moderators"][term] for term in model["terms"]})
    # metafor does not centre years, which costs it several digits: `test_years_exactly` has the closed forms to 1e-12.
    exact = ITERATED if "year" in model["terms"] else EXACT
    for expected in model["fits"]:
        method = expected["method"]
        fit = meta_regression(data["yi"], data["vi"], table, tau2=ours(method), ci=INTERVALS[expected["test"]])
        at = fit.predict(table.head(4))
        found = {
            "beta": fit.coefficients, "se": fit.se, "statistic": fit.statistics, "p": fit.p_values,
            "low": fit.ci_low, "high": fit.ci_high, "tau2": fit.tau2, "QE": fit.q, "QEp": fit.q_p_value,
            "QM": fit.omnibus, "QMp": fit.omnibus_p_value, "predicted": at["estimate"], "predicted_se": at["se"],
            "predicted_low": at["ci_low"], "predicted_high": at["ci_high"], "new_low": at["prediction_low"],
            "new_high": at["prediction_high"],
        }  # fmt: skip
        if method != "FE":  # for which metafor computes I2 from Q_E, and R2 by regression, not from tau2
            found |= {"I2": 100 * fit.i2_tau2, "R2": 100 * fit.r2}
        relative = exact if method in CLOSED else ITERATED
        for name, values in found.items():
            # A tau2 of 0 is 5e-18 in metafor's Fisher scoring.
            np.testing.assert_allclose(
                np.ravel(values),
                expected[name],
                rtol=relative,
                atol=1e-13,
                err_msg=f"{method} {expected['test']} {name}",
            )


def solved(matrix, right):
    """Gauss-Jordan in fractions."""
    rows = [[*row, *extra] for row, extra in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        pivot = next(r for r in range(i, len(rows)) if rows[r][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for r in range(len(rows)):
            if r != i:
                rows[r] = [a - rows[r][i] * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [row[len(matrix) :] for row in rows]


def weighted_least_squares(x, y, w):
    """Return coefficients, inverse of X'WX and residual sum of squares, all in fractions."""
    p = range(len(x[0]))
    cross = [[sum(wi * row[a] * row[b] for wi, row in zip(w, x, strict=True)) for b in p] for a in p]
    identity = [[Fraction(int(a == b)) for b in p] for a in p]
    right = [[sum(wi * row[a] * yi for wi, row, yi in zip(w, x, y, strict=True))] for a in p]
    inverse, b = solved(cross, identity), [value[0] for value in solved(cross, right)]
    residuals = [yi - sum(bi * value for bi, value in zip(b, row, strict=True)) for yi, row in zip(y, x, strict=True)]
    return b, inverse, sum(wi * r * r for wi, r in zip(w, residuals, strict=True))


def test_years_exactly():
    # DerSimonian-Laird with ablat and year of dat.bcg in rational arithmetic: tau2 = (Q_E - (k-p)) / trace P, with
    # trace P = sum w - trace((X'WX)^-1 X'W^2 X).
    data = SETS["bcg"]
    table = {name: data["moderators"][name] for name in ("ablat", "year")}
    y, v = [Fraction(value) for value in data["yi"]], [Fraction(value) for value in data["vi"]]
    x = [[Fraction(1), Fraction(a), Fraction(b)] for a, b in zip(*table.values(), strict=True)]
    w = [1 / value for value in v]
    _, inverse, q_e = weighted_least_squares(x, y, w)
    squared = [
        [sum(wi * wi * row[a] * row[b] for wi, row in zip(w, x, strict=True)) for b in range(3)] for a in range(3)
    ]
    trace = sum(w) - sum(inverse[a][b] * squared[b][a] for a in range(3) for b in range(3))
    tau2 = (q_e - 10) / trace
    b, inverse, rest = weighted_least_squares(x, y, [1 / (value + tau2) for value in v])
    fit = meta_regression(data["yi"], data["vi"], pd.DataFrame(table), tau2="DL")
    assert (fit.q, fit.tau2) == pytest.approx((float(q_e), float(tau2)), rel=1e-12)
    assert fit.coefficients == pytest.approx([float(value) for value in b], rel=1e-12)
    se = [float(inverse[a][a] * rest / 10) ** 0.5 for a in range(3)]
    assert fit.se == pytest.approx(se, rel=1e-12)


@pytest.mark.parametrize("data", SETS.values(), ids=list(SETS))
def test_subgroups(data):
    groups = data["moderators"][data["group"]]
    for expected in data["subgroups"]:
        relative = EXACT if expected["method"] in CLOSED else ITERATED
        parts = subgroup_analysis(data["yi"], data["vi"], groups, tau2=ours(expected["method"]), ci="wald")
        assert parts.groups == tuple(expected["groups"])
        found = {"estimate": parts.estimates, "se": parts.se, "tau2": parts.tau2, "Q": parts.between}
        for name, values in (found | {"p": parts.between_p_value}).items():
            near_zero = 1e-13 if name == "tau2" else 0
            np.testing.assert_allclose(np.ravel(values), expected[name], relative, near_zero, err_msg=name)
        one = subgroup_analysis(
            data["yi"], data["vi"], groups, tau2=ours(expected["method"]), ci="wald", common_tau2=True
        )
        assert one.between == pytest.approx(expected["QM"][0], rel=relative)
        assert one.between_p_value == pytest.approx(expected["QMp"][0], rel=relative)


@pytest.mark.parametrize("data", SETS.values(), ids=list(SETS))
def test_egger(data):
    expected = {name: value[0] for name, value in data["egger"].items()}
    test = egger(data["yi"], data["vi"])
    found = {
        "slope": test.slope, "slope_se": test.slope_se, "t": test.t, "df": test.df, "p": test.p_value,
        "intercept": test.intercept, "intercept_se": test.intercept_se,
    }  # fmt: skip
    for name, value in found.items():
        assert value == pytest.approx(expected[name], rel=EXACT), name
