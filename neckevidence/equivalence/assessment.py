"""Equivalence, non-inferiority and superiority against a margin: four answers, and "not significant" is none of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.notes import Note
from neckevidence.core.numbers import effect_texts, interval_text
from neckevidence.effects.measures import RATIOS, no_effect
from neckevidence.equivalence.limits import (
    Both,
    Limits,
    interval_at,
    known,
    margin_bounds,
    p_above,
    rounded_limits,
    times,
)
from neckevidence.equivalence.margins import Margin, check_margin

ANSWERS = {
    "equivalent": "equivalent",
    "not relevant": "statistically different, not relevantly",
    "different": "different, by more than the margin",
    "undecided": "undecided",
    "not randomised": "not randomised: described, not judged",
    "no interval": "no interval: nothing can be said of chance",
}
FACTORS = (0.5, 1.0, 1.5)


@dataclass(frozen=True)
class Equivalence:
    """What a result says against a margin.

    Attributes
    ----------
    comparison : Comparison
        The result that is judged.
    answer : str
        A key of `ANSWERS`: ``equivalent``, ``not relevant``, ``different``, ``undecided``; where the question cannot be
        put, ``not randomised`` or ``no interval``.
    position : str
        Where the interval lies, whether or not the comparison is randomised: ``within the margin`` (at 1 - 2 alpha),
        ``beyond the margin`` (at 1 - alpha), ``across the margin``, or ``no interval``.
    differs : bool or None
        Whether the interval at 1 - alpha leaves out no difference.
    non_inferior : bool or None
        Whether the treatment is not worse than the control by the margin or more, at one-sided `alpha`; None if no side
        is better, or the comparison is not randomised.
    superior : str or None
        ``treatment`` or ``control`` if the interval at 1 - alpha shows that it is better; empty if neither; None as above.
    p_equivalence : float
        The larger p-value of the two one-sided tests.
    p_non_inferiority : float
        That of the test against the worse side; NaN if no side is better. Both are NaN if not randomised.
    p_difference : float
        Two-sided p-value of no difference. A large one is no evidence of equality.
    estimate : float
        Natural scale.
    wide, narrow : (float, float)
        Intervals at 1 - alpha and at 1 - 2 alpha.
    bounds : (float, float)
        The margin on both sides: -0.06 and 0.06, or 0.8 and 1.25.
    margin_id : str
        Its name in the table of margins; empty if it was given as a number.
    unit : str
        Unit of the margin, if it has one.
    alpha : float
        Error of each one-sided test.
    lost_by_rounding : bool or None
        Whether the answer is another one somewhere in the range that rounding leaves open; None if nothing is rounded.
    sensitivity : DataFrame
        The same at half, one and one and a half times the margin.
    notes : tuple of Note
        What must be said beside it.
    """

    comparison: Comparison = field(repr=False, compare=False)
    answer: str
    position: str
    differs: bool | None
    non_inferior: bool | None
    superior: str | None
    p_equivalence: float
    p_non_inferiority: float
    p_difference: float
    estimate: float
    wide: Limits
    narrow: Limits
    bounds: Limits
    margin_id: str
    unit: str
    alpha: float
    lost_by_rounding: bool | None
    sensitivity: pd.DataFrame = field(repr=False, compare=False)
    notes: tuple[Note, ...]

    def __repr__(self) -> str:
        return f"<Equivalence {self.answer!r}: {self._numbers()}; margin {self.margin_text()}>"

    def _numbers(self) -> str:
        measure = self.comparison.measure
        return f"{measure} {interval_text(measure, self.estimate, *self.narrow, 1 - 2 * self.alpha)}"

    def margin_text(self) -> str:
        """Return the margin in words, for example ``±5 points (M01)``.

        Returns
        -------
        str
            Risk differences as shares, ratios with both limits.
        """
        measure, size = self.comparison.measure, self.bounds[1]
        if measure in RATIOS:
            text = f"{self.bounds[0]:.3g} to {size:.3g}"
        else:
            unit = self.unit if measure == "MD" else "SD" if measure == "SMD" else ""
            text = f"\u00b1{size:.3g}{' ' if unit else ''}{unit}"
        return text + (f" ({self.margin_id})" if self.margin_id else "")

    def words(self) -> str:
        """Return the answer in words.

        Returns
        -------
        str
            Says of an undecided result whether a difference is shown, of one that is not randomised where its interval lies.
        """
        if self.answer == "undecided":
            also = (
                "a difference is shown, whether a relevant one is not"
                if self.differs
                else "no difference is shown either"
            )
            return f"undecided: {also}"
        if self.answer == "not randomised":
            why = "not randomised" if self.comparison.allocation_stated else "allocation not stated"
            return f"{why}: no answer; its interval lies {self.position}"
        return ANSWERS[self.answer]

    def summary(self) -> str:
        """Return the result in a few lines of text.

        Returns
        -------
        str
            Numbers, answer, the answers at other margins, notes.
        """
        one, measure = self.comparison, self.comparison.measure
        wide = interval_text(measure, self.estimate, *self.wide, 1 - self.alpha)
        narrow = " to ".join(effect_texts(measure, math.nan, *self.narrow)[1:])
        lines = [
            one.title(),
            f"  {measure} {wide}, {100 * (1 - 2 * self.alpha):g}% CI {narrow}; margin {self.margin_text()}",
        ]
        lines.append(f"  {self.words()}")
        if self.non_inferior is not None:
            better = {
                "treatment": f"; better: {one.treatment_name}",
                "control": f"; better: {one.control_name}",
                "": "",
            }
            shown = "not inferior by the margin" if self.non_inferior else "non-inferiority is not shown"
            lines.append(f"  {one.treatment_name}: {shown}{better[self.superior or '']}")
        if self.lost_by_rounding is not None:
            lines.append(
                f"  the rounding of the printed figures {'can change' if self.lost_by_rounding else 'leaves'} the answer"
            )
        column = "answer" if one.randomised else "position"
        rows = self.sensitivity[["factor", column]].itertuples(index=False)
        lines += [f"  at {factor:g} times the margin: {found}" for factor, found in rows if factor != 1]
        return "\n".join(lines + [f"  * {note}" for note in self.notes])

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain numbers and text.

        Returns
        -------
        dict
            Ratios on the natural scale; a number that does not exist is None.
        """
        one = self.comparison
        names = ("treatment", "control", "outcome", "measure")
        plain = {name: getattr(one, name) for name in names}
        plain |= {"answer": self.answer, "position": self.position, "words": self.words(), "differs": self.differs}
        plain |= {"non_inferior": self.non_inferior, "superior": self.superior, "randomised": one.randomised}
        numbers = {
            name: getattr(self, name) for name in ("estimate", "p_equivalence", "p_non_inferiority", "p_difference")
        }
        for name in ("wide", "narrow", "bounds"):
            low, high = getattr(self, name)
            numbers |= {f"{name}_low": low, f"{name}_high": high}
        plain |= {name: float(value) if math.isfinite(value) else None for name, value in numbers.items()}
        plain |= {"margin_id": self.margin_id, "unit": self.unit, "alpha": self.alpha}
        return plain | {"lost_by_rounding": self.lost_by_rounding, "notes": list(self.notes)}

    def to_frame(self) -> pd.DataFrame:
        """Return the result as one row; `sensitivity` has one for each margin.

        Returns
        -------
        DataFrame
            The entries of `to_dict` but for the notes.
        """
        return pd.DataFrame([{name: value for name, value in self.to_dict().items() if name != "notes"}])

    def methods(self) -> str:
        """Return the sentence for a Methods section.

        Returns
        -------
        str
            Names the tests, their levels and the margin.
        """
        return (
            f"Equivalence within {self.margin_text()} was judged by two one-sided tests at {self.alpha:g} each, that is by "
            f"whether the {100 * (1 - 2 * self.alpha):g}% interval lies within the margin; a difference, and one beyond the "
            f"margin, by the {100 * (1 - self.alpha):g}% interval. It was repeated at half and one and a half times the margin."
        )


def assess_equivalence(comparison: Comparison, margin: Margin | float, alpha: float = 0.05) -> Equivalence:
    """Judge a result against an equivalence margin.

    Parameters
    ----------
    comparison : Comparison
        The result; RD, RR, OR, MD or SMD, one trial or pooled.
    margin : Margin or float
        From `margin_for`, or a number: a share for RD, a ratio for RR and OR (1.25 and 0.8 both mean 0.8 to 1.25).
    alpha : float
        Error of each one-sided test, below 0.5. The convention for non-inferiority alone is 0.025 (ICH E9).

    Returns
    -------
    Equivalence
        The answer with its numbers.

    Raises
    ------
    NeckevidenceError
        If there is no margin or it does not fit the measure or the scale of the means, or `alpha` is not between 0 and 0.5.

    Notes
    -----
    Two one-sided tests (Schuirmann 1987, J Pharmacokinet Biopharm 15:657): equivalent at alpha if the 1 - 2 alpha interval lies
    within the margin. A difference needs the 1 - alpha interval to leave out no effect; a difference by more than
    the margin, that it lies beyond the margin, at this level because the side was not chosen beforehand. What is
    neither is undecided, whatever its p-value. Ratios are judged on the log scale, so that half of the margin 1.25
    is its square root. A comparison that is not randomised is described, never judged.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> from neckevidence.equivalence.margins import margin_for
    >>> evidence = load_evidence()
    >>> function = compare(evidence, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    >>> assess_equivalence(function, margin_for(evidence, "rmdq_improvement", "MD"))
    <Equivalence 'equivalent': MD 0.3 (90% CI −1.7 to 2.3); margin ±5 points (M01)>
    """
    if not 0 < alpha < 0.5:
        raise NeckevidenceError(f"alpha must lie between 0 and 0.5, found {alpha}")
    check_margin(comparison, margin)
    bounds = margin_bounds(comparison.measure, margin)
    levels = 1 - alpha, 1 - 2 * alpha
    limits = interval_at(comparison, levels[0]), interval_at(comparison, levels[1])
    rounded = rounded_limits(comparison, levels)
    above = p_above(comparison, no_effect(comparison.measure))
    scaled = [times(comparison.measure, bounds, factor) for factor in FACTORS]
    rows = [_judged(comparison, limits, rounded, each) for each in scaled]
    main = {name: value for name, value in rows[1].items() if name not in ("margin_low", "margin_high")}
    return Equivalence(
        comparison=comparison,
        **main,
        differs=_differs(comparison.measure, limits[0]) if known(limits[0]) else None,
        superior=_better_side(comparison, limits[0]),
        p_difference=2 * min(above, 1 - above),
        estimate=float(comparison.estimate),
        wide=limits[0],
        narrow=limits[1],
        bounds=bounds,
        margin_id=margin.margin_id if isinstance(margin, Margin) else "",
        unit=margin.unit if isinstance(margin, Margin) else "",
        alpha=alpha,
        sensitivity=pd.DataFrame([{"factor": factor, **row} for factor, row in zip(FACTORS, rows, strict=True)]),
        notes=tuple(_notes(comparison, margin)),
    )


def _judged(comparison: Comparison, limits: Both, rounded: list[Both], bounds: Limits) -> dict[str, Any]:
    """Judge intervals against one margin."""
    position, answer = _answer(comparison.measure, limits, bounds)
    rated = {_answer(comparison.measure, both, bounds) for both in rounded}
    judged = comparison.randomised and answer != "no interval"
    p_low = p_above(comparison, bounds[0]) if judged else math.nan
    p_high = 1 - p_above(comparison, bounds[1]) if judged else math.nan
    (low, high), neither = limits[1], (None, math.nan)
    worse_side = {"higher_is_better": (low > bounds[0], p_low), "lower_is_better": (high < bounds[1], p_high)}
    shown, p_worse = worse_side.get(comparison.direction, neither) if judged else neither
    return {
        "margin_low": bounds[0],
        "margin_high": bounds[1],
        "answer": answer if judged or answer == "no interval" else "not randomised",
        "position": position,
        "p_equivalence": max(p_low, p_high),
        "non_inferior": shown,
        "p_non_inferiority": p_worse,
        "lost_by_rounding": bool(rated - {(position, answer)}) if rounded else None,
    }


def _answer(measure: str, limits: Both, bounds: Limits) -> tuple[str, str]:
    """Return where an interval lies, and what that means if the comparison is randomised."""
    wide, narrow = limits
    if not (known(wide) and known(narrow)):
        return "no interval", "no interval"
    if bounds[0] < narrow[0] and narrow[1] < bounds[1]:
        return "within the margin", "not relevant" if _differs(measure, wide) else "equivalent"
    if wide[0] > bounds[1] or wide[1] < bounds[0]:
        return "beyond the margin", "different"
    return "across the margin", "undecided"


def _differs(measure: str, wide: Limits) -> bool:
    return not wide[0] <= no_effect(measure) <= wide[1]


def _better_side(comparison: Comparison, wide: Limits) -> str | None:
    if not comparison.randomised or comparison.direction == "neither" or not known(wide):
        return None
    if not _differs(comparison.measure, wide):
        return ""
    higher = wide[0] > no_effect(comparison.measure)
    return "treatment" if higher == (comparison.direction == "higher_is_better") else "control"


def _notes(comparison: Comparison, margin: Margin | float) -> list[Note]:
    notes = []
    if isinstance(margin, Margin):
        notes.append(Note("margin", f"margin {margin.margin_id}: {margin.rule} ({margin.source_id})"))
    else:
        text = "the margin was given as a number: it does not stand in the table of margins"
        notes.append(Note("margin", text))
    if not comparison.randomised:
        why = "not randomised" if comparison.allocation_stated else "allocation not stated"
        text = f"{why}: the interval is described, equivalence cannot be shown or excluded by it"
        notes.append(Note("allocation", text))
    if comparison.k > 1:
        text = "pooled: the answer is about the mean effect of the trials, not about each of them"
        notes.append(Note("pooled", text))
    return notes
