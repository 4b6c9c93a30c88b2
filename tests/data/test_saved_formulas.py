"""A folder that is written holds no cell that a spreadsheet computes, and is the same evidence when it is read again."""

import csv
import re

import openpyxl
import pytest

import neckevidence as ne
from neckevidence.data.new import new_folder

SIGNS = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
PRINTED = "-0.3 (-0.5 to -0.1)"


def cells(folder):
    for path in folder.glob("*.csv"):
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                yield from row


def computed(folder):
    number = r"[+-]?[\d.]+"
    return [cell for cell in cells(folder) if re.match(r"[=+\-@\t\r＝＋－＠]", cell) and not re.fullmatch(number, cell)]


@pytest.mark.parametrize("sign", SIGNS)
def test_a_saved_folder_has_no_formula_and_the_same_digest(folder, tmp_path, sign):
    text = f"{sign}HYPERLINK(A1)"
    folder.change("trials", {"trial_id": "khwaja2010"}, note=text)
    ev = ne.load_evidence(folder.path)
    again = ne.load_evidence(ev.save(tmp_path / "saved"))
    assert computed(tmp_path / "saved") == []
    assert f"'{text}" in set(cells(tmp_path / "saved"))
    assert again.digest == ev.digest
    assert again.keyed("trials").loc["khwaja2010", "note"] == text


def test_a_folder_made_of_a_strangers_workbook_has_no_formula(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "arms"
    for row in (["trial_id", "arm_id", "treatment", "=column"], ["=t", "a", "+A", "@x"], ["=t", "b", "-B", "x"]):
        book.active.append(row)
    counts = book.create_sheet("counts")
    for row in (["trial_id", "arm_id", "outcome", "events", "n"], ["=t", "a", "-o", 1, 10], ["=t", "b", "-o", 2, 10]):
        counts.append(row)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    book.save(tmp_path / "a.xlsx")
    folder = new_folder(tmp_path / "made", tmp_path / "a.xlsx")
    assert computed(folder) == []
    ev = ne.load_evidence(folder)
    assert set(ev.arms["treatment"]) == {"+A", "-B"}
    assert "=column" in ev.arms.columns


def test_a_negative_number_and_an_apostrophe_stay(folder, tmp_path):
    folder.change("trials", {"trial_id": "khwaja2010"}, note="'quoted' words", setting=PRINTED)
    saved = ne.load_evidence(folder.path).save(tmp_path / "saved")
    found = ne.load_evidence(saved).keyed("trials").loc["khwaja2010"]
    assert (found["note"], found["setting"]) == ("'quoted' words", PRINTED)
