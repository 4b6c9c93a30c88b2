"""A folder from a stranger reads no file but its own, and none of these without end; each refusal is named."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tracemalloc

import pytest

import neckevidence as ne

SECRET = "root:x:0:0:not-for-strangers"


def descriptor(folder, change):
    """Change the descriptor of a folder as JSON."""
    path = folder.path / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    change(package)
    path.write_text(json.dumps(package), encoding="utf-8")


def paths(new):
    def change(package):
        next(item for item in package["resources"] if item["name"] == "margins")["path"] = new

    return change


def lines(path):
    return path.read_text(encoding="utf-8").split("\n")


def named(folder, table, *words):
    """Return the one fault of a table that says all of the words; none may quote what is outside."""
    faults = [str(fault) for fault in ne.check_evidence(folder.path)]
    assert not any("not-for-strangers" in fault for fault in faults), faults
    hits = [fault for fault in faults if fault.startswith(table) and all(word in fault for word in words)]
    assert hits, faults
    return hits[0]


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "outside").mkdir()
    path = tmp_path / "outside" / "secret.csv"
    path.write_text(SECRET + "\n", encoding="utf-8")
    return path


OUTSIDE = [
    "../outside/secret.csv",
    "./margins.csv",
    "..\\outside\\secret.csv",
    "sub/margins.csv",
    "https://example.org/margins.csv",
    "file:///etc/passwd",
    "C:margins.csv",
    "/proc/self/environ",
    "/dev/zero",
    "margins.csv.gz",
    "margins.zip",
    "",
    ".csv",
    "mar\x00gins.csv",
    ["margins.csv"],
    None,
    7,
]


@pytest.mark.parametrize("path", OUTSIDE, ids=repr)
def test_a_path_that_leads_elsewhere_is_named_and_not_followed(folder, secret, path):
    descriptor(folder, paths(path))
    named(folder, "datapackage.json", "margins.path", "the plain name of a .csv file in this folder")


def test_an_absolute_path_is_named(folder, secret):
    descriptor(folder, paths(str(secret)))
    named(folder, "datapackage.json", "margins.path", "plain name")


@pytest.mark.parametrize("target", ["secret", "own", "/dev/zero", "/proc/self/environ", "nowhere"])
def test_a_link_is_refused_wherever_it_leads(folder, secret, target):
    table = folder.path / "margins.csv"
    shutil.move(table, folder.path / "kept.csv")
    table.symlink_to({"secret": secret, "own": folder.path / "kept.csv"}.get(target, target))
    named(folder, "margins", "margins.csv, a link", "a regular file of this folder")


@pytest.mark.parametrize("name", ["datapackage.json", "question.toml"])
def test_a_link_for_descriptor_or_question_is_refused(folder, secret, name):
    (folder.path / name).unlink()
    (folder.path / name).symlink_to(secret)
    named(folder, name, "a link")


def test_the_folder_itself_may_be_a_link(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder.path)
    assert ne.check_evidence(tmp_path / "link") == ()


def test_a_folder_in_place_of_a_table_is_named(folder):
    (folder.path / "margins.csv").unlink()
    (folder.path / "margins.csv").mkdir()
    named(folder, "margins", "margins.csv, a folder", "a regular file")


@pytest.mark.parametrize("name", ["margins.csv", "datapackage.json", "question.toml"])
def test_a_named_pipe_is_refused_at_once(folder, name):
    (folder.path / name).unlink()
    os.mkfifo(folder.path / name)
    # In a process of its own: where it is opened, it waits for ever.
    code = "import sys, neckevidence as ne; print(*ne.check_evidence(sys.argv[1]), sep='\\n')"
    run = subprocess.run(
        [sys.executable, "-c", code, folder.path], capture_output=True, text=True, timeout=60, check=True
    )
    assert f"{name.removesuffix('.csv')}" in run.stdout
    assert "a named pipe" in run.stdout


def test_a_file_that_may_not_be_opened_is_named(folder, monkeypatch):
    # As root every file can be opened: the refusal of the system is put in its place.
    real = os.open

    def refused(path, *rest, **named):
        if str(path).endswith("margins.csv"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest, **named)

    monkeypatch.setattr(os, "open", refused)
    named(folder, "margins", "cannot be opened", "a readable file")


def test_what_is_compressed_is_no_table(folder):
    data = gzip.compress((folder.path / "margins.csv").read_bytes())
    (folder.path / "margins.csv").write_bytes(data)
    named(folder, "margins", "not UTF-8")


def test_compression_and_dialects_are_refused(folder):
    descriptor(folder, lambda package: package["resources"][0].update(compression="gz", dialect={"delimiter": ";"}))
    named(folder, "datapackage.json", "sources.compression")
    named(folder, "datapackage.json", "sources.dialect")


def test_a_file_over_the_limit_is_named_and_not_held(folder):
    with open(folder.path / "margins.csv", "ab") as file:
        file.truncate(600 * 2**20)  # sparse: 600 MiB of zeros
    tracemalloc.start()
    try:
        named(folder, "margins", "over 8 MiB", "at most 8 MiB")
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


def test_a_descriptor_over_the_limit_is_named(folder):
    (folder.path / "datapackage.json").write_text('{"title": "' + "a" * 2**20 + '"}')
    named(folder, "datapackage.json", "over 1 MiB")


def test_the_whole_folder_has_a_limit(folder):
    spare = "x" * 4_000
    for table in ("trials", "arms", "counts", "means", "reported"):
        path = folder.path / f"{table}.csv"
        path.write_text(path.read_text(encoding="utf-8") + f"{spare}\n" * 2_000, encoding="utf-8")
    named(folder, "", "over 32 MiB")


def test_rows_columns_and_cells_have_limits(folder):
    path = folder.path / "gap_claims.csv"
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound + "G01,C01\n" * 60_000, encoding="utf-8")
    named(folder, "gap_claims", "over 50000 rows", "at most 50000 rows")
    path.write_text(",".join(f"c{number}" for number in range(200_000)) + "\n", encoding="utf-8")
    named(folder, "gap_claims", "200000 columns", "at most 200 columns")
    path.write_text(sound.replace("G01", "G" * 6_000, 1), encoding="utf-8")
    named(folder, "gap_claims, row 2, column gap_id", "6000 characters", "at most 5000 characters")
    path.write_text(sound.replace("G01", "G" * 1_000_000, 1), encoding="utf-8")
    named(folder, "gap_claims, row 2", "a cell of over 5000 characters")


def test_ten_thousand_faults_are_counted_and_not_all_listed(folder):
    path = folder.path / "gap_claims.csv"
    path.write_text("gap_id,claim_id\n" + "".join(f"X{n},Y{n}\n" for n in range(10_000)), encoding="utf-8")
    assert len(ne.check_evidence(folder.path)) < 3_000
    named(folder, "gap_claims", "over 1000 faults")


@pytest.mark.parametrize("row", [1, 2, 40])
def test_a_cell_too_many_is_named_in_every_row(folder, row):
    path = folder.path / "counts.csv"
    changed = lines(path)
    changed[row] += ",but see the erratum"
    path.write_text("\n".join(changed), encoding="utf-8")
    (fault,) = ne.check_evidence(folder.path)
    assert (fault.table, fault.row, fault.found) == ("counts", row + 1, "19 cells")
    assert fault.expected == "18 cells, one a column"


def test_a_cell_too_few_names_the_first_column_without_one(folder):
    path = folder.path / "pools.csv"
    changed = lines(path)
    changed[3] = ",".join(changed[3].split(",")[:2])
    path.write_text("\n".join(changed), encoding="utf-8")
    assert "column part_id: found 2 cells" in named(folder, "pools, row 4")


def test_a_quotation_mark_that_is_not_closed_swallows_no_row(folder):
    path = folder.path / "counts.csv"
    changed = lines(path)
    changed[52] = changed[52].rsplit(",", 1)[0] + ',"see text'
    path.write_text("\n".join(changed), encoding="utf-8")
    named(folder, "counts, row 53", "a quotation mark that is not closed")


def test_blank_lines_do_not_move_the_numbers_of_the_rows(folder):
    path = folder.path / "margins.csv"
    changed = lines(path)
    changed[2:2] = ["", ",,,,,,,,,"]
    changed[4] = changed[4].replace("M", "Q", 1)
    path.write_text("\n".join(changed), encoding="utf-8")
    named(folder, "margins, row 5, column margin_id", "'Q")


def test_a_column_given_twice_and_one_without_a_name_are_named(folder):
    path = folder.path / "pools.csv"
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace("pool_id,arm_id", "pool_id,pool_id", 1), encoding="utf-8")
    named(folder, "pools, row 1, column pool_id", "a name given twice")
    path.write_text(sound.replace("pool_id,arm_id", "pool_id,", 1), encoding="utf-8")
    named(folder, "pools, row 1", "no name for column 2")
    path.write_text("", encoding="utf-8")
    named(folder, "pools, row 1", "no header")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-32"])
def test_another_encoding_is_named(folder, encoding):
    path = folder.path / "pools.csv"
    path.write_bytes((path.read_text(encoding="utf-8") + "café,é,é,,,\n").encode(encoding))
    named(folder, "pools", "not UTF-8", "text in UTF-8")


@pytest.mark.parametrize(
    "word", ["inf", "-Infinity", "nan", "1e400", "9" * 400, "99999999999999999999", "0x10", "1_000"]
)
@pytest.mark.parametrize(("table", "column"), [("counts", "events"), ("margins", "margin"), ("timepoints", "last_day")])
def test_what_is_no_finite_number_is_named(folder, table, column, word):
    if column != "events" and word == "99999999999999999999":
        pytest.skip("a finite number")
    with open(folder.path / f"{table}.csv", encoding="utf-8", newline="") as file:
        import csv

        rows = list(csv.DictReader(file))
    first = next(row for row in rows if row[column])
    folder.change(table, first, **{column: word})
    wanted = "a whole number" if column == "events" else "a finite number"
    named(folder, table, f"column {column}: found '{word[:20]}", wanted)
