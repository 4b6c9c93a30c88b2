"""The notebooks, each run afresh and written as one self-contained page in which nothing runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import jinja2
import nbformat
from markupsafe import Markup
from nbconvert import HTMLExporter
from traitlets.config import Config

from neckevidence.core.errors import Fault
from neckevidence.data.evidence import Evidence, is_packaged
from neckevidence.data.question import QUESTION, Part
from neckevidence.report.from_notebooks import LEFT_OUT, Told, notebook_names, read_notebook
from neckevidence.report.kernels import ReportError, execute
from neckevidence.report.letters import FONT, unknown_letters
from neckevidence.report.safe import clean, policy

GENERAL = Path(__file__).parent.parent / "notebooks"  # for an evidence folder that has none of its own
PARTS = get_args(Part)
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    """One page: its file name, title, first words, and the HTML of its body, then of the whole."""

    name: str
    title: str
    lead: str
    html: str


@dataclass(frozen=True)
class Ran:
    """A notebook that ran: its page, its name in the report, and what it tells there, if anything."""

    page: Page
    name: str
    told: Told | None


def notebooks_folder() -> Path:
    """Return the folder of the notebooks of the package's own question.

    Returns
    -------
    Path
        Inside the package when it is installed from a wheel, beside it in a checkout.
    """
    package = Path(__file__).parent.parent
    inside = package / "_notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


def notebook_paths(folder: Path | None = None, listed: Sequence[str] = ()) -> list[Path]:
    """Return notebooks in order.

    Parameters
    ----------
    folder : Path, optional
        By default the notebooks of the package's own question.
    listed : sequence of str
        Names of files of the folder, or of the general notebooks; by default all of the folder that begin with a number,
        which the explorer does not.

    Returns
    -------
    list of Path
        At least one.

    Raises
    ------
    ReportError
        If there is none, or one of those listed is missing.
    """
    folder = folder or notebooks_folder()
    if listed:
        paths = [
            next((place / name for place in (folder, GENERAL) if (place / name).is_file()), None) for name in listed
        ]
        missing = [name for name, path in zip(listed, paths, strict=True) if path is None]
        if missing:
            raise ReportError(f"{QUESTION} lists {', '.join(missing)}, not in {folder}")
    else:
        paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise ReportError(f"no notebooks in {folder}")
    return [path for path in paths if path is not None]


def chosen_notebooks(evidence: Evidence, folder: Path | None = None) -> list[Path]:
    """Return the notebooks that make the report of an evidence folder.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    folder : Path, optional
        The notebooks that the user chose to run.

    Returns
    -------
    list of Path
        Of the folder, or else of the package's own question; for any other evidence the general ones.

    Raises
    ------
    ReportError
        If there is none, or one of those listed is missing.

    Notes
    -----
    Notebooks are code, and an evidence folder may be a stranger's: what lies in or beside it runs only when it is named. Its
    ``question.toml`` can but choose among the notebooks of the folder that was named, in the order brief, report, annex; a
    folder that holds none of those it lists is taken whole.
    """
    if folder is None and not is_packaged(evidence):
        return notebook_paths(GENERAL)
    listed = [one.file for one in sorted(evidence.question.notebooks, key=lambda one: PARTS.index(one.part))]
    own_list = folder is None or any((folder / name).is_file() for name in listed)
    return notebook_paths(folder, listed if own_list else ())


def left_alone(evidence: Evidence) -> list[Path]:
    """Return the folders in or beside an evidence folder whose notebooks are not run unless they are named.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    list of Path
        Empty for the package's own evidence.
    """
    if is_packaged(evidence):
        return []
    folder = Path(evidence.folder).resolve()
    places = (folder, folder / "notebooks", folder.parent / "notebooks")
    return [place for place in places if any(place.glob("*.ipynb"))]


def unprintable_words(path: Path) -> Iterator[Fault]:
    """Yield the cells of a notebook whose words have letters that the font of the PDF lacks.

    Parameters
    ----------
    path : Path
        The notebook.

    Yields
    ------
    Fault
        With the number of the cell. What a cell of code will show is not known yet.
    """
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells, 1):
        left_out = LEFT_OUT in cell.metadata.get("tags", ())
        if cell.cell_type == "markdown" and not left_out and (letters := unknown_letters(cell.source)):
            yield Fault(path.name, None, f"cell {number}", letters, f"letters of {FONT}, the font of the PDF")


def run_notebooks(
    paths: list[Path],
    evidence: Path | None = None,
    done: Callable[[str], None] = lambda name: None,
    work: Path | None = None,
    formats: Sequence[str] = (),
    pictures: Path = Path(),
    figures: Path | None = None,
) -> list[Ran]:
    """Run notebooks, each in a kernel of its own, and make their pages and what they tell in the report.

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
    formats : sequence of str
        The formats of the report that pictures are drawn for.
    pictures : Path
        Where the files of the pictures go.
    figures : Path, optional
        Where the pictures are saved for their own sake.

    Returns
    -------
    list of Ran
        In the order of `paths`, each page with the way to the others.

    Raises
    ------
    ReportError
        If one fails; the others stop at once.
    """
    names = notebook_names(paths)

    def first(path: Path) -> str:
        places = str(pictures.resolve()), list(formats), str(figures.resolve()) if figures else ""
        return f"from neckevidence.report.recorder import record; record({names[path.name]!r}, *{places!r})"

    def made(path: Path, notebook: Any) -> Ran:
        told = read_notebook(path, notebook, pictures, lambda address: names.get(address, ""))
        ran = Ran(_page(path, notebook), names[path.name], told)
        done(path.stem)
        return ran

    every = execute(paths, made, evidence, work, first)
    pages = [ran.page for ran in every]
    return [replace(ran, page=_linked(ran.page, pages)) for ran in every]


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
