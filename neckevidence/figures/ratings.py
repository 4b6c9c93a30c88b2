"""Ordinal ratings as bars that part at the middle: one row an arm and day, every count written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Patch

from neckevidence.comparison.rated_arms import RatedArm, read_arm
from neckevidence.core.errors import NeckevidenceError, NoComparisonError, UnknownCodeError
from neckevidence.data.arms import arm_row, check_code
from neckevidence.data.evidence import Evidence
from neckevidence.figures.style import INK, LINE, MUTED, house_style

# Light to dark away from the middle, so that the order also survives in grey; letters repeat it in words.
_BELOW, _ABOVE = ("#b5561a", "#f3c99b"), ("#c9e0ef", "#6fa8cf", "#0b5c8f")
_DARK = 0.5  # below this luminance letters are white
_ROW, _LETTER = 0.37, 0.068  # inches: height of a row, width of a character of the counts
_GAP = 7.0  # per cent between the ratings and the missing ones
_SIZE = 8.2
_HEADING = 0.85  # rows that a heading takes
_LEFT = -0.3  # left edge of all words, in widths of the axes


class Look(NamedTuple):
    """How a category looks: the letter in its bar, the colour, and whether it stands right of the middle."""

    letter: str
    colour: str
    better: bool

    @property
    def ink(self) -> str:
        """The colour of the letter: white on a dark bar."""
        red, green, blue = to_rgb(self.colour)
        return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < _DARK else INK


def ratings_plot(
    evidence: Evidence, trial_ids: Sequence[str], outcome: str, ax: Axes | None = None, good_from: str | None = None
) -> Axes:
    """Draw the ratings of every printed arm and day as stacked bars that part where a rating becomes an event.

    Parameters
    ----------
    evidence : Evidence
        The evidence, with its table of ratings.
    trial_ids : sequence of str
        Trials, from the top down.
    outcome : str
        Code of the rated outcome.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that fits.
    good_from : str, optional
        The category from which on a rating stands right of the middle; by default that of ``question.toml``.

    Returns
    -------
    matplotlib Axes
        Bars have a length in per cent of all patients of the arm, rated or not, and the category as ``gid``.

    Raises
    ------
    UnknownCodeError
        If a trial or the outcome is unknown.
    NoComparisonError
        If a trial prints no ratings of the outcome.
    NeckevidenceError
        If no trial is named, or nothing says where the ratings part.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ax = ratings_plot(load_evidence(), ["cer_1105"], "medication_helpfulness")
    >>> sum(bar.get_gid() == "poor" for bar in ax.patches)
    4
    """
    check_code(evidence, "outcome", outcome)
    if isinstance(trial_ids, str) or not trial_ids:
        raise NeckevidenceError(f"trial_ids must be a list of at least one trial, found {trial_ids!r}")
    looks = _looks(evidence, outcome, good_from or evidence.question.need("outcomes.good_from", "good_from"))
    groups = [(heading, arms) for trial_id in trial_ids for heading, arms in _groups(evidence, trial_id, outcome)]
    rows = sum(len(arms) for _, arms in groups)
    with house_style():
        if ax is None:
            height = 1.62 + _ROW * (rows + _HEADING * len(groups))
            figure = plt.figure(figsize=(9.2, height))
            ax = figure.add_axes([0.235, 0.74 / height, 0.745, 1 - 1.62 / height])
        arms_drawn = [arm for _, arms in groups for _, arm in arms]
        start = _limits(ax, looks, arms_drawn, rows + _HEADING * len(groups))
        y = 0.0
        for heading, arms in groups:
            y -= _HEADING
            ax.text(_LEFT, y + 0.24, heading, transform=ax.get_yaxis_transform(), weight="bold", size=9, va="center")
            for name, arm in arms:
                y -= 1.0
                _row(ax, looks, y + 0.5, name, arm, start)
        label = str(evidence.keyed("outcomes").loc[outcome, "label"])
        _frame(ax, looks, label, _footnote(evidence, arms_drawn), start)
    return ax


def _groups(evidence: Evidence, trial_id: str, outcome: str) -> list[tuple[str, list[tuple[str, RatedArm]]]]:
    """Return the arms of a trial by day, drug before placebo, with the heading of each day."""
    trials = evidence.keyed("trials")
    if trial_id not in trials.index:
        raise UnknownCodeError("trial", trial_id, trials.index)
    rows = evidence.ratings
    rows = rows[(rows["trial_id"] == trial_id) & (rows["outcome"] == outcome)].dropna(subset=["timepoint"])
    if rows.empty:
        there = ", ".join(sorted(set(evidence.ratings["trial_id"]))) or "none"
        raise NoComparisonError(f"{trial_id} prints no ratings of {outcome} with a time; trials with ratings: {there}")
    times = evidence.keyed("timepoints").loc[list(rows["timepoint"].unique())].sort_values("first_day")
    groups = []
    for timepoint, label in times["label"].items():
        found = rows.loc[rows["timepoint"] == timepoint, "arm_id"].unique()
        arms = [(arm_row(evidence, trial_id, arm), arm) for arm in found]
        arms.sort(key=lambda pair: -_dose(pair[0]))
        read = [(_name(row), read_arm(evidence, trial_id, arm, outcome, str(timepoint))) for row, arm in arms]
        groups.append((f"{trials.loc[trial_id, 'label']}, {label}", read))
    return groups


def _name(arm: pd.Series) -> str:
    return f"{_dose(arm):g} mg ({arm['arm_id']})" if _dose(arm) else str(arm["treatment_name"])


def _dose(arm: pd.Series) -> float:
    return 0.0 if pd.isna(arm["drug_dose_mg"]) else float(arm["drug_dose_mg"])


def _shares(looks: dict[str, Look], arm: RatedArm) -> tuple[float, float]:
    """Per cent left and right of the middle."""
    right = sum(count for name, count in zip(arm.categories, arm.counts, strict=True) if looks[name].better)
    return 100 * (sum(arm.counts) - right) / arm.total, 100 * right / arm.total


def _looks(evidence: Evidence, outcome: str, good_from: str) -> dict[str, Look]:
    """Return how each category looks, the lowest first: orange below the one where an event begins, blue from there on."""
    rows = evidence.ratings
    ranks = rows[rows["outcome"] == outcome].dropna(subset=["rating"]).groupby("category")["rating"].min().sort_values()
    if good_from not in ranks.index:
        raise UnknownCodeError(f"category of {outcome}", good_from, ranks.index)
    sides = {
        better: [name for name in ranks.index if (ranks[name] >= ranks[good_from]) == better]
        for better in (False, True)
    }
    colours = [*_shades(_BELOW, len(sides[False])), *_shades(_ABOVE, len(sides[True]))]
    names = [*sides[False], *sides[True]]
    return {
        name: Look(name[0].upper(), colour, name in sides[True]) for name, colour in zip(names, colours, strict=True)
    }


def _shades(ends: Sequence[str], number: int) -> list[str]:
    """Return so many colours from the first to the last."""
    rgb = np.array([to_rgb(end) for end in ends])
    places = np.linspace(0, len(ends) - 1, number) if number > 1 else [len(ends) - 1.0] * number
    return [to_hex([np.interp(place, range(len(ends)), channel) for channel in rgb.T]) for place in places]


def _limits(ax: Axes, looks: dict[str, Look], arms: Sequence[RatedArm], height: float) -> float:
    """Set the limits and return where the bars of missing ratings begin, the same in every row."""
    left, right = (max(shares) for shares in zip(*(_shares(looks, arm) for arm in arms), strict=True))
    missing = max(100 * arm.missing / arm.total for arm in arms)
    ax.set_xlim(-left - 5, right + _GAP + max(missing, 10) + 5)
    ax.set_ylim(-height - 0.15, 0)
    return right + _GAP


def _row(ax: Axes, looks: dict[str, Look], y: float, name: str, arm: RatedArm, start: float) -> None:
    ax.text(-0.012, y, f"{name}, n = {arm.total}", transform=ax.get_yaxis_transform(), ha="right", va="center", size=9)
    x = -_shares(looks, arm)[0]
    ends = {arm.categories[0]: -1, arm.categories[-1]: 1}
    narrow = []
    for category, count in zip(arm.categories, arm.counts, strict=True):
        width = 100 * count / arm.total
        look = looks[category]
        ax.barh(y, width, left=x, height=0.76, color=look.colour, edgecolor="white", lw=0.8, gid=category, zorder=2)
        if not _count(ax, y, x, width, look, count, ends.get(category, 0)):
            narrow.append((x + width / 2, f"{look.letter} {count}"))
        x += width
    if narrow:  # in one text, so that neighbours do not lie upon each other
        middle, words = sum(place for place, _ in narrow) / len(narrow), ", ".join(text for _, text in narrow)
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
        ax.text(middle, y + 0.5, words, ha="center", va="center", size=_SIZE - 1.4, bbox=behind, zorder=3)
    width = 100 * arm.missing / arm.total
    look = {"facecolor": "white", "edgecolor": MUTED, "hatch": "////", "lw": 0.8}
    ax.barh(y, width, left=start, height=0.76, gid="missing", zorder=2, **look)
    ax.text(start + width + 0.8, y, str(arm.missing), va="center", size=_SIZE)


def _count(ax: Axes, y: float, x: float, width: float, of: Look, count: int, end: int) -> bool:
    """Write letter and count into the bar, or beyond its end of the row; return whether there was room."""
    low, high = ax.get_xlim()
    room = width / (high - low) * ax.get_position().width * ax.figure.get_size_inches()[0] - 0.04
    text, look = f"{of.letter} {count}", {"size": _SIZE, "va": "center", "zorder": 3}
    if room >= _LETTER * len(text):
        ax.text(x + width / 2, y, text, ha="center", color=of.ink, **look)
    elif end:
        ax.text(x - 0.7 if end < 0 else x + width + 0.7, y, text, ha="right" if end < 0 else "left", **look)
    else:
        return False
    return True


def _frame(ax: Axes, looks: dict[str, Look], label: str, footnote: str, start: float) -> None:
    ax.axvline(0, color=INK, lw=0.9, zorder=1, ymax=1)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    low, high = -20 * int(-ax.get_xlim()[0] // 20), 20 * int((start - 1) // 20)
    ticks = range(low, high + 1, 20)
    ax.set_xticks(list(ticks), [f"{abs(tick)}" for tick in ticks])
    ax.tick_params(axis="x", labelsize=8.5)
    ax.spines["bottom"].set_bounds(low, high)
    ax.spines["bottom"].set_color(LINE)
    ax.set_xlabel(
        "of 100 patients of the arm, rated or not; counts of patients in and beside the bars", size=8.5, color=MUTED
    )
    words = {name: name.replace("_", " ") for name in looks}
    below, above = ([words[name] for name in looks if looks[name].better == better] for better in (False, True))
    for x, text, side in (
        (-1, f"\u2190 {', '.join(below)}", "right"),
        (1, f"{above[0]} or better \u2192", "left"),
        (start, "missing", "left"),
    ):
        ax.annotate(
            text,
            (x, 1),
            (0, 2),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha=side,
            size=8.5,
            color=MUTED,
        )
    handles = [Patch(fc=look.colour, label=f"{look.letter}  {words[name]}") for name, look in looks.items()]
    handles.append(Patch(fc="white", ec=MUTED, hatch="////", label="missing"))
    inch = 1 / (ax.get_position().height * ax.figure.get_size_inches()[1])
    place = {"loc": "lower left", "bbox_to_anchor": (_LEFT - 0.01, 1 + 0.19 * inch), "borderaxespad": 0.0}
    style = {"frameon": False, "fontsize": 8.8, "handlelength": 1.3, "columnspacing": 1.4, "handletextpad": 0.5}
    ax.legend(handles=handles, ncols=len(handles), **place, **style)
    title = f"{label[0].upper()}{label[1:]}"
    ax.text(_LEFT, 1 + 0.5 * inch, title, transform=ax.transAxes, weight="bold", size=11, va="bottom")
    ax.text(_LEFT, -0.6 * inch, footnote, transform=ax.transAxes, size=8, color=MUTED, va="center")


def _footnote(evidence: Evidence, arms: Sequence[RatedArm]) -> str:
    """Spell out the codes of the drugs, and name headers that do not fit their counts."""
    codes: dict[str, set[str]] = {}
    for arm in arms:
        row = arm_row(evidence, arm.trial_id, arm.arm_id)
        if _dose(row):
            codes.setdefault(str(row["treatment_name"]), set()).add(arm.arm_id)
    notes = [f"{', '.join(sorted(ids))}: {name}" for name, ids in codes.items()]
    notes += sorted(
        {
            f"{arm.arm_id}: the header prints {arm.header}, the counts add up to {arm.total}"
            for arm in arms
            if arm.header != arm.total
        }
    )
    return ". ".join(notes)
