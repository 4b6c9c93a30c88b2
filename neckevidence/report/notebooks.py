"""The notebooks, each run afresh and written as one self-contained page in which nothing runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from nbconvert import HTMLExporter
from traitlets.config import Config

from neckevidence.report.kernels import ReportError, execute
from neckevidence.report.safe import clean, policy

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    """One page: its file name, title, first words, and the HTML of its body, then of the whole."""

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


def notebook_paths(folder: Path | None = None) -> list[Path]:
    """Return the notebooks of the report in order; the explorer, which has no number, is none of them.

    Parameters
    ----------
    folder : Path, optional
        By default the notebooks of the package.

    Returns
    -------
    list of Path
        At least one.

    Raises
    ------
    ReportError
        If there is none.
    """
    folder = folder or notebooks_folder()
    paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise ReportError(f"no notebooks in {folder}")
    return paths


def run_notebooks(
    paths: list[Path],
    evidence: Path | None = None,
    done: Callable[[str], None] = lambda name: None,
    work: Path | None = None,
) -> list[Page]:
    """Run notebooks, each in a kernel of its own, and make their pages.

    Parameters
    ----------
    paths : list of Path
        The notebooks.
    evidence : Path, optional
        Evidence folder that they read instead of the packaged one.
    done : callable
        Called with the name of each notebook when it is done.
    work : Path, optional
        Where the empty folders are in which they run; by default among the temporary files of the system.

    Returns
    -------
    list of Page
        In the order of `paths`, each with the way to the others.

    Raises
    ------
    ReportError
        If one fails; the others stop at once.
    """

    def page(path: Path, notebook: Any) -> Page:
        made = _page(path, notebook)
        done(path.stem)
        return made

    pages = execute(paths, page, evidence, work)
    return [_linked(page, pages) for page in pages]


def _page(path: Path, notebook: Any) -> Page:
    title, lead = _heading(notebook, path.stem)
    return Page(f"{path.stem}.html", title, lead, body(notebook))


def _heading(notebook: Any, name: str) -> tuple[str, str]:
    """Return the first heading of a notebook, or its name, and what stands below that in the same cell."""
    words = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"), "").splitlines()
    title = next((line.removeprefix("# ") for line in words if line.startswith("# ")), name)
    return title, " ".join(line for line in words if line and not line.startswith("#"))


def exporter() -> HTMLExporter:
    """Return the exporter of notebooks to what stands in `body`, before that is cleaned."""
    config = Config()
    config.HTMLExporter.extra_template_basedirs = [str(_TEMPLATES)]
    config.HTMLExporter.template_name = "page"
    config.HTMLExporter.anchor_link_text = ""
    return HTMLExporter(config=config)


def body(notebook: Any) -> Markup:
    """Return the cells of a notebook as HTML.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook, with its outputs.

    Returns
    -------
    Markup
        Without scripts, forms and frames, and with no address but those of the web behind links.
    """
    html, _ = exporter().from_notebook_node(notebook)
    return Markup(clean(html))


def index_page(pages: list[Page], edition: str) -> Page:
    """Return the page that lists the others.

    Parameters
    ----------
    pages : list of Page
        The pages.
    edition : str
        What they were made from.

    Returns
    -------
    Page
        ``index.html``.
    """
    title = "The notebooks behind the report"
    return Page("index.html", title, "", _rendered("index.html.j2", title=title, pages=pages, edition=edition))


def _linked(page: Page, pages: list[Page]) -> Page:
    """Make the whole page of its body, with the way to the other pages on top."""
    return replace(page, html=_rendered("notebook.html.j2", title=page.title, page=page, pages=pages))


def _rendered(template: str, **values: Any) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    css = Markup((_TEMPLATES / "page" / "style.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(css=css, policy=policy(), **values)
