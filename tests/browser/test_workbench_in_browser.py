"""What a reader computes in the report is what Python computes: every comparison, and every knob."""

import math

import pytest
from in_browser import wait_until

import neckevidence as ne

POOLED = ("CYC5", "PBO", "any_adverse_event")  # two trials
MEANS = ("NAP+CYC5", "NAP+PBO", "rmdq_improvement")  # equivalent at its margin
RISKS = ("CYC5", "PBO", "somnolence")  # one trial's counts
ACROSS = ("CYC5", "CYC10", "somnolence")  # not randomised


def number(text):
    return float(text) if text else math.nan


def data_of(tab, place):
    return tab.locator(f"#wb-{place}").evaluate("one => ({ ...one.dataset })")


def shown(tab):
    of = data_of(tab, "estimate")
    return [number(of[name]) for name in ("estimate", "low", "high")]


def same(expected):
    return pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def numbers(result):
    return [result.estimate, result.ci_low, result.ci_high]


@pytest.fixture
def payload(tab):
    return tab.evaluate("JSON.parse(document.getElementById('workbench-data').textContent)")["comparisons"]


@pytest.fixture
def bench(tab, payload):
    """Choose a comparison; the controls stand as in the report."""

    def choose(treatment, control, outcome):
        names = [(one["treatment"], one["control"], one["outcome"]) for one in payload]
        one = payload[names.index((treatment, control, outcome))]
        tab.select_option("#wb-comparison", one["id"])
        tab.click("#wb-reset")
        return one

    return choose


def press(tab, name):
    tab.get_by_test_id(f"wb-{name}").check()


def test_every_comparison_opens_with_pythons_estimate(tab, payload, ev):
    assert len(payload) > 20
    for one in payload:
        tab.select_option("#wb-comparison", one["id"])
        result = ne.compare(ev, one["treatment"], one["control"], one["outcome"], one["measure"])
        assert shown(tab) == same(numbers(result)), one["id"]
        assert data_of(tab, "estimate")["k"] == str(result.k)
        assert tab.locator("#wb-changes").inner_text() == "This is the report\u2019s own analysis."
        for mark in result.marks:
            assert mark in tab.locator("#wb-marks").inner_text()


def test_a_trial_unticked_is_left_out(tab, payload, ev, bench):
    tried = 0
    for one in payload:
        if len(one["trials"]) < 2:
            continue
        asked = (one["treatment"], one["control"], one["outcome"])
        bench(*asked)
        before = shown(tab)
        for trial in one["trials"]:
            if one["measure"] not in trial["effects"]:
                continue
            box = tab.get_by_test_id(f"wb-trial-{trial['trial_id']}")
            box.uncheck()
            result = ne.compare(ev, *asked, one["measure"], without=[trial["trial_id"]])
            assert shown(tab) == same(numbers(result)), (one["id"], trial["trial_id"])
            assert shown(tab) != before
            assert f"without {trial['label']}" in tab.locator("#wb-changes").inner_text()
            box.check()
            assert shown(tab) == before
            tried += 1
    assert tried >= 4


def test_no_trial_no_number(tab, bench):
    one = bench(*POOLED)
    for trial in one["trials"]:
        tab.get_by_test_id(f"wb-trial-{trial['trial_id']}").uncheck()
    assert all(map(math.isnan, shown(tab)))
    assert tab.locator("#wb-headline").inner_text() == "No estimate: no trial is ticked"
    assert tab.locator("#wb-forest svg").count() == 0


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
@pytest.mark.parametrize("model", ["random", "common"])
def test_measure_and_model(tab, payload, ev, bench, measure, model):
    several = [one for one in payload if one["poolable"] and measure in one["measures"]]
    for one in [*several, bench(*RISKS)]:
        asked = (one["treatment"], one["control"], one["outcome"])
        bench(*asked)
        press(tab, f"measure-{measure}")
        if tab.get_by_test_id("wb-model-common").is_enabled():
            press(tab, f"model-{model}")
        result = ne.compare(ev, *asked, measure, model=model)
        assert shown(tab) == same(numbers(result)), one["id"]


def test_the_common_effect_is_another_one(tab, bench):
    """Else the tests of the two models would say nothing."""
    bench(*POOLED)
    random = shown(tab)
    press(tab, "model-common")
    assert shown(tab)[1] > random[1]
    assert shown(tab)[2] < random[2]
    assert "the common effect" in tab.locator("#wb-changes").inner_text()


MARGINS = [
    (RISKS, "RD", (6, 15, 30)),
    (RISKS, "RR", (1.25, 2, 5)),
    (MEANS, "MD", (1, 2.5, 5)),
    (POOLED, "RR", (1.1, 1.5, 3)),
    (("CYC5", "PBO", "headache"), "RD", (1, 3, 10)),
    (ACROSS, "RR", (1.1, 1.25, 3)),
]


def test_the_verdict_follows_the_margin(tab, ev, bench):
    answers = set()
    for asked, measure, margins in MARGINS:
        bench(*asked)
        press(tab, f"measure-{measure}")
        for typed in margins:
            tab.fill("#wb-margin", str(typed))
            margin = typed / 100 if measure == "RD" else typed  # typed in percentage points
            expected = ne.assess_equivalence(ne.compare(ev, *asked, measure), margin)
            found = data_of(tab, "verdict")
            assert (found["answer"], found["position"]) == (expected.answer, expected.position), (asked, measure, typed)
            words = tab.locator("#wb-verdict .wb-answer strong").inner_text()
            assert words.lower() == expected.words().lower()
            beside = tab.locator("#wb-verdict tbody tr td:last-child").all_inner_texts()
            assert [text.split(":")[0] for text in beside] == [
                {
                    "not relevant": "statistically different, not relevantly",
                    "different": "different, by more than the margin",
                }.get(answer, answer)
                for answer in expected.sensitivity["answer"]
            ]
            answers.add(expected.answer)
    assert answers == {"equivalent", "not relevant", "different", "undecided", "not randomised"}


def test_without_a_margin_nothing_is_called_equal(tab, bench):
    bench(*MEANS)
    assert data_of(tab, "verdict")["answer"] == "equivalent"
    tab.fill("#wb-margin", "")
    assert data_of(tab, "verdict")["answer"] == ""
    assert "does not make two treatments equal" in tab.locator("#wb-verdict").inner_text()


def test_a_margin_that_cannot_be_says_why(tab, bench):
    bench(*RISKS)
    press(tab, "measure-RR")
    tab.fill("#wb-margin", "1")
    assert "1 is no effect" in tab.locator("#wb-margin-fault").inner_text()
    assert tab.locator("#wb-margin").get_attribute("aria-invalid") == "true"
    assert data_of(tab, "verdict")["answer"] == ""
    tab.fill("#wb-margin", "1.25")
    assert tab.locator("#wb-margin-fault").inner_text() == ""
    assert data_of(tab, "verdict")["answer"] != ""


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
@pytest.mark.parametrize("baseline", [None, 5, 12.5, 60])
def test_patients_per_1000(tab, ev, bench, measure, baseline):
    bench(*RISKS)
    press(tab, f"measure-{measure}")
    if baseline is not None:
        tab.fill("#wb-baseline", str(baseline))
    expected = ne.absolute_effect(ne.compare(ev, *RISKS, measure), None if baseline is None else baseline / 100)
    found = data_of(tab, "per1000")
    assert [number(found[name]) for name in ("treatment", "control", "difference")] == same(
        [expected.treatment_per_1000, expected.control_per_1000, expected.difference_per_1000[0]]
    )
    said = expected.summary().splitlines()[0]  # the same sentence, after the heading
    assert tab.locator("#wb-per1000 p").first.inner_text().split(": ", 1)[1].split(";")[0] in said.replace("\n", " ")


def test_the_slider_is_the_field(tab, bench):
    bench(*RISKS)
    tab.focus("#wb-baseline-slider")
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#wb-baseline").input_value() == "0.5"
    assert number(data_of(tab, "per1000")["control"]) == same(5)
    tab.keyboard.press("End")
    assert number(data_of(tab, "per1000")["treatment"]) == same(1000)


def test_back_to_the_report(tab, bench):
    one = bench(*POOLED)
    before = (shown(tab), data_of(tab, "verdict"), tab.locator("#wb-margin").input_value())
    tab.get_by_test_id(f"wb-trial-{one['trials'][0]['trial_id']}").uncheck()
    tab.fill("#wb-margin", "1.1")
    assert (shown(tab), data_of(tab, "verdict")) != before[:2]
    tab.click("#wb-reset")
    assert (shown(tab), data_of(tab, "verdict"), tab.locator("#wb-margin").input_value()) == before


def changed_nothing(tab, one):
    """As the report has it."""


def changed_everything(tab, one):
    press(tab, "model-common")
    tab.fill("#wb-margin", "2")


def changed_trial(tab, one):
    tab.get_by_test_id(f"wb-trial-{one['trials'][1]['trial_id']}").uncheck()


def changed_risks(tab, one):
    press(tab, "measure-OR")
    tab.fill("#wb-margin", "1.5")
    tab.fill("#wb-baseline", "12.5")


@pytest.mark.parametrize(
    ("asked", "change"),
    [(MEANS, changed_nothing), (POOLED, changed_everything), (POOLED, changed_trial), (RISKS, changed_risks)],
)
def test_the_python_lines_give_what_is_shown(tab, ev, bench, monkeypatch, capsys, asked, change):
    change(tab, bench(*asked))
    monkeypatch.setattr(ne, "load_evidence", lambda: ev)
    names = {}
    exec(tab.locator("#wb-code").inner_text(), names)
    assert shown(tab) == same(numbers(names["result"]))
    assert data_of(tab, "verdict")["answer"] == (names["verdict"].answer if "verdict" in names else "")
    if "patients" in names:
        assert number(data_of(tab, "per1000")["treatment"]) == same(names["patients"].treatment_per_1000)
    assert names["result"].title() in capsys.readouterr().out


def test_plot_and_tables_say_the_same(tab, bench):
    bench(*POOLED)
    rows = tab.locator("#wb-forest-table tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    spoken = tab.locator("#wb-forest svg[role=img]").evaluate(
        "one => one.getAttribute('aria-label') || one.textContent"
    )
    assert len(rows) == 3  # two trials, and both together
    for label, estimate, limits, _ in rows:
        assert f"{label}: {estimate} ({limits})" in spoken
    drawn = tab.locator("#wb-forest svg text").all_text_contents()
    assert any(limits in text for *_, limits, _ in rows for text in drawn)


def test_the_new_estimate_is_said_once_the_hand_rests(tab, bench):
    bench(*POOLED)
    press(tab, "model-common")
    wait_until(
        tab,
        "() => document.getElementById('wb-heard').textContent.startsWith(document.getElementById('wb-headline').textContent)",
    )


def test_every_comparison_leads_to_its_trail(tab, payload):
    for one in payload:
        tab.select_option("#wb-comparison", one["id"])
        tab.locator("#wb-trail").evaluate("one => one.click()")
        panel = tab.locator("dialog#trail")
        assert one["title"] in panel.inner_text()
        assert "as printed" in panel.inner_text()
        tab.keyboard.press("Escape")
        assert not panel.is_visible()


def test_it_works_on_a_phone_by_touch(reader, ev):
    tab = reader.open(360, 740, has_touch=True, is_mobile=True)
    tab.select_option("#wb-comparison", "CYC5-PBO-somnolence")
    tab.get_by_test_id("wb-measure-RD").tap()
    assert shown(tab) == same(numbers(ne.compare(ev, *RISKS, "RD")))
    strip = tab.locator("#wb-strip")
    assert strip.inner_text().startswith("RD 0.1")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
