"""Benefit and harm of one treatment against the same control: both as risk differences, and what their ratio can tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import signed
from neckevidence.core.views import view
from neckevidence.effects.means import critical_value
from neckevidence.synthesis.number_needed import NumberNeeded, RiskDifference, number_needed

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fieller:
    """An interval of a ratio whose denominator is uncertain.

    Attributes
    ----------
    kind : str
        bounded: from low to high; outside: all but the values between low and high; everything: no ratio is excluded.
    low, high : float
        Infinite if kind is everything.
    """

    kind: str
    low: float
    high: float

    def __str__(self) -> str:
        if self.kind == "everything":
            return "no ratio excluded"
        low, high = signed(self.low, 2), signed(self.high, 2)
        return f"{low} to {high}" if self.kind == "bounded" else f"up to {low}, or {high} and more"


def fieller_interval(
    top: float, bottom: float, v_top: float, v_bottom: float, covariance: float, level: float
) -> Fieller:
    """Return Fieller's interval of a ratio of two normal estimates.

    Parameters
    ----------
    top, bottom : float
        The estimates.
    v_top, v_bottom, covariance : float
        Their variances and covariance.
    level : float
        Confidence level.

    Returns
    -------
    Fieller
        All ratios r for which (top - r bottom)^2 is at most z^2 times its variance (Fieller 1954, J R Stat Soc B 16:175). If
        the denominator is not distinguishable from 0 these are all but an inner stretch, or all.

    Examples
    --------
    >>> str(fieller_interval(0.3, 0.1, 0.001, 0.0004, 0.0, 0.95))
    '2.00 to 5.09'
    """
    z2 = critical_value(level) ** 2
    a, b, c = bottom**2 - z2 * v_bottom, top * bottom - z2 * covariance, top**2 - z2 * v_top
    inside = b * b - a * c
    if a > 0:
        root = math.sqrt(max(inside, 0.0))
        return Fieller("bounded", (b - root) / a, (b + root) / a)
    if a == 0 or inside <= 0:
        return Fieller("everything", -math.inf, math.inf)
    root = math.sqrt(inside)
    return Fieller("outside", (b + root) / a, (b - root) / a)


@dataclass(frozen=True)
class BenefitHarm:
    """Benefit and harm of one treatment against the same control.

    Attributes
    ----------
    name : str
        The treatment.
    benefit, harm : RiskDifference
        Of the wanted and of the unwanted outcome, treatment less control.
    nnt, nnh : NumberNeeded
        Numbers needed to treat for one benefit and for one harm.
    lhh : float
        Likelihood to be helped or harmed, NNH / NNT = benefit / harm; infinite if the harm is exactly 0.
    table : DataFrame
        A row a correlation of the two estimates: rho, net (benefit - multiple x harm) with ci_low and ci_high, lhh_kind,
        lhh_low, lhh_high (Fieller), probability (that the benefit exceeds multiple x harm).
    multiple : float
        How much one harm weighs against one benefit.
    level : float
        Confidence level.
    notes : tuple of str
        What must be said beside the numbers.
    """

    name: str
    benefit: RiskDifference
    harm: RiskDifference
    nnt: NumberNeeded
    nnh: NumberNeeded
    lhh: float
    table: pd.DataFrame
    multiple: float
    level: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"<BenefitHarm {self.name}: benefit {signed(self.benefit.estimate, 3)}, harm {signed(self.harm.estimate, 3)}, "
            f"LHH {signed(self.lhh, 2)}>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def ellipse(self, rho: float = 0.0, points: int = 181) -> Array:
        """Return the outline of the joint confidence region.

        Parameters
        ----------
        rho : float
            Correlation of the two estimates, between -1 and 1.
        points : int
            How many points.

        Returns
        -------
        ndarray, shape (points, 2)
            Harm and benefit, as risk differences; at the level of the result (chi-square, 2 degrees of freedom).
        """
        from scipy.special import chdtri

        root = np.linalg.cholesky(_covariance(self.harm, self.benefit, rho))
        angle = np.linspace(0, 2 * math.pi, points)
        circle = np.column_stack([np.cos(angle), np.sin(angle)]) * math.sqrt(float(chdtri(2, 1 - self.level)))
        return np.array([self.harm.estimate, self.benefit.estimate]) + circle @ root.T

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw benefit against harm; see `neckevidence.figures.benefit_harm.benefit_harm_plot`.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.
        **options
            Passed on.

        Returns
        -------
        matplotlib Axes
            The Axes with the plot.
        """
        return view("picture", self, ax=ax, **options)

    def to_frame(self) -> pd.DataFrame:
        """Return the table, a row a correlation."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        plain = {name: getattr(self, name) for name in ("name", "lhh", "multiple", "level", "notes")}
        parts = {name: asdict(getattr(self, name)) for name in ("benefit", "harm", "nnt", "nnh")}
        return {**plain, **parts, "table": self.table.to_dict("records")}

    def summary(self) -> str:
        """Return risk differences, numbers needed to treat, ratio and net benefit, a line each."""
        lines = [self.name]
        for word, one, number in (("benefit", self.benefit, self.nnt), ("harm", self.harm, self.nnh)):
            ends = f"{signed(100 * one.ci_low, 1)} to {signed(100 * one.ci_high, 1)}"
            lines.append(f"{word}: {signed(100 * one.estimate, 1)} more of 100 patients ({ends}); {number}")
        for row in self.table.itertuples():
            ratio = Fieller(row.lhh_kind, row.lhh_low, row.lhh_high)
            lines.append(
                f"correlation {signed(row.rho, 2)}: LHH {signed(self.lhh, 2)} ({ratio}); probability that the benefit exceeds "
                f"{self.multiple:g} x harm {row.probability:.2f}"
            )
        return "\n".join([*lines, *self.notes])

    def methods(self) -> str:
        """Return the sentence for a Methods section."""
        rhos = ", ".join(signed(rho, 2) for rho in self.table["rho"])
        return (
            f"Benefit and harm were compared as risk differences; their estimates were taken as bivariate normal with a "
            f"correlation of {rhos} in turn, as the correlation is not reported. The ratio of benefit to harm (likelihood "
            f"to be helped or harmed) has Fieller's {100 * self.level:g}% interval."
        )


def benefit_harm(
    benefit: RiskDifference | Sequence[int],
    harm: RiskDifference | Sequence[int],
    *,
    name: str = "treatment",
    rhos: Sequence[float] = (-0.5, 0.0, 0.5),
    multiple: float = 1.0,
    level: float = 0.95,
) -> BenefitHarm:
    """Set the benefit of a treatment against its harm.

    Parameters
    ----------
    benefit, harm : RiskDifference, or (events, n, events_control, n_control)
        Treatment less control, for a wanted and an unwanted outcome; four counts of the arms stand for a risk difference.
    name : str
        The treatment.
    rhos : sequence of float
        Correlations of the two estimates, between -1 and 1, both excluded. Both come from the same patients, so that they are
        correlated as the two outcomes are within patients, which is hardly ever printed.
    multiple : float
        How many benefits one harm outweighs, 0 or more: a judgement, not a finding.
    level : float
        Confidence level, between 0 and 1; a RiskDifference that is given must have the same.

    Returns
    -------
    BenefitHarm
        With a row for each correlation.

    Raises
    ------
    NeckevidenceError
        If counts, correlations, multiple or level are not allowed.

    Notes
    -----
    Likelihood to be helped or harmed: NNH / NNT (Straus, Glasziou, Richardson and Haynes, Evidence-Based Medicine). The
    probability that benefit - multiple x harm is above 0 is that of a normal distribution with the estimate as mean and its
    variance: a posterior probability under flat priors, not one of a test.

    Examples
    --------
    >>> result = benefit_harm((60, 100, 40, 100), (25, 100, 10, 100), name="CYC5")
    >>> result
    <BenefitHarm CYC5: benefit 0.200, harm 0.150, LHH 1.33>
    >>> print(result.nnt)
    NNTB 5 (NNTB 4 to 17)
    """
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    if not all(-1 < rho < 1 for rho in rhos) or not rhos:
        raise NeckevidenceError(f"rhos must be correlations between -1 and 1, found {list(rhos)}")
    if not (math.isfinite(multiple) and multiple >= 0):
        raise NeckevidenceError(f"multiple must be a finite number, 0 or more; found {multiple}")
    good, bad = _difference(benefit, "benefit", level), _difference(harm, "harm", level)
    rows = [_row(good, bad, float(rho), multiple, level) for rho in rhos]
    notes = [f"the correlation of the two estimates is not known: results for {', '.join(signed(r, 2) for r in rhos)}"]
    if good.ci_low <= 0 or bad.ci_low <= 0:
        unsure = [word for word, one in (("benefit", good), ("harm", bad)) if one.ci_low <= 0]
        notes.append(
            f"the {' and the '.join(unsure)} may be none or reversed: a ratio of the two then has no plain meaning"
        )
    return BenefitHarm(
        name=name,
        benefit=good,
        harm=bad,
        nnt=number_needed(good, good=True),
        nnh=number_needed(bad, good=False),
        lhh=good.estimate / bad.estimate if bad.estimate else math.copysign(math.inf, good.estimate),
        table=pd.DataFrame(rows),
        multiple=float(multiple),
        level=level,
        notes=tuple(notes),
    )


def _difference(given: RiskDifference | Sequence[int], word: str, level: float) -> RiskDifference:
    if isinstance(given, RiskDifference):
        if given.level != level:
            raise NeckevidenceError(f"{word}: the risk difference has level {given.level:g}, the result {level:g}")
        return given
    if len(given) != 4:
        raise NeckevidenceError(
            f"{word}: four counts are needed (events, n, events_control, n_control); found {len(given)}"
        )
    try:
        return RiskDifference.from_counts(*given, level=level)
    except NeckevidenceError as error:
        raise NeckevidenceError(f"{word}, {error}") from None


def _covariance(first: RiskDifference, second: RiskDifference, rho: float) -> Array:
    joint = rho * math.sqrt(first.variance * second.variance)
    return np.array([[first.variance, joint], [joint, second.variance]])


def _row(good: RiskDifference, bad: RiskDifference, rho: float, multiple: float, level: float) -> dict[str, Any]:
    from scipy.special import ndtr

    covariance = _covariance(good, bad, rho)
    weights = np.array([1.0, -multiple])
    net = good.estimate - multiple * bad.estimate
    se = math.sqrt(weights @ covariance @ weights)
    half = critical_value(level) * se
    ratio = fieller_interval(good.estimate, bad.estimate, good.variance, bad.variance, covariance[0, 1], level)
    return {
        "rho": rho,
        "net": net,
        "ci_low": net - half,
        "ci_high": net + half,
        "lhh_kind": ratio.kind,
        "lhh_low": ratio.low,
        "lhh_high": ratio.high,
        "probability": float(ndtr(net / se)),
    }
