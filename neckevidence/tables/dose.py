"""Tables of dose-response curves."""

from __future__ import annotations

from collections.abc import Sequence

from neckevidence.synthesis.dose import DoseResponse, HalfEffectDose
from neckevidence.tables.base import Table, p_text, text_frame


def shapes_table(fits: Sequence[DoseResponse], title: str = "Three shapes of the curve") -> Table:
    """Show how well several shapes fit the same arms.

    Parameters
    ----------
    fits : sequence of DoseResponse
        Shapes fitted to the same arms.
    title : str
        Heading.

    Returns
    -------
    Table
        A row a shape: coefficients, AIC and the difference from the least, departure of the arms from the curve.
    """
    least = min(fit.aic for fit in fits)
    rows = [
        {
            "Shape": fit.shape,
            "Coefficients": str(len(fit.coefficients)),
            "AIC, above the least": f"{fit.aic - least:.1f}",
            "Departure from the curve": f"{fit.deviance:.1f} on {fit.df}" if fit.df else "none can show",
            "p": p_text(fit.deviance_p_value) if fit.deviance_p_value is not None else "",
            "What to know": "; ".join(fit.notes),
        }
        for fit in fits
    ]
    return Table(text_frame(rows), title, "Few doses cannot tell shapes apart.")


def half_effect_table(
    doses: dict[str, HalfEffectDose], unit: str, title: str = "The dose with half of the effect"
) -> Table:
    """Show half-effect doses.

    Parameters
    ----------
    doses : dict of str to HalfEffectDose
        By what they stand for.
    unit : str
        Unit of the dose.
    title : str
        Heading.

    Returns
    -------
    Table
        A row a dose: interval, what is halved, what to know.
    """
    rows = [
        {
            "Curve": name,
            f"Dose, {unit}": f"{one.dose:.1f}",
            "95% interval": _interval(one),
            "What is halved": one.rule,
            "What to know": "; ".join(one.notes),
        }
        for name, one in doses.items()
    ]
    return Table(text_frame(rows), title)


def _interval(one: HalfEffectDose) -> str:
    if one.ci_low is None and one.ci_high is None:
        return "none"
    low, high = ("no limit" if end is None else f"{end:.1f}" for end in (one.ci_low, one.ci_high))
    return f"{low} to {high}"
