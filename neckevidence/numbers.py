"""How numbers are shown: one formatter for text, tables and figures."""

from __future__ import annotations

import math

# Decimals shown, chosen so that the last one still means something for trials of this size.
_DECIMALS = {"RR": 2, "OR": 2, "RD": 3, "MD": 1, "SMD": 2}


def number_text(measure: str, value: float) -> str:
    """Write an effect with the decimals of its measure.

    Parameters
    ----------
    measure : str
        RR, OR, RD, MD or SMD.
    value : float
        On the natural scale.

    Returns
    -------
    str
        A minus sign for negative numbers, never ``-0``; ``not known`` for NaN, ``no limit`` for infinity.

    Examples
    --------
    >>> number_text("RR", 0.7626), number_text("MD", -0.04), number_text("RD", -0.0906)
    ('0.76', '0.0', '\u22120.091')
    """
    if math.isnan(value):
        return "not known"
    if math.isinf(value):
        return "no limit"
    return signed(value, _DECIMALS[measure])


def signed(value: float, decimals: int) -> str:
    """Write a number with a true minus sign and without a minus before zero.

    Parameters
    ----------
    value : float
        The number.
    decimals : int
        How many decimals.

    Returns
    -------
    str
        The number.

    Examples
    --------
    >>> signed(-0.04, 1), signed(-7.5, 1)
    ('0.0', '\u22127.5')
    """
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "\u2212")


def band_text(measure: str, low: float, high: float) -> str:
    """Write a band, its ends rounded outward: a bound that holds must hold as it is printed.

    Parameters
    ----------
    measure : str
        RR, OR, RD, MD or SMD.
    low, high : float
        On the natural scale.

    Returns
    -------
    str
        One number if both ends would be printed alike.

    Examples
    --------
    >>> band_text("MD", 0.25, 0.35), band_text("RR", 1.5507, 1.6212), band_text("RR", 0.7512, 0.7514)
    ('0.2 to 0.4', '1.55 to 1.63', '0.75')
    """
    if number_text(measure, low) == number_text(measure, high):
        return number_text(measure, low)
    unit = 10 ** _DECIMALS[measure]
    ends = []
    for end, outward, slack in ((low, math.floor, 1e-9), (high, math.ceil, -1e-9)):  # slack: 0.3 is not quite 0.3
        ends.append(number_text(measure, outward(end * unit + slack) / unit if math.isfinite(end) else end))
    return " to ".join(ends)


def interval_text(measure: str, estimate: float, low: float, high: float, level: float = 0.95) -> str:
    """Write an effect with its interval.

    Parameters
    ----------
    measure : str
        RR, OR, RD, MD or SMD.
    estimate, low, high : float
        On the natural scale.
    level : float
        Confidence level.

    Returns
    -------
    str
        For example ``0.76 (95% CI 0.62 to 0.95)``; says so if there is no interval.

    Examples
    --------
    >>> interval_text("RR", 0.76, 0.62, 0.95)
    '0.76 (95% CI 0.62 to 0.95)'
    """
    shown = number_text(measure, estimate)
    if math.isnan(low) or math.isnan(high):
        return f"{shown} (no interval)"
    return f"{shown} ({100 * level:g}% CI {number_text(measure, low)} to {number_text(measure, high)})"


def per_thousand_text(value: float) -> str:
    """Write a number of patients per thousand.

    Parameters
    ----------
    value : float
        Patients per thousand, not necessarily whole.

    Returns
    -------
    str
        A whole number, ``not known`` for NaN.

    Examples
    --------
    >>> per_thousand_text(290.9), per_thousand_text(-91.2)
    ('291', '\u221291')
    """
    return "not known" if math.isnan(value) else signed(value, 0)


def share_text(value: float) -> str:
    """Write a share between 0 and 1 as a percentage.

    Parameters
    ----------
    value : float
        The share.

    Returns
    -------
    str
        In whole per cent.

    Examples
    --------
    >>> share_text(0.456)
    '46%'
    """
    return f"{100 * value:.0f}%"
