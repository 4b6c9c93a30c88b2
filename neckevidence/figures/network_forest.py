"""The forest of a network: every treatment against one reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.views import shows
from neckevidence.effects.measures import natural
from neckevidence.equivalence.limits import margin_bounds
from neckevidence.equivalence.margins import Margin
from neckevidence.figures.evidence_marks import EvidenceRow, evidence_forest, sign_of
from neckevidence.synthesis.network.result import NetworkMetaAnalysis

if TYPE_CHECKING:
    from neckevidence.synthesis.network.result import NetworkMetaAnalysis

_KINDS = {"direct and indirect": "mixed", "direct": "direct", "indirect only": "indirect"}
_MEANINGS = {
    "direct": "direct: only trials that compare the two.",
    "mixed": "mixed: trials that compare the two, and indirect evidence from the rest of the network.",
    "indirect": "hollow, dashed: indirect only. No trial compares the two, patients were not randomised between them.",
}


@shows("picture", NetworkMetaAnalysis)
def network_forest(
    network: NetworkMetaAnalysis,
    reference: str | None = None,
    ax: Axes | None = None,
    margin: Margin | float | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw the network estimates of all treatments against one, with the kind of evidence each rests on.

    Parameters
    ----------
    network : NetworkMetaAnalysis
        The fit.
    reference : str, optional
        The treatment that all others are compared with; by default that of the fit.
    ax : matplotlib Axes, optional
        Where to draw; its place is shared between plot and columns. By default a new figure that fits.
    margin : Margin or float, optional
        Equivalence margin to shade, in the units of the measure; a ratio for ratios.
    names : mapping, optional
        Names to show instead of the treatments' codes.

    Returns
    -------
    matplotlib Axes
        A row a treatment, the smallest estimate first. Artists carry a ``gid``: ``interval``, ``estimate``, ``prediction``
        (thin, if the fit has them), ``margin``. Markers: square for direct evidence only, circle for mixed, hollow diamond
        with a dashed interval for indirect only.

    Raises
    ------
    NeckevidenceError
        If the reference is not in the network, or the margin does not fit the measure.

    Examples
    --------
    >>> import pandas as pd
    >>> from neckevidence.synthesis.network.analysis import network_meta_analysis
    >>> trials = pd.DataFrame(
    ...     [("one", "B", "A", 1.0, 0.5), ("two", "C", "A", 3.0, 1.2)],
    ...     columns=["trial", "treatment", "control", "effect", "se"])
    >>> axes = network_forest(network_meta_analysis(contrasts=trials, measure="MD", tau2="common"), "B")
    >>> [line.get_marker() for line in axes.lines if line.get_gid() == "estimate"]
    ['s', 'D']
    """
    reference = network.reference if reference is None else reference
    if reference not in network.treatments:
        raise NeckevidenceError(f"reference {reference!r} is not in the network; found {', '.join(network.treatments)}")
    bounds = None if margin is None else margin_bounds(network.measure, margin)
    shown = dict(names or {})
    rows = _rows(network, reference, shown)
    foot = [f"{sign_of(kind)} {_MEANINGS[kind]}" for kind in _MEANINGS if any(row.kind == kind for row in rows)]
    if any(row.prediction[0] == row.prediction[0] for row in rows):
        foot.append("Thin grey line: prediction interval, for the effect in a new trial.")
    return evidence_forest(
        rows,
        ("Treatment",),
        ("Evidence",),
        network.measure,
        f"Network of {network.k} trials: against {shown.get(reference, reference)}",
        ax,
        level=network.level,
        bounds=bounds,
        foot=foot,
    )


def _rows(network: NetworkMetaAnalysis, reference: str, shown: Mapping[str, str]) -> list[EvidenceRow]:
    tables = network.estimates, network.ci_low, network.ci_high, network.prediction_low, network.prediction_high
    pairs = {frozenset((row.treatment, row.control)): row for row in network.to_frame().itertuples()}
    others = [name for name in network.treatments if name != reference]
    rows = []
    for name in sorted(others, key=lambda name: network.estimates.loc[name, reference]):
        estimate, low, high, *prediction = (natural(network.measure, float(t.loc[name, reference])) for t in tables)
        pair = pairs[frozenset((name, reference))]
        kind = _KINDS[pair.evidence]
        trials = f"{pair.trials} trial{'s' if pair.trials > 1 else ''}"
        words = "indirect only" if kind == "indirect" else f"{kind}, {trials}"
        note = f"{sign_of(kind)} {words}"
        rows.append(EvidenceRow((shown.get(name, name),), kind, estimate, low, high, (note,), tuple(prediction)))
    return rows
