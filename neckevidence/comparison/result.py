"""Two treatments compared on one outcome: the trials, the pooled effect, and what must be said beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from neckevidence.comparison.trial_effect import Band, TrialEffect
from neckevidence.core import escape
from neckevidence.core.explanation import Explanation
from neckevidence.core.notes import Note
from neckevidence.core.numbers import interval_text
from neckevidence.core.views import view
from neckevidence.data.arms import allocation_words
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import LONG_NAMES
from neckevidence.synthesis.bayes import BayesMetaAnalysis
from neckevidence.synthesis.pairwise import MetaAnalysis


@dataclass(frozen=True)
class Comparison:
    """The answer to "what does A do against B on this outcome?".

    Attributes
    ----------
    treatment, control, outcome, measure : str
        What was asked.
    treatment_name, control_name : str
        The treatments in plain words.
    outcome_label : str
        The outcome in plain words.
    direction : str
        What is better for the patient: ``higher_is_better``, ``lower_is_better`` or ``neither``.
    estimate, ci_low, ci_high : float
        On the natural scale; NaN where the printed figures do not give it.
    k : int
        Number of trials behind the estimate.
    randomised : bool
        Whether every trial behind it allocated patients at random between the two.
    rounding : dict of str to (float, float) or None
        The range of each number that the rounding of the printed figures leaves open.
    trials : tuple of TrialEffect
        The trials behind the estimate.
    left_out : tuple of (TrialEffect, str)
        Trials with a figure that are not behind the estimate, each with the reason.
    random_effects, common_effect : MetaAnalysis or None
        The two models, on the analysis scale, if there is more than one trial.
    bayes : BayesMetaAnalysis or None
        With two or three trials and a ratio or SMD: random effects with a weakly informative prior of tau.
    level : float
        Confidence level.
    notes : tuple of Note
        What must be said beside the number; each is a text that knows its kind.
    facts : DataFrame
        The printed figures used, with source and place in it.
    model : {"random", "common"}
        Which of the two models gives the estimate, if there is more than one trial.
    """

    treatment: str
    control: str
    outcome: str
    measure: str
    treatment_name: str
    control_name: str
    outcome_label: str
    direction: str
    estimate: float
    ci_low: float
    ci_high: float
    k: int
    randomised: bool
    rounding: dict[str, Band] | None
    trials: tuple[TrialEffect, ...]
    left_out: tuple[tuple[TrialEffect, str], ...]
    random_effects: MetaAnalysis | None
    common_effect: MetaAnalysis | None
    bayes: BayesMetaAnalysis | None
    level: float
    notes: tuple[Note, ...]
    facts: pd.DataFrame = field(repr=False, compare=False)
    model: str = "random"

    @property
    def pooled(self) -> MetaAnalysis | None:
        """The model behind the estimate; None for one trial, and for trials that cannot be pooled."""
        return self.common_effect if self.model == "common" else self.random_effects

    def __repr__(self) -> str:
        return f"<Comparison {self.treatment} against {self.control}, {self.outcome}: {self._numbers()}>"

    @property
    def marks(self) -> tuple[Note, ...]:
        """What must stand wherever the number stands: that it is not randomised, or rests on reconstructed counts."""
        marks = (Note("allocation", self.allocation),) if self.allocation else ()
        return (*marks, Note("reconstruction", "on reconstructed counts")) if self.reconstructed else marks

    @property
    def allocation(self) -> str:
        """How patients were allocated, in words, if not at random within trials; else empty."""
        return allocation_words(self.randomised, self.allocation_stated)

    @property
    def reconstructed(self) -> bool:
        """Whether counts behind it are not printed but reconstructed."""
        return any(trial.reconstructed for trial in self.trials)

    @property
    def allocation_stated(self) -> bool:
        """Whether it is known how patients were allocated; if not, `randomised` is False, but nobody knows that it is."""
        not_random = any(not trial.randomised and trial.allocation_stated for trial in self.trials)
        return not_random or all(trial.allocation_stated for trial in self.trials)

    def title(self) -> str:
        """Return a heading in plain words: treatment against control: outcome."""
        sides = f"{self.treatment_name} against {self.control_name}"
        return f"{sides[0].upper()}{sides[1:]}: {self.outcome_label}"

    def _numbers(self) -> str:
        numbers = interval_text(self.measure, self.estimate, self.ci_low, self.ci_high, self.level)
        parts = (f"{self.measure} {numbers}, {self.k} trial{'s' if self.k != 1 else ''}", *self.marks)
        return "; ".join(parts)

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape.html(note)}</li>" for note in self.notes)
        return f"<p><b>{escape.html(self.title())}</b><br>{escape.html(self._numbers())}</p><ul>{rows}</ul>"

    def summary(self) -> str:
        """Return the result in a few lines of text.

        Returns
        -------
        str
            Title, numbers, trials, notes.
        """
        lines = [self.title(), f"  {LONG_NAMES[self.measure]}: {self._numbers()}"]
        lines += [f"  {trial.label}: {_trial_text(trial, self.level)}" for trial in self.trials]
        lines += [f"  left out, {trial.label}: {reason}" for trial, reason in self.left_out]
        return "\n".join(lines + [f"  * {note}" for note in self.notes])

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial.

        Returns
        -------
        DataFrame
            trial_id, trial, treatment, control, day, estimate, ci_low, ci_high, weight, randomised, region.
        """
        weights = self.pooled.weights if self.pooled else [1.0] * len(self.trials)
        return pd.DataFrame(
            [
                {
                    "trial_id": trial.trial_id,
                    "trial": trial.label,
                    "treatment": trial.treatment,
                    "control": trial.control,
                    "day": trial.day,
                    "estimate": trial.estimate,
                    "ci_low": trial.ci_low,
                    "ci_high": trial.ci_high,
                    "weight": weight,
                    "randomised": trial.randomised,
                    "region": trial.region,
                }
                for trial, weight in zip(self.trials, weights, strict=True)
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain numbers and text, as ``neckevidence compare --json`` prints it.

        Returns
        -------
        dict
            Ratios on the natural scale; a number that does not exist is None.
        """
        rounding = self.rounding and {name: [_plain(value) for value in band] for name, band in self.rounding.items()}
        return {
            "treatment": self.treatment,
            "control": self.control,
            "outcome": self.outcome,
            "measure": self.measure,
            "estimate": _plain(self.estimate),
            "ci_low": _plain(self.ci_low),
            "ci_high": _plain(self.ci_high),
            "k": self.k,
            "randomised": self.randomised,
            "rounding": rounding,
            "trials": [
                {
                    "trial_id": trial.trial_id,
                    "estimate": _plain(trial.estimate),
                    "ci_low": _plain(trial.ci_low),
                    "ci_high": _plain(trial.ci_high),
                    "n_treatment": _whole(trial.n_treatment),
                    "n_control": _whole(trial.n_control),
                    "day": _whole(trial.day),
                }
                for trial in self.trials
            ],
            "notes": [str(note) for note in self.notes],
        }

    def methods(self) -> str:
        """Return the sentence for a Methods section.

        Returns
        -------
        str
            Names the measure, the interval and the model.
        """
        rules = "; ".join(dict.fromkeys(trial.interval_rule for trial in self.trials if trial.has_interval))
        single = f"{LONG_NAMES[self.measure].capitalize()} with {100 * self.level:g}% intervals"
        single += f" ({rules})." if rules else "."
        if self.pooled is None:
            return f"{single} One trial is shown as one trial."
        beside = f" Beside it: {self.bayes.methods()}" if self.bayes else ""
        return f"{single} {self.pooled.methods()}{beside}"

    def explain(self, evidence: Evidence | None = None) -> Explanation:
        """Walk from the estimate to the figures as printed; see `neckevidence.views.comparison_explanation.explain`.

        Parameters
        ----------
        evidence : Evidence, optional
            To show statements and, beside each figure, the conflict it stands in.

        Returns
        -------
        Explanation
            A tree; as text, or to fold in a notebook.
        """
        return view("explanation", self, evidence)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the forest plot; see `neckevidence.figures.forest.forest_plot`.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure that fits.
        **options
            Passed on, for example ``margin``.

        Returns
        -------
        matplotlib Axes
            The Axes with the plot.
        """
        return view("picture", self, ax=ax, **options)


def _trial_text(trial: TrialEffect, level: float) -> str:
    arms = " against ".join(part for part in (trial.treatment, trial.control) if part)
    return f"{arms}: {interval_text(trial.measure, trial.estimate, trial.ci_low, trial.ci_high, level)}"


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _whole(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)
