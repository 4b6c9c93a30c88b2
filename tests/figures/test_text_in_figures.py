"""A label is words in every picture: no formula, no markup, and no crash."""

import csv
import io
import re
import shutil
import xml.etree.ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from every_picture import every_picture
from matplotlib.text import Text

import neckevidence as ne
from neckevidence import figures
from neckevidence.data.evidence import packaged_folder

LABEL = r'A$b_c$ \frac{ <x> & "q" $\frac{'
NAMES = sorted(
    set(figures.__all__) - {"FOUR_OUTCOMES", "alt_text", "data", "font_face_css", "save", "show", "svg_text", "twin"}
)
# What these draw is words of the package, signs and numbers only.
WITHOUT_LABELS = {"four_outcomes_plot", "posterior_plot", "rob_summary_plot", "dose_response_plot"}


def word(text):
    return f"{LABEL} {text}"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "evidence"
    shutil.copytree(packaged_folder(), folder)
    labels = {"treatments": "name", "outcomes": "label", "trials": "label", "sources": "first_author"}
    for table, column in labels.items():
        rows = list(csv.reader(io.StringIO((folder / f"{table}.csv").read_text(encoding="utf-8"))))
        at = rows[0].index(column)
        rows[1:] = [[*row[:at], word(row[at]), *row[at + 1 :]] for row in rows[1:]]
        with open(folder / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    return every_picture(ne.load_evidence(folder), word)


def squeezed(text):
    return re.sub(r"\s", "", text)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", NAMES)
def test_a_label_is_drawn_as_it_is(shown, name):
    result, draw = shown[name]
    figure = figures.svg.figure_of(draw())
    svg = figures.svg_text(figure, result, fonts="none")
    drawn = [
        text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text") for text in element.itertext()
    ]
    assert not any("mathdefault" in text or "mathbf" in text for text in drawn)
    if name not in WITHOUT_LABELS:
        assert squeezed(LABEL) in squeezed("".join(drawn))
    # No text made within the picture, and none made when it is drawn outside the house's style, may be a formula.
    with mpl.rc_context(mpl.rcParamsDefault | {"backend": "Agg"}):
        figure.savefig(io.BytesIO(), format="png")
        figure.savefig(io.BytesIO(), format="svg")
    assert not [text.get_text() for text in figure.findobj(Text) if "$" in text.get_text() and text.get_parse_math()]


def test_the_numbers_of_a_saved_figure_hold_no_formula(shown, tmp_path, monkeypatch):
    result, draw = shown["forest_plot"]
    frame = pd.DataFrame({"label": ["=HYPERLINK(1)", "-0.3"], "=x": ["＝1", "plain"], "n": [-1.5, 2.0]})
    monkeypatch.setattr("neckevidence.figures.export.data", lambda result: frame)
    (path,) = figures.save(draw(), tmp_path / "a", result, formats=[])
    assert path.read_text(encoding="utf-8").splitlines() == [
        "label,'=x,n",
        "'=HYPERLINK(1),'＝1,-1.5",
        "-0.3,plain,2.0",
    ]
