import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep, score_test_proportions_2indep

from neckevidence.effects.counts import point_estimate, score_interval

TABLES = st.tuples(st.integers(1, 60), st.integers(1, 60)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


def test_newcombe_1998_worked_example():
    # Newcombe 1998, Stat Med 17:873, table II, example (a), method 10: 56/70 - 48/80, 0.0524 to 0.3339.
    low, high = score_interval("RD", 56, 70, 48, 80)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def miettinen_nurminen_z(a, n1, c, n2, ratio):
    """Score statistic of the risk ratio, written out from Miettinen and Nurminen 1985, equations 8 and 10."""
    n = n1 + n2
    big_a, big_b, big_c = n * ratio, -(n1 * ratio + a + n2 + c * ratio), a + c
    p2 = (-big_b - math.sqrt(big_b**2 - 4 * big_a * big_c)) / (2 * big_a)
    p1 = p2 * ratio
    variance = (p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2) * n / (n - 1)
    return (a / n1 - ratio * c / n2) / math.sqrt(variance)


@pytest.mark.parametrize("table", [(135, 464, 95, 249), (18, 57, 12, 55), (1, 127, 9, 123), (10, 10, 5, 10)])
def test_limits_of_the_risk_ratio_solve_the_score_equation(table):
    low, high = score_interval("RR", *table)
    z = norm.isf(0.025)
    assert miettinen_nurminen_z(*table, low) == pytest.approx(z, rel=1e-7)
    assert miettinen_nurminen_z(*table, high) == pytest.approx(-z, rel=1e-7)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # statsmodels meets 0/0 on its way
@pytest.mark.parametrize("table", [(135, 464, 95, 249), (18, 57, 12, 55), (49, 64, 31, 64)])
@pytest.mark.parametrize(("measure", "compare"), [("RR", "ratio"), ("OR", "odds-ratio")])
def test_agrees_with_statsmodels_where_no_cell_is_empty(table, measure, compare):
    theirs = confint_proportions_2indep(*table, compare=compare, method="score", correction=True)
    assert score_interval(measure, *table) == pytest.approx(theirs, rel=1e-8)


@pytest.mark.parametrize("measure", ["RR", "OR"])
@given(table=TABLES)
@settings(max_examples=60, deadline=None)
def test_exchanging_the_arms_inverts_the_interval(measure, table):
    a, n1, c, n2 = table
    low, high = score_interval(measure, a, n1, c, n2)
    other_low, other_high = score_interval(measure, c, n2, a, n1)
    assert other_high == pytest.approx(1 / low if low else math.inf, rel=1e-6)
    assert other_low == pytest.approx(0 if math.isinf(high) else 1 / high, rel=1e-6)


@given(table=TABLES)
@settings(max_examples=60, deadline=None)
def test_an_interval_holds_its_estimate(table):
    for measure in ("RR", "OR", "RD"):
        estimate = point_estimate(measure, *table)
        low, high = score_interval(measure, *table)
        assert low <= high
        if not math.isnan(estimate):
            assert low - 1e-9 <= estimate <= high + 1e-9


def test_empty_cells_leave_one_end_open():
    low, high = score_interval("RR", 1, 127, 0, 128)
    assert 0 < low < 1
    assert math.isinf(high)
    assert score_interval("RR", 0, 10, 0, 10) == (0.0, math.inf)
    assert point_estimate("RR", 1, 10, 0, 10) == math.inf
    assert math.isnan(point_estimate("OR", 0, 10, 0, 10))


@pytest.mark.parametrize(("n1", "n2"), [(8, 25), (25, 8), (100, 100)])
def test_limit_of_the_risk_ratio_where_every_patient_has_the_event(n1, n2):
    # At RR = u > 1 the restricted risks are 1 and 1/u, so that the score equation is (1 - u)^2 = z^2 (u - 1)/n2 * N/(N - 1),
    # and u = 1 + z^2 N / ((N - 1) n2); the lower limit is that of the arms exchanged, turned over.
    z, n = 1.959963984540054, n1 + n2
    low, high = score_interval("RR", n1, n1, n2, n2)
    assert high == pytest.approx(1 + z**2 * n / ((n - 1) * n2), rel=1e-9)
    assert 1 / low == pytest.approx(1 + z**2 * n / ((n - 1) * n1), rel=1e-9)


@pytest.mark.parametrize("table", [(100, 100, 0, 100), (150, 150, 4, 150), (4, 150, 150, 150)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_limit_of_the_odds_ratio_may_lie_beyond_a_thousand(table):
    limits = [limit for limit in score_interval("OR", *table) if 0 < limit < math.inf]
    (limit,) = limits
    assert not 1e-3 <= limit <= 1e3
    z, _ = score_test_proportions_2indep(*table, value=limit, compare="odds-ratio", return_results=False)
    assert abs(z) == pytest.approx(1.959963984540054, rel=1e-6)
