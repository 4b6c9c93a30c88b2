"""A result has one certainty: the audit gives what `certainty` gives, asked the same."""

import pytest

import neckevidence as ne
from neckevidence.claims.audit import verdicts
from neckevidence.claims.claim_rules import claim_rules, margin_of
from neckevidence.claims.finding_certainty import unseen
from neckevidence.claims.verdicts import finding_for


def test_the_audit_rates_a_comparison_as_certainty_does(ev):
    rules = {rule.claim_id: rule for rule in claim_rules(ev)}
    found = [verdict for verdict in verdicts(ev) if verdict.comparison is not None and verdict.certainty]
    assert len(found) >= 8
    for verdict in found:
        rule = rules[verdict.claim_id]
        differs = [one.words for one in unseen(finding_for(ev, rule))]
        own = ne.certainty(
            ev, verdict.comparison, margin_of(ev, rule), region=rule.applies_to or "any", differs=differs
        )
        assert (verdict.certainty, verdict.certainty_reasons) == (own.level, own.reasons), verdict.claim_id
        assert verdict.judgement == own


def test_what_differs_from_the_question_is_indirectness_of_two_levels_at_most(ev):
    # 5 mg against placebo, somnolence: for whoever the patients are, nothing is indirect but what is named.
    result = ne.compare(ev, "CYC5", "PBO", outcome="somnolence")
    levels = []
    for differs in ((), ("another dose",), ("another dose", "another time"), ("another dose", "another time", "more")):
        rated = ne.certainty(ev, result, region="any", differs=differs)
        (domain,) = [one for one in rated.domains if one.domain == "indirectness"]
        assert all(words in domain.reason for words in differs)
        levels.append(domain.downgrade)
    assert levels == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("pair", "outcome", "code", "new"),
    [
        (
            ("NAP+DZP5", "NAP+PBO"),
            "moderate_or_severe_pain",
            "NAP+DZP5",
            "BOTH",
        ),  # a combination: naproxen is part of it
        (("GROUP", "USUAL"), "recovery", "GROUP", "GROUP+"),  # standard care beside it
    ],
)
def test_a_plus_in_a_code_says_nothing(ev, with_tables, pair, outcome, code, new):
    def renamed(table, *columns):
        frame = ev.table(table)
        return frame.assign(**{name: frame[name].where(frame[name] != code, new) for name in columns})

    changed = with_tables(
        ev,
        arms=renamed("arms", "treatment"),
        treatments=renamed("treatments", "treatment", "parent"),
        reported=renamed("reported", "treatment", "control"),
        claim_rules=renamed("claim_rules", "treatment", "control", "base"),
    )
    downs = []
    for evidence, asked in ((ev, pair), (changed, [new if one == code else one for one in pair])):
        rated = ne.certainty(evidence, ne.compare(evidence, *asked, outcome))
        downs.append([one.downgrade for one in rated.domains])
    assert downs[0] == downs[1]
