"""Risk of bias of randomised trials (RoB 2): five domains as judged in the evidence, the overall judgement by rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from neckevidence.core import escape
from neckevidence.core.errors import NeckevidenceError, UnknownCodeError
from neckevidence.core.views import view
from neckevidence.data.arms import parts_of
from neckevidence.data.bias_checks import DOMAINS
from neckevidence.data.evidence import Evidence

# From the least to the gravest, which is the order in which the parts of a pool are compared.
JUDGEMENTS = ("low", "no information", "some concerns", "high")
_COLUMNS = ["trial_id", "label", "domain", "judgement", "reason", "source_id", "locator"]


def overall(judgements: Iterable[str]) -> str:
    """Return the overall judgement of a trial.

    Parameters
    ----------
    judgements : iterable of str
        The judgements of the domains, each one of `JUDGEMENTS`.

    Returns
    -------
    str
        ``low``, ``some concerns`` or ``high``.

    Raises
    ------
    NeckevidenceError
        If there is no judgement, or one that is not allowed.

    Notes
    -----
    High if any domain is high; low if all are low; else some concerns (Sterne et al. 2019, BMJ 366:l4898). RoB 2 has no
    judgement called no information: a domain of which nothing could be read is shown as no information and counts as some
    concerns. That several domains with some concerns may add up to high is left to a reader: no rule can decide it.

    Examples
    --------
    >>> overall(["low", "low", "no information", "low", "low"])
    'some concerns'
    """
    found = list(judgements)
    unknown = [one for one in found if one not in JUDGEMENTS]
    if unknown or not found:
        raise NeckevidenceError(f"judgements must be among {', '.join(JUDGEMENTS)}; found {unknown or 'none'}")
    if "high" in found:
        return "high"
    return "low" if set(found) == {"low"} else "some concerns"


@dataclass(frozen=True)
class RiskOfBias:
    """Risk of bias of some trials, domain by domain.

    Attributes
    ----------
    judgements : DataFrame
        One row a trial and domain: trial_id, label, domain, judgement, reason, source_id, locator.
    """

    judgements: pd.DataFrame = field(repr=False, compare=False)

    @property
    def trial_ids(self) -> tuple[str, ...]:
        """The trials, in order."""
        return tuple(dict.fromkeys(self.judgements["trial_id"]))

    @property
    def overall(self) -> dict[str, str]:
        """The overall judgement of each trial, computed from its domains."""
        grouped = self.judgements.groupby("trial_id", sort=False)["judgement"]
        return {str(trial): overall(own) for trial, own in grouped}

    def __repr__(self) -> str:
        counts = pd.Series(self.overall).value_counts()
        shown = ", ".join(f"{counts[name]} {name}" for name in JUDGEMENTS if name in counts)
        return f"<RiskOfBias of {len(self.trial_ids)} trials: overall {shown}>"

    def _repr_html_(self) -> str:
        body = escape.no_formulas(self.to_frame().drop(columns="trial_id").to_html(index=False, border=0))
        return f"<p><b>{escape.html(repr(self)[1:-1])}</b></p>{body}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a trial.

        Returns
        -------
        DataFrame
            trial_id, label, a column for each domain, overall.
        """
        wide = self.judgements.pivot(index=["trial_id", "label"], columns="domain", values="judgement")
        wide = wide.reindex(columns=list(DOMAINS)).reset_index().set_index("trial_id", drop=False)
        wide = wide.loc[list(self.trial_ids)].reset_index(drop=True).rename_axis(columns=None)
        return wide.assign(overall=[self.overall[trial] for trial in wide["trial_id"]])

    def to_dict(self) -> dict[str, Any]:
        """Return the judgements as plain text.

        Returns
        -------
        dict of str to dict
            By trial: each domain and ``overall``.
        """
        wide = self.to_frame().drop(columns="label").set_index("trial_id")
        return {str(trial): dict(row) for trial, row in wide.iterrows()}

    def shares(self, weights: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Return which share of the trials has each judgement.

        Parameters
        ----------
        weights : mapping of str to float, optional
            Weight of each trial, by trial_id; all alike by default.

        Returns
        -------
        DataFrame
            Index: the domains and ``overall``; columns: `JUDGEMENTS`; each row adds up to 1.

        Raises
        ------
        NeckevidenceError
            If a trial has no weight, or the weights are negative or all zero.
        """
        given = dict.fromkeys(self.trial_ids, 1.0) if weights is None else dict(weights)
        missing = [trial for trial in self.trial_ids if trial not in given]
        own = pd.Series({trial: float(given[trial]) for trial in self.trial_ids if trial in given})
        if missing or (own < 0).any() or not own.sum() > 0:
            raise NeckevidenceError(
                f"weights must be 0 or more, not all 0, for every trial; none for {missing or 'any'}"
            )
        wide = self.to_frame().set_index("trial_id").drop(columns="label")
        rows = {name: own.groupby(column).sum() / own.sum() for name, column in wide.items()}
        return pd.DataFrame(rows).T.reindex(columns=list(JUDGEMENTS)).fillna(0.0)

    def summary(self) -> str:
        """Return the judgements with their reasons.

        Returns
        -------
        str
            A paragraph a trial.
        """
        lines = []
        for trial, group in self.judgements.groupby("trial_id", sort=False):
            lines.append(f"{group['label'].iloc[0]}: overall {self.overall[str(trial)]}")
            for row in group.itertuples():
                lines.append(f"  {DOMAINS[row.domain]}: {row.judgement}. {row.reason} ({row.source_id}, {row.locator})")
        return "\n".join(lines)

    def methods(self) -> str:
        """Return the sentences for a Methods section.

        Returns
        -------
        str
            Says what was judged and by which rule.
        """
        return (
            "Risk of bias was judged in the five domains of RoB 2 (Sterne et al. 2019, BMJ 366:l4898), once a trial, for "
            "the patient-rated outcomes, from the texts that could be read; where they say nothing the domain is shown "
            "as no information. The overall judgement was computed: high if any domain is high, low if all are low, "
            "else some concerns; no information counts as some concerns. A pool takes the gravest judgement of its parts."
        )

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the traffic-light plot; see `neckevidence.figures.risk_of_bias.traffic_light_plot`.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure that fits.
        **options
            Passed on.

        Returns
        -------
        matplotlib Axes
            The Axes with the plot.
        """
        return view("picture", self, ax=ax, **options)


def risk_of_bias(evidence: Evidence, trial_ids: Sequence[str] | None = None) -> RiskOfBias:
    """Return the risk of bias of trials as judged in the evidence.

    Parameters
    ----------
    evidence : Evidence
        The evidence with its table ``risk_of_bias``.
    trial_ids : sequence of str, optional
        Trials or pools; by default all trials that are judged. A pool that is not judged itself takes, in each
        domain, the gravest judgement of its parts.

    Returns
    -------
    RiskOfBias
        In the order asked for.

    Raises
    ------
    UnknownCodeError
        If there is no such trial.
    NeckevidenceError
        If a trial, or a part of a pool, is not judged.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> risk_of_bias(load_evidence(), ["nct02814565"]).overall
    {'nct02814565': 'some concerns'}
    """
    table = evidence.risk_of_bias
    labels = evidence.keyed("trials")["label"]
    frames = []
    for trial in dict.fromkeys(table["trial_id"] if trial_ids is None else trial_ids):
        if trial not in labels.index:
            raise UnknownCodeError("trial", trial, labels.index)
        rows = judged_rows(evidence, trial)
        if rows is None:
            raise NeckevidenceError(
                f"the risk of bias of trial {trial}, or of a part of it, is not judged in the evidence"
            )
        frames.append(rows.assign(trial_id=trial, label=labels[trial]))
    judgements = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=_COLUMNS)
    return RiskOfBias(judgements[_COLUMNS])


def judged_rows(evidence: Evidence, trial_id: str, parts: Iterable[str] | None = None) -> pd.DataFrame | None:
    """Return the judgements of one trial, those of a pool through its parts.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trial_id : str
        A trial or a pool.
    parts : iterable of str, optional
        The parts of the pool that count; by default all.

    Returns
    -------
    DataFrame or None
        One row a domain; None if the trial, or a part of the pool, is not judged.
    """
    table = evidence.risk_of_bias
    own = table[table["trial_id"] == trial_id]
    if len(own):
        return _in_order(own)
    parts = sorted(parts_of(evidence, trial_id) if parts is None else parts)
    rows = table[table["trial_id"].isin(parts)]
    if not parts or set(rows["trial_id"]) != set(parts):
        return None
    gravest = rows.assign(rank=rows["judgement"].map(JUDGEMENTS.index)).sort_values(["rank", "trial_id"])
    labels = evidence.keyed("trials")["label"]
    gravest = gravest.drop_duplicates("domain", keep="last")
    return _in_order(gravest.assign(reason=gravest["trial_id"].map(labels) + ": " + gravest["reason"]))


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("domain", key=lambda column: column.map(list(DOMAINS).index))
