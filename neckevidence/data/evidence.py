"""The evidence: tables of printed figures, checked when they are loaded and never changed after."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from neckevidence.core.errors import EvidenceError, Fault, UnknownCodeError
from neckevidence.data.completion import FACTS, NOT_TRACED
from neckevidence.data.question import Question
from neckevidence.data.reading import ReadFolder, read_folder
from neckevidence.data.rulebook import Table

FOLDER_VARIABLE = "NECKEVIDENCE_EVIDENCE"


def packaged_folder() -> Path:
    """Return the folder of the evidence that comes with the package.

    Returns
    -------
    Path
        Inside the package when it is installed from a wheel, beside it in a checkout.
    """
    inside = Path(__file__).parents[1] / "_evidence"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "evidence"


def evidence_folder(path: str | os.PathLike[str] | None) -> Path:
    """Return the folder that `load_evidence` reads for `path`.

    Parameters
    ----------
    path : path-like or None
        A folder; None means the folder in the environment variable ``NECKEVIDENCE_EVIDENCE``, and
        the packaged evidence if there is none.

    Returns
    -------
    Path
        The folder.
    """
    return Path(path or os.environ.get(FOLDER_VARIABLE) or packaged_folder())


def is_packaged(evidence: Evidence) -> bool:
    """Tell whether some evidence is that which comes with the package.

    Parameters
    ----------
    evidence : Evidence
        The evidence.

    Returns
    -------
    bool
        Also False if it was read from no folder.
    """
    return Path(evidence.folder).resolve() == packaged_folder().resolve()


@dataclass(frozen=True)
class Evidence:
    """Tables of printed figures with their sources; immutable.

    Each table is an attribute (``ev.trials``, ``ev.arms``, ``ev.counts``, ...), and each access gives
    a DataFrame of its own, so that nothing a caller does to it reaches the evidence.

    Attributes
    ----------
    folder : str
        Where it was read from.
    title : str
        Title of the data package.
    digest : str
        SHA-256 of the descriptor and of every cell with its table and column: the same figures have the same digest,
        however their files end their lines or set their quotation marks.
    searched : str
        Month of the literature search, ``2026-11``; empty if neither question nor descriptor says it.
    question : Question
        What ``question.toml`` says; without the file a question of which nothing is said.
    """

    folder: str = field(repr=False)
    title: str
    digest: str
    searched: str
    _tables: Mapping[str, pd.DataFrame] = field(repr=False)
    _keyed: Mapping[str, pd.DataFrame] = field(repr=False)
    question: Question = field(default_factory=Question, repr=False)
    _read: ReadFolder | None = field(default=None, repr=False, compare=False)

    def __getattr__(self, name: str) -> pd.DataFrame:
        # Private and dunder names must fail fast, else copying and pickling would recurse.
        if name.startswith("_"):
            raise AttributeError(name)
        return self.table(name)

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self._tables])

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping that cannot be written to cannot be pickled either.
        values = (getattr(self, one.name) for one in fields(self))
        return _restored, tuple(dict(value) if isinstance(value, Mapping) else value for value in values)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(self._tables)

    def table(self, name: str) -> pd.DataFrame:
        """Return one table.

        Parameters
        ----------
        name : str
            Its name, one of `names`.

        Returns
        -------
        DataFrame
            A copy of its own, indexed by line number of the CSV file.

        Raises
        ------
        AttributeError
            If there is no such table.
        """
        if name not in self._tables:
            raise AttributeError(f"no table {name!r} in the evidence; there are {', '.join(self.names)}")
        # pandas copies on write: a shallow copy is cheap, and still nothing written to it comes back here.
        return self._tables[name].copy(deep=False)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the tables as they were read into a new folder.

        Parameters
        ----------
        path : path-like
            A folder that is not there yet, or is empty.

        Returns
        -------
        Path
            The folder; `load_evidence` reads it, with the same digest.

        Raises
        ------
        NeckevidenceError
            If the folder holds something; nothing is written then.
        """
        from neckevidence.data.writing import write_folder

        return write_folder(self._read, Path(path))

    def keyed(self, name: str) -> pd.DataFrame:
        """Return a table indexed by its key, for looking rows up.

        Parameters
        ----------
        name : str
            Name of a table whose key is one column, or ``facts`` for all figures together.

        Returns
        -------
        DataFrame
            A copy of its own.
        """
        return self._keyed[name].copy(deep=False)

    def facts(self, fact_ids: tuple[str, ...] | list[str]) -> pd.DataFrame:
        """Return figures as printed, with their source and place in it.

        Parameters
        ----------
        fact_ids : sequence of str
            The figures wanted.

        Returns
        -------
        DataFrame
            In the order asked for: fact_id, table, study, arm, outcome, timepoint, as_printed,
            source_id, source, reliability, locator, note.

        Raises
        ------
        UnknownCodeError
            If a fact_id is not in the evidence.
        """
        every = self._keyed["facts"]
        for fact_id in fact_ids:
            if fact_id not in every.index:
                raise UnknownCodeError("fact", fact_id, every.index)
        return every.loc[list(fact_ids)].reset_index()


def _restored(*values: Any) -> Evidence:
    """Make the evidence again from what its pickle holds."""
    return Evidence(*(MappingProxyType(value) if isinstance(value, dict) else value for value in values))


def _keyed(
    tables: Mapping[str, Table], frames: Mapping[str, pd.DataFrame], untraced: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Index the tables by their keys once, since pandas takes milliseconds for it."""
    single = {name: table.key[0] for name, table in tables.items() if len(table.key) == 1}
    keyed = {name: frames[name].set_index(key) for name, key in single.items()}
    keyed["facts"] = facts = _all_facts(frames)
    facts.loc[facts.index.isin(untraced), ["source", "reliability"]] = NOT_TRACED
    return keyed


def _all_facts(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    frames = []
    for name in FACTS:
        frame = tables[name].assign(table=name)
        if name == "reported":
            study = frame["trial_id"].fillna(frame["document_id"])
            frame = frame.assign(study=study, arm=frame["comparison"])
        else:
            frame = frame.assign(study=frame["trial_id"], arm=frame["arm_id"])
        frames.append(frame)
    columns = ["table", "study", "arm", "outcome", "timepoint", "as_printed", "source_id", "locator", "note"]
    every = pd.concat(frames).set_index("fact_id")[columns]
    sources = tables["sources"].set_index("source_id")
    cited = sources.apply(citation, axis=1)
    every.insert(7, "source", every["source_id"].map(cited))
    every.insert(8, "reliability", every["source_id"].map(sources["reliability"]))
    return every


def citation(source: pd.Series) -> str:
    """Return a short citation of a row of the table of sources.

    Parameters
    ----------
    source : Series
        A row with first_author, year, title, journal, volume_pages.

    Returns
    -------
    str
        What there is of them, for example ``Khwaja SM 2010, CJEM 12(1):39-44``.
    """
    who = " ".join(str(source[key]) for key in ("first_author", "year") if pd.notna(source[key]))
    where = " ".join(str(source[key]) for key in ("journal", "volume_pages") if pd.notna(source[key]))
    named = source["first_author"] if pd.notna(source["first_author"]) else source["title"]
    return ", ".join(part for part in (who if named != source["title"] else f"{named}", where) if part)


def check_evidence(path: str | os.PathLike[str] | None = None, *, strict: bool = False) -> tuple[Fault, ...]:
    """Check an evidence folder and return every fault in it.

    Parameters
    ----------
    path : path-like, optional
        The folder; by default the packaged evidence.
    strict : bool
        Whether nothing may be left out: a descriptor, every table and column, and each figure with its source and print.

    Returns
    -------
    tuple of Fault
        Sorted by table and row; empty if the folder is sound.

    Examples
    --------
    >>> check_evidence(strict=True)
    ()
    """
    return read_folder(evidence_folder(path), strict).faults


def load_evidence(path: str | os.PathLike[str] | None = None) -> Evidence:
    """Load and check an evidence folder.

    Parameters
    ----------
    path : path-like, optional
        A folder with CSV tables: ``arms.csv`` (trial_id, arm_id, treatment), and ``counts.csv`` (trial_id, arm_id, outcome,
        events, n), ``means.csv`` or ``reported.csv``; the codebook explains all other tables and columns.
        By default the folder in the environment variable ``NECKEVIDENCE_EVIDENCE``, or the packaged evidence.

    Returns
    -------
    Evidence
        The tables, typed and checked.

    Raises
    ------
    EvidenceError
        If the folder has faults; the message names all of them.

    Examples
    --------
    >>> ev = load_evidence()
    >>> ev.trials.set_index("trial_id").loc["khwaja2010", "region"]
    'neck'
    """
    folder = evidence_folder(path)
    read = read_folder(folder)
    if read.faults:
        raise EvidenceError(str(folder), read.faults)
    return evidence_of(read, str(folder))


def evidence_of(read: ReadFolder, folder: str) -> Evidence:
    """Make evidence of tables that were read and have no fault.

    Parameters
    ----------
    read : ReadFolder
        The tables.
    folder : str
        Where they were read from.

    Returns
    -------
    Evidence
        Immutable.
    """
    frames = {name: content.typed for name, content in read.raw.items()}
    views = MappingProxyType(frames), MappingProxyType(_keyed(read.tables, frames, read.untraced))
    about = read.descriptor or {}
    title = about.get("title", "") or read.question.title
    searched = read.question.searched or about.get("searched", "")
    return Evidence(folder, title, read.digest(), searched, *views, read.question, read)
