import pytest
from hypothesis import given
from hypothesis import strategies as st

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.printed import decimals, nearest_percentages, printed_counts, printed_numbers, same_number


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("29%", ("29",)),
        ("8/78 (10%)", ("8", "78", "10")),
        ("\u22126.1, 95% CI \u22126.5 to \u22125.7", ("6.1", "95", "6.5", "5.7")),
        ("P =.962", ("0.962",)),
        ("17 of the 20 ... (85,0%)", ("17", "20", "85.0")),
        ("15 134 participants", ("15134",)),
        ("SMD -0.39 (95% CI -01.25, 0.47)", ("0.39", "95", "1.25", "0.47")),
        ("Twelve of 57 diazepam patients (21%;", ("12", "57", "21")),
    ],
)
def test_numbers_are_read_as_they_are_printed(text, numbers):
    assert printed_numbers(text) == numbers


def test_decimals_are_part_of_a_printed_number():
    assert same_number("4.0", "4.0")
    assert not same_number("4", "4.0")
    assert decimals("0.80") == 2


def test_whole_percentage_is_a_range_of_counts():
    # 28.5% of 464 is 132.24 and 29.5% is 136.88: 133 to 136 patients print as 29%.
    assert list(printed_counts(29, 0, 464)) == [133, 134, 135, 136]
    # 37.5% of 249 is 93.375 and 38.5% is 95.865.
    assert list(printed_counts(38, 0, 249)) == [94, 95]


def test_a_percentage_that_no_count_gives_is_empty_and_its_neighbours_are_named():
    assert len(printed_counts(17, 0, 79)) == 0  # 13/79 = 16.5% and 14/79 = 17.7%
    assert nearest_percentages(0, 17, 79) == ("13/79 = 16%", "14/79 = 18%")


@given(n=st.integers(1, 2000), share=st.floats(0, 1), digits=st.integers(0, 2))
def test_the_true_count_is_always_among_those_that_print_so(n, share, digits):
    count = round(share * n)
    assert count in printed_counts(round(100 * count / n, digits), digits, n)


@pytest.mark.parametrize(("percent", "n"), [(101, 10), (-1, 10), (50, 0)])
def test_impossible_input_is_refused(percent, n):
    with pytest.raises(NeckevidenceError, match="must"):
        printed_counts(percent, 0, n)
