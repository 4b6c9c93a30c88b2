"""Where a reader of the HTML recomputes the comparisons of the chapters before."""

from __future__ import annotations

from neckevidence.comparison import Comparison
from neckevidence.report.chapters.parts import Material, words
from neckevidence.report.document import Chapter, Workbench
from neckevidence.report.workbench import workbench_data


def workbench(material: Material) -> Chapter:
    """Write the chapter; to be called after those whose comparisons it takes up."""
    shown: dict[tuple[str, str, str], Comparison] = {}
    for (treatment, control, outcome, _, _), result in material.comparisons.items():
        shown.setdefault((treatment, control, outcome), result)
    data = workbench_data(material.evidence, list(shown))
    for one, result in zip(data["comparisons"], shown.values(), strict=True):
        one["trail"] = material.trails.of(result)
    return Chapter(
        "recompute",
        "Try it yourself",
        (
            words(
                "Every comparison of this report, to be computed again here: with or without a trial, with "
                "another measure, model, margin or starting risk. What the interval then says changes with it; "
                "what was printed does not."
            ),
            Workbench(data),
        ),
    )
