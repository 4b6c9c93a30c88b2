import json

import pytest
from click.testing import CliRunner

from neckevidence.cli import main


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_compare_json_of_the_two_doses():
    result = run("compare", "CYC5", "CYC10", "--outcome", "somnolence", "--measure", "RR", "--json")
    assert result.exit_code == 0
    data = json.loads(result.output)
    assert data["randomised"] is False
    assert any(note.startswith("not randomised: the arms hold patients of different trials") for note in data["notes"])
    assert data["trials"][0] == {
        "trial_id": "borenstein2003_pool",
        "estimate": data["estimate"],
        "ci_low": data["ci_low"],
        "ci_high": data["ci_high"],
        "n_treatment": 464,
        "n_control": 249,
        "day": 7,
    }


def test_compare_in_words_names_the_figures_and_their_places():
    result = run("compare", "CER30", "PBO", "--outcome", "medication_helpfulness", "--day", "4", "--measure", "or")
    assert result.exit_code == 0
    assert "38 / 64 against 21 / 64" in result.output
    assert "Tabela 1" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compare", "CYC55", "CYC10", "--outcome", "somnolence"), "did you mean CYC5"),
        (("compare", "CYC5", "CYC10", "--outcome", "somnolense"), "did you mean somnolence"),
        (("compare", "CYC", "DZP", "--outcome", "somnolence"), "G06"),
        (("compare", "CYC5", "CYC10", "--outcome", "somnolence", "--measure", "HR"), "Invalid value for '--measure'"),
        (("check", "--evidence", "/no/such/folder"), "does not exist"),
    ],
)
def test_a_mistake_gives_a_message_and_no_traceback(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_audit_json():
    data = json.loads(run("audit", "--json").output)
    assert len(data) == 75
    contract = {
        "claim_id",
        "claim",
        "verdict",
        "basis",
        "estimate",
        "ci_low",
        "ci_high",
        "margin",
        "certainty",
        "facts",
        "reason",
    }
    assert all(contract <= set(claim) for claim in data)
    by_id = {claim["claim_id"]: claim for claim in data}
    assert (by_id["C01"]["basis"], by_id["C01"]["facts"], by_id["C01"]["estimate"]) == ("judgement", [], None)
    assert (by_id["C11"]["basis"], by_id["C11"]["facts"]) == ("computed", ["counts_019", "counts_020"])
    # 50% of 464 and 38% of 469, as printed: 232/464 - 178/469
    assert by_id["C11"]["estimate"] == pytest.approx(232 / 464 - 178 / 469)


def test_audit_in_words():
    lines = run("audit").output.splitlines()
    at = lines.index("C12  not checkable (computed)")
    assert lines[at + 1] == "     5 mg is as effective as 10 mg."
    assert "No public number decides it" in lines[at + 2]
    assert lines[-1].startswith("75 claims: 44 computed, 31 judgement")


def test_check_of_the_packaged_evidence():
    result = run("check")
    assert (result.exit_code, result.output.strip().endswith("sound, no fault")) == (0, True)
    assert json.loads(run("check", "--json").output) == []
    facts, judgements = result.output.splitlines()[:2]
    unused = json.loads(run("check", "--unused", "--json").output)
    assert facts.startswith(f"no claim uses {len(unused)} of ")
    assert "judgements without a source: C01" in judgements
    assert {"counts_001", "counts_061"} & set(unused) == {"counts_061"}  # somnolence; patients lost to follow-up


def test_commands_read_another_folder(folder):
    folder.change("counts", {"fact_id": "counts_001"}, percent="20", as_printed="20%")
    arguments = ("compare", "CYC5", "CYC10", "--outcome", "somnolence", "--json", "--evidence", folder.path)
    # 20% of 464 is 92.8, nearest 93: (93/464)/(95/249) = 0.525340
    assert json.loads(run(*arguments).output)["estimate"] == pytest.approx(0.525340, abs=1e-6)


def test_a_faulty_folder_is_refused_by_every_command(folder, tmp_path):
    folder.change("counts", {"fact_id": "counts_001"}, percent="20")
    for arguments in (("audit",), ("report", "--out", tmp_path / "reports")):
        result = run(*arguments, "--evidence", folder.path)
        assert result.exit_code == 2
        assert "counts, row 2, column percent" in result.output
    assert not (tmp_path / "reports").exists()


def test_a_folder_without_claims_says_so_and_one_without_a_descriptor_what_strict_needs(tmp_path):
    (tmp_path / "arms.csv").write_text("trial_id,arm_id,treatment\nA,x,x\nA,y,y\n")
    (tmp_path / "counts.csv").write_text("trial_id,arm_id,outcome,events,n\nA,x,o,1,9\nA,y,o,2,9\n")
    audit = CliRunner().invoke(main, ["audit", "--evidence", str(tmp_path)])
    assert audit.output == "no claims: the folder has no table claims.csv, or it is empty\n"
    strict = CliRunner().invoke(main, ["check", "--strict", "--evidence", str(tmp_path)])
    assert "this file, which strict needs" in strict.output
