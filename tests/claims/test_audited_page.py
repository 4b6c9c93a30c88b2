"""The verdicts on the page as it is: what holds of all of them, the headline claims, the register behind them."""

import re

import pytest

import neckevidence as ne
from neckevidence.claims.audit import audit, verdicts
from neckevidence.claims.rules import VERDICTS
from neckevidence.claims.unused import judgements_without_source, unused_facts
from neckevidence.core.errors import NeckevidenceError, UnknownCodeError

SUPPORTED, PARTLY = "supported", "partly supported"
NOT_SHOWN, CONTRADICTED, NOT_CHECKABLE = "not demonstrated", "contradicted", "not checkable"


@pytest.fixture(scope="module")
def found(ev):
    return verdicts(ev)


def test_every_claim_has_one_of_the_five_verdicts(ev, found):
    assert [one.claim_id for one in found] == [f"C{number:02d}" for number in range(1, 76)]
    assert {one.verdict for one in found} <= set(VERDICTS)


def test_what_numbers_can_decide_is_decided_by_code(ev, found):
    """Of the claims called checkable with numbers two have statements only: what is approved, what is conflicting."""
    by_hand = {one.claim_id for one in found if one.basis == "judgement"}
    checkable = set(ev.claims.loc[ev.claims["checkable_with_numbers"] == "yes", "claim_id"])
    assert by_hand & checkable == {"C36", "C73"}
    assert len(found) - len(by_hand) == 44


def test_a_judgement_has_no_number_and_a_computed_verdict_has_facts(ev, found):
    for one in found:
        if one.basis == "judgement":
            numbers = one.to_dict()
            assert [numbers[name] for name in ("estimate", "ci_low", "ci_high", "margin", "certainty")] == [None] * 5
            assert one.facts == ()
            assert one.reason
            assert one.patients_per_arm is None
        else:
            assert one.basis == "computed"
            assert one.facts
            ev.facts(list(one.facts))  # raises if one does not exist


def test_supported_and_contradicted_need_certainty(found):
    for one in found:
        if one.basis == "computed" and one.measure != "trials" and one.verdict in (SUPPORTED, CONTRADICTED):
            assert one.certainty in ("high", "moderate"), one


def test_what_is_across_trials_or_from_a_weak_source_is_never_supported(ev, found):
    grade = ev.keyed("sources")["reliability"]
    for one in found:
        if one.used and (grade[ev.facts(list(one.used))["source_id"]] == "low").any():
            assert one.verdict == NOT_SHOWN
        if "not a randomised comparison" in one.reason:
            assert one.verdict in (PARTLY, NOT_SHOWN, NOT_CHECKABLE)


def test_no_result_is_called_equal_for_want_of_significance(found):
    for one in found:
        if one.rule == "equivalence":
            assert one.verdict != SUPPORTED
            assert not re.search(r"no (significant )?difference (was|is) (seen|found)", one.reason)


def test_the_headline_claims(found):
    """The reasons for these by hand: the lines above each."""
    verdict = {one.claim_id: one.verdict for one in found}
    # First choice and preferred: the only trial against an NSAID prints no figures (gap G09).
    assert (verdict["C03"], verdict["C10"]) == (NOT_CHECKABLE, NOT_CHECKABLE)
    # Relief against placebo: 50% against 38%, in neck and back patients together.
    assert verdict["C11"] == PARTLY
    # As effective as 10 mg: no relief figure on 10 mg is printed (gap G01).
    assert verdict["C12"] == NOT_CHECKABLE
    # With or without ibuprofen: the p-value allows 0.23 SD, the margin is 0.19.
    assert (verdict["C19"], verdict["C20"]) == (NOT_SHOWN, NOT_SHOWN)
    # The commonest adverse effect: 29% against 21%, whatever the overlap.
    assert verdict["C48"] == SUPPORTED
    # Refractory spasm, botulinum toxin: the interval holds no difference.
    assert verdict["C34"] == NOT_SHOWN


def test_where_the_numbers_say_something_else_it_is_noted(ev, found):
    dossier = {"yes": SUPPORTED, "partly": PARTLY, "no": NOT_SHOWN, "unclear": NOT_CHECKABLE}
    views = ev.claims.set_index("claim_id")["public_support"].map(dossier)
    for one in found:
        assert one.dossier_view == views[one.claim_id]
        assert bool(one.differs) == (one.verdict != one.dossier_view)


def test_the_undecided_have_patients_or_a_place_to_look_or_words(ev, found):
    for one in found:
        if one.basis == "computed" and one.verdict in (NOT_SHOWN, NOT_CHECKABLE):
            assert one.would_change
            assert all(gap in one.would_change for gap in one.gaps)
            assert one.patients_per_arm is None or f"{one.patients_per_arm:,} patients an arm" in one.would_change


def test_the_audit_is_a_table_with_the_contract_first(ev):
    table = audit(ev, ["C13", "C14"])
    assert list(table)[:11] == [
        "claim_id", "claim", "verdict", "basis", "estimate", "ci_low", "ci_high", "margin", "certainty", "facts", "reason",
    ]  # fmt: skip
    row = table.iloc[0]
    comparison = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")
    assert (row["estimate"], row["ci_low"], row["ci_high"]) == (
        comparison.estimate,
        comparison.ci_low,
        comparison.ci_high,
    )
    assert row["facts"] == ["counts_001", "counts_002"]
    assert table.iloc[1]["estimate"] is None


def test_a_verdict_shows_itself(ev):
    one, by_hand = verdicts(ev, ["C13", "C14"])
    assert repr(one) == repr(verdicts(ev, ["C13"])[0])
    assert "0.76" in one.summary()
    assert "Fewer patients with somnolence" in one.methods()
    assert "no number enters it" in by_hand.methods()
    assert "partly supported" in one._repr_html_()
    assert one.to_frame().loc[0, "claim_id"] == "C13"
    assert one.plot() is not None
    with pytest.raises(NeckevidenceError, match="C14: no comparison of arms is behind the verdict"):
        by_hand.plot()
    with pytest.raises(UnknownCodeError):
        verdicts(ev, ["C99"])


def test_no_figure_stands_in_the_register(ev):
    words = ev.claim_rules[["reading", "reason_by_hand", "citation_reason"]].stack()
    assert not words.str.contains(r"\d").any(), words[words.str.contains(r"\d")].to_list()


def test_what_no_claim_uses(ev, found):
    unused = set(unused_facts(ev)["fact_id"])
    assert unused.isdisjoint(fact for one in found for fact in one.facts)
    assert "counts_061" in unused  # patients lost to follow-up: no claim is about them
    assert len(unused) + len(set(ev.keyed("facts").index) - unused) == len(ev.keyed("facts"))


def test_judgements_without_a_source_are_counted(ev):
    bare = judgements_without_source(ev)
    assert {"C01", "C14"} & set(bare) == {"C01"}
    rules = ev.claim_rules.set_index("claim_id")
    assert rules.loc[bare, "rule"].eq("judgement").all()
    assert rules.loc[bare, "source_ids"].isna().all()


@pytest.mark.parametrize(
    ("table", "where", "cells", "message"),
    [
        ("claim_rules", {"claim_id": "C11"}, {"verdict_by_hand": "supported"}, "nothing, as for a computed rule"),
        ("claim_rules", {"claim_id": "C14"}, {"reason_by_hand": ""}, "a value, as for a judgement"),
        ("claim_rules", {"claim_id": "C14"}, {"treatment": "CYC5"}, "nothing, as for a judgement"),
        ("claim_rules", {"claim_id": "C14"}, {"source_ids": "no_such_source"}, "a code from table sources"),
        ("claim_rules", {"claim_id": "C11"}, {"rule": "better"}, "one of superiority"),
        ("claim_rules", {"claim_id": "C11"}, {"treatment": "CYC55"}, "a code from table treatments"),
        ("claim_facts", {"fact_id": "reported_053"}, {"fact_id": "reported_999"}, "a fact_id of a table of figures"),
        ("claim_facts", {"fact_id": "reported_053"}, {"role": "context"}, "one fact with the role estimate"),
        ("claim_facts", {"fact_id": "reported_053"}, {"role": "more_often"}, "estimate or context"),
        ("claims", {"claim_id": "C75"}, {"claim_id": "C76"}, "a row in table claim_rules"),
    ],
)
def test_a_faulty_register_is_refused(folder, table, where, cells, message):
    folder.change(table, where, **cells)
    assert any(message in str(fault) for fault in ne.check_evidence(folder.path)), ne.check_evidence(folder.path)
