"""Effect measures: their names, their scales, and large-sample variances for pooling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neckevidence.core.errors import NeckevidenceError, UnknownCodeError

Array = NDArray[np.float64]
RATIOS = ("RR", "OR")
DIFFERENCES = ("RD", "MD", "SMD")
MEASURES = (*RATIOS, *DIFFERENCES)
# Peto's odds ratio is an effect size of its own, but not one that a comparison can be asked for.
EFFECT_SIZES = (*MEASURES, "PETO")
LOGGED = (*RATIOS, "PETO")
# Of a margin, by the code of the scale that it stands on; every other scale is one of means.
MEASURE_OF_SCALE = {"risk_difference": "RD", "smd": "SMD"}
LONG_NAMES = {
    "RR": "risk ratio",
    "OR": "odds ratio",
    "RD": "risk difference",
    "MD": "mean difference",
    "SMD": "standardised mean difference (Hedges g)",
    "PETO": "odds ratio (Peto)",
}

_EXCLUDED = (
    "trials with no events in either arm, or with nothing but events in both, carry no information about a ratio and "
    "were left out of risk ratios and odds ratios; nothing is ever added for the Peto odds ratio."
)
ZERO_CELLS = {
    "leave": "Nothing was added to any cell: trials whose effect or variance does not exist were left out; "
    + _EXCLUDED,
    "add_half_where_needed": "0.5 was added to all four cells of those trials that have a cell of zero; " + _EXCLUDED,
    "add_half_to_all": "0.5 was added to all four cells of every trial, with or without a cell of zero; " + _EXCLUDED,
    "treatment_arm": "To both cells of each arm of those trials that have a cell of zero, a number proportional to the "
    "reciprocal of the size of the opposite arm was added, the numbers of the two arms summing to 1 "
    "(Sweeting, Sutton and Lambert 2004, Stat Med 23:1351); " + _EXCLUDED,
}
SMD_VARIANCES = {
    "borenstein": "J^2 (1/n1 + 1/n2 + d^2 / (2 (n1 + n2))) (Borenstein et al. 2009, equations 4.20 to 4.24)",
    "large-sample": "1/n1 + 1/n2 + g^2 / (2 (n1 + n2)) (Hedges and Olkin 1985, chapter 5)",
}


class EffectInputError(NeckevidenceError, ValueError):
    """A number from which no effect can be computed; the message names the trial, the input and what is allowed."""


def check_measure(measure: str, allowed: Sequence[str] = MEASURES) -> str:
    """Return the measure in capitals.

    Parameters
    ----------
    measure : str
        RR, OR, RD, MD or SMD, in any case.
    allowed : sequence of str
        The measures to choose from, for example `EFFECT_SIZES`, which has PETO too.

    Returns
    -------
    str
        The same in capitals.

    Raises
    ------
    UnknownCodeError
        If it is none of these.
    """
    return check_choice("measure", measure.upper(), allowed, noun="measures", shown=measure)


def check_choice(name: str, found: str, allowed: Iterable[str], *, noun: str = "choices", shown: str = "") -> str:
    """Return the choice, or name the choices that there are.

    Parameters
    ----------
    name : str
        The argument.
    found : str
        Its value.
    allowed : iterable of str
        The values that it can have.
    noun, shown : str
        How the message calls them, and how it shows `found`, if not as it is.

    Returns
    -------
    str
        `found`.

    Raises
    ------
    UnknownCodeError
        If it is not allowed.
    """
    allowed = tuple(allowed)
    if found not in allowed:
        raise UnknownCodeError(f"{name} (the {noun} are {', '.join(allowed)})", shown or str(found), allowed)
    return found


def check_level(level: float) -> None:
    """Refuse a confidence level that does not lie between 0 and 1.

    Parameters
    ----------
    level : float
        As a share, such as 0.95.

    Raises
    ------
    EffectInputError
        With the number found.

    Examples
    --------
    >>> check_level(0.95)
    """
    if not 0 < level < 1:
        raise EffectInputError(f"level must lie between 0 and 1 (0.95 for 95%), found {level}")


def natural(measure: str, value: float) -> float:
    """Return an effect on its natural scale: ratios are kept as logarithms until they are shown.

    Parameters
    ----------
    measure : str
        RR, OR, PETO, RD, MD or SMD.
    value : float
        The effect, a logarithm for RR, OR and PETO.

    Returns
    -------
    float
        The ratio for RR, OR and PETO, else `value`.
    """
    return float(np.exp(value)) if measure in LOGGED else float(value)


def no_effect(measure: str) -> float:
    """Return the value of the measure, on its natural scale, at which the arms do not differ.

    Parameters
    ----------
    measure : str
        RR, OR, PETO, RD, MD or SMD.

    Returns
    -------
    float
        1 for ratios, 0 for differences.
    """
    return 1.0 if measure in LOGGED else 0.0


def zero_cell_policy(name: str) -> str:
    """Return what a policy for cells of zero does, as the sentence for a Methods section.

    Parameters
    ----------
    name : {"leave", "add_half_where_needed", "add_half_to_all", "treatment_arm"}
        The policy.

    Returns
    -------
    str
        One sentence.

    Raises
    ------
    UnknownCodeError
        If there is no such policy; the message names those that there are.

    Examples
    --------
    >>> zero_cell_policy("add_half_where_needed").split(";")[0]
    '0.5 was added to all four cells of those trials that have a cell of zero'
    """
    return ZERO_CELLS[check_choice("zero_cells", name, ZERO_CELLS)]


def effect_sizes(
    measure: str,
    zero_cells: str = "leave",
    *,
    smd_variance: str = "borenstein",
    labels: Sequence[str] | None = None,
    **data: ArrayLike,
) -> tuple[Array, Array]:
    """Compute effects and their large-sample variances.

    Parameters
    ----------
    measure : str
        ``"RR"``, ``"OR"``, ``"RD"``, ``"PETO"`` (one-step log odds ratio), ``"MD"`` or ``"SMD"``.
    zero_cells : {"leave", "add_half_where_needed", "add_half_to_all", "treatment_arm"}
        What to do about cells of zero in RR, OR and RD; `zero_cell_policy` says what each does.
    smd_variance : {"borenstein", "large-sample"}
        Form of the variance of SMD, see the notes.
    labels : sequence of str, optional
        Names of the trials (the last axis) for messages; "trial 1" and so on if not given.
    **data : array_like
        For RR, OR, RD, PETO: ``events_treatment``, ``n_treatment``, ``events_control``, ``n_control``. For MD,
        SMD: ``mean_treatment``, ``sd_treatment``, ``n_treatment`` and the same with ``_control``. Any
        shapes that broadcast together; leading axes are batches.

    Returns
    -------
    effects, variances : ndarray of float
        RR, OR and PETO on the natural-logarithm scale. NaN in both for a ratio that does not exist or, under every
        policy, has no information: a trial with no events in either arm or only events in both. RD always exists;
        its variance is NaN where the formula gives zero, as it does if each arm has no events or only events.

    Raises
    ------
    UnknownCodeError
        If the measure, the policy or the form of the variance is unknown.
    TypeError
        If an argument is missing or not among the above.
    EffectInputError
        If a number is not finite, events do not lie between 0 and n, an SD is not above zero, n is below 1 (below 2
        for means), or shapes do not fit; the message names the trial. It is also a ValueError.

    Notes
    -----
    Variances: log RR 1/a - 1/n1 + 1/c - 1/n2; log OR 1/a + 1/b + 1/c + 1/d; RD p(1-p)/n summed over the arms
    (Deeks and Higgins 2010, Statistical algorithms in Review Manager 5, sections 3.1 to 3.3), whose rule on trials
    without information about a ratio is also followed here. PETO: (O - E)/V with variance 1/V, E and V the
    hypergeometric mean and variance of the events under treatment (Yusuf et al. 1985, Prog Cardiovasc Dis 27:335).
    MD: SD^2/n summed over the arms. SMD is Hedges g = J d with the exact correction factor
    J = gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)), m = n1 + n2 - 2 (Hedges 1981, J Educ Stat 6:107, equation 6e).
    Its variance is J^2 (1/n1 + 1/n2 + d^2 / (2 (n1 + n2))) (Borenstein et al. 2009, Introduction to Meta-Analysis,
    equations 4.20 to 4.24), or 1/n1 + 1/n2 + g^2 / (2 (n1 + n2)) with "large-sample" (Hedges and Olkin 1985,
    Statistical Methods for Meta-Analysis, chapter 5); the two differ in small trials only.

    Examples
    --------
    >>> log_rr, variance = effect_sizes(
    ...     "RR", events_treatment=10, n_treatment=100, events_control=20, n_control=100)
    >>> round(float(np.exp(log_rr)), 6), round(float(variance), 6)
    (0.5, 0.13)
    """
    measure = check_measure(measure, EFFECT_SIZES)
    check_choice("zero_cells", zero_cells, ZERO_CELLS)
    check_choice("smd_variance", smd_variance, SMD_VARIANCES)
    kind = ("mean", "sd", "n") if measure in ("MD", "SMD") else ("events", "n")
    names = [f"{word}_{arm}" for arm in ("treatment", "control") for word in kind]
    missing = [name for name in names if name not in data]
    extra = [name for name in data if name not in names]
    if missing or extra:
        raise TypeError(f"{measure} takes {', '.join(names)}; missing {missing}, not known {extra}")
    numbers = dict(zip(names, finite_arrays({name: data[name] for name in names}, labels), strict=True))
    if measure in ("MD", "SMD"):
        _check_means(numbers, labels)
        return _from_means(measure, smd_variance, *numbers.values())
    _check_counts(numbers, labels)
    return _from_counts(measure, zero_cells, *numbers.values())


def finite_arrays(inputs: Mapping[str, ArrayLike], labels: Sequence[str] | None = None) -> list[Array]:
    """Return the inputs as arrays of one shape, all of them finite numbers.

    Parameters
    ----------
    inputs : mapping of str to array_like
        Values by the name of the argument.
    labels : sequence of str, optional
        Names of the trials, which are the last axis.

    Returns
    -------
    list of ndarray of float
        In the order of the inputs.

    Raises
    ------
    EffectInputError
        If an input is not numeric or not finite, shapes do not broadcast, or there are more or fewer labels than trials.

    Examples
    --------
    >>> [array.shape for array in finite_arrays({"mean": [1, 2], "n": 30})]
    [(2,), (2,)]
    """
    arrays = {}
    for name, values in inputs.items():
        try:
            arrays[name] = np.asarray(values, dtype=float)
        except (TypeError, ValueError):
            raise EffectInputError(f"{name} must hold numbers, found {values!r}") from None
    try:
        together = list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise EffectInputError(f"the inputs must have shapes that broadcast together, found {shapes}") from None
    trials = together[0].shape[-1] if together[0].ndim else 1
    if labels is not None and len(labels) != trials:
        raise EffectInputError(f"labels has {len(labels)} names for {trials} trials")
    for name, array in zip(arrays, together, strict=True):
        require(np.isfinite(array), name, array, "be a finite number", labels)
    return together


def require(holds: NDArray[np.bool_], name: str, values: Array, rule: str, labels: Sequence[str] | None = None) -> None:
    """Raise an error that names the first trial for which a rule does not hold.

    Parameters
    ----------
    holds : ndarray of bool
        Whether the rule holds; the last axis is the trials.
    name : str
        The argument that is checked.
    values : ndarray of float
        Its values, in the shape of `holds`.
    rule : str
        The rule, to be read after "must".
    labels : sequence of str, optional
        Names of the trials.

    Raises
    ------
    EffectInputError
        If the rule does not hold everywhere.
    """
    if np.all(holds):
        return
    *batch, trial = np.argwhere(~np.atleast_1d(holds))[0].tolist()
    place = labels[trial] if labels is not None else f"trial {trial + 1}"
    place += f" of batch {tuple(batch)}" if batch else ""
    arm = next((arm for arm in ("treatment", "control") if name.endswith(f"_{arm}")), "")
    place += f", {arm} arm" if arm else ""
    found = float(np.atleast_1d(values)[(*batch, trial)])
    raise EffectInputError(f"{place}: {name} must {rule}, found {found:g}")


def _check_counts(numbers: Mapping[str, Array], labels: Sequence[str] | None) -> None:
    for arm in ("treatment", "control"):
        events, n = numbers[f"events_{arm}"], numbers[f"n_{arm}"]
        require(n >= 1, f"n_{arm}", n, "be at least 1", labels)
        require((events >= 0) & (events <= n), f"events_{arm}", events, f"lie between 0 and n_{arm}", labels)


def _check_means(numbers: Mapping[str, Array], labels: Sequence[str] | None) -> None:
    for arm in ("treatment", "control"):
        sd, n = numbers[f"sd_{arm}"], numbers[f"n_{arm}"]
        require(sd > 0, f"sd_{arm}", sd, "be above zero", labels)
        require(n >= 2, f"n_{arm}", n, "be at least 2", labels)


def _from_counts(measure: str, zero_cells: str, a: Array, n1: Array, c: Array, n2: Array) -> tuple[Array, Array]:
    b, d = n1 - a, n2 - c
    if measure == "PETO":
        return _peto(a, n1, c, n2)
    no_information = ((a == 0) & (c == 0)) | ((b == 0) & (d == 0))
    more1, more2 = _added(zero_cells, (a == 0) | (b == 0) | (c == 0) | (d == 0), n1, n2)
    a, b, n1 = a + more1, b + more1, n1 + 2 * more1
    c, d, n2 = c + more2, d + more2, n2 + 2 * more2
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "RD":
            p1, p2 = a / n1, c / n2
            variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
            return p1 - p2, np.where(variance > 0, variance, np.nan)
        if measure == "RR":
            effect, variance = np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2
            missing = no_information | (a == 0) | (c == 0)
        else:
            effect, variance = np.log(a * d) - np.log(b * c), 1 / a + 1 / b + 1 / c + 1 / d
            missing = no_information | (a == 0) | (b == 0) | (c == 0) | (d == 0)
    return np.where(missing, np.nan, effect), np.where(missing, np.nan, variance)


def _added(zero_cells: str, needed: NDArray[np.bool_], n1: Array, n2: Array) -> tuple[Array, Array]:
    """Return what the policy adds to both cells of each arm."""
    if zero_cells == "add_half_to_all":
        needed = np.ones_like(needed)
    # 1/n2 and 1/n1, scaled to sum to 1: arms of one size get 0.5 each, as with the constant correction.
    share = n1 / (n1 + n2) if zero_cells == "treatment_arm" else 0.5
    needed = needed & (zero_cells != "leave")
    return np.where(needed, share, 0.0), np.where(needed, 1 - share, 0.0)


def _peto(a: Array, n1: Array, c: Array, n2: Array) -> tuple[Array, Array]:
    n, events = n1 + n2, a + c
    observed_less_expected = (a * n2 - c * n1) / n  # a - n1 (a + c) / n without the cancellation
    information = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
    information = np.where(information > 0, information, np.nan)
    return observed_less_expected / information, 1 / information


def _from_means(
    measure: str, smd_variance: str, m1: Array, s1: Array, n1: Array, m2: Array, s2: Array, n2: Array
) -> tuple[Array, Array]:
    if measure == "MD":
        return m1 - m2, s1**2 / n1 + s2**2 / n2
    from scipy.special import poch

    m = n1 + n2 - 2
    pooled = np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / m)
    correction = poch((m - 1) / 2, 0.5) / np.sqrt(m / 2)  # a ratio of gamma functions, exact in large trials too
    d = (m1 - m2) / pooled
    g = correction * d
    if smd_variance == "large-sample":
        return g, 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))
    return g, correction**2 * (1 / n1 + 1 / n2 + d**2 / (2 * (n1 + n2)))
