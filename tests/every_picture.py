"""Every kind of picture that is exported, each with what it shows, from any evidence that has the packaged codes."""

import pandas as pd

import neckevidence as ne
from neckevidence import figures, tables
from neckevidence.equivalence.margins import margin_for

RATED = "medication_helpfulness"


def every_picture(ev, word=str):
    """Return results and what draws them, by name; `word` writes the names that do not come from the evidence."""
    sedation = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")
    harm = ne.absolute_effect(sedation)
    function = ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    judged = ne.assess_equivalence(function, margin_for(ev, "rmdq_improvement", "MD"))
    nodes = ["NSAID+PBO", "NSAID+CYC", "NSAID+DZP"]
    names = {node: word(node) for node in nodes}
    network = ne.evidence_network(ev, nodes, "rmdq_improvement", "MD")
    fit = ne.network_meta_analysis(**network.part("NSAID+PBO"), reference="NSAID+PBO")
    ranking = ne.rank_treatments(fit, draws=500)
    rows = [("one", word("B"), "A", 1.0, 0.1), ("two", "C", word("B"), 1.0, 0.2), ("three", "C", "A", 2.3, 0.2)]
    triangle = pd.DataFrame(rows, columns=["trial", "treatment", "control", "effect", "se"])
    splits = ne.node_split(ne.network_meta_analysis(contrasts=triangle, measure="MD", tau2="common"))
    arms = pd.DataFrame({"trial": [word("A")] * 3, "dose": [0, 5, 10], "events": [12, 30, 40], "n": [100, 100, 100]})
    curve = ne.dose_response(arms)
    balance = ne.benefit_harm((60, 100, 40, 100), (25, 100, 10, 100), name=word("CYC5"))
    pooled = ne.meta_analysis([0.1, 0.3, 0.5], [0.01, 0.03, 0.02], labels=[word("one"), "two", "three"])
    bayes = ne.bayes_meta_analysis([0.1, 0.3, 0.5], [0.01, 0.03, 0.02])
    bias = ne.risk_of_bias(ev, ["khwaja2010", "childers2005"])
    claims = pd.DataFrame(
        {
            "claim_id": ["C1", "C2"],
            "section": word("First"),
            "verdict": ["supported", "not checkable"],
            "basis": ["computed", "judgement"],
        }
    )
    simulated = pd.DataFrame(
        {
            "outcome": "x",
            "k": 2,
            "tau": [0.0, 0.3],
            "method": "REML, Wald",
            "coverage": [0.95, 0.8],
            "coverage_error": 0.01,
            "width": 1.0,
        }
    )
    reviews = tables.labelled_results(ev, ev.reported.query("measure == 'RR' and ci_low.notna()")).head(3)
    rated = ne.compare_ratings(ev, "cer_1105", "CER30", "PBO", RATED, "day_4")
    map_ = ne.evidence_map(ev, {word(" against ".join(pair)): pair for pair in [("CYC5", "CYC10"), ("CYC5", "PBO")]})
    return {
        "forest_plot": (sedation, sedation.plot),
        "per_thousand_plot": ([harm], lambda: figures.per_thousand_plot([harm])),
        "icon_array": (harm, lambda: figures.icon_array(harm)),
        "evidence_map_plot": (map_, map_.plot),
        "equivalence_plot": (judged, lambda: figures.equivalence_plot(judged)),
        "four_outcomes_plot": (figures.FOUR_OUTCOMES, figures.four_outcomes_plot),
        "meta_analysis_plot": (pooled, pooled.plot),
        "posterior_plot": (bayes, bayes.plot),
        "network_forest": (fit, lambda: figures.network_forest(fit, names=names)),
        "league_plot": (fit, lambda: figures.league_plot(fit, names=names)),
        "network_graph": (network, lambda: figures.network_graph(network.edges, names=names)),
        "ranking_plot": (ranking, lambda: figures.ranking_plot(ranking, names=names)),
        "node_split_plot": (splits, splits.plot),
        "dose_response_plot": (curve, curve.plot),
        "benefit_harm_plot": (balance, balance.plot),
        "traffic_light_plot": (bias, bias.plot),
        "rob_summary_plot": (bias, lambda: figures.rob_summary_plot(bias)),
        "verdicts_plot": (claims, lambda: figures.verdicts_plot(claims)),
        "calibration_plot": (simulated, lambda: figures.calibration_plot(simulated, [2], word("x"))),
        "published_forest": (reviews, lambda: figures.published_forest(reviews, "RR")),
        "ratings_plot": (rated, lambda: figures.ratings_plot(ev, ["cer_1105"], RATED)),
    }
