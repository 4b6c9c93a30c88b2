"""What is printed in words only: how often a difference was significant, or which arm had more events."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neckevidence.effects.counts import point_estimate, score_interval
from neckevidence.effects.measures import EffectInputError, check_choice, check_level
from neckevidence.effects.printed_tests import TestResult, group_sizes
from neckevidence.effects.rounding import Band


@dataclass(frozen=True, repr=False)
class EffectFromVotes(TestResult):
    """The standardised difference with which so many trials would be significant.

    Attributes
    ----------
    smd : float
        The difference at which the share found is expected; minus infinity or infinity if none or all are significant.
    smd_limits : (float, float)
        Two-sided limits at `level`.
    share : (float, float)
        Limits of the probability that such a trial is significant.
    p_by_chance : float
        Probability of at least so many significant trials if there is no difference in any.
    significant, trials : int
        The votes.
    n : tuple of int
        Patients in the two arms of each trial: an assumption, if the sizes are not printed.
    level : float
        Confidence level.
    notes : tuple of str
        Assumptions.
    label : str
        Trials, comparison and outcome, if read from the evidence.
    facts : tuple of str
        The figures used.
    """

    smd: float
    smd_limits: Band
    share: Band
    p_by_chance: float
    significant: int
    trials: int
    n: tuple[int, ...]
    level: float
    notes: tuple[str, ...]
    label: str = ""
    facts: tuple[str, ...] = ()
    _bands = ("smd_limits", "share")

    def _line(self) -> str:
        low, high = (f"{end:.2f}" for end in self.smd_limits)
        return (
            f"{self._prefix()}{self.significant} of {self.trials} trials significant: SMD {self.smd:.2f} "
            f"({100 * self.level:g}% limits {low} and {high}) if each had {self.n[0]} and {self.n[1]} patients"
        )


def effect_from_votes(
    significant: int, trials: int, n_treatment: int, n_control: int, *, alpha: float = 0.05, level: float = 0.95
) -> EffectFromVotes:
    """Return the standardised difference that a count of significant trials allows.

    Parameters
    ----------
    significant, trials : int
        Trials in which the treatment was significantly better, and all trials.
    n_treatment, n_control : int
        Patients in the two arms of each trial.
    alpha : float
        Level of the trials' tests, two-sided.
    level : float
        Confidence level of the limits.

    Returns
    -------
    EffectFromVotes
        The difference, its limits and what is assumed.

    Raises
    ------
    EffectInputError
        If a number of trials or patients, alpha or the level is impossible.

    Notes
    -----
    The vote-counting estimate of Hedges and Olkin 1980, Psychol Bull 88:359: each trial is significant with the power of
    its t-test, so that limits of that probability (Clopper and Pearson, exact) are limits of the difference. It holds for
    trials of one size, one true difference and votes that were counted beforehand; a vote count is the weakest of
    summaries (Cochrane Handbook, chapter 12).

    Examples
    --------
    >>> effect_from_votes(3, 8, 27, 27)
    <3 of 8 trials significant: SMD 0.46 (95% limits 0.16 and 0.74) if each had 27 and 27 patients>
    """
    from scipy.stats import binom
    from statsmodels.stats.proportion import proportion_confint

    check_level(level)
    if not 0 < alpha < 1:
        raise EffectInputError(f"alpha must lie between 0 and 1, found {alpha}")
    if trials != int(trials) or trials < 1 or significant != int(significant) or not 0 <= significant <= trials:
        raise EffectInputError(f"significant must be a whole number from 0 to trials, found {significant} of {trials}")
    n = group_sizes((n_treatment, n_control), least=2)
    share = tuple(float(end) for end in proportion_confint(significant, trials, 1 - level, method="beta"))
    notes = (
        "assumes trials of one size, one true difference, and votes counted beforehand",
        "a count of significant trials is no estimate of its own: it leans on the sizes assumed",
    )
    return EffectFromVotes(
        _difference_of_power(significant / trials, n, alpha),
        (_difference_of_power(share[0], n, alpha), _difference_of_power(share[1], n, alpha)),
        (share[0], share[1]),
        float(binom.sf(significant - 1, trials, alpha / 2)),
        significant,
        trials,
        n,
        level,
        notes,
    )


def _difference_of_power(power: float, n: tuple[int, ...], alpha: float) -> float:
    """Return the standardised difference at which a t-test of two groups finds the treatment better so often."""
    from scipy.optimize import brentq
    from scipy.stats import nct, t

    if power in (0.0, 1.0):
        return math.inf if power else -math.inf
    df, unit = sum(n) - 2, math.sqrt(1 / n[0] + 1 / n[1])
    critical = float(t.isf(alpha / 2, df))
    noncentrality = brentq(lambda nc: nct.sf(critical, df, nc) - power, critical - 9, critical + 9, xtol=1e-12)
    return float(noncentrality) * unit


@dataclass(frozen=True, repr=False)
class EffectFromOrder(TestResult):
    """What "more often than" says of two arms, without a count.

    Attributes
    ----------
    measure : {"RD", "RR"}
        Natural scale.
    estimate : (float, float)
        The least and the greatest effect that can have been observed.
    interval : (float, float)
        From the lowest lower to the highest upper limit of all tables that fit.
    n : tuple of int
        Patients in the two arms.
    level : float
        Confidence level.
    notes : tuple of str
        Assumptions.
    label : str
        Trials, comparison and outcome, if read from the evidence.
    facts : tuple of str
        The figures used.
    """

    measure: str
    estimate: Band
    interval: Band
    n: tuple[int, ...]
    level: float
    notes: tuple[str, ...]
    label: str = ""
    facts: tuple[str, ...] = ()
    _bands = ("estimate", "interval")

    def _line(self) -> str:
        (low, high), (least, most) = self.estimate, self.interval
        return (
            f"{self._prefix()}{self.measure} observed {low:.2f} to {high:.2f}, with chance {least:.2f} to {most:.2f} "
            f"({100 * self.level:g}%), for {self.n[0]} and {self.n[1]} patients"
        )


def effect_from_order(
    n_treatment: int, n_control: int, measure: str = "RD", *, direction: int = 1, level: float = 0.95
) -> EffectFromOrder:
    """Return the effects that fit the words "more often", or "less often", with the treatment.

    Parameters
    ----------
    n_treatment, n_control : int
        Patients in the two arms.
    measure : {"RD", "RR"}
        Effect measure; natural scale.
    direction : {1, -1}
        1 if more often, -1 if less often with the treatment.
    level : float
        Confidence level.

    Returns
    -------
    EffectFromOrder
        The band of what can have been observed, and the union of the intervals.

    Raises
    ------
    EffectInputError
        If a number of patients is missing or impossible, or the level.
    UnknownCodeError
        If the measure is another.

    Notes
    -----
    All pairs of counts with a larger share in the one arm fit. The limits rise with the events of that arm, so that the
    lowest are at the smallest count that is larger in share, for each count of the other arm; the highest at all against
    none. "Less often" is "more often" with the arms changed round. Intervals as in `score_interval`.

    Examples
    --------
    >>> effect_from_order(16, 16)
    <RD observed 0.06 to 1.00, with chance -0.26 to 1.00 (95%), for 16 and 16 patients>
    """
    check_level(level)
    check_choice("measure", measure, ("RD", "RR"), noun="measures")
    if direction not in (1, -1):
        raise EffectInputError(f"direction must be 1 or -1, found {direction}")
    sizes = group_sizes((n_treatment, n_control))
    n1, n2 = sizes[::direction]
    pairs = [(c * n1 // n2 + 1, c) for c in range(n2)]  # the smallest a with a / n1 > c / n2
    estimates = [point_estimate(measure, a, n1, c, n2) for a, c in pairs]
    lows = [score_interval(measure, a, n1, c, n2, level)[0] for a, c in pairs]
    highest = score_interval(measure, n1, n1, 0, n2, level)[1]
    estimate = min(estimates), point_estimate(measure, n1, n1, 0, n2)
    interval = min(lows), highest
    if direction == -1:
        estimate, interval = _changed_round(measure, estimate), _changed_round(measure, interval)
    share = "larger" if direction == 1 else "smaller"
    note = f"words without a count: every pair of counts with the {share} share in the treated arm fits"
    return EffectFromOrder(measure, estimate, interval, sizes, level, (note,))


def _changed_round(measure: str, band: Band) -> Band:
    """Return the band with the arms changed round."""
    low, high = band
    return (-high, -low) if measure == "RD" else (1 / high, 1 / low)
