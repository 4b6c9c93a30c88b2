"""Show a picture in a notebook, sharp and with an alternative text that is made from the result itself."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neckevidence.figures.words import alt_text

__all__ = ["Shown", "alt_text", "show"]
_DPI = 110


@dataclass(frozen=True)
class Shown:
    """A picture with what it shows.

    Attributes
    ----------
    figure : Figure
        The picture.
    result : object
        What it shows, or the alternative text.
    alt : str
        The alternative text.
    names : mapping
        Names of treatments, where the picture shows these instead of codes.
    caption : str
        A line below; empty for the title of its table.
    origin : object
        Where the numbers come from, if the result does not say it; see `neckevidence.tables.Table`.
    """

    figure: Figure = field(repr=False)
    result: Any = field(repr=False)
    alt: str
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    caption: str = ""
    origin: Any = field(default=None, repr=False)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=2 * _DPI, metadata={"Software": None})
        width, height = (round(_DPI * inches) for inches in self.figure.get_size_inches())
        data = {"image/png": buffer.getvalue(), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt, "width": width, "height": height}}


def show(ax: Axes, result: Any, names: Mapping[str, str] | None = None, caption: str = "", of: Any = None) -> None:
    """Show the figure of an Axes in a notebook as a picture with an alternative text, and close it.

    Parameters
    ----------
    ax : matplotlib Axes
        The picture.
    result : object
        What it shows, for `alt_text` and for the table beside it in a report, or the text itself.
    names : mapping, optional
        Names of treatments, where the picture shows these instead of codes.
    caption : str
        A line below the picture in a report; by default the title of its table.
    of : object, optional
        Where its numbers come from, if the result does not know its printed figures: the network or the comparisons
        that it was made from.
    """
    from IPython.display import display

    try:
        display(Shown(ax.figure, result, alt_text(result, names), names or {}, caption, of))
    finally:
        plt.close(ax.figure)
