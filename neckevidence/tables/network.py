"""Tables of networks, and of benefit against harm."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from neckevidence.comparison.network import EvidenceNetwork
from neckevidence.core.numbers import band_text, interval_text, number_text, share_text, signed
from neckevidence.data.evidence import Evidence
from neckevidence.effects.measures import natural
from neckevidence.synthesis.benefit_harm import BenefitHarm
from neckevidence.synthesis.network.components import ComponentNetwork
from neckevidence.synthesis.network.contributions import Contributions
from neckevidence.synthesis.network.node_split import NodeSplit
from neckevidence.synthesis.network.result import NetworkMetaAnalysis
from neckevidence.tables.base import Table, p_text, text_frame
from neckevidence.views.network_explanation import NetworkEstimate

_NOT_RANDOMISED = "Indirect only: no trial randomised patients between the two; it holds if the trials are alike."


def network_table(
    network: EvidenceNetwork, fit: NetworkMetaAnalysis, pairs: Sequence[tuple[str, str]], title: str = "The network"
) -> Table:
    """Show estimates of a network, a pair a row.

    Parameters
    ----------
    network : EvidenceNetwork
        The evidence.
    fit : NetworkMetaAnalysis
        Of a part of it.
    pairs : sequence of (str, str)
        Treatment and control.
    title : str
        Heading.

    Returns
    -------
    Table
        Treatment, control, effect, what the rounding leaves open of estimate and interval, trials, evidence.
    """
    measure = fit.measure
    frame, bands = fit.to_frame(), network.rounding(fit)
    rows = []
    for treatment, control in pairs:
        effect = [natural(measure, float(t.loc[treatment, control])) for t in (fit.estimates, fit.ci_low, fit.ci_high)]
        own = frame[[{treatment, control} == {a, b} for a, b in zip(frame["treatment"], frame["control"], strict=True)]]
        band = bands.loc[own.index[0], ["estimate_low", "estimate_high", "ci_low_least", "ci_high_most"]].tolist()
        if own["treatment"].item() != treatment:
            band = [_turned(measure, band[i]) for i in (1, 0, 3, 2)]
        open_still, outmost = band_text(measure, *band[:2]), band_text(measure, *band[2:])
        rows.append(
            {
                "Treatment": network.names[treatment],
                "Control": network.names[control],
                "Effect": f"{measure} {interval_text(measure, *effect, fit.level)}",
                "Rounding leaves open": open_still if " to " in open_still else "nothing",
                "At the outmost": outmost,
                "Trials": str(own["trials"].item()),
                "Evidence": own["evidence"].item(),
            }
        )
    origins = tuple(NetworkEstimate(network, fit, *pair) for pair in pairs)
    return Table(text_frame(rows), title, _NOT_RANDOMISED, origins)


def _turned(measure: str, value: float) -> float:
    return 1 / value if measure in ("RR", "OR") else -value


def edges_table(evidence: Evidence, network: EvidenceNetwork, title: str = "Who was compared with whom") -> Table:
    """Show every pair of treatments that some trial compared, with figures or without.

    Parameters
    ----------
    evidence : Evidence
        The evidence, for the names of trials.
    network : EvidenceNetwork
        The network.
    title : str
        Heading.

    Returns
    -------
    Table
        Treatments, trials, patients, figures.
    """
    label = evidence.keyed("trials")["label"]
    rows = [
        {
            "Treatment": network.names[edge.treatment],
            "Control": network.names[edge.control],
            "Trials": ", ".join(label[trial] for trial in edge.trial_ids),
            "Patients": "not printed" if pd.isna(edge.patients) else f"{edge.patients:.0f}",
            "Usable figures": "yes" if edge.has_numbers else "none",
        }
        for edge in network.edges.itertuples()
    ]
    columns = ["Treatment", "Control", "Trials", "Patients", "Usable figures"]
    return Table(text_frame(rows, columns), title).of(network)


def left_out_table(
    evidence: Evidence, network: EvidenceNetwork, title: str = "Trials that are not in the model"
) -> Table:
    """Show which trials are not used, and why.

    Parameters
    ----------
    evidence : Evidence
        The evidence, for the names of trials.
    network : EvidenceNetwork
        The network.
    title : str
        Heading.

    Returns
    -------
    Table
        Trial and reason.
    """
    label = evidence.keyed("trials")["label"]
    rows = [{"Trial": label[trial], "Why": reason} for trial, reason in network.left_out]
    return Table(text_frame(rows, ["Trial", "Why"]), title).of(network)


def split_pairs_table(
    splits: NodeSplit, names: dict[str, str], title: str = "Direct against indirect evidence"
) -> Table:
    """Show each pair with its direct and indirect estimate, or why it has not both.

    Parameters
    ----------
    splits : NodeSplit
        The result.
    names : dict of str to str
        Treatments in words.
    title : str
        Heading.

    Returns
    -------
    Table
        Treatments, the two estimates, p of their difference, reason.
    """
    rows = [
        {
            "Treatment": names[row.treatment],
            "Control": names[row.control],
            "Direct": _estimate(splits.measure, row.direct),
            "Indirect": _estimate(splits.measure, row.indirect),
            "p of the difference": "" if pd.isna(row.p_value) else p_text(row.p_value),
            "Why not": row.reason,
        }
        for row in splits.to_frame().itertuples()
    ]
    return Table(text_frame(rows), title, "A large p does not show that the two agree.")


def _estimate(measure: str, value: float) -> str:
    return "none" if pd.isna(value) else number_text(measure, natural(measure, value))


def components_table(models: Sequence[ComponentNetwork], title: str = "Components") -> Table:
    """Show the components of additive models.

    Parameters
    ----------
    models : sequence of ComponentNetwork
        With and without interactions.
    title : str
        Heading.

    Returns
    -------
    Table
        A row a component and model; components that the trials do not identify are named.
    """
    rows = []
    for model in models:
        terms = "additive" if not any(":" in name for name in model.components) else "with interaction"
        for row in model.to_frame().itertuples():
            ends = [natural(model.measure, value) for value in (row.estimate, row.ci_low, row.ci_high)]
            effect = f"{model.measure} {interval_text(model.measure, *ends, model.level)}"
            rows.append(
                {"Model": terms, "Component": row.component, "Effect of adding it": effect, "p": p_text(row.p_value)}
            )
        rows += [
            {"Model": terms, "Component": name, "Effect of adding it": "not identified by the trials", "p": ""}
            for name in model.not_identified
        ]
    return Table(text_frame(rows, ["Model", "Component", "Effect of adding it", "p"]), title)


def shares_table(
    evidence: Evidence, network: EvidenceNetwork, shares: Contributions, title: str = "Where it comes from"
) -> Table:
    """Show the share that each trial has in an estimate of a network.

    Parameters
    ----------
    evidence : Evidence
        The evidence, for the names of trials.
    network : EvidenceNetwork
        The network, for the names of treatments.
    shares : Contributions
        The shares.
    title : str
        Heading.

    Returns
    -------
    Table
        A row a pair, a column a trial.
    """
    label = evidence.keyed("trials")["label"]
    rows = [
        {
            "Treatment": network.names[treatment],
            "Control": network.names[control],
            **{label[trial]: share_text(share) for trial, share in row.items()},
        }
        for (treatment, control), row in shares.to_frame().iterrows()
    ]
    note = "Shares of the information on each pair; they add up to 100%."
    return Table(text_frame(rows), title, note).of(network)


def benefit_harm_table(results: Sequence[BenefitHarm], title: str = "Benefit and harm") -> Table:
    """Show benefit and harm of treatments beside each other.

    Parameters
    ----------
    results : sequence of BenefitHarm
        The results.
    title : str
        Heading.

    Returns
    -------
    Table
        A row a treatment: patients per 100 more with either outcome, NNT, NNH, likelihood to be helped or harmed over the
        correlations.
    """
    rows = []
    for one in results:
        kinds = set(one.table["lhh_kind"])
        ends = (one.table["lhh_low"].min(), one.table["lhh_high"].max())
        known = kinds == {"bounded"}
        rows.append(
            {
                "Treatment": one.name,
                "Helped more, per 100": _per_hundred(one.benefit),
                "Harmed more, per 100": _per_hundred(one.harm),
                "Number needed to treat": str(one.nnt),
                "Number needed to harm": str(one.nnh),
                "Helped for each one harmed": signed(one.lhh, 1)
                + (f" ({signed(ends[0], 1)} to {signed(ends[1], 1)})" if known else " (no bounds)"),
            }
        )
    return Table(text_frame(rows), title, "95% intervals; the last over correlations of -0.5, 0 and 0.5.")


def _per_hundred(difference: object) -> str:
    return interval_text("MD", *(100 * getattr(difference, name) for name in ("estimate", "ci_low", "ci_high")))
