"""The one style of all figures: colours that colour-blind readers can tell apart, sizes, fonts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl

# Okabe and Ito's palette (Color Universal Design), darkened until text in a colour has a contrast of 4.5 with white and a mark
# one of 3 (WCAG 2.2, criteria 1.4.3 and 1.4.11). LINE is for rules between rows, which say nothing.
INK = "#1f2933"
MUTED = "#5b6770"
LINE = "#c3ccd4"
TREATMENT = "#0b5c8f"
CONTROL = "#8a949c"
CAUTION = "#a84300"
BAND = "#009e73"
ROUNDING = "#c28000"

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
    "text.parse_math": False,  # a dollar in a label is a dollar; matplotlib reads this when it makes a text
    "figure.dpi": 110,
    "savefig.dpi": 110,
    "savefig.bbox": None,
    "pdf.fonttype": 42,  # TrueType: text in a PDF can be searched and copied
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
