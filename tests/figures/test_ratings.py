"""The picture of ratings has the lengths and counts of the table, and no text upon another."""

import itertools

import matplotlib.pyplot as plt
import pytest

import neckevidence as ne
from neckevidence.figures.ratings import ratings_plot

OUTCOME = "medication_helpfulness"
LETTERS = {"poor": "P", "fair": "F", "good": "G", "very_good": "V", "excellent": "E"}


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def boxes(ax):
    ax.figure.canvas.draw()  # legend and ticks take their places only now
    renderer = ax.figure.canvas.get_renderer()
    texts = [*ax.texts, *ax.get_legend().get_texts(), *ax.get_xticklabels(), ax.xaxis.label]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]


def assert_legible(ax):
    found = boxes(ax)
    upon = [(a[0], b[0]) for a, b in itertools.combinations(found, 2) if a[1].padded(-1).overlaps(b[1].padded(-1))]
    assert upon == []
    page = ax.figure.bbox.padded(1)
    assert [text for text, box in found if not (page.contains(box.x0, box.y0) and page.contains(box.x1, box.y1))] == []


def bars(ax, gid):
    return [bar for bar in ax.patches if bar.get_gid() == gid]


@pytest.mark.parametrize("trials", [["cer_1105"], ["cer_1106"], ["cer_1105", "cer_1106"]])
def test_texts_stay_apart_and_on_the_page(ev, trials):
    assert_legible(ratings_plot(ev, trials, OUTCOME))


def test_bars_have_the_lengths_of_the_table(ev):
    ax = ratings_plot(ev, ["cer_1105"], OUTCOME)
    # Day 4, then day 14; 30 mg before placebo; of 64 patients each.
    for gid, counts in {"poor": (5, 10, 4, 9), "excellent": (3, 1, 15, 12), "missing": (1, 9, 1, 8)}.items():
        assert [bar.get_width() for bar in bars(ax, gid)] == pytest.approx([100 * count / 64 for count in counts])
    assert [bar.get_x() for bar in bars(ax, "good")] == pytest.approx(
        [0] * 4
    )  # good or better lies right of the middle
    for fair in bars(ax, "fair"):
        assert fair.get_x() + fair.get_width() == pytest.approx(0)
    assert len({bar.get_x() for bar in bars(ax, "missing")}) == 1


def test_every_count_is_written_with_the_letter_of_its_category(ev):
    ax = ratings_plot(ev, ["cer_1105", "cer_1106"], OUTCOME)
    table = ev.ratings
    wanted = [
        f"{LETTERS[row.category]} {row.events}" if row.category in LETTERS else f"{row.events}"
        for row in table.itertuples()
    ]
    written = [text.get_text() for text in ax.texts]
    assert sorted(text for text in written if text in set(wanted)) == sorted(wanted)
    assert any("the header prints 64, the counts add up to 63" in text for text in written)


def test_a_narrow_bar_in_the_middle_has_its_count_above(folder):
    # 15 good ratings become 1, 24 fair ones 38; 5 very good ones 1, poor 14: the sum stays 64.
    for fact, count, percent in (("003", 1, "1.6"), ("004", 38, "59.4"), ("002", 1, "1.6"), ("005", 14, "21.9")):
        cells = {"events": str(count), "percent": percent, "as_printed": f"{count} ({percent.replace('.', ',')}%)"}
        folder.change("ratings", {"fact_id": f"ratings_{fact}"}, **cells)
    ax = ratings_plot(ne.load_evidence(folder.path), ["cer_1105"], OUTCOME)
    assert "G 1, V 1" in [text.get_text() for text in ax.texts]
    assert_legible(ax)


def test_drawing_into_a_given_axes_keeps_its_figure(ev):
    figure, (left, right) = plt.subplots(2, 1, figsize=(12, 9))
    ax = ratings_plot(ev, ["cer_1105"], OUTCOME, ax=left)
    assert ax is left
    assert ax.figure is figure
    assert len(right.patches) == 0


def test_faults_are_refused_by_name(ev):
    with pytest.raises(ne.NeckevidenceError, match="unknown trial 'cer_1107'; did you mean"):
        ratings_plot(ev, ["cer_1107"], OUTCOME)
    with pytest.raises(ne.NeckevidenceError, match="khwaja2010 prints no ratings of"):
        ratings_plot(ev, ["khwaja2010"], OUTCOME)
    with pytest.raises(ne.NeckevidenceError, match="at least one trial"):
        ratings_plot(ev, [], OUTCOME)
    with pytest.raises(ne.NeckevidenceError, match="at least one trial"):
        ratings_plot(ev, "cer_1105", OUTCOME)
