"""One kind of picture a file; every function takes ``ax=None`` and returns the Axes."""

from neckevidence.figures.calibration import calibration_plot
from neckevidence.figures.equivalence import equivalence_plot, four_outcomes_plot
from neckevidence.figures.evidence_map import evidence_map_plot
from neckevidence.figures.forest import forest_plot, meta_analysis_plot, published_forest
from neckevidence.figures.per_thousand import icon_array, per_thousand_plot
from neckevidence.figures.posterior import posterior_plot
from neckevidence.figures.ratings import ratings_plot
from neckevidence.figures.show import alt_text, show

__all__ = [
    "alt_text",
    "calibration_plot",
    "equivalence_plot",
    "evidence_map_plot",
    "forest_plot",
    "four_outcomes_plot",
    "icon_array",
    "meta_analysis_plot",
    "per_thousand_plot",
    "posterior_plot",
    "published_forest",
    "ratings_plot",
    "show",
]
