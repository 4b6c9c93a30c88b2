"""Pictures are tested by their artists: the same numbers as the result, and no text upon another."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import neckevidence as ne
from neckevidence.equivalence.margins import margin_for
from neckevidence.figures import alt_text, forest_plot, icon_array, per_thousand_plot


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def by_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def overlaps(ax):
    """Pairs of texts that lie upon each other."""
    renderer = ax.figure.canvas.get_renderer()
    texts = [text for text in ax.texts if text.get_text()]
    boxes = [(text.get_text(), text.get_window_extent(renderer).padded(-1)) for text in texts]
    return [(a[0], b[0]) for a, b in itertools.combinations(boxes, 2) if a[1].overlaps(b[1])]


def outside(ax):
    """Texts that the edge of the figure cuts."""
    renderer = ax.figure.canvas.get_renderer()
    page = ax.figure.bbox.padded(1)
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in ax.texts if text.get_text()]
    return [text for text, box in boxes if not (page.contains(box.x0, box.y0) and page.contains(box.x1, box.y1))]


def test_forest_plot_draws_the_numbers_of_its_result(ev):
    result = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")
    ax = result.plot()
    assert ax.get_xscale() == "log"
    (interval,) = by_gid(ax, "interval")
    assert interval.get_xdata() == pytest.approx([result.ci_low, result.ci_high])
    (marker,) = by_gid(ax, "estimate")
    assert marker.get_xdata() == pytest.approx([result.estimate])


def test_what_is_not_randomised_is_hollow_and_says_so(ev):
    ax = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence").plot()
    assert by_gid(ax, "estimate")[0].get_markerfacecolor() == "white"
    assert any("not a randomised comparison" in text.get_text() for text in ax.texts)
    ax = ne.compare(ev, "CYC5", "PBO", outcome="somnolence").plot()
    assert by_gid(ax, "estimate")[0].get_markerfacecolor() != "white"


def test_diamonds_span_the_pooled_intervals(ev):
    result = ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness")
    fits = result.bayes, result.random_effects, result.common_effect
    for diamond, fit in zip(by_gid(result.plot(), "pooled"), fits, strict=True):
        x = diamond.get_xy()[:, 0]
        assert (x.min(), x.max()) == pytest.approx(tuple(np.exp([fit.ci_low, fit.ci_high])))


def test_margin_band_has_the_width_of_the_margin(ev):
    result = ne.compare(ev, "NAP+DZP5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    ax = result.plot(margin=margin_for(ev, "rmdq_improvement", "MD"))
    (band,) = by_gid(ax, "margin")
    assert band.get_x() == -5
    assert band.get_width() == 10


def test_an_open_interval_ends_in_an_arrow(ev):
    ax = ne.compare(ev, "CER", "PBO", outcome="somnolence").plot()
    assert any(line.get_marker() == ">" for line in ax.lines)
    assert by_gid(ax, "estimate") == []


CASES = [
    (("CYC5", "CYC10", "somnolence"), "RR"),
    (("CER", "PBO", "medication_helpfulness"), "RR"),
    (("NAP+DZP5", "NAP+PBO", "rmdq_improvement"), "MD"),
    (("NAP+CYC5", "NAP+PBO", "any_adverse_event"), "RD"),
    (("NSAID+DZP", "NSAID+CYC", "rmdq_improvement"), "MD"),
    (("CER", "PBO", "somnolence"), "RR"),
]


@pytest.mark.parametrize(("arguments", "measure"), CASES)
def test_texts_of_a_forest_plot_stay_apart_and_on_the_page(ev, arguments, measure):
    ax = ne.compare(ev, *arguments, measure=measure).plot()
    assert overlaps(ax) == []
    assert outside(ax) == []


def test_several_outcomes_in_one_plot(ev):
    harms = [ne.compare(ev, "CYC5", "PBO", outcome=outcome) for outcome in ("somnolence", "dry_mouth", "headache")]
    ax = forest_plot(harms)
    drawn = [float(marker.get_xdata()[0]) for marker in by_gid(ax, "estimate")]
    assert drawn == pytest.approx([harm.estimate for harm in harms])
    assert overlaps(ax) == []
    with pytest.raises(ne.NeckevidenceError, match="same measure"):
        forest_plot([harms[0], ne.compare(ev, "CYC5", "PBO", outcome="fatigue", measure="OR")])


def test_bars_have_the_lengths_of_the_numbers(ev):
    effects = [
        ne.absolute_effect(ne.compare(ev, "CYC5", "PBO", outcome=outcome, measure="RD"))
        for outcome in ("somnolence", "headache")
    ]
    ax = per_thousand_plot(effects, title="Harms")
    assert [bar.get_width() for bar in by_gid(ax, "treatment")] == pytest.approx(
        [e.treatment_per_1000 for e in effects]
    )
    assert [bar.get_width() for bar in by_gid(ax, "control")] == pytest.approx([e.control_per_1000 for e in effects])
    assert overlaps(ax) == []
    assert outside(ax) == []


def test_icon_array_fills_as_many_patients_as_it_says(ev):
    effect = ne.absolute_effect(ne.compare(ev, "CYC5", "CYC10", outcome="somnolence"))
    ax = icon_array(effect)
    filled = [len(points.get_offsets()) for points in by_gid(ax, "with")]
    empty = [len(points.get_offsets()) for points in by_gid(ax, "without")]
    assert filled == [291, 382]  # 135/464 and 95/249 of 1000
    assert [a + b for a, b in zip(filled, empty, strict=True)] == [1000, 1000]


def test_evidence_map_draws_a_sign_for_each_filled_cell(ev):
    map_ = ne.evidence_map(ev, [("CYC5", "CYC10"), ("CYC", "DZP")])
    ax = map_.plot()
    signs = [line.get_gid() for line in ax.lines if (line.get_gid() or "").startswith("level_")]
    assert sorted(signs) == sorted(f"level_{level}" for level in map_.cells["level"] if level)


def test_alternative_texts_hold_the_numbers(ev):
    result = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")
    assert "risk ratio 0.76, 95% interval 0.62 to 0.95, excludes 1, 1 trial, not a randomised comparison" in alt_text(
        result
    )
    assert "291" in alt_text(ne.absolute_effect(result))
    with pytest.raises(TypeError):
        alt_text(3)


def test_drawing_into_a_given_axes_keeps_its_figure(ev):
    figure, (left, right) = plt.subplots(1, 2, figsize=(20, 3))
    ax = ne.compare(ev, "CYC5", "PBO", outcome="somnolence").plot(ax=left)
    assert ax is left
    assert ax.figure is figure
    assert right.lines == [] or len(right.lines) == 0


BCG = {
    "events_treatment": [4, 0, 6],
    "n_treatment": [123, 50, 306],
    "events_control": [11, 0, 29],
    "n_control": [139, 51, 303],
}
MEANS = {
    f"{name}_{side}": numbers
    for side in ("treatment", "control")
    for name, numbers in (("mean", [10.2, 11]), ("sd", [2, 2.5]), ("n", [20, 1000000]))
}


def test_a_meta_analysis_shows_the_counts_it_came_from():
    fit = ne.meta_analysis(*ne.effect_sizes("RR", **BCG), labels=["Aronson", "Nobody", "Ferguson"])
    figure = fit.plot(measure="RR", counts=pd.DataFrame(BCG), sides=("BCG", "none")).figure
    shown = [text.get_text() for ax in figure.axes for text in ax.texts]
    for text in ("BCG", "none", "4 / 123", "11 / 139", "6 / 306", "29 / 303"):
        assert text in shown
    assert "0 / 50" not in shown  # no event in either arm: the trial is not in the pool
    means = ne.meta_analysis(*ne.effect_sizes("MD", **MEANS)).plot(measure="MD", counts=MEANS).figure
    assert "11 (SD 2.5), n = 1000000" in [" ".join(text.get_text().split()) for ax in means.axes for text in ax.texts]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({**BCG, "n_control": [139, 303]}, "n_control must hold a number for each of the 3 trials; found 2"),
        ({"events_treatment": [4, 0, 6]}, "counts must hold events_treatment, n_treatment, events_control, n_control"),
        ({}, "found nothing"),
    ],
)
def test_counts_that_are_not_those_of_the_fit_are_refused(counts, message):
    fit = ne.meta_analysis(*ne.effect_sizes("RR", **BCG))
    with pytest.raises(ne.NeckevidenceError, match=message):
        fit.plot(measure="RR", counts=counts)


def test_a_meta_analysis_draws_its_trials_diamond_and_prediction_interval():
    fit = ne.meta_analysis([0.1, 0.5, -0.3, np.nan], [0.05, 0.02, 0.03, np.nan], labels=list("ABCD"))
    ax = fit.plot(measure="RR")
    estimates = [float(marker.get_xdata()[0]) for marker in by_gid(ax, "estimate")]
    assert estimates == pytest.approx(np.exp([0.1, 0.5, -0.3]))
    (bar,) = by_gid(ax, "prediction")
    assert bar.get_xdata() == pytest.approx(np.exp(fit.prediction_interval))
    (diamond,) = by_gid(ax, "pooled")
    assert diamond.get_xy()[:, 0].max() == pytest.approx(np.exp(fit.ci_high))
    assert overlaps(ax) == []
    assert fit.plot().get_xlabel() == "effect"


def test_the_posterior_is_drawn_over_its_interval():
    fit = ne.bayes_meta_analysis([0.1, 0.5], [0.05, 0.02])
    ax = fit.plot()
    (curve,) = by_gid(ax, "density")
    x, density = curve.get_data()
    assert np.trapezoid(density, x) == pytest.approx(1, abs=0.01)
    (bar,) = by_gid(ax, "prediction")
    assert bar.get_xdata() == pytest.approx(fit.prediction_interval)
