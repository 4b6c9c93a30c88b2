"""The report of each foreign question in every format: made by the general notebooks, without a word of the packaged one.

The reports are made by executing the notebooks, so that a cell that fails on one of the questions fails here.
"""

import re
import zipfile

import pypdfium2
import pytest
from foreign import FOLDER, QUESTIONS, forbidden, words

import neckevidence as ne
from neckevidence.claims.leading import leads, results
from neckevidence.core.numbers import interval_text
from neckevidence.report.build import build_report

# The sections that a question has figures for; the others are not there, and nothing is said of them.
SECTIONS = {
    "bcg": {
        "In short",
        "The comparisons, trial by trial",
        "The claims, audited",
        "What is missing",
        "The evidence as printed",
    },
    "smoking": {"In short", "The comparisons, trial by trial", "The network", "The evidence as printed"},
    "diabetes": {"In short", "The comparisons, trial by trial", "The network", "The evidence as printed"},
}
SECTIONS["invented"] = {*SECTIONS["bcg"], *SECTIONS["smoking"], "Dose and effect"}
_EVERY = set().union(*SECTIONS.values())


@pytest.fixture(scope="module", params=QUESTIONS)
def report(request, tmp_path_factory):
    """The name of a question, and the files of its report by their ending."""
    out = tmp_path_factory.mktemp(request.param)
    build_report(out, FOLDER / request.param, progress=False)
    return request.param, out


def html(out):
    (page,) = out.glob("*.html")
    return page.read_text(encoding="utf-8")


def pdf(out):
    (path,) = out.glob("*.pdf")
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))


def word(out):
    (path,) = out.glob("*.docx")
    return re.sub(r"<[^>]+>", " ", zipfile.ZipFile(path).read("word/document.xml").decode())


def test_no_format_says_a_word_of_the_packaged_question(report):
    name, out = report
    pages = [page.read_text(encoding="utf-8") for page in (out / "notebooks").glob("*.html")]
    assert pages
    for text in (words(html(out)), pdf(out), word(out), *map(words, pages)):
        assert not forbidden(text), (name, forbidden(text)[:3])


def test_sections_without_figures_are_not_there(report):
    name, out = report
    headings = {
        re.sub(r"<[^>]+>|\s+", " ", found).strip() for found in re.findall(r"(?s)<h2[^>]*>(.*?)</h2>", html(out))
    }
    there = {chapter for chapter in _EVERY if any(chapter in heading for heading in headings)}
    assert there == SECTIONS[name], headings


def test_the_first_result_is_that_of_the_package(report):
    name, out = report
    ev = ne.load_evidence(FOLDER / name)
    first = results(ev, leads(ev))[0]
    numbers = interval_text(first.measure, first.estimate, first.ci_low, first.ci_high, first.level)
    for text in (html(out), pdf(out), word(out)):
        assert numbers in re.sub(r"\s+", " ", text)
