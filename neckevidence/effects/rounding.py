"""Means, SDs and limits printed with few decimals: what the difference between two arms can be."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from neckevidence.core.numbers import interval_text
from neckevidence.core.printed import decimals, printed_numbers
from neckevidence.effects.means import ArmMean, critical_value, mean_difference, standard_error
from neckevidence.effects.measures import (
    DIFFERENCES,
    RATIOS,
    EffectInputError,
    check_choice,
    check_level,
    check_measure,
)

Band = tuple[float, float]
_UNKNOWN = (math.nan, math.nan)
_WITHOUT_LIMIT = (-math.inf, math.inf)
_NUMBER = re.compile(r"[+-]?(\d+(?:[.,]\d+)?|[.,]\d+)")
_SPREADS = ("sd", "se", "ci_low", "ci_high")
# Levels with a decimal that are chosen so; any other, as 98.3% (Bonferroni, 100 - 5/3), is itself rounded.
_EXACT_LEVELS = (97.5, 99.5, 99.9, 99.99)


@dataclass(frozen=True)
class ArmBand:
    """A mean and its standard error as far as the printed digits tell.

    Attributes
    ----------
    mean, se : (float, float)
        Lowest and highest value that print so, in units of the scale; `se` is NaN where nothing printed gives it.
    n : float
        Patients, NaN where not printed.
    """

    mean: Band
    se: Band
    n: float


@dataclass(frozen=True)
class DifferenceBand:
    """What an effect, its standard error and its limits can be, given how few digits are printed.

    Attributes
    ----------
    measure : str
        MD, SMD, RD, RR or OR.
    level : float
        Confidence level of the limits.
    estimate, ci_low, ci_high : (float, float)
        Lowest and highest value, natural scale; NaN where not known, infinite where the digits set no limit.
    se : (float, float)
        The same, on the analysis scale.
    """

    measure: str
    level: float
    estimate: Band
    se: Band
    ci_low: Band
    ci_high: Band

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {low:.4g} to {high:.4g}" for name, (low, high) in self.bands().items())
        return f"<DifferenceBand {self.measure}: {shown}>"

    def bands(self) -> dict[str, Band]:
        """Return the bands of estimate, ci_low and ci_high by name, as `TrialEffect.rounding` holds them."""
        return {"estimate": self.estimate, "ci_low": self.ci_low, "ci_high": self.ci_high}

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain numbers."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each of estimate, se, ci_low and ci_high, with columns low and high."""
        rows = {"estimate": self.estimate, "se": self.se, "ci_low": self.ci_low, "ci_high": self.ci_high}
        return pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high"])

    def summary(self) -> str:
        """Return the band in a line: the least and the most that the printed digits allow."""
        ends = zip(self.estimate, self.ci_low, self.ci_high, strict=True)
        low, high = (interval_text(self.measure, *numbers, self.level) for numbers in ends)
        return f"{self.measure}, by the rounding of what is printed: from {low} to {high}"


def printed_range(number_text: str) -> Band:
    """Return the lowest and the highest number that is printed so.

    Parameters
    ----------
    number_text : str
        One number as printed, with its sign: ``"11"``, ``"-2.6"``, ``".77"``, ``"9,5"``.

    Returns
    -------
    low, high : float
        Half a unit of the last printed decimal below and above; both ends belong to the range, since a source does
        not say which way it rounds a half.

    Raises
    ------
    EffectInputError
        If the text is not one number.

    Examples
    --------
    >>> printed_range("11"), printed_range("-2.60")
    ((10.5, 11.5), (-2.605, -2.595))
    """
    text = str(number_text).strip().replace("\u2212", "-").replace("\u2013", "-")
    if not _NUMBER.fullmatch(text):
        raise EffectInputError(f"number_text must be one number as printed, such as '-2.6', found {number_text!r}")
    value = Decimal(text.replace(",", "."))
    half = Decimal("0.5").scaleb(-decimals(str(value)))
    return float(value - half), float(value + half)


def stored_range(value: float, as_printed: str) -> Band:
    """Return the range of a stored number, taking its decimals from the figure as printed.

    Parameters
    ----------
    value : float
        The number, with its sign, as a column of the evidence holds it.
    as_printed : str
        The figure in which it stands.

    Returns
    -------
    low, high : float
        As in `printed_range`. If the number stands there twice, with more and with fewer decimals, the fewer count.

    Raises
    ------
    EffectInputError
        If the figure does not show the number.

    Examples
    --------
    >>> stored_range(9.0, "11; 95% CI 9 to 13"), stored_range(-2.6, "0.3 (98.3% CI -2.6 to 3.2, p=.77)")
    ((8.5, 9.5), (-2.65, -2.55))
    """
    words = [word for word in printed_numbers(as_printed) if float(word) == abs(value)]
    if not words:
        raise EffectInputError(f"the figure {as_printed!r} does not show the number {value:g}")
    return printed_range(("-" if value < 0 else "") + min(words, key=decimals))


def arm_band(row: pd.Series) -> ArmBand:
    """Read a row of the table of means with all that its digits leave open.

    Parameters
    ----------
    row : Series
        value, sd, se, ci_low, ci_high, ci_level, n and as_printed, as in the table of means.

    Returns
    -------
    ArmBand
        The SE by the rules of `standard_error`, at all corners of what is printed: it rises with SD and width
        and falls with the level, so that the corners hold its extremes. A level printed whole (95%) is exact.

    Raises
    ------
    EffectInputError
        If `as_printed` does not show a number of the row.
    """
    printed = row["as_printed"]
    fields = {name: stored_range(row[name], printed) for name in _SPREADS if pd.notna(row[name])}
    for name in {"sd", "se"} & set(fields):
        fields[name] = (max(fields[name][0], 0.0), fields[name][1])
    mean = stored_range(row["value"], printed)
    n = math.nan if pd.isna(row["n"]) else float(row["n"])
    corners = {"mean": mean, **fields, "ci_level": _level_range(row["ci_level"], printed)}
    arms = (ArmMean(n=n, **dict(zip(corners, corner, strict=True))) for corner in itertools.product(*corners.values()))
    errors = [standard_error(arm)[0] for arm in arms]
    return ArmBand(mean, (0.0 if _limit_meets_mean(mean, fields) else max(min(errors), 0.0), max(errors)), n)


def _level_range(level: float, as_printed: str) -> tuple[float, ...]:
    if pd.isna(level) or float(level).is_integer() or level in _EXACT_LEVELS:
        return (float(level),)
    # A level that a table header prints, and not the figure, has the decimals with which it is stored.
    shown = as_printed if float(level) in map(float, printed_numbers(as_printed)) else f"{level:g}"
    return stored_range(float(level), shown)


def _limit_meets_mean(mean: Band, fields: dict[str, Band]) -> bool:
    """Tell whether a single limit prints like the mean itself: then the SE can be zero inside the box."""
    limits = [fields[name] for name in ("ci_low", "ci_high") if name in fields]
    alone = len(limits) == 1 and not {"sd", "se"} & set(fields)
    return alone and limits[0][0] <= mean[1] and mean[0] <= limits[0][1]


def mean_difference_band(
    treatment: ArmBand, control: ArmBand, measure: str = "MD", level: float = 0.95
) -> DifferenceBand:
    """Return every value that MD or SMD and its limits can have within the printed digits.

    Parameters
    ----------
    treatment, control : ArmBand
        The two arms, on one scale.
    measure : {"MD", "SMD"}
        Effect measure.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    DifferenceBand
        Of what `mean_difference` gives. The limits are NaN if an SE is not known; SMD has no limits at all to its
        band if an SD can be zero.

    Raises
    ------
    UnknownCodeError
        If the measure is neither MD nor SMD.
    EffectInputError
        If the level does not lie between 0 and 1, or SMD is asked for without n or SE.

    Notes
    -----
    The difference of the means rises with one and falls with the other; the half-width rises with both standard errors.
    So all extremes lie at corners of the box. For MD with Welch's degrees of freedom v that holds as long as the critical
    value falls no faster than v^(-1/4) (from the derivative of the half-width; at 95% from 7 patients an arm on); for SMD
    if z^2 <= 2 (n1 + n2). In smaller trials an outer band is given: the widest half-width that any v allows.
    The means and limits of an arm are taken as rounded each for itself, and no use is made of the symmetry of the unrounded
    interval, which would narrow the band at most.

    Examples
    --------
    >>> a, b = ArmBand((10.5, 11.5), (0.75, 1.25), 57), ArmBand((10.5, 11.5), (1.0, 1.5), 55)
    >>> mean_difference_band(a, b)
    <DifferenceBand MD: estimate -1 to 1, ci_low -4.871 to -1.48, ci_high 1.48 to 4.871>
    """
    check_choice("measure", measure, ("MD", "SMD"), noun="measures")
    check_level(level)
    arms = treatment, control
    estimate = (treatment.mean[0] - control.mean[1], treatment.mean[1] - control.mean[0])
    known = not any(math.isnan(arm.se[1]) for arm in arms)
    sized = not any(math.isnan(arm.n) for arm in arms)
    if measure == "SMD":
        if not (known and sized):
            raise EffectInputError("SMD needs n and a standard error, an SD or an interval of both arms")
        if any(arm.se[0] == 0 for arm in arms):
            return DifferenceBand("SMD", level, _WITHOUT_LIMIT, (0.0, math.inf), _WITHOUT_LIMIT, _WITHOUT_LIMIT)
    if not known:
        return DifferenceBand(measure, level, estimate, _UNKNOWN, _UNKNOWN, _UNKNOWN)
    corners = [
        mean_difference(
            ArmMean(treatment.mean[end], se=treatment.se[wide], n=treatment.n),
            ArmMean(control.mean[1 - end], se=control.se[wide], n=control.n),
            measure,
            level,
        )
        for end in (0, 1)
        for wide in (0, 1)
    ]
    estimates, variances, lows, highs = ((min(values), max(values)) for values in zip(*corners, strict=True))
    if sized and not _corners_hold(arms, measure, level):
        half = _widest_half(arms, level) if measure == "MD" else max(high - low for _, _, low, high in corners) / 2
        lows, highs = (estimates[0] - half, estimates[1]), (estimates[0], estimates[1] + half)
    if measure == "SMD" and estimates[0] < 0 < estimates[1]:  # its variance is least at no difference, inside the box
        at_zero = (ArmMean(0.0, se=arm.se[0], n=arm.n) for arm in arms)
        variances = (mean_difference(*at_zero, measure, level)[1], variances[1])
    return DifferenceBand(measure, level, estimates, (math.sqrt(variances[0]), math.sqrt(variances[1])), lows, highs)


def _corners_hold(arms: Sequence[ArmBand], measure: str, level: float) -> bool:
    """Tell whether the limits are monotone in means and standard errors (see `mean_difference_band`)."""
    if measure == "SMD":
        return critical_value(level) ** 2 <= 2 * sum(arm.n for arm in arms)
    fewest = min(arm.n for arm in arms) - 1
    values = [critical_value(level, df) * df**0.25 for df in (fewest, 1.01 * fewest)]
    return values[0] <= values[1]


def _widest_half(arms: Sequence[ArmBand], level: float) -> float:
    """Return a half-width that no Welch degrees of freedom exceed: they are at least the fewer of n - 1."""
    return critical_value(level, min(arm.n for arm in arms) - 1) * math.hypot(*(arm.se[1] for arm in arms))


def mean_rounding_band(rows: Sequence[pd.Series], measure: str, level: float = 0.95) -> dict[str, Band] | None:
    """Return what the rounding of printed means leaves open of MD or SMD, for `TrialEffect.rounding`.

    Parameters
    ----------
    rows : two Series
        Rows of the table of means, the treatment first.
    measure : {"MD", "SMD"}
        Effect measure.
    level : float
        Confidence level.

    Returns
    -------
    dict of str to (float, float), or None
        Bands of estimate, ci_low and ci_high; the limits NaN if no spread is printed. None if a row holds no mean, or
        for SMD if n or the spread is missing.

    Raises
    ------
    UnknownCodeError, EffectInputError
        As `arm_band` and `mean_difference_band`.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> means = load_evidence().means.set_index("fact_id", drop=False)
    >>> mean_rounding_band([means.loc["means_012"], means.loc["means_013"]], "MD")["estimate"]
    (-1.0, 1.0)
    """
    check_choice("measure", measure, ("MD", "SMD"), noun="measures")
    if any(row["statistic"] != "mean" or row["value_relation"] != "=" for row in rows):
        return None
    arms = [arm_band(row) for row in rows]
    if measure == "SMD" and any(math.isnan(arm.n) or math.isnan(arm.se[1]) for arm in arms):
        return None
    return mean_difference_band(*arms, measure, level).bands()


def published_rounding_band(row: pd.Series, level: float = 0.95, *, turned: bool = False) -> dict[str, Band] | None:
    """Return what the rounding of a published contrast leaves open, when it is converted by its printed level.

    Parameters
    ----------
    row : Series
        Row of the table of reported results: measure, estimate, ci_low, ci_high, ci_level, as_printed.
    level : float
        Confidence level of the limits that are wanted, between 0 and 1.
    turned : bool
        Whether the contrast is wanted the other way round (control against treatment).

    Returns
    -------
    dict of str to (float, float), or None
        Bands of estimate, ci_low and ci_high on the natural scale (risk differences as shares); None if estimate,
        interval or level is not printed, or the measure is none of RR, OR, RD, MD, SMD.

    Raises
    ------
    EffectInputError
        If `as_printed` does not show a number of the row, or the level does not lie between 0 and 1.

    Notes
    -----
    The limits are e -+ c (high - low) / (2 C), with c and C the normal critical values at `level` and at the printed
    level (Cochrane Handbook 6.4, section 6.3.1), ratios logged. They rise with e and move apart with the width: the
    corners hold the extremes. A level printed with decimals, as 98.3%, is rounded too.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> row = load_evidence().reported.set_index("fact_id").loc["reported_340"]
    >>> {name: tuple(round(end, 2) for end in band) for name, band in published_rounding_band(row).items()}
    {'estimate': (0.25, 0.35), 'ci_low': (-2.18, -1.98), 'ci_high': (2.58, 2.78)}
    """
    check_level(level)
    names = ("estimate", "ci_low", "ci_high")
    if row["measure"] not in (*RATIOS, *DIFFERENCES) or any(pd.isna(row[name]) for name in (*names, "ci_level")):
        return None
    measure = check_measure(row["measure"])
    middle, low, high = (_analysis_scale(measure, stored_range(row[name], row["as_printed"])) for name in names)
    if turned:
        middle, low, high = ((-b, -a) for a, b in (middle, high, low))
    factors = [
        critical_value(level) / (2 * critical_value(printed / 100))
        for printed in _level_range(row["ci_level"], row["as_printed"])
    ]
    narrow, wide = min(factors) * max(high[0] - low[1], 0.0), max(factors) * (high[1] - low[0])
    bands = (middle, (middle[0] - wide, middle[1] - narrow), (middle[0] + narrow, middle[1] + wide))
    return {name: _natural_scale(measure, band) for name, band in zip(names, bands, strict=True)}


def _analysis_scale(measure: str, band: Band) -> Band:
    if measure in RATIOS:  # a ratio printed as 0.0 can be as small as you like
        return tuple(math.log(end) if end > 0 else -math.inf for end in band)  # type: ignore[return-value]
    scale = 0.01 if measure == "RD" else 1.0  # risk differences are printed in percentage points
    return scale * band[0], scale * band[1]


def _natural_scale(measure: str, band: Band) -> Band:
    return (math.exp(band[0]), math.exp(band[1])) if measure in RATIOS else band
