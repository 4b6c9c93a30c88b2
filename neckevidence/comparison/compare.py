"""Two treatments compared on one outcome, from what the trials print."""

from __future__ import annotations

import math
from collections.abc import Sequence

from neckevidence.comparison.caveats import caveats, nothing_found, without_use
from neckevidence.comparison.contrasts import trial_effects
from neckevidence.comparison.like_with_like import at_one_time, check_scales, poolable
from neckevidence.comparison.pooled_rounding import allowed_effects, pooled_band
from neckevidence.comparison.result import Comparison
from neckevidence.comparison.trial_effect import TrialEffect
from neckevidence.core.errors import NeckevidenceError, NoComparisonError
from neckevidence.core.notes import Note
from neckevidence.data.arms import ArmPair, arm_pairs, check_code, short_name
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import MEASURES, RATIOS, check_measure, natural
from neckevidence.synthesis.bayes import bayes_meta_analysis
from neckevidence.synthesis.pairwise import meta_analysis

# From so many trials on, the spread between trials is estimated well enough to do without a prior (notebook 90).
_ENOUGH = 4
MODELS = ("random", "common")


def compare(
    evidence: Evidence,
    treatment: str,
    control: str,
    outcome: str,
    measure: str = "RR",
    day: float | None = None,
    level: float = 0.95,
    model: str = "random",
    without: Sequence[str] = (),
) -> Comparison:
    """Compare two treatments on one outcome, from what the trials print.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatment, control : str
        Treatment codes (``CYC5``), or codes of groups (``CER`` for both extended-release doses).
    outcome : str
        Outcome code (``somnolence``). A rated outcome asked for as RR, OR or RD means a rating from the category on that
        ``question.toml`` names, a missing rating counted as not.
    measure : {"RR", "OR", "RD", "MD", "SMD"}
        Effect measure.
    day : float, optional
        Use figures taken on this day only. By default each trial's last figure within its own duration of
        treatment, else its first one after.
    level : float
        Confidence level.
    model : {"random", "common"}
        Which model gives the estimate of several trials: random effects (restricted maximum likelihood, Hartung-Knapp with the
        ad hoc guard), or the common effect with its Wald interval. Both are on the result.
    without : sequence of str
        Trials to leave out, by trial_id; they stand in ``left_out``.

    Returns
    -------
    Comparison
        One trial is shown with its own score interval; several trials of one time window are pooled with random effects
        (restricted maximum likelihood, Hartung-Knapp with the ad hoc guard), the common effect beside it, and with two or
        three trials the Bayesian result (notebook 90 shows why).

    Raises
    ------
    UnknownCodeError
        If a code is unknown; the nearest ones are suggested.
    NoComparisonError
        If no trial prints a figure for both sides; the message says what there is. If mean differences stand on different
        scales.
    NeckevidenceError
        If both sides are the same, the level or the model is not allowed, or a trial of `without` has no figure here.

    Notes
    -----
    A pool never enters together with one of its parts: the parts are used (rule of the evidence package). Two columns of a
    pool that hold patients of different trials are a comparison across trials: ``randomised`` is False and the
    reason is in ``notes``.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> result = compare(load_evidence(), "CYC5", "CYC10", outcome="somnolence", measure="RR")
    >>> result.randomised, round(result.estimate, 2)
    (False, 0.76)
    """
    measure = check_measure(measure)
    check_code(evidence, "outcome", outcome)
    pairs = arm_pairs(evidence, treatment, control)
    if treatment == control:
        raise NeckevidenceError(f"treatment and control are the same: {treatment}")
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")
    if model not in MODELS:
        raise NeckevidenceError(f"model must be one of {', '.join(MODELS)}; found {model!r}")
    found: dict[str, list[TrialEffect]] = {}
    for pair in pairs:
        effects = list(trial_effects(evidence, pair, outcome, measure, level))
        if effects:
            found[pair.trial_id] = effects
    if not found:
        others = [one for one in MEASURES if _printed(evidence, pairs, outcome, one, level)]
        raise NoComparisonError(nothing_found(evidence, treatment, control, outcome, measure, pairs, others))
    chosen, notes = at_one_time(evidence, found, day)
    if not chosen:
        days = sorted({effect.day for effects in found.values() for effect in effects if effect.day >= 0})
        there = ", ".join(f"{value:g}" for value in days) or "none printed"
        raise NoComparisonError(f"no figure for {outcome} on day {day:g}; days with figures: {there}")
    used, left_out = poolable(evidence, chosen)
    used, by_choice = _chosen(used, without)
    notes += check_scales(evidence, used)
    notes += without_use(evidence, [pair for pair in pairs if pair.trial_id not in found], outcome, measure)
    return _result(evidence, treatment, control, outcome, measure, level, model, used, left_out + by_choice, notes)


def _printed(evidence: Evidence, pairs: Sequence[ArmPair], outcome: str, measure: str, level: float) -> bool:
    """Tell whether a trial prints a figure of this measure."""
    return any(True for pair in pairs for _ in trial_effects(evidence, pair, outcome, measure, level))


def _chosen(used: list[TrialEffect], without: Sequence[str]) -> tuple[list[TrialEffect], list[tuple[TrialEffect, str]]]:
    """Set aside the trials that the reader does without."""
    there = [trial.trial_id for trial in used]
    unknown = sorted(set(without) - set(there))
    if unknown:
        raise NeckevidenceError(f"without: {', '.join(unknown)} is not among the trials used: {', '.join(there)}")
    if set(there) <= set(without):
        raise NoComparisonError(f"without leaves no trial: {', '.join(there)}")
    kept = [trial for trial in used if trial.trial_id not in without]
    return kept, [(trial, "left out by choice") for trial in used if trial.trial_id in without]


def _result(
    evidence: Evidence,
    treatment: str,
    control: str,
    outcome: str,
    measure: str,
    level: float,
    model: str,
    used: list[TrialEffect],
    left_out: list[tuple[TrialEffect, str]],
    notes: list[Note],
) -> Comparison:
    random = common = bayes = None
    rounding = used[0].rounding if len(used) == 1 else None
    numbers = (used[0].estimate, used[0].ci_low, used[0].ci_high) if len(used) == 1 else (math.nan,) * 3
    if len(used) > 1 and all(effect.can_be_pooled for effect in used):
        data = [effect.effect for effect in used], [effect.variance for effect in used]
        labels = [effect.label for effect in used]
        random = meta_analysis(*data, tau2="REML", ci="hartung-knapp-adhoc", level=level, labels=labels)
        common = meta_analysis(*data, tau2="common", ci="wald", level=level, labels=labels)
        pooled = common if model == "common" else random
        rounding, rule = pooled_band(
            measure, [allowed_effects(effect) for effect in used], pooled.tau2_method, pooled.ci_method, level
        )
        notes = [*notes, Note("rounding", rule)] if rule else notes
        if rule and any(effect.rounding and not effect.tables for effect in used):
            text = "printed means and contrasts enter the band with the ends of what their rounding leaves open"
            notes = [*notes, Note("rounding", text)]
        numbers = tuple(natural(measure, value) for value in (pooled.estimate, pooled.ci_low, pooled.ci_high))
        if len(used) < _ENOUGH and measure in (*RATIOS, "SMD"):
            bayes = bayes_meta_analysis(*data, level=level, labels=labels)
    facts = evidence.facts([fact for effect in used for fact in effect.facts])
    row = evidence.keyed("outcomes").loc[outcome]
    return Comparison(
        treatment=treatment,
        control=control,
        outcome=outcome,
        measure=measure,
        treatment_name=short_name(evidence, treatment),
        control_name=short_name(evidence, control),
        outcome_label=row["label"],
        direction=row["direction"],
        estimate=numbers[0],
        ci_low=numbers[1],
        ci_high=numbers[2],
        k=len(used),
        randomised=all(effect.randomised for effect in used),
        rounding=rounding,
        trials=tuple(used),
        left_out=tuple(left_out),
        random_effects=random,
        common_effect=common,
        bayes=bayes,
        level=level,
        notes=tuple(caveats(evidence, treatment, control, used, (random, common, bayes), measure, notes)),
        facts=facts,
        model=model,
    )
