"""Beta-binomial regression of sparse counts: one correlation for all trials, and trials without events count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from neckevidence.effects.measures import LONG_NAMES, check_measure
from neckevidence.synthesis.logistic import highest
from neckevidence.synthesis.two_by_two import Array, CountResult, Tables, checked_tables, wald

LINKS = {"OR": "logit", "RR": "log", "RD": "identity"}
# Values of log phi from which the search starts: a likelihood can have two maxima.
_STARTS = (math.log(1e-3), math.log(0.1))
_HIGHEST_RHO = 1 - 1e-5


@dataclass(frozen=True, kw_only=True, repr=False)
class BetaBinomialResult(CountResult):
    """A beta-binomial regression: the fields of `CountResult` and these.

    Attributes
    ----------
    risk_treatment, risk_control : float
        Mean risks of the arms.
    rho : float
        Correlation of two patients of the same arm of the same trial, from 0 (binomial) to 1.
    log_likelihood : float
        At the maximum, binomial coefficients included.
    """

    risk_treatment: float
    risk_control: float
    rho: float
    log_likelihood: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row an arm: its mean risk."""
        return pd.DataFrame({"arm": ["treatment", "control"], "risk": [self.risk_treatment, self.risk_control]})

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        return (
            f"The {LONG_NAMES[self.measure]} of {self.k} trial{'s' if self.k != 1 else ''} was estimated by beta-binomial "
            f"regression with the {LINKS[self.measure]} link and one correlation for all arms, by maximum likelihood, "
            f"with a {100 * self.level:g}% Wald interval from the observed information. The model compares all treated "
            "with all control patients, not patients within trials."
        )


def beta_binomial(
    events_treatment: ArrayLike, n_treatment: ArrayLike, events_control: ArrayLike, n_control: ArrayLike,
    measure: str = "OR", level: float = 0.95, labels: Sequence[str] | None = None,
) -> BetaBinomialResult:  # fmt: skip
    """Pool two-by-two tables by beta-binomial regression with a common correlation.

    Parameters
    ----------
    events_treatment, n_treatment, events_control, n_control : array_like of int, shape (k,)
        Persons with the event and in all, by arm; whole numbers.
    measure : {"OR", "RR", "RD"}
        Effect measure: the logit, log or identity link.
    level : float
        Confidence level, between 0 and 1.
    labels : sequence of str, optional
        Names of the trials.

    Returns
    -------
    BetaBinomialResult
        On the analysis scale. No trial is excluded: one without any event speaks for low risks in both arms.

    Raises
    ------
    NeckevidenceError
        If a count is impossible or not whole, lengths differ, the level is not allowed or the measure is unknown.

    Notes
    -----
    The events of an arm are beta-binomial with the mean risk of the arm, mu_T or mu_C, and intra-class correlation rho
    (Kuss 2015, Stat Med 34:1097). With phi = rho / (1 - rho) the log-likelihood of y events of n is, apart from the
    binomial coefficient, sum_{r<y} log(mu + r phi) + sum_{r<n-y} log(1 - mu + r phi) - sum_{r<n} log(1 + r phi)
    (after Griffiths 1973, Biometrics 29:637), which is smooth at phi = 0, where it is binomial. A model with one mean for each
    arm is saturated in the means, so the links are the same fit in other coordinates: the effect is read from mu_T and
    mu_C, its standard error from the observed information by the chain rule, exactly. If the likelihood falls
    from phi = 0 on, rho is 0 and the standard error the binomial one.

    There is no baseline for each trial: with unequal allocation a difference between trials passes for one between
    arms, and the pairing of arms that randomisation gives is not used.

    Examples
    --------
    >>> beta_binomial([4, 6, 3, 0], [123, 306, 231, 90], [11, 29, 11, 0], [139, 303, 220, 92], measure="RR")
    <BetaBinomialResult RR 0.33 (95% CI 0.11 to 0.97), 4 trials, 4 informative, beta-binomial>
    """
    measure = check_measure(measure, tuple(LINKS))
    tables, names = checked_tables(events_treatment, n_treatment, events_control, n_control, level, labels, whole=True)
    risks, rho, log_likelihood, covariance, notes = _fit(tables)
    estimate, se = _effect(measure, risks, covariance)
    return BetaBinomialResult(
        **wald(estimate, se, level),
        measure=measure,
        method="beta-binomial",
        level=level,
        labels=names,
        excluded=(),
        notes=notes,
        risk_treatment=float(risks[0]),
        risk_control=float(risks[1]),
        rho=rho,
        log_likelihood=log_likelihood,
    )


def _effect(measure: str, risks: Array, covariance: Array) -> tuple[float, float]:
    """Return the effect and its standard error from the risks and the covariance of their logits."""
    if np.isnan(covariance).any():
        return math.nan, math.nan
    if measure == "OR":
        value, slope = np.log(risks) - np.log1p(-risks), np.ones(2)
    elif measure == "RR":
        value, slope = np.log(risks), 1 - risks
    else:
        value, slope = risks, risks * (1 - risks)
    contrast = slope * np.array([1.0, -1.0])
    return float(value[0] - value[1]), math.sqrt(contrast @ covariance @ contrast)


def _fit(tables: Tables) -> tuple[Array, float, float, Array, tuple[str, ...]]:
    """Return risks, rho, log-likelihood, covariance of the logits of the risks, and notes."""
    a, n1, c, n2 = tables
    patients = np.array([n1.sum(), n2.sum()])
    risks = np.array([a.sum(), c.sum()]) / patients
    for arm, risk in zip(("treatment", "control"), risks, strict=True):
        if risk in (0, 1):
            who = f"{'no' if risk == 0 else 'every'} patient of the {arm} arms had the event"
            why = f"nothing can be estimated: {who}, so that neither its logit nor a standard error exists"
            return risks, math.nan, math.nan, np.full((2, 2), np.nan), (why,)
    likelihood = _Likelihood(tables)
    logits = np.log(risks) - np.log1p(-risks)
    binomial = likelihood.at(np.array([*logits, -np.inf]))[0]
    point, value = max((highest(likelihood.at, [*logits, start]) for start in _STARTS), key=lambda found: found[1])
    if value <= binomial + 1e-10 * abs(binomial):
        notes = ("rho is estimated as 0, its lower bound: the model is binomial",)
        return risks, 0.0, binomial, np.diag(1 / (patients * risks * (1 - risks))), notes
    _, gradient, hessian = likelihood.at(point)
    rho = 1 / (1 + math.exp(-point[2]))
    at_one = rho > _HIGHEST_RHO
    free = slice(0, 2 if at_one else 3)
    covariance = np.linalg.inv(-hessian[free, free])
    gain = gradient[free] @ covariance @ gradient[free]  # twice what the log-likelihood could still gain
    notes = ("rho is estimated as 1, its upper bound: the patients of an arm are as one",) if at_one else ()
    if gain > 1e-8 or np.linalg.eigvalsh(covariance)[0] <= 0:
        covariance = np.full((2, 2), np.nan)
        notes = ("nothing can be estimated: the search for the maximum did not converge",)
    return 1 / (1 + np.exp(-point[:2])), 1.0 if at_one else rho, value, covariance[:2, :2], notes


class _Likelihood:
    """The log-likelihood of the logits of both risks and log phi.

    The sums over r of all trials are taken together: log(mu + r phi) occurs as often as there are arms with more
    than r events.
    """

    def __init__(self, tables: Tables) -> None:
        from scipy.special import gammaln

        a, n1, c, n2 = tables
        b, d = n1 - a, n2 - c
        self.outcomes = ((_exceeding(a), _exceeding(b)), (_exceeding(c), _exceeding(d)))
        self.patients = _exceeding(np.concatenate([n1, n2]))
        self.constant = float(
            sum((gammaln(y + z + 1) - gammaln(y + 1) - gammaln(z + 1)).sum() for y, z in ((a, b), (c, d)))
        )

    def at(self, point: Array) -> tuple[float, Array, Array]:
        """Return the value, gradient (3,) and Hessian (3, 3) at a point (logit mu_T, logit mu_C, log phi)."""
        phi = math.exp(point[2])
        total, _, by_phi, _, _, by_phi2 = _log_sum(self.patients, 1.0, phi)
        value, slope, bend = self.constant - total, -by_phi, -by_phi2
        gradient, hessian = np.zeros(3), np.zeros((3, 3))
        for i, (events, others) in enumerate(self.outcomes):
            mu = 1 / (1 + math.exp(-point[i]))
            yes, no = _log_sum(events, mu, phi), _log_sum(others, 1 - mu, phi)
            steep, first = mu * (1 - mu), yes[1] - no[1]
            value += yes[0] + no[0]
            slope += yes[2] + no[2]
            bend += yes[5] + no[5]
            gradient[i] = first * steep
            hessian[i, i] = (yes[3] + no[3]) * steep**2 + first * steep * (1 - 2 * mu)
            hessian[i, 2] = hessian[2, i] = (yes[4] - no[4]) * steep * phi
        gradient[2] = slope * phi
        hessian[2, 2] = bend * phi**2 + slope * phi
        return value, gradient, hessian


def _log_sum(count: Array, share: float, phi: float) -> tuple[float, ...]:
    """Return sum count_r log(share + r phi) and its derivatives by share, phi, share twice, share and phi, phi twice."""
    r = np.arange(len(count))
    part = share + r * phi
    by_share = count / part  # sums, not dot products: those start threads, which cost more than they bring here
    by_phi = r * by_share
    second = by_share / part
    mixed = r * second
    return (
        float((count * np.log(part)).sum()),
        float(by_share.sum()),
        float(by_phi.sum()),
        -float(second.sum()),
        -float(mixed.sum()),
        -float((r * mixed).sum()),
    )


def _exceeding(counts: Array) -> Array:
    """Return, for r = 0, 1, ... below the largest count, how many counts are above r."""
    ordered = np.sort(counts)
    return len(counts) - np.searchsorted(ordered, np.arange(ordered[-1]), side="right").astype(float)
