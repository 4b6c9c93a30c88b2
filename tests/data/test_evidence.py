import json
import re

import pytest

import neckevidence as ne
from neckevidence.data.evidence import FOLDER_VARIABLE, packaged_folder
from neckevidence.data.schema import codebook, read_descriptor


def test_packaged_evidence_is_sound():
    assert ne.check_evidence(packaged_folder(), strict=True) == ()


def test_the_reference_reader_of_data_packages_finds_it_valid():
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.Package(str(packaged_folder() / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "note"])


def test_codebook_is_the_one_that_the_schema_gives():
    assert (packaged_folder() / "CODEBOOK.md").read_text(encoding="utf-8") == codebook(packaged_folder())


def test_every_column_of_the_schema_is_explained():
    _, tables = read_descriptor(packaged_folder())
    assert [f["name"] for table in tables.values() for f in table.fields if not f.get("description")] == []


def test_tables_cannot_be_changed_through_what_is_given_out(ev):
    trials = ev.trials
    trials.loc[:, "label"] = "changed"
    assert "changed" not in set(ev.trials["label"])
    with pytest.raises(AttributeError):
        ev.title = "changed"


def test_every_figure_leads_to_its_source_and_place(ev):
    facts = ev.keyed("facts")
    assert facts["locator"].notna().all()
    assert facts["source_id"].isin(ev.sources["source_id"]).all()
    without_figure = facts["as_printed"].isna()
    assert set(facts.loc[without_figure, "table"]) == {"reported"}  # statements without a number


def test_no_trace_of_how_the_tables_were_made():
    for path in packaged_folder().iterdir():
        text = path.read_text(encoding="utf-8")
        found = re.search(r"/tmp/|\b(excerpt|my coding|pass \d)\b", text)
        assert found is None, (path.name, found)


def test_another_folder_and_the_environment_variable(folder, monkeypatch, ev):
    folder.change("counts", {"fact_id": "counts_001"}, percent="30", as_printed="30%")
    other = ne.load_evidence(folder.path)
    assert other.digest != ev.digest
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder.path))
    assert ne.load_evidence().digest == other.digest


def test_missing_folder_or_descriptor_is_named(tmp_path):
    with pytest.raises(ne.EvidenceError, match=r"datapackage\.json.*no such file"):
        ne.load_evidence(tmp_path)
    (tmp_path / "datapackage.json").write_text("{")
    with pytest.raises(ne.EvidenceError, match="not JSON"):
        ne.load_evidence(tmp_path)


def test_a_schema_without_a_needed_column_is_named(folder):
    path = folder.path / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    counts = next(item for item in package["resources"] if item["name"] == "counts")
    counts["schema"]["fields"] = [f for f in counts["schema"]["fields"] if f["name"] != "percent"]
    path.write_text(json.dumps(package), encoding="utf-8")
    assert ne.check_evidence(folder.path) == ()  # the table has the column all the same
    (fault,) = ne.check_evidence(folder.path, strict=True)
    assert "no column percent in table counts" in str(fault)


def test_unknown_table_and_fact_are_named(ev):
    with pytest.raises(AttributeError, match="trials"):
        _ = ev.trails
    with pytest.raises(ne.UnknownCodeError, match="counts_101"):
        ev.facts(["counts_01"])
