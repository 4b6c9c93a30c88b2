"""Text on a figure's page: how large it will be, and lines below a plot."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neckevidence.figures.style import MUTED

_LINE = 0.165  # inches, one line of the foot
_LETTER = 0.064  # inches, mean width of a letter of the foot
_AXIS = 0.56  # inches that the labels of an x axis take


def text_size(figure: Figure, text: str, **font: Any) -> tuple[float, float]:
    """Measure a text as the renderer will set it.

    Parameters
    ----------
    figure : matplotlib Figure
        Where it will stand.
    text : str
        The text, of one line or several.
    **font
        As for ``figure.text``: size, weight, linespacing.

    Returns
    -------
    width, height : float
        In inches.
    """
    made = figure.text(0, 0, text, **font)
    box = made.get_window_extent(figure.canvas.get_renderer())
    made.remove()
    return box.width / figure.dpi, box.height / figure.dpi


def wrap_name(name: str, letters: int) -> str:
    """Break a treatment's name into lines of about the same length, a number always with its unit.

    Parameters
    ----------
    name : str
        The name.
    letters : int
        Most letters of a line, unless a word is longer.

    Returns
    -------
    str
        Lines with line breaks between them.

    Examples
    --------
    >>> wrap_name("naproxen with diazepam", 15).splitlines()
    ['naproxen with', 'diazepam']
    """
    joined = re.sub(r"(?<=\d) (?=\S)", "\u00a0", name)

    def lines(width: int) -> list[str]:
        return textwrap.wrap(joined, width, break_long_words=False)

    fewest = lines(letters)
    widths = (width for width in range(max(letters // 2, 1), letters + 1) if len(lines(width)) == len(fewest))
    return "\n".join(min((lines(width) for width in widths), key=lambda found: max(map(len, found)), default=fewest))


def add_foot(ax: Axes, paragraphs: Sequence[str], grow: bool) -> None:
    """Write paragraphs below the x axis of a plot, as wide as all that is drawn.

    Parameters
    ----------
    ax : matplotlib Axes
        The plot with all its text.
    paragraphs : sequence of str
        From top to bottom; empty ones are left out.
    grow : bool
        Whether the figure may be made taller for them.
    """
    figure = ax.figure
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in ax.texts if text.get_text()] + [
        ax.get_window_extent(renderer)
    ]
    left, right = (end / figure.dpi for end in (min(box.x0 for box in boxes), max(box.x1 for box in boxes)))
    wrap = max(int((right - left) / _LETTER), 40)
    lines = [line for paragraph in paragraphs if paragraph for line in textwrap.wrap(paragraph, wrap)]
    box, (width, height) = ax.get_position(), figure.get_size_inches()
    bottom, tall = box.y0 * height, box.height * height
    if grow:
        more = _LINE * len(lines) + 0.08
        figure.set_size_inches(width, height + more)
        bottom += more
        ax.set_position([box.x0, bottom / (height + more), box.width, tall / (height + more)])
    x = (left / width - box.x0) / box.width
    for number, line in enumerate(lines):
        y = -(_AXIS + _LINE * number) / tall
        ax.text(x, y, line, transform=ax.transAxes, va="top", ha="left", size=8.5, color=MUTED, gid="foot")
