import numpy as np
import pytest

from neckevidence import NeckevidenceError, meta_analysis
from neckevidence.synthesis.sensitivity import all_subsets, cumulative, influence, leave_one_out

Y = np.array([-0.9, -1.6, -0.4, 0.1, 0.4, -0.2])
V = np.array([0.1, 0.2, 0.04, 0.05, 0.3, 0.02])
LABELS = list("ABCDEF")


@pytest.fixture(params=["REML", "DL", "common"])
def whole(request):
    return meta_analysis(Y, V, tau2=request.param, labels=LABELS)


def test_leaving_one_out_is_the_analysis_of_the_others(whole):
    frame = leave_one_out(whole)
    for i, row in frame.iterrows():
        rest = np.arange(6) != i
        one = meta_analysis(Y[rest], V[rest], tau2=whole.tau2_method)
        assert row["left_out"] == LABELS[i]
        assert (row["estimate"], row["ci_low"], row["tau2"]) == pytest.approx(
            (one.estimate, one.ci_low, one.tau2), rel=1e-9
        )


def test_cumulative_ends_with_the_whole_and_follows_the_order(whole):
    frame = cumulative(whole, order=[2001, 1999, 2005, 2003, 2000, 2002])
    assert frame["added"].tolist() == ["B", "E", "A", "F", "D", "C"]
    assert frame["k"].tolist() == [1, 2, 3, 4, 5, 6]
    assert frame["estimate"].iloc[-1] == pytest.approx(whole.estimate, rel=1e-9)
    assert frame["estimate"].iloc[0] == pytest.approx(-1.6)
    two = meta_analysis(Y[[1, 4]], V[[1, 4]], tau2=whole.tau2_method)
    assert frame["estimate"].iloc[1] == pytest.approx(two.estimate)


def test_influence_by_hand_for_a_common_effect():
    # Effects 0, 0, 1, variances 1: mu = 1/3, se^2 = 1/3. Without the third: mu = 0, se^2 = 1/2. rstudent = 1/sqrt(1 + 1/2),
    # cook = (1/3)^2/(1/3) = 1/3, covratio = (1/2)/(1/3) = 1.5, dffits = (1/3)/sqrt(1/3) = 0.57735.
    row = influence(meta_analysis([0, 0, 1], [1, 1, 1], tau2="common")).iloc[2]
    assert row["rstudent"] == pytest.approx(1 / np.sqrt(1.5))
    assert row["cook"] == pytest.approx(1 / 3)
    assert row["covratio"] == pytest.approx(1.5)
    assert row["dffits"] == pytest.approx(0.5773503)
    assert row["hat"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("method", ["common", "DL"])
def test_every_subset_is_its_own_analysis(method):
    subsets = all_subsets(Y, V, tau2=method, labels=LABELS)
    assert len(subsets.estimate) == 63
    for number in range(1, 64):
        here = [j for j in range(6) if number >> j & 1]
        one = meta_analysis(Y[here], V[here], tau2=method)
        got = subsets.estimate[number - 1], subsets.tau2[number - 1], subsets.i2[number - 1]
        assert got == pytest.approx((one.estimate, one.tau2, one.i2), rel=1e-9, abs=1e-12)
    assert subsets.holds("C").sum() == 32
    assert subsets.holds("C")[4 - 1]


def test_trials_without_a_variance_are_passed_over():
    fit = meta_analysis([0.1, np.nan, 0.3], [0.1, np.nan, 0.1], labels=["A", "B", "C"])
    assert leave_one_out(fit)["left_out"].tolist() == ["A", "C"]


def test_what_cannot_be_done_is_refused():
    with pytest.raises(NeckevidenceError, match="at least two"):
        leave_one_out(meta_analysis([0.1], [0.1]))
    with pytest.raises(NeckevidenceError, match="at least three"):
        influence(meta_analysis([0.1, 0.2], [0.1, 0.1]))
    with pytest.raises(NeckevidenceError, match="common or DL"):
        all_subsets(Y, V, tau2="REML")
    with pytest.raises(NeckevidenceError, match="too many"):
        all_subsets(np.zeros(25), np.ones(25))
    with pytest.raises(NeckevidenceError, match="3 values for 6"):
        cumulative(meta_analysis(Y, V), order=[1, 2, 3])
