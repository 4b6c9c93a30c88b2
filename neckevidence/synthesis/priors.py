"""Prior distributions of the heterogeneity: how much the true effects of trials differ, before the trials are seen.

Every prior is a distribution of tau, the standard deviation of the true effects between trials. The default,
half-normal with scale 0.5, is weakly informative for log ratios and standardised mean differences: half of it lies
below 0.34 and 95% below 0.98, so that it rules out the absurd and leaves the rest to the trials (Roever et al. 2021,
Res Synth Methods 12:448). The empirical priors were fitted to thousands of Cochrane meta-analyses.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neckevidence.core.errors import NeckevidenceError

ROEVER = "Roever et al. 2021, Res Synth Methods 12:448"
TURNER_2012 = "Turner et al. 2012, Int J Epidemiol 41:818"
TURNER_2015 = "Turner et al. 2015, Stat Med 34:984"
RHODES_2015 = "Rhodes et al. 2015, J Clin Epidemiol 68:52"
NORMAL_QUARTILE = 0.6744897501960817  # the standard normal quantile at 0.75


def _require_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not (math.isfinite(number) and number > 0):
            raise NeckevidenceError(f"the {name} of a prior must be finite and above zero, found {number}")


def _require_finite(**numbers: float) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise NeckevidenceError(f"the {name} of a prior must be finite, found {number}")


def check_priors(tau_prior: TauPrior, effect_prior: tuple[float, float] | None) -> tuple[float, float]:
    """Refuse impossible priors.

    Parameters
    ----------
    tau_prior : TauPrior
        Prior of the between-trial standard deviation.
    effect_prior : tuple of float or None
        Mean and standard deviation of a normal prior of the effect; None if flat.

    Returns
    -------
    tuple of float
        Mean and standard deviation; 0 and infinity if flat.

    Raises
    ------
    NeckevidenceError
        If the first is no prior or the second not a finite mean with a standard deviation above zero.
    """
    if not all(hasattr(tau_prior, name) for name in ("log_density", "median", "tail", "name")):
        raise NeckevidenceError(f"tau_prior must be HalfNormal, HalfCauchy, LogNormal or LogT, found {tau_prior!r}")
    if effect_prior is None:
        return 0.0, math.inf
    mean, sd = map(float, effect_prior)
    if not (math.isfinite(mean) and 0 < sd < math.inf):
        raise NeckevidenceError(f"effect_prior must be a finite mean and an sd above zero, found {effect_prior}")
    return mean, sd


class TauPrior(Protocol):
    """What `bayes_meta_analysis` needs to know of a prior; a distribution of one's own may be given too.

    Attributes
    ----------
    tail : float
        The mean of tau^m is finite for every m below this number; infinite if all moments exist.
    """

    tail: float

    @property
    def name(self) -> str:
        """The distribution with its numbers."""

    @property
    def median(self) -> float:
        """The median of tau."""

    def log_density(self, log_tau: ArrayLike) -> NDArray[np.float64]:
        """Return the logarithm of the density of tau, at places given by their logarithms."""


class _Prior(ABC):
    """What the priors share: the density is the exponential of its logarithm."""

    def density(self, tau: ArrayLike) -> NDArray[np.float64]:
        """Return the density of tau.

        Parameters
        ----------
        tau : array_like of float
            Between-trial standard deviations; below zero the density is zero.

        Returns
        -------
        ndarray
            Of the shape of tau.

        Examples
        --------
        >>> float(HalfNormal(0.5).density(0.0).round(4))
        1.5958
        """
        tau = np.asarray(tau, dtype=float)
        with np.errstate(divide="ignore", over="ignore"):  # at zero a density may be infinite
            return np.where(tau < 0, 0.0, np.exp(self.log_density(np.log(np.abs(tau)))))

    def log_density(self, log_tau: ArrayLike) -> NDArray[np.float64]:
        """Return the logarithm of the density of tau, at places given by their logarithms.

        Parameters
        ----------
        log_tau : array_like of float
            Logarithms of between-trial standard deviations, so that no tau is too small.

        Returns
        -------
        ndarray
            Of the shape of log_tau.

        Examples
        --------
        >>> float(HalfNormal(0.5).log_density(-1000.0).round(4))
        0.4674
        """
        log_tau = np.maximum(np.asarray(log_tau, dtype=float), -1e100)  # minus infinity is tau = 0
        with np.errstate(over="ignore"):  # far out in a tail the density is zero
            return self._log_density(log_tau)

    @abstractmethod
    def _log_density(self, log_tau: NDArray[np.float64]) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class HalfNormal(_Prior):
    """Half-normal distribution of tau: the absolute value of a normal variable with mean 0.

    Parameters
    ----------
    scale : float
        Standard deviation of the normal variable, in the units of the effect.
    source : str
        Where the prior comes from.

    Raises
    ------
    NeckevidenceError
        If the scale is not finite and above zero.

    Notes
    -----
    p(tau) = sqrt(2 / pi) / s exp(-tau^2 / (2 s^2)).

    Examples
    --------
    >>> prior = HalfNormal(0.5)
    >>> prior.name, round(prior.median, 3)
    ('half-normal(0.5)', 0.337)
    """

    scale: float
    source: str = ROEVER
    tail: ClassVar[float] = math.inf

    def __post_init__(self) -> None:
        _require_positive(scale=self.scale)

    @property
    def name(self) -> str:
        """The distribution with its numbers."""
        return f"half-normal({self.scale:g})"

    @property
    def median(self) -> float:
        """The median of tau."""
        return NORMAL_QUARTILE * self.scale

    def _log_density(self, log_tau: NDArray[np.float64]) -> NDArray[np.float64]:
        return math.log(2 / math.pi) / 2 - math.log(self.scale) - (np.exp(log_tau) / self.scale) ** 2 / 2


@dataclass(frozen=True)
class HalfCauchy(_Prior):
    """Half-Cauchy distribution of tau: weakly informative with a heavy tail.

    Parameters
    ----------
    scale : float
        The median of tau, in the units of the effect.
    source : str
        Where the prior comes from.

    Raises
    ------
    NeckevidenceError
        If the scale is not finite and above zero.

    Notes
    -----
    p(tau) = 2 / (pi s (1 + (tau / s)^2)). It has no mean, so that with one trial tau has none either, and with two
    trials and a flat prior of the effect the effect has no standard deviation.

    Examples
    --------
    >>> HalfCauchy(0.5).median
    0.5
    """

    scale: float
    source: str = "Gelman 2006, Bayesian Anal 1:515"
    tail: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        _require_positive(scale=self.scale)

    @property
    def name(self) -> str:
        """The distribution with its numbers."""
        return f"half-Cauchy({self.scale:g})"

    @property
    def median(self) -> float:
        """The median of tau."""
        return self.scale

    def _log_density(self, log_tau: NDArray[np.float64]) -> NDArray[np.float64]:
        # log(1 + x^2) as 2 log of the hypotenuse, which does not overflow
        return math.log(2 / math.pi) - math.log(self.scale) - 2 * np.log(np.hypot(1.0, np.exp(log_tau) / self.scale))


@dataclass(frozen=True)
class LogNormal(_Prior):
    """Log-normal distribution of tau2, the variance, as the empirical priors for binary outcomes are published.

    Parameters
    ----------
    mean, sd : float
        Mean and standard deviation of log(tau2), not of log(tau).
    source : str
        Where the prior comes from.

    Raises
    ------
    NeckevidenceError
        If the mean is not finite or the standard deviation not finite and above zero.

    Notes
    -----
    log(tau2) is normal; p(tau) = 2 / (tau sd) phi((2 log(tau) - mean) / sd), phi the standard normal density.

    Examples
    --------
    >>> round(LogNormal(-2.56, 1.74).median, 3)
    0.278
    """

    mean: float
    sd: float
    source: str = ""
    tail: ClassVar[float] = math.inf

    def __post_init__(self) -> None:
        _require_finite(mean=self.mean)
        _require_positive(sd=self.sd)

    @property
    def name(self) -> str:
        """The distribution with its numbers."""
        return f"log-normal({self.mean:g}, {self.sd:g}) on tau2"

    @property
    def median(self) -> float:
        """The median of tau."""
        return math.exp(self.mean / 2)

    def _log_density(self, log_tau: NDArray[np.float64]) -> NDArray[np.float64]:
        z = (2 * log_tau - self.mean) / self.sd
        return math.log(2 / self.sd) - math.log(2 * math.pi) / 2 - log_tau - z**2 / 2


@dataclass(frozen=True)
class LogT(_Prior):
    """Log-Student-t distribution of tau2, as the empirical priors for standardised mean differences are published.

    Parameters
    ----------
    location, scale : float
        Location and scale of log(tau2).
    df : float
        Degrees of freedom.
    source : str
        Where the prior comes from.

    Raises
    ------
    NeckevidenceError
        If the location is not finite or the scale or df not finite and above zero.

    Notes
    -----
    (log(tau2) - location) / scale has Student's t distribution with df degrees of freedom, so that
    p(tau) = 2 / (tau scale) t((2 log(tau) - location) / scale). The density is infinite at zero and no moment of tau
    exists; the posterior has the moments up to the number of trials less one.

    Examples
    --------
    >>> round(LogT(-3.44, 2.59).median, 3)
    0.179
    """

    location: float
    scale: float
    df: float = 5.0
    source: str = ""
    tail: ClassVar[float] = 0.5  # not even the mean, yet one more power of tau in the likelihood makes one more moment

    def __post_init__(self) -> None:
        _require_finite(location=self.location)
        _require_positive(scale=self.scale, df=self.df)

    @property
    def name(self) -> str:
        """The distribution with its numbers."""
        return f"log-t({self.location:g}, {self.scale:g}, df {self.df:g}) on tau2"

    @property
    def median(self) -> float:
        """The median of tau."""
        return math.exp(self.location / 2)

    def _log_density(self, log_tau: NDArray[np.float64]) -> NDArray[np.float64]:
        z = (2 * log_tau - self.location) / self.scale
        constant = math.lgamma((self.df + 1) / 2) - math.lgamma(self.df / 2) - math.log(self.df * math.pi) / 2
        return math.log(2 / self.scale) + constant - log_tau - (self.df + 1) / 2 * np.log1p(z**2 / self.df)


ANY, DRUG_PLACEBO = "any", "pharmacological vs placebo"
PUBLISHED: dict[tuple[str, str, str], LogNormal | LogT] = {  # measure, outcome, comparison
    ("OR", ANY, ANY): LogNormal(-2.56, 1.74, f"{TURNER_2015}: all settings"),
    ("OR", "pain", DRUG_PLACEBO): LogNormal(-1.83, 1.52, f"{TURNER_2015}: pain, {DRUG_PLACEBO}"),
    ("OR", "subjective", DRUG_PLACEBO): LogNormal(-2.13, 1.58, f"{TURNER_2012}: subjective outcomes, {DRUG_PLACEBO}"),
    ("OR", "adverse events", DRUG_PLACEBO): LogNormal(
        -2.13, 1.58, f"adverse events, {DRUG_PLACEBO}, as given after Turner et al. in doi 10.1186/s12874-021-01397-5"
    ),
    ("SMD", ANY, ANY): LogT(-3.44, 2.59, 5.0, f"{RHODES_2015}: all settings"),
}


def published_prior(outcome: str = ANY, comparison: str = ANY, measure: str = "OR") -> LogNormal | LogT:
    """Return the published empirical prior of the heterogeneity for a setting.

    Parameters
    ----------
    outcome : {"any", "subjective", "pain", "adverse events"}
        Kind of outcome. The subjective ones are those a person rates or reports: pain, function, mental health and adverse
        events among them.
    comparison : {"any", "pharmacological vs placebo"}
        Kind of comparison; the priors for one kind of outcome are for drugs against placebo or control.
    measure : {"OR", "SMD"}
        Scale of the effects: log odds ratios or standardised mean differences (general setting only).

    Returns
    -------
    LogNormal or LogT
        With its source.

    Raises
    ------
    NeckevidenceError
        If no prior is held for the setting; the message names those that are.

    Notes
    -----
    Predictive distributions of tau2 in a new meta-analysis, from the Cochrane Database of Systematic Reviews (Turner
    et al. 2012, Int J Epidemiol 41:818, for classes of outcomes; Turner et al. 2015, Stat Med 34:984, for kinds of
    outcomes; Rhodes et al. 2015, J Clin Epidemiol 68:52). Those for binary outcomes are about log odds ratios; log risk
    ratios vary less, so that for them they are on the wide side. Only settings whose numbers two sources give are held. The
    one for subjective outcomes was seen in secondary sources, not in the paper's own table; adverse events are in that class.

    Examples
    --------
    >>> published_prior("pain", "pharmacological vs placebo").name
    'log-normal(-1.83, 1.52) on tau2'
    """
    try:
        return PUBLISHED[measure, outcome, comparison]
    except KeyError:
        held = "; ".join(f"{scale}: {kind}, {versus}" for scale, kind, versus in PUBLISHED)
        raise NeckevidenceError(
            f"no published prior for {measure}: {outcome}, {comparison}; there is one for {held}"
        ) from None
