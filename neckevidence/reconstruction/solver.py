"""Printed totals and percentages as constraints on whole numbers: every assignment that prints exactly so."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from neckevidence.core.errors import NeckevidenceError
from neckevidence.reconstruction.problem import Assumption, Balance, Percentage, Problem, Size, Total, column

__all__ = [
    "Assumption",
    "Balance",
    "Percentage",
    "Problem",
    "Robustness",
    "Size",
    "Solutions",
    "Total",
    "column",
    "drop_each",
    "solve",
]

# So many rows of whole numbers are held in memory at once; a wider question needs one more assumption.
_LIMIT = 5_000_000


@dataclass(frozen=True, repr=False)
class Solutions:
    """Every assignment of whole numbers that prints exactly so.

    Attributes
    ----------
    problem : Problem
        The statements that held.
    assignments : DataFrame
        One row an assignment: a column of sizes for each arm and, for each percentage, its count and its denominator.
    """

    problem: Problem
    assignments: pd.DataFrame

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.assignments)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """The assumptions under which the set was found."""
        return self.problem.assumptions

    @property
    def is_unique(self) -> bool:
        """One assignment only: a reconstruction."""
        return self.number == 1

    @property
    def is_contradiction(self) -> bool:
        """No assignment: the sources contradict each other, or an assumption is wrong."""
        return self.number == 0

    @property
    def kind(self) -> str:
        """``reconstruction``, ``band`` or ``contradiction``."""
        return "contradiction" if self.is_contradiction else "reconstruction" if self.is_unique else "band"

    @property
    def arm_sizes(self) -> pd.DataFrame:
        """The different sets of arm sizes among the assignments."""
        return self.assignments[list(self.problem.arms)].drop_duplicates(ignore_index=True)

    def has(self, event: str, *arms: str) -> bool:
        """Tell whether a percentage of these arms gives a count of its own."""
        return column(event, arms) in self.assignments

    def events(self, event: str, *arms: str) -> np.ndarray:
        """Return the count behind a percentage in every assignment."""
        return self._column(column(event, arms))

    def denominators(self, event: str, *arms: str) -> np.ndarray:
        """Return the patients of whom that percentage is, in every assignment."""
        return self._column(column(event, arms, of=True))

    def _column(self, name: str) -> np.ndarray:
        if name not in self.assignments:
            raise NeckevidenceError(f"no percentage gives {name!r}; there are {', '.join(self.assignments)}")
        return self.assignments[name].to_numpy()

    def band(self, function: Callable[[pd.DataFrame], Any]) -> tuple[float, float]:
        """Return the least and the greatest value of a function over the set.

        Parameters
        ----------
        function : callable
            Takes `assignments`, returns one number a row.

        Returns
        -------
        low, high : float
            The same number twice if the set is a reconstruction.

        Raises
        ------
        NeckevidenceError
            If there is no assignment.
        """
        if self.is_contradiction:
            raise NeckevidenceError("no assignment prints so: the sources contradict each other, there is no band")
        values = np.broadcast_to(np.asarray(function(self.assignments), dtype=float), self.number)
        return float(values.min()), float(values.max())

    def __repr__(self) -> str:
        return f"<Solutions: {self.number} ({self.kind}) under {len(self.assumptions)} assumptions>"

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the assignments."""
        return self.assignments.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return number, kind, assumptions and the range of every unknown as plain values."""
        ranges = {} if self.is_contradiction else {c: [int(v.min()), int(v.max())] for c, v in self.assignments.items()}
        sentences = {assumption.name: assumption.sentence for assumption in self.assumptions}
        return {"number": self.number, "kind": self.kind, "assumptions": sentences, "ranges": ranges}

    def summary(self) -> str:
        """Return how many there are, under which assumptions, and the range of every unknown."""
        meaning = {
            "reconstruction": "1 assignment prints so: a reconstruction",
            "band": f"{self.number} assignments print so ({len(self.arm_sizes)} sets of arm sizes): a band",
            "contradiction": "no assignment prints so: the sources contradict each other, or an assumption is wrong",
        }
        lines = [meaning[self.kind], *(f"  assumed: {assumption.sentence}" for assumption in self.assumptions)]
        for name, (low, high) in self.to_dict()["ranges"].items():
            lines.append(f"  {name}: {low if low == high else f'{low} to {high}'}")
        return "\n".join(lines)


def solve(problem: Problem) -> Solutions:
    """Find every assignment of arm sizes and counts that prints exactly so.

    Parameters
    ----------
    problem : Problem
        The statements. All of them hold.

    Returns
    -------
    Solutions
        All assignments; none if the statements contradict each other.

    Raises
    ------
    NeckevidenceError
        If no statement bounds an arm, or more assignments than fit into memory would have to be tried.

    Notes
    -----
    The totals are solved first (exact elimination in fractions), the sizes left free are enumerated within the bounds
    that totals and balances set, and the percentages sieve them: a count k of m prints as p with d decimals if
    ``|100 k / m - p| <= 10**-d / 2``, computed in whole numbers.

    Examples
    --------
    >>> problem = Problem(("a", "b"), (Total(("a", "b"), 20),), (Percentage("ill", ("a",), 14.3, 1),))
    >>> solve(problem).assignments.to_dict("list")
    {'a': [7, 14], 'b': [13, 6], 'ill in a': [1, 2], 'ill of a': [7, 14]}
    """
    bounds = _bounds(problem)
    groups: dict[tuple[str, tuple[str, ...]], list[Percentage]] = {}
    for said in problem.percentages:
        groups.setdefault((said.event, tuple(sorted(said.arms, key=problem.arms.index))), []).append(said)
    names = [column(event, arms, of) for event, arms in groups for of in (False, True)]
    tables = {key: _Table(statements) for key, statements in groups.items()}
    domains = {arm: np.arange(low, high + 1) for arm, (low, high) in bounds.items()}
    for (_, arms), table in tables.items():
        if len(arms) == 1:
            domains[arms[0]] = domains[arms[0]][table.prints(domains[arms[0]])]
    frame = pd.DataFrame(_sizes(problem, domains), columns=list(problem.arms))
    for (_, arms), table in tables.items():
        frame = frame[table.prints(frame[list(arms)].sum(axis=1).to_numpy())]
    for (event, arms), table in sorted(tables.items(), key=lambda item: len(item[0][1])):
        frame = table.expand(frame, event, arms)
        if len(arms) > 1:
            frame = frame[_parts_fit(frame, event, arms)]
    order = [*problem.arms, *names]
    return Solutions(problem, frame.reindex(columns=order).sort_values(order, ignore_index=True).astype(np.int64))


def _bounds(problem: Problem) -> dict[str, tuple[int, int]]:
    """Narrow the size of every arm by totals and balances until nothing changes."""
    low = dict.fromkeys(problem.arms, 1)
    high: dict[str, float] = dict.fromkeys(problem.arms, math.inf)
    before = None
    while before != (low, high) and all(low[arm] <= high[arm] for arm in problem.arms):
        before = (dict(low), dict(high))
        for said in (*problem.totals, *problem.sizes):
            for arm in said.arms:
                others = [other for other in said.arms if other != arm]
                if all(high[other] < math.inf for other in others):
                    low[arm] = max(low[arm], int(said.n - sum(high[other] for other in others)))
                if not said.at_least:
                    high[arm] = min(high[arm], said.n - sum(low[other] for other in others))
        for said in problem.balances:
            floor, roof = max(low[arm] for arm in said.arms), min(high[arm] for arm in said.arms)
            for arm in said.arms:
                low[arm] = max(low[arm], math.ceil(floor / said.ratio - 1e-9))
                high[arm] = high[arm] if roof == math.inf else min(high[arm], math.floor(roof * said.ratio + 1e-9))
    for arm in problem.arms:
        if high[arm] == math.inf:
            raise NeckevidenceError(f"nothing bounds the size of arm {arm!r}: give a total, a size or a balance")
    return {arm: (low[arm], int(high[arm])) for arm in problem.arms}


def _sizes(problem: Problem, domains: dict[str, np.ndarray]) -> np.ndarray:
    """Enumerate the arm sizes that totals, sizes and balances allow, one row each."""
    exact = [said for said in (*problem.totals, *problem.sizes) if not said.at_least]
    # The arms with most possible sizes become the dependent ones.
    order = sorted(problem.arms, key=lambda arm: -len(domains[arm]))
    rows = _eliminate([[Fraction(arm in said.arms) for arm in order] + [Fraction(said.n)] for said in exact])
    pivots = [next((i for i, value in enumerate(row[:-1]) if value), None) for row in rows]
    if None in pivots:  # 0 = something else than 0
        return np.empty((0, len(order)), dtype=np.int64)
    free = [i for i in range(len(order)) if i not in pivots]
    candidates = math.prod(len(domains[order[i]]) for i in free)
    if candidates > _LIMIT:
        raise NeckevidenceError(f"{candidates} arm sizes would have to be tried (limit {_LIMIT}): assume more")
    grid = np.meshgrid(*(domains[order[i]] for i in free), indexing="ij") if free else [np.zeros(1, dtype=np.int64)]
    sizes = np.zeros((grid[0].size, len(order)), dtype=np.int64)
    for i, axis in zip(free, grid, strict=False):
        sizes[:, i] = axis.ravel()
    keep = np.ones(len(sizes), dtype=bool)
    for row, pivot in zip(rows, pivots, strict=True):
        scale = math.lcm(*(value.denominator for value in row))
        value = int(row[-1] * scale) - sum(int(row[i] * scale) * sizes[:, i] for i in free)
        keep &= value % scale == 0
        sizes[:, pivot] = value // scale
    sizes = sizes[keep][:, [order.index(arm) for arm in problem.arms]]
    keep = np.ones(len(sizes), dtype=bool)
    for i, arm in enumerate(problem.arms):
        keep &= np.isin(sizes[:, i], domains[arm])
    for said in (*problem.totals, *problem.sizes):
        reached = sizes[:, [problem.arms.index(arm) for arm in said.arms]].sum(axis=1)
        keep &= (reached >= said.n) if said.at_least else (reached == said.n)
    for said in problem.balances:
        part = sizes[:, [problem.arms.index(arm) for arm in said.arms]]
        keep &= part.max(axis=1) <= part.min(axis=1) * said.ratio + 1e-9
    return sizes[keep]


def _eliminate(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """Bring linear equations into reduced row echelon form; rows of zeros are left out."""
    done: list[list[Fraction]] = []
    width = len(rows[0]) if rows else 0
    for place in range(width):
        lead = next((row for row in rows if row[place]), None)
        if lead is None:
            continue
        rows = [row for row in rows if row is not lead]
        lead = [value / lead[place] for value in lead]
        rows, done = (
            [[a - row[place] * b for a, b in zip(row, lead, strict=True)] for row in some] for some in (rows, done)
        )
        done.append(lead)
    return done


class _Table:
    """For each number of patients, the denominators and counts that print as all the percentages say."""

    def __init__(self, statements: list[Percentage]) -> None:
        self._statements = statements
        self._pairs: dict[int, np.ndarray] = {}

    def _at(self, n: int) -> np.ndarray:
        if n not in self._pairs:
            least = min(said.missing for said in self._statements)
            of, count = np.meshgrid(np.arange(max(1, n - least), n + 1), np.arange(n + 1), indexing="ij")
            keep = count <= of
            for said in self._statements:
                away = np.abs(count * 10 ** (said.decimals + 2) - said.units * of)
                keep &= (2 * away <= of) if said.nearest else (away < of)
            self._pairs[n] = np.column_stack([count[keep], of[keep]])
        return self._pairs[n]

    def prints(self, n: np.ndarray) -> np.ndarray:
        sizes, where = np.unique(n, return_inverse=True)
        return np.array([len(self._at(int(size))) > 0 for size in sizes], dtype=bool)[where]

    def expand(self, frame: pd.DataFrame, event: str, arms: tuple[str, ...]) -> pd.DataFrame:
        """Repeat every row for each count and denominator that prints so."""
        sizes, where = np.unique(frame[list(arms)].sum(axis=1).to_numpy(), return_inverse=True)
        pairs = [self._at(int(size)) for size in sizes]
        lengths = np.array([len(pair) for pair in pairs], dtype=np.int64)
        repeats = lengths[where]
        if repeats.sum() > _LIMIT:
            raise NeckevidenceError(f"{repeats.sum()} assignments would have to be held (limit {_LIMIT}): assume more")
        # Row r takes the pairs of its size one after the other: start of that size plus 0, 1, 2, ...
        starts = (np.cumsum(lengths) - lengths)[where]
        step = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        both = np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs])[np.repeat(starts, repeats) + step]
        frame = frame.iloc[np.repeat(np.arange(len(frame)), repeats)].reset_index(drop=True)
        return frame.assign(**{column(event, arms): both[:, 0], column(event, arms, of=True): both[:, 1]})


def _parts_fit(frame: pd.DataFrame, event: str, arms: tuple[str, ...]) -> np.ndarray:
    """Whether what a union leaves for those of its arms that have no count of their own can be shared among them."""
    own = [arm for arm in arms if column(event, (arm,)) in frame]
    rest = [arm for arm in arms if arm not in own]
    events = frame[column(event, arms)] - frame[[column(event, (arm,)) for arm in own]].sum(axis=1)
    of = frame[column(event, arms, of=True)] - frame[[column(event, (arm,), of=True) for arm in own]].sum(axis=1)
    return ((events >= 0) & (events <= of) & (of <= frame[rest].sum(axis=1))).to_numpy()


@dataclass(frozen=True, repr=False)
class Robustness:
    """The set of solutions under all assumptions, and with each of them dropped in turn.

    Attributes
    ----------
    base : Solutions
        Under all assumptions.
    dropped : tuple of (Assumption, Solutions or None, str)
        For each assumption the set without it; None with the reason if that set is too wide to enumerate.
    """

    base: Solutions
    dropped: tuple[tuple[Assumption, Solutions | None, str], ...]

    def __repr__(self) -> str:
        return f"<Robustness: {self.base.number} solutions, {len(self.dropped)} assumptions dropped in turn>"

    def to_frame(self) -> pd.DataFrame:
        """Return one row for no assumption dropped and for each: what holds instead, number, sets of arm sizes, kind."""
        rows = [("none", "", self.base, "")]
        rows += [(assumption.name, assumption.without, found, why) for assumption, found, why in self.dropped]
        return pd.DataFrame(
            {
                "dropped": name,
                "holds_instead": instead,
                "number": pd.NA if found is None else found.number,
                "arm_sizes": pd.NA if found is None else len(found.arm_sizes),
                "kind": why if found is None else found.kind,
            }
            for name, instead, found, why in rows
        ).astype({"number": "Int64", "arm_sizes": "Int64"})

    def to_dict(self) -> dict[str, Any]:
        """Return the number of assignments by dropped assumption; None where it is too wide to enumerate."""
        return {row.dropped: None if pd.isna(row.number) else int(row.number) for row in self.to_frame().itertuples()}

    def summary(self) -> str:
        """Return one line for each row of the frame."""
        frame = self.to_frame()
        return "\n".join(
            f"dropped {row.dropped}: {row.kind if pd.isna(row.number) else f'{row.number} ({row.kind})'}"
            for row in frame.itertuples()
        )


def drop_each(problem: Problem) -> Robustness:
    """Drop the assumptions one by one and find the set each time.

    Parameters
    ----------
    problem : Problem
        With named assumptions.

    Returns
    -------
    Robustness
        The sets.

    Examples
    --------
    >>> equal = Assumption("equal", "the arms are equal", "the arms may be of any size")
    >>> problem = Problem(("a", "b"), (Total(("a", "b"), 4),), assumptions=(equal,),
    ...                   balances=(Balance(("a", "b"), 1, ("equal",)),))
    >>> drop_each(problem).to_dict()
    {'none': 1, 'equal': 3}
    """
    dropped = []
    for assumption in problem.assumptions:
        try:
            dropped.append((assumption, solve(problem.without(assumption.name)), ""))
        except NeckevidenceError as error:
            dropped.append((assumption, None, str(error)))
    return Robustness(solve(problem), tuple(dropped))
