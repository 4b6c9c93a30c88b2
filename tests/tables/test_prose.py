"""Sentences with numbers filled in."""

from itertools import groupby

import numpy as np
import pytest

import neckevidence as ne
from neckevidence.tables.prose import listed, say


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("{x}", 1405, "1,405"),
        ("{x}", np.int64(-4758), "\u22124,758"),
        ("{x}", "neck", "neck"),
        ("{x:RR}", 0.7626, "0.76"),
        ("{x:MD}", -0.04, "0.0"),
        ("{x:RD}", -0.0906, "\u22120.091"),
        ("{x:share}", 0.456, "46%"),
        ("{x:per_thousand}", -91.2, "\u221291"),
        ("{x:1}", 2.25, "2.2"),
        ("{x:1} {{kept}}", 2.0, "2.0 {kept}"),
    ],
)
def test_values_are_written_as_the_package_writes_them(text, value, expected):
    prose = say(text, x=value)
    assert repr(prose) == prose.text == prose._repr_markdown_() == expected
    assert prose.values == {"x": value}


def test_the_marks_of_the_author_are_markdown_and_leave_plain_words():
    prose = say("**First: {word}.** Then **{n}**.", word="not yet", n=2)
    assert prose._repr_markdown_() == "**First: not yet.** Then **2**."
    assert (prose.text, strong(prose)) == ("First: not yet. Then 2.", ["First: not yet.", "2"])
    assert strong(say("No {word}.", word="lead")) == []


def strong(prose):
    """Return the stretches that stand out."""
    groups = groupby(prose.paragraphs[0], lambda one: one.strong)
    return ["".join(one.text for one in group) for out, group in groups if out]


def test_a_value_cannot_forge_what_stands_out():
    prose = say("**First: {word}.** Then.", word="a** b **c")
    assert (prose.text, strong(prose)) == ("First: a** b **c. Then.", ["First: a** b **c."])
    assert strong(say("{word}", word="**all**")) == []


def test_a_list_of_sentences():
    prose = listed(["one *1*", "two\n- three"])
    assert prose.text == "one *1*\ntwo\n- three"
    assert prose._repr_markdown_() == "- one &#42;1&#42;\n- two<br>&#45; three"


def test_a_comparison_is_written_with_its_interval_and_what_must_be_said_of_it(ev):
    result = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")
    text = say("Drowsiness: {result}.", result=result).text
    assert text == "Drowsiness: RR 0.76 (95% CI 0.62 to 0.95); not a randomised comparison."


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("{x}", {"x": 0.5}, "x: say how the number 0.5 is written"),
        ("{x}", {"x": 3.0}, "x: say how"),  # a whole result today may be a broken one tomorrow
        ("{x:PETO}", {"x": 0.5}, "found 'PETO'"),
        ("{x} {y}", {"x": 1}, r"no value for \['y'\]"),
        ("{x}", {"x": 1, "y": 2}, r"no place for \['y'\]"),
    ],
)
def test_what_is_not_said_clearly_is_refused(text, values, message):
    with pytest.raises(ne.NeckevidenceError, match=message):
        say(text, **values)
