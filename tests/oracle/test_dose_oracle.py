"""Dose-response curves against R's glm() and lm() (make_dose.R)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from neckevidence.synthesis.dose import dose_response

ORACLE = json.loads((Path(__file__).parent / "dose.json").read_text(encoding="utf-8"))
COUNTS, MEANS = ORACLE["counts"], ORACLE["means"]


def test_the_grid_is_whole():
    assert (len(COUNTS), len(MEANS)) == (3, 1)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("shape", ["linear", "log-linear"])
def test_glm_agrees(name, shape):
    reference = COUNTS[name][shape.replace("-", "")]
    fit = dose_response(pd.DataFrame(COUNTS[name]["arms"]), shape=shape)
    assert fit.coefficients[0] == pytest.approx(reference["slope"], rel=1e-9)
    assert fit.se[0] == pytest.approx(reference["se"], rel=1e-7)
    assert fit.log_likelihood == pytest.approx(reference["log_likelihood"], rel=1e-11)
    assert fit.aic == pytest.approx(reference["aic"], rel=1e-11)
    assert fit.deviance == pytest.approx(reference["deviance"], rel=1e-9)
    assert fit.df == reference["df"]
    assert (fit.ci_low[0], fit.ci_high[0]) == pytest.approx(reference["limits"], rel=1e-8)
    # MASS interpolates the profile with a spline.
    assert (fit.ci_low[0], fit.ci_high[0]) == pytest.approx(reference["confint"], rel=2e-3)


@pytest.mark.parametrize("name", COUNTS)
def test_emax_agrees(name):
    reference = COUNTS[name]["emax"]
    fit = dose_response(pd.DataFrame(COUNTS[name]["arms"]), shape="emax")
    # optimize() stops where the likelihood no longer changes in double precision: half of the digits of ED50.
    assert fit.log_likelihood == pytest.approx(reference["log_likelihood"], rel=1e-11)
    assert fit.coefficients == pytest.approx((reference["emax"], reference["ed50"]), rel=1e-5)
    assert fit.deviance == pytest.approx(reference["deviance"], abs=1e-8)
    for ours, theirs in ((fit.ci_low[1], reference["low"]), (fit.ci_high[1], reference["high"])):
        assert (ours is None) == (theirs is None)
        assert ours is None or ours == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("name", MEANS)
def test_lm_agrees(name):
    reference = MEANS[name]
    fit = dose_response(pd.DataFrame(reference["arms"]), mean="mean", se="se")
    assert fit.coefficients[0] == pytest.approx(reference["slope"], rel=1e-11)
    assert fit.se[0] == pytest.approx(reference["se"], rel=1e-11)
    assert fit.deviance == pytest.approx(reference["deviance"], rel=1e-10)
    assert fit.df == reference["df"]
