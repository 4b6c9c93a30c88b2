"""The explorer, driven as a reader drives it: by setting the values of its widgets."""

import ast
import asyncio
import sys
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest

import neckevidence as ne
from neckevidence.explorer.insert import CellWriter
from neckevidence.explorer.parts import axes_svg, forest_svg
from neckevidence.explorer.questions import Questions
from neckevidence.explorer.widgets import explore


@pytest.fixture(scope="module")
def shared(ev):
    return explore(ev, "CYC5", "PBO", outcome="pain_relief", measure="RD")


@pytest.fixture
def explorer(shared):
    """The explorer at its start; what it has computed is kept from test to test."""
    start = {"treatment": "CYC5", "control": "PBO", "outcome": "pain_relief", "measure": "RD", "model": "random"}
    start |= {"population": "all", "baseline": "", "rounding": True, "margin": "0.06"}
    turn(shared, **start)
    return shared


def turn(explorer, **values):
    for name, value in values.items():
        explorer.controls[name].value = value


def everything(explorer):
    return " ".join(part.value for part in explorer._outputs.values())


def same(one, other):
    assert (one.estimate, one.ci_low, one.ci_high) == (other.estimate, other.ci_low, other.ci_high)


def test_it_starts_with_what_was_asked_for(ev, explorer):
    same(explorer.result, ne.compare(ev, "CYC5", "PBO", "pain_relief", "RD"))
    assert explorer.verdict.margin_id == "M05"
    assert explorer.controls["margin"].value == "0.06"
    assert 'alt="Forest plot' in everything(explorer)
    assert "Cyclobenzaprine 5 mg against placebo: pain relief" in everything(explorer)
    assert "data:image/svg+xml" in everything(explorer)


def test_without_a_wish_it_starts_with_a_figure(ev):
    assert explore(ev).result is not None


@pytest.mark.parametrize("outcome", ["somnolence", "dry_mouth", "headache"])
def test_a_change_of_outcome_shows_what_compare_says(ev, explorer, outcome):
    turn(explorer, outcome=outcome)
    same(explorer.result, ne.compare(ev, "CYC5", "PBO", outcome, "RD"))
    turn(explorer, measure="OR")
    same(explorer.result, ne.compare(ev, "CYC5", "PBO", outcome, "OR"))
    assert explorer.controls["margin"].value == ""  # no margin was set beforehand for it
    assert explorer.verdict is None
    assert "No margin is set" in everything(explorer)


def test_a_change_of_treatments_keeps_the_outcome_if_it_is_there(ev, explorer):
    turn(explorer, outcome="somnolence", measure="RR", treatment="CER15", control="CYC10")
    same(explorer.result, ne.compare(ev, "CER15", "CYC10", "somnolence", "RR"))
    turn(explorer, control="PBO", outcome="medication_helpfulness", treatment="CER")
    assert explorer.controls["outcome"].value == "medication_helpfulness"
    turn(explorer, model="common")
    asked = ne.compare(ev, "CER", "PBO", "medication_helpfulness", "RR", model="common")
    same(explorer.result, asked)
    assert "common effect" in everything(explorer)


def test_the_verdict_follows_the_margin(explorer):
    """The 90% interval of the difference is 0.067 to 0.173, the 95% interval 0.057 to 0.183 (see test_limits)."""
    assert explorer.verdict.answer == "undecided"
    turn(explorer, margin="0.05")
    assert explorer.verdict.answer == "different"
    assert "Different, by more than the margin" in everything(explorer)
    assert "not in the table of margins" in everything(explorer)
    turn(explorer, margin="20%")
    assert explorer.verdict.answer == "not relevant"
    turn(explorer, margin="")
    assert explorer.verdict is None


def test_what_is_not_randomised_is_described_not_judged(explorer):
    turn(explorer, control="CYC10", outcome="somnolence", measure="RD", margin="0.2")
    assert explorer.verdict.answer == "not randomised"
    assert "Not randomised: described, not judged" in everything(explorer)
    assert "not a randomised comparison" in everything(explorer)


def test_the_population_leaves_trials_out_or_says_that_there_is_no_figure(ev, explorer):
    turn(explorer, population="neck")
    assert explorer.result is None
    assert "No figure for this population (neck). The trials with a figure: Label" in everything(explorer)
    assert "<img" not in everything(explorer)
    assert explorer.controls["code"].disabled
    turn(explorer, population="mixed")
    same(explorer.result, ne.compare(ev, "CYC5", "PBO", "pain_relief", "RD"))


def test_the_population_is_the_same_as_leaving_the_other_trials_out(ev):
    """One of the two trials of extended release is called one of the neck, which it is not in the evidence."""
    questions = Questions(ev)
    whole = questions.ask(("CER", "PBO"), "medication_helpfulness", "RR")
    first = replace(whole.trials[0], region="neck")
    changed = replace(whole, trials=(first, *whole.trials[1:]))
    questions._kept[("CER", "PBO"), "medication_helpfulness", "RR", "random", ()] = changed
    from neckevidence.explorer.shown import Choice, shown

    view = shown(questions, Choice(("CER", "PBO"), "medication_helpfulness", "RR", population="neck"))
    left = [trial.trial_id for trial in whole.trials[1:]]
    same(view.comparison, ne.compare(ev, "CER", "PBO", "medication_helpfulness", "RR", without=left))
    assert view.without == tuple(left)


def test_rounding_is_shown_or_not(explorer):
    assert "The rounding of the printed figures leaves open: estimate 0.1" in everything(explorer)
    assert len(explorer.sensitivity) == 75
    pictured = explorer._outputs["picture"].value
    turn(explorer, rounding=False)
    assert "rounding" not in explorer._outputs["head"].value + explorer._outputs["verdict"].value
    assert explorer._outputs["picture"].value != pictured
    assert "3 rows, 3 combinations" in explorer._outputs["sensitivity"].value


def test_the_baseline_risk_changes_the_patients_and_nothing_else(ev, explorer):
    picture, result = explorer._outputs["picture"].value, explorer.result
    turn(explorer, baseline="20%")
    wanted = ne.absolute_effect(result, 0.2)
    assert explorer.patients.difference_per_1000 == wanted.difference_per_1000
    assert wanted.summary() in everything(explorer)
    assert explorer._outputs["picture"].value == picture
    turn(explorer, treatment="NAP+CYC5", control="NAP+PBO", outcome="rmdq_improvement")
    assert explorer.patients is None
    assert explorer.controls["baseline"].disabled


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("margin", "abc", "Margin: &#x27;abc&#x27; is not a number"),
        ("margin", "0", "margin must be a number above 0, found 0.0"),
        ("margin", "-0.1", "margin must be a number above 0"),
        ("margin", "6", "margin for RD is a share below 1"),
        ("margin", "nan", "is not a number"),
        ("margin", "<b>", "&lt;b&gt;"),
        ("baseline", "120%", "Baseline risk: a risk must lie between 0 and 1, found 1.2"),
        ("baseline", "high", "is not a number"),
    ],
)
def test_wrong_input_is_a_sentence(ev, explorer, name, typed, said):
    turn(explorer, **{name: typed})
    assert said in everything(explorer)
    same(explorer.result, ne.compare(ev, "CYC5", "PBO", "pain_relief", "RD"))  # all else is still shown
    assert (explorer.verdict is None) == (name == "margin")


def test_two_treatments_whose_figures_do_not_belong_together_are_a_sentence(explorer):
    questions = explorer._questions
    empty = ("DZP", "PBO")
    assert "PBO" in questions.controls("DZP")
    turn(explorer, treatment="DZP", control="PBO")
    assert explorer.result is None
    assert "no figure" in everything(explorer).lower()
    assert explorer.sensitivity.empty
    for outcome, measures in questions.candidates[empty].items():
        for measure in measures:
            questions.ask(empty, outcome, measure)
    assert "PBO" not in questions.controls("DZP")  # once it is known, it is no longer offered


def test_what_cannot_be_shown_first_is_refused(ev):
    with pytest.raises(ne.NeckevidenceError, match="no figure for CYC5 against PBO, dizziness; outcomes with a figure"):
        explore(ev, "CYC5", "PBO", outcome="dizziness")
    with pytest.raises(ne.NeckevidenceError, match="measure must be one of RR, OR, RD here; found 'MD'"):
        explore(ev, "CER15", "PBO", outcome="somnolence", measure="MD")


@pytest.mark.parametrize(("pair", "measure"), [(("CER15", "PBO"), "RR"), (("NAP+DZP5", "NAP+PBO"), "MD")])
def test_nothing_is_offered_too_little(ev, pair, measure):
    """Ask for every outcome that is printed anywhere, also for those that the explorer does not offer."""
    questions, there = Questions(ev), []
    table = ev.counts if measure == "RR" else ev.means
    for outcome in table["outcome"].unique():
        try:
            there.append(ne.compare(ev, *pair, outcome, measure).outcome)
        except ne.NoComparisonError:
            continue
    assert len(there) > 1 or measure == "MD"
    offered = [outcome for outcome in questions.outcomes(pair) if measure in questions.measures(pair, outcome)]
    assert set(there) <= set(offered)
    assert set(offered) - set(there) <= set(ev.ratings["outcome"]) | set(ev.reported["outcome"])


STATES = [
    {},
    {"margin": "0.2", "baseline": "15%"},
    {"margin": "", "rounding": False},
    {"measure": "OR", "margin": "1.5"},
    {"control": "CYC10", "outcome": "somnolence", "measure": "RR", "margin": "1.25"},
    {"treatment": "CER", "outcome": "medication_helpfulness", "measure": "RR", "model": "common", "margin": "1.25"},
    {"treatment": "NAP+CYC5", "control": "NAP+PBO", "outcome": "rmdq_improvement"},
]


@pytest.mark.parametrize("state", STATES, ids=str)
def test_the_code_gives_exactly_what_is_shown(ev, explorer, state, capsys, monkeypatch):
    drawn = []
    monkeypatch.setattr("neckevidence.figures.show", lambda ax, result: drawn.append(axes_svg(ax)))
    turn(explorer, **state)
    assert len(explorer.code.splitlines()) <= 10
    ast.parse(explorer.code)
    names = {"ev": ev}
    exec(explorer.code, names)
    view = explorer.view
    assert names["result"].to_dict() == view.comparison.to_dict()
    for name, shown in (("verdict", view.verdict), ("patients", view.patients)):
        assert (name in names) == (shown is not None)
        if shown is not None:
            assert repr(names[name].to_dict()) == repr(shown.to_dict())  # as text: not known is equal to not known
    assert drawn == [forest_svg(view)]
    assert view.comparison.title() in capsys.readouterr().out


def test_the_code_leaves_out_the_trials_of_other_regions(ev, monkeypatch):
    from neckevidence.explorer.code import code_of
    from neckevidence.explorer.shown import Choice, Shown

    result = ne.compare(ev, "CER", "PBO", "medication_helpfulness", "RR", without=["cer_1105"])
    view = Shown(Choice(("CER", "PBO"), "medication_helpfulness", "RR"), ("cer_1105",), result, None, None, ())
    names = {"ev": ev}
    monkeypatch.setattr("neckevidence.figures.show", lambda ax, result: plt.close(ax.figure))
    exec(code_of(view, ev), names)
    assert names["result"].to_dict() == result.to_dict()


class Lab:
    """Stands for JupyterLab, and writes down what it is asked to do."""

    version = "4"

    def __init__(self):
        self.asked = []
        self.commands = self

    def execute(self, command, args=None):
        self.asked.append((command, args))


def test_the_button_writes_the_code_into_a_cell_or_shows_it_for_copying(explorer):
    lab, before = Lab(), explorer._writer._app
    explorer._writer._app = lab
    explorer.controls["code"].click()
    assert lab.asked == [
        ("notebook:insert-cell-below", None),
        ("notebook:replace-selection", {"text": explorer.code}),
    ]
    assert explorer._code.value == explorer.code
    assert "new cell below" in everything(explorer)
    explorer._writer._app = None
    explorer.controls["code"].click()
    assert "Copy the code" in everything(explorer)
    assert explorer._code.layout.display == ""
    explorer._writer._app = before


def test_all_controls_have_a_name(explorer):
    assert all(control.description for control in explorer.controls.values())
    assert 'alt="Forest plot' in everything(explorer)


def test_words_stand_in_for_the_widgets_where_there_is_no_front_end(explorer):
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == repr(explorer)
    assert "Risk difference 0.120 (95% CI 0.057 to 0.183); 1 trial" in repr(explorer)
    assert "0x" not in repr(explorer)


def test_it_prepares_between_the_readers_changes_where_there_is_a_loop(ev):
    async def notebook():
        explorer = explore(ev, "CAR250", "PBO")
        explorer._questions.candidates = {("CAR250", "PBO"): explorer._questions.candidates[("CAR250", "PBO")]}
        explorer._repr_mimebundle_()
        assert explorer._progress.layout.display == "none"
        await asyncio.wait_for(explorer._task, 20)
        return explorer

    explorer = asyncio.run(notebook())
    assert list(explorer._questions.left_to_prepare()) == []
    assert explorer._progress.layout.display == "none"


def test_the_sensitivity_marks_the_row_that_is_shown(explorer):
    turn(explorer, treatment="CER", outcome="medication_helpfulness", measure="RR", model="random")
    html = explorer._outputs["sensitivity"].value
    assert html.count("class=ne-now") == 1
    row = html.split("class=ne-now>")[1].split("</tr>")[0]
    assert "random, REML; Hartung-Knapp, guarded" in row
    table = explorer.sensitivity_table()
    assert len(table.frame) == 72
    assert table.note in html


def test_without_ipylab_the_code_is_shown_for_copying(ev, explorer, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipylab", None)  # as if it were not installed
    writer = CellWriter()
    assert not writer.available
    assert writer.write(explorer.view, ev) is False


def test_what_the_table_of_margins_says_is_text(explorer):
    hostile = replace(explorer.view.choice.margin, rule="<img src=x onerror=stolen()>", source_id="<b>a</b>")
    shown = explorer._margin_note(replace(explorer.view.choice, margin=hostile))
    assert "M05: &lt;img src=x onerror=stolen()&gt; (&lt;b&gt;a&lt;/b&gt;)" in shown
    assert "<img" not in shown


def test_a_margin_of_another_scale_is_not_offered(ev):
    # Schnabel 2004 prints pain on a scale of 0 to 10; the margin in the table is one of 10 points of 100.
    explorer = ne.explore(ev, "COLLAR", "EXERCISE", outcome="pain_intensity", measure="MD")
    assert explorer.controls["margin"].value == ""
    assert explorer.verdict is None
