"""The one style of all figures: colours that colour-blind readers can tell apart, sizes, fonts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl

# Okabe and Ito's palette (Color Universal Design), darkened where text is set in it.
INK = "#1f2933"
MUTED = "#5b6770"
LINE = "#c3ccd4"
TREATMENT = "#0b5c8f"
CONTROL = "#8a949c"
CAUTION = "#a84300"
BAND = "#009e73"
ROUNDING = "#e69f00"

_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "figure.dpi": 110,
    "savefig.dpi": 110,
    "savefig.bbox": None,
    "svg.fonttype": "path",
    "svg.hashsalt": "neckevidence",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the style of the house without changing the caller's settings.

    Yields
    ------
    None
        Inside the ``with`` block matplotlib uses the style.
    """
    with mpl.rc_context(_STYLE):
        yield
