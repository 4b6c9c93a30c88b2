"""The digest is of what was parsed: the same figures have one, other figures never."""

import copy
import csv
import json
import pickle
import shutil

import pandas as pd

import neckevidence as ne


def rewritten(folder, change):
    for path in folder.path.glob("*.csv"):
        path.write_bytes(change(path.read_bytes()))


def test_ends_of_lines_quotation_marks_and_byte_order_marks_do_not_change_it(folder, ev):
    rewritten(folder, lambda data: data.replace(b"\n", b"\r\n"))
    assert ne.load_evidence(folder.path).digest == ev.digest
    rewritten(folder, lambda data: b"\xef\xbb\xbf" + data.replace(b"\r\n", b"\n"))
    assert ne.load_evidence(folder.path).digest == ev.digest
    with open(folder.path / "trials.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    with open(folder.path / "trials.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    assert ne.load_evidence(folder.path).digest == ev.digest


def test_the_layout_of_the_descriptor_does_not_change_it(folder, ev):
    path = folder.path / "datapackage.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=7), encoding="utf-8")
    assert ne.load_evidence(folder.path).digest == ev.digest


def test_two_folders_whose_files_cut_one_stream_of_bytes_elsewhere_do_not_share_it(folder, tmp_path):
    """170 or 172 rows of counts, the rest as another table whose header reads like a row: the bytes in order are the same."""
    with open(folder.path / "counts.csv", encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["as_printed"] == "8/78 (10%)")
    cells = {
        **row, "fact_id": "counts_901", "outcome_detail": "a detail", "ascertainment": "asked", "percent_ci_low": "5",
        "percent_ci_high": "20", "ci_level": "95", "as_printed": "8/78 (10%; 95% CI 5 to 20)", "locator": "a place",
        "timepoint": "day_7", "conflict_id": "K03", "note": "why",
    }  # fmt: skip
    header = ",".join(cells.values())
    last = ",".join({**cells, "fact_id": "counts_902", "outcome_detail": "another"}.values())
    package = json.loads((folder.path / "datapackage.json").read_text(encoding="utf-8"))
    more = {
        "name": "more",
        "path": "more.csv",
        "schema": {"fields": [{"name": name, "type": "string"} for name in cells.values()]},
    }
    place = [item["name"] for item in package["resources"]].index("counts")
    package["resources"].insert(place + 1, more)
    (folder.path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    other = shutil.copytree(folder.path, tmp_path / "other")
    counts = (folder.path / "counts.csv").read_text(encoding="utf-8")
    (folder.path / "more.csv").write_text(f"{header}\n{last}\n{header}\n", encoding="utf-8")
    (other / "counts.csv").write_text(f"{counts}{header}\n{last}\n", encoding="utf-8")
    (other / "more.csv").write_text(f"{header}\n", encoding="utf-8")
    found = []
    for path in (folder.path, other):
        try:
            found.append(ne.load_evidence(path).digest)
        except ne.EvidenceError as error:
            found.append(str(error))
    assert found[0] != found[1], found


def test_text_that_moves_to_the_next_cell_or_row_changes_it(folder):
    seen = set()
    for cells in ({"note": "ab", "setting": "c"}, {"note": "a", "setting": "bc"}, {"note": "", "setting": "abc"}):
        folder.change("trials", {"trial_id": "khwaja2010"}, **cells)
        seen.add(ne.load_evidence(folder.path).digest)
    assert len(seen) == 3


def test_the_parts_of_the_digest_cannot_be_cut_elsewhere():
    """Two tables of one column with the same cells in order, split after the first or after the second."""
    from neckevidence.data.reading import ReadFolder

    def made(first, second):
        given = {name: pd.DataFrame({"c": cells}, dtype="str") for name, cells in (("a", first), ("b", second))}
        return ReadFolder(None, {}, given, {}, ()).digest()

    splits = [(["x"], ["y", "z"]), (["x", "y"], ["z"]), (["xy"], ["z"]), (["x"], ["yz"]), (["1:x"], ["y", "z"])]
    assert len({made(*split) for split in splits}) == len(splits)


def test_evidence_can_be_pickled_and_copied(ev):
    for again in (pickle.loads(pickle.dumps(ev)), copy.deepcopy(ev), copy.copy(ev)):
        assert again.digest == ev.digest
        assert again.counts.equals(ev.counts)
        assert again.keyed("facts").equals(ev.keyed("facts"))
