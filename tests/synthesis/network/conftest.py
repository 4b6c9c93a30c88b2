"""Networks that many of these tests use."""

import numpy as np
import pandas as pd
import pytest

CONTRASTS = ["trial", "treatment", "control", "effect", "se"]


def contrast_table(*rows):
    return pd.DataFrame(rows, columns=CONTRASTS)


@pytest.fixture(scope="session")
def triangle():
    """Three trials with variance 1: B-A 1, C-B 1, C-A 5, so that the loop fails to close by 3."""
    return contrast_table(("one", "B", "A", 1, 1), ("two", "C", "B", 1, 1), ("three", "C", "A", 5, 1))


@pytest.fixture(scope="session")
def mixed():
    """Random trials of five treatments, with two to four arms; means with standard errors and sizes."""
    rng, rows = np.random.default_rng(5), []
    for trial in range(18):
        arms = rng.choice(5, size=rng.choice([2, 2, 3, 4]), replace=False)
        shift = rng.normal()
        for arm in arms:
            mean = shift + 0.3 * arm + rng.normal(0, 0.3)
            rows.append((f"t{trial:02d}", "ABCDE"[arm], mean, rng.uniform(0.05, 0.5), int(rng.integers(20, 200))))
    return pd.DataFrame(rows, columns=["trial", "treatment", "mean", "se", "n"])
