"""The report of a hostile evidence folder, in all formats, as a reader opens it: text is text, and nothing is run or asked for.

What goes in is in `hostile_evidence`. Two things are looked for in every document: whatever a payload would be if it were
obeyed (a script that runs, a request, an element, a link, a formula), which must not be there; and the payload as it was
written, wherever its mark is shown.
"""

import ast
import csv
import io
import re
import zipfile
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pypdf
import pypdfium2
import pytest
from hostile_evidence import HOST, MARK, PAYLOADS, hostile_copy, shown_of, unspaced

import neckevidence as ne
from neckevidence import report
from neckevidence.report.build import build_report
from neckevidence.report.document import Document, Section, Workbench
from neckevidence.report.notebooks import notebooks_folder
from neckevidence.report.page import render_page
from neckevidence.report.workbench import WorkbenchOf

NAME = "neck-spasm-evidence"  # as question.toml says
PAGE = (Path(__file__).parent / "hostile_page.js").read_text(encoding="utf-8")
# Words that stand alone in an element only if a payload was taken for markup.
WORDS = [
    *("zb", "zd", "zx", "zy", "zz"),
    "zattribute",
    "zbold",
    "zunder",
    "zstar",
    "zstruck",
    "zcode",
    "zfence",
    "zlink",
]
WORDS += ["zdata", "zimage", "zfold", "zgo", "zcdata", "znote", "zdiv"]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The folder, and what was put into it by its mark."""
    folder = tmp_path_factory.mktemp("hostile") / "evidence"
    return folder, hostile_copy(folder)


@pytest.fixture(scope="module")
def put(hostile):
    return hostile[1]


@pytest.fixture(scope="module")
def built(hostile, tmp_path_factory):
    """The folder of the report, with everything that can be asked for."""
    out = tmp_path_factory.mktemp("report") / "out"
    build_report(out, evidence=hostile[0], notebooks=notebooks_folder(), figures=True, progress=False)
    return out


@pytest.fixture(scope="module")
def sources(hostile):
    """The hosts of the documents in the table of sources."""
    addresses = ne.load_evidence(hostile[0]).sources["url_seen"]
    return {
        urlsplit(re.match(r"\S+", address).group()).hostname for address in addresses.str.extract(r"(https?://\S+)")[0]
    }


def leads_to_a_source(address, sources):
    host = urlsplit(address).hostname
    return address.startswith(("http://", "https://")) and host != HOST and host in sources | {"doi.org"}


def leads_where_it_says(address, text):
    """On paper an address is a link to itself: of the web, and shown."""
    return re.match(r"https?://", address) and unspaced(address) in unspaced(text)


class Watched:
    """A page that is opened, with all that goes wrong in it."""

    def __init__(self, browser, path):
        self.asked, self.faults = [], []
        self.address = path.as_uri()
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.context.set_default_timeout(60_000)
        self.context.add_init_script(f"({PAGE}).watch()")
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.tab = self.context.new_page()
        self.context.on("page", lambda page: self.faults.append(f"a window: {page.url}"))
        self.tab.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.tab.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.tab.on("dialog", self._dialog)
        self.tab.goto(self.address)

    def _dialog(self, dialog):
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def do(self, what, given=None):
        """Call a function of `hostile_page.js`."""
        return self.tab.evaluate(f"(given) => ({PAGE}).{what}(given)", given)

    def judge(self, sources):
        """Find whatever the payloads would have made of the page."""
        assert self.faults == []
        assert self.tab.evaluate("[window.ranTimes, location.href.split('#')[0]]") == [0, self.address]
        own = (f"blob:{self.address[:7]}", "blob:null", "data:")
        assert [url for url in self.asked if url != self.address and not url.startswith(own)] == []
        assert self.do("suspects", WORDS) == []
        links = [link for link in self.do("links") if "://" in link]
        assert [link for link in links if not leads_to_a_source(link, sources)] == []


@pytest.fixture(scope="module")
def opened(chromium, built):
    """The main page, open for all tests."""
    watched = Watched(chromium, built / f"{NAME}.html")
    yield watched
    watched.context.close()


def pages(built):
    return sorted((built / "notebooks").glob("*.html"))


def test_the_folder_is_sound(hostile):
    assert ne.check_evidence(hostile[0]) == ()


def test_every_payload_is_in_every_table_and_each_is_shown_in_the_report(opened, put):
    assert set(put.values()) == set(PAYLOADS)
    assert shown_of(put, opened.do("text")) == set(PAYLOADS)


def test_the_report_obeys_nothing_when_it_is_opened(opened, sources):
    opened.judge(sources)


def test_only_the_reports_own_scripts_are_in_it(opened):
    web = Path(report.__file__).parent / "web"
    own = {path.read_text(encoding="utf-8").strip() for path in web.glob("*.js")}
    scripts = opened.tab.evaluate("Array.from(document.scripts, (one) => [one.type, one.textContent.trim()])")
    assert {text for kind, text in scripts if kind != "application/json"} <= own
    assert [kind for kind, _ in scripts].count("application/json") <= 1


def test_the_workbench_shows_text_and_writes_code_that_only_asks(chromium, put, hostile, sources, tmp_path):
    evidence = ne.load_evidence(hostile[0])
    data = WorkbenchOf(evidence, WORKED).data()
    section = Section("workbench-section", "Workbench", (Workbench(data),))
    page = render_page(Document("Workbench", "", "", "", (section,), {}))
    (tmp_path / "workbench.html").write_text(page, encoding="utf-8", newline="\n")
    opened = Watched(chromium, tmp_path / "workbench.html")
    seen = opened.do("work")
    assert len(seen) > 50
    shown = set().union(*(shown_of(put, text) for text in {text for text, _ in seen}))
    assert len(shown) > 10
    for code in {code for _, code in seen}:
        only_asks(code, evidence)
    opened.judge(sources)
    opened.context.close()


WORKED = (
    ("CYC5", "PBO", "any_adverse_event"),  # two trials
    ("NAP+CYC5", "NAP+PBO", "rmdq_improvement"),  # means, with a margin
    ("CYC5", "PBO", "somnolence"),
    ("CYC5", "CYC10", "somnolence"),  # not randomised
    ("CER", "PBO", "medication_helpfulness"),
    ("CYC5", "PBO", "pain_relief"),
)
CALLS = {"ne.load_evidence", "ne.compare", "ne.assess_equivalence", "ne.absolute_effect", "print"} | {
    f"{name}.summary" for name in ("result", "verdict", "patients")
}


def only_asks(code, evidence):
    """Judge written code by its syntax tree: the calls of the package, with codes, the folder's name and numbers."""
    codes = {"RR", "OR", "RD", "MD", "SMD", "common", Path(evidence.folder).name}
    for table in ("treatments", "outcomes", "trials"):
        codes |= set(evidence.keyed(table).index)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) in CALLS
        elif isinstance(node, ast.Constant):
            assert node.value in codes or isinstance(node.value, int | float)
        else:
            assert isinstance(
                node,
                ast.Module | ast.Import | ast.alias | ast.Assign | ast.Expr | ast.Name | ast.Attribute | ast.keyword
                | ast.List | ast.Load | ast.Store,
            )  # fmt: skip


def test_search_shows_what_is_typed_and_found(opened, put, sources):
    for payload in PAYLOADS:
        opened.tab.fill("#search-words", payload)
        kinds = opened.tab.locator("#search-found *").evaluate_all("all => all.map((one) => one.localName)")
        assert len(kinds) > 1
        assert set(kinds) <= {"a", "b", "p"}
    opened.judge(sources)
    opened.tab.fill("#search-words", "")  # what is found is shown in part


def test_every_control_of_the_report_is_clicked(opened, put, sources):
    assert opened.do("clickAll") > 500
    opened.judge(sources)
    shown_of(put, opened.do("text"))
    link = opened.tab.locator("a.n").first
    link.evaluate("one => one.click()")  # the panel with the trail open
    opened.judge(sources)


def test_what_is_saved_from_the_report_is_text(opened):
    saved = opened.tab.evaluate("Promise.all(window.saved.map(async (blob) => [blob.type, await blob.text()]))")
    assert {kind for kind, _ in saved} == {"image/svg+xml", "text/csv"}
    for kind, text in saved:
        (no_active_svg if kind == "image/svg+xml" else no_formula)(text)


def test_an_address_with_a_bad_escape_does_not_stop_the_scripts(chromium, built, sources):
    watched = Watched(chromium, built / f"{NAME}.html")
    watched.tab.goto(f"{watched.address}#%")
    watched.tab.reload()
    watched.tab.click("#theme")
    watched.asked = [url.removesuffix("#%") for url in watched.asked]
    watched.judge(sources)
    watched.context.close()


def test_the_pages_of_the_notebooks(chromium, built, put, sources):
    shown = set()
    assert len(pages(built)) > 10
    for path in pages(built):
        watched = Watched(chromium, path)
        assert watched.tab.evaluate("document.scripts.length") == 0
        assert watched.tab.locator("meta[http-equiv=Content-Security-Policy]").count() == 1
        assert watched.tab.locator("a:not([href])").count() == 0
        beside = [link for link in watched.do("links") if link.endswith(".html") and "/" not in link]
        assert [link for link in beside if not (path.parent / link).is_file()] == []
        assert watched.do("clickAll") > 5
        watched.judge(sources)
        shown |= shown_of(put, watched.do("text"))
        watched.context.close()
    assert shown == set(PAYLOADS)


def test_the_general_notebooks_which_a_strangers_folder_gets(chromium, hostile, put, sources, tmp_path):
    build_report(tmp_path / "out", evidence=hostile[0], formats=["html"], progress=False)
    shown = set()
    for path in (tmp_path / "out" / f"{NAME}.html", *pages(tmp_path / "out")):
        watched = Watched(chromium, path)
        assert watched.tab.locator("meta[http-equiv=Content-Security-Policy]").count() == 1
        assert watched.do("clickAll") > 5
        watched.judge(sources)
        shown |= shown_of(put, watched.do("text"))
        watched.context.close()
    assert shown == set(PAYLOADS)


def test_pdf(built, put):
    path = built / f"{NAME}.pdf"
    with pypdfium2.PdfDocument(path) as found:
        pages_ = [unspaced(page.get_textpage().get_text_range()) for page in found]
    # What stands at the top of a page may have begun on the page before, above the running title.
    text = "\n".join(MARK.sub("", page[:400]) + page[400:] for page in pages_)
    assert shown_of(put, text) == set(PAYLOADS)
    reader = pypdf.PdfReader(path)
    root = reader.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root)
    assert not {"/JavaScript", "/EmbeddedFiles"} & set(root.get("/Names", {}))
    for page in reader.pages:
        for one in page.get("/Annots", []):
            action = one.get_object().get("/A", {})
            assert action.get("/S", "/GoTo") in ("/GoTo", "/URI")
            assert action.get("/S") != "/URI" or leads_where_it_says(action["/URI"], text)


def test_word(built, put):
    fields, text, targets = set(), [], []
    with zipfile.ZipFile(built / f"{NAME}.docx") as file:
        assert [name for name in file.namelist() if re.search(r"vba|embed|activeX|altChunk|\.bin", name, re.I)] == []
        for name in file.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            root = ElementTree.fromstring(file.read(name))
            for element in root.iter():
                kind = element.tag.rpartition("}")[2]
                if kind == "Relationship" and element.get("TargetMode") == "External":
                    assert element.get("Type").endswith("/hyperlink")
                    targets.append(element.get("Target"))
                elif kind in ("instrText", "fldSimple"):
                    fields.add((element.text or element.get(f"{element.tag[: -len(kind)]}instr") or "").split()[0])
                elif kind == "t":
                    text.append(element.text or "")
                elif kind in ("p", "docPr"):
                    text.append("\n" + (element.get("descr") or ""))
                assert kind not in ("altChunk", "oMath", "object", "OLEObject", "control")
    assert fields <= {"PAGE", "NUMPAGES", "REF", "SEQ", "TOC", "PAGEREF", "STYLEREF"}
    assert shown_of(put, "".join(text)) == set(PAYLOADS)
    assert [one for one in targets if not leads_where_it_says(one, "".join(text))] == []


def no_active_svg(text):
    """Refuse an SVG with a script, foreign markup, an event or an address outside it."""
    for element in ElementTree.fromstring(text).iter():
        assert element.tag.rpartition("}")[2] not in (
            "script",
            "foreignObject",
            "iframe",
            "image",
            "a",
            "set",
            "animate",
        )
        for name, value in element.attrib.items():
            bare = name.rpartition("}")[2]
            assert not bare.lower().startswith("on")
            assert bare != "href" or value.startswith("#")


def no_formula(text):
    """Refuse a table with a cell that a spreadsheet computes."""
    for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
        for cell in row:
            assert not re.match(r"[=+@\t\r]|-(?!(inf|[\d.]+(e[+-]?\d+)?)$)", cell), cell


def test_the_saved_figures(built, put):
    drawings, shown = sorted((built / "figures").glob("*.svg")), set()
    assert len(drawings) > 10
    for path in drawings:
        text = path.read_text(encoding="utf-8")
        no_active_svg(text)
        root = ElementTree.fromstring(text)
        shown |= shown_of(put, "\n".join(word for one in root.iter() for word in ([one.text] if one.text else [])))
        no_formula(path.with_suffix(".csv").read_text(encoding="utf-8"))
    assert len(shown) > len(PAYLOADS) / 2
