"""From a number to the figures as printed: what is on the way, checked against the tables of the evidence."""

import dataclasses
import math
import re
from html.parser import HTMLParser

import pytest

import neckevidence as ne
from neckevidence.core.explanation import Explanation
from neckevidence.equivalence.margins import margin_for
from neckevidence.views.comparison_explanation import explain
from neckevidence.views.network_explanation import explain_network


def find(tree, label):
    return [node for node in tree.walk() if node.label.startswith(label)]


@pytest.fixture(scope="module")
def somnolence(ev):
    return ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")


@pytest.fixture(scope="module")
def pooled(ev):
    return ne.compare(ev, "CER", "PBO", outcome="medication_helpfulness")


@pytest.fixture(scope="module")
def tablets(ev):
    network = ne.evidence_network(ev, ["PBO", "CYC2.5", "CYC5", "CYC10"], "any_adverse_event")
    return network, ne.network_meta_analysis(**network.part("PBO"), reference="PBO")


def test_one_trial_leads_to_its_two_percentages(somnolence, ev):
    tree = somnolence.explain(ev)
    # 135/464 over 95/249 = 0.762590; 133 to 136 of 464 print as 29%, 94 and 95 of 249 as 38% (test_comparison).
    assert tree.says == "RR 0.76 (95% CI 0.62 to 0.95); 1 trial; not a randomised comparison"
    assert tree.fact_ids == ("counts_001", "counts_002")
    (used,) = find(tree, "read as")
    assert used.says.startswith("133 to 136 / 464 against 94 to 95 / 249;")
    assert used.says.endswith("135 / 464 against 95 / 249")
    (rounding,) = find(tree, "what the rounding")
    assert rounding.says.startswith("estimate 0.75 to 0.78;")  # 0.751293 to 0.776412
    assert [node.says for node in tree.walk() if node.fact_id] == ["as printed: 29%", "as printed: 38%"]
    assert any("patients of different trials" in node.says for node in find(tree, "not randomised"))


@pytest.mark.parametrize("with_evidence", [True, False])
def test_every_figure_has_its_source_place_and_reliability(pooled, ev, with_evidence):
    tree = pooled.explain(ev if with_evidence else None)
    rows = ev.ratings.set_index("fact_id")
    figures = [node for node in tree.walk() if node.fact_id]
    # Two trials, two arms each, day 14, five categories and missing: 24 rows.
    assert len(figures) == len(tree.fact_ids) == 24
    for node in figures:
        below = {child.label: child.says for child in node.children}
        assert node.says == f"as printed: {rows.loc[node.fact_id, 'as_printed']}"
        assert below["place"] == rows.loc[node.fact_id, "locator"]
        assert below["reliability"] == "primary"
        assert below["source"].startswith("Cloridrato de ciclobenzaprina")
        assert any(label.startswith("conflict") for label in below) == with_evidence


def test_weights_are_those_of_the_pooled_estimate(pooled, ev):
    tree = explain(pooled, ev)
    trials = [node for node in tree.children if "weight" in node.says]
    # Random effects: the weight of a trial is proportional to 1 / (v + tau2).
    shares = [1 / (trial.variance + pooled.random_effects.tau2) for trial in pooled.trials]
    expected = [f"weight {100 * share / sum(shares):.0f}%" for share in shares]
    assert [re.search(r"weight \d+%", node.says).group() for node in trials] == expected
    assert pooled.trials[0].estimate == pytest.approx((49 / 64) / (31 / 64))
    assert find(trials[0], "read as")[0].says == "49 / 64 against 31 / 64"


def test_conflicts_stand_with_the_figure_or_among_the_notes_never_in_both(somnolence, ev):
    with_evidence, without = somnolence.explain(ev), somnolence.explain()
    (conflict,) = find(with_evidence, "conflict K01")
    assert conflict.children[0].says == ev.keyed("conflicts").loc["K01", "how_to_use"]
    notes = "to be said beside it"
    assert not any("K01" in node.says for node in find(with_evidence, notes))
    assert any("K01" in node.says for node in find(without, notes))


def test_reconstructed_counts_say_so_with_their_assumptions_and_sizes(ev):
    tree = ne.compare(ev, "CYC5", "CYC10", outcome="any_adverse_event").explain(ev)
    assert find(tree, "read as")[0].says == "131 / 242 (reconstructed) against 154 / 249 (reconstructed)"
    assert len(find(tree, "assumed")) == 5  # the five of the codebook of the problem
    (entered,) = find(tree, "what else enters")
    sizes = {int(node.says.split()[0]) for node in entered.walk() if node.says.endswith(("randomised", "analysed"))}
    assert sizes == {737, 668, 464, 249, 469}  # both trials, three columns of the label (test_comparison)
    assert {"counts_157", "counts_158", "counts_159", "counts_160", "counts_161", "counts_162"} <= set(tree.fact_ids)


def test_a_published_contrast_leads_to_its_sentence(ev):
    result = ne.compare(ev, "NAP+CYC5", "NAP+PBO", outcome="rmdq_improvement", measure="MD")
    tree = explain(result, ev)
    assert find(tree, "reported_340")[0].says == "as printed: 0.3 (98.3% CI -2.6 to 3.2, p=.77)"
    assert find(tree, "statement")[0].says == ev.keyed("reported").loc["reported_340", "statement"]
    judged = ne.assess_equivalence(result, margin_for(ev, "rmdq_improvement", "MD"))
    above = explain(judged, ev)
    assert above.children[0].says.startswith("5 points, ")  # margins.csv, M01
    assert above.children[1] == tree


def test_numbers_lead_to_facts(somnolence, ev):
    numbers = somnolence.explain(ev).numbers()
    assert all(numbers["fact_ids"].map(len) > 0)
    assert set(numbers.query("number == '0.76'")["fact_ids"]) == {("counts_001", "counts_002")}
    assert set(numbers.query("number == '29%'")["fact_ids"]) == {("counts_001",)}


def test_a_network_estimate_leads_to_all_arms(tablets, ev):
    network, fit = tablets
    tree = explain_network(network, fit, ("CYC2.5", "CYC10"), ev)
    effect = math.exp(fit.estimates.loc["CYC2.5", "CYC10"])
    assert tree.says.startswith(f"RR {effect:.2f} (95% CI ")
    assert tree.says.endswith("indirect only: not a randomised comparison")
    assert set(tree.fact_ids) == {f"counts_{i}" for i in range(157, 163)}
    # Borenstein 2003, study 1: 154/249 over 87/246 = 1.748787; logarithm 0.558923, SE sqrt(1/154 - 1/249 + 1/87 - 1/246)
    # = 0.099532; exp(0.558923 -+ 1.959964 x 0.099532) = 1.4388 to 2.1255.
    says = [node.says for node in find(tree, "its contrast")]
    assert "CYC10 against PBO: RR 1.75 (95% CI 1.44 to 2.13)" in says
    shares = [
        int(re.match(r"(\d+)%", node.says).group(1)) for node in tree.children if "of the information" in node.says
    ]
    assert sum(shares) == 100


def test_a_pair_can_be_turned_round(tablets):
    network, fit = tablets
    one, other = explain_network(network, fit, ("CYC5", "PBO")), explain_network(network, fit, ("PBO", "CYC5"))
    low, high = (math.exp(frame.loc["PBO", "CYC5"]) for frame in (fit.ci_low, fit.ci_high))
    assert f"(95% CI {low:.2f} to {high:.2f})" in other.says
    assert one.fact_ids == other.fact_ids


def test_what_cannot_be_explained_is_refused(tablets, ev):
    network, fit = tablets
    with pytest.raises(ne.NeckevidenceError, match=r"value must be a Comparison.*found NetworkMetaAnalysis"):
        explain(fit)
    with pytest.raises(ne.NeckevidenceError, match="pair"):
        explain_network(network, fit, ("CYC5", "DZP"))
    other = ne.evidence_network(ev, ["PBO", "CYC5"], "somnolence")
    with pytest.raises(ne.NeckevidenceError, match="trials that the network has not"):
        explain_network(other, fit, ("CYC5", "PBO"))


class Tags(HTMLParser):
    """Count tags, and check that each is closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_it_folds_without_scripts_or_ids(somnolence, ev):
    tree = somnolence.explain(ev)
    page, tags = tree._repr_html_(), Tags()
    tags.feed(page)
    assert not tags.open
    names = [name for name, _ in tags.seen]
    inner = [node for node in tree.walk() if node.children]
    assert names.count("details") == names.count("summary") == len(inner)
    assert sum("open" in attrs for _, attrs in tags.seen) == 1
    assert not any("id" in attrs for _, attrs in tags.seen)
    assert "script" not in names
    assert page == somnolence.explain(ev)._repr_html_()
    assert "29%" in page


def test_text_is_indented_and_markup_is_escaped():
    tree = Explanation("a", "1 < 2", (Explanation("b", "3", fact_id="f_1"), Explanation("c")))
    assert repr(tree) == tree.text() == "a: 1 < 2\n  b: 3\n  c"
    assert "1 &lt; 2" in tree._repr_html_()
    assert tree.to_dict()["children"][0] == {"label": "b", "says": "3", "fact_id": "f_1", "children": []}
    assert tree.numbers().to_numpy().tolist() == [["a", "1", ("f_1",)], ["a", "2", ("f_1",)], ["b", "3", ("f_1",)]]
    with pytest.raises(dataclasses.FrozenInstanceError):
        tree.label = "x"
