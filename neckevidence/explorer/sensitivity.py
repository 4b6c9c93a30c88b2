"""Every combination of choices at once: measure, model, estimator, interval, trials, and what rounding leaves open."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from neckevidence.comparison.pooled_rounding import allowed_effects
from neckevidence.comparison.result import Comparison
from neckevidence.comparison.trial_effect import TrialEffect
from neckevidence.effects.counts import point_estimate
from neckevidence.effects.measures import natural, no_effect
from neckevidence.equivalence.assessment import _answer
from neckevidence.equivalence.limits import Both, interval_at, margin_bounds, on_analysis_scale, rounded_limits
from neckevidence.equivalence.margins import Margin
from neckevidence.synthesis.batch import meta_analysis_many
from neckevidence.synthesis.kernels import CI_METHODS
from neckevidence.synthesis.tau2 import ESTIMATORS

FITS = [(tau2, ci) for tau2 in ESTIMATORS for ci in CI_METHODS if tau2 != "common" or ci == "wald"]
AS_USED = "as used"
_ALPHA = 0.05
_LEVELS = 1 - _ALPHA, 1 - 2 * _ALPHA
_MOST_SUBSETS = 8  # trials; from nine on only the whole, each trial left out, and each trial alone
_MOST_ROUNDINGS = 128  # for one set of trials; beyond, the two extremes of each trial
_LIMITS = ["ci_low", "ci_high", "narrow_low", "narrow_high"]
_COLUMNS = ["measure", "model", "tau2", "interval", "trials", "k", "rounding", "randomised", "estimate", *_LIMITS]


@dataclass(frozen=True)
class Sensitivity:
    """One comparison under every combination of choices.

    Attributes
    ----------
    combinations : DataFrame
        One row a combination: measure, model (``random``, ``common``, or ``one trial``), tau2, interval, trials, k, rounding,
        randomised, estimate, ci_low, ci_high, narrow_low, narrow_high (the 90% interval), on the natural scale.
    notes : tuple of str
        What was bounded.
    """

    combinations: pd.DataFrame
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Sensitivity of {len(self.combinations)} combinations>"

    def answers(self, margins: Mapping[str, Margin | float | None]) -> pd.DataFrame:
        """Judge every combination against a margin.

        Parameters
        ----------
        margins : mapping of str to Margin, float or None
            For each measure its margin.

        Returns
        -------
        DataFrame
            The combinations with ``excludes_no_effect`` (None without an interval) and ``answer``: as in
            `neckevidence.Equivalence`, or ``no margin``.
        """
        table = self.combinations
        bounds = {measure: margin_bounds(measure, margin) for measure, margin in margins.items() if margin is not None}
        lows, highs = table["ci_low"].to_numpy(), table["ci_high"].to_numpy()
        none = np.array([no_effect(measure) for measure in table["measure"]])
        known = ~(np.isnan(lows) | np.isnan(highs))
        excludes = np.where(known, (lows > none) | (highs < none), None)
        answers = [
            _judged(measure, ((low, high), (narrow_low, narrow_high)), bounds.get(measure), randomised)
            for measure, randomised, low, high, narrow_low, narrow_high in zip(
                *(table[name] for name in ("measure", "randomised", *_LIMITS)), strict=True
            )
        ]
        return table.assign(excludes_no_effect=excludes, answer=answers)


def _judged(measure: str, both: Both, bounds: tuple[float, float] | None, randomised: bool) -> str:
    if bounds is None:
        return "no margin"
    answer = _answer(measure, both, bounds)[1]
    return answer if randomised or answer == "no interval" else "not randomised"


def every_combination(comparisons: Sequence[Comparison]) -> Sensitivity:
    """Compute a comparison under every combination of choices.

    Parameters
    ----------
    comparisons : sequence of Comparison
        The same comparison in each measure, random effects, with all its trials, at the 95% level.

    Returns
    -------
    Sensitivity
        Sets of several trials by the batch engine, with every estimator of tau2 and every interval; single trials with their
        own interval. Rounding: the counts that are used, and all others that the printed figures allow.

    Notes
    -----
    With more than eight trials not every set of them is gone through, but the whole, all sets without one trial, and the
    single trials. With more than 128 combinations of counts for one set of trials each trial is cut to its smallest and
    largest effect, each with its own variance, as in `neckevidence.comparison.pooled_rounding.pooled_band`. `notes` says so.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> evidence = load_evidence()
    >>> found = every_combination([compare(evidence, "CYC5", "PBO", outcome="pain_relief", measure="RD")])
    >>> table = found.answers({"RD": 0.06})
    >>> len(table), sorted(table["answer"].unique())  # 25 pairs of counts print like that
    (25, ['different', 'undecided'])
    """
    rows, notes = [], {}
    for one in comparisons:
        single = [row for trial in one.trials for row in _single(one, trial)]
        rows.append(pd.DataFrame(single, columns=_COLUMNS))
    pools = [one for one in comparisons if one.pooled is not None]
    if pools:
        rows.append(_pooled(pools, notes))
    table = pd.concat([part for part in rows if len(part)], ignore_index=True)
    order = {one.measure: place for place, one in enumerate(comparisons)}
    place = table["measure"].map(order)
    table = table.assign(place=place, used=table["rounding"] != AS_USED)
    table = table.sort_values(["place", "used", "k"], ascending=[True, True, False], kind="stable")
    return Sensitivity(table[_COLUMNS].reset_index(drop=True), tuple(notes))


def _single(one: Comparison, trial: TrialEffect) -> Iterator[list[object]]:
    """Yield the rows of one trial: as it is used, then every other table or end that the printed figures allow."""
    alone = one
    if one.k > 1:
        numbers = {name: getattr(trial, name) for name in ("estimate", "ci_low", "ci_high", "randomised", "rounding")}
        nothing = dict.fromkeys(("random_effects", "common_effect", "bayes"))
        alone = replace(one, trials=(trial,), k=1, **numbers, **nothing)
    head = [one.measure, "one trial", "", trial.interval_rule, trial.label, 1]
    used = (alone.ci_low, alone.ci_high), interval_at(alone, _LEVELS[1])
    yield [*head, AS_USED, trial.randomised, trial.estimate, *used[0], *used[1]]
    for number, both in enumerate(rounded_limits(alone, _LEVELS)):
        table = trial.tables[number] if trial.tables else None
        if table is not None and number == 0:
            continue  # the table that is used
        estimate = point_estimate(one.measure, *table) if table else _middle(one.measure, both[0])
        name = _table_name(table) if table else f"end {number + 1} of the printed figures"
        yield [*head, name, trial.randomised, estimate, *both[0], *both[1]]


def _middle(measure: str, limits: tuple[float, float]) -> float:
    low, high = on_analysis_scale(measure, np.array(limits))
    return natural(measure, float(low + high) / 2)


def _table_name(table: tuple[int, int, int, int]) -> str:
    return f"{table[0]} / {table[1]} against {table[2]} / {table[3]}"


def _pooled(comparisons: Sequence[Comparison], notes: dict[str, None]) -> pd.DataFrame:
    """Fit all sets of two or more trials, in all measures and roundings, as one batch for each estimator and interval."""
    heads, effects = [], []
    for one in comparisons:
        for chosen in _subsets(one.k, notes):
            trials = [one.trials[place] for place in chosen]
            randomised = all(trial.randomised for trial in trials)
            for name, pairs in _roundings(trials, notes):
                heads.append((one.measure, "; ".join(trial.label for trial in trials), len(trials), name, randomised))
                effects.append(pairs)
    wide = max(map(len, effects))
    data = np.full((len(effects), wide, 2), np.nan)
    for row, pairs in enumerate(effects):
        data[row, : len(pairs)] = pairs
    parts = []
    for tau2, ci in FITS:
        fits = [
            meta_analysis_many(data[..., 0], data[..., 1], tau2=tau2, ci=ci, level=level)[
                ["estimate", "ci_low", "ci_high"]
            ].to_numpy()
            for level in _LEVELS
        ]
        numbers = np.column_stack([fits[0], fits[1][:, 1:]])
        ratios = np.array([no_effect(head[0]) == 1 for head in heads])
        numbers[ratios] = np.exp(numbers[ratios])
        frame = pd.DataFrame(heads, columns=["measure", "trials", "k", "rounding", "randomised"])
        frame[["estimate", *_LIMITS]] = numbers
        parts.append(frame.assign(model="common" if tau2 == "common" else "random", tau2=tau2, interval=ci))
    return pd.concat(parts, ignore_index=True)[_COLUMNS]


def _subsets(k: int, notes: dict[str, None]) -> list[tuple[int, ...]]:
    """Return the sets of two or more of k trials, the largest first."""
    if k <= _MOST_SUBSETS:
        return [chosen for size in range(k, 1, -1) for chosen in itertools.combinations(range(k), size)]
    notes[f"{k} trials: not every set of them, but the whole, all but one, and single trials"] = None
    return [tuple(range(k)), *itertools.combinations(range(k), k - 1)]


def _roundings(
    trials: Sequence[TrialEffect], notes: dict[str, None]
) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Yield a name, and an effect and variance for each trial: as used, then all others that the printed figures allow."""
    used = [(trial.effect, trial.variance) for trial in trials]
    yield AS_USED, used
    allowed = [[pair for pair in allowed_effects(trial) if all(map(math.isfinite, pair))] for trial in trials]
    if math.prod(map(len, allowed)) > _MOST_ROUNDINGS:
        allowed = [[min(pairs), max(pairs)] for pairs in allowed]
        notes["too many combinations of counts for a set of trials: the extremes of each trial stand for them"] = None
        if 2 ** len(allowed) > _MOST_ROUNDINGS:
            allowed = [list(ends) for ends in zip(*allowed, strict=True)]
            ends = zip(("all low", "all high"), allowed, strict=True)
            yield from ends
            return
    others = (pairs for pairs in itertools.product(*allowed) if not np.allclose(pairs, used, rtol=1e-12, atol=0))
    for number, pairs in enumerate(others, start=1):
        yield f"combination {number} of the printed figures", list(pairs)


def in_a_sentence(answers: pd.DataFrame) -> str:
    """Say in how many combinations the interval excludes no effect, and what they answer against the margin.

    Parameters
    ----------
    answers : DataFrame
        From `Sensitivity.answers`.

    Returns
    -------
    str
        A sentence or two.
    """
    known = answers["excludes_no_effect"].dropna()
    if known.empty:
        return f"None of the {len(answers)} combinations gives an interval: nothing can be said of chance."
    missing = len(answers) - len(known)
    some = f" {missing} combination{'s' if missing > 1 else ''} without an interval." if missing else ""
    text = f"In {int(known.sum())} of {len(known)} combinations the interval excludes no effect.{some}"
    judged = answers.loc[answers["answer"] != "no margin", "answer"]
    if len(judged):
        counted = ", ".join(f"{answer} in {number}" for answer, number in judged.value_counts(sort=False).items())
        text += f" Against the margin: {counted}."
    return text
