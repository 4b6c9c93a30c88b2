import numpy as np
import pandas as pd
import pytest

from neckevidence import NeckevidenceError, meta_analysis
from neckevidence.synthesis.batch import meta_analysis_many
from neckevidence.synthesis.tau2 import ESTIMATORS

NAN = float("nan")


@pytest.fixture(scope="module")
def ragged():
    rng = np.random.default_rng(3)
    y, v = rng.normal(0, 0.6, (40, 7)), rng.uniform(0.01, 0.4, (40, 7))
    gone = rng.random((40, 7)) < 0.3
    gone[:, 0] = False
    return np.where(gone, NAN, y), np.where(gone, NAN, v)


@pytest.mark.parametrize("method", sorted(ESTIMATORS))
@pytest.mark.parametrize("ci", ["wald", "hartung-knapp", "hartung-knapp-adhoc"])
def test_a_batch_is_what_the_single_call_gives(ragged, method, ci):
    y, v = ragged
    many = meta_analysis_many(y, v, tau2=method, ci=ci, tau2_interval=True)
    for row in range(len(y)):
        here = ~np.isnan(y[row])
        one = meta_analysis(y[row, here], v[row, here], tau2=method, ci=ci)
        got = many.loc[row]
        for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "q", "i2", "i2_tau2", "h2"):
            assert got[name] == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-12), (row, name)
        assert (got["tau2_low"], got["tau2_high"]) == pytest.approx(one.tau2_ci, rel=1e-9, abs=1e-12)
        expected = one.prediction_interval or (NAN, NAN)
        assert (got["prediction_low"], got["prediction_high"]) == pytest.approx(expected, rel=1e-9, nan_ok=True)
        assert got["k"] == one.k


def test_long_table_gives_the_same_and_keeps_the_names(ragged):
    y, v = ragged
    rows = [
        {"drug": f"d{row % 8}", "outcome": f"o{row // 8}", "effect": y[row, j], "variance": v[row, j]}
        for j in range(7)
        for row in range(40)
        if not np.isnan(y[row, j])
    ]
    table = pd.DataFrame(rows)
    long = meta_analysis_many(table, by=["drug", "outcome"])
    wide = meta_analysis_many(y, v)
    assert list(long.index.names) == ["drug", "outcome"]
    for row in range(40):
        got = long.loc[(f"d{row % 8}", f"o{row // 8}"), "estimate"]
        assert got == pytest.approx(wide.loc[row, "estimate"], rel=1e-9)


def test_an_analysis_without_a_trial_is_said_to_be_empty():
    many = meta_analysis_many([[0.1, 0.2], [NAN, NAN]], [[0.1, 0.1], [NAN, NAN]])
    assert many["k"].tolist() == [2, 0]
    assert many.loc[1].drop("k").isna().all()


def test_more_analyses_than_one_piece_of_work():
    # The kernels work in pieces of 8192 rows: the same analysis must come out the same in each.
    y, v = np.tile([0.1, 0.5, 0.9], (8200, 1)), np.tile([0.04, 0.09, 0.02], (8200, 1))
    many = meta_analysis_many(y, v)
    assert np.ptp(many["estimate"]) < 1e-12
    assert many["tau2"].iloc[-1] == pytest.approx(meta_analysis(y[0], v[0]).tau2, rel=1e-10)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([[0.1, 0.2]], [[0.1]]), {}, r"same shape.*\(1, 2\) and \(1, 1\)"),
        (([[0.1, 0.2]], [[0.1, 0.0]]), {}, "analysis 0, trial 2: the variance"),
        (([[0.1, np.inf]], [[0.1, 0.1]]), {}, "analysis 0, trial 2: the effect"),
        (([[0.1, 0.2]], None), {}, "variances are needed"),
        (([[0.1, 0.2]], [[0.1, 0.1]], [[True]]), {}, "mask must have the shape"),
        ((pd.DataFrame({"effect": [1.0], "variance": [1.0]}),), {}, "by must name"),
        ((pd.DataFrame({"effect": [1.0], "variance": [1.0]}),), {"by": "drug"}, "no column drug"),
        (([[0.1, 0.2]], [[0.1, 0.1]]), {"tau2": "XX"}, "tau2 must be one of"),
    ],
)
def test_bad_input_is_named(arguments, options, message):
    with pytest.raises(NeckevidenceError, match=message):
        meta_analysis_many(*arguments, **options)
