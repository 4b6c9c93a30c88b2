"""All claims of the page in one picture: a row a section, a sign a claim, its shape the verdict."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from neckevidence.core.errors import NeckevidenceError
from neckevidence.figures.style import BAND, CAUTION, INK, LINE, MUTED, TREATMENT, house_style

# Shape, fill and colour differ together, so that no reader depends on colour.
VERDICT_SIGNS = {
    "supported": {"marker": "o", "mfc": BAND, "mec": "#00664a", "ms": 13, "mew": 1.4},
    "partly supported": {
        "marker": "o",
        "fillstyle": "left",
        "mfc": BAND,
        "mfcalt": "white",
        "mec": "#00664a",
        "ms": 13,
        "mew": 1.4,
    },
    "not demonstrated": {"marker": "o", "mfc": "white", "mec": TREATMENT, "ms": 12, "mew": 2.0},
    "contradicted": {"marker": "X", "mfc": CAUTION, "mec": CAUTION, "ms": 12, "mew": 0.8},
    "not checkable": {"marker": "_", "mfc": MUTED, "mec": MUTED, "ms": 13, "mew": 3.0},
}
_LINE_HEIGHT, _STEP, _NAME = 0.50, 0.46, 2.1  # inches: a row, a claim, the names of sections
_DOZEN = 12  # claims in a row that has no section


def verdicts_plot(verdicts: pd.DataFrame, ax: Axes | None = None, title: str = "The claims and their verdicts") -> Axes:
    """Draw the verdict on every claim.

    Parameters
    ----------
    verdicts : DataFrame
        One row a claim, as `audit` gives them: ``claim_id``, ``verdict`` (one of the five words), ``basis`` (``computed`` or
        another word for a judgement entered by hand). A column ``section`` makes the rows of the picture; without it a
        row holds a dozen claims.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure that fits.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        Each sign carries the ``gid`` of its claim. A claim that is decided by numbers has its id in bold and underlined by
        a bar.

    Raises
    ------
    NeckevidenceError
        For a verdict that is none of the five, or without any claim.

    Examples
    --------
    >>> table = pd.DataFrame({"claim_id": ["C1"], "section": ["First"], "verdict": ["supported"], "basis": ["computed"]})
    >>> [text.get_text() for text in verdicts_plot(table).texts if text.get_gid() == "claim"]
    ['C1']
    """
    unknown = sorted(set(verdicts["verdict"]) - set(VERDICT_SIGNS))
    if unknown:
        raise NeckevidenceError(f"verdict must be one of {', '.join(VERDICT_SIGNS)}; found {', '.join(unknown)}")
    if verdicts.empty:
        raise NeckevidenceError("there is no claim to draw")
    if "section" not in verdicts:
        verdicts = verdicts.assign(section=_by_the_dozen(verdicts["claim_id"]))
    sections = list(dict.fromkeys(verdicts["section"]))
    longest = int(verdicts.groupby("section").size().max())
    with house_style():
        if ax is None:
            width, height = _NAME + _STEP * (longest + 0.6), 1.25 + _LINE_HEIGHT * len(sections)
            width = max(width, 7.6)
            figure = plt.figure(figsize=(width, height))
            ax = figure.add_axes([_NAME / width, 0.78 / height, 1 - (_NAME + 0.1) / width, 1 - 1.2 / height])
            longest = (width - _NAME) / _STEP - 0.6
        for row, section in enumerate(sections):
            own = verdicts[verdicts["section"] == section]
            for place, claim in enumerate(own.itertuples()):
                ax.plot(place, -row, ls="none", gid=claim.claim_id, **VERDICT_SIGNS[claim.verdict])
                computed = claim.basis == "computed"
                weight = "bold" if computed else "normal"
                y = -row - 0.36
                ax.text(place, y, claim.claim_id, ha="center", va="center", size=7.5, weight=weight, gid="claim")
                if computed:
                    ax.plot([place - 0.3, place + 0.3], [y - 0.12] * 2, color=INK, lw=1.0, gid="computed")
            ax.axhline(-row - 0.55, color=LINE, lw=0.7, zorder=0)
        ax.set_xlim(-0.6, longest)
        ax.set_ylim(-len(sections) + 0.4, 0.55)
        ax.set_xticks([])
        names = ["\n".join(textwrap.wrap(section, 26)) for section in sections]
        ax.set_yticks([-row for row in range(len(sections))], names)
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.tick_params(length=0, colors=INK)
        ax.set_title(title, loc="left", x=-0.36)
        _key(ax, verdicts)
    return ax


def _by_the_dozen(claims: pd.Series) -> list[str]:
    """Return for every claim the first and the last claim of its row."""
    names = list(claims)
    rows = [names[start : start + _DOZEN] for start in range(0, len(names), _DOZEN)]
    return [f"{row[0]} to {row[-1]}" if len(row) > 1 else row[0] for row in rows for _ in row]


def _key(ax: Axes, verdicts: pd.DataFrame) -> None:
    """Explain the signs, with how many claims have each."""
    number = verdicts.drop_duplicates("claim_id")["verdict"].value_counts()
    handles = [
        Line2D([], [], ls="none", label=f"{word} ({number.get(word, 0)})", **{**sign, "ms": 9})
        for word, sign in VERDICT_SIGNS.items()
    ]
    handles.append(Line2D([], [], color=INK, lw=1.0, label="decided by numbers; others judged by hand"))
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.36, -0.01),
        ncols=3,
        frameon=False,
        fontsize=8.5,
        handletextpad=0.4,
        columnspacing=1.4,
    )
