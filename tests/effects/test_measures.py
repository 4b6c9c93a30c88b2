import numpy as np
import pytest

from neckevidence import UnknownCodeError, effect_sizes


def test_borenstein_2009_risk_example():
    # Borenstein et al. 2009, Introduction to Meta-Analysis, chapter 5, table 5.1: dead 5 of 100 treated, 10 of 100 control;
    # log RR -0.6931, variance 0.2800; log OR -0.7472, variance 0.3216; RD -0.05, variance 0.001375.
    cells = {"events_treatment": 5, "n_treatment": 100, "events_control": 10, "n_control": 100}
    for measure, effect, variance in (
        ("RR", -0.6931, 0.2800),
        ("OR", -0.7472, 0.3216),
        ("RD", -0.05, 0.001375),
    ):
        y, v = effect_sizes(measure, **cells)
        assert float(y) == pytest.approx(effect, abs=5e-5)
        assert float(v) == pytest.approx(variance, abs=5e-5)


def test_borenstein_2009_means_example():
    # Borenstein et al. 2009, chapter 4: means 103 and 100, SDs 5.5 and 4.5, 50 patients each; d = 0.5970,
    # J = 0.9923, g = 0.5924. V(d) = 100/2500 + 0.5970^2/200 = 0.041782; V(g) = 0.9923^2 x 0.041782 = 0.0411.
    data = {"mean_treatment": 103, "sd_treatment": 5.5, "n_treatment": 50}
    data |= {"mean_control": 100, "sd_control": 4.5, "n_control": 50}
    g, variance = effect_sizes("SMD", **data)
    assert float(g) == pytest.approx(0.5924, abs=1e-4)
    assert float(variance) == pytest.approx(0.0411, abs=1e-4)
    md, variance = effect_sizes("MD", **data)
    assert (float(md), float(variance)) == pytest.approx((3.0, 5.5**2 / 50 + 4.5**2 / 50))


def test_batches_of_any_shape():
    events = np.arange(1, 13).reshape(3, 4)
    y, v = effect_sizes("RR", events_treatment=events, n_treatment=20, events_control=5, n_control=[10, 20, 30, 40])
    assert y.shape == v.shape == (3, 4)
    one, _ = effect_sizes("RR", events_treatment=7, n_treatment=20, events_control=5, n_control=30)
    assert y[1, 2] == one


def test_a_zero_cell_has_no_logarithm_and_nothing_is_added():
    y, v = effect_sizes("RR", events_treatment=[0, 5], n_treatment=10, events_control=3, n_control=10)
    assert np.isnan(y).tolist() == np.isnan(v).tolist() == [True, False]


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="treatment arm"):
        effect_sizes("RR", events_treatment=11, n_treatment=10, events_control=3, n_control=10)
    with pytest.raises(TypeError, match="n_control"):
        effect_sizes("RR", events_treatment=1, n_treatment=10, events_control=3)
    with pytest.raises(UnknownCodeError, match="RR, OR, RD, MD, SMD"):
        effect_sizes("HR", events_treatment=1, n_treatment=10, events_control=3, n_control=10)
