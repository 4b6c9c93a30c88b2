"""Text is what it looks like: characters that hide or turn round what stands beside them are refused by place."""

import json

import pytest
from click.testing import CliRunner

import neckevidence as ne
from neckevidence.cli import main

HIDDEN = {
    "right-to-left override": "\u202e",
    "left-to-right isolate": "\u2066",
    "right-to-left mark": "\u200f",
    "Arabic letter mark": "\u061c",
    "zero-width space": "\u200b",
    "word joiner": "\u2060",
    "byte order mark within": "\ufeff",
    "soft hyphen": "\u00ad",
    "terminal escape": "\x1b",
    "bell": "\x07",
    "NUL": "\x00",
    "tab": "\t",
    "vertical tab": "\x0b",
    "next line": "\x85",
    "C1 control": "\x9b",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "noncharacter": "\ufffe",
    "noncharacter of a high plane": "\U0001fffe",
    "private use": "\ue000",
    "tag": "\U000e0041",
    "Hangul filler": "\u3164",
    "joiner between Latin letters": "\u200d",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_hidden_character_in_a_cell_is_named_with_its_place(folder, name):
    character = HIDDEN[name]
    folder.change("trials", {"trial_id": "khwaja2010"}, label=f"Khwaja{character} 2010")
    row = next(
        number
        for number, line in enumerate((folder.path / "trials.csv").read_text(encoding="utf-8").split("\n"), start=1)
        if line.startswith("khwaja2010,")
    )
    hits = [f for f in ne.check_evidence(folder.path) if (f.table, f.row, f.column) == ("trials", row, "label")]
    assert len(hits) == 1, ne.check_evidence(folder.path)
    assert hits[0].found.startswith(f"U+{ord(character):04X} in ")
    assert character not in str(hits[0])


def test_a_line_break_in_a_cell_is_refused(folder):
    folder.change("trials", {"trial_id": "khwaja2010"}, note="one\ntwo")
    assert any(f.table == "trials" and "not closed on its line" in f.found for f in ne.check_evidence(folder.path))


@pytest.mark.parametrize(
    "text", ["می‌خواهم", "क्‍ष", "Müller–Lüdenscheidt", "日本語", "χ² ≤ 3·84", "♥️", "שלום", "N\u00a0=\u202f7"]
)
def test_what_every_script_needs_is_no_fault(folder, text):
    folder.change("trials", {"trial_id": "khwaja2010"}, label=text)
    assert ne.check_evidence(folder.path) == ()


@pytest.mark.parametrize("name", ["right-to-left override", "terminal escape", "NUL"])
def test_a_hidden_character_in_a_header_is_named(folder, name):
    path = folder.path / "pools.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("part_id", f"part{HIDDEN[name]}_id", 1), encoding="utf-8")
    faults = [str(f) for f in ne.check_evidence(folder.path)]
    assert any(f.startswith("pools, row 1") and f"U+{ord(HIDDEN[name]):04X} in" in f for f in faults), faults


DESCRIPTOR = {
    "title": lambda package, text: package.update(title=text),
    "description": lambda package, text: package.update(description=text),
    "a word of a vocabulary": lambda package, text: package["resources"][1]["schema"]["fields"][2].update(
        constraints={"enum": [text]}
    ),
    "the name of a column": lambda package, text: package["resources"][0]["schema"]["fields"].append(
        {"name": text, "type": "string"}
    ),
    "a name at any depth": lambda package, text: package.update(licenses=[{"name": {text: 1}}]),
}


@pytest.mark.parametrize("where", DESCRIPTOR)
@pytest.mark.parametrize("character", ["\ud800", "\u202e", "\x1b", "\ufffe"], ids=ascii)
def test_a_hidden_character_of_the_descriptor_is_named(folder, where, character):
    path = folder.path / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    DESCRIPTOR[where](package, f"Evi{character}dence")
    path.write_text(json.dumps(package), encoding="utf-8")  # JSON escapes: \ud800 is seven bytes of ASCII
    faults = [str(f) for f in ne.check_evidence(folder.path)]
    assert any(f"U+{ord(character):04X} in" in f for f in faults), faults
    "\n".join(faults).encode()  # what is shown can be written


def test_a_hidden_character_of_the_question_is_named(folder):
    (folder.path / "question.toml").write_text('title = "Gout \\u202E"\n', encoding="utf-8")  # TOML's own escape
    faults = [str(f) for f in ne.check_evidence(folder.path)]
    assert any(f.startswith("question.toml, column title: found U+202E in") for f in faults), faults


def test_no_escape_reaches_the_terminal_through_a_message(folder):
    escape = "\x1b[2J\u202e"
    changes = {
        "counts": ({"fact_id": "counts_001"}, {"outcome": f"a{escape}", "as_printed": f"29%{escape}7"}),
        "arms": ({"trial_id": "khwaja2010"}, {"n_randomised": f"x{escape}"}),
        "trials": ({"trial_id": "khwaja2010"}, {"region": f"neck{escape}", "trial_id": f"t{escape}"}),
    }
    for table, (where, cells) in changes.items():
        folder.change(table, where, **cells)
    for arguments in (["check"], ["check", "--json"], ["audit"], ["compare", f"A{escape}", "CYC5", "--outcome", "x"]):
        result = CliRunner().invoke(main, [*arguments, "--evidence", str(folder.path)])
        assert result.exit_code in (1, 2)
        assert "U+001B" in result.output
        assert not {"\x1b", "\u202e"} & set(result.output)


def test_no_escape_of_an_argument_or_a_folder_reaches_the_terminal(tmp_path):
    result = CliRunner().invoke(main, ["compare", "CYC5", "CYC\x1b[2J", "--outcome", "somnolence"])
    assert result.exit_code == 2
    assert "\x1b" not in result.output
    (tmp_path / "ev\x1b[2J").mkdir()
    result = CliRunner().invoke(main, ["check", "--evidence", str(tmp_path / "ev\x1b[2J")])
    assert result.exit_code == 1
    assert "\x1b" not in result.output
    assert "\x1b" not in str(ne.NeckevidenceError("a\x1bb"))
    assert "\x1b" not in str(ne.UnknownCodeError("outcome", "\x1b[2J", ["headache"]))
