"""The report: every notebook run afresh, then one HTML file, a PDF and a Word file from the same document."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tqdm import tqdm

from neckevidence.errors import NeckevidenceError
from neckevidence.evidence import load_evidence
from neckevidence.report.contents import report_document
from neckevidence.report.document import Document
from neckevidence.report.notebooks import Page, index_page, notebook_paths, run_notebooks

NAME = "neck-spasm-evidence"
FORMATS = ("html", "pdf", "docx")


def check_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """Return the formats asked for, each once.

    Parameters
    ----------
    formats : sequence of str
        Some of ``html``, ``pdf`` and ``docx``.

    Returns
    -------
    tuple of str
        In the order of `FORMATS`.

    Raises
    ------
    NeckevidenceError
        If there is none, or one is not known.

    Examples
    --------
    >>> check_formats(["pdf", "html"])
    ('html', 'pdf')
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise NeckevidenceError(f"format must be some of {', '.join(FORMATS)}; found {', '.join(unknown) or 'none'}")
    return tuple(name for name in FORMATS if name in formats)


def build_report(
    out: Path,
    evidence: Path | None = None,
    notebooks: Path | None = None,
    formats: Sequence[str] = FORMATS,
    figures: bool = False,
    progress: bool = True,
) -> list[Path]:
    """Run the notebooks and write the report.

    Parameters
    ----------
    out : Path
        Folder of the report; made if it is not there.
    evidence : Path, optional
        Evidence folder that is read instead of the packaged one.
    notebooks : Path, optional
        Folder of the notebooks, by default those of the package.
    formats : sequence of str
        Some of ``html``, ``pdf`` and ``docx``; with ``html`` come the pages of the notebooks, in a folder of their own.
    figures : bool
        Whether to save every figure as PNG, SVG and PDF with its numbers as CSV, in a folder of their own.
    progress : bool
        Whether to show a progress bar and a line for each step.

    Returns
    -------
    list of Path
        The files written, the reports first.

    Raises
    ------
    ReportError
        If a notebook fails. Nothing is written then: a report that is there stays as it is.
    NeckevidenceError
        If a format is not known.

    Notes
    -----
    Everything is made beside its place before the first file is moved there.
    """
    formats = check_formats(formats)
    paths = notebook_paths(notebooks)
    out.parent.mkdir(parents=True, exist_ok=True)
    steps = len(paths) + 1 + len(formats) + figures
    with (
        tempfile.TemporaryDirectory(dir=out.parent) as beside,
        tqdm(total=steps, disable=not progress, unit="step") as bar,
    ):

        def done(step: str) -> None:
            bar.update()
            if progress:
                tqdm.write(f"{step}: done")

        pages = run_notebooks(paths, evidence, done)
        document = report_document(load_evidence(evidence))
        done("chapters")
        _write(Path(beside), document, pages, formats, done)
        if figures:
            _save_figures(Path(beside) / "figures", document)
            done("figures")
        return _moved(Path(beside), out)


def _write(
    folder: Path, document: Document, pages: list[Page], formats: tuple[str, ...], done: Callable[[str], None]
) -> None:
    # A format loads what it needs when it is asked for.
    if "html" in formats:
        from neckevidence.report.page import render_page

        (folder / f"{NAME}.html").write_text(render_page(document), encoding="utf-8", newline="\n")
        (folder / "notebooks").mkdir()
        for page in (index_page(pages, document.edition), *pages):
            (folder / "notebooks" / page.name).write_text(page.html, encoding="utf-8", newline="\n")
        done("HTML")
    if "pdf" in formats:
        from neckevidence.report.pdf import write_pdf

        write_pdf(document, folder / f"{NAME}.pdf")
        done("PDF")
    if "docx" in formats:
        from neckevidence.report.word import write_word

        write_word(document, folder / f"{NAME}.docx")
        done("Word")


def _save_figures(folder: Path, document: Document) -> None:
    import matplotlib.pyplot as plt

    from neckevidence.figures import save

    for picture in document.pictures():
        axes = picture.draw()
        save(axes, folder / picture.name, picture.result)
        plt.close(axes.figure)


def _moved(beside: Path, out: Path) -> list[Path]:
    """Move every file to its place, the reports last: what links to the rest is replaced when the rest is there."""
    made = sorted((path for path in beside.rglob("*") if path.is_file()), key=lambda path: -len(path.parts))
    places = []
    for path in made:
        place = out / path.relative_to(beside)
        place.parent.mkdir(parents=True, exist_ok=True)
        places.append(path.replace(place))
    return places[::-1]
