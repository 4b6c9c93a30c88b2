"""Cyclobenzaprine against diazepam."""

from __future__ import annotations

import neckevidence as ne
from neckevidence import tables
from neckevidence.explanation import Explanation
from neckevidence.figures import alt_text, network_forest
from neckevidence.judgement.margins import margin_for
from neckevidence.report.chapters import parts
from neckevidence.report.chapters.parts import Material, words
from neckevidence.report.document import Block, Chapter, Picture, Rows
from neckevidence.tables import say

RELAXANTS = ("PBO", "CYC", "DZP", "ORP", "MCB", "BAC", "MTX", "TIZ")


def diazepam(material: Material) -> Chapter:
    """Write the comparison with diazepam."""
    return Chapter(
        "diazepam",
        "Against diazepam",
        (
            words(
                "The page advises against benzodiazepines: equal at best, with more adverse events of the nervous "
                "system. The trials that compared the two head to head are old; their counts are not public."
            ),
            parts.claims(material, ["C42", "C43", "C44", "C45", "C46", "C50"]),
        ),
        (
            Chapter("diazepam-direct", "Head to head: votes, and words", tuple(_direct(material))),
            Chapter("diazepam-network", "By way of placebo, on top of an NSAID", tuple(_network(material))),
            Chapter("diazepam-placebo", "Diazepam itself, against placebo", tuple(_placebo(material))),
            Chapter("diazepam-missing", "What is missing, and where sources disagree", tuple(_missing(material))),
        ),
    )


def _direct(material: Material) -> list[Block]:
    evidence = material.evidence
    published = ne.published_results(evidence, "CYC", "DZP")
    more = [ne.bound_from_fact(evidence, fact, direction=1) for fact in ("reported_092", "reported_090")]
    title = 'What "more often with cyclobenzaprine 10 mg than with diazepam 5 mg" allows'
    table = tables.fact_bounds_table(evidence, more, title)
    trails = [
        material.trails.of_facts(f"order {one.facts[0]}", "all counts in which it is true", one.facts, one.notes)
        for one in more
    ]
    return [
        words(
            'On drowsiness the label says "similar", a trial says more often with cyclobenzaprine. Neither prints a '
            "count; both are shown, and nothing is decided. The words of the trial leave anything open, from fewer drowsy "
            "patients to all of them."
        ),
        parts.statements(material, "diazepam-words", list(published["fact_id"]), "What is published on the two"),
        Rows("diazepam-bounds", table, tuple(trails)),
    ]


def _network(material: Material) -> list[Block]:
    evidence = material.evidence
    network = ne.evidence_network(evidence, [f"NSAID+{code}" for code in RELAXANTS], "rmdq_improvement", "MD")
    short = {name: network.names[name].replace(" on top of any NSAID", "") for name in network.names}
    fit = ne.network_meta_analysis(**network.part("NSAID+PBO"), reference="NSAID+PBO")
    material.methods[fit.methods()] = None
    margin = margin_for(evidence, "rmdq_improvement", "MD")
    against = [(f"NSAID+{code}", "NSAID+PBO") for code in RELAXANTS[1:]]
    pairs = [("NSAID+DZP", "NSAID+CYC"), *against]
    table = tables.network_table(network, fit, pairs, "Disability improved after a week, on top of an NSAID; points")
    trails = [_trail(material, network, fit, pair) for pair in pairs]
    between = [float(table.loc["NSAID+DZP", "NSAID+CYC"]) for table in (fit.estimates, fit.ci_low, fit.ci_high)]
    side_by_side = material.compare("NSAID+DZP", "NSAID+CYC", "rmdq_improvement", "MD")
    return [
        words(
            "Four trials of one group gave every patient with acute low back pain an NSAID and added a relaxant "
            "or placebo. None compared diazepam with cyclobenzaprine. The difference of their differences from "
            "placebo keeps the randomisation of each trial; it holds if the trials are alike, and there is one "
            "trial for each, so that nothing can check it."
        ),
        Picture(
            "diazepam-network-forest",
            lambda: network_forest(fit, margin=margin, names=short),
            alt_text(fit, short),
            (
                "Improvement of disability against placebo, each on top of an NSAID; the band is the margin of the "
                "trialists."
            ),
            table,
            tuple(trails),
            result=fit,
        ),
        words(
            say(
                "Diazepam against cyclobenzaprine, by way of placebo: MD {estimate:MD} points (95% CI {low:MD} to {high:MD}). "
                "This is indirect, and the rounding of the printed means alone can move it: neither a difference nor equality "
                "is shown.",
                **dict(zip(("estimate", "low", "high"), between, strict=True)),
            ),
            trails[0],
        ),
        words(
            "The published reanalysis sets the groups of different trials side by side instead, which is not "
            "randomised:"
        ),
        parts.forest(
            material,
            "diazepam-side-by-side",
            [side_by_side],
            "Diazepam against cyclobenzaprine, groups side by side",
            margin,
        ),
        *parts.readings(material, [side_by_side], margin),
        parts.printed(material, "diazepam-network-figures", network.facts["fact_id"]),
    ]


def _trail(material: Material, network: ne.EvidenceNetwork, fit: ne.NetworkMetaAnalysis, pair: tuple[str, str]) -> str:
    tree: Explanation = ne.explain_network(network, fit, pair, material.evidence)
    return material.trails.of_tree(f"network {pair[0]} {pair[1]} {network.outcome}", tree)


def _placebo(material: Material) -> list[Block]:
    evidence = material.evidence
    function = material.compare("NAP+DZP5", "NAP+PBO", "rmdq_improvement", "MD")
    margin = margin_for(evidence, "rmdq_improvement", "MD")
    judged = ne.assess_equivalence(function, margin)
    binary = [
        material.compare("NAP+DZP5", "NAP+PBO", "moderate_or_severe_pain", "RR", 7),
        material.compare("NAP+DZP5", "NAP+PBO", "any_adverse_event"),
    ]
    asked = [("NAP+DZP5", "NAP+PBO", outcome) for outcome in ("moderate_or_severe_pain", "any_adverse_event")]
    needed = tables.decide_table(
        ne.what_would_decide(function, margin.value / 2), "Patients per arm that would decide at half the margin"
    )
    return [
        words(
            "One randomised trial prints figures for each group: naproxen with diazepam or placebo, in low back pain."
        ),
        parts.against_margins(material, "diazepam-margin", [judged]),
        *parts.readings(material, [function], margin),
        Rows("diazepam-needed", needed, tuple(material.trails.of(judged) for _ in needed.frame.index)),
        parts.forest(material, "diazepam-binary", binary, "Naproxen with diazepam or placebo"),
        *parts.readings(material, binary),
        parts.per_1000(material, "diazepam-per-1000", parts.of_1000(material, asked), "Of 1000 patients on naproxen"),
        parts.printed(material, "diazepam-figures", parts.facts_of([function, *binary])),
    ]


def _missing(material: Material) -> list[Block]:
    return [parts.gaps(material, ["C42", "C43", "C44", "C46", "C50"]), parts.conflicts(material, ["K06", "K07"])]
