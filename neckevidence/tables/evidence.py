"""Tables of the evidence itself: claims, printed figures, statements, gaps, conflicts, trials."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from neckevidence.claims.audit import audit
from neckevidence.data.arms import treatment_group
from neckevidence.data.evidence import Evidence, citation
from neckevidence.tables.base import EvidenceRow, Table, text_frame


def claims_table(evidence: Evidence, claim_ids: Sequence[str]) -> Table:
    """Show claims as the page makes them, with the references it gives and the verdict on each.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    claim_ids : sequence of str
        Which claims, in this order.

    Returns
    -------
    Table
        Claim, statement, references on the page and whether they say so, verdict, basis, why.
    """
    verdicts = audit(evidence, list(claim_ids)).set_index("claim_id")
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
                "Does it say so": row["citation"],
                "Verdict": row["verdict"],
                "Basis": row["basis"],
                "Reason": row["reason"],
            }
        )
    columns = ["Claim", "What the page says", "It cites", "Does it say so", "Verdict", "Basis", "Reason"]
    note = "Computed: by a rule from the printed figures, never stronger than their certainty. "
    note += "Judgement: entered by hand with its reason; no number enters it."
    origins = tuple(EvidenceRow("claims", claim_id) for claim_id in verdicts.index)
    return Table(text_frame(rows, columns), "The claims", note, origins)


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
    return facts_as_table(evidence.facts(list(fact_ids)), title)


def facts_as_table(facts: pd.DataFrame, title: str) -> Table:
    """Show rows of `Evidence.facts`.

    Parameters
    ----------
    facts : DataFrame
        The rows.
    title : str
        Heading.

    Returns
    -------
    Table
        Fact, study, arm, outcome, time, as printed, source, place, reliability.
    """
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
    origins = tuple(EvidenceRow("facts", fact) for fact in shown["Fact"])
    return Table(text_frame(shown[columns].to_dict("records"), columns), title, origins=origins)


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
    origins = tuple(EvidenceRow("facts", fact) for fact in table.index)
    return Table(text_frame(rows), title, origins=origins)


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
    origins = tuple(EvidenceRow("gaps", row["Gap"]) for row in rows)
    return Table(text_frame(rows, columns), "What is missing, and where it should stand", origins=origins)


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
    origins = tuple(EvidenceRow("conflicts", code) for code in conflict_ids)
    columns = ["Conflict", "On what", "One says", "The other says", "How they are used"]
    return Table(text_frame(rows, columns), "Where the sources disagree", origins=origins)


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
    facts = ratings.groupby("category")["fact_id"].agg(tuple)
    origins = tuple(tuple(EvidenceRow("facts", fact) for fact in facts[category]) for category in order)
    wide["category"] = wide["category"].str.replace("_", " ")
    return Table(wide.rename(columns={"category": "Rating"}).astype(str), "The ratings as printed", origins=origins)


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
    origins = tuple(EvidenceRow("trials", trial) for trial in trials["trial_id"])
    return Table(text_frame(shown.to_dict("records"), list(shown)), "The trials", "Blank: not printed.", origins)


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
    names = evidence.keyed("treatments")["name"].str.split(",").str[0]
    study = results["trial_id"].fillna(results["document_id"])
    sides = results["treatment"].map(names) + " against " + results["control"].map(names)
    # The detail says which way a ratio points ("RR below 1 favours the drug"): it must stand beside the number.
    parts = (results["outcome"].map(labels), results["outcome_detail"], results["timepoint"].map(times))
    shown = ["; ".join(text for text in row if pd.notna(text)) for row in zip(*parts, strict=True)]
    return results.assign(label=study + ": " + sides.fillna(results["comparison"]), outcome_shown=shown)
