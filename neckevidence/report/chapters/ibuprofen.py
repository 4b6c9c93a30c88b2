"""Cyclobenzaprine alone, with ibuprofen, and on top of an NSAID."""

from __future__ import annotations

import neckevidence as ne
from neckevidence import tables
from neckevidence.judgement.margins import margin_for
from neckevidence.report.chapters import parts
from neckevidence.report.chapters.parts import Material, words
from neckevidence.report.document import Block, Chapter, Rows


def ibuprofen(material: Material) -> Chapter:
    """Write the comparison of cyclobenzaprine alone with the combination."""
    return Chapter(
        "ibuprofen",
        "Alone, or with ibuprofen",
        (
            words(
                "The page says that cyclobenzaprine alone is as effective as together with ibuprofen, and that "
                "NSAIDs as a class add nothing. Two trials put the first question; others put the reverse one: "
                "does cyclobenzaprine add anything to an NSAID?"
            ),
            parts.claims(material, ["C19", "C20"]),
        ),
        (
            Chapter("ibuprofen-p", "What the p-values allow", tuple(_bounds(material))),
            Chapter("ibuprofen-added", "Cyclobenzaprine added to an NSAID", tuple(_added(material))),
            Chapter("ibuprofen-harms", "Harms of the combination", tuple(_harms(material))),
            Chapter("ibuprofen-missing", "What is missing, and where sources disagree", tuple(_missing(material))),
        ),
    )


def _bounds(material: Material) -> list[Block]:
    evidence = material.evidence
    bounds = ne.bounds_from_reported(evidence, "childers2005", "patient_global_impression_of_change")
    table = tables.largest_difference_table(bounds)
    facts = list(dict.fromkeys(fact for one in bounds for fact in one.facts))
    trail = material.trails.of_facts(
        "largest difference",
        "the largest difference that the p-value of three groups allows",
        facts,
        [*bounds[0].notes],
    )
    published = ne.published_results(evidence, "CYC5", "CYC+IBU")
    return [
        words(
            "The large trial compared three groups and prints one p-value for all of them at each visit: no mean, "
            "no spread, no difference. A p-value above the usual limit says that no difference was shown, not "
            "that there is none. How large a difference between two of the groups would still fit it can be "
            "computed, in standard deviations of the rating:"
        ),
        Rows("ibuprofen-bounds", table, tuple(trail for _ in table.frame.index)),
        parts.statements(material, "ibuprofen-words", list(published["fact_id"]), "What is published on both"),
    ]


def _added(material: Material) -> list[Block]:
    function = material.compare("NAP+CYC5", "NAP+PBO", "rmdq_improvement", "MD")
    margin = margin_for(material.evidence, "rmdq_improvement", "MD")
    judged = ne.assess_equivalence(function, margin)
    added = ne.published_results(material.evidence, "NSAID+CYC", "NSAID+PBO").query("outcome != 'rmdq_improvement'")
    return [
        words(
            "Here there are numbers, from backache or strain, none from spasm of the neck. An interval within a "
            "margin that was "
            'set beforehand says more than "not significant". The tablets were taken as needed.'
        ),
        parts.forest(
            material,
            "ibuprofen-forest",
            [function],
            "Disability improved after a week, naproxen with or without it",
            margin,
        ),
        *parts.readings(material, [function], margin),
        parts.against_margins(material, "ibuprofen-margin", [judged]),
        parts.statements(
            material, "ibuprofen-added-words", list(added["fact_id"]), "What else is reported on adding one"
        ),
        parts.printed(material, "ibuprofen-figures", parts.facts_of([function])),
    ]


def _harms(material: Material) -> list[Block]:
    harm = material.compare("NAP+CYC5", "NAP+PBO", "any_adverse_event")
    effects = parts.of_1000(material, [("NAP+CYC5", "NAP+PBO", "any_adverse_event")])
    return [
        words("Drowsiness is not printed by group in any of these trials; adverse events of any kind are."),
        parts.forest(material, "ibuprofen-harm", [harm], "Any adverse event, naproxen with or without cyclobenzaprine"),
        *parts.readings(material, [harm]),
        parts.per_1000(material, "ibuprofen-per-1000", effects, "Any adverse event, of 1000 patients on naproxen"),
        parts.printed(material, "ibuprofen-harm-figures", parts.facts_of([harm])),
    ]


def _missing(material: Material) -> list[Block]:
    return [parts.gaps(material, ["C19", "C20"]), parts.conflicts(material, ["K15", "K16", "K18", "K19"])]
