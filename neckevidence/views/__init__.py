"""What a result shows of itself: here how it came about, from the estimate down to the print."""

from neckevidence.views.comparison_explanation import explain
from neckevidence.views.network_explanation import explain_network
from neckevidence.views.verdict_explanation import explain_verdict

__all__ = ["explain", "explain_network", "explain_verdict"]
