"""Risk of bias: the overall rule by going through all cases, the table by what it must hold."""

import itertools

import pytest

import neckevidence as ne
from neckevidence.data.bias_checks import DOMAINS
from neckevidence.grade.risk_of_bias import JUDGEMENTS, overall, risk_of_bias

# Another way to the same rule (Sterne et al. 2019, BMJ 366:l4898): the gravest domain decides, no information counting as
# some concerns.
GRAVITY = {"low": 0, "no information": 1, "some concerns": 1, "high": 2}


def test_the_overall_judgement_in_all_1024_cases():
    for judgements in itertools.product(JUDGEMENTS, repeat=5):
        expected = ("low", "some concerns", "high")[max(GRAVITY[one] for one in judgements)]
        assert overall(judgements) == expected, judgements


@pytest.mark.parametrize("judgements", [[], ["low", "unclear"]])
def test_what_is_no_judgement_is_refused_by_name(judgements):
    with pytest.raises(ne.NeckevidenceError, match="low, no information, some concerns, high"):
        overall(judgements)


def test_every_randomised_drug_trial_is_judged_in_all_domains_with_a_reason_and_a_place(ev):
    table = ev.risk_of_bias
    for trial, own in table.groupby("trial_id")["domain"]:
        assert sorted(own) == sorted(DOMAINS), trial
    for trial in (
        "borenstein2003_s1",
        "childers2005",
        "khwaja2010",
        "friedman2017",
        "mesanovic_whiplash",
        "label_8_trials",
    ):
        assert trial in set(table["trial_id"])
    assert table[["reason", "source_id", "locator"]].notna().all().all()


def test_what_cannot_be_read_is_never_judged_low(ev):
    table = ev.risk_of_bias
    unread = table["reason"].str.contains("could not be read|not printed") & (table["judgement"] == "low")
    assert not unread.any(), table[unread]


def test_open_trials_have_a_high_risk_in_the_measurement_of_what_patients_rate(ev):
    blinding = ev.trials.set_index("trial_id")["blinding"]
    measured = ev.risk_of_bias.query("domain == 'measurement'").set_index("trial_id")["judgement"]
    opened = [trial for trial in measured.index if blinding[trial] == "open"]
    assert {"childers2005", "borenstein1990"} <= set(opened)
    assert (measured[opened] == "high").all()


def test_a_low_risk_by_missing_data_has_counts_of_95_percent_or_more(ev):
    # By hand: 89/90, 88/90; 103/108, 104/107; 57/57, 55/57; 51/51, 50/50; 29/29, 29/29. Below it: 112/120 and 113/120.
    missing = ev.risk_of_bias.query("domain == 'missing_data'").set_index("trial_id")["judgement"]
    low = {"nct02814565", "friedman2015", "friedman2017", "sharifi2023", "mcreynolds2005"}
    assert set(missing.index[missing == "low"]) == low
    assert missing["chandanwale2011"] == "some concerns"


def test_a_pool_takes_the_gravest_judgement_of_its_parts(ev):
    pool = risk_of_bias(ev, ["cer_pool"])
    parts = risk_of_bias(ev, ["cer_1105", "cer_1106"])
    gravest = {"low": 0, "no information": 1, "some concerns": 2, "high": 3}
    for domain in DOMAINS:
        worst = max((row[domain] for row in parts.to_dict().values()), key=gravest.__getitem__)
        assert pool.to_dict()["cer_pool"][domain] == worst
    assert pool.overall == {"cer_pool": "high"}
    assert "CER study 1105: Ratings are missing" in pool.summary()


def test_frame_shares_and_text_say_the_same(ev):
    table = risk_of_bias(ev, ["friedman2017", "childers2005", "mesanovic_whiplash"])
    frame = table.to_frame()
    assert list(frame["trial_id"]) == ["friedman2017", "childers2005", "mesanovic_whiplash"]
    assert list(frame["overall"]) == ["some concerns", "high", "high"]
    assert table.shares().loc["overall", "high"] == pytest.approx(2 / 3)
    weights = {"friedman2017": 8.0, "childers2005": 1.0, "mesanovic_whiplash": 1.0}
    assert table.shares(weights).loc["overall", "high"] == pytest.approx(0.2)
    assert table.shares(weights).sum(axis=1).to_list() == pytest.approx([1.0] * 6)
    assert repr(table) == "<RiskOfBias of 3 trials: overall 1 some concerns, 2 high>"
    assert "no information counts as some concerns" in table.methods()


def test_refusals_name_the_trial(ev):
    with pytest.raises(ne.UnknownCodeError, match="khwaja2010"):
        risk_of_bias(ev, ["khwaja2011"])
    with pytest.raises(ne.NeckevidenceError, match="schnabel2004"):
        risk_of_bias(ev, ["schnabel2004"])
    with pytest.raises(ne.NeckevidenceError, match="friedman2017"):
        risk_of_bias(ev, ["friedman2017"]).shares({"khwaja2010": 1.0})


def faults(folder):
    return [str(fault) for fault in ne.check_evidence(folder.path)]


def test_a_domain_that_is_missing_or_doubled_is_a_fault(folder):
    folder.change("risk_of_bias", {"trial_id": "khwaja2010", "domain": "measurement"}, domain="deviations")
    found = faults(folder)
    assert any("no judgement of khwaja2010 for measurement" in fault for fault in found)
    assert any(fault.startswith("risk_of_bias, row ") and "khwaja2010" in fault for fault in found)


def test_a_trial_that_becomes_a_drug_trial_must_be_judged(folder):
    folder.change("arms", {"trial_id": "leaver2010", "arm_id": "MOB"}, treatment="CYC5")
    assert any("no judgement of leaver2010 for randomisation" in fault for fault in faults(folder))


def test_a_pool_with_named_parts_is_not_judged_itself(folder):
    folder.change("risk_of_bias", {"trial_id": "label_8_trials"}, trial_id="cer_pool")
    assert any("cer_pool, a pool" in fault for fault in faults(folder))
