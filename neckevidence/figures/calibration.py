"""Coverage and width of intervals in simulated meta-analyses, a panel a number of trials."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from neckevidence.figures.style import CAUTION, INK, LINE, MUTED, ROUNDING, TREATMENT, house_style

# Colour and marker differ together; the order is that of the legend.
_LOOKS = {
    "Common effect": (MUTED, "v", ":"),
    "Mantel-Haenszel": (INK, "1", ":"),
    "REML, Wald": (CAUTION, "s", "--"),
    "REML, Hartung-Knapp": (ROUNDING, "D", "-"),
    "REML, Hartung-Knapp with guard": (TREATMENT, "o", "-"),
    "Bayes, half-normal": ("#00785a", "^", "-"),
}
_ERRORS = 2  # Monte Carlo standard errors drawn on either side


def calibration_panel(table: pd.DataFrame, value: str = "coverage", ax: Axes | None = None, title: str = "") -> Axes:
    """Draw coverage or width against heterogeneity, a line a method.

    Parameters
    ----------
    table : DataFrame
        Rows of `neckevidence.comparison.calibration.calibrate` for one outcome and number of trials.
    value : {"coverage", "width"}
        What to draw; coverage with two Monte Carlo standard errors.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        Each line carries the method as its label.
    """
    with house_style():
        if ax is None:
            _, ax = plt.subplots(figsize=(3.2, 3))
        shift = 0.012
        for number, (method, (colour, marker, line)) in enumerate(_LOOKS.items()):
            own = table[table["method"] == method]
            x = own["tau"] + shift * (number - 2.5)
            errors = _ERRORS * own["coverage_error"] if value == "coverage" else None
            look = {"color": colour, "marker": marker, "ls": line, "ms": 5, "lw": 1.2, "capsize": 1.5}
            ax.errorbar(x, own[value], yerr=errors, label=method, elinewidth=0.8, **look)
        if value == "coverage":
            ax.axhline(0.95, color=LINE, lw=5, zorder=0)
            ax.set_ylim(0.62, 1.01)
        else:
            ax.set_yscale("log")
            ax.set_yticks([0.5, 1, 2, 5, 10, 20], ["0.5", "1", "2", "5", "10", "20"])
            ax.set_yticks([], minor=True)
            ax.set_ylim(0.45, 22)
        ax.set_xticks(sorted(table["tau"].unique()))
        ax.set_title(title, size=10)
        ax.tick_params(labelsize=8)
    return ax


def calibration_plot(table: pd.DataFrame, trials: Sequence[int], title: str) -> Axes:
    """Draw coverage above and width below, a column a number of trials.

    Parameters
    ----------
    table : DataFrame
        Rows of `neckevidence.comparison.calibration.calibrate` for one outcome.
    trials : sequence of int
        Numbers of trials, in this order.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        The first panel; the others are in its figure.
    """
    with house_style():
        figure, axes = plt.subplots(2, len(trials), figsize=(9.2, 5.6), sharex=True, sharey="row", squeeze=False)
        for column, k in enumerate(trials):
            own = table[table["k"] == k]
            calibration_panel(own, "coverage", axes[0, column], f"{k} trial{'s' if k > 1 else ''}")
            calibration_panel(own, "width", axes[1, column])
        axes[0, 0].set_ylabel("coverage of 95% intervals")
        axes[1, 0].set_ylabel("width, log odds ratio")
        figure.supxlabel("heterogeneity between trials, tau of the log odds ratio", size=9, y=0.085)
        figure.suptitle(title, x=0.07, ha="left", weight="bold", size=11)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="lower left", ncols=3, frameon=False, fontsize=8.5, bbox_to_anchor=(0.06, -0.005)
        )
        figure.subplots_adjust(left=0.075, right=0.99, top=0.88, bottom=0.165, wspace=0.08, hspace=0.1)
    return axes[0, 0]
