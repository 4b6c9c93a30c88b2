"""Modules that have another name since 0.1: for one release the old name imports the new module, and says so."""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module, util
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_GONE = ("judgement",)  # folders of which only modules under other names are left
_NEW = {
    "absolute": "comparison.absolute",
    "arm_counts": "data.arm_counts",
    "arms": "data.arms",
    "bias_checks": "data.bias_checks",
    "calibration": "comparison.calibration",
    "caveats": "comparison.caveats",
    "characters": "core.characters",
    "checks": "data.checks",
    "comparison_explanation": "views.comparison_explanation",
    "contrasts": "comparison.contrasts",
    "errors": "core.errors",
    "escape": "core.escape",
    "evidence": "data.evidence",
    "explanation": "core.explanation",
    "fact_bounds": "comparison.fact_bounds",
    "identification": "reconstruction",
    "identification.low_dose": "reconstruction.low_dose",
    "identification.low_dose_problem": "reconstruction.low_dose_problem",
    "identification.problem": "reconstruction.problem",
    "identification.solver": "reconstruction.solver",
    "identification.split": "reconstruction.split",
    "judgement.certainty": "grade.certainty",
    "judgement.claim_rules": "claims.claim_rules",
    "judgement.claims": "claims.audit",
    "judgement.downgrades": "grade.downgrades",
    "judgement.equivalence": "equivalence.assessment",
    "judgement.finding_certainty": "claims.finding_certainty",
    "judgement.findings": "claims.findings",
    "judgement.information_size": "grade.information_size",
    "judgement.limits": "equivalence.limits",
    "judgement.margins": "equivalence.margins",
    "judgement.patients": "claims.patients",
    "judgement.plain_words": "grade.plain_words",
    "judgement.printed_findings": "claims.printed_findings",
    "judgement.reading": "equivalence.reading",
    "judgement.risk_of_bias": "grade.risk_of_bias",
    "judgement.rules": "claims.rules",
    "judgement.sample_size": "equivalence.sample_size",
    "judgement.trial_findings": "claims.trial_findings",
    "judgement.unused": "claims.unused",
    "judgement.verdicts": "claims.verdicts",
    "judgement.wording": "claims.wording",
    "judgement.worklist": "claims.worklist",
    "largest_difference": "comparison.largest_difference",
    "leading": "claims.leading",
    "leading_networks": "claims.leading_networks",
    "like_with_like": "comparison.like_with_like",
    "mean_contrasts": "comparison.mean_contrasts",
    "network_evidence": "comparison.network",
    "network_explanation": "views.network_explanation",
    "notes": "core.notes",
    "numbers": "core.numbers",
    "overview": "comparison.evidence_map",
    "pooled_rounding": "comparison.pooled_rounding",
    "printed": "core.printed",
    "printed_pairs": "comparison.printed_pairs",
    "question": "data.question",
    "question_checks": "data.question_checks",
    "rated_arms": "comparison.rated_arms",
    "register_checks": "data.register_checks",
    "scales": "data.scales",
    "schema": "data.schema",
    "selection": "comparison.selection",
    "strata": "comparison.strata",
    "trace": "core.trace",
    "treatments_compared": "comparison.compare",
    "trial_effect": "comparison.trial_effect",
    "trial_figures": "comparison.trial_figures",
    "values": "core.values",
    "verdict_explanation": "views.verdict_explanation",
}


class _Renamed(MetaPathFinder, Loader):
    """Finds a module by its old name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        old = fullname.removeprefix("neckevidence.")
        if old == fullname or old not in (*_NEW, *_GONE):
            return None
        return util.spec_from_loader(fullname, self, is_package=old in _GONE)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        old = spec.name.removeprefix("neckevidence.")
        if old in _GONE:
            return None
        new = f"neckevidence.{_NEW[old]}"
        warnings.warn(
            f"{spec.name} is now {new}; the old name goes with the next release", DeprecationWarning, stacklevel=2
        )
        module = import_module(new)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the new module its own name back; it is executed already."""
        if module.__spec__ is not None and module.__spec__.loader_state is not None:
            module.__spec__ = module.__spec__.loader_state


sys.meta_path.insert(0, _Renamed())
