"""The pictures of the risk of bias by their artists: every judgement has its sign, and no sign needs its colour."""

import itertools

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb

import neckevidence as ne
from neckevidence.figures import forest_plot
from neckevidence.figures.risk_of_bias import _FILLS, _INKS, SIGNS, rob_columns, rob_summary_plot, traffic_light_plot
from neckevidence.grade.risk_of_bias import JUDGEMENTS, risk_of_bias


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def signs(ax):
    """The discs with their judgement, and the symbols on them, as (place, what)."""
    discs = [
        ((float(line.get_xdata()[0]), float(line.get_ydata()[0])), line.get_gid()[4:])
        for line in ax.lines
        if (line.get_gid() or "").startswith("rob ")
    ]
    texts = [(text.get_position(), text.get_text()) for text in ax.texts if text.get_text() in SIGNS.values()]
    return discs, texts


def luminance(colour):
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def overlaps(ax):
    renderer = ax.figure.canvas.get_renderer()
    boxes = [(t.get_text(), t.get_window_extent(renderer).padded(-1)) for t in ax.texts if t.get_text()]
    return [(a[0], b[0]) for a, b in itertools.combinations(boxes, 2) if a[1].overlaps(b[1])]


def outside(ax):
    renderer = ax.figure.canvas.get_renderer()
    page = ax.figure.bbox.padded(1)
    boxes = [t.get_window_extent(renderer) for t in [*ax.texts, *ax.get_yticklabels(), *ax.get_xticklabels()]]
    return [box for box in boxes if not (page.contains(box.x0, box.y0) and page.contains(box.x1, box.y1))]


def test_every_trial_and_domain_has_its_sign(ev):
    table = risk_of_bias(ev)
    discs, texts = signs(traffic_light_plot(table))
    expected = [judgement for row in rob_columns(table).values() for judgement in row]
    assert [judgement for _, judgement in discs] == expected
    assert [symbol for _, symbol in texts] == [SIGNS[judgement] for judgement in expected]
    places = [[x for place, _ in kind for x in place] for kind in (discs, texts)]
    assert places[0] == pytest.approx(places[1])


def test_the_last_column_is_the_overall_judgement(ev):
    table = risk_of_bias(ev, ["friedman2017", "childers2005"])
    assert [row[-1] for row in rob_columns(table).values()] == list(table.overall.values())


def test_signs_differ_by_symbol_and_lightness_and_can_be_read():
    assert len(set(SIGNS.values())) == len(JUDGEMENTS)
    for one, other in itertools.combinations(JUDGEMENTS, 2):
        assert contrast(_FILLS[one], _FILLS[other]) > 1.5, (one, other)
    for name in JUDGEMENTS:
        assert contrast(_FILLS[name], _INKS[name]) > 4.5, name


@pytest.mark.parametrize("ids", [None, ["cer_pool"], ["label_8_trials", "mesanovic_whiplash"]])
def test_names_and_signs_stay_apart_and_on_the_page(ev, ids):
    for ax in (traffic_light_plot(risk_of_bias(ev, ids)), rob_summary_plot(risk_of_bias(ev, ids))):
        assert overlaps(ax) == []
        assert outside(ax) == []


def test_bars_have_the_lengths_of_the_shares(ev):
    table = risk_of_bias(ev, ["friedman2017", "childers2005", "mesanovic_whiplash"])
    weights = {"friedman2017": 8.0, "childers2005": 1.0, "mesanovic_whiplash": 1.0}
    for given in (None, weights):
        ax = rob_summary_plot(table, weights=given)
        shares = table.shares(given)
        for name in JUDGEMENTS:
            drawn = sorted(bar.get_width() for bar in ax.patches if bar.get_gid() == f"rob {name}")
            assert drawn == pytest.approx(sorted(share for share in shares[name] if share > 0))
    assert ax.get_xlabel() == "share of the weight of the trials"


def test_a_forest_plot_shows_the_signs_beside_its_rows(ev):
    result = ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness")
    table = risk_of_bias(ev, [trial.trial_id for trial in result.trials])
    ax = result.plot(risk_of_bias=table)
    discs, _ = signs(ax)
    assert [judgement for _, judgement in discs] == [one for row in rob_columns(table).values() for one in row]
    markers = [float(line.get_ydata()[0]) for line in ax.lines if line.get_gid() == "estimate"]
    assert sorted({y for (_, y), _ in discs}) == pytest.approx(sorted(markers))
    assert min(x for (x, _), _ in discs) > 1  # right of the plot, in parts of the Axes
    assert overlaps(ax) == []
    assert outside(ax) == []


def test_a_trial_that_is_not_judged_and_a_pooled_row_have_no_signs(ev):
    result = ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness")
    ax = result.plot(risk_of_bias=risk_of_bias(ev, ["cer_1106"]))
    assert len(signs(ax)[0]) == 6
    assert signs(result.plot())[0] == []


def test_outcomes_in_rows_have_the_signs_of_their_trial(ev):
    harms = [ne.compare(ev, "CYC5", "PBO", outcome=outcome) for outcome in ("somnolence", "dry_mouth")]
    pooled = ne.compare(ev, "CYC5", "PBO", outcome="any_adverse_event")  # two trials: one row, no signs of its own
    ax = forest_plot([*harms, pooled], risk_of_bias=risk_of_bias(ev, ["borenstein2003_pool"]))
    assert len(signs(ax)[0]) == 12
    assert overlaps(ax) == []
