import io
import re
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from lxml import etree

from neckevidence.report.document import Rows, Words
from neckevidence.report.paper import on_paper
from neckevidence.report.word import write_word


@pytest.fixture(scope="module")
def paper(document):
    """What of the report goes on paper."""
    return on_paper(document)


@pytest.fixture(scope="module")
def written(document, tmp_path_factory):
    return write_word(document, tmp_path_factory.mktemp("word") / "report.docx")


@pytest.fixture(scope="module")
def word(written):
    return docx.Document(str(written))


def bare(text):
    return str(text).replace("\u200b", "").replace("**", "")


def said(paragraph):
    """Return the text of a paragraph, fields and links included."""
    return bare("".join(one.text or "" for one in paragraph._element.iter(qn("w:t"))))


def flat(text):
    return " ".join(bare(text).split())


def styled(word, prefix):
    return [said(one) for one in word.paragraphs if one.style.name.startswith(prefix)]


def sections(paper):
    def below(section, level):
        yield level, section.title
        for one in section.sections:
            yield from below(one, level + 1)

    return [entry for top in paper.sections for entry in below(top, 1)]


def tables(paper):
    for block in paper.blocks():
        if isinstance(block, Rows):
            yield block.table
        elif hasattr(block, "twin"):
            yield block.twin


def test_title_page_and_properties(word, paper):
    assert styled(word, "Title") == [paper.title]
    assert styled(word, "Subtitle") == [paper.subtitle]
    core = word.core_properties
    assert (core.title, core.subject, core.language) == (paper.title, paper.subtitle, "en-GB")
    assert f"{core.created:%Y-%m-%d}" == f"{core.modified:%Y-%m-%d}" == "2026-11-01"


def test_headings_are_headings_and_numbered_by_word(word, paper):
    found = [(int(one.style.name[-1]), said(one)) for one in word.paragraphs if one.style.name.startswith("Heading")]
    assert found == sections(paper)
    for level in (1, 2, 3):
        number = word.styles[f"Heading {level}"].element.find(f".//{qn('w:numId')}").get(qn("w:val"))
        assert number == "77"
    order = [etree.QName(one).localname for one in word.part.numbering_part.element]
    assert order == sorted(order)  # all abstractNum before the first num: Word refuses the file otherwise
    assert qn("w:num") in {one.tag for one in word.part.numbering_part.element if one.get(qn("w:numId")) == "77"}


def test_contents_name_each_heading_and_lead_to_it(word, paper):
    numbers, wanted = [0, 0], []
    for level, title in sections(paper):
        if level == 1:
            numbers = [numbers[0] + 1, 0]
        elif level == 2:
            numbers[1] += 1
        if level <= 2:
            wanted.append(f"{'.'.join(map(str, numbers[:level]))} {title}")
    assert styled(word, "toc ") == wanted
    names = {one.get(qn("w:name")) for one in word.element.body.iter(qn("w:bookmarkStart"))}
    links = [one.get(qn("w:anchor")) for one in word.element.body.iter(qn("w:hyperlink"))]
    assert len(wanted) == len([link for link in links if link in names])
    assert {link for link in links if link} <= names
    begin = list(word.element.body.iter(qn("w:fldChar")))
    assert [one.get(qn("w:fldCharType")) for one in begin] == ["begin", "separate", "end"]
    assert begin[0].get(qn("w:dirty")) == "true"


def test_every_picture_has_words_a_png_and_vectors(word, paper):
    drawings = list(word.element.body.iter(qn("wp:docPr")))
    assert [flat(one.get("descr")) for one in drawings] == [flat(picture.alt) for picture in paper.pictures()]
    assert len({one.get("id") for one in drawings}) == len(drawings)
    for blip in word.element.body.iter(qn("a:blip")):
        png = word.part.related_parts[blip.get(qn("r:embed"))]
        assert png.content_type == "image/png"
        (vectors,) = blip.iter("{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip")
        svg = word.part.related_parts[vectors.get(qn("r:embed"))]
        assert svg.content_type == "image/svg+xml"
        root = etree.fromstring(svg.blob)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert not list(root.iter("{http://www.w3.org/2000/svg}image"))


def test_pictures_are_300_dots_an_inch_and_fit_the_page(word, paper):
    from PIL import Image

    for blip, extent in zip(word.element.body.iter(qn("a:blip")), word.element.body.iter(qn("wp:extent")), strict=True):
        width, height = Image.open(io.BytesIO(word.part.related_parts[blip.get(qn("r:embed"))].blob)).size
        across, down = (int(extent.get(side)) / 914400 for side in ("cx", "cy"))
        assert across <= 6.54
        assert width / across >= 299
        assert across / down == pytest.approx(width / height, rel=0.01)


def test_tables_repeat_their_head_keep_rows_whole_and_fit_the_page(word, paper):
    wide = {one.page_width for one in word.sections}
    assert len(wide) == 2
    for table in word.tables:
        head, *rows = table._tbl.tr_lst
        assert head.trPr.find(qn("w:tblHeader")) is not None
        assert all(row.trPr.find(qn("w:tblHeader")) is None for row in rows)
        assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in (head, *rows))
        assert table._tbl.tblPr.find(qn("w:tblLayout")).get(qn("w:type")) == "fixed"
    # Each table is no wider than the page of its section.
    line, lines = 0, [one.page_width - one.left_margin - one.right_margin for one in word.sections]
    for one in word.element.body:
        if one.tag == qn("w:tbl"):
            assert sum(column.w for column in one.tblGrid.gridCol_lst) <= lines[line] * 1.002
        elif one.find(f".//{qn('w:sectPr')}") is not None:
            line += 1
    assert line == len(lines) - 1


def test_nothing_of_a_table_is_lost(word, paper):
    wanted = list(tables(paper))
    assert len(word.tables) == len(wanted)
    for table, source in zip(word.tables, wanted, strict=True):
        rows = [[flat(" ".join(said_in(cell))) for cell in row.tc_lst] for row in table._tbl.tr_lst]
        assert rows[0] == [flat(name) for name in source.frame.columns]
        body = [[flat(cell) for cell in row] for row in source.frame.to_numpy()]
        assert rows[1 : 1 + len(body)] == body
        assert rows[1 + len(body) :] == ([[flat(source.note)]] if source.note else [])


def said_in(cell):
    return ["".join(one.text or "" for one in paragraph.iter(qn("w:t"))) for paragraph in cell.p_lst]


def test_no_paragraph_is_lost(word, paper):
    found = {flat(said(one)) for one in word.paragraphs}
    missing = [one.text for one in paper.blocks() if isinstance(one, Words) and flat(one.text) not in found]
    assert missing == []


def test_captions_are_counted_by_word(word, paper):
    figures = styled(word, "Image Caption")
    assert [re.match(r"Figure (\d+)\. ", text).group(1) for text in figures] == [
        str(at) for at in range(1, len(paper.pictures()) + 1)
    ]
    fields = [one.get(qn("w:instr")) for one in word.element.body.iter(qn("w:fldSimple"))]
    assert fields.count(" SEQ Figure \\* ARABIC ") == len(figures)


def test_header_and_footer_are_on_all_pages_but_the_first(word, paper):
    first, *others = word.sections
    assert first.different_first_page_header_footer
    assert all(one.header.is_linked_to_previous and one.footer.is_linked_to_previous for one in others)
    header, footer = (said(place.paragraphs[0]) for place in (first.header, first.footer))
    assert header.startswith(paper.title)
    assert footer == "1 of 1"
    assert said(first.first_page_header.paragraphs[0]) == ""


def test_two_runs_give_the_same_bytes(document, written, tmp_path):
    assert write_word(document, tmp_path / "again.docx").read_bytes() == written.read_bytes()
    with zipfile.ZipFile(written) as parts:
        assert {one.date_time[0] for one in parts.infolist()} == {1980}
        assert parts.testzip() is None


def test_the_list_of_contents_takes_no_number(word):
    style = word.styles["TOC Heading"]
    assert style.base_style.name == "Normal"
    assert not style.element.findall(".//" + qn("w:numPr"))
