"""Evidence in another state: single cells changed, rows added or taken away, in memory."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from neckevidence.data.evidence import _keyed
from neckevidence.data.schema import read_descriptor


class State:
    """The evidence, with a few cells changed; each call gives a new state."""

    def __init__(self, evidence, frames=None):
        self._evidence = evidence
        self._frames = dict(evidence._tables) if frames is None else frames

    def change(self, table, where, **cells):
        """Change cells of all rows that have the values in `where`."""
        frame = self._frames[table].copy()
        hits = self._hits(frame, where)
        for name, value in cells.items():
            if frame[name].dtype == "Int64" and value is not pd.NA:
                value = int(value)
            frame.loc[hits, name] = value
        return State(self._evidence, {**self._frames, table: frame})

    def repeat(self, table, where, **cells):
        """Add a copy of the first such row, with other cells."""
        frame = self._frames[table]
        row = frame[self._hits(frame, where)].iloc[[0]].copy()
        row.index = [int(frame.index.max()) + 1]
        for name, value in cells.items():
            row[name] = pd.array([value], dtype=frame[name].dtype)
        return State(self._evidence, {**self._frames, table: pd.concat([frame, row])})

    def drop(self, table, **where):
        """Take all such rows away."""
        frame = self._frames[table]
        return State(self._evidence, {**self._frames, table: frame[~self._hits(frame, where)]})

    @property
    def evidence(self):
        _, tables = read_descriptor(Path(self._evidence.folder))
        keyed = MappingProxyType(_keyed(tables, self._frames))
        return replace(self._evidence, digest="changed", _tables=MappingProxyType(self._frames), _keyed=keyed)

    @staticmethod
    def _hits(frame, where):
        hits = pd.Series(True, index=frame.index)
        for name, value in where.items():
            hits &= (frame[name] == value).fillna(False).astype(bool)
        assert hits.any(), f"no such row: {where}"
        return hits
