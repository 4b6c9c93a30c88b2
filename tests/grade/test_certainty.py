"""Each domain of GRADE flipped by a made-up comparison; the numbers behind them by other routes."""

import dataclasses
import math
from types import MappingProxyType

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestIndPower, normal_sample_size_one_tail

import neckevidence as ne
from neckevidence.data.bias_checks import DOMAINS
from neckevidence.effects.counts import score_interval
from neckevidence.effects.measures import natural
from neckevidence.equivalence.margins import margin_for
from neckevidence.grade import downgrades as rules
from neckevidence.grade.certainty import LEVELS, certainty
from neckevidence.grade.information_size import optimal_information_size, patients_behind, trials_behind
from neckevidence.grade.plain_words import KINDS, effect_kind, plain_words
from neckevidence.tables.findings import findings_table

NAN = math.nan


def judged(ev, **overall):
    """The evidence with made-up trials of the names given, each judged alike in all five domains."""
    rows = [
        {"trial_id": trial, "domain": domain, "judgement": one, "reason": "", "source_id": "", "locator": ""}
        for trial, one in overall.items()
        for domain in DOMAINS
    ]
    tables = {**ev._tables, "risk_of_bias": pd.DataFrame(rows)}
    return dataclasses.replace(ev, _tables=MappingProxyType(tables))


@pytest.fixture(scope="module")
def base(ev):
    return ne.compare(ev, "CYC5", "PBO", outcome="somnolence")


def trial(base, name, a, n1, c, n2, region="neck", randomised=True):
    low, high = score_interval("RR", a, n1, c, n2)
    estimate = a * n2 / (c * n1)
    return dataclasses.replace(
        base.trials[0],
        trial_id=name,
        label=name,
        region=region,
        randomised=randomised,
        estimate=estimate,
        ci_low=low,
        ci_high=high,
        effect=math.log(estimate),
        variance=1 / a - 1 / n1 + 1 / c - 1 / n2,
        n_treatment=n1,
        n_control=n2,
        control_risk=c / n2,
        rounding=None,
        tables=((a, n1, c, n2),),
    )


def result(base, *trials):
    one = trials[0]
    numbers = one.estimate, one.ci_low, one.ci_high
    random = bayes = None
    if len(trials) > 1:
        data = [t.effect for t in trials], [t.variance for t in trials]
        random = ne.meta_analysis(*data, ci="hartung-knapp-adhoc")
        bayes = ne.bayes_meta_analysis(*data) if len(trials) < 4 else None
        numbers = (natural("RR", x) for x in (random.estimate, random.ci_low, random.ci_high))
    names = dict(zip(("estimate", "ci_low", "ci_high"), numbers, strict=True))
    randomised = all(t.randomised for t in trials)
    changed = {"trials": trials, "k": len(trials), "random_effects": random, "bayes": bayes, "rounding": None}
    return dataclasses.replace(base, randomised=randomised, **names, **changed)


def downs(rated):
    return {one.domain: one.downgrade for one in rated.domains if one.downgrade}


# 300 of 1000 against 500 of 1000: RR 0.60 (0.54 to 0.67); 488 patients would do for a quarter less than 50%.
CLEAR = (300, 1000, 500, 1000)


def test_a_large_neck_trial_at_low_risk_is_of_high_certainty(ev, base):
    rated = certainty(judged(ev, a="low"), result(base, trial(base, "a", *CLEAR)))
    assert (rated.level, rated.start, downs(rated)) == ("high", "high", {})
    assert [one.domain for one in rated.domains] == [
        "risk of bias",
        "inconsistency",
        "indirectness",
        "imprecision",
        "publication bias",
    ]
    assert rated.domains[1].reason == "cannot be judged: one result"
    assert rated.domains[4].reason.startswith("not detected")
    assert rated.numbers["patients"] == 2000
    assert rated.circles == "●●●●"


FLIPS = {
    "not randomised starts low": ({"randomised": False}, "low", {}, "low"),
    "some concerns": ({}, "some concerns", {"risk of bias": 1}, "moderate"),
    "no information counts as some concerns": ({}, "no information", {"risk of bias": 1}, "moderate"),
    "high risk": ({}, "high", {"risk of bias": 2}, "low"),
    "neck and back": ({"region": "mixed"}, "low", {"indirectness": 1}, "moderate"),
    "back is not neck": ({"region": "back"}, "low", {"indirectness": 2}, "low"),
    "region not printed": ({"region": ""}, "low", {"indirectness": 2}, "low"),
    "all at once ends at the bottom": ({"region": "back"}, "high", {"risk of bias": 2, "indirectness": 2}, "very low"),
}


@pytest.mark.parametrize("state", FLIPS)
def test_each_flaw_of_a_trial_rates_down(ev, base, state):
    made, bias, expected, level = FLIPS[state]
    rated = certainty(judged(ev, a=bias), result(base, trial(base, "a", *CLEAR, **made)))
    assert downs(rated) == expected
    if state == "not randomised starts low":
        assert rated.start == "low"
        assert rated.reasons[0] == "not randomised: starts low"
    assert rated.level == level


# Counts by hand, against no effect and 0.75 and 1.25:
IMPRECISE = {
    # RR 0.83, about 0.3 to 2.3: holds both bounds
    "both bounds": ((5, 20, 6, 20), 2),
    # RR 0.90 (0.79 to 1.02): includes no effect and neither bound
    "no effect only": ((270, 600, 300, 600), 1),
    # RR 0.44, excludes no effect; 584 patients are needed for a quarter less than 45%, and some 300 for the nearer limit
    "too few patients": ((20, 100, 45, 100), 1),
    "enough": (CLEAR, 0),
}


@pytest.mark.parametrize("state", IMPRECISE)
def test_imprecision_by_interval_then_by_size(ev, base, state):
    counts, down = IMPRECISE[state]
    rated = certainty(judged(ev, a="low"), result(base, trial(base, "a", *counts)))
    assert downs(rated) == ({"imprecision": down} if down else {})


def test_a_margin_that_was_set_decides_instead_of_no_effect(ev, base):
    # RR 0.90 (0.79 to 1.02): within the margin 0.75 to 1.33 on both sides, across its lower bound at 0.87 to 1.15.
    one = result(base, trial(base, "a", 270, 600, 300, 600))
    assert downs(certainty(judged(ev, a="low"), one, 0.75)) == {}
    assert downs(certainty(judged(ev, a="low"), one, 0.87)) == {"imprecision": 1}


def test_rounding_that_changes_the_answer_is_imprecision(ev, base):
    one = result(base, dataclasses.replace(trial(base, "a", *CLEAR), tables=()))
    steady = dataclasses.replace(one, rounding={"ci_low": (0.53, 0.55), "ci_high": (0.66, 0.68)})
    shaky = dataclasses.replace(one, rounding={"ci_low": (0.53, 0.55), "ci_high": (0.66, 1.01)})
    assert downs(certainty(judged(ev, a="low"), steady)) == {}
    rated = certainty(judged(ev, a="low"), shaky)
    assert downs(rated) == {"imprecision": 1}
    assert "but for the rounding" in rated.domains[3].reason


def test_a_result_without_interval_says_nothing_of_chance(ev, base):
    one = dataclasses.replace(result(base, trial(base, "a", *CLEAR)), ci_low=NAN, ci_high=NAN)
    rated = certainty(judged(ev, a="low"), one)
    assert downs(rated) == {"imprecision": 2}
    assert "no interval" in rated.domains[3].reason


def test_most_of_the_weight_decides_on_bias_and_region(ev, base):
    # Four alike but for size: the large one carries more than half of the weight in a common spread of 0.
    large, small = (3000, 10000, 5000, 10000), (30, 100, 50, 100)
    trials = [trial(base, "a", *large), *(trial(base, name, *small, region="back") for name in "bcd")]
    rated = certainty(judged(ev, a="low", b="high", c="high", d="high"), result(base, *trials))
    assert downs(rated) == {}
    assert rated.numbers["weight, low"] > 0.9
    trials = [trial(base, "a", *large, region="back"), *(trial(base, name, *small) for name in "bcd")]
    rated = certainty(judged(ev, a="high", b="low", c="low", d="low"), result(base, *trials))
    assert downs(rated) == {"risk of bias": 2, "indirectness": 2}


def test_trials_that_contradict_each_other_are_inconsistent(ev, base):
    counts = [(300, 1000, 500, 1000), (500, 1000, 300, 1000), (310, 1000, 500, 1000), (500, 1000, 310, 1000)]
    trials = [trial(base, name, *one) for name, one in zip("abcd", counts, strict=True)]
    rated = certainty(judged(ev, **dict.fromkeys("abcd", "low")), result(base, *trials))
    assert downs(rated)["inconsistency"] == 2
    same = [trial(base, name, *CLEAR) for name in "abcd"]
    assert "inconsistency" not in downs(certainty(judged(ev, **dict.fromkeys("abcd", "low")), result(base, *same)))


@pytest.mark.parametrize(
    ("numbers", "down"),
    [
        (([0.6], 1, (0.5, 0.7), NAN, None), 0),  # one result
        (([0.6, 0.7], 1, (NAN, NAN), NAN, None), 0),  # not pooled
        (([0.6, 0.7, 0.8, 0.9], 1, (0.6, 0.9), 0.49, None), 0),
        (([0.6, 0.7, 0.8, 0.9], 1, (0.6, 0.9), 0.50, None), 1),
        (([0.2, 0.7, 0.8, 0.9], 1, (0.6, 0.9), 0.90, None), 1),  # far apart, but on one side
        (([0.2, 0.7, 0.8, 1.9], 1, (0.4, 1.3), 0.90, None), 2),
        (([0.6, 0.7, 0.8, 0.9], 1, (0.6, 0.9), 0.30, (0.5, 1.1)), 1),  # the next trial may show no effect
        (([0.6, 0.7, 0.8, 0.9], 1, (0.6, 1.2), 0.30, (0.5, 1.3)), 0),  # neither excludes it
    ],
)
def test_inconsistency_by_its_thresholds(numbers, down):
    assert rules.inconsistency_downgrade(*numbers)[0] == down


@pytest.mark.parametrize(
    ("shares", "down"),
    [
        ({"low": 1.0}, 0),
        ({"low": 0.51, "some concerns": 0.49}, 0),
        ({"low": 0.5, "some concerns": 0.5}, 1),
        ({"low": 0.51, "high": 0.49}, 0),
        ({"low": 0.4, "some concerns": 0.3, "high": 0.3}, 1),
        ({"some concerns": 0.5, "high": 0.5}, 2),
    ],
)
def test_bias_by_most_of_the_weight(shares, down):
    assert rules.bias_downgrade(shares)[0] == down


def test_indirectness_adds_the_treatments_to_the_patients():
    adults, both, children = (("adults", 0), ("both", 1), ("children", 2))
    assert rules.indirectness_downgrade("adults", [(*adults, 1.0)], ["another dose"])[0] == 1
    assert rules.indirectness_downgrade("adults", [(*both, 1.0)], ["another dose"])[0] == 2
    assert rules.indirectness_downgrade("adults", [(*children, 1.0)], ["another dose"])[0] == 2  # never more than two
    assert rules.indirectness_downgrade("adults", [(*adults, 0.6), (*children, 0.4)])[0] == 0
    assert rules.indirectness_downgrade("adults", [(*adults, 0.4), (*both, 0.3), (*children, 0.3)])[0] == 1


def test_publication_bias_is_suspected_or_not_detected_but_never_absent():
    assert rules.publication_downgrade(1, ["a (Maker)"], [], [])[0] == 1
    assert rules.publication_downgrade(2, ["a (Maker)"], ["b"], [])[0] == 0
    assert rules.publication_downgrade(2, [], [], ["arms left out"])[0] == 1
    assert rules.publication_downgrade(12, [], [], [], 0.01)[0] == 1
    assert rules.publication_downgrade(12, [], [], [], 0.5) == (0, "not detected")
    few = rules.publication_downgrade(9, [], [], [], 0.01)  # a funnel of nine is not tested
    assert few == (0, "not detected; no funnel test below 10 trials")


def test_sponsors_and_left_out_arms_are_found_in_the_evidence(ev, base):
    named = dict.fromkeys(("nct02814565", "friedman2017", "cer_1106"), "low")
    publication = {
        name: certainty(judged(ev, **named), result(base, trial(base, name, *CLEAR))).domains[4] for name in named
    }
    assert publication["nct02814565"].downgrade == 1
    assert "Takeda" in publication["nct02814565"].reason
    assert publication["friedman2017"].downgrade == 0  # a medical centre
    assert publication["cer_1106"].downgrade == 1
    assert "G12" in publication["cer_1106"].reason  # which is written under cer_1105, for both


def test_a_treatment_given_beside_is_indirect(ev, base):
    one = dataclasses.replace(result(base, trial(base, "khwaja2010", *CLEAR)), treatment="CYC5", control="IBU800")
    rated = certainty(judged(ev, khwaja2010="low"), one)
    assert downs(rated) == {"indirectness": 1}
    assert "initial ibuprofen 800 mg" in rated.domains[2].reason


def test_a_dose_that_is_not_fixed_is_indirect(ev, base):
    one = dataclasses.replace(
        result(base, trial(base, "friedman2015", *CLEAR)), treatment="NAP+CYC5", control="NAP+PBO"
    )
    rated = certainty(judged(ev, friedman2015="low"), one)
    assert downs(rated) == {"indirectness": 1}
    assert "without one fixed dose" in rated.domains[2].reason


# Cohen 1992, Psychol Bull 112:155, table 2: patients a group for a small, medium and large difference of means, power 0.80.
@pytest.mark.parametrize(("sds", "per_group"), [(0.2, 393), (0.5, 64), (0.8, 26)])
def test_information_size_of_means_is_that_of_the_tables(sds, per_group):
    size = optimal_information_size("SMD", sds)
    exact = TTestIndPower().solve_power(sds, alpha=0.05, power=0.8)
    assert size == 2 * math.ceil(exact)
    assert abs(size / 2 - per_group) <= 1  # the table rounds, a whole number of patients is rounded up
    assert optimal_information_size("MD", 7 * sds, sd=7) == size


@pytest.mark.parametrize(
    ("measure", "effect", "p2", "p1"),
    [("RR", 0.75, 0.5, 0.375), ("RR", 1.25, 0.1, 0.125), ("RD", -0.1, 0.3, 0.2), ("OR", 0.5, 0.5, 1 / 3)],
)
def test_information_size_of_risks_is_that_of_statsmodels(measure, effect, p2, p1):
    sd = math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    expected = normal_sample_size_one_tail(abs(p1 - p2), 0.8, 0.025, sd, sd)
    assert optimal_information_size(measure, effect, control_risk=p2) == 2 * math.ceil(expected)


def test_information_size_without_a_plan_is_not_known():
    assert math.isnan(optimal_information_size("RR", 0.75))
    assert math.isnan(optimal_information_size("RR", 0.75, control_risk=0.0))
    assert math.isnan(optimal_information_size("RD", -0.2, control_risk=0.1))
    assert math.isnan(optimal_information_size("MD", 5.0))


def test_patients_and_trials_behind_a_result(ev, base):
    assert patients_behind(ev, base) == 464 + 469  # label, table header
    assert trials_behind(ev, base) == {"borenstein2003_pool": ("borenstein2003_s1", "borenstein2003_s2")}
    function = ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    assert patients_behind(ev, function) == 108 + 107  # a printed contrast: the patients randomised
    across = ne.compare(ev, "NSAID+DZP", "NSAID+CYC", outcome="rmdq_improvement", measure="MD")
    # Of the four trials of the pool, the two with these drugs.
    assert set(trials_behind(ev, across)["abril2022"]) == {"friedman2015", "friedman2017"}
    assert math.isnan(patients_behind(ev, across))


def test_the_evidence_as_it_is(ev, base):
    # Two trials, neck and back, three of five domains unread: 933 patients, the lower limit 2.14 far from no effect.
    assert downs(certainty(ev, base)) == {"risk of bias": 1, "indirectness": 1}
    across = certainty(ev, ne.compare(ev, "CYC5", "CYC10", outcome="somnolence"))
    assert (across.start, across.level) == ("low", "very low")
    rebuilt = certainty(ev, ne.compare(ev, "CYC5", "CYC10", outcome="any_adverse_event"))
    assert any("reconstructed" in note for note in rebuilt.notes)
    function = ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    with_margin = certainty(ev, function, margin_for(ev, "rmdq_improvement", "MD"))
    assert "imprecision" not in downs(with_margin)  # -2.1 to 2.7 lies within 5 points
    assert downs(with_margin)["indirectness"] == 2  # back
    # Without a margin: SE 1.215, hence an SD of 1.215 / sqrt(1/108 + 1/107) = 8.9; 0 lies within the interval, 4.45 does not.
    assert downs(certainty(ev, function))["imprecision"] == 1
    assert certainty(ev, function).bounds == pytest.approx((-4.45, 4.45), abs=0.02)
    assert "indirectness" not in downs(
        certainty(ev, ne.compare(ev, "NAP+DZP5", "NAP+PBO", outcome="moderate_or_severe_pain"), region="back")
    )


def test_forms_of_the_result_agree(ev, base):
    rated = certainty(ev, base)
    plain = rated.to_dict()
    assert plain["level"] == rated.level == "low"
    assert [one["downgrade"] for one in plain["domains"]] == list(rated.to_frame()["downgrade"])
    assert repr(rated) == "<Certainty low: starts high; rated down for risk of bias −1, indirectness −1>"
    assert all(one.reason in rated.summary() for one in rated.domains)
    assert len(rated.reasons) == 2
    with pytest.raises(ne.NeckevidenceError, match="region must be back, mixed, neck, other or any, found 'throat'"):
        certainty(ev, base, region="throat")
    with pytest.raises(ne.NeckevidenceError, match="margin"):
        certainty(ev, base, 1.0)


def strength(text):
    if "very uncertain" in text or "is open" in text:
        return 0
    return 1 if " may " in text else 2 if " probably " in text else 3


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "MD", "SMD"])
@settings(max_examples=40, deadline=None)
@given(ends=st.tuples(*[st.floats(0.05, 9)] * 2), given_margin=st.booleans(), randomised=st.booleans())
def test_words_are_never_stronger_than_the_certainty(ev, base, level, measure, ends, given_margin, randomised):
    low, high = sorted(ends) if measure in ("RR", "OR") else sorted(end - 3 for end in ends)
    numbers = {"estimate": (low + high) / 2, "ci_low": low, "ci_high": high}
    one = dataclasses.replace(base, measure=measure, randomised=randomised, **numbers)
    bounds = (0.75, 1.25) if measure in ("RR", "OR") else (-1.0, 1.0)
    rated = dataclasses.replace(
        certainty_of_base(ev, base), comparison=one, level=level, bounds=bounds, margin_given=given_margin
    )
    text = plain_words(rated)
    assert strength(text) <= LEVELS.index(level)
    none = 1 if measure in ("RR", "OR") else 0
    if low <= none <= high:
        assert "more" not in text
        assert "less" not in text
        assert "higher" not in text
        assert "lower" not in text
        if not given_margin:
            assert "no difference" not in text.replace("includes no difference", "")
    assert ("not a randomised comparison" in text) == (not randomised)


_CACHE = {}


def certainty_of_base(ev, base):
    if "base" not in _CACHE:
        _CACHE["base"] = certainty(ev, base)
    return _CACHE["base"]


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        ((2.9, (2.1, 4.0), 1, (0.75, 1.25), False), "more"),
        ((1.1, (1.02, 1.2), 1, (0.75, 1.25), False), "slightly more"),
        ((0.5, (0.3, 0.8), 1, (0.75, 1.25), False), "less"),
        ((-2.0, (-3.9, -0.1), 0, (-5, 5), True), "slightly less"),
        ((0.3, (-2.1, 2.7), 0, (-5, 5), True), "little or no difference"),
        ((0.3, (-2.1, 2.7), 0, (-5, 5), False), "open"),  # not significant is not equal
        ((0.3, (-2.1, 5.7), 0, (-5, 5), True), "open"),
        ((2.9, (NAN, NAN), 1, (0.75, 1.25), False), "not known"),
        ((2.9, (2.1, 4.0), 1, None, False), "more"),
    ],
)
def test_kinds_of_effect(numbers, kind):
    assert effect_kind(*numbers) == kind
    assert kind in KINDS


def test_summary_of_findings_shows_what_the_results_hold(ev, base):
    pain = ne.compare(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")
    table = findings_table(ev, [base, pain])
    first, second = table.frame.to_dict("records")
    assert table.title.endswith("cyclobenzaprine 5 mg against placebo")
    assert first["Patients (trials)"] == "933 (2)"
    assert first["With the control, of 1000"] == "100"  # 47 of 469
    # 0.1002 x 2.90 (2.14 to 3.95)
    assert first["With the treatment, of 1000"] == "291 (215 to 396)"
    assert first["Certainty"] == "●●○○ low"
    assert first["In plain words"] == "Cyclobenzaprine 5 mg may result in more somnolence (drowsiness) than placebo."
    # The interval 0.057 to 0.183 holds the margin of 6 points, M05, so that whether the difference matters is open.
    assert second["Certainty"] == "●○○○ very low"
    without = findings_table(ev, [pain], margins={}).frame.to_dict("records")[0]
    assert without["Certainty"] == "●●○○ low"


def test_summary_of_findings_names_what_differs_and_what_is_not_printed(ev):
    across = ne.compare(ev, "NSAID+DZP", "NSAID+CYC", outcome="rmdq_improvement", measure="MD")
    doses = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")
    first, second = findings_table(ev, [across, doses]).frame.to_dict("records")
    assert first["Outcome"].startswith("Diazepam on top of any NSAID against")
    assert first["Patients (trials)"] == "not printed (2)"
    assert first["With the control, of 1000"] == ""
    assert "not a randomised comparison" in second["Effect"]
    assert "not a randomised comparison" in second["In plain words"]
    with pytest.raises(ne.NeckevidenceError, match="at least one comparison"):
        findings_table(ev, [])
