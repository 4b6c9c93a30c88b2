"""One kind of picture a file; every function takes ``ax=None`` and returns the Axes."""

from neckevidence.figures import components, contributions, designs  # noqa: F401 - they register themselves
from neckevidence.figures.benefit_harm import benefit_harm_plot
from neckevidence.figures.calibration import calibration_plot
from neckevidence.figures.dose_response import dose_response_plot
from neckevidence.figures.equivalence import FOUR_OUTCOMES, equivalence_plot, four_outcomes_plot
from neckevidence.figures.evidence_map import evidence_map_plot
from neckevidence.figures.export import save
from neckevidence.figures.forest import forest_plot, meta_analysis_plot, published_forest
from neckevidence.figures.league import league_plot
from neckevidence.figures.network_forest import network_forest
from neckevidence.figures.network_graph import network_graph
from neckevidence.figures.node_split import node_split_plot
from neckevidence.figures.per_thousand import icon_array, per_thousand_plot
from neckevidence.figures.posterior import posterior_plot
from neckevidence.figures.ranking import ranking_plot
from neckevidence.figures.ratings import ratings_plot
from neckevidence.figures.records import data
from neckevidence.figures.risk_of_bias import rob_summary_plot, traffic_light_plot
from neckevidence.figures.show import show
from neckevidence.figures.svg import font_face_css, svg_text
from neckevidence.figures.twins import twin
from neckevidence.figures.verdicts import verdicts_plot
from neckevidence.figures.words import alt_text

__all__ = [
    "FOUR_OUTCOMES",
    "alt_text",
    "benefit_harm_plot",
    "calibration_plot",
    "data",
    "dose_response_plot",
    "equivalence_plot",
    "evidence_map_plot",
    "font_face_css",
    "forest_plot",
    "four_outcomes_plot",
    "icon_array",
    "league_plot",
    "meta_analysis_plot",
    "network_forest",
    "network_graph",
    "node_split_plot",
    "per_thousand_plot",
    "posterior_plot",
    "published_forest",
    "ranking_plot",
    "ratings_plot",
    "rob_summary_plot",
    "save",
    "show",
    "svg_text",
    "traffic_light_plot",
    "twin",
    "verdicts_plot",
]
