import pandas as pd
import pytest
from pictures import picture

from neckevidence.core.errors import NeckevidenceError
from neckevidence.report.columns import UPRIGHT, breakable, column_widths, heights, letter_size, too_wide
from neckevidence.report.document import Document, Part, Picture, Rows, Section, Words, Workbench
from neckevidence.report.pandoc import inlines, node
from neckevidence.report.paper import Drawn, Markup, dated, draw, on_paper, tree
from neckevidence.report.pdf import write_pdf
from neckevidence.report.word import write_word
from neckevidence.tables.base import Table

ACROSS, TURNED_BACK = node("RawBlock", ["x", "across"]), node("RawBlock", ["x", "upright"])
MARKUP = Markup(
    ACROSS,
    TURNED_BACK,
    lambda picture, drawn: node("Str", picture.alt),
    lambda kind, number: node("Str", f"{kind} {number}"),
)
NARROW = Table(pd.DataFrame({"Trial": ["one", "two"], "n": ["12", "7"]}), "Trials", "A note.")
# Thirteen columns of words of twenty letters: 13 * 20 * 0.5 letter sizes of 6.5 points are 845 points, a line has 470.
WIDE = Table(pd.DataFrame({f"column {at}": ["n" * 20] for at in range(13)}), "Wide")


def document(*sections, date="November 2026"):
    return Document("Title", "Subtitle", "Edition", date, sections, {})


def words(blocks):
    """Return the text of each block, spaces as they are."""

    def text(part):
        if isinstance(part, list):
            return "".join(text(one) for one in part)
        if isinstance(part, dict):
            if part["t"] == "Code":
                return part["c"][1]
            return {"Space": " ", "Str": part.get("c"), "LineBreak": "\n"}.get(part["t"]) or text(part.get("c", ""))
        return ""

    return [text(block) for block in blocks]


def test_what_stands_out_is_told_apart_from_stars():
    parts = Part("Not", strong=True), Part(" **that** "), Part("x_y", code=True), Part(" or", emphasis=True)
    (block,) = tree(document(Section("a", "A", (Words(parts),))), {}, MARKUP)[1:]
    assert block["c"][0] == node("Strong", [node("Str", "Not")])
    assert [one["t"] for one in block["c"] if one["t"] not in ("Str", "Space")] == ["Strong", "Code", "Emph"]
    assert words([block]) == ["Not **that** x_y or"]


def test_a_link_leads_to_the_web_and_to_no_place_in_the_report():
    parts = Part("there", link="https://example.org/a"), Part(" and "), Part("here", link="#a")
    (block,) = tree(document(Section("a", "A", (Words(parts),))), {}, MARKUP)[1:]
    (link,) = [one for one in block["c"] if one["t"] == "Link"]
    assert (link["c"][2][0], words([block])) == ("https://example.org/a", ["there and here"])


def test_text_is_kept_as_it_is_but_for_links():
    found = inlines("Not p < 0.05 -- #1, see https://doi.org/10.1/x.")
    (link,) = [one for one in found if one["t"] == "Link"]
    assert link["c"][2][0] == "https://doi.org/10.1/x"
    assert words([node("Para", found)])[0].replace("\u200b", "") == "Not p < 0.05 -- #1, see https://doi.org/10.1/x."


def test_lists_numbers_and_twins():
    picture = Picture("p", "Alt.", "Caption", NARROW)
    rows = Rows("r", NARROW)
    section = Section(
        "a", "A", (Words.of("before"), Words.of("x", item=True), Words.of("y", item=True), picture, Workbench({}), rows)
    )
    blocks = tree(document(section), {"p": Drawn("p.svg", "p.svg", 1, 1)}, MARKUP)
    assert [one["t"] for one in blocks] == ["Header", "Para", "BulletList", "Figure", "Table", "Table"]
    texts = words(blocks)
    assert texts[3].startswith("Figure 1. Caption")
    assert texts[4].startswith("The numbers of figure 1Trialn")
    assert texts[5].startswith("Table 1. TrialsTrialn")
    assert texts[5].endswith("A note.")
    assert texts[5].count("A note.") == 1


def test_a_chapter_that_recomputes_is_left_out_with_its_words():
    report = document(Section("a", "A", (), (Section("b", "B", (Words.of("w"), Workbench({}))), Section("c", "C"))))
    assert [section.title for section in on_paper(report).sections[0].walk()] == ["A", "C"]


def test_pages_turn_for_a_wide_table_and_back():
    first = Section("a", "A", (Words.of("upright"),), (Section("b", "B", (Rows("w", WIDE),)), Section("c", "C")))
    blocks = tree(document(first, Section("d", "D", (), (Section("e", "E", (Rows("v", WIDE),)),))), {}, MARKUP)
    kinds = [words([one])[0][:1] if one["t"] == "Header" else one["t"] for one in blocks]
    turns = [f"turn {one['c'][1]}" if one["t"] == "RawBlock" else kind for one, kind in zip(blocks, kinds, strict=True)]
    # A heading without text turns with what follows it; nothing is turned after the last table.
    wanted = ["A", "Para", "turn across", "B", "Table", "turn upright", "C", "turn across", "D", "E", "Table"]
    assert turns == wanted


def test_a_chapter_of_tall_rows_lies_across_as_a_whole():
    # Eight columns of 400 letters: 400 * 0.5 letter sizes in an eighth of a line of 58 are 28 lines.
    tall = Table(pd.DataFrame({f"c{at}": ["word " * 80] * 3 for at in range(8)}), "Tall")
    blocks = tree(document(Section("a", "A", (Words.of("w"),), (Section("b", "B", (Rows("t", tall),)),))), {}, MARKUP)
    assert [one["t"] for one in blocks] == ["RawBlock", "Header", "Para", "Header", "Table"]


def test_an_empty_table_says_so():
    empty = Table(pd.DataFrame(columns=["Trial", "n"]), "Trials left out")
    (_, table) = tree(document(Section("a", "A", (Rows("e", empty),))), {}, MARKUP)
    assert words([table])[0] == "Table 1. Trials left outTrialnnone"


def test_columns_fill_the_line_and_hold_their_longest_word():
    frame = pd.DataFrame(
        {"Dose": ["5 mg", "10 mg"], "Why": ["some words " * 30, "few"], "Who": ["a lot of it " * 10, ""]}
    )
    shares = column_widths(frame, 58.75)
    assert sum(shares) == pytest.approx(1, abs=2e-4)
    assert shares[0] < shares[2] < shares[1]
    # "Dose" in bold: (0.7 + 0.5 + 0.4 + 0.5) * 1.09 letter sizes.
    assert shares[0] * 58.75 > 2.1 * 1.09
    assert sum(column_widths(frame[["Dose"]], 58.75)) < 0.2


def test_letters_get_smaller_before_pages_turn():
    assert (letter_size(NARROW.frame, UPRIGHT), too_wide(NARROW.frame)) == (8.0, False)
    assert too_wide(WIDE.frame)
    assert letter_size(WIDE.frame, UPRIGHT) == 5.5


def test_heights_are_lines():
    # 200 letters of half a size in one column of 50 sizes less its gutter: a little more than two lines.
    assert list(heights(pd.DataFrame({"a": ["n " * 100 + "n" * 60, "n"]}), 50)) == [3, 1]


def test_long_words_break_and_are_the_same_without_the_breaks():
    address = "https://n.neurology.org/content/86/19/1818.short?sid=11d75704-9d7d-4eee-95f0-035101f34c2c"
    assert breakable(address).replace("\u200b", "") == address
    assert max(map(len, breakable(address).split("\u200b"))) <= 22
    assert breakable("methylprednisolone 0.76 (0.62 to 0.95)") == "methylprednisolone 0.76 (0.62 to 0.95)"


def test_a_picture_fits_its_page(tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "paper").mkdir()
    report = document(Section("a", "A", (picture(tmp_path / "made", "p", NARROW, size=(10, 4)),)))
    drawn = draw(report, tmp_path / "paper", png=True)["p"]
    assert (drawn.width, drawn.height) == pytest.approx((6.53, 6.53 * 4 / 10))
    assert sorted(path.name for path in (tmp_path / "paper").iterdir()) == ["figure01.png", "figure01.svg"]


@pytest.mark.parametrize("write", [write_pdf, write_word])
def test_a_missing_picture_is_named_and_leaves_nothing(write, tmp_path):
    failing = document(Section("a", "A", (Picture("harms-forest", "Alt.", "C", NARROW, folder=tmp_path / "no"),)))
    last = tmp_path / "report"
    last.write_bytes(b"the last good one")
    with pytest.raises(NeckevidenceError, match=r"figure 'harms-forest': harms-forest\.svg is not there"):
        write(failing, last)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the last good one"]


def test_the_date_is_the_documents():
    assert f"{dated(document()):%Y-%m-%d}" == "2026-11-01"
    assert dated(document(date="")) is None
    with pytest.raises(NeckevidenceError, match="'2026-11-22': expected a month"):
        dated(document(date="2026-11-22"))
