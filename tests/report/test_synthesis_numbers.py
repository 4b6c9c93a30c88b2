"""synthesis.js against Python, metafor and published examples, under Node."""

import itertools
import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.proportion import score_test_proportions_2indep
from under_node import Cases, differences, node, summary

import neckevidence as ne
from neckevidence.comparison.absolute import risk_under
from neckevidence.effects.counts import point_estimate, score_interval
from neckevidence.effects.means import critical_value
from neckevidence.equivalence.limits import margin_bounds

HERE = Path(__file__).parent
RISKS = ("RR", "OR", "RD")


@pytest.fixture(scope="module")
def cases():
    run_node, every = node(), Cases()
    add_quantiles(every)
    add_tables(every)
    add_pools(every)
    add_oracle(every)
    add_risks_and_margins(every)
    add_worked_examples(every)
    return every.run(run_node)


def synthetic_trials():
    """Yield 240 data sets: 2 to 13 trials, agreeing or not, common or rare events, with cells of zero."""
    chance = random.Random(20261122)
    for number in range(240):
        spread = (0.0, 0.0, 0.3, 0.8, 1.5)[number % 5]
        baseline = chance.choice((0.02, 0.1, 0.3, 0.6, 0.95))
        tables = []
        for _ in range(chance.randint(2, 13)):
            n1, n2 = chance.choice((8, 25, 60, 150, 700)), chance.choice((8, 25, 60, 150, 700))
            shift = 0.4 + chance.gauss(0, spread)
            risk = 1 / (1 + math.exp(-math.log(baseline / (1 - baseline)) - shift))
            events = [sum(chance.random() < p for _ in range(n)) for p, n in ((risk, n1), (baseline, n2))]
            tables.append((events[0], n1, events[1], n2))
        if number % 4 == 0:
            tables[0] = (0, tables[0][1], 0, tables[0][3])
        if number % 4 == 1:
            tables[0] = (0, *tables[0][1:])
        if number % 4 == 2:
            tables[0] = (tables[0][0], tables[0][1], tables[0][3], tables[0][3])
        yield tables


def sizes(measure, tables):
    columns = zip(
        ("events_treatment", "n_treatment", "events_control", "n_control"), zip(*tables, strict=True), strict=True
    )
    return ne.effect_sizes(measure, **{name: list(values) for name, values in columns})


def jsonable(values):
    return [None if math.isnan(value) else float(value) for value in values]


def add_pools(every):
    for tables in synthetic_trials():
        for measure in RISKS:
            effects, variances = sizes(measure, tables)
            for table, effect, variance in zip(tables, effects, variances, strict=True):
                every.add("effects", "effectSize", measure, *table, gives={"effect": effect, "variance": variance})
            usable = np.isfinite(effects) & np.isfinite(variances)
            if not usable.any():
                continue
            effects = np.where(usable, effects, np.nan)
            variances = np.where(usable, variances, np.nan)
            for model, level in (("random", 0.95), ("common", 0.95), ("random", 0.9)):
                add_pool(every, "pools", effects, variances, model, level)


def add_pool(every, topic, effects, variances, model, level=0.95):
    method, interval = ("common", "wald") if model == "common" else ("REML", "hartung-knapp-adhoc")
    fit = ne.meta_analysis(effects, variances, tau2=method, ci=interval, level=level)
    names = ("estimate", "se", "ci_low", "ci_high", "tau2", "i2", "q")
    gives = {name: getattr(fit, name) for name in names}
    gives |= {"weights": list(fit.weights), "prediction": fit.prediction_interval and list(fit.prediction_interval)}
    options = {"model": model, "level": level}
    every.add(topic, "metaAnalysis", jsonable(effects), jsonable(variances), options, gives=gives)


def add_tables(every):
    chance = random.Random(1985)
    tables = [table for trials in synthetic_trials() for table in trials[:2]]
    for _ in range(60):
        n1, n2 = chance.randint(1, 40), chance.randint(1, 40)
        tables.append((chance.randint(0, n1), n1, chance.randint(0, n2), n2))
    tables += [(10, 10, 10, 10), (0, 10, 0, 10), (10, 10, 0, 10), (0, 10, 10, 10), (1, 1, 0, 1), (0, 127, 9, 123)]
    tables += [(8, 8, 25, 25), (100, 100, 100, 100), (100, 100, 0, 100), (3, 10000, 700, 700)]
    for table in dict.fromkeys(tables):
        for measure in RISKS:
            every.add("points", "pointEstimate", measure, *table, gives=point_estimate(measure, *table))
            for level in (0.95, 0.9):
                limits = score_interval(measure, *table, level)
                every.add("limits", "scoreInterval", measure, *table, level, gives=list(limits))


def add_oracle(every):
    """The data sets with which Python is tested against metafor."""
    for name in ("rma_public", "rma_edge"):
        grid = json.loads((HERE.parent / "oracle" / f"{name}.json").read_text(encoding="utf-8"))
        for data in grid["datasets"]:
            for model, method, test in (("common", "FE", "z"), ("random", "REML", "adhoc")):
                add_pool(every, "oracle", data["yi"], data["vi"], model)
                of_method = next(one for one in data["methods"] if one["method"] == method)
                fit = next(one for one in of_method["tests"] if one["test"] == test)
                gives = {"estimate": fit["beta"], "se": fit["se"], "ci_low": fit["ci_lb"], "ci_high": fit["ci_ub"]}
                every.add(
                    "metafor", "metaAnalysis", data["yi"], data["vi"], {"model": model},
                    gives=gives | {"tau2": of_method["tau2"], "q": data["QE"], "weights": of_method["weights"]},
                    where=f"{data['name']}, {method}",
                )  # fmt: skip
    effects = json.loads((HERE.parent / "oracle" / "effects.json").read_text(encoding="utf-8"))
    for data in effects["counts"].values():
        for measure in ("RR", "OR"):
            expected = data["effects"][measure]["leave"]
            columns = [data["cells"][name] for name in ("ai", "n1i", "ci", "n2i")]
            for *table, effect, variance in zip(*columns, expected["effect"], expected["variance"], strict=True):
                numbers = {"effect": effect, "variance": variance}
                gives = {name: math.nan if value is None else value for name, value in numbers.items()}
                every.add("escalc", "effectSize", measure, *table, gives=gives)


def add_quantiles(every):
    for level in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999):
        every.add("quantiles", "criticalValue", level, gives=critical_value(level))
        for df in range(1, 31):
            every.add("quantiles", "criticalValue", level, df, gives=critical_value(level, df))


def add_worked_examples(every):
    # Student's t, two-sided 5% points, and the normal one, as all tables print them.
    for df, printed in ((1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (12, 2.179), (30, 2.042)):
        every.add("printed", "criticalValue", 0.95, df, gives=printed)
    every.add("printed", "criticalValue", 0.95, gives=1.960)
    # Newcombe 1998, Stat Med 17:873, table II, example (a), method 10: 56/70 - 48/80.
    every.add("printed", "scoreInterval", "RD", 56, 70, 48, 80, 0.95, gives=[0.0524, 0.3339])
    # Weights 100 and 33.3: (10 + 10) / 133.33 = 0.15; SE = 1/sqrt(133.33) = 0.0866; Q = 100 x 0.05^2 + 33.3 x 0.15^2 = 1.0.
    by_hand = {"estimate": 0.15, "se": 0.0866, "q": 1.0, "weights": [0.75, 0.25]}
    every.add("printed", "metaAnalysis", [0.1, 0.3], [0.01, 0.03], {"model": "common"}, gives=by_hand)
    # Effects 0 and 1, variances 0.1: tau2 is 0.5, their variance, less 0.1; the SE of two alike is half their distance.
    by_hand = {"estimate": 0.5, "tau2": 0.4, "se": 0.5, "q": 5.0, "i2": 0.8, "ci_high": 0.5 + 12.7062 * 0.5}
    every.add("printed", "metaAnalysis", [0, 1], [0.1, 0.1], {"model": "random"}, gives=by_hand)


def add_risks_and_margins(every):
    for measure, effects in (("RR", (0, 0.5, 2, 30)), ("OR", (0, 0.5, 2, 30)), ("RD", (-0.9, -0.1, 0, 0.3, 0.9))):
        for effect, baseline in itertools.product(effects, (0, 0.001, 0.2, 0.97, 1)):
            every.add("risks", "riskUnder", measure, baseline, effect, gives=risk_under(measure, baseline, effect))
    for measure, margin in itertools.product(("RR", "OR", "RD", "MD"), (0.06, 0.8, 1, 1.25, 5, 0, -1)):
        try:
            gives = list(margin_bounds(measure, margin))
        except ne.NeckevidenceError as error:
            gives = str(error)
        every.add("margins", "marginBounds", measure, margin, gives=gives)


@pytest.mark.parametrize("topic", ["quantiles", "effects", "points", "limits", "pools", "oracle", "risks"])
def test_agrees_with_python(cases, topic):
    assert not summary(cases.differ(topic))


def test_made_up_trials_are_as_many_and_as_awkward_as_they_should_be():
    trials = list(synthetic_trials())
    assert len(trials) >= 200
    assert {len(tables) for tables in trials} == set(range(2, 14))
    assert sum((table[0], table[2]) == (0, 0) for tables in trials for table in tables) > 50
    assert sum(0 in (table[0], table[2]) for tables in trials for table in tables) > 100


def test_agrees_with_metafor(cases):
    assert not summary(cases.differ("metafor", relative=1e-8) + cases.differ("escalc"))


def test_worked_examples(cases):
    assert not summary(cases.differ("printed", relative=1e-3))


def test_margins(cases):
    for where, expected, found in cases["margins"]:
        if isinstance(expected, str):  # numbers are not written alike: "found 0.0" and "found 0"
            assert found["error"].split(", found")[0] == expected.split(", found")[0], where
        else:
            assert not differences(expected, found, where)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # statsmodels meets 0/0 on its way
def test_limits_of_ratios_solve_the_score_equation(cases):
    """The score test of statsmodels rejects neither limit nor anything between, at exactly the level asked for."""
    calls = zip(cases.calls, cases.found, strict=True)
    checked = 0
    for (_, *arguments), found in (((c["call"], *c["args"]), f) for c, f in calls if c["call"] == "scoreInterval"):
        measure, *table, level = arguments
        if measure == "RD":
            continue
        compare = "ratio" if measure == "RR" else "odds-ratio"
        for limit, z in zip(map(float, found), (critical_value(level), -critical_value(level)), strict=True):
            if 0 < limit < math.inf:
                there, _ = score_test_proportions_2indep(*table, value=limit, compare=compare, return_results=False)
                assert there == pytest.approx(z, rel=1e-6), (arguments, limit)
                checked += 1
    assert checked > 1000
