"""Tables of the calibration of intervals."""

from __future__ import annotations

import pandas as pd

from neckevidence.comparison.calibration import BAYES
from neckevidence.core.explanation import Explanation
from neckevidence.core.numbers import share_text
from neckevidence.tables.base import Table, text_frame

# Where the numbers of these tables come from: not from a print.
SIMULATED = Explanation(
    "simulated",
    "by neckevidence.comparison.calibration.calibrate, from trials of the sizes in the evidence, with a fixed seed",
)
_GUARDED, _PLAIN, _WALD = "REML, Hartung-Knapp with guard", "REML, Hartung-Knapp", "REML, Wald"


def calibration_table(table: pd.DataFrame) -> Table:
    """Show coverage and width for one outcome, a row a setting, a column a method.

    Parameters
    ----------
    table : DataFrame
        Rows of `neckevidence.comparison.calibration.calibrate`.

    Returns
    -------
    Table
        Coverage in whole per cent with the median width in brackets.
    """
    shown = table.assign(
        cell=[f"{share_text(c)} ({w:.1f})" for c, w in zip(table["coverage"], table["width"], strict=True)]
    )
    wide = shown.pivot(index=["k", "tau"], columns="method", values="cell")[list(dict.fromkeys(table["method"]))]
    rows = [
        {"Trials": k, "tau": f"{tau:g}", **row}
        for (k, tau), row in zip(wide.index, wide.to_dict("records"), strict=True)
    ]
    worst = table["coverage_error"].max()
    note = (
        f"Coverage (median width on the log odds ratio). Largest Monte Carlo standard error: {100 * worst:.1f} points."
    )
    return Table(text_frame(rows), "Coverage and width", note).of(SIMULATED)


def calibration_words(table: pd.DataFrame) -> str:
    """Describe a calibration in a sentence, as the alternative text of its picture.

    Parameters
    ----------
    table : DataFrame
        Rows of `neckevidence.comparison.calibration.calibrate` for one outcome.

    Returns
    -------
    str
        The range of coverage of each method.
    """
    ranges = [
        f"{method}: {share_text(own['coverage'].min())} to {share_text(own['coverage'].max())}"
        for method, own in table.groupby("method", sort=False)
    ]
    return "Coverage of 95% intervals over all settings. " + "; ".join(ranges) + "."


def calibration_findings(table: pd.DataFrame) -> Table:
    """Say what the defaults of the package rest on, each finding with its numbers and whether it holds.

    Parameters
    ----------
    table : DataFrame
        All rows of `neckevidence.comparison.calibration.calibrate`.

    Returns
    -------
    Table
        Finding, numbers, holds.
    """
    several = table[table["k"] > 1]
    first = several["outcome"].iloc[0]
    apart = several[(several["tau"] == several["tau"].max()) & (several["outcome"] == first)]
    two = several[several["k"] == 2]
    low = {method: own["coverage"].min() for method, own in several.groupby("method")}
    rows = [
        _finding(
            f"Wald intervals are too narrow when trials differ ({first})",
            f"lowest coverage {share_text(apart.loc[apart['method'] == _WALD, 'coverage'].min())}",
            apart.loc[apart["method"] == _WALD, "coverage"].max() < 0.93,
        ),
        _finding(
            "The guarded Hartung-Knapp interval never falls clearly below its level",
            f"lowest coverage {share_text(low[_GUARDED])}",
            low[_GUARDED] > 0.93,
        ),
        _finding(
            "With two trials the Bayesian interval is less than half as wide as the guarded one",
            f"median widths {two.loc[two['method'] == BAYES, 'width'].median():.1f} and "
            f"{two.loc[two['method'] == _GUARDED, 'width'].median():.1f}",
            two.loc[two["method"] == BAYES, "width"].median()
            < 0.5 * two.loc[two["method"] == _GUARDED, "width"].median(),
        ),
        _finding(
            "The Bayesian interval stays near its level",
            f"lowest coverage {share_text(low[BAYES])}",
            low[BAYES] > 0.90,
        ),
    ]
    return Table(text_frame(rows), "What the defaults rest on").of(SIMULATED)


def _finding(words: str, numbers: str, holds: bool) -> dict[str, object]:
    return {"Finding": words, "Numbers": numbers, "Holds": "yes" if holds else "NO"}
