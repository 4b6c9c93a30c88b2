"""The table of every combination: it must say what `compare` and `assess_equivalence` say, one at a time."""

import itertools
import math

import numpy as np
import pytest

import neckevidence as ne
from neckevidence.effects.measures import natural, no_effect
from neckevidence.equivalence.limits import interval_at
from neckevidence.equivalence.margins import margin_for
from neckevidence.explorer.questions import Questions
from neckevidence.explorer.sensitivity import AS_USED, FITS, every_combination, in_a_sentence

TYPED = {"RR": 1.25, "OR": 1.5, "RD": 0.06, "MD": 5.0, "SMD": 0.19}
DEFAULTS = {"random": ("REML", "hartung-knapp-adhoc"), "common": ("common", "wald")}


@pytest.fixture(scope="module")
def questions(ev):
    return Questions(ev)


def wholes(questions, pair, outcome):
    return [questions.ask(pair, outcome, measure) for measure in questions.measures(pair, outcome)]


@pytest.fixture(scope="module")
def judged(ev, questions):
    """Every outcome of every two treatments that stand in arms, in one direction, and of the groups that pool two trials.

    One trial with one measure, in turn; several with all measures. Reconstructed counts take a second each: one is enough.
    """
    arms, found = set(ev.arms["treatment"].dropna()), {}
    turns = itertools.cycle(range(3))
    pairs = [pair for pair in questions.candidates if set(pair) <= arms and pair[0] < pair[1]]
    for pair in [*pairs, ("CER", "PBO"), ("CYC5", "PBO")]:
        for outcome, measures in questions.candidates[pair].items():
            if outcome == "any_adverse_event" and "CYC10" in pair + ("CYC10",) * pair[0].startswith("CYC2"):
                continue
            ones = [questions.ask(pair, outcome, measures[next(turns) % len(measures)])]
            if not isinstance(ones[0], str):
                ones = wholes(questions, pair, outcome) if ones[0].k > 1 else ones
                verdicts = [ne.assess_equivalence(one, TYPED[one.measure]) for one in ones]
                found[pair, outcome] = ones, verdicts, every_combination(ones).answers(TYPED)
    return found


def one_row(table, **wanted):
    rows = table
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, wanted
    return rows.iloc[0]


def test_every_combination_of_the_evidence_is_what_compare_and_the_verdict_say(questions, judged):
    seen = 0
    for (pair, outcome), (ones, verdicts, table) in judged.items():
        for one, verdict in zip(ones, verdicts, strict=True):
            for size in range(1, one.k + 1):
                for chosen in itertools.combinations(one.trials, size):
                    seen += agrees(questions, pair, outcome, one, chosen, table, verdict)
    assert seen > 150


def agrees(questions, pair, outcome, one, chosen, table, known):
    left = tuple(trial.trial_id for trial in one.trials if trial not in chosen)
    models = DEFAULTS if one.pooled and len(chosen) > 1 else {"one trial": ("", None)}
    if len(chosen) > 1 and not one.pooled:
        return 0  # trials that cannot be pooled: they stand alone
    trials = "; ".join(trial.label for trial in chosen)
    for model, (tau2, interval) in models.items():
        asked = questions.ask(pair, outcome, one.measure, "random" if model == "one trial" else model, left)
        wanted = {"measure": one.measure, "model": model, "tau2": tau2, "trials": trials, "rounding": AS_USED}
        row = one_row(table, **wanted, **({"interval": interval} if interval else {}))
        numbers = asked.estimate, asked.ci_low, asked.ci_high, *interval_at(asked, 0.9)
        ours = row[["estimate", "ci_low", "ci_high", "narrow_low", "narrow_high"]].astype(float)
        assert np.allclose(ours, numbers, rtol=1e-12, atol=1e-12, equal_nan=True), (pair, outcome, one.measure)
        verdict = known if asked is one else ne.assess_equivalence(asked, TYPED[one.measure])
        assert row["answer"] == verdict.answer, (pair, outcome, one.measure)
        assert row["excludes_no_effect"] is verdict.differs
        assert row["k"] == asked.k
    return len(models)


def test_every_estimator_and_interval_is_a_meta_analysis(questions):
    ones = wholes(questions, ("CER", "PBO"), "medication_helpfulness")
    table = every_combination(ones).answers({})
    for one in ones:
        effects = [trial.effect for trial in one.trials], [trial.variance for trial in one.trials]
        for tau2, interval in FITS:
            fit = ne.meta_analysis(*effects, tau2=tau2, ci=interval)
            row = one_row(table, measure=one.measure, tau2=tau2, interval=interval, rounding=AS_USED)
            wanted = [natural(one.measure, value) for value in (fit.estimate, fit.ci_low, fit.ci_high)]
            assert row[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(wanted, rel=1e-12)
    # Three measures; 7 estimators with 3 intervals and the common effect for the pair of trials; each trial alone.
    assert len(table) == 3 * (7 * 3 + 1 + 2)
    assert set(table["answer"]) == {"no margin"}


def test_all_tables_that_print_alike_are_gone_through(questions):
    """50% of 464 is 230 to 234, 38% of 469 is 176 to 180: 25 pairs of counts."""
    ones = wholes(questions, ("CYC5", "PBO"), "pain_relief")
    table = every_combination(ones).answers({"RD": 0.06})
    risks = table[table["measure"] == "RD"]
    expected = {a / 464 - c / 469 for a in range(230, 235) for c in range(176, 181)}
    assert sorted(risks["estimate"]) == pytest.approx(sorted(expected))
    band = next(one for one in ones if one.measure == "RD").rounding
    for name in ("estimate", "ci_low", "ci_high"):
        assert (risks[name].min(), risks[name].max()) == pytest.approx(band[name])


def test_the_verdict_and_the_table_agree_on_whether_rounding_can_change_the_answer(judged):
    for ones, verdicts, table in judged.values():
        for one, verdict in zip(ones, verdicts, strict=True):
            if one.k == 1 and one.randomised and verdict.lost_by_rounding is not None:
                answers = set(table.loc[table["measure"] == one.measure, "answer"])
                assert (len(answers) > 1) == verdict.lost_by_rounding


def trial_like(trial, number, effect, variance, rounding=None):
    from dataclasses import replace

    return replace(
        trial, trial_id=f"t{number}", label=f"T{number}", effect=effect, variance=variance, tables=(),
        estimate=math.exp(effect), ci_low=math.exp(effect - 1.96 * variance**0.5),
        ci_high=math.exp(effect + 1.96 * variance**0.5), rounding=rounding,
    )  # fmt: skip


def many_trials(ev, k, rounding=None):
    from dataclasses import replace

    one = ne.compare(ev, "CER", "PBO", "medication_helpfulness", "RR")
    rng = np.random.default_rng(k)
    trials = [trial_like(one.trials[0], i, rng.normal(0.3, 0.2), rng.uniform(0.02, 0.1), rounding) for i in range(k)]
    fit = ne.meta_analysis([t.effect for t in trials], [t.variance for t in trials], ci="hartung-knapp-adhoc")
    return replace(one, trials=tuple(trials), k=k, random_effects=fit, estimate=math.exp(fit.estimate))


def test_all_sets_of_a_few_trials_and_a_bounded_number_of_many(ev):
    table = every_combination([many_trials(ev, 5)]).combinations
    assert len(table) == len(FITS) * (2**5 - 1 - 5) + 5
    found = every_combination([many_trials(ev, 9)])
    assert len(found.combinations) == len(FITS) * (1 + 9) + 9
    assert "9 trials" in found.notes[0]


def test_the_number_of_roundings_is_bounded_and_says_so(ev):
    band = {"estimate": (1.3, 1.4), "ci_low": (1.0, 1.1), "ci_high": (1.6, 1.7)}
    found = every_combination([many_trials(ev, 4, band)])
    assert len(found.combinations) < 20_000
    assert "extremes" in found.notes[0]


def test_the_sentence_counts(questions, judged):
    table = judged[("CYC5", "PBO"), "pain_relief"][2]
    none = [no_effect(measure) for measure in table["measure"]]
    limits = zip(table["ci_low"], table["ci_high"], none, strict=True)
    out = sum((low > zero) or (high < zero) for low, high, zero in limits)
    assert in_a_sentence(table).startswith(f"In {out} of {len(table)} combinations the interval excludes no effect.")
    without = every_combination(wholes(questions, ("CYC", "PBO"), "any_adverse_event")).answers({})
    assert "nothing can be said of chance" in in_a_sentence(without)


def test_the_margin_of_the_table_is_used_by_name(ev, questions):
    ones = wholes(questions, ("CYC5", "PBO"), "pain_relief")
    margin = margin_for(ev, "pain_relief", "RD")
    found = every_combination(ones)
    assert found.answers({"RD": margin}).equals(found.answers({"RD": 0.06}))
