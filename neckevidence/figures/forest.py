"""Forest plots: trials, or outcomes, or published results, one a row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import share_text
from neckevidence.core.printed import printed_numbers
from neckevidence.core.views import shows
from neckevidence.effects.means import critical_value
from neckevidence.effects.measures import EffectInputError, natural
from neckevidence.equivalence.margins import Margin, check_margin
from neckevidence.figures.forest_canvas import ForestRow, draw_forest
from neckevidence.figures.risk_of_bias import rob_columns
from neckevidence.grade.risk_of_bias import RiskOfBias
from neckevidence.synthesis.bayes import BayesMetaAnalysis
from neckevidence.synthesis.pairwise import MetaAnalysis


@shows("picture", Comparison)
def forest_plot(
    comparisons: Comparison | Sequence[Comparison],
    ax: Axes | None = None,
    margin: Margin | float | None = None,
    title: str | None = None,
    risk_of_bias: RiskOfBias | None = None,
    rounding: bool = True,
) -> Axes:
    """Draw the forest plot of one comparison (a row a trial) or of several (a row each).

    Parameters
    ----------
    comparisons : Comparison or sequence of Comparison
        Several must have the same measure; their rows are named by outcome, and by treatments where these differ.
    ax : matplotlib Axes, optional
        Where to draw; its place is shared between plot and columns. By default a new figure that fits.
    margin : Margin or float, optional
        Equivalence margin to shade, as for `neckevidence.assess_equivalence`.
    title : str, optional
        Heading; by default made from the comparison.
    risk_of_bias : RiskOfBias, optional
        Judgements to show as columns of signs; a trial or pool that is not among them gets none.
    rounding : bool
        Whether to show what the rounding of the printed figures leaves open.

    Returns
    -------
    matplotlib Axes
        The Axes with the plot. Each interval, marker and diamond carries a ``gid``: ``interval``, ``estimate``, ``pooled``.

    Raises
    ------
    NeckevidenceError
        If there is nothing to draw, or the measures differ.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> result = compare(load_evidence(), "CYC5", "CYC10", outcome="somnolence")
    >>> axes = forest_plot(result)
    >>> axes.get_xscale()
    'log'
    """
    several = [comparisons] if isinstance(comparisons, Comparison) else list(comparisons)
    if not several:
        raise NeckevidenceError("a forest plot needs at least one comparison")
    first = several[0]
    for one in several:
        check_margin(one, margin)
    if any(one.measure != first.measure for one in several):
        raise NeckevidenceError("the comparisons of one forest plot must have the same measure")
    if isinstance(comparisons, Comparison):
        heads = ("Trial", first.treatment_name, first.control_name)
        rows = _trial_rows(first)
        trials = [trial.trial_id for trial in first.trials]
    else:
        same = {(one.treatment, one.control) for one in several}
        named = ("Outcome", first.treatment_name, first.control_name)
        heads = named if len(same) == 1 else ("Comparison", "Treatment", "Control")
        rows = [_outcome_row(one, len(same) == 1) for one in several]
        trials = [one.trials[0].trial_id if one.k == 1 else "" for one in several]
    if not rounding:
        rows = [replace(row, band=None) for row in rows]
    if risk_of_bias is not None:
        judged = rob_columns(risk_of_bias)
        beside = [judged.get(trial, ()) for trial in trials] + [()] * (len(rows) - len(trials))
        rows = [replace(row, bias=bias) for row, bias in zip(rows, beside, strict=True)]
    allocations = dict.fromkeys(one.allocation for one in several if one.allocation)
    directions = {one.direction for one in several}
    one_pair = len({(one.treatment, one.control) for one in several}) == 1
    sides = (first.treatment_name, first.control_name) if one_pair else None
    warnings = [f"Hollow, dashed: {' or '.join(allocations)}"] if allocations else []
    if any(row.band and row.band[1] > row.band[0] for row in rows):
        warnings.append("Amber: what the rounding of the printed figures leaves open")
    return draw_forest(
        rows,
        heads,
        first.measure,
        title or (first.title() if isinstance(comparisons, Comparison) else first.title().split(":")[0]),
        ax,
        margin=margin,
        direction=directions.pop() if len(directions) == 1 else "neither",
        sides=sides,
        caution=". ".join(warnings),
        level=first.level,
    )


@shows("picture", MetaAnalysis)
def meta_analysis_plot(
    fit: MetaAnalysis,
    ax: Axes | None = None,
    measure: str | None = None,
    title: str = "",
    counts: Mapping[str, ArrayLike] | pd.DataFrame | None = None,
    sides: tuple[str, str] = ("Treatment", "Control"),
) -> Axes:
    """Draw a meta-analysis: its trials with Wald intervals, the pooled effect, and the prediction interval if there is one.

    Parameters
    ----------
    fit : MetaAnalysis
        The result.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that fits.
    measure : {"RR", "OR", "RD", "MD", "SMD"}, optional
        What the effects are; RR and OR are shown as ratios on a log axis. By default the analysis scale is shown.
    title : str
        Heading.
    counts : mapping or DataFrame, optional
        What the effects were computed from, to be shown beside them: the numbers that `neckevidence.effect_sizes` took, under
        the same names, one for each trial of the fit.
    sides : (str, str)
        Headings of their two columns.

    Returns
    -------
    matplotlib Axes
        The Axes with the plot.

    Raises
    ------
    EffectInputError
        If a number is missing or not known, or there are not as many as trials.

    Examples
    --------
    >>> from neckevidence import effect_sizes, meta_analysis
    >>> table = {"events_treatment": [4, 6], "n_treatment": [123, 306], "events_control": [11, 29], "n_control": [139, 303]}
    >>> fit = meta_analysis(*effect_sizes("RR", **table))
    >>> axes = meta_analysis_plot(fit, measure="RR", counts=table, sides=("BCG", "no vaccine"))
    >>> axes.get_xscale()
    'log'
    """
    shown = measure or "SMD"  # two decimals, on whatever scale
    frame = fit.to_frame()
    beside = [()] * len(frame) if counts is None else _counts_beside(counts, len(frame))
    heads = ("Trial",) if counts is None else ("Trial", *sides)
    rows = []
    for row, texts in zip(frame.itertuples(), beside, strict=True):
        if row.excluded:
            continue
        half = critical_value(fit.level) * math.sqrt(row.variance)
        ends = (natural(shown, value) for value in (row.effect, row.effect - half, row.effect + half))
        rows.append(ForestRow((row.trial, *texts), *ends, weight=row.weight, note=share_text(row.weight)))
    pooled = _pooled_row("Common effect" if fit.tau2_method == "common" else "Random effects", fit, shown)
    rows.append(replace(pooled, texts=pooled.texts[: len(heads)]))
    if fit.prediction_interval is not None:
        low, high = (natural(shown, end) for end in fit.prediction_interval)
        name = ("Prediction interval", "", "")[: len(heads)]
        rows.append(ForestRow(name, natural(shown, fit.estimate), low, high, kind="prediction"))
    return draw_forest(rows, heads, shown, title, ax, level=fit.level, name="" if measure else "effect")


def _counts_beside(counts: Mapping[str, ArrayLike] | pd.DataFrame, k: int) -> list[tuple[str, str]]:
    """Write what each trial printed for its two arms: events of patients, or mean, SD and patients."""
    given = {str(name): list(np.ravel(np.asarray(counts[name], dtype=float))) for name in counts}
    kinds = {"events": ("events", "n"), "mean": ("mean", "sd", "n")}
    kind = next((kind for kind in kinds if f"{kind}_treatment" in given), "events")
    needed = [f"{name}_{side}" for side in ("treatment", "control") for name in kinds[kind]]
    if set(given) != set(needed):
        raise EffectInputError(f"counts must hold {', '.join(needed)}; found {', '.join(given) or 'nothing'}")
    for name, numbers in given.items():
        if len(numbers) != k:
            raise EffectInputError(
                f"counts: {name} must hold a number for each of the {k} trials; found {len(numbers)}"
            )
    write = "{:.15g} / {:.15g}" if kind == "events" else "{:.15g} (SD {:.15g}), n = {:.15g}"
    half = len(needed) // 2
    return [
        (write.format(*numbers[:half]), write.format(*numbers[half:]))
        for numbers in zip(*(given[name] for name in needed), strict=True)
    ]


def published_forest(
    results: pd.DataFrame, measure: str, ax: Axes | None = None, title: str = "", direction: str = "neither"
) -> Axes:
    """Draw published results side by side, without pooling them.

    Parameters
    ----------
    results : DataFrame
        Rows of the table ``reported`` with estimate and interval, and a column ``label``.
    measure : str
        RR, OR, MD or SMD; all rows must have it.
    ax : matplotlib Axes, optional
        Where to draw.
    title : str
        Heading.
    direction : str
        Which side is better: ``higher_is_better``, ``lower_is_better`` or ``neither``.

    Returns
    -------
    matplotlib Axes
        The Axes with the plot.

    Raises
    ------
    NeckevidenceError
        If a row has another measure.
    """
    if set(results["measure"]) != {measure}:
        raise NeckevidenceError(f"published results of one plot must all be {measure}")
    rows = [
        ForestRow(
            (row.label, row.outcome_shown),
            row.estimate,
            row.ci_low,
            row.ci_high,
            note=row.source_id,
            effect_text=_as_printed(row),
        )
        for row in results.itertuples()
    ]
    return draw_forest(
        rows, ("Published result", "Outcome"), measure, title, ax, direction=direction, note_head="Source"
    )


def _as_printed(row: tuple) -> str:
    """Write estimate and limits with the decimals that the source prints."""
    printed = {float(word): word for word in printed_numbers(row.as_printed)}
    texts = [("\u2212" if v < 0 else "") + printed[abs(v)] for v in (row.estimate, row.ci_low, row.ci_high)]
    return f"{texts[0]} ({texts[1]} to {texts[2]})"


def _trial_rows(one: Comparison) -> list[ForestRow]:
    weights = one.pooled.weights if one.pooled else [0.5] * len(one.trials)
    pooled = one.random_effects is not None
    rows = [
        ForestRow(
            (_named(trial.label, trial.population), trial.treatment, trial.control),
            trial.estimate,
            trial.ci_low,
            trial.ci_high,
            weight=weight,
            randomised=trial.randomised,
            band=trial.rounding["estimate"] if trial.rounding else None,
            note=share_text(weight) if pooled else "",
        )
        for trial, weight in zip(one.trials, weights, strict=True)
    ]
    if one.random_effects is not None and one.common_effect is not None:
        if one.bayes is not None:
            rows.append(_pooled_row("Bayes (weakly informative prior)", one.bayes, one.measure))
        rows.append(_pooled_row("Random effects (Hartung-Knapp)", one.random_effects, one.measure))
        rows.append(_pooled_row("Common effect", one.common_effect, one.measure))
    return rows


def _named(label: str, population: str) -> str:
    return f"{label} ({population})" if population else label


def _pooled_row(name: str, fit: MetaAnalysis | BayesMetaAnalysis, measure: str) -> ForestRow:
    numbers = (natural(measure, value) for value in (fit.estimate, fit.ci_low, fit.ci_high))
    return ForestRow((name, "", ""), *numbers, kind="pooled")


def _outcome_row(one: Comparison, same: bool) -> ForestRow:
    single = one.trials[0] if len(one.trials) == 1 else None
    return ForestRow(
        (
            one.outcome_label if same else one.title(),
            single.treatment if single else f"{one.k} trials",
            single.control if single else "",
        ),
        one.estimate,
        one.ci_low,
        one.ci_high,
        randomised=one.randomised,
        band=one.rounding["estimate"] if one.rounding else None,
    )
