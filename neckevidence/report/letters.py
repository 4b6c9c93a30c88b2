"""Letters that the font of the PDF and of the pictures lacks: both would show boxes in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from neckevidence.core.errors import Fault
from neckevidence.data.descriptor import DESCRIPTOR
from neckevidence.data.evidence import Evidence
from neckevidence.data.question import QUESTION

FONT = "DejaVu Sans"


def fonts() -> Path:
    """Return the folder of the font.

    Returns
    -------
    Path
        That of matplotlib: the same font wherever the package is installed.
    """
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def unknown_letters(text: str) -> str:
    """Return the letters of a text that the font lacks.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Each once, with their code points; empty if there is none.

    Examples
    --------
    >>> unknown_letters("5 mg \u7530")
    "'\u7530' (U+7530)"
    """
    unknown = {letter for letter in text if ord(letter) not in _known_letters() and not letter.isspace()} - {"\u200b"}
    return ", ".join(f"{letter!r} (U+{ord(letter):04X})" for letter in sorted(unknown))


@cache
def _known_letters() -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(str(fonts() / "DejaVuSans.ttf")).get_charmap())


def unprintable(evidence: Evidence) -> tuple[Fault, ...]:
    """Return where the evidence has letters that the font lacks.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    tuple of Fault
        Those of the question and the title, then of the tables by row; empty if the PDF can be made.

    Examples
    --------
    >>> import neckevidence as ne
    >>> unprintable(ne.load_evidence())
    ()
    """
    wanted = f"letters of {FONT}, the font of the PDF"
    said = [*_texts(QUESTION, asdict(evidence.question))]
    if evidence.title != evidence.question.title:
        said.append((DESCRIPTOR, None, "title", evidence.title))
    cells = (
        (name, row, column, cell)
        for name in evidence.names
        for column, texts in evidence.table(name).items()
        for row, cell in texts.items()
        if isinstance(cell, str) and not cell.isascii()
    )
    said += sorted(cells, key=lambda one: (evidence.names.index(one[0]), one[1]))
    found = ((place, unknown_letters(text)) for *place, text in said)
    return tuple(Fault(*place, letters, wanted) for place, letters in found if letters)


def _texts(file: str, value: Any, place: str = "") -> Iterator[tuple[str, None, str, str]]:
    """Yield each text of a question with its place."""
    if isinstance(value, str):
        yield file, None, place, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(file, part, f"{place}.{name}".lstrip("."))
    elif isinstance(value, tuple | list):
        for number, part in enumerate(value, 1):
            yield from _texts(file, part, f"{place}.{number}")
