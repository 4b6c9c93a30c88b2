"""No naked number: every numeral of a notebook is a computed value, a printed figure, or a name.

Words of prose and of code may hold numerals of names only (`NAMES`). A typed number may steer a computation, but is not
shown as if it were a result. The numerals of an output are traced to the values of the cell that made it and to the evidence.
"""

import ast
import dataclasses
import html
import math
import re
from types import ModuleType

import nbformat
import pandas as pd
import pytest
from matplotlib.axes import Axes

from neckevidence.core.trace import trace_numbers
from neckevidence.core.values import values_in
from neckevidence.data.evidence import Evidence, citation
from neckevidence.report.notebooks import notebooks_folder
from neckevidence.tables.base import Table
from neckevidence.tables.prose import Prose

PATHS = sorted(notebooks_folder().glob("*.ipynb"))
AUDITED = notebooks_folder() / "08_the_recommendation_audited.ipynb"

# What a numeral in words may be, other than a result. Keep it short.
_DOSE = r"\d+(?:\.\d+)?"
NAMES = (
    rf"\b(?:{_DOSE}(?:, | and | or | to | against |, and ))*{_DOSE} mg\b",  # doses: 2.5, 5 and 10 mg
    r"\b(?:19|20)\d\d\b",  # years
    r"\bstudy \d\b",
    r"\bday \d+\b",
    r"\bnotebook \d\d\b|`\d\d_\w+`|\]\(\d\d_\w+\.ipynb\)",
    r"\{\w+:\d\}",  # the decimals of a value that is filled in
    r"#+ \d+\.? ",  # numbered sections
    r"\b\d\d% (?:CI|CrI|confidence|credible|intervals?|power)\b",  # levels
    r"\b(?:[Ii]n|[Oo]f|[Pp]er) 1000\b",  # patients that a risk is shown for
    r"\bRoB 2\b",
    r"\bBMJ \d+:l\d+",  # volume and page of a paper that a method is cited from
)
# Functions that put their words before a reader.
SHOWING = {"print", "show", "Markdown", "say", "display"}


def cells(path, kind):
    notebook = nbformat.read(path, 4)
    return [(f"cell {i}", cell) for i, cell in enumerate(notebook.cells) if cell.cell_type == kind]


def naked_in_markdown(source):
    return [one.context for one in trace_numbers(source, names=NAMES).unexplained]


def naked_in_code(source, typed=frozenset()):
    """Return the words of code with a numeral that is no name, and the typed numbers that are shown as they are."""
    tree = ast.parse(source)
    specs = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.FormattedValue) for part in walk(node.format_spec)
    }
    words = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    found = []
    for node in joined:  # the words around a value belong together: "{x} of 12" is one sentence
        text = "".join(part.value if isinstance(part, ast.Constant) else "\x00" for part in node.values)
        found += [] if id(node) in specs else naked_in_markdown(text)
        specs |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
    found += [one for node in words if id(node) not in specs for one in naked_in_markdown(node.value)]
    shown = [node.value for node in ast.walk(tree) if isinstance(node, ast.FormattedValue)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in SHOWING:
            shown += [*node.args, *(keyword.value for keyword in node.keywords)]
    return found + [ast.unparse(node) for node in shown if typed_number(node, typed)]


def walk(node):
    return [] if node is None else list(ast.walk(node))


def typed_number(node, typed):
    """Tell whether what is shown is a typed number, by itself, by its name, or calculated with others."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    if isinstance(node, ast.Name):
        return node.id in typed
    if isinstance(node, ast.UnaryOp):
        return typed_number(node.operand, typed)
    if isinstance(node, ast.BinOp):
        sides = [typed_number(side, typed) for side in (node.left, node.right)]
        # A factor (half the margin, 100 for per cent) leaves a computed value computed; an added number does not.
        return all(sides) if isinstance(node.op, ast.Mult | ast.Div) else any(sides)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(typed_number(part, typed) for part in node.elts)
    if isinstance(node, ast.IfExp):
        return typed_number(node.body, typed) or typed_number(node.orelse, typed)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in {"round", "str", "int", "float", "abs", "format"}:
            return any(typed_number(part, typed) for part in node.args[:1])
        if name.endswith("_text") or name == "signed":  # the formatters; a named parameter may be shown by them
            values = [
                part for part in node.args if not (isinstance(part, ast.Constant) and isinstance(part.value, str))
            ]
            return any(isinstance(part, ast.Constant) and typed_number(part, typed) for part in values[:1])
    return False


def typed_names(sources):
    """Return the names that hold a typed number: assigned, or run through by a loop over typed numbers."""
    found = set()
    for node in (node for source in sources for node in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                both = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                pairs = zip(target.elts, node.value.elts, strict=True) if both else [(target, node.value)]
                found |= {name for one, value in pairs if typed_number(value, found) for name in named(one)}
        elif isinstance(node, ast.For | ast.comprehension) and typed_number(node.iter, found):
            found |= named(node.target)
    return found


def named(target):
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_prose_holds_no_number_but_names(path):
    naked = [(where, one) for where, cell in cells(path, "markdown") for one in naked_in_markdown(cell.source)]
    assert not naked


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_code_shows_no_typed_number(path):
    code = cells(path, "code")
    typed = typed_names([cell.source for _, cell in code])
    assert not [(where, one) for where, cell in code for one in naked_in_code(cell.source, typed)]


# The outputs: what a cell shows is traced to what the cell computed or names, and to the evidence.


class _Keep(ast.NodeTransformer):
    """Wrap every call, so that results without a name are seen too."""

    def visit_Call(self, node):
        self.generic_visit(node)
        return ast.Call(ast.Name("_keep", ast.Load()), [node], [])


def run(path):
    """Run a notebook; yield each code cell with the objects that it computed or names."""
    kept, space = [], {}
    space["_keep"] = lambda value: kept.append(value) or value
    for where, cell in cells(path, "code"):
        kept.clear()
        tree = ast.parse(cell.source)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        exec(compile(ast.fix_missing_locations(_Keep().visit(tree)), where, "exec"), space)
        yield where, cell, [*kept, *(space[name] for name in sorted(used & space.keys() - {"_keep"}))]


def outputs(cell):
    """Return the texts that a reader sees: plain, HTML and Markdown without their tags, alternative texts."""
    texts = {}
    for output in cell.outputs:
        data = output.get("data", {"text/plain": output.get("text", "")})
        for kind in ("text/plain", "text/html", "text/markdown"):
            text = data.get(kind, "")
            if kind != "text/plain":  # Markdown of values holds character references and spans
                text = html.unescape(re.sub(r"<style.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL))
            texts[kind] = f"{texts.get(kind, '')} {text}"
        texts["alt"] = output.get("metadata", {}).get("image/png", {}).get("alt", "")
    return texts


def quotable(ev):
    """Return the worded cells of the evidence and the citations of its sources, which count where they stand whole."""
    columns = [ev.table(name)[column] for name in ev.names for column in ev.table(name).select_dtypes(exclude="number")]
    worded = [
        text for column in columns for text in map(str, column.dropna()) if re.search("[A-Za-z].* | .*[A-Za-z]", text)
    ]
    return [*worded, *(citation(row) for _, row in ev.sources.iterrows())]


def in_view(ev, objects, cell):
    """Return the printed figures that a cell uses or names, and the numbers of evidence rows that it shows by name."""
    text, facts = f"{cell.source} {outputs(cell)}", ev.keyed("facts")
    asked = [row.study in cell.source and row.outcome in cell.source for row in facts.fillna("?").itertuples()]
    used = {one for one in facts.index if one in text} | set(facts.index[asked])
    used |= set(fact_ids(objects)) & set(facts.index)
    shown = [str(figure) for figure in facts.loc[sorted(used), "as_printed"].dropna()]
    for name in ("trials", "margins", "conflicts"):
        for key, row in ev.keyed(name).iterrows():
            if str(key) in text or str(row.get("label")) in text:
                shown += [f"{value:g}" if isinstance(value, float) else str(value) for value in row.dropna()]
    return pd.DataFrame({"as_printed": pd.Series(shown, dtype=object)})


def fact_ids(one):
    """Yield the fact_ids that an object holds, or the comparison that it was made from."""
    facts = getattr(one, "facts", ())
    if isinstance(one, pd.DataFrame):
        yield from one.get("fact_id", ())
        yield from (fact for some in one.get("facts", ()) for fact in some)
    elif isinstance(one, pd.Series):
        yield from one if one.name == "fact_id" else ()
    elif isinstance(one, list | tuple | dict):
        for part in one.values() if isinstance(one, dict) else one:
            yield from fact_ids(part)
    elif isinstance(facts, pd.DataFrame):
        yield from fact_ids(facts)
    elif isinstance(facts, tuple):
        yield from facts
        yield from fact_ids(getattr(one, "comparison", ()))


def computed(objects):
    """Return the results among the objects, and of results on the log scale also the ratios."""
    results = [
        one for one in objects if not callable(one) and not isinstance(one, ModuleType | Evidence | Axes | Table)
    ]
    logs = values_in([one for one in flat(results) if hasattr(one, "tau2")])
    return [results, [math.exp(value) for value in logs if abs(value) < 20]]


def flat(objects):
    for one in objects:
        yield from flat(one) if isinstance(one, list | tuple) else [one]


def words_of(objects):
    """Return the notes, rules and assumptions that results carry, made by the package and shown as they are."""
    for one in flat(objects):
        if dataclasses.is_dataclass(one) and not isinstance(one, type | Table | Prose):
            parts = list(flat([getattr(one, field.name) for field in dataclasses.fields(one)]))
            parts += [cell for part in parts if isinstance(part, pd.DataFrame) for cell in part.to_numpy().ravel()]
            yield from (part for part in parts if isinstance(part, str))
            yield from words_of([part for part in parts if dataclasses.is_dataclass(part)])


def traced_outputs(path, ev):
    """Yield the numerals of all outputs of a notebook, traced to names and cells, then to values, then to words of results.

    With each one come the printed figures that the results of its cell rest on.
    """
    quoted = quotable(ev)
    for where, cell, objects in run(path):
        texts = {f"{where}, {kind}": text for kind, text in outputs(cell).items()}
        by_cell = trace_numbers(texts, (), quoted, NAMES)
        by_value = trace_numbers(texts, computed(objects), in_view(ev, objects, cell))
        by_words = trace_numbers(texts, (), set(words_of(objects)))
        facts = set(fact_ids(objects)) | {f"table {name}" for name in ev.names if f"ev.{name}" in cell.source}
        for three in zip(by_cell.traced, by_value.traced, by_words.traced, strict=True):
            yield next((one for one in three if one.origin), three[0]), facts


def test_every_number_of_the_audit_leads_to_its_facts(ev):
    found = list(traced_outputs(AUDITED, ev))
    assert not [(one.where, one.numeral.text, one.context) for one, _ in found if not one.origin]
    assert not [(one.where, one.context) for one, facts in found if one.origin == "computed" and not facts]


# The check itself: it must find what is wrong.


@pytest.fixture(scope="module")
def short():
    return next(path for path in PATHS if path.stem == "05_relief_without_sedation")


def test_all_numbers_of_a_notebook_are_explained(short, ev):
    found = list(traced_outputs(short, ev))
    assert {"computed", "printed", "name"} == {one.origin for one, _ in found}


def test_a_changed_number_of_an_output_is_found(short, ev, tmp_path):
    changes = {
        "120 (57 to 183)": "121 (57 to 183)",  # a wrong digit
        "(141 to 240)": "(141 to 204)",  # digits changed about
        "32 (54%)": "32 (56%)",  # a printed figure, not as printed
    }
    text = short.read_text(encoding="utf-8")
    for shown, wrong in changes.items():
        assert shown in text
        text = text.replace(shown, wrong)
    changed = tmp_path / short.name
    changed.write_text(text, encoding="utf-8")
    assert {one.numeral.text for one, _ in traced_outputs(changed, ev) if not one.origin} == {"121", "204", "56%"}


def test_a_numeral_in_prose_is_found():
    assert naked_in_markdown("On 5 mg, 2.5 or 10 mg since 2003, in study 1 (notebook 01): 95% CI, of 1000.") == []
    assert len(naked_in_markdown("29% were drowsy on 5 mg, 38 on 10 mg.")) == 2


@pytest.mark.parametrize(
    "code",
    [
        'print("29% were drowsy")',
        'f"{share} of 464 patients"',
        'title = "RR 0.76"',
        "print(0.76)",
        'print(f"{0.76:.2f}")',
        'x = 0.76\nprint(f"{x}")',
        "for x in [1.5, 2.5]:\n    print(x)",
        "print(estimate + 0.01)",
        'Markdown(f"{round(0.763, 2)}")',
        'print(number_text("RR", 0.76))',
        'say("{x:RR}", x=0.76)',
    ],
)
def test_a_typed_number_that_is_shown_is_found(code):
    assert naked_in_code(code, typed_names([code]))


@pytest.mark.parametrize(
    "code",
    [
        'print(f"{100 * share:.1f}% on {dose} mg")',
        'compare(ev, "CYC5", "CYC10", day=7, level=0.95)',
        "print(*notes[-4:], sep=chr(10))",
        'risk = 0.4\nOutcome(f"{share_text(risk)} under control", risk=risk)',
        "print(signed(difference, 1))",
        'margin, powers = found.value, [0.8, 0.9]\nprint(f"{margin}")',
        "for half in (0.5 * margin, margin):\n    print(half)",
        "rng = seeded(2024)\nshow(plot(rng, n=300), words)",
    ],
)
def test_a_number_that_steers_a_computation_is_none_that_is_shown(code):
    assert not naked_in_code(code, typed_names([code]))
