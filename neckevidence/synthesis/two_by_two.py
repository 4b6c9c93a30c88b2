"""What all methods for two-by-two tables share: their input, checked, and the frame of their results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import interval_text
from neckevidence.effects.measures import natural

Array = NDArray[np.float64]
Tables = tuple[Array, Array, Array, Array]

NO_EVENT = "no event in either arm"
ALL_EVENTS = "every patient of both arms had the event"


@dataclass(frozen=True, kw_only=True, repr=False)
class CountResult:
    """What every pooled result from two-by-two tables has, on the analysis scale (logarithms for OR and RR).

    Attributes
    ----------
    estimate, se, ci_low, ci_high, p_value : float
        The pooled effect, its standard error, Wald interval and two-sided p-value; NaN if nothing can be
        estimated, and then a note says why.
    measure, method : str
        OR, RR or RD, and the name of the method.
    level : float
        Confidence level.
    labels : tuple of str
        Names of all trials, in the order given.
    excluded : tuple of (str, str)
        Trials that carry no information on the effect in this method, with the reason.
    notes : tuple of str
        What a reader of the result has to know.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    measure: str
    method: str
    level: float
    labels: tuple[str, ...]
    excluded: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    @property
    def k(self) -> int:
        """Number of trials given."""
        return len(self.labels)

    @property
    def k_informative(self) -> int:
        """Number of trials that carry information on the effect."""
        return len(self.labels) - len(self.excluded)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._numbers()}>"

    def _numbers(self) -> str:
        shown = (natural(self.measure, value) for value in (self.estimate, self.ci_low, self.ci_high))
        trials = f"{self.k} trial{'s' if self.k != 1 else ''}, {self.k_informative} informative"
        return f"{self.measure} {interval_text(self.measure, *shown, self.level)}, {trials}, {self.method}"

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**values, "k": self.k, "k_informative": self.k_informative}

    def summary(self) -> str:
        """Return the result in a few lines: numbers on the natural scale, trials without information, notes."""
        lines = [self._numbers()]
        lines += [f"  no information, {label}: {reason}" for label, reason in self.excluded]
        return "\n".join(lines + [f"  * {note}" for note in self.notes])


def checked_tables(
    events_treatment: ArrayLike, n_treatment: ArrayLike, events_control: ArrayLike, n_control: ArrayLike,
    level: float, labels: Sequence[str] | None, whole: bool = False,
) -> tuple[Tables, tuple[str, ...]]:  # fmt: skip
    """Check two-by-two tables and name the trials.

    Parameters
    ----------
    events_treatment, n_treatment, events_control, n_control : array_like of float, shape (k,)
        Persons with the event and in all, by arm.
    level : float
        Confidence level, which must lie between 0 and 1.
    labels : sequence of str or None
        Names of the trials; by default trial 1, trial 2 and so on.
    whole : bool
        Whether counts must be whole numbers.

    Returns
    -------
    tables : tuple of ndarray of float, each of shape (k,)
        The four arrays.
    names : tuple of str
        The names of the trials.

    Raises
    ------
    NeckevidenceError
        Naming the trial, the input, what was found and what is allowed.

    Examples
    --------
    >>> checked_tables([1], [10], [2], [10], 0.95, None)[1]
    ('trial 1',)
    """
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    given = {
        "events_treatment": events_treatment, "n_treatment": n_treatment,
        "events_control": events_control, "n_control": n_control,
    }  # fmt: skip
    try:
        arrays = {name: np.asarray(values, dtype=float) for name, values in given.items()}
    except (TypeError, ValueError) as error:
        raise NeckevidenceError(f"counts must be numbers: {error}") from error
    shapes = {name: values.shape for name, values in arrays.items()}
    k = arrays["events_treatment"].size
    if k == 0 or set(shapes.values()) != {(k,)}:
        found = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise NeckevidenceError(f"the counts must be four lists of the same length, at least one; found {found}")
    names = tuple(labels) if labels is not None else tuple(f"trial {i + 1}" for i in range(k))
    if len(names) != k:
        raise NeckevidenceError(f"labels has {len(names)} names for {k} trials")
    for arm in ("treatment", "control"):
        for name, events, n in zip(names, arrays[f"events_{arm}"], arrays[f"n_{arm}"], strict=True):
            _check_arm(name, arm, float(events), float(n), whole)
    return tuple(arrays.values()), names  # type: ignore[return-value]


def uninformative(tables: Tables, names: tuple[str, ...], reasons: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Name the trials that carry no information on the effect.

    Parameters
    ----------
    tables : tuple of ndarray of float, each of shape (k,)
        Events and n on treatment, events and n on control.
    names : tuple of str
        Names of the trials.
    reasons : tuple of str
        Which of `NO_EVENT` and `ALL_EVENTS` leave a trial without information.

    Returns
    -------
    tuple of (str, str)
        Name and reason.

    Examples
    --------
    >>> zero = tuple(np.array([count]) for count in (0.0, 9.0, 0.0, 8.0))
    >>> uninformative(zero, ("A",), (NO_EVENT,))
    (('A', 'no event in either arm'),)
    """
    a, n1, c, n2 = tables
    found = {NO_EVENT: a + c == 0, ALL_EVENTS: a + c == n1 + n2}
    return tuple((name, why) for i, name in enumerate(names) for why in reasons if found[why][i])


def wald(estimate: float, se: float, level: float) -> dict[str, float]:
    """Return estimate, se, ci_low, ci_high and p_value by the normal distribution; all NaN if the se is NaN.

    Parameters
    ----------
    estimate, se : float
        Effect and its standard error, above zero or NaN.
    level : float
        Confidence level.

    Returns
    -------
    dict of float
        By field name.

    Examples
    --------
    >>> {name: round(value, 3) for name, value in wald(1.0, 0.5, 0.95).items()}
    {'estimate': 1.0, 'se': 0.5, 'ci_low': 0.02, 'ci_high': 1.98, 'p_value': 0.046}
    """
    from scipy.special import ndtr, ndtri

    half = float(ndtri((1 + level) / 2)) * se
    p_value = 2 * float(ndtr(-abs(estimate) / se))
    return {
        "estimate": estimate, "se": se, "ci_low": estimate - half, "ci_high": estimate + half, "p_value": p_value,
    }  # fmt: skip


def _check_arm(name: str, arm: str, events: float, n: float, whole: bool) -> None:
    if not (math.isfinite(n) and n >= 1):
        raise NeckevidenceError(f"{name}: n_{arm} must be finite and at least 1, found {n:g}")
    if not 0 <= events <= n:
        raise NeckevidenceError(f"{name}: events_{arm} must lie between 0 and n_{arm} = {n:g}, found {events:g}")
    if whole and not (events.is_integer() and n.is_integer()):
        raise NeckevidenceError(f"{name}: counts must be whole numbers, found {events:g} of {n:g} on {arm}")


def counts_as_arrays(*counts: ArrayLike) -> list[Array]:
    """Return counts as float arrays of one shape.

    Parameters
    ----------
    *counts : array_like
        Shapes that broadcast together.

    Returns
    -------
    list of ndarray
        In the same order.
    """
    return list(np.broadcast_arrays(*(np.asarray(count, dtype=float) for count in counts)))
