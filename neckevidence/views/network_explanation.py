"""Where an estimate of a network leads: the trials with their shares and contrasts, their arms, the printed figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from neckevidence.comparison.network import EvidenceNetwork
from neckevidence.core.errors import NeckevidenceError
from neckevidence.core.explanation import Explanation
from neckevidence.core.numbers import band_text, interval_text, number_text, share_text
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import RATIOS, natural
from neckevidence.synthesis.network.contributions import contributions
from neckevidence.synthesis.network.result import NetworkMetaAnalysis
from neckevidence.views.comparison_explanation import printed_figures


@dataclass(frozen=True)
class NetworkEstimate:
    """An estimate of a network with the evidence it comes from.

    Attributes
    ----------
    network : EvidenceNetwork
        The evidence.
    fit : NetworkMetaAnalysis
        Of a part of it.
    treatment, control : str
        The pair.
    """

    network: EvidenceNetwork
    fit: NetworkMetaAnalysis
    treatment: str
    control: str


def explain_network(
    network: EvidenceNetwork, fit: NetworkMetaAnalysis, pair: tuple[str, str], evidence: Evidence | None = None
) -> Explanation:
    """Walk from an estimate of a network to the printed figures that it rests on.

    Parameters
    ----------
    network : EvidenceNetwork
        Where the figures come from.
    fit : NetworkMetaAnalysis
        Of a part of that network, fitted to ``network.part(...)``.
    pair : (str, str)
        Treatment and control.
    evidence : Evidence, optional
        To show statements, and beside each figure the conflict it stands in.

    Returns
    -------
    Explanation
        Estimate, method, what rounding leaves open, each trial with its share of the information on the pair and its
        own contrasts (Wald intervals), its arms with their printed figures, and what is to be said beside it.

    Raises
    ------
    NeckevidenceError
        If the pair is not two treatments of the fit, or a trial of the fit is not in the network.
    """
    share = contributions(fit, [pair]).to_frame().iloc[0]
    known = {*network.arms["trial"], *network.contrasts["trial"]}
    if not set(share.index) <= known:
        raise NeckevidenceError(
            f"the fit has trials that the network has not: {', '.join(sorted(set(share.index) - known))}"
        )
    row, sign = _row(fit.to_frame(), pair)
    ends = sorted((sign * row["ci_low"], sign * row["ci_high"]))
    numbers = _interval(fit, sign * row["estimate"], *ends)
    kind = row["evidence"] + (": not a randomised comparison" if row["evidence"] == "indirect only" else "")
    below = [
        Explanation("method", f"{fit.methods()} {contributions(fit, [pair]).methods()}"),
        _rounding(network, fit, pair),
    ]
    below += [_trial(network, fit, trial, part, evidence) for trial, part in share.items()]
    below += [Explanation(f"left out, {trial}", why) for trial, why in (*network.left_out, *fit.excluded)]
    below += [Explanation("to be said beside it", note) for note in dict.fromkeys((*network.notes, *fit.notes))]
    title = f"{network.names[pair[0]]} against {network.names[pair[1]]}: {network.outcome_label}"
    return Explanation(title, f"{fit.measure} {numbers}; {kind}", tuple(below))


def _row(pairs: pd.DataFrame, pair: tuple[str, str]) -> tuple[pd.Series, float]:
    """Return the row of a pair, and -1 if it stands there the other way round."""
    for sign, (one, other) in ((1.0, pair), (-1.0, pair[::-1])):
        found = pairs[(pairs["treatment"] == one) & (pairs["control"] == other)]
        if len(found):
            return found.iloc[0], sign
    raise NeckevidenceError(f"no such pair of treatments in the fit: {pair}")


def _interval(fit: NetworkMetaAnalysis, *values: float) -> str:
    return interval_text(fit.measure, *(natural(fit.measure, float(value)) for value in values), fit.level)


def _rounding(network: EvidenceNetwork, fit: NetworkMetaAnalysis, pair: tuple[str, str]) -> Explanation:
    row, sign = _row(network.rounding(fit), pair)
    bands = [(row["estimate_low"], row["estimate_high"]), (row["ci_low_least"], row["ci_high_most"])]
    if sign < 0:
        bands = [tuple(_turned(fit.measure, end) for end in reversed(band)) for band in bands]
    estimate, outmost = (band_text(fit.measure, *band) for band in bands)
    return Explanation(
        "what the rounding of the printed figures leaves open", f"estimate {estimate}; limits {outmost} at most"
    )


def _turned(measure: str, value: float) -> float:
    return -value if measure not in RATIOS else 1 / value if value else math.inf


def _trial(
    network: EvidenceNetwork, fit: NetworkMetaAnalysis, trial: str, share: float, evidence: Evidence | None
) -> Explanation:
    arms = network.arms[network.arms["trial"] == trial]
    label = evidence.keyed("trials").loc[trial, "label"] if evidence else arms["label"].iloc[0] if len(arms) else trial
    contrasts = tuple(Explanation("its contrast", text) for text in _contrasts(fit, trial))
    own = [_arm(network, arm, evidence) for _, arm in arms.iterrows()]
    own += [_published(network, fit, row, evidence) for _, row in _of(network.contrasts, trial).iterrows()]
    return Explanation(label, f"{share_text(share)} of the information on this pair", (*contrasts, *own))


def _of(table: pd.DataFrame, trial: str) -> pd.DataFrame:
    return table[table["trial"] == trial]


def _contrasts(fit: NetworkMetaAnalysis, trial: str) -> Iterator[str]:
    """Yield the contrast of every arm of a trial against one of them: the reference, else its first."""
    from scipy.special import ndtri

    critical = float(ndtri((1 + fit.level) / 2))
    for block in fit.data.blocks:
        for i in np.flatnonzero([fit.data.trials[code] == trial for code in block.trial]):
            names = [fit.treatments[code] for code in block.arms[i]]
            base = names.index(fit.reference) if fit.reference in names else 0
            y, g = block.y[i], block.covariance[i]
            for j in (j for j in range(len(names)) if j != base):
                effect, half = y[j] - y[base], critical * math.sqrt(g[j, j] + g[base, base] - 2 * g[j, base])
                yield f"{names[j]} against {names[base]}: {fit.measure} {_interval(fit, effect, effect - half, effect + half)}"


def _arm(network: EvidenceNetwork, arm: pd.Series, evidence: Evidence | None) -> Explanation:
    if "events" in arm.index:
        low, high = (f"{end:g}" for end in arm["events_range"])
        says = f"{arm['events']:g} / {arm['n']:g}" + (f"; {low} to {high} print so" if low != high else "")
    else:
        says = f"mean {number_text('MD', arm['mean'])}, standard error {number_text('SMD', arm['se'])}"
    says += "; reconstructed, not printed" if arm["reconstructed"] else ""
    name = network.names[arm["treatment"]]
    return Explanation(f"arm {name}", says, printed_figures(arm["facts"], network.facts, evidence))


def _published(
    network: EvidenceNetwork, fit: NetworkMetaAnalysis, row: pd.Series, evidence: Evidence | None
) -> Explanation:
    sides = f"{network.names[row['treatment']]} against {network.names[row['control']]}"
    says = f"{fit.measure} {number_text(fit.measure, natural(fit.measure, row['effect']))}"
    says += f", standard error {number_text('SMD', row['se'])}" + (" of its logarithm" if fit.measure in RATIOS else "")
    return Explanation(f"published contrast, {sides}", says, printed_figures(row["facts"], network.facts, evidence))
