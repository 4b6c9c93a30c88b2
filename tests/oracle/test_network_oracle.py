"""Network meta-analysis against metafor's rma.mv with the exact covariance, and against what netmeta prints."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neckevidence.synthesis.network.analysis import network_meta_analysis
from neckevidence.synthesis.network.components import component_network
from neckevidence.synthesis.network.contributions import contributions
from neckevidence.synthesis.network.designs import design_decomposition
from neckevidence.synthesis.network.node_split import node_split
from neckevidence.synthesis.network.ranking import p_scores

ORACLE = json.loads((Path(__file__).parent / "network.json").read_text(encoding="utf-8"))
SETS = {data["name"]: data for data in ORACLE["datasets"]}
# Relative error; numbers below 1e-3 are compared to 1e-3 times it.
TOLERANCE = {"common": 1e-9, "DL": 1e-9, "REML": 1e-8}


def fitted(data, tau2, **more):
    table = {kind: pd.DataFrame(data[kind]) for kind in ("arms", "contrasts") if data[kind]}
    return network_meta_analysis(**table, measure=data["measure"], tau2=tau2, **more)


def close(ours, theirs, relative, what):
    np.testing.assert_allclose(ours, theirs, rtol=relative, atol=1e-3 * relative, err_msg=what)


def test_made_by_the_programs_that_are_named():
    assert ORACLE["versions"] == {"R": "4.2.2", "metafor": "3.8.1", "metadat": "1.2.0"}
    assert list(SETS) == [
        *("senn", "senn_smd", "franchini", "hasselblad", "hasselblad_rr", "hasselblad_rd", "dong", "linde"),
    ]


@pytest.mark.parametrize("data", SETS.values(), ids=SETS)
@pytest.mark.parametrize("tau2", ["common", "DL", "REML"])
def test_estimates_and_covariance(data, tau2):
    theirs, relative = data["fits"][tau2], TOLERANCE[tau2]
    first = data["treatments"][0]
    fit = fitted(data, tau2, reference=first)
    assert list(fit.treatments) == data["treatments"]
    assert fit.k == data["trials"]
    close(fit.tau2, theirs["tau2"], relative, "tau2")
    close(fit.estimates[first], theirs["b"], relative, "estimates")
    count = len(fit.treatments)
    covariance = np.reshape(theirs["covariance"], (count, count))
    close(fit.covariance, covariance[1:, 1:], relative, "covariance")
    close(fit.q, data["QE"], 1e-9, "Q")
    close(fit.q_p_value, data["QEp"], 1e-7, "p of Q")
    close(p_scores(fit)[list(fit.treatments)], theirs["p_scores"], relative, "P-scores")


@pytest.mark.parametrize("data", SETS.values(), ids=SETS)
def test_tau2_where_the_optimiser_of_metafor_stops(data):
    # nlminb stops on a flat top: about half the digits.
    assert fitted(data, "REML").tau2 == pytest.approx(data["metafor_tau2"], rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("data", SETS.values(), ids=SETS)
def test_side_splitting(data):
    tau2 = "REML" if data["name"] in ("senn", "hasselblad") else "common"
    theirs = {(one["treatment"], one["control"]): one for one in data["side_splits"]}
    ours = node_split(fitted(data, tau2), "side-splitting").to_frame()
    assert len(ours) == len(theirs)  # no edge is left out, whether it can be split or not
    compared = 0
    for row in ours[ours["reason"] == ""].to_dict("records"):
        pair = tuple(sorted((row["treatment"], row["control"])))
        sign, one = (1 if pair[0] == row["treatment"] else -1), theirs[pair]
        assert one["full_rank"]
        for name, value in {
            "tau2": one["tau2"], "difference": sign * one["omega"], "difference_se": one["se"], "z": sign * one["z"],
            "p_value": one["p"],
        }.items():  # fmt: skip
            np.testing.assert_allclose(row[name], value, rtol=1e-6, atol=1e-9, err_msg=f"{pair} {name}")
        compared += 1
    assert compared == (ours["reason"] == "").sum()
    closed = ours[(ours["reason"] != "") & ~ours["reason"].str.contains("inside", regex=False)]
    pairs = [tuple(sorted(pair)) for pair in zip(closed["treatment"], closed["control"], strict=True)]
    assert not [pair for pair in pairs if theirs[pair]["full_rank"]]


@pytest.mark.parametrize("data", SETS.values(), ids=SETS)
def test_designs(data):
    theirs, ours = data["designs"], design_decomposition(fitted(data, "DL"))
    close(ours.within, theirs["within"], 1e-8, "within")
    assert ours.within_df == theirs["within_df"]
    close(ours.tau2_within, theirs["tau2"], 1e-8, "tau2 within")
    close(ours.between_random, theirs["random"], 1e-7, "between, random")
    table = ours.to_frame().set_index("design")
    assert set(table.index) == {one["design"] for one in theirs["detached"]}
    for one in theirs["detached"]:
        row = table.loc[one["design"]]
        assert row["detached_df"] == ours.between_df - one["lost"]
        if one["Q"] is None:
            assert "closes no loop" in row["not_evaluated"]
        else:
            np.testing.assert_allclose(row["detached"], one["Q"], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("data", SETS.values(), ids=SETS)
def test_shares_of_trials(data):
    first, *others = data["treatments"]
    ours = contributions(fitted(data, "REML"), [(other, first) for other in others]).to_frame()
    theirs = pd.DataFrame(data["contributions"]["shares"], columns=data["contributions"]["trials"])
    np.testing.assert_allclose(ours[list(theirs.columns)], theirs, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("tau2", ["common", "DL", "REML"])
def test_components_of_linde(tau2):
    data = SETS["linde"]
    theirs, table = data["components"], pd.DataFrame(data["contrasts"])
    ours = component_network(contrasts=table, measure="OR", tau2=tau2, inactive="Placebo")
    assert list(ours.components) == theirs["names"]
    assert (ours.q_df, ours.not_identified) == (theirs["df"], ())
    close(ours.q, theirs["QE"], 1e-9, "Q")
    close(ours.q_difference, theirs["QE"] - data["QE"], 1e-9, "Q of the difference")
    for name, values in {"tau2": ours.tau2, "b": ours.estimates, "se": ours.se}.items():
        close(values, theirs["fits"][tau2][name], TOLERANCE[tau2], name)


@pytest.fixture(scope="module")
def senn_of_netmeta():
    """The data of netmeta, Senn2013: contrasts whose standard errors have four decimals."""
    arms = pd.DataFrame(SETS["senn"]["arms"])
    rows = []
    for trial, own in arms.groupby("trial", sort=False):
        own = own.to_dict("records")
        for i, a in enumerate(own):
            for b in own[i + 1 :]:
                se = np.sqrt(a["sd"] ** 2 / a["n"] + b["sd"] ** 2 / b["n"])
                rows.append((trial, a["treatment"], b["treatment"], round(a["mean"] - b["mean"], 2), round(se, 4)))
    return pd.DataFrame(rows, columns=["trial", "treatment", "control", "effect", "se"])


def test_what_netmeta_prints_of_senn_2013(senn_of_netmeta):
    # Output of netmeta, netrank and decomp.design on Senn2013, common-effect model, all digits printed.
    fit = network_meta_analysis(contrasts=senn_of_netmeta, measure="MD", tau2="common")
    printed = {
        "rosiglitazone": 0.9789, "metformin": 0.8513, "pioglitazone": 0.7686, "miglitol": 0.6200, "benfluorex": 0.5727,
        "acarbose": 0.4792, "vildagliptin": 0.3512, "sitagliptin": 0.2386, "sulfonylurea": 0.1395, "placebo": 0.0000,
    }  # fmt: skip
    assert p_scores(fit).round(4).to_dict() == printed
    parts = design_decomposition(fit)
    assert [round(q, 2) for q in (parts.q, parts.within, parts.between)] == [96.99, 74.46, 22.53]
    assert (parts.q_df, parts.within_df, parts.between_df) == (18, 11, 7)
    assert round(parts.between_p_value, 4) == 0.0021
    table = parts.to_frame().set_index("design").round(4)
    within = table["within"].dropna().round(2).to_dict()
    assert within == {
        "benfluorex : placebo": 4.38, "metformin : placebo": 42.16, "metformin : rosiglitazone": 0.19,
        "miglitol : placebo": 6.45, "placebo : rosiglitazone": 21.27,
    }  # fmt: skip
    detached = table.loc[
        ["rosiglitazone : sulfonylurea", "metformin : sulfonylurea", "placebo : rosiglitazone"],
        ["detached", "detached_df", "detached_p_value"],
    ]
    expected = [[6.77, 6, 0.3425], [7.51, 6, 0.2760], [16.29, 6, 0.0123]]
    np.testing.assert_allclose(detached.round({"detached": 2}).to_numpy(), expected)
