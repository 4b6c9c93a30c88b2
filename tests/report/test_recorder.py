"""Whatever a cell shows becomes blocks of the report, and its numbers lead to the print."""

import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from payloads import PAYLOADS

import neckevidence as ne
from neckevidence import tables
from neckevidence.core.errors import NeckevidenceError
from neckevidence.figures import alt_text, forest_plot, network_forest
from neckevidence.figures.show import Shown
from neckevidence.report.document import Picture, Rows, Words, Workbench
from neckevidence.report.markup import shown_numbers
from neckevidence.report.recorder import Recorder
from neckevidence.report.trails import Trails
from neckevidence.report.workbench import workbench
from neckevidence.tables import listed, readings, say
from neckevidence.tables.base import EvidenceRow, Table


@pytest.fixture
def recorder(ev, tmp_path):
    return Recorder("small", tmp_path / "pictures", ("html", "pdf", "docx"), tmp_path / "figures", {"ev": ev})


@pytest.fixture(scope="module")
def drowsy(ev):
    return ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")


@pytest.fixture(scope="module")
def network(ev):
    return ne.evidence_network(ev, ["PBO", "CYC5", "CYC10"], "any_adverse_event")


@pytest.fixture(scope="module")
def shown(ev, drowsy, network):
    """One of each kind that a cell may show, with the kinds of the blocks it becomes."""
    fit = ne.network_meta_analysis(**network.part("PBO"), reference="PBO")
    risk = ne.compare(ev, "CYC5", "CYC10", outcome="somnolence", measure="RD")
    verdict = ne.verdicts(ev, ["C13"])[0]
    return {
        "results": (tables.results_table([drowsy]), {Rows}),
        "facts": (tables.figures_table([drowsy]), {Rows}),
        "claims": (tables.claims_table(ev, ["C12", "C13"]), {Rows}),
        "verdicts": (tables.verdicts_table(ne.audit(ev, ["C13"]), "One"), {Rows}),
        "network": (tables.network_table(network, fit, [("CYC5", "CYC10")]), {Rows}),
        "sentence": (say("**Here:** {result}; {n} patients.", drowsy, result=drowsy, n=713), {Words}),
        "list": (readings([drowsy]), {Words}),
        "comparison": (drowsy, {Words}),
        "absolute": (ne.absolute_effect(risk), {Words}),
        "equivalence": (ne.assess_equivalence(risk, 0.1), {Words}),
        "verdict": (verdict, {Words}),
        "certainty": (ne.certainty(ev, drowsy), {Words}),
        "explanation": (drowsy.explain(ev), {Rows}),
        "bias": (ne.risk_of_bias(ev, ["borenstein2003_s1"]), {Rows}),
        "frame": (pd.DataFrame({"x": ["a"], "y": [0.123456]}), {Rows}),
        "workbench": (workbench(ev, [("CYC5", "PBO", "somnolence")]), {Workbench}),
    }


KINDS = (
    *("results", "facts", "claims", "verdicts", "network", "sentence", "list", "comparison", "absolute", "equivalence"),
    *("verdict", "certainty", "explanation", "bias", "frame", "workbench"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_recorded(recorder, shown, kind):
    trails = Trails(recorder.evidence)
    one, expected = shown[kind]
    found = recorder.blocks(one, trails)
    assert {type(block) for block in found} == expected
    if kind != "frame":  # of a user's own table nobody has said where it comes from
        assert unled(found) == []


def test_no_kind_is_left_out(shown):
    assert set(shown) == set(KINDS)


def unled(blocks):
    """Return the texts with numbers that lead nowhere."""
    bare = []
    for block in blocks:
        if isinstance(block, Words):
            bare += [part.text for part in block.parts if shown_numbers(part.text) and not part.trail]
        elif isinstance(block, Rows | Picture) and not block.trails:
            table = getattr(block, "table", None) or block.twin
            bare += [row for row in table.frame.to_numpy().tolist() if shown_numbers(" ".join(map(str, row)))]
    return bare


def test_the_trail_of_a_sentence_ends_in_the_print(recorder, drowsy):
    data = recorder.json(say("It was {result}.", result=drowsy))
    (words,) = data["blocks"]
    name = next(part["trail"] for part in words["parts"] if part["trail"])
    # 29% of 464 and 38% of 249, the two printed figures
    facts = Trails(recorder.evidence)
    facts.of(drowsy)
    assert facts.found[name].fact_ids == ("counts_001", "counts_002")


def test_each_number_of_a_sentence_leads_to_its_own_result(recorder, ev, drowsy):
    other = ne.compare(ev, "CYC5", "PBO", outcome="somnolence")
    (words,) = recorder.blocks(say("{a} and {b}", a=drowsy, b=other), Trails(ev))
    assert len({part.trail for part in words.parts if part.trail}) == 2


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_value_is_text_and_nothing_else(recorder, payload):
    (words,) = recorder.blocks(say("**Lead.** {value}", value=payload), Trails(recorder.evidence))
    assert [(part.text, part.strong, part.link) for part in words.parts if part.text == payload] == [
        (payload, False, "")
    ]


def test_what_rests_on_no_printed_figure_is_refused(recorder, drowsy):
    with pytest.raises(NeckevidenceError, match="does not say from which printed figures it comes"):
        recorder.blocks(say("{x:1}", of=object(), x=2.0), Trails(recorder.evidence))


def test_facts_and_claims_have_names_to_be_led_to(recorder, shown):
    (facts,) = recorder.blocks(shown["facts"][0], Trails(recorder.evidence))
    assert set(facts.anchors) == {"fact-counts_001", "fact-counts_002"}
    (claims,) = recorder.blocks(shown["claims"][0], Trails(recorder.evidence))
    assert claims.anchors == ("claim-C12", "claim-C13")
    assert claims.trails == ("c12", "c13")


def test_facts_a_row_rests_on_are_its_trail(recorder):
    table = Table(pd.DataFrame({"x": ["1"]}), "T").of(
        (EvidenceRow("facts", "counts_001"), EvidenceRow("facts", "counts_002"))
    )
    trails = Trails(recorder.evidence)
    (rows,) = recorder.blocks(table, trails)
    assert trails.found[rows.trails[0]].fact_ids == ("counts_001", "counts_002")
    assert rows.anchors == ()


def test_nothing_to_show_is_no_block(recorder):
    trails = Trails(recorder.evidence)
    assert recorder.blocks(Table(pd.DataFrame({"x": []}), "Empty"), trails) == []
    assert recorder.blocks(listed([]), trails) == []
    assert recorder.blocks(42, trails) is None


def picture(result, **options):
    ax = forest_plot(result) if not options else network_forest(result)
    return Shown(ax.figure, result, alt_text(result), **options)


def test_a_picture_has_its_files_its_words_and_its_table(recorder, drowsy, tmp_path):
    found = picture([drowsy])
    (block,) = recorder.blocks(found, Trails(recorder.evidence))
    plt.close(found.figure)
    assert (block.name, block.alt) == ("small_figure-1", alt_text([drowsy]))
    assert block.twin.frame["Effect"].tolist() == ["RR 0.76 (95% CI 0.62 to 0.95)"]
    assert block.trails == ("effect-cyc5-cyc10-somnolence-rr-day7",)
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert names == ["small_figure-1.png", "small_figure-1.svg", "small_figure-1.text.svg"]
    text, outlines = ((tmp_path / "pictures" / f"small_figure-1{end}").read_text() for end in (".text.svg", ".svg"))
    assert "<text" in text
    assert "<text" not in outlines
    assert ET.fromstring(text).get("role") == "img"
    saved = sorted(path.suffix for path in (tmp_path / "figures").iterdir())
    assert saved == [".csv", ".pdf", ".png", ".svg"]
    assert pd.read_csv(tmp_path / "figures" / "small_figure-1.csv")["estimate"][0] == pytest.approx(0.762591, abs=1e-6)


@pytest.mark.parametrize(
    ("formats", "endings"), [(("html",), {".svg"}), (("pdf",), {".svg"}), (("docx",), {".svg", ".png"})]
)
def test_only_the_files_of_the_formats_asked_for_are_made(ev, drowsy, tmp_path, formats, endings):
    found = picture([drowsy])
    Recorder("small", tmp_path, formats, None, {"ev": ev}).json(found)
    plt.close(found.figure)
    assert {path.suffix for path in tmp_path.iterdir()} == endings


def test_a_picture_of_a_network_leads_to_its_evidence(recorder, network):
    fit = ne.network_meta_analysis(**network.part("PBO"), reference="PBO")
    found = picture(fit, origin=network)
    trails = Trails(recorder.evidence)
    (block,) = recorder.blocks(found, trails)
    plt.close(found.figure)
    assert len(set(block.trails)) == 1
    assert set(trails.found[block.trails[0]].fact_ids) == set(network.facts["fact_id"])


def test_a_picture_that_is_only_words_is_refused(recorder):
    _, ax = plt.subplots()
    with pytest.raises(NeckevidenceError, match="a picture shows"):
        recorder.json(Shown(ax.figure, "words", "words"))
    plt.close(ax.figure)


def test_the_evidence_of_the_notebook_is_taken(ev, tmp_path):
    assert Recorder("small", tmp_path, (), None, {"x": 1, "ev": ev}).evidence is ev
