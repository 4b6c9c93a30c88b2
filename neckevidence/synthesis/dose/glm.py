"""The one-stage model as statsmodels fits it: a baseline for each trial and one curve."""

from __future__ import annotations

import warnings

import numpy as np

from neckevidence.synthesis.dose.likelihood import Arms, Array
from neckevidence.synthesis.dose.region import Region
from neckevidence.synthesis.dose.shapes import shape_value


def fit_at(arms: Arms, shape: str, region: Region) -> tuple[Array, Array]:
    """Fit the model with the constant of the best curve.

    Parameters
    ----------
    arms : Arms
        The arms of all trials.
    shape : str
        linear, log-linear or emax.
    region : Region
        With the best amplitude and constant.

    Returns
    -------
    baselines : ndarray, shape (t,)
        Log odds or mean at dose 0 in each trial.
    se : ndarray, shape (c,)
        Standard errors of the coefficients, from the expected information. ED50 is a coefficient of its own: the derivative
        of the effects by it is a column of the design.
    """
    x = shape_value(shape, arms.dose, 1.0 if shape == "linear" else region.constant)
    design = np.column_stack([arms.member.T, x])
    estimates = _statsmodels_fit(arms, design)
    trials = len(arms.member)
    if shape == "emax":
        design = np.column_stack([design, -region.amplitude * x / (region.constant + arms.dose)])
    _, weight = arms.fitted(design[:, : trials + 1] @ estimates)
    covariance = np.linalg.pinv(design.T @ (weight[:, None] * design))
    return estimates[:trials], np.sqrt(np.diag(covariance))[trials:]


def _statsmodels_fit(arms: Arms, design: Array) -> Array:
    """Fit a binomial model with logit link to events, a weighted normal model with known variances to means."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    if arms.counts:
        model = sm.GLM(np.column_stack([arms.y, arms.size - arms.y]), design, family=sm.families.Binomial())
        options = {"tol": 1e-13, "tol_criterion": "params", "maxiter": 200}
    else:
        model = sm.GLM(arms.y, design, family=sm.families.Gaussian(), var_weights=arms.size)
        options = {"scale": 1.0}
    with warnings.catch_warnings():
        # Raised where a curve passes through all arms; true separation is refused before (`check_separation`).
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(model.fit(**options).params)
