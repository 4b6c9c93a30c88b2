"""Direct against indirect evidence, pair by pair."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.views import shows
from neckevidence.effects.means import critical_value
from neckevidence.effects.measures import natural
from neckevidence.figures.evidence_marks import EvidenceRow, evidence_forest, sign_of
from neckevidence.synthesis.network.node_split import NodeSplit

if TYPE_CHECKING:
    from neckevidence.synthesis.network.node_split import NodeSplit

_KINDS = {"direct": "direct", "indirect": "indirect", "network": "mixed"}
_NOT_EQUAL = "p: test of direct against indirect. A large p-value does not show that the two agree."


@shows("picture", NodeSplit)
def node_split_plot(splits: NodeSplit, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw direct, indirect and network estimates of every pair that can be split; name the other pairs with the reason.

    Parameters
    ----------
    splits : NodeSplit
        The result.
    ax : matplotlib Axes, optional
        Where to draw; its place is shared between plot and columns. By default a new figure that fits.
    names : mapping, optional
        Names to show instead of the treatments' codes.

    Returns
    -------
    matplotlib Axes
        Three rows a pair, in the order of the table: square for direct evidence, hollow diamond with a dashed interval for
        indirect, circle for the network's. Artists carry a ``gid``: ``interval``, ``estimate``, ``foot``.

    Raises
    ------
    NeckevidenceError
        If no pair can be split.

    Examples
    --------
    >>> import pandas as pd
    >>> from neckevidence.synthesis.network.analysis import network_meta_analysis
    >>> from neckevidence.synthesis.network.node_split import node_split
    >>> trials = pd.DataFrame(
    ...     [("one", "B", "A", 1.0, 0.1), ("two", "C", "B", 1.0, 0.2), ("three", "C", "A", 2.3, 0.2)],
    ...     columns=["trial", "treatment", "control", "effect", "se"])
    >>> axes = node_split_plot(node_split(network_meta_analysis(contrasts=trials, measure="MD", tau2="common")))
    >>> len([line for line in axes.lines if line.get_gid() == "estimate"])
    9
    """
    table, shown, half = splits.to_frame(), dict(names or {}), critical_value(splits.level)
    rows: list[EvidenceRow] = []
    left_out: dict[str, list[str]] = {}
    for pair in table.to_dict("records"):
        name = (
            f"{shown.get(pair['treatment'], pair['treatment'])} against {shown.get(pair['control'], pair['control'])}"
        )
        if pair["reason"]:
            left_out.setdefault(pair["reason"], []).append(name)
            continue
        for source, kind in _KINDS.items():
            middle, reach = pair[source], half * pair[f"{source}_se"]
            ends = (natural(splits.measure, float(end)) for end in (middle, middle - reach, middle + reach))
            of_all = (name, _p_text(pair["p_value"])) if source == "indirect" else ("", "")
            rows.append(EvidenceRow((of_all[0], f"{sign_of(kind)} {source}"), kind, *ends, (of_all[1],)))
    if not rows:
        raise NeckevidenceError("no pair of this network can be split, so that there is nothing to draw")
    foot = [_NOT_EQUAL]
    foot += [f"Not split ({reason}): {'; '.join(pairs)}." for reason, pairs in left_out.items()]
    heads, title = ("Comparison", "Evidence"), "Direct and indirect evidence"
    return evidence_forest(
        rows, heads, ("p",), splits.measure, title, ax, level=splits.level, foot=foot, group=len(_KINDS)
    )


def _p_text(p: float) -> str:
    if math.isnan(p):
        return "not known"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
