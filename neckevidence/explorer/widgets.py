"""The explorer: widgets for the choices of a comparison, and what follows from them."""

from __future__ import annotations

import asyncio
import gc
import html
from dataclasses import replace
from typing import Any, ClassVar

import ipywidgets as w
import pandas as pd
from tqdm import tqdm

from neckevidence.comparison.result import Comparison
from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.evidence import Evidence
from neckevidence.equivalence.limits import margin_bounds
from neckevidence.equivalence.margins import Margin, margin_for_result
from neckevidence.explorer import parts
from neckevidence.explorer.code import code_of
from neckevidence.explorer.insert import CellWriter
from neckevidence.explorer.questions import Pair, Questions
from neckevidence.explorer.sensitivity import Sensitivity, every_combination
from neckevidence.explorer.shown import EVERYBODY, Choice, Shown, check_risk, number_from, region_name, shown
from neckevidence.tables.base import Table

_MODELS = [("random effects", "random"), ("common effect", "common")]
_WIDE, _NARROW = "460px", "300px"
_MOST_PICTURES = 200  # of about 80 kB
_PAUSE = 0.01  # seconds for the reader's own changes between two comparisons prepared


def explore(
    evidence: Evidence, treatment: str = "", control: str = "", outcome: str = "", measure: str = ""
) -> Explorer:
    """Turn the knobs of a comparison in a notebook.

    Parameters
    ----------
    evidence : Evidence
        The evidence.
    treatment, control, outcome, measure : str, optional
        What is shown first; by default the first of each for which there is a figure.

    Returns
    -------
    Explorer
        Shows itself in a notebook; comparison, outcome, measure, model, margin, population, rounding and baseline risk can be
        changed there.

    Raises
    ------
    NeckevidenceError
        If there is no figure for what shall be shown first.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> explorer = explore(load_evidence(), "CYC5", "PBO", outcome="pain_relief", measure="RD")
    >>> explorer.controls["margin"].value = "0.20"
    >>> explorer.verdict.answer
    'not relevant'
    """
    return Explorer(evidence, (treatment, control), outcome, measure)


class Explorer:
    """The widgets, and what they show.

    Attributes
    ----------
    controls : dict of str to Widget
        treatment, control, outcome, measure, model, population, margin, baseline, rounding, code.
    view : Shown
        All that is shown now.
    box : VBox
        The widget to display.
    """

    _preparing: ClassVar[asyncio.Task | None] = None

    def __init__(self, evidence: Evidence, pair: Pair, outcome: str, measure: str) -> None:
        self._questions = Questions(evidence)
        self._sensitivities: dict[tuple[Pair, str], Sensitivity] = {}
        self._pictures: dict[Choice, str] = {}
        self._margin: Margin | None = None  # the one in the table for what is shown
        self._task: asyncio.Task | None = None
        self._busy = False
        self._writer = CellWriter()
        self.controls = _controls(self._questions)
        self._outputs = {
            name: w.HTML(layout=w.Layout(max_width="100%"))
            for name in ("head", "picture", "verdict", "patients", "notes", "sensitivity", "said", "margin_note")
        }
        self._code = w.Textarea(description="Code", rows=9, layout=w.Layout(width="98%", display="none"))
        self._progress = w.IntProgress(description="Preparing", layout=w.Layout(width=_NARROW, display="none"))
        self.box = self._laid_out()
        self._start(pair, outcome, measure)
        for name, control in self.controls.items():
            if name == "code":
                control.on_click(self._write_code)
            else:
                control.observe(self._changed, names="value")

    # What is shown now.

    @property
    def result(self) -> Comparison | None:
        """The comparison shown; None if there is no figure."""
        return self.view.comparison

    @property
    def verdict(self) -> Any:
        """The verdict against the margin; None without one."""
        return self.view.verdict

    @property
    def patients(self) -> Any:
        """Patients per 1000; None if there are none to give."""
        return self.view.patients

    @property
    def code(self) -> str:
        """The code that gives what is shown."""
        return code_of(self.view, self._questions.evidence)

    @property
    def sensitivity(self) -> pd.DataFrame:
        """Every combination of choices for what is compared, one row each, judged against the margins.

        The measure shown has the margin shown, the others those of the table of margins.
        """
        choice = self.view.choice
        found = self._sensitivity(choice.pair, choice.outcome)
        if found is None:
            return pd.DataFrame()
        margins = {one: self._margin_for(choice.pair, choice.outcome, one) for one in self.controls["measure"].options}
        return found.answers(margins | {choice.measure: choice.margin})

    def sensitivity_table(self) -> Table:
        """Return the sensitivity as a table to look at."""
        return parts.sensitivity_table(self.sensitivity, self.view)

    def __repr__(self) -> str:
        return f"<Explorer>\n{parts.text_of(self.view)}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Show the widgets where there is a front end for them, and the words where there is none."""
        self._prepare_when_idle()
        plain = {"text/plain": repr(self)}
        bundle = self.box._repr_mimebundle_() or {}
        return {**bundle, **plain}

    # Preparing ahead.

    def prepare(self, progress: bool = True) -> None:
        """Compute all that can be asked, so that every change shows at once.

        Parameters
        ----------
        progress : bool
            Whether to show a progress bar.
        """
        for question in tqdm(list(self._questions.left_to_prepare()), disable=not progress, unit="comparison"):
            self._questions.prepare(*question)
        self._leave_out_what_is_empty()

    def _prepare_when_idle(self) -> None:
        """Prepare between the reader's changes, in a notebook's event loop; elsewhere each is computed when asked for."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._task is not None:
            return
        if Explorer._preparing is not None:  # of a cell that is run again: only the newest explorer is prepared
            Explorer._preparing.cancel()
        self._task = Explorer._preparing = loop.create_task(self._prepare_slowly())

    async def _prepare_slowly(self) -> None:
        shown_first = self.view.choice.pair[0]
        left = sorted(self._questions.left_to_prepare(), key=lambda question: question[0][0] != shown_first)
        self._progress.max, self._progress.layout.display = len(left), ""
        for number, question in enumerate(left):
            await asyncio.sleep(_PAUSE)
            self._questions.prepare(*question)
            if number % 20 == 0:
                self._progress.value = number
        self._progress.layout.display = "none"
        self._leave_out_what_is_empty()

    def _leave_out_what_is_empty(self) -> None:
        """Take treatments without any figure out of the lists; what is shown stays."""
        self._busy = True
        try:
            self._offer()
        finally:
            self._busy = False

    # Choosing.

    def _start(self, pair: Pair, outcome: str, measure: str) -> None:
        treatments = self._questions.treatments()
        if not treatments:
            raise NeckevidenceError("the evidence holds no comparison of two treatments with a figure")
        treatment = pair[0] or treatments[0]
        pair = treatment, pair[1] or next(iter(self._questions.controls(treatment)), "")
        outcomes = self._questions.outcomes(pair)
        if not outcomes or (outcome and outcome not in outcomes):
            there = f"; outcomes with a figure: {', '.join(outcomes)}" if outcomes else ""
            asked = f", {outcome}" if outcome else ""
            raise NeckevidenceError(f"no figure for {' against '.join(pair)}{asked}{there}")
        outcome = outcome or outcomes[0]
        measures = self._questions.measures(pair, outcome)
        if measure and measure not in measures:
            raise NeckevidenceError(f"measure must be one of {', '.join(measures)} here; found {measure!r}")
        wanted = {"treatment": pair[0], "control": pair[1], "outcome": outcome, "measure": measure or measures[0]}
        self._offer(wanted)
        self._fill_margin()
        self._show()

    def _offer(self, wanted: dict[str, str] | None = None) -> None:
        """Fill the lists with what there is, the choice kept where it is still there."""
        wanted, asked = wanted or {}, self._questions
        self._list("treatment", [(asked.name(code), code) for code in asked.treatments()], wanted)
        treatment = self.controls["treatment"].value
        self._list("control", [(asked.name(code), code) for code in asked.controls(treatment)], wanted)
        pair = treatment, self.controls["control"].value
        labels = asked.evidence.keyed("outcomes")["label"]
        self._list("outcome", [(labels[code], code) for code in asked.outcomes(pair)], wanted)
        outcome = self.controls["outcome"].value
        self._list("measure", asked.measures(pair, outcome) if outcome else [], wanted)

    def _list(self, name: str, options: list[Any], wanted: dict[str, str]) -> None:
        control = self.controls[name]
        values = [option[1] if isinstance(option, tuple) else option for option in options]
        value = wanted.get(name, control.value)
        if list(control.options) != options:
            control.options = options
        value = value if value in values else (values[0] if values else None)
        if control.value != value:
            control.value = value

    def _changed(self, change: dict[str, Any]) -> None:
        if self._busy:  # a list that is being filled, not a change by the reader
            return
        name = next(name for name, control in self.controls.items() if control is change["owner"])
        collects = gc.isenabled()
        gc.disable()  # a full collection takes longer than all the rest; it can wait until the change is shown
        self._busy = True
        try:
            if name in ("treatment", "control", "outcome"):
                self._offer()
            if name in ("treatment", "control", "outcome", "measure"):
                self._fill_margin()
            self._show()
        finally:
            self._busy = False
            if collects:
                gc.enable()

    def _fill_margin(self) -> None:
        """Set the margin to that of the table; a margin typed for another measure or outcome would mean something else."""
        names = ("treatment", "control", "outcome", "measure")
        treatment, control, outcome, measure = (self.controls[name].value for name in names)
        self._margin = self._margin_for((treatment, control), outcome, measure)
        self.controls["margin"].value = "" if self._margin is None else f"{self._margin.value:g}"

    def _margin_for(self, pair: Pair, outcome: str | None, measure: str | None) -> Margin | None:
        found = self._questions.ask(pair, outcome, measure) if outcome and measure else None
        return margin_for_result(self._questions.evidence, found) if isinstance(found, Comparison) else None

    def _choice(self) -> tuple[Choice, tuple[str, ...]]:
        """Read the knobs; what is typed wrong becomes a sentence, and counts as not set."""
        values = {name: control.value for name, control in self.controls.items() if name != "code"}
        problems = []
        checks = {"margin": lambda value: margin_bounds(values["measure"], value), "baseline": check_risk}
        for name, check in checks.items():
            try:
                values[name] = number_from(values[name])
                if values[name] is not None and values["measure"]:
                    check(values[name])
            except NeckevidenceError as wrong:
                problems.append(f"{self.controls[name].description}: {wrong}.")
                values[name] = None
        if self._margin is not None and values["margin"] == self._margin.value:
            values["margin"] = self._margin
        pair = values.pop("treatment"), values.pop("control")
        return Choice(pair=pair, **values), tuple(problems)

    # Showing.

    def _show(self) -> None:
        choice, problems = self._choice()
        if choice.measure is None:  # two treatments whose figures do not belong together
            reasons = self._questions.reasons(choice.pair)
            self.view = Shown(choice, (), None, None, None, (*problems, *reasons))
        else:
            self.view = shown(self._questions, choice, problems)
        one = self.view.comparison
        self.controls["model"].disabled = one is None or one.pooled is None
        self.controls["baseline"].disabled = choice.measure not in ("RR", "OR", "RD")
        self.controls["code"].disabled = one is None
        self._code.layout.display = "none"
        written = {
            "head": parts.CSS + parts.wrapped(parts.head(self.view)),
            "picture": parts.wrapped(self._picture()),
            "verdict": parts.wrapped(parts.judged(self.view)),
            "patients": parts.wrapped(parts.per_thousand(self.view)),
            "notes": parts.wrapped(parts.notes(self.view)),
            "sensitivity": parts.wrapped(self._sensitivity_html()),
            "margin_note": parts.wrapped(self._margin_note(choice)),
            "said": "",
        }
        for name, value in written.items():
            self._outputs[name].value = value

    def _picture(self) -> str:
        """Draw what is shown, or find it drawn: the baseline risk does not change it."""
        key = replace(self.view.choice, baseline=None)
        if key not in self._pictures:
            if len(self._pictures) == _MOST_PICTURES:
                self._pictures.pop(next(iter(self._pictures)))
            self._pictures[key] = parts.picture(self.view)
        return self._pictures[key]

    def _sensitivity(self, pair: Pair, outcome: str | None) -> Sensitivity | None:
        if not outcome:
            return None
        if (pair, outcome) not in self._sensitivities:
            found = [self._questions.ask(pair, outcome, one) for one in self._questions.measures(pair, outcome)]
            self._sensitivities[pair, outcome] = every_combination([one for one in found if not isinstance(one, str)])
        return self._sensitivities[pair, outcome]

    def _sensitivity_html(self) -> str:
        found = self._sensitivity(self.view.choice.pair, self.view.choice.outcome)
        return "" if found is None else parts.sensitivity_html(self.sensitivity, self.view, found.notes)

    def _margin_note(self, choice: Choice) -> str:
        if isinstance(choice.margin, Margin):
            margin = choice.margin
            return f"<p>{html.escape(f'{margin.margin_id}: {margin.rule} ({margin.source_id})')}</p>"
        if choice.margin is not None:
            return "<p>typed here: not in the table of margins</p>"
        form = {"RR": "a ratio, for example 1.25", "OR": "a ratio, for example 1.25", "RD": "a share: 0.06 is 6 points"}
        return f"<p>none set beforehand; {form.get(choice.measure, 'in the units of the outcome')}</p>"

    def _write_code(self, _: Any) -> None:
        self._code.value, self._code.layout.display = self.code, ""
        done = self._writer.write(self.view, self._questions.evidence)
        where = (
            "The code stands in a new cell below this one, and here."
            if done
            else "Copy the code into a cell. With the package ipylab, JupyterLab puts it there itself."
        )
        self._outputs["said"].value = parts.wrapped(f"<p>{where}</p>")

    def _laid_out(self) -> w.VBox:
        knobs, shows = self.controls, self._outputs
        for name in ("measure", "model"):
            knobs[name].add_class("ne-knob")
        row = w.Layout(display="flex", flex_flow="row wrap", grid_gap="4px 24px", align_items="center")
        margin = w.Box([knobs["margin"], shows["margin_note"]], layout=row)
        choices = [
            w.Box([knobs["treatment"], knobs["control"]], layout=row),
            w.Box([knobs["outcome"], knobs["measure"]], layout=row),
            w.Box([knobs["population"], knobs["model"]], layout=row),
            margin,
            w.Box([knobs["baseline"], knobs["rounding"], self._progress], layout=row),
        ]
        cards = w.Box([shows["verdict"], shows["patients"]], layout=w.Layout(flex_flow="row wrap", grid_gap="8px 24px"))
        cards.add_class("ne-cards")
        for card in cards.children:
            card.layout = w.Layout(flex="1 1 340px", max_width="100%")
        code = w.VBox([w.Box([knobs["code"], shows["said"]], layout=row), self._code])
        shown_below = [shows["head"], shows["picture"], cards, shows["notes"], shows["sensitivity"], code]
        return w.VBox([*choices, *shown_below], layout=w.Layout(grid_gap="8px", max_width="1100px"))


def _controls(questions: Questions) -> dict[str, w.Widget]:
    style = {"description_width": "110px"}
    wide, narrow = w.Layout(width=_WIDE, max_width="100%"), w.Layout(width=_NARROW, max_width="100%")
    regions = [EVERYBODY, *questions.regions()]
    return {
        "treatment": w.Dropdown(description="Treatment", style=style, layout=wide),
        "control": w.Dropdown(description="Against", style=style, layout=wide),
        "outcome": w.Dropdown(description="Outcome", style=style, layout=wide),
        "measure": w.RadioButtons(description="Measure", style=style, orientation="horizontal", layout=wide),
        "model": w.RadioButtons(
            options=_MODELS, description="Model", style=style, orientation="horizontal", layout=wide
        ),
        "population": w.Dropdown(
            options=[(region_name(questions.evidence, region), region) for region in regions],
            description="Population",
            style=style,
            layout=wide,
        ),
        "margin": w.Text(description="Margin", placeholder="none", continuous_update=False, style=style, layout=narrow),
        "baseline": w.Text(
            description="Baseline risk",
            placeholder="that of the trials",
            continuous_update=False,
            style=style,
            layout=narrow,
        ),
        "rounding": w.Checkbox(
            value=True, description="What rounding leaves open", indent=False, layout=w.Layout(width="220px")
        ),
        "code": w.Button(
            description="Write the code into a cell",
            tooltip="Write the code of what is shown into a new cell",
            layout=w.Layout(width="240px"),
        ),
    }
