"""Forest plot of the components of a network."""

from __future__ import annotations

from typing import Any

from neckevidence.core.views import shows
from neckevidence.effects.measures import natural
from neckevidence.figures.forest_canvas import ForestRow, draw_forest
from neckevidence.synthesis.network.components import ComponentNetwork


@shows("picture", ComponentNetwork)
def components_plot(fit: ComponentNetwork, ax: Any = None) -> Any:
    """Draw the effect of adding each component.

    Parameters
    ----------
    fit : ComponentNetwork
        The fit.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that fits.

    Returns
    -------
    matplotlib Axes
        The Axes with the plot.
    """
    rows = [
        ForestRow((name,), *(natural(fit.measure, v) for v in numbers))
        for name, *numbers in zip(fit.components, fit.estimates, fit.ci_low, fit.ci_high, strict=True)
    ]
    return draw_forest(rows, ("Component",), fit.measure, "Effect of adding it", ax, level=fit.level)
