"""Cyclobenzaprine against placebo: 5 mg, the extended release, and relief without drowsiness."""

from __future__ import annotations

import neckevidence as ne
from neckevidence import tables
from neckevidence.figures import alt_text, benefit_harm_plot, forest_plot, ratings_plot, twin
from neckevidence.judgement.margins import margin_for
from neckevidence.report.chapters import parts
from neckevidence.report.chapters.parts import Material, words
from neckevidence.report.document import Block, Chapter, Picture, Rows

HARMS = ("somnolence", "dry_mouth", "fatigue", "headache")
HELPFUL = "medication_helpfulness"


def placebo(material: Material) -> Chapter:
    """Write the comparison with placebo."""
    return Chapter(
        "placebo",
        "Against placebo",
        (
            words(
                "Against placebo there are more figures than anywhere else. They are shown side by side, and "
                "pooled only where like meets like."
            ),
            parts.claims(material, ["C11", "C47", "C48", "C51", "C52", "C67"]),
        ),
        (
            Chapter("placebo-relief", "Relief on 5 mg", tuple(_relief(material))),
            Chapter("placebo-harms", "Harms on 5 mg", tuple(_harms(material))),
            Chapter("placebo-extended", "The extended release", tuple(_extended(material))),
            Chapter("placebo-awake", "Relief without drowsiness", tuple(_awake(material))),
            Chapter("placebo-missing", "What is missing, and where sources disagree", tuple(_missing(material))),
        ),
    )


def _relief(material: Material) -> list[Block]:
    relief = material.compare("CYC5", "PBO", "pain_relief", "RD")
    margin = margin_for(material.evidence, "pain_relief", "RD")
    judged = ne.assess_equivalence(relief, margin)
    return [
        words(
            "The abstract of the two trials prints p-values. The share of patients with relief comes from a "
            "summary by others, who pooled the trials; the denominators are those of the label, and that is an "
            "assumption."
        ),
        parts.forest(
            material, "placebo-relief-forest", [relief], "Relief on 5 mg against placebo, risk difference", margin
        ),
        *parts.readings(material, [relief]),
        parts.against_margins(material, "placebo-relief-margin", [judged]),
        parts.printed(material, "placebo-relief-figures", parts.facts_of([relief])),
    ]


def _harms(material: Material) -> list[Block]:
    asked = [("CYC5", "PBO", outcome) for outcome in HARMS]
    results = [material.compare(*one) for one in asked]
    event = material.compare("CYC5", "PBO", "any_adverse_event")
    return [
        parts.forest(material, "placebo-harms-forest", results, "Harms, 5 mg against placebo"),
        *parts.readings(material, results),
        parts.per_1000(
            material,
            "placebo-per-1000",
            parts.of_1000(material, asked),
            "Harms on 5 mg and on placebo, of 1000 patients",
        ),
        words("Adverse events of any kind, from two trials whose arm sizes are reconstructed:"),
        _pooled(material, "placebo-event", event, "Any adverse event, on reconstructed counts"),
        *parts.readings(material, [event]),
        parts.printed(material, "placebo-harms-figures", parts.facts_of([*results, event])),
    ]


def _pooled(material: Material, name: str, result: ne.Comparison, title: str) -> Picture:
    """Draw one comparison with a row for each of its trials."""
    table = twin(result)
    return Picture(
        name,
        lambda: forest_plot(result, title=title),
        alt_text(result),
        f"{title}. With so few trials nobody knows how far such trials differ; the interval says so by its width.",
        table,
        tuple(material.trails.of(result) for _ in table.frame.index),
        result=result,
    )


def _extended(material: Material) -> list[Block]:
    helped = material.compare("CER", "PBO", HELPFUL)
    outcomes = ("dry_mouth", "dizziness", "fatigue", "nausea")
    harms = [material.compare("CER30", "PBO", outcome) for outcome in outcomes]
    asked = [("cer_1105", "CER30"), ("cer_1106", "CER15")]
    evidence, days = material.evidence, ("day_4", "day_14")
    rated = [ne.compare_ratings(evidence, trial, arm, "PBO", HELPFUL, day) for trial, arm in asked for day in days]
    ordinal = tables.ordinal_table(rated)
    ratings = tables.ratings_table(evidence, [trial for trial, _ in asked], HELPFUL)
    facts = list(dict.fromkeys(fact for one in rated for fact in one.facts["fact_id"]))
    trail = material.trails.of_facts(
        "ratings", "the printed ratings in all their categories", facts, [rated[0].methods()]
    )
    material.methods[rated[0].methods()] = None
    return [
        words(
            "Two trials of another form, once daily, print their ratings. Each table prints one of two active "
            "arms; why the other is missing is not said. What the missing patients would have said decides the "
            "answer."
        ),
        Picture(
            "placebo-ratings",
            lambda: ratings_plot(evidence, [trial for trial, _ in asked], HELPFUL),
            alt_text(rated),
            "Ratings of helpfulness as printed, in each arm and on each day.",
            ratings,
            tuple(trail for _ in ratings.frame.index),
            result=rated,
        ),
        Rows("placebo-odds", ordinal, tuple(trail for _ in ordinal.frame.index)),
        _pooled(material, "placebo-helped", helped, "Helpfulness good or better at the end of treatment"),
        *parts.readings(material, [helped]),
        words(
            "Harms of the extended release were told by the patients, not asked for: not to be set against those above."
        ),
        parts.forest(material, "placebo-extended-harms", harms, "Extended release 30 mg against placebo"),
        *parts.readings(material, harms),
        parts.printed(material, "placebo-extended-figures", parts.facts_of([helped, *harms])),
    ]


def _awake(material: Material) -> list[Block]:
    strata = ne.strata_contrasts(material.evidence)
    table = tables.strata_table(strata)
    trail = material.trails.of_facts(
        "relief by drowsiness",
        "within the drug arms, as printed",
        list(strata.facts["fact_id"]),
        [*strata.why_not_causal, strata.methods()],
    )
    material.methods[strata.methods()] = None
    both = [_balance(material)]
    balance = tables.benefit_harm_table(both, "Relief and drowsiness on 5 mg, against placebo")
    material.methods[both[0].methods()] = None
    results = [material.compare("CYC5", "PBO", outcome, "RD") for outcome in ("pain_relief", "somnolence")]
    together = material.trails.of_facts(
        "relief and drowsiness",
        "two risk differences, each randomised by itself",
        parts.facts_of(results),
        [both[0].methods()],
    )
    return [
        words(
            "The page says that patients who are not drowsy are helped as well. Such groups form only after "
            "treatment has begun. They are printed for the drug arms alone; what patients on placebo report who "
            "stay awake is not printed, so that the share due to the drug could be much or little."
        ),
        parts.claims(material, ["C53", "C54"]),
        Rows("placebo-strata", table, tuple(trail for _ in table.frame.index)),
        words(
            "With randomisation, relief and drowsiness can each be told by itself, not how they go together in "
            "one patient:"
        ),
        Picture(
            "placebo-balance",
            lambda: benefit_harm_plot(both, benefit="relief", harm="drowsiness"),
            alt_text(both),
            "More patients with relief, and more who are drowsy, against placebo.",
            balance,
            (together,),
            result=both,
        ),
    ]


def _balance(material: Material) -> ne.BenefitHarm:
    relief, drowsy = (
        ne.RiskDifference.from_interval(one.estimate, one.ci_low, one.ci_high)
        for one in (material.compare("CYC5", "PBO", outcome, "RD") for outcome in ("pain_relief", "somnolence"))
    )
    return ne.benefit_harm(relief, drowsy, name="cyclobenzaprine 5 mg")


def _missing(material: Material) -> list[Block]:
    return [
        parts.gaps(material, ["C11", "C47", "C53", "C54"]),
        parts.conflicts(material, ["K02", "K03", "K04", "K13", "K14", "K17"]),
    ]
