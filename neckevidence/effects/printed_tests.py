"""Test results as they are printed: the p-values and statistics that they allow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.effects.measures import Array, EffectInputError, check_choice
from neckevidence.effects.noncentrality import deviate, p_of_f
from neckevidence.effects.rounding import Band, printed_range

RELATIONS = ("=", "<", "<=", ">", ">=", "NS")
NOT_SIGNIFICANT = 0.05  # what "not significant" is taken to mean if no p-value is printed
ABOVE = (">", ">=", "NS")


class TestResult:
    """How the results show themselves: a line, then the notes. Those read from the evidence have a label and facts."""

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain numbers and text."""
        return asdict(self)  # type: ignore[call-overload]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each band, with columns low and high."""
        bands = {name: value for name, value in self.to_dict().items() if name in self._bands}  # type: ignore[attr-defined]
        return pd.DataFrame.from_dict(bands, orient="index", columns=["low", "high"])

    def summary(self) -> str:
        """Return the result in a line, then the notes."""
        return "\n".join([self._line(), *(f"  * {note}" for note in self.notes)])  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return f"<{self._line()}>"  # type: ignore[attr-defined]

    def _prefix(self) -> str:
        return f"{self.label}: " if self.label else ""  # type: ignore[attr-defined]


def signed_roots(
    given: Mapping[str, float | str | None], relation: str, sided: int, direction: int | None, df: float
) -> tuple[Array, Band, tuple[str, ...]]:
    """Return least and greatest signed root of the statistic (t or a normal deviate), p-values and notes."""
    if sided not in (1, 2):
        raise EffectInputError(f"sided must be 1 or 2, found {sided}")
    if direction not in (1, -1, None) or (sided == 1 and direction is None):
        raise EffectInputError(f"direction must be 1 or -1 (None only if p is two-sided), found {direction}")
    name = the_one_given(given, relation)
    sign = direction or 1
    if name != "p":
        value = float(given[name])  # type: ignore[arg-type]
        if not math.isfinite(value) or (name != "t" and value < 0):
            raise EffectInputError(
                f"{name} must be a finite number{'' if name == 't' else ' not below zero'}, found {value:g}"
            )
        if name == "t" and direction is not None and value * direction < 0:
            raise EffectInputError(f"t must have the sign of the direction, {direction:+d}, found {value:g}")
        root = value if name == "t" else sign * math.sqrt(value)
        two_sided = p_of_f(root**2, (1, df))
        return np.array([root, root]), (two_sided, two_sided), ()
    ps, notes = p_band(given["p"], relation)
    if sided == 1:
        low, high = (math.copysign(deviate(2 * min(end, 1 - end), df), 0.5 - end) for end in reversed(ps))
    else:
        low, high = deviate(ps[1], df), deviate(ps[0], df)
        low = -high if direction is None and relation in ABOVE else low
    return np.sort(sign * np.array([low, high])), ps, notes


def the_one_given(given: Mapping[str, float | str | None], relation: str) -> str:
    """Return the name of the one result that is given; refuse none, several, and a relation without p."""
    check_choice("relation", relation, RELATIONS, noun="relations")
    found = [name for name, value in given.items() if value is not None]
    if not found and relation == "NS":
        return "p"
    if len(found) != 1 or (found != ["p"] and relation != "="):
        raise EffectInputError(
            f"one of {', '.join(given)} must be given (relation only with p), found {found}, {relation}"
        )
    return found[0]


def p_band(p: float | str | None, relation: str) -> tuple[Band, tuple[str, ...]]:
    """Return the p-values that the print allows. Only "=" is rounded: the c of "p < c" is chosen, not computed."""
    value = NOT_SIGNIFICANT if p is None else p
    if isinstance(p, str):
        low, high = printed_range(p)  # refuses what is no number
        value = float(p.replace(",", "."))
    rounded = isinstance(p, str) and relation == "="
    if not (0 <= value <= 1) or (value == 0 and not rounded):
        raise EffectInputError(f"p must lie between 0 and 1, found {p}")
    if relation in ABOVE:
        return (value, 1.0), (f"p is known only to be above {value:g}: that is no evidence of equality",)
    if relation != "=":
        return (0.0, value), (f"p is known only to be below {value:g}",)
    if not rounded:
        return (value, value), ()
    low, high = max(low, 0.0), min(high, 1.0)
    return (low, high), (f"p is printed as {p}: {low:g} to {high:g}",)


def group_sizes(n: Sequence[int], least: int = 1) -> tuple[int, ...]:
    """Return the group sizes as whole numbers; refuse a missing or impossible one by the number of its arm."""
    for arm, size in enumerate(n, 1):
        if size is None or pd.isna(size):
            raise EffectInputError(f"arm {arm}: n is missing; a test result gives no effect without it")
        if size < least or size != int(size):
            raise EffectInputError(f"arm {arm}: n must be a whole number, at least {least}, found {size}")
    return tuple(int(size) for size in n)


def as_band(values: ArrayLike) -> Band:
    """Return the least and the greatest of the values."""
    low, high = sorted(float(value) for value in np.asarray(values))
    return low, high
