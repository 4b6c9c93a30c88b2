"""The summary: the question, the verdicts in one picture, what to tell a patient, what matters most."""

from __future__ import annotations

import pandas as pd

from neckevidence import tables
from neckevidence.absolute import AbsoluteEffect
from neckevidence.explanation import Explanation
from neckevidence.figures import verdicts_plot
from neckevidence.report.chapters.parts import Material, of_1000, per_1000, words
from neckevidence.report.document import Block, Chapter, Picture, Rows
from neckevidence.tables import say
from neckevidence.tables.verdicts import MARKS

HARMS = ("somnolence", "dry_mouth", "fatigue")


def summary(material: Material) -> Chapter:
    """Write the summary."""
    return Chapter(
        "summary",
        "Summary",
        (
            words(
                "A page for doctors recommends cyclobenzaprine 5 mg three times daily for muscle spasm of the "
                "neck. This report takes its claims one by one, puts each to the figures that are printed in "
                "public sources, and says what they carry, how far, and what would settle the rest."
            ),
            *_in_short(material),
        ),
        (
            Chapter("summary-limits", "What these numbers cannot say", tuple(_limits())),
            Chapter("summary-verdicts", "All verdicts in one picture", tuple(_verdicts(material))),
            Chapter("summary-patient", "What to tell a patient", tuple(_patient(material))),
        ),
    )


def _in_short(material: Material) -> list[Block]:
    relief, drowsy = of_1000(material, [("CYC5", "PBO", outcome) for outcome in ("pain_relief", "somnolence")])
    doses = material.compare("CYC5", "CYC10", "somnolence")
    event = material.compare("CYC5", "CYC10", "any_adverse_event")
    verdict, trails = material.verdict, material.trails
    return [
        words(
            say(
                "**First choice: {word}.** No public figure compares the tablets with an NSAID or another first "
                "medicine.",
                word=verdict("C10").verdict,
            ),
            item=True,
        ),
        words(
            say(
                "**Better than placebo.** Of 1000 patients {more:per_thousand} more have relief on 5 mg (95% CI "
                "{low:per_thousand} to {high:per_thousand}). The trials took back and neck pain together.",
                **_more(relief),
            ),
            trails.of(relief),
            item=True,
        ),
        words(
            say(
                "**At a price.** Of 1000 patients {more:per_thousand} more are drowsy (95% CI {low:per_thousand} to "
                "{high:per_thousand}).",
                **_more(drowsy),
            ),
            trails.of(drowsy),
            item=True,
        ),
        words(
            say(
                "**As effective as 10 mg: {word}.** No estimate, no interval and no margin is public for it.",
                word=verdict("C12").verdict,
            ),
            item=True,
        ),
        words(
            say(
                "**Less drowsiness than on 10 mg: {word}.** The label's columns give {doses}.",
                word=verdict("C13").verdict,
                doses=doses,
            ),
            trails.of(doses),
            item=True,
        ),
        words(
            say(
                "**Adverse events of any kind, 5 mg against 10 mg, in the trial that randomised both:** {event}. "
                "The interval includes no difference, which is not equality.",
                event=event,
            ),
            trails.of(event),
            item=True,
        ),
        words(
            say(
                "**Alone as good as with ibuprofen: {word}. Diazepam only equal, with more adverse events of the "
                "nervous system: {equal}, {worse}.** Both rest on words and p-values, not on differences that are "
                "printed.",
                word=verdict("C19").verdict,
                equal=verdict("C43").verdict,
                worse=verdict("C44").verdict,
            ),
            item=True,
        ),
    ]


def _more(effect: AbsoluteEffect) -> dict[str, float]:
    return dict(zip(("more", "low", "high"), effect.difference_per_1000, strict=True))


def _verdicts(material: Material) -> list[Block]:
    audit = material.audit
    counts = audit["verdict"].value_counts()
    computed = int((audit["basis"] == "computed").sum())
    says = f"{len(audit)} claims, {computed} decided by numbers, {len(audit) - computed} judged by hand"
    each = tuple(
        Explanation(f"{row.claim_id}, {row.verdict}", f"{row.claim} ({row.basis})") for row in audit.itertuples()
    )
    trail = material.trails.of_tree("all verdicts", Explanation("counted", says, each))
    rows = [
        {"Part of the page": section, **{f"{MARKS[word]} {word}": _ids(part, word) for word in MARKS}}
        for section, part in audit.groupby("section", sort=False)
    ]
    twin = tables.Table(tables.base.text_frame(rows, list(rows[0])), "Which claims have which verdict")
    listed = ", ".join(f"{counts.get(word, 0)} {word}" for word in MARKS)
    return [
        words(
            say(
                "Of the {all} claims of the page {numbers} were decided by a rule from the printed figures, and "
                "{hand} were judged by hand, with a reason, because no number can decide them.",
                all=len(audit),
                numbers=computed,
                hand=len(audit) - computed,
            ),
            trail,
        ),
        words(
            "Supported: the interval lies where the claim says. Partly supported: in that direction, but for "
            "other patients, another dose or time, or at low certainty. Not demonstrated: the numbers allow the "
            "claim and its opposite. Contradicted: the interval lies against it. Not checkable: no public number "
            "bears on it."
        ),
        Picture(
            "verdicts",
            lambda: verdicts_plot(audit, title="The claims of the page, and what the numbers say"),
            f"Verdicts on all {len(audit)} claims of the page, a row for each part of it: {listed}.",
            "Each sign is a claim. Its shape is the verdict; a line below its name: decided by numbers.",
            twin,
            result=audit,
        ),
    ]


def _ids(part: pd.DataFrame, verdict: str) -> str:
    return ", ".join(part.loc[part["verdict"] == verdict, "claim_id"])


def _patient(material: Material) -> list[Block]:
    effects = of_1000(material, [("CYC5", "PBO", outcome) for outcome in ("pain_relief", *HARMS)])
    results = [material.compare("CYC5", "PBO", outcome) for outcome in ("pain_relief", *HARMS)]
    findings = tables.findings_table(material.evidence, results)
    return [
        words(
            "Of a thousand patients like those of the trials, on 5 mg three times daily for a week and on "
            "placebo. Those patients had pain in the back or the neck; no result is printed for the neck alone. "
            "Relief is from a secondary source. The picture shows risk differences with their own intervals; the "
            "table below it applies the risk ratio to the risk on placebo, as summaries of findings do, so that "
            "the limits differ a little."
        ),
        per_1000(material, "patient", effects, "Cyclobenzaprine 5 mg against placebo, of 1000 patients"),
        Rows(
            "findings",
            findings,
            tuple(material.trails.of(one) for one in results),
            (1.4, 1.2, 1.2, 1.6, 2.0, 1.1, 2.8),
        ),
    ]


def _limits() -> list[Block]:
    sentences = (
        (
            "**Neck is not back.** Most patients of these trials had pain in the back. None prints a figure by group "
            "for spasm of the neck."
        ),
        (
            "**Not significant is not equal.** An interval that includes no difference leaves differences in both "
            "directions open."
        ),
        (
            "**Across trials is not randomised.** Where groups of different trials are set side by side, it stands "
            "beside the number."
        ),
        "**Printed coarsely.** A whole percentage is carried as the range of counts that print so.",
        (
            "**What is not printed is missing here too.** Each gap is named with the place where the figure should "
            "stand."
        ),
    )
    return [words(say(sentence), item=True) for sentence in sentences]
