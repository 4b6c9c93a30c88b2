"""Numbers of a text and where they come from: hand cases, above all those that must be found out."""

import numpy as np
import pandas as pd
import pytest

from neckevidence.core.trace import numerals, trace_numbers
from neckevidence.core.values import ranges_in, values_in

FACTS = pd.DataFrame(
    {
        "fact_id": ["counts_001", "counts_044"],
        "as_printed": ["29%", "1 (1,6%)"],
        "locator": ["table of the 2 studies", "Adv Ther 28(4):295-303"],
    }
)


def shown(text):
    return [(one.text, one.value, one.decimals) for one in numerals(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RR 0.76 (0.62 to 0.95)", [("0.76", 0.76, 2), ("0.62", 0.62, 2), ("0.95", 0.95, 2)]),
        ("46% of 1,389", [("46%", 46, 0), ("1,389", 1389, 0)]),
        ("\u221291 (\u2212164 to \u221218)", [("\u221291", -91, 0), ("\u2212164", -164, 0), ("\u221218", -18, 0)]),
        ("(-2.6 to 3.2, p=.77)", [("-2.6", -2.6, 1), ("3.2", 3.2, 1), (".77", 0.77, 2)]),
        ("8.9-12.9 and 29%-38%", [("8.9", 8.9, 1), ("12.9", 12.9, 1), ("29%", 29, 0), ("38%", 38, 0)]),
        ("lists 1,2 and 12,345,678", [("1", 1, 0), ("2", 2, 0), ("12,345,678", 12345678, 0)]),
        ("1 (1,6%), 1,389%", [("1", 1, 0), ("1,6%", 1.6, 1), ("1,389%", 1389, 0)]),
        ("p = 1.06e-05.", [("1.06e-05", 1.06e-05, 7)]),
        ("CYC5, day_7, I2, tau2, CYC2.5, NAP+CYC10", []),
        ("The trial ended on day 7. In 2003, 15mg", [("7", 7, 0), ("2003", 2003, 0), ("15", 15, 0)]),
    ],
)
def test_numerals(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("0.76", True),
        ("0.763", True),
        ("0.77", False),  # wrong rounding
        ("0.67", False),  # swapped digits
        ("0.760", False),  # a decimal that was not computed
        ("76%", True),
        ("76 points", True),
        ("76", False),  # no percent sign
        ("\u22120.76", False),  # the sign is part of the number
        ("1", True),  # 0.7626 in whole numbers
        ("4,758", True),
        ("4,785", False),
    ],
)
def test_a_computed_value_must_read_as_displayed(text, explained):
    trace = trace_numbers(f"The result is {text}.", [0.7626, 4758])
    assert [one.origin for one in trace.traced] == ["computed" if explained else ""]
    assert trace.share == explained


def test_a_share_is_also_counted_of_a_hundred():
    assert not trace_numbers("a difference of \u22126 to 76 in 100", [-0.06, 0.7626], names=["in 100"]).unexplained


def test_both_ways_of_rounding_a_half_are_allowed():
    # 0.125 to two decimals is 0.12 (to even) or 0.13 (half up); 0.11 and 0.14 are neither.
    trace = trace_numbers("0.12, 0.13, 0.11, 0.14", [0.125])
    assert [one.numeral.text for one in trace.unexplained] == ["0.11", "0.14"]


def test_a_negative_value_needs_its_sign():
    assert not trace_numbers("\u22120.3 (\u22124.2 to 3.6)", [-0.31, -4.18, 3.56]).unexplained
    assert len(trace_numbers("0.3", [-0.31]).unexplained) == 1
    assert not trace_numbers("0.0", [-0.04]).unexplained  # no minus before zero


def test_a_cell_counts_as_a_whole_and_an_as_printed_number_by_itself():
    text = "Adv Ther 28(4):295-303 prints 1.6%, and 29%; table of the 2 studies"
    assert {one.origin for one in trace_numbers(text, facts=FACTS).traced} == {"printed"}
    # 28, 4, 295 and 303 stand in the cell, but not in its words; 16 and 29.0 are not what is printed.
    loose = trace_numbers("28 and 303 and 16% and 29.0% and 2,9%", facts=FACTS)
    assert [one.numeral.text for one in loose.unexplained] == ["28", "303", "16%", "29.0%", "2,9%"]


@pytest.mark.parametrize("text", ["129%", "29%0", "0.29%", "29%5", "29"])
def test_a_cell_is_not_cut_out_of_a_longer_number(text):
    assert trace_numbers(text, facts=["29%"]).unexplained


def test_names_hold_their_numbers_and_no_others():
    trace = trace_numbers("5 mg and 10 mg on day 3; 5 patients", names=[r"\b\d+ mg\b", r"\bday \d+\b"])
    assert [one.origin for one in trace.traced] == ["name", "name", "name", ""]
    assert trace.unexplained[0].context.endswith("5 patients")


def test_a_range_is_rounded_outward_both_ends_together():
    # 1.5507 to 1.6212 reads 1.55 to 1.63 outward; to the nearest the upper end reads 1.62.
    found = {
        text: len(trace_numbers(text, [(1.5507, 1.6212)]).unexplained) for text in ("1.55 to 1.63", "1.55 to 1.62")
    }
    assert found == {"1.55 to 1.63": 0, "1.55 to 1.62": 0}
    assert len(trace_numbers("1.55 to 1.64", [(1.5507, 1.6212)]).unexplained) == 1
    assert len(trace_numbers("1.55, 1.63", [(1.5507, 1.6212)]).unexplained) == 1  # not a range
    assert len(trace_numbers("95% CI 1.55 to 1.63", [(1.5507, 1.6212)], names=["95% CI"]).unexplained) == 1
    assert len(trace_numbers("1.55 to 1.63", [1.5507, 1.0, 1.6212]).unexplained) == 1  # two values, no pair
    assert not trace_numbers("0.2 to 0.4", [(0.25, 0.35)]).unexplained
    assert not trace_numbers("\u22122.2 to \u22121.9", [(-2.13, -1.97)]).unexplained


def test_ranges_of_a_table_pair_low_with_high_of_one_row():
    frame = pd.DataFrame({"share_low": [1, 2], "share_high": [3, 4], "n": [9, 9]})
    assert ranges_in(frame) == ((1, 3), (2, 4))
    assert ranges_in({"ci_low": (0.1, 0.2), "ci_high": 0.15}) == ((0.1, 0.15), (0.1, 0.2))


def test_values_of_all_sorts_of_results():
    frame = pd.DataFrame({"n": pd.array([64, None], dtype="Int64"), "word": ["a", "b"]}, index=[17, 18])
    named = frame.set_index(pd.Index([0.5, 0.25], name="risk"))
    assert values_in(frame) == (64,)
    assert values_in(named, np.array([1.5, np.nan]), {"deep": [(2.5,)]}, 3, True, "9") == (0.25, 0.5, 1.5, 2.5, 3, 64)


def test_values_of_a_result_hold_its_properties(ev):
    import neckevidence as ne

    risk = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence", measure="RD")
    # 135 of 464 and 95 of 249 (test_comparison): 290.9 and 381.5 per 1000; difference 90.6 or 91
    trace = trace_numbers("291 on 5 mg, 382 on 10 mg, \u221291", [ne.absolute_effect(risk)], names=[r"\d+ mg"])
    assert not trace.unexplained
    assert trace_numbers("292 patients", [ne.absolute_effect(risk)]).unexplained


def test_the_report_names_text_number_and_context():
    trace = trace_numbers({"cell 1": "nothing", "cell 2": "as many as 42 of them"})
    assert trace.summary() == "1 numbers, 1 unexplained\ncell 2: 42 in 'as many as 42 of them'"
    assert trace.to_frame().iloc[0].to_dict() == {
        "where": "cell 2",
        "number": "42",
        "origin": "",
        "basis": "",
        "context": "as many as 42 of them",
    }
    assert trace_numbers("no number").share == 1
