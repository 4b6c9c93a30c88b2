"""The solver against plain enumeration on small random trials."""

import itertools
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from functools import cache

import numpy as np
import pytest

from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.printed import printed_counts
from neckevidence.reconstruction.solver import (
    Assumption,
    Balance,
    Percentage,
    Problem,
    Size,
    Total,
    column,
    drop_each,
    solve,
)

ARMS = ("a", "b", "c")
OWN = Assumption("own", "the percentages are of single arms")
LABEL = Assumption("label", "the column holds all patients")
EQUAL = Assumption("equal", "the arms are near-equal")


@cache
def prints(count, n, digits):
    """What a count prints as, a half rounded up and rounded down, by the decimal module."""
    share, step = Decimal(100 * count) / Decimal(n), Decimal(1).scaleb(-digits)
    return {float(share.quantize(step, rounding)) for rounding in (ROUND_HALF_UP, ROUND_HALF_DOWN)}


def random_trial(rng):
    """Two or three arms with counts, and what is printed of them."""
    arms = ARMS[: rng.integers(2, 4)]
    sizes = dict(zip(arms, rng.integers(1, 13, len(arms)).tolist(), strict=True))
    counts = {arm: int(rng.integers(0, n + 1)) for arm, n in sizes.items()}
    groups = [(arm,) for arm in arms] + [arms[:2]]
    percentages = []
    for group in groups:
        if rng.random() < 0.75:
            digits = int(rng.integers(0, 2))
            count, n = sum(counts[arm] for arm in group), sum(sizes[arm] for arm in group)
            printed = sorted(prints(count, n, digits))[int(rng.integers(0, len(prints(count, n, digits))))]
            percentages.append(
                Percentage("ill", group, printed, digits, under=("own",) if len(group) == 1 else ("label",))
            )
    balance = Balance(arms, max(sizes.values()) / min(sizes.values()), ("equal",))
    problem = Problem(
        arms=arms,
        totals=(Total(arms, sum(sizes.values())),),
        percentages=tuple(percentages),
        sizes=(Size(arms[-1], sizes[arms[-1]], at_least=bool(rng.random() < 0.5), under=("label",)),)
        if rng.random() < 0.5
        else (),
        assumptions=(OWN, LABEL, EQUAL),
        balances=(balance,) if rng.random() < 0.5 else (),
    )
    truth = tuple(sizes[arm] for arm in arms) + tuple(sum(counts[arm] for arm in p.arms) for p in percentages)
    return problem, truth


def enumerated(problem):
    """Every assignment, by trying all sizes and all counts of every single arm."""
    total = problem.totals[0].n
    found = set()
    for sizes in itertools.product(range(1, total), repeat=len(problem.arms)):
        n = dict(zip(problem.arms, sizes, strict=True))
        if sum(sizes) != total:
            continue
        if any((n[s.arm] < s.n) if s.at_least else (n[s.arm] != s.n) for s in problem.sizes):
            continue
        if any(max(sizes) > b.ratio * min(sizes) + 1e-9 for b in problem.balances):
            continue
        single = {p.arms[0]: p for p in problem.percentages if len(p.arms) == 1}
        union = [p for p in problem.percentages if len(p.arms) > 1]
        allowed = [
            [
                k
                for k in range(n[arm] + 1)
                if arm not in single or single[arm].percent in prints(k, n[arm], single[arm].decimals)
            ]
            for arm in problem.arms
        ]
        if not union:
            printed = [allowed[problem.arms.index(p.arms[0])] for p in problem.percentages]
            found.update((*sizes, *counts) for counts in itertools.product(*printed))
            continue
        for counts in itertools.product(*allowed):
            k = dict(zip(problem.arms, counts, strict=True))
            if all(
                p.percent in prints(sum(k[a] for a in p.arms), sum(n[a] for a in p.arms), p.decimals) for p in union
            ):
                found.add((*sizes, *(sum(k[a] for a in p.arms) for p in problem.percentages)))
    return found


def as_tuples(solutions):
    columns = [*solutions.problem.arms, *(column(p.event, p.arms) for p in solutions.problem.percentages)]
    return set(map(tuple, solutions.assignments[columns].to_numpy().tolist()))


def test_the_set_is_the_enumerated_one_and_holds_the_truth():
    rng = np.random.default_rng(4)
    unique = 0
    for _ in range(200):
        problem, truth = random_trial(rng)
        solutions = solve(problem)
        found = as_tuples(solutions)
        assert truth in found
        assert found == enumerated(problem)
        assert solutions.number == len(found)
        if solutions.is_unique:
            unique += 1
            assert found == {truth}
    assert unique > 5


def test_dropping_an_assumption_never_shrinks_the_set():
    rng = np.random.default_rng(5)
    for _ in range(60):
        problem, _truth = random_trial(rng)
        base = solve(problem)
        for name in ("own", "label", "equal"):
            wider = solve(problem.without(name))
            shared = [c for c in base.assignments if c in wider.assignments]
            before = set(map(tuple, base.assignments[shared].to_numpy().tolist()))
            assert before <= set(map(tuple, wider.assignments[shared].to_numpy().tolist()))


@pytest.mark.parametrize(("percent", "digits"), [(29, 0), (54.1, 1), (0, 0), (100, 1), (33.33, 2), (12.5, 1)])
def test_counts_are_those_of_the_decimal_route(percent, digits):
    # printed_counts computes in decimals, the solver in whole numbers.
    for n in range(1, 200):
        found = solve(Problem(("a",), sizes=(Size("a", n),), percentages=(Percentage("ill", ("a",), percent, digits),)))
        assert found.events("ill", "a").tolist() == list(printed_counts(percent, digits, n))


def test_a_half_may_be_rounded_either_way():
    # 1 of 8 is 12.5%.
    for printed in (12, 13):
        assert solve(
            Problem(("a",), sizes=(Size("a", 8),), percentages=(Percentage("x", ("a",), printed, 0),))
        ).is_unique


def test_cut_percentages_are_found_only_if_rounding_is_not_to_the_nearest():
    # 2 of 3 is 66.67%: printed 67 if rounded, 66 if cut; never 65 or 68.
    def number(printed, nearest):
        said = Percentage("x", ("a",), printed, 0, nearest=nearest)
        return solve(Problem(("a",), sizes=(Size("a", 3),), percentages=(said,))).number

    assert [number(p, True) for p in (65, 66, 67, 68)] == [0, 0, 1, 0]
    assert [number(p, False) for p in (65, 66, 67, 68)] == [0, 1, 1, 0]


def test_missing_patients_widen_the_denominator():
    # 37.5% of 10 patients is no count (3.75); of 8 of the 10 it is 3.
    def found(missing):
        said = Percentage("x", ("a",), 37.5, 1, missing=missing)
        return solve(Problem(("a",), sizes=(Size("a", 10),), percentages=(said,)))

    assert found(1).is_contradiction
    assert found(2).assignments.to_dict("list") == {"a": [10], "x in a": [3], "x of a": [8]}


def test_linear_constraints_alone_can_fix_every_size():
    # a + b = 5, b + c = 7, a + c = 6: a = 2, b = 3, c = 4.
    totals = (Total(("a", "b"), 5), Total(("b", "c"), 7), Total(("a", "c"), 6))
    assert solve(Problem(ARMS, totals)).assignments.to_numpy().tolist() == [[2, 3, 4]]
    # a + b = 5, b + c = 7, a + c = 5 would need halves.
    totals = (Total(("a", "b"), 5), Total(("b", "c"), 7), Total(("a", "c"), 5))
    assert solve(Problem(ARMS, totals)).is_contradiction


def test_a_contradiction_between_sources_is_found():
    # No two arms that hold 20 patients together hold 12 each.
    sizes = (Size("a", 12), Size("b", 12))
    found = solve(Problem(("a", "b"), (Total(("a", "b"), 20),), sizes=sizes))
    assert found.is_contradiction
    assert found.kind == "contradiction"
    assert "contradict" in found.summary()
    with pytest.raises(NeckevidenceError, match="no band"):
        found.band(lambda frame: frame["a"])
    # 17% of 79 patients is no count: 13/79 is 16%, 14/79 is 18%.
    said = Percentage("x", ("a",), 17, 0)
    assert solve(Problem(("a",), sizes=(Size("a", 79),), percentages=(said,))).is_contradiction
    # Two totals of the same arms that differ.
    assert solve(Problem(("a", "b"), (Total(("a", "b"), 20), Total(("a", "b"), 21)))).is_contradiction


def test_two_figures_of_one_arm_must_hold_together():
    # 2 or 3 of 10 to 30%, printed once as 30% and once as 31%: no count gives both of 10.
    said = (Percentage("x", ("a",), 30, 0), Percentage("x", ("a",), 31, 0))
    assert solve(Problem(("a",), sizes=(Size("a", 10),), percentages=said)).is_contradiction


def test_a_union_leaves_room_for_its_other_arms():
    # Of a + b = 4 + 4, 50% is 4 events; all 4 of a are ill, so none of b is; 25% of both would leave -2.
    def number(percent):
        said = (Percentage("x", ("a",), 100, 0), Percentage("x", ("a", "b"), percent, 0))
        return solve(Problem(("a", "b"), sizes=(Size("a", 4), Size("b", 4)), percentages=said)).number

    assert (number(50), number(25)) == (1, 0)


def test_band_and_texts():
    found = solve(Problem(("a", "b"), (Total(("a", "b"), 4),)))
    assert found.band(lambda frame: frame["a"] / frame["b"]) == (1 / 3, 3.0)
    assert repr(found) == "<Solutions: 3 (band) under 0 assumptions>"
    assert found.to_dict()["ranges"] == {"a": [1, 3], "b": [1, 3]}
    assert "a: 1 to 3" in found.summary()


def test_each_assumption_is_dropped_in_turn():
    total = Total(("a", "b"), 4)
    problem = Problem(
        ("a", "b"),
        (total, Total(("a",), 3, under=("label",))),
        assumptions=(LABEL, EQUAL),
        balances=(Balance(("a", "b"), 1, ("equal",)),),
    )
    robust = drop_each(problem)
    # 3 + 1 is not equal: together they contradict each other, each alone leaves one assignment.
    assert robust.to_dict() == {"none": 0, "label": 1, "equal": 1}
    assert robust.to_frame()["kind"].tolist() == ["contradiction", "reconstruction", "reconstruction"]
    assert "dropped label: 1 (reconstruction)" in robust.summary()


def test_a_set_that_is_too_wide_is_said_to_be_so():
    arms = tuple("abcdef")
    label = Size("a", 1, under=("label",))
    problem = Problem(arms, (Total(arms, 900),), sizes=(label,), assumptions=(LABEL,))
    with pytest.raises(NeckevidenceError, match="assume more"):
        solve(problem)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"percentages": (Percentage("x", ("a",), 101, 0),)}, "between 0 and 100"),
        ({"percentages": (Percentage("x", ("a",), float("nan"), 0),)}, "between 0 and 100"),
        ({"percentages": (Percentage("x", ("a",), 54.1, 0),)}, "more decimals"),
        ({"percentages": (Percentage("x", ("z",), 54.1, 1),)}, "unknown arm 'z'"),
        ({"percentages": (Percentage("x", ("a", "b"), 5, 0), Percentage("x", ("b", "c"), 5, 0))}, "share an arm"),
        ({"totals": (Total(("a", "b"), 1),)}, "at least one patient an arm"),
        ({"totals": (Total((), 1),)}, "must be named"),
        ({"sizes": (Size("a", float("nan")),)}, "whole number"),
        ({"sizes": (Size("a", 3, under=("guess",)),)}, "unknown assumption 'guess'"),
        ({"balances": (Balance(("a", "b"), 0.9),)}, "at least 1"),
    ],
)
def test_impossible_statements_are_refused_by_name(parts, message):
    with pytest.raises(NeckevidenceError, match=message):
        Problem(ARMS, **parts)


def test_unbounded_arms_and_unknown_names_are_refused():
    with pytest.raises(NeckevidenceError, match="nothing bounds the size of arm 'b'"):
        solve(Problem(("a", "b"), sizes=(Size("a", 3), Size("b", 3, at_least=True))))
    with pytest.raises(NeckevidenceError, match="choose among label"):
        Problem(("a",), assumptions=(LABEL,)).without("labl")
    with pytest.raises(NeckevidenceError, match="name of its own"):
        Problem(("a", "a"))
    with pytest.raises(NeckevidenceError, match="no percentage gives"):
        solve(Problem(("a",), sizes=(Size("a", 3),))).events("ill", "a")
