"""The plane of benefit and harm has the numbers of its results."""

import matplotlib.pyplot as plt
import pytest

from neckevidence import NeckevidenceError
from neckevidence.figures.benefit_harm import benefit_harm_plot
from neckevidence.synthesis.benefit_harm import benefit_harm

LOW = benefit_harm((300, 464, 235, 469), (135, 464, 47, 469), name="5 mg")
HIGH = benefit_harm((165, 249, 235, 469), (95, 249, 47, 469), name="10 mg")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def by_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def test_points_and_ellipses_are_those_of_the_results():
    ax = benefit_harm_plot([LOW, HIGH], rho=0.5)
    for one, point, outline in zip((LOW, HIGH), by_gid(ax, "estimate"), by_gid(ax, "ellipse"), strict=True):
        assert point.get_xydata()[0] == pytest.approx([100 * one.harm.estimate, 100 * one.benefit.estimate])
        assert outline.get_xydata() == pytest.approx(100 * one.ellipse(0.5))


def test_treatments_differ_in_more_than_colour():
    ax = benefit_harm_plot([LOW, HIGH])
    first, second = by_gid(ax, "estimate")
    assert first.get_marker() != second.get_marker()
    assert [line.is_dashed() for line in by_gid(ax, "ellipse")] == [False, True]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["5 mg", "10 mg"]


def test_lines_of_equal_ratio_start_at_the_origin():
    ax = benefit_harm_plot(LOW)
    ends = [line.get_xydata() for line in by_gid(ax, "ratio")]
    assert all(end[0].tolist() == [0, 0] for end in ends)
    assert [end[1][1] / end[1][0] for end in ends] == pytest.approx([0.5, 1, 2, 4])
    assert {text.get_text() for text in ax.texts} == {"0.5 : 1", "1 : 1", "2 : 1", "4 : 1"}


def test_origin_and_regions_lie_in_the_picture():
    small = benefit_harm((12, 50, 10, 50), (3, 50, 4, 50), name="small trial")
    ax = benefit_harm_plot(small, benefit="relief", harm="somnolence")
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    harm, benefit = 100 * small.ellipse().T
    assert left < min(0, harm.min())
    assert max(0, harm.max()) < right
    assert bottom < min(0, benefit.min())
    assert max(0, benefit.max()) < top
    assert right - left == pytest.approx(top - bottom)
    assert ax.get_ylabel() == "More patients with relief, of 100 treated"


def test_it_draws_where_it_is_told_and_refuses_too_much():
    _, ax = plt.subplots()
    assert LOW.plot(ax=ax) is ax
    with pytest.raises(NeckevidenceError, match="1 to 5 treatments"):
        benefit_harm_plot([])
    other = benefit_harm((60, 100, 40, 100), (25, 100, 10, 100), level=0.9)
    with pytest.raises(NeckevidenceError, match="levels differ"):
        benefit_harm_plot([LOW, other])
