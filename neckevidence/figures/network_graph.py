"""The network of trials: treatments on a circle, joined where trials compare them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Polygon
from numpy.typing import NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.figures.circle_layout import circle_order, number_places, spread
from neckevidence.figures.page import text_size, wrap_name
from neckevidence.figures.style import BAND, INK, MUTED, TREATMENT, house_style

Array = NDArray[np.float64]

WIDTHS = ("trials", "patients")
_RADIUS = 2.0  # of the circle, in inches; all distances are
_LEAST_RADIUS = 0.7
_SMALL, _MIDDLE, _LARGE, _RING = 0.09, 0.14, 0.24, 0.09
_THIN, _THICK = 1.4, 7.5  # lines, in points
_LABEL = {"size": 9.5, "linespacing": 1.1}
_KEY = {"size": 8.5}
_LETTERS, _FEWER_LETTERS = 24, 16  # in a line of a label; fewer where the Axes are given
_POLE = 0.13  # nodes nearer to the vertical (sine) have their labels above or below them
_GAP, _EDGE = 0.08, 0.1
_KEY_ROW = 0.22


@dataclass(frozen=True)
class _Label:
    text: str
    width: float
    height: float


def network_graph(
    edges: pd.DataFrame,
    nodes: pd.DataFrame | None = None,
    ax: Axes | None = None,
    *,
    width: str = "trials",
    names: Mapping[str, str] | None = None,
    multi_arm: Sequence[Sequence[str]] = (),
) -> Axes:
    """Draw which treatments trials compare, and of which comparisons figures are printed.

    Parameters
    ----------
    edges : DataFrame
        One row a pair: ``treatment``, ``control``, ``trials`` (how many compare them), optionally ``patients`` (NaN if not
        known) and ``has_numbers`` (whether a usable figure is printed; by default it is).
    nodes : DataFrame, optional
        ``treatment`` and optionally ``patients`` (NaN if not known), which the areas of the nodes show. Treatments without an
        edge become isolated rings.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that fits.
    width : {"trials", "patients"}
        What the widths of the lines show. The number at a line is always that of its trials.
    names : mapping, optional
        Names to show instead of the treatments' codes.
    multi_arm : sequence of sequences of str
        The treatments of each trial of three arms or more, which are shaded.

    Returns
    -------
    matplotlib Axes
        Units are inches. Artists carry a ``gid``: ``edge`` (solid), ``empty`` (thin and dashed, no usable figures),
        ``number``, ``node``, ``isolated``, ``multi_arm``, ``label``, ``key``.

    Raises
    ------
    NeckevidenceError
        If there is nothing to draw, a column is missing, a pair stands twice or joins a treatment to itself, a number of
        trials is not positive, `width` is unknown or asks for patients that are not given, or a multi-arm trial names a
        treatment that is not in the network.

    Examples
    --------
    >>> edges = pd.DataFrame(
    ...     [("B", "A", 3, True), ("C", "A", 1, False)], columns=["treatment", "control", "trials", "has_numbers"])
    >>> axes = network_graph(edges)
    >>> [line.get_gid() for line in axes.lines]
    ['edge', 'empty']
    """
    edges, treatments = _checked(edges, nodes, width, multi_arm)
    place = {name: i for i, name in enumerate(treatments)}
    ends = [(place[a], place[b]) for a, b in zip(edges["treatment"], edges["control"], strict=True)]
    order = circle_order(len(treatments), ends)
    shown = dict(names or {})
    with house_style():
        own = ax is None
        if own:
            ax = plt.figure(figsize=(6, 5)).add_axes((0, 0, 1, 1))
        # Half a step off the top: no label then stands in the middle above, where it would be in the way of its neighbours.
        angles = np.empty(len(treatments))
        angles[order] = np.pi / 2 - 2 * np.pi * (np.arange(len(treatments)) + 0.5) / len(treatments)
        unit = np.column_stack([np.cos(angles), np.sin(angles)])
        labels = [_label(ax, shown.get(name, name), _LETTERS if own else _FEWER_LETTERS) for name in treatments]
        key = _key(edges, treatments, nodes, width, multi_arm)
        full = _node_sizes(nodes, treatments)
        radius = _RADIUS if own else _fitting_radius(ax, unit, full, labels)
        scale = min(radius / _RADIUS, 1.0)
        points, sizes = radius * unit, scale * full
        corners = _label_corners(points, radius, sizes, labels)
        _frame(ax, points, sizes, corners, labels, key, own)
        for trial in multi_arm:
            _shade(ax, points[sorted((place[name] for name in trial), key=lambda i: angles[i])])
        _draw_edges(ax, edges, points[np.array(ends, dtype=int).reshape(-1, 2)], width, scale)
        joined = {node for edge in ends for node in edge}
        for i, (point, size) in enumerate(zip(points, sizes, strict=True)):
            _draw_node(ax, point, size, i in joined)
        for (x, y), label, middle in zip(corners, labels, points[:, 0], strict=True):
            lines = "center" if abs(middle) < _POLE * radius else ("left" if middle > 0 else "right")
            ax.text(x, y, label.text, ha="left", va="center", multialignment=lines, gid="label", **_LABEL)
    return ax


def _checked(
    edges: pd.DataFrame, nodes: pd.DataFrame | None, width: str, multi_arm: Sequence[Sequence[str]]
) -> tuple[pd.DataFrame, list[str]]:
    if width not in WIDTHS:
        raise NeckevidenceError(f"width must be one of {', '.join(WIDTHS)}; found {width!r}")
    for name, table, columns in (("edges", edges, ["treatment", "control", "trials"]), ("nodes", nodes, ["treatment"])):
        missing = [column for column in columns if table is not None and column not in table.columns]
        if missing:
            raise NeckevidenceError(
                f"{name} has no column {', '.join(missing)}; found {', '.join(map(str, table.columns))}"
            )
    if width == "patients" and ("patients" not in edges or edges["patients"].isna().all()):
        raise NeckevidenceError("width is 'patients', but edges gives no numbers of patients")
    edges = edges.reset_index(drop=True).assign(
        has_numbers=edges["has_numbers"].to_numpy(dtype=bool) if "has_numbers" in edges else True,
        patients=edges["patients"].to_numpy(dtype=float) if "patients" in edges else math.nan,
    )
    seen: set[frozenset[str]] = set()
    for row in edges.itertuples():
        pair = frozenset((row.treatment, row.control))
        if len(pair) == 1:
            raise NeckevidenceError(f"{row.treatment}: an edge joins it to itself")
        if pair in seen:
            raise NeckevidenceError(f"{row.treatment} and {row.control}: the pair stands twice in edges")
        if not row.trials >= 1:
            raise NeckevidenceError(f"{row.treatment} and {row.control}: trials must be at least 1, found {row.trials}")
        seen.add(pair)
    listed = [] if nodes is None else nodes["treatment"].tolist()
    treatments = list(dict.fromkeys([*listed, *sorted({*edges["treatment"], *edges["control"]})]))
    if not treatments:
        raise NeckevidenceError("there is nothing to draw: no treatment was given")
    unknown = sorted({name for trial in multi_arm for name in trial} - set(treatments))
    if unknown:
        raise NeckevidenceError(
            f"multi_arm names {', '.join(unknown)}, which is not in the network: {', '.join(treatments)}"
        )
    return edges, treatments


def _label(ax: Axes, name: str, letters: int) -> _Label:
    text = wrap_name(name, letters)
    return _Label(text, *text_size(ax.figure, text, **_LABEL))


def _fitting_radius(ax: Axes, unit: Array, full: Array, labels: Sequence[_Label]) -> float:
    """Find the largest circle that the Axes hold with all labels, and three rows of the key."""
    width, height = _inches(ax)
    wide, tall = (np.array([getattr(label, name) for label in labels]) for name in ("width", "height"))
    for radius in np.arange(min(width, height) / 2, _LEAST_RADIUS, -0.05).tolist():
        corners = _label_corners(radius * unit, radius, min(radius / _RADIUS, 1.0) * full, labels)
        across = np.ptp([*corners[:, 0], *(corners[:, 0] + wide)])
        down = np.ptp([*(corners[:, 1] - tall / 2), *(corners[:, 1] + tall / 2)])
        if across + 2 * _EDGE <= width and down + 2 * _EDGE + 3.6 * _KEY_ROW <= height:
            return radius
    return _LEAST_RADIUS


def _inches(ax: Axes) -> tuple[float, float]:
    box, (width, height) = ax.get_position(), ax.figure.get_size_inches()
    return box.width * width, box.height * height


def _node_sizes(nodes: pd.DataFrame | None, treatments: Sequence[str]) -> Array:
    """Radii; areas are in proportion to patients as far as the smallest radius allows."""
    if nodes is None or "patients" not in nodes or nodes["patients"].isna().all():
        return np.full(len(treatments), _MIDDLE)
    patients = nodes.set_index("treatment")["patients"].astype(float).reindex(treatments).fillna(0.0).to_numpy()
    return np.maximum(_SMALL, _LARGE * np.sqrt(patients / max(patients.max(), 1.0)))


def _label_corners(points: Array, radius: float, sizes: Array, labels: Sequence[_Label]) -> Array:
    """Left ends and middles of the labels: along the circle on each side, pushed apart where they would touch."""
    corners = np.empty_like(points)
    pole = np.abs(points[:, 0]) < _POLE * radius
    right = points[:, 0] > 0
    for side in (right & ~pole, ~right & ~pole):
        members = np.flatnonzero(side)
        wanted = (1 + (sizes[members] + 0.02) / radius) * points[members, 1]
        middles = spread(wanted.tolist(), [labels[i].height for i in members], _GAP)
        for i, y in zip(members, middles, strict=True):
            near = max(
                abs(y) - labels[i].height / 2, 0.0
            )  # the side of the label that is nearest to the circle's middle
            reach = math.sqrt(max(radius**2 - near**2, 0.0))
            x = max(reach, abs(points[i, 0])) + sizes[i] + _GAP
            corners[i] = (x if right[i] else -x - labels[i].width), y
    placed = np.flatnonzero(~pole).tolist()
    for i in np.flatnonzero(pole).tolist():
        up = 1 if points[i, 1] > 0 else -1
        y = points[i, 1] + up * (sizes[i] + _GAP / 2 + labels[i].height / 2)
        corners[i] = points[i, 0] - labels[i].width / 2, y
        while any(_touch(corners, labels, i, j) for j in placed):
            corners[i, 1] += up * _GAP / 2
        placed.append(i)
    return corners


def _touch(corners: Array, labels: Sequence[_Label], i: int, j: int) -> bool:
    (x, y), (u, v) = corners[i], corners[j]
    beside = x + labels[i].width + _GAP < u or u + labels[j].width + _GAP < x
    return not beside and abs(y - v) < (labels[i].height + labels[j].height) / 2 + _GAP / 2


def _frame(
    ax: Axes,
    points: Array,
    sizes: Array,
    corners: Array,
    labels: Sequence[_Label],
    key: Sequence[tuple[str, str]],
    own: bool,
) -> None:
    """Set the limits so that a unit is an inch, and write the key below."""
    wide, tall = (np.array([getattr(label, name) for label in labels]) for name in ("width", "height"))
    left, right = min(corners[:, 0]) - _EDGE, max(corners[:, 0] + wide) + _EDGE
    top = max(*(corners[:, 1] + tall / 2), *(points[:, 1] + sizes)) + _EDGE
    bottom = min(*(corners[:, 1] - tall / 2), *(points[:, 1] - sizes)) - _EDGE
    width = max(right - left, 4.5) if own else _inches(ax)[0]
    middle = (left + right) / 2
    left, right = middle - width / 2, middle + width / 2
    rows = _key_rows(ax, key, width - 2 * _EDGE)
    bottom -= _KEY_ROW * (len(rows) + 0.6)
    if own:
        ax.figure.set_size_inches(width, top - bottom)
    else:
        spare = _inches(ax)[1] - (top - bottom)
        top, bottom = top + spare / 2, bottom - spare / 2
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.set_axis_off()
    for number, row in enumerate(reversed(rows)):
        x, y = left + _EDGE, bottom + _KEY_ROW * (number + 0.6)
        for kind, text, size in row:
            _key_sign(ax, kind, x, y)
            ax.text(x + (_sign_width(kind)), y, text, va="center", ha="left", color=MUTED, gid="key", **_KEY)
            x += size


def _key(
    edges: pd.DataFrame,
    treatments: Sequence[str],
    nodes: pd.DataFrame | None,
    width: str,
    multi_arm: Sequence[Sequence[str]],
) -> list[tuple[str, str]]:
    joined = {*edges["treatment"], *edges["control"]}
    sized = nodes is not None and "patients" in nodes and nodes["patients"].notna().any()
    entries = [
        ("edge", "compared, usable figures printed", edges["has_numbers"].any()),
        ("empty", "compared, no usable figures", not edges["has_numbers"].all()),
        ("isolated", "no trial found", bool(set(treatments) - joined)),
        ("multi_arm", "trial of three arms or more", len(multi_arm) > 0),
        (
            "",
            ("Number and width: trials." if width == "trials" else "Number: trials. Width: patients.")
            + (" Node area: patients." if sized else ""),
            len(edges) > 0,
        ),
    ]
    return [(kind, text) for kind, text, there in entries if there]


def _sign_width(kind: str) -> float:
    return {"": 0.0, "isolated": 0.26}.get(kind, 0.42)


def _key_rows(ax: Axes, key: Sequence[tuple[str, str]], width: float) -> list[list[tuple[str, str, float]]]:
    rows: list[list[tuple[str, str, float]]] = [[]]
    for kind, text in key:
        size = _sign_width(kind) + text_size(ax.figure, text, **_KEY)[0] + 0.25
        if rows[-1] and sum(entry[2] for entry in rows[-1]) + size - 0.25 > width:
            rows.append([])
        rows[-1].append((kind, text, size))
    return [row for row in rows if row]


def _key_sign(ax: Axes, kind: str, x: float, y: float) -> None:
    if kind in ("edge", "empty"):
        ax.add_patch(
            Polygon([(x, y), (x + 0.34, y)], closed=False, fill=False, **_LINES[kind], lw=3 if kind == "edge" else 1.2)
        )
    elif kind == "isolated":
        ax.add_patch(Circle((x + _RING, y), _RING * 0.8, fc="white", ec=MUTED, lw=1.4))
    elif kind == "multi_arm":
        ax.add_patch(Polygon([(x, y - 0.07), (x + 0.34, y - 0.07), (x + 0.17, y + 0.09)], fc=BAND, alpha=0.25, lw=0))


_LINES = {"edge": {"color": "#5f8fb0", "ls": "-"}, "empty": {"color": MUTED, "ls": (0, (4, 3))}}


def _draw_edges(ax: Axes, edges: pd.DataFrame, ends: Array, width: str, scale: float) -> None:
    printed = edges["has_numbers"].to_numpy(dtype=bool)
    sizes = edges[width].to_numpy(dtype=float)
    most = np.nanmax(np.where(printed, sizes, np.nan)) if (printed & ~np.isnan(sizes)).any() else 1.0
    places = number_places(ends, clear=0.22)
    for row, pair, size, place in zip(edges.itertuples(), ends, sizes, places, strict=True):
        gid = "edge" if row.has_numbers else "empty"
        lw = max(_THIN, scale * _THICK * min(np.nan_to_num(size) / most, 1.0)) if row.has_numbers else 1.2
        ax.plot(*pair.T, lw=lw, solid_capstyle="butt", zorder=2, gid=gid, **_LINES[gid])
        box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"}
        colour, style = (INK, "normal") if row.has_numbers else (MUTED, "italic")
        at = {"ha": "center", "va": "center", "zorder": 3, "gid": "number", "size": 8.5}
        ax.text(*place, f"{row.trials:g}", color=colour, style=style, bbox=box, **at)


def _shade(ax: Axes, corners: Array) -> None:
    ax.add_patch(Polygon(corners, closed=True, fc=BAND, alpha=0.14, lw=0, zorder=1, gid="multi_arm"))


def _draw_node(ax: Axes, point: Array, size: float, joined: bool) -> None:
    if joined:
        ax.add_patch(Circle(point, size, fc=TREATMENT, ec="white", lw=1.2, zorder=4, gid="node"))
    else:
        ax.add_patch(Circle(point, _RING, fc="white", ec=MUTED, lw=1.6, zorder=4, gid="isolated"))
