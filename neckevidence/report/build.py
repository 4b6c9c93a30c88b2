"""The report: every notebook run afresh, then one HTML file, a PDF and a Word file from the same document."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.evidence import Evidence, load_evidence
from neckevidence.report.contents import report_document
from neckevidence.report.document import Document
from neckevidence.report.folder import report_folder
from neckevidence.report.letters import unprintable
from neckevidence.report.notebooks import (
    Page,
    chosen_notebooks,
    index_page,
    left_alone,
    run_notebooks,
    unprintable_words,
)

NAME = "evidence-report"  # of its files, if the question gives them none
FORMATS = ("html", "pdf", "docx")
_NAMED = 5  # cells in a message


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


class NotMadeError(NeckevidenceError):
    """Some formats could not be made; the report is written in the others.

    Attributes
    ----------
    files : list of Path
        The files written.
    reasons : dict of str to str
        For each format that is missing, why.
    """

    def __init__(self, files: list[Path], reasons: Mapping[str, str]) -> None:
        self.files, self.reasons = files, dict(reasons)
        super().__init__("\n".join(f"not made: {name}: {reason}" for name, reason in self.reasons.items()))


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
        Folder of the report; made if it is not there. Afterwards it holds this report and nothing of an earlier one, not
        even in other formats; files that no report has written stay.
    evidence : Path, optional
        Evidence folder that is read instead of the packaged one.
    notebooks : Path, optional
        Folder of the notebooks, which are run: code that you trust. By default those of the package: its own question's for
        its own evidence, general ones for any other.
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
    NotMadeError
        If some formats could not be made. Those that could are written.
    ReportError
        If a notebook fails. Nothing is written then: a report that is there stays as it is.
    NeckevidenceError
        If a format is not known, none can be made, the evidence is faulty, or another run is writing into `out`.
    OSError
        If `out` cannot be written, or the disk is full. The last report stays as it is.
    """
    formats = check_formats(formats)
    loaded = load_evidence(evidence)
    paths = chosen_notebooks(loaded, notebooks)
    name = loaded.question.report or NAME
    unknown = _unknown(loaded, paths)
    reasons = {"pdf": unknown} if unknown and "pdf" in formats else {}
    left = [ending for ending in formats if ending not in reasons]
    _refuse_nothing(left, reasons)
    ours = [f"{name}.{ending}" for ending in FORMATS]
    with report_folder(out, ours) as new, tqdm(total=len(paths) + len(left), disable=not progress, unit="step") as bar:

        def say(line: str) -> None:
            if progress:
                tqdm.write(line)

        def done(step: str) -> None:
            bar.update()
            say(f"{step}: done")

        for ending, reason in reasons.items():
            say(f"{ending} is left out: {reason}")
        if unknown and ("docx" in left or figures):
            say(f"pictures: Word leaves those out that need such letters, saved figures show boxes: {unknown}")
        for folder in left_alone(loaded) if notebooks is None else ():
            say(f"{folder} has notebooks; they were not run, for they are code: --notebooks {folder} runs them")
        with tempfile.TemporaryDirectory(dir=new) as pictures:
            saved = new / "figures" if figures else None
            ran = run_notebooks(paths, evidence, done, new, left, Path(pictures), saved)
            document = report_document(loaded, [(one.name, one.told) for one in ran if one.told])
            reasons |= _write(new / name, document, [one.page for one in ran], left, done)
        _refuse_nothing([ending for ending in left if ending not in reasons], reasons)
        made = sorted(path.relative_to(new) for path in new.rglob("*") if path.is_file())
    files = [out / path for path in sorted(made, key=lambda path: len(path.parts))]
    if reasons:
        raise NotMadeError(files, reasons)
    return files


def _unknown(evidence: Evidence, notebooks: Sequence[Path]) -> str:
    """Name the letters that the PDF cannot show, before the work starts: in the evidence, and in the words of the notebooks."""
    faults = [*unprintable(evidence), *(fault for path in notebooks for fault in unprintable_words(path))]
    more = f" (and {len(faults) - _NAMED} cells more)" if len(faults) > _NAMED else ""
    return "; ".join(map(str, faults[:_NAMED])) + more


def _refuse_nothing(formats: Sequence[str], reasons: Mapping[str, str]) -> None:
    if not formats:
        raise NeckevidenceError("no report made: " + "; ".join(f"{name}: {reason}" for name, reason in reasons.items()))


def _write(
    stem: Path, document: Document, pages: list[Page], formats: Sequence[str], done: Callable[[str], None]
) -> dict[str, str]:
    """Write each format; return those that failed, with the reason, for one does not cost the others."""
    reasons = {}
    for name in formats:
        path = stem.with_name(f"{stem.name}.{name}")
        try:
            _WRITERS[name](path, document, pages)
            done(name)
        except NeckevidenceError as error:
            if isinstance(error.__cause__, OSError):  # a full disk is no matter of one format
                raise error.__cause__ from error
            path.unlink(missing_ok=True)
            reasons[name] = str(error)
    return reasons


# A format loads what it needs when it is asked for.
def _write_html(path: Path, document: Document, pages: list[Page]) -> None:
    from neckevidence.report.page import render_page

    path.write_text(render_page(document), encoding="utf-8", newline="\n")
    folder = path.parent / "notebooks"
    folder.mkdir()
    for page in (index_page(pages, document.edition), *pages):
        (folder / page.name).write_text(page.html, encoding="utf-8", newline="\n")


def _write_pdf(path: Path, document: Document, pages: list[Page]) -> None:
    from neckevidence.report.pdf import write_pdf

    write_pdf(document, path)


def _write_word(path: Path, document: Document, pages: list[Page]) -> None:
    from neckevidence.report.word import write_word

    write_word(document, path)


_WRITERS = {"html": _write_html, "pdf": _write_pdf, "docx": _write_word}
