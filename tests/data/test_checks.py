"""Each kind of fault is put into a copy of the evidence; the check must name table, row, column, and what was expected."""

import pytest
from click.testing import CliRunner

import neckevidence as ne
from neckevidence.cli import main

SOMNOLENCE = {"fact_id": "counts_001"}  # 29% of 464
DYSPHAGIA = {"as_printed": "8/78 (10%)"}

FAULTS = {
    "a margin of another measure": (
        lambda f: f.change("claim_rules", {"claim_id": "C12"}, margin_id="M01"),
        ("claim_rules", "margin_id", "M01, a margin of MD, beside the measure RD", "a margin of RD"),
    ),
    "a rule that such numbers cannot decide": (
        lambda f: f.change("claim_rules", {"claim_id": "C11"}, rule="trial_count"),
        ("claim_rules", "numbers", "comparison", "trials, as for the rule trial_count"),
    ),
    "a rule without the code that it reads": (
        lambda f: f.change("claim_rules", {"claim_id": "C11"}, control=""),
        ("claim_rules", "control", "nothing", "a value, as for superiority by comparison"),
    ),
    "equality without a margin": (
        lambda f: f.change("claim_rules", {"claim_id": "C12"}, margin_id=""),
        ("claim_rules", "margin_id", "nothing", "a value, as for equivalence by comparison"),
    ),
    "a share without the one it is above": (
        lambda f: f.change("claim_rules", {"claim_id": "C56"}, threshold=""),
        ("claim_rules", "threshold", "nothing", "a value, as for frequency_above by percent"),
    ),
    "a side of another rule": (
        lambda f: f.change("claim_rules", {"claim_id": "C11"}, expects="earlier"),
        ("claim_rules", "expects", "earlier", "higher or lower, as for superiority by comparison"),
    ),
    "a measure that no comparison has": (
        lambda f: f.change("claim_rules", {"claim_id": "C11"}, measure="votes"),
        ("claim_rules", "measure", "votes", "RR or OR or RD or MD or SMD, as for superiority by comparison"),
    ),
    "a treatment against itself": (
        lambda f: f.change("claim_rules", {"claim_id": "C11"}, control="CYC5"),
        ("claim_rules", "control", "CYC5", "another treatment than the claim's own"),
    ),
    "a claim by a figure of another table": (
        lambda f: f.change("claim_facts", {"claim_id": "C33", "role": "estimate"}, fact_id="counts_001"),
        ("claim_facts", "fact_id", "counts_001", "a fact_id of table reported"),
    ),
    "a claim by a figure of another kind": (
        lambda f: f.change("claim_rules", {"claim_id": "C25"}, numbers="votes", measure=""),
        ("claim_facts", "fact_id", "a result of the kind HR", "count, as for votes"),
    ),
    "a claim by a figure of another measure": (
        lambda f: f.change("claim_rules", {"claim_id": "C25"}, measure="OR"),
        ("claim_facts", "fact_id", "measure HR", "the measure of the claim, OR"),
    ),
    "a claim by a figure of another outcome": (
        lambda f: f.change("claim_rules", {"claim_id": "C33"}, outcome="pain"),
        (
            "claim_facts",
            "fact_id",
            "outcome twstrs_total_improvement",
            "the outcome of the claim, pain, or differs_in outcome",
        ),
    ),
    "a claim by a figure of another comparison": (
        lambda f: f.change("claim_rules", {"claim_id": "C33"}, treatment="BTA"),
        ("claim_facts", "fact_id", "BTB against PBO", "the comparison of the claim, or differs_in treatment"),
    ),
    "a p-value that is not over every arm": (
        lambda f: f.change("reported", {"fact_id": "reported_053"}, comparison="CYC5 vs CYC5+IBU400"),
        ("claim_facts", "fact_id", "comparison 'CYC5 vs CYC5+IBU400'", "every arm of the trial, as in A vs B vs C"),
    ),
    "events above n": (
        lambda f: f.change("counts", DYSPHAGIA, events="80", as_printed="80/78 (10%)"),
        ("counts", "events", "80 events of 78", "at most n = 78"),
    ),
    "percentage that no count gives": (
        lambda f: f.change("counts", DYSPHAGIA, events="", percent="11", as_printed="11% of 78"),
        ("counts", "percent", "11% of 78, which no count gives", "8/78 = 10% or 9/78 = 12%"),
    ),
    "percentage beside another count": (
        lambda f: f.change("counts", DYSPHAGIA, events="9", as_printed="9/78 (10%)"),
        ("counts", "percent", "10% beside 9 of 78", "12%"),
    ),
    "unknown arm": (
        lambda f: f.change("counts", SOMNOLENCE, arm_id="CYC6"),
        ("counts", "trial_id, arm_id", "borenstein2003_pool, CYC6", "a code from table arms"),
    ),
    "duplicate fact": (
        lambda f: f.repeat("counts", SOMNOLENCE, fact_id="counts_999"),
        ("counts", "trial_id, arm_id", "the same fact as in row 2", "each fact once"),
    ),
    "fact_id used twice": (
        lambda f: f.change("counts", {"fact_id": "counts_002"}, fact_id="counts_001"),
        ("counts", "fact_id", "counts_001", "a key used only once"),
    ),
    "a pool together with its part": (
        lambda f: f.repeat("counts", SOMNOLENCE, fact_id="counts_999", trial_id="borenstein2003_s1", n=""),
        ("counts", "trial_id", "pool borenstein2003_pool (row 2) together with its part borenstein2003_s1", "either"),
    ),
    "SD below zero": (
        lambda f: f.change("means", {"as_printed": "68.2 (19.6)"}, sd="-19.6"),
        ("means", "sd", "'-19.6'", "at least 0"),
    ),
    "interval that does not hold its estimate": (
        lambda f: f.change(
            "reported",
            {"as_printed": "0.3 (98.3% CI -2.6 to 3.2, p=.77)"},
            estimate="4.3",
            as_printed="4.3 (98.3% CI -2.6 to 3.2, p=.77)",
        ),
        ("reported", "estimate", "4.3 with the interval -2.6 to 3.2", "holds its estimate"),
    ),
    "figure that is not as printed": (
        lambda f: f.change("counts", SOMNOLENCE, percent="28"),
        ("counts", "percent", "28 where '29%' is printed", "printed there"),
    ),
    "unknown outcome": (
        lambda f: f.change("counts", SOMNOLENCE, outcome="sleepiness"),
        ("counts", "outcome", "sleepiness", "a code from table outcomes"),
    ),
    "word outside the vocabulary": (
        lambda f: f.change("trials", {"trial_id": "khwaja2010"}, region="throat"),
        ("trials", "region", "'throat'", "a population of question.toml: back, mixed, neck, other"),
    ),
    "text instead of a number": (
        lambda f: f.change("arms", {"trial_id": "khwaja2010"}, n_randomised="twenty"),
        ("arms", "n_randomised", "'twenty'", "a whole number"),
    ),
    "missing source": (
        lambda f: f.change("counts", SOMNOLENCE, source_id=""),
        ("counts", "source_id", "nothing", "the cell is required"),
    ),
    "percentage above 100": (
        lambda f: f.change("counts", {"as_printed": "50%"}, percent="150", as_printed="150%"),
        ("counts", "percent", "'150'", "at most 100"),
    ),
    "more analysed than randomised": (
        lambda f: f.change("arms", {"trial_id": "friedman2017", "arm_id": "NAP+PBO"}, n_analysed="58"),
        ("arms", "n_analysed", "58 analysed of 57 randomised", "at most 57"),
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_each_kind_of_fault_is_named(folder, kind):
    change, (table, column, found, expected) = FAULTS[kind]
    change(folder)
    faults = ne.check_evidence(folder.path)
    hits = [f for f in faults if f.table == table and f.column.startswith(column) and found in f.found]
    assert hits, [str(fault) for fault in faults]
    assert expected in hits[0].expected
    assert hits[0].row >= 2


def test_ten_faults_at_once_give_ten_names_and_no_traceback(folder):
    independent = [
        "events above n",
        "unknown arm",
        "duplicate fact",
        "SD below zero",
        "interval that does not hold its estimate",
        "word outside the vocabulary",
        "text instead of a number",
        "percentage above 100",
        "more analysed than randomised",
    ]
    for kind in independent:
        FAULTS[kind][0](folder)
    folder.change("counts", {"fact_id": "counts_002"}, percent="37")
    result = CliRunner().invoke(main, ["check", "--evidence", str(folder.path)])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    for kind in independent:
        table, _, found, _ = FAULTS[kind][1]
        assert any(line.startswith(f"{table}, row ") and found in line for line in result.output.splitlines()), kind
    assert "37 where '38%' is printed" in result.output


def test_a_table_that_is_missing_or_has_other_columns_is_named(folder):
    (folder.path / "strata.csv").unlink()
    text = (folder.path / "pools.csv").read_text(encoding="utf-8")
    (folder.path / "pools.csv").write_text(text.replace("part_id", "piece_id"), encoding="utf-8")
    faults = [str(fault) for fault in ne.check_evidence(folder.path)]
    assert any(fault.startswith("strata: found no file") for fault in faults)
    assert any(fault.startswith("pools, row 1, column part_id: found no part_id; also piece_id") for fault in faults)


def test_a_known_misprint_is_kept_and_not_reported(ev):
    # 5 of 63 is 7.9%; the source prints 17.9% (conflict K03).
    row = ev.ratings.query("as_printed == '5 (17,9%)'").iloc[0]
    assert row["conflict_id"] == "K03"
    assert ev.conflicts.set_index("conflict_id").loc["K03", "kind"] == "misprint"


@pytest.mark.parametrize(("measure", "value", "sound"), [("RR", "-1", False), ("OR", "0", True), ("RD", "-1", True)])
@pytest.mark.parametrize("column", ["estimate", "ci_low"])
def test_a_published_ratio_is_not_below_nought(tmp_path, measure, value, sound, column):
    (tmp_path / "arms.csv").write_text("trial_id,arm_id,treatment\nt,a,A\nt,b,B\n", encoding="utf-8")
    estimate = value if column == "estimate" else "1"
    head = "trial_id,treatment,control,outcome,measure,estimate,ci_low,ci_high,ci_level\n"
    row = f"t,A,B,x,{measure},{estimate},{value},2,95\n"
    (tmp_path / "reported.csv").write_text(head + row, encoding="utf-8")
    faults = [(fault.row, fault.column, fault.found) for fault in ne.check_evidence(tmp_path)]
    assert ((2, column, value) in faults) is not sound
    assert sound is (faults == [])
    if measure == "OR":  # printed as 0.00, of which there is no logarithm
        with pytest.raises(ne.NoComparisonError):
            ne.compare(ne.load_evidence(tmp_path), "A", "B", outcome="x", measure="OR")
