"""The shapes of a dose-response curve: effect against dose 0 = amplitude x shape(dose; constant)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SHAPES = ("linear", "log-linear", "emax")
# Names of the coefficients: the amplitude, and the constant of the shape where it is estimated.
COEFFICIENTS = {"linear": ("slope",), "log-linear": ("slope",), "emax": ("Emax", "ED50")}
FORMULAS = {
    "linear": "slope x dose",
    "log-linear": "slope x log(1 + dose / d0)",
    "emax": "Emax x dose / (ED50 + dose)",
}


def shape_value(shape: str, dose: ArrayLike, constant: ArrayLike) -> Array:
    """Return the shape at given doses.

    Parameters
    ----------
    shape : {"linear", "log-linear", "emax"}
        Which one.
    dose : array_like of float
        Doses, 0 or more.
    constant : array_like of float
        d0 of the log-linear shape, ED50 of Emax, both in units of the dose; the linear one has none.

    Returns
    -------
    ndarray
        dose, log(1 + dose / d0) or dose / (ED50 + dose); all are 0 at dose 0 and rise.

    Examples
    --------
    >>> shape_value("emax", [0, 5, 15], 5).tolist()
    [0.0, 0.5, 0.75]
    """
    dose, constant = np.asarray(dose, dtype=float), np.asarray(constant, dtype=float)
    if shape == "linear":
        return dose + 0 * constant
    return np.log1p(dose / constant) if shape == "log-linear" else dose / (constant + dose)


def shape_dose(shape: str, value: ArrayLike, constant: ArrayLike) -> Array:
    """Return the dose at which the shape has a given value, the inverse of `shape_value`.

    Parameters
    ----------
    shape : {"linear", "log-linear", "emax"}
        Which one.
    value : array_like of float
        Values, 0 or more; for Emax below 1.
    constant : array_like of float
        d0 or ED50, in units of the dose.

    Returns
    -------
    ndarray
        Doses.

    Examples
    --------
    >>> float(shape_dose("emax", 0.75, 5))
    15.0
    """
    value, constant = np.asarray(value, dtype=float), np.asarray(constant, dtype=float)
    if shape == "linear":
        return value + 0 * constant
    return constant * np.expm1(value) if shape == "log-linear" else constant * value / (1 - value)
