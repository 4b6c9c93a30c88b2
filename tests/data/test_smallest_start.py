"""Two CSV files are an evidence; what people and spreadsheets write is read as it was meant, or refused."""

import io
import json

import pandas as pd
import pytest
from click.testing import CliRunner

import neckevidence as ne
from neckevidence.cli import main

ARMS = (
    "trial_id,arm_id,treatment\n"
    "Smith 2010,1,colchicine\nSmith 2010,2,placebo\nJones-2012,1,colchicine\nJones-2012,2,placebo\n"
)
COUNTS = (
    "trial_id,arm_id,outcome,events,n\n"
    "Smith 2010,1,flare,10,50\nSmith 2010,2,flare,20,50\nJones-2012,1,flare,5,40\nJones-2012,2,flare,12,41\n"
)


def made(path, **tables):
    for name, text in tables.items():
        data = text if isinstance(text, bytes) else text.encode()
        (path / f"{name}.csv").write_bytes(data)
    return path


def result(path, **options):
    return ne.compare(ne.load_evidence(path), "colchicine", "placebo", outcome="flare", **options)


def test_two_files_are_an_evidence(tmp_path):
    made(tmp_path, arms=ARMS, counts=COUNTS)
    assert ne.check_evidence(tmp_path) == ()
    found = result(tmp_path)
    # By hand: RR 10/50 : 20/50 = 0.5, and 5/40 : 12/41 = 0.427.
    assert [round(trial.estimate, 3) for trial in found.trials] == [0.5, 0.427]
    assert found.treatment_name == "colchicine"
    assert found.outcome_label == "flare"
    assert set(found.facts["as_printed"]) == {"10/50", "20/50", "5/40", "12/41"}
    assert set(found.facts["source"]) == {"not traced to a print"}
    assert any("not traced to a print" in note for note in found.notes)
    assert len(ne.audit(ne.load_evidence(tmp_path))) == 0


def test_every_table_is_there_with_all_of_its_columns(tmp_path, ev):
    evidence = ne.load_evidence(made(tmp_path, arms=ARMS, counts=COUNTS))
    assert evidence.names == ev.names
    for name in ev.names:
        assert set(ev.table(name).columns) <= set(evidence.table(name).columns)
    assert list(evidence.trials["trial_id"]) == ["Smith 2010", "Jones-2012"]
    assert list(evidence.counts["fact_id"]) == ["counts_001", "counts_002", "counts_003", "counts_004"]
    assert evidence.trials["randomised"].isna().all()  # not said is not no


def test_the_command_line_works_on_it(tmp_path):
    made(tmp_path, arms=ARMS, counts=COUNTS)
    run = CliRunner()
    for arguments in (
        ["check"],
        ["audit"],
        ["audit", "--json"],
        ["compare", "colchicine", "placebo", "--outcome", "flare"],
    ):
        done = run.invoke(main, [*arguments, "--evidence", str(tmp_path)])
        assert done.exit_code == 0, (arguments, done.output)
    strict = run.invoke(main, ["check", "--strict", "--evidence", str(tmp_path)])
    assert strict.exit_code == 1
    assert "datapackage.json" in strict.output


def test_this_evidence_passes_the_strict_bar(ev):
    assert ne.check_evidence(ev.folder, strict=True) == ()


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("counts", {"as_printed": ""}),
        ("counts", {"source_id": ""}),
        ("trials", {"label": ""}),
        ("claims", {"reason": ""}),
    ],
)
def test_the_strict_bar_lets_nothing_out(folder, table, cells):
    path = folder.path / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            field.pop("constraints", None)
    path.write_text(json.dumps(package), encoding="utf-8")
    key = {"counts": "fact_id", "trials": "trial_id", "claims": "claim_id"}[table]
    first = pd.read_csv(folder.path / f"{table}.csv")[key].iloc[0]
    folder.change(table, {key: first}, **cells)
    (column,) = cells
    assert any((f.table, f.column) == (table, column) for f in ne.check_evidence(folder.path, strict=True))
    assert ne.check_evidence(folder.path) == ()


LACKING = {
    "arms": ({"counts": COUNTS}, "datapackage.json", "arms.csv"),
    "any figure": ({"arms": ARMS}, "counts", "one of counts.csv, means.csv, reported.csv"),
    "a treatment": (
        {"arms": ARMS.replace("treatment", "group", 1), "counts": COUNTS},
        "arms",
        "the columns trial_id, arm_id, treatment",
    ),
    "an outcome": (
        {"arms": ARMS, "counts": COUNTS.replace("outcome,", "what,", 1)},
        "counts",
        "trial_id, arm_id, outcome",
    ),
    "a number": ({"arms": ARMS, "counts": COUNTS.replace(",10,", ",,", 1)}, "counts", "a number in one of the two"),
    "an arm": (
        {"arms": ARMS, "counts": COUNTS.replace("Smith 2010,1", "Smith 2010,3", 1)},
        "counts",
        "a code from table arms",
    ),
}


@pytest.mark.parametrize("what", LACKING)
def test_what_is_lacking_is_named(tmp_path, what):
    tables, table, expected = LACKING[what]
    faults = ne.check_evidence(made(tmp_path, **tables))
    assert any(fault.table == table and expected in fault.expected for fault in faults), faults


def test_own_columns_are_kept(tmp_path):
    counts = (
        COUNTS.replace("events,n\n", "events,n,hospital\n").replace(",50\n", ",50,St Mary\n").replace("40\n", "40,\n")
    )
    counts = counts.replace(",41\n", ",41,\n")
    evidence = ne.load_evidence(made(tmp_path, arms=ARMS, counts=counts))
    assert list(evidence.counts["hospital"].fillna("-")) == ["St Mary", "St Mary", "-", "-"]


def test_a_denominator_can_stand_with_the_arm(tmp_path):
    arms = (
        ARMS.replace("treatment\n", "treatment,n\n")
        .replace("colchicine\n", "colchicine,50\n")
        .replace("placebo\n", "placebo,50\n")
    )
    counts = "trial_id,arm_id,outcome,events\nSmith 2010,1,flare,10\nSmith 2010,2,flare,20\n"
    assert result(made(tmp_path, arms=arms, counts=counts)).estimate == pytest.approx(0.5)


def test_means_with_a_standard_error_and_a_scale(tmp_path):
    means = (
        "trial_id,arm_id,outcome,mean,se,n,scale\nSmith 2010,1,pain,3.1,0.3,50,vas\nSmith 2010,2,pain,4.5,0.4,50,vas\n"
    )
    scales = "scale,minimum,maximum,step,items\nvas,0,10,1,1\n"
    evidence = ne.load_evidence(made(tmp_path, arms=ARMS, means=means, scales=scales))
    found = ne.compare(evidence, "colchicine", "placebo", outcome="pain", measure="MD")
    assert found.estimate == pytest.approx(-1.4)
    # By hand: the standard error of the difference is 0.5; 97.5% point of the normal 1.96.
    assert (found.ci_high - found.ci_low) / 2 == pytest.approx(1.96 * 0.5, rel=0.03)
    assert evidence.scales.loc[2, "items"] == 1


def test_figures_with_and_without_provenance_are_told_apart(folder):
    sound = folder.path / "datapackage.json"
    sound.unlink()
    folder.change("counts", {"fact_id": "counts_001"}, source_id="")
    folder.change("counts", {"fact_id": "counts_002"}, as_printed="")
    facts = ne.load_evidence(folder.path).keyed("facts")
    assert list(facts.index[facts["reliability"] == "not traced to a print"]) == ["counts_001", "counts_002"]
    assert facts.loc["counts_002", "as_printed"].startswith(folder_value(folder, "counts_002"))


def folder_value(folder, fact):
    row = pd.read_csv(folder.path / "counts.csv", dtype=str).set_index("fact_id").loc[fact]
    return row["percent"] if pd.isna(row["events"]) else row["events"]


TYPED = {
    "semicolons": COUNTS.replace(",", ";"),
    "Windows": COUNTS.replace("\n", "\r\n"),
    "an old Mac": COUNTS.replace("\n", "\r"),
    "a byte order mark": "\ufeff" + COUNTS,
    "spreadsheet zeros": COUNTS.replace(",50\n", ",50.0\n").replace(",10,", ",10.00,"),
    "spaces": COUNTS.replace(",flare,", ", flare ,").replace("events,n", " events , n"),
    "empty rows below": COUNTS + ",,,,\n,,,,\n\n",
    "a minus and a plus": COUNTS.replace(",10,", ",+10,"),
}


@pytest.mark.parametrize("how", TYPED)
def test_the_same_table_as_other_programs_write_it(tmp_path, how):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = ne.load_evidence(made(tmp_path / "a", arms=ARMS, counts=COUNTS))
    other = ne.load_evidence(made(tmp_path / "b", arms=ARMS, counts=TYPED[how]))
    assert other.digest == plain.digest
    assert other.counts.reset_index(drop=True).equals(plain.counts.reset_index(drop=True))


WHOLE = ["1,234", "1 234", "1\u00a0234", "1\u202f234", "1\u2009234", "1'234", "1234.0", "1234"]


@pytest.mark.parametrize("typed", WHOLE)
def test_thousands_are_whole_numbers(tmp_path, typed):
    counts = COUNTS.replace(",10,50\n", f',10,"{typed}"\n')
    assert ne.load_evidence(made(tmp_path, arms=ARMS, counts=counts)).counts["n"].iloc[0] == 1234


DECIMALS = {
    "12.5": 12.5,
    "12,5": 12.5,
    "12·5": 12.5,
    "12∙50": 12.5,
    "0,125": 0.125,
    "1,234.5": 1234.5,
    "1.234,5": 1234.5,
}
DECIMALS |= {"1,234,567": 1234567, "−3.2": -3.2, "1.2e-3": 0.0012, "1.234": 1.234, "12 345.6": 12345.6}


@pytest.mark.parametrize("typed", DECIMALS)
def test_decimals_are_read_as_meant(tmp_path, typed):
    means = f'trial_id,arm_id,outcome,mean,sd,n\nSmith 2010,1,pain,"{typed}",1,50\n'
    evidence = ne.load_evidence(made(tmp_path, arms=ARMS, means=means))
    assert evidence.means["value"].iloc[0] == pytest.approx(DECIMALS[typed])


def test_semicolons_say_that_the_comma_is_the_decimal_sign(tmp_path):
    means = "trial_id;arm_id;outcome;mean;sd;n\nSmith 2010;1;pain;1,234;0,5;50\n"
    assert ne.load_evidence(made(tmp_path, arms=ARMS, means=means)).means["value"].iloc[0] == 1.234


@pytest.mark.parametrize(
    ("typed", "separator"), [("1,234", ","), ("1.234", ";"), ("12,34,567", ","), ("1..2", ","), ("1 23", ",")]
)
def test_what_could_be_two_numbers_is_refused(tmp_path, typed, separator):
    cells = separator.join(["Smith 2010", "1", "pain", f'"{typed}"', "1", "50"])
    means = separator.join(["trial_id", "arm_id", "outcome", "mean", "sd", "n"]) + f"\n{cells}\n"
    faults = ne.check_evidence(made(tmp_path, arms=ARMS, means=means))
    assert [(f.table, f.row, f.column) for f in faults] == [("means", 2, "value")]
    assert faults[0].found.startswith(f"'{typed}")


@pytest.mark.parametrize("word", ["TRUE", "True", "true", "1", "yes"])
def test_true_in_any_case(tmp_path, word):
    trials = f"trial_id,randomised\nSmith 2010,{word}\nJones-2012,{word}\n"
    assert result(made(tmp_path, arms=ARMS, counts=COUNTS, trials=trials)).randomised


def test_another_encoding_says_how_to_save(tmp_path):
    faults = ne.check_evidence(made(tmp_path, arms=ARMS.replace("Smith", "Müller").encode("cp1252"), counts=COUNTS))
    assert any(f.table == "arms" and "CSV UTF-8" in f.expected for f in faults)


def test_a_pandas_round_trip_of_this_evidence_is_sound(folder, ev):
    """pandas turns whole numbers beside blanks into 12.0, drops zeros at the end, and writes True."""
    for path in folder.path.glob("*.csv"):
        pd.read_csv(path, keep_default_na=False, na_values=[""]).to_csv(path, index=False)
    assert ne.check_evidence(folder.path) == ()
    again = ne.load_evidence(folder.path)
    assert again.digest == ev.digest
    for name in ev.names:
        assert again.table(name).equals(ev.table(name)), name


def test_an_excel_round_trip_of_this_evidence_is_sound(folder, ev):
    """Excel keeps numbers as numbers and truth values as TRUE; saved again in a locale with semicolons and decimal commas."""
    pytest.importorskip("openpyxl")
    for path in folder.path.glob("*.csv"):
        book = io.BytesIO()
        pd.read_csv(path, keep_default_na=False, na_values=[""]).to_excel(book, index=False)
        frame = pd.read_excel(book, keep_default_na=False, na_values=[""])
        text = frame.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text.replace(";True;", ";TRUE;").replace(";False;", ";FALSE;").encode())
    assert ne.check_evidence(folder.path) == ()
    assert ne.load_evidence(folder.path).counts.equals(ev.counts)


def test_figures_as_papers_in_english_print_them(tmp_path):
    counts = (
        "trial_id,arm_id,outcome,events,n,percent,as_printed\n"
        'Smith 2010,1,flare,1234,2468,50.0,"1,234 of 2,468 (50·0%)"\nSmith 2010,2,flare,617,2468,,617/2 468\n'
    )
    assert ne.check_evidence(made(tmp_path, arms=ARMS, counts=counts)) == ()
    (tmp_path / "counts.csv").write_text(counts.replace("1234,2468", "1235,2468"), encoding="utf-8")
    assert any(f.column == "events" for f in ne.check_evidence(tmp_path))


def test_words_for_counts_and_rates_per_1000(tmp_path):
    counts = (
        "trial_id,arm_id,outcome,events,n,percent,as_printed\n"
        "Smith 2010,1,flare,0,40,,none\nSmith 2010,2,flare,41,41,,all patients\n"
        "Smith 2010,1,death,6,40,15.0,6 (150 per 1000)\nSmith 2010,2,death,,41,2.4,24 per 1000\n"
    )
    assert ne.check_evidence(made(tmp_path, arms=ARMS, counts=counts)) == ()
    for wrong in (("0,40,,none", "1,40,,none"), ("41,41,,all", "40,41,,all"), (",2.4,", ",24,")):
        (tmp_path / "counts.csv").write_text(counts.replace(*wrong), encoding="utf-8")
        assert ne.check_evidence(tmp_path) != ()
