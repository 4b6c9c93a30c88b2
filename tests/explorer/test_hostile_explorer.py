"""The explorer of a hostile evidence folder: what its widgets show is text, and the code that it writes only asks."""

import ast
import base64
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import ipywidgets as w
import pytest
from hostile_evidence import PAYLOADS, hostile_copy, shown_of

import neckevidence as ne

TAGS = {"style", "div", "p", "h3", "details", "summary", "ul", "li", "img"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"class", "src", "alt", "open", "scope", "tabindex", "role", "aria-label"}
CALLS = {
    "ne.compare",
    "margin_for_result",
    "ne.assess_equivalence",
    "ne.absolute_effect",
    "show",
    "result.plot",
    "print",
}
CALLS |= {f"{name}.summary" for name in ("result", "verdict", "patients")}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "evidence"
    put = hostile_copy(folder)
    return ne.load_evidence(folder), put


class Shown(HTMLParser):
    """The text of a widget's HTML; a tag or an attribute that the explorer does not write is an error."""

    def __init__(self, html):
        super().__init__()
        self.words = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert tag in TAGS
        assert set(given) <= ATTRIBUTES
        self.words.append(given.get("alt") or "")
        if tag == "img":
            head, data = given["src"].split(",")
            assert head == "data:image/svg+xml;base64"
            for element in ElementTree.fromstring(base64.b64decode(data)).iter():
                assert element.tag.rpartition("}")[2] not in ("script", "foreignObject", "image", "a")
                assert not any(name.startswith("on") for name in element.attrib)

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        raise AssertionError(data)


def every(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def text_of(widget):
    """Return what a widget shows; the only ones that take markup are those of HTML."""
    assert not isinstance(widget, w.HTMLMath)
    if isinstance(widget, w.HTML):
        return "\n".join(Shown(widget.value).words)
    options = [label if isinstance(label, str) else label[0] for label in getattr(widget, "options", ())]
    shown = [str(getattr(widget, name, "") or "") for name in ("description", "tooltip", "placeholder", "value")]
    assert not getattr(widget, "description_allow_html", False)
    return "\n".join([*options, *shown])


def test_widgets_show_text_and_the_code_only_asks(hostile):
    evidence, put = hostile
    explorer = ne.explore(evidence)
    shown, seen = set(), set()
    controls = explorer.controls
    for treatment in controls["treatment"].options[::4]:
        controls["treatment"].value = treatment[1]
        for outcome in controls["outcome"].options[::3]:
            controls["outcome"].value = outcome[1]
            controls["margin"].value = "0.2" if controls["measure"].value in ("RD", "MD", "SMD") else "1.25"
            controls["code"].click()
            for population in ("all", "neck"):
                controls["population"].value = population
                for widget in every(explorer.box):
                    shown |= shown_of(put, text_of(widget))
                shown |= shown_of(put, repr(explorer))
                only_asks(explorer.code, evidence)
                seen.add(explorer.code)
            controls["population"].value = "all"
    assert len(seen) > 20
    assert any(code.startswith("# No figure") for code in seen)
    assert len(shown) > 0.9 * len(PAYLOADS)


def only_asks(code, evidence):
    """Judge the code by its syntax tree: the calls that the explorer writes, with codes of the evidence and numbers."""
    codes = {"RR", "OR", "RD", "MD", "SMD", "common", "\n"}
    for table in ("treatments", "outcomes", "trials"):
        codes |= set(evidence.keyed(table).index)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) in CALLS
        elif isinstance(node, ast.Constant):
            assert node.value in codes or isinstance(node.value, float | bool)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            assert re.match(r"(import neckevidence as ne|from neckevidence\.[\w.]+ import \w+)$", ast.unparse(node))
