"""The numbers behind a claim that stand in print as they are: contrasts, p-values, votes, words, shares."""

from __future__ import annotations

import math
from itertools import product

import pandas as pd

from neckevidence.claims.claim_rules import ClaimRule
from neckevidence.claims.findings import LEVELS, UNKNOWN, Difference, Finding, declared, other_patients
from neckevidence.claims.rules import votes
from neckevidence.comparison.fact_bounds import bound_from_fact
from neckevidence.comparison.largest_difference import bounds_from_reported
from neckevidence.comparison.mean_contrasts import with_level
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.printed import decimals, printed_numbers
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import RATIOS, EffectInputError
from neckevidence.effects.printed_tests import p_band
from neckevidence.equivalence.limits import Both, Limits

_LOG = (*RATIOS, "HR")
_CHANCE = 0.025  # of a significant trial in one direction if there is no difference


def from_reported(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Read a printed contrast with its interval.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With one fact whose role is ``estimate`` or ``observational``.

    Returns
    -------
    Finding or None
        None without such a fact. Ends of the rounding: each limit half a unit of its last printed digit up and down.
    """
    row, role = _used_row(evidence, rule)
    if row is None:
        return None
    row, notes = with_level(evidence.reported, row)
    limits = [(float(row["ci_low"]), float(row["ci_high"]))]
    halves = [_half_unit(row, row[end]) for end in ("ci_low", "ci_high")]
    moves = [] if any(map(math.isnan, limits[0])) else list(product(*((-half, half) for half in halves)))
    limits += [(limits[0][0] + one, limits[0][1] + other) for one, other in moves]
    printed = float(row["ci_level"]) / 100
    log, scale = row["measure"] in _LOG, 0.01 if row["measure"] == "RD" else 1.0
    both = [tuple(_at(pair, printed, level, log) for level in LEVELS) for pair in limits]
    estimate = float(row["estimate"])
    if row["treatment"] == rule.control and row["control"] == rule.treatment:
        both = [tuple(_turned(one, log) for one in pair) for pair in both]
        estimate = (1 / estimate if log else -estimate) if estimate or not log else math.nan
    scaled = tuple(tuple((low * scale, high * scale) for low, high in pair) for pair in both)
    randomised = _randomised(evidence, row, role)
    return _finding(evidence, rule, row, row["measure"], estimate * scale, scaled, randomised, notes=notes)


def from_p_value(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Read a p-value of two arms whose direction is told, as a difference in its own standard errors.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With one fact whose role is ``favours_treatment`` or ``favours_control``.

    Returns
    -------
    Finding or None
        Positive if the treatment is favoured, whichever way the outcome counts. The size of the difference is not known: z is
        the normal quantile of the two-sided p-value.
    """
    from scipy.special import ndtri

    row, role = _used_row(evidence, rule)
    if row is None:
        return None
    printed = min((n for n in printed_numbers(row["as_printed"]) if float(n) == row["p_value"]), key=decimals)
    band, notes = p_band(printed, row["p_relation"])
    sign = 1 if role == "favours_treatment" else -1
    size = [float(-ndtri(max(p, 1e-300) / 2)) for p in (float(printed), *band)]
    both = []
    for z in size:
        pairs = [(z + ndtri((1 - level) / 2), z - ndtri((1 - level) / 2)) for level in LEVELS]
        both.append(
            tuple((float(low), float(high)) if sign > 0 else (float(-high), float(-low)) for low, high in pairs)
        )
    finding_notes = ("a p-value tells no size of the difference", *notes)
    randomised = _randomised(evidence, row, "estimate")
    return _finding(evidence, rule, row, "z", sign * size[0], tuple(both), randomised, notes=finding_notes)


def from_overall_p(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Read a p-value over all arms of a trial as the largest difference between any two of them.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With one fact whose role is ``estimate``.

    Returns
    -------
    Finding or None
        No estimate; the interval is the bound on both sides, at the upper end of the rounding. None if the size of an arm is
        not printed.
    """
    row, _ = _used_row(evidence, rule)
    if row is None:
        return None
    bounds = []
    try:
        for level in (0.5 + LEVELS[0] / 2, 0.5 + LEVELS[1] / 2):  # one-sided: 97.5% and 95%
            found = bounds_from_reported(evidence, row["trial_id"], row["outcome"], level)
            bounds.append(next(one for one in found if one.facts == (row["fact_id"],)).at_most[1])
    except EffectInputError:  # the size of an arm is not printed
        return None
    both = tuple((-bound, bound) for bound in bounds)
    words = f"the p-value over all arms allows a difference of up to {bounds[1]:.3f} SD between two of them"
    randomised = _randomised(evidence, row, "estimate")
    return _finding(evidence, rule, row, "SMD", math.nan, (both,), randomised, words=words, numbers=(bounds[1],))


def from_votes(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Read a count of trials in which the treatment was significantly better.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With one fact whose role is ``estimate``: a count with its number of trials.

    Returns
    -------
    Finding or None
        The share of trials with its Clopper-Pearson interval. For a claim of equality it is at most ``open``: votes show
        that there is a difference, never how small it is.
    """
    from statsmodels.stats.proportion import proportion_confint

    row, _ = _used_row(evidence, rule)
    if row is None:
        return None
    number, trials = int(row["estimate"]), int(row["n_trials"])
    both = tuple(_pair(proportion_confint(number, trials, 1 - level, method="beta")) for level in LEVELS)
    differ = votes(both[0], _CHANCE) == "for"
    said = "open" if rule.rule == "equivalence" or not differ else "for"
    more = (
        "more than chance makes, so that no difference at all is unlikely" if differ else "no more than chance can make"
    )
    words = (
        f"significantly better in {number} of {trials} trials, {more}; how large the difference is, votes do not tell"
    )
    return _finding(
        evidence,
        rule,
        row,
        "votes",
        number / trials,
        (both,),
        _randomised(evidence, row, ""),
        said=said,
        words=words,
        numbers=(float(number), float(trials)),
    )


def from_words(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Read "more often than" as every pair of counts that fits it.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With one fact whose role is ``more_often`` or ``less_often``, said of the treatment.

    Returns
    -------
    Finding or None
        From the lowest lower to the highest upper limit of all tables; no estimate.
    """
    row, role = _used_row(evidence, rule)
    if row is None:
        return None
    direction = 1 if role == "more_often" else -1
    turned = row["treatment"] == rule.control
    try:
        bounds = [
            bound_from_fact(evidence, row["fact_id"], direction=-direction if turned else direction, level=level)
            for level in LEVELS
        ]
    except NeckevidenceError:  # the size of an arm is not printed
        return None
    both = tuple(_turned(bound.interval, False) if turned else bound.interval for bound in bounds)
    words = (
        f"words without a count: with {bounds[0].n[0]} and {bounds[0].n[1]} patients they allow a risk difference from "
    )
    words += f"{both[0][0]:.2f} to {both[0][1]:.2f}".replace("-", "\u2212")
    numbers = (*map(float, bounds[0].n), *both[0])
    randomised = _randomised(evidence, row, "")
    return _finding(evidence, rule, row, "RD", math.nan, (both,), randomised, words=words, numbers=numbers)


def from_share(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Read a printed share of patients, with an interval if its number of patients is printed.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With one fact whose role is ``estimate``, or ``complement`` if the event is the opposite of what is claimed.

    Returns
    -------
    Finding or None
        Wilson's score interval (Wilson 1927, J Am Stat Assoc 22:209); without a denominator the printed interval, if there is
        one. Ends of the rounding: half a unit of the printed percentage up and down.
    """
    from statsmodels.stats.proportion import proportion_confint

    row, role = _used_row(evidence, rule)
    if row is None:
        return None
    n = float(row["n_participants"]) if pd.notna(row["n_participants"]) else math.nan
    value = float(row["estimate"])
    if row["measure"] == "count":
        shares = [value / n]
    else:
        half = _half_unit(row, row["estimate"])
        shares = [min(max((value + move) / 100, 0.0), 1.0) for move in (0.0, -half, half)]
    if role == "complement":
        shares = [1 - share for share in shares]
    both: tuple[Both, ...] = ((UNKNOWN, UNKNOWN),)
    notes: tuple[str, ...] = ()
    if not math.isnan(n):
        both = tuple(
            tuple(_pair(proportion_confint(share * n, n, 1 - level, method="wilson")) for level in LEVELS)
            for share in shares
        )
    elif pd.notna(row["ci_low"]) and pd.notna(row["ci_high"]) and row["measure"] == "percent":
        row, taken = with_level(evidence.reported, row)
        both = (_printed_share(row, role),)
        notes = ("the number of patients is not printed: the interval is the printed one", *taken)
    else:
        notes = ("the number of patients is not printed: no interval",)
    return _finding(evidence, rule, row, "share", shares[0], both, True, notes=notes)


def _printed_share(row: pd.Series, role: str) -> Both:
    """Return the printed interval of a share at each level, by the normal quantiles on the logit scale where it has one."""
    printed = float(row["ci_level"]) / 100
    limits = (float(row["ci_low"]) / 100, float(row["ci_high"]) / 100)
    if role == "complement":
        limits = (1 - limits[1], 1 - limits[0])
    if not math.isnan(printed) and not 0 < limits[0] <= limits[1] < 1:
        return tuple(limits for _ in LEVELS)  # at 0 or 1: the wider of the two levels for both
    odds = (limits[0] / (1 - limits[0]), limits[1] / (1 - limits[1]))
    return tuple(_pair(tuple(odd / (1 + odd) for odd in _at(odds, printed, level, True))) for level in LEVELS)


def _used_row(evidence: Evidence, rule: ClaimRule) -> tuple[pd.Series | None, str]:
    """Return the one row of `reported` that decides, with its role."""
    used = rule.used()
    if not used:
        return None, ""
    if len(used) > 1:
        raise NeckevidenceError(f"{rule.claim_id}: one fact decides, found {', '.join(fact for fact, _ in used)}")
    fact, role = used[0]
    table = evidence.reported
    return table[table["fact_id"] == fact].iloc[0], role


def _finding(
    evidence: Evidence,
    rule: ClaimRule,
    row: pd.Series,
    measure: str,
    estimate: float,
    intervals: tuple[Both, ...],
    randomised: bool | None,
    **more: object,
) -> Finding:
    source = evidence.keyed("sources").loc[row["source_id"], "reliability"]
    differences = [*declared(rule), *_patients(evidence, rule, row)]
    return Finding(
        measure=measure,
        estimate=estimate,
        intervals=intervals,
        facts=(str(row["fact_id"]),),
        randomised=bool(randomised),
        allocation_stated=randomised is not None,
        reliable=source != "low",
        differences=tuple(dict.fromkeys(differences)),
        **more,
    )


def _patients(evidence: Evidence, rule: ClaimRule, row: pd.Series) -> list[Difference]:
    """Say where the patients are not those of the claim: those of the trial, else of the row."""
    if any(difference.kind == "population" for difference in declared(rule)):
        return []
    own = pd.isna(row["trial_id"])
    region = row["region"] if own else evidence.keyed("trials").loc[row["trial_id"], "region"]
    return other_patients(evidence, rule, [region])


def _randomised(evidence: Evidence, row: pd.Series, role: str) -> bool | None:
    """Tell whether a printed contrast is randomised; None if nothing says so."""
    if role == "observational":
        return False
    if pd.isna(row["trial_id"]):
        return True
    flag = evidence.keyed("trials").loc[row["trial_id"], "randomised"]
    return None if pd.isna(flag) else bool(flag)


def _half_unit(row: pd.Series, value: float) -> float:
    """Return half a unit of the last digit with which a number is printed."""
    if pd.isna(value) or pd.isna(row["as_printed"]):
        return 0.0
    found = [word for word in printed_numbers(row["as_printed"]) if float(word) == abs(value)]
    return 0.5 * 10.0 ** -max(map(decimals, found)) if found else 0.0


def _at(limits: Limits, printed: float, level: float, log: bool) -> Limits:
    """Return an interval at another level than it is printed with, by the normal quantiles; unknown if none is stated."""
    from scipy.special import ndtri

    if any(map(math.isnan, (*limits, printed))) or (log and limits[0] <= 0):
        return UNKNOWN
    low, high = (math.log(limit) for limit in limits) if log else limits
    middle, half = (low + high) / 2, (high - low) / 2 * ndtri((1 + level) / 2) / ndtri((1 + printed) / 2)
    ends = (float(middle - half), float(middle + half))
    return (math.exp(ends[0]), math.exp(ends[1])) if log else ends


def _turned(limits: Limits, log: bool) -> Limits:
    low, high = limits
    return (1 / high, 1 / low) if log else (-high, -low)


def _pair(limits: tuple[float, float]) -> Limits:
    return float(limits[0]), float(limits[1])
