"""Which design of a network disagrees with the others."""

from __future__ import annotations

from typing import Any

from matplotlib import pyplot as plt

from neckevidence.core.views import shows
from neckevidence.figures.style import CONTROL, TREATMENT, house_style
from neckevidence.synthesis.network.designs import DesignDecomposition


@shows("picture", DesignDecomposition)
def designs_plot(parts: DesignDecomposition, ax: Any = None) -> Any:
    """Draw Q between designs as it is, and once each design has effects of its own.

    Parameters
    ----------
    parts : DesignDecomposition
        The decomposition.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib Axes
        A dot a design; far left of the line: the design drives the inconsistency.
    """
    shown = parts.table.dropna(subset=["detached"])
    with house_style():
        if ax is None:
            _, ax = plt.subplots(figsize=(6, 1 + 0.25 * len(shown)))
        ax.axvline(parts.between, color=CONTROL)
        ax.plot(shown["detached"], shown["design"], "o", color=TREATMENT)
        ax.set(xlabel="Q between designs without the design (line: all)", xlim=(0, None))
    return ax
