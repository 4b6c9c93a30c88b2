"""The data with which a reader of the HTML report recomputes comparisons; the arithmetic there is web/synthesis.js."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from neckevidence.comparison.compare import compare
from neckevidence.comparison.result import Comparison
from neckevidence.comparison.trial_effect import TrialEffect
from neckevidence.core.errors import NoComparisonError
from neckevidence.data.evidence import Evidence, is_packaged
from neckevidence.effects.measures import MEASURES
from neckevidence.equivalence.limits import interval_at
from neckevidence.equivalence.margins import margin_for_result

# What is stored of an effect that does not come from counts: the interval shown, and that of two one-sided tests at 0.05.
_STORED, _NARROW = 0.95, 0.9


@dataclass(frozen=True)
class WorkbenchOf:
    """Comparisons that a reader of the HTML report can compute again.

    Attributes
    ----------
    evidence : Evidence
        The evidence.
    asked : tuple of (str, str, str)
        Treatment, control and outcome codes.
    """

    evidence: Evidence = field(repr=False, compare=False)
    asked: tuple[tuple[str, str, str], ...]

    def __repr__(self) -> str:
        return f"A workbench for {len(self.asked)} comparisons: it stands in the HTML report, where it needs no kernel."

    def results(self) -> list[Comparison]:
        """Return each comparison at the measure that is shown first."""
        return [next(iter(_at_every_measure(self.evidence, *one).values())) for one in self.asked]

    def data(self) -> dict[str, Any]:
        """Return what the script reads; see `workbench_data`."""
        return workbench_data(self.evidence, self.asked)


def workbench(evidence: Evidence, asked: Sequence[tuple[str, str, str]]) -> WorkbenchOf:
    """Put comparisons into the HTML report so that its reader can compute them again.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    asked : sequence of (str, str, str)
        Treatment, control and outcome codes.

    Returns
    -------
    WorkbenchOf
        To be shown by a cell of a notebook.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> workbench(load_evidence(), [("CYC5", "PBO", "somnolence")])
    A workbench for 1 comparisons: it stands in the HTML report, where it needs no kernel.
    """
    return WorkbenchOf(evidence, tuple(dict.fromkeys(asked)))


def workbench_data(evidence: Evidence, asked: Sequence[tuple[str, str, str]], level: float = 0.95) -> dict[str, Any]:
    """Return everything that recomputing some comparisons needs.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    asked : sequence of (str, str, str)
        Treatment, control and outcome codes.
    level : float
        Confidence level shown at first. Effects that do not come from counts have intervals at 95% and 90% only.

    Returns
    -------
    dict
        Ready for JSON, without clock or chance: None for a number that does not exist, the text "Infinity" for a ratio or a
        limit without bound. A trial has an entry under ``effects`` for each measure for which it stands behind the estimate.

    Raises
    ------
    NoComparisonError
        If a comparison has no figure at any measure; the message says what there is.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> data = workbench_data(load_evidence(), [("CYC5", "PBO", "somnolence")])
    >>> one = data["comparisons"][0]
    >>> one["id"], one["measures"], one["trials"][0]["cells"]
    ('CYC5-PBO-somnolence', ['RR', 'OR', 'RD'], [135, 464, 47, 469])
    """
    return {"level": level, "comparisons": [_comparison(evidence, *one) for one in asked]}


def _comparison(evidence: Evidence, treatment: str, control: str, outcome: str) -> dict[str, Any]:
    results = _at_every_measure(evidence, treatment, control, outcome)
    default = next(iter(results.values()))
    found = [trial for result in results.values() for trial in result.trials]
    margins = _margins(evidence, results)
    return {
        "id": f"{treatment}-{control}-{outcome}".replace("+", "and").replace(".", "_"),
        "folder": _folder(evidence),
        "treatment": treatment,
        "control": control,
        "outcome": outcome,
        "title": default.title(),
        "treatment_name": default.treatment_name,
        "control_name": default.control_name,
        "outcome_label": default.outcome_label,
        "direction": default.direction,
        "measures": list(results),
        "measure": default.measure,
        "margins": margins,
        "unit": _unit(evidence, results, margins),
        "randomised": default.randomised,
        "notes": list(default.notes),
        "trials": [_trial(results, trial_id) for trial_id in dict.fromkeys(trial.trial_id for trial in found)],
        "left_out": _left_out(results),
        "poolable": any(result.pooled is not None for result in results.values()),
    }


def _folder(evidence: Evidence) -> str | None:
    """Return the name of the evidence folder, never its path; "" if it is packaged, None if there is none."""
    if is_packaged(evidence):
        return ""
    folder = Path(evidence.folder)
    return folder.resolve().name if folder.is_dir() else None


def _at_every_measure(evidence: Evidence, treatment: str, control: str, outcome: str) -> dict[str, Comparison]:
    results, why = {}, f"no figure for {treatment} against {control}, {outcome}"
    for measure in MEASURES:
        try:
            results[measure] = compare(evidence, treatment, control, outcome, measure, level=_STORED)
        except NoComparisonError as error:
            why = str(error)
    if not results:
        raise NoComparisonError(why)
    # Means without a spread have no SMD: a measure is offered if it has a number, or if none has.
    return {measure: result for measure, result in results.items() if _has_number(result)} or results


def _has_number(result: Comparison) -> bool:
    return not all(math.isnan(trial.estimate) for trial in result.trials)


def _trial(results: dict[str, Comparison], trial_id: str) -> dict[str, Any]:
    """Describe a trial, with its effect at each measure for which it stands behind the estimate."""
    used = {
        measure: (result, trial)
        for measure, result in results.items()
        for trial in result.trials
        if trial.trial_id == trial_id
    }
    one = next(iter(used.values()))[1]
    return {
        "trial_id": trial_id,
        "label": one.label,
        "region": one.population,
        "day": _plain(one.day),
        "randomised": one.randomised,
        "allocation": one.allocation,
        "reconstructed": one.reconstructed,
        "n_treatment": _plain(one.n_treatment),
        "n_control": _plain(one.n_control),
        "cells": [int(cell) for cell in one.tables[0]] if one.tables else None,
        "control_risk": _plain(one.control_risk),
        "effects": {measure: _effect(*both) for measure, both in used.items()},
    }


def _effect(result: Comparison, trial: TrialEffect) -> dict[str, Any]:
    alone = replace(
        result,
        trials=(trial,),
        k=1,
        estimate=trial.estimate,
        ci_low=trial.ci_low,
        ci_high=trial.ci_high,
        random_effects=None,
        common_effect=None,
    )
    narrow = interval_at(alone, _NARROW)
    numbers = {
        "effect": trial.effect,
        "variance": trial.variance,
        "estimate": trial.estimate,
        "ci_low": trial.ci_low,
        "ci_high": trial.ci_high,
        "narrow_low": narrow[0],
        "narrow_high": narrow[1],
    }
    return {name: _plain(number) for name, number in numbers.items()} | {"interval_rule": trial.interval_rule}


def _left_out(results: dict[str, Comparison]) -> list[dict[str, Any]]:
    """List who is left out and why, each with the measures for which it is."""
    found: dict[tuple[str, str], list[str]] = {}
    for measure, result in results.items():
        for trial, reason in result.left_out:
            found.setdefault((trial.label, reason), []).append(measure)
    return [{"label": label, "reason": reason, "measures": measures} for (label, reason), measures in found.items()]


def _margins(evidence: Evidence, results: dict[str, Comparison]) -> dict[str, dict[str, Any]]:
    found = {}
    for measure, result in results.items():
        margin = margin_for_result(evidence, result)
        if margin is not None:
            found[measure] = {"value": margin.value, "id": margin.margin_id, "words": margin.rule, "unit": margin.unit}
    return found


def _scales(evidence: Evidence, results: dict[str, Comparison]) -> pd.DataFrame:
    """Return the scales on which the trials' means are printed; none for a published contrast."""
    facts = {fact for result in results.values() for trial in result.trials for fact in trial.facts}
    codes = evidence.means.loc[evidence.means["fact_id"].isin(facts), "scale"]
    return evidence.scales[evidence.scales["scale"].isin(codes)]


def _unit(evidence: Evidence, results: dict[str, Comparison], margins: dict[str, dict[str, Any]]) -> str:
    """Return the unit of a difference of means; empty if it is not printed, or not the same for all."""
    printed = set(_scales(evidence, results)["unit"].fillna(""))
    printed |= {margins["MD"]["unit"]} if not printed and "MD" in margins else set()
    return printed.pop() if len(printed) == 1 else ""


def _plain(value: float) -> float | int | str | None:
    """Return a number that JSON can hold."""
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if float(value).is_integer() else float(value)
