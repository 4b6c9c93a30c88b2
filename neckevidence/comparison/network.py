"""The trials of an outcome as a network: arms, published contrasts, and the comparisons that have no usable figure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from neckevidence.comparison.selection import Candidate, belong_together
from neckevidence.comparison.trial_figures import Arms, TrialFigures, trial_figures
from neckevidence.core.errors import NeckevidenceError, NoComparisonError
from neckevidence.core.notes import Note
from neckevidence.data.arms import arm_pairs, check_code, parts_of, short_name, treatment_group
from neckevidence.data.evidence import Evidence
from neckevidence.data.scales import same_scale
from neckevidence.effects.measures import check_measure, natural
from neckevidence.synthesis.network.analysis import NetworkMetaAnalysis, network_meta_analysis


@dataclass(frozen=True)
class EvidenceNetwork:
    """The arms and contrasts of the trials that randomised patients between treatments of a network.

    Attributes
    ----------
    outcome, measure : str
        What is compared, and how.
    treatments : tuple of str
        The treatments asked for.
    names : dict of str to str
        Their names in words, for pictures and tables.
    outcome_label : str
        The outcome in words.
    small_values : {"good", "bad"}
        Whether a small value of the outcome is good, for ranks.
    arms : DataFrame
        One row an arm: trial, label (of the trial), treatment, dose (mg of the drug a time; NaN if not printed, and where
        arms differ in doses a day), doses_per_day and daily_dose (mg), events, n and events_range (RR, OR, RD) or mean, se,
        n, mean_range and se_range (MD), reconstructed, facts. Ranges: all that prints so.
    contrasts : DataFrame
        One row a published contrast of a trial without usable arms: trial, treatment, control, effect, se, facts.
    edges : DataFrame
        One row a pair that some trial randomised: treatment, control, trials, patients (NaN if not printed),
        has_numbers (False if no figure can be used).
    left_out : tuple of (str, str)
        Trials with a reason.
    facts : DataFrame
        The figures used.
    notes : tuple of Note
        What must be said beside a result.
    """

    outcome: str
    measure: str
    treatments: tuple[str, ...]
    names: Mapping[str, str]
    outcome_label: str
    small_values: str
    arms: pd.DataFrame
    contrasts: pd.DataFrame
    edges: pd.DataFrame
    left_out: tuple[tuple[str, str], ...]
    facts: pd.DataFrame = field(repr=False)
    notes: tuple[Note, ...] = ()

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The connected parts of what has numbers, the largest first; a treatment without numbers is in none."""
        parts: list[set[str]] = []
        for edge in self.edges[self.edges["has_numbers"]].itertuples():
            touched = [part for part in parts if part & {edge.treatment, edge.control}]
            merged = {edge.treatment, edge.control}.union(*touched)
            parts = [part for part in parts if part not in touched] + [merged]
        order = {name: place for place, name in enumerate(self.treatments)}
        found = [tuple(sorted(part, key=order.__getitem__)) for part in parts]
        return tuple(sorted(found, key=lambda part: (-len(part), order[part[0]])))

    def part(self, treatment: str) -> dict[str, Any]:
        """Return what `network_meta_analysis` takes, for the connected part that holds a treatment.

        Parameters
        ----------
        treatment : str
            One of the treatments.

        Returns
        -------
        dict
            arms, contrasts (None if there is none), measure and small_values.

        Raises
        ------
        NoComparisonError
            If no figure of the treatment can be used.
        """
        own = next((set(part) for part in self.parts if treatment in part), None)
        if own is None:
            raise NoComparisonError(f"no usable figure of {treatment} for {self.outcome}, as {self.measure}")
        arms = self.arms[self.arms["treatment"].isin(own)]
        contrasts = self.contrasts[self.contrasts["treatment"].isin(own)]
        if arms["n"].isna().any():
            arms = arms.drop(columns="n")  # means with their standard errors need none
        return {
            "arms": arms if len(arms) else None,
            "contrasts": contrasts if len(contrasts) else None,
            "measure": self.measure,
            "small_values": self.small_values,
        }

    def rounding(self, fit: NetworkMetaAnalysis) -> pd.DataFrame:
        """Return what the rounding of the printed figures leaves open of every estimate of a network.

        Parameters
        ----------
        fit : NetworkMetaAnalysis
            Of a part of this network.

        Returns
        -------
        DataFrame
            One row a pair, as in ``fit.to_frame()``: treatment, control, estimate_low, estimate_high, and ci_low_least and
            ci_high_most, the outermost limits; on the natural scale.

        Notes
        -----
        Each figure is moved to either end of what prints so, all others kept, and the changes of an estimate are added
        up. Exact where estimates are linear in the figures and weights do not matter (mean differences, no loops of
        trials); else to first order. The outermost limits take all standard errors at their upper ends as well.
        """
        inputs = self.part(fit.reference)
        least, most = (self._moved(fit, inputs, side) for side in (0, 1))
        half = fit.critical * np.maximum(self._refit(fit, _widest(inputs)).se.to_numpy(), fit.se.to_numpy())
        middle = fit.estimates.to_numpy()
        rows = []
        for pair in fit.to_frame().itertuples():
            i, j = fit.treatments.index(pair.treatment), fit.treatments.index(pair.control)
            low, high = middle[i, j] + least[i, j], middle[i, j] + most[i, j]
            ends = (low, high, low - half[i, j], high + half[i, j])
            rows.append((pair.treatment, pair.control, *(natural(self.measure, float(end)) for end in ends)))
        names = ["treatment", "control", "estimate_low", "estimate_high", "ci_low_least", "ci_high_most"]
        return pd.DataFrame(rows, columns=names)

    def _moved(self, fit: NetworkMetaAnalysis, inputs: Mapping[str, Any], side: int) -> np.ndarray:
        """Add up how far the figures, one by one at the ends of what prints so, move each estimate down or up."""
        moved = np.zeros((len(fit.treatments),) * 2)
        for table, column in (("arms", "events"), ("arms", "mean"), ("contrasts", "effect")):
            frame = inputs[table]
            if frame is None or column not in frame:
                continue
            for row in frame.index:
                ends = frame.at[row, f"{column}_range"]
                shifts = [self._shift(fit, inputs, table, column, row, end) for end in ends]
                moved += (
                    np.minimum.reduce([*shifts, 0 * moved]) if side == 0 else np.maximum.reduce([*shifts, 0 * moved])
                )
        return moved

    def _shift(
        self, fit: NetworkMetaAnalysis, inputs: Mapping[str, Any], table: str, column: str, row: Any, value: float
    ) -> np.ndarray:
        if inputs[table].at[row, column] == value:
            return np.zeros((len(fit.treatments),) * 2)
        changed = inputs[table].astype({column: float})
        changed.at[row, column] = value
        return self._refit(fit, {**inputs, table: changed}).estimates.to_numpy() - fit.estimates.to_numpy()

    def _refit(self, fit: NetworkMetaAnalysis, inputs: Mapping[str, Any]) -> NetworkMetaAnalysis:
        return network_meta_analysis(
            **inputs, reference=fit.reference, tau2=fit.tau2_method, ci=fit.ci_method, level=fit.level
        )

    def __repr__(self) -> str:
        trials = self.arms["trial"].nunique() + self.contrasts["trial"].nunique()
        parts = "; ".join(", ".join(part) for part in self.parts) or "none"
        return f"<EvidenceNetwork {self.outcome}, {self.measure}: {trials} trials with figures; connected: {parts}>"


def _widest(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Take every standard error at the upper end of what prints so."""
    widest = dict(inputs)
    for table in ("arms", "contrasts"):
        if inputs[table] is not None and "se_range" in inputs[table]:
            widest[table] = inputs[table].assign(se=[high for _, high in inputs[table]["se_range"]])
    return widest


def evidence_network(
    evidence: Evidence,
    treatments: Sequence[str],
    outcome: str,
    measure: str = "RR",
    day: float | None = None,
    *,
    across_trials: bool = False,
) -> EvidenceNetwork:
    """Collect what the trials print of an outcome for the treatments of a network.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatments : sequence of str
        Treatment codes, or codes of groups; no arm may belong to two of them.
    outcome : str
        Outcome code.
    measure : {"RR", "OR", "RD", "MD"}
        Effect measure.
    day : float, optional
        Only figures of this day.
    across_trials : bool
        Whether to take printed pools too whose columns hold patients of different trials: what comes of them is not a
        randomised comparison, and a note says so.

    Returns
    -------
    EvidenceNetwork
        Arms first: contrasts are taken where a trial prints no arms that can be used.

    Raises
    ------
    UnknownCodeError
        If a code is unknown.
    NeckevidenceError
        If two of the treatments overlap.
    NoComparisonError
        If means stand on different scales.

    Notes
    -----
    Figures are chosen as in `compare`, by `neckevidence.comparison.selection`: one time a trial (here that with most arms,
    then the latest within its duration), one source, one time window, no patients twice. A trial whose columns are no
    randomised contrast is left out; one that does not state its allocation is used, and a note says so. Counts that only
    the solver knows are used and marked.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> evidence_network(load_evidence(), ["PBO", "CYC2.5", "CYC5", "CYC10"], "any_adverse_event")
    <EvidenceNetwork any_adverse_event, RR: 2 trials with figures; connected: PBO, CYC2.5, CYC5, CYC10>
    """
    check_code(evidence, "outcome", outcome)
    check_measure(measure, ("RR", "OR", "RD", "MD"))
    groups = _groups(evidence, treatments)
    trials, not_randomised = _randomised_trials(evidence, groups, across_trials)
    left_out = {trial: reason for trial, reason in not_randomised.items() if trial not in trials}
    found: dict[str, TrialFigures] = {}
    for trial_id, members in trials.items():
        figures = trial_figures(evidence, trial_id, members, outcome, measure, day)
        if figures:
            found[trial_id] = figures
        else:
            left_out[trial_id] = f"no figure of {outcome} that can be used as {measure}"
    candidates = {trial: Candidate(figures.window, usable=True) for trial, figures in found.items()}
    for trial_id, reason in belong_together(evidence, candidates, "not in one network").items():
        left_out[trial_id] = reason
        del found[trial_id]
        if reason.kind == "same patients":
            del trials[trial_id]
    notes = _one_scale(evidence, found) if measure == "MD" else []
    arms = [row for figures in found.values() for row in figures.arms]
    contrasts = [row for figures in found.values() for row in figures.contrasts]
    notes = [*(note for figures in found.values() for note in figures.notes), *notes]
    if any(row["reconstructed"] for row in arms):
        text = "counts of some arms are reconstructed from what abstract and label print together, not printed"
        notes.append(Note("reconstruction", text))
    notes += [reason for trial, reason in not_randomised.items() if trial in found and reason.kind == UNSTATED]
    if across_trials:
        known = [trial for trial in found if trial in not_randomised and not_randomised[trial].kind != UNSTATED]
        text = {trial: f"{trial}: {not_randomised[trial]}: not a randomised comparison" for trial in known}
        notes += [Note("allocation", text[trial]) for trial in known]
    table, doses = _comparable_doses(_arm_table(evidence, arms, trials, measure))
    notes += doses
    facts = dict.fromkeys(fact for row in (*arms, *contrasts) for fact in row["facts"])
    return EvidenceNetwork(
        outcome,
        measure,
        tuple(treatments),
        {name: short_name(evidence, name) for name in treatments},
        str(evidence.keyed("outcomes").loc[outcome, "label"]),
        "bad" if evidence.keyed("outcomes").loc[outcome, "direction"] == "higher_is_better" else "good",
        table,
        pd.DataFrame(contrasts, columns=_CONTRAST_COLUMNS),
        _edges(evidence, trials, treatments, found),
        tuple(sorted(left_out.items())),
        evidence.facts(list(facts)),
        tuple(dict.fromkeys(notes)),
    )


def _arm_table(
    evidence: Evidence, arms: Sequence[Mapping[str, Any]], trials: Mapping[str, Arms], measure: str
) -> pd.DataFrame:
    """Make the table of arms, with the dose of the drug: NaN if it is not printed, or differs within an arm."""
    table = evidence.arms.set_index(["trial_id", "arm_id"])
    labels = evidence.keyed("trials")["label"]
    rows = []
    for row in arms:
        own = table.loc[[(row["trial"], arm) for arm in trials[row["trial"]][row["treatment"]]]]
        dose, a_day = (_only(own[column]) for column in ("drug_dose_mg", "frequency_per_day"))
        daily = 0.0 if dose == 0 else dose * a_day
        doses = {"dose": dose, "doses_per_day": a_day, "daily_dose": daily}
        rows.append({**row, **doses, "label": labels[row["trial"]]})
    return pd.DataFrame(rows, columns=_ARM_COLUMNS["MD" if measure == "MD" else "counts"])


def _only(column: pd.Series) -> float:
    """Return the one number of a column; NaN if there are several, or none."""
    numbers = column.astype(float).unique()
    return float(numbers[0]) if len(numbers) == 1 else math.nan


def _comparable_doses(arms: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Take single doses away where the arms differ in doses a day, so that they mean different amounts."""
    if arms.loc[arms["dose"] > 0, "doses_per_day"].nunique(dropna=False) < 2:
        return arms, []
    text = "the arms differ in doses a day, or do not all print them: `daily_dose` holds mg a day, `dose` nothing"
    return arms.assign(dose=arms["dose"].where(arms["dose"] == 0)), [Note("doses a day", text)]


def _one_scale(evidence: Evidence, found: Mapping[str, TrialFigures]) -> list[Note]:
    """Refuse means on several scales; say where a scale is not printed."""
    known = {trial: figures.scale for trial, figures in found.items() if figures.scale}
    first = next(iter(known.values()), "")
    if not all(same_scale(evidence, first, scale) for scale in known.values()):
        shown = "; ".join(f"{trial}: {scale}" for trial, scale in known.items())
        raise NoComparisonError(f"mean differences on different scales make no network ({shown})")
    silent = [trial for trial in found if trial not in known]
    if not silent or len(found) < 2:
        return []
    taken = f"taken as that of the others, {first}" if known else "taken as the same for all"
    return [Note("scale", f"the scale of {', '.join(silent)} is not stated: {taken}")]


_CONTRAST_COLUMNS = ["trial", "treatment", "control", "effect", "se", "effect_range", "se_range", "facts"]
UNSTATED = "allocation not stated"
_ABOUT_ARM = ["trial", "label", "treatment", "dose", "doses_per_day", "daily_dose"]
_ARM_COLUMNS = {
    "counts": [*_ABOUT_ARM, "events", "n", "events_range", "reconstructed", "facts"],
    "MD": [*_ABOUT_ARM, "mean", "se", "n", "mean_range", "se_range", "reconstructed", "facts"],
}


def _groups(evidence: Evidence, treatments: Sequence[str]) -> dict[str, tuple[str, ...]]:
    groups = {name: treatment_group(evidence, name) for name in treatments}
    for one, other in itertools.combinations(treatments, 2):
        both = set(groups[one]) & set(groups[other])
        if both or one == other:
            raise NeckevidenceError(f"treatments {one} and {other} overlap: both hold {', '.join(sorted(both))}")
    return groups


def _randomised_trials(
    evidence: Evidence, groups: Mapping[str, tuple[str, ...]], across_trials: bool
) -> tuple[dict[str, Arms], dict[str, Note]]:
    """Return the trials with the arms that were randomised against each other, and why arms of others were not.

    A trial that does not state its allocation is taken, and named.
    """
    trials: dict[str, Arms] = {}
    reasons: dict[str, Note] = {}
    for one, other in itertools.combinations(groups, 2):
        for pair in arm_pairs(evidence, one, other):
            if not pair.randomised:
                kind = "allocation" if pair.allocation_stated else UNSTATED
                reasons.setdefault(pair.trial_id, Note(kind, pair.reason.split(" (")[0]))
            across = across_trials and bool(parts_of(evidence, pair.trial_id))
            if pair.randomised or not pair.allocation_stated or across:
                trials.setdefault(pair.trial_id, {}).update({one: pair.treatment_arms, other: pair.control_arms})
    order = {name: place for place, name in enumerate(groups)}
    ordered = {trial: dict(sorted(arms.items(), key=lambda item: order[item[0]])) for trial, arms in trials.items()}
    return ordered, reasons


def _edges(
    evidence: Evidence, trials: Mapping[str, Arms], treatments: Sequence[str], found: Mapping[str, TrialFigures]
) -> pd.DataFrame:
    """Count trials and patients of every pair that was randomised, with figures if there are any."""
    rows = []
    known = {(row["trial"], row["treatment"]): row["n"] for figures in found.values() for row in figures.arms}
    known = {arm: n for arm, n in known.items() if not math.isnan(n)}
    for one, other in itertools.combinations(treatments, 2):
        both = [trial for trial, members in trials.items() if {one, other} <= members.keys()]
        usable = [trial for trial in both if trial in found and {one, other} <= found[trial].treatments]
        shown = _without_parts(evidence, usable or both)
        if shown:
            arms = itertools.product(shown, (one, other))
            sizes = [known.get(arm) or _patients(evidence, arm[0], trials[arm[0]][arm[1]]) for arm in arms]
            number = sum(max(1, len(parts_of(evidence, trial))) for trial in shown)
            rows.append((one, other, number, sum(sizes), bool(usable), tuple(shown)))
    return pd.DataFrame(rows, columns=["treatment", "control", "trials", "patients", "has_numbers", "trial_ids"])


def _without_parts(evidence: Evidence, trials: Sequence[str]) -> list[str]:
    """Leave out trials whose patients another one of the list, a pool, holds."""
    inside = set().union(*(parts_of(evidence, trial) for trial in trials))
    return [trial for trial in trials if trial not in inside]


def _patients(evidence: Evidence, trial_id: str, arm_ids: Sequence[str]) -> float:
    """Return the patients analysed, else randomised, of an arm; NaN if no source prints them."""
    arms = evidence.arms[(evidence.arms["trial_id"] == trial_id) & evidence.arms["arm_id"].isin(arm_ids)]
    return float(arms["n_analysed"].fillna(arms["n_randomised"]).astype(float).sum(skipna=False))
