"""Every public function that applies to a foreign question: it answers, and says no word of the packaged one."""

import itertools
import json

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from click.testing import CliRunner
from foreign import FOLDER, QUESTIONS, forbidden, said

import neckevidence as ne
from neckevidence import tables
from neckevidence.claims.leading import (
    against_margins,
    bias_of,
    leads,
    map_of,
    ratings_compared,
    reference_treatment,
    results,
)
from neckevidence.claims.leading_networks import base_of, curves, dose_arms, networks
from neckevidence.cli import main
from neckevidence.explorer.questions import Questions
from neckevidence.figures import alt_text, forest_plot, twin
from neckevidence.views.verdict_explanation import explain_verdict

PAIRS = 8  # of what can be asked of a question; the others are asked by its notebooks and the explorer


def clean(*things):
    """Check the words of results, and of the tables and pictures made of them."""
    for thing in things:
        assert not forbidden(said(thing)), forbidden(said(thing))[:3]


def clean_table(table):
    text = " ".join([table.title, table.note, table._repr_html_()])
    assert not forbidden(text), forbidden(text)[:3]
    return table


def clean_picture(axes, result, **names):
    words = " ".join(text.get_text() for text in axes.figure.findobj(plt.Text))
    assert not forbidden(words), forbidden(words)[:3]
    assert not forbidden(alt_text(result, **names))
    clean_table(twin(result, **names))
    plt.close(axes.figure)


@pytest.fixture(scope="module")
def compared(foreign):
    """Comparisons with a number, at every measure for which there is one."""
    questions = Questions(foreign)
    asked = ((pair, outcome) for pair in questions.candidates for outcome in questions.outcomes(pair))
    found = [
        questions.ask(*one, measure) for one in itertools.islice(asked, PAIRS) for measure in questions.measures(*one)
    ]
    assert found
    return found


def test_comparisons(foreign, compared):
    for one in compared:
        clean(one, ne.explain(one, foreign))
        json.dumps(one.to_dict(), allow_nan=False)
        clean_picture(one.plot(), one)
        assert one.ci_low <= one.estimate <= one.ci_high or pd.isna(one.ci_low)
    clean_table(tables.results_table(compared))
    clean_table(tables.figures_table(compared))
    clean_table(tables.findings_table(foreign, compared))
    clean(tables.readings(compared), tables.methods(*compared))


def test_patients_per_thousand_certainty_and_what_would_decide(foreign, compared):
    for one in (one for one in compared if one.measure in ("RR", "OR", "RD")):
        absolute = ne.absolute_effect(one, baseline=0.2)
        clean(absolute, ne.certainty(foreign, one))
        clean_table(tables.absolute_table([absolute]))
        assert ne.plain_words(ne.certainty(foreign, one))
    for one in compared:
        if one.measure in ("RD", "MD", "SMD") and one.randomised:
            judged = ne.assess_equivalence(one, 0.1)
            clean(judged)
            clean_table(tables.decide_table(ne.what_would_decide(one, 0.1), "Patients"))


def test_trials_pooled_in_other_ways(compared):
    pooled = [one.pooled for one in compared if one.pooled is not None and one.pooled.k > 2]
    for fit in pooled[:PAIRS]:
        data = fit.effects, fit.variances
        clean(fit, ne.meta_analysis(*data), ne.bayes_meta_analysis(*data), ne.egger(*data, force=True))
        for table in (ne.leave_one_out(fit), ne.cumulative(fit), ne.influence(fit)):
            assert len(table) >= fit.k


def test_claims(foreign):
    audit = ne.audit(foreign)
    assert len(audit) == len(foreign.claims)
    clean(*ne.verdicts(foreign), *(explain_verdict(foreign, one) for one in ne.verdicts(foreign)))
    assert not forbidden(json.dumps(audit.to_dict("records"), allow_nan=False))
    work = ne.worklist(foreign, audit)
    assert len(work) == len(foreign.gaps)
    for table in (
        tables.worklist_table(work),
        tables.differences_table(audit),
        tables.needed_table(audit, "Open"),
        tables.claims_table(foreign, list(foreign.claims["claim_id"])),
        tables.gaps_table(foreign, list(foreign.claims["claim_id"])),
        tables.conflicts_table(foreign, list(foreign.conflicts["conflict_id"])),
    ):
        clean_table(table)
    assert set(ne.unused_facts(foreign)["fact_id"]) <= set(foreign.keyed("facts").index)


def test_what_is_led_with(foreign):
    asked = leads(foreign)
    found = results(foreign, asked)
    assert found
    assert reference_treatment(foreign) in set(foreign.arms["treatment"])
    assert {lead.control for lead in asked} & {reference_treatment(foreign)}
    for several in itertools.groupby(found, key=lambda one: one.measure):
        clean_picture(forest_plot(drawn := list(several[1])), drawn)
    drawn = map_of(foreign, asked)
    if drawn is not None:
        clean(drawn)
        clean_picture(drawn.plot(), drawn)
    clean(*against_margins(foreign, asked), *ratings_compared(foreign, asked))
    bias = bias_of(foreign, found)
    if bias is not None:
        clean(bias)
    clean_table(tables.trials_table(foreign, list(foreign.treatments["treatment"])))


def test_networks(foreign):
    for network in networks(foreign, leads(foreign)):
        base = base_of(foreign, network)
        fit = ne.network_meta_analysis(**network.part(base), reference=base)
        pair = next(code for code in fit.treatments if code != base), base
        clean(network, fit, ne.rank_treatments(fit), ne.explain_network(network, fit, pair, foreign))
        clean(ne.node_split(fit), ne.design_decomposition(fit), ne.contributions(fit))
        clean_picture(fit.plot(), fit)
        clean_table(tables.network_table(network, fit, [pair]))
        clean_table(tables.edges_table(foreign, network))
        clean_table(tables.left_out_table(foreign, network))


def test_doses(foreign):
    for network in dose_arms(foreign, leads(foreign)):
        fits = curves(network)
        assert "linear" in [fit.shape for fit in fits]
        clean(*fits)
        clean_table(tables.shapes_table(fits))


def test_published_results(foreign):
    for row in foreign.reported.dropna(subset=["treatment", "trial_id"]).itertuples():
        if row.measure in ("p", "statement"):
            clean(ne.bound_from_fact(foreign, row.fact_id, direction=1, arm_sizes=(100, 100)))
    for row in foreign.reported.dropna(subset=["document_id"]).itertuples():
        with pytest.raises(ne.NoComparisonError, match=r"names no two arms|is a result of") as found:
            ne.bound_from_fact(foreign, row.fact_id)
        assert not forbidden(str(found.value))
    clean_table(tables.statements_table(foreign, list(foreign.reported["fact_id"])))


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_command_line(name):
    folder = str(FOLDER / name)
    ev = ne.load_evidence(folder)
    lead = leads(ev)[0]
    asked = [lead.treatment, lead.control, "--outcome", lead.outcome, "--measure", lead.measure]
    for command in (
        ["check", "--unused"],
        ["audit"],
        ["audit", "--json"],
        ["compare", *asked],
        ["compare", *asked, "--json"],
    ):
        result = CliRunner().invoke(main, [*command, "--evidence", folder])
        assert result.exit_code == 0, result.output
        assert not forbidden(result.output.replace(folder, "")), forbidden(result.output)[:3]
