"""Evidence synthesis that ties a claim to its numbers and a number to its source."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Evidence": "evidence",
    "load_evidence": "evidence",
    "check_evidence": "evidence",
    "compare": "comparison",
    "Comparison": "comparison",
    "meta_analysis": "synthesis.pairwise",
    "MetaAnalysis": "synthesis.pairwise",
    "meta_analysis_many": "synthesis.batch",
    "bayes_meta_analysis": "synthesis.bayes",
    "BayesMetaAnalysis": "synthesis.bayes",
    "HalfNormal": "synthesis.priors",
    "HalfCauchy": "synthesis.priors",
    "LogNormal": "synthesis.priors",
    "LogT": "synthesis.priors",
    "published_prior": "synthesis.priors",
    "mantel_haenszel": "synthesis.sparse",
    "peto": "synthesis.sparse",
    "random_effects_logistic": "synthesis.logistic",
    "beta_binomial": "synthesis.beta_binomial",
    "meta_regression": "synthesis.regression",
    "subgroup_analysis": "synthesis.subgroups",
    "leave_one_out": "synthesis.sensitivity",
    "cumulative": "synthesis.sensitivity",
    "influence": "synthesis.sensitivity",
    "all_subsets": "synthesis.sensitivity",
    "egger": "synthesis.small_study",
    "peters": "synthesis.small_study",
    "harbord": "synthesis.small_study",
    "network_meta_analysis": "synthesis.network.analysis",
    "NetworkMetaAnalysis": "synthesis.network.result",
    "p_scores": "synthesis.network.ranking",
    "rank_treatments": "synthesis.network.ranking",
    "node_split": "synthesis.network.node_split",
    "design_decomposition": "synthesis.network.designs",
    "contributions": "synthesis.network.contributions",
    "component_network": "synthesis.network.components",
    "evidence_network": "network_evidence",
    "EvidenceNetwork": "network_evidence",
    "dose_response": "synthesis.dose",
    "compare_shapes": "synthesis.dose",
    "two_stage_dose_response": "synthesis.dose",
    "benefit_harm": "synthesis.benefit_harm",
    "RiskDifference": "synthesis.number_needed",
    "number_needed": "synthesis.number_needed",
    "expected_per_1000": "absolute",
    "effect_sizes": "effects",
    "zero_cell_policy": "effects.measures",
    "effect_from_interval": "effects.estimates",
    "effect_from_se": "effects.estimates",
    "effect_from_t": "effects.estimates",
    "effect_from_p": "effects.estimates",
    "absolute_effect": "absolute",
    "AbsoluteEffect": "absolute",
    "evidence_map": "overview",
    "EvidenceMap": "overview",
    "published_results": "overview",
    "audit": "judgement.claims",
    "assess_equivalence": "judgement.equivalence",
    "Equivalence": "judgement.equivalence",
    "what_would_decide": "judgement.sample_size",
    "patients_per_arm": "judgement.sample_size",
    "power_per_arm": "judgement.sample_size",
    "smd_from_test": "effects.from_tests",
    "table_from_test": "effects.from_tests",
    "effect_from_votes": "effects.votes",
    "effect_from_order": "effects.votes",
    "bound_from_fact": "fact_bounds",
    "largest_difference_bound": "largest_difference",
    "bounds_from_reported": "largest_difference",
    "proportional_odds": "effects.ordinal",
    "probabilistic_index": "effects.ordinal",
    "cut_contrasts": "effects.ordinal",
    "compare_ratings": "rated_arms",
    "strata_contrasts": "strata",
    "Problem": "identification.problem",
    "solve": "identification.solver",
    "reconstruct_low_dose": "identification.low_dose",
    "low_dose_robustness": "identification.low_dose",
    "dose_contrast": "identification.low_dose",
    "split_bounds": "identification.split",
    "printed_numbers": "printed",
    "printed_counts": "printed",
    "NeckevidenceError": "errors",
    "EvidenceError": "errors",
    "NoComparisonError": "errors",
    "UnknownCodeError": "errors",
}
__all__ = [*_HOME, "__version__"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package stays cheap."""
    if name not in _HOME:
        raise AttributeError(f"module 'neckevidence' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
