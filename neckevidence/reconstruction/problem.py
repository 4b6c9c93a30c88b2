"""What is printed of unknown arm sizes and counts: statements, and the assumptions on which they rest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from neckevidence.core.errors import NeckevidenceError


@dataclass(frozen=True)
class Assumption:
    """A named assumption that statements can rest on.

    Attributes
    ----------
    name : str
        Short name, by which it is dropped.
    sentence : str
        What is assumed.
    without : str
        What still holds when it is dropped.
    """

    name: str
    sentence: str
    without: str = ""


@dataclass(frozen=True)
class Total:
    """The sizes of some arms add up to a printed total (or to at least that many).

    Attributes
    ----------
    arms : tuple of str
        The arms.
    n : int
        The total, patients.
    at_least : bool
        True if the arms may hold more.
    under : tuple of str
        Names of the assumptions it rests on.
    """

    arms: tuple[str, ...]
    n: int
    at_least: bool = False
    under: tuple[str, ...] = ()


@dataclass(frozen=True)
class Size:
    """The size of one arm is printed; fields as in `Total`."""

    arm: str
    n: int
    at_least: bool = False
    under: tuple[str, ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        """The one arm."""
        return (self.arm,)


@dataclass(frozen=True)
class Percentage:
    """Some count of the patients of an arm, or of several arms together, prints as a percentage.

    Attributes
    ----------
    event : str
        What is counted.
    arms : tuple of str
        One arm, or the arms taken together.
    percent : float
        As printed, 0 to 100.
    decimals : int
        Decimals with which it is printed.
    missing : int
        Up to so many patients of the arms may be left out of the denominator.
    nearest : bool
        True if it is rounded to the nearest (a half either way); False if it may also be cut or rounded up, so that
        the share lies less than one unit of the last decimal away.
    under : tuple of str
        Names of the assumptions it rests on.
    """

    event: str
    arms: tuple[str, ...]
    percent: float
    decimals: int
    missing: int = 0
    nearest: bool = True
    under: tuple[str, ...] = ()

    @property
    def units(self) -> int:
        """The percentage in units of its last decimal."""
        return round(self.percent * 10**self.decimals)


@dataclass(frozen=True)
class Balance:
    """The largest of some arms is at most `ratio` times the smallest; `under` as in `Total`."""

    arms: tuple[str, ...]
    ratio: float
    under: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Unknown arm sizes and counts, and what is printed of them.

    Attributes
    ----------
    arms : tuple of str
        The arms; each holds at least one patient.
    totals, percentages, sizes, balances : tuple
        The statements that hold.
    assumptions : tuple of Assumption
        The assumptions behind them.

    Raises
    ------
    NeckevidenceError
        If a statement is impossible, names an unknown arm or an unknown assumption.
    """

    arms: tuple[str, ...]
    totals: tuple[Total, ...] = ()
    percentages: tuple[Percentage, ...] = ()
    sizes: tuple[Size, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    balances: tuple[Balance, ...] = ()

    def __post_init__(self) -> None:
        names = [assumption.name for assumption in self.assumptions]
        for kind, found in (("arm", self.arms), ("assumption", names)):
            if len(set(found)) < len(found):
                raise NeckevidenceError(f"every {kind} needs a name of its own, found {', '.join(found)}")
        for said in (*self.totals, *self.sizes, *self.percentages, *self.balances):
            _check(said, self.arms, names)
        for event in {said.event for said in self.percentages}:
            unions = {frozenset(said.arms) for said in self.percentages if said.event == event and len(said.arms) > 1}
            if sum(map(len, unions)) > len(frozenset().union(*unions)):
                raise NeckevidenceError(f"{event}: two unions of arms with a printed percentage share an arm")

    def without(self, *names: str) -> Problem:
        """Drop assumptions, and with them every statement that rests on one of them.

        Parameters
        ----------
        *names : str
            Names of assumptions.

        Returns
        -------
        Problem
            With fewer statements; its set of solutions holds that of this problem.
        """
        known = [assumption.name for assumption in self.assumptions]
        for name in names:
            if name not in known:
                raise NeckevidenceError(f"unknown assumption {name!r}; choose among {', '.join(known) or 'none'}")
        kept = {
            field: tuple(said for said in getattr(self, field) if not set(said.under) & set(names))
            for field in ("totals", "percentages", "sizes", "balances")
        }
        rest = tuple(assumption for assumption in self.assumptions if assumption.name not in names)
        return replace(self, assumptions=rest, **kept)


def column(event: str, arms: Iterable[str], of: bool = False) -> str:
    """Return the name of the column of a percentage's count, or of its denominator.

    Parameters
    ----------
    event : str
        What is counted.
    arms : iterable of str
        The arm or arms, in the order of the problem.
    of : bool
        True for the denominator.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> column("ill", ["a", "b"]), column("ill", ["a"], of=True)
    ('ill in a+b', 'ill of a')
    """
    return f"{event} {'of' if of else 'in'} {'+'.join(arms)}"


def _check(said: Any, arms: Sequence[str], assumptions: Sequence[str]) -> None:
    """Refuse a statement that cannot be meant."""
    for arm in said.arms:
        if arm not in arms:
            raise NeckevidenceError(f"{said}: unknown arm {arm!r}; the arms are {', '.join(arms)}")
    if not said.arms or len(set(said.arms)) < len(said.arms):
        raise NeckevidenceError(f"{said}: the arms must be named, each once")
    for name in said.under:
        if name not in assumptions:
            raise NeckevidenceError(
                f"{said}: unknown assumption {name!r}; there are {', '.join(assumptions) or 'none'}"
            )
    if isinstance(said, Balance):
        if not (said.ratio >= 1 and math.isfinite(said.ratio)):
            raise NeckevidenceError(f"{said}: the ratio must be finite and at least 1")
    elif isinstance(said, Percentage):
        if not 0 <= said.percent <= 100:
            raise NeckevidenceError(f"{said}: the percentage must lie between 0 and 100")
        if said.decimals < 0 or not math.isclose(said.units, said.percent * 10**said.decimals, abs_tol=1e-6):
            raise NeckevidenceError(f"{said}: the percentage has more decimals than are said to be printed")
        if said.missing < 0:
            raise NeckevidenceError(f"{said}: missing must be at least 0")
    elif said.n != said.n or said.n < len(said.arms) or said.n != int(said.n):
        raise NeckevidenceError(f"{said}: the size must be a whole number of at least one patient an arm")
