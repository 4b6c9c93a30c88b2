"""How numbers are shown: one formatter for text, tables and figures."""

from __future__ import annotations

import itertools
import math

# Decimals shown, chosen so that the last one still means something for trials of this size; more where they hide the effect.
_DECIMALS = {"RR": 2, "OR": 2, "RD": 3, "MD": 1, "SMD": 2}
_NO_EFFECT = {"RR": 1.0, "OR": 1.0, "RD": 0.0, "MD": 0.0, "SMD": 0.0}
_MOST_DECIMALS = 8
_SAME = 1e-9  # numbers nearer than that are one number, computed in two ways


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
    return _text(value, _DECIMALS[measure])


def _text(value: float, decimals: int) -> str:
    """Write a number, or say in words that there is none."""
    if math.isnan(value):
        return "not known"
    return "no limit" if math.isinf(value) else signed(value, decimals)


def effect_texts(measure: str, estimate: float, low: float, high: float) -> tuple[str, str, str]:
    """Write an effect and its limits with as many decimals as they need.

    Parameters
    ----------
    measure : str
        RR, OR, RD, MD or SMD.
    estimate, low, high : float
        On the natural scale; NaN for what is not known, or not to be written.

    Returns
    -------
    tuple of str
        All three with the decimals of the measure, or so many more that no limit is written like no effect, or like the
        estimate, that is not.

    Examples
    --------
    >>> effect_texts("MD", 0.03, 0.01, 0.05), effect_texts("MD", 0.3, -2.08, 2.68)
    (('0.03', '0.01', '0.05'), ('0.3', '\u22122.1', '2.7'))
    """
    return _apart(_DECIMALS[measure], _NO_EFFECT[measure], estimate, low, high)


def _apart(decimals: int, none: float, estimate: float, low: float, high: float) -> tuple[str, str, str]:
    """Write three numbers with as many decimals as keep the limits apart from no effect and from the estimate."""
    pairs = [
        (limit, other)
        for limit, other in itertools.product((low, high), (none, estimate))
        if math.isfinite(limit)
        and math.isfinite(other)
        and not math.isclose(limit, other, rel_tol=_SAME, abs_tol=_SAME)
    ]
    while decimals < _MOST_DECIMALS and any(signed(one, decimals) == signed(other, decimals) for one, other in pairs):
        decimals += 1
    return _text(estimate, decimals), _text(low, decimals), _text(high, decimals)


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
    decimals, none = _DECIMALS[measure], _NO_EFFECT[measure]
    at_none = [math.isclose(end, none, rel_tol=_SAME, abs_tol=_SAME) for end in (low, high)]
    short = number_text(measure, low)
    if short == number_text(measure, high) and (all(at_none) or short != signed(none, decimals)):
        return short
    while True:
        ends = _outward(low, high, decimals)
        hidden = [end == signed(none, decimals) and not at for end, at in zip(ends, at_none, strict=True)]
        if decimals == _MOST_DECIMALS or not any(hidden):
            return " to ".join(ends)
        decimals += 1


def _outward(low: float, high: float, decimals: int) -> list[str]:
    """Write the ends of a band, rounded outward."""
    unit, ends = 10**decimals, []
    for end, outward, slack in ((low, math.floor, 1e-9), (high, math.ceil, -1e-9)):  # slack: 0.3 is not quite 0.3
        ends.append(_text(outward(end * unit + slack) / unit if math.isfinite(end) else end, decimals))
    return ends


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
    if math.isnan(low) or math.isnan(high):
        return f"{number_text(measure, estimate)} (no interval)"
    shown, *limits = effect_texts(measure, estimate, low, high)
    return f"{shown} ({100 * level:g}% CI {' to '.join(limits)})"


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


def per_thousand_texts(difference: float, low: float, high: float) -> tuple[str, str, str]:
    """Write a difference per thousand and its limits, with as many decimals as keep them apart from none.

    Parameters
    ----------
    difference, low, high : float
        Patients per thousand, more or fewer; NaN for what is not known.

    Returns
    -------
    tuple of str
        Whole numbers where they do.

    Examples
    --------
    >>> per_thousand_texts(190.9, 141.2, 240.1), per_thousand_texts(0.15, 0.09, 0.2)
    (('191', '141', '240'), ('0.15', '0.09', '0.20'))
    """
    return _apart(0, 0.0, difference, low, high)


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
