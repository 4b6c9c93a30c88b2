"""Whatever the bytes of a folder are, the check returns faults or none; it never raises, and never runs for ever."""

import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import neckevidence as ne
from neckevidence.data.evidence import packaged_folder

QUIET = settings(
    max_examples=25,
    deadline=30_000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
TABLES = sorted(path.name for path in packaged_folder().glob("*.csv"))
PACKAGE = json.loads((packaged_folder() / "datapackage.json").read_text(encoding="utf-8"))
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8)
    | st.sampled_from(["string", "integer", "number", "trial_id", "arms.csv", "(a+)+b", "\ud800", "1e999", 10**400])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
PIECES = st.sampled_from(
    [
        '"',
        ",",
        "\n",
        "\r",
        "\x00",
        "\x1b",
        "\u202e",
        "inf",
        "nan",
        "1e999",
        "-1",
        "0",
        ";",
        "''",
        "\\",
        "9" * 30,
        "é",
        "|",
    ]
) | st.text(max_size=6)


def places(value, path=()):
    """Yield every place of a JSON document."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


PLACES = list(places(PACKAGE))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "evidence"
    shutil.copytree(packaged_folder(), path)
    return path


@QUIET
@given(data=st.data())
def test_a_descriptor_with_anything_anywhere(scratch, data):
    package = json.loads(json.dumps(PACKAGE))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(PLACES[1:]))
        holder = package
        try:
            for key in way:
                holder = holder[key]
            value = data.draw(VALUES)
            if data.draw(st.booleans()) and isinstance(holder, dict):
                holder[
                    data.draw(st.text(max_size=4) | st.sampled_from(["enum", "pattern", "path", "type", "name"]))
                ] = value
            elif data.draw(st.booleans()):
                del holder[last]
            else:
                holder[last] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    try:
        (scratch / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
        checked(scratch)
    finally:
        shutil.copy(packaged_folder() / "datapackage.json", scratch)


@QUIET
@given(data=st.data())
def test_a_table_with_anything_anywhere(scratch, data):
    name = data.draw(st.sampled_from(TABLES))
    text = (packaged_folder() / name).read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = min(len(text), start + data.draw(st.sampled_from([0, 0, 1, 5, 400])))
        text = text[:start] + data.draw(PIECES) + text[stop:]
    try:
        (scratch / name).write_text(text, encoding="utf-8", newline="")
        checked(scratch)
    finally:
        shutil.copy(packaged_folder() / name, scratch)


@QUIET
@given(name=st.sampled_from([*TABLES, "datapackage.json"]), raw=st.binary(max_size=200))
def test_a_file_of_any_bytes(scratch, name, raw):
    try:
        (scratch / name).write_bytes(raw)
        assert checked(scratch)
    finally:
        shutil.copy(packaged_folder() / name, scratch)


def checked(path):
    """Check a folder; every fault can be printed."""
    faults = ne.check_evidence(path)
    assert isinstance(faults, tuple)
    for fault in faults:
        assert not set(str(fault)) & {*map(chr, range(32)), "\x7f", "\u202e", "\ud800"}, fault
        str(fault).encode()
    return faults
