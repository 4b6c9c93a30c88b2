"""Tables for people: what notebooks and reports show. Each comes from results or evidence, and computes nothing."""

from neckevidence.tables.base import Table
from neckevidence.tables.bounds import fact_bounds_table, largest_difference_table, reconstruction_table, split_table
from neckevidence.tables.calibration import calibration_findings, calibration_table, calibration_words
from neckevidence.tables.dose import half_effect_table, shapes_table
from neckevidence.tables.evidence import (
    claims_table,
    conflicts_table,
    facts_table,
    gaps_table,
    labelled_results,
    ratings_table,
    statements_table,
    trials_table,
)
from neckevidence.tables.findings import findings_table
from neckevidence.tables.judgements import decide_table, equivalence_table, ordinal_table, strata_table
from neckevidence.tables.network import (
    benefit_harm_table,
    components_table,
    edges_table,
    left_out_table,
    network_table,
    shares_table,
    split_pairs_table,
)
from neckevidence.tables.prose import listed, methods, readings, say
from neckevidence.tables.results import absolute_table, expected_table, figures_table, map_table, results_table
from neckevidence.tables.sources import codes_table, margins_table, printed_table, sources_table, versions_table
from neckevidence.tables.verdicts import differences_table, needed_table, verdicts_table
from neckevidence.tables.worklist import worklist_table

__all__ = [
    "Table",
    "absolute_table",
    "benefit_harm_table",
    "calibration_findings",
    "calibration_table",
    "calibration_words",
    "claims_table",
    "codes_table",
    "components_table",
    "conflicts_table",
    "decide_table",
    "differences_table",
    "edges_table",
    "equivalence_table",
    "expected_table",
    "fact_bounds_table",
    "facts_table",
    "figures_table",
    "findings_table",
    "gaps_table",
    "half_effect_table",
    "labelled_results",
    "largest_difference_table",
    "left_out_table",
    "listed",
    "map_table",
    "margins_table",
    "methods",
    "needed_table",
    "network_table",
    "ordinal_table",
    "printed_table",
    "ratings_table",
    "readings",
    "reconstruction_table",
    "results_table",
    "say",
    "shapes_table",
    "shares_table",
    "sources_table",
    "split_pairs_table",
    "split_table",
    "statements_table",
    "strata_table",
    "trials_table",
    "verdicts_table",
    "versions_table",
    "worklist_table",
]
