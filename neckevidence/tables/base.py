"""What all tables share: their look, text in every cell, and where the numbers of a row come from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from neckevidence.core import escape


@dataclass(frozen=True)
class EvidenceRow:
    """A row of the evidence, as the origin of what is shown.

    Attributes
    ----------
    table : str
        ``"claims"``, ``"gaps"``, ...; ``"facts"`` for a printed figure of whatever table.
    key : str
        Its name there.
    """

    table: str
    key: str


@dataclass(frozen=True)
class Table:
    """A table to look at.

    Attributes
    ----------
    frame : DataFrame
        Its cells, as text.
    title : str
        Heading.
    note : str
        A line below.
    origins : tuple
        For each row where its numbers come from: a result, an `Explanation`, an `EvidenceRow` whose cells are shown, a
        tuple of these, or None for a row of words. Empty: nobody has said.
    """

    frame: pd.DataFrame
    title: str
    note: str = ""
    origins: tuple[Any, ...] = field(default=(), repr=False, compare=False)

    def of(self, origin: Any) -> Table:
        """Say where the numbers of all rows come from.

        Parameters
        ----------
        origin : object
            See `origins`.

        Returns
        -------
        Table
            The same table, which leads there.

        Examples
        --------
        >>> table = Table(pd.DataFrame({"Events": ["1", "2"]}), "Events")
        >>> table.of(EvidenceRow("facts", "counts_001")).origins[1].key
        'counts_001'
        """
        return replace(self, origins=(origin,) * len(self.frame))

    def __repr__(self) -> str:
        body = self.frame.to_string(index=False) if len(self.frame) else "(nothing)"
        return "\n".join(part for part in (self.title, body, self.note) if part)

    def _repr_html_(self) -> str:
        from great_tables import GT

        # great-tables gives a random id to a table that has none; ours is made from what the table says.
        name = "t" + hashlib.sha256(repr(self).encode()).hexdigest()[:10]
        table = GT(self.frame, id=name).tab_header(title=self.title)
        table = table.tab_options(
            table_font_size="13px",
            heading_align="left",
            heading_title_font_size="15px",
            table_width="100%",
            column_labels_font_weight="bold",
            data_row_padding="4px",
        ).cols_align("left")
        if self.note:
            table = table.tab_source_note(self.note)
        return escape.no_formulas(table.as_raw_html())


def p_text(p: float) -> str:
    """Return a p-value for a table.

    Parameters
    ----------
    p : float
        Between 0 and 1.

    Returns
    -------
    str
        With three decimals; never 0.000.

    Examples
    --------
    >>> p_text(0.0312), p_text(1e-6)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def text_frame(rows: Sequence[dict[str, object]], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Make a frame of text from rows; what is missing becomes an empty cell.

    Parameters
    ----------
    rows : sequence of dict
        The rows.
    columns : sequence of str, optional
        The columns, in order; by default those of the first row.

    Returns
    -------
    DataFrame
        All cells text; without rows and columns an empty one.
    """
    frame = pd.DataFrame(rows, columns=None if columns is None else list(columns)).astype(object)
    return frame.where(frame.notna(), "").astype(str)
