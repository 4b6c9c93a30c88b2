import neckevidence as ne
from neckevidence.equivalence.margins import margin_for, margin_for_result, margin_from_row


def test_a_margin_of_another_scale_is_none(ev):
    # Schnabel 2004 prints pain on a scale of 0 to 10; the margin M03 is 10 points of 100, the whole of that scale.
    collar = ne.compare(ev, "COLLAR", "EXERCISE", outcome="pain_intensity", measure="MD")
    assert margin_for(ev, "pain_intensity", "MD").margin_id == "M03"
    assert set(ev.means.loc[ev.means["fact_id"].isin(collar.facts["fact_id"]), "scale"]) == {"vas_0_10"}
    assert margin_for_result(ev, collar) is None


def test_a_scale_of_0_to_100_is_the_same_by_whatever_name(ev):
    strain = ne.compare(ev, "IBU800+CYC10", "IBU800+PBO", outcome="pain_intensity", measure="MD", day=2)
    assert set(ev.means.loc[ev.means["fact_id"].isin(strain.facts["fact_id"]), "scale"]) == {"vas_0_100_mm"}
    assert margin_for_result(ev, strain).margin_id == "M03"


def test_a_risk_difference_has_its_margin(ev):
    relief = ne.compare(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")
    assert margin_for_result(ev, relief) == margin_for(ev, "pain_relief", "RD")
    assert margin_for_result(ev, ne.compare(ev, "CYC5", "PBO", outcome="pain_relief")) is None


def test_what_a_margin_is_of_follows_from_its_scale_not_from_the_words_of_its_unit(ev):
    row = ev.margins.set_index("margin_id", drop=False).loc["M05"].copy()
    row["unit"] = "points of one hundred"
    margin = margin_from_row(ev, row)
    assert (margin.measure, margin.value) == ("RD", 0.06)
