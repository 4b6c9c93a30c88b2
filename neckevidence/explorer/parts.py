"""What is shown, as HTML and as text."""

from __future__ import annotations

import base64
import html
import io
from collections import Counter
from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd

from neckevidence.core.numbers import band_text, interval_text, per_thousand_text
from neckevidence.effects.measures import LONG_NAMES
from neckevidence.equivalence.assessment import ANSWERS, Equivalence
from neckevidence.equivalence.reading import reading
from neckevidence.explorer.sensitivity import AS_USED, in_a_sentence
from neckevidence.explorer.shown import Shown
from neckevidence.figures import alt_text
from neckevidence.figures.style import house_style
from neckevidence.tables.base import Table

_ESTIMATORS = {"common": "common effect"}
_INTERVALS = {
    "wald": "Wald",
    "hartung-knapp": "Hartung-Knapp",
    "hartung-knapp-adhoc": "Hartung-Knapp, guarded",
}
_TOLD_APART = ("measure", "model", "tau2", "interval", "trials")  # one row of the table each
CSS = """<style>
.ne-explorer { line-height: 1.45; }
.ne-explorer h3 { margin: 0 0 2px; font-size: 1.15em; }
.ne-explorer p { margin: 2px 0; }
.ne-explorer .ne-card { border: 1px solid var(--jp-border-color1, #c3ccd4); border-left-width: 5px; padding: 6px 12px; }
.ne-explorer .ne-problem { border-left-color: #a84300; }
.ne-explorer .ne-answer { font-weight: bold; font-size: 1.1em; }
.ne-explorer img { max-width: 100%; height: auto; background: white; display: block; }
.ne-explorer ul { margin: 2px 0; padding-left: 1.4em; }
.ne-explorer summary { cursor: pointer; font-weight: bold; }
.ne-explorer .ne-scroll { max-height: 24em; overflow: auto; margin-top: 4px; }
.ne-explorer table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.ne-explorer th, .ne-explorer td { text-align: left; padding: 3px 8px; white-space: normal; vertical-align: top;
  border-bottom: 1px solid var(--jp-border-color2, #dde3e8); }
.ne-explorer thead th { position: sticky; top: 0; background: var(--jp-layout-color1, white); }
.ne-explorer td:nth-child(4) { white-space: nowrap; }
.ne-cards > .widget-html > .widget-html-content { align-self: flex-start; }
.ne-knob { display: flex !important; align-items: center; }
.ne-knob > .widget-label { text-align: right; margin-right: 8px; flex-shrink: 0; }
.ne-knob > .widget-radio-box { margin-bottom: 0 !important; }
.ne-explorer tr.ne-now { font-weight: bold; }
</style>"""


def wrapped(inner: str) -> str:
    """Put a part into the class that the style is for."""
    return f'<div class="ne-explorer">{inner}</div>'


def head(view: Shown) -> str:
    """Write title, numbers, and how the interval reads; or why there is nothing."""
    problems = "".join(f'<p class="ne-card ne-problem">{html.escape(text)}</p>' for text in view.problems)
    one = view.comparison
    if one is None:
        return problems
    lines = [f'<p class="ne-answer">{html.escape(numbers(view))}</p>']
    lines.append(f"<p>{html.escape(reading(one))}</p>")
    if view.choice.rounding and one.rounding:
        lines.append(f"<p>{html.escape(rounding_words(view))}</p>")
    return problems + "".join(lines)


def numbers(view: Shown) -> str:
    """Write the estimate with all that must stand beside it."""
    one = view.comparison
    assert one is not None
    parts = [
        f"{LONG_NAMES[one.measure].capitalize()} {interval_text(one.measure, one.estimate, one.ci_low, one.ci_high)}"
    ]
    parts.append(f"{one.k} trial{'s' if one.k != 1 else ''}")
    if one.k > 1 and one.pooled is not None:
        parts.append("common effect" if one.model == "common" else "random effects")
    return "; ".join([*parts, *one.marks])


def rounding_words(view: Shown) -> str:
    """Say what the rounding of the printed figures leaves open."""
    one = view.comparison
    assert one is not None
    bands = [(word, (one.rounding or {}).get(name)) for word, name in (
        ("estimate", "estimate"), ("lower limit", "ci_low"), ("upper limit", "ci_high"))]  # fmt: skip
    open_ends = [f"{word} {band_text(one.measure, *band)}" for word, band in bands if band]
    return f"The rounding of the printed figures leaves open: {', '.join(open_ends)}."


def picture(view: Shown) -> str:
    """Draw the forest plot, as an image with an alternative text."""
    one = view.comparison
    if one is None:
        return ""
    data = base64.b64encode(forest_svg(view).encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{html.escape(alt_text(one), quote=True)}">'


def forest_svg(view: Shown) -> str:
    """Draw the forest plot of what is shown as SVG, the same bytes each time."""
    ax = view.comparison.plot(margin=view.choice.margin, rounding=view.choice.rounding)
    return axes_svg(ax)


def axes_svg(ax: plt.Axes) -> str:
    """Write the figure of an Axes as SVG and close it."""
    buffer = io.StringIO()
    with house_style():
        ax.figure.savefig(buffer, format="svg", metadata={"Date": None})
    plt.close(ax.figure)
    return buffer.getvalue()


def judged(view: Shown) -> str:
    """Write the verdict against the margin as a card."""
    if view.comparison is None:
        return ""
    if view.verdict is None:
        text = "No margin is set: equivalence is not judged. “Not significant” would not be “equal”."
        return f'<div class="ne-card"><p class="ne-answer">Against a margin</p><p>{text}</p></div>'
    lines = verdict_lines(view)
    rest = "".join(f"<p>{html.escape(line)}</p>" for line in lines[1:])
    return f'<div class="ne-card"><p class="ne-answer">{html.escape(lines[0])}</p>{rest}</div>'


def verdict_lines(view: Shown) -> list[str]:
    """Say what the result is against the margin, and at half and one and a half times it."""
    one = view.verdict
    assert one is not None
    words = ANSWERS["not randomised"] if one.answer == "not randomised" else one.words()
    lines = [f"{words[0].upper()}{words[1:]}", f"Margin {one.margin_text()}; {_narrow(one)}"]
    if one.answer == "not randomised":
        lines.append(f"Its interval lies {one.position}.")
    if one.non_inferior is not None:
        inferior = "not inferior by the margin" if one.non_inferior else "non-inferiority is not shown"
        lines.append(f"{one.comparison.treatment_name}: {inferior}.")
    column = "answer" if one.comparison.randomised else "position"
    rows = one.sensitivity[["factor", column]].itertuples(index=False)
    lines.append("; ".join(f"at {factor:g} times the margin: {said}" for factor, said in rows if factor != 1) + ".")
    if view.choice.rounding and one.lost_by_rounding is not None:
        can = "can change" if one.lost_by_rounding else "leaves"
        lines.append(f"The rounding of the printed figures {can} the answer.")
    return lines


def _narrow(one: Equivalence) -> str:
    measure = one.comparison.measure
    return f"{measure} {interval_text(measure, one.estimate, *one.narrow, 1 - 2 * one.alpha)}."


def per_thousand(view: Shown) -> str:
    """Write the patients per 1000 as a card."""
    if view.patients is None:
        return ""
    one, of = view.patients, view.patients.comparison
    sides = f"{per_thousand_text(one.treatment_per_1000)} against {per_thousand_text(one.control_per_1000)}"
    lines = f"<p>{html.escape(one.summary())}</p><p>Baseline: {html.escape(one.baseline_rule)}.</p>"
    head = html.escape(f"Of 1000 patients: {sides} ({of.outcome_label})")
    return f'<div class="ne-card"><p class="ne-answer">{head}</p>{lines}</div>'


def notes(view: Shown) -> str:
    """Write what must be said beside the number."""
    if view.comparison is None:
        return ""
    said = [*view.comparison.notes, *(view.verdict.notes if view.verdict else ())]
    said += [f"left out: {trial.label}, {reason}" for trial, reason in view.comparison.left_out]
    rows = "".join(f"<li>{html.escape(note)}</li>" for note in said)
    return f"<details open><summary>Notes ({len(said)})</summary><ul>{rows}</ul></details>" if said else ""


def sensitivity_rows(answers: pd.DataFrame, rounding: bool) -> pd.DataFrame:
    """Gather what rounding leaves open: one row of text for each measure, model, estimator, interval and set of trials.

    Parameters
    ----------
    answers : DataFrame
        From `Sensitivity.answers`.
    rounding : bool
        Whether to say what rounding leaves open.

    Returns
    -------
    DataFrame
        Text.
    """
    rounding = rounding and bool((answers["rounding"] != AS_USED).any())
    groups: dict[tuple, list[dict]] = {}
    for record in answers.to_dict("records"):
        groups.setdefault(tuple(record[name] for name in _TOLD_APART), []).append(record)
    rows = []
    for (measure, model, tau2, interval, trials), group in groups.items():
        used = next(record for record in group if record["rounding"] == AS_USED)
        numbers = interval_text(measure, used["estimate"], used["ci_low"], used["ci_high"]).replace("95% CI ", "")
        row = {"Measure": measure, "Model": _model_name(model, tau2, interval), "Trials": trials}
        row |= {"Estimate (95% CI)": numbers, "Excludes no effect": _yes_no(used["excludes_no_effect"])}
        row["Against the margin"] = ANSWERS.get(used["answer"], used["answer"])
        if rounding:
            row["Over the rounding"] = _over_rounding(group)
        rows.append(row)
    return pd.DataFrame(rows)


def _model_name(model: str, tau2: str, interval: str) -> str:
    if model == "one trial":
        return f"one trial; {interval}" if interval else "one trial"
    return f"{_ESTIMATORS.get(tau2, f'random, {tau2}')}; {_INTERVALS[interval]}"


def _yes_no(excludes: bool | None) -> str:
    return "no interval" if excludes is None else "yes" if excludes else "no"


def _over_rounding(group: list[dict]) -> str:
    if len(group) == 1:
        return "nothing left open"
    known = [record["excludes_no_effect"] for record in group if record["excludes_no_effect"] is not None]
    text = f"excludes no effect in {sum(known)} of {len(known)}"
    judged = Counter(record["answer"] for record in group if record["answer"] != "no margin")
    if len(judged) > 1:
        text += "; " + ", ".join(f"{answer} in {count}" for answer, count in judged.items())
    return text


def sensitivity_html(answers: pd.DataFrame, view: Shown, remarks: Sequence[str]) -> str:
    """Write the sensitivity: a sentence, and the table to unfold, what is shown now in bold."""
    rounding = view.choice.rounding
    answers = answers if rounding else answers[answers["rounding"] == AS_USED]
    rows = sensitivity_rows(answers, rounding)
    titles = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in rows)
    body = "".join(
        f"<tr{' class=ne-now' if now else ''}>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>"
        for now, row in zip(_shown_now(rows, view), rows.itertuples(index=False), strict=True)
    )
    said = "".join(f"<p>{html.escape(remark)}</p>" for remark in remarks)
    return (
        f"<h3>Every combination at once</h3><p>{html.escape(in_a_sentence(answers))}</p>{said}"
        f"<details open><summary>Table: {len(rows)} rows, {len(answers)} combinations</summary>"
        '<div class="ne-scroll" tabindex="0" role="region" aria-label="Every combination">'
        f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _shown_now(rows: pd.DataFrame, view: Shown) -> list[bool]:
    one = view.comparison
    if one is None:
        return [False] * len(rows)
    trials = "; ".join(trial.label for trial in one.trials)
    fit = one.pooled
    models = [_model_name(one.model, fit.tau2_method, fit.ci_method)] if fit else None
    return [
        measure == one.measure and named == trials and (model in models if models else model.startswith("one trial"))
        for measure, model, named in zip(rows["Measure"], rows["Model"], rows["Trials"], strict=True)
    ]


def sensitivity_table(answers: pd.DataFrame, view: Shown) -> Table:
    """Return the sensitivity as a table to look at."""
    answers = answers if view.choice.rounding else answers[answers["rounding"] == AS_USED]
    title = f"Every combination: {view.comparison.title()}" if view.comparison else "Every combination"
    return Table(sensitivity_rows(answers, view.choice.rounding), title, in_a_sentence(answers))


def text_of(view: Shown) -> str:
    """Write what is shown as plain text."""
    if view.comparison is None:
        return "\n".join(view.problems)
    lines = [view.comparison.title(), f"  {numbers(view)}", f"  {reading(view.comparison)}"]
    lines += [f"  {line}" for line in (verdict_lines(view) if view.verdict else ["no margin is set"])]
    lines += [f"  {view.patients.summary()}"] if view.patients else []
    return "\n".join([*lines, *(f"  ! {problem}" for problem in view.problems)])
