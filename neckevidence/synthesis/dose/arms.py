"""The arms of a dose-response analysis, checked; trials that tell nothing about the dose are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.dose.likelihood import Arms, Array


@dataclass(frozen=True)
class CheckedArms:
    """Arms that can be analysed.

    Attributes
    ----------
    frame : DataFrame
        trial, dose, and events and n, or mean and se; one row an arm that is used.
    trials : tuple of str
        Trials used, in the order given.
    excluded : tuple of (str, str)
        Trials left out, each with the reason.
    counts : bool
        Whether the arms have events, not means.
    """

    frame: pd.DataFrame
    trials: tuple[str, ...]
    excluded: tuple[tuple[str, str], ...]
    counts: bool

    @property
    def arrays(self) -> Arms:
        """The same in arrays."""
        member = (self.frame["trial"].to_numpy()[None] == np.array(self.trials, dtype=object)[:, None]).astype(float)
        y, size = ("events", "n") if self.counts else ("mean", "weight")
        frame = self.frame if self.counts else self.frame.assign(weight=self.frame["se"] ** -2.0)
        return Arms(frame["dose"].to_numpy(), member, frame[y].to_numpy(), frame[size].to_numpy(), self.counts)

    @property
    def contrasts(self) -> int:
        """How many independent differences between doses the trials hold together; one shape parameter needs one."""
        arms = self.arrays
        doses = (arms.dose[:, None] == np.unique(arms.dose)[None]).astype(float)
        return int(np.linalg.matrix_rank(np.column_stack([arms.member.T, doses]))) - len(self.trials)


def checked_arms(arms: pd.DataFrame, columns: dict[str, str]) -> CheckedArms:
    """Check arms and leave out the trials without information on the dose.

    Parameters
    ----------
    arms : DataFrame
        One row an arm.
    columns : dict of str
        Its columns by what they hold: trial, dose, and events and n, or mean and se.

    Returns
    -------
    CheckedArms
        Trials with one dose only, and, for counts, trials without events or without non-events, are in ``excluded``: their
        own baseline takes up all they have to say.

    Raises
    ------
    NeckevidenceError
        If a column is missing, a value is missing or impossible (trial and dose are named), or no trial is left.
    """
    for role, column in columns.items():
        if column not in arms.columns:
            raise NeckevidenceError(
                f"arms has no column {column!r} for {role}; it has {', '.join(map(str, arms.columns))}"
            )
    frame = pd.DataFrame({role: arms[column].to_numpy() for role, column in columns.items()})
    counts = "events" in columns
    frame["trial"] = frame["trial"].map(str)
    numbers = [role for role in columns if role != "trial"]
    frame[numbers] = frame[numbers].apply(pd.to_numeric, errors="coerce").astype(float)
    for row in frame.itertuples():
        _check_arm(row, numbers, counts)
    reasons = {str(name): _nothing_to_say(part, counts) for name, part in frame.groupby("trial", sort=False)}
    used = tuple(name for name, reason in reasons.items() if not reason)
    excluded = tuple((name, reason) for name, reason in reasons.items() if reason)
    if not used:
        told = "; ".join(f"{name}: {reason}" for name, reason in excluded) or "there are no arms"
        raise NeckevidenceError(f"no trial tells anything about the dose ({told})")
    return CheckedArms(frame[frame["trial"].isin(used)].reset_index(drop=True), used, excluded, counts)


def _check_arm(row: tuple, numbers: Sequence[str], counts: bool) -> None:
    where = f"{row.trial}, dose {row.dose:g}"
    for role in numbers:
        if not np.isfinite(getattr(row, role)):
            raise NeckevidenceError(f"{where}: {role} must be a finite number, found {getattr(row, role)}")
    if row.dose < 0:
        raise NeckevidenceError(f"{where}: the dose must be 0 or more")
    if not counts:
        if row.se <= 0:
            raise NeckevidenceError(f"{where}: se must be above zero, found {row.se:g}")
        return
    for role in ("events", "n"):
        if getattr(row, role) % 1:
            raise NeckevidenceError(f"{where}: {role} must be a whole number, found {getattr(row, role):g}")
    if row.n < 1:
        raise NeckevidenceError(f"{where}: n must be 1 or more, found {row.n:g}")
    if not 0 <= row.events <= row.n:
        raise NeckevidenceError(f"{where}: events must lie between 0 and n = {row.n:g}, found {row.events:g}")


def _nothing_to_say(part: pd.DataFrame, counts: bool) -> str:
    if len(part) == 1:
        return "one arm only"
    if part["dose"].nunique() == 1:
        return f"one dose only ({part['dose'].iloc[0]:g})"
    if counts and part["events"].sum() == 0:
        return "no event in any arm"
    if counts and (part["events"] == part["n"]).all():
        return "every patient of all arms had the event"
    return ""


def check_separation(arms: Arms, trials: Sequence[str]) -> None:
    """Refuse counts for which the best curve is infinitely steep.

    Parameters
    ----------
    arms : Arms
        Counts.
    trials : sequence of str
        Names of the trials.

    Raises
    ------
    NeckevidenceError
        If in every trial no event lies at a lower dose than a non-event, or in every trial no non-event at a lower dose
        than an event: then no rising shape has a finite maximum of the likelihood.
    """
    rising = falling = True
    for inside in arms.member > 0:
        with_event = arms.dose[inside & (arms.y > 0)]
        without = arms.dose[inside & (arms.y < arms.size)]
        rising &= bool(without.max() <= with_event.min())
        falling &= bool(with_event.max() <= without.min())
    if rising or falling:
        side = (
            "no event at a lower dose than a patient without one"
            if rising
            else "no event at a higher dose than one without"
        )
        raise NeckevidenceError(f"the effect of the dose has no finite estimate: {', '.join(trials)} have {side}")


def dose_scale(arms: Arms) -> tuple[Array, float, float]:
    """Return the doses without repetition, the smallest positive one and the largest.

    Parameters
    ----------
    arms : Arms
        The arms.

    Returns
    -------
    doses, smallest, largest : ndarray, float, float
        In units of the dose.
    """
    doses = np.unique(arms.dose)
    return doses, float(doses[doses > 0][0]), float(doses[-1])
