"""Tables for people: what notebooks and reports show. Each comes from results or evidence, and computes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from neckevidence.absolute import AbsoluteEffect
from neckevidence.arms import treatment_group
from neckevidence.comparison import Comparison
from neckevidence.evidence import Evidence, citation
from neckevidence.judgement.claims import audit
from neckevidence.numbers import interval_text, per_thousand_text
from neckevidence.overview import EvidenceMap


@dataclass(frozen=True)
class Table:
    """A table to look at.

    Attributes
    ----------
    frame : DataFrame
        Its cells, as text.
    title : str
        Heading.
    note : str
        A line below.
    """

    frame: pd.DataFrame
    title: str
    note: str = ""

    def __repr__(self) -> str:
        body = self.frame.to_string(index=False) if len(self.frame) else "(nothing)"
        return "\n".join(part for part in (self.title, body, self.note) if part)

    def _repr_html_(self) -> str:
        from great_tables import GT

        # great-tables gives a random id to a table that has none; ours is made from what the table says.
        name = "t" + hashlib.sha256(repr(self).encode()).hexdigest()[:10]
        table = GT(self.frame, id=name).tab_header(title=self.title)
        table = table.tab_options(
            table_font_size="13px",
            heading_align="left",
            heading_title_font_size="15px",
            table_width="100%",
            column_labels_font_weight="bold",
            data_row_padding="4px",
        ).cols_align("left")
        if self.note:
            table = table.tab_source_note(self.note)
        return table.as_raw_html()


def _text_frame(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns)).astype(object)
    return frame.where(frame.notna(), "").astype(str)


def claims_table(evidence: Evidence, claim_ids: Sequence[str]) -> Table:
    """Show claims as the page makes them, with the references it gives and the judgement entered for each.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    claim_ids : sequence of str
        Which claims, in this order.

    Returns
    -------
    Table
        Claim, statement, references on the page, what is public supports it, why.
    """
    verdicts = audit(evidence).set_index("claim_id").loc[list(claim_ids)]
    links = evidence.claim_references
    names = evidence.references.set_index("ref_number")["resolved_title"]
    rows = []
    for claim_id, row in verdicts.iterrows():
        numbers = links.loc[links["claim_id"] == claim_id, "ref_number"]
        rows.append(
            {
                "Claim": claim_id,
                "What the page says": row["claim"],
                "It cites": "; ".join(str(names[number]) for number in numbers) or "nothing",
                "Judgement": row["verdict"],
                "Reason": row["reason"],
            }
        )
    columns = ["Claim", "What the page says", "It cites", "Judgement", "Reason"]
    return Table(
        _text_frame(rows, columns), "The claims", "Judgements entered by hand, with their reasons; not computed."
    )


def figures_table(comparisons: Sequence[Comparison]) -> Table:
    """Show the printed figures behind comparisons, each with its source and place in it.

    Parameters
    ----------
    comparisons : sequence of Comparison
        The results.

    Returns
    -------
    Table
        Outcome, study, arm, time, as printed, source, place, reliability.
    """
    facts = pd.concat([one.facts for one in comparisons]).drop_duplicates("fact_id")
    return _facts(facts, "The figures as printed")


def facts_table(evidence: Evidence, fact_ids: Sequence[str], title: str = "The figures as printed") -> Table:
    """Show printed figures by their names.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    fact_ids : sequence of str
        Which figures.
    title : str
        Heading.

    Returns
    -------
    Table
        As `figures_table`.
    """
    return _facts(evidence.facts(list(fact_ids)), title)


def _facts(facts: pd.DataFrame, title: str) -> Table:
    shown = facts.rename(
        columns={
            "fact_id": "Fact",
            "study": "Study",
            "arm": "Arm",
            "outcome": "Outcome",
            "timepoint": "Time",
            "as_printed": "As printed",
            "source": "Source",
            "locator": "Place",
            "reliability": "Reliability",
        }
    )
    columns = ["Fact", "Study", "Arm", "Outcome", "Time", "As printed", "Source", "Place", "Reliability"]
    return Table(_text_frame(shown[columns].to_dict("records"), columns), title)


def results_table(comparisons: Sequence[Comparison], title: str = "The results") -> Table:
    """Show comparisons, one a row.

    Parameters
    ----------
    comparisons : sequence of Comparison
        The results.
    title : str
        Heading.

    Returns
    -------
    Table
        Outcome, treatments, measure, effect with interval, what rounding leaves open, trials, randomised.
    """
    rows = [
        {
            "Outcome": one.outcome_label,
            "Treatment": one.treatment_name,
            "Control": one.control_name,
            "Effect": f"{one.measure} {interval_text(one.measure, one.estimate, one.ci_low, one.ci_high, one.level)}",
            "Rounding leaves open": _band(one),
            "Trials": str(one.k),
            "Randomised": "yes" if one.randomised else "NO: across trials",
        }
        for one in comparisons
    ]
    return Table(_text_frame(rows, list(rows[0])), title)


def _band(one: Comparison) -> str:
    if one.rounding is None:
        return "not computed"
    low, high = one.rounding["estimate"]
    return "nothing" if low == high else f"{low:.2f} to {high:.2f}"


def absolute_table(effects: Sequence[AbsoluteEffect], title: str = "Per 1000 patients") -> Table:
    """Show absolute effects, one a row.

    Parameters
    ----------
    effects : sequence of AbsoluteEffect
        The results.
    title : str
        Heading.

    Returns
    -------
    Table
        Outcome, patients per 1000 under both, difference with interval, baseline, randomised.
    """
    rows = []
    for one in effects:
        difference, low, high = (per_thousand_text(value) for value in one.difference_per_1000)
        of = one.comparison
        rows.append(
            {
                "Outcome": of.outcome_label,
                "With treatment": f"{per_thousand_text(one.treatment_per_1000)} on {of.treatment_name}",
                "With control": f"{per_thousand_text(one.control_per_1000)} on {of.control_name}",
                "Difference": f"{difference} ({low} to {high})",
                "Baseline": one.baseline_rule,
                "Randomised": "yes" if of.randomised else "NO: across trials",
            }
        )
    return Table(_text_frame(rows, list(rows[0])), title)


def statements_table(
    evidence: Evidence, fact_ids: Sequence[str], title: str = "What is reported without usable numbers"
) -> Table:
    """Show published results in our own words, with whatever figure is printed.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    fact_ids : sequence of str
        Names of rows of the table ``reported``.
    title : str
        Heading.

    Returns
    -------
    Table
        Study, comparison, statement, as printed, source, place.
    """
    table = evidence.keyed("reported").loc[list(fact_ids)]
    sources = evidence.keyed("sources")
    rows = [
        {
            "Study": row["trial_id"] if pd.notna(row["trial_id"]) else row["document_id"],
            "Comparison": row["comparison"],
            "What is reported": row["statement"],
            "As printed": row["as_printed"],
            "Source": citation(sources.loc[row["source_id"]]),
            "Place": row["locator"],
            "Reliability": sources.loc[row["source_id"], "reliability"],
        }
        for _, row in table.iterrows()
    ]
    return Table(_text_frame(rows, list(rows[0])), title)


def gaps_table(evidence: Evidence, claim_ids: Sequence[str]) -> Table:
    """Show what is not public and would settle claims.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    claim_ids : sequence of str
        The claims.

    Returns
    -------
    Table
        Gap, study, what is missing, where it should stand, which of the claims it would settle.
    """
    links = evidence.gap_claims
    links = links[links["claim_id"].isin(claim_ids)]
    gaps = evidence.keyed("gaps")
    rows = [
        {
            "Gap": gap,
            "Study": gaps.loc[gap, "study_id"],
            "What is missing": gaps.loc[gap, "what_is_missing"],
            "Where it should stand": gaps.loc[gap, "where_it_should_stand"],
            "Would settle": " ".join(group["claim_id"]),
        }
        for gap, group in links.groupby("gap_id")
    ]
    columns = ["Gap", "Study", "What is missing", "Where it should stand", "Would settle"]
    return Table(_text_frame(rows, columns), "What is missing, and where it should stand")


def conflicts_table(evidence: Evidence, conflict_ids: Sequence[str]) -> Table:
    """Show sources that disagree, both sides.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    conflict_ids : sequence of str
        Which conflicts.

    Returns
    -------
    Table
        On what, both sources with what they say, how they are used.
    """
    rows = [
        {
            "Conflict": code,
            "On what": row["what"],
            "One says": f"{row['says_a']} ({row['source_a']})",
            "The other says": f"{row['says_b']} ({row['source_b']})",
            "How they are used": row["how_to_use"],
        }
        for code, row in evidence.keyed("conflicts").loc[list(conflict_ids)].iterrows()
    ]
    return Table(_text_frame(rows, list(rows[0])), "Where the sources disagree")


def ratings_table(evidence: Evidence, trial_ids: Sequence[str], outcome: str) -> Table:
    """Show ordinal ratings as printed, a row a category, a column an arm and day.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    trial_ids : sequence of str
        The trials.
    outcome : str
        The rated outcome.

    Returns
    -------
    Table
        The figures as printed.
    """
    ratings = evidence.ratings
    ratings = ratings[ratings["trial_id"].isin(trial_ids) & (ratings["outcome"] == outcome)]
    times = evidence.keyed("timepoints")["label"]
    column = ratings["trial_id"] + ", " + ratings["arm_id"] + ", " + ratings["timepoint"].map(times)
    order = list(dict.fromkeys(ratings["category"]))
    wide = ratings.assign(column=column).pivot(index="category", columns="column", values="as_printed")
    wide = wide.loc[order, list(dict.fromkeys(column))].rename_axis(columns=None).reset_index()
    wide["category"] = wide["category"].str.replace("_", " ")
    return Table(wide.rename(columns={"category": "Rating"}).astype(str), "The ratings as printed")


def trials_table(evidence: Evidence, treatments: Sequence[str]) -> Table:
    """Show the trials that hold any of the treatments.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatments : sequence of str
        Treatment codes, groups allowed.

    Returns
    -------
    Table
        Trial, design, blinding, region, stage, patients, days, what was compared.
    """
    codes = {code for treatment in treatments for code in treatment_group(evidence, treatment)}
    arms = evidence.arms
    held = set(arms.loc[arms["treatment"].isin(codes), "trial_id"])
    trials = evidence.trials
    trials = trials[trials["trial_id"].isin(held)]
    plain = {
        "label": "Trial",
        "design": "Design",
        "blinding": "Blinding",
        "region": "Region",
        "acute": "Stage",
        "n_randomised": "Randomised",
        "duration_days": "Days",
        "comparators": "Compared",
    }
    shown = trials[list(plain)].rename(columns=plain)
    shown["Design"] = shown["Design"].str.replace("_", " ")
    shown["Blinding"] = shown["Blinding"].str.replace("_", " ")
    for column in ("Randomised", "Days"):
        shown[column] = [f"{number:g}" if pd.notna(number) else "" for number in shown[column]]
    return Table(_text_frame(shown.to_dict("records"), list(shown)), "The trials", "Blank: not printed.")


def labelled_results(evidence: Evidence, results: pd.DataFrame) -> pd.DataFrame:
    """Add to rows of the table ``reported`` what a picture of them needs.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    results : DataFrame
        Rows of the table ``reported``.

    Returns
    -------
    DataFrame
        The rows with the columns ``label`` (study and comparison) and ``outcome_shown``.
    """
    labels = evidence.keyed("outcomes")["label"]
    times = evidence.keyed("timepoints")["label"]
    study = results["trial_id"].fillna(results["document_id"])
    when = results["timepoint"].map(times).fillna("")
    shown = results["outcome"].map(labels) + when.map(lambda text: f", {text}" if text else "")
    return results.assign(label=study + ", " + results["comparison"], outcome_shown=shown)


def map_table(map_: EvidenceMap) -> Table:
    """Show an evidence map in words.

    Parameters
    ----------
    map_ : EvidenceMap
        The map.

    Returns
    -------
    Table
        A row a comparison, a column a kind of outcome.
    """
    frame = map_.to_frame().reset_index().rename(columns={"comparison": "Comparison"})
    return Table(frame.astype(str), "What the public figures give, in words")
