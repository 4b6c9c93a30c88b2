import nbformat
import pytest

from neckevidence.core.errors import NeckevidenceError
from neckevidence.report import build
from neckevidence.report.notebooks import ReportError


def notebook(*cells):
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_markdown_cell("# A page\n\nIts lead."), *map(nbformat.v4.new_code_cell, cells)]
    return made


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A folder with one notebook, and a report of which only the words of its formats are written."""
    source = tmp_path / "notebooks"
    source.mkdir()
    nbformat.write(notebook("print(6 * 7)"), source / "01_small.ipynb")

    def writer(name):
        def write(path, document, pages):
            path.write_text(f"{name} of {len(pages)}")
            if name == "html":
                (path.parent / "notebooks").mkdir()
                for page in pages:
                    (path.parent / "notebooks" / page.name).write_text(page.html, encoding="utf-8")

        return write

    monkeypatch.setattr(build, "report_document", lambda evidence, told: None)
    monkeypatch.setattr(build, "_WRITERS", {name: writer(name) for name in build.FORMATS})
    return source


def test_the_files_asked_for_and_no_others_are_written(tmp_path, small):
    out = tmp_path / "reports"
    made = build.build_report(out, notebooks=small, formats=["docx", "html"], progress=False)
    names = [path.relative_to(out).as_posix() for path in made]
    assert sorted(names) == ["neck-spasm-evidence.docx", "neck-spasm-evidence.html", "notebooks/01_small.html"]
    assert names[-1] == "notebooks/01_small.html"
    assert "42" in made[-1].read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "reports"]


@pytest.mark.parametrize("formats", [[], ["html", "odt"]])
def test_an_unknown_format_is_named_before_anything_runs(tmp_path, formats):
    with pytest.raises(NeckevidenceError, match=r"format must be some of html, pdf, docx; found (none|odt)"):
        build.build_report(tmp_path / "reports", formats=formats, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_notebook_is_named_and_leaves_the_last_report(tmp_path, small):
    out = tmp_path / "reports"
    build.build_report(out, notebooks=small, progress=False)
    before = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    nbformat.write(notebook("1 + 1", "raise ValueError('no such figure')"), small / "02_bad.ipynb")
    nbformat.write(notebook("1 + 1"), small / "03_good.ipynb")
    with pytest.raises(ReportError, match=r"02_bad\.ipynb, cell 3: ValueError: no such figure"):
        build.build_report(out, notebooks=small, progress=False)
    assert {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "reports"]


def test_a_format_that_fails_leaves_the_last_report(tmp_path, small, monkeypatch):
    out = tmp_path / "reports"
    build.build_report(out, notebooks=small, progress=False)
    before = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def half(path, *others):
        path.write_text("half")
        raise OSError("no space left")

    monkeypatch.setitem(build._WRITERS, "docx", half)
    with pytest.raises(OSError, match="no space left"):
        build.build_report(out, notebooks=small, progress=False)
    assert {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_folder_without_notebooks_is_named(tmp_path):
    with pytest.raises(ReportError, match="no notebooks in"):
        build.build_report(tmp_path / "reports", notebooks=tmp_path, progress=False)
