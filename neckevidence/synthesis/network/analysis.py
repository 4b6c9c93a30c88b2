"""Network meta-analysis of arms or contrasts: one model for all treatments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neckevidence.core.errors import NeckevidenceError
from neckevidence.synthesis.network.gls import TAU2_NAMES, estimate_tau2, least_squares
from neckevidence.synthesis.network.result import INTERVALS, NetworkMetaAnalysis
from neckevidence.synthesis.network.tables import NetworkData, read_network

NOT_RANDOMISED = (
    "indirect evidence compares patients of different trials, who were not randomised against each other: it holds if the "
    "trials are alike in all that changes the effects"
)


def network_meta_analysis(
    arms: pd.DataFrame | None = None,
    contrasts: pd.DataFrame | None = None,
    *,
    measure: str,
    trial: str = "trial",
    treatment: str = "treatment",
    tau2: str = "REML",
    ci: str = "wald",
    level: float = 0.95,
    reference: str | None = None,
    small_values: str = "good",
) -> NetworkMetaAnalysis:
    """Join trials of several treatments in one model.

    Parameters
    ----------
    arms : DataFrame, optional
        One row an arm: trial, treatment, and ``events``, ``n`` (OR, RR, RD), ``mean`` with ``se`` or with ``sd`` and ``n``
        (MD), ``mean``, ``n`` with ``sd`` or ``se`` (SMD).
    contrasts : DataFrame, optional
        For trials of which only contrasts are known, one row a contrast: trial, treatment, ``control``, ``effect`` (a
        logarithm for ratios) and ``se``. A trial of several arms needs all its contrasts. Both tables can be given.
    measure : {"OR", "RR", "RD", "MD", "SMD"}
        Effect measure.
    trial, treatment : str
        Names of those columns.
    tau2 : {"REML", "DL", "common"}
        Between-trial variance, the same for all comparisons.
    ci : {"wald", "hartung-knapp"}
        Intervals; the second multiplies variances by sum w r^2 / df, with t on df. A common-effect model has Wald's.
    level : float
        Confidence level, between 0 and 1.
    reference : str, optional
        Treatment that others are shown against; by default the one in most trials, the first of these in sorting order.
    small_values : {"good", "bad"}
        Whether a small value of the outcome is good, for P-scores and ranks.

    Returns
    -------
    NetworkMetaAnalysis
        All pairs.

    Raises
    ------
    NeckevidenceError
        For a network that is not connected, a treatment against itself, a trial with one arm, two arms of a trial with the
        same treatment, contrasts that do not fit each other, numbers that are not finite, an unknown measure, method or
        reference; the message names trial and treatments.

    Notes
    -----
    y = X theta + u + e: contrasts of a trial with its first arm, Cov e exact, Cov u = tau2 with 1 on the diagonal and 1/2 off
    it (Higgins and Whitehead 1996, Stat Med 15:2733; Salanti et al. 2008, Stat Methods Med Res 17:279), fitted by
    generalised least squares. Formulas stand in `neckevidence.synthesis.network.gls`, those of arms in
    `neckevidence.synthesis.network.arms.read_arms`. If a trial has an arm without events or with nothing but events, 0.5 is
    added to events and non-events in all its arms; if that is so in all its arms, it is left out of RR and OR.

    Examples
    --------
    >>> contrasts = pd.DataFrame(
    ...     [("one", "B", "A", 1.0, 0.5), ("two", "C", "A", 3.0, 1.2)],
    ...     columns=["trial", "treatment", "control", "effect", "se"])
    >>> fit = network_meta_analysis(contrasts=contrasts, measure="MD", tau2="common")
    >>> fit
    <NetworkMetaAnalysis MD, 3 treatments, k = 2, tau2 0.0000, Q(0) 0.00, reference A>
    >>> float(fit.estimates.loc["C", "B"]), float(fit.se.loc["C", "B"].round(6))
    (2.0, 1.3)
    """
    check_options(tau2, ci, level, small_values)
    data = read_network(arms, contrasts, measure, trial, treatment)
    data.require_connected()
    base = _reference(data, reference)
    rows, rest = data.rows, [i for i in range(len(data.treatments)) if i != base]
    x = rows.x[:, rest]
    spread = estimate_tau2(tau2, rows.z, x, rows.d)
    fit, common = (least_squares(rows.z, x, rows.d, t) for t in (spread, 0.0))
    df = fit.df
    knapp = ci == "hartung-knapp" and tau2 != "common" and df > 0
    scale = fit.q / df if knapp else 1.0
    if knapp and scale <= 1e-24 * float((rows.z**2 / (rows.d + spread)).sum()):
        raise NeckevidenceError("the contrasts of the trials fit each other exactly: choose ci='wald'")
    effects, covariance = np.zeros(len(data.treatments)), np.zeros((len(data.treatments),) * 2)
    effects[rest] = fit.b
    covariance[np.ix_(rest, rest)] = fit.covariance
    return NetworkMetaAnalysis(
        measure=data.measure,
        treatments=data.treatments,
        reference=data.treatments[base],
        tau2=spread,
        q=common.q if df > 0 else 0.0,
        q_df=df,
        q_p_value=chi_square_p(common.q, df),
        i2=max(0.0, 1 - df / common.q) if df > 0 and common.q > 0 else 0.0,
        k=len(data.trials),
        n_arms=data.n_arms,
        patients=data.patients,
        tau2_method=tau2,
        ci_method="hartung-knapp" if knapp else "wald",
        level=level,
        critical=_critical(level, df if knapp else None),
        small_values=small_values,
        excluded=data.excluded,
        corrected=data.corrected,
        notes=_notes(data, tau2, spread, df),
        data=data,
        effects=effects,
        wald_covariance=covariance,
        variance_scale=scale,
    )


def check_options(tau2: str, ci: str, level: float, small_values: str) -> None:
    """Refuse unknown methods and impossible levels.

    Parameters
    ----------
    tau2, ci, level, small_values
        As for `network_meta_analysis`.

    Raises
    ------
    NeckevidenceError
        Naming the choices.
    """
    choices = {"tau2": (tau2, TAU2_NAMES), "ci": (ci, INTERVALS), "small_values": (small_values, ("good", "bad"))}
    for name, (found, allowed) in choices.items():
        if found not in allowed:
            raise NeckevidenceError(f"{name} must be one of {', '.join(allowed)}; found {found!r}")
    if not 0 < level < 1:
        raise NeckevidenceError(f"level must lie between 0 and 1, found {level}")


def chi_square_p(q: float, df: int) -> float:
    """Return the upper tail of chi-square; 1 without degrees of freedom.

    Parameters
    ----------
    q, df : float, int
        Statistic and degrees of freedom.

    Returns
    -------
    float
        The p-value.
    """
    from scipy.special import chdtrc

    return float(chdtrc(df, q)) if df > 0 else 1.0


def _critical(level: float, df: int | None) -> float:
    from scipy.special import ndtri, stdtrit

    tail = (1 + level) / 2
    return float(ndtri(tail) if df is None else stdtrit(df, tail))


def _reference(data: NetworkData, name: str | None) -> int:
    if name is None:
        return int(data.members.sum(axis=0).argmax())
    if name not in data.treatments:
        raise NeckevidenceError(f"reference {name!r} is not in the network; found {', '.join(data.treatments)}")
    return data.treatments.index(name)


def _notes(data: NetworkData, method: str, tau2: float, df: int) -> tuple[str, ...]:
    notes = []
    if len(data.treatments) > 2 and len(data.trials) > 1:
        pairs, alone = len(data.treatments) * (len(data.treatments) - 1) // 2, int((data.shared == 0).sum()) // 2
        only = f"; {alone} of {pairs} pairs have no other (`indirect only`)" if alone else ""
        notes.append(NOT_RANDOMISED + only)
    if df == 0:
        notes.append("no degrees of freedom: neither heterogeneity nor inconsistency can be seen, tau2 is taken as 0")
    elif method != "common" and tau2 == 0:
        notes.append("the estimate of tau2 is 0, which does not show that the trials agree")
    if data.lost:
        notes.append(f"no trial is left for {', '.join(data.lost)}")
    if data.corrected:
        notes.append(f"0.5 added to all cells of {', '.join(data.corrected)}, where an arm had no event or only events")
    return tuple(notes)
