"""Numbers and truth values as people type them and spreadsheets write them; what could mean two things is not read.

A whole number may have its thousands apart with a comma, a space or an apostrophe, or end in ``.0``, as pandas and Excel
write it; a decimal sign may be a point, a raised point (The Lancet) or a comma. ``1,234`` where a fraction could stand is
1.234 or 1234: it is refused, unless the file has semicolons between its cells, since then the comma is the decimal sign.
"""

from __future__ import annotations

import re
from decimal import Decimal

from neckevidence.core.printed import RAISED_POINTS, SPACES

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_POWER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
_APART = re.compile(rf"[+-]?[1-9][0-9]{{0,2}}(?:[{SPACES}'’][0-9]{{3}})+(?![0-9])")
_COMMAS = re.compile(r"([+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+)(\.[0-9]+)?")
_POINTS = re.compile(r"([+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+)(,[0-9]+)?")
_THREE = r"[+-]?[1-9][0-9]{{0,2}}{}[0-9]{{3}}"
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_ENDS_IN_ZERO = re.compile(r"([+-]?[0-9]+)\.0+")
_MINUS = str.maketrans({"\u2212": "-", **dict.fromkeys(RAISED_POINTS, ".")})
# pandas makes 1.0 of a truth value in a column with blanks, and writes 1,0 where the decimal sign is a comma.
_TRUTH = dict.fromkeys(("true", "yes", "1", "1.0", "1,0"), "true") | dict.fromkeys(
    ("false", "no", "0", "0.0", "0,0"), "false"
)


def plain_truth(cell: str) -> str:
    """Return a truth value as ``true`` or ``false``.

    Parameters
    ----------
    cell : str
        As typed.

    Returns
    -------
    str
        The cell itself if it is neither.

    Examples
    --------
    >>> plain_truth("TRUE"), plain_truth("maybe")
    ('true', 'maybe')
    """
    return _TRUTH.get(cell.strip().lower(), cell)


def plain_number(cell: str, whole: bool, semicolons: bool = False, percent: bool = False) -> str:
    """Return a number in plain digits with a decimal point.

    Parameters
    ----------
    cell : str
        As typed.
    whole : bool
        Whether only a whole number can stand there.
    semicolons : bool
        Whether the file has semicolons between its cells, so that its decimal sign is a comma.
    percent : bool
        Whether a per cent sign may follow.

    Returns
    -------
    str
        The decimals stay as typed; the cell itself if it is no number, with both readings if it could be two.

    Examples
    --------
    >>> plain_number("1,234", whole=True), plain_number("1 234.5", whole=False), plain_number("12·50", whole=False)
    ('1234', '1234.5', '12.50')
    >>> plain_number("1,234", whole=False), plain_number("1,234", whole=False, semicolons=True)
    ('1,234 (1234 or 1.234)', '1.234')
    """
    text = cell.strip(SPACES).translate(_MINUS)
    text = text.removesuffix("%").rstrip(SPACES) if percent else text
    if _APART.match(text):
        text = re.sub(rf"[{SPACES}'’]", "", text)
    if _ambiguous(text, whole, semicolons):
        return f"{cell} ({re.sub('[.,]', '', text)} or {text.replace(',', '.')})"
    found = _without_commas(text, whole, semicolons)
    if found is None:
        return cell
    found = found.removeprefix("+")
    return without_zeros(found) if whole else found


def without_zeros(number: str) -> str:
    """Return a whole number without the zeros that a spreadsheet puts behind its point.

    Parameters
    ----------
    number : str
        A number in plain digits.

    Returns
    -------
    str
        The same if it is no whole number.

    Examples
    --------
    >>> without_zeros("12.0"), without_zeros("12.50")
    ('12', '12.50')
    """
    found = _ENDS_IN_ZERO.fullmatch(number)
    return found.group(1) if found else number


def _ambiguous(text: str, whole: bool, semicolons: bool) -> bool:
    """Tell whether a comma or point before three digits may stand for thousands or for decimals."""
    comma, point = re.fullmatch(_THREE.format(","), text), re.fullmatch(_THREE.format(r"\."), text)
    return bool((comma and whole == semicolons) or (point and semicolons))


def _without_commas(text: str, whole: bool, semicolons: bool) -> str | None:
    """Read a number with its signs for thousands and decimals; None if it is none."""
    commas, points = _COMMAS.fullmatch(text), _POINTS.fullmatch(text)
    if commas and (commas.group(2) or text.count(",") > 1 or (whole and not semicolons)):
        return text.replace(",", "")
    if points and (points.group(2) or text.count(".") > 1):
        return text.replace(".", "").replace(",", ".")
    if _DECIMAL_COMMA.fullmatch(text):
        return text.replace(",", ".")
    if _POWER.fullmatch(text):
        return f"{Decimal(text):f}"
    return text if _PLAIN.fullmatch(text) else None
