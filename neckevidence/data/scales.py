"""Scales of means: which of them are one and the same."""

from __future__ import annotations

import re

import pandas as pd

from neckevidence.data.evidence import Evidence

_ENDS = re.compile(r"(\d+)_(\d+)$")


def same_scale(evidence: Evidence, one: str, other: str) -> bool:
    """Tell whether two codes mean scales on which a difference means the same.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its table of scales.
    one, other : str
        Codes; a code that the table does not hold may end in its range, as in ``pain_0_100``.

    Returns
    -------
    bool
        True for the same code, and for scales that run over the same range; False where a range is not known.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> ev = load_evidence()
    >>> same_scale(ev, "vas_0_100_mm", "score_0_100"), same_scale(ev, "vas_0_100_mm", "vas_0_10")
    (True, False)
    """
    if one == other:
        return True
    ranges = _range(evidence, one), _range(evidence, other)
    return None not in ranges and ranges[0] == ranges[1]


def _range(evidence: Evidence, scale: str) -> tuple[float, float] | None:
    """Return the ends of a scale; None if they are not printed."""
    scales = evidence.keyed("scales")
    if scale in scales.index:
        low, high = scales.loc[scale, ["minimum", "maximum"]]
        return None if pd.isna(low) or pd.isna(high) else (float(low), float(high))
    ends = _ENDS.search(scale)
    return None if ends is None else (float(ends[1]), float(ends[2]))
