"""``question.toml``: what may stand in it, what is wrong is named, and what is not said is not assumed."""

import pytest

import neckevidence as ne
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.question import Population, Question
from neckevidence.data.question_checks import MOST_BYTES, read_question

POPULATION = '[population]\nasked = "adults"\n'


def only_fault(text):
    question, faults = read_question(text)
    assert question == Question()
    assert len(faults) == 1, faults
    return str(faults[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("titel = 3", "column titel: found 3; expected one of the keys title, subtitle"),
        ("title = 3", "column title: found 3; expected a text"),
        ('searched = "soon"', "column searched: found 'soon'; expected a month like 2026-11"),
        ('searched = "2026-13"', "column searched: found '2026-13'; expected a month like 2026-11"),
        ('report = "../../out"', "column report: found '../../out'; expected small letters"),
        ("lead = 3", "column lead: found 3; expected a list"),
        ("page = 3", "column page: found 3; expected a block"),
        (
            '[page]\ntitle = "x"\nlink = "javascript:alert(1)"',
            "column page.link: found 'javascript:alert(1)'; expected an",
        ),
        ('[page]\ntitle = "x"\ndate = "2025-12-40"', "column page.date: found '2025-12-40'; expected a date like"),
        ("[population]\ncodes = {}", "column population.asked: found nothing; expected a value"),
        (POPULATION + 'codes.old = {label = "old", indirect = 3}', "codes.old.indirect: found 3; expected 0, 1 or 2"),
        (POPULATION + 'codes.old = {label = "old", indirect = true}', "old.indirect: found True; expected 0, 1 or 2"),
        (
            POPULATION + 'codes.old = {label = "old", noted = "x"}',
            "found 'x'; expected one of the keys label, indirect, note",
        ),
        ('[strata]\norder = ["a"]\nby = "sex"', "column strata.order.2: found nothing; expected a value"),
        ('[[notebooks]]\nfile = "../x.ipynb"', "column notebooks.1.file: found '../x.ipynb'; expected the name of a"),
        (
            '[[notebooks]]\nfile = "x.ipynb"\npart = "cover"',
            "notebooks.1.part: found 'cover'; expected 'brief', 'report'",
        ),
        (
            '[[lead]]\ntreatment = "A"\ncontrol = "B"\noutcome = "o"\nmeasure = "XX"',
            "lead.1.measure: found 'XX'; expected 'RR'",
        ),
        ("title = ", "question.toml: found Invalid value (at end of document); expected TOML, version 1.0"),
        ("x = " + "[" * 5000, "question.toml: found maximum recursion depth exceeded; expected TOML"),
        ('title = "a"\ntitle = "b"', "question.toml: found Cannot overwrite a value"),
        (b"title = '\xff'", "expected UTF-8"),
        ("#" * (MOST_BYTES + 1), f"expected at most {MOST_BYTES} bytes"),
    ],
)
def test_a_mistake_names_the_key_what_was_found_and_what_is_allowed(text, said):
    assert said in only_fault(text)


def test_a_long_text_is_not_repeated_in_full():
    assert len(only_fault(f'searched = "{"x" * 5000}"')) < 200


def test_every_mistake_is_named_not_only_the_first():
    assert len(read_question('title = 1\nsubtitle = 2\nreport = "A B"')[1]) == 3


def test_nothing_said_is_nothing_assumed():
    question, faults = read_question("")
    assert (question, faults) == (Question(), ())
    assert question.population_of("elsewhere") == Population("elsewhere")
    assert question.differing("adults", ["children", ""]) == []


def test_a_population_of_which_nothing_is_said_is_not_indirect():
    question, _ = read_question(POPULATION + 'codes.old = {label = "the old", indirect = 1}')
    assert question.differing("adults", ["adults", "children", "old"]) == ["patients of another population (the old)"]
    assert question.differing("any", ["old"]) == []


def test_a_claim_about_another_population_is_not_answered_by_any_other():
    question, _ = read_question(POPULATION + 'codes.old = {label = "the old", patients = "old people"}')
    assert question.differing("old", ["old", "adults"]) == ["patients of another population (adults)"]
    assert question.differing("adults", ["old"]) == []


def test_a_missing_block_is_named_with_the_argument_that_can_stand_for_it():
    with pytest.raises(NeckevidenceError, match=r"question\.toml has no strata; .* the argument order"):
        Question().need("strata", "order")


@pytest.mark.parametrize(
    ("key", "line", "where"),
    [
        ("treatments.reference", '[treatments]\nreference = "PLACEBO"', "treatments.treatment"),
        ("treatments.doses", '[treatments]\ndoses = ["CYC5", "CYC99"]', "treatments.treatment"),
        ("treatments.judged_classes", '[treatments]\njudged_classes = ["statin"]', "treatments.drug_class"),
        ("outcomes.harms", '[outcomes]\nharms = ["bleeding"]', "outcomes.domain"),
        ("outcomes.headings.Harm", '[outcomes.headings]\nHarm = ["bleeding"]', "outcomes.domain"),
        ("outcomes.good_from", '[outcomes]\ngood_from = "fine"', "ratings.category"),
        ("population.codes", POPULATION + 'codes.old = {label = "old"}', "trials.region"),
        ("strata", '[strata]\norder = ["old", "young"]\nby = "age"', "strata.stratum"),
        ("lead.1.outcome", '[[lead]]\ntreatment = "CYC5"\ncontrol = "PBO"\noutcome = "joy"', "outcomes.outcome"),
    ],
)
def test_a_code_that_no_table_has_is_a_fault(folder, key, line, where):
    (folder.path / "question.toml").write_text(line, encoding="utf-8")
    faults = [fault for fault in ne.check_evidence(folder.path) if fault.table == "question.toml"]
    assert faults
    assert all(fault.column == key for fault in faults)
    assert f"expected a code of {where}" in str(faults[0])


def test_a_folder_with_a_broken_question_is_not_loaded(folder):
    (folder.path / "question.toml").write_text("title = [", encoding="utf-8")
    with pytest.raises(ne.EvidenceError, match=r"question\.toml: found"):
        ne.load_evidence(folder.path)


def test_a_folder_without_a_question_loads(folder):
    (folder.path / "question.toml").unlink()
    assert ne.load_evidence(folder.path).question == Question()
