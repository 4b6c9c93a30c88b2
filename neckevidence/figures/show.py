"""Show a picture in a notebook, sharp and with an alternative text that is made from the result itself."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from neckevidence.figures.words import alt_text

__all__ = ["alt_text", "show"]
_DPI = 110


def show(ax: Axes, result: Any, names: Mapping[str, str] | None = None) -> None:
    """Show the figure of an Axes in a notebook as a picture with an alternative text, and close it.

    Parameters
    ----------
    ax : matplotlib Axes
        The picture.
    result : object
        What it shows, for `alt_text`, or the text itself.
    names : mapping, optional
        Names of treatments, where the picture shows these instead of codes.
    """
    from IPython.display import display

    figure = ax.figure
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=2 * _DPI, metadata={"Software": None})
    width, height = (round(_DPI * inches) for inches in figure.get_size_inches())
    plt.close(figure)
    words = alt_text(result, names)
    data = {"image/png": buffer.getvalue(), "text/plain": words}
    metadata = {"image/png": {"alt": words, "width": width, "height": height}}
    display(data, metadata=metadata, raw=True)
