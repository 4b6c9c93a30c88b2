"""The networks and dose curves of a question: for each outcome that is led with, what its trials join."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from neckevidence.claims.leading import is_control, reference_treatment, standing
from neckevidence.comparison.network import EvidenceNetwork, evidence_network
from neckevidence.comparison.printed_pairs import printed_pairs
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.arms import treatment_group
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import Lead
from neckevidence.synthesis.dose import DoseResponse, dose_response

_PAIR = 2


def networks(evidence: Evidence, asked: Iterable[Lead]) -> list[EvidenceNetwork]:
    """Return a network for each outcome that is led with: all treatments for which a trial prints it.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    asked : iterable of Lead
        What is asked, as `leads` returns it.

    Returns
    -------
    list of EvidenceNetwork
        Those in which figures join three treatments at least: two are a comparison.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> from neckevidence.claims.leading import leads
    >>> ev = load_evidence()
    >>> networks(ev, leads(ev)[3:])[0].parts[0][:3]
    ('PBO', 'CYC2.5', 'CYC5')
    """
    printed: dict[tuple[str, str], set[str]] = {}
    for one in printed_pairs(evidence):
        for measure in one.measures:
            printed.setdefault((one.outcome, measure), set()).update(one.pair)
    order = list(dict.fromkeys(evidence.treatments["treatment"]))
    found = []
    for outcome, measure in dict.fromkeys((lead.outcome, lead.measure) for lead in asked):
        codes = _without_groups(evidence, sorted(printed.get((outcome, measure), ()), key=order.index))
        network = _network(evidence, codes, outcome, measure)
        if network is not None and network.parts and len(network.parts[0]) > _PAIR:
            found.append(network)
    return found


def _without_groups(evidence: Evidence, codes: Sequence[str]) -> list[str]:
    """Leave out a group of treatments of which a member is there, too: no arm may count twice."""
    return [code for code in codes if not set(treatment_group(evidence, code)[1:]) & set(codes)]


def _network(evidence: Evidence, codes: Sequence[str], outcome: str, measure: str) -> EvidenceNetwork | None:
    try:
        return evidence_network(evidence, codes, outcome, measure)
    except NeckevidenceError:
        return None


def base_of(evidence: Evidence, network: EvidenceNetwork) -> str:
    """Return the treatment with which the others of a network are compared.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    network : EvidenceNetwork
        A network with figures.

    Returns
    -------
    str
        Of the largest connected part the treatment that comes first by the rule of `reference_treatment`.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> from neckevidence.claims.leading import leads
    >>> ev = load_evidence()
    >>> base_of(ev, networks(ev, leads(ev)[3:])[0])
    'PBO'
    """
    return max(network.parts[0], key=standing(evidence).__getitem__)


def has_direction(evidence: Evidence, network: EvidenceNetwork) -> bool:
    """Tell whether the outcome of a network has a better side, without which no treatment is the best.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    network : EvidenceNetwork
        A network.

    Returns
    -------
    bool
        False if the table of outcomes says neither, or there is none.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> from neckevidence.claims.leading import leads
    >>> ev = load_evidence()
    >>> has_direction(ev, networks(ev, leads(ev)[3:])[0])
    True
    """
    return evidence.keyed("outcomes").loc[network.outcome, "direction"] != "neither"


def doses(evidence: Evidence) -> tuple[str, ...]:
    """Return the treatments that are doses of one drug, with the reference.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    tuple of str
        The doses of ``question.toml``; else the treatments of the group (``parent``) that has most doses printed for its arms,
        two at least, with the reference; else none.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> doses(load_evidence())
    ('PBO', 'CYC2.5', 'CYC5', 'CYC10')
    """
    if evidence.question.treatments.doses:
        return evidence.question.treatments.doses
    dosed = evidence.arms[evidence.arms["drug_dose_mg"].fillna(0) > 0]
    dosed = dosed.merge(evidence.treatments[["treatment", "parent"]]).dropna(subset=["parent"])
    groups = {
        parent: own.groupby("treatment")["drug_dose_mg"].min() for parent, own in dosed.groupby("parent", sort=False)
    }
    most = max(groups.values(), key=pd.Series.nunique, default=pd.Series(dtype=float))
    reference = reference_treatment(evidence)
    return (reference, *most.sort_values().index.drop(reference, errors="ignore")) if most.nunique() >= _PAIR else ()


def dose_arms(evidence: Evidence, asked: Iterable[Lead]) -> list[EvidenceNetwork]:
    """Return the arms of the doses for each outcome that is led with, if there are three doses and some trial compares two.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    asked : iterable of Lead
        What is asked, as `leads` returns it.

    Returns
    -------
    list of EvidenceNetwork
        With the dose of every arm; an arm of a control for which none is printed has dose 0.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> from neckevidence.claims.leading import leads
    >>> ev = load_evidence()
    >>> [one.outcome for one in dose_arms(ev, leads(ev))]
    ['any_adverse_event']
    """
    codes = doses(evidence)
    found = []
    for outcome, measure in dict.fromkeys((lead.outcome, lead.measure) for lead in asked) if codes else ():
        network = _network(evidence, codes, outcome, measure)
        if network is not None and not network.arms.empty:
            controls = network.arms["treatment"].map(lambda code: is_control(evidence, code))
            arms = network.arms.assign(dose=network.arms["dose"].mask(controls & network.arms["dose"].isna(), 0.0))
            arms = arms.dropna(subset=["dose"])
            if arms["dose"].nunique() > _PAIR and arms.groupby("trial")["dose"].nunique().max() >= _PAIR:
                found.append(replace(network, arms=arms))
    return found


def curves(network: EvidenceNetwork) -> list[DoseResponse]:
    """Fit the shapes of a dose curve that the doses allow.

    Parameters
    ----------
    network : EvidenceNetwork
        As `dose_arms` returns it.

    Returns
    -------
    list of DoseResponse
        Linear, log-linear and Emax, of these the ones that have a finite estimate.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> from neckevidence.claims.leading import leads
    >>> ev = load_evidence()
    >>> [fit.shape for fit in curves(dose_arms(ev, leads(ev))[0])]
    ['linear', 'log-linear', 'emax']
    """
    columns = {"mean": "mean", "se": "se"} if network.measure == "MD" else {}
    found = []
    for shape in ("linear", "log-linear", "emax"):
        try:
            found.append(dose_response(network.arms, trial="label", shape=shape, **columns))
        except NeckevidenceError:
            continue
    return found
