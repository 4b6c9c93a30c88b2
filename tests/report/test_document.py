"""What the report says, and that each of its numbers leads somewhere."""

import re
from pathlib import Path

import pandas as pd
import pytest

from neckevidence.core.trace import numerals
from neckevidence.report.blocks import NAME
from neckevidence.report.document import Picture, Rows, Words, Workbench
from neckevidence.report.from_notebooks import notebook_names
from neckevidence.report.markup import shown_numbers

METHODS = "Methods"


def sections(document):
    return [section for top in document.sections for section in top.walk()]


def test_names_are_unique(document):
    names = [section.name for section in sections(document)]
    names += [block.name for block in document.blocks() if isinstance(block, Rows | Picture)]
    names += [name for block in document.blocks() if isinstance(block, Rows) for name in filter(None, block.anchors)]
    assert sorted(names) == sorted(set(names))
    assert all(NAME.fullmatch(name) for name in names)


def test_every_number_in_words_has_a_trail(document):
    """The sentences on methods hold numbers of rules, not of results."""
    bare = [
        (section.name, part.text)
        for section in sections(document)
        if section.title != METHODS
        for block in section.blocks
        if isinstance(block, Words)
        for part in block.parts
        if not part.trail and shown_numbers(part.text)
    ]
    assert bare == []


def test_every_row_with_numbers_has_a_trail_or_is_printed(document):
    bare = []
    for block in document.blocks():
        if isinstance(block, Rows | Picture):
            table = block.table if isinstance(block, Rows) else block.twin
            rows = [" | ".join(map(str, row)) for row in table.frame.itertuples(index=False)]
            assert len(block.trails) in (0, len(rows)), block.name
            bare += [] if block.trails else [(block.name, row) for row in rows if shown_numbers(row)]
    assert bare == []


def test_every_trail_is_there_and_used(document):
    used = {part.trail for block in document.blocks() if isinstance(block, Words) for part in block.parts}
    used |= {name for block in document.blocks() if isinstance(block, Rows | Picture) for name in block.trails}
    used |= {
        one["trail"] for block in document.blocks() if isinstance(block, Workbench) for one in block.data["comparisons"]
    }
    assert used - {""} == set(document.trails)


def test_a_trail_ends_in_printed_figures_unless_no_number_decides(document, ev):
    facts = set(ev.keyed("facts").index)
    for name, tree in document.trails.items():
        assert set(tree.fact_ids) <= facts
        if not re.fullmatch(r"c\d\d|(verdicts-counted|an-example|simulated).*", name):
            assert tree.fact_ids, name
    computed = [
        name for name in document.trails if re.fullmatch(r"c\d\d", name) and numerals(document.trails[name].says)
    ]
    with_facts = [name for name in computed if document.trails[name].fact_ids]
    assert len(with_facts) >= 0.9 * len(computed)


def test_the_numbers_of_a_row_stand_in_its_trail(document):
    """A number of a summary of findings is found in the tree that it opens, up to its rounding."""
    tables = [block for block in document.blocks() if isinstance(block, Rows) and "In plain words" in block.table.frame]
    assert tables
    for findings in tables:
        for effect, trail in zip(findings.table.frame["Effect"], findings.trails, strict=True):
            assert effect.split(" ", 1)[1].split(" (")[0] in document.trails[trail].says


def test_every_claim_and_every_printed_figure_can_be_led_to(document, ev):
    anchors = {name for block in document.blocks() if isinstance(block, Rows) for name in block.anchors}
    assert {f"claim-{claim}" for claim in ev.claims["claim_id"]} <= anchors
    assert {f"fact-{fact}" for fact in ev.keyed("facts").index} <= anchors


def test_the_order_is_that_of_the_question(document, ev):
    order = [one.file for one in ev.question.notebooks]
    names = list(notebook_names(list(map(Path, order))).values())
    assert [section.name for section in document.sections] == [*names, "versions"]


def test_the_date_is_that_of_the_search(document, ev):
    assert ev.searched == "2026-11"  # the dossier: "a literature search in November 2026"
    assert document.date == "November 2026"
    assert ev.digest[:12] in document.edition


@pytest.mark.parametrize("word", ["equal", "equally", "equivalent"])
def test_equality_is_never_read_from_an_interval_that_includes_no_difference(document, word):
    """The notebooks' own sentences call nothing equal except where a margin says so, or to deny it."""
    said = [
        block.text for block in document.blocks() if isinstance(block, Words) and re.search(rf"\b{word}\b", block.text)
    ]
    allowed = re.compile(
        r"not equal|equal at best|Diazepam only equal|no equality|neither equal|near-equal|equivalence is not shown"
    )
    assert [text for text in said if not allowed.search(text)] == []


def test_every_picture_is_saved_with_its_numbers(document):
    folder = document.pictures()[0].folder.parent / "figures"
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{one.name}.{ending}" for one in document.pictures() for ending in ("png", "svg", "pdf", "csv")}
    harms = pd.concat(
        frame for path in folder.glob("*.csv") if "outcome" in (frame := pd.read_csv(path)) and "estimate" in frame
    )
    asked = harms["outcome"].str.startswith("somnolence") & harms["treatment"].eq("CYC5") & harms["control"].eq("CYC10")
    # 135/464 against 95/249, the counts nearest to 29% and 38%: 0.762591
    assert harms.loc[asked & harms["measure"].eq("RR"), "estimate"].round(6).unique().tolist() == [0.762591]
