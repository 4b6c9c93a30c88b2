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
    "effect_sizes": "effects",
    "absolute_effect": "absolute",
    "AbsoluteEffect": "absolute",
    "evidence_map": "overview",
    "EvidenceMap": "overview",
    "published_results": "overview",
    "audit": "judgement.claims",
    "printed_numbers": "printed",
    "counts_printing": "printed",
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
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
