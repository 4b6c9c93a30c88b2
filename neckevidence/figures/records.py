"""The data of a picture: one row a thing that it shows, the numbers as they were computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from neckevidence.comparison.evidence_map import Level
from neckevidence.effects.means import critical_value
from neckevidence.effects.measures import natural
from neckevidence.figures.dose_response import _intervals, _mean_baseline, _points
from neckevidence.figures.kinds import kind_of
from neckevidence.figures.ranking import median_ranks
from neckevidence.grade.risk_of_bias import DOMAINS

Rows = Iterator[dict[str, Any]]


def data(result: Any) -> pd.DataFrame:
    """Return the data behind a picture.

    Parameters
    ----------
    result : object
        What the picture shows: a result, several of one kind, or the DataFrame that it is drawn from.

    Returns
    -------
    DataFrame
        One row a thing shown: a trial, a pooled effect, a treatment, an arm, a point of a curve; columns for what it is, and
        for its numbers in full precision. Effects are on the natural scale; NaN where there is no number.

    Raises
    ------
    UnknownResultError
        If no picture of this package shows such a thing.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> frame = data(compare(load_evidence(), "CYC5", "CYC10", outcome="somnolence"))
    >>> frame[["row", "estimate"]].round(3).to_dict("records")
    [{'row': 'trial', 'estimate': 0.763}]
    """
    kind, found = kind_of(result)
    made = _RECORDS[kind](found)
    return made if isinstance(made, pd.DataFrame) else pd.DataFrame(list(made))


def _comparisons(several: Sequence[Any]) -> Rows:
    for one in several:
        about = {
            "comparison": one.title(),
            "treatment": one.treatment,
            "control": one.control,
            "outcome": one.outcome,
            "measure": one.measure,
            "level": one.level,
        }
        weights = one.pooled.weights if one.pooled else [math.nan] * len(one.trials)
        for trial, weight in zip(one.trials, weights, strict=True):
            band = trial.rounding["estimate"] if trial.rounding else (math.nan, math.nan)
            yield about | {
                "row": "trial",
                "name": trial.label,
                "trial_id": trial.trial_id,
                "region": trial.region,
                "day": trial.day,
                "treatment_printed": trial.treatment,
                "control_printed": trial.control,
                "n_treatment": trial.n_treatment,
                "n_control": trial.n_control,
                "estimate": trial.estimate,
                "ci_low": trial.ci_low,
                "ci_high": trial.ci_high,
                "rounding_low": band[0],
                "rounding_high": band[1],
                "weight": weight,
                "trials": 1,
                "randomised": trial.randomised,
                "reconstructed": trial.reconstructed,
            }
        reconstructed = any(trial.reconstructed for trial in one.trials)
        for name, fit in _pooled(one):
            ends = (natural(one.measure, value) for value in (fit.estimate, fit.ci_low, fit.ci_high))
            numbers = dict(zip(("estimate", "ci_low", "ci_high"), ends, strict=True))
            made = {"row": "pooled", "name": name, "trials": one.k, "randomised": one.randomised}
            yield about | made | numbers | {"reconstructed": reconstructed}


def _pooled(one: Any) -> list[tuple[str, Any]]:
    if one.random_effects is None or one.common_effect is None:
        return []
    fits = [("Random effects (Hartung-Knapp)", one.random_effects), ("Common effect", one.common_effect)]
    return [("Bayes (weakly informative prior)", one.bayes), *fits] if one.bayes is not None else fits


def _absolute(several: Sequence[Any]) -> Rows:
    for one in several:
        of = one.comparison
        numbers = one.to_dict()
        numbers |= {"treatment_low": 1000 * one.risk_low, "treatment_high": 1000 * one.risk_high, "level": of.level}
        yield {"comparison": of.title(), **numbers, "reconstructed": of.reconstructed}


def _map(several: Sequence[Any]) -> pd.DataFrame:
    cells = pd.concat([one.cells for one in several], ignore_index=True)
    return cells.assign(level_in_words=[Level(level).label for level in cells["level"]])


def _equivalence(several: Sequence[Any]) -> Rows:
    for one in several:
        of = one.comparison
        about = {"comparison": of.title(), "treatment": of.treatment, "control": of.control, "outcome": of.outcome}
        numbers = {"measure": of.measure, "estimate": one.estimate, "alpha": one.alpha}
        for name in ("wide", "narrow"):
            numbers |= dict(zip((f"{name}_low", f"{name}_high"), getattr(one, name), strict=True))
        for margin in one.sensitivity.to_dict("records"):
            yield about | numbers | {"margin_id": one.margin_id, "unit": one.unit} | margin


def _answers(several: Sequence[Any]) -> Rows:
    for one in several:
        for example in one.examples:
            ends = dict(zip(("wide_low", "wide_high"), example.wide, strict=True))
            ends |= dict(zip(("narrow_low", "narrow_high"), example.narrow, strict=True))
            yield {"answer": example.answer, "estimate": example.estimate, **ends, "meaning": example.meaning}


def _meta_analysis(several: Sequence[Any]) -> Rows:
    for one in several:
        for row in one.to_frame().to_dict("records"):
            half = critical_value(one.level) * math.sqrt(row["variance"])
            ends = {"estimate": row["effect"], "ci_low": row["effect"] - half, "ci_high": row["effect"] + half}
            more = {"weight": row["weight"], "trials": 1, "level": one.level, "left_out": row["excluded"]}
            yield {"row": "trial", "name": row["trial"], **ends, **more}
        ends = {"estimate": one.estimate, "ci_low": one.ci_low, "ci_high": one.ci_high}
        name = "Common effect" if one.tau2_method == "common" else "Random effects"
        yield {"row": "pooled", "name": name, **ends, "trials": one.k, "level": one.level}
        if one.prediction_interval is not None:
            yield _prediction(one.estimate, one.prediction_interval, one.level)


def _prediction(estimate: float, ends: tuple[float, float], level: float) -> dict[str, Any]:
    numbers = {"estimate": estimate, "ci_low": ends[0], "ci_high": ends[1], "level": level}
    return {"row": "prediction", "name": "Prediction interval", **numbers}


def _posterior(several: Sequence[Any]) -> Rows:
    for one in several:
        ends = {"estimate": one.estimate, "ci_low": one.ci_low, "ci_high": one.ci_high, "level": one.level}
        yield {"row": "effect", "name": "Effect", **ends}
        yield _prediction(one.estimate, one.prediction_interval, one.level)
        low, high = one.tau_ci
        yield {"row": "tau", "name": "tau", "estimate": one.tau, "ci_low": low, "ci_high": high, "level": one.level}
        for x, density in zip(*one.effect_density(), strict=True):
            yield {"row": "density", "name": "Posterior density of the effect", "effect": x, "density": density}


def _network(several: Sequence[Any]) -> pd.DataFrame:
    frames = []
    for one in several:
        frame = one.to_frame()
        half = critical_value(one.level) * frame["direct_se"]
        frame["direct_low"], frame["direct_high"] = frame["direct"] - half, frame["direct"] + half
        for name in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "direct", "direct_low",
                     "direct_high", "indirect"):  # fmt: skip
            frame[name] = [natural(one.measure, float(value)) for value in frame[name]]
        # Standard errors belong to the scale of the analysis, and would be misread beside ratios.
        frame = frame.drop(columns=["se", "direct_se", "indirect_se"])
        frames.append(frame.assign(measure=one.measure, level=one.level))
    return pd.concat(frames, ignore_index=True)


def _edges(found: Sequence[Any] | pd.DataFrame) -> pd.DataFrame:
    if isinstance(found, pd.DataFrame):
        return found.reset_index(drop=True)
    return pd.concat([one.edges.assign(outcome=one.outcome) for one in found], ignore_index=True)


def _ranking(several: Sequence[Any]) -> pd.DataFrame:
    frames = []
    for one in several:
        ranks = pd.DataFrame(one.probabilities, columns=[f"rank_{n + 1}" for n in range(len(one.treatments))])
        frame = one.to_frame().drop(columns=["first", "first_mc_error"]).assign(level=one.level)
        frame.insert(3, "median_rank", median_ranks(np.asarray(one.probabilities)))
        frames.append(pd.concat([frame, ranks], axis=1))
    return pd.concat(frames, ignore_index=True)


def _splits(several: Sequence[Any]) -> Rows:
    for one in several:
        for pair in one.to_frame().to_dict("records"):
            about = {name: pair[name] for name in ("treatment", "control", "trials")}
            for source in ("direct", "indirect", "network"):
                half = critical_value(one.level) * pair[f"{source}_se"]
                ends = (natural(one.measure, float(pair[source] + part)) for part in (0, -half, half))
                numbers = dict(zip(("estimate", "ci_low", "ci_high"), ends, strict=True))
                more = {"measure": one.measure, "level": one.level, "p_value": pair["p_value"]}
                yield about | {"evidence": source} | numbers | more | {"not_split": pair["reason"]}


def _dose(several: Sequence[Any]) -> Rows:
    """Yield the arms, then every curve from the mean baseline, from which the picture starts unless it is told another."""
    first = several[0]
    low, high = _intervals(first)
    values = first.arms.arrays.y / first.arms.arrays.size if first.counts else first.arms.arrays.y
    for place, row in enumerate(first.arms.frame.to_dict("records")):
        numbers = {"value": values[place], "low": low[place], "high": high[place], "level": first.level}
        yield {"row": "arm", **row, **numbers}
    for one in several:
        for dose, *numbers in zip(*_points(one, _mean_baseline(one)), strict=True):
            curve = dict(zip(("value", "low", "high"), numbers, strict=True))
            yield {"row": "curve", "shape": one.shape, "dose": dose, **curve, "level": one.level}


def _benefit_harm(several: Sequence[Any]) -> Rows:
    for one in several:
        about: dict[str, Any] = {"treatment": one.name, "level": one.level}
        for name in ("benefit", "harm"):
            difference = getattr(one, name)
            about |= {f"{name}_{part}": getattr(difference, part) for part in ("estimate", "ci_low", "ci_high")}
        yield from (about | {"lhh": one.lhh} | row for row in one.table.to_dict("records"))


def _bias(several: Sequence[Any]) -> pd.DataFrame:
    frames = []
    for one in several:
        own = one.judgements.assign(domain_in_words=one.judgements["domain"].map(dict(DOMAINS)))
        last = pd.DataFrame({"trial_id": list(one.overall), "judgement": list(one.overall.values())})
        labels = one.judgements.drop_duplicates("trial_id").set_index("trial_id")["label"]
        last = last.assign(label=last["trial_id"].map(labels), domain="overall", domain_in_words="overall")
        frames.append(pd.concat([own, last], ignore_index=True))
    return pd.concat(frames, ignore_index=True)


def _verdicts(found: Sequence[Any] | pd.DataFrame) -> pd.DataFrame:
    frame = found if isinstance(found, pd.DataFrame) else pd.DataFrame([one.to_dict() for one in found])
    lists = [name for name in frame.columns if frame[name].map(lambda cell: isinstance(cell, list | tuple)).any()]
    return frame.assign(**{name: [_joined(cell) for cell in frame[name]] for name in lists}).reset_index(drop=True)


def _joined(cell: Any) -> Any:
    return "; ".join(map(str, cell)) if isinstance(cell, list | tuple) else cell


def _ratings(several: Sequence[Any]) -> Rows:
    for one in several:
        for about, categories, counts, missing in _rated(one):
            names = [*categories, "missing"]
            yield from (
                about | {"category": name, "patients": n} for name, n in zip(names, [*counts, missing], strict=True)
            )


def _rated(one: Any) -> Iterator[tuple[dict[str, str], Sequence[str], Sequence[int], int]]:
    """Yield the arms: one of a `RatedArm`, two of an `OrdinalComparison`."""
    if not hasattr(one, "effects"):
        yield {"trial_id": one.trial_id, "arm_id": one.arm_id}, one.categories, one.counts, one.missing
        return
    counts = one.effects["left out"]
    pairs = ((one.treatment_arm, counts.treatment), (one.control_arm, counts.control))
    for (arm, own), missing in zip(pairs, one.missing, strict=True):
        about = {"trial_id": one.trial_id, "arm_id": arm, "timepoint": one.timepoint, "shown": one.title.split(":")[0]}
        yield about, one.categories, own, missing


def _as_it_is(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index(drop=True)


_RECORDS: Mapping[str, Callable[[Any], Rows | pd.DataFrame]] = {
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
    "calibration": _as_it_is,
    "published": _as_it_is,
    "ratings": _ratings,
}
