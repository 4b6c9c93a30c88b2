"""Every way in gives an evidence that was checked as a folder is, and shows the numbers of other programs."""

import math
import zipfile

import nbformat
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from nbclient import NotebookClient

import neckevidence as ne
from neckevidence.cli import main
from neckevidence.report.notebooks import GENERAL, left_alone

# Colditz 1994, the BCG vaccine trials: cases and persons, vaccinated and not; latitude.
BCG = pd.DataFrame(
    [
        ("Aronson", 1948, 4, 123, 11, 139, 44), ("Ferguson & Simes", 1949, 6, 306, 29, 303, 55),
        ("Rosenthal et al", 1960, 3, 231, 11, 220, 42), ("Hart & Sutherland", 1977, 62, 13598, 248, 12867, 52),
        ("Frimodt-Moller et al", 1973, 33, 5069, 47, 5808, 13), ("Stein & Aronson", 1953, 180, 1541, 372, 1451, 44),
        ("Vandiviere et al", 1973, 8, 2545, 10, 629, 19), ("TPT Madras", 1980, 505, 88391, 499, 88391, 13),
        ("Coetzee & Berjak", 1968, 29, 7499, 45, 7277, 27), ("Rosenthal 2", 1961, 17, 1716, 65, 1665, 42),
        ("Comstock et al", 1974, 186, 50634, 141, 27338, 18), ("Comstock & Webster", 1969, 5, 2498, 3, 2341, 33),
        ("Comstock 2", 1976, 27, 16913, 29, 17854, 33),
    ],
    columns=["trial", "year", "tpos", "n1", "cpos", "n2", "ablat"],
)  # fmt: skip
WIDE = {"BCG": ("tpos", "n1"), "none": ("cpos", "n2")}


ARMS = pd.DataFrame({"t": ["A", "A"], "g": ["x", "y"], "e": [1, 2], "n": [10, 10]})
LONG = {"trial": "t", "treatment": "g", "outcome": "o", "events": "e", "n": "n"}


def bcg(evidence, outcome="tuberculosis"):
    return ne.compare(evidence, "BCG", "none", outcome=outcome)


def test_a_wide_frame_gives_the_numbers_of_metafor():
    evidence = ne.from_frame(BCG, trial="trial", outcome="tuberculosis", wide=WIDE)
    fit = bcg(evidence).random_effects
    # metafor's documentation of dat.bcg: rma(measure="RR", method="REML") gives -0.7145 and tau2 0.3132.
    assert fit.estimate == pytest.approx(-0.7145, abs=5e-5)
    assert fit.tau2 == pytest.approx(0.3132, abs=5e-5)
    assert list(evidence.trials["ablat"]) == [str(value) for value in BCG["ablat"]]
    assert list(evidence.trials["year"]) == list(BCG["year"])


def test_a_long_frame_is_the_same_evidence():
    arms = [
        {"study": row.trial, "arm": arm, "outcome": "tuberculosis", "cases": cases, "persons": float(n)}
        for row in BCG.itertuples()
        for arm, cases, n in (("BCG", row.tpos, row.n1), ("none", row.cpos, row.n2))
    ]
    long = ne.from_frame(pd.DataFrame(arms), trial="study", treatment="arm", events="cases", n="persons")
    wide = ne.from_frame(BCG[["trial", "tpos", "n1", "cpos", "n2"]], trial="trial", outcome="tuberculosis", wide=WIDE)
    assert long.digest == wide.digest
    assert bcg(long).estimate == bcg(wide).estimate


def test_means_from_a_frame():
    data = pd.DataFrame({"t": ["A", "A"], "g": ["drug", "placebo"], "m": [3.5, 5.0], "s": [1.2, 1.6], "k": [30, 40]})
    evidence = ne.from_frame(data, trial="t", treatment="g", outcome="pain", mean="m", sd="s", n="k")
    found = ne.compare(evidence, "drug", "placebo", outcome="pain", measure="MD")
    assert found.estimate == pytest.approx(-1.5)
    wide = pd.DataFrame({"t": ["A"], "m1": [3.5], "s1": [1.2], "k1": [30], "m2": [5.0], "s2": [1.6], "k2": [40]})
    columns = {"drug": ("m1", "s1", "k1"), "placebo": ("m2", "s2", "k2")}
    assert ne.from_frame(wide, trial="t", outcome="pain", wide=columns).digest == evidence.digest


def test_a_frame_with_source_and_print_is_traced():
    data = ARMS.assign(as_printed=["1 of 10", "2/10"], source_id="smith2010", note=["a", "b"])
    evidence = ne.from_frame(data, **LONG)
    facts = evidence.keyed("facts")
    assert list(facts["as_printed"]) == ["1 of 10", "2/10"]
    assert list(facts["source"]) == ["smith2010"] * 2
    assert list(evidence.counts["note"]) == ["a", "b"]
    assert not any("not traced" in note for note in ne.compare(evidence, "x", "y", outcome="o").notes)
    with pytest.raises(ne.EvidenceError, match="2 where '3/10' is printed"):
        ne.from_frame(data.assign(as_printed=["1 of 10", "3/10"]), **LONG)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "MD", "SMD"])
def test_effects_pool_as_they_do_alone(measure):
    data = pd.DataFrame({"s": list("ABCD"), "y": [0.1, -0.3, 0.25, 0.02], "e": [0.1, 0.2, 0.15, 0.12]})
    evidence = ne.from_effects(data, trial="s", effect="y", se="e", measure=measure)
    found = ne.compare(evidence, "treatment", "control", outcome="outcome", measure=measure)
    alone = ne.meta_analysis(data["y"], data["e"] ** 2, tau2="REML", ci="hartung-knapp-adhoc")
    assert found.random_effects.estimate == pytest.approx(alone.estimate, rel=1e-6)
    assert found.random_effects.ci_high == pytest.approx(alone.ci_high, rel=1e-6)
    # The same with limits: for ratios on their natural scale.
    turn = math.exp if measure in ("RR", "OR") else float
    half = 1.959963984540054 * data["e"]
    limits = data.assign(y=data["y"].map(turn), low=(data["y"] - half).map(turn), high=(data["y"] + half).map(turn))
    again = ne.from_effects(limits, trial="s", effect="y", ci=("low", "high"), measure=measure, outcome="pain")
    pooled = ne.compare(again, "treatment", "control", outcome="pain", measure=measure).random_effects
    assert pooled.estimate == pytest.approx(alone.estimate, rel=1e-6)


REFUSED = {
    "no such column": (ARMS, {**LONG, "events": "cases"}, "events='cases' is no column; there are t, g, e, n"),
    "no treatment": (ARMS, {**LONG, "treatment": None}, "treatment must name a column"),
    "wide and long": (ARMS, {**LONG, "wide": WIDE}, "leave out events, n, treatment"),
    "one treatment": (BCG, {"trial": "trial", "wide": {"BCG": ("tpos", "n1")}}, "at least two treatments"),
    "four columns": (BCG, {"trial": "trial", "wide": {"a": ("tpos",) * 4, "b": ("n1",) * 2}}, "must be"),
    "counts and means": (ARMS, {**LONG, "mean": "e"}, "either counts or means"),
    "no figures": (ARMS, {"trial": "t", "treatment": "g", "n": "n"}, "no figures"),
    "no rows": (ARMS.iloc[:0], LONG, "at least one"),
    "no frame": ([1], LONG, "a pandas DataFrame is needed, found list"),
    "a column twice": (pd.concat([ARMS, ARMS["t"]], axis=1), LONG, "columns given twice: t"),
    "more events than patients": (ARMS.assign(e=[1, 20]), LONG, "row 2.*20 events of 10.*at most n = 10"),
    "half a patient": (ARMS.assign(e=[1, 2.5]), LONG, "row 2, column events: found '2.5'; expected a whole number"),
    "infinite": (ARMS.assign(e=[1, math.inf]), LONG, "found 'inf'"),
    "a missing name": (ARMS.assign(t=["A", None]), LONG, "row 2, column t: found nothing"),
    "a terminal escape": (ARMS.assign(t=["A\x1b[2J", "A"]), LONG, r"U\+001B in"),
    "an arm twice": (pd.concat([ARMS, ARMS.assign(e=3)]), LONG, "the same fact as in row"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_frame_that_cannot_be_is_refused(why):
    frame, arguments, message = REFUSED[why]
    with pytest.raises(ne.NeckevidenceError, match=message):
        ne.from_frame(frame, **arguments)


EFFECTS = pd.DataFrame({"s": ["A"], "y": [0.5], "e": [0.1], "low": [0.3], "high": [0.9]})
REFUSED_EFFECTS = {
    "both": ({"se": "e", "ci": ("low", "high")}, EFFECTS, "give either se"),
    "neither": ({}, EFFECTS, "give either se"),
    "a measure": ({"se": "e", "measure": "XX"}, EFFECTS, "measure must be one of RR"),
    "no spread": ({"se": "e"}, EFFECTS.assign(e=0.0), "row 1, se: found 0"),
    "a missing effect": ({"se": "e"}, EFFECTS.assign(y=None), "row 1, effect"),
    "logarithms with limits": ({"ci": ("low", "high")}, EFFECTS.assign(low=-0.2), "not their logarithms"),
    "limits that do not hold it": ({"ci": ("low", "high")}, EFFECTS.assign(high=0.4), "holds its estimate"),
    "a ratio as a logarithm": ({"se": "e"}, EFFECTS.assign(y=1e6), "the logarithm of a ratio"),
}


@pytest.mark.parametrize("why", REFUSED_EFFECTS)
def test_effects_that_cannot_be_are_refused(why):
    arguments, frame, message = REFUSED_EFFECTS[why]
    with pytest.raises(ne.NeckevidenceError, match=message):
        ne.from_effects(frame, **{"trial": "s", "effect": "y", "measure": "RR", **arguments})


def test_what_is_saved_is_the_same_evidence(tmp_path, ev):
    assert ev.save(tmp_path / "copy") == tmp_path / "copy"
    again = ne.load_evidence(tmp_path / "copy")
    assert again.digest == ev.digest
    assert ne.check_evidence(tmp_path / "copy", strict=True) == ()
    made = ne.from_frame(BCG, trial="trial", outcome="tuberculosis", wide=WIDE)
    made.save(tmp_path / "bcg")
    assert ne.load_evidence(tmp_path / "bcg").digest == made.digest
    assert sorted(path.name for path in (tmp_path / "bcg").iterdir()) == ["arms.csv", "counts.csv", "trials.csv"]


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path, ev):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("the only copy")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    for name in ("mine", "link", "mine/thesis.txt"):
        with pytest.raises(ne.NeckevidenceError, match="not empty"):
            ev.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["link", "mine", "thesis.txt"]


def book(path, **sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


ARM_ROWS = [["trial_id", "arm_id", "treatment"], ["Smith 2010", 1, "drug"], ["Smith 2010", 2, "placebo"]]
COUNT_ROWS = [
    ["trial_id", "arm_id", "outcome", "events", "n", None],
    ["Smith 2010", 1, "death", 10, 50],
    [],
    ["Smith 2010", 2, "death", 20, 50.0],
]


def test_a_workbook_with_a_sheet_a_table(tmp_path):
    path = book(tmp_path / "a.xlsx", arms=ARM_ROWS, Counts=COUNT_ROWS, Notizen=[["=1+1"]])
    evidence = ne.read_xlsx(path)
    assert ne.compare(evidence, "drug", "placebo", outcome="death").estimate == pytest.approx(0.5)
    assert list(evidence.counts.index) == [2, 4]  # rows of the sheet


BOOKS = {
    "a formula": ({"counts": [*COUNT_ROWS, ["Smith 2010", 2, "fever", "=1+1", 50]]}, "row 5, column events.*a formula"),
    "a date": (
        {"counts": [*COUNT_ROWS, ["Smith 2010", 2, "fever", pd.Timestamp("2020-02-01"), 50]]},
        "row 5, column events.*a date",
    ),
    "an error": ({"counts": [*COUNT_ROWS, ["Smith 2010", 2, "fever", "#DIV/0!", 50]]}, "row 5, column events"),
    "a cell too many": ({"counts": [*COUNT_ROWS, ["Smith 2010", 2, "fever", 1, 50, None, "!"]]}, "row 5.*7 cells"),
    "almost a table": ({"counts": COUNT_ROWS, "trails": [["x"]]}, "trails.*no table.*trials"),
    "no figures": ({}, "one of counts.csv"),
}


@pytest.mark.parametrize("why", BOOKS)
def test_a_workbook_that_is_no_table_of_values_is_refused(tmp_path, why):
    sheets, message = BOOKS[why]
    with pytest.raises(ne.EvidenceError, match=message):
        ne.read_xlsx(book(tmp_path / "a.xlsx", arms=ARM_ROWS, **sheets))


def test_no_workbook_and_one_that_unfolds(tmp_path):
    (tmp_path / "a.xlsx").write_text("trial_id")
    with pytest.raises(ne.EvidenceError, match="no Excel workbook"):
        ne.read_xlsx(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/workbook.xml", b"0" * (40 * 2**20))
    with pytest.raises(ne.EvidenceError, match="over 16 MiB when unfolded"):
        ne.read_xlsx(tmp_path / "b.xlsx")
    with pytest.raises(ne.EvidenceError, match="no such file"):
        ne.read_xlsx(tmp_path / "c.xlsx")


# The header of the data rows that RevMan Web exports.
HEADER = (
    "Analysis group,Analysis number,Analysis name,Subgroup,Applicability,Study,Study year,GIV Mean,GIV SE,Experimental mean,"
    "Experimental SD,Experimental cases,Experimental N,Control mean,Control SD,Control cases,Control N,O-E,Variance,Weight,"
    "Mean,CI start,CI end,Footnotes"
)
REVMAN = [
    "1,1,Death,,OVERALL,Smith 2010,2010,,,,,10,50,,,20,50,,,60,0.5,0.26,0.94,",
    "1,1,Death,,OVERALL,Jones 2012,2012,,,,,5,40,,,12,41,,,40,0.43,0.17,1.1,",
    "1,2,Pain,Adults,SUBGROUP,Smith 2010,2010,,,3.1,1.5,,50,4.5,1.5,,50,,,50,-1.4,-2,-0.8,",
    "1,2,Pain,Children,SUBGROUP,Smith 2010,2010,,,2.9,1.4,,20,4.0,1.6,,20,,,50,-1.1,-2,-0.2,",
]


def test_the_data_rows_of_revman_web(tmp_path):
    path = tmp_path / "CD000001-data-rows.csv"
    path.write_text("\n".join([HEADER, *REVMAN]) + "\n", encoding="utf-8")
    evidence = ne.read_revman(path)
    found = ne.compare(evidence, "experimental", "control", outcome="Death")
    assert [round(trial.estimate, 2) for trial in found.trials] == [0.5, 0.43]  # as RevMan's own column Mean says
    pain = ne.compare(evidence, "experimental", "control", outcome="Pain", measure="MD")
    assert {trial.trial_id: round(trial.estimate, 1) for trial in pain.trials} == {
        "Smith 2010 (Adults)": -1.4,
        "Smith 2010 (Children)": -1.1,
    }
    assert list(evidence.trials["year"].dropna().unique()) == [2010, 2012]


def test_generic_inverse_variance_needs_its_measure(tmp_path):
    path = tmp_path / "rows.csv"
    row = "1,3,Relapse,,OVERALL,Smith 2010,2010,-0.5,0.2,,,,,,,,,,,100,0.61,0.41,0.9,"
    path.write_text("\n".join([HEADER, row]) + "\n", encoding="utf-8")
    with pytest.raises(ne.NeckevidenceError, match=r"1 row of generic inverse variance data.*give measure"):
        ne.read_revman(path)
    found = ne.compare(ne.read_revman(path, measure="RR"), "experimental", "control", outcome="Relapse")
    assert [round(number, 2) for number in (found.estimate, found.ci_low, found.ci_high)] == [0.61, 0.41, 0.9]


RM5 = """<?xml version="1.0" encoding="UTF-8"?>
<COCHRANE_REVIEW><STUDIES_AND_REFERENCES><STUDIES><INCLUDED_STUDIES>
<STUDY ID="STD-Smith-2010" NAME="Smith 2010" YEAR="2010"/></INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES>
<ANALYSES_AND_DATA><COMPARISON ID="CMP-001" NO="1"><NAME>Drug versus placebo</NAME>
<DICH_OUTCOME ID="CMP-001.01" NO="1" EFFECT_MEASURE="RR"><NAME>Death</NAME><GROUP_LABEL_1>Drug</GROUP_LABEL_1>
<GROUP_LABEL_2>Placebo</GROUP_LABEL_2>
<DICH_DATA STUDY_ID="STD-Smith-2010" EVENTS_1="10" TOTAL_1="50" EVENTS_2="20" TOTAL_2="50"/></DICH_OUTCOME>
<CONT_OUTCOME ID="CMP-001.02" NO="2" EFFECT_MEASURE="MD"><NAME>Pain</NAME><GROUP_LABEL_1>Drug</GROUP_LABEL_1>
<GROUP_LABEL_2>Placebo</GROUP_LABEL_2><CONT_SUBGROUP NO="1"><NAME>Adults</NAME>
<CONT_DATA STUDY_ID="STD-Smith-2010" MEAN_1="3.1" SD_1="1.5" TOTAL_1="50" MEAN_2="4.5" SD_2="1.5" TOTAL_2="50"/>
</CONT_SUBGROUP></CONT_OUTCOME>
<IV_OUTCOME ID="CMP-001.03" NO="3" EFFECT_MEASURE="OR"><NAME>Relapse</NAME><GROUP_LABEL_1>Drug</GROUP_LABEL_1>
<GROUP_LABEL_2>Placebo</GROUP_LABEL_2><IV_DATA STUDY_ID="STD-Smith-2010" ESTIMATE="-0.5" SE="0.2"/></IV_OUTCOME>
</COMPARISON></ANALYSES_AND_DATA></COCHRANE_REVIEW>
"""


def test_a_review_of_revman_5(tmp_path):
    (tmp_path / "a.rm5").write_text(RM5, encoding="utf-8")
    evidence = ne.read_revman(tmp_path / "a.rm5")
    shown = {
        ("Death", "RR"): 0.5,
        ("Pain", "MD"): -1.4,
        ("Relapse", "OR"): math.exp(-0.5),
    }
    for (outcome, measure), estimate in shown.items():
        found = ne.compare(evidence, "Drug", "Placebo", outcome=outcome, measure=measure)
        assert found.estimate == pytest.approx(estimate)
        assert found.trials[0].label == "Smith 2010"


def test_entities_of_a_review_do_not_unfold(tmp_path, monkeypatch):
    secret = tmp_path / "secret.txt"
    secret.write_text("not-for-strangers")
    entity = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    (tmp_path / "a.rm5").write_text(RM5.replace("<COCHRANE", entity + "<COCHRANE", 1).replace("Death", "&x;&b;"))
    with pytest.raises(ne.EvidenceError, match="no XML that can be read") as caught:
        ne.read_revman(tmp_path / "a.rm5")
    assert "not-for-strangers" not in str(caught.value)


SOURCES = {
    "nothing": None,
    "a long table": (
        "mine.csv",
        "trial,treatment,outcome,events,n\nSmith 2010,drug,death,10,50\nSmith 2010,placebo,death,20,50\n",
    ),
    "RevMan": ("rows.csv", "\n".join([HEADER, *REVMAN[:2]]) + "\n"),
    "RevMan 5": ("a.rm5", RM5),
    "Excel": ("a.xlsx", None),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_a_new_folder_works_at_once(tmp_path, kind):
    arguments = ["new", str(tmp_path / "gout")]
    if SOURCES[kind] is not None:
        name, text = SOURCES[kind]
        if text is None:
            book(tmp_path / name, arms=ARM_ROWS, counts=COUNT_ROWS)
        else:
            (tmp_path / name).write_text(text, encoding="utf-8")
        arguments += ["--from", str(tmp_path / name)]
    run = CliRunner()
    made = run.invoke(main, arguments)
    assert made.exit_code == 0, made.output
    folder = tmp_path / "gout"
    assert {"arms.csv", "question.toml", "CODEBOOK.md"} <= {path.name for path in folder.iterdir()}
    assert ne.check_evidence(folder) == ()
    evidence = ne.load_evidence(folder)
    assert evidence.question.title == "gout"
    (lead,) = evidence.question.lead
    found = ne.compare(evidence, lead.treatment, lead.control, outcome=lead.outcome, measure=lead.measure)
    assert math.isfinite(found.estimate)
    for arguments in (["check"], ["audit"], ["audit", "--json"]):
        done = run.invoke(main, [*arguments, "--evidence", str(folder)])
        assert done.exit_code == 0, done.output
    again = run.invoke(main, ["new", str(folder)])
    assert again.exit_code == 2
    assert "not empty" in again.output


def test_the_notebooks_of_a_new_folder_read_it(tmp_path, monkeypatch):
    assert CliRunner().invoke(main, ["new", str(tmp_path / "gout")]).exit_code == 0
    place = tmp_path / "gout" / "notebooks"
    names = {path.name for path in place.glob("*.ipynb")}
    assert names == {path.name for path in GENERAL.glob("*.ipynb")}
    assert not left_alone(ne.load_evidence())
    assert left_alone(ne.load_evidence(tmp_path / "gout")) == [place.resolve()]  # a folder from elsewhere runs nothing
    notebook = nbformat.read(place / "05_gaps.ipynb", as_version=4)
    monkeypatch.delenv("NECKEVIDENCE_EVIDENCE", raising=False)
    NotebookClient(notebook, kernel_name="python3").execute(cwd=str(place))
    monkeypatch.chdir(place)
    names = {}
    exec(next(cell.source for cell in notebook.cells if "load_evidence" in cell.source), names)
    assert names["ev"].question.title == "gout"


@pytest.mark.parametrize(("name", "text"), [("a.txt", "x"), ("a.csv", "a,b\n1,2\n"), ("b.csv", None)])
def test_a_source_that_cannot_be_read_leaves_nothing(tmp_path, name, text):
    if text is not None:
        (tmp_path / name).write_text(text)
    done = CliRunner().invoke(main, ["new", str(tmp_path / "gout"), "--from", str(tmp_path / name)])
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "gout").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name != name] == []


ROWS = {"study": ["A", "A", "B", "B"], "arm": ["drug", "none"] * 2, "ev": [3, None, 7, 10], "n": [30, 31, 40, 41]}
NAMED = {"trial": "study", "treatment": "arm", "events": "ev", "n": "n", "outcome": "death"}


def test_an_arm_without_a_figure_is_no_fault_and_its_trial_is_named():
    found = ne.compare(ne.from_frame(pd.DataFrame(ROWS), **NAMED), "drug", "none", "death")
    assert [trial.trial_id for trial in found.trials] == ["B"]
    assert found.estimate == pytest.approx(7 / 40 / (10 / 41))
    assert [note for note in found.notes if note.kind == "not used"] == [
        "A: not used: what is printed of the outcome gives no RR of these arms"
    ]


@pytest.mark.parametrize(("column", "message"), [("study", "row 2, column study"), ("arm", "row 2, column arm")])
def test_a_missing_name_is_found_in_the_rows_and_columns_of_the_data_frame(column, message):
    frame = pd.DataFrame(ROWS).astype({column: object})
    frame.loc[1, column] = float("nan")
    with pytest.raises(ne.NeckevidenceError, match=f"^{message}: found nothing; expected a name$"):
        ne.from_frame(frame, **NAMED)


def test_a_column_that_means_something_but_is_not_named_says_which_argument_names_it():
    named = {key: value for key, value in NAMED.items() if key != "n"}
    with pytest.raises(ne.NeckevidenceError, match=r"mean something here: n; name each by its argument, as n='n'"):
        ne.from_frame(pd.DataFrame(ROWS), **named)


def test_an_effect_of_a_treatment_against_itself_is_refused():
    frame = pd.DataFrame({"s": ["A"], "y": [0.1], "se": [0.2], "one": ["x"], "two": ["x"]})
    with pytest.raises(ne.NeckevidenceError, match=r"row 1: found 'x' as treatment and as control"):
        ne.from_effects(frame, trial="s", effect="y", se="se", measure="MD", treatment="one", control="two")


def test_new_reads_a_csv_file_whatever_its_capitals(tmp_path):
    source = tmp_path / "mine.csv"
    source.write_text("Study ID,Treatment,Outcome,Events,N\nA,drug,death,5,50\nA,none,death,11,52\n")
    result = CliRunner().invoke(main, ["new", str(tmp_path / "made"), "--from", str(source)])
    assert result.exit_code == 0, result.output
    # By hand: 5/50 : 11/52 = 0.4727.
    assert ne.compare(ne.load_evidence(tmp_path / "made"), "drug", "none", "death").estimate == pytest.approx(
        0.4727, abs=1e-4
    )


def test_new_can_be_told_what_generic_inverse_variance_data_are(tmp_path):
    source = tmp_path / "rows.csv"
    header = "Analysis group,Analysis number,Analysis name,Study,GIV Mean,GIV SE\n"
    source.write_text(header + "1,1,Flares,Smith 2001,-0.3,0.12\n")
    refused = CliRunner().invoke(main, ["new", str(tmp_path / "one"), "--from", str(source)])
    assert refused.exit_code == 2
    made = CliRunner().invoke(main, ["new", str(tmp_path / "two"), "--from", str(source), "--measure", "rr"])
    assert made.exit_code == 0, made.output
    found = ne.compare(ne.load_evidence(tmp_path / "two"), "experimental", "control", "Flares")
    assert found.estimate == pytest.approx(0.7408, abs=1e-4)  # exp(-0.3)
