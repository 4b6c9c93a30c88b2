import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neckevidence import NeckevidenceError
from neckevidence.comparison.absolute import expected_per_1000
from neckevidence.synthesis.benefit_harm import benefit_harm, fieller_interval
from neckevidence.synthesis.number_needed import RiskDifference, number_needed

BENEFIT, HARM = (60, 100, 40, 100), (25, 100, 10, 100)


def difference(estimate, low, high):
    return RiskDifference.from_interval(estimate, low, high)


def test_risk_difference_by_hand():
    # Newcombe 1998 (Stat Med 17:873), Table II, example (a): 56/70 and 48/80, difference 0.2, method 10: 0.0524 to 0.3339.
    one = RiskDifference.from_counts(56, 70, 48, 80)
    assert (one.estimate, one.ci_low, one.ci_high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert one.variance == pytest.approx(0.8 * 0.2 / 70 + 0.6 * 0.4 / 80)


def test_numbers_needed_through_infinity():
    # Altman 1998 (BMJ 317:1309): a difference of 10% (95% CI -5% to 25%) is NNTB 10 (NNTH 20 to infinity to NNTB 4).
    one = number_needed(difference(0.10, -0.05, 0.25), good=True)
    assert (one.number, one.kind) == (pytest.approx(10), "NNTB")
    assert one.segments == (("NNTB", pytest.approx(4), math.inf), ("NNTH", pytest.approx(20), math.inf))
    assert str(one) == "NNTB 10 (NNTH 20 to infinity to NNTB 4)"
    # The same difference in an unwanted outcome, and its mirror image.
    assert str(number_needed(difference(0.10, -0.05, 0.25), good=False)) == "NNTH 10 (NNTB 20 to infinity to NNTH 4)"
    assert str(number_needed(difference(-0.10, -0.25, 0.05), good=True)) == "NNTH 10 (NNTB 20 to infinity to NNTH 4)"


def test_numbers_needed_on_one_side():
    one = number_needed(difference(0.25, 0.1, 0.5), good=True)
    assert one.segments == (("NNTB", 2.0, 10.0),)
    assert str(number_needed(difference(-0.25, -0.5, -0.1), good=False)) == "NNTB 4 (NNTB 2 to 10)"
    # A limit at 0 exactly, and no difference at all.
    assert number_needed(difference(0.25, 0.0, 0.5), good=True).segments == (("NNTB", 2.0, math.inf),)
    assert str(number_needed(difference(0.0, -0.1, 0.1), good=True)) == "NNTB infinity (NNTH 10 to infinity to NNTB 10)"


def test_likelihood_to_be_helped_or_harmed_by_hand():
    fit = benefit_harm(BENEFIT, HARM)
    assert fit.lhh == pytest.approx(0.20 / 0.15)
    assert fit.lhh == pytest.approx(fit.nnh.number / fit.nnt.number)
    # Variances 0.6 x 0.4 / 100 twice, 0.25 x 0.75 / 100 + 0.1 x 0.9 / 100; net 0.05.
    v_good, v_bad = 0.0048, 0.002775
    for row in fit.to_frame().itertuples():
        variance = v_good + v_bad - 2 * row.rho * math.sqrt(v_good * v_bad)
        assert row.net == pytest.approx(0.05)
        assert row.ci_high == pytest.approx(0.05 + 1.959963984540054 * math.sqrt(variance))
        assert row.probability == pytest.approx((1 + math.erf(0.05 / math.sqrt(2 * variance))) / 2)


def test_a_harm_may_weigh_more():
    table = benefit_harm(BENEFIT, HARM, multiple=2, rhos=[0.3]).to_frame()
    assert table["net"].item() == pytest.approx(0.2 - 0.3)
    variance = 0.0048 + 4 * 0.002775 - 4 * 0.3 * math.sqrt(0.0048 * 0.002775)
    assert table["ci_low"].item() == pytest.approx(-0.1 - 1.959963984540054 * math.sqrt(variance))


@settings(max_examples=100, deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.01, 0.5), st.floats(0.01, 0.5), st.floats(-0.9, 0.9))
def test_fieller_is_the_inverted_test(top, bottom, se_top, se_bottom, rho):
    covariance = rho * se_top * se_bottom
    found = fieller_interval(top, bottom, se_top**2, se_bottom**2, covariance, 0.95)

    def distance(ratio):
        variance = se_top**2 - 2 * ratio * covariance + ratio**2 * se_bottom**2
        return abs(top - ratio * bottom) / math.sqrt(variance)

    assert (found.kind == "bounded") == (abs(bottom) / se_bottom > 1.959963984540054)
    for ratio in np.concatenate([-np.geomspace(1e-3, 1e3, 40), [0], np.geomspace(1e-3, 1e3, 40)]):
        inside = found.low <= ratio <= found.high
        kept = {"bounded": inside, "outside": not inside, "everything": True}[found.kind]
        if abs(distance(ratio) - 1.959963984540054) > 1e-6:
            assert kept == (distance(ratio) < 1.959963984540054)


def test_an_uncertain_harm_bounds_no_ratio():
    fit = benefit_harm(BENEFIT, (12, 100, 10, 100))
    assert set(fit.to_frame()["lhh_kind"]) == {"outside"}
    assert "the harm may be none or reversed" in fit.notes[1]
    assert "and more" in fit.summary()
    assert set(benefit_harm((12, 50, 10, 50), (3, 50, 4, 50)).to_frame()["lhh_kind"]) == {"everything"}


def test_the_ellipse_holds_what_it_should():
    # Draws from the bivariate normal: 95% lie within, by the quadratic form; the outline has its constant value 5.991.
    fit = benefit_harm(BENEFIT, HARM, rhos=[0.5])
    joint = 0.5 * math.sqrt(0.0048 * 0.002775)
    inverse = np.linalg.inv([[0.002775, joint], [joint, 0.0048]])
    away = fit.ellipse(rho=0.5) - np.array([0.15, 0.20])
    assert np.einsum("ij,jk,ik->i", away, inverse, away) == pytest.approx(np.full(181, 5.991465), rel=1e-6)


def test_per_1000_by_hand():
    # RR 2 (1.5 to 3): 50 becomes 100 (75 to 150). OR 2: odds 1/3 become 2/3, which is 400 of 1000.
    row = expected_per_1000("RR", (2, 1.5, 3), [0.05]).iloc[0]
    assert row.tolist() == pytest.approx([50, 100, 75, 150, 50, 25, 100])
    table = expected_per_1000("OR", (2, 1, 2), [0.25, 0.5])
    assert table["treatment"].tolist() == pytest.approx([400, 2000 / 3])
    assert table["difference_low"].tolist() == pytest.approx([0, 0], abs=1e-9)
    assert expected_per_1000("RR", (4, 3, 5), [0.5])["treatment"].item() == 1000  # no risk above 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: benefit_harm((101, 100, 40, 100), HARM),
            "benefit, treatment: events must be a whole number from 0 to n",
        ),
        (lambda: benefit_harm(BENEFIT, (0, 100, 0, 100)), "harm, nobody or everybody had the outcome"),
        (lambda: benefit_harm(BENEFIT, (1, 100)), "harm: four counts are needed"),
        (lambda: benefit_harm(BENEFIT, HARM, rhos=[1]), "rhos must be correlations"),
        (lambda: benefit_harm(BENEFIT, HARM, multiple=-1), "multiple must be a finite number"),
        (lambda: benefit_harm(BENEFIT, HARM, level=95), "level must lie between 0 and 1"),
        (lambda: benefit_harm(difference(0.1, 0, 0.2), HARM, level=0.9), "benefit: the risk difference has level 0.95"),
        (lambda: difference(0.3, 0.4, 0.5), "lies within its limits"),
        (lambda: expected_per_1000("MD", (1, 0, 2), [0.1]), "measure must be RR, OR or RD"),
        (lambda: expected_per_1000("RR", (1, 2, 3), [0.1]), "the RR must lie within its limits"),
        (lambda: expected_per_1000("RR", (2, 1, 3), [10]), "a baseline risk must lie between 0 and 1"),
    ],
)
def test_bad_input_is_named(call, said):
    with pytest.raises(NeckevidenceError, match=said):
        call()


def test_a_result_says_what_it_is():
    fit = benefit_harm(BENEFIT, HARM, name="CYC5")
    assert repr(fit) == "<BenefitHarm CYC5: benefit 0.200, harm 0.150, LHH 1.33>"
    assert "correlation of the two estimates is not known" in fit.notes[0]
    assert fit.to_dict()["nnt"]["kind"] == "NNTB"
    assert "Fieller" in fit.methods()
    assert fit._repr_html_().startswith("<pre>CYC5")
