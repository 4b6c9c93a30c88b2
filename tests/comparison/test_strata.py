import json
import math

import pytest
from scipy.stats import norm

import neckevidence as ne
from neckevidence.comparison.strata import strata_contrasts


def wilson(x, n):
    """Wilson's interval, as the roots of (p - x/n)^2 = z^2 p (1 - p) / n."""
    z, p = norm.ppf(0.975), x / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


@pytest.fixture(scope="module")
def found(ev):
    return strata_contrasts(ev)


def test_difference_within_the_15_mg_arm_by_hand(found):
    one = found.contrasts[0]
    assert (one.events_first, one.n_first, one.events_second, one.n_second) == (32, 59, 33, 57)
    # 32/59 = 0.5424, 33/57 = 0.5789, difference -0.0366
    assert round(one.difference, 4) == -0.0366
    # Newcombe 1998, method 10: d - sqrt((p1 - l1)^2 + (u2 - p2)^2), d + sqrt((u1 - p1)^2 + (p2 - l2)^2), Wilson limits.
    (l1, u1), (l2, u2) = wilson(32, 59), wilson(33, 57)
    p1, p2 = 32 / 59, 33 / 57
    assert one.ci_low == pytest.approx(p1 - p2 - math.hypot(p1 - l1, u2 - p2))
    assert one.ci_high == pytest.approx(p1 - p2 + math.hypot(u1 - p1, p2 - l2))
    assert one.rounding is None
    assert one.without_stratum == 11  # 127 analysed, 59 + 57 = 116 in a stratum


def test_an_arm_with_one_stratum_gives_no_difference(found):
    one = found.contrasts[1]
    assert one.arm_id == "CER30"
    assert (one.events_first, one.n_first) == (27, 50)
    assert math.isnan(one.n_second)
    assert math.isnan(one.difference)


def test_what_is_missing_is_named(found):
    assert any("(CER30): stratum drowsy" in text for text in found.missing)
    assert any("placebo (PBO): strata not drowsy and drowsy" in text for text in found.missing)
    assert not any("CER15" in text for text in found.missing)
    assert found.gaps["gap_id"].tolist() == ["G04", "G14"]


def test_no_causal_claim_is_made(found):
    words = " ".join(found.why_not_causal)
    assert "formed after randomisation" in words
    assert "does not show that relief is independent" in words
    summary = found.summary()
    for text in (*found.why_not_causal, *found.missing, "G14", "Post hoc"):
        assert text in summary


def test_forms_of_the_result(found, ev):
    assert found.to_frame()["difference"].notna().tolist() == [True, False]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["contrasts"][1]["difference"] is None
    assert found.facts["fact_id"].tolist() == ["strata_001", "strata_002", "strata_003"]
    assert repr(found) == repr(strata_contrasts(ev))
    assert "described only" in found.methods()


def test_a_stratum_that_is_only_a_percentage_gives_a_band(folder):
    folder.change("strata", {"fact_id": "strata_002"}, events="", as_printed="58%")
    one = strata_contrasts(ne.load_evidence(folder.path)).contrasts[0]
    # 58% of 57: 33/57 = 57.9%; 32/57 = 56.1% and 34/57 = 59.6% do not print so: one count.
    assert one.events_second == 33
    assert one.rounding is None
    folder.change("strata", {"fact_id": "strata_002"}, n="250")
    with pytest.raises(ne.NeckevidenceError):  # more than the arm's 127
        ne.load_evidence(folder.path)
    folder.change("strata", {"fact_id": "strata_002"}, n="120")
    one = strata_contrasts(ne.load_evidence(folder.path)).contrasts[0]
    # 58% of 120: 57.5% to 58.5% are 69, 70 (70.2 at most).
    assert one.rounding == pytest.approx((32 / 59 - 70 / 120, 32 / 59 - 69 / 120))
    assert one.rounding[0] <= one.difference <= one.rounding[1]


def test_a_stratum_without_denominator_gives_no_count(folder):
    folder.change("strata", {"fact_id": "strata_002"}, events="", n="", as_printed="58%")
    one = strata_contrasts(ne.load_evidence(folder.path)).contrasts[0]
    assert math.isnan(one.n_second)
    assert math.isnan(one.difference)


def test_faults_are_refused_by_name(ev, folder):
    with pytest.raises(ne.NeckevidenceError, match="level must lie between 0 and 1, found 95"):
        strata_contrasts(ev, level=95)
    path = folder.path / "strata.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(ne.NoComparisonError, match="no strata: its table"):
        strata_contrasts(ne.load_evidence(folder.path))
