"""Evidence from a data frame: one row an arm, one row a trial, or one row an effect."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import pandas as pd

from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.collected import as_text, evidence_from_rows, required_columns
from neckevidence.data.evidence import Evidence

_COUNTS = ("events", "percent", "n")
_MEANS = ("mean", "sd", "se", "ci_low", "ci_high", "n")
_PROVENANCE = ("as_printed", "source_id", "locator")  # of a figure, even where all figures of a trial have the same
_MEASURES = ("RR", "OR", "RD", "MD", "SMD")
_RATIOS = ("RR", "OR")
_WHERE = "a data frame"
Wide = Mapping[str, Sequence[str]]


def from_frame(
    frame: pd.DataFrame,
    *,
    trial: str,
    treatment: str | None = None,
    outcome: str | None = None,
    events: str | None = None,
    n: str | None = None,
    percent: str | None = None,
    mean: str | None = None,
    sd: str | None = None,
    se: str | None = None,
    ci_low: str | None = None,
    ci_high: str | None = None,
    ci_level: float = 0.95,
    scale: str | None = None,
    timepoint: str | None = None,
    wide: Wide | None = None,
) -> Evidence:
    """Make evidence of a data frame.

    Parameters
    ----------
    frame : DataFrame
        Long: one row for each arm (and outcome) of a trial; or, with `wide`, one row for each trial.
    trial : str
        Column with the name of the trial.
    treatment : str, optional
        Column with the treatment; needed unless `wide` is given.
    outcome : str, optional
        Column with the outcome; a word that is no column is the name of the one outcome. By default ``outcome``.
    events, n, percent : str, optional
        Columns of counts.
    mean, sd, se, ci_low, ci_high : str, optional
        Columns of means; `n` goes with them. Either counts or means.
    ci_level : float
        Level of the limits of a mean.
    scale, timepoint : str, optional
        Columns.
    wide : mapping of str to (events, n) or (mean, sd, n), optional
        For each treatment its columns.

    Returns
    -------
    Evidence
        Figures are marked as not traced to a print, unless the frame has the columns ``as_printed`` and ``source_id``.
        Columns that no argument names are kept: with the trials if they are the same in all rows of a trial, else with the
        figures; those that are called as in the codebook mean the same. An arm without events, percentage or mean has no
        figure: it stands in the table of arms, and a comparison names its trial as not used.

    Raises
    ------
    NeckevidenceError
        If an argument names no column, or the arguments do not fit together.
    EvidenceError
        If the figures cannot be, for example more events than patients.

    Examples
    --------
    >>> import neckevidence as ne
    >>> data = pd.DataFrame({"study": ["A", "B"], "e1": [10, 5], "n1": [50, 40], "e2": [20, 12], "n2": [50, 41]})
    >>> ev = ne.from_frame(data, trial="study", outcome="death", wide={"drug": ("e1", "n1"), "placebo": ("e2", "n2")})
    >>> found = ne.compare(ev, "drug", "placebo", outcome="death")
    >>> [round(trial.estimate, 2) for trial in found.trials]
    [0.5, 0.43]
    """
    numbers = {"events": events, "percent": percent, "mean": mean, "sd": sd, "se": se, "ci_low": ci_low}
    numbers |= {"ci_high": ci_high, "n": n}
    named = {"trial": trial, "treatment": treatment, "scale": scale, "timepoint": timepoint, **numbers}
    required_columns(frame, named)
    given = {name: column for name, column in numbers.items() if column is not None}
    if wide is not None:
        if given or treatment is not None:
            extra = ", ".join([*given, *(["treatment"] if treatment is not None else [])])
            raise NeckevidenceError(f"wide names the columns of each treatment; leave out {extra}")
        parts = _wide_parts(frame, wide)
    elif treatment is None:
        raise NeckevidenceError("treatment must name a column, or wide the columns of each treatment")
    else:
        parts = [(None, given)]
    rows: dict[str, list[dict[str, Any]]] = {"arms": [], "counts": [], "means": [], "trials": []}
    used = {column for column in named.values() if column} | {c for _, columns in parts for c in columns.values()}
    word = outcome or "outcome"
    used |= {word} & set(frame.columns)
    kept = _kept(frame, trial, used)
    for number, values in enumerate(frame.to_dict("records"), start=1):
        name = _needed(values[trial], f"row {number}, column {trial}")
        rows["trials"].append({"trial_id": name, **{str(column): values[column] for column in kept["trials"]}})
        for code, columns in parts:
            arm = _needed(values[treatment], f"row {number}, column {treatment}") if code is None else code
            table = _table_of(columns)
            cells = {column: values[source] for column, source in columns.items()}
            cells |= {"ci_level": 100 * ci_level} if "ci_low" in columns else {}
            cells |= {key: values[one] for key, one in (("scale", scale), ("timepoint", timepoint)) if one is not None}
            about = {"trial_id": name, "arm_id": arm, "outcome": values[word] if word in frame.columns else word}
            rows["arms"].append({"trial_id": name, "arm_id": arm, "treatment": arm})
            if not any(as_text(cells[one]) for one in columns if one != "n"):
                continue
            rows[table].append({**about, **cells, **{str(one): values[one] for one in kept["figures"]}})
    if not kept["trials"]:
        del rows["trials"]
    return evidence_from_rows(rows, _WHERE)


def _needed(value: Any, where: str) -> str:
    """Return a name as text, which must be there."""
    text = as_text(value)
    if not text:
        raise NeckevidenceError(f"{where}: found nothing; expected a name")
    return text


def _wide_parts(frame: pd.DataFrame, wide: Wide) -> list[tuple[str, dict[str, str]]]:
    """Return the columns of each treatment by what they hold."""
    parts = []
    for code, columns in wide.items():
        if isinstance(columns, str) or len(columns) not in (2, 3):
            raise NeckevidenceError(f"wide[{code!r}] must be (events, n) or (mean, sd, n), found {columns!r}")
        names = ("events", "n") if len(columns) == 2 else ("mean", "sd", "n")
        named = dict(zip(names, columns, strict=True))
        required_columns(frame, {f"wide[{code!r}]: {name}": column for name, column in named.items()})
        parts.append((as_text(code), named))
    if len(parts) < 2:
        raise NeckevidenceError(f"wide must name at least two treatments, found {len(parts)}")
    return parts


def _table_of(columns: Mapping[str, str]) -> str:
    """Return the table to which figures belong: counts or means, not both."""
    counts, means = set(columns) & {"events", "percent"}, set(columns) & (set(_MEANS) - {"n"})
    if counts and means:
        raise NeckevidenceError(f"either counts or means: found {', '.join(sorted(counts | means))}")
    if not counts and "mean" not in means:
        raise NeckevidenceError("no figures: name the columns of events and n, or of mean, sd and n")
    return "counts" if counts else "means"


def _kept(frame: pd.DataFrame, trial: str, used: set[str]) -> dict[str, list[Any]]:
    """Sort the other columns: those of the trials, and those of the figures."""
    others = [column for column in frame.columns if column not in used]
    groups = frame.astype(object).groupby(trial, sort=False)
    own = [column for column in others if (groups[column].nunique(dropna=False) == 1).all()]
    taken = {"trial_id", "arm_id", "outcome", "fact_id"} | {*_COUNTS, *_MEANS, "value"}
    clash = [str(column) for column in others if str(column) in taken]
    if clash:
        raise NeckevidenceError(
            f"columns that no argument names, but that mean something here: {', '.join(clash)}; name each by its argument, as "
            f"{clash[0]}={clash[0]!r}, or leave it out of the data frame"
        )
    own = [column for column in own if str(column) not in _PROVENANCE]
    return {"trials": own, "figures": [one for one in others if one not in own]}


def from_effects(
    frame: pd.DataFrame,
    *,
    trial: str,
    effect: str,
    measure: str,
    se: str | None = None,
    ci: tuple[str, str] | None = None,
    level: float = 0.95,
    treatment: str = "treatment",
    control: str = "control",
    outcome: str = "outcome",
) -> Evidence:
    """Make evidence of effects that were computed or published, one row each.

    Parameters
    ----------
    frame : DataFrame
        The data.
    trial, effect : str
        Columns with the name of the trial and the effect.
    measure : {"RR", "OR", "RD", "MD", "SMD"}
        What the effects are.
    se : str, optional
        Column of the standard error. The effects of ratios are then logarithms, as the standard error is.
    ci : (str, str), optional
        Columns of the lower and upper confidence limit. The effects of ratios are then ratios, as the limits are.
    level : float
        Level of the limits.
    treatment, control, outcome : str
        Columns; a word that is no column stands for all rows.

    Returns
    -------
    Evidence
        Every figure in it is marked as not traced to a print.

    Raises
    ------
    NeckevidenceError
        If an argument names no column, a number is missing or out of range, or both or neither of `se` and `ci` are given.
    EvidenceError
        If the figures cannot be, for example limits that do not hold the effect.

    Examples
    --------
    >>> import neckevidence as ne
    >>> data = pd.DataFrame({"study": ["A", "B"], "logrr": [-0.7, -0.4], "se": [0.3, 0.2]})
    >>> ev = ne.from_effects(data, trial="study", effect="logrr", se="se", measure="RR", outcome="death")
    >>> round(ne.compare(ev, "treatment", "control", outcome="death").common_effect.estimate, 3)
    -0.492
    """
    measure = str(measure).upper()
    if measure not in _MEASURES:
        raise NeckevidenceError(f"measure must be one of {', '.join(_MEASURES)}, found {measure!r}")
    if (se is None) == (ci is None):
        raise NeckevidenceError("give either se, the column of standard errors, or ci, the two columns of limits")
    if not 0.5 <= level < 1:
        raise NeckevidenceError(f"level must lie between 0.5 and 1, found {level}")
    low, high = (None, None) if ci is None else ci
    required_columns(frame, {"trial": trial, "effect": effect, "se": se, "ci, first": low, "ci, second": high})
    rows: dict[str, list[dict[str, Any]]] = {"arms": [], "reported": []}
    for number, values in enumerate(frame.to_dict("records"), start=1):
        about = {key: values.get(word, word) for key, word in (("treatment", treatment), ("control", control))}
        name = _needed(values[trial], f"row {number}, column {trial}")
        if as_text(about["treatment"]) == as_text(about["control"]):
            raise NeckevidenceError(
                f"row {number}: found {about['treatment']!r} as treatment and as control; expected two"
            )
        for code in about.values():
            rows["arms"].append({"trial_id": name, "arm_id": code, "treatment": code})
        if se is not None:
            shown = effect_row(values[effect], values[se], measure, level, f"row {number}")
        else:
            limits = _from_ci(values[effect], values[low], values[high], measure, f"row {number}")
            shown = _as_reported(limits, measure, level)
        rows["reported"].append({"trial_id": name, **about, "outcome": values.get(outcome, outcome), **shown})
    return evidence_from_rows(rows, _WHERE)


def effect_row(effect: Any, se: Any, measure: str, level: float = 0.95, where: str = "") -> dict[str, Any]:
    """Return the cells of the table of published results for an effect with its standard error.

    Parameters
    ----------
    effect, se : float
        On the scale of the standard error: logarithms for ratios.
    measure : str
        RR, OR, RD, MD or SMD.
    level : float
        Level of the limits.
    where : str
        Where they stand, for messages.

    Returns
    -------
    dict
        measure, estimate, ci_low, ci_high, ci_level.

    Raises
    ------
    NeckevidenceError
        If one of the two is no number, or the standard error not above 0.

    Examples
    --------
    >>> {name: value if name == "measure" else round(value, 2) for name, value in effect_row(0, 0.5, "MD").items()}
    {'measure': 'MD', 'ci_level': 95.0, 'estimate': 0.0, 'ci_low': -0.98, 'ci_high': 0.98}
    """
    effect, se = _number(effect, f"{where}, effect"), _number(se, f"{where}, se")
    if se <= 0:
        raise NeckevidenceError(f"{where}, se: found {se:g}; expected a number above 0")
    half = NormalDist().inv_cdf((1 + level) / 2) * se
    limits = effect, effect - half, effect + half
    try:
        natural = tuple(_printed(math.exp(value) if measure in _RATIOS else value, measure) for value in limits)
    except OverflowError:
        raise NeckevidenceError(f"{where}, effect: found {effect:g}; expected the logarithm of a ratio") from None
    return _as_reported(natural, measure, level)


def _as_reported(numbers: tuple[float, ...], measure: str, level: float) -> dict[str, Any]:
    """Name an estimate and its limits."""
    named = zip(("estimate", "ci_low", "ci_high"), numbers, strict=True)
    return {"measure": measure, "ci_level": round(100 * level, 6), **dict(named)}


def _from_ci(effect: Any, low: Any, high: Any, measure: str, where: str) -> tuple[float, ...]:
    """Return an effect with its limits, as they are printed."""
    names = ("effect", "ci, first", "ci, second")
    found = [_number(value, f"{where}, {name}") for value, name in zip((effect, low, high), names, strict=True)]
    if measure in _RATIOS and min(found) <= 0:
        raise NeckevidenceError(f"{where}: found {min(found):g}; expected ratios above 0, not their logarithms")
    return tuple(_printed(value, measure) for value in found)


def _printed(value: float, measure: str) -> float:
    """Risk differences are printed in percentage points."""
    return 100 * value if measure == "RD" else value


def _number(value: Any, where: str) -> float:
    """Return a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise NeckevidenceError(f"{where}: found {value!r}; expected a number")
    return number
