"""In the kernel of a notebook: whatever a cell shows is handed over as blocks of the report, too."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, singledispatchmethod
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from IPython.core.formatters import BaseFormatter
from IPython.core.getipython import get_ipython
from matplotlib.text import Text
from traitlets import ObjectName, Unicode

from neckevidence.claims.verdicts import Verdict
from neckevidence.comparison.absolute import AbsoluteEffect
from neckevidence.comparison.result import Comparison
from neckevidence.core.explanation import Explanation
from neckevidence.data.evidence import Evidence, load_evidence
from neckevidence.equivalence.assessment import Equivalence
from neckevidence.figures import save, svg_text, twin
from neckevidence.figures.kinds import UnknownResultError
from neckevidence.figures.show import Shown
from neckevidence.grade.certainty import Certainty
from neckevidence.report.blocks import MIME, Blocks, anchor, to_json
from neckevidence.report.document import Block, Part, Picture, Rows, Words, Workbench
from neckevidence.report.letters import unknown_letters
from neckevidence.report.trails import Trails
from neckevidence.report.workbench import WorkbenchOf
from neckevidence.tables.base import EvidenceRow, Table
from neckevidence.tables.prose import Prose

_DPI = 300


def record(name: str, folder: str, formats: Sequence[str], figures: str = "") -> None:
    """Let this kernel hand over what its cells show.

    Parameters
    ----------
    name : str
        Of the notebook, for the names of its pictures and tables.
    folder : str
        Where the files of pictures go.
    formats : sequence of str
        The formats of the report, some of ``html``, ``pdf`` and ``docx``.
    figures : str
        Where the pictures are saved for their own sake; empty for nowhere.
    """
    shell = get_ipython()
    recorder = Recorder(name, Path(folder), formats, Path(figures) if figures else None, shell.user_ns)
    shell.display_formatter.formatters[MIME] = _Formatter(recorder.json)


class _Formatter(BaseFormatter):
    """Asks the recorder for every object that is shown; an error of it is an error of the cell."""

    format_type = Unicode(MIME)
    print_method = ObjectName("_repr_neckevidence_")

    def __init__(self, ask: Callable[[Any], dict[str, Any] | None]) -> None:
        super().__init__()
        self._ask = ask

    def __call__(self, obj: Any) -> dict[str, Any] | None:
        return self._ask(obj)


class Recorder:
    """Turns what is shown into blocks.

    Parameters
    ----------
    name : str
        Of the notebook.
    folder : Path
        Where the files of pictures go.
    formats : sequence of str
        The formats of the report.
    figures : Path, optional
        Where the pictures are saved for their own sake.
    space : mapping, optional
        The names of the notebook, which hold its evidence.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        formats: Sequence[str],
        figures: Path | None = None,
        space: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.folder, self.formats, self.figures = name, folder, set(formats), figures
        self.space = {} if space is None else space
        self._tables = self._pictures = 0
        self._verdicts: dict[str, Verdict] = {}

    @cached_property
    def evidence(self) -> Evidence:
        """The evidence that the notebook has loaded: the checks of a second loading take a second."""
        loaded = [one for one in self.space.values() if isinstance(one, Evidence)]
        return loaded[0] if loaded else load_evidence()

    def json(self, shown: Any) -> dict[str, Any] | None:
        """Return the blocks of what is shown as JSON.

        Parameters
        ----------
        shown : object
            Whatever a cell shows.

        Returns
        -------
        dict or None
            None for what the report knows only as text.
        """
        trails = Trails(self.evidence, self._verdicts)
        blocks = self.blocks(shown, trails)
        return None if blocks is None else to_json(Blocks(tuple(blocks), trails.found))

    @singledispatchmethod
    def blocks(self, shown: Any, trails: Trails) -> list[Block] | None:
        """Return the blocks of what is shown, whose trails are kept; None for what is only text."""
        try:
            return self.blocks(twin(shown), trails)
        except UnknownResultError:
            return None

    @blocks.register
    def _(self, shown: Table, trails: Trails) -> list[Block]:
        if shown.frame.empty:
            return []
        self._tables += 1
        anchors = tuple(map(_anchor, shown.origins))
        return [Rows(f"{self.name}_table-{self._tables}", shown, _each(shown, trails), anchors if any(anchors) else ())]

    @blocks.register
    def _(self, shown: pd.DataFrame, trails: Trails) -> list[Block]:
        frame = shown.reset_index() if shown.index.name else shown
        cells = frame.map(lambda cell: "" if pd.isna(cell) else f"{cell:.4g}" if isinstance(cell, float) else str(cell))
        return self.blocks(Table(cells, "Table"), trails)

    @blocks.register
    def _(self, shown: Prose, trails: Trails) -> list[Block]:
        return [
            Words(tuple(Part(one.text, one.strong, trail=trails.of(one.origin)) for one in paragraph), shown.is_list)
            for paragraph in shown.paragraphs
        ]

    @blocks.register
    def _(self, shown: Comparison | AbsoluteEffect | Equivalence | Verdict | Certainty, trails: Trails) -> list[Block]:
        trail = trails.of(shown.comparison if isinstance(shown, Certainty) else shown)
        first, *others = (line.strip().removeprefix("* ") for line in shown.summary().splitlines())
        return [
            Words((Part(first, strong=bool(others), trail=trail),)),
            *(Words.of(line, trail, item=True) for line in others),
        ]

    @blocks.register
    def _(self, shown: Explanation, trails: Trails) -> list[Block]:
        rows = [{"What": "\u00b7 " * depth + one.label, "Says": one.says} for depth, one in _levels(shown)]
        table = Table(pd.DataFrame(rows, columns=["What", "Says"], dtype=object), "Where it comes from")
        return self.blocks(table.of(shown), trails)

    @blocks.register
    def _(self, shown: WorkbenchOf, trails: Trails) -> list[Block]:
        data = shown.data()
        for one, result in zip(data["comparisons"], shown.results(), strict=True):
            one["trail"] = trails.of(result)
        return [Workbench(data)]

    @blocks.register
    def _(self, shown: Shown, trails: Trails) -> list[Block]:
        self._pictures += 1
        table = twin(shown.result, shown.names)
        if not table.origins and shown.origin is not None:
            table = table.of(shown.origin)
        picture = Picture(
            f"{self.name}_figure-{self._pictures}",
            shown.alt,
            shown.caption or f"{table.title}.",
            table,
            _each(table, trails),
            tuple(map(float, shown.figure.get_size_inches())),
            lacks=unknown_letters("".join(text.get_text() for text in shown.figure.findobj(Text))),
        )
        self._draw(picture, shown)
        return [picture]

    def _draw(self, picture: Picture, shown: Shown) -> None:
        """Write the files of a picture that the formats need."""
        figure, stem = shown.figure, self.folder / picture.name
        self.folder.mkdir(parents=True, exist_ok=True)
        if "html" in self.formats:
            short = f"p{hashlib.sha256(picture.name.encode()).hexdigest()[:8]}-"  # it stands at thousands of places
            svg = svg_text(figure, shown.alt, fonts="none", prefix=short)
            Path(f"{stem}.text.svg").write_text(svg, encoding="utf-8", newline="\n")
        if self.formats & {"pdf", "docx"}:
            with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "neckevidence"}):
                figure.savefig(f"{stem}.svg", format="svg", metadata={"Date": None, "Creator": None})
        if "docx" in self.formats:
            figure.savefig(f"{stem}.png", format="png", dpi=_DPI, metadata={"Software": None})
        if self.figures is not None:
            save(figure, self.figures / picture.name, shown.result)


def _each(table: Table, trails: Trails) -> tuple[str, ...]:
    """Return the trail of each row."""
    return tuple(map(trails.of, table.origins))


def _anchor(origin: Any) -> str:
    return anchor(origin.table, origin.key) if isinstance(origin, EvidenceRow) else ""


def _levels(tree: Explanation, depth: int = 0) -> list[tuple[int, Explanation]]:
    return [(depth, tree), *(pair for child in tree.children for pair in _levels(child, depth + 1))]
