"""Evidence as a folder of files: written beside, then moved to its place in one step."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.descriptor import DESCRIPTOR
from neckevidence.data.question import QUESTION
from neckevidence.data.reading import ReadFolder
from neckevidence.data.rulebook import effective_tables
from neckevidence.data.schema import codebook_of

CODEBOOK = "CODEBOOK.md"


def write_folder(read: ReadFolder | None, path: Path) -> Path:
    """Write the tables of an evidence as they were read.

    Parameters
    ----------
    read : ReadFolder or None
        What was read.
    path : Path
        A folder that is not there yet, or is empty.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    NeckevidenceError
        If the folder holds something, or there is nothing to write.
    """
    if read is None:
        raise NeckevidenceError("this evidence was made in memory and not read; there are no tables to save")

    def fill(folder: Path) -> None:
        write_tables(read, folder)
        if read.descriptor is not None:
            text = json.dumps(read.descriptor, indent=1, ensure_ascii=False)
            (folder / DESCRIPTOR).write_text(text + "\n", encoding="utf-8", newline="\n")
        if read.question_file:
            (folder / QUESTION).write_bytes(read.question_file)

    return in_one_step(path, fill)


def write_tables(read: ReadFolder, folder: Path) -> None:
    """Write the tables of an evidence as CSV files.

    Parameters
    ----------
    read : ReadFolder
        What was read.
    folder : Path
        Where to.
    """
    for name, text in read.given.items():
        _write_csv(folder / read.tables[name].path, text)


def _write_csv(path: Path, text: pd.DataFrame) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(escape.cell, text.columns))
        writer.writerows([escape.cell(cell) for cell in row] for row in text.fillna("").to_numpy().tolist())


def in_one_step(path: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a folder beside its place and move it there when it is whole.

    Parameters
    ----------
    path : Path
        A folder that is not there yet, or is empty.
    fill : callable
        Writes into the folder that it is given.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    NeckevidenceError
        If there is something at its place.
    """
    if path.is_symlink() or (path.exists() and (not path.is_dir() or any(path.iterdir()))):
        raise NeckevidenceError(f"{path} is not empty; name a folder that is not there yet")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        fill(beside)
        beside.chmod(0o755)
        if path.exists():
            path.rmdir()
        beside.rename(path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return path


def write_codebook(folder: Path, title: str) -> None:
    """Write a codebook of every table and column that an evidence may have.

    Parameters
    ----------
    folder : Path
        Where to.
    title : str
        Its title.
    """
    tables, _ = effective_tables(None)
    about = (
        "Every table and column that may stand here. Needed are arms, and counts, means or reported; all else can wait."
    )
    (folder / CODEBOOK).write_text(codebook_of(title, about, tables.values()), encoding="utf-8", newline="\n")
