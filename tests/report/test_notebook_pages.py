from html.parser import HTMLParser
from urllib.parse import unquote

import lxml.html
import nbformat
import pytest
from markupsafe import Markup
from payloads import PAYLOADS

from neckevidence.report.notebooks import (
    Page,
    _heading,
    _linked,
    body,
    index_page,
    notebook_paths,
    notebooks_folder,
    run_notebooks,
)

REACHES_OUT = ("src", "href", "srcset", "action", "poster", "data")


class Addresses(HTMLParser):
    """Everything that a page reaches for, and pictures without words."""

    def __init__(self, html):
        super().__init__()
        self.found, self.wordless, self.scripts = [], 0, 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.found += [attrs[name] for name in REACHES_OUT if attrs.get(name)]
        self.wordless += tag == "img" and not attrs.get("alt")
        self.scripts += tag == "script"


def test_the_pages_of_the_report_are_those_that_the_question_lists(ev):
    listed = [one.file for one in ev.question.notebooks if (notebooks_folder() / one.file).is_file()]
    assert {path.name for path in notebook_paths()} == set(listed)
    assert "explore.ipynb" not in listed


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_a_page_is_self_contained_and_every_picture_has_words(path):
    html = body(nbformat.read(path, 4))
    page = Addresses(html)
    beside = {f"{other.stem}.html" for other in notebook_paths()}
    outside = [address for address in page.found if not address.startswith(("data:image/png", "#"))]
    assert [address[:60] for address in outside if address not in beside] == []
    assert "http://" not in html
    assert "https://" not in html
    assert (page.wordless, page.scripts) == (0, 0)
    assert html.count("<img") == sum(
        "image/png" in output.get("data", {})
        for cell in nbformat.read(path, 4).cells
        for output in cell.get("outputs", [])
    )


def test_tables_of_a_notebook_reach_the_page_with_their_look():
    html = body(nbformat.read(notebook_paths()[1], 4))
    assert 'class="gt_table"' in html
    assert ".gt_table {" in html
    assert "29%" in html


def test_the_index_leads_to_every_page():
    pages = [Page("a.html", "A", "Its lead.", ""), Page("b.html", "B", "", "")]
    html = index_page(pages, "version 1").html
    assert Addresses(html).found == ["data:,", "a.html", "b.html"]  # the first: no icon is asked for
    assert "Its lead." in html


def test_pages_link_to_each_other():
    pages = [Page("a.html", "A", "", Markup("<p>Words</p>")), Page("b.html", "B", "", "")]
    linked = _linked(pages[0], pages)
    assert '<a href="a.html" aria-current="page">A</a><a href="b.html">B</a>' in linked.html
    assert "<main>\n<p>Words</p>\n</main>" in linked.html


def test_every_page_forbids_scripts_and_everything_from_outside():
    pages = [Page("a.html", "A", "", Markup("<p>Words</p>"))]
    for page in (_linked(pages[0], pages), index_page(pages, "version 1")):
        (policy,) = lxml.html.fromstring(page.html).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == rules["script-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        assert rules["img-src"] == "data:"


@pytest.mark.parametrize("payload", [*PAYLOADS, "<!-- navigation -->", "</title><script>alert(1)</script>"])
def test_titles_leads_and_names_of_files_are_text(payload):
    page = Page(f"{payload}.html", payload, payload, Markup("<p>Words</p>"))
    for made in (_linked(page, [page]), index_page([page], payload)):
        tree = lxml.html.document_fromstring(made.html)
        assert not tree.xpath("//script | //img | //form | //*[@onerror]")
        (link,) = [one for one in tree.xpath("//a") if one.get("href") != "index.html"]
        assert link.text_content() == payload
        assert unquote(link.get("href")) == f"{payload}.html"
        assert ":" not in link.get("href")
    assert tree.xpath("//li/p")[0].text_content() == payload
    assert tree.xpath("//p[@class='small']")[0].text_content() == f"Made with {payload}."


def test_a_notebook_without_a_heading_is_called_by_its_name():
    assert _heading(nbformat.v4.new_notebook(), "a name") == ("a name", "")


@pytest.mark.parametrize(
    "kind", ["text/html", "text/markdown", "image/svg+xml", "application/javascript", "text/latex"]
)
def test_what_a_cell_puts_out_runs_nothing_in_its_page(kind):
    payload = (
        '<p onclick="x()">word</p><script>alert(1)</script><img src="https://example.org/x.png" onerror="alert(1)">'
    )
    output = nbformat.v4.new_output("display_data", {kind: payload})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])
    notebook.cells.append(nbformat.v4.new_markdown_cell(payload + "\n\n![x](/etc/passwd) [y](javascript:alert(1))"))
    html = body(notebook)
    assert not lxml.html.fromstring(html).xpath("//script | //@onerror | //@onclick | //@src | //a/@href | //svg")
    assert "alert" not in html
    assert "root:" not in html


def test_a_script_in_a_cell_of_the_evidence_is_words_in_the_page(folder):
    """The gaps that the last notebook tells of in words and tables, with the payloads among them."""
    texts = ["<img src=x onerror=alert(1)>", "[x](javascript:alert(1)) **b** $a$", "<script>alert(1)</script>"]
    rows, header = folder._read("gaps")
    for at, row in enumerate(rows):
        row["what_is_missing"], row["where_it_should_stand"] = texts[at % 3], texts[(at + 1) % 3]
    folder._write("gaps", header, rows)
    path = next(path for path in notebook_paths() if "missing" in path.stem)
    page = run_notebooks([path], folder.path)[0].page
    tree = lxml.html.document_fromstring(page.html)
    assert not tree.xpath("//script | //@onerror | //*[starts-with(@href, 'javascript')]")
    words = tree.xpath("string(//div[@class='result']/p)")
    assert any(text in words for text in texts)
    for text in texts:
        assert text in tree.xpath("string(//main)")
