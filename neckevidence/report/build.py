"""The report: every notebook run afresh, and written as one self-contained page each, with an index."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from tqdm import tqdm
from traitlets.config import Config

from neckevidence import __version__
from neckevidence.errors import NeckevidenceError
from neckevidence.evidence import FOLDER_VARIABLE, evidence_folder, load_evidence

_TEMPLATES = Path(__file__).parent / "templates"
_SECONDS = 600


class ReportError(NeckevidenceError):
    """A notebook failed; the message names it, the cell and the error."""


@dataclass(frozen=True)
class Page:
    """One page of the report: its file name, title, first words and HTML."""

    name: str
    title: str
    lead: str
    html: str


def notebooks_folder() -> Path:
    """Return the folder of the notebooks.

    Returns
    -------
    Path
        Inside the package when it is installed from a wheel, beside it in a checkout.
    """
    package = Path(__file__).parent.parent
    inside = package / "_notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


def build_report(
    out: Path,
    evidence: Path | None = None,
    notebooks: Path | None = None,
    progress: bool = True,
) -> list[Path]:
    """Run the notebooks and write the report.

    Parameters
    ----------
    out : Path
        Folder for ``index.html`` and a page for each notebook; made if it is not there.
    evidence : Path, optional
        Evidence folder that the notebooks read instead of the packaged one.
    notebooks : Path, optional
        Folder of the notebooks, by default those of the package.
    progress : bool
        Whether to show a progress bar and a line for each notebook.

    Returns
    -------
    list of Path
        The pages written, the index first.

    Raises
    ------
    ReportError
        If a notebook fails. Nothing is written then: a report that is there stays as it is.

    Notes
    -----
    All pages are made before the first is written, and each is written beside its place and then moved there.
    """
    paths = sorted((notebooks or notebooks_folder()).glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise ReportError(f"no notebooks in {notebooks or notebooks_folder()}")
    pages = []
    with _evidence_in_environment(evidence), tqdm(paths, disable=not progress, unit="notebook") as bar:
        for path in bar:
            bar.set_description(path.stem)
            pages.append(_page(path))
            if progress:
                tqdm.write(f"{path.stem}: done")
    pages = [Page("index.html", *_index(pages, evidence)), *(_linked(page, pages) for page in pages)]
    return _write(out, pages)


@contextmanager
def _evidence_in_environment(evidence: Path | None) -> Iterator[None]:
    """Let the kernels read the folder that was asked for; a relative path would not mean the same there."""
    before = os.environ.get(FOLDER_VARIABLE)
    if evidence is not None:
        os.environ[FOLDER_VARIABLE] = str(evidence_folder(evidence).resolve())
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(FOLDER_VARIABLE, None)
        else:
            os.environ[FOLDER_VARIABLE] = before


def _page(path: Path) -> Page:
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as empty:
        client = NotebookClient(
            notebook,
            timeout=_SECONDS,
            kernel_name="python3",
            extra_arguments=["--log-level=40"],  # the kernel warns of its local connection at every start
            resources={"metadata": {"path": empty}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            number = next(i for i, cell in enumerate(notebook.cells, 1) if _failed(cell))
            last = str(error.evalue).strip() or error.ename
            raise ReportError(f"{path.name}, cell {number}: {error.ename}: {last}") from error
    words = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    title = next(line.removeprefix("# ") for line in words[0].splitlines() if line.startswith("# "))
    lead = " ".join(line for line in words[0].splitlines() if line and not line.startswith("#"))
    body, _ = _exporter().from_notebook_node(notebook, {"metadata": {"name": title}})
    return Page(f"{path.stem}.html", title, lead, body)


def _failed(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def _exporter() -> HTMLExporter:
    config = Config()
    config.HTMLExporter.extra_template_basedirs = [str(_TEMPLATES)]
    config.HTMLExporter.template_name = "page"
    config.HTMLExporter.embed_images = True
    config.HTMLExporter.anchor_link_text = ""
    return HTMLExporter(config=config)


def _index(pages: list[Page], evidence: Path | None) -> tuple[str, str, str]:
    loaded = load_evidence(evidence)
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True)
    title = "Cyclobenzaprine 5 mg for neck muscle spasm: the numbers behind the recommendation"
    html = environment.get_template("index.html.j2").render(
        title=title,
        pages=pages,
        picture=_first_picture(pages[0].html),
        version=__version__,
        evidence_title=loaded.title,
        digest=loaded.digest,
        css=(_TEMPLATES / "page" / "style.css").read_text(encoding="utf-8"),
    )
    return title, "", html


def _first_picture(html: str) -> str:
    found = re.search(r"<img\b[^>]*>", html)
    return found.group() if found else ""


def _linked(page: Page, pages: list[Page]) -> Page:
    """Put the way to the other pages on top of a page."""
    links = "".join(
        f'<a href="{other.name}"{" aria-current=page" if other is page else ""}>{other.title}</a>' for other in pages
    )
    navigation = f'<nav aria-label="Pages"><a href="index.html">Overview</a>{links}</nav>'
    return Page(page.name, page.title, page.lead, page.html.replace("<!-- navigation -->", navigation, 1))


def _write(out: Path, pages: list[Page]) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as beside:
        for page in pages:
            (Path(beside) / page.name).write_text(page.html, encoding="utf-8")
        for page in pages:
            (Path(beside) / page.name).replace(out / page.name)
    return [out / page.name for page in pages]
