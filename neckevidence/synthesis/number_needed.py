"""Risk differences, and numbers needed to treat with intervals that may run through infinity."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neckevidence.core.errors import NeckevidenceError
from neckevidence.effects.counts import score_interval
from neckevidence.effects.means import critical_value


@dataclass(frozen=True)
class RiskDifference:
    """A risk difference, treatment less control.

    Attributes
    ----------
    estimate, ci_low, ci_high : float
        Between -1 and 1.
    variance : float
        Of the estimate, above 0.
    level : float
        Confidence level.
    """

    estimate: float
    ci_low: float
    ci_high: float
    variance: float
    level: float = 0.95

    @classmethod
    def from_counts(
        cls, events: int, n: int, events_control: int, n_control: int, level: float = 0.95
    ) -> RiskDifference:
        """Take it from two arms.

        Parameters
        ----------
        events, n, events_control, n_control : int
            Patients with the outcome and patients in all, under treatment and control.
        level : float
            Confidence level.

        Returns
        -------
        RiskDifference
            With Newcombe's interval (1998, Stat Med 17:873, method 10) and the variance p (1 - p) / n of both arms together.

        Raises
        ------
        NeckevidenceError
            If a count is impossible, or no patient or every patient of both arms had the outcome.

        Examples
        --------
        >>> RiskDifference.from_counts(56, 70, 48, 80).ci_low.__round__(4)
        0.0524
        """
        for name, found, size in (("treatment", events, n), ("control", events_control, n_control)):
            if size < 1 or not 0 <= found <= size or found % 1 or size % 1:
                raise NeckevidenceError(f"{name}: events must be a whole number from 0 to n; found {found} of {size}")
        p, q = events / n, events_control / n_control
        variance = p * (1 - p) / n + q * (1 - q) / n_control
        if variance == 0:
            raise NeckevidenceError(
                "nobody or everybody had the outcome in both arms: the difference has no known variance"
            )
        low, high = score_interval("RD", int(events), int(n), int(events_control), int(n_control), level)
        return cls(p - q, low, high, variance, level)

    @classmethod
    def from_interval(cls, estimate: float, ci_low: float, ci_high: float, level: float = 0.95) -> RiskDifference:
        """Take it from a printed or pooled result.

        Parameters
        ----------
        estimate, ci_low, ci_high : float
            The risk difference and its limits.
        level : float
            Confidence level of the limits.

        Returns
        -------
        RiskDifference
            Its variance is that of a normal estimate whose interval has the same width.

        Raises
        ------
        NeckevidenceError
            If the numbers cannot be a risk difference and its limits.

        Examples
        --------
        >>> round(RiskDifference.from_interval(0.10, 0.002, 0.198).variance, 6)
        0.0025
        """
        if not -1 <= ci_low < ci_high <= 1 or not ci_low <= estimate <= ci_high:
            raise NeckevidenceError(
                f"a risk difference lies within its limits, between -1 and 1; found {estimate} ({ci_low} to {ci_high})"
            )
        return cls(estimate, ci_low, ci_high, ((ci_high - ci_low) / 2 / critical_value(level)) ** 2, level)


@dataclass(frozen=True)
class NumberNeeded:
    """A number needed to treat with an interval that may run through infinity.

    Attributes
    ----------
    number : float
        Patients to treat for one more with the outcome (or one fewer); infinite if the risk difference is 0.
    kind : str
        NNTB (one more is helped) or NNTH (one more is harmed).
    segments : tuple of (str, float, float)
        The interval: kind, smaller and larger number. One segment if the risk difference is known in direction; else two,
        each reaching infinity, where they meet.
    """

    number: float
    kind: str
    segments: tuple[tuple[str, float, float], ...]

    def __str__(self) -> str:
        spans = [f"{kind} {_whole(low)} to {_whole(high)}" for kind, low, high in self.segments]
        if len(spans) == 2:
            (first, near, _), (second, far, _) = self.segments
            spans = [f"{second} {_whole(far)} to infinity to {first} {_whole(near)}"]
        return f"{self.kind} {_whole(self.number)} ({spans[0]})"


def number_needed(difference: RiskDifference, good: bool) -> NumberNeeded:
    """Turn a risk difference into a number needed to treat.

    Parameters
    ----------
    difference : RiskDifference
        Treatment less control.
    good : bool
        Whether the outcome is a benefit: then a positive difference helps, else it harms.

    Returns
    -------
    NumberNeeded
        Where the interval of the risk difference holds 0, the interval runs from one direction through infinity to the other
        (Altman 1998, BMJ 317:1309).

    Examples
    --------
    >>> print(number_needed(RiskDifference.from_interval(0.10, -0.05, 0.25), good=True))
    NNTB 10 (NNTH 20 to infinity to NNTB 4)
    """
    up, down = ("NNTB", "NNTH") if good else ("NNTH", "NNTB")
    low, high = difference.ci_low, difference.ci_high
    ahead = (up, _inverse(high), _inverse(max(low, 0.0)))
    behind = (down, _inverse(-low), _inverse(max(-high, 0.0)))
    segments = tuple(part for part, there in ((ahead, high > 0), (behind, low < 0)) if there)
    if difference.estimate < 0:
        segments = segments[::-1]
    return NumberNeeded(_inverse(abs(difference.estimate)), up if difference.estimate >= 0 else down, segments)


def _inverse(value: float) -> float:
    return 1 / value if value > 0 else math.inf


def _whole(value: float) -> str:
    """Round a number of patients up, as is the custom: no part of a patient can be treated."""
    return "infinity" if math.isinf(value) else f"{math.ceil(round(value, 9))}"
