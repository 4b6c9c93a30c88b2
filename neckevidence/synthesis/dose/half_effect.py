"""The dose that has half of the effect of the largest dose observed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from neckevidence.core import escape
from neckevidence.synthesis.dose.likelihood import Array
from neckevidence.synthesis.dose.region import Region
from neckevidence.synthesis.dose.shapes import shape_dose, shape_value

# Below this effect (of the largest dose, log odds ratio) half of the increase of the risk is half of the effect.
_SMALL = 1e-6


@dataclass(frozen=True)
class HalfEffectDose:
    """A dose with half of the effect of the largest dose of the arms.

    Attributes
    ----------
    dose : float
        In units of the dose.
    ci_low, ci_high : float or None
        Profile-likelihood interval; None where the data set no bound, or where the shape fixes the dose; see ``notes``.
    largest : float
        The largest dose of the arms.
    rule : str
        What is halved.
    level : float
        Confidence level.
    notes : tuple of str
        Why an end is open, and what else must be said.
    """

    dose: float
    ci_low: float | None
    ci_high: float | None
    largest: float
    rule: str
    level: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        ends = ("no limit" if end is None else f"{end:.3g}" for end in (self.ci_low, self.ci_high))
        interval = f"{100 * self.level:g}% CI {' to '.join(ends)}"
        interval = "no interval" if self.ci_low is None and self.ci_high is None else interval
        return f"<HalfEffectDose {self.dose:.3g} ({interval}), {self.rule}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape.html(self.summary())}</pre>"

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as one row."""
        return pd.DataFrame([{**self.to_dict(), "notes": "; ".join(self.notes)}])

    def summary(self) -> str:
        """Return the dose with its interval and the notes, a line each."""
        return "\n".join([repr(self)[1:-1], *self.notes])


def half_effect(
    shape: str, region: Region, largest: float, d0: float | None, baseline: float | None, level: float
) -> HalfEffectDose:
    """Find the dose with half of the effect of the largest one.

    Parameters
    ----------
    shape : str
        Shape of the curve.
    region : Region
        Its likelihood region.
    largest : float
        The largest dose of the arms.
    d0 : float or None
        Constant of the log-linear shape.
    baseline : float or None
        Log odds at dose 0; None to halve the effect on its own scale.
    level : float
        Confidence level.

    Returns
    -------
    HalfEffectDose
        The interval is the range over the likelihood region.
    """

    def half(amplitude: Array, constant: Array) -> Array:
        constant = np.where(np.isnan(constant), 1.0, constant)
        whole = shape_value(shape, largest, constant)
        return shape_dose(shape, whole * _share(amplitude * whole, baseline), constant)

    best = float(half(np.array(region.amplitude), np.array(region.constant)))
    low, high = (float(end) for end in region.range_of(half))
    ends: list[float | None] = [low, high]
    notes = []
    if baseline is None and shape != "emax":
        ends = [None, None]
        constant = "" if d0 is None else f" with d0 = {d0:g}"
        notes.append(
            f"the {shape} shape{constant} fixes this dose: it has no interval but the doubt about the shape itself"
        )
    elif shape != "emax":
        notes.append("the interval takes the shape as known; compare the shapes")
    if region.open_low:
        ends[0] = None
        notes.append("no lower bound: the data do not exclude that the smallest dose has nearly the full effect")
    if region.open_high:
        ends[1] = None
        notes.append(
            "no upper bound from the data: they do not exclude a straight line, the least curved form of this shape"
        )
    if region.low.min() < 0 < region.high.max():
        notes.append("the data do not exclude that there is no effect at all, which has no half")
    rule = "half of the effect of the largest dose observed"
    if baseline is not None:
        risk = 1 / (1 + np.exp(-baseline))
        rule = f"half of the change of risk at the largest dose observed, risk at dose 0 {100 * risk:.3g}%"
    return HalfEffectDose(best, *ends, largest=largest, rule=rule, level=level, notes=tuple(notes))


def _share(effect: Array, baseline: float | None) -> Array:
    """Return which share of an effect (log odds ratio) makes half of the change of risk that the whole of it makes."""
    if baseline is None:
        return np.full_like(effect, 0.5)
    from scipy.special import expit, logit

    large = np.where(np.abs(effect) > _SMALL, effect, 1.0)
    halfway = (expit(baseline) + expit(baseline + large)) / 2
    return np.where(np.abs(effect) > _SMALL, (logit(halfway) - baseline) / large, 0.5)
