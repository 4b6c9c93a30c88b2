"""What a picture can show: the kind of a result, by which its words, its table and its data are found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from neckevidence.core.errors import NeckevidenceError

# By the name of the class, so that no module is imported only to be compared with.
_CLASSES = {
    "Comparison": "comparisons",
    "AbsoluteEffect": "absolute",
    "EvidenceMap": "map",
    "Equivalence": "equivalence",
    "FourOutcomes": "answers",
    "MetaAnalysis": "meta_analysis",
    "BayesMetaAnalysis": "posterior",
    "NetworkMetaAnalysis": "network",
    "EvidenceNetwork": "edges",
    "Ranking": "ranking",
    "NodeSplit": "splits",
    "DoseResponse": "dose",
    "BenefitHarm": "benefit_harm",
    "RiskOfBias": "bias",
    "Verdict": "verdicts",
    "OrdinalComparison": "ratings",
    "RatedArm": "ratings",
}
# A table is known by its columns.
_COLUMNS = {
    "verdicts": {"claim_id", "section", "verdict", "basis"},
    "calibration": {"method", "tau", "coverage"},
    "published": {"label", "outcome_shown", "as_printed"},
    "edges": {"treatment", "control", "trials"},
}
KINDS = tuple(dict.fromkeys([*_CLASSES.values(), *_COLUMNS]))


class Names(dict[str, str]):
    """Names of treatments by code; a code without a name stands for itself."""

    def __missing__(self, code: str) -> str:
        return code


class UnknownResultError(NeckevidenceError, TypeError):
    """Something that no picture of this package shows; the message names its type and the types that there are."""


def kind_of(result: Any) -> tuple[str, Any]:
    """Return the kind of what a picture shows.

    Parameters
    ----------
    result : object
        A result, a sequence of results of one kind, or a DataFrame that a picture is drawn from.

    Returns
    -------
    kind : str
        One of `KINDS`.
    found : list or DataFrame
        The results, also where there is only one; the table as it is.

    Raises
    ------
    UnknownResultError
        If it is none of these.

    Examples
    --------
    >>> import pandas as pd
    >>> kind_of(pd.DataFrame(columns=["treatment", "control", "trials"]))[0]
    'edges'
    """
    if isinstance(result, pd.DataFrame):
        for kind, columns in _COLUMNS.items():
            if columns <= set(result.columns):
                return kind, result
        found = f"a table with the columns {', '.join(map(str, result.columns)) or 'none'}"
    else:
        several = list(result) if isinstance(result, Sequence) and not isinstance(result, str) else [result]
        kinds = {_class_kind(one) for one in several}
        if len(kinds) == 1 and (kind := kinds.pop()):
            return kind, several
        found = ", ".join(dict.fromkeys(type(one).__name__ for one in several)) or "an empty sequence"
    tables = "; ".join(", ".join(sorted(columns)) for columns in _COLUMNS.values())
    raise UnknownResultError(
        f"a picture shows {', '.join(_CLASSES)}, or several of one of these, or a table with the columns {tables}; "
        f"found {found}"
    )


def _class_kind(one: Any) -> str:
    return next((_CLASSES[cls.__name__] for cls in type(one).__mro__ if cls.__name__ in _CLASSES), "")
