import math

import numpy as np
import pytest
import statsmodels.api as sm

from neckevidence import NeckevidenceError
from neckevidence.synthesis.small_study import egger, harbord, peters

# BCG vaccine against tuberculosis, 13 trials: events and numbers, vaccinated then control (Colditz et al. 1994, JAMA
# 271:698; data as in Viechtbauer 2010, J Stat Softw 36(3), table 1).
BCG = np.array(
    [
        (4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867), (33, 5069, 47, 5808),
        (180, 1541, 372, 1451), (8, 2545, 10, 629), (505, 88391, 499, 88391), (29, 7499, 45, 7277),
        (17, 1716, 65, 1665), (186, 50634, 141, 27338), (5, 2498, 3, 2341), (27, 16913, 29, 17854),
    ],
    dtype=float,
).T  # fmt: skip


def agrees(test, line, slope):
    """`line` is a statsmodels result, `slope` the place of the coefficient that is tested."""
    assert (test.slope, test.slope_se) == pytest.approx((line.params[slope], line.bse[slope]), rel=1e-10)
    assert (test.t, test.p_value) == pytest.approx((line.tvalues[slope], line.pvalues[slope]), rel=1e-10)
    assert (test.ci_low, test.ci_high) == pytest.approx(tuple(line.conf_int()[slope]), rel=1e-10)
    other = 1 - slope
    assert (test.intercept, test.intercept_se) == pytest.approx((line.params[other], line.bse[other]), rel=1e-10)
    assert (test.df, test.dispersion) == (line.df_resid, pytest.approx(line.scale, rel=1e-10))


def test_egger_is_the_regression_of_the_paper():
    # Egger et al. 1997: effect / se on 1 / se without weights; its intercept is the slope here.
    rng = np.random.default_rng(3)
    se = rng.uniform(0.1, 1, 15)
    y = 0.3 + 1.2 * se + rng.normal(size=15) * se
    agrees(egger(y, se**2), sm.OLS(y / se, sm.add_constant(1 / se)).fit(), slope=0)


def test_peters_against_statsmodels():
    a, n1, c, n2 = BCG
    y = np.log(a * (n2 - c) / (c * (n1 - a)))
    events, n = a + c, n1 + n2
    line = sm.WLS(y, sm.add_constant(1 / n), weights=1 / (1 / events + 1 / (n - events))).fit()
    agrees(peters(a, n1, c, n2), line, slope=1)


def test_harbord_against_statsmodels():
    a, n1, c, n2 = BCG
    events, n = a + c, n1 + n2
    z = a - events * n1 / n
    v = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
    agrees(harbord(a, n1, c, n2), sm.OLS(z / np.sqrt(v), sm.add_constant(np.sqrt(v))).fit(), slope=0)


def test_a_line_by_hand():
    # se 1, 1/2, 1/2 (weights 1, 4, 4), effects 3, 0, 1. Weighted means: se 5/9, effect 7/9. About them: squares 16/81 +
    # 8 (1/18)^2 = 2/9; products (4/9)(20/9) + 4 (-1/18)(-7/9) + 4 (-1/18)(2/9) = 10/9: slope 5, intercept -2.
    # Residuals 0, -1/2, 1/2: dispersion 2 on 1 degree of freedom; slope_se = sqrt(2 / (2/9)) = 3; t = 5/3.
    # p of t(1): 1 - 2/pi arctan(5/3).
    test = egger([3, 0, 1], [1, 0.25, 0.25], force=True)
    assert (test.slope, test.intercept, test.dispersion, test.slope_se) == pytest.approx((5, -2, 2, 3))
    assert test.p_value == pytest.approx(1 - 2 / math.pi * math.atan(5 / 3))
    # Var intercept = 2 (1/9 + (5/9)^2 / (2/9)) = 3.
    assert test.intercept_se == pytest.approx(math.sqrt(3))


def test_translation_moves_only_the_intercept():
    rng = np.random.default_rng(4)
    y, v = rng.normal(size=12), rng.uniform(0.1, 2, 12)
    here, there = egger(y, v), egger(y + 5, v)
    assert there.intercept == pytest.approx(here.intercept + 5)
    assert (there.slope, there.t) == pytest.approx((here.slope, here.t))


@pytest.mark.parametrize("test", [peters, harbord])
def test_swapping_the_arms_turns_the_sign(test):
    a, n1, c, n2 = BCG
    one, other = test(a, n1, c, n2), test(c, n2, a, n1)
    assert (other.slope, other.intercept) == pytest.approx((-one.slope, -one.intercept))
    assert other.p_value == pytest.approx(one.p_value)


def test_below_ten_trials_only_by_force():
    y, v = [0.1, 0.2, 0.4, 0.9], [0.01, 0.02, 0.06, 0.2]
    with pytest.raises(NeckevidenceError, match=r"Egger's test needs 10 trials, found 4: .* too little power"):
        egger(y, v)
    for test, name in ((peters, "Peters"), (harbord, "Harbord")):
        with pytest.raises(NeckevidenceError, match=f"{name}'s test needs 10 trials, found 9"):
            test(*BCG[:, :9])
        assert "too little power" in test(*BCG[:, :9], force=True).notes[0]
        assert test(*BCG[:, :10]).notes == ()
    assert "too little power" in egger(y, v, force=True).summary()


def test_cells_of_zero():
    counts = np.column_stack([BCG, [0, 50, 4, 60], [0, 30, 0, 30]])
    half = peters(*counts)
    assert (half.k, [name for name, _ in half.excluded]) == (14, ["trial 15"])
    assert "0.5 was added" in half.methods()
    assert peters(*counts, zero_cells="leave").k == 13
    assert harbord(*counts).k == 14


def test_results_as_tables_and_words():
    test = harbord(*BCG)
    assert test.to_frame().loc[0, "slope"] == test.slope
    assert test.to_dict()["k"] == 13
    assert "Harbord's test" in test.methods()
    assert repr(test).startswith("<SmallStudyTest Harbord: slope")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: egger([1, 2, 3], [1, 1, 1], force=True), "trials of different sizes; standard error is 1 in all 3"),
        (lambda: egger([1, 2, 3], [1, 4, 9], force=True), "lie on a line exactly"),
        (lambda: egger([1, 2], [1, 4], force=True), "three trials"),
        (lambda: egger([1, 2, math.inf], [1, 4, 9], labels=["A", "B", "C"]), "C: the effect"),
        (lambda: egger([1, 2, 3], [1, -4, 9]), "trial 2: the variance"),
        (lambda: egger([1, 2, 3], [1, 4, 9], level=95), "between 0 and 1"),
        (lambda: peters(*BCG, level=95), "between 0 and 1"),
        (lambda: peters([5], [3], [1], [9]), "trial 1, treatment arm: events_treatment must lie"),
        (lambda: harbord([1, -1], [3, 4], [1, 2], [9, 9], labels=["A", "B"]), "B, treatment arm: events_treatment"),
        (lambda: harbord([1, 1], [3, 4], [1, 2, 3], [9, 9, 9]), "broadcast"),
        (lambda: harbord(1, 3, 1, 9), "for each trial"),
        (lambda: peters(*BCG, zero_cells="XX"), "add_half_to_all"),
        (lambda: peters(*BCG, labels=["A"]), "1 names for 13"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(NeckevidenceError, match=message):
        call()
