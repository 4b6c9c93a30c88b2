"""Network meta-analysis beside metafor's rma.mv, in one run. Run by `make bench`; not part of the tests."""

import shutil
import subprocess
import time

import numpy as np
import pandas as pd
import pytest

from neckevidence.synthesis.network.analysis import network_meta_analysis
from neckevidence.synthesis.network.blocks import contrast_covariance


def network(treatments, sizes, seed):
    """Trials with as many arms as `sizes` says, of effects that lie 0.3 apart (SD)."""
    rng, rows = np.random.default_rng(seed), []
    for trial, size in enumerate(sizes):
        # The first trials run through all treatments, which connects them.
        arms = (
            (np.arange(size) + trial) % treatments
            if trial < treatments
            else rng.choice(treatments, size, replace=False)
        )
        rows += [(f"t{trial}", f"T{arm:03d}", rng.normal(0, 0.3), rng.uniform(0.05, 0.5)) for arm in arms]
    return pd.DataFrame(rows, columns=["trial", "treatment", "mean", "se"])


def all_pairs(arms):
    fit = network_meta_analysis(arms, measure="MD", tau2="REML")
    return fit.estimates, fit.se, fit.ci_low, fit.ci_high


def timed(benchmark, function, rounds):
    benchmark.pedantic(function, rounds=rounds, warmup_rounds=2)
    return benchmark.stats.stats.median


@pytest.fixture(scope="session")
def small():
    """Ten treatments, 26 trials, one of three arms: the size of Senn's diabetes network."""
    return network(10, [3] + [2] * 25, seed=1)


@pytest.fixture(scope="session")
def rma_mv(small):
    """Seconds of rma.mv's REML on the small network, without the pairs, timed inside R; None without R or metafor."""
    if shutil.which("Rscript") is None:
        return None
    y, v, x, trial, arm = [], [], [], [], []
    for block in network_meta_analysis(small, measure="MD").data.blocks:
        for own in range(len(block.trial)):
            codes = block.arms[own]
            y += (block.y[own, 1:] - block.y[own, 0]).tolist()
            v.append(contrast_covariance(block)[own].ravel().tolist())
            x += (np.eye(10)[codes[1:]] - np.eye(10)[codes[0]])[:, 1:].tolist()
            trial += [int(block.trial[own])] * (len(codes) - 1)
            arm += codes[1:].tolist()
    code = f"""
    suppressMessages(library(metafor))
    y <- {vector(y)}; trial <- {vector(trial)}; arm <- {vector(arm)}
    x <- matrix({vector(np.ravel(x).tolist())}, ncol = 9, byrow = TRUE)
    V <- as.matrix(bldiag(list({", ".join(f"matrix({vector(b)}, {int(len(b) ** 0.5)})" for b in v)})))
    fit <- function() rma.mv(y, V, mods = x, intercept = FALSE, random = ~ arm | trial, struct = "CS", rho = 0.5,
      data = data.frame(arm, trial))
    invisible(fit()); cat(min(replicate(5, system.time(for (i in 1:10) fit())[["elapsed"]])) / 10)
    """
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def vector(values):
    return f"c({', '.join(map(repr, values))})"


def test_small_network(benchmark, rows, small, rma_mv):
    ours = timed(benchmark, lambda: all_pairs(small), rounds=50)
    rows.append(("network, REML, all pairs: 10 treatments, 26 trials", ours, "metafor rma.mv, no pairs", rma_mv))


def test_large_network(benchmark, rows):
    arms = network(100, [3, 2, 2, 4, 2] * 400, seed=2)
    ours = timed(benchmark, lambda: all_pairs(arms), rounds=5)
    rows.append(("network, REML, all pairs: 100 treatments, 2,000 trials", ours, "metafor rma.mv", None))


def test_large_network_direct_and_indirect(benchmark, rows):
    fit = network_meta_analysis(network(100, [3, 2, 2, 4, 2] * 400, seed=2), measure="MD")
    start = time.perf_counter()
    fit.to_frame()
    first = time.perf_counter() - start  # later calls find the evidence already split
    benchmark.pedantic(fit.to_frame, rounds=3)
    rows.append(("direct and indirect evidence of its 4,950 pairs", first, "netmeta", None))
