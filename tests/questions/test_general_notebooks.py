"""The general notebooks: they belong to no question, and on the invented one every output is that of the executed copies."""

import os
import subprocess
import sys

import nbformat
import pytest
from foreign import FOLDER, forbidden

from neckevidence.data.evidence import FOLDER_VARIABLE
from neckevidence.report.notebooks import GENERAL

PATHS = sorted(GENERAL.glob("*.ipynb"))
EXECUTED = FOLDER / "executed"


def cells(path):
    return nbformat.read(path, as_version=4).cells


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_they_know_no_question(path):
    for cell in cells(path):
        assert not forbidden(cell.source)
        assert not cell.get("outputs")
        assert len(cell.source.splitlines()) <= 15
    assert cells(path)[0].source.startswith("# ")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_executed_copy_is_of_the_same_cells(path):
    ours, theirs = cells(path), cells(EXECUTED / path.name)
    assert [cell.source for cell in ours] == [cell.source for cell in theirs]
    counts = [cell.execution_count for cell in theirs if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_they_give_what_the_executed_copies_say(tmp_path):
    command = [sys.executable, "-m", "pytest", "-o", "addopts=-q", "-p", "no:cacheprovider", "--nbval", str(EXECUTED)]
    environment = {**os.environ, FOLDER_VARIABLE: str(FOLDER / "invented")}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-3000:]
