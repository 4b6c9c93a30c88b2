"""A row of the claim register: how a claim is decided, and the facts that bear on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import pandas as pd

from neckevidence.core.errors import NeckevidenceError, UnknownCodeError
from neckevidence.data.evidence import Evidence
from neckevidence.equivalence.margins import Margin, margin_from_row

USED = ("estimate", "observational", "complement", "favours_treatment", "favours_control", "more_often", "less_often")


@dataclass(frozen=True)
class ClaimRule:
    """How a claim is decided: the row of ``claim_rules`` with its claim and its facts; an empty cell is "".

    Attributes
    ----------
    claim_id, claim : str
        The claim, in words.
    rule, numbers, treatment, control, base, outcome, measure, timepoint, margin_id, expects, threshold : str
        As in the table.
    applies_to, differs_in, reading, verdict_by_hand, reason_by_hand, source_ids : str
        As in the table.
    citation_verdict, citation_reason : str
        As in the table.
    facts : tuple of (str, str)
        fact_id and role of every row of ``claim_facts``.
    """

    claim_id: str
    claim: str
    rule: str
    numbers: str
    treatment: str
    control: str
    base: str
    outcome: str
    measure: str
    timepoint: str
    margin_id: str
    expects: str
    threshold: str
    applies_to: str
    differs_in: str
    reading: str
    verdict_by_hand: str
    reason_by_hand: str
    source_ids: str
    citation_verdict: str
    citation_reason: str
    facts: tuple[tuple[str, str], ...]

    @property
    def computed(self) -> bool:
        """Whether numbers decide it."""
        return self.rule != "judgement"

    def used(self) -> list[tuple[str, str]]:
        """Return the facts whose number or words decide, with their roles."""
        return [(fact, role) for fact, role in self.facts if role in USED]

    def context(self) -> tuple[str, ...]:
        """Return the facts that bear on the claim without a number being used."""
        return tuple(fact for fact, role in self.facts if role not in USED)

    def share(self) -> float:
        """Return the share that the words of the claim mean.

        Returns
        -------
        float
            Between 0 and 1.

        Raises
        ------
        NeckevidenceError
            If the register gives none.
        """
        if not self.threshold:
            raise NeckevidenceError(
                f"claim_rules, {self.claim_id}: threshold is blank; the rule {self.rule} needs a share in per cent"
            )
        return float(self.threshold) / 100


def claim_rules(evidence: Evidence, claim_ids: list[str] | None = None) -> list[ClaimRule]:
    """Read the claim register.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    claim_ids : list of str, optional
        Which claims; by default all.

    Returns
    -------
    list of ClaimRule
        In the order asked for, else of the table of claims.

    Raises
    ------
    UnknownCodeError
        If a claim is not in the evidence.
    """
    table = evidence.claim_rules.merge(evidence.claims[["claim_id", "claim"]], on="claim_id").set_index("claim_id")
    names = [item.name for item in fields(ClaimRule) if item.name not in ("claim_id", "facts")]
    roles = evidence.claim_facts
    wanted = list(evidence.claims["claim_id"]) if claim_ids is None else claim_ids
    rules = []
    for claim_id in wanted:
        if claim_id not in table.index:
            raise UnknownCodeError("claim", claim_id, list(table.index))
        row = table.loc[claim_id]
        own = roles[roles["claim_id"] == claim_id]
        cells = {name: "" if pd.isna(row[name]) else str(row[name]) for name in names}
        pairs = tuple(zip(own["fact_id"].astype(str), own["role"].astype(str), strict=True))
        rules.append(ClaimRule(claim_id=claim_id, facts=pairs, **cells))
    return rules


def day_of(evidence: Evidence, rule: ClaimRule) -> float | None:
    """Return the day of the claim, None if it names no time."""
    if not rule.timepoint:
        return None
    day = evidence.keyed("timepoints").loc[rule.timepoint, "last_day"]
    return None if pd.isna(day) or math.isnan(float(day)) else float(day)


def margin_of(evidence: Evidence, rule: ClaimRule) -> Margin | None:
    """Return the margin that the rule names, as a share where it is one of percentage points."""
    if not rule.margin_id:
        return None
    table = evidence.margins
    return margin_from_row(evidence, table[table["margin_id"] == rule.margin_id].iloc[0])
