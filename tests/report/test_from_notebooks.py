"""An executed notebook as a section of the report: what is taken, what is left out, what drops out, what is refused."""

import json
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from neckevidence.core.explanation import Explanation
from neckevidence.report.blocks import MIME, Blocks, to_json
from neckevidence.report.contents import report_document
from neckevidence.report.document import Part, Rows, Words
from neckevidence.report.from_notebooks import notebook_names, read_notebook
from neckevidence.report.kernels import ReportError
from neckevidence.report.markdown import Heading, read_markdown
from neckevidence.tables.base import Table

FOLDER = Path("pictures")


def words(text, *tags):
    return nbformat.v4.new_markdown_cell(text, metadata={"tags": list(tags)})


def code(*outputs, tags=()):
    return nbformat.v4.new_code_cell("something()", outputs=list(outputs), metadata={"tags": list(tags)})


def shows(*blocks, trails=None):
    data = {MIME: json.loads(json.dumps(to_json(Blocks(blocks, trails or {})))), "text/plain": "as in the notebook"}
    return nbformat.v4.new_output("execute_result", data, execution_count=1)


def prints(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def told(*cells, path="01_first.ipynb", **options):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = list(cells)
    return read_notebook(Path(path), notebook, FOLDER, **options)


def document(ev, *notebooks):
    every = [(name, one) for name, one in notebooks if one is not None]
    return report_document(ev, every)


def outline(section):
    return {section.title: [outline(below) for below in section.sections]} if section.sections else section.title


SAID = Words.of("said")


def test_headings_are_sections_and_code_is_hidden(ev):
    first = told(
        words("# First\n\nLead."),
        code(),
        words("## A\n\nwords\n\n### B"),
        code(shows(SAID)),
        words("## C"),
        code(prints("printed\n\nand more\n")),
    )
    report = document(ev, ("first", first))
    assert outline(report.sections[0]) == {"First": [{"A": ["B"]}, "C"]}
    texts = [block.text for block in report.blocks() if isinstance(block, Words)]
    assert texts == ["Lead.", "words", "said", "printed", "and more"]
    assert [section.name for section in report.sections[0].walk()] == ["first", "first-a", "first-a-b", "first-c"]


def test_cells_with_the_tag_are_left_out(ev):
    first = told(
        words("# First"),
        words("secret", "not-in-report"),
        code(shows(Words.of("secret")), tags=["not-in-report"]),
        code(shows(SAID)),
    )
    assert [block.text for found in first.found for block in found.blocks] == ["said"]


def test_the_tag_folds_tables():
    rows = Rows("r", Table(pd.DataFrame({"x": ["a"]}), "T"), ("",))
    first = told(words("# First"), code(shows(rows), tags=["folded"]), code(shows(rows)))
    assert [block.folded for found in first.found for block in found.blocks] == [True, False]


def test_what_has_no_data_drops_out(ev):
    empty = told(words("# Empty\n\nMuch was hoped for."), code())
    first = told(
        words("# First"),
        code(shows(SAID)),
        words("## Without data\n\nHere it would stand."),
        code(),
        words("### Below\n\nmore"),
        code(),
        words("## Only words\n\nThey stay."),
        words("## Nothing at all"),
    )
    assert empty is None
    report = document(ev, ("empty", empty), ("first", first))
    assert [outline(section) for section in report.sections[:-1]] == [{"First": ["Only words"]}]


def test_what_the_report_was_made_with_stands_at_the_end(ev):
    versions = document(ev, ("first", told(words("# First"), code(shows(SAID))))).sections[-1]
    (rows,) = versions.blocks
    assert ev.digest in rows.table.frame["Which"].tolist()


def test_trails_of_several_notebooks_are_kept_once_and_numbered_in_order(ev):
    def one(says):
        return told(words("# N"), code(shows(Words.of("1", "t"), trails={"t": Explanation("a", says)})))

    report = document(ev, ("a", one("x")), ("b", one("y")), ("c", one("x")))
    assert {name: tree.says for name, tree in report.trails.items()} == {"t": "x", "t-2": "y"}
    trails = [block.parts[0].trail for block in report.blocks() if isinstance(block, Words)]
    assert trails == ["t", "t-2", "t"]
    assert [section.name for section in report.sections] == ["a", "b", "c", "versions"]


def test_a_row_of_the_evidence_is_led_to_where_most_are_shown(ev):
    def rows(name, *anchors):
        table = Table(pd.DataFrame({"x": ["a"] * len(anchors)}), "T")
        return Rows(name, table, ("",) * len(anchors), anchors)

    few, many = rows("few", "fact-1"), rows("many", "fact-2", "fact-1")
    report = document(ev, ("n", told(words("# N"), code(shows(few)), code(shows(many)))))
    anchors = {block.name: block.anchors for block in report.blocks() if isinstance(block, Rows)}
    assert (anchors["few"], anchors["many"]) == ((), ("fact-2", "fact-1"))


def test_a_link_to_another_notebook_leads_to_its_section_if_that_is_there(ev):
    names = {"02_b.ipynb": "b", "03_c.ipynb": "c"}
    first = told(
        words("# A\n\n[b](02_b.ipynb) [c](03_c.ipynb) [d](04_d.ipynb)"),
        code(shows(SAID)),
        place=lambda address: names.get(address, ""),
    )
    report = document(ev, ("a", first), ("b", told(words("# B"), code(shows(SAID)))))
    parts = {part.text: part.link for block in report.blocks() if isinstance(block, Words) for part in block.parts}
    assert (parts["b"], parts["c"], parts["d"]) == ("#b", "", "")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            nbformat.v4.new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"}),
            "a picture without words",
        ),
        (nbformat.v4.new_output("error", ename="ValueError", evalue="no such figure"), "ValueError: no such figure"),
        (
            nbformat.v4.new_output(
                "display_data", {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>"}
            ),
            "<IPython.core.display.HTML object> has no words",
        ),
        (nbformat.v4.new_output("display_data", {MIME: {"blocks": [{}], "trails": {}}}), "kind must be of type str"),
    ],
)
def test_what_a_report_cannot_take_is_refused_by_name(output, message):
    with pytest.raises(ReportError, match=rf"^01_first\.ipynb, cell 3: {message}"):
        told(words("# First"), code(), code(output))


def test_markdown_that_a_cell_shows_is_words():
    shown = nbformat.v4.new_output(
        "display_data",
        {"text/markdown": "## A\n\n**b** <i>c</i>", "text/plain": "<IPython.core.display.Markdown object>"},
    )
    found = told(words("# First"), code(shown)).found[0].blocks
    assert [block.text for block in found] == ["A", "b <i>c</i>"]
    assert found[1].parts[0] == Part("b", strong=True)


def test_warnings_are_no_words_of_the_report():
    first = told(words("# First"), code(shows(SAID), prints("a warning", "stderr")))
    assert [block.text for found in first.found for block in found.blocks] == ["said"]


def test_names_of_notebooks_are_short_and_differ():
    paths = [Path(name) for name in ("00_start.ipynb", "01_dose.ipynb", "02_dose.ipynb", "5_mg.ipynb")]
    assert list(notebook_names(paths).values()) == ["start", "dose", "n-02-dose", "mg"]


def parts(source):
    (found,) = read_markdown(source)
    return found.parts


def test_emphasis_code_and_links_are_structure():
    assert parts("a **b** *c* `d` [e](https://example.org/f)") == (
        Part("a "),
        Part("b", strong=True),
        Part(" "),
        Part("c", emphasis=True),
        Part(" "),
        Part("d", code=True),
        Part(" "),
        Part("e", link="https://example.org/f"),
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<b>bold</b> <script>alert(1)</script>", "<b>bold</b> <script>alert(1)</script>"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("<div onclick='x'>block</div>", "<div onclick='x'>block</div>"),
        ("$5 is $5", "$5 is $5"),
        ("![a picture](https://example.org/x.png)", "a picture"),
        ("a &lt;b&gt;", "a <b>"),
    ],
)
def test_html_formulas_and_pictures_are_text(source, text):
    found = parts(source)
    assert "".join(part.text for part in found) == text
    assert not any(part.link for part in found)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org", "x.html"]
)
def test_no_other_link_leads_out(address):
    assert not any(part.link for part in parts(f"[here](<{address}>)"))


def test_a_doi_is_a_link():
    assert parts("[paper](doi:10.1000/182)")[0].link == "https://doi.org/10.1000/182"


def test_lists_tables_and_blocks_of_code():
    found = list(
        read_markdown("# T\n\n- a\n  - b\n\n3. c\n4. d\n\n> e\n\n```\nf\n```\n\n| g | h |\n|---|---|\n| 1 | 2 |")
    )
    assert found[0] == Heading(1, "T")
    assert [(one.text, one.item) for one in found[1:-1]] == [
        ("a", True),
        ("b", True),
        ("3. c", True),
        ("4. d", True),
        ("e", False),
        ("f", False),
    ]
    assert found[-1].frame.to_dict("list") == {"g": ["1"], "h": ["2"]}
