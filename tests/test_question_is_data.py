"""Nothing in the package knows this question: its codes and its clinical words stand in the evidence and the notebooks."""

import ast
import re
from pathlib import Path

import pytest

import neckevidence

PACKAGE = Path(neckevidence.__file__).parent
# "Placebo" is none of them: it is a word of every field, and tells a control from a treatment where no question names it.
WORDS = (
    "neck", "cervical", "back pain", "low back", "lumbar", "whiplash", "spasms?", r"drows\w*", r"somnol\w*", r"sedati\w*",
    r"cyclobenz\w*", "flexeril", "diazepam", "ibuprofen", "naproxen", r"muscle relax\w*", r"benzodiazepines?",
    "5 mg", "10 mg", r"dr\.? ?oracle",
)  # fmt: skip
# Published priors are for kinds of comparison and of outcome, in the words of their paper.
PUBLISHED = {"synthesis/priors.py"}
PATHS = sorted(path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).as_posix() not in PUBLISHED)
PAGES = sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".js", ".css", ".j2", ".typ", ".html"})
OWN_FOLDERS = {"_evidence", "_notebooks", "vendor"}


def pattern(ev):
    codes = {
        *ev.treatments["treatment"],
        *ev.trials["trial_id"],
        *ev.claims["claim_id"],
        *ev.keyed("facts").index,
    }
    listed = "|".join(sorted(map(re.escape, codes), key=len, reverse=True))
    return re.compile(rf"(?<![\w.+-])(?:{listed})(?![\w+])|(?i:\b(?:{'|'.join(WORDS)})\b)")


def constants(text):
    """The string constants of a module that are no docstrings, with their lines."""
    tree = ast.parse(text)
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.fixture(scope="module")
def found(ev):
    return pattern(ev)


def test_no_string_of_the_code_is_about_this_question(found):
    said = [
        f"{path.relative_to(PACKAGE)}:{line}: {found.search(value).group()!r} in {value[:60]!r}"
        for path in PATHS
        if not OWN_FOLDERS & set(path.parts)
        for line, value in constants(path.read_text(encoding="utf-8"))
        if found.search(value)
    ]
    assert said == []


def test_no_page_and_script_is_about_this_question(found):
    said = [
        f"{path.relative_to(PACKAGE)}:{number}: {found.search(line).group()!r}"
        for path in PAGES
        if not OWN_FOLDERS & set(path.parts)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if found.search(line)
    ]
    assert said == []


@pytest.mark.parametrize(
    "text",
    [
        'x = "CYC5"',
        'x = f"on {y} 5 mg"',
        'x = {"borenstein2003_s1": 1}',
        'def f():\n    """Doc."""\n    return "Drowsy"',
    ],
)
def test_the_scan_sees_what_it_looks_for(found, text):
    assert any(found.search(value) for _, value in constants(text))


@pytest.mark.parametrize("text", ['"""About CYC5."""', 'import neckevidence\nx = "neckevidence"', 'x = "at the back"'])
def test_the_scan_leaves_examples_and_names_alone(found, text):
    assert not any(found.search(value) for _, value in constants(text))
