"""Whatever an evidence folder says: the code written for the reader asks what was asked, and does nothing else."""

import ast
import math
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

import neckevidence as ne
from neckevidence.explorer.code import code_of, comment
from neckevidence.explorer.shown import Choice, Shown

NASTY = [
    "trial\nimport os",
    "trial\rimport os",
    "trial\r\nimport os",
    *(f"trial{end}import os" for end in "\v\f\x1c\x1d\x1e\x85\u2028\u2029"),  # the other lines of str.splitlines
    'x", measure="RR"); import os; print("',
    "x', measure='RR'); import os; print('",
    "x\\",
    "x\\' + __import__('os').getcwd() + \\'",
    """''''""\"""",
    "{__import__('os')}",
    "%pip install x",
    "!rm x",
    "x?",
    "\x00",
    "\u202e)'x'(\u202c",
    "\ud800",
    "\U0001f600",
]
ANY_TEXT = st.text(st.characters(), max_size=40)  # lone surrogates, too


def view_of(treatment="a", outcome="b", trial="c", **choices):
    choice = Choice((treatment, "other"), outcome, "RD", model="common", **choices)
    return Shown(choice, (trial,), object(), None, None, ())


def holding(*codes):
    """An evidence in which each code is one of a treatment, of an outcome and of a trial."""
    return SimpleNamespace(keyed=lambda table: pd.DataFrame(index=["other", *codes]))


def as_a_cell(code):
    """What IPython makes of a cell: lines of magic and of help would be calls."""
    return ast.parse(TransformerManager().transform_cell(code))


def only_literals_differ(hostile):
    """Compare with the code for harmless codes: the same syntax tree but for three literals."""
    tree = as_a_cell(code_of(view_of(*hostile), holding(*hostile)))
    plain = as_a_cell(code_of(view_of(), holding(*"abc")))
    assert ast.dump(tree) == ast.dump(Named(hostile).visit(plain))


class Named(ast.NodeTransformer):
    def __init__(self, codes):
        self.codes = dict(zip("abc", codes, strict=True))

    def visit_Constant(self, node):
        return ast.Constant(self.codes.get(node.value, node.value))


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_a_code_is_a_literal(text):
    only_literals_differ([text, text + "1", text + "2"])


@given(ANY_TEXT)
def test_any_code_is_a_literal(text):
    only_literals_differ([text + "0", text + "1", text + "2"])


def test_the_codes_stand_where_they_were_asked_for():
    *_, asked, _, _ = as_a_cell(code_of(view_of("T", "O", "S"), holding(*"TOS"))).body
    assert ast.unparse(asked) == (
        "result = ne.compare(ev, 'T', 'other', outcome='O', measure='RD', model='common', without=['S'])"
    )


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_a_problem_is_a_comment(text):
    written = code_of(replace(view_of(), comparison=None, problems=(f"No figure for {text}.",)), holding())
    assert as_a_cell(written).body == []
    assert all(line.startswith("# ") for line in written.splitlines())


@given(ANY_TEXT)
def test_any_text_is_a_comment(text):
    written = comment(text)
    assert as_a_cell(written).body == []
    assert [line for line in written.splitlines() if not line.startswith("# ")] == []
    assert len(written.splitlines()) == len(text.splitlines())


@pytest.mark.parametrize(
    ("kind", "codes"), [("treatment", "bc"), ("outcome", "ac"), ("trial", "ab")], ids=["treatment", "outcome", "trial"]
)
def test_a_code_that_the_evidence_does_not_hold_is_not_written(kind, codes):
    with pytest.raises(ne.NeckevidenceError, match=f"unknown {kind} '[abc]'"):
        code_of(view_of(), holding(*codes))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_is_finite(number):
    for view in (
        replace(view_of(margin=number), verdict=object()),
        replace(view_of(baseline=number), patients=object()),
    ):
        with pytest.raises(ne.NeckevidenceError, match="must be finite"):
            code_of(view, holding(*"abc"))
