"""The synthesis engine beside its peers, in one run. Run by `make bench`; not part of the tests."""

import subprocess
import sys
import time

import numpy as np
import pytest

from neckevidence import meta_analysis
from neckevidence.synthesis.batch import meta_analysis_many
from neckevidence.synthesis.bayes import bayes_meta_analysis
from neckevidence.synthesis.sensitivity import all_subsets, leave_one_out


def timed(benchmark, function, rounds=50):
    benchmark.pedantic(function, rounds=rounds, warmup_rounds=3)
    return benchmark.stats.stats.median


def median_time(function, rounds=50):
    function()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


@pytest.mark.filterwarnings("ignore")
def test_one_fit(benchmark, trials, rows, metafor):
    from statsmodels.stats.meta_analysis import combine_effects

    y, v = trials
    ours = timed(benchmark, lambda: meta_analysis(y, v, tau2="REML", ci="hartung-knapp"), rounds=300)
    bare = median_time(lambda: combine_effects(y, v, method_re="iterated"), rounds=300)
    whole = median_time(lambda: combine_effects(y, v, method_re="iterated").conf_int(), rounds=300)
    rows.append(("REML, Hartung-Knapp, prediction interval, k = 13", ours, "statsmodels PM, intervals", whole))
    rows.append(("the same", ours, "statsmodels PM, no interval", bare))
    rows.append(("the same", ours, "metafor REML, knha, predict", metafor and metafor["fit"]))


def test_a_hundred_thousand_fits(benchmark, rows, metafor):
    rng = np.random.default_rng(1)
    y, v = rng.normal(0, 0.5, (100_000, 13)), rng.uniform(0.01, 0.3, (100_000, 13))
    ours = timed(benchmark, lambda: meta_analysis_many(y, v, ci="hartung-knapp"), rounds=5) / 100_000
    rows.append(("one of 100,000 such fits in a batch", ours, "metafor, one by one", metafor and metafor["fit"]))


def test_all_subsets_of_twenty(benchmark, rows, metafor):
    rng = np.random.default_rng(2)
    y, v = rng.normal(0, 0.5, 20), rng.uniform(0.01, 0.3, 20)
    ours = timed(benchmark, lambda: all_subsets(y, v, tau2="DL"), rounds=3)
    theirs = metafor and metafor["fit"] * (2**20 - 1)
    rows.append(("all 1,048,575 subsets of 20 trials, DL", ours, "metafor, its fit times 2^20-1", theirs))


@pytest.mark.parametrize("k", [2, 13])
def test_bayes(benchmark, trials, rows, k):
    y, v = trials[0][:k], trials[1][:k]
    ours = timed(benchmark, lambda: bayes_meta_analysis(y, v), rounds=100)
    rows.append((f"Bayesian random effects, k = {k}", ours, "bayesmeta", None))


def test_leave_one_out(benchmark, trials, rows, metafor):
    whole = meta_analysis(*trials)
    ours = timed(benchmark, lambda: leave_one_out(whole), rounds=100)
    rows.append(("leave-one-out, k = 13", ours, "metafor leave1out", metafor and metafor["leave1out"]))


def test_import(benchmark, rows):
    def run(code):
        subprocess.run([sys.executable, "-c", code], check=True)

    peers = "import pandas, matplotlib"
    alone = median_time(lambda: run(peers), rounds=5)
    both = timed(benchmark, lambda: run(f"{peers}\nimport neckevidence\nneckevidence.meta_analysis"), rounds=5)
    rows.append(("importing pandas, matplotlib and neckevidence", both, "the first two alone", alone))
