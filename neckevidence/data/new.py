"""A folder for a question of one's own: the minimal tables, what the question is, a codebook, and notebooks to change."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from neckevidence.core.characters import printable
from neckevidence.core.errors import EvidenceError, Fault, NeckevidenceError
from neckevidence.data.collected import evidence_from_rows
from neckevidence.data.delimited import read_cells
from neckevidence.data.evidence import FOLDER_VARIABLE, Evidence
from neckevidence.data.folder import EvidenceFolder, UnreadableError
from neckevidence.data.frames import from_frame
from neckevidence.data.question import QUESTION
from neckevidence.data.revman import read_revman
from neckevidence.data.spreadsheet import read_xlsx
from neckevidence.data.writing import in_one_step, write_codebook, write_tables

_EXAMPLE = "Example 2020"  # invented, and called so in the table of trials
_LONG = ("trial", "treatment", "outcome", "events", "n", "percent", "mean", "sd", "se", "scale", "timepoint")
_OTHER_NAMES = {"trial_id": "trial", "study": "trial", "study_id": "trial", "arm": "treatment", "value": "mean"}
_GENERAL = Path(__file__).parents[1] / "notebooks"
_LOADS = "ev = ne.load_evidence()"
_LOADS_ABOVE = f'ev = ne.load_evidence(os.environ.get("{FOLDER_VARIABLE}", ".."))'
_ENDINGS = (".csv", ".xlsx", ".rm5")


def new_folder(path: Path, source: Path | None = None, measure: str | None = None) -> Path:
    """Write an evidence folder to start from.

    Parameters
    ----------
    path : Path
        A folder that is not there yet, or is empty.
    source : Path, optional
        Figures to start with: a ``.xlsx`` file with a sheet a table, a file of RevMan (``.rm5``, or the data rows as CSV), or
        a CSV file with one row an arm and the columns trial, treatment, outcome, and events and n, or mean, sd and n. Without
        it the tables hold one invented trial. Capitals do not matter; trial may be called trial_id or study.
    measure : str, optional
        What generic inverse variance data of RevMan are: RR, OR, RD, MD or SMD.

    Returns
    -------
    Path
        The folder: its tables, ``question.toml``, ``CODEBOOK.md``; in ``notebooks`` the general notebooks, reading this folder.

    Raises
    ------
    NeckevidenceError
        If the folder holds something, or the source cannot be read; nothing is written then.
    """
    evidence = _example() if source is None else _read(source, measure)
    title = printable(path.resolve().name)

    def fill(folder: Path) -> None:
        write_tables(evidence._read, folder)
        (folder / QUESTION).write_text(_question(evidence, title), encoding="utf-8", newline="\n")
        write_codebook(folder, title)
        _write_notebooks(folder / "notebooks")

    return in_one_step(path, fill)


def _write_notebooks(folder: Path) -> None:
    """Write the general notebooks, reading the folder above, or that of which a report is made."""
    folder.mkdir()
    for path in sorted(_GENERAL.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            text = "".join(cell["source"])
            if _LOADS in text:
                text = "import os\n\n" + text.replace(_LOADS, _LOADS_ABOVE)
                cell["source"] = text.splitlines(keepends=True)
        written = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        (folder / path.name).write_text(written, encoding="utf-8", newline="\n")


def _read(source: Path, measure: str | None) -> Evidence:
    """Read figures from a file."""
    if source.suffix == ".xlsx":
        return read_xlsx(source)
    if source.suffix == ".rm5":
        return read_revman(source, measure=measure)
    if source.suffix != ".csv":
        raise NeckevidenceError(f"{source.name}: found the ending {source.suffix!r}; expected {' or '.join(_ENDINGS)}")
    try:
        cells = read_cells(source.name, EvidenceFolder(source.resolve().parent).read(source.resolve().name, ".csv"))
    except FileNotFoundError:
        raise NeckevidenceError(f"{source}: no such file") from None
    except UnreadableError as error:
        raise EvidenceError(str(source), [Fault(source.name, None, "", error.found, error.expected)]) from None
    if isinstance(cells, list):
        raise EvidenceError(str(source), cells)
    if "Analysis group" in cells.header:
        return read_revman(source, measure=measure)
    header = _named(cells.header)
    missing = [name for name in _LONG[:3] if name not in header]
    if missing:
        wanted = f"the columns {', '.join(_LONG[:3])}, and events and n, or mean, sd and n"
        found = f"the columns {', '.join(cells.header)}"
        raise EvidenceError(str(source), [Fault(source.name, 1, ", ".join(missing), found, wanted)])
    frame = pd.DataFrame(cells.rows, columns=header, dtype="str").replace("", pd.NA)
    return from_frame(frame, **{name: name for name in _LONG if name in header})


def _named(header: list[str]) -> list[str]:
    """Call columns by the names that are known here, whatever their capitals; one that would then stand twice keeps its own."""
    plain = ["_".join(name.lower().split()) for name in header]
    known = [_OTHER_NAMES.get(name, name) for name in plain]
    return [new if new in _LONG and known.count(new) == 1 else old for new, old in zip(known, header, strict=True)]


def _example() -> Evidence:
    """Return one invented trial with two arms and one outcome."""
    arms = [{"trial_id": _EXAMPLE, "arm_id": arm, "treatment": arm} for arm in ("drug", "control")]
    counts = [
        {"trial_id": _EXAMPLE, "arm_id": arm, "outcome": "improved", "events": events, "n": 50}
        for arm, events in (("drug", 30), ("control", 20))
    ]
    trials = [{"trial_id": _EXAMPLE, "randomised": True, "note": "An invented trial: put your own in its place."}]
    return evidence_from_rows({"trials": trials, "arms": arms, "counts": counts}, "the example")


def _question(evidence: Evidence, name: str) -> str:
    """Write what the question is, as far as the tables show it."""
    arms = evidence.arms.dropna(subset=["treatment"])
    figures = pd.concat([evidence.counts, evidence.means, evidence.reported])
    outcome = str(figures["outcome"].iloc[0])
    kind = str(evidence.keyed("outcomes").loc[outcome, "value_type"])
    measures = evidence.reported.loc[evidence.reported["outcome"] == outcome, "measure"]
    measure = "MD" if kind == "continuous" else "RR" if kind == "binary" else str(measures.iloc[0])
    treatments = list(dict.fromkeys(arms["treatment"]))
    lead = {"treatment": treatments[0], "control": treatments[1], "outcome": outcome, "measure": measure}
    lines = [
        "# What this question is, beside its tables. Every line and block may be left out: then nothing is assumed.",
        "",
    ]
    lines += [f"title = {_toml(name)}", "", "# The comparison and outcome with which a report leads.", "[[lead]]"]
    return "\n".join([*lines, *(f"{key} = {_toml(value)}" for key, value in lead.items()), ""])


def _toml(text: str) -> str:
    """Write a text of TOML: its basic strings have the escapes of JSON."""
    return json.dumps(text, ensure_ascii=False)
