"""Effect measures: their names, their scales, and large-sample variances for pooling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neckevidence.errors import UnknownCodeError

RATIOS = ("RR", "OR")
DIFFERENCES = ("RD", "MD", "SMD")
MEASURES = (*RATIOS, *DIFFERENCES)
LONG_NAMES = {
    "RR": "risk ratio",
    "OR": "odds ratio",
    "RD": "risk difference",
    "MD": "mean difference",
    "SMD": "standardised mean difference (Hedges g)",
}


def check_measure(measure: str) -> str:
    """Return the measure in capitals.

    Parameters
    ----------
    measure : str
        RR, OR, RD, MD or SMD, in any case.

    Returns
    -------
    str
        The same in capitals.

    Raises
    ------
    UnknownCodeError
        If it is none of these.
    """
    if measure.upper() not in MEASURES:
        raise UnknownCodeError(f"measure (the measures are {', '.join(MEASURES)})", measure, MEASURES)
    return measure.upper()


def natural(measure: str, value: float) -> float:
    """Return an effect on its natural scale: ratios are kept as logarithms until they are shown.

    Parameters
    ----------
    measure : str
        RR, OR, RD, MD or SMD.
    value : float
        The effect, a logarithm for RR and OR.

    Returns
    -------
    float
        The ratio for RR and OR, else `value`.
    """
    return float(np.exp(value)) if measure in RATIOS else float(value)


def no_effect(measure: str) -> float:
    """Return the value of the measure, on its natural scale, at which the arms do not differ.

    Parameters
    ----------
    measure : str
        RR, OR, RD, MD or SMD.

    Returns
    -------
    float
        1 for ratios, 0 for differences.
    """
    return 1.0 if measure in RATIOS else 0.0


def effect_sizes(measure: str, **data: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute effects and their large-sample variances.

    Parameters
    ----------
    measure : str
        ``"RR"``, ``"OR"``, ``"RD"``, ``"MD"`` or ``"SMD"``.
    **data : array_like
        For RR, OR, RD: ``events_treatment``, ``n_treatment``, ``events_control``, ``n_control``. For MD,
        SMD: ``mean_treatment``, ``sd_treatment``, ``n_treatment`` and the same with ``_control``. Any
        shapes that broadcast together.

    Returns
    -------
    effects, variances : ndarray of float
        RR and OR on the natural-logarithm scale. A trial with a zero cell, whose logarithm or variance does
        not exist, gets NaN in both: nothing is added to its cells.

    Raises
    ------
    UnknownCodeError
        If the measure is unknown.
    TypeError
        If an argument is missing or not among the above.
    ValueError
        If a number is negative, events exceed n, an SD is not above zero or n is below 2 for means.

    Notes
    -----
    Variances: log RR 1/a - 1/n1 + 1/c - 1/n2; log OR 1/a + 1/b + 1/c + 1/d; RD p(1-p)/n summed over the arms
    (Deeks and Higgins 2010, Statistical algorithms in Review Manager 5, sections 3.1 to 3.3); MD
    SD^2/n summed over the arms. SMD is Hedges g with the exact correction factor
    J = gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)), m = n1 + n2 - 2, and variance
    J^2 (1/n1 + 1/n2 + d^2 / (2 (n1 + n2))) (Hedges 1981, J Educ Stat 6:107, equation 6e; Borenstein et al.
    2009, Introduction to Meta-Analysis, equations 4.20 to 4.24).

    Examples
    --------
    >>> log_rr, variance = effect_sizes(
    ...     "RR", events_treatment=10, n_treatment=100, events_control=20, n_control=100)
    >>> round(float(np.exp(log_rr)), 6), round(float(variance), 6)
    (0.5, 0.13)
    """
    measure = check_measure(measure)
    kind = ("mean", "sd", "n") if measure in ("MD", "SMD") else ("events", "n")
    names = [f"{word}_{arm}" for arm in ("treatment", "control") for word in kind]
    missing = [name for name in names if name not in data]
    extra = [name for name in data if name not in names]
    if missing or extra:
        raise TypeError(f"{measure} takes {', '.join(names)}; missing {missing}, not known {extra}")
    arrays = np.broadcast_arrays(*(np.asarray(data[name], dtype=float) for name in names))
    if measure in ("MD", "SMD"):
        return _from_means(measure, *arrays)
    return _from_counts(measure, *arrays)


def _from_counts(measure: str, a, n1, c, n2):  # noqa: ANN001, ANN202 - arrays all through
    for name, events, n in (("treatment", a, n1), ("control", c, n2)):
        if np.any((n < 1) | (events < 0) | (events > n)):
            raise ValueError(f"{name} arm: events must lie between 0 and n, and n must be at least 1")
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "RD":
            p1, p2 = a / n1, c / n2
            return p1 - p2, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
        b, d = n1 - a, n2 - c
        if measure == "RR":
            effect, variance = np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2
            empty = (a == 0) | (c == 0) | ((b == 0) & (d == 0))
        else:
            effect, variance = np.log(a * d) - np.log(b * c), 1 / a + 1 / b + 1 / c + 1 / d
            empty = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    return np.where(empty, np.nan, effect), np.where(empty, np.nan, variance)


def _from_means(measure: str, m1, s1, n1, m2, s2, n2):  # noqa: ANN001, ANN202 - arrays all through
    from scipy.special import gammaln

    if np.any((s1 <= 0) | (s2 <= 0)):
        raise ValueError("each SD must be above zero")
    if np.any((n1 < 2) | (n2 < 2)):
        raise ValueError("each arm needs at least 2 patients")
    if measure == "MD":
        return m1 - m2, s1**2 / n1 + s2**2 / n2
    m = n1 + n2 - 2
    pooled = np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / m)
    correction = np.exp(gammaln(m / 2) - gammaln((m - 1) / 2)) / np.sqrt(m / 2)
    d = (m1 - m2) / pooled
    return correction * d, correction**2 * (1 / n1 + 1 / n2 + d**2 / (2 * (n1 + n2)))
