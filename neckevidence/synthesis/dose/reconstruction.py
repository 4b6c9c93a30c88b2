"""From printed ratios with one reference dose to their covariance matrix. Arrays only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.dose.likelihood import Array


class Reconstruction(NamedTuple):
    """What was reconstructed.

    Attributes
    ----------
    covariance : ndarray, shape (d, d)
        Of the log ratios of the d doses against the reference.
    cases : ndarray, shape (d + 1,)
        Fitted cases, the reference first.
    """

    covariance: Array
    cases: Array


def reconstruct_covariance(log_ratios: Array, variances: Array, n: Array, cases: float, measure: str) -> Reconstruction:
    """Reconstruct the covariances of log ratios that share a reference dose, by Greenland and Longnecker.

    Parameters
    ----------
    log_ratios, variances : ndarray, shape (d,)
        Log odds ratios or log risk ratios of d doses against the reference, and their printed variances.
    n : ndarray, shape (d + 1,)
        Persons at each dose, the reference first.
    cases : float
        Cases at all doses together.
    measure : {"OR", "RR"}
        Odds ratios, or risk ratios of persons followed.

    Returns
    -------
    Reconstruction
        The covariances, with the printed variances on the diagonal.

    Raises
    ------
    NeckevidenceError
        If the cases do not fit: none, or no fewer than persons, or more fitted cases than persons at a dose.

    Notes
    -----
    Cases A are fitted that have the printed ratios, the persons n at each dose and the total of cases (Greenland and Longnecker
    1992, Am J Epidemiol 135:1301). They are unique. For odds ratios A = n expit(a + log ratio), and the sum of A rises with a:
    one root. For risk ratios A = n r exp(log ratio), and r follows from the total. From these counts come the correlations:
    the covariance of two log ratios is what the reference has for its own, 1/A + 1/(n - A) (OR) or 1/A - 1/n (RR), over the
    standard errors that the counts would give; the covariances are these correlations times the printed standard errors.

    Examples
    --------
    >>> found = reconstruct_covariance(np.log([2.0]), np.array([0.1]), np.array([30.0, 30.0]), 25, "OR")
    >>> found.cases.round(3).tolist()
    [10.0, 15.0]
    """
    effects = np.append(0.0, log_ratios)
    if not 0 < cases < n.sum():
        raise NeckevidenceError(f"cases must lie between 0 and the {n.sum():g} persons, found {cases:g}")
    fitted = _odds_cases(effects, n, cases) if measure == "OR" else cases * n * np.exp(effects) / (n @ np.exp(effects))
    if (fitted >= n).any():
        worst = int((fitted - n).argmax())
        found = f"{fitted[worst]:.4g} cases of {n[worst]:g} persons"
        raise NeckevidenceError(f"risk ratios and {cases:g} cases do not fit each other: they need {found}")
    own = 1 / fitted + (1 / (n - fitted) if measure == "OR" else -1 / n)
    size = np.sqrt(own[0] + own[1:])
    covariance = own[0] * np.outer(np.sqrt(variances) / size, np.sqrt(variances) / size)
    np.fill_diagonal(covariance, variances)
    return Reconstruction(covariance, fitted)


def _odds_cases(effects: Array, n: Array, cases: float) -> Array:
    from scipy.optimize import brentq
    from scipy.special import expit, logit

    middle = logit(cases / n.sum())
    low, high = middle - effects.max() - 1, middle - effects.min() + 1
    start = brentq(lambda a: float(n @ expit(a + effects)) - cases, low, high, xtol=1e-14, rtol=1e-14)
    return n * expit(start + effects)
