"""What a kernel hands over is read back as it was, and refused where it is not in order."""

import copy
import json
from pathlib import Path

import pandas as pd
import pytest
from payloads import PAYLOADS

from neckevidence.core.explanation import Explanation
from neckevidence.report.blocks import BlockError, Blocks, Trees, anchor, from_json, named, renamed, to_json
from neckevidence.report.document import Part, Picture, Rows, Words, Workbench
from neckevidence.tables.base import Table

FOLDER = Path("pictures")


def blocks(text="words"):
    """One block of each kind, with a text in every place."""
    table = Table(pd.DataFrame({text: [text, "2"]}, dtype=object), text, text)
    tree = Explanation(text, text, (Explanation("below", text, fact_id="counts_001"),))
    found = (
        Words(
            (Part(text, strong=True, trail="t"), Part("here", link="https://example.org/a"), Part(text, code=True)),
            True,
        ),
        Rows("r", table, ("t", ""), ("fact-1", ""), folded=True),
        Picture("p", text, text, table, ("", "t"), (6.5, 4.0), FOLDER),
        Workbench({"level": 0.95, "comparisons": [{"id": text, "trail": "t"}]}),
    )
    return Blocks(found, {"t": tree})


def same(one, other):
    """Tell whether blocks are the same; tables compare by their cells."""
    if isinstance(one, Workbench):
        return one.data == other.data
    tables = [getattr(block, "table", getattr(block, "twin", None)) for block in (one, other)]
    if tables[0] is None:
        return one == other
    frames = [table.frame for table in tables]
    rest = [{k: v for k, v in vars(block).items() if k not in ("table", "twin")} for block in (one, other)]
    return (
        frames[0].equals(frames[1])
        and rest[0] == rest[1]
        and [t.title for t in tables] == [t.title for t in tables][::-1]
    )


@pytest.mark.parametrize("text", ["words", *PAYLOADS])
def test_blocks_are_read_back_as_they_were(text):
    found = blocks(text)
    read = from_json(json.loads(json.dumps(to_json(found))), FOLDER)
    assert read.trails == found.trails
    assert len(read.blocks) == len(found.blocks)
    assert all(map(same, read.blocks, found.blocks))


def changed(path, value):
    """Return the JSON of one block of each kind with another value in one place."""
    data = json.loads(json.dumps(to_json(blocks())))
    place = data
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ("blocks", 0, "kind"),
            "script",
            "kind of a block must be one of words, rows, picture, workbench; found 'script'",
        ),
        (("blocks", 0, "parts", 0, "text"), 5, "text must be of type str; found int"),
        (("blocks", 0, "parts", 0, "strong"), None, "strong must be of type bool; found NoneType"),
        (("blocks", 0, "parts", 1, "link"), "javascript:alert(1)", "link must be an address"),
        (("blocks", 0, "parts", 1, "link"), "https://a b", "link must be an address"),
        (("blocks", 0, "parts", 0, "trail"), "other", "no trail is named 'other'"),
        (("blocks", 1, "trails"), ["t"], "words: 2 rows, but 1 trails"),
        (("blocks", 1, "anchors"), ['x" onclick="alert(1)', ""], "a name must be a letter"),
        (("blocks", 1, "table", "cells"), [["a", "b"], ["c"]], "a row of a table must be 1 texts"),
        (("blocks", 1, "name"), "../r", "a name must be a letter"),
        (("blocks", 2, "name"), "../../secret", "a name must be a letter"),
        (("blocks", 2, "size"), [6.5, -1], "size of a picture must be two lengths"),
        (("blocks", 3, "data", "comparisons", 0, "trail"), "x", "no trail is named 'x'"),
        (("trails", "t", "children"), "none", "children must be of type list"),
        (("trails",), None, "trails must be of type dict"),
        (("blocks",), {}, "blocks must be of type list"),
    ],
)
def test_what_is_not_in_order_is_refused(path, value, message):
    with pytest.raises(BlockError, match=message):
        from_json(changed(path, value), FOLDER)


def test_a_bottomless_trail_is_refused():
    tree = {"label": "", "says": "", "fact_id": "", "children": []}
    for _ in range(60):
        tree = {**copy.copy(tree), "children": [tree]}
    with pytest.raises(BlockError, match="levels deep"):
        from_json({"blocks": [], "trails": {"t": tree}}, FOLDER)


def test_trails_are_renamed_everywhere():
    one, two, three, four = (renamed(block, {"t": "t-2", "": ""}.__getitem__) for block in blocks().blocks)
    assert [part.trail for part in one.parts] == ["t-2", "", ""]
    assert (two.trails, three.trails, four.data["comparisons"][0]["trail"]) == (("t-2", ""), ("", "t-2"), "t-2")


def test_the_same_tree_has_one_name_and_another_has_a_number():
    trees = Trees()
    names = [trees.kept(*both) for both in (("a", Explanation("x")), ("A", Explanation("y")), ("a", Explanation("x")))]
    assert names == ["a", "a-2", "a"]


@pytest.mark.parametrize("words", ["", "5 mg", "Ä/../x", "<b>", "x" * 200, *PAYLOADS])
def test_every_name_can_be_a_link_and_a_file(words):
    assert named(words)[0].isalpha()
    assert named(words).replace("-", "").isalnum()
    assert named(words).isascii()
    assert len(named(words)) <= 82
    assert named(named(words)) == named(words)


def test_rows_of_the_evidence_have_names_of_their_own():
    names = [anchor("facts", key) for key in ("counts_001", "a b", "a_b", "a  b", '"><script>')]
    assert names[0] == "fact-counts_001"
    assert len(set(names)) == 5
    assert all(name.replace("-", "").replace("_", "").isalnum() for name in names)
