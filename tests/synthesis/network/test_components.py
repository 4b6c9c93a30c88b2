"""Components: by hand, interactions, and what the trials leave open."""

import json

import numpy as np
import pandas as pd
import pytest

from neckevidence import NeckevidenceError
from neckevidence.synthesis.network.analysis import network_meta_analysis
from neckevidence.synthesis.network.components import component_network


def contrasts(*rows):
    return pd.DataFrame(rows, columns=["trial", "treatment", "control", "effect", "se"])


FACTORIAL = contrasts(("one", "A", "PBO", 1, 1), ("two", "B", "PBO", 2, 1), ("three", "A + B", "PBO", 6, 1))


def fitted(table=FACTORIAL, **more):
    return component_network(contrasts=table, measure="MD", **{"tau2": "common", "inactive": "PBO", **more})


def test_a_factorial_by_hand():
    # Least squares of 1, 2, 6 on a, b, a + b: 2a + b = 7, a + 2b = 8: a = 2, b = 3; residuals -1, -1, 1: Q = 3 on 1.
    fit = fitted()
    assert (fit.components, fit.estimates) == (("A", "B"), (pytest.approx(2), pytest.approx(3)))
    assert fit.se == pytest.approx([(2 / 3) ** 0.5] * 2)
    assert (fit.q, fit.q_df, fit.q_standard, fit.q_standard_df) == (pytest.approx(3), 1, 0, 0)
    assert (fit.q_difference, fit.q_difference_df) == (pytest.approx(3), 1)
    both = fit.compare("A+B", "PBO")
    assert (both["estimate"], both["se"] ** 2) == (pytest.approx(5), pytest.approx(2 / 3))
    # DL: tr P = 3 - 2: tau2 = (3 - 1) / 1; REML: 3 = 1 + tau2 for the one contrast that is left.
    assert fitted(tau2="DL").tau2 == pytest.approx(2)
    assert fitted(tau2="REML").tau2 == pytest.approx(2)


def test_an_interaction_takes_up_what_does_not_add_up():
    fit = fitted(interactions=["A:B"])
    assert fit.components == ("A", "B", "A:B")
    assert fit.estimates == pytest.approx((1, 2, 3))
    assert (fit.q_df, fit.q_difference_df) == (0, 0)
    assert fit.compare("B+A", "A")["estimate"] == pytest.approx(5)
    assert any("no degree of freedom is left" in note for note in fit.notes)


def test_single_treatments_are_the_standard_model(mixed):
    for method in ("common", "DL", "REML"):
        standard = network_meta_analysis(mixed, measure="MD", tau2=method, reference="A")
        fit = component_network(mixed, measure="MD", tau2=method, inactive="A")
        assert fit.components == ("B", "C", "D", "E")
        np.testing.assert_allclose(fit.estimates, standard.estimates["A"][1:], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(fit.se, standard.se["A"][1:], rtol=1e-9)
        assert fit.tau2 == pytest.approx(standard.tau2, rel=1e-8)
        assert (fit.q, fit.q_difference, fit.q_difference_df) == (pytest.approx(standard.q), 0, 0)


def test_components_that_stand_together_only_are_not_identified():
    table = contrasts(("one", "A+B", "PBO", 3, 1), ("two", "C", "PBO", 1, 1))
    fit = fitted(table)
    assert (fit.components, fit.not_identified) == (("C",), ("A", "B"))
    assert fit.compare("A+B", "C")["estimate"] == pytest.approx(2)
    with pytest.raises(NeckevidenceError, match="leave open the effect of A against PBO"):
        fit.compare("A", "PBO")
    assert "A: not identified by the trials" in fit.summary()
    # Without a treatment of no effect only differences are known: nothing of A or B alone.
    assert fitted(contrasts(("one", "A", "B", 1, 1)), inactive=None).components == ()


def test_shared_components_join_what_trials_do_not_connect():
    table = contrasts(("one", "A+C", "C", 2, 1), ("two", "B", "PBO", 1, 1))
    with pytest.raises(NeckevidenceError, match="not connected"):
        network_meta_analysis(contrasts=table, measure="MD")
    fit = fitted(table)
    assert (fit.components, fit.not_identified) == (("A", "B"), ("C",))
    assert fit.compare("A", "B")["estimate"] == pytest.approx(1)
    assert any("do not connect all treatments" in note for note in fit.notes)


FAULTS = [
    ({"inactive": "SUGAR"}, "no treatment holds the inactive component 'SUGAR'; found A, B, PBO"),
    ({"interactions": ["A:C"]}, "interaction 'A:C' must name components"),
    ({"interactions": ["A"]}, "interaction 'A' must name components"),
    ({"table": contrasts(("one", "A+", "PBO", 1, 1))}, "treatment 'A+' has an empty component"),
    ({"tau2": "ML"}, "tau2 must be one of"),
]


@pytest.mark.parametrize(("option", "message"), FAULTS)
def test_faults(option, message):
    with pytest.raises(NeckevidenceError) as fault:
        fitted(**option)
    assert message in str(fault.value)
    with pytest.raises(NeckevidenceError, match="X: no component X; found A, B"):
        fitted().compare("X", "PBO")


def test_what_a_result_shows():
    fit = fitted()
    json.dumps(fit.to_dict())
    assert fit.to_frame().columns.to_list() == ["component", "estimate", "se", "ci_low", "ci_high", "p_value"]
    assert repr(fit) == "<ComponentNetwork MD, 2 components, k = 3, tau2 0.0000, additivity Q(1) 3.00>"
    assert "PBO having no effect by definition" in fit.methods()
    assert len([artist for artist in fit.plot().lines if artist.get_gid() == "interval"]) == 2
