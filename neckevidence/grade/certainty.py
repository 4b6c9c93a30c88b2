"""How certain a result is (GRADE): where it starts, what rates it down, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from neckevidence.comparison.result import Comparison
from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.numbers import number_text
from neckevidence.data.arms import arm_pairs
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import ANY
from neckevidence.effects.measures import natural, no_effect
from neckevidence.equivalence.limits import Limits, on_analysis_scale, rounded_limits
from neckevidence.equivalence.margins import Margin
from neckevidence.grade.downgrades import (
    bias_downgrade,
    imprecision_downgrade,
    inconsistency_downgrade,
    indirectness_downgrade,
    publication_downgrade,
)
from neckevidence.grade.information_size import InformationSize, information_size, judged_interval, trials_behind
from neckevidence.grade.risk_of_bias import judged_rows, overall
from neckevidence.synthesis.small_study import LEAST_TRIALS, egger

LEVELS = ("very low", "low", "moderate", "high")


class Domain(NamedTuple):
    """One domain of GRADE: its name, by how many levels it rates down (0 to 2), and why."""

    domain: str
    downgrade: int
    reason: str


@dataclass(frozen=True)
class Certainty:
    """Certainty of a result.

    Attributes
    ----------
    comparison : Comparison
        The result.
    level : str
        ``high``, ``moderate``, ``low`` or ``very low``.
    start : str
        Where it started: ``high`` if randomised, else ``low``.
    domains : tuple of Domain
        Risk of bias, inconsistency, indirectness, imprecision, publication bias: each with its levels down and its reason.
    bounds : (float, float) or None
        Where a difference begins to matter: the margin, or the convention if none was set; None if nothing sets it.
    margin_given : bool
        Whether a margin was set beforehand.
    numbers : dict of str to float
        The numbers behind the reasons: patients, optimal_information_size, planned_effect, i2, and the shares of the weight by
        overall risk of bias and by region. NaN where there is none.
    notes : tuple of str
        What must be said beside it.
    """

    comparison: Comparison = field(repr=False, compare=False)
    level: str
    start: str
    domains: tuple[Domain, ...]
    bounds: Limits | None
    margin_given: bool
    numbers: dict[str, float] = field(repr=False, compare=False)
    notes: tuple[str, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not high: the start if it is low, then each domain that rates down."""
        why = "not randomised" if self.comparison.allocation_stated else "allocation not stated"
        start = (f"{why}: starts low",) if self.start == "low" else ()
        return start + tuple(
            f"{one.domain} (\u2212{one.downgrade}): {one.reason}" for one in self.domains if one.downgrade
        )

    @property
    def circles(self) -> str:
        """The level as circles, one filled for very low, four for high."""
        filled = LEVELS.index(self.level) + 1
        return "\u25cf" * filled + "\u25cb" * (4 - filled)

    def __repr__(self) -> str:
        down = ", ".join(f"{one.domain} \u2212{one.downgrade}" for one in self.domains if one.downgrade) or "none"
        return f"<Certainty {self.level}: starts {self.start}; rated down for {down}>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape.html(line.strip(' *'))}</li>" for line in self.summary().splitlines()[1:])
        return f"<p><b>{escape.html(self.summary().splitlines()[0])}</b></p><ul>{rows}</ul>"

    def summary(self) -> str:
        """Return the judgement in a few lines of text.

        Returns
        -------
        str
            Level, start, every domain with its reason, notes.
        """
        lines = [f"{self.comparison.title()}: certainty {self.level} {self.circles}"]
        allocation = self.comparison.allocation
        lines.append(f"  starts {self.start}: {'a randomised comparison' if self.start == 'high' else allocation}")
        lines += [f"  {one.domain}: {_down(one.downgrade)}; {one.reason}" for one in self.domains]
        return "\n".join(lines + [f"  * {note}" for note in self.notes])

    def to_dict(self) -> dict[str, Any]:
        """Return the judgement as plain numbers and text.

        Returns
        -------
        dict
            What was asked, level, start, domains, notes.
        """
        asked = {name: getattr(self.comparison, name) for name in ("treatment", "control", "outcome", "measure")}
        domains = [one._asdict() for one in self.domains]
        numbers = {name: value if math.isfinite(value) else None for name, value in self.numbers.items()}
        rated = {"level": self.level, "start": self.start, "domains": domains, "numbers": numbers}
        return asked | rated | {"notes": list(self.notes)}

    def to_frame(self) -> pd.DataFrame:
        """Return one row a domain.

        Returns
        -------
        DataFrame
            domain, downgrade, reason.
        """
        return pd.DataFrame(self.domains, columns=list(Domain._fields))

    def methods(self) -> str:
        """Return the sentences for a Methods section.

        Returns
        -------
        str
            Names the approach and the rules.
        """
        return (
            "Certainty was rated by GRADE (Guyatt et al. 2011, J Clin Epidemiol 64:383): high for randomised comparisons, low "
            "for others, rated down by fixed rules for risk of bias, inconsistency, indirectness, imprecision (against the "
            "margin if one was set beforehand, and against the patients that one trial with 80% power would need) and "
            "publication bias; nothing was rated up. Rules cannot replace a panel: each reason is shown."
        )


def certainty(
    evidence: Evidence,
    comparison: Comparison,
    margin: Margin | float | None = None,
    *,
    region: str | None = None,
    differs: Sequence[str] = (),
) -> Certainty:
    """Rate the certainty of a result.

    Parameters
    ----------
    evidence : Evidence
        The evidence that the result comes from.
    comparison : Comparison
        The result.
    margin : Margin or float, optional
        Margin that was set beforehand, as for `assess_equivalence`. Without one, a quarter of the risk, or half an SD.
    region : str
        The population that is asked about, a code of the column ``region`` of trials; ``any`` if whoever the patients are.
        By default the one that the question asks about. How indirect others are is known for that one only.
    differs : sequence of str
        In what else the result is not about the question, in words: another dose, another comparator. Each is a level of
        indirectness, of which there are two at most.

    Returns
    -------
    Certainty
        The level with the five domains.

    Raises
    ------
    NeckevidenceError
        If the margin does not fit the measure, or the population is unknown.

    Notes
    -----
    The rules stand in `neckevidence.grade.downgrades`. Imprecision is judged on the interval that is shown; with two or
    three trials on that of the Bayesian model beside it. The optimal information size is that of the margin, else of a
    relative risk reduction of a quarter or a difference of 0.2 SD; if even the nearer limit of the interval is further
    from no effect than that, it is planned for this limit, so that a large effect in enough patients is not rated down.

    Examples
    --------
    >>> from neckevidence import compare, load_evidence
    >>> evidence = load_evidence()
    >>> rated = certainty(evidence, compare(evidence, "CYC5", "CYC10", outcome="somnolence"))
    >>> rated.start, rated.level
    ('low', 'very low')
    """
    asked = _asked(evidence, region)
    behind = trials_behind(evidence, comparison)
    judged = {trial: judged_rows(evidence, trial, parts) for trial, parts in behind.items()}
    biases = _shares(
        comparison, ["some concerns" if one is None else overall(one["judgement"]) for one in judged.values()]
    )
    regions = _shares(comparison, [trial.region for trial in comparison.trials])
    size = information_size(evidence, comparison, margin)
    found = {
        "risk of bias": _bias(comparison, biases, judged),
        "inconsistency": _inconsistency(comparison),
        "indirectness": _indirectness(evidence, asked, regions, _other_treatments(evidence, comparison), differs),
        "imprecision": _imprecision(comparison, margin, size),
        "publication bias": _publication(evidence, comparison, behind),
    }
    domains = tuple(Domain(name, *one) for name, one in found.items())
    start = "high" if comparison.randomised else "low"
    level = LEVELS[max(0, LEVELS.index(start) - sum(one.downgrade for one in domains))]
    i2 = math.nan if comparison.random_effects is None else comparison.random_effects.i2
    numbers = {
        "patients": size.patients,
        "optimal_information_size": size.needed,
        "planned_effect": size.planned,
        "i2": i2,
    }
    numbers |= {f"weight, {name}": share for name, share in biases.items()}
    numbers |= {f"weight, {name or evidence.question.population_of(name).label}": one for name, one in regions.items()}
    notes = tuple(_notes(comparison, behind))
    return Certainty(comparison, level, start, domains, size.bounds, margin is not None, numbers, notes)


def _asked(evidence: Evidence, region: str | None) -> str:
    """Return the population asked about, empty if whoever the patients are."""
    population = evidence.question.population
    if region is None:
        return "" if population is None else population.asked
    known = {
        *(() if population is None else (population.asked, *population.codes)),
        *evidence.trials["region"].dropna(),
    }
    if region not in known | {ANY}:
        raise NeckevidenceError(f"region must be {', '.join(sorted(known))} or {ANY}, found {region!r}")
    return "" if region == ANY else region


def _indirectness(
    evidence: Evidence, asked: str, shares: Mapping[str, float], differences: list[str], differs: Sequence[str]
) -> tuple[int, str]:
    question = evidence.question
    groups = [(question.population_of(code).label, question.levels(asked, code), one) for code, one in shares.items()]
    found, reason = indirectness_downgrade(question.population_of(asked).label if asked else "", groups, differences)
    return min(2, found + len(differs)), "; ".join([reason, *differs])


def _shares(comparison: Comparison, groups: Iterable[str]) -> dict[str, float]:
    """Return the share of the weight of each group of trials."""
    pooled = comparison.random_effects
    weights = [1 / comparison.k] * comparison.k if pooled is None else pooled.weights
    shares: dict[str, float] = {}
    for group, weight in zip(groups, weights, strict=True):
        shares[group] = shares.get(group, 0.0) + float(weight)
    return shares


def _bias(
    comparison: Comparison, shares: Mapping[str, float], judged: Mapping[str, pd.DataFrame | None]
) -> tuple[int, str]:
    downgrade, reason = bias_downgrade(shares)
    unread = []
    for trial in comparison.trials:
        rows = judged[trial.trial_id]
        number = 0 if rows is None else int((rows["judgement"] == "no information").sum())
        if rows is None:
            unread.append(f"{trial.label} is not judged")
        elif number:
            unread.append(f"{trial.label}: no information on {number} of {len(rows)} domains")
    said = [f"{'; '.join(unread)}, which counts as some concerns"] if unread else []
    return downgrade, "; ".join([reason, *said])


def _inconsistency(comparison: Comparison) -> tuple[int, str]:
    pooled, measure = comparison.random_effects, comparison.measure
    estimates = [trial.estimate for trial in comparison.trials]
    if pooled is None:
        return inconsistency_downgrade(estimates, no_effect(measure), (math.nan,) * 2, math.nan, None)
    prediction = pooled.prediction_interval
    shown = None if prediction is None else (natural(measure, prediction[0]), natural(measure, prediction[1]))
    interval = float(comparison.ci_low), float(comparison.ci_high)
    return inconsistency_downgrade(estimates, no_effect(measure), interval, pooled.i2, shown)


def _other_treatments(evidence: Evidence, comparison: Comparison) -> list[str]:
    """Say where an arm got another dose than its treatment names, or something beside a treatment asked for alone."""
    treatments = evidence.keyed("treatments")
    named, combined = treatments["dose_mg"], treatments["drug_class"] == "combination"
    pairs = {pair.trial_id: pair for pair in arm_pairs(evidence, comparison.treatment, comparison.control)}
    arms = evidence.arms.set_index(["trial_id", "arm_id"])
    found = []
    for trial in comparison.trials:
        pair = pairs.get(trial.trial_id)
        for arm in (*pair.treatment_arms, *pair.control_arms) if pair else ():
            row = arms.loc[(trial.trial_id, arm)]
            dose, wanted = row["drug_dose_mg"], named[row["treatment"]]
            if pd.notna(wanted) and pd.isna(dose):
                found.append(f"{trial.label}: {row['treatment']} without one fixed dose")
            elif pd.notna(wanted) and dose not in (0, wanted):
                found.append(f"{trial.label}: {row['treatment']} at {dose:g} mg")
            if not combined[row["treatment"]] and pd.notna(row["co_intervention"]):
                found.append(f"{trial.label}: beside {row['treatment']}, {row['co_intervention']}")
    return list(dict.fromkeys(found))


def _imprecision(comparison: Comparison, margin: Margin | float | None, size: InformationSize) -> tuple[int, str]:
    measure, interval, given = comparison.measure, judged_interval(comparison), margin is not None
    downgrade, reason = imprecision_downgrade(
        interval,
        _moved(comparison, interval),
        no_effect(measure),
        size.bounds,
        given,
        size.patients,
        size.needed,
    )
    if comparison.bayes is not None:
        reason += "; judged on the Bayesian interval, as so few trials hardly tell how far trials differ"
    plan = "" if math.isnan(size.needed) else f"; size planned for {measure} {number_text(measure, size.planned)}"
    return downgrade, f"{reason} ({_against(size.bounds, margin)}{plan})"


def _moved(comparison: Comparison, interval: Limits) -> list[Limits]:
    """Return the interval at the ends of what rounding leaves open."""
    measure, level = comparison.measure, comparison.level
    limits = [one for one, _ in rounded_limits(comparison, (level, level))]
    if comparison.bayes is None:
        return limits
    shown = comparison.ci_low, comparison.ci_high

    def shift(end: float, old: float, new: float) -> float:
        moved = on_analysis_scale(measure, new) - on_analysis_scale(measure, old)
        return natural(measure, on_analysis_scale(measure, end) + moved)

    return [tuple(shift(*ends) for ends in zip(interval, shown, one, strict=True)) for one in limits]


def _against(bounds: Limits | None, margin: Margin | float | None) -> str:
    if bounds is None:
        return "against no effect only: nothing sets what matters"
    shown = f"{bounds[0]:.3g} and {bounds[1]:.3g}".replace("-", "\u2212")
    if margin is None:
        return f"against no effect, and {shown} by convention: no margin is set"
    return f"against the margin {shown}" + (f", {margin.margin_id}" if isinstance(margin, Margin) else "")


def _publication(evidence: Evidence, comparison: Comparison, behind: Mapping[str, tuple[str, ...]]) -> tuple[int, str]:
    trials = evidence.keyed("trials")
    sponsors, types = trials["sponsor"].dropna(), trials["sponsor_type"]
    commercial, unknown = [], []
    for trial in comparison.trials:
        known = [one for one in dict.fromkeys((trial.trial_id, *behind[trial.trial_id])) if one in sponsors]
        if not known:
            unknown.append(trial.label)
        elif (types[known] == "maker").all():
            commercial.append(f"{trial.label} ({', '.join(sponsors[known])})")
    p_funnel = math.nan
    if comparison.random_effects is not None and comparison.k >= LEAST_TRIALS:
        data = [(trial.effect, trial.variance) for trial in comparison.trials]
        p_funnel = egger(*map(list, zip(*data, strict=True))).p_value
    return publication_downgrade(comparison.k, commercial, unknown, _left_out_arms(evidence, comparison), p_funnel)


def _left_out_arms(evidence: Evidence, comparison: Comparison) -> list[str]:
    """Return the gaps that name arms of these trials, or of trials pooled with them, that are not printed."""
    pools = evidence.pools
    family = {trial.trial_id for trial in comparison.trials}
    family |= set(pools.loc[pools["part_id"].isin(family), "pool_id"])
    family |= set(pools.loc[pools["pool_id"].isin(family), "part_id"])
    gaps = evidence.gaps
    named = gaps[gaps["study_id"].isin(family) & gaps["arms_not_reported"].fillna(False)]
    return [f"arms left out of print, {row.gap_id}: {row.what_is_missing}" for row in named.itertuples()]


def _notes(comparison: Comparison, behind: Mapping[str, tuple[str, ...]]) -> list[str]:
    rebuilt = [trial.label for trial in comparison.trials if trial.reconstructed]
    notes = [f"counts of {', '.join(rebuilt)} are reconstructed, not printed"] if rebuilt else []
    if any(parts != (trial,) for trial, parts in behind.items()):
        notes.append("a printed pool: how far its trials differ cannot be seen")
    elif comparison.k == 1:
        notes.append("one trial: whether another would show the same is not known")
    return notes


def _down(levels: int) -> str:
    return {0: "not rated down", 1: "rated down by one level", 2: "rated down by two levels"}[levels]
