import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from neckevidence.data.evidence import FOLDER_VARIABLE
from neckevidence.report.notebooks import notebooks_folder

PATHS = sorted(notebooks_folder().glob("*.ipynb"))
NAMES = [
    "00_in_short",
    "00_start_here",
    "01_dose_5_vs_10_mg",
    "02_with_or_without_ibuprofen",
    "03_versus_diazepam",
    "04_versus_placebo",
    "05_relief_without_sedation",
    "06_the_network",
    "07_dose_and_sedation",
    "08_the_recommendation_audited",
    "09_what_is_missing",
    "10_try_it_yourself",
    "90_which_interval_to_trust",
    "explore",
]


def code_cells(path):
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def test_the_notebooks_are_there():
    assert [path.stem for path in PATHS] == NAMES


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_notebook_is_executed_in_order_short_and_compared_in_every_cell(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(len(cell.source.splitlines()) <= 15 for cell in cells)
    assert not any("NBVAL" in cell.source or "nbval" in str(cell.metadata) for cell in cells)
    outputs = [output for cell in cells for output in cell.outputs]
    assert not any(output.output_type == "error" for output in outputs)
    # Addresses of objects and paths of a machine; the letters of an encoded picture can look like either.
    texts = [
        text for o in outputs for kind, text in o.get("data", {"text": o.get("text")}).items() if "png" not in kind
    ]
    assert not re.search(r"0x[0-9a-f]{6,}|/home/|/tmp/", str(texts))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_picture_has_an_alternative_text(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                assert len(output.metadata["image/png"]["alt"]) > 40


def test_a_changed_figure_makes_a_notebook_fail(folder, tmp_path):
    shutil.copy(notebooks_folder() / "01_dose_5_vs_10_mg.ipynb", tmp_path)
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "-q", "01_dose_5_vs_10_mg.ipynb"]
    environment = {**os.environ, FOLDER_VARIABLE: str(folder.path)}
    options = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
    before = subprocess.run(command, **options)
    assert before.returncode == 0, before.stdout[-2000:]
    folder.change("counts", {"fact_id": "counts_002"}, percent="39", as_printed="39%")
    after = subprocess.run(command, **options)
    assert after.returncode == 1
    assert "failed" in after.stdout
