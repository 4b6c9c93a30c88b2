"""Figures as they are printed: the numbers in them, their decimals, the counts they stand for."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from neckevidence.core.errors import NeckevidenceError

_SPELLED = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty"""
_WORDS = {word: str(value) for value, word in enumerate(_SPELLED.split())}
_WORD = re.compile(r"\b(" + "|".join(_WORDS) + r")\b", re.IGNORECASE)
SPACES = " \u00a0\u2007\u2009\u202f"  # plain, no-break, figure, thin: what stands between thousands
RAISED_POINTS = "\u00b7\u2219\u22c5"  # the decimal sign of The Lancet, and its look-alikes
_THOUSANDS = re.compile(rf"(?<=\d)[{SPACES}](?=\d{{3}}\b)")
_COMMAS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?!\d|,\d)")
_RAISED = re.compile(rf"(?<=\d)[{RAISED_POINTS}](?=\d)")
_PER_1000 = re.compile(
    r"(?<!\d)(\d++(?:\.\d++)?)\s*+(?:\u2030|per (?:1[, ]?000|thousand)\b)(?!\s*\w+[- ](?:years|months|weeks|days))",
    re.IGNORECASE,
)
_NOBODY = frozenset({"none", "nobody", "nil", "no patient", "no patients"})
_EVERYBODY = frozenset({"all", "all patients", "every patient"})
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?|(?<![\w.,])[.,]\d+")


def printed_numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of a printed figure as digit strings, without their signs.

    A decimal comma or a raised point becomes a point, thousands are put together (``1,234`` and ``1 234``, as journals in
    English print them), a missing zero before the point is put in, number words up to twenty count as numbers, and
    so many per 1000 are per cent (not those per 1000 patient-years). The
    decimals stay as printed: ``4.0`` is not ``4``. Signs are left out, because a hyphen before a number may be a minus or
    the dash of an interval.

    Parameters
    ----------
    text : str
        The figure as printed.

    Returns
    -------
    tuple of str
        In the order in which they stand.

    Examples
    --------
    >>> printed_numbers("Eighteen of 57 (32%; 95% CI 21% to 45%)")
    ('18', '57', '32', '95', '21', '45')
    >>> printed_numbers("1 (1,6%)")
    ('1', '1.6')
    >>> printed_numbers("1,234 of 2 468 (12·5%)")
    ('1234', '2468', '12.5')
    >>> printed_numbers("6 of 500 (12 per 1000)")
    ('6', '500', '1.2')
    """
    text = _WORD.sub(lambda match: _WORDS[match.group().lower()], text)
    text = _COMMAS.sub(lambda match: match.group().replace(",", ""), _RAISED.sub(".", text))
    text = _PER_1000.sub(lambda match: str(Decimal(match.group(1)).scaleb(-1)), text)
    found = _NUMBER.findall(_THOUSANDS.sub("", text))
    return tuple(_tidy(number) for number in found)


def _tidy(number: str) -> str:
    whole, point, rest = number.replace(",", ".").partition(".")
    return (whole.lstrip("0") or "0") + point + rest


def count_in_words(text: str, n: str | None) -> tuple[str, ...]:
    """Return the count that a word stands for, where nothing else is printed: none of the patients, or all of them.

    Parameters
    ----------
    text : str
        The figure as printed.
    n : str or None
        The patients behind it, as digits.

    Returns
    -------
    tuple of str
        The count, or nothing if the figure is no such word, or it is not known how many all of them are.

    Examples
    --------
    >>> count_in_words("none", None), count_in_words("All patients", "57"), count_in_words("12 (21%)", "57")
    (('0',), ('57',), ())
    """
    word = text.strip().rstrip(".").lower()
    if word in _NOBODY:
        return ("0",)
    return (n,) if n is not None and word in _EVERYBODY else ()


def bare_digits(stored: str) -> str:
    """Return a stored number as `printed_numbers` gives printed ones.

    Parameters
    ----------
    stored : str
        Digits from a CSV cell.

    Returns
    -------
    str
        Without its sign.

    Examples
    --------
    >>> bare_digits("-07,70")
    '7.70'
    """
    return _tidy(stored.strip().lstrip("+-\u2212\u2013"))


def same_number(stored: str, printed: str) -> bool:
    """Tell whether a stored and a printed number have the same digits, signs left aside.

    Parameters
    ----------
    stored, printed : str
        Digit strings, e.g. from a CSV cell and from `printed_numbers`.

    Returns
    -------
    bool
        True if value and number of decimals agree.

    Examples
    --------
    >>> same_number("-7.70", "7.7"), same_number("-7.7", "7.7")
    (False, True)
    """
    return bare_digits(stored) == _tidy(printed)


def decimals(number: str) -> int:
    """Return how many decimals a printed number has.

    Parameters
    ----------
    number : str
        A number as printed, e.g. ``"1.6"``.

    Returns
    -------
    int
        Zero for a whole number.

    Examples
    --------
    >>> decimals("29"), decimals("4.0")
    (0, 1)
    """
    exponent = Decimal(number).as_tuple().exponent
    return max(0, -int(exponent))


def printed_counts(percent: float, digits: int, n: int) -> range:
    """Return every count of `n` that prints as the given percentage.

    A count k prints as p with d decimals if |100 k / n - p| is at most half a unit of the last
    decimal. Both ways of rounding a half are allowed, since the source does not say which it used.

    Parameters
    ----------
    percent : float
        Percentage as printed, 0 to 100.
    digits : int
        Decimals with which it is printed.
    n : int
        Number of patients.

    Returns
    -------
    range
        The counts, in order; empty if no count prints so.

    Raises
    ------
    NeckevidenceError
        If `percent` is outside 0 to 100 or `n` is below 1.

    Examples
    --------
    >>> printed_counts(29, 0, 464)
    range(133, 137)
    >>> len(printed_counts(17, 0, 79))
    0
    """
    if not 0 <= percent <= 100:
        raise NeckevidenceError(f"percent must lie between 0 and 100, found {percent}")
    if n < 1:
        raise NeckevidenceError(f"n must be at least 1, found {n}")
    half = Decimal("0.5").scaleb(-digits)
    value = Decimal(str(percent))
    low = math.ceil((value - half) * n / 100)
    high = math.floor((value + half) * n / 100)
    return range(max(low, 0), min(high, n) + 1)


def nearest_percentages(digits: int, percent: float, n: int) -> tuple[str, str]:
    """Return the two percentages next to the given one that counts of `n` can print.

    Parameters
    ----------
    digits : int
        Decimals with which they are printed.
    percent : float
        The percentage that no count gives.
    n : int
        Number of patients.

    Returns
    -------
    tuple of str
        The possible percentage just below and just above, with their counts.

    Examples
    --------
    >>> nearest_percentages(0, 17, 79)
    ('13/79 = 16%', '14/79 = 18%')
    """
    below = min(max(math.floor(percent * n / 100), 0), n)
    above = min(below + 1, n)
    return tuple(f"{count}/{n} = {100 * count / n:.{digits}f}%" for count in (below, above))  # type: ignore[return-value]
