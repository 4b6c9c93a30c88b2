"""The posterior of a Bayesian meta-analysis: the effect, and the effect in a new trial."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from neckevidence.core.views import shows
from neckevidence.figures.style import INK, MUTED, TREATMENT, house_style
from neckevidence.synthesis.bayes import BayesMetaAnalysis


@shows("picture", BayesMetaAnalysis)
def posterior_plot(fit: BayesMetaAnalysis, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw the posterior density of the effect with its interval, and the prediction interval below.

    Parameters
    ----------
    fit : BayesMetaAnalysis
        The result.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    title : str
        Heading.

    Returns
    -------
    matplotlib Axes
        On the analysis scale (logarithms for ratios).
    """
    with house_style():
        if ax is None:
            _, ax = plt.subplots(figsize=(5.4, 2.8), layout="constrained")
        x, density = fit.effect_density()
        ax.plot(x, density, color=TREATMENT, lw=1.6, gid="density")
        inside = (x >= fit.ci_low) & (x <= fit.ci_high)
        ax.fill_between(
            x[inside], density[inside], color=TREATMENT, alpha=0.25, lw=0, label=f"{100 * fit.level:g}% interval"
        )
        base = -0.07 * density.max()
        ax.plot(fit.prediction_interval, [base, base], color=MUTED, lw=4, label="prediction interval", gid="prediction")
        ax.axvline(0, color=INK, lw=0.8)
        ax.set_xlim(min(x[0], fit.prediction_interval[0]), max(x[-1], fit.prediction_interval[1]))
        ax.set_ylim(2 * base, None)
        ax.set_yticks([])
        ax.set_xlabel("effect, analysis scale", size=8.5, color=MUTED)
        ax.legend(frameon=False, fontsize=8.5)
        ax.set_title(title or f"k = {fit.k}, tau: {fit.tau_prior}")
    return ax
