"""Collect timings, ours and a peer's from the same run, and print them as ratios."""

import json
import shutil
import subprocess

import numpy as np
import pytest

ROWS = pytest.StashKey()


@pytest.fixture(scope="session")
def rows(request):
    """List of (what, our seconds, peer's name, peer's seconds or None)."""
    return request.config.stash.setdefault(ROWS, [])


@pytest.fixture(scope="session")
def trials():
    """Thirteen trials, the number of the BCG example."""
    rng = np.random.default_rng(13)
    return rng.normal(-0.5, 0.6, 13), rng.uniform(0.01, 0.4, 13)


@pytest.fixture(scope="session")
def metafor(trials):
    """Seconds of metafor's fit and leave-one-out on the same trials, timed inside R; None without R or metafor."""
    if shutil.which("Rscript") is None:
        return None
    y, v = (",".join(map(repr, part.tolist())) for part in trials)
    code = f"""
    suppressMessages(library(metafor)); y <- c({y}); v <- c({v})
    time <- function(f, n) {{ f(); min(replicate(5, system.time(for (i in 1:n) f())[["elapsed"]])) / n }}
    fit <- function() predict(rma(y, v, method="REML", test="knha"))
    whole <- rma(y, v, method="REML", test="knha")
    cat(sprintf('{{"fit": %.9f, "leave1out": %.9f}}', time(fit, 40), time(function() leave1out(whole), 4)))
    """
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def pytest_terminal_summary(terminalreporter, config):
    found = config.stash.get(ROWS, [])
    if not found:
        return
    terminalreporter.section("ratios: peer's time divided by ours (above 1: ours is faster)")
    for what, ours, peer, theirs in found:
        ratio = f"{theirs / ours:.1f}" if theirs else "not installed"
        terminalreporter.write_line(f"{what:<58} {1e6 * ours:12.1f} us   {peer:<28} {ratio:>13}")
