"""What is said in words decides nothing, and without a question nothing is assumed."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

import neckevidence as ne
from neckevidence.data.evidence import _keyed
from neckevidence.data.question import Question
from neckevidence.data.schema import read_descriptor

# Sentences in our own words, and what the sources say of patients and sponsors.
WORDS = {
    "note", "reliability_note", "statement", "population", "outcome_detail", "sponsor", "comparators", "setting",
    "co_intervention", "what_is_missing", "reason", "claim", "what_would_settle_it", "reading", "citation_reason",
    "reason_by_hand", "what", "says_a", "says_b", "how_to_use", "rule_note", "category_printed", "stratum_label",
}  # fmt: skip
NOISE = "very low certainty, 99% of arms not printed, university of the neck, 7 mg"
NUMBERS = [
    "verdict",
    "basis",
    "estimate",
    "ci_low",
    "ci_high",
    "margin",
    "certainty",
    "measure",
    "patients_per_arm",
    "numbers",
]


@pytest.fixture(scope="module")
def audited(ev):
    return ne.audit(ev)


def noisy(ev):
    frames = {}
    for name, frame in ev._tables.items():
        changed = frame.copy()
        for column in WORDS & set(frame.columns):
            changed[column] = changed[column].where(changed[column].isna(), NOISE)
        frames[name] = changed
    keyed = _keyed(read_descriptor(Path(ev.folder))[1], frames)
    return replace(ev, _tables=MappingProxyType(frames), _keyed=MappingProxyType(keyed))


def test_noise_in_every_sentence_changes_no_verdict(ev, audited):
    heard = ne.audit(noisy(ev))
    assert heard[NUMBERS].to_dict("records") == audited[NUMBERS].to_dict("records")


def test_without_a_question_nothing_is_assumed(ev, audited):
    bare = replace(ev, question=Question())
    result = ne.compare(bare, "CYC5", "PBO", outcome="somnolence")
    assert not any("neck" in note for note in result.notes)
    indirect = next(one for one in ne.certainty(bare, result).domains if one.domain == "indirectness")
    assert indirect.downgrade == 0
    found = ne.audit(bare).set_index("claim_id")
    # C48 asks which harm is the commonest, C53 contrasts strata: the question alone says which harms and strata are meant.
    assert "no outcomes.harms" in found.loc["C48", "reason"]
    assert "no strata" in found.loc["C53", "reason"]
    assert list(found.index) == list(audited["claim_id"])


def test_what_needs_a_block_names_it_and_the_argument(ev):
    bare = replace(ev, question=Question())
    for call, said in [
        (lambda: ne.strata_contrasts(bare), "no strata; .* argument strata"),
        (lambda: ne.dose_contrast(bare), "no reconstruct; .* argument reconstruction"),
        (lambda: ne.split_bounds(bare), "no reconstruct; .* argument reconstruction"),
        (lambda: ne.reconstruct_low_dose(bare), "no reconstruct; .* argument reconstruction"),
    ]:
        with pytest.raises(ne.NeckevidenceError, match=said):
            call()
    given = ev.question
    assert repr(ne.dose_contrast(bare, reconstruction=given.reconstruct)) == repr(ne.dose_contrast(ev))
    assert ne.strata_contrasts(bare, strata=given.strata).summary() == ne.strata_contrasts(ev).summary()


def test_ratings_need_to_be_told_where_an_event_begins(ev):
    bare = replace(ev, question=Question())
    with pytest.raises(ne.NoComparisonError, match=r"question\.toml does not say with outcomes\.good_from"):
        ne.compare(bare, "CER30", "PBO", outcome="medication_helpfulness")
