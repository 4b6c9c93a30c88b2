"""Show a picture in a notebook, sharp and with an alternative text that is made from the result itself."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from neckevidence.absolute import AbsoluteEffect
from neckevidence.comparison import Comparison
from neckevidence.numbers import interval_text
from neckevidence.overview import EvidenceMap

_DPI = 110


def alt_text(result: Any) -> str:
    """Describe a result in words, as the alternative text of its picture.

    Parameters
    ----------
    result : str, a result with ``summary()``, or a sequence of such
        What the picture shows.

    Returns
    -------
    str
        One or more sentences with the numbers of the picture.

    Raises
    ------
    TypeError
        If there are no words for it.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> alt_text(compare(load_evidence(), "CYC5", "CYC10", outcome="somnolence"))[:60]
    'Forest plot. Cyclobenzaprine 5 mg against cyclobenzaprine 10'
    """
    if isinstance(result, str):
        return result
    if isinstance(result, Comparison):
        return "Forest plot. " + _comparison_text(result)
    if isinstance(result, AbsoluteEffect):
        return "Patients per thousand. " + result.summary()
    if isinstance(result, EvidenceMap):
        return "Evidence map. " + result.summary().replace("\n", ". ")
    if isinstance(result, Sequence) and all(isinstance(one, Comparison) for one in result):
        return "Forest plot. " + " ".join(_comparison_text(one) for one in result)
    if isinstance(result, Sequence) and all(isinstance(one, AbsoluteEffect) for one in result):
        return "Bars of patients per thousand. " + " ".join(one.summary() for one in result)
    if hasattr(result, "summary"):
        return result.summary().replace("\n", ". ")
    if isinstance(result, Sequence):
        return " ".join(alt_text(one) for one in result)
    raise TypeError(f"no words for a {type(result).__name__}")


def _comparison_text(one: Comparison) -> str:
    numbers = interval_text(one.measure, one.estimate, one.ci_low, one.ci_high, one.level)
    return ", ".join((one.title(), f"{one.measure} {numbers}", *one.marks)) + "."


def show(ax: Axes, result: Any) -> None:
    """Show the figure of an Axes in a notebook as a picture with an alternative text, and close it.

    Parameters
    ----------
    ax : matplotlib Axes
        The picture.
    result : object
        What it shows, for `alt_text`, or the text itself.
    """
    from IPython.display import display

    figure = ax.figure
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=2 * _DPI, metadata={"Software": None})
    width, height = (round(_DPI * inches) for inches in figure.get_size_inches())
    plt.close(figure)
    data = {"image/png": buffer.getvalue(), "text/plain": alt_text(result)}
    metadata = {"image/png": {"alt": alt_text(result), "width": width, "height": height}}
    display(data, metadata=metadata, raw=True)
