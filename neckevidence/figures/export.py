"""Figures that travel: a picture as PNG, SVG and PDF with its words inside, and its data as CSV beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError
from neckevidence.figures.records import data
from neckevidence.figures.style import house_style
from neckevidence.figures.svg import figure_of, svg_text, title_and_words
from neckevidence.figures.words import alt_text

DPI = 300


def save(
    ax_or_figure: Axes | Figure, path_stem: Path | str, result: Any, formats: Sequence[str] = ("png", "svg", "pdf")
) -> list[Path]:
    """Save a picture in several formats, with its data.

    Parameters
    ----------
    ax_or_figure : matplotlib Axes or Figure
        The picture. It stays open.
    path_stem : path
        Folder and name without an ending; the folder is made if it is not there.
    result : object
        What the picture shows, for its data and its words; see `data` and `alt_text`.
    formats : sequence of {"png", "svg", "pdf"}
        Which; the data are written in any case.

    Returns
    -------
    list of Path
        The pictures in the order asked for, then the CSV file.

    Raises
    ------
    NeckevidenceError
        For an unknown format, or a result that no picture of this package shows.

    Notes
    -----
    Nothing is put in place before all files are made, so that a failure leaves the files that were there. The same picture
    gives the same bytes: no file holds a date.

    PNG: 300 dots per inch, the words under ``Description``. PDF: TrueType fonts, the words as its subject. SVG: text stays
    text, so that it can be searched, read out and corrected; the glyphs it needs are in the file, so that it looks the same
    in every browser without the font being installed. A drawing program that ignores fonts inside an SVG sets the
    text in a font of its own; for such a program take the PDF, or ``svg_text(..., fonts="paths")``.

    Examples
    --------
    >>> import tempfile
    >>> from neckevidence import compare, load_evidence
    >>> result = compare(load_evidence(), "CYC5", "CYC10", outcome="somnolence")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in save(result.plot(), f"{folder}/drowsy", result, formats=["svg"])]
    ['drowsy.svg', 'drowsy.csv']
    """
    asked = [formats] if isinstance(formats, str) else list(dict.fromkeys(formats))
    unknown = [name for name in asked if name not in _WRITERS]
    if unknown:
        raise NeckevidenceError(f"formats must be among {', '.join(_WRITERS)}; found {', '.join(map(repr, unknown))}")
    figure, frame, alt = figure_of(ax_or_figure), data(result), alt_text(result)
    stem = Path(path_stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    names = [f"{stem.name}.{ending}" for ending in (*asked, "csv")]
    with tempfile.TemporaryDirectory(dir=stem.parent) as made:
        beside = Path(made)
        for ending, name in zip(asked, names, strict=False):
            _WRITERS[ending](figure, beside / name, alt)
        _as_text(frame).to_csv(beside / names[-1], index=False, lineterminator="\n", encoding="utf-8")
        for name in names:
            (beside / name).replace(stem.parent / name)
    return [stem.parent / name for name in names]


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep words from being formulas in a spreadsheet."""
    return frame.map(_cell).rename(columns=_cell)


def _cell(value: Any) -> Any:
    return escape.cell(value) if isinstance(value, str) else value


def _png(figure: Figure, path: Path, alt: str) -> None:
    words = {"Title": title_and_words(alt)[0], "Description": alt, "Software": None}
    with house_style():
        figure.savefig(path, format="png", dpi=DPI, metadata=words)


def _svg(figure: Figure, path: Path, alt: str) -> None:
    text = svg_text(figure, alt, fonts="embed")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n', encoding="utf-8", newline="\n")


def _pdf(figure: Figure, path: Path, alt: str) -> None:
    words = {"Title": title_and_words(alt)[0], "Subject": alt, "Creator": "neckevidence", "CreationDate": None}
    with house_style():
        figure.savefig(path, format="pdf", metadata=words)


_WRITERS: Mapping[str, Callable[[Figure, Path, str], None]] = {"png": _png, "svg": _svg, "pdf": _pdf}
