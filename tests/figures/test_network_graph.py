"""The graph of a network: few crossings, true widths and areas, no label upon another."""

import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neckevidence.core.errors import NeckevidenceError
from neckevidence.figures.circle_layout import circle_order, crossings, number_places, spread
from neckevidence.figures.network_graph import network_graph
from neckevidence.figures.page import wrap_name

LONG = [
    "placebo",
    "cyclobenzaprine 2.5 mg",
    "cyclobenzaprine 5 mg",
    "cyclobenzaprine 10 mg",
    "diazepam 5 mg",
    "naproxen with cyclobenzaprine 5 mg tablets",
    "naproxen with diazepam 5 mg tablets",
    "ibuprofen 800 mg with cyclobenzaprine 10 mg",
    "cyclobenzaprine, extended-release, 15 mg once daily",
    "naproxen with orphenadrine 100 mg",
    "ibuprofen 800 mg",
]
EDGES = pd.DataFrame(
    [("B", "A", 4, 400.0, True), ("C", "A", 2, 100.0, True), ("D", "A", 1, math.nan, False), ("C", "B", 1, 50.0, True)],
    columns=["treatment", "control", "trials", "patients", "has_numbers"],
)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def by_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def boxes(ax):
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer).padded(-1)) for text in ax.texts]


def crowded(ax):
    """Texts upon each other, labels upon nodes, and texts that the edge of the figure cuts."""
    found = boxes(ax)
    page = ax.figure.bbox.padded(1)
    faults = [name for name, box in found if not (page.contains(box.x0, box.y0) and page.contains(box.x1, box.y1))]
    faults += [(a[0], b[0]) for a, b in itertools.combinations(found, 2) if a[1].overlaps(b[1])]
    nodes = [node.get_window_extent().padded(-1) for node in by_gid(ax, "node") + by_gid(ax, "isolated")]
    labels = {text.get_text() for text in by_gid(ax, "label")}
    return faults + [name for name, box in found if name in labels and any(box.overlaps(node) for node in nodes)]


def star(names):
    rows = [(name, names[0], 1 + i % 3) for i, name in enumerate(names[1:])]
    return pd.DataFrame(rows, columns=["treatment", "control", "trials"])


def test_every_edge_and_node_is_drawn_once():
    ax = network_graph(EDGES, pd.DataFrame({"treatment": ["A", "B", "C", "D", "E"]}))
    assert len(by_gid(ax, "edge")) == 3
    assert len(by_gid(ax, "empty")) == 1
    assert len(by_gid(ax, "node")) == 4
    assert len(by_gid(ax, "isolated")) == 1
    assert sorted(text.get_text() for text in by_gid(ax, "number")) == ["1", "1", "2", "4"]
    assert sorted(text.get_text() for text in by_gid(ax, "label")) == ["A", "B", "C", "D", "E"]


def test_edges_end_at_their_treatments():
    ax = network_graph(EDGES)
    places = {tuple(np.round(node.center, 9)) for node in by_gid(ax, "node")}
    for line in by_gid(ax, "edge") + by_gid(ax, "empty"):
        assert {tuple(np.round(end, 9)) for end in line.get_xydata()} <= places
    # A is joined to all others: the node that three lines share.
    ends = [tuple(np.round(e, 9)) for line in by_gid(ax, "edge") + by_gid(ax, "empty") for e in line.get_xydata()]
    assert sorted(ends.count(place) for place in places) == [1, 2, 2, 3]


def test_no_printed_figures_is_dashed_thin_and_in_the_key():
    ax = network_graph(EDGES)
    (empty,) = by_gid(ax, "empty")
    assert empty.is_dashed()
    assert empty.get_linewidth() < min(line.get_linewidth() for line in by_gid(ax, "edge"))
    assert not any(line.is_dashed() for line in by_gid(ax, "edge"))
    assert "compared, no usable figures" in {text.get_text() for text in by_gid(ax, "key")}
    ax = network_graph(EDGES[EDGES["has_numbers"]])
    assert "compared, no usable figures" not in {text.get_text() for text in by_gid(ax, "key")}


@pytest.mark.parametrize(("width", "ratio"), [("trials", 4 / 2), ("patients", 400 / 100)])
def test_widths_are_in_proportion(width, ratio):
    lines = [line.get_linewidth() for line in by_gid(network_graph(EDGES, width=width), "edge")]
    assert lines[0] / lines[1] == pytest.approx(ratio)  # B-A to C-A


def test_areas_of_nodes_are_in_proportion_to_patients():
    patients = pd.DataFrame({"treatment": ["A", "B", "C", "D"], "patients": [900, 400, 1, math.nan]})
    radii = [node.radius for node in by_gid(network_graph(EDGES, patients), "node")]
    assert (radii[0] / radii[1]) ** 2 == pytest.approx(900 / 400)
    assert radii[2] == radii[3] < radii[1]  # the least size for a few as for an unknown number


def test_multi_arm_trials_are_shaded_between_their_treatments():
    ax = network_graph(EDGES, multi_arm=[("A", "B", "C")])
    (shade,) = by_gid(ax, "multi_arm")
    nodes = {tuple(np.round(node.center, 9)) for node in by_gid(ax, "node")}
    assert len({tuple(np.round(corner, 9)) for corner in shade.get_xy()} & nodes) == 3


@pytest.mark.parametrize("count", [2, 3, 5, 8, 9, 11])
@pytest.mark.parametrize("isolated", [0, 2])
def test_long_names_never_collide(count, isolated):
    names = LONG[:count]
    nodes = pd.DataFrame({"treatment": names + ["ibuprofen 800 mg with placebo", "metaxalone"][:isolated]})
    assert crowded(network_graph(star(names), nodes)) == []


def test_shorter_names_fit_into_given_axes():
    figure, axes = plt.subplots(1, 2, figsize=(11, 5.5))
    edges = EDGES.drop(index=2)
    assert network_graph(edges, ax=axes[0], names={"A": "placebo", "B": "cyclobenzaprine 5 mg"}) is axes[0]
    assert crowded(axes[0]) == []
    low, high = axes[0].get_ylim()
    height = axes[0].get_position().height * figure.get_size_inches()[1]
    assert high - low == pytest.approx(height)  # a unit is an inch: circles are round


def test_a_network_without_any_trial_is_all_rings():
    ax = network_graph(EDGES.iloc[:0], pd.DataFrame({"treatment": ["A", "B"]}))
    assert len(by_gid(ax, "isolated")) == 2
    assert not by_gid(ax, "edge")
    assert crowded(ax) == []


def test_names_replace_codes():
    labels = {text.get_text() for text in by_gid(network_graph(EDGES, names={"A": "placebo"}), "label")}
    assert labels == {"placebo", "B", "C", "D"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"treatment": ["B", "C", "D", "A"], "control": ["A", "A", "A", "B"]}, "A and B: the pair stands twice"),
        ({"control": ["B", "A", "A", "B"]}, "B: an edge joins it to itself"),
        ({"trials": [4, 0, 1, 1]}, "C and A: trials must be at least 1, found 0"),
    ],
)
def test_impossible_edges_are_named(change, message):
    with pytest.raises(NeckevidenceError, match=message):
        network_graph(EDGES.assign(**change))


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(NeckevidenceError, match="edges has no column trials"):
        network_graph(EDGES.drop(columns="trials"))
    with pytest.raises(NeckevidenceError, match="width must be one of trials, patients; found 'events'"):
        network_graph(EDGES, width="events")
    with pytest.raises(NeckevidenceError, match="no numbers of patients"):
        network_graph(EDGES.drop(columns="patients"), width="patients")
    with pytest.raises(NeckevidenceError, match="multi_arm names X"):
        network_graph(EDGES, multi_arm=[("A", "B", "X")])
    with pytest.raises(NeckevidenceError, match="nothing to draw"):
        network_graph(EDGES.iloc[:0])


def cross(a, b, c, d):
    """Whether two segments cross, by the signs of areas: another rule than that of the package."""
    side = lambda p, q, r: np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))  # noqa: E731
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(7)), st.sets(st.sampled_from(list(itertools.combinations(range(7), 2)))))
def test_crossings_are_those_of_the_lines_on_paper(order, edges):
    angle = {node: 2 * math.pi * i / 7 for i, node in enumerate(order)}
    at = {node: (math.cos(a), math.sin(a)) for node, a in angle.items()}
    pairs = [(e, f) for e, f in itertools.combinations(sorted(edges), 2) if not set(e) & set(f)]
    assert crossings(order, sorted(edges)) == sum(cross(at[a], at[b], at[c], at[d]) for (a, b), (c, d) in pairs)


@pytest.mark.parametrize("count", [5, 7, 10, 14])
def test_a_ring_is_drawn_without_crossings(count):
    ring = np.random.default_rng(count).permutation(count).tolist()
    edges = [(ring[i], ring[i - 1]) for i in range(count)]
    order = circle_order(count, edges)
    assert sorted(order) == list(range(count))
    assert crossings(order, edges) == 0
    assert circle_order(count, edges) == order


def test_four_treatments_all_compared_cross_once():
    edges = list(itertools.combinations(range(4), 2))
    assert crossings(circle_order(4, edges), edges) == 1  # no order has fewer


def test_treatments_without_an_edge_stand_last():
    assert circle_order(5, [(4, 1), (1, 3)])[-2:] == [0, 2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.1, 1)), min_size=1, max_size=9))
def test_labels_are_spread_just_as_far_as_needed(wanted):
    middles, heights = zip(*wanted, strict=True)
    new = spread(middles, heights, 0.1)
    order = np.argsort(new, kind="stable")
    for lower, upper in itertools.pairwise(order):
        assert new[upper] - new[lower] >= (heights[lower] + heights[upper]) / 2 + 0.1 - 1e-9
    assert np.mean(new) == pytest.approx(np.mean(middles), abs=1e-9)  # pushed both ways alike


def test_numbers_of_crossing_lines_stand_apart():
    diagonals = np.array([[(0.0, 0.0), (2.0, 2.0)], [(0.0, 2.0), (2.0, 0.0)]])
    first, second = number_places(diagonals, clear=0.2)
    assert np.hypot(*(first - second)) > 0.2
    assert np.hypot(*(first - (1, 1))) > 0.1  # not where the lines cross


def test_a_number_keeps_its_unit():
    lines = wrap_name("naproxen with cyclobenzaprine 5 mg tablets", 24).replace("\u00a0", " ").split("\n")
    assert " ".join(lines) == "naproxen with cyclobenzaprine 5 mg tablets"
    assert not any(line.endswith("5") for line in lines)
    assert max(map(len, lines)) <= 24
