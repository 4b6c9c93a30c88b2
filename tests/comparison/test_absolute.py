import math

import pytest

import neckevidence as ne
from neckevidence.comparison.absolute import risk_under


def test_per_1000_from_a_risk_difference(ev):
    # 135/464 = 290.9 and 47/469 = 100.2 of 1000 (10% of 469 is 46.9, nearest 47); difference 190.7
    effect = ne.absolute_effect(ne.compare(ev, "CYC5", "PBO", outcome="somnolence", measure="RD"))
    assert effect.treatment_per_1000 == pytest.approx(290.948, abs=1e-3)
    assert effect.control_per_1000 == pytest.approx(100.213, abs=1e-3)
    assert effect.difference_per_1000[0] == pytest.approx(190.735, abs=1e-3)


def test_a_given_baseline_with_each_measure(ev):
    # RR 1.447368 x 0.2 = 0.289474; OR (18/39)/(12/43) = 1.653846: odds 0.25 x 1.653846 = 0.413462, risk 0.292517
    for measure, risk in (("RR", 0.289474), ("OR", 0.292517), ("RD", 0.2 + 18 / 57 - 12 / 55)):
        result = ne.compare(ev, "NAP+DZP5", "NAP+PBO", outcome="moderate_or_severe_pain", measure=measure)
        assert ne.absolute_effect(result, baseline=0.2).risk == pytest.approx(risk, abs=1e-6)


def test_risks_stay_between_0_and_1(ev):
    result = ne.compare(ev, "CER30", "PBO", outcome="medication_helpfulness")
    assert ne.absolute_effect(result, baseline=0.9).risk == 1.0


def test_not_randomised_is_said(ev):
    effect = ne.absolute_effect(ne.compare(ev, "CYC5", "CYC10", outcome="somnolence"))
    assert "not a randomised comparison" in effect.summary()
    assert effect.to_dict()["randomised"] is False


def test_what_cannot_be_done_is_refused(ev):
    means = ne.compare(ev, "NAP+DZP5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    with pytest.raises(ne.NeckevidenceError, match="need RR, OR or RD"):
        ne.absolute_effect(means)
    risks = ne.compare(ev, "CYC5", "PBO", outcome="somnolence")
    with pytest.raises(ne.NeckevidenceError, match="between 0 and 1"):
        ne.absolute_effect(risks, baseline=20)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_an_effect_that_is_not_known_gives_no_risk(measure):
    assert math.isnan(risk_under(measure, 0.2, math.nan))
