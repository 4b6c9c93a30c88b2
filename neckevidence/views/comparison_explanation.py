"""Where a number leads: from a pooled estimate through weights and trial effects to the figures as printed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from neckevidence.comparison.result import Comparison
from neckevidence.comparison.trial_effect import TrialEffect
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.explanation import Explanation
from neckevidence.core.notes import Note
from neckevidence.core.numbers import band_text, interval_text, share_text
from neckevidence.core.views import shows
from neckevidence.data.evidence import Evidence, citation

_MADE_OF_ONE = {"AbsoluteEffect": "patients of 1000", "Equivalence": "against the margin"}
_ENDS = {"estimate": "estimate", "ci_low": "lower limit", "ci_high": "upper limit"}


@shows("explanation", Comparison)
def explain(value: Any, evidence: Evidence | None = None) -> Explanation:
    """Walk from a result to the printed figures that it rests on.

    Parameters
    ----------
    value : Comparison, or a result made from one
        A result made from one (patients per 1000, a judgement of equivalence) says its own numbers first.
    evidence : Evidence, optional
        To show the words of a statement, the margin, and beside each figure the conflict it stands in.

    Returns
    -------
    Explanation
        Pooled estimate, method, what rounding leaves open, trials with weight and effect, printed figures with source
        and place, rules and doubts.

    Raises
    ------
    NeckevidenceError
        If the value is another thing.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> ev = load_evidence()
    >>> print(explain(compare(ev, "CYC5", "CYC10", outcome="somnolence"), ev).children[2].says)
    RR 0.76 (95% CI 0.62 to 0.95); the only trial; last day of the figure: 7
    """
    if isinstance(value, Comparison):
        return _of_comparison(value, evidence)
    inner = getattr(value, "comparison", None)
    if isinstance(inner, Comparison):
        below = (*_margin(value, evidence), _of_comparison(inner, evidence))
        kind = _MADE_OF_ONE.get(type(value).__name__, "made from a comparison")
        return Explanation(kind, "; ".join(map(str.strip, value.summary().splitlines())), below)
    raise NeckevidenceError(
        f"value must be a Comparison or a result made from one, found {type(value).__name__}; "
        "a network is explained by explain_network"
    )


def _of_comparison(result: Comparison, evidence: Evidence | None) -> Explanation:
    numbers = interval_text(result.measure, result.estimate, result.ci_low, result.ci_high, result.level)
    count = f"{result.k} trial{'s' if result.k != 1 else ''}"
    weights = _weights(result)
    trials = [_trial(trial, weight, result, evidence) for trial, weight in zip(result.trials, weights, strict=True)]
    below = [Explanation("method", result.methods()), *_rounding(result), *trials]
    below += [Explanation(f"left out, {trial.label}", reason) for trial, reason in result.left_out]
    below += [Explanation("to be said beside it", note) for note in _own_notes(result, evidence)]
    return Explanation(result.title(), "; ".join((f"{result.measure} {numbers}", count, *result.marks)), tuple(below))


def _weights(result: Comparison) -> list[str]:
    if result.k == 1:
        return ["the only trial"]
    if result.pooled is None:
        return ["not pooled"] * result.k
    return [f"weight {share_text(weight)}" for weight in result.pooled.weights]


def _rounding(result: Comparison) -> Iterator[Explanation]:
    if result.rounding is not None:
        bands = [f"{_ENDS[name]} {band_text(result.measure, *band)}" for name, band in result.rounding.items()]
        yield Explanation("what the rounding of the printed figures leaves open", "; ".join(bands))


def _own_notes(result: Comparison, evidence: Evidence | None) -> list[Note]:
    """Return the notes that stand nowhere below: those of the trials and, with the evidence, the conflicts do."""
    below = {note.kind for trial in result.trials for note in trial.notes} | {"allocation"}
    below |= {"conflict"} if evidence else set()
    return [note for note in result.notes if note.kind not in below]


def _trial(trial: TrialEffect, weight: str, result: Comparison, evidence: Evidence | None) -> Explanation:
    numbers = interval_text(trial.measure, trial.estimate, trial.ci_low, trial.ci_high, result.level)
    parts = [f"{trial.measure} {numbers}", weight]
    if math.isfinite(trial.day):
        parts.append(f"last day of the figure: {trial.day:g}")
    below = [Explanation("read as", _read_as(trial)), *printed_figures(trial.facts, result.facts, evidence)]
    if trial.interval_rule:
        below.append(Explanation("rule of the interval", trial.interval_rule))
    if not trial.randomised:
        below.append(Explanation("not randomised", trial.reason))
    below += [_note(note) for note in trial.notes]
    if trial.reconstructed and evidence is not None:
        below.append(
            Explanation("what else enters the reconstruction", "", tuple(_entered(trial, result.outcome, evidence)))
        )
    return Explanation(trial.label, "; ".join(parts), tuple(below))


def _read_as(trial: TrialEffect) -> str:
    sides = " against ".join(part for part in (trial.treatment, trial.control) if part)
    if len(trial.tables) < 2:
        return sides
    a, n, c, m = trial.tables[0]
    return f"{sides}; the counts nearest to the printed figures are used, {a} / {n} against {c} / {m}"


def _note(note: Note) -> Explanation:
    if note.kind == "assumption":
        return Explanation("assumed", note.removeprefix("assumed: "))
    return Explanation("rule or doubt", note)


def _entered(trial: TrialEffect, outcome: str, evidence: Evidence) -> Iterator[Explanation]:
    """Yield the sizes of the trials that are pooled with this one and of the arms of the pool, and their other figures."""
    pools, sources = evidence.pools, evidence.keyed("sources")
    own = pools[pools["pool_id"].isin(pools.loc[pools["part_id"] == trial.trial_id, "pool_id"])]
    trials, arms = evidence.keyed("trials").loc[sorted(set(own["part_id"]))], evidence.arms
    for _, row in trials.dropna(subset="n_randomised").iterrows():
        source = Explanation("source", citation(sources.loc[row["source_id"]]))
        yield Explanation(row["label"], f"{row['n_randomised']} randomised", (source,))
    pooled = arms[arms["trial_id"].isin(own["pool_id"]) & arms["arm_id"].isin(own["arm_id"])]
    for _, row in pooled.dropna(subset="n_analysed").iterrows():
        source = Explanation("source", citation(sources.loc[row["source_id"]]))
        below = (source, Explanation("place", str(row["locator"])))
        yield Explanation(f"{row['trial_id']}, {row['arm_id']}", f"{row['n_analysed']} analysed", below)
    counts, reported = evidence.counts, evidence.reported
    wanted = list(counts.loc[counts["trial_id"].isin(own["part_id"]) & (counts["outcome"] == outcome), "fact_id"])
    wanted += list(reported[reported["trial_id"].isin(own["pool_id"])].dropna(subset="n_participants")["fact_id"])
    wanted = [fact for fact in wanted if fact not in trial.facts]
    yield from printed_figures(wanted, evidence.facts(wanted), evidence)


def printed_figures(fact_ids: Sequence[str], facts: pd.DataFrame, evidence: Evidence | None) -> tuple[Explanation, ...]:
    """Return printed figures with their source and place, an arm (or published contrast) a node.

    Parameters
    ----------
    fact_ids : sequence of str
        The figures wanted.
    facts : DataFrame
        A table as `Evidence.facts` gives it, that holds them.
    evidence : Evidence or None
        To add statements and conflicts.

    Returns
    -------
    tuple of Explanation
        In the order asked for.
    """
    rows = facts.drop_duplicates("fact_id").set_index("fact_id").loc[list(dict.fromkeys(fact_ids))]
    rows["arm"] = rows["arm"].fillna("")
    return tuple(
        Explanation(
            ", ".join(filter(None, arm)), "", tuple(_figure(fact, row, evidence) for fact, row in group.iterrows())
        )
        for arm, group in rows.groupby(["study", "arm"], sort=False)
    )


def _figure(fact_id: str, row: pd.Series, evidence: Evidence | None) -> Explanation:
    what = ", ".join(str(part) for part in (row["outcome"], row["timepoint"]) if pd.notna(part))
    printed = row["as_printed"] if pd.notna(row["as_printed"]) else "words, no figure"
    named = {"source": "source", "locator": "place", "reliability": "reliability", "note": "note"}
    below = [Explanation(word, str(row[name])) for name, word in named.items() if pd.notna(row[name])]
    if evidence is not None:
        below += _from_evidence(evidence.table(row["table"]).set_index("fact_id").loc[fact_id], evidence)
    return Explanation(f"{fact_id}, {what}", f"as printed: {printed}", tuple(below), fact_id)


def _from_evidence(row: pd.Series, evidence: Evidence) -> Iterator[Explanation]:
    if pd.notna(row.get("statement")):
        yield Explanation("statement", row["statement"])
    for column in ("n", "n_participants"):
        if pd.notna(row.get(column)):
            yield Explanation("patients printed with it", f"{row[column]:g}")
    if pd.notna(row["conflict_id"]):
        conflict = evidence.keyed("conflicts").loc[row["conflict_id"]]
        sides = f"{conflict['source_a']}: {conflict['says_a']}; {conflict['source_b']}: {conflict['says_b']}"
        used = Explanation("how it is used", conflict["how_to_use"])
        yield Explanation(f"conflict {row['conflict_id']}, {conflict['what']}", sides, (used,))


def _margin(value: Any, evidence: Evidence | None) -> Iterator[Explanation]:
    margin_id = getattr(value, "margin_id", "")
    if margin_id and evidence is not None:
        yield margin_and_source(evidence, margin_id)


def margin_and_source(evidence: Evidence, margin_id: str) -> Explanation:
    """Return a margin with its rule, source and note.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its table of margins.
    margin_id : str
        Name of the margin.

    Returns
    -------
    Explanation
        The margin; below it the source, and the note if there is one.
    """
    row = evidence.keyed("margins").loc[margin_id]
    source = Explanation("source", citation(evidence.keyed("sources").loc[row["source_id"]]))
    note = (Explanation("note", row["note"]),) if pd.notna(row["note"]) else ()
    return Explanation(f"margin {margin_id}", f"{row['margin']:g} {row['unit']}, {row['rule']}", (source, *note))
