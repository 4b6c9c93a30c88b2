"""A tree of statements: a number above, what it rests on below, down to the printed figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from neckevidence.core import escape
from neckevidence.core.trace import numerals


@dataclass(frozen=True)
class Explanation:
    """One statement with what it rests on.

    Attributes
    ----------
    label : str
        What it is: a trial, an arm, a source, a rule.
    says : str
        The statement.
    children : tuple of Explanation
        What it rests on.
    fact_id : str
        The fact, if the statement is a printed figure; empty otherwise.
    """

    label: str
    says: str = ""
    children: tuple[Explanation, ...] = ()
    fact_id: str = ""

    @property
    def fact_ids(self) -> tuple[str, ...]:
        """The printed figures at or below this statement, each once, in the order in which they stand."""
        return tuple(dict.fromkeys(node.fact_id for node in self.walk() if node.fact_id))

    def walk(self) -> Iterator[Explanation]:
        """Yield the statement itself, then all below it, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()

    def numbers(self) -> pd.DataFrame:
        """Return every number of the tree with the printed figures beneath it.

        Returns
        -------
        DataFrame
            label, number (as shown), fact_ids (tuple of str): the figures beneath the statement; of a statement with none
            beneath it (a rule, a source, a count as it is used) those of the statement it belongs to. The numbers of
            labels are names, and left out.
        """
        return pd.DataFrame(list(self._numbers(())), columns=["label", "number", "fact_ids"])

    def _numbers(self, above: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        own = self.fact_ids or above
        yield from ((self.label, numeral.text, own) for numeral in numerals(self.says))
        for child in self.children:
            yield from child._numbers(own)

    def text(self) -> str:
        """Return the tree as text, a line a statement, two spaces a level."""
        return "\n".join(self._lines(0))

    def _lines(self, level: int) -> Iterator[str]:
        yield "  " * level + self._line()
        for child in self.children:
            yield from child._lines(level + 1)

    def _line(self) -> str:
        return f"{self.label}: {self.says}" if self.says else self.label

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as nested dictionaries: label, says, fact_id, children."""
        below = [child.to_dict() for child in self.children]
        return {"label": self.label, "says": self.says, "fact_id": self.fact_id, "children": below}

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        # <details> folds by mouse and by keyboard without a script.
        return f"<div>{self._html(is_open=True)}</div>"

    def _html(self, is_open: bool = False) -> str:
        says = f": {escape.html(self.says)}" if self.says else ""
        line = f"<b>{escape.html(self.label)}</b>{says}"
        if not self.children:
            return f"<div style='margin-left:1.2em'>{line}</div>"
        below = "".join(child._html() for child in self.children)
        opening = "<details open" if is_open else "<details"
        return f"{opening} style='margin-left:1.2em'><summary>{line}</summary>{below}</details>"
