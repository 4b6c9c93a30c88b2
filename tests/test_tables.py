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
