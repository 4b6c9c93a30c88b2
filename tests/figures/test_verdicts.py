import matplotlib.pyplot as plt
import pandas as pd
import pytest

from neckevidence import NeckevidenceError
from neckevidence.figures.verdicts import VERDICT_SIGNS, verdicts_plot

WORDS = list(VERDICT_SIGNS)


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "claim_id": ["C1", "C2", "C3", "C4", "C5"],
            "section": ["One", "One", "Two", "Two", "Two"],
            "verdict": WORDS,
            "basis": ["computed", "by hand", "computed", "by hand", "by hand"],
        }
    )


def test_every_claim_has_the_sign_of_its_verdict_in_its_section(table):
    ax = verdicts_plot(table)
    for claim in table.itertuples():
        (sign,) = [line for line in ax.lines if line.get_gid() == claim.claim_id]
        assert sign.get_marker() == VERDICT_SIGNS[claim.verdict]["marker"]
        assert sign.get_ydata()[0] == -["One", "Two"].index(claim.section)
    # no two verdicts look alike without colour: marker, fill of the face and way of filling tell them apart
    looks = {(s["marker"], s.get("fillstyle", "full"), s["mfc"] == "white") for s in VERDICT_SIGNS.values()}
    assert len(looks) == len(WORDS) == 5
    plt.close(ax.figure)


def test_what_numbers_decide_is_marked_and_counted(table):
    ax = verdicts_plot(table)
    bold = [text.get_text() for text in ax.texts if text.get_gid() == "claim" and text.get_weight() == "bold"]
    assert bold == ["C1", "C3"]
    assert sum(line.get_gid() == "computed" for line in ax.lines) == 2
    assert "supported (1)" in [text.get_text() for text in ax.get_legend().get_texts()]
    plt.close(ax.figure)


def test_no_text_is_cut(table):
    ax = verdicts_plot(table)
    ax.figure.canvas.draw()
    page = ax.figure.bbox
    for text in [*ax.get_legend().get_texts(), *ax.get_yticklabels(), ax.title, ax._left_title]:
        box = text.get_window_extent()
        assert box.width == 0 or (box.x0 >= page.x0 and box.x1 <= page.x1 and box.y0 >= page.y0), text.get_text()
    plt.close(ax.figure)


def test_an_unknown_verdict_is_named(table):
    with pytest.raises(NeckevidenceError, match=r"not demonstrated.*found proven"):
        verdicts_plot(table.assign(verdict="proven"))
