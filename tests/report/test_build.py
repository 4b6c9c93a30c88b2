from html.parser import HTMLParser

import nbformat
import pytest

from neckevidence.report.build import Page, ReportError, _exporter, _linked, build_report, notebooks_folder

PATHS = sorted(notebooks_folder().glob("*.ipynb"))
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


def notebook(*cells):
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_markdown_cell("# A page\n\nIts lead."), *map(nbformat.v4.new_code_cell, cells)]
    return made


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_page_is_self_contained_and_every_picture_has_words(path):
    html, _ = _exporter().from_notebook_node(nbformat.read(path, 4))
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
    html, _ = _exporter().from_notebook_node(nbformat.read(PATHS[1], 4))
    assert "gt_table" in html
    assert "29%" in html


def test_report_of_a_small_notebook(tmp_path):
    source = tmp_path / "notebooks"
    source.mkdir()
    nbformat.write(
        notebook("import neckevidence as ne\nprint(len(ne.load_evidence().claims))"), source / "01_small.ipynb"
    )
    pages = build_report(tmp_path / "reports", notebooks=source, progress=False)
    assert [page.name for page in pages] == ["index.html", "01_small.html"]
    assert "75" in pages[1].read_text(encoding="utf-8")
    index = pages[0].read_text(encoding="utf-8")
    assert "Its lead." in index
    assert 'href="01_small.html"' in index
    assert set(Addresses(index).found) == {"01_small.html"}


def test_a_failing_notebook_is_named_and_leaves_the_last_report(tmp_path):
    source, out = tmp_path / "notebooks", tmp_path / "reports"
    source.mkdir()
    nbformat.write(notebook("1 + 1"), source / "01_good.ipynb")
    build_report(out, notebooks=source, progress=False)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    nbformat.write(notebook("1 + 1", "raise ValueError('no such figure')"), source / "02_bad.ipynb")
    with pytest.raises(ReportError, match=r"02_bad\.ipynb, cell 3: ValueError: no such figure"):
        build_report(out, notebooks=source, progress=False)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "reports"]


def test_pages_link_to_each_other():
    pages = [Page("a.html", "A", "", "<body><!-- navigation --></body>"), Page("b.html", "B", "", "")]
    linked = _linked(pages[0], pages)
    assert '<a href="a.html" aria-current=page>A</a><a href="b.html">B</a>' in linked.html
