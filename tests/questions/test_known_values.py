"""Numbers of public data sets, as other programs print them."""

import json
from pathlib import Path

import numpy as np
import pytest
from foreign import FOLDER

import neckevidence as ne
from neckevidence.claims.leading import leads
from neckevidence.claims.leading_networks import has_direction, networks

ORACLE = Path(__file__).parents[1] / "oracle"
NETWORKS = json.loads((ORACLE / "network.json").read_text(encoding="utf-8"))
REGRESSION = json.loads((ORACLE / "regression.json").read_text(encoding="utf-8"))
SETS = {data["name"]: data for data in NETWORKS["datasets"]}


def test_bcg_is_that_of_the_documentation_of_metafor():
    # rma(measure="RR", ai=tpos, ..., data=dat.bcg), as ?dat.bcg prints it: -0.7145 (se 0.1798), tau2 0.3132, Q(12) 152.2330,
    # CI -1.0669 to -0.3622.
    result = ne.compare(ne.load_evidence(FOLDER / "bcg"), "bcg", "none", "tuberculosis", "RR")
    fit = ne.meta_analysis([one.effect for one in result.trials], [one.variance for one in result.trials], ci="wald")
    numbers = [fit.estimate, fit.se, fit.tau2, fit.q, fit.ci_low, fit.ci_high]
    assert np.round(numbers, 4).tolist() == [-0.7145, 0.1798, 0.3132, 152.2330, -1.0669, -0.3622]
    assert (result.k, result.random_effects.estimate) == (13, fit.estimate)
    assert result.estimate == pytest.approx(np.exp(-0.7145), abs=1e-4)


def test_bcg_by_latitude_a_column_that_the_package_does_not_know():
    ev = ne.load_evidence(FOLDER / "bcg")
    result = ne.compare(ev, "bcg", "none", "tuberculosis", "RR")
    latitude = ev.keyed("trials").loc[[one.trial_id for one in result.trials], "latitude"].astype(float)
    effects, variances = ([getattr(one, name) for one in result.trials] for name in ("effect", "variance"))
    fit = ne.meta_regression(effects, variances, latitude.to_numpy(), ci="wald")
    theirs = _fit("bcg", ["ablat"], "REML", "z")
    np.testing.assert_allclose(fit.coefficients, theirs["beta"], rtol=1e-6)
    np.testing.assert_allclose(fit.se, theirs["se"], rtol=1e-6)


def _fit(name, terms, method, test):
    """Return what metafor's rma prints for a model with moderators."""
    data = next(one for one in REGRESSION["datasets"] if one["name"] == name)
    model = next(one for one in data["models"] if one["terms"] == terms)
    return next(one for one in model["fits"] if (one["method"], one["test"]) == (method, test))


@pytest.mark.parametrize(
    ("question", "outcome", "name"),
    [("smoking", "cessation", "hasselblad"), ("diabetes", "hba1c_change", "senn")],
)
@pytest.mark.parametrize("tau2", ["common", "REML"])
def test_networks_are_those_of_metafor(question, outcome, name, tau2):
    ev, theirs = ne.load_evidence(FOLDER / question), SETS[name]
    network = ne.evidence_network(ev, theirs["treatments"], outcome, theirs["measure"])
    first = theirs["treatments"][0]
    fit = ne.network_meta_analysis(**network.part(first), reference=first, tau2=tau2)
    assert (list(fit.treatments), fit.k) == (theirs["treatments"], theirs["trials"])
    np.testing.assert_allclose(fit.tau2, theirs["fits"][tau2]["tau2"], rtol=1e-7)
    np.testing.assert_allclose(fit.estimates[first], theirs["fits"][tau2]["b"], rtol=1e-7, atol=1e-10)


def test_treatments_are_ranked_only_where_something_is_better():
    # No table of the smoking question says whether its outcome is good; the invented one says so of each.
    for name, ranked in (("smoking", False), ("invented", True)):
        ev = ne.load_evidence(FOLDER / name)
        assert {has_direction(ev, one) for one in networks(ev, leads(ev))} == {ranked}
