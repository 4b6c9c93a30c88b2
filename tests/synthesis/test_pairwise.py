import math

import numpy as np
import pytest

from neckevidence import NeckevidenceError, meta_analysis
from neckevidence.effects.means import critical_value

# BCG vaccine against tuberculosis, 13 trials: events and numbers, vaccinated then control (Colditz et al. 1994, JAMA
# 271:698; data as in Viechtbauer 2010, J Stat Softw 36(3), table 1).
BCG = np.array(
    [
        (4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867), (33, 5069, 47, 5808),
        (180, 1541, 372, 1451), (8, 2545, 10, 629), (505, 88391, 499, 88391), (29, 7499, 45, 7277),
        (17, 1716, 65, 1665), (186, 50634, 141, 27338), (5, 2498, 3, 2341), (27, 16913, 29, 17854),
    ]
)  # fmt: skip


@pytest.fixture
def bcg():
    from neckevidence import effect_sizes

    a, n1, c, n2 = BCG.T
    return effect_sizes("RR", events_treatment=a, n_treatment=n1, events_control=c, n_control=n2)


def test_common_effect_by_hand():
    # weights 100 and 33.3: (10 + 10) / 133.33 = 0.15; SE = 1/sqrt(133.33) = 0.0866; Q = 100 x 0.05^2 + 33.3 x 0.15^2 = 1.0
    fit = meta_analysis([0.1, 0.3], [0.01, 0.03], tau2="common")
    assert (fit.estimate, fit.se, fit.q) == pytest.approx((0.15, 0.0866025, 1.0), rel=1e-6)


def test_bcg_trials_give_the_published_common_effect(bcg):
    # metafor, rma(method="FE") on these data, as printed in its documentation: -0.4303, SE 0.0405, Q(12) 152.2330.
    fit = meta_analysis(*bcg, tau2="common")
    assert fit.estimate == pytest.approx(-0.4303, abs=5e-5)
    assert fit.se == pytest.approx(0.0405, abs=5e-5)
    assert fit.q == pytest.approx(152.2330, abs=5e-4)


def test_bcg_trials_give_the_published_random_effects(bcg):
    # DerSimonian-Laird on these data: tau2 0.3088, estimate -0.7141, SE 0.1787 (metafor documentation, method="DL").
    fit = meta_analysis(*bcg, tau2="DL", ci="wald")
    assert fit.tau2 == pytest.approx(0.3088, abs=5e-5)
    assert fit.estimate == pytest.approx(-0.7141, abs=5e-5)
    assert fit.se == pytest.approx(0.1787, abs=5e-5)


def test_paule_mandel_solves_its_equation(bcg):
    y, v = bcg
    fit = meta_analysis(y, v, tau2="PM")
    w = 1 / (v + fit.tau2)
    assert float((w * (y - fit.estimate) ** 2).sum()) == pytest.approx(len(y) - 1, rel=1e-4)


def test_hartung_knapp_by_hand():
    # Effects 0 and 1, variances 0.1: tau2 (DL) = (Q - 1)/C, Q = 10 x (0.25 + 0.25) = 5, C = 20 - 200/20 = 10: 0.4.
    # w = 2 each; estimate 0.5; HK variance = 2 (0.25 + 0.25) / (1 x 4) = 0.25; SE 0.5; t(1) = 12.7062.
    fit = meta_analysis([0, 1], [0.1, 0.1], tau2="DL", ci="hartung-knapp")
    assert (fit.tau2, fit.se) == pytest.approx((0.4, 0.5))
    assert fit.ci_high == pytest.approx(0.5 + 12.7062 * 0.5, rel=1e-5)


def test_the_guard_never_narrows():
    close = [0.10, 0.11, 0.12], [0.04, 0.05, 0.06]
    plain = meta_analysis(*close, ci="hartung-knapp")
    guarded = meta_analysis(*close, ci="hartung-knapp-adhoc")
    wald = meta_analysis(*close, ci="wald")
    assert plain.se < wald.se == pytest.approx(guarded.se)
    assert guarded.ci_high - guarded.estimate == pytest.approx(critical_value(0.95, 2) * wald.se)


def test_prediction_interval_only_from_three_trials():
    assert meta_analysis([0, 1], [0.1, 0.1]).prediction_interval is None
    low, high = meta_analysis([0, 1, 0.5], [0.1, 0.1, 0.1]).prediction_interval
    assert low < high


def test_one_trial_stays_one_trial():
    fit = meta_analysis([0.5], [0.04])
    assert (fit.k, fit.estimate, fit.se, fit.tau2) == (1, 0.5, 0.2, 0.0)
    assert fit.methods() == "One trial; nothing was pooled."


@pytest.mark.parametrize(
    ("effects", "variances", "options", "message"),
    [
        ([0.1, math.nan], [1, 1], {}, "trial 2: the effect"),
        ([0.1, math.inf], [1, 1], {}, "trial 2: the effect"),
        ([math.nan, math.nan], [math.nan, math.nan], {}, "no trial has"),
        ([0.1, 0.2], [1, 0], {}, "trial 2: the variance"),
        ([0.1], [1, 1], {}, "same length"),
        ([], [], {}, "at least one"),
        ([0.1], [1], {"tau2": "XX"}, "common, DL, PM, REML, ML, SJ, EB, HE"),
        ([0.1], [1], {"ci": "XX"}, "wald, hartung-knapp"),
        ([0.1], [1], {"level": 95}, "between 0 and 1"),
        ([0.1, 0.2], [1, 1], {"labels": ["A"]}, "1 names for 2"),
    ],
)
def test_bad_input_is_named(effects, variances, options, message):
    with pytest.raises(NeckevidenceError, match=message):
        meta_analysis(effects, variances, **options)
