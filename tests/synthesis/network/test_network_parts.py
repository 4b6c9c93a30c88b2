"""Direct and indirect evidence, designs, shares of trials, ranks."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from neckevidence import NeckevidenceError, meta_analysis
from neckevidence.synthesis.network.analysis import network_meta_analysis
from neckevidence.synthesis.network.contributions import contributions
from neckevidence.synthesis.network.designs import design_decomposition
from neckevidence.synthesis.network.node_split import node_split
from neckevidence.synthesis.network.ranking import p_scores, rank_treatments


def contrasts(*rows):
    return pd.DataFrame(rows, columns=["trial", "treatment", "control", "effect", "se"])


def arms(*rows):
    return pd.DataFrame(rows, columns=["trial", "treatment", "mean", "se"])


@pytest.mark.parametrize("method", ["back-calculation", "side-splitting"])
def test_a_triangle_split_by_hand(triangle, method):
    # B-A: direct 1 (variance 1), indirect 5 - 1 = 4 (variance 2): z = -3 / sqrt(3), the same in all three pairs.
    fit = network_meta_analysis(contrasts=triangle, measure="MD", tau2="common")
    frame = node_split(fit, method).to_frame().set_index(["treatment", "control"])
    row = frame.loc[("B", "A")]
    assert (row["direct"], row["indirect"], row["difference"]) == (
        pytest.approx(1),
        pytest.approx(4),
        pytest.approx(-3),
    )
    assert (row["direct_se"], row["indirect_se"]) == (pytest.approx(1), pytest.approx(math.sqrt(2)))
    assert np.abs(frame["z"]).to_list() == pytest.approx([math.sqrt(3)] * 3)
    assert row["p_value"] == pytest.approx(0.0832645, rel=1e-5)


def test_both_methods_agree_in_a_network_of_two_arm_trials(mixed):
    pairs = mixed.groupby("trial").head(2)
    fit = network_meta_analysis(pairs, measure="MD", tau2="common")
    one, other = (node_split(fit, method).to_frame() for method in ("back-calculation", "side-splitting"))
    assert (one["reason"] == "").sum() >= 5
    columns = ["direct", "direct_se", "indirect", "indirect_se", "difference", "difference_se", "z", "p_value"]
    np.testing.assert_allclose(other[columns], one[columns], rtol=1e-9, atol=1e-11)


def test_direct_and_indirect_average_to_the_network(mixed):
    frame = network_meta_analysis(mixed, measure="MD").to_frame()
    split = frame[frame["evidence"] == "direct and indirect"]
    share = split["direct_share"]
    np.testing.assert_allclose(share * split["direct"] + (1 - share) * split["indirect"], split["estimate"], rtol=1e-9)
    np.testing.assert_allclose(
        1 / split["direct_se"] ** 2 + 1 / split["indirect_se"] ** 2, 1 / split["se"] ** 2, rtol=1e-9
    )


def test_what_cannot_be_split_is_named():
    # A-D stands alone; B-C and A-B are compared in the three-arm trial only, whose arm C also gives a little about A-B.
    table = arms(
        *(("x", "A", 0, 1), ("x", "B", 1, 1), ("x", "C", 2, 1)),
        *(("y", "A", 0, 1), ("y", "C", 1, 1)),
        *(("z", "A", 0, 1), ("z", "D", 1, 1)),
    )
    fit = network_meta_analysis(table, measure="MD", tau2="common", reference="A")
    for method in ("back-calculation", "side-splitting"):
        split = node_split(fit, method)
        frame = split.to_frame().set_index(["treatment", "control"])
        assert len(frame) == 4
        assert frame.loc[("B", "A"), "reason"].startswith("indirect evidence only inside multi-arm trials")
        assert frame.loc[("B", "C"), "reason"].startswith("indirect evidence only inside multi-arm trials")
        assert frame.loc[("C", "A"), "reason"].startswith("no indirect evidence")
        assert frame.loc[("D", "A"), "reason"].startswith("no indirect evidence")
        assert frame["p_value"].isna().all()
        assert frame["direct"].notna().all()
        assert "0 of 4 pairs split" in repr(split)
        assert "D against A: not split, no indirect evidence" in split.summary()
        with pytest.raises(NeckevidenceError, match="nothing to draw"):
            split.plot()
    with pytest.raises(NeckevidenceError, match="back-calculation, side-splitting"):
        node_split(fit, "loop")


def test_designs_of_a_triangle_by_hand(triangle):
    # A second trial of B-A at 3 with variance 1: within, (3 - 1)^2 / 2 = 2; the loop, with B-A at 2 and variance 1/2,
    # fails to close by 2: between, 2^2 / 2.5 = 1.6.
    more = pd.concat([triangle, contrasts(("four", "B", "A", 3, 1), ("five", "D", "A", 1, 1))])
    parts = design_decomposition(network_meta_analysis(contrasts=more, measure="MD", tau2="DL"))
    assert (parts.within, parts.within_df) == (pytest.approx(2), 1)
    assert (parts.between, parts.between_df) == (pytest.approx(1.6), 1)
    assert (parts.q, parts.q_df) == (pytest.approx(3.6), 2)
    # Within the design: DL (2 - 1) / (2 - 2/2) = 1; then B-A has variance 2/2, the others 2: 2^2 / 5 between.
    assert (parts.tau2_within, parts.between_random) == (pytest.approx(1), pytest.approx(0.8))
    frame = parts.to_frame().set_index("design")
    assert frame.loc["A : B", "detached"] == pytest.approx(0)
    assert frame.loc["A : B", "not_evaluated"] == ""
    assert frame.loc["A : D", "not_evaluated"] == "within: one trial; between: it closes no loop with other designs"
    assert math.isnan(frame.loc["A : D", "detached"])
    assert "not evaluated: A : D" in parts.summary()


def test_a_star_has_nothing_between_designs():
    star = contrasts(("one", "B", "A", 1, 1), ("two", "B", "A", 4, 1), ("three", "C", "A", 1, 1))
    parts = design_decomposition(network_meta_analysis(contrasts=star, measure="MD"))
    assert (parts.between, parts.between_df, parts.between_p_value) == (0, 0, 1)
    assert parts.notes == ("no loop of different designs: inconsistency cannot be seen",)


def test_shares_of_two_treatments_are_weights():
    y, v = [1.0, 2.0, 4.0], [1.0, 0.5, 2.0]
    table = contrasts(*((f"t{i}", "B", "A", a, math.sqrt(b)) for i, (a, b) in enumerate(zip(y, v, strict=True))))
    shares = contributions(network_meta_analysis(contrasts=table, measure="MD", tau2="DL"))
    assert shares.shares[0].tolist() == pytest.approx(meta_analysis(y, v, tau2="DL").weights)


def test_shares_of_a_triangle_by_hand(triangle):
    # B-A is 2/3 of the direct trial and 1/3 of each other: variances 4/9, 1/9, 1/9 of 6/9.
    fit = network_meta_analysis(contrasts=triangle, measure="MD", tau2="common")
    row = contributions(fit, [("B", "A")]).to_frame().iloc[0]
    assert row.to_dict() == pytest.approx({"one": 4 / 6, "two": 1 / 6, "three": 1 / 6})


def test_shares_sum_to_one_whatever_the_interval(mixed):
    wald, knapp = (contributions(network_meta_analysis(mixed, measure="MD", ci=ci)) for ci in ("wald", "hartung-knapp"))
    assert wald.shares.shape == (10, 18)
    assert (wald.shares >= 0).all()
    np.testing.assert_allclose(wald.shares.sum(axis=1), 1)
    np.testing.assert_allclose(knapp.shares, wald.shares)
    with pytest.raises(NeckevidenceError, match="two different treatments"):
        contributions(network_meta_analysis(mixed, measure="MD"), [("A", "A")])


def test_p_scores_by_hand():
    # B-A 1 (se 0.5), C-A 3 (se 1.2), C-B 2 (se 1.3): Phi(2) = 0.977250, Phi(2.5) = 0.993790, Phi(1.538462) = 0.938032.
    star = contrasts(("one", "B", "A", 1.0, 0.5), ("two", "C", "A", 3.0, 1.2))
    good = p_scores(network_meta_analysis(contrasts=star, measure="MD", tau2="common"))
    assert list(good.index) == ["A", "B", "C"]
    assert good.to_list() == pytest.approx(
        [(0.977250 + 0.993790) / 2, (0.022750 + 0.938032) / 2, (0.006210 + 0.061968) / 2], abs=1e-6
    )
    bad = p_scores(network_meta_analysis(contrasts=star, measure="MD", tau2="common", small_values="bad"))
    assert bad.to_dict() == pytest.approx({name: 1 - score for name, score in good.items()})


def test_ranks_are_drawn_as_p_scores_expect(mixed):
    network = network_meta_analysis(mixed, measure="MD")
    ranking = rank_treatments(network, draws=20_000, seed=3)
    np.testing.assert_allclose(ranking.probabilities.sum(axis=0), 1)
    np.testing.assert_allclose(ranking.probabilities.sum(axis=1), 1)
    # (T - mean rank) / (T - 1) estimates the P-score; the error of a mean rank is at most 2 / sqrt(draws).
    sucra = (5 - np.array(ranking.mean_ranks)) / 4
    np.testing.assert_allclose(sucra, ranking.p_scores, atol=4 * 2 / math.sqrt(20_000) / 4)
    assert all(
        low <= mean <= high
        for low, mean, high in zip(ranking.rank_low, ranking.mean_ranks, ranking.rank_high, strict=True)
    )
    again = rank_treatments(network, draws=20_000, seed=3)
    assert (again.probabilities == ranking.probabilities).all()
    assert ranking.monte_carlo_errors.max() <= 0.5 / math.sqrt(20_000)
    with pytest.raises(NeckevidenceError, match="at least 100, found 10"):
        rank_treatments(network, draws=10)


def test_two_treatments_are_first_as_often_as_the_p_score_says():
    network = network_meta_analysis(contrasts=contrasts(("one", "B", "A", 1.0, 0.8)), measure="MD", small_values="bad")
    ranking = rank_treatments(network)
    assert ranking.treatments == ("B", "A")
    assert abs(ranking.probabilities[0, 0] - ranking.p_scores[0]) < 4 * ranking.monte_carlo_errors[0, 0]


def test_what_the_parts_show(mixed):
    network = network_meta_analysis(mixed, measure="MD")
    parts = (node_split(network), design_decomposition(network), contributions(network), rank_treatments(network, 200))
    for part in parts:
        json.dumps(part.to_dict())
        assert part.summary()
        assert part._repr_html_().startswith("<pre>")
        assert part.methods().endswith(".")
        assert "0x" not in repr(part)
        assert part.plot() is not None
