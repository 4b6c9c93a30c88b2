"""Mantel-Haenszel, Peto, binomial-normal and beta-binomial results against R: make_sparse.R."""

import json
from pathlib import Path

import pytest

from neckevidence.synthesis.beta_binomial import beta_binomial
from neckevidence.synthesis.logistic import random_effects_logistic
from neckevidence.synthesis.sparse import mantel_haenszel, peto

ORACLE = json.loads((Path(__file__).parent / "sparse.json").read_text(encoding="utf-8"))
NUMBERS = ("estimate", "se", "ci_low", "ci_high", "p_value", "q")


def counts(name):
    return [ORACLE["data"][name][cell] for cell in ("a", "n1", "c", "n2")]


def cases(part):
    return [pytest.param(name, key, id=f"{name}-{key}") for name, fits in ORACLE[part].items() for key in fits]


def agrees_exactly(fit, expected):
    for name in NUMBERS:
        assert getattr(fit, name) == pytest.approx(expected[name], rel=1e-10, abs=1e-14), name
    assert fit.weights == pytest.approx(tuple(expected["weights"]), rel=1e-10)


def test_made_by_the_programs_that_are_named():
    versions = {"metafor": "3.8.1", "metadat": "1.2.0", "lme4": "1.1.31", "numDeriv": "2016.8.1.1"}
    assert versions.items() <= ORACLE["versions"].items()


@pytest.mark.parametrize(("name", "measure"), cases("mantel_haenszel"))
def test_mantel_haenszel_is_that_of_rma_mh(name, measure):
    agrees_exactly(mantel_haenszel(*counts(name), measure=measure), ORACLE["mantel_haenszel"][name][measure])


@pytest.mark.parametrize("name", ORACLE["peto"])
def test_peto_is_that_of_rma_peto(name):
    agrees_exactly(peto(*counts(name)), ORACLE["peto"][name])


@pytest.mark.parametrize(("name", "coding"), cases("rma_glmm"))
def test_logistic_is_that_of_rma_glmm(name, coding):
    # As far as lme4 goes: its optimiser has no derivatives, its Hessian is made of coarse differences.
    fit, expected = random_effects_logistic(*counts(name), coding=coding), ORACLE["rma_glmm"][name][coding]
    assert fit.estimate == pytest.approx(expected["estimate"], rel=1e-5)
    assert fit.tau2 == pytest.approx(expected["tau2"], rel=1e-5, abs=1e-9)
    assert fit.se == pytest.approx(expected["se"], rel=1e-4)


@pytest.mark.parametrize(("name", "coding"), cases("logistic"))
def test_logistic_is_that_of_direct_integration(name, coding):
    fit, expected = random_effects_logistic(*counts(name), coding=coding), ORACLE["logistic"][name][coding]
    assert fit.estimate == pytest.approx(expected["estimate"], rel=1e-8)
    assert fit.se == pytest.approx(expected["se"], rel=1e-8)
    assert fit.tau2 == pytest.approx(expected["tau2"], rel=1e-8, abs=1e-10)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-10)


@pytest.mark.parametrize(("name", "measure"), cases("beta_binomial"))
def test_beta_binomial_is_that_of_each_link_fitted_in_r(name, measure):
    # lbeta in R loses digits where rho is small: 1e-7 is what its differences allow.
    fit, expected = beta_binomial(*counts(name), measure=measure), ORACLE["beta_binomial"][name][measure]
    assert fit.estimate == pytest.approx(expected["estimate"], rel=1e-7)
    assert fit.se == pytest.approx(expected["se"], rel=1e-7)
    assert fit.rho == pytest.approx(expected["rho"], rel=1e-7)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-10)
