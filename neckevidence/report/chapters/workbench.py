"""Where a reader of the HTML recomputes the comparisons of the chapters before."""

from __future__ import annotations

from neckevidence.report.chapters.parts import Material, words
from neckevidence.report.document import Chapter, Workbench
from neckevidence.report.workbench import workbench_data


def workbench(material: Material) -> Chapter:
    """Write the chapter; to be called after those whose comparisons it takes up."""
    asked = list(
        dict.fromkeys((treatment, control, outcome) for treatment, control, outcome, _, _ in material.comparisons)
    )
    return Chapter(
        "recompute",
        "Try it yourself",
        (
            words(
                "Every comparison of this report, to be computed again here: with or without a trial, with "
                "another measure, model, margin or starting risk. What the interval then says changes with it; "
                "what was printed does not."
            ),
            Workbench(workbench_data(material.evidence, asked)),
        ),
    )
