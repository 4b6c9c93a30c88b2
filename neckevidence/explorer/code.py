"""The code that gives what is shown."""

from __future__ import annotations

from neckevidence.explorer.shown import Shown
from neckevidence.judgement.margins import Margin


def code_of(view: Shown) -> str:
    """Write the code that gives what is shown, in a notebook where ``ev`` is the evidence.

    Parameters
    ----------
    view : Shown
        What is shown.

    Returns
    -------
    str
        A few lines that define ``result``, ``verdict`` and ``patients`` as far as they are shown, and draw the forest plot; a
        comment if there is nothing to compute.
    """
    choice = view.choice
    if view.comparison is None:
        return "\n".join(f"# {problem}" for problem in view.problems)
    lines = ["import neckevidence as ne", "from neckevidence.figures import show"]
    if isinstance(choice.margin, Margin):
        lines.append("from neckevidence.judgement.margins import margin_for_result")
    treatment, control = choice.pair
    options = [f"outcome={quoted(choice.outcome)}", f"measure={quoted(choice.measure)}"]
    if choice.model != "random":
        options.append(f"model={quoted(choice.model)}")
    if view.without:
        options.append(f"without=[{', '.join(map(quoted, view.without))}]")
    lines += ["", f"result = ne.compare(ev, {quoted(treatment)}, {quoted(control)}, {', '.join(options)})"]
    drawn, said = [], ["result"]
    if view.verdict is not None:
        of_table = isinstance(choice.margin, Margin)
        lines.append(f"margin = {'margin_for_result(ev, result)' if of_table else repr(choice.margin)}")
        lines.append("verdict = ne.assess_equivalence(result, margin)")
        drawn.append("margin=margin")
        said.append("verdict")
    if view.patients is not None:
        baseline = "" if choice.baseline is None else f", baseline={choice.baseline!r}"
        lines.append(f"patients = ne.absolute_effect(result{baseline})")
        said.append("patients")
    if not choice.rounding:
        drawn.append("rounding=False")
    lines.append(f"show(result.plot({', '.join(drawn)}), result)")
    lines.append(f"print({', '.join(f'{name}.summary()' for name in said)}, sep={quoted(chr(92) + 'n')})")
    return "\n".join(lines)


def quoted(text: str) -> str:
    """Return a text in double quotes."""
    return f'"{text}"'
