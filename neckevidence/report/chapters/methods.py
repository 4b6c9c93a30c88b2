"""Methods, in the words of the results themselves."""

from __future__ import annotations

from neckevidence.report.chapters.parts import Material, words
from neckevidence.report.document import Chapter
from neckevidence.tables.prose import say

_RULES = (
    "**Figures.** As printed in public sources, each with its source and place in it. A blank stays blank. "
    "Nothing derived is stored: every derivation is a function whose rule is named.",
    "**Rounding.** A percentage that is printed coarsely is carried as the range of counts that print so; the "
    "result is shown at the counts nearest to it, with what the range leaves open beside it.",
    (
        "**Pooling.** Only the same comparison, outcome, time window and kind of ascertainment. One trial is shown as "
        "one trial."
    ),
    "**Verdicts.** By rule from the interval and, for equality, from a margin that stands in the table of margins "
    "with its source. A verdict must hold over all that rounding leaves open, and is never stronger than its "
    "certainty.",
)


def methods(material: Material) -> Chapter:
    """Write the methods; to be called after the chapters whose results they tell of."""
    own = Chapter(
        "methods-results",
        "As each result describes itself",
        tuple(words(sentence, item=True) for sentence in material.methods),
    )
    rules = Chapter(
        "methods-rules", "Rules that hold throughout", tuple(words(say(rule), item=True) for rule in _RULES)
    )
    return Chapter("methods", "Methods", (), (rules, own))
