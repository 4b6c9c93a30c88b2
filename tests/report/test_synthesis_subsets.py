"""synthesis.js against Python on every subset of trials of every comparison, under Node."""

import itertools
import math

import pytest
from under_node import Cases, node, summary

import neckevidence as ne
from neckevidence.comparison import compare as treatments_compared
from neckevidence.effects.measures import natural
from neckevidence.equivalence.assessment import ANSWERS
from neckevidence.reconstruction import low_dose
from neckevidence.report import workbench

RISKS, MEANS = ("RR", "OR", "RD"), ("MD", "SMD")
MODELS = ("random", "common")
MARGINS = {
    "RR": (0.8, 1.1, 2.5),
    "OR": (1.25, 1.1, 0.2),
    "RD": (0.06, 0.02, 0.3),
    "MD": (5, 0.5, 20),
    "SMD": (0.19, 1, 0.05),
}
BASELINES = (None, 0.1, 0.65)


@pytest.fixture(scope="module")
def cases(ev):
    run_node, every = node(), Cases()
    with pytest.MonkeyPatch.context() as patch:
        # Neither p-values nor rounding are recomputed in JavaScript; they are most of the time of a judgement.
        patch.setattr("neckevidence.equivalence.assessment.p_above", lambda *_: math.nan)
        patch.setattr("neckevidence.equivalence.assessment.rounded_limits", lambda *_: [])
        add_comparisons(every, ev, patch)
    add_what_cannot_be_done(every)
    return every.run(run_node)


def with_groups(ev, codes):
    """Return treatments with the groups that they belong to."""
    parent = dict(ev.treatments.dropna(subset=["parent"])[["treatment", "parent"]].itertuples(index=False))
    found = set(codes)
    while more := {parent[code] for code in found if code in parent} - found:
        found |= more
    return found


def asked_of(ev, arm_pairs):
    """Yield treatment, control, outcome and measure wherever a trial prints figures of both sides, or a contrast."""
    outcomes = {name: {} for name in ("counts", "ratings", "means")}
    for name, found in outcomes.items():
        for arm in ev.table(name)[["trial_id", "arm_id", "outcome"]].itertuples(index=False):
            found.setdefault((arm.trial_id, arm.arm_id), set()).add(arm.outcome)
    contrasts = {}
    for row in ev.reported.dropna(subset=["treatment", "control", "ci_level"]).itertuples():
        for sides in ((row.treatment, row.control), (row.control, row.treatment)):
            contrasts.setdefault((row.trial_id, *sides), set()).add((row.outcome, row.measure))
    order = list(ev.treatments["treatment"])
    together = [with_groups(ev, arms.dropna()) for _, arms in ev.arms.groupby("trial_id")["treatment"]]
    both = {pair for codes in together for pair in itertools.combinations(sorted(codes, key=order.index), 2)}
    for sides in sorted(both, key=lambda pair: [order.index(code) for code in pair]):
        possible = set()
        for pair in arm_pairs(ev, *sides):
            for name, measures in (("counts", RISKS), ("ratings", RISKS), ("means", MEANS)):
                printed = [
                    set().union(*(outcomes[name].get((pair.trial_id, arm), set()) for arm in arms))
                    for arms in (pair.treatment_arms, pair.control_arms)
                ]
                possible |= set(itertools.product(printed[0] & printed[1], measures))
            for arms in itertools.product(pair.treatment_arms, pair.control_arms):
                possible |= {one for one in contrasts.get((pair.trial_id, *arms), ()) if one[1] in RISKS + MEANS}
        yield from ((*sides, *one) for one in sorted(possible))


def remembering(function, key):
    """Return the function with a memory, as the same trials are asked for at every measure, subset and model."""
    memory = {}

    def remembered(*args):
        if key(*args) not in memory:
            memory[key(*args)] = function(*args)
        return memory[key(*args)]

    return remembered


def add_comparisons(every, ev, patch):
    """Ask Python once for each comparison, measure, subset of trials and model; hand both sides the same."""
    reading = treatments_compared.trial_effects
    pairs = remembering(treatments_compared.arm_pairs, lambda _, *sides: sides)
    patch.setattr(treatments_compared, "arm_pairs", pairs)
    patch.setattr(
        treatments_compared, "trial_effects", remembering(lambda *args: list(reading(*args)), lambda _, *asked: asked)
    )
    patch.setattr(low_dose, "drop_each", remembering(low_dose.drop_each, lambda _: "there is one such problem"))
    patch.setattr(treatments_compared, "caveats", lambda *_: ())  # words beside the number
    possible, memory = dict.fromkeys(asked_of(ev, pairs)), {}

    def compare(evidence, *asked, level=0.95):
        if asked not in possible:
            raise ne.NoComparisonError(str(asked))
        memory[asked] = ne.compare(evidence, *asked)
        return memory[asked]

    patch.setattr(workbench, "compare", compare)
    for asked in dict.fromkeys(one[:3] for one in possible):
        try:
            [comparison] = workbench.workbench_data(ev, [asked])["comparisons"]
        except ne.NoComparisonError:
            continue
        every.comparisons[comparison["id"]] = comparison
        for measure in comparison["measures"]:
            for without, model, result in subsets(ev, asked, measure, memory[(*asked, measure)]):
                add_analyses(every, comparison["id"], measure, without, model, result)


def subsets(ev, asked, measure, whole):
    """Yield every non-empty subset of the trials under both models; one trial is the same under both."""
    ids = [trial.trial_id for trial in whole.trials]
    for size in range(1, len(ids) + 1):
        for kept in itertools.combinations(ids, size):
            without = [trial for trial in ids if trial not in kept]
            result = ne.compare(ev, *asked, measure, without=without) if without else whole
            yield without, "random", result
            same = size == 1
            yield (
                without,
                "common",
                result if same else ne.compare(ev, *asked, measure, model="common", without=without),
            )


def add_analyses(every, name, measure, without, model, result):
    for margin, baseline in zip(MARGINS[measure], BASELINES, strict=True):
        options = {"measure": measure, "model": model, "without": without, "margin": margin, "baseline": baseline}
        verdict = ne.assess_equivalence(result, margin)
        gives = analysed(result, verdict, baseline)
        every.add("comparisons", "analyse", {"comparison": name}, options, gives=gives, where=f"{name} {options}")
        said = [gives["equivalence"][key] for key in ("answer", "differs", "position")]
        every.add("words", "answerWords", *said, gives=verdict.words())
        if model == "common" and result.k == 1:
            return  # the same again


def analysed(result, verdict, baseline):
    """Return what Python gives, in the form of `analyse`."""
    pooled = result.pooled
    weights = pooled.weights if pooled else [1] if result.k == 1 else [None] * result.k
    gives = {
        "estimate": result.estimate,
        "ci_low": result.ci_low,
        "ci_high": result.ci_high,
        "narrow": list(verdict.narrow),
        "k": result.k,
        "randomised": result.randomised,
        "pooled": pooled and pooled_numbers(result.measure, pooled),
        "trials": [
            {name: getattr(trial, name) for name in ("trial_id", "label", "estimate", "ci_low", "ci_high")}
            | {"weight": w}
            for trial, w in zip(result.trials, weights, strict=True)
        ],
        "equivalence": {
            "answer": verdict.answer,
            "position": verdict.position,
            "differs": None if verdict.differs is None else bool(verdict.differs),
            "bounds": list(verdict.bounds),
            "at": verdict.sensitivity[["factor", "answer", "position"]].to_dict("records"),
        },
        "absolute": per_thousand(result, baseline),
    }
    if pooled is None and result.k > 1:
        gives["problem"] = "the figures give no variance: these trials cannot be pooled"
    return gives


def pooled_numbers(measure, pooled):
    ends = pooled.prediction_interval
    numbers = {name: getattr(pooled, name) for name in ("tau2", "i2", "q")}
    return numbers | {"weights": list(pooled.weights), "prediction": ends and [natural(measure, end) for end in ends]}


def per_thousand(result, baseline):
    try:
        found = ne.absolute_effect(result, baseline)
    except ne.NeckevidenceError:
        return None
    risks = [found.risk, found.risk_low, found.risk_high]
    names = ("treatment_per_1000", "treatment_low", "treatment_high", "difference", "difference_low", "difference_high")
    numbers = [1000 * risk for risk in risks] + [1000 * (risk - found.baseline) for risk in risks]
    return dict(zip(names, numbers, strict=True)) | {
        "baseline": found.baseline,
        "control_per_1000": found.control_per_1000,
    }


def add_what_cannot_be_done(every):
    name = next(name for name, one in every.comparisons.items() if len(one["trials"]) == 2 and one["poolable"])
    ids = [trial["trial_id"] for trial in every.comparisons[name]["trials"]]
    for options, gives in (
        (
            {"without": ids},
            {"estimate": math.nan, "k": 0, "equivalence": None, "absolute": None, "problem": "no trial is left"},
        ),
        (
            {"margin": 1},
            {"k": 2, "equivalence": None, "problem": "margin for a ratio must not be 1, which is no effect"},
        ),
        ({"baseline": 1.5}, {"absolute": None, "problem": "the baseline risk must lie between 0 and 1, found 1.5"}),
        ({}, {"equivalence": None, "problem": ""}),
    ):
        every.add("refused", "analyse", {"comparison": name}, options, gives=gives, where=f"{name} {options}")


def test_every_comparison_and_every_subset_is_there(cases, ev):
    asked = {(one["treatment"], one["control"]) for one in cases.comparisons.values()}
    asked |= {(control, treatment) for treatment, control in asked}
    assert {("CYC5", "CYC10"), ("CYC5", "PBO"), ("CER", "PBO"), ("NSAID+CYC", "NSAID+PBO"), ("CYC2.5", "PBO")} <= asked
    assert len(cases.comparisons) > 250
    several = {name for name, one in cases.comparisons.items() if one["poolable"]}
    assert {"PBO-CYC5-any_adverse_event", "PBO-CER-medication_helpfulness"} <= several
    left_out = {name: set() for name in several}
    for call in cases.calls:
        if call["call"] == "analyse" and call["args"][0]["comparison"] in several:
            left_out[call["args"][0]["comparison"]].add(tuple(call["args"][1].get("without", ())))
    for name in several:  # of n trials, all but the empty subset
        ids = [trial["trial_id"] for trial in cases.comparisons[name]["trials"]]
        smaller = {left for size in range(len(ids)) for left in itertools.combinations(ids, size)}
        assert smaller <= left_out[name]


def test_every_subset_of_every_comparison_agrees(cases):
    assert not summary(cases.differ("comparisons"))


def test_all_answers_are_met(cases):
    met = {expected["equivalence"]["answer"] for _, expected, _ in cases["comparisons"]}
    assert met == set(ANSWERS)


@pytest.mark.parametrize("topic", ["words", "refused"])
def test_words_and_refusals_agree(cases, topic):
    assert not summary(cases.differ(topic))
