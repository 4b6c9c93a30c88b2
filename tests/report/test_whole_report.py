"""From notebooks to HTML, PDF and Word: what they show arrives, and only the notebooks that were chosen run."""

import re

import docx
import lxml.html
import nbformat
import pypdfium2
import pytest
from click.testing import CliRunner
from small_notebooks import write_notebooks

import neckevidence as ne
from neckevidence.cli import main
from neckevidence.data.evidence import packaged_folder
from neckevidence.report.build import build_report
from neckevidence.report.kernels import ReportError
from neckevidence.report.notebooks import GENERAL, chosen_notebooks, left_alone, notebook_paths

VALUE = "a <b>b</b> **c** $d$ [e](https://example.org)"  # of a sentence of the first notebook


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    build_report(folder / "reports", notebooks=write_notebooks(folder / "notebooks"), figures=True, progress=False)
    return folder / "reports"


@pytest.fixture(scope="module")
def html(out):
    return lxml.html.parse(str(out / "neck-spasm-evidence.html")).getroot()


@pytest.fixture(scope="module")
def printed(out):
    with pypdfium2.PdfDocument(out / "neck-spasm-evidence.pdf") as pdf:
        return squeezed("".join(page.get_textpage().get_text_range() for page in pdf))


@pytest.fixture(scope="module")
def typed(out):
    body = docx.Document(str(out / "neck-spasm-evidence.docx")).element.body
    return squeezed("".join(body.itertext()))


def squeezed(text):
    return re.sub(r"[\s\u200b\u00ad\ufffe]", "", text)


def test_headings_of_notebooks_are_those_of_the_page(html):
    titles = [heading.text_content() for heading in html.xpath("//main//section/*[span[@class='number']]")]
    assert titles == [
        "1 First",
        "1.1 Results",
        "2 Second",
        "2.1 Recompute",
        "2.2 Words",
        "3 What this report was made with",
    ]


def test_words_keep_what_stands_out_and_values_are_text(html, printed, typed):
    lead, *_ = html.xpath("//section[@id='first']/p")
    assert [one.text_content() for one in lead.xpath("./em | ./code | ./a[@href='#second']")] == [
        "emphasis",
        "code",
        "the second",
    ]
    (sentence,) = html.xpath("//section[@id='first-results']/p[strong]")
    assert sentence.text_content().startswith("Here RR 0.76 (95% CI 0.62 to 0.95); not a randomised comparison: ")
    assert sentence.text_content().endswith(VALUE)
    for text in (printed, typed):
        assert squeezed(f"Here RR 0.76 (95% CI 0.62 to 0.95); not a randomised comparison: {VALUE}") in text


def test_a_number_leads_to_the_printed_figures(html):
    (number,) = html.xpath("//section[@id='first-results']/p[strong]/a[text()='0.76']")
    (trail,) = html.xpath(f"//details[@id='{number.get('href')[1:]}']")
    facts = [link.get("href")[1:] for link in trail.xpath(".//li[@class='fact']//a")]
    assert set(facts) == {"fact-counts_001", "fact-counts_002"}
    rows = [html.get_element_by_id(fact).text_content() for fact in facts]
    assert "29%" in rows[0]
    assert "38%" in rows[1]


def test_the_picture_is_in_every_format_with_its_words(html, printed, out):
    (figure,) = html.xpath("//figure")
    assert "A forest of one." in figure.text_content()
    assert figure.xpath("string(.//*[local-name()='svg']/@role)") == "img"
    assert squeezed("Figure 1. A forest of one.") in printed
    word = docx.Document(str(out / "neck-spasm-evidence.docx"))
    assert [part.content_type for part in word.part.related_parts.values() if "image" in part.content_type].count(
        "image/png"
    ) == 1
    assert sorted(path.name for path in (out / "figures").iterdir()) == [
        f"first_figure-1.{end}" for end in ("csv", "pdf", "png", "svg")
    ]


def test_what_has_no_data_is_in_no_format(html, printed, typed):
    for text in (squeezed(html.xpath("string(//main)")), printed, typed):
        assert "Neverseen" not in text
        assert "nothing=None" not in text  # nor is code


def test_the_workbench_is_in_the_page_and_not_on_paper(html, printed, typed):
    assert len(html.xpath("//*[@id='workbench']")) == 1
    for text in (printed, typed):
        assert "Notonpaper" not in text
        assert "Theystay" in text


def test_the_pages_of_the_notebooks_are_there(out):
    names = sorted(path.name for path in (out / "notebooks").iterdir())
    assert names == ["01_first.html", "02_second.html", "03_third.html", "index.html"]
    page = (out / "notebooks" / "01_first.html").read_text(encoding="utf-8")
    assert "forest_plot([drowsy])" in re.sub("<[^>]*>", "", page)  # there code is shown
    assert "vnd.neckevidence" not in page


@pytest.fixture
def foreign(folder):
    """An evidence folder of a stranger, with a notebook in it and one beside it, and a question that lists both."""
    for place in (folder.path, folder.path.parent / "notebooks"):
        place.mkdir(exist_ok=True)
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("open('/tmp/ran', 'w')")])
        nbformat.write(made, place / "01_first.ipynb")
    with (folder.path / "question.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[notebooks]]\nfile = "01_first.ipynb"\n')
    return folder.path


def test_an_evidence_folder_runs_nothing(foreign):
    evidence = ne.load_evidence(foreign)
    assert {path.parent for path in chosen_notebooks(evidence)} == {GENERAL}
    assert left_alone(evidence) == [foreign, foreign.parent / "notebooks"]
    assert left_alone(ne.load_evidence(packaged_folder())) == []


def test_what_was_left_alone_is_said_and_how_to_run_it(foreign, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr("neckevidence.report.build.tqdm.write", said.append)
    monkeypatch.setattr("neckevidence.report.build.run_notebooks", lambda *arguments: [])
    build_report(tmp_path / "reports", foreign, formats=["html"])
    assert f"{foreign} has notebooks; they were not run, for they are code: --notebooks {foreign} runs them" in said


def test_of_a_folder_that_is_named_the_list_must_be_whole(foreign):
    with pytest.raises(ReportError, match=r"question\.toml lists 00_\w+\.ipynb, .*, not in "):
        chosen_notebooks(ne.load_evidence(foreign), foreign.parent / "notebooks")


def test_a_folder_with_none_of_the_list_is_taken_whole_but_for_notebooks_without_a_number(ev, tmp_path):
    for name in ("02_b", "01_a", "explore"):
        nbformat.write(nbformat.v4.new_notebook(), tmp_path / f"{name}.ipynb")
    assert [path.name for path in chosen_notebooks(ev, tmp_path)] == ["01_a.ipynb", "02_b.ipynb"]
    with pytest.raises(ReportError, match="no notebooks in"):
        notebook_paths(tmp_path / "empty")


def test_a_folder_of_notebooks_that_is_not_there_is_named(tmp_path):
    result = CliRunner().invoke(main, ["report", "--notebooks", str(tmp_path / "no"), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "'--notebooks'" in result.output
    assert not (tmp_path / "out").exists()


def test_the_order_is_brief_report_annex(ev):
    parts = [
        one.part for one in sorted(ev.question.notebooks, key=lambda one: ("brief", "report", "annex").index(one.part))
    ]
    by_file = {one.file: one.part for one in ev.question.notebooks}
    assert [by_file[path.name] for path in chosen_notebooks(ev)] == parts
