"""How many patients an arm would decide a claim that the present figures leave open."""

from __future__ import annotations

import math

import pandas as pd

from neckevidence.claims.claim_rules import ClaimRule
from neckevidence.claims.findings import Finding
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import RATIOS
from neckevidence.equivalence.margins import Margin
from neckevidence.equivalence.reading import agree_alone
from neckevidence.equivalence.sample_size import patients_per_arm, what_would_decide

POWER = 0.8
_ANY = 1e-9  # to show any difference at all is to show one beyond a margin of nothing
_QUESTIONS = {"equivalence": "equivalence", "not_higher": "equivalence"}


def patients_to_decide(rule: ClaimRule, finding: Finding, margin: Margin | None) -> int | None:
    """Return the patients an arm of a randomised trial that would decide the claim with a power of 80%.

    Parameters
    ----------
    rule : ClaimRule
        The claim.
    finding : Finding
        The present numbers; the risk under the control, or the SD, is taken from them.
    margin : Margin or None
        Margin of the claim.

    Returns
    -------
    int or None
        With a margin: equivalence if the truth is no difference. Else: a difference, if the truth is as estimated now. None
        where the figures give nothing to plan with.

    Notes
    -----
    See `neckevidence.equivalence.sample_size`. A design for an estimate that came out by chance is a poor one; the number says
    how far the present trials are from an answer, not how to plan the next.
    """
    if finding.measure == "SMD" and margin is not None:
        return int(patients_per_arm("SMD", margin.value, power=POWER))
    if finding.measure == "SMD" and math.isfinite(finding.estimate) and finding.estimate:
        asked = {"true_difference": finding.estimate, "question": "relevant difference"}
        return int(patients_per_arm("SMD", _ANY, power=POWER, **asked))
    if finding.comparison is None or not math.isfinite(finding.estimate) or agree_alone(finding.comparison):
        return None  # where each trial alone shows a difference, patients are not what is missing
    size = margin if margin is not None else 1 + _ANY if finding.measure in RATIOS else _ANY
    question = _QUESTIONS.get(rule.rule, "relevant difference") if margin is not None else "relevant difference"
    truth = "none" if question == "equivalence" else "as estimated"
    try:
        table = what_would_decide(finding.comparison, size, powers=(POWER,))
    except NeckevidenceError:
        return None
    found = table[(table["question"] == question) & (table["truth"] == truth)]["patients_per_arm"].dropna()
    return int(found.iloc[0]) if len(found) else None


def patients_for_the_margin(evidence: Evidence, rule: ClaimRule, margin: Margin | None) -> int | None:
    """Return the patients an arm that would show equality where no figure compares the two, but one of them has a share.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    rule : ClaimRule
        A claim of equality, in shares of patients.
    margin : Margin or None
        Its margin.

    Returns
    -------
    int or None
        For equal shares, as printed for the first of the two that has one; None without a margin or such a share.
    """
    if margin is None or rule.rule != "equivalence" or rule.measure != "RD":
        return None
    arms = evidence.arms.set_index(["trial_id", "arm_id"])["treatment"]
    table = evidence.counts
    table = table[(table["outcome"] == rule.outcome) & table["percent"].notna()]
    given = pd.Series(
        [arms.get((row.trial_id, row.arm_id)) for row in table.itertuples()], index=table.index, dtype=object
    )
    for treatment in (rule.treatment, rule.control):
        shares = table.loc[given == treatment, "percent"]
        if len(shares) and 0 < shares.iloc[0] < 100:
            return int(patients_per_arm("RD", margin.value, control_risk=float(shares.iloc[0]) / 100, power=POWER))
    return None
