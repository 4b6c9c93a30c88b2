"""The numbers behind a claim that need the trials themselves: visits, strata, the commonest effect, how many trials."""

from __future__ import annotations

import math
from typing import Any

from neckevidence.claims.claim_rules import ClaimRule, day_of
from neckevidence.claims.findings import LEVELS, UNKNOWN, Finding, declared, other_patients
from neckevidence.claims.rules import AGAINST, OPEN, most_frequent, paired_shares, trial_count, visits
from neckevidence.comparison.contrasts import trial_effects
from neckevidence.comparison.trial_effect import TrialEffect
from neckevidence.core.numbers import interval_text
from neckevidence.data.arm_counts import ArmCount, arm_count
from neckevidence.data.arms import ArmPair, arm_pairs
from neckevidence.data.evidence import Evidence
from neckevidence.effects.counts import point_estimate, score_interval
from neckevidence.effects.measures import natural, no_effect
from neckevidence.equivalence.limits import Both, Limits

_CRITICAL = (1.959964, 1.644854)  # normal quantiles of LEVELS


def from_visits(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Look at the visits before, or after, the day of a claim.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        Expects ``earlier``: a visit up to the day shows a difference in favour of the treatment. Expects ``later``: the
        difference on the day is not exceeded at a later visit.

    Returns
    -------
    Finding or None
        None if no visit on that side has a figure for both, or the question does not say which domains are benefits. Growth
        is judged by the difference of the two effects, taken as independent: on the same patients they go together, so that
        the interval is too wide rather than too narrow.
    """
    day = day_of(evidence, rule)
    effects: list[tuple[TrialEffect, float, tuple[Limits, Limits], tuple[str, ...]]] = []
    for pair in arm_pairs(evidence, rule.treatment, rule.control):
        if pair.randomised:
            effects += _visits_of(evidence, rule, pair, float(day or 0))
    if not effects:
        return None
    none = no_effect(rule.measure) if rule.expects == "earlier" else 0.0
    said = visits([both[0] for _, _, both, _ in effects], none)
    first = effects[0]
    facts = tuple(dict.fromkeys(fact for *_, own in effects for fact in own))
    regions = [effect.region for effect, *_ in effects]
    at = ", ".join(f"{number:g}" for number in sorted({effect.day for effect, *_ in effects}))
    return Finding(
        measure=rule.measure,
        estimate=first[1],
        intervals=(first[2],),
        facts=facts,
        randomised=True,
        reliable=bool((evidence.facts(list(facts))["reliability"] != "low").all()),
        differences=tuple(dict.fromkeys([*declared(rule), *other_patients(evidence, rule, regions)])),
        said=said,
        notes=(f"visits on day {at}",),
    )


def _visits_of(evidence: Evidence, rule: ClaimRule, pair: ArmPair, day: float) -> list:
    found = []
    outcomes = evidence.outcomes
    printed = [
        table.loc[table["trial_id"] == pair.trial_id, "outcome"] for table in (evidence.counts, evidence.ratings)
    ]
    measured = outcomes["outcome"].isin(set().union(*printed))
    for row in outcomes[outcomes["domain"].isin(evidence.question.outcomes.benefits) & measured].itertuples():
        effects = [e for e in trial_effects(evidence, pair, row.outcome, rule.measure, LEVELS[0]) if e.can_be_pooled]
        sign = 1.0 if row.direction == "higher_is_better" else -1.0
        if rule.expects == "earlier":
            found += [_alone(rule.measure, effect, sign) for effect in effects if effect.day <= day]
        else:
            now = [effect for effect in effects if effect.day == day]
            found += [_shrunk(now[0], effect, sign) for effect in effects if now and effect.day > day]
    return found


def _alone(measure: str, effect: TrialEffect, sign: float) -> tuple:
    se = math.sqrt(effect.variance)
    both = tuple(_sorted(*(natural(measure, effect.effect + k * z * se) for k in (-1, 1))) for z in _CRITICAL)
    both = both if sign > 0 else tuple((-high, -low) for low, high in both)
    return effect, sign * effect.estimate, both, effect.facts


def _shrunk(now: TrialEffect, later: TrialEffect, sign: float) -> tuple:
    """Return by how much the effect of the day exceeds that of a later one, on the analysis scale."""
    change, se = sign * (now.effect - later.effect), math.sqrt(now.variance + later.variance)
    both = tuple((change - z * se, change + z * se) for z in _CRITICAL)
    return later, change, both, (*now.facts, *later.facts)


def _sorted(one: float, other: float) -> Limits:
    return min(one, other), max(one, other)


def from_strata(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Contrast strata that were formed after randomisation.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        Without a control: the first against the second stratum of the treatment's arm. With one: the first stratum of both
        arms.

    Returns
    -------
    Finding or None
        Never randomised; None if a stratum is not printed with its denominator, or the question names no strata.
    """
    strata = evidence.question.strata
    if strata is None:
        return None
    table = evidence.strata
    arms = evidence.arms.set_index(["trial_id", "arm_id"])["treatment"]
    table = table[table["n"].notna() & (table["outcome"] == rule.outcome)]
    if rule.timepoint:
        table = table[table["timepoint"] == rule.timepoint]
    treatment = [arms.get((row.trial_id, row.arm_id)) for row in table.itertuples()]
    table = table.assign(treatment=treatment)
    if rule.control:
        quiet = table[table["stratum"] == strata.order[0]]
        rows = [quiet[quiet["treatment"] == code] for code in (rule.treatment, rule.control)]
    else:
        own = table[table["treatment"] == rule.treatment]
        rows = [own[own["stratum"] == stratum] for stratum in strata.order]
    if any(side.empty for side in rows):
        return None
    counts = [arm_count(evidence, next(side.itertuples())) for side in rows]
    facts = tuple(str(side["fact_id"].iloc[0]) for side in rows)
    regions = evidence.keyed("trials").loc[[str(side["trial_id"].iloc[0]) for side in rows], "region"]
    return Finding(
        measure="RD",
        estimate=point_estimate("RD", *_table(counts, 0)),
        intervals=tuple(_score(counts, place) for place in range(_ends(counts))),
        facts=facts,
        randomised=False,
        reliable=bool((evidence.facts(list(facts))["reliability"] != "low").all()),
        differences=tuple(dict.fromkeys([*declared(rule), *other_patients(evidence, rule, regions)])),
        notes=(f"strata formed after randomisation: no effect of {strata.by}, nor of the drug in a stratum",),
    )


def _ends(counts: list[ArmCount]) -> int:
    return 1 if all(len(count.possible) == 1 for count in counts) else 3


def _table(counts: list[ArmCount], place: int) -> tuple[int, int, int, int]:
    """Return the table as used, or one of the two furthest ends of what prints so."""
    left, right = counts
    pairs = [
        (left.events, right.events),
        (min(left.possible), max(right.possible)),
        (max(left.possible), min(right.possible)),
    ]
    one, other = pairs[place]
    return int(one or 0), int(left.n or 0), int(other or 0), int(right.n or 0)


def _score(counts: list[ArmCount], place: int) -> Both:
    first, second = (score_interval("RD", *_table(counts, place), level) for level in LEVELS)
    return first, second


def from_commonest(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Compare the share with one adverse effect with that of the next commonest in the same patients.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With treatment and outcome.

    Returns
    -------
    Finding or None
        From the largest arm that prints the outcome and another adverse effect from one source at one time; open if another
        arm shows the opposite. None without one, or if the question does not say which domains are harms.
    """
    outcomes = evidence.keyed("outcomes")["domain"]
    arms = evidence.arms.set_index(["trial_id", "arm_id"])["treatment"]
    table = evidence.counts
    given = [arms.get((row.trial_id, row.arm_id)) == rule.treatment for row in table.itertuples()]
    table = table[given]
    table = table[table["outcome"].map(outcomes).isin(evidence.question.outcomes.harms)]
    if rule.timepoint:
        table = table[table["timepoint"] == rule.timepoint]
    best: tuple[int, list[ArmCount], list[str], str, str] | None = None
    against = {}
    keys = ["trial_id", "arm_id", "source_id", "timepoint"]
    for (trial, *_), group in table.groupby(keys, sort=False, dropna=False):
        counts = {row.outcome: arm_count(evidence, row) for row in group.itertuples()}
        counts = {code: count for code, count in counts.items() if count.counted}
        if rule.outcome not in counts or len(counts) < 2:
            continue
        own = counts.pop(rule.outcome)
        runner = max(counts, key=lambda code: (counts[code].percent, code))
        size = int(own.n or 0)
        if most_frequent(paired_shares(own.percent / 100, counts[runner].percent / 100, size)) == AGAINST:
            against[trial] = runner
        if best is None or size > best[0]:
            best = size, [own, counts[runner]], [rule.outcome, runner], trial, runner
    if best is None:
        return None
    n, counts, _, trial, runner = best
    tables = [_table(counts, place) for place in range(_ends(counts))]
    both = tuple(tuple(paired_shares(a / n, c / n, n, z) for z in _CRITICAL) for a, _, c, _ in tables)
    facts = (*counts[0].facts, *counts[1].facts)
    region = evidence.keyed("trials").loc[trial, "region"]
    more = {one: code for one, code in against.items() if one != trial}
    labels = evidence.keyed("trials")["label"]
    elsewhere = [f"in {labels[one]} {_label(evidence, code)} is more frequent" for one, code in more.items()]
    return Finding(
        measure="RD",
        estimate=counts[0].percent / 100 - counts[1].percent / 100,
        intervals=both,
        facts=facts,
        randomised=True,
        reliable=bool((evidence.facts(list(facts))["reliability"] != "low").all()),
        differences=tuple(dict.fromkeys([*declared(rule), *other_patients(evidence, rule, [region])])),
        notes=(
            f"next: {evidence.keyed('outcomes').loc[runner, 'label']}; how many have both is not printed, the worst is assumed",
        ),
        **(_disputed(counts, both[0][0], labels[trial], elsewhere) if elsewhere else {}),
    )


def _disputed(counts: list[ArmCount], limits: Limits, trial: str, elsewhere: list[str]) -> dict[str, Any]:
    """Say that the arms do not agree on which effect is the commonest."""
    numbers = counts[0].percent / 100 - counts[1].percent / 100, *limits
    words = f"risk difference {interval_text('RD', *numbers)} in {trial}; {', '.join(elsewhere)}"
    return {"said": OPEN, "words": words, "numbers": numbers}


def _label(evidence: Evidence, outcome: str) -> str:
    return str(evidence.keyed("outcomes").loc[outcome, "label"])


def from_trials(evidence: Evidence, rule: ClaimRule) -> Finding | None:
    """Count the randomised trials of two treatments, pools left aside.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        With treatment and control.

    Returns
    -------
    Finding or None
        No interval: a count of what was found. None without any trial.
    """
    trials = evidence.keyed("trials")
    pairs = [pair.trial_id for pair in arm_pairs(evidence, rule.treatment, rule.control) if pair.randomised]
    single = [trial for trial in pairs if not trials.loc[trial, "is_pool"]]
    if not single:
        return None
    fitting = [trial for trial in single if not other_patients(evidence, rule, [trials.loc[trial, "region"]])]
    others = [trial for trial in single if trial not in fitting]
    said, fits = trial_count(len(fitting), len(others))
    differences = [] if fits else other_patients(evidence, rule, trials.loc[others, "region"])
    words = f"{len(single)} randomised trials found, {len(fitting)} of them in the patients of the claim"
    return Finding(
        measure="trials",
        estimate=float(len(single)),
        intervals=((UNKNOWN, UNKNOWN),),
        facts=(),
        randomised=True,
        reliable=True,
        differences=tuple(dict.fromkeys([*declared(rule), *differences])),
        said=said,
        words=words,
        numbers=(float(len(single)), float(len(fitting))),
    )
