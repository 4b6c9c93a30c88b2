"""Forest, league table, ranks and node splits of a network: the numbers worked out by hand, and no text upon another."""

import itertools
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from neckevidence.core.errors import NeckevidenceError
from neckevidence.figures.league import league_plot
from neckevidence.figures.network_forest import network_forest
from neckevidence.figures.node_split import node_split_plot
from neckevidence.figures.ranking import ranking_plot
from neckevidence.synthesis.network.analysis import network_meta_analysis
from neckevidence.synthesis.network.node_split import node_split
from neckevidence.synthesis.network.ranking import rank_treatments

Z = 1.959963984540054
COLUMNS = ["trial", "treatment", "control", "effect", "se"]
# C against B, indirectly: 3 - 1 = 2, se sqrt(0.25 + 1.44) = 1.3 (Bucher).
STAR = [("one", "B", "A", 1.0, 0.5), ("two", "C", "A", 3.0, 1.2)]
# B against A: direct 1 (se 0.1), indirect 2.3 - 1 = 1.3 (se sqrt(0.04 + 0.04)).
RING = [("one", "B", "A", 1.0, 0.1), ("two", "C", "B", 1.0, 0.2), ("three", "C", "A", 2.3, 0.2)]
# Five more treatments with long names, each against A.
LONG = [
    "naproxen with cyclobenzaprine 5 mg tablets",
    "naproxen with diazepam 5 mg tablets",
    "ibuprofen 800 mg with cyclobenzaprine 10 mg",
    "cyclobenzaprine, extended-release, 15 mg once daily",
    "diazepam 5 mg",
]
WIDE = RING + [(name, name, "A", -0.4 * i, 0.3) for i, name in enumerate(LONG)]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def fit(rows, measure="MD", **options):
    table = pd.DataFrame(rows, columns=COLUMNS)
    return network_meta_analysis(contrasts=table, measure=measure, **{"tau2": "common", "reference": "A", **options})


def by_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def texts(ax, gid=None):
    return [text.get_text() for text in ax.texts if gid is None or text.get_gid() == gid]


def crowded(ax):
    """Texts that lie upon each other or are cut by the edge of the figure."""
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    shown = [*ax.texts, *(ax.get_xticklabels() if ax.axison else []), *([ax.xaxis.label] if ax.axison else [])]
    boxes = [(t.get_text(), t.get_window_extent(renderer).padded(-1)) for t in shown if t.get_text()]
    page = ax.figure.bbox.padded(2)
    cut = [name for name, box in boxes if not (page.contains(box.x0, box.y0) and page.contains(box.x1, box.y1))]
    return cut + [(a[0], b[0]) for a, b in itertools.combinations(boxes, 2) if a[1].overlaps(b[1])]


def smallest_letters(ax):
    return min(text.get_fontsize() for text in ax.texts)


# Forest


def test_forest_has_the_indirect_effect_by_hand():
    ax = network_forest(fit(STAR), "B")
    a_to_b, c_to_b = by_gid(ax, "interval")  # the smallest estimate first
    assert a_to_b.get_xdata() == pytest.approx([-1 - Z * 0.5, -1 + Z * 0.5])
    assert c_to_b.get_xdata() == pytest.approx([2 - Z * 1.3, 2 + Z * 1.3])
    assert [line.get_xdata()[0] for line in by_gid(ax, "estimate")] == pytest.approx([-1, 2])


def test_kinds_of_evidence_differ_by_shape_and_words():
    ax = network_forest(fit([*RING, ("four", "D", "A", 0.5, 0.3)]), "B")
    order = ["A", "D", "C"]  # against B: -1.03, -0.53, 1.13
    marks = dict(zip(order, by_gid(ax, "estimate"), strict=True))
    lines = dict(zip(order, by_gid(ax, "interval"), strict=True))
    assert {name: mark.get_marker() for name, mark in marks.items()} == {"A": "o", "C": "o", "D": "D"}
    assert marks["D"].get_markerfacecolor() == "white"
    assert lines["D"].is_dashed()
    assert not lines["A"].is_dashed()
    assert any("patients were not randomised between them" in text for text in texts(ax, "foot"))
    assert "\u25c7 indirect only" in texts(ax)
    ax = network_forest(fit(STAR))
    assert [mark.get_marker() for mark in by_gid(ax, "estimate")] == ["s", "s"]
    assert not any("randomised" in text for text in texts(ax, "foot"))


def test_ratios_lie_on_a_log_axis_with_natural_numbers():
    ax = network_forest(fit(STAR, "RR"), margin=0.8)
    assert ax.get_xscale() == "log"
    assert by_gid(ax, "estimate")[0].get_xdata() == pytest.approx([math.exp(1.0)])
    (band,) = by_gid(ax, "margin")
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((0.8, 1.25))
    assert "1" in [label.get_text() for label in ax.get_xticklabels()]


def test_prediction_intervals_are_drawn_outside_the_intervals():
    # Two trials of B against A, 0 and 2, se 0.5: Q = 8, and DerSimonian-Laird tau2 = (8 - 1) / (8 - 32 / 8) = 1.75.
    # So se = sqrt((0.25 + 1.75) / 2) = 1 and the prediction's half-width is Z x sqrt(1.75 + 1).
    fit_dl = fit([("one", "B", "A", 0.0, 0.5), ("two", "B", "A", 2.0, 0.5)], tau2="DL")
    (line,) = by_gid(network_forest(fit_dl), "prediction")[:1]
    half, inner = Z * math.sqrt(2.75), Z
    assert line.get_xdata() == pytest.approx([1 - half, 1 - inner, math.nan, 1 + inner, 1 + half], nan_ok=True)
    assert not by_gid(network_forest(fit(STAR)), "prediction")


def test_forest_refuses_an_unknown_reference_and_a_margin_that_does_not_fit():
    with pytest.raises(NeckevidenceError, match="reference 'X' is not in the network; found A, B, C"):
        network_forest(fit(STAR), "X")
    with pytest.raises(NeckevidenceError, match="margin must be a number above 0"):
        network_forest(fit(STAR), margin=-1)


@pytest.mark.parametrize("measure", ["MD", "OR"])
def test_forest_keeps_its_texts_apart(measure):
    ax = network_forest(fit(WIDE, measure), LONG[0], margin=1.25, names={"B": "metaxalone"})
    assert crowded(ax) == []
    assert smallest_letters(ax) >= 8
    assert "metaxalone" in texts(ax)


# League table


def test_league_cells_by_hand():
    ax = league_plot(fit(RING, small_values="bad"))  # C first, then B, then A
    assert texts(ax, "treatment") == ["C", "B", "A"]
    # Network, C against B: direct 1 (se 0.2), indirect 1.3 (se sqrt(0.05)): 1.1333, se 1 / sqrt(25 + 20) = 0.1491.
    assert texts(ax, "network")[0] == "1.1*\n0.8 to 1.4"
    # Direct, C against B 1 -+ 0.39; C against A 2.3 -+ 0.39; B against A 1 -+ 0.2.
    assert sorted(texts(ax, "direct")) == ["1.0*\n0.6 to 1.4", "1.0*\n0.8 to 1.2", "2.3*\n1.9 to 2.7"]


def test_league_is_of_the_upper_treatment_against_the_lower_in_both_triangles():
    ax = league_plot(fit([("one", "B", "A", 1.0, 0.1)], small_values="good"))  # A first
    assert texts(ax, "network") == texts(ax, "direct") == ["\u22121.0*\n\u22121.2 to \u22120.8"]


def test_the_picture_agrees_with_the_table():
    result = fit(WIDE, "RR", small_values="bad")
    table = result.league_table().to_numpy()
    for text in league_plot(result).texts:
        if text.get_gid() in ("network", "indirect", "direct"):
            x, y = text.get_position()
            estimate, limits = text.get_text().lstrip("\u25c7 ").replace("*", "").split("\n")
            assert table[int(-y), int(x)] == f"{estimate} (95% CI {limits})"


def test_indirect_cells_have_a_sign_and_a_frame_and_words():
    ax = league_plot(fit(STAR, small_values="bad"))
    assert texts(ax, "indirect") == ["\u25c7 2.0\n\u22120.5 to 4.5"]
    assert texts(ax, "empty") == ["\u00b7"]
    dashed = [patch for patch in ax.patches if patch.get_linestyle() not in ("solid", "-")]
    assert len(dashed) == 1
    (key,) = texts(ax, "key")
    assert "No trial compares the two" in key
    assert "neither a difference nor equality" in key.replace("\n", " ")


def test_bold_with_a_mark_is_what_leaves_out_no_difference():
    for text in league_plot(fit(WIDE)).texts:
        if text.get_gid() in ("network", "indirect", "direct"):
            low, high = (float(word.replace("\u2212", "-")) for word in text.get_text().split("\n")[1].split(" to "))
            assert (text.get_weight() == "bold") == ("*" in text.get_text()) == (low > 0 or high < 0)


def test_a_limit_beside_no_difference_gets_the_decimals_that_show_its_side():
    # 1 - 1.96 x 0.5 = 0.02 would be 0.0 with one decimal, beside a mark that says it is not 0.
    (text,) = texts(league_plot(fit([("one", "B", "A", 1.0, 0.5)], small_values="bad")), "network")
    assert text == "1.00*\n0.02 to 1.98"


def test_tints_tell_the_sides_and_stay_light():
    ax = league_plot(fit([("one", "B", "A", -1.0, 0.1), ("two", "C", "B", -1.0, 0.1)], small_values="bad"))
    faces = [patch.get_facecolor()[:3] for patch in ax.patches if patch.get_gid() == "network"]
    assert all(face[0] > face[2] for face in faces)  # A over B over C: positive, amber
    ax = league_plot(fit([("one", "B", "A", -1.0, 0.1), ("two", "C", "B", -1.0, 0.1)], small_values="good"))
    faces = [patch.get_facecolor()[:3] for patch in ax.patches if patch.get_gid() == "network"]
    assert all(face[2] > face[0] for face in faces)
    # WCAG's relative luminance; the ink of the texts is #1f2933.
    linear = [[((c + 0.055) / 1.055) ** 2.4 for c in face] for face in (*faces, (0x1F / 255, 0x29 / 255, 0x33 / 255))]
    *light, ink = (0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in linear)
    assert (min(light) + 0.05) / (ink + 0.05) > 4.5


def test_league_of_ten_treatments_keeps_its_texts_apart():
    ax = league_plot(fit([*WIDE, ("x", "miglitol", "A", 1.2, 0.5), ("y", "rosiglitazone", "A", -12.2, 3.5)]))
    assert len(by_gid(ax, "treatment")) == 2 * 10  # cell and text
    assert crowded(ax) == []
    assert smallest_letters(ax) >= 8


def test_league_fits_into_given_axes():
    figure = plt.figure(figsize=(9, 6))
    ax = figure.add_axes((0.05, 0.05, 0.9, 0.9))
    assert league_plot(fit(RING), ax=ax) is ax
    assert crowded(ax) == []


# Ranks


def test_ranks_are_those_of_the_result():
    ranking = rank_treatments(fit(WIDE))
    probabilities = np.zeros((3, 3))
    probabilities[[0, 0, 1, 1, 2], [0, 2, 0, 1, 2]] = 0.4, 0.6, 0.5, 0.5, 1.0
    ranking = replace(
        ranking,
        treatments=("X", "Y", "Z"),
        p_scores=(0.9, 0.5, 0.123),
        probabilities=probabilities,
        mean_ranks=(2.2, 1.5, 3.0),
        rank_low=(1, 1, 3),
        rank_high=(3, 2, 3),
    )
    ax = ranking_plot(ranking)
    # Medians by hand: X has ranks 1, 2 or better with 0.4, so 3; Y has rank 1 with one half, so 1; Z always 3.
    assert [line.get_xdata()[0] for line in by_gid(ax, "median")] == [3, 1, 3]
    assert [tuple(line.get_xdata()) for line in by_gid(ax, "interval")] == [(1, 3), (1, 2), (3, 3)]
    heights = np.array([bar.get_height() for bar in by_gid(ax, "probability")]).reshape(3, 3)
    assert heights / heights.max() == pytest.approx(probabilities)
    assert texts(ax, "share") == ["60%", "50%", "100%"]
    assert {"0.90", "0.50", "0.12", "3 (1 to 3)", "1 (1 to 2)", "3 (3 to 3)"} <= set(texts(ax))


def test_a_rank_is_said_to_be_no_effect():
    ax = ranking_plot(rank_treatments(fit(WIDE)))
    assert "A rank is not an effect" in " ".join(texts(ax, "foot"))
    assert crowded(ax) == []
    assert smallest_letters(ax) >= 8
    assert ax.get_xlim()[0] < 1 < len(WIDE) <= ax.get_xlim()[1]


# Node splits


def test_node_split_by_hand():
    ax = node_split_plot(node_split(fit(RING)))
    direct, indirect, network = by_gid(ax, "interval")[:3]
    assert direct.get_xdata() == pytest.approx([1 - Z * 0.1, 1 + Z * 0.1])
    assert indirect.get_xdata() == pytest.approx([1.3 - Z * math.sqrt(0.08), 1.3 + Z * math.sqrt(0.08)])
    middle, half = (100 * 1 + 12.5 * 1.3) / 112.5, Z / math.sqrt(112.5)
    assert network.get_xdata() == pytest.approx([middle - half, middle + half])
    assert [line.get_marker() for line in by_gid(ax, "estimate")] == ["s", "D", "o"] * 3
    assert [line.is_dashed() for line in by_gid(ax, "interval")] == [False, True, False] * 3
    # z = 0.3 / sqrt(0.01 + 0.08) = 1 for every pair of a ring of three.
    assert texts(ax).count("0.317") == 3
    assert "does not show that the two agree" in " ".join(texts(ax, "foot"))


def test_pairs_that_cannot_be_split_are_named_with_the_reason():
    foot = " ".join(texts(node_split_plot(node_split(fit([*RING, ("four", "D", "A", 0.5, 0.3)]))), "foot"))
    assert "D against A" in foot
    assert "no indirect evidence" in foot
    with pytest.raises(NeckevidenceError, match="no pair of this network can be split"):
        node_split_plot(node_split(fit(STAR)))


def test_node_split_of_ratios_and_long_names_keeps_its_texts_apart():
    rows = [("one", LONG[0], "A", 0.1, 0.1), ("two", LONG[2], LONG[0], 0.1, 0.2), ("three", LONG[2], "A", 0.3, 0.2)]
    ax = node_split_plot(node_split(fit([*rows, *((n, n, "A", 0.1, 0.2) for n in (LONG[1], LONG[3]))], "RR")))
    assert ax.get_xscale() == "log"
    assert by_gid(ax, "estimate")[0].get_xdata() == pytest.approx([math.exp(0.3)])  # ibuprofen with ... against A
    assert crowded(ax) == []
    assert smallest_letters(ax) >= 8
