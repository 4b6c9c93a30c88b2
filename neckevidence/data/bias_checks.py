"""Faults of the risk of bias table that a schema cannot express: a trial, or a domain of it, that is not judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from neckevidence.core.errors import Fault
from neckevidence.data.schema import RawTable

Tables = Mapping[str, RawTable]

DOMAINS = {
    "randomisation": "randomisation process",
    "deviations": "deviations from the intended interventions",
    "missing_data": "missing outcome data",
    "measurement": "measurement of the outcome",
    "selective_reporting": "selection of the reported result",
}
_NEEDED = {"risk_of_bias", "trials", "arms", "treatments", "pools"}


def domain_not_judged(tables: Tables, classes: Collection[str] = ()) -> Iterator[Fault]:
    """A judged trial, or a randomised trial with a treatment of some classes, without all five domains.

    A pool whose parts are named is judged through them.
    """
    if not set(tables) >= _NEEDED:
        return
    treatments, arms = tables["treatments"].text, tables["arms"].text
    drugs = set(treatments.loc[treatments["drug_class"].isin(classes), "treatment"])
    trials = tables["trials"].typed
    wanted = set(arms.loc[arms["treatment"].isin(drugs), "trial_id"])
    wanted &= set(trials.loc[trials["randomised"].fillna(False), "trial_id"])
    wanted -= set(tables["pools"].text["pool_id"])
    judged = tables["risk_of_bias"].text.groupby("trial_id")["domain"].agg(set).to_dict()
    for trial in sorted(wanted | judged.keys()):
        missing = [domain for domain in DOMAINS if domain not in judged.get(trial, set())]
        if missing:
            found = f"no judgement of {trial} for {', '.join(missing)}"
            yield Fault("risk_of_bias", None, "trial_id, domain", found, "each of the five domains once")


def pool_judged_beside_parts(tables: Tables) -> Iterator[Fault]:
    """A pool that is judged although its parts are named: it takes their judgements."""
    if not set(tables) >= _NEEDED:
        return
    pools = set(tables["pools"].text["pool_id"])
    for row, trial in tables["risk_of_bias"].text["trial_id"].items():
        if trial in pools:
            yield Fault("risk_of_bias", int(row), "trial_id", f"{trial}, a pool", "the parts of the pool")


BIAS_RULES = (domain_not_judged, pool_judged_beside_parts)
