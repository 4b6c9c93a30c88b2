"""What the report says, and that each of its numbers leads somewhere."""

import re

import pandas as pd
import pytest

from neckevidence.report.build import _save_figures
from neckevidence.report.document import Picture, Rows, Words, Workbench
from neckevidence.report.markup import shown_numbers
from neckevidence.trace import numerals

# Tables that hold cells of the evidence, or names and digests: their numbers are printed figures.
AS_PRINTED = re.compile(r"gaps|conflicts|facts-|codes|trials|margins|sources|versions|work$|.*-figures$|.*-words$")
METHODS = "methods"


def chapters(document):
    return [chapter for top in document.chapters for chapter in top.walk()]


def test_names_are_unique(document):
    names = [chapter.name for chapter in chapters(document)]
    names += [block.name for block in document.blocks() if isinstance(block, Rows | Picture)]
    names += [name for block in document.blocks() if isinstance(block, Rows) for name in block.anchors]
    assert sorted(names) == sorted(set(names))
    assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_.-]*", name) for name in names)


def test_every_number_in_words_has_a_trail(document):
    own = {id(block) for top in document.chapters if top.name == METHODS for c in top.walk() for block in c.blocks}
    bare = [
        block.text
        for block in document.blocks()
        if isinstance(block, Words) and not block.trail and id(block) not in own and shown_numbers(block.text)
    ]
    assert bare == []


def test_every_row_with_numbers_has_a_trail_or_is_printed(document):
    bare = []
    for block in document.blocks():
        if isinstance(block, Rows) and not AS_PRINTED.match(block.name):
            bare += unled(block.name, block.table, block.trails)
        if isinstance(block, Picture):
            bare += unled(block.name, block.twin, block.trails)
    assert bare == []


def unled(name, table, trails):
    assert len(trails) in (0, len(table.frame)), name
    rows = [" | ".join(map(str, row)) for row in table.frame.itertuples(index=False)]
    pairs = zip(rows, trails or [""] * len(rows), strict=True)
    return [(name, row) for row, trail in pairs if not trail and shown_numbers(row)]


def test_every_trail_is_there_and_used(document):
    used = {block.trail for block in document.blocks() if isinstance(block, Words)}
    used |= {name for block in document.blocks() if isinstance(block, Rows | Picture) for name in block.trails}
    used |= {
        one["trail"] for block in document.blocks() if isinstance(block, Workbench) for one in block.data["comparisons"]
    }
    assert used - {""} == set(document.trails)


def test_a_trail_ends_in_printed_figures_unless_no_number_decides(document, ev):
    facts = set(ev.keyed("facts").index)
    for name, tree in document.trails.items():
        assert set(tree.fact_ids) <= facts
        if not re.fullmatch(r"c\d\d|all-verdicts", name):
            assert tree.fact_ids, name
    computed = [
        name for name in document.trails if re.fullmatch(r"c\d\d", name) and numerals(document.trails[name].says)
    ]
    with_facts = [name for name in computed if document.trails[name].fact_ids]
    assert len(with_facts) >= 0.9 * len(computed)


def test_the_numbers_of_a_row_stand_in_its_trail(document):
    """A number of the summary of findings is found in the tree that it opens, up to its rounding."""
    (findings,) = (block for block in document.blocks() if getattr(block, "name", "") == "findings")
    for effect, trail in zip(findings.table.frame["Effect"], findings.trails, strict=True):
        assert effect.split(" ", 1)[1].split(" (")[0] in document.trails[trail].says


def test_every_claim_of_the_page_is_in_the_audit(document, ev):
    anchors = {name for block in document.blocks() if isinstance(block, Rows) for name in block.anchors}
    assert {f"claim-{claim.lower()}" for claim in ev.claims["claim_id"]} <= anchors
    assert {f"fact-{fact}" for fact in ev.keyed("facts").index} <= anchors


def test_the_order_of_chapters(document):
    assert [chapter.name for chapter in document.chapters] == [
        "summary",
        "doses",
        "ibuprofen",
        "diazepam",
        "placebo",
        "recompute",
        "audit",
        "methods",
        "evidence",
        "sources",
    ]


def test_the_date_is_that_of_the_search(document, ev):
    assert ev.searched == "2026-11"  # the dossier: "a literature search in November 2026"
    assert document.date == "November 2026"
    assert ev.digest[:12] in document.edition


@pytest.mark.parametrize("word", ["equal", "equally", "equivalent"])
def test_equality_is_never_read_from_an_interval_that_includes_no_difference(document, word):
    """The chapters' own sentences call nothing equal except where a margin says so, or to deny it."""
    said = [
        block.text for block in document.blocks() if isinstance(block, Words) and re.search(rf"\b{word}\b", block.text)
    ]
    allowed = re.compile(
        r"not equal|equal at best|Diazepam only equal|no equality|neither equal|equivalence is not shown"
    )
    assert [text for text in said if not allowed.search(text)] == []


def test_every_picture_can_be_saved_with_its_numbers(document, tmp_path):
    _save_figures(tmp_path, document)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{one.name}.{ending}" for one in document.pictures() for ending in ("png", "svg", "pdf", "csv")}
    harms = pd.read_csv(tmp_path / "doses-harms-forest.csv")
    drowsy = harms[harms["outcome"].str.startswith("somnolence")].iloc[0]
    # 135/464 against 95/249, the counts nearest to 29% and 38%: 0.762591
    assert drowsy["estimate"] == pytest.approx(0.762591, abs=1e-6)
