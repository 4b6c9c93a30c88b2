"""The picture of equivalence has the numbers of its results, and no text upon another."""

import itertools
import math

import matplotlib.pyplot as plt
import pytest

import neckevidence as ne
from neckevidence.equivalence.assessment import assess_equivalence
from neckevidence.equivalence.margins import margin_for
from neckevidence.figures.equivalence import equivalence_plot, four_outcomes_plot


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def ones(ev):
    def judged(treatment, control, outcome, measure, margin=None):
        result = ne.compare(ev, treatment, control, outcome=outcome, measure=measure)
        return assess_equivalence(result, margin or margin_for(ev, outcome, measure))

    return {
        "function": judged("NAP+CYC5", "NAP+PBO", "rmdq_improvement", "MD"),
        "diazepam": judged("NAP+DZP5", "NAP+PBO", "rmdq_improvement", "MD"),
        "relief": judged("CYC5", "PBO", "pain_relief", "RD"),
        "doses": judged("CYC5", "CYC10", "somnolence", "RR", 1.25),
        "pooled": judged("CER", "PBO", "medication_helpfulness", "RR", 1.25),
    }


def by_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def crowded(ax):
    """Texts that lie upon each other or are cut by the edge of the figure."""
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    texts = [text for text in (*ax.texts, *ax.get_xticklabels(), ax.xaxis.label) if text.get_text()]
    boxes = [(text.get_text(), text.get_window_extent(renderer).padded(-1)) for text in texts]
    page = ax.figure.bbox.padded(2)
    cut = [name for name, box in boxes if not (page.contains(box.x0, box.y0) and page.contains(box.x1, box.y1))]
    return cut + [(a[0], b[0]) for a, b in itertools.combinations(boxes, 2) if a[1].overlaps(b[1])]


def test_intervals_are_drawn_in_margins(ones):
    one = ones["function"]
    ax = equivalence_plot(one)
    (wide,), (narrow,), (marker,) = (by_gid(ax, gid) for gid in ("wide", "narrow", "estimate"))
    assert wide.get_xdata() == pytest.approx([limit / 5 for limit in one.wide])
    assert narrow.get_xdata() == pytest.approx([limit / 5 for limit in one.narrow])
    assert marker.get_xdata() == pytest.approx([one.estimate / 5])
    assert narrow.get_linewidth() > wide.get_linewidth()
    assert len(by_gid(ax, "margin")) == 3
    assert "5" in [label.get_text() for label in ax.get_xticklabels()]  # labelled in points


def test_ratios_lie_on_the_log_scale(ones):
    one = ones["doses"]
    (wide,) = by_gid(equivalence_plot(one), "wide")
    assert wide.get_xdata() == pytest.approx([math.log(limit) / math.log(1.25) for limit in one.wide])


def test_what_is_not_randomised_is_hollow_and_dashed(ones):
    ax = equivalence_plot([ones["doses"]])
    assert by_gid(ax, "estimate")[0].get_markerfacecolor() == "white"
    assert by_gid(ax, "wide")[0].is_dashed()
    assert by_gid(ax, "hollow")
    assert any("not a randomised comparison" in text.get_text() for text in ax.texts)
    ax = equivalence_plot([ones["relief"]])
    assert by_gid(ax, "estimate")[0].get_markerfacecolor() != "white"
    assert not by_gid(ax, "hollow")


def test_the_answer_stands_in_words(ones):
    texts = [text.get_text().replace("\n", " ") for text in equivalence_plot(list(ones.values())).texts]
    for one in ones.values():
        assert any(text.startswith(one.words()) for text in texts)
    assert any("rounding" in text for text in texts)


@pytest.mark.parametrize(
    "names",
    [
        ["function"],
        ["function", "diazepam"],
        ["relief"],
        ["doses", "pooled"],
        ["function", "relief", "doses", "pooled"],
    ],
)
def test_no_text_upon_another(ones, names):
    assert crowded(equivalence_plot([ones[name] for name in names])) == []


def test_it_fits_into_given_axes(ones):
    figure = plt.figure(figsize=(15, 5))
    ax = figure.add_axes((0.02, 0.2, 0.96, 0.6))
    assert equivalence_plot(list(ones.values())[:2], ax=ax) is ax


def test_the_four_answers_at_a_glance():
    ax = four_outcomes_plot()
    assert crowded(ax) == []
    texts = {text.get_text().replace("\n", " ") for text in ax.texts}
    assert {"Equivalent", "Statistically different, not relevantly", "Different", "Undecided"} <= texts
    # The examples are what the words say: thick within, thick within without 0, thin beyond, across, across without 0.
    wide, narrow = ([tuple(line.get_xdata()) for line in by_gid(ax, gid)] for gid in ("wide", "narrow"))
    assert narrow[0][0] > -1
    assert narrow[0][1] < 1
    assert wide[0][0] < 0 < wide[0][1]
    assert narrow[1][1] < 1
    assert wide[1][0] > 0
    assert wide[2][0] > 1
    assert wide[3][0] < 0
    assert narrow[3][1] > 1
    assert 0 < wide[4][0] < 1 < narrow[4][1]


def test_nothing_and_mixed_levels_are_refused(ones):
    with pytest.raises(ne.NeckevidenceError, match="nothing to draw"):
        equivalence_plot([])
    other = assess_equivalence(ones["function"].comparison, 5, alpha=0.025)
    with pytest.raises(ne.NeckevidenceError, match="levels differ"):
        equivalence_plot([ones["function"], other])
