"""Dose and effect: one model for the arms of all trials, or a trend in each trial that is pooled."""

from neckevidence.synthesis.dose.compare import compare_shapes
from neckevidence.synthesis.dose.half_effect import HalfEffectDose
from neckevidence.synthesis.dose.one_stage import DoseResponse, dose_response
from neckevidence.synthesis.dose.reconstruction import reconstruct_covariance
from neckevidence.synthesis.dose.two_stage import TwoStageDoseResponse, two_stage_dose_response

__all__ = [
    "DoseResponse",
    "HalfEffectDose",
    "TwoStageDoseResponse",
    "compare_shapes",
    "dose_response",
    "reconstruct_covariance",
    "two_stage_dose_response",
]
