"""What is shown first of a question: what ``question.toml`` says, and by a rule what it leaves open.

The rules look at how much there is, never at what it shows: a comparison is not chosen for its result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from neckevidence.comparison.absolute import AbsoluteEffect, absolute_effect
from neckevidence.comparison.compare import compare
from neckevidence.comparison.evidence_map import EvidenceMap, evidence_map, published_results
from neckevidence.comparison.printed_pairs import printed_pairs
from neckevidence.comparison.rated_arms import OrdinalComparison, compare_ratings
from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.arms import arm_pairs, short_name
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import Lead
from neckevidence.equivalence.assessment import Equivalence, assess_equivalence
from neckevidence.equivalence.margins import margin_for_result
from neckevidence.grade.risk_of_bias import RiskOfBias, judged_rows, risk_of_bias

MOST = 6  # as many rows as a reader takes in at a glance
# Codes, names and classes of treatments that are no treatment, in any field of medicine.
_CONTROLS = (
    "placebo",
    "none",
    "no treatment",
    "untreated",
    "control",
    "usual care",
    "standard care",
    "sham",
    "wait list",
)
_MEASURES = ("RR", "MD", "SMD")
_DIFFERENCE = {"RR": "RD", "OR": "RD"}


def reference_treatment(evidence: Evidence) -> str:
    """Return the treatment with which the others are compared.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    str
        The reference of ``question.toml``; else, of the treatments whose code, name or class says that they are a control
        (placebo, none, usual care, ...), the one that most trials hold; else the one that most trials hold, of as many the
        one that stands last in the table of arms.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> reference_treatment(load_evidence())
    'PBO'
    """
    of = standing(evidence)
    return max(of, key=of.__getitem__)


def standing(evidence: Evidence) -> dict[str, tuple[bool, bool, int, int]]:
    """Say of every treatment how much it is a control: of two, the higher one is that with which the other is compared.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    dict of str to tuple
        By treatment: whether the question calls it the reference, `is_control`, in how many trials it is, and its last place in
        the table of arms.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> by = standing(load_evidence())
    >>> by["PBO"] > by["CYC10"] > by["CYC5"]
    True
    """
    held = evidence.arms.dropna(subset=["treatment"]).drop_duplicates(["trial_id", "treatment"])["treatment"]
    trials, last = Counter(held), {code: place for place, code in enumerate(held)}
    said = evidence.question.treatments.reference
    return {code: (code == said, is_control(evidence, code), trials[code], last[code]) for code in trials}


def is_control(evidence: Evidence, treatment: str) -> bool:
    """Tell whether code, name or class of a treatment say that it is none.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatment : str
        Its code.

    Returns
    -------
    bool
        True for placebo, no treatment, usual care and the like.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> is_control(load_evidence(), "PBO"), is_control(load_evidence(), "CYC5")
    (True, False)
    """
    row = evidence.keyed("treatments").loc[treatment]
    words = (str(word).casefold().replace("_", " ") for word in (treatment, row["name"], row["drug_class"]))
    return any(word in _CONTROLS for word in words)


def leads(evidence: Evidence, most: int = MOST) -> tuple[Lead, ...]:
    """Return the comparisons that a report leads with.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    most : int
        At most so many are chosen by rule; those of the question are all returned.

    Returns
    -------
    tuple of Lead
        Those of ``question.toml``; else the pairs of treatments and outcomes that most trials print for both sides, of as many
        those with most patients, each turned so that the reference, or the treatment in more trials, is the control.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> [lead.treatment for lead in leads(load_evidence())]
    ['CYC5', 'CYC5', 'CYC5', 'CYC5']
    """
    if evidence.question.lead:
        return evidence.question.lead
    found: list[Lead] = []
    for lead in _by_size(evidence):
        if len(found) == most:
            break
        if any(trial.has_interval for one in results(evidence, [lead]) for trial in one.trials):
            found.append(lead)
    return tuple(found)


def _by_size(evidence: Evidence) -> Iterator[Lead]:
    """Yield what could be led with, the largest body of trials first."""
    of = standing(evidence)
    trials: dict[tuple[str, str, str], dict[str, None]] = {}
    possible: dict[tuple[str, str, str], dict[str, None]] = {}
    for one in printed_pairs(evidence):
        treatment, control = one.pair
        if of[control] > of[treatment]:
            key = (treatment, control, one.outcome)
            trials.setdefault(key, {})[one.trial_id] = None
            possible.setdefault(key, {}).update(dict.fromkeys(one.measures))
    patients = _patients(evidence)
    sizes = {key: (len(ids), sum(patients.get(trial, 0) for trial in ids)) for key, ids in trials.items()}
    for key in sorted(sizes, key=lambda key: sizes[key], reverse=True):
        measure = next((one for one in _MEASURES if one in possible[key]), next(iter(possible[key])))
        yield Lead(*key, measure)


def _patients(evidence: Evidence) -> dict[str, int]:
    """Return the largest number of patients that a trial prints for its arms together."""
    frames = [evidence.table(name)[["trial_id", "arm_id", "n"]].dropna() for name in ("counts", "ratings", "means")]
    arms = pd.concat(frames).groupby(["trial_id", "arm_id"])["n"].max()
    return arms.groupby("trial_id").sum().astype(int).to_dict()


def results(evidence: Evidence, asked: Iterable[Lead]) -> list[Comparison]:
    """Return the comparisons for which there is a figure; means on several scales are compared by their SMD.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    asked : iterable of Lead
        What is asked, as `leads` returns it.

    Returns
    -------
    list of Comparison
        Those without a figure are left out.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ev = load_evidence()
    >>> results(ev, leads(ev)[1:2])
    [<Comparison CYC5 against PBO, somnolence: RR 2.90 (95% CI 2.14 to 3.95), 1 trial>]
    """
    found = (_result(evidence, lead) for lead in asked)
    return [one for one in found if one is not None]


def _result(evidence: Evidence, lead: Lead) -> Comparison | None:
    for measure in (lead.measure, "SMD") if lead.measure == "MD" else (lead.measure,):
        try:
            return compare(evidence, lead.treatment, lead.control, lead.outcome, measure)
        except NeckevidenceError:
            continue
    return None


def absolute_effects(compared: Iterable[Comparison]) -> list[AbsoluteEffect]:
    """Return what results mean for a thousand patients, at the risk of the control groups of their trials.

    Parameters
    ----------
    compared : iterable of Comparison
        The results.

    Returns
    -------
    list of AbsoluteEffect
        Without those that are no risks, or for which no risk under the control is printed.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ev = load_evidence()
    >>> [round(one.treatment_per_1000) for one in absolute_effects(results(ev, leads(ev)[1:2]))]
    [291]
    """
    found = []
    for one in compared:
        try:
            found.append(absolute_effect(one))
        except NeckevidenceError:
            continue
    return found


def against_margins(evidence: Evidence, asked: Iterable[Lead]) -> list[Equivalence]:
    """Judge the comparisons for which the evidence has a margin: of risks as risk differences, of means as they are.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    asked : iterable of Lead
        What is asked, as `leads` returns it.

    Returns
    -------
    list of Equivalence
        Without those for which no margin was set.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ev = load_evidence()
    >>> [one.comparison.outcome for one in against_margins(ev, leads(ev))]
    ['pain_relief']
    """
    found = []
    for one in results(
        evidence, [replace(lead, measure=_DIFFERENCE.get(lead.measure, lead.measure)) for lead in asked]
    ):
        margin = margin_for_result(evidence, one)
        if margin is not None:
            found.append(assess_equivalence(one, margin))
    return found


def ratings_compared(evidence: Evidence, asked: Iterable[Lead]) -> list[OrdinalComparison]:
    """Compare the ratings that trials print for the treatments that are led with, trial by trial.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    asked : iterable of Lead
        What is asked, as `leads` returns it; its outcomes play no part.

    Returns
    -------
    list of OrdinalComparison
        One a trial, outcome and time for which both arms have a count in every category.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> [one.trial_id for one in ratings_compared(load_evidence(), [Lead("CER30", "PBO", "medication_helpfulness")])][:1]
    ['cer_1105']
    """
    found = []
    for treatment, control in dict.fromkeys((lead.treatment, lead.control) for lead in asked):
        for pair in arm_pairs(evidence, treatment, control):
            own = evidence.ratings[evidence.ratings["trial_id"] == pair.trial_id]
            for outcome, timepoint in dict.fromkeys(zip(own["outcome"], own["timepoint"], strict=True)):
                try:
                    arms = pair.treatment_arms[0], pair.control_arms[0]
                    found.append(compare_ratings(evidence, pair.trial_id, *arms, outcome, timepoint))
                except NeckevidenceError:
                    continue
    return found


def by_measure(compared: Iterable[Comparison]) -> list[list[Comparison]]:
    """Put results of one measure together, since a forest plot has one axis.

    Parameters
    ----------
    compared : iterable of Comparison
        The results.

    Returns
    -------
    list of list of Comparison
        In the order in which the measures come.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ev = load_evidence()
    >>> [len(several) for several in by_measure(results(ev, leads(ev)))]
    [4]
    """
    found: dict[str, list[Comparison]] = {}
    for one in compared:
        found.setdefault(one.measure, []).append(one)
    return list(found.values())


def map_of(evidence: Evidence, asked: Iterable[Lead]) -> EvidenceMap | None:
    """Return the evidence map of the pairs that are led with.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    asked : iterable of Lead
        What is asked, as `leads` returns it; its outcomes play no part.

    Returns
    -------
    EvidenceMap or None
        None if there is no pair, or the outcomes are in no domain.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ev = load_evidence()
    >>> list(map_of(ev, leads(ev)).to_frame().index)
    ['Cyclobenzaprine 5 mg against placebo', 'Cyclobenzaprine 5 mg against cyclobenzaprine 10 mg']
    """
    pairs = dict.fromkeys((lead.treatment, lead.control) for lead in asked)
    names = (tuple(short_name(evidence, code) for code in pair) for pair in pairs)
    titles = [f"{one[:1].upper()}{one[1:]} against {other}" for one, other in names]
    drawn = evidence_map(evidence, dict(zip(titles, pairs, strict=True)))
    return None if drawn.cells.empty else drawn


def words_on(evidence: Evidence, asked: Iterable[Lead]) -> list[str]:
    """Return what is published on the pairs that are led with, beside the figures of their arms.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    asked : iterable of Lead
        What is asked, as `leads` returns it; its outcomes play no part.

    Returns
    -------
    list of str
        Names of rows of the table ``reported``, each once.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ev = load_evidence()
    >>> "reported_002" in words_on(ev, leads(ev))
    True
    """
    pairs = dict.fromkeys((lead.treatment, lead.control) for lead in asked)
    return list(dict.fromkeys(fact for pair in pairs for fact in published_results(evidence, *pair)["fact_id"]))


def bias_of(evidence: Evidence, compared: Iterable[Comparison]) -> RiskOfBias | None:
    """Return the risk of bias of the trials behind results, as far as it is judged.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    compared : iterable of Comparison
        The results.

    Returns
    -------
    RiskOfBias or None
        None if no trial of them is judged; a pool counts as judged if all of its parts are.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ev = load_evidence()
    >>> bias_of(ev, results(ev, leads(ev)))
    <RiskOfBias of 2 trials: overall 2 some concerns>
    """
    trials = dict.fromkeys(trial.trial_id for one in compared for trial in one.trials)
    judged = [trial for trial in trials if judged_rows(evidence, trial) is not None]
    return risk_of_bias(evidence, judged) if judged else None
