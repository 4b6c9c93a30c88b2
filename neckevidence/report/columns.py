"""How wide the columns of a table on paper are, from what stands in them."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd

# How long a line is between the margins of an A4 page, upright and across, in points.
UPRIGHT = 470.0
ACROSS = 717.0
# Size of the letters in a table, in points; a table that is too wide even across gets smaller ones.
SIZE = 8.0
_READABLE = 6.5
_SMALLEST = 5.5

# How wide letters are, in parts of their size (Libertinus Serif; a serif for print is much like another).
_WIDTHS = {
    letter: width
    for width, letters in (
        (0.23, "',.:;|"),
        (0.3, '!"()-/IJfijlt{} \\'),
        (0.4, "*?[]`crsz"),
        (0.6, "%+<=>BEKRTYZ–−±×"),
        (0.7, "&ACDGHNOQUVX"),
        (0.83, "MWmw@●◐○✕"),
    )
    for letter in letters
}
_OTHER = 0.5
_BOLD = 1.09
_GUTTER = 0.9
_LONGEST_WORD = 22
# A longer word may go on in the next line after one of these.
_BREAKS = r"_/?&=%.:;,+\-"
_LONG = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")


def breakable(text: str) -> str:
    """Let words that are too long for a column break where their parts meet.

    Parameters
    ----------
    text : str
        What stands in a cell.

    Returns
    -------
    str
        The same, with zero-width spaces in the words of more than 22 letters.

    Examples
    --------
    >>> breakable("rmdq_improvement")
    'rmdq_improvement'
    >>> breakable("patient_global_impression_of_change").split(chr(0x200B))
    ['patient_', 'global_', 'impression_', 'of_', 'change']
    """
    if all(len(word) <= _LONGEST_WORD for word in text.split()):
        return text
    return _LONG.sub(lambda word: "\u200b".join(_parts(word.group())), text)


def _parts(word: str) -> list[str]:
    parts = re.split(rf"(?<=[{_BREAKS}])(?=\w)", word)
    return [part[at : at + _LONGEST_WORD] for part in parts for at in range(0, len(part), _LONGEST_WORD)]


def column_widths(frame: pd.DataFrame, line: float) -> list[float]:
    r"""Share a line out among the columns of a table.

    Parameters
    ----------
    frame : DataFrame
        Cells as text.
    line : float
        Length of the line, in sizes of the letters.

    Returns
    -------
    list of float
        Parts of the line, together 1, or less when all that is said fits into less.

    Notes
    -----
    Text of length :math:`l` in a column of width :math:`w` is :math:`l / w` lines high. The widths make the sum of the squares
    of these heights least, :math:`w_j \propto (\sum_i l_{ij}^2)^{1/3}`, but no column is narrower than its longest word or
    wider than its longest cell.

    Examples
    --------
    >>> dose, words = column_widths(pd.DataFrame({"Dose": ["5 mg"], "Words": ["so many words " * 9]}), line=50)
    >>> dose < 0.1, round(dose + words, 3)
    (True, 1.0)
    """
    cells, shortest, longest = _measured(frame)
    if longest.sum() <= line:
        return _rounded(longest / line)
    if shortest.sum() >= line:
        return _rounded(shortest / shortest.sum())
    wanted = np.cbrt((cells**2).sum(axis=0))
    # Raise or lower all by one factor until, with the limits kept, the line is full.
    low, high = 0.0, line / wanted.min()
    for _ in range(60):
        factor = (low + high) / 2
        widths = np.clip(wanted * factor, shortest, longest)
        low, high = (factor, high) if widths.sum() < line else (low, factor)
    return _rounded(widths / widths.sum())


def letter_size(frame: pd.DataFrame, line: float, size: float = SIZE) -> float:
    """Return the size of letters at which no word is wider than its column.

    Parameters
    ----------
    frame : DataFrame
        Cells as text.
    line : float
        Length of the line, points.
    size : float
        The size wanted, points.

    Returns
    -------
    float
        That size, or a smaller one, but not below 5.5 points.
    """
    _, shortest, _ = _measured(frame)
    return max(_SMALLEST, min(size, int(20 * line / shortest.sum()) / 20))


def too_wide(frame: pd.DataFrame) -> bool:
    """Tell whether a table would need small letters on an upright page.

    Parameters
    ----------
    frame : DataFrame
        Cells as text.

    Returns
    -------
    bool
        Whether a word would be wider than its column at 6.5 points.
    """
    return letter_size(frame, UPRIGHT) < _READABLE


def heights(frame: pd.DataFrame, line: float) -> np.ndarray:
    """Return how high the rows of a table are.

    Parameters
    ----------
    frame : DataFrame
        Cells as text.
    line : float
        Length of the line, in sizes of the letters.

    Returns
    -------
    ndarray
        Lines, one number a row.
    """
    cells, _, _ = _measured(frame)
    widths = np.array(column_widths(frame, line)) * line - _GUTTER
    return np.ceil(cells[1:] / widths).max(axis=1)


def _rounded(parts: np.ndarray) -> list[float]:
    return [float(one) for one in np.round(parts, 4)]


def _measured(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the length of each cell, header first, and the longest word and the longest cell of each column."""
    columns = [[str(name), *frame.iloc[:, at].astype(str)] for at, name in enumerate(frame.columns)]
    cells, words = np.array([[_lengths(text) for text in column] for column in columns]).T
    for lengths in (cells, words):
        lengths[0] *= _BOLD
    return np.maximum(cells, 0.1), words.max(axis=0) + _GUTTER, cells.max(axis=0) + _GUTTER


@cache
def _lengths(text: str) -> tuple[float, float]:
    """Return the length of a text and of its longest word; the same texts come again and again."""
    words = breakable(text).replace("\u200b", " ").replace("-", "- ").split()
    return _length(text), max(map(_length, words), default=0.0)


def _length(text: str) -> float:
    return sum(_WIDTHS.get(letter, _OTHER) for letter in text)
