"""Which arms of which trials hold a treatment, and whether two arms were randomised against each other."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from neckevidence.core.errors import UnknownCodeError
from neckevidence.data.evidence import Evidence


@dataclass(frozen=True)
class ArmPair:
    """The arms of one trial (or printed pool of trials) that hold the two treatments.

    Attributes
    ----------
    trial_id : str
        The trial.
    treatment_arms, control_arms : tuple of str
        Arm ids; several if a group of treatments was asked for.
    randomised : bool
        True if patients were allocated at random between just these arms.
    reason : str
        Why not, if they were not.
    allocation_stated : bool
        False if nothing says how the patients were allocated: then `randomised` is False, but nobody knows that it is.
    """

    trial_id: str
    treatment_arms: tuple[str, ...]
    control_arms: tuple[str, ...]
    randomised: bool
    reason: str
    allocation_stated: bool = True


def allocation_words(randomised: bool, stated: bool) -> str:
    """Say how patients were allocated, where it was not at random between the two sides.

    Parameters
    ----------
    randomised : bool
        Whether they were allocated at random.
    stated : bool
        Whether anything says how they were allocated.

    Returns
    -------
    str
        Empty for a randomised comparison; what nobody states is never called not randomised.

    Examples
    --------
    >>> allocation_words(False, True), allocation_words(False, False)
    ('not a randomised comparison', 'allocation not stated')
    """
    if randomised:
        return ""
    return "not a randomised comparison" if stated else "allocation not stated"


def check_code(evidence: Evidence, kind: str, code: str) -> str:
    """Return the code if the vocabulary holds it.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its vocabularies.
    kind : {"treatment", "outcome"}
        Which vocabulary.
    code : str
        The code asked for.

    Returns
    -------
    str
        The same code.

    Raises
    ------
    UnknownCodeError
        With the nearest codes, if it is not there.
    """
    allowed = evidence.table(f"{kind}s")[kind]
    if code not in set(allowed):
        raise UnknownCodeError(kind, code, allowed)
    return code


def treatment_group(evidence: Evidence, treatment: str) -> tuple[str, ...]:
    """Return a treatment code with all codes below it.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatment : str
        A code, for example ``CER`` for both extended-release doses.

    Returns
    -------
    tuple of str
        The code itself first.

    Raises
    ------
    UnknownCodeError
        If there is no such code.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> treatment_group(load_evidence(), "CER")
    ('CER', 'CER15', 'CER30')
    """
    check_code(evidence, "treatment", treatment)
    table = evidence.treatments
    group = [treatment]
    for code in group:
        children = table.loc[table["parent"] == code, "treatment"]
        group += [child for child in children if child not in group]
    return tuple(group)


def arm_pairs(evidence: Evidence, treatment: str, control: str) -> list[ArmPair]:
    """Return the trials and pools that have arms on both sides of a comparison.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatment, control : str
        Treatment codes, or codes of groups.

    Returns
    -------
    list of ArmPair
        In the order of the table of trials.

    Raises
    ------
    UnknownCodeError
        If a code is unknown.
    """
    arms = evidence.arms
    arms = arms[~arms["is_pooled_over_arms"].fillna(False)]
    left = _arms_by_trial(arms, treatment_group(evidence, treatment))
    right = _arms_by_trial(arms, treatment_group(evidence, control))
    found = []
    trials = evidence.trials
    for trial in trials[trials["trial_id"].isin(left.keys() & right.keys())].itertuples():
        ours = left[trial.trial_id]
        theirs = tuple(arm for arm in right[trial.trial_id] if arm not in ours)
        if ours and theirs:
            found.append(ArmPair(trial.trial_id, ours, theirs, *_randomised(evidence, trial, ours, theirs)))
    return found


def arms_named(evidence: Evidence, trial_id: str, treatment: str) -> tuple[str, ...]:
    """Return the arms of a trial that a treatment code names: those that hold it, or a treatment below it.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trial_id : str
        The trial.
    treatment : str
        A treatment code, or the code of a group.

    Returns
    -------
    tuple of str
        Arm ids in the order of the table; empty if no arm holds it.

    Raises
    ------
    UnknownCodeError
        If there is no such treatment.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> arms_named(load_evidence(), "btb_cd_rct122", "PBO")
    ('PLACEBO',)
    """
    arms = evidence.arms
    own = arms[(arms["trial_id"] == trial_id) & ~arms["is_pooled_over_arms"].fillna(False)]
    return tuple(own.loc[own["treatment"].isin(treatment_group(evidence, treatment)), "arm_id"])


def _arms_by_trial(arms: pd.DataFrame, codes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    wanted = arms[arms["treatment"].isin(codes)]
    return {trial: tuple(group) for trial, group in wanted.groupby("trial_id")["arm_id"]}


def _randomised(
    evidence: Evidence, trial: tuple, left: tuple[str, ...], right: tuple[str, ...]
) -> tuple[bool, str, bool]:
    """Decide whether the arms of a trial, or the columns of a pool, are a randomised contrast; why not; if that is known.

    Rule: within one trial, if the trial was randomised. Within a pool, only if the patients of every column come from
    the same randomised trials; a column from one trial against a column from two is a comparison across trials.
    """
    if trial.is_pool:
        pools = evidence.pools
        parts = {
            arm: frozenset(pools.loc[(pools["pool_id"] == trial.trial_id) & (pools["arm_id"] == arm), "part_id"])
            for arm in left + right
        }
        if not all(parts.values()):
            unnamed = f"{trial.label} adds up trials that are not named, so that its arms may hold patients of different trials"
            return False, unnamed, True
        if len(set(parts.values())) > 1:
            label = evidence.keyed("trials")["label"]
            columns = [f"{arm}: {', '.join(sorted(label[part] for part in parts[arm]))}" for arm in left + right]
            return False, f"the arms hold patients of different trials ({'; '.join(columns)})", True
    if pd.isna(trial.randomised):
        return False, f"{trial.label}: allocation not stated", False
    if trial.randomised:
        return True, "", True
    not_random = "is not randomised" if trial.is_pool else "did not allocate patients at random"
    return False, f"{trial.label} {not_random}", True


def parts_of(evidence: Evidence, pool_id: str) -> frozenset[str]:
    """Return the trials that a pool is made of.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    pool_id : str
        A trial_id.

    Returns
    -------
    frozenset of str
        Empty if it is a single trial or its parts are not named.
    """
    pools = evidence.pools
    return frozenset(pools.loc[pools["pool_id"] == pool_id, "part_id"])


def arm_row(evidence: Evidence, trial_id: str, arm_id: str) -> pd.Series:
    """Return the row of an arm.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trial_id, arm_id : str
        Key of the arm.

    Returns
    -------
    Series
        The row of the table of arms.
    """
    arms = evidence.arms
    return arms[(arms["trial_id"] == trial_id) & (arms["arm_id"] == arm_id)].iloc[0]


def short_name(evidence: Evidence, treatment: str) -> str:
    """Return the name of a treatment up to its first comma, behind which the details stand.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatment : str
        Its code.

    Returns
    -------
    str
        In words.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> short_name(load_evidence(), "CYC5")
    'cyclobenzaprine 5 mg'
    """
    return str(evidence.keyed("treatments").loc[treatment, "name"]).split(",")[0]
