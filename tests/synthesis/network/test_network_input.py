"""What a network refuses, and how it names the fault."""

import numpy as np
import pandas as pd
import pytest

from neckevidence import NeckevidenceError
from neckevidence.synthesis.network.analysis import network_meta_analysis


def arms(*rows):
    return pd.DataFrame(rows, columns=["trial", "treatment", "mean", "se"])


def counts(*rows):
    return pd.DataFrame(rows, columns=["trial", "treatment", "events", "n"])


def contrasts(*rows):
    return pd.DataFrame(rows, columns=["trial", "treatment", "control", "effect", "se"])


SOUND = arms(("x", "A", 1, 1), ("x", "B", 2, 1))
ARM_FAULTS = [
    (arms(("x", "A", 1, 1), ("x", "B", 2, 1), ("y", "C", 1, 1), ("y", "D", 2, 1)), "2 parts: A, B; C, D"),
    (arms(("x", "A", 1, 1), ("x", "B", 2, 1), ("y", "A", 1, 1)), "y: one arm only (A)"),
    (arms(("x", "A", 1, 1), ("x", "A", 2, 1), ("x", "B", 2, 1)), "x: two arms with treatment A"),
    (arms(("x", "A", 1, 1), ("x", "B", np.nan, 1)), "x, arm B: mean must be a finite number, found nan"),
    (arms(("x", "A", 1, 1), ("x", "B", np.inf, 1)), "x, arm B: mean must be a finite number, found inf"),
    (arms(("x", "A", 1, 1), ("x", "B", "two", 1)), "x, arm B: mean must be a finite number, found two"),
    (arms(("x", "A", 1, 1), ("x", "B", 1, 0)), "x, arm B: se must be above zero, found 0"),
    (arms(("x", "A", 1, 1), (None, "B", 1, 1)), "arms, row 2: trial is missing"),
    (SOUND.drop(columns="se"), "arms has no column se"),
    (SOUND[:0], "arms has no rows"),
    ([1, 2], "arms must be a DataFrame, found list"),
]


@pytest.mark.parametrize(("table", "message"), ARM_FAULTS)
def test_faults_of_arms(table, message):
    with pytest.raises(NeckevidenceError) as fault:
        network_meta_analysis(table, measure="MD")
    assert message in str(fault.value)


COUNT_FAULTS = [
    (counts(("x", "A", 5, 4), ("x", "B", 1, 4)), "x, arm A: events must lie between 0 and n, found 5"),
    (counts(("x", "A", -1, 4), ("x", "B", 1, 4)), "x, arm A: events must lie between 0 and n, found -1"),
    (counts(("x", "A", 0, 0), ("x", "B", 1, 4)), "x, arm A: n must be at least 1, found 0"),
    (counts(("x", "A", 0, 9), ("x", "B", 0, 4)), "no trial is left: x: no event in any arm"),
    (
        counts(
            ("x", "A", 0, 9), ("x", "B", 0, 4), ("y", "A", 1, 4), ("y", "C", 1, 4), ("z", "B", 1, 4), ("z", "D", 1, 4)
        ),
        "2 parts: A, C; B, D (left out: x)",
    ),
]


@pytest.mark.parametrize(("table", "message"), COUNT_FAULTS)
def test_faults_of_counts(table, message):
    with pytest.raises(NeckevidenceError) as fault:
        network_meta_analysis(table, measure="OR")
    assert message in str(fault.value)


THREE = (("x", "B", "A", 1, 1), ("x", "C", "A", 3, 1))
CONTRAST_FAULTS = [
    (contrasts(("x", "A", "A", 1, 1)), "x: A is compared with itself"),
    (contrasts(("x", "B", "A", 1, 1), ("x", "A", "B", -1, 1)), "x: the contrast of A and B stands more than once"),
    (contrasts(*THREE), "x: the contrast of B and C is missing; a trial with 3 arms needs all its 3 contrasts"),
    (contrasts(*THREE, ("x", "C", "B", -2, 1)), "x: contrasts do not add up: "),
    # 1 + 1 - 3 < 0: the variance of A would be -0.5, which no arm has.
    (contrasts(*THREE, ("x", "C", "B", 2, 3**0.5)), "the variance of arm A would be -0.5"),
    (contrasts(("x", "B", "A", 1, -1)), "x, B against A: se must be above zero, found -1"),
    (contrasts(("x", "B", "A", np.nan, 1)), "x, B against A: effect must be a finite number, found nan"),
    (contrasts(("x", "B", "A", 1, 1), ("y", "D", "C", 1, 1)), "2 parts: A, B; C, D"),
]


@pytest.mark.parametrize(("table", "message"), CONTRAST_FAULTS)
def test_faults_of_contrasts(table, message):
    with pytest.raises(NeckevidenceError) as fault:
        network_meta_analysis(contrasts=table, measure="MD")
    assert message in str(fault.value)


def test_rounding_of_contrasts_is_no_fault():
    # 0.567 - 0.234 is 0.333, printed as 0.57, 0.23 and 0.33; and an arm so large that its variance rounds to -0.0001.
    table = contrasts(("x", "B", "A", 0.57, 0.30), ("x", "C", "A", 0.23, 0.30), ("x", "B", "C", 0.33, 0.43))
    fit = network_meta_analysis(contrasts=table, measure="MD", reference="A")
    # Least squares: the gap 0.01 in the loop of three is shared, a third of it to each.
    assert fit.estimates.loc["B", "A"] == pytest.approx(0.57 - 0.01 / 3)
    assert fit.covariance.loc["B", "C"] == pytest.approx((0.09 + 0.09 - 0.43**2) / 2)


def test_a_treatment_that_is_left_out_with_its_trial_is_named():
    table = counts(("x", "A", 1, 9), ("x", "B", 2, 4), ("y", "A", 0, 4), ("y", "C", 0, 4))
    fit = network_meta_analysis(table, measure="OR")
    assert fit.treatments == ("A", "B")
    assert "no trial is left for C" in fit.notes


def test_patients_below_one_and_an_exact_fit():
    with pytest.raises(NeckevidenceError, match="x, arm B: n must be at least 1, found -5"):
        network_meta_analysis(SOUND.assign(sd=1, n=[9, -5]).drop(columns="se"), measure="MD")
    twice = contrasts(("x", "B", "A", 1, 1), ("y", "B", "A", 1, 1))
    with pytest.raises(NeckevidenceError, match="choose ci='wald'"):
        network_meta_analysis(contrasts=twice, measure="MD", ci="hartung-knapp")


OPTIONS = [
    ({"measure": "HR"}, "HR"),
    ({"tau2": "PM"}, "tau2 must be one of REML, DL, common; found 'PM'"),
    ({"ci": "profile"}, "ci must be one of wald, hartung-knapp; found 'profile'"),
    ({"level": 95}, "level must lie between 0 and 1, found 95"),
    ({"small_values": "nice"}, "small_values must be one of good, bad"),
    ({"reference": "Z"}, "reference 'Z' is not in the network; found A, B"),
]


@pytest.mark.parametrize(("option", "message"), OPTIONS)
def test_faults_of_options(option, message):
    with pytest.raises(NeckevidenceError) as fault:
        network_meta_analysis(SOUND, **{"measure": "MD", **option})
    assert message in str(fault.value)


def test_a_trial_in_both_tables_or_none():
    with pytest.raises(NeckevidenceError, match="x: stands in arms and in contrasts"):
        network_meta_analysis(SOUND, contrasts(("x", "B", "A", 1, 1)), measure="MD")
    with pytest.raises(NeckevidenceError, match="needs arms or contrasts"):
        network_meta_analysis(measure="MD")


def test_names_of_columns_and_numbers_as_names():
    table = SOUND.rename(columns={"trial": "study", "treatment": "drug"}).assign(study=7)
    fit = network_meta_analysis(table, measure="md", trial="study", treatment="drug")
    assert (fit.measure, fit.data.trials) == ("MD", ("7",))


def test_se_counts_where_se_and_sd_are_given():
    table = SOUND.assign(se=[0.5, np.nan], sd=[9.0, 4.0], n=[10, 16])
    fit = network_meta_analysis(table, measure="MD")
    assert fit.se.loc["A", "B"] == pytest.approx((0.25 + 1) ** 0.5)
