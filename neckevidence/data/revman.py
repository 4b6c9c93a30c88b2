"""Evidence from Cochrane's Review Manager: the data rows that RevMan Web exports as CSV, and the .rm5 files of RevMan 5."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from neckevidence.core.errors import EvidenceError, Fault, NeckevidenceError, counted
from neckevidence.data.collected import evidence_from_rows
from neckevidence.data.delimited import read_cells
from neckevidence.data.evidence import Evidence
from neckevidence.data.folder import EvidenceFolder, UnreadableError
from neckevidence.data.frames import effect_row

_CSV = ("Analysis group", "Analysis number", "Analysis name", "Study")
_COUNTS = ("Experimental cases", "Experimental N", "Control cases", "Control N")
_MEANS = (
    "Experimental mean", "Experimental SD", "Experimental N", "Control mean", "Control SD", "Control N",
)  # fmt: skip
_MEASURES = {"RR", "OR", "RD", "MD", "SMD"}
_MOST_DEPTH = 100  # elements of a .rm5 file, one in the other


@dataclass(frozen=True)
class _Study:
    """One row of an analysis: who was compared, on what, and the numbers of both arms or their contrast."""

    trial: str
    year: str
    outcome: tuple[str, str]  # number of the analysis and its name
    arms: tuple[str, str]
    subgroup: str
    counts: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    effect: tuple[str, ...] = ()  # with its standard error
    measure: str = ""


def read_revman(path: str | os.PathLike[str], *, measure: str | None = None) -> Evidence:
    """Read evidence from Cochrane's Review Manager.

    Parameters
    ----------
    path : path-like
        The data rows that RevMan Web exports (``...-data-rows.csv``), or a ``.rm5`` file of RevMan 5.
    measure : {"RR", "OR", "RD", "MD", "SMD"}, optional
        What generic inverse variance data are; the data rows do not say it.

    Returns
    -------
    Evidence
        Outcomes are called as their analyses, with the number before if two have one name. The treatments of a CSV file are
        ``experimental`` and ``control``, with the number of the analysis group if there are several: it does not name them. A
        study that stands twice in one analysis has its subgroup in its name. Every figure is marked as not traced to a print.

    Raises
    ------
    NeckevidenceError
        If the file has no data, or generic inverse variance data and nothing says what they are.
    EvidenceError
        If the file cannot be read, or its figures cannot be.
    """
    where = Path(path).resolve()
    ending = ".rm5" if where.suffix == ".rm5" else ".csv"
    try:
        data = EvidenceFolder(where.parent).read(where.name, ending)
        studies = list(_from_rm5(data) if ending == ".rm5" else _from_csv(where.name, data))
    except FileNotFoundError:
        raise _failure(path, "no such file", "a file of RevMan") from None
    except UnreadableError as error:
        raise _failure(path, error.found, error.expected) from None
    if not studies:
        raise NeckevidenceError(f"{path}: no study with figures in it")
    return evidence_from_rows(_rows(studies, measure), str(path))


def _failure(path: str | os.PathLike[str], found: str, expected: str) -> EvidenceError:
    return EvidenceError(str(path), [Fault(Path(path).name, None, "", found, expected)])


def _from_csv(name: str, data: bytes) -> Iterator[_Study]:
    """Yield the rows of an export of RevMan Web."""
    cells = read_cells(name, data)
    if isinstance(cells, list):
        raise EvidenceError(name, cells)
    missing = [column for column in _CSV if column not in cells.header]
    if missing:
        raise UnreadableError(f"no column {', '.join(missing)}", "the data rows that RevMan Web exports")
    rows = [dict(zip(cells.header, row, strict=True)) for row in cells.rows]
    groups = {row["Analysis group"] for row in rows}
    for row in rows:
        group = row["Analysis group"]
        arms = ("experimental", "control") if len(groups) == 1 else (f"experimental {group}", f"control {group}")
        outcome = f"{group}.{row['Analysis number']}", row["Analysis name"]
        about = row["Study"], row.get("Study year", ""), outcome, arms, row.get("Subgroup", "")
        counts, means, effect = (
            tuple(row.get(column, "") for column in columns) for columns in (_COUNTS, _MEANS, ("GIV Mean", "GIV SE"))
        )
        # A row has the numbers of its kind; the others are blank, or nought in older exports.
        if all(means[place] for place in (0, 1, 3, 4)) and not (_nought(means[1]) and _nought(means[4])):
            yield _Study(*about, means=means)
        elif counts[0] and counts[2]:
            yield _Study(*about, counts=counts)
        elif all(effect):
            yield _Study(*about, effect=effect)


def _from_rm5(data: bytes) -> Iterator[_Study]:
    """Yield the studies of the analyses of RevMan 5."""
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise UnreadableError(f"no XML that can be read ({type(error).__name__})", "a .rm5 file of RevMan 5") from None
    if _deeper(root, _MOST_DEPTH):
        raise UnreadableError(f"elements nested over {_MOST_DEPTH} deep", f"at most {_MOST_DEPTH}")
    studies = {one.get("ID", ""): one for one in root.iter("STUDY")}
    for comparison in root.iter("COMPARISON"):
        for outcome in comparison:
            kind = outcome.tag.removesuffix("_OUTCOME")
            if kind not in ("DICH", "CONT", "IV"):
                continue
            number = f"{comparison.get('NO', '')}.{outcome.get('NO', '')}"
            arms = (_words(outcome, "GROUP_LABEL_1") or "experimental", _words(outcome, "GROUP_LABEL_2") or "control")
            name = number, _words(outcome, "NAME") or number
            measure = (outcome.get("EFFECT_MEASURE") or "").upper()
            parts = [("", outcome), *((_words(part, "NAME"), part) for part in outcome.iter(f"{kind}_SUBGROUP"))]
            for subgroup, part in parts:
                for one in part.findall(f"{kind}_DATA"):
                    study = studies.get(one.get("STUDY_ID", ""))
                    label = (study.get("NAME") if study is not None else None) or one.get("STUDY_ID", "")
                    year = study.get("YEAR", "") if study is not None else ""
                    yield _Study(label, year, name, arms, subgroup, measure=measure, **_numbers(kind, one))


def _deeper(root: Any, most: int) -> bool:
    """Tell whether elements are nested too deeply: each part of an analysis is searched for in all that it holds."""
    level = [root]
    for _ in range(most):
        level = [child for element in level for child in element]
    return bool(level)


def _nought(number: str) -> bool:
    """Tell whether a cell is blank or nought; words are for the check of the evidence."""
    try:
        return float(number or 0) == 0
    except ValueError:
        return False


def _words(element: Any, tag: str) -> str:
    """Return the words of a part."""
    found = element.find(tag)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""


def _numbers(kind: str, one: Any) -> dict[str, tuple[str, ...]]:
    """Return the numbers of a study of an analysis of one kind."""
    wanted = {
        "DICH": ("counts", ("EVENTS_1", "TOTAL_1", "EVENTS_2", "TOTAL_2")),
        "CONT": ("means", ("MEAN_1", "SD_1", "TOTAL_1", "MEAN_2", "SD_2", "TOTAL_2")),
        "IV": ("effect", ("ESTIMATE", "SE")),
    }
    name, columns = wanted[kind]
    return {name: tuple(one.get(column, "") for column in columns)}


def _rows(studies: list[_Study], measure: str | None) -> dict[str, list[dict[str, Any]]]:
    """Put the studies into tables."""
    number_of: dict[str, set[str]] = {}
    for study in studies:
        number_of.setdefault(study.outcome[1], set()).add(study.outcome[0])
    times = Counter((study.outcome[0], study.trial) for study in studies)
    rows: dict[str, list[dict[str, Any]]] = {"trials": [], "arms": [], "counts": [], "means": [], "reported": []}
    for study in studies:
        number, name = study.outcome
        outcome = name if len(number_of[name]) == 1 else f"{number} {name}"
        twice = times[number, study.trial] > 1 and study.subgroup
        trial = f"{study.trial} ({study.subgroup})" if twice else study.trial
        year = study.year if study.year.isdigit() else ""
        rows["trials"].append({"trial_id": trial, "year": year})
        rows["arms"] += [{"trial_id": trial, "arm_id": arm, "treatment": arm} for arm in study.arms]
        if study.effect:
            told = study.measure if study.measure in _MEASURES else (measure or "").upper()
            if told not in _MEASURES:
                inverse = sum(bool(one.effect) for one in studies)
                raise NeckevidenceError(
                    f"{counted(inverse, 'row')} of generic inverse variance data, and nothing says of which measure: "
                    f"give measure, one of {', '.join(sorted(_MEASURES))}"
                )
            treatment, control = study.arms
            about = {"trial_id": trial, "treatment": treatment, "control": control, "outcome": outcome}
            rows["reported"].append(about | effect_row(*study.effect, told, where=f"{study.trial}, {name}"))
        for place, arm in enumerate(study.arms):
            about = {"trial_id": trial, "arm_id": arm, "outcome": outcome}
            if study.counts:
                events, n = study.counts[2 * place : 2 * place + 2]
                rows["counts"].append({**about, "events": events, "n": n})
            elif study.means:
                mean, sd, n = study.means[3 * place : 3 * place + 3]
                rows["means"].append({**about, "mean": mean, "sd": sd, "n": n})
    return rows
