from html.parser import HTMLParser

import nbformat
import pytest

from neckevidence.report.notebooks import Page, _linked, exporter, index_page, notebook_paths

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


def test_the_explorer_is_no_page_of_the_report():
    assert all(path.name[:2].isdigit() for path in notebook_paths())
    assert len(notebook_paths()) == 11


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_a_page_is_self_contained_and_every_picture_has_words(path):
    html, _ = exporter().from_notebook_node(nbformat.read(path, 4))
    page = Addresses(html)
    assert [address[:60] for address in page.found if not address.startswith(("data:image/png", "#"))] == []
    assert "http://" not in html
    assert "https://" not in html
    assert (page.wordless, page.scripts) == (0, 0)
    assert html.count("<img") == sum(
        "image/png" in output.get("data", {})
        for cell in nbformat.read(path, 4).cells
        for output in cell.get("outputs", [])
    )


def test_tables_of_a_notebook_reach_the_page():
    html, _ = exporter().from_notebook_node(nbformat.read(notebook_paths()[1], 4))
    assert "gt_table" in html
    assert "29%" in html


def test_the_index_leads_to_every_page():
    pages = [Page("a.html", "A", "Its lead.", ""), Page("b.html", "B", "", "")]
    html = index_page(pages, "version 1").html
    assert Addresses(html).found == ["a.html", "b.html"]
    assert "Its lead." in html


def test_pages_link_to_each_other():
    pages = [Page("a.html", "A", "", "<body><!-- navigation --></body>"), Page("b.html", "B", "", "")]
    linked = _linked(pages[0], pages)
    assert '<a href="a.html" aria-current=page>A</a><a href="b.html">B</a>' in linked.html
