"""How much each trial gives to each estimate of a network, as shades."""

from __future__ import annotations

from typing import Any

from matplotlib import pyplot as plt

from neckevidence.core.views import shows
from neckevidence.figures.style import house_style
from neckevidence.synthesis.network.contributions import Contributions


@shows("picture", Contributions)
def contributions_plot(shown: Contributions, ax: Any = None) -> Any:
    """Draw the shares as a table of shades.

    Parameters
    ----------
    shown : Contributions
        The shares.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib Axes
        A row a pair, a column a trial.
    """
    with house_style():
        if ax is None:
            size = 2 + 0.25 * len(shown.trials), 1.5 + 0.2 * len(shown.pairs)
            _, ax = plt.subplots(figsize=size, layout="constrained")
        ax.imshow(shown.shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        ax.set_xticks(range(len(shown.trials)), shown.trials, rotation=90, fontsize=7)
        ax.set_yticks(range(len(shown.pairs)), [f"{a} : {b}" for a, b in shown.pairs], fontsize=7)
    return ax
