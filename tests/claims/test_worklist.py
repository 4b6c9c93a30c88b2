import pandas as pd

from neckevidence.claims.worklist import worklist
from neckevidence.tables.worklist import worklist_table


def test_gaps_are_ordered_by_the_open_claims_they_would_settle(ev):
    every = ev.claims["claim_id"]
    open_all = pd.DataFrame({"claim_id": every, "verdict": "not demonstrated"})
    work = worklist(ev, open_all)
    # with every claim open, the order is that of the number of rows in gap_claims, ties by priority
    numbers = ev.gap_claims["gap_id"].value_counts()
    assert [len(row.open_claims) for row in work.itertuples()] == sorted(
        (int(numbers.get(gap, 0)) for gap in ev.gaps["gap_id"]), reverse=True
    )
    assert set(work["gap_id"]) == set(ev.gaps["gap_id"])


def test_a_settled_claim_no_longer_counts(ev):
    every = ev.claims["claim_id"]
    open_all = pd.DataFrame({"claim_id": every, "verdict": "not checkable"})
    first = worklist(ev, open_all).iloc[0]
    settled = open_all.assign(verdict=["supported" if c in first["claims"] else "not checkable" for c in every])
    again = worklist(ev, settled).set_index("gap_id").loc[first["gap_id"]]
    assert again["open_claims"] == ()
    assert again["claims"] == first["claims"]
    table = worklist_table(worklist(ev, settled)).frame.set_index("Gap").loc[first["gap_id"]]
    assert table["Leaves open"] == "none"
