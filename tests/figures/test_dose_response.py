"""The picture of a dose-response curve has the numbers of its result."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from neckevidence import NeckevidenceError
from neckevidence.figures.dose_response import dose_response_plot
from neckevidence.synthesis.dose import dose_response

TWO = pd.DataFrame(
    {
        "trial": ["S1"] * 3 + ["S2"] * 3,
        "dose": [0, 5, 10, 0, 2.5, 5],
        "events": [24, 70, 95, 22, 44, 66],
        "n": [240, 230, 249, 229, 220, 234],
    }
)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fits():
    return [dose_response(TWO, shape=shape) for shape in ("linear", "log-linear", "emax")]


def by_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def test_the_arms_stand_at_their_risks(fits):
    ax = dose_response_plot(fits[2])
    arms = [arm.get_offsets()[0] for arm in by_gid(ax, "arm")]
    assert [y for _, y in arms] == pytest.approx((TWO["events"] / TWO["n"]).tolist())
    # Beside their dose where both trials have it, on it where one has.
    assert [x - dose for (x, _), dose in zip(arms, TWO["dose"], strict=True)] == pytest.approx(
        [-0.12, -0.12, 0, 0.12, 0, 0.12]
    )
    for line, row in zip(by_gid(ax, "interval"), TWO.itertuples(), strict=True):
        assert line.get_ydata() == pytest.approx(proportion_confint(row.events, row.n, method="wilson"))


def test_the_curve_is_the_prediction(fits):
    ax = dose_response_plot(fits[0], baseline=0.1)
    (curve,) = by_gid(ax, "curve")
    doses, risks = curve.get_data()
    assert (doses[0], risks[0], doses[-1]) == (0, pytest.approx(0.1), 10)
    assert risks[-1] == pytest.approx(fits[0].predict([10], baseline=0.1)["risk"].item())
    (band,) = by_gid(ax, "band")
    corners = band.get_paths()[0].vertices[:, 1]
    assert corners.max() == pytest.approx(fits[0].predict([10], baseline=0.1)["risk_high"].item())


def test_every_trial_shows_its_own_baseline(fits):
    ax = dose_response_plot(fits[2])
    risks = [1 / (1 + np.exp(-value)) for _, value in fits[2].baselines]
    assert [dot.get_offsets()[0][1] for dot in by_gid(ax, "baseline")] == pytest.approx(risks)
    curves = by_gid(ax, "trial")
    assert [curve.get_ydata()[0] for curve in curves] == pytest.approx(risks)
    assert [curve.get_xdata()[-1] for curve in curves] == pytest.approx([10, 5])


def test_nothing_is_told_by_colour_alone(fits):
    ax = dose_response_plot(fits)
    styles = {str(curve.get_linestyle()) + str(curve._dash_pattern) for curve in by_gid(ax, "curve")}
    assert len(styles) == 3
    shapes = [arm.get_paths()[0].vertices.shape for arm in by_gid(ax, "arm")]
    assert shapes[0] != shapes[3]
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == [
        "Straight line, 95% limits thin",
        "Log-linear, 95% limits thin",
        "Emax, 95% limits thin",
        "S1",
        "S2",
    ]


def test_larger_arms_have_larger_symbols():
    arms = pd.DataFrame({"trial": "A", "dose": [0, 5, 10], "events": [5, 30, 20], "n": [50, 100, 50]})
    areas = [arm.get_sizes()[0] for arm in by_gid(dose_response_plot(dose_response(arms)), "arm")]
    assert areas[1] > areas[0] == areas[2]


def test_axes_are_in_words_and_units(fits):
    ax = dose_response_plot(fits[0], dose_label="Dose, mg three times daily", outcome="somnolence")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Dose, mg three times daily", "Patients with somnolence")
    ax.figure.canvas.draw()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "2.5", "5", "10"]
    assert all(tick.get_text().endswith("%") for tick in ax.get_yticklabels())


def test_means_are_drawn_as_they_are():
    arms = pd.DataFrame({"trial": "A", "dose": [0, 15, 30], "mean": [-2.0, -3.0, -3.4], "se": [0.3, 0.3, 0.2]})
    fit = dose_response(arms, mean="mean", se="se")
    ax = dose_response_plot(fit, outcome="change in pain, points")
    assert [arm.get_offsets()[0][1] for arm in by_gid(ax, "arm")] == pytest.approx([-2.0, -3.0, -3.4])
    assert ax.get_ylabel() == "Change in pain, points"
    assert by_gid(ax, "curve")[0].get_ydata()[0] == pytest.approx(dict(fit.baselines)["A"])
    assert not by_gid(ax, "trial")  # one trial: its curve is the curve


def test_it_draws_where_it_is_told(fits):
    _, ax = plt.subplots()
    assert fits[0].plot(ax=ax) is ax
    assert not ax.texts


def test_nothing_and_other_arms_are_refused(fits):
    with pytest.raises(NeckevidenceError, match="nothing to draw"):
        dose_response_plot([])
    with pytest.raises(NeckevidenceError, match="same arms"):
        dose_response_plot([fits[0], dose_response(TWO.iloc[:3])])
