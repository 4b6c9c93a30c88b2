"""The rules live in the package: what a folder drops holds all the same, what it loosens is named."""

import json

import pytest

import neckevidence as ne
from neckevidence.data.evidence import packaged_folder


def package_of(folder):
    return json.loads((folder.path / "datapackage.json").read_text(encoding="utf-8"))


def write(folder, package):
    (folder.path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


def field_of(package, table, column):
    resource = next(item for item in package["resources"] if item["name"] == table)
    return next(item for item in resource["schema"]["fields"] if item["name"] == column)


@pytest.fixture
def lawless(folder):
    """A folder whose descriptor has dropped every constraint and key."""
    package = package_of(folder)
    for resource in package["resources"]:
        resource["schema"] = {"fields": [{"name": f["name"], "type": f["type"]} for f in resource["schema"]["fields"]]}
    write(folder, package)
    return folder


def test_this_evidence_is_sound_without_its_own_rules(lawless):
    assert ne.check_evidence(lawless.path) == ()


IMPOSSIBLE = {
    "events below zero": (
        ("counts", {"as_printed": "8/78 (10%)"}, {"events": "-5"}),
        ("counts", "events", "'-5'", "at least 0"),
    ),
    "nobody": (("counts", {"as_printed": "8/78 (10%)"}, {"n": "0"}), ("counts", "n", "'0'", "at least 1")),
    "250 per cent": (
        ("counts", {"fact_id": "counts_001"}, {"percent": "250", "as_printed": "250%"}),
        ("counts", "percent", "'250'", "at most 100"),
    ),
    "a verdict of one's own": (
        ("claim_rules", {"rule": "judgement"}, {"verdict_by_hand": "proven beyond doubt"}),
        ("claim_rules", "verdict_by_hand", "'proven beyond doubt'", "one of supported, partly supported"),
    ),
    "a source that is not there": (
        ("counts", {"fact_id": "counts_001"}, {"source_id": "nobody2099"}),
        ("counts", "source_id", "nobody2099", "a code from table sources"),
    ),
    "a measure of one's own": (
        ("reported", {"fact_id": "reported_001"}, {"measure": "wow"}),
        ("reported", "measure", "'wow'", "one of RR, OR"),
    ),
}


@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_a_dropped_rule_holds_all_the_same(lawless, kind):
    change, (table, column, found, expected) = IMPOSSIBLE[kind]
    lawless.change(change[0], change[1], **change[2])
    hits = [f for f in ne.check_evidence(lawless.path) if (f.table, f.column) == (table, column)]
    assert any(found in f.found and expected in f.expected for f in hits), ne.check_evidence(lawless.path)


def test_a_key_that_is_dropped_holds_all_the_same(lawless):
    lawless.repeat("trials", {"trial_id": "khwaja2010"})
    faults = ne.check_evidence(lawless.path)
    assert any((f.table, f.column, f.expected) == ("trials", "trial_id", "a key used only once") for f in faults)


def constraint(table, column, **rules):
    return lambda package: field_of(package, table, column).setdefault("constraints", {}).update(rules)


def resource(table, **keys):
    return lambda package: next(item for item in package["resources"] if item["name"] == table).update(keys)


def schema(table, **keys):
    return lambda package: next(i for i in package["resources"] if i["name"] == table)["schema"].update(keys)


CONTRADICTIONS = {
    "a lower minimum": (constraint("counts", "events", minimum=-10), "counts.events.minimum", "at least 0"),
    "a higher maximum": (constraint("counts", "percent", maximum=300), "counts.percent.maximum", "at most 100"),
    "a word in a closed vocabulary": (
        constraint("claim_rules", "verdict_by_hand", enum=["supported", "proven beyond doubt"]),
        "claim_rules.verdict_by_hand.enum",
        "only words of the rulebook",
    ),
    "words where there is no vocabulary": (constraint("trials", "label", enum=["a"]), "trials.label.enum", "any text"),
    "a pattern that never ends": (
        constraint("trials", "label", pattern="(a+)+b"),
        "trials.label.pattern",
        "no pattern",
    ),
    "a pattern in place of the rulebook's": (
        constraint("claims", "claim_id", pattern="(C+)+x"),
        "claims.claim_id.pattern",
        "'[^;]+'",
    ),
    "a constraint that nobody checks": (constraint("trials", "label", unique=True), "trials.label.unique", "one of"),
    "another type": (lambda p: field_of(p, "counts", "events").update(type="string"), "counts.events.type", "integer"),
    "an unknown type": (lambda p: field_of(p, "counts", "events").update(type="any"), "counts.events.type", "integer"),
    "other words for true": (
        lambda p: field_of(p, "trials", "is_pool").update(trueValues=["no"]),
        "trials.is_pool.trueValues",
        "only",
    ),
    "a format": (lambda p: field_of(p, "sources", "doi").update(format="uri"), "sources.doi.type", "string"),
    "another key": (schema("trials", primaryKey="label"), "trials.primaryKey", "trial_id"),
    "another foreign key": (
        schema("arms", foreignKeys=[{"fields": "note", "reference": {"resource": "claims", "fields": "claim"}}]),
        "arms.foreignKeys",
        "of the rulebook",
    ),
    "keys of another form": (schema("arms", foreignKeys=[7]), "arms.schema", "Table Schema"),
    "other blanks": (schema("arms", missingValues=["", "0"]), "arms.missingValues", "a blank"),
    "a schema elsewhere": (resource("arms", schema="https://example.org/s.json"), "arms.schema", "an object"),
    "data in the descriptor": (resource("arms", data=[]), "arms.data", "only"),
    "another encoding": (resource("arms", encoding="utf-7"), "arms.encoding", "utf-8"),
    "one file for two tables": (resource("arms", path="TRIALS.csv"), "arms.path", "a file for each table"),
    "a table twice": (lambda p: p["resources"].append(p["resources"][0]), "resources", "at most 23"),
    "two tables with one name": (resource("arms", name="trials"), "resources[6].name", "each table once"),
    "a table that is not in the rulebook": (resource("arms", name="facts"), "resources[6].name", "claim_facts"),
    "a name that is no text": (resource("arms", name=["arms"]), "resources[6]", "an object with a name"),
    "resources as an object": (lambda p: p.update(resources={}), "resources", "a list of tables"),
    "a resource that is null": (
        lambda p: p["resources"].insert(0, p["resources"].pop() and None),
        "resources[0]",
        "a name",
    ),
    "fields as an object": (schema("arms", fields={}), "arms.fields", "a list of columns"),
    "a field that is text": (schema("arms", fields=["trial_id"]), "arms.fields[0]", "an object with a name"),
    "a column twice": (
        lambda p: p["resources"][0]["schema"]["fields"].append({"name": "title", "type": "string"}),
        "sources.title",
        "each column once",
    ),
    "constraints as a list": (
        lambda p: field_of(p, "trials", "label").update(constraints=[]),
        "trials.label.constraints",
        "an object",
    ),
    "a minimum that is text": (constraint("counts", "events", minimum="1"), "counts.events.minimum", "a number"),
    "a vocabulary of numbers": (constraint("trials", "region", enum=[1]), "trials.region.enum", "a list of words"),
    "a title that is a list": (lambda p: p.update(title=["x"]), "title", "text"),
    "a month that is a word": (lambda p: p.update(searched="soon"), "searched", "a month such as"),
    "a thirteenth month": (lambda p: p.update(searched="2026-13"), "searched", "a month such as"),
    "a month with a day": (lambda p: p.update(searched="2026-11-03"), "searched", "a month such as"),
    "a month that is null": (lambda p: p.update(searched=None), "searched", "a month such as"),
    "a month in other digits": (lambda p: p.update(searched="٢٠٢٦-١١"), "searched", "a month such as"),
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_a_descriptor_that_contradicts_the_rulebook_is_named(folder, kind):
    change, place, expected = CONTRADICTIONS[kind]
    package = package_of(folder)
    change(package)
    write(folder, package)
    faults = ne.check_evidence(folder.path)
    hits = [f for f in faults if f.table == "datapackage.json" and f.column == place and expected in f.expected]
    assert hits, [str(fault) for fault in faults]
    with pytest.raises(ne.EvidenceError):
        ne.load_evidence(folder.path)


def test_a_folder_may_add_columns_words_and_tighter_limits(folder):
    package = package_of(folder)
    field_of(package, "trials", "region")["constraints"] = {"enum": ["neck", "back", "mixed", "other", "ankle"]}
    fields = next(item for item in package["resources"] if item["name"] == "margins")["schema"]["fields"]
    fields.append({"name": "agreed_by", "type": "integer", "constraints": {"minimum": 3}})
    field_of(package, "margins", "margin")["constraints"]["maximum"] = 50
    write(folder, package)
    path = folder.path / "margins.csv"
    header, *rows = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    path.write_text("\n".join([header + ",agreed_by", *(f"{row},{7}" for row in rows)]) + "\n", encoding="utf-8")
    folder.change("trials", {"trial_id": "khwaja2010"}, region="ankle")
    (folder.path / "question.toml").unlink()  # it describes four populations, and the ankle is none of them
    evidence = ne.load_evidence(folder.path)
    assert set(evidence.margins["agreed_by"]) == {7}
    folder.change("margins", {"margin_id": "M01"}, agreed_by="2", margin="51")
    found = {(f.column, f.expected) for f in ne.check_evidence(folder.path)}
    assert {("agreed_by", "at least 3"), ("margin", "at most 50")} <= found


JSON = {
    "cut off": (b'{"resources": [', "not JSON in line 1"),
    "no object": (b"[]", "not an object"),
    "empty": (b"", "not JSON"),
    "an empty object": (b"{}", "None; expected a list of tables"),
    "a name twice": (b'{"title": "a", "title": "b"}', "'title' twice"),
    "deep": (b"[" * 100_000 + b"]" * 100_000, "nested over 20 deep"),
    "deep within text": (b'{"title": "' + b"[" * 1_000 + b'"}', "expected a list of tables"),
    "not a number": (b'{"x": NaN}', "NaN"),
    "no end": (b'{"x": -Infinity}', "-Infinity"),
    "an overflow": (b'{"x": 1e400}', "1e400"),
    "a huge whole number": (b'{"x": ' + b"9" * 10_000 + b"}", "not JSON"),
    "another encoding": ('{"title": "é"}'.encode("utf-16"), "not UTF-8"),
}


@pytest.mark.parametrize("kind", JSON)
def test_bad_json_is_a_fault(folder, kind):
    data, found = JSON[kind]
    (folder.path / "datapackage.json").write_bytes(data)
    (fault, *_) = ne.check_evidence(folder.path)
    assert fault.table == "datapackage.json"
    assert found in str(fault)


def test_a_byte_order_mark_is_no_fault(folder):
    for path in folder.path.glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    path = folder.path / "datapackage.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert ne.check_evidence(folder.path) == ()


def test_a_title_is_optional(folder):
    package = package_of(folder)
    (folder.path / "question.toml").unlink()
    del package["title"], package["description"], package["searched"]
    write(folder, package)
    assert ne.load_evidence(folder.path).title == ""


def test_the_rules_of_this_evidence_are_those_of_the_rulebook_and_its_own_words():
    """Read with the reference reader's own eyes: each constraint here stands in the rulebook, or lists words it leaves open."""
    from neckevidence.data.rulebook import rulebook

    package = json.loads((packaged_folder() / "datapackage.json").read_text(encoding="utf-8"))
    for item in package["resources"]:
        rules = {field["name"]: field for field in rulebook()[item["name"]].fields}
        for field in item["schema"]["fields"]:
            own = {**rules[field["name"]].get("constraints", {}), **rules[field["name"]].get("strict", {})}
            extra = {k: v for k, v in field.get("constraints", {}).items() if own.get(k) != v}
            if field["name"] == "rating":
                assert extra == {"maximum": 4}
            else:
                assert set(extra) <= ({"enum"} if rules[field["name"]].get("open") else set()), (item["name"], extra)
