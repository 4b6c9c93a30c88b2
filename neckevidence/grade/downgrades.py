"""The rules of GRADE, one a domain: numbers in, how many levels to rate down and why out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from neckevidence.core.numbers import share_text
from neckevidence.equivalence.limits import Limits
from neckevidence.synthesis.small_study import LEAST_TRIALS

Found = tuple[int, str]

MOST = 0.5  # the share of the weight from which on a flaw counts for the whole result
SUBSTANTIAL, CONSIDERABLE = 0.5, 0.75  # I2
FUNNEL_P = 0.1  # below it a funnel is called asymmetrical


def bias_downgrade(shares: Mapping[str, float]) -> Found:
    """Rate down for risk of bias.

    Parameters
    ----------
    shares : mapping of str to float
        Share of the weight by overall judgement: ``low``, ``some concerns``, ``high``; they add up to 1.

    Returns
    -------
    downgrade : int
        2 if at least half of the weight is at high risk, 1 if at least half is not at low risk, else 0.
    reason : str
        Why.

    Notes
    -----
    By where most of the information comes from (GRADE guidelines 4, Guyatt et al. 2011, J Clin Epidemiol 64:407; Cochrane
    Handbook, section 14.2.2). That most means half or more is a rule of this package.

    Examples
    --------
    >>> bias_downgrade({"low": 0.6, "high": 0.4})[0], bias_downgrade({"some concerns": 0.4, "high": 0.6})[0]
    (0, 2)
    """
    shown = ", ".join(f"{share_text(share)} {name}" for name, share in shares.items() if share > 0)
    high = shares.get("high", 0.0)
    downgrade = 2 if high >= MOST else 1 if high + shares.get("some concerns", 0.0) >= MOST else 0
    return downgrade, f"weight of the trials by overall risk of bias: {shown}"


def inconsistency_downgrade(
    estimates: Sequence[float], none: float, interval: Limits, i2: float, prediction: Limits | None
) -> Found:
    """Rate down for results that differ between trials.

    Parameters
    ----------
    estimates : sequence of float, length k
        One a trial, on the scale of `none` and of the intervals.
    none : float
        No effect.
    interval : (float, float)
        Confidence interval of the pooled effect.
    i2 : float
        Between 0 and 1; NaN if it could not be computed.
    prediction : (float, float) or None
        Prediction interval, from three trials on.

    Returns
    -------
    downgrade : int
        2 if I2 is at least 75% and the trials lie on both sides of no effect; 1 if I2 is at least 50%, or the prediction
        interval includes no effect where the confidence interval does not; else 0, also for one trial.
    reason : str
        Why.

    Notes
    -----
    Thresholds of I2: Cochrane Handbook, section 10.10.2 (50% to 90% may be substantial, 75% to 100% considerable); GRADE
    guidelines 7, Guyatt et al. 2011, J Clin Epidemiol 64:1294.
    """
    k = len(estimates)
    if k < 2:
        return 0, "cannot be judged: one result"
    if math.isnan(i2):
        return 0, f"cannot be judged: the {k} trials could not be pooled"
    both_sides = min(estimates) < none < max(estimates)
    reason = f"I2 {share_text(i2)} in {k} trials"
    if k < 4:
        reason += ", which hardly tell how far trials differ"
    if i2 >= SUBSTANTIAL:
        grave = i2 >= CONSIDERABLE and both_sides
        return (2, f"{reason}; they lie on both sides of no effect") if grave else (1, reason)
    if prediction is not None and _holds(prediction, none) and not _holds(interval, none):
        return (
            1,
            f"{reason}; a further trial may show no effect (prediction interval), though the mean effect excludes it",
        )
    return 0, reason


def indirectness_downgrade(
    asked: str, populations: Sequence[tuple[str, int, float]], differences: Sequence[str] = ()
) -> Found:
    """Rate down for patients or treatments other than those of the question.

    Parameters
    ----------
    asked : str
        The population that is asked about, in words; empty if whoever the patients are.
    populations : sequence of (str, int, float)
        For each population of the trials its name, by how many levels it rates down (0, 1 or 2), and its share of the weight.
    differences : sequence of str
        What differs from the treatments asked: another dose, a treatment given beside.

    Returns
    -------
    downgrade : int
        One level if at least half of the weight is of populations that rate down, two if at least half is of such as rate
        down by two; one more if the treatments differ; at most 2.
    reason : str
        Why.

    Notes
    -----
    GRADE guidelines 8, Guyatt et al. 2011, J Clin Epidemiol 64:1303, on patients and interventions. How far one population
    is from another is a judgement that the question states; the counting is a rule of this package.

    Examples
    --------
    >>> [indirectness_downgrade("adults", [("children", levels, 1.0)])[0] for levels in (0, 1, 2)]
    [0, 1, 2]
    """
    heavy, any_ = (sum(share for _, levels, share in populations if levels >= least) for least in (2, 1))
    downgrade = 2 if heavy >= MOST else 1 if any_ >= MOST else 0
    shown = ", ".join(f"{name} {share_text(share)}" for name, _, share in populations if share > 0)
    about = f"asked about the {asked}; weight of the trials: {shown}" if asked else f"any population counts ({shown})"
    return min(2, downgrade + bool(differences)), "; ".join([about, *differences])


def thresholds_crossed(interval: Limits, none: float, bounds: Limits | None, margin_given: bool) -> int:
    """Count how far an interval leaves the answer open.

    Parameters
    ----------
    interval : (float, float)
        Confidence interval.
    none : float
        No effect.
    bounds : (float, float) or None
        Where a difference begins to matter, on both sides of no effect; None if nothing sets them.
    margin_given : bool
        Whether a margin was set; else the bounds are only a convention.

    Returns
    -------
    int
        With a margin, how many of its two bounds lie within the interval. Without, 0 if the interval excludes no
        effect, 2 if it holds both bounds, else 1.

    Examples
    --------
    >>> thresholds_crossed((-6, 6), 0, (-5, 5), True), thresholds_crossed((-2, 6), 0, (-5, 5), True)
    (2, 1)
    """
    inside = 0 if bounds is None else sum(interval[0] < bound < interval[1] for bound in bounds)
    if margin_given:
        return inside
    if not _holds(interval, none):
        return 0
    return 2 if inside == 2 else 1


def imprecision_downgrade(
    interval: Limits,
    rounded: Sequence[Limits],
    none: float,
    bounds: Limits | None,
    margin_given: bool,
    patients: float,
    needed: float,
) -> Found:
    """Rate down for an interval that leaves the answer open, or for too few patients.

    Parameters
    ----------
    interval : (float, float)
        Confidence interval, natural scale.
    rounded : sequence of (float, float)
        What else it can be within the rounding of the printed figures.
    none, bounds, margin_given
        As for `thresholds_crossed`.
    patients : float
        Patients behind the result; NaN if not printed.
    needed : float
        Optimal information size, both arms; NaN if it cannot be computed.

    Returns
    -------
    downgrade : int
        The most of `thresholds_crossed` over the interval and its rounded forms; if that is 0, 1 for fewer patients than
        needed.
    reason : str
        Why.

    Notes
    -----
    First the interval, then the optimal information size where the interval is narrow enough (GRADE guidelines 6, Guyatt et
    al. 2011, J Clin Epidemiol 64:1283; GRADE guidance 34, Zeng et al. 2022, J Clin Epidemiol 150:216). That rounding counts
    is a rule of this package. A size that cannot be checked is named and does not rate down.

    Examples
    --------
    >>> imprecision_downgrade((2.1, 4.0), [], 1, (0.75, 1.25), False, 100, 400)
    (1, 'the interval leaves nothing open; 100 patients, fewer than the 400 of one trial with enough power')
    """
    if any(map(math.isnan, interval)):
        return 2, "the figures give no interval: nothing can be said of chance"
    crossed = thresholds_crossed(interval, none, bounds, margin_given)
    widest = max((thresholds_crossed(one, none, bounds, margin_given) for one in rounded), default=crossed)
    words = ("leaves nothing open", "leaves the answer open on one side", "leaves the answer open on both sides")
    reason = f"the interval {words[crossed]}"
    if widest > crossed:
        reason += ", but for the rounding of the printed figures"
    if math.isnan(needed) or math.isnan(patients):
        unknown = "the patients are not printed" if math.isnan(patients) else "there is nothing to plan with"
        return max(crossed, widest), f"{reason}; optimal information size not checked: {unknown}"
    enough = patients >= needed
    size = f"{'at least' if enough else 'fewer than'} the {needed:.0f} of one trial with enough power"
    return max(crossed, widest) or int(not enough), f"{reason}; {patients:.0f} patients, {size}"


def publication_downgrade(
    k: int, commercial: Sequence[str], unknown: Sequence[str], selected: Sequence[str], p_funnel: float = math.nan
) -> Found:
    """Rate down for results that were probably kept back.

    Parameters
    ----------
    k : int
        Number of trials.
    commercial, unknown : sequence of str
        Trials run or paid by a maker, with its name; trials whose sponsor is not printed.
    selected : sequence of str
        Signs that arms were left out of print.
    p_funnel : float
        p-value of Egger's test; only used from ten trials on.

    Returns
    -------
    downgrade : int
        1 if arms were left out, all trials are those of makers, or the funnel is asymmetrical; else 0.
    reason : str
        Why. Without a sign it is ``not detected``, never absent.

    Notes
    -----
    GRADE guidelines 5, Guyatt et al. 2011, J Clin Epidemiol 64:1277: few trials, all paid by makers, raise suspicion. A
    funnel of fewer than ten trials is not tested (Sterne et al. 2011, BMJ 343:d4002).
    """
    signs = list(selected)
    if commercial and len(commercial) == k:
        signs.append(f"all trials are those of makers: {', '.join(commercial)}")
    if k >= LEAST_TRIALS and p_funnel < FUNNEL_P:
        signs.append(f"the funnel is asymmetrical (Egger, p = {p_funnel:.3f})")
    funnel = f"no funnel test below {LEAST_TRIALS} trials" if k < LEAST_TRIALS else ""
    sponsor = f"sponsor not printed: {', '.join(unknown)}" if unknown else ""
    rest = [part for part in (sponsor, funnel) if part]
    return int(bool(signs)), "; ".join([*(signs or ["not detected"]), *rest])


def _holds(interval: Limits, value: float) -> bool:
    return interval[0] <= value <= interval[1]
