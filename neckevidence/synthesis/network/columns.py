"""Columns of a table of arms or contrasts, checked; every fault named with its trial."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core.errors import NeckevidenceError

Array = NDArray[np.float64]
Names = NDArray[np.object_]


def require_columns(frame: pd.DataFrame, table: str, columns: Sequence[str]) -> None:
    """Refuse a table that is none, is empty or lacks a column.

    Parameters
    ----------
    frame : DataFrame
        The table.
    table : str
        What it is called.
    columns : sequence of str
        Columns that it must have.

    Raises
    ------
    NeckevidenceError
        Naming what is missing.
    """
    if not isinstance(frame, pd.DataFrame):
        raise NeckevidenceError(f"{table} must be a DataFrame, found {type(frame).__name__}")
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        found = ", ".join(map(str, frame.columns))
        raise NeckevidenceError(f"{table} has no column {', '.join(missing)}; found {found}")
    if frame.empty:
        raise NeckevidenceError(f"{table} has no rows")


def names(frame: pd.DataFrame, table: str, column: str) -> Names:
    """Return a column of names as text.

    Parameters
    ----------
    frame : DataFrame
        The table.
    table, column : str
        What table and column are called.

    Returns
    -------
    ndarray of str objects
        The names without spaces around them.

    Raises
    ------
    NeckevidenceError
        If one is missing.
    """
    values = frame[column]
    gone = values.isna().to_numpy()
    if gone.any():
        raise NeckevidenceError(f"{table}, row {int(gone.argmax()) + 1}: {column} is missing")
    return np.array([str(value).strip() for value in values.tolist()], dtype=object)


def numbers(frame: pd.DataFrame, column: str, places: Sequence[str]) -> Array:
    """Return a column of finite numbers.

    Parameters
    ----------
    frame : DataFrame
        The table.
    column : str
        The column.
    places : sequence of str
        What each row is called in a message.

    Returns
    -------
    ndarray of float
        The numbers.

    Raises
    ------
    NeckevidenceError
        Naming the first row that has none.
    """
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    require(np.isfinite(values), column, frame[column].tolist(), "be a finite number", places)
    return values


def require(
    holds: NDArray[np.bool_], column: str, found: Sequence[object] | Array, rule: str, places: Sequence[str]
) -> None:
    """Refuse the first row for which a rule does not hold.

    Parameters
    ----------
    holds : ndarray of bool
        Whether it does.
    column : str
        What is checked.
    found : sequence
        What stands there.
    rule : str
        To be read after "must".
    places : sequence of str
        What each row is called.

    Raises
    ------
    NeckevidenceError
        Naming place, column, rule and what was found.
    """
    if not holds.all():
        row = int(np.argmin(holds))
        raise NeckevidenceError(f"{places[row]}: {column} must {rule}, found {found[row]}")
