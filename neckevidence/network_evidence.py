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

from neckevidence.arms import arm_pairs, check_code, parts_of, short_name, treatment_group
from neckevidence.effects.measures import check_measure, natural
from neckevidence.errors import NeckevidenceError, NoComparisonError
from neckevidence.evidence import Evidence
from neckevidence.synthesis.network.analysis import NetworkMetaAnalysis, network_meta_analysis
from neckevidence.trial_figures import Arms, TrialFigures, trial_figures


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
        One row an arm: trial, label (of the trial), treatment, dose (mg of the drug a time, NaN if not printed), events, n
        and events_range (RR, OR, RD) or mean, se, n, mean_range and se_range (MD), reconstructed, facts. Ranges: all that
        prints so.
    contrasts : DataFrame
        One row a published contrast of a trial without usable arms: trial, treatment, control, effect, se, facts.
    edges : DataFrame
        One row a pair that some trial randomised: treatment, control, trials, patients (NaN if not printed),
        has_numbers (False if no figure can be used).
    left_out : tuple of (str, str)
        Trials with a reason.
    facts : DataFrame
        The figures used.
    notes : tuple of str
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
    notes: tuple[str, ...] = ()

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

    Notes
    -----
    A trial counts once: a pool is left out if its parts are there, and where its columns are no randomised contrast. Of
    several times that with most arms is used, then the latest within the trial's duration; of several sources that which
    has all arms, then the more reliable. Only trials of one time window are used together, the most common one. Counts that
    only the solver knows are used and marked.

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
    for trial_id in [trial for trial in found if parts_of(evidence, trial) & found.keys()]:
        left_out[trial_id] = "its parts are used instead"
        del found[trial_id], trials[trial_id]
    same_patients = evidence.keyed("trials")["same_patients_as"]
    for trial_id in [trial for trial in found if same_patients[trial] in found]:
        left_out[trial_id] = f"the same patients as {same_patients[trial_id]}"
        del found[trial_id], trials[trial_id]
    _one_window(found, left_out)
    arms = [row for figures in found.values() for row in figures.arms]
    contrasts = [row for figures in found.values() for row in figures.contrasts]
    notes = [note for figures in found.values() for note in figures.notes]
    if any(row["reconstructed"] for row in arms):
        notes.append("counts of some arms are reconstructed from what abstract and label print together, not printed")
    if across_trials:
        across = [trial for trial in found if trial in not_randomised]
        notes += [f"{trial}: {not_randomised[trial]}: not a randomised comparison" for trial in across]
    facts = dict.fromkeys(fact for row in (*arms, *contrasts) for fact in row["facts"])
    return EvidenceNetwork(
        outcome,
        measure,
        tuple(treatments),
        {name: short_name(evidence, name) for name in treatments},
        str(evidence.keyed("outcomes").loc[outcome, "label"]),
        "bad" if evidence.keyed("outcomes").loc[outcome, "direction"] == "higher_is_better" else "good",
        _arm_table(evidence, arms, trials, measure),
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
    doses = evidence.arms.set_index(["trial_id", "arm_id"])["drug_dose_mg"].astype(float)
    labels = evidence.keyed("trials")["label"]
    rows = []
    for row in arms:
        own = {doses[row["trial"], arm] for arm in trials[row["trial"]][row["treatment"]]}
        dose = own.pop() if len(own) == 1 else math.nan
        rows.append({**row, "dose": dose, "label": labels[row["trial"]]})
    return pd.DataFrame(rows, columns=_ARM_COLUMNS["MD" if measure == "MD" else "counts"])


def _one_window(found: dict[str, TrialFigures], left_out: dict[str, str]) -> None:
    """Keep the time window with most trials, as `compare` does: only like is pooled with like."""
    windows = [figures.window for figures in found.values()]
    best = max(windows, key=windows.count, default="")
    for trial_id in [trial for trial, figures in found.items() if figures.window != best]:
        own = found.pop(trial_id).window
        left_out[trial_id] = f"time window {own or 'not printed'}, not {best or 'not printed'}: not in one network"


_CONTRAST_COLUMNS = ["trial", "treatment", "control", "effect", "se", "effect_range", "se_range", "facts"]
_ARM_COLUMNS = {
    "counts": ["trial", "label", "treatment", "dose", "events", "n", "events_range", "reconstructed", "facts"],
    "MD": [
        "trial",
        "label",
        "treatment",
        "dose",
        "mean",
        "se",
        "n",
        "mean_range",
        "se_range",
        "reconstructed",
        "facts",
    ],
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
) -> tuple[dict[str, Arms], dict[str, str]]:
    """Return the trials with the arms that were randomised against each other, and those without such arms."""
    trials: dict[str, Arms] = {}
    reasons: dict[str, str] = {}
    for one, other in itertools.combinations(groups, 2):
        for pair in arm_pairs(evidence, one, other):
            if not pair.randomised:
                reasons.setdefault(pair.trial_id, pair.reason.split(" (")[0])
            if pair.randomised or (across_trials and parts_of(evidence, pair.trial_id)):
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
