"""The PDF and the Word file show every text as it is, wherever it stands."""

import re
import zipfile
from itertools import count

import docx
import pandas as pd
import pypdfium2
import pytest
from docx.oxml.ns import qn
from payloads import PAYLOADS
from pictures import picture
from pypdf import PdfReader

from neckevidence.report.document import Document, Part, Rows, Section, Words
from neckevidence.report.pdf import write_pdf
from neckevidence.report.word import write_word
from neckevidence.tables.base import Table

# A paragraph, an item with a lead, a title of a table, a head, a cell, a note, a caption, a title of a section.
PLACES = 8


def section(number, text, folder):
    table = Table(pd.DataFrame({text: [text], "b": ["x"]}), text, text)
    drawn = picture(folder, f"p{number}", Table(pd.DataFrame({"a": ["x"]}), "Numbers"), text, text)
    item = Words((Part(f"Q{number}q", strong=True), Part(f" {text} R{number}r", emphasis=True)), item=True)
    return Section(f"c{number}", text, (Words.of(text), item, Rows(f"r{number}", table), drawn))


def squeezed(text):
    """Without spaces, and without the places where a long word may break."""
    return re.sub(r"[\s\u200b\u00ad\ufffe]", "", text)


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    title, subtitle, edition = (f"{letter} {' '.join(PAYLOADS[:8])}" for letter in "TSE")
    number = count()
    sections = tuple(section(next(number), payload, folder) for payload in PAYLOADS)
    return Document(title, subtitle, edition, "November 2026", sections, {})


@pytest.fixture(scope="module")
def pdf_file(document, tmp_path_factory):
    return write_pdf(document, tmp_path_factory.mktemp("paper") / "a.pdf")


@pytest.fixture(scope="module")
def word_file(document, tmp_path_factory):
    return write_word(document, tmp_path_factory.mktemp("paper") / "a.docx")


@pytest.fixture(scope="module")
def printed(pdf_file):
    return squeezed("".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf_file)))


@pytest.fixture(scope="module")
def typed(word_file):
    body = docx.Document(str(word_file)).element.body
    return squeezed("".join(text.text or "" for text in body.iter(qn("w:t"))))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_text_is_printed_as_it_is_in_every_place(printed, payload):
    number = PAYLOADS.index(payload)
    assert f"Q{number}q{squeezed(payload)}R{number}r" in printed
    assert printed.count(squeezed(payload)) >= PLACES


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_text_is_typed_as_it_is_in_every_place(typed, payload):
    number = PAYLOADS.index(payload)
    assert f"Q{number}q{squeezed(payload)}R{number}r" in typed
    assert typed.count(squeezed(payload)) >= PLACES


def test_title_pages_show_their_texts(document, printed, typed):
    for text in (document.title, document.subtitle, document.edition):
        assert squeezed(text) in printed
        assert squeezed(text) in typed


def test_only_addresses_of_the_web_are_links(pdf_file, word_file):
    annotations = (note.get_object() for page in PdfReader(pdf_file).pages for note in page.get("/Annots", []))
    actions = [note["/A"] for note in annotations if "/A" in note]
    assert {action["/S"] for action in actions} <= {"/URI", "/GoTo"}
    addresses = {action["/URI"] for action in actions if action["/S"] == "/URI"}
    links = docx.Document(str(word_file)).part.rels.values()
    targets = {link.target_ref for link in links if link.reltype.endswith("/hyperlink")}
    assert addresses
    assert all(address.startswith("https://example.org") for address in addresses | targets)


def test_a_word_file_computes_and_fetches_nothing(word_file):
    """Its fields are those that number and count; no relation but links leads outside."""
    body = docx.Document(str(word_file)).element.body
    fields = [field.get(qn("w:instr")).split()[0] for field in body.iter(qn("w:fldSimple"))]
    fields += [text.text.split()[0] for text in body.iter(qn("w:instrText"))]
    assert set(fields) <= {"SEQ", "TOC", "PAGE", "NUMPAGES"}
    with zipfile.ZipFile(word_file) as parts:
        relations = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".rels"))
    outside = re.findall(r'<Relationship [^>]*TargetMode="External"[^>]*>', relations)
    assert all("/hyperlink" in relation for relation in outside)


def test_alternative_texts_are_kept_as_they_are(pdf_file, word_file):
    body = docx.Document(str(word_file)).element.body
    assert {part.get("descr") for part in body.iter(qn("wp:docPr"))} >= set(PAYLOADS)
    raw = {str(part["/Alt"]) for part in objects(PdfReader(pdf_file)) if "/Alt" in part}
    assert raw >= set(PAYLOADS)


def objects(reader):
    for number in range(1, reader.trailer["/Size"]):
        one = reader.get_object(number)
        if hasattr(one, "keys"):
            yield one


def test_addresses_in_heads_and_notes_of_long_tables_do_not_stop_the_pdf(tmp_path):
    address = "https://example.org"
    table = Table(pd.DataFrame({address: [address] * 150}), address, f"See {address}.")
    long = Document(address, address, address, "", (Section("c", address, (Rows("r", table),)),), {})
    assert write_pdf(long, tmp_path / "a.pdf").stat().st_size > 0


def test_a_long_title_does_not_stop_the_word_file(tmp_path):
    long = Document("T" * 400, "S" * 400, "E", "", (Section("c", "C", (Words.of("w"),)),), {})
    assert docx.Document(str(write_word(long, tmp_path / "a.docx"))).core_properties.title == "T" * 255
