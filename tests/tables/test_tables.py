import re

import neckevidence as ne
from neckevidence import tables


def test_tables_are_deterministic_and_carry_no_addresses(ev):
    harms = [ne.compare(ev, "CYC5", "PBO", outcome=outcome) for outcome in ("somnolence", "dry_mouth")]
    made = [
        tables.claims_table(ev, ["C12"]),
        tables.figures_table(harms),
        tables.results_table(harms),
        tables.absolute_table([ne.absolute_effect(harm) for harm in harms]),
        tables.gaps_table(ev, ["C12"]),
        tables.conflicts_table(ev, ["K01"]),
        tables.ratings_table(ev, ["cer_1105"], "medication_helpfulness"),
        tables.trials_table(ev, ["CYC5"]),
        tables.statements_table(ev, ["reported_001"]),
    ]
    for table in made:
        assert table._repr_html_() == table._repr_html_()
        assert not re.search(r"0x[0-9a-f]{6,}|https?://", table._repr_html_() + repr(table))


def test_not_randomised_stands_in_the_table(ev):
    table = tables.results_table([ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")])
    assert "NO: across trials" in repr(table)


def test_gaps_are_those_of_the_claims(ev):
    frame = tables.gaps_table(ev, ["C12", "C13"]).frame
    links = ev.gap_claims
    assert set(frame["Gap"]) == set(links.loc[links["claim_id"].isin(["C12", "C13"]), "gap_id"])


def test_network_tables_say_what_is_indirect_empty_and_open(ev):
    nodes = ["NSAID+PBO", "NSAID+CYC", "NSAID+DZP"]
    network = ne.evidence_network(ev, nodes, "rmdq_improvement", "MD")
    fit = ne.network_meta_analysis(**network.part("NSAID+PBO"), reference="NSAID+PBO")
    one, other = (
        tables.network_table(network, fit, [pair]).frame.iloc[0]
        for pair in (("NSAID+DZP", "NSAID+CYC"), ("NSAID+CYC", "NSAID+DZP"))
    )
    # 0 less 0.3, and 0.3 less 0; the two means of diazepam's trial are printed whole: a point either way
    assert one["Effect"].startswith("MD \u22120.3 (95% CI \u22124.2 to 3.6")
    assert other["Effect"].startswith("MD 0.3 (95% CI \u22123.6 to 4.2")
    assert one["Rounding leaves open"] == "\u22121.4 to 0.8"  # -0.35 - 1 = -1.35 and -0.25 + 1 = 0.75, rounded outward
    assert one["Evidence"] == other["Evidence"] == "indirect only"
    edges = tables.edges_table(ev, ne.evidence_network(ev, ["PBO", "CYC5", "CYC10"], "somnolence")).frame
    assert edges.set_index(["Treatment", "Control"])["Usable figures"].to_dict() == {
        ("placebo", "cyclobenzaprine 5 mg"): "yes",
        ("placebo", "cyclobenzaprine 10 mg"): "none",
        ("cyclobenzaprine 5 mg", "cyclobenzaprine 10 mg"): "none",
    }
    left_out = tables.left_out_table(ev, network).frame.set_index("Trial")["Why"]
    assert left_out["Abril 2022 reanalysis"] == "the arms hold patients of different trials"


def test_benefit_and_harm_stand_beside_each_other(ev):
    def difference(outcome):
        risk = ne.compare(ev, "CYC5", "PBO", outcome=outcome, measure="RD")
        return ne.RiskDifference.from_interval(risk.estimate, risk.ci_low, risk.ci_high)

    row = tables.benefit_harm_table([ne.benefit_harm(difference("pain_relief"), difference("somnolence"))]).frame.iloc[
        0
    ]
    assert row["Helped more, per 100"].startswith("12.0")  # 50 and 38%: 232 of 464 and 178 of 469 patients
    assert row["Number needed to treat"].startswith("NNTB 9")  # 1 / 0.12, rounded up
    assert row["Number needed to harm"].startswith("NNTH 6")  # 1 / (135/464 - 47/469) = 5.2, rounded up
    assert row["Helped for each one harmed"].startswith("0.6")  # 0.120 / 0.191


def test_a_p_value_below_a_bound_gives_a_least_difference(ev):
    # p < 0.05 with 20 and 20: |t| above 2.024 on 38 df, times sqrt(2/20) and J = 0.980: 0.627 SD at least; no upper limit
    table = tables.fact_bounds_table(ev, [ne.bound_from_fact(ev, "reported_067")], "spasm")
    assert table.frame["It allows"].item() == "observed: at least 0.63 SD; with chance: 0.00 SD or more"
