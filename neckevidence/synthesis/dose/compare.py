"""Several shapes fitted to the same arms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.dose.one_stage import dose_response
from neckevidence.synthesis.dose.shapes import COEFFICIENTS, SHAPES


def compare_shapes(arms: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Fit the three shapes to the same arms.

    Parameters
    ----------
    arms : DataFrame
        One row an arm.
    **options
        Columns, d0 and level, as for `dose_response`.

    Returns
    -------
    DataFrame
        A row a shape: shape, coefficients (their number), log_likelihood, aic, weight (Akaike weights exp(-delta / 2) scaled to
        sum 1; Burnham and Anderson 2004, Sociol Methods Res 33:261), aicc, deviance, df, p_value (lack of fit; NaN where df is
        0), note. A shape with more coefficients than the doses can carry has NaN and the reason. ``attrs["note"]`` says what
        the table cannot tell.

    Raises
    ------
    NeckevidenceError
        As for `dose_response`.

    Examples
    --------
    >>> arms = pd.DataFrame({"trial": ["A"] * 3, "dose": [0, 5, 10], "events": [12, 30, 40], "n": [100, 100, 100]})
    >>> compare_shapes(arms)[["shape", "aic", "df"]].round(2).values.tolist()
    [['linear', 19.63, 1], ['log-linear', 18.39, 1], ['emax', 20.12, 0]]
    """
    d0 = options.pop("d0", None)
    rows = []
    for shape in SHAPES:
        own = {"d0": d0} if shape == "log-linear" else {}
        try:
            fit = dose_response(arms, shape=shape, **own, **options)
        except NeckevidenceError as reason:
            if shape != "emax":
                raise
            rows.append({"shape": shape, "coefficients": len(COEFFICIENTS[shape]), "note": str(reason)})
            continue
        rows.append(
            {
                "shape": shape,
                "coefficients": len(fit.coefficients),
                "log_likelihood": fit.log_likelihood,
                "aic": fit.aic,
                "weight": math.nan,
                "aicc": math.nan if fit.aicc is None else fit.aicc,
                "deviance": fit.deviance,
                "df": fit.df,
                "p_value": math.nan if fit.deviance_p_value is None else fit.deviance_p_value,
                "note": "; ".join(fit.notes),
            }
        )
        doses = fit.doses
    table = pd.DataFrame(rows)
    relative = np.exp(-(table["aic"] - table["aic"].min()) / 2)
    table["weight"] = relative / relative.sum()
    table.attrs["note"] = (
        f"{len(doses)} doses ({', '.join(f'{dose:g}' for dose in doses)}) cannot tell shapes apart well: the weights compare "
        "these three shapes with each other, and none of them is shown to be true"
    )
    return table
