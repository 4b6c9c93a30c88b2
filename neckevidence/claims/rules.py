"""What numbers say of a claim, and which verdict follows: one function a kind of claim, numbers only."""

from __future__ import annotations

import math
from collections.abc import Sequence

from neckevidence.core.errors import NeckevidenceError

Limits = tuple[float, float]

# Where the numbers lie, seen from the claim.
FOR, OPEN, AGAINST, SILENT = "for", "open", "against", "silent"
SUPPORTED, PARTLY = "supported", "partly supported"
NOT_DEMONSTRATED, CONTRADICTED, NOT_CHECKABLE = "not demonstrated", "contradicted", "not checkable"
VERDICTS = (SUPPORTED, PARTLY, NOT_DEMONSTRATED, CONTRADICTED, NOT_CHECKABLE)
SURE = ("high", "moderate")


def superiority(interval: Limits, no_effect: float, expects: str) -> str:
    """Say whether an interval lies on the side of no effect on which a claim sees it; for benefits and for harms.

    Parameters
    ----------
    interval : (float, float)
        Limits at the usual level; NaN where there is no interval.
    no_effect : float
        0, or 1 for a ratio.
    expects : {"higher", "lower"}
        Side of the claim.

    Returns
    -------
    str
        ``for``, ``open`` or ``against``.

    Examples
    --------
    >>> superiority((0.62, 0.95), 1, "lower"), superiority((0.62, 1.05), 1, "lower")
    ('for', 'open')
    """
    _check_side(expects)
    low, high = interval
    if math.isnan(low) or math.isnan(high) or low <= no_effect <= high:
        return OPEN
    return FOR if (low > no_effect) == (expects == "higher") else AGAINST


def equivalence(wide: Limits, narrow: Limits, bounds: Limits) -> str:
    """Say whether a result lies within a margin; "not significant" plays no part.

    Parameters
    ----------
    wide, narrow : (float, float)
        Limits at 1 - alpha and at 1 - 2 alpha.
    bounds : (float, float)
        The margin on both sides.

    Returns
    -------
    str
        ``for`` if the narrow interval lies within the margin (two one-sided tests), ``against`` if the wide one lies beyond
        it, else ``open``.

    Examples
    --------
    >>> equivalence((-3, 3), (-2, 2), (-5, 5)), equivalence((-6, 3), (-5.5, 2), (-5, 5))
    ('for', 'open')
    """
    if any(map(math.isnan, (*wide, *narrow))):
        return OPEN
    if bounds[0] < narrow[0] and narrow[1] < bounds[1]:
        return FOR
    return AGAINST if wide[0] > bounds[1] or wide[1] < bounds[0] else OPEN


def not_higher(wide: Limits, narrow: Limits, bound: float) -> str:
    """Say whether the treatment has no more than the control, or no more by a margin.

    Parameters
    ----------
    wide, narrow : (float, float)
        Limits at 1 - alpha and at 1 - 2 alpha.
    bound : float
        Upper end of the margin; no effect if none was set.

    Returns
    -------
    str
        ``for`` if the narrow interval ends below the bound (one one-sided test), ``against`` if the wide one begins above.

    Examples
    --------
    >>> not_higher((-4, 4), (-3, 3), 5), not_higher((1.3, 1.8), (1.35, 1.75), 1)
    ('for', 'against')
    """
    if any(map(math.isnan, (*wide, *narrow))):
        return OPEN
    if narrow[1] < bound:
        return FOR
    return AGAINST if wide[0] > bound else OPEN


def votes(share: Limits, by_chance: float) -> str:
    """Say whether more trials are significant than chance makes: enough for a difference, never for its size.

    Parameters
    ----------
    share : (float, float)
        Limits of the probability that such a trial is significant in this direction.
    by_chance : float
        That probability if there is no difference: half the level of the tests.

    Returns
    -------
    str
        ``for`` a difference in this direction, or ``open``.

    Examples
    --------
    >>> votes((0.085, 0.755), 0.025)
    'for'
    """
    return FOR if share[0] > by_chance else OPEN


def frequency_above(interval: Limits, threshold: float, expects: str = "higher") -> str:
    """Say whether a share lies above, or below, what the claim's words mean.

    Parameters
    ----------
    interval : (float, float)
        Limits of the share, between 0 and 1.
    threshold : float
        Between 0 and 1: 0.5 for "half" and for "most".
    expects : {"higher", "lower"}
        Side of the claim.

    Returns
    -------
    str
        ``for``, ``open`` or ``against``.

    Examples
    --------
    >>> frequency_above((0.55, 0.70), 0.5), frequency_above((0.10, 0.30), 0.5)
    ('for', 'against')
    """
    return superiority(interval, threshold, expects)


def paired_shares(first: float, second: float, n: int, critical: float = 1.959964) -> Limits:
    """Return limits of the difference of two shares of the same patients, whatever their overlap.

    Parameters
    ----------
    first, second : float
        Shares between 0 and 1.
    n : int
        Patients.
    critical : float
        Normal quantile.

    Returns
    -------
    low, high : float
        Difference minus and plus `critical` standard errors.

    Notes
    -----
    With a share p11 that has both, the variance is (p1 + p2 - 2 p11 - (p1 - p2)^2) / n (Agresti, Categorical Data Analysis,
    matched pairs). How many have both is not printed: p11 is taken as low as it can be, max(0, p1 + p2 - 1), which gives
    the widest interval.

    Examples
    --------
    >>> [round(limit, 3) for limit in paired_shares(0.3, 0.2, 100)]
    [-0.037, 0.237]
    """
    difference = first - second
    both = max(0.0, first + second - 1)
    se = math.sqrt(max(first + second - 2 * both - difference**2, 0.0) / n)
    return difference - critical * se, difference + critical * se


def most_frequent(interval: Limits) -> str:
    """Say whether one effect is more frequent than the next: the interval of their difference lies above 0."""
    return superiority(interval, 0.0, "higher")


def dose_related(steps: Sequence[str]) -> str:
    """Say whether every step up in dose goes the claimed way.

    Parameters
    ----------
    steps : sequence of str
        What `superiority` says of each step, the lowest first.

    Returns
    -------
    str
        ``for`` if every step is; ``against`` if one is against; ``silent`` without steps.

    Examples
    --------
    >>> dose_related(["for", "for"]), dose_related(["for", "open"])
    ('for', 'open')
    """
    if not steps:
        return SILENT
    return AGAINST if AGAINST in steps else FOR if set(steps) == {FOR} else OPEN


def visits(effects: Sequence[Limits], no_effect: float) -> str:
    """Say what the visits on the right side of a day show: a difference from placebo, or no growth of it.

    Parameters
    ----------
    effects : sequence of (float, float)
        Limits, one a visit, in the direction that counts for the claim; empty if no visit has a figure.
    no_effect : float
        0, or 1 for a ratio.

    Returns
    -------
    str
        ``silent`` without a visit; ``for`` if one lies above no effect and none below.

    Examples
    --------
    >>> visits([], 0), visits([(0.02, 0.2)], 0), visits([(-0.1, 0.2)], 0)
    ('silent', 'for', 'open')
    """
    if not effects:
        return SILENT
    said = [superiority(limits, no_effect, "higher") for limits in effects]
    return AGAINST if AGAINST in said else FOR if FOR in said else OPEN


def trial_count(fitting: int, others: int, least: int = 2) -> tuple[str, bool]:
    """Say whether there are so many randomised trials, and whether in the patients of the claim.

    Parameters
    ----------
    fitting, others : int
        Trials in the patients of the claim, and in others.
    least : int
        How many the claim says: "multiple" is two or more.

    Returns
    -------
    said : str
        ``against`` if there are too few of both kinds.
    fits : bool
        Whether those in the patients of the claim are enough.

    Examples
    --------
    >>> trial_count(0, 2), trial_count(0, 1)
    (('for', False), ('against', True))
    """
    enough = fitting + others >= least
    return (FOR if enough else AGAINST), fitting >= least or not enough


def over_the_band(said: Sequence[str]) -> tuple[str, bool]:
    """Return what holds over the whole range that rounding leaves open, and whether rounding decides.

    Parameters
    ----------
    said : sequence of str
        What a rule says of the figures as used, then at every other end of the range.

    Returns
    -------
    position : str
        The common answer, or ``open`` if there is none.
    rounding_decides : bool
        Whether there is none.

    Examples
    --------
    >>> over_the_band(["for", "for"]), over_the_band(["for", "open"])
    (('for', False), ('open', True))
    """
    return (said[0], False) if len(set(said)) == 1 else (OPEN, True)


def verdict(
    position: str,
    *,
    fits: bool = True,
    certainty: str | None = None,
    judged: bool = True,
    reliable: bool = True,
    printed: bool = True,
    bears: bool = True,
) -> str:
    """Turn what the numbers say into a verdict, never stronger than their certainty.

    Parameters
    ----------
    position : {"for", "open", "against", "silent"}
        What a rule says.
    fits : bool
        Whether the numbers are about the claim's patients, dose, comparator, outcome and time.
    certainty : str, optional
        high, moderate, low or very low; None if it cannot be rated (a count of trials), and then it limits nothing.
    judged : bool
        False if such numbers cannot answer such a question at all: equality without random allocation.
    reliable : bool
        False if a figure used stands in a source of low reliability: it carries no verdict alone.
    printed : bool
        False if counts are not printed but reconstructed from what is.
    bears : bool
        False if the numbers are about another treatment or another outcome than the claim.

    Returns
    -------
    str
        One of `VERDICTS`.

    Notes
    -----
    For, fitting and printed, at high or moderate certainty: supported; for otherwise: partly supported. Against under the same
    conditions: contradicted; against otherwise: not demonstrated, since figures on other patients do not contradict a claim.
    Not judged, not reliable or open: not demonstrated. Silent: not checkable; and so it is where numbers lie for or
    against, but on another treatment or outcome: they do not bear on the claim.

    Examples
    --------
    >>> verdict("for", certainty="moderate"), verdict("for", certainty="low"), verdict("against", fits=False)
    ('supported', 'partly supported', 'not demonstrated')
    """
    if position == SILENT:
        return NOT_CHECKABLE
    if position == OPEN or not (judged and reliable):
        return NOT_DEMONSTRATED
    if not bears:
        return NOT_CHECKABLE
    carried = fits and printed and (certainty is None or certainty in SURE)
    if position == FOR:
        return SUPPORTED if carried else PARTLY
    return CONTRADICTED if carried else NOT_DEMONSTRATED


def _check_side(expects: str) -> None:
    if expects not in ("higher", "lower"):
        raise NeckevidenceError(f"expects must be higher or lower, found {expects!r}")
