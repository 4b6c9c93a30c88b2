"""The table twin of a picture: the same numbers, for readers who do not see it and for those who copy them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from neckevidence import tables
from neckevidence.comparison.result import Comparison
from neckevidence.comparison.trial_effect import TrialEffect
from neckevidence.core.explanation import Explanation
from neckevidence.core.numbers import band_text, effect_texts, interval_text, number_text, share_text, signed
from neckevidence.effects.measures import LONG_NAMES, natural
from neckevidence.figures.dose_response import _NAMES as _SHAPES
from neckevidence.figures.dose_response import _mean_baseline, _points
from neckevidence.figures.forest import _as_printed, _named
from neckevidence.figures.kinds import Names, kind_of
from neckevidence.figures.ranking import median_ranks
from neckevidence.figures.records import _pooled, _rated, data
from neckevidence.grade.risk_of_bias import DOMAINS
from neckevidence.tables.base import EvidenceRow, Table, text_frame
from neckevidence.tables.verdicts import MARKS


def twin(result: Any, names: Mapping[str, str] | None = None) -> Table:
    """Return the table that says what a picture shows.

    Parameters
    ----------
    result : object
        What the picture shows: a result, several of one kind, or the DataFrame that it is drawn from.
    names : mapping, optional
        Names of treatments, where the picture shows these instead of codes.

    Returns
    -------
    Table
        A row a thing shown. The numbers are written as in the picture; `data` has them in full.

    Raises
    ------
    UnknownResultError
        If no picture of this package shows such a thing.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> twin(compare(load_evidence(), "CYC5", "CYC10", outcome="somnolence")).frame["Effect"].tolist()
    ['RR 0.76 (95% CI 0.62 to 0.95)']
    """
    kind, found = kind_of(result)
    return _TWINS[kind](found, Names(names or {}))


def _table(rows: Sequence[Mapping[str, object]], title: str, note: str = "") -> Table:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return Table(text_frame([dict(row) for row in rows], columns), title, note)


def _span(low: float, high: float, decimals: int = 2) -> str:
    return f"{_short(low, decimals)} to {_short(high, decimals)}"


def _short(value: float, decimals: int = 2) -> str:
    return signed(value, decimals) if math.isfinite(value) else number_text("MD", value)


def _comparisons(several: Sequence[Any], names: Names) -> Table:
    pairs = {(one.treatment_name, one.control_name) for one in several}
    heads = several[0].treatment_name, several[0].control_name
    heads = heads if len(pairs) == 1 and heads[0] != heads[1] else ("Treatment", "Control")
    found = [(one, _rows_of(one, heads, len(several) > 1)) for one in several]
    rows = [row for _, own in found for row in own]
    origins = tuple(one for one, own in found for _ in own)
    title = several[0].title() if len(several) == 1 else "The numbers of the forest plot"
    return replace(_table(rows, title), origins=origins)


def _rows_of(one: Any, heads: tuple[str, str], named: bool) -> list[dict[str, str]]:
    """Give a row to each trial and to each pooled effect."""
    about = {"Comparison": one.title()} if named else {}
    weights = one.pooled.weights if one.pooled else [None] * len(one.trials)
    rows = []
    for trial, weight in zip(one.trials, weights, strict=True):
        band = band_text(one.measure, *trial.rounding["estimate"]) if trial.rounding else ""
        rows.append(
            about
            | {
                "Trial": _named(trial.label, trial.population),
                heads[0]: trial.treatment,
                heads[1]: trial.control,
                "Patients": _patients(trial.n_treatment, trial.n_control),
                "Effect": _effect(one.measure, (trial.estimate, trial.ci_low, trial.ci_high), one.level),
                "Rounding leaves open": band if " to " in band else "",
                "Weight": "" if weight is None else share_text(weight),
                "Randomised": _randomised(trial, trial.reconstructed),
            }
        )
    answer = _randomised(one, any(trial.reconstructed for trial in one.trials))
    for name, fit in _pooled(one):
        ends = [natural(one.measure, value) for value in (fit.estimate, fit.ci_low, fit.ci_high)]
        more = {"Effect": _effect(one.measure, ends, one.level), "Randomised": answer}
        rows.append(about | {"Trial": f"{name}, {one.k} trials"} | more)
    if one.k > 1 and not _pooled(one):
        rows.append(about | {"Trial": f"{one.k} trials, not pooled", "Effect": "not known", "Randomised": answer})
    return rows


def _effect(measure: str, numbers: Sequence[float], level: float) -> str:
    return f"{measure} {interval_text(measure, *numbers, level)}"


def _patients(*sides: float) -> str:
    if all(map(math.isnan, sides)):
        return "not printed"
    return " and ".join("not printed" if math.isnan(n) else f"{n:.0f}" for n in sides)


def _randomised(one: Comparison | TrialEffect, reconstructed: bool) -> str:
    across = "NO: across trials" if one.allocation_stated else "not stated"
    return ("yes" if one.randomised else across) + (", reconstructed counts" if reconstructed else "")


def _absolute(several: Sequence[Any], names: Names) -> Table:
    return tables.absolute_table(several, "Of 1000 patients")


def _map(several: Sequence[Any], names: Names) -> Table:
    parts = [tables.map_table(one) for one in several]
    return Table(pd.concat([part.frame for part in parts], ignore_index=True), parts[0].title).of(None)


def _equivalence(several: Sequence[Any], names: Names) -> Table:
    """Add to the table of answers the narrower interval, which the picture draws thick."""
    table = tables.equivalence_table(several)
    narrow = [
        ""
        if math.isnan(one.narrow[0])
        else " to ".join(effect_texts(one.comparison.measure, math.nan, *one.narrow)[1:])
        for one in several
    ]
    frame = table.frame.copy()
    frame.insert(2, f"{100 * (1 - 2 * several[0].alpha):g}% interval", narrow)
    frame["At the margin"] = [one.words() for one in several]
    return replace(table, frame=frame)


def _answers(several: Sequence[Any], names: Names) -> Table:
    rows = [
        {
            "Answer": one.answer,
            "What the interval says": one.meaning,
            "95% interval, in margins": _span(*one.wide),
            "90% interval, in margins": _span(*one.narrow),
        }
        for one in several[0].examples
    ]
    example = Explanation("an example", "drawn to show what an interval can say; no result")
    return _table(rows, "Four answers to a question of equivalence", "Examples, not results.").of(example)


def _meta_analysis(several: Sequence[Any], names: Names) -> Table:
    rows = [
        {
            "Row": row.name,
            "Effect": _short(row.estimate),
            f"{100 * row.level:g}% interval": _span(row.ci_low, row.ci_high),
            "Weight": share_text(row.weight) if row.row == "trial" else "",
            "Left out": getattr(row, "left_out", ""),
        }
        for row in _tuples(data(several))
    ]
    return _table(rows, "The meta-analysis", "On the scale of the analysis: logarithms for ratios.")


def _tuples(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False, name="Row"))


def _posterior(several: Sequence[Any], names: Names) -> Table:
    names_shown = {
        "effect": "Effect",
        "prediction": "Effect in a new trial",
        "tau": "Standard deviation between trials",
    }
    frame = data(several)
    rows = [
        {
            "Of what": names_shown[row.row],
            "Median": _short(row.estimate),
            f"{100 * row.level:g}% credible interval": _span(row.ci_low, row.ci_high),
        }
        for row in _tuples(frame[frame["row"] != "density"])
    ]
    return _table(rows, "The posterior", "On the scale of the analysis: logarithms for ratios.")


def _network(several: Sequence[Any], names: Names) -> Table:
    one = several[0]
    predicted = one.to_frame()["prediction_low"].notna().any()
    rows = []
    for pair in _tuples(data(several)):
        direct = pair.direct, pair.direct_low, pair.direct_high
        ends = effect_texts(pair.measure, math.nan, pair.prediction_low, pair.prediction_high)[1:]
        rows.append(
            {
                "Treatment": names[pair.treatment],
                "Control": names[pair.control],
                "Network": _effect(pair.measure, (pair.estimate, pair.ci_low, pair.ci_high), pair.level),
                **({"In a new trial": " to ".join(ends)} if predicted else {}),
                "Direct trials only": ""
                if math.isnan(pair.direct)
                else interval_text(pair.measure, *direct, pair.level),
                "Trials": str(pair.trials),
                "Evidence": pair.evidence,
            }
        )
    note = "Indirect only: no trial randomised patients between the two. The other way round: "
    turned = "1 divided by the number." if one.measure in ("RR", "OR") else "with the other sign."
    return _table(rows, f"The network: {LONG_NAMES[one.measure]}", f"{note}{turned}")


def _edges(found: Sequence[Any] | pd.DataFrame, names: Names) -> Table:
    if not isinstance(found, pd.DataFrame):
        names = Names({**found[0].names, **names})
    rows = [
        {
            "Treatment": names[row["treatment"]],
            "Control": names[row["control"]],
            "Trials": f"{row['trials']:.0f}",
            "Patients": f"{row['patients']:.0f}" if pd.notna(row.get("patients")) else "not printed",
            "Usable figures": "yes" if row.get("has_numbers", True) else "none",
        }
        for row in data(found).to_dict("records")
    ]
    network = None if isinstance(found, pd.DataFrame) else found[0]
    table = _table(rows, "Who was compared with whom")
    return table if network is None else table.of(network)


def _ranking(several: Sequence[Any], names: Names) -> Table:
    one = several[0]
    medians, frame = median_ranks(np.asarray(one.probabilities)), one.to_frame()
    rows = []
    for row, median, probabilities in zip(_tuples(frame), medians, one.probabilities, strict=True):
        about = {
            "Treatment": names[row.treatment],
            "P-score": signed(row.p_score, 2),
            "Median rank": str(median),
            f"{100 * one.level:g}% interval": f"{row.rank_low} to {row.rank_high}",
        }
        rows.append(about | {f"Rank {place}": share_text(share) for place, share in enumerate(probabilities, start=1)})
    return _table(rows, "Ranks and the probability of each", "A rank is not an effect. Read it beside the effects.")


def _splits(several: Sequence[Any], names: Names) -> Table:
    rows = []
    for (treatment, control), own in data(several).groupby(["treatment", "control"], sort=False):
        first = own.iloc[0]
        row = {"Treatment": names[treatment], "Control": names[control]}
        for part in _tuples(own):
            numbers = part.estimate, part.ci_low, part.ci_high
            row[part.evidence.capitalize()] = (
                "" if part.not_split and math.isnan(part.estimate) else _effect(part.measure, numbers, part.level)
            )
        p = first["p_value"]
        row["p of the difference"] = "" if pd.isna(p) else "< 0.001" if p < 0.001 else signed(p, 3)
        rows.append(row | {"Why not split": first["not_split"]})
    return _table(rows, "Direct and indirect evidence", "A large p does not show that the two agree.")


def _dose(several: Sequence[Any], names: Names) -> Table:
    """Give a row to each arm, then one to each curve at each dose of an arm."""
    first = several[0]

    def shown(value: float) -> str:
        return f"{signed(100 * value, 1)}%" if first.counts else signed(value, 2)

    head = "With the event" if first.counts else "Mean"
    level = f"{100 * first.level:g}% interval"
    frame = data(several)
    rows = []
    for row in frame[frame["row"] == "arm"].to_dict("records"):
        size = {"Patients": f"{row['events']:.0f} of {row['n']:.0f}"} if first.counts else {}
        numbers = {head: shown(row["value"]), level: f"{shown(row['low'])} to {shown(row['high'])}"}
        rows.append({"Shown": f"Arm, {row['trial']}", "Dose": f"{row['dose']:g}"} | size | numbers)
    for one in several:
        doses, *curve = _points(one, _mean_baseline(one))
        for dose in one.doses:
            value, low, high = (float(np.interp(dose, doses, part)) for part in curve)
            numbers = {head: shown(value), level: f"{shown(low)} to {shown(high)}"}
            rows.append({"Shown": f"Curve, {_SHAPES[one.shape]}", "Dose": f"{dose:g}"} | numbers)
    return _table(rows, "Arms and curves by dose", "Curves from the mean baseline of the trials.")


def _benefit_harm(several: Sequence[Any], names: Names) -> Table:
    return tables.benefit_harm_table(several)


def _bias(several: Sequence[Any], names: Names) -> Table:
    frame = pd.concat([one.to_frame() for one in several], ignore_index=True).drop(columns="trial_id")
    heads = {
        "label": "Trial",
        "overall": "Overall",
        **{name: words[0].upper() + words[1:] for name, words in DOMAINS.items()},
    }
    return Table(
        frame.rename(columns=heads).astype(str),
        "Risk of bias (RoB 2)",
        "Overall: no information counts as some concerns.",
    ).of(None)


def _verdicts(found: Sequence[Any] | pd.DataFrame, names: Names) -> Table:
    by = {"computed": "numbers"}
    rows = []
    for row in data(found).to_dict("records"):
        about = {"Part": row["section"]} if "section" in row else {}
        about |= {"Claim": row["claim_id"]} | ({"What the page says": row["claim"]} if "claim" in row else {})
        verdict = f"{MARKS.get(row['verdict'], '')} {row['verdict']}".strip()
        rows.append(about | {"Verdict": verdict, "Decided by": by.get(row["basis"], "hand")})
    table = _table(
        rows, "The claims and their verdicts", ", ".join(f"{mark} {word}" for word, mark in MARKS.items()) + "."
    )
    return replace(table, origins=tuple(EvidenceRow("claims", row["Claim"]) for row in rows))


def _calibration(table: pd.DataFrame, names: Names) -> Table:
    return tables.calibration_table(table)


def _published(rows: pd.DataFrame, names: Names) -> Table:
    shown = [
        {
            "Published result": row.label,
            "Outcome": row.outcome_shown,
            "Measure": getattr(row, "measure", ""),
            "As printed": _as_printed(row),
            "Source": getattr(row, "source_id", ""),
        }
        for row in rows.itertuples()
    ]
    table = _table(shown, "Published results, not pooled")
    if "fact_id" not in rows:
        return table
    return replace(table, origins=tuple(EvidenceRow("facts", fact) for fact in rows["fact_id"]))


def _ratings(several: Sequence[Any], names: Names) -> Table:
    shown: dict[tuple[tuple[str, str], ...], Any] = {}  # two comparisons may share an arm
    for one in several:
        for about, categories, counts, missing in _rated(one):
            row = {"Trial and day": about.get("shown", about["trial_id"]), "Arm": about["arm_id"]}
            row |= {name.replace("_", " ").capitalize(): str(n) for name, n in zip(categories, counts, strict=True)}
            shown.setdefault(tuple((row | {"Missing": str(missing)}).items()), one)
    table = _table([dict(row) for row in shown], "Patients in each category")
    return replace(table, origins=tuple(shown.values()))


_TWINS: Mapping[str, Callable[[Any, Names], Table]] = {
    "comparisons": _comparisons,
    "absolute": _absolute,
    "map": _map,
    "equivalence": _equivalence,
    "answers": _answers,
    "meta_analysis": _meta_analysis,
    "posterior": _posterior,
    "network": _network,
    "edges": _edges,
    "ranking": _ranking,
    "splits": _splits,
    "dose": _dose,
    "benefit_harm": _benefit_harm,
    "bias": _bias,
    "verdicts": _verdicts,
    "calibration": _calibration,
    "published": _published,
    "ratings": _ratings,
}
