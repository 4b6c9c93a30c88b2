"""Every picture has its table, its words and its data, and what is written in the picture stands in the table."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from every_picture import RATED, every_picture

import neckevidence as ne
from neckevidence import figures
from neckevidence.comparison.rated_arms import read_arm
from neckevidence.equivalence.margins import margin_for
from neckevidence.figures.kinds import KINDS, UnknownResultError, kind_of
from neckevidence.figures.records import _RECORDS
from neckevidence.figures.twins import _TWINS
from neckevidence.figures.words import _WORDS, LIMIT


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def numerals(text):
    """Numbers without their sign, which a picture may say in a word: 91 fewer, −91."""
    return set(re.findall(r"(?<![A-Za-z0-9.])\d+(?:\.\d+)?", text))


def written(table):
    return " ".join([table.title, table.note, *table.frame.columns, *table.frame.astype(str).to_numpy().ravel()])


def labels(ax):
    return " ".join(text.get_text().replace("\n", " ") for text in ax.texts)


@pytest.fixture(scope="module")
def shown(ev):
    """What each exported picture shows, with the picture."""
    return every_picture(ev)


def test_the_list_of_pictures_is_complete(shown):
    other = {"FOUR_OUTCOMES", "alt_text", "data", "font_face_css", "save", "show", "svg_text", "twin"}
    assert set(shown) == set(figures.__all__) - other
    assert {kind_of(result)[0] for result, _ in shown.values()} == set(KINDS)
    assert set(KINDS) == set(_WORDS) == set(_TWINS) == set(_RECORDS)


@pytest.mark.parametrize(
    "name",
    sorted(
        set(figures.__all__)
        - {"FOUR_OUTCOMES", "alt_text", "data", "font_face_css", "save", "show", "svg_text", "twin"}
    ),
)
def test_every_picture_has_words_table_and_data(shown, name, tmp_path):
    result, draw = shown[name]
    words, table, frame = figures.alt_text(result), figures.twin(result), figures.data(result)
    assert 60 < len(words) <= LIMIT
    assert words.endswith(".")
    assert len(table.frame)
    assert table.title
    cells = table.frame.to_numpy().ravel()
    assert all(isinstance(cell, str) for cell in cells)
    assert not any(re.search(r"\bnan\b|\binf\b|None", cell) for cell in cells)
    assert len(frame) >= 1
    assert [path.name for path in figures.save(draw(), tmp_path / name, result, formats=[])] == [f"{name}.csv"]
    back = pd.read_csv(tmp_path / f"{name}.csv")
    numbers = frame.select_dtypes("number").columns
    assert len(numbers) or name in ("traffic_light_plot", "rob_summary_plot", "verdicts_plot")
    for column in numbers:
        assert np.array_equal(back[column].to_numpy(float), frame[column].to_numpy(float), equal_nan=True), column


FORESTS = [
    (("CYC5", "CYC10", "somnolence"), "RR"),
    (("CER", "PBO", RATED), "RR"),
    (("CER", "PBO", "somnolence"), "RR"),
    (("CYC5", "PBO", "any_adverse_event"), "OR"),
    (("NAP+CYC5", "NAP+PBO", "any_adverse_event"), "RD"),
    (("NSAID+DZP", "NSAID+CYC", "rmdq_improvement"), "MD"),
]


@pytest.mark.parametrize(("asked", "measure"), FORESTS)
def test_every_number_of_a_forest_plot_is_in_its_table(ev, asked, measure):
    result = ne.compare(ev, *asked, measure=measure)
    drawn = numerals(labels(result.plot()))
    assert len(drawn) > 4
    assert drawn <= numerals(written(figures.twin(result)))


def test_every_number_of_a_forest_plot_of_several_is_in_its_table(ev):
    same = [
        ne.compare(ev, "CYC5", "PBO", outcome=outcome) for outcome in ("somnolence", "any_adverse_event", "headache")
    ]
    mixed = [ne.compare(ev, *pair, outcome="somnolence") for pair in (("CYC5", "PBO"), ("CER15", "CYC10"))]
    for several in (same, mixed):
        assert numerals(labels(figures.forest_plot(several))) <= numerals(written(figures.twin(several)))


def test_every_number_of_bars_per_thousand_is_in_their_table(ev):
    for pair in (("CYC5", "CYC10"), ("CYC5", "PBO")):
        effects = [
            ne.absolute_effect(ne.compare(ev, *pair, outcome=o, measure="RD"))
            for o in ("somnolence", "dry_mouth", "headache")
        ]
        drawn = numerals(labels(figures.per_thousand_plot(effects)))
        assert len(drawn) > 10
        assert drawn <= numerals(written(figures.twin(effects)))
        icons = figures.icon_array(effects[0])
        assert numerals(labels(icons)) <= numerals(written(figures.twin(effects[0])))


def test_every_number_of_a_plot_against_margins_is_in_its_table(ev):
    margin = margin_for(ev, "rmdq_improvement", "MD")
    asked = ("NAP+DZP5", "NAP+PBO"), ("NSAID+DZP", "NSAID+CYC")
    judged = [
        ne.assess_equivalence(ne.compare(ev, *pair, outcome="rmdq_improvement", measure="MD"), margin) for pair in asked
    ]
    relief = ne.compare(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")
    for several in (judged, [ne.assess_equivalence(relief, margin_for(ev, "pain_relief", "RD"))]):
        drawn = numerals(re.sub("×1", "", labels(figures.equivalence_plot(several))))  # the name of a band
        assert len(drawn) > 4
        assert drawn <= numerals(written(figures.twin(several)))


def test_the_narrow_interval_that_is_drawn_is_in_the_table(ev):
    relief = ne.compare(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")
    judged = ne.assess_equivalence(relief, margin_for(ev, "pain_relief", "RD"))
    assert figures.twin(judged).frame["90% interval"].tolist() == ["0.067 to 0.173"]
    rows = figures.data(judged)
    assert rows["factor"].tolist() == [0.5, 1.0, 1.5]
    assert rows["narrow_low"].tolist() == [judged.narrow[0]] * 3


def test_the_rows_of_a_pool_are_its_trials_and_its_models(ev):
    result = ne.compare(ev, "CER", "PBO", outcome=RATED)
    table = figures.twin(result).frame
    assert table["Trial"].str.startswith(("CER study", "Bayes", "Random", "Common")).tolist() == [True] * 5
    assert table["Weight"].tolist()[:2] == ["49%", "51%"]
    rows = figures.data(result)
    assert rows["row"].tolist() == ["trial"] * 2 + ["pooled"] * 3
    assert rows.loc[3, "estimate"] == result.estimate
    assert rows["weight"].sum() == pytest.approx(1)
    across = figures.twin(ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")).frame
    assert across["Randomised"].tolist() == ["NO: across trials"]


def test_ratings_of_arms_and_of_comparisons_give_the_same_counts(ev):
    rated = ne.compare_ratings(ev, "cer_1105", "CER30", "PBO", RATED, "day_4")
    arms = [read_arm(ev, "cer_1105", arm, RATED, "day_4") for arm in ("CER30", "PBO")]
    both = [figures.twin(one).frame.drop(columns="Trial and day") for one in (rated, arms)]
    pd.testing.assert_frame_equal(*both)
    bars = [bar.get_gid() for bar in figures.ratings_plot(ev, ["cer_1105"], RATED).patches]
    assert bars.count("poor") == 4
    printed = ev.ratings.query(
        "trial_id == 'cer_1105' and arm_id == 'CER30' and timepoint == 'day_4' and category == 'good'"
    )
    assert both[0].loc[0, "Good"] == f"{printed['events'].item():.0f}"


def test_a_network_with_prediction_intervals_shows_them():
    rows = [("1", "B", "A", 0.1, 0.1), ("2", "B", "A", 0.6, 0.1), ("3", "C", "A", 0.9, 0.2), ("4", "C", "A", 0.2, 0.1)]
    trials = pd.DataFrame(rows, columns=["trial", "treatment", "control", "effect", "se"])
    fit = ne.network_meta_analysis(contrasts=trials, measure="RR", tau2="REML")
    table = figures.twin(fit, {"B": "the drug"}).frame
    assert "In a new trial" in table
    assert table.loc[0, "Treatment"] == "the drug"
    row = figures.data(fit).iloc[0]
    assert row["estimate"] == pytest.approx(np.exp(fit.estimates.loc["B", "A"]))
    assert row["prediction_low"] < row["ci_low"] < row["estimate"]


def test_the_curve_in_the_data_is_the_curve_that_is_drawn(shown):
    result, draw = shown["dose_response_plot"]
    line = next(line for line in draw().lines if line.get_gid() == "curve")
    rows = figures.data(result).query("row == 'curve'")
    assert np.array_equal(
        rows[["dose", "value"]].to_numpy(float), np.column_stack([line.get_xdata(), line.get_ydata()])
    )


def test_what_no_picture_shows_is_refused():
    for function in (figures.twin, figures.data):
        with pytest.raises(UnknownResultError, match="found str"):
            function("text")
