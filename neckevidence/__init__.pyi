"""The public names; a type checker and an editor read them here, and each is imported when it is first used."""

from .claims.audit import audit as audit
from .claims.audit import verdicts as verdicts
from .claims.unused import unused_facts as unused_facts
from .claims.verdicts import Verdict as Verdict
from .claims.worklist import worklist as worklist
from .comparison.absolute import (
    AbsoluteEffect as AbsoluteEffect,
)
from .comparison.absolute import (
    absolute_effect as absolute_effect,
)
from .comparison.absolute import (
    expected_per_1000 as expected_per_1000,
)
from .comparison.compare import compare as compare
from .comparison.evidence_map import (
    EvidenceMap as EvidenceMap,
)
from .comparison.evidence_map import (
    evidence_map as evidence_map,
)
from .comparison.evidence_map import (
    published_results as published_results,
)
from .comparison.fact_bounds import bound_from_fact as bound_from_fact
from .comparison.largest_difference import (
    bounds_from_reported as bounds_from_reported,
)
from .comparison.largest_difference import (
    largest_difference_bound as largest_difference_bound,
)
from .comparison.network import EvidenceNetwork as EvidenceNetwork
from .comparison.network import evidence_network as evidence_network
from .comparison.rated_arms import compare_ratings as compare_ratings
from .comparison.result import Comparison as Comparison
from .comparison.strata import strata_contrasts as strata_contrasts
from .core.errors import (
    EvidenceError as EvidenceError,
)
from .core.errors import (
    NeckevidenceError as NeckevidenceError,
)
from .core.errors import (
    NoComparisonError as NoComparisonError,
)
from .core.errors import (
    UnknownCodeError as UnknownCodeError,
)
from .core.explanation import Explanation as Explanation
from .core.printed import printed_counts as printed_counts
from .core.printed import printed_numbers as printed_numbers
from .core.trace import trace_numbers as trace_numbers
from .data.evidence import (
    Evidence as Evidence,
)
from .data.evidence import (
    check_evidence as check_evidence,
)
from .data.evidence import (
    load_evidence as load_evidence,
)
from .data.frames import from_effects as from_effects
from .data.frames import from_frame as from_frame
from .data.revman import read_revman as read_revman
from .data.spreadsheet import read_xlsx as read_xlsx
from .effects import effect_sizes as effect_sizes
from .effects.estimates import (
    effect_from_interval as effect_from_interval,
)
from .effects.estimates import (
    effect_from_p as effect_from_p,
)
from .effects.estimates import (
    effect_from_se as effect_from_se,
)
from .effects.estimates import (
    effect_from_t as effect_from_t,
)
from .effects.from_tests import smd_from_test as smd_from_test
from .effects.from_tests import table_from_test as table_from_test
from .effects.measures import zero_cell_policy as zero_cell_policy
from .effects.ordinal import (
    cut_contrasts as cut_contrasts,
)
from .effects.ordinal import (
    probabilistic_index as probabilistic_index,
)
from .effects.ordinal import (
    proportional_odds as proportional_odds,
)
from .effects.votes import effect_from_order as effect_from_order
from .effects.votes import effect_from_votes as effect_from_votes
from .equivalence.assessment import Equivalence as Equivalence
from .equivalence.assessment import assess_equivalence as assess_equivalence
from .equivalence.sample_size import (
    patients_per_arm as patients_per_arm,
)
from .equivalence.sample_size import (
    power_per_arm as power_per_arm,
)
from .equivalence.sample_size import (
    what_would_decide as what_would_decide,
)
from .explorer.widgets import explore as explore
from .grade.certainty import certainty as certainty
from .grade.information_size import optimal_information_size as optimal_information_size
from .grade.plain_words import plain_words as plain_words
from .grade.risk_of_bias import risk_of_bias as risk_of_bias
from .reconstruction.low_dose import (
    dose_contrast as dose_contrast,
)
from .reconstruction.low_dose import (
    low_dose_robustness as low_dose_robustness,
)
from .reconstruction.low_dose import (
    reconstruct_low_dose as reconstruct_low_dose,
)
from .reconstruction.problem import Problem as Problem
from .reconstruction.solver import solve as solve
from .reconstruction.split import split_bounds as split_bounds
from .synthesis.batch import meta_analysis_many as meta_analysis_many
from .synthesis.bayes import (
    BayesMetaAnalysis as BayesMetaAnalysis,
)
from .synthesis.bayes import (
    bayes_meta_analysis as bayes_meta_analysis,
)
from .synthesis.benefit_harm import benefit_harm as benefit_harm
from .synthesis.beta_binomial import beta_binomial as beta_binomial
from .synthesis.dose import (
    compare_shapes as compare_shapes,
)
from .synthesis.dose import (
    dose_response as dose_response,
)
from .synthesis.dose import (
    two_stage_dose_response as two_stage_dose_response,
)
from .synthesis.logistic import random_effects_logistic as random_effects_logistic
from .synthesis.network.analysis import network_meta_analysis as network_meta_analysis
from .synthesis.network.components import component_network as component_network
from .synthesis.network.contributions import contributions as contributions
from .synthesis.network.designs import design_decomposition as design_decomposition
from .synthesis.network.node_split import node_split as node_split
from .synthesis.network.ranking import p_scores as p_scores
from .synthesis.network.ranking import rank_treatments as rank_treatments
from .synthesis.network.result import NetworkMetaAnalysis as NetworkMetaAnalysis
from .synthesis.number_needed import RiskDifference as RiskDifference
from .synthesis.number_needed import number_needed as number_needed
from .synthesis.pairwise import MetaAnalysis as MetaAnalysis
from .synthesis.pairwise import meta_analysis as meta_analysis
from .synthesis.priors import (
    HalfCauchy as HalfCauchy,
)
from .synthesis.priors import (
    HalfNormal as HalfNormal,
)
from .synthesis.priors import (
    LogNormal as LogNormal,
)
from .synthesis.priors import (
    LogT as LogT,
)
from .synthesis.priors import (
    published_prior as published_prior,
)
from .synthesis.regression import meta_regression as meta_regression
from .synthesis.sensitivity import (
    all_subsets as all_subsets,
)
from .synthesis.sensitivity import (
    cumulative as cumulative,
)
from .synthesis.sensitivity import (
    influence as influence,
)
from .synthesis.sensitivity import (
    leave_one_out as leave_one_out,
)
from .synthesis.small_study import egger as egger
from .synthesis.small_study import harbord as harbord
from .synthesis.small_study import peters as peters
from .synthesis.sparse import mantel_haenszel as mantel_haenszel
from .synthesis.sparse import peto as peto
from .synthesis.subgroups import subgroup_analysis as subgroup_analysis
from .views.comparison_explanation import explain as explain
from .views.network_explanation import explain_network as explain_network

__version__: str
