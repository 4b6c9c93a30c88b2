"""What all tables share: their look, and text in every cell."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from neckevidence import escape


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
    """

    frame: pd.DataFrame
    title: str
    note: str = ""

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


def text_frame(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    """Make a frame of text from rows; what is missing becomes an empty cell.

    Parameters
    ----------
    rows : sequence of dict
        The rows.
    columns : sequence of str
        The columns, in order.

    Returns
    -------
    DataFrame
        All cells text.
    """
    frame = pd.DataFrame(rows, columns=list(columns)).astype(object)
    return frame.where(frame.notna(), "").astype(str)
