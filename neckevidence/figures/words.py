"""The alternative text of a picture, made from the result that it shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from neckevidence.comparison.evidence_map import Level
from neckevidence.core.notes import has_kind
from neckevidence.core.numbers import (
    effect_texts,
    number_text,
    per_thousand_text,
    per_thousand_texts,
    share_text,
    signed,
)
from neckevidence.effects.measures import LONG_NAMES, natural, no_effect
from neckevidence.equivalence.assessment import ANSWERS
from neckevidence.figures.dose_response import _NAMES as _SHAPES
from neckevidence.figures.kinds import Names, UnknownResultError, kind_of
from neckevidence.figures.ranking import median_ranks
from neckevidence.figures.records import _rated
from neckevidence.grade.risk_of_bias import DOMAINS, JUDGEMENTS

LIMIT = 600  # letters; what is beyond stands in the table


def alt_text(result: Any, names: Mapping[str, str] | None = None) -> str:
    """Describe a result in words, as the alternative text of its picture.

    Parameters
    ----------
    result : object
        What the picture shows: a result, several of one kind, the DataFrame that it is drawn from, or a text, which is
        returned as it is.
    names : mapping, optional
        Names of treatments, where the picture shows these instead of codes.

    Returns
    -------
    str
        Sentences with the numbers of the picture; of a long list the first, and how many more stand in the table.

    Raises
    ------
    UnknownResultError
        If there are no words for it.

    Notes
    -----
    An interval "includes 1" (or 0): the text never calls two treatments equal for that.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> text = alt_text(compare(load_evidence(), "CYC5", "CYC10", outcome="somnolence"))
    >>> text.partition("(drowsiness), ")[2]
    'risk ratio 0.76, 95% interval 0.62 to 0.95, excludes 1, 1 trial, not a randomised comparison.'
    """
    if isinstance(result, str):
        return result
    try:
        kind, found = kind_of(result)
    except UnknownResultError:
        if hasattr(result, "summary"):
            return " ".join(line.strip().rstrip(".") + "." for line in result.summary().splitlines())
        if isinstance(result, Sequence) and len(result):
            return " ".join(alt_text(one, names) for one in result)
        raise
    return _WORDS[kind](found, Names(names or {}))


def _listed(start: str, parts: Sequence[str], *after: str) -> str:
    """Join parts while there is room, say how many are left, and end with what must be said in any case."""
    end = " ".join(("", *filter(None, after)))
    for number in range(len(parts), 0, -1):
        more = f"; {len(parts) - number} more in the table" if number < len(parts) else ""
        text = f"{start}{'; '.join(parts[:number])}{more}.{end}"
        if len(text) <= LIMIT:
            return text
    return f"{start}{len(parts)} in the table.{end}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _against(one: Any) -> str:
    return f"{one.treatment_name} against {one.control_name}"


def _span(measure: str, low: float, high: float) -> str:
    return " to ".join(effect_texts(measure, math.nan, low, high)[1:])


def _includes(measure: str, low: float, high: float) -> bool | None:
    """Tell whether an interval holds no effect; None if there is no interval."""
    return None if math.isnan(low) or math.isnan(high) else low <= no_effect(measure) <= high


def _effect(measure: str, numbers: Sequence[float], level: float, short: bool = False) -> str:
    """Write estimate, interval, and whether it includes no effect."""
    estimate, low, high = numbers
    includes = _includes(measure, low, high)
    if includes is None:
        return f"{number_text(measure, estimate)}, no interval"
    shown, *limits = effect_texts(measure, estimate, low, high)
    span, verb = " to ".join(limits), "includes" if includes else "excludes"
    between = f" ({span})" if short else f", {100 * level:g}% interval {span}"
    return f"{shown}{between}, {verb} {no_effect(measure):g}"


def _caution(measure: str, intervals: Sequence[tuple[float, float]]) -> str:
    if not any(_includes(measure, *ends) for ends in intervals):
        return ""
    return f"An interval that includes {no_effect(measure):g} shows neither a difference nor equality."


def _comparisons(several: Sequence[Any], names: Names) -> str:
    first = several[0]
    caution = _caution(first.measure, [(one.ci_low, one.ci_high) for one in several])
    if len(several) == 1:
        numbers = _effect(first.measure, (first.estimate, first.ci_low, first.ci_high), first.level)
        trials = _count(first.k, "trial") + (f", {first.model} effects" if first.pooled else "")
        words = f"{first.title()}, {LONG_NAMES[first.measure]} {numbers}, {trials}"
        return " ".join(filter(None, (f"Forest plot. {', '.join((words, *first.marks))}.", caution)))
    pairs, marks = {_against(one) for one in several}, {one.marks for one in several}
    parts = []
    for one in several:
        numbers = _effect(one.measure, (one.estimate, one.ci_low, one.ci_high), one.level, short=True)
        name = _capital(one.outcome_label) if len(pairs) == 1 else one.title()
        parts.append(", ".join((f"{name}: {numbers}", *(one.marks if len(marks) > 1 else ()))))
    start = (
        f"Forest plot. {_capital(first.treatment_name)} against {first.control_name}, "
        if len(pairs) == 1
        else "Forest plot. "
    )
    start += f"{_count(len(several), 'result')}, {LONG_NAMES[first.measure]} ({100 * first.level:g}% interval). "
    for_all = f"All: {', '.join(first.marks)}." if len(marks) == 1 and first.marks else ""
    return _listed(start, parts, for_all, caution)


def _absolute(several: Sequence[Any], names: Names) -> str:
    first = several[0].comparison
    pairs = {_against(one.comparison) for one in several}
    parts, intervals = [], []
    for one in several:
        of = one.comparison
        difference, low, high = one.difference_per_1000
        includes = _includes("RD", low, high)
        intervals.append((low, high))
        sides = per_thousand_text(one.treatment_per_1000), per_thousand_text(one.control_per_1000)
        numbers = f"{sides[0]} against {sides[1]}"
        if len(pairs) > 1 or len(several) == 1:
            numbers = f"of 1000 patients {sides[0]} on {of.treatment_name} against {sides[1]} on {of.control_name}"
        shown, *limits = per_thousand_texts(difference, low, high)
        text = f"{_capital(of.outcome_label)}: {numbers}, difference {shown} "
        if includes is None:
            text += "(no interval)"
        else:
            span = " to ".join(limits)
            text += f"({100 * of.level:g}% interval {span}), {'includes' if includes else 'excludes'} 0"
        parts.append(", ".join((text, *of.marks)))
    start = "Patients per thousand. "
    if len(pairs) == 1 and len(several) > 1:
        start += f"Of 1000 patients, {first.treatment_name} against {first.control_name}. "
    return _listed(start, parts, _caution("RD", intervals))


def _map(several: Sequence[Any], names: Names) -> str:
    """Say how many cells have what, and which comparisons have at best what."""
    cells = pd.concat([one.cells for one in several], ignore_index=True)
    counts = cells["level"].value_counts()
    levels = sorted(Level, reverse=True)
    shown = "; ".join(f"{level.label} {counts[level]}" for level in levels if level in counts.index)
    titles, kinds = cells["title"].nunique(), cells["domain"].nunique()
    best = cells.groupby("title", sort=False)["level"].max()
    parts = [f"{level.label}: {', '.join(best.index[best == level])}" for level in levels if (best == level).any()]
    start = f"Evidence map. {_count(titles, 'comparison')} by {_count(kinds, 'kind')} of outcome; cells: {shown}. "
    return _listed(f"{start}The best that each has: ", parts)


def _equivalence(several: Sequence[Any], names: Names) -> str:
    return _listed("Against the margin of equivalence. ", [_judged(one, len(several) > 1) for one in several])


def _judged(one: Any, short: bool) -> str:
    of = one.comparison
    numbers = _effect(of.measure, (one.estimate, *one.wide), 1 - one.alpha)
    narrow = (
        ""
        if math.isnan(one.narrow[0])
        else f", {100 * (1 - 2 * one.alpha):g}% interval {_span(of.measure, *one.narrow)}"
    )
    column = "answer" if of.randomised else "position"
    rows = one.sensitivity[["factor", column]].itertuples(index=False)
    others = (
        ""
        if short
        else "".join(
            f"; at {factor:g} times the margin {ANSWERS.get(found, found)}" for factor, found in rows if factor != 1
        )
    )
    rounding = "; the rounding of the printed figures can change the answer" if one.lost_by_rounding else ""
    name = LONG_NAMES[of.measure]
    return f"{of.title()}, {name} {numbers}{narrow}; margin {one.margin_text()}; {one.words()}{others}{rounding}"


def _answers(several: Sequence[Any], names: Names) -> str:
    parts = [
        f"{example.answer}: {example.meaning[0].lower()}{example.meaning[1:-1]}" for example in several[0].examples
    ]
    return _listed("The four answers to a question of equivalence, by where the interval lies. ", parts)


def _plain_interval(numbers: Sequence[float], level: float, word: str = "interval") -> str:
    estimate, low, high = effect_texts("SMD", *numbers)  # two decimals, on whatever scale
    return f"{estimate}, {100 * level:g}% {word} {low} to {high}"


def _meta_analysis(several: Sequence[Any], names: Names) -> str:
    parts = []
    for one in several:
        model = "common effect" if one.tau2_method == "common" else "random effects"
        includes = _includes("MD", one.ci_low, one.ci_high)
        holds = "" if includes is None else f", {'includes' if includes else 'excludes'} 0"
        text = f"{_count(one.k, 'trial')}, {model} {_plain_interval((one.estimate, one.ci_low, one.ci_high), one.level)}{holds}"
        if one.prediction_interval is not None:
            text += f", prediction interval {' to '.join(signed(end, 2) for end in one.prediction_interval)}"
        parts.append(text)
    caution = _caution("MD", [(one.ci_low, one.ci_high) for one in several])
    return _listed("Forest plot of a meta-analysis, on the scale of the analysis. ", parts, caution)


def _posterior(several: Sequence[Any], names: Names) -> str:
    parts = []
    for one in several:
        effect = _plain_interval((one.estimate, one.ci_low, one.ci_high), one.level, "credible interval")
        new = " to ".join(signed(end, 2) for end in one.prediction_interval)
        parts.append(
            f"{_count(one.k, 'trial')}, median {effect}; effect in a new trial {new}; standard deviation between trials "
            f"{signed(one.tau, 2)}, prior {one.tau_prior}"
        )
    return _listed("Posterior density of the effect, on the scale of the analysis. ", parts)


def _network(several: Sequence[Any], names: Names) -> str:
    one = several[0]
    frame = one.to_frame()
    own = frame[frame["control"] == one.reference]
    parts, intervals = [], []
    for row in own.sort_values("estimate", kind="stable").itertuples():
        numbers = [natural(one.measure, float(value)) for value in (row.estimate, row.ci_low, row.ci_high)]
        intervals.append((numbers[1], numbers[2]))
        indirect = ", indirect only" if row.evidence == "indirect only" else ""
        parts.append(f"{names[row.treatment]} {_effect(one.measure, numbers, one.level, short=True)}{indirect}")
    start = f"Network of {_count(one.k, 'trial')} and {len(one.treatments)} treatments. {_capital(LONG_NAMES[one.measure])} "
    start += f"against {names[one.reference]} ({100 * one.level:g}% interval): "
    indirect = (frame["evidence"] == "indirect only").any()
    across = "Pairs that no trial compares rest on indirect evidence: not a randomised comparison." if indirect else ""
    return _listed(start, parts, across, _caution(one.measure, intervals))


def _edges(found: Sequence[Any] | pd.DataFrame, names: Names) -> str:
    if isinstance(found, pd.DataFrame):
        edges, outcome = found, ""
    else:
        edges, outcome = found[0].edges, f", {found[0].outcome_label}"
        names = Names({**found[0].names, **names})
    numbers = edges["has_numbers"].astype(bool) if "has_numbers" in edges else pd.Series(True, index=edges.index)
    pairs = [
        f"{names[row.treatment]} against {names[row.control]} ({_count(int(row.trials), 'trial')})"
        for row in edges[numbers].itertuples()
    ]
    treatments = len(set(edges["treatment"]) | set(edges["control"]))
    empty = int((~numbers).sum())
    left = f"{_count(empty, 'pair')} compared by trials that print no usable figures." if empty else ""
    start = f"Network of treatments{outcome}. {treatments} treatments, {_count(len(pairs), 'pair')} with figures: "
    return _listed(start, pairs or ["none"], left)


def _ranking(several: Sequence[Any], names: Names) -> str:
    one = several[0]
    medians = median_ranks(one.probabilities)
    rows = zip(one.to_frame().itertuples(), medians, strict=True)
    parts = [
        f"{names[row.treatment]} rank {median} ({row.rank_low} to {row.rank_high}), P-score {signed(row.p_score, 2)}"
        for row, median in rows
    ]
    start = f"Ranking of {len(parts)} treatments, median rank with {100 * one.level:g}% interval. "
    start += f"Small values are {one.small_values}. "
    return _listed(start, parts, "A rank is not an effect.")


def _splits(several: Sequence[Any], names: Names) -> str:
    one = several[0]
    frame = one.to_frame()
    parts = []
    for row in frame[frame["reason"] == ""].itertuples():
        direct, indirect = (
            number_text(one.measure, natural(one.measure, float(v))) for v in (row.direct, row.indirect)
        )
        sides = f"{names[row.treatment]} against {names[row.control]}"
        p = "below 0.001" if row.p_value < 0.001 else signed(row.p_value, 3)
        parts.append(f"{sides} {direct} direct, {indirect} indirect, p {p}")
    left = int((frame["reason"] != "").sum())
    unsplit = f"{_count(left, 'pair')} cannot be split." if left else ""
    start = f"Direct and indirect evidence, {LONG_NAMES[one.measure]}. "
    return _listed(start, parts or ["no pair can be split"], unsplit, "A large p does not show that the two agree.")


def _dose(several: Sequence[Any], names: Names) -> str:
    first = several[0]
    measure = "OR" if first.counts else "MD"
    largest, parts, intervals = first.doses[-1], [], []
    for one in several:
        row = one.predict([largest]).iloc[0]
        numbers = [natural(measure, float(row[name])) for name in ("effect", "ci_low", "ci_high")]
        intervals.append((numbers[1], numbers[2]))
        parts.append(f"{_SHAPES[one.shape]} {_effect(measure, numbers, one.level, short=True)}")
    doses = ", ".join(f"{dose:g}" for dose in first.doses)
    start = (
        f"Dose-response curves, {_count(first.n_arms, 'arm')} of {_count(first.n_trials, 'trial')}, doses {doses}. "
        f"{_capital(LONG_NAMES[measure])} of dose {largest:g} against none ({100 * first.level:g}% interval): "
    )
    across = ""
    if any(has_kind(one.notes, "allocation") for one in several):
        across = "Doses of different trials are compared across trials: not a randomised comparison."
    return _listed(start, parts, across, _caution(measure, intervals))


def _benefit_harm(several: Sequence[Any], names: Names) -> str:
    parts = []
    for one in several:
        shown = []
        for word, difference in (("helped", one.benefit), ("harmed", one.harm)):
            numbers = [signed(100 * value, 1) for value in (difference.estimate, difference.ci_low, difference.ci_high)]
            includes = _includes("RD", difference.ci_low, difference.ci_high)
            verb = "includes" if includes else "excludes"
            shown.append(f"{numbers[0]} more of 100 {word} ({numbers[1]} to {numbers[2]}, {verb} 0)")
        bounded = set(one.table["lhh_kind"]) == {"bounded"}
        ratio = (
            f"{signed(one.lhh, 1)} helped for each one harmed"
            if bounded
            else "no bound for how many are helped for each one harmed"
        )
        parts.append(f"{_capital(one.name)}: {', '.join(shown)}, {ratio}")
    level = f"{100 * several[0].level:g}%"
    start = f"Benefit against harm, {level} interval. "
    ends = [(d.ci_low, d.ci_high) for one in several for d in (one.benefit, one.harm)]
    return _listed(start, parts, _caution("RD", ends))


def _bias(several: Sequence[Any], names: Names) -> str:
    """Name the trials overall, then those that stand out in a domain; counts would be numbers that stand nowhere else."""
    one = several[0]
    labels = one.judgements.drop_duplicates("trial_id").set_index("trial_id")["label"]
    overall = pd.Series(one.overall)
    parts = []
    for judgement in reversed(JUDGEMENTS):
        trials = [labels[trial] for trial in overall.index[overall == judgement]]
        if trials:
            parts.append(f"overall {judgement}: {', '.join(trials)}")
    for domain, words in DOMAINS.items():
        own = one.judgements[one.judgements["domain"] == domain]
        found = [(name, list(own.loc[own["judgement"] == name, "label"])) for name in ("high", "low")]
        shown = ", ".join(f"{name} in {' and '.join(trials)}" for name, trials in found if trials)
        parts.append(f"{words}: {shown or 'neither high nor low in any'}")
    return _listed(
        "Risk of bias (RoB 2). ", [_capital(part) if number == 0 else part for number, part in enumerate(parts)]
    )


def _verdicts(found: Sequence[Any] | pd.DataFrame, names: Names) -> str:
    frame = found if isinstance(found, pd.DataFrame) else pd.DataFrame([one.to_dict() for one in found])
    claims = frame.drop_duplicates("claim_id")
    counts = claims["verdict"].value_counts()
    computed = int((claims["basis"] == "computed").sum())
    sections = f" in {_count(frame['section'].nunique(), 'group')}" if "section" in frame else ""
    start = f"Verdicts on {_count(len(claims), 'claim')}{sections}: "
    by_hand = len(claims) - computed
    return _listed(
        start,
        [f"{number} {word}" for word, number in counts.items()],
        f"{computed} decided by numbers, {by_hand} judged by hand.",
    )


def _calibration(table: pd.DataFrame, names: Names) -> str:
    parts = [
        f"{method} {share_text(own['coverage'].min())} to {share_text(own['coverage'].max())}"
        for method, own in table.groupby("method", sort=False)
    ]
    return _listed(
        "Coverage of 95% intervals of simulated meta-analyses, the least and the greatest over all settings. ", parts
    )


def _published(rows: pd.DataFrame, names: Names) -> str:
    from neckevidence.figures.forest import _as_printed

    parts = [f"{row.label}, {row.outcome_shown}: {_as_printed(row)}" for row in rows.itertuples()]
    measure = LONG_NAMES.get(rows["measure"].iloc[0], "effect") if len(rows) and "measure" in rows else "effect"
    return _listed(f"Published results side by side, not pooled, {measure} with interval as printed. ", parts)


def _ratings(several: Sequence[Any], names: Names) -> str:
    parts, intervals = [], []
    for one in several:
        if hasattr(one, "effects"):
            odds = one.effects["left out"].odds
            intervals.append((odds.ci_low, odds.ci_high))
            numbers = _effect("OR", (odds.odds_ratio, odds.ci_low, odds.ci_high), one.level, short=True)
            parts.append(f"{one.title.split(':')[0]}, {one.treatment_arm} against {one.control_arm}: {numbers}")
        else:
            for about, categories, counts, missing in _rated(one):
                shown = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in zip(categories, counts, strict=True))
                parts.append(f"{about['trial_id']}, {about['arm_id']}: {shown}, {missing} missing")
    compared = (
        "common odds ratio, missing ratings left out (95% interval)" if intervals else "patients in each category"
    )
    return _listed(f"Ratings by patients as stacked bars, {compared}. ", parts, _caution("OR", intervals))


_WORDS: Mapping[str, Callable[[Any, Names], str]] = {
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
