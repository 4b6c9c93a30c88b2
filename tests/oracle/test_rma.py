"""Every pairwise fit against metafor: 75 datasets, by 8 estimators of tau2 and 3 tests (see README.md)."""

import json
import math
from itertools import chain
from pathlib import Path

import pytest

from neckevidence import meta_analysis

TAU2 = {"FE": "common"}  # the other names are the same
CI = {"z": "wald", "knha": "hartung-knapp", "adhoc": "hartung-knapp-adhoc"}
CLOSED_FORM = ("FE", "DL", "HE", "SJ")
CLOSED, ITERATED = 1e-10, 1e-8
# A number this much smaller than what it is computed from counts as zero: relative errors are measured against the
# larger of the number and this part of its scale.
SMALL = 1e-3


def read(name):
    return json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


GRIDS = [read(name) for name in ("rma_public.json", "rma_edge.json")]
DATASETS = list(chain.from_iterable(grid["datasets"] for grid in GRIDS))


def scored_notes():
    return [(data["name"], fit["method"], fit["notes"]) for data in DATASETS for fit in data["methods"] if fit["notes"]]


def test_the_grid_is_whole():
    assert [len(grid["datasets"]) for grid in GRIDS] == [35, 40]
    assert len({data["name"] for data in DATASETS}) == 75
    fits = [fit for data in DATASETS for fit in data["methods"]]
    assert not [fit for fit in fits if fit["failed"]]
    assert len(fits) == 75 * 8
    assert sum(len(fit["tests"]) for fit in fits) == 75 * (1 + 7 * 3)


def test_the_reference_has_converged():
    # tau2 by Fisher scoring moves by less than 1e-12 of itself when metafor's threshold is ten times as loose.
    assert not [(name, method) for name, method, notes in scored_notes() if not notes["change_when_looser"] < 1e-12]


class Comparison:
    """Collects what differs, so that one run names every disagreement of a dataset."""

    def __init__(self, where, tolerance):
        self.where, self.tolerance, self.found = where, tolerance, []

    def __call__(self, field, ours, theirs, scale, amplified=1.0):
        if ours is None or theirs is None:
            same = ours is theirs
        else:
            same = abs(ours - theirs) <= self.tolerance * amplified * max(abs(theirs), SMALL * scale)
        if not same:  # so is NaN on one side
            self.found.append(f"{self.where} {field}: {ours!r}, metafor {theirs!r}")


def compare_dataset(data, fit):
    """Compare what does not depend on estimator or test."""
    k, smallest = len(data["vi"]), min(data["vi"])
    compare = Comparison(f"{data['name']}, all methods,", CLOSED)
    compare("q", fit.q, data["QE"], scale=k - 1)  # Q is near k - 1 where the trials agree
    # A relative error e of Q is one of about e Q / 2 of the tail of chi-square.
    compare("q_p_value", fit.q_p_value, data["QEp"], scale=1e-297, amplified=1 + data["QE"] / 2)
    if k == 1:
        return compare.found  # metafor has no interval of tau2 for one trial; ours is 0 to infinity
    interval = data["tau2_interval"]
    compare.tolerance = ITERATED
    # tau2 is added to the variances: below a part of the smallest it does nothing.
    compare("tau2_ci low", fit.tau2_ci[0], interval["lower"], scale=smallest)
    compare("tau2_ci high", fit.tau2_ci[1], interval["upper"], scale=smallest)
    return compare.found


def compare_method(data, reference, fit, compare):
    """Compare what depends on the estimator of tau2."""
    k, smallest = len(data["vi"]), min(data["vi"])
    compare("tau2", fit.tau2, reference["tau2"], scale=smallest)
    for i, (ours, theirs) in enumerate(zip(fit.weights, reference["weights"], strict=True)):
        compare(f"weight {i + 1}", ours, theirs, scale=1 / k)
    i2 = fit.i2 if reference["method"] == "FE" else fit.i2_tau2
    compare("i2", i2, reference["I2"] / 100, scale=1)
    if reference["method"] in ("FE", "DL"):  # the two definitions of I2 and H2 are one here; ours is never below 1
        compare("h2", fit.h2, max(1.0, reference["H2"]), scale=1)
    if reference["method"] == "DL":
        compare("i2 from Q", fit.i2, reference["I2"] / 100, scale=1)


def compare_test(data, reference, fit, compare):
    """Compare what depends on the test too."""
    beta, se = reference["beta"], reference["se"]
    largest = max(map(abs, data["yi"]))  # digits of the pooled effect end where those of the effects do
    compare("estimate", fit.estimate, beta, scale=largest)
    compare("se", fit.se, se, scale=math.sqrt(min(data["vi"]) / len(data["vi"])))
    # A limit is a difference of effect and half width, and can be near zero though neither is.
    width = max(abs(beta), reference["ci_ub"] - reference["ci_lb"])
    compare("ci_low", fit.ci_low, reference["ci_lb"], scale=width)
    compare("ci_high", fit.ci_high, reference["ci_ub"], scale=width)
    # A relative error e of z is one of about e z^2 of the tail.
    amplified = 1 + (beta / se) ** 2 if se > 0 else 1
    compare("p_value", fit.p_value, reference["pval"], scale=1e-297, amplified=amplified)
    if len(data["vi"]) < 3:
        assert fit.prediction_interval is None  # metafor has one: with fewer than three trials it says nothing
        return
    low, high = fit.prediction_interval or (None, None)
    compare("prediction low", low, reference.get("pi_lb"), scale=width)
    compare("prediction high", high, reference.get("pi_ub"), scale=width)


@pytest.mark.parametrize("data", DATASETS, ids=[data["name"] for data in DATASETS])
def test_metafor_agrees(data):
    found = []
    for of_method in data["methods"]:
        method = of_method["method"]
        tolerance = CLOSED if method in CLOSED_FORM else ITERATED
        for of_test in of_method["tests"]:
            fit = meta_analysis(data["yi"], data["vi"], tau2=TAU2.get(method, method), ci=CI[of_test["test"]])
            compare = Comparison(f"{data['name']}, {method}, {of_test['test']},", tolerance)
            compare_method(data, of_method, fit, compare)
            compare_test(data, of_test, fit, compare)
            found += compare.found
    found += compare_dataset(data, fit)
    assert not found, f"{len(found)} numbers differ, the first of them:\n" + "\n".join(found[:20])
