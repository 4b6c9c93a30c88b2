"""Nothing is decided by the words of a note: with every sentence replaced by noise the audit is the same."""

import copy
import hashlib
import pickle

import pytest

import neckevidence as ne
from neckevidence.core.notes import Note, has_kind

NUMBERS = [
    "claim_id",
    "verdict",
    "basis",
    "rule",
    "estimate",
    "ci_low",
    "ci_high",
    "margin",
    "certainty",
    "facts",
    "used",
]
NUMBERS += ["patients_per_arm", "gaps", "numbers", "reason", "certainty_reasons"]


def noise(kind, text):
    """Make a note whose words say nothing; the same for the same sentence."""
    note = str.__new__(Note, hashlib.sha256(text.encode()).hexdigest()[:12])
    object.__setattr__(note, "kind", kind)
    return note


@pytest.fixture
def noisy(monkeypatch):
    monkeypatch.setattr(Note, "__new__", lambda cls, kind, text: noise(kind, text))


def audited(ev):
    return [{name: getattr(one, name) for name in NUMBERS} for one in ne.verdicts(ev)]


def test_the_words_of_notes_change_no_verdict(ev, monkeypatch):
    before = audited(ev)
    monkeypatch.setattr(Note, "__new__", lambda cls, kind, text: noise(kind, text))
    after = audited(ev)
    assert repr(before) == repr(after)  # as text, so that NaN equals NaN
    assert all(len(note) == 12 for one in ne.verdicts(ev) for note in (one.comparison.notes if one.comparison else ()))


@pytest.mark.usefixtures("noisy")
def test_nor_what_an_explanation_and_a_table_show(ev):
    result = ne.compare(ev, "CYC5", "CYC10", outcome="any_adverse_event")
    assert result.reconstructed
    assert has_kind(result.marks, "reconstruction")
    assert "assumed" in ne.explain(result, ev).text()
    network = ne.evidence_network(ev, ["PBO", "CYC2.5", "CYC5", "CYC10"], "any_adverse_event")
    assert has_kind(network.notes, "reconstruction")


def test_every_note_of_a_comparison_has_a_kind(ev):
    for asked in (
        ("CYC5", "CYC10", "somnolence", "RR"),
        ("CYC5", "CYC10", "any_adverse_event", "RR"),
        ("CER", "PBO", "medication_helpfulness", "RR"),
        ("NAP+CYC5", "NAP+PBO", "rmdq_improvement", "MD"),
    ):
        result = ne.compare(ev, *asked)
        assert result.notes
        assert all(isinstance(note, Note) and note.kind for note in result.notes)


def test_a_note_is_a_text_that_keeps_its_kind():
    note = Note("conflict", "two sources differ")
    assert (str(note), note.text, note.kind) == ("two sources differ", "two sources differ", "conflict")
    for other in (copy.deepcopy(note), pickle.loads(pickle.dumps(note))):
        assert (other, other.kind) == (note, "conflict")
    with pytest.raises(AttributeError):
        note.kind = "window"
