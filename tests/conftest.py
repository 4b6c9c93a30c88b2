"""What many tests share: the evidence, a copy of it that may be changed, and the report made from it."""

import csv
import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import matplotlib as mpl
import pytest
from changed_evidence import State

import neckevidence as ne
from neckevidence.data.evidence import _keyed, packaged_folder
from neckevidence.data.schema import read_descriptor

mpl.use("Agg")


@pytest.fixture(scope="session")
def ev():
    return ne.load_evidence(packaged_folder())


@pytest.fixture(scope="session")
def with_tables():
    """Return the evidence with some tables replaced, in memory."""

    def made(evidence, **tables):
        frames = {**evidence._tables, **tables}
        _, schema = read_descriptor(Path(evidence.folder))
        keyed = MappingProxyType(_keyed(schema, frames))
        return replace(evidence, digest="changed", _tables=MappingProxyType(frames), _keyed=keyed)

    return made


@pytest.fixture(scope="session")
def document(ev, tmp_path_factory):
    """The report, made of the notebooks once for all processes of a run."""
    from filelock import FileLock  # here, so that collecting stays cheap

    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "document"
    with FileLock(f"{shared}.lock"):
        if not (shared / "pickle").exists():
            (shared / "pictures").mkdir(parents=True, exist_ok=True)
            (shared / "pickle").write_bytes(pickle.dumps(made_document(ev, shared)))
    return pickle.loads((shared / "pickle").read_bytes())


def made_document(ev, folder):
    from neckevidence.report.build import FORMATS
    from neckevidence.report.contents import report_document
    from neckevidence.report.notebooks import chosen_notebooks, run_notebooks

    figures = folder / "figures"
    ran = run_notebooks(chosen_notebooks(ev), formats=FORMATS, pictures=folder / "pictures", figures=figures)
    return report_document(ev, [(one.name, one.told) for one in ran if one.told])


@pytest.fixture(scope="session")
def page(document):
    """The report as HTML."""
    from neckevidence.report.page import render_page

    return render_page(document)


class Folder:
    """A copy of the evidence in which single cells can be changed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def change(self, table, where, **cells):
        """Change the cells of the first row that has the values in `where`."""
        rows, header = self._read(table)
        row = next(row for row in rows if all(row[key] == value for key, value in where.items()))
        row.update(cells)
        self._write(table, header, rows)

    def repeat(self, table, where, **cells):
        """Add a copy of a row, with other cells."""
        rows, header = self._read(table)
        row = next(row for row in rows if all(row[key] == value for key, value in where.items()))
        self._write(table, header, [*rows, {**row, **cells}])

    def _read(self, table):
        with open(self.path / f"{table}.csv", encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            return list(reader), reader.fieldnames

    def _write(self, table, header, rows):
        with open(self.path / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(packaged_folder(), tmp_path / "evidence")
    return Folder(tmp_path / "evidence")


@pytest.fixture(scope="session")
def state(ev):
    """The evidence, to be changed by cells."""
    return State(ev)
