import re
import unicodedata
from collections import defaultdict

import pypdf
import pypdfium2
import pytest

from neckevidence.core.errors import NeckevidenceError
from neckevidence.report.document import Document, Rows, Section, Words
from neckevidence.report.paper import on_paper
from neckevidence.report.pdf import write_pdf


@pytest.fixture(scope="module")
def paper(document):
    """What of the report goes on paper."""
    return on_paper(document)


@pytest.fixture(scope="module")
def written(document, tmp_path_factory):
    return write_pdf(document, tmp_path_factory.mktemp("pdf") / "report.pdf")


@pytest.fixture(scope="module")
def pdf(written):
    return pypdf.PdfReader(written)


@pytest.fixture(scope="module")
def pages(written):
    """The text of each page, by another reader that is quicker at it."""
    with pypdfium2.PdfDocument(written) as found:
        return [bare(page.get_textpage().get_text_range()) for page in found]


@pytest.fixture(scope="module")
def text(pages):
    """All text without spaces and breaks: a cell's text goes on in its next line, a table's on the next page."""
    return "".join(page.removesuffix(f"{at}of{len(pages)}") for at, page in enumerate(pages, 1))


def bare(words):
    """Return words without what setting changes: spaces, hyphens at a line's end, ligatures, marks of emphasis."""
    return re.sub(r"[\s\u200b\u00ad\ufffe-]|\*\*", "", unicodedata.normalize("NFKC", str(words)))


@pytest.fixture(scope="module")
def elements(pdf):
    """The elements of the structure tree by their kind; those within rows are left out."""
    found, waiting = defaultdict(list), [pdf.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        one = waiting.pop().get_object()
        if isinstance(one, list):
            waiting += one[::-1]
        elif isinstance(one, dict):
            found[one.get("/S")].append(one)
            if "/K" in one and one.get("/S") != "/TR":
                waiting.append(one["/K"])
    return found


def headings(paper):
    return [section.title for top in paper.sections for section in top.walk()]


def tables(paper):
    return [block.table for block in paper.blocks() if isinstance(block, Rows)] + [
        picture.twin for picture in paper.pictures()
    ]


def test_it_is_tagged_in_english_and_bears_its_title(pdf, paper):
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata.title == paper.title
    assert pdf.metadata["/CreationDate"].startswith("D:20261101")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()


def test_every_picture_has_its_words_and_is_drawn_in_lines(written, elements, paper):
    figures = elements["/Figure"]
    assert [bare(figure["/Alt"]) for figure in figures] == [bare(picture.alt) for picture in paper.pictures()]
    assert not re.search(rb"/Subtype\s*/Image", written.read_bytes())


def test_headings_are_in_the_outline_with_their_numbers(pdf, paper):
    def titles(entries):
        for entry in entries:
            if isinstance(entry, list):
                yield from titles(entry)
            else:
                yield entry.title

    found = [bare(re.sub(r"^[\d.]+\s", "", title)) for title in titles(pdf.outline)]
    assert [title for title in found if title != "Contents"] == [bare(title) for title in headings(paper)]


def test_headings_descend_by_one(elements):
    levels = [(tag, len(elements[tag])) for tag in ("/H1", "/H2", "/H3")]
    assert levels[0][1] > 5
    assert levels[1][1] > levels[0][1]


def test_nothing_of_a_table_is_lost(text, paper):
    assert all(bare(block.table.title) in text for block in paper.blocks() if isinstance(block, Rows))
    for table in tables(paper):
        assert bare(table.note) in text
        for row in (table.frame.iloc[:1], table.frame.iloc[-1:]):
            for cell in row.to_numpy().ravel():
                assert bare(cell) in text, (table.title, cell)


def test_no_paragraph_is_lost(text, paper):
    for block in paper.blocks():
        if isinstance(block, Words):
            # A page may end within a paragraph: its beginning is looked for.
            assert bare(block.text)[:60] in text


def test_the_head_of_a_table_is_repeated_and_tagged_once(pages, elements, paper):
    titled = {block.table.title: block.table for block in paper.blocks() if isinstance(block, Rows)}
    facts = titled["Published results, as printed"]
    head = bare("".join(facts.frame.columns))
    first = next(at for at, page in enumerate(pages) if bare(facts.frame.iloc[0, 0]) in page and head in page)
    last = max(at for at, page in enumerate(pages) if bare(facts.frame.iloc[-1, 0]) in page and head in page)
    assert last > first + 5
    assert all(head in page for page in pages[first : last + 1])
    assert len(elements["/Table"]) == len(elements["/THead"]) == len(tables(paper))


def test_pages_are_counted(pages):
    assert f"2of{len(pages)}" in pages[1]
    assert pages[-1].endswith(f"{len(pages)}of{len(pages)}")


def small(words, heading="A", date=""):
    return Document("T #1", "S", "E", date, (Section("a", heading, (Words.of(words),)),), {})


def test_links_lead_out(tmp_path):
    found = pypdf.PdfReader(write_pdf(small("See https://example.org/a_b?c=1."), tmp_path / "link.pdf"))
    links = [one.get_object()["/A"].get("/URI") for one in found.pages[-1]["/Annots"]]
    assert links == ["https://example.org/a_b?c=1"]


def test_two_runs_give_the_same_bytes(document, written, tmp_path):
    assert write_pdf(document, tmp_path / "again.pdf").read_bytes() == written.read_bytes()


def test_a_letter_that_no_font_has_is_refused(tmp_path):
    with pytest.raises(NeckevidenceError, match=r"no font has .* \(U\+10600\)"):
        write_pdf(small("a letter of Linear A: \U00010600"), tmp_path / "tofu.pdf")
    assert list(tmp_path.iterdir()) == []


def test_signs_of_typst_are_only_signs(tmp_path):
    odd = 'a*b _c_ #let $x$ `y` <z> @w ~v -- --- ... -5 to -.5 "q" \\u [s] {t} = / + 1. // /* -?x ● ◐ ○ ✕ ± − ≥ –'
    file = write_pdf(small(odd, heading=f"A {odd}"), tmp_path / "odd.pdf")
    with pypdfium2.PdfDocument(file) as found:
        said = re.sub(r"\s", "", found[len(found) - 1].get_textpage().get_text_range())
    assert said.count(odd.replace(" ", "")) == 3  # running header, heading, paragraph
    assert pypdf.PdfReader(file).metadata.title == "T #1"
    assert "/CreationDate" not in pypdf.PdfReader(file).metadata
