"""Files of Excel and RevMan that were made to cost time or memory, or hold what is no number: refused, named, and soon."""

import io
import time
import zipfile

import openpyxl
import pytest

import neckevidence as ne

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(path, rows):
    """Write a workbook whose sheet of counts has these rows as XML."""
    book = openpyxl.Workbook()
    book.active.title = "arms"
    for row in (["trial_id", "arm_id", "treatment"], ["t", "a", "A"]):
        book.active.append(row)
    book.create_sheet("counts")
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            sheet = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'
            new.writestr(name, sheet if name.endswith("sheet2.xml") else old.read(name))


def refused(read, path):
    """Return the message, which came soon."""
    before = time.process_time()
    with pytest.raises(ne.NeckevidenceError) as refusal:
        read(path)
    assert time.process_time() - before < 15
    return str(refusal.value)


CELL = "<c><v>1</v></c>"
ERROR = '<c t="e"><v>#N/A</v></c>'
HEADER = "".join(f'<c t="inlineStr"><is><t>c{number}</t></is></c>' for number in range(200))
SHEETS = {
    "one row of two million cells": (f"<row>{CELL * 2_000_000}</row>", "over 16 MiB when unfolded"),
    "two million cells": (f"<row>{CELL * 200}</row>" * 9_000, "over 16 MiB when unfolded"),
    "formulas": (f"<row>{HEADER}</row>" + f"<row>{'<c><f>1</f></c>' * 200}</row>" * 4_000, "over 1000 faults"),
    "errors": (
        f"<row>{HEADER}</row>" + f"<row>{ERROR * 200}</row>" * 2_000,
        "over 1000 faults",
    ),
    "a row beyond all rows": (f'<row r="1">{CELL}</row><row r="9999999999">{CELL}</row>', "over 50000 rows"),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_workbook_that_was_made_to_cost_time(tmp_path, name):
    rows, words = SHEETS[name]
    workbook(tmp_path / "a.xlsx", rows)
    assert (tmp_path / "a.xlsx").stat().st_size < 200_000
    assert words in refused(ne.read_xlsx, tmp_path / "a.xlsx")


NESTED = {
    "analyses in analyses": ("<COMPARISON><DICH_OUTCOME>", "</DICH_OUTCOME></COMPARISON>"),
    "names in names": ("<COMPARISON><DICH_OUTCOME><NAME>", "</NAME></DICH_OUTCOME></COMPARISON>"),
}


@pytest.mark.parametrize("name", NESTED)
def test_a_review_nested_without_end(tmp_path, name):
    start, end = NESTED[name]
    (tmp_path / "a.rm5").write_text(f"<R>{start * 40_000}{end * 40_000}</R>")
    assert "elements nested over 100 deep" in refused(ne.read_revman, tmp_path / "a.rm5")


ROWS = (
    "Analysis group,Analysis number,Analysis name,Study,Experimental cases,Experimental N,Control cases,Control N,"
    "Experimental mean,Experimental SD,Control mean,Control SD,GIV Mean,GIV SE\n"
)


@pytest.mark.parametrize("word", ["many", "nan", "inf", "1e999", "=1+1"])
def test_a_word_where_revman_has_a_number_is_named(tmp_path, word):
    path = tmp_path / "a-data-rows.csv"
    for cells, column in ((f",10,,12,5,{word},6,1,,", "sd"), (f"{word},10,1,12,,,,,,", "events")):
        path.write_text(f"{ROWS}1,1,Pain,Smith 2010,{cells}\n", encoding="utf-8")
        message = refused(ne.read_revman, path)
        assert f"column {column}: found '{word}'" in message
    path.write_text(f"{ROWS}1,1,Pain,Smith 2010,,,,,,,,,{word},1\n", encoding="utf-8")
    with pytest.raises(ne.NeckevidenceError, match="Smith 2010"):
        ne.read_revman(path, measure="RR")
