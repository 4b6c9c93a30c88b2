"""5 mg against 10 mg."""

from __future__ import annotations

import neckevidence as ne
from neckevidence import tables
from neckevidence.figures import alt_text, dose_response_plot, icon_array, twin
from neckevidence.report.chapters import parts
from neckevidence.report.chapters.parts import Material, words
from neckevidence.report.document import Block, Chapter, Picture, Rows

HARMS = ("somnolence", "dry_mouth", "fatigue", "headache")
DOSES = ("PBO", "CYC2.5", "CYC5", "CYC10")
_LABEL = "Cyclobenzaprine, mg three times daily"


def doses(material: Material) -> Chapter:
    """Write the comparison of the two doses."""
    return Chapter(
        "doses",
        "Low or high dose: 5 mg against 10 mg",
        (
            words(
                "The page says that the small dose works as well as the large one and makes fewer patients "
                "drowsy. One randomised trial held both doses; it prints no figure on relief by dose, and its "
                "harms stand in a label that mixes two trials."
            ),
            parts.claims(material, ["C12", "C13", "C15", "C16", "C48", "C49"]),
        ),
        (
            Chapter("doses-relief", "Relief: words, no numbers", tuple(_relief(material))),
            Chapter("doses-harms", "Harms, across trials", tuple(_harms(material))),
            Chapter("doses-split", "Drowsiness within the trial that randomised both", tuple(_split(material))),
            Chapter("doses-event", "The one randomised figure: any adverse event", tuple(_event(material))),
            Chapter("doses-curve", "How harm rises with the dose", tuple(_curve(material))),
            Chapter("doses-missing", "What is missing, and where sources disagree", tuple(_missing(material))),
        ),
    )


def _relief(material: Material) -> list[Block]:
    published = ne.published_results(material.evidence, "CYC5", "CYC10")
    return [
        words(
            'Nobody prints how many patients improved on each dose, nor mean scores. "As effective as" is the judgement of the '
            "authors. For equality the interval of the difference would have to lie within a margin that was set "
            "beforehand; neither the difference nor its interval is printed. The public numbers exclude no "
            "difference between the doses."
        ),
        parts.statements(material, "doses-words", list(published["fact_id"]), "What is published on both doses"),
    ]


def _harms(material: Material) -> list[Block]:
    asked = [("CYC5", "CYC10", outcome) for outcome in HARMS]
    results = [material.compare(*one) for one in asked]
    drowsy = parts.of_1000(material, asked[:1])[0]
    return [
        words(
            "The patients on 5 mg come from two trials, those on 10 mg from one of them: a comparison across "
            "trials, which randomisation does not protect."
        ),
        parts.forest(material, "doses-harms-forest", results, "Harms, 5 mg against 10 mg"),
        *parts.readings(material, results),
        parts.per_1000(
            material, "doses-per-1000", parts.of_1000(material, asked), "Harms on 5 mg and on 10 mg, of 1000 patients"
        ),
        Picture(
            "doses-icons",
            lambda: icon_array(drowsy),
            alt_text(drowsy),
            "A thousand patients drawn one by one; not a randomised comparison.",
            tables.absolute_table([drowsy], "Drowsiness, of 1000 patients"),
            (material.trails.of(drowsy),),
            result=drowsy,
        ),
        parts.printed(material, "doses-harms-figures", parts.facts_of(results)),
    ]


def _split(material: Material) -> list[Block]:
    split = ne.split_bounds(material.evidence, outcome="somnolence")
    table = tables.split_table(split)
    trail = material.trails.of_facts(
        "split of the label's column", "bounds over every way in which the column may split", split.facts, split.notes
    )
    return [
        words(
            "The label does not say how many of the drowsy patients on 5 mg were in the trial that also had 10 "
            "mg. Every way of splitting them is possible; some are less plausible. Without any assumption the "
            "label does not settle even the direction within the trial."
        ),
        Rows("doses-split-table", table, tuple(trail for _ in table.frame.index)),
    ]


def _event(material: Material) -> list[Block]:
    result = material.compare("CYC5", "CYC10", "any_adverse_event")
    contrast = ne.dose_contrast(material.evidence)
    table = tables.reconstruction_table(contrast)
    trail = material.trails.of(result)
    return [
        words(
            "The trial prints the share of patients with any adverse event to one decimal, but not the size of "
            "its arms. The sizes of the trials and of the label's columns leave few possibilities; under the "
            "assumptions named below exactly one set of sizes and counts prints so. That is a reconstruction, not "
            "a printed figure."
        ),
        parts.forest(material, "doses-event-forest", [result], "Any adverse event, 5 mg against 10 mg, reconstructed"),
        *parts.readings(material, [result]),
        Rows("doses-event-assumptions", table, tuple(trail for _ in table.frame.index)),
        parts.printed(material, "doses-event-figures", parts.facts_of([result])),
    ]


def _curve(material: Material) -> list[Block]:
    network = ne.evidence_network(material.evidence, list(DOSES), "any_adverse_event")
    fits = [ne.dose_response(network.arms, trial="label", shape=shape) for shape in ("linear", "log-linear", "emax")]
    material.methods.update(dict.fromkeys(fit.methods() for fit in fits))
    shapes = tables.shapes_table(fits, "Any adverse event: three shapes of the curve")
    curve = twin(fits)
    half = tables.half_effect_table(
        {fit.shape: fit.half_effect_dose() for fit in fits}, "mg", "The dose with half of the effect of 10 mg"
    )
    trail = material.trails.of_facts(
        "dose and adverse events",
        "one curve through all doses, each trial with its own baseline",
        list(network.facts["fact_id"]),
        (*network.notes, *(fit.methods() for fit in fits)),
    )
    return [
        words(
            "Placebo and three doses on one line, for adverse events of any kind. The sizes of the arms are "
            "reconstructed. The lowest and the highest dose were in different trials; what the curve says between "
            "them is not randomised."
        ),
        Picture(
            "doses-curve-picture",
            lambda: dose_response_plot(fits, dose_label=_LABEL, outcome="any adverse event"),
            alt_text(fits),
            "Any adverse event by dose, in three shapes that the figures cannot tell apart.",
            curve,
            tuple(trail for _ in curve.frame.index),
            result=fits,
        ),
        Rows("doses-shapes", shapes, tuple(trail for _ in shapes.frame.index)),
        Rows("doses-half", half, tuple(trail for _ in half.frame.index)),
    ]


def _missing(material: Material) -> list[Block]:
    return [
        parts.gaps(material, ["C12", "C13", "C15", "C16", "C49"]),
        parts.conflicts(material, ["K01", "K05", "K17"]),
    ]
