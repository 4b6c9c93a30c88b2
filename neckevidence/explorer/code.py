"""The code that gives what is shown. Whatever the evidence says stands in it as a literal or as a comment."""

from __future__ import annotations

import math
from collections.abc import Collection

from neckevidence.core.errors import NeckevidenceError, UnknownCodeError
from neckevidence.data.evidence import Evidence
from neckevidence.equivalence.margins import Margin
from neckevidence.explorer.shown import Shown


def code_of(view: Shown, evidence: Evidence) -> str:
    """Write the code that gives what is shown, in a notebook where ``ev`` is the evidence.

    Parameters
    ----------
    view : Shown
        What is shown.
    evidence : Evidence
        The evidence it is shown of.

    Returns
    -------
    str
        A few lines that define ``result``, ``verdict`` and ``patients`` as far as they are shown, and draw the forest plot; a
        comment if there is nothing to compute.

    Raises
    ------
    UnknownCodeError
        If the evidence does not hold a treatment, outcome or trial of what is shown.
    NeckevidenceError
        If a number is not finite.
    """
    choice = view.choice
    if view.comparison is None:
        return "\n".join(map(comment, view.problems))
    lines = ["import neckevidence as ne", "from neckevidence.figures import show"]
    if isinstance(choice.margin, Margin):
        lines.append("from neckevidence.equivalence.margins import margin_for_result")
    treatments = evidence.keyed("treatments").index
    asked = [_code("treatment", treatment, treatments) for treatment in choice.pair]
    asked.append(f"outcome={_code('outcome', choice.outcome, evidence.keyed('outcomes').index)}")
    asked.append(f"measure={choice.measure!r}")
    if choice.model != "random":
        asked.append(f"model={choice.model!r}")
    if view.without:
        trials = evidence.keyed("trials").index
        asked.append(f"without=[{', '.join(_code('trial', trial_id, trials) for trial_id in view.without)}]")
    lines += ["", f"result = ne.compare(ev, {', '.join(asked)})"]
    drawn, said = [], ["result"]
    if view.verdict is not None:
        of_table = isinstance(choice.margin, Margin)
        lines.append(f"margin = {'margin_for_result(ev, result)' if of_table else _number(choice.margin)}")
        lines.append("verdict = ne.assess_equivalence(result, margin)")
        drawn.append("margin=margin")
        said.append("verdict")
    if view.patients is not None:
        baseline = "" if choice.baseline is None else f", baseline={_number(choice.baseline)}"
        lines.append(f"patients = ne.absolute_effect(result{baseline})")
        said.append("patients")
    if not choice.rounding:
        drawn.append("rounding=False")
    lines.append(f"show(result.plot({', '.join(drawn)}), result)")
    lines.append(f"print({', '.join(f'{name}.summary()' for name in said)}, sep={chr(10)!r})")
    return "\n".join(lines)


def comment(text: str) -> str:
    r"""Write a text as comment lines: each of its lines is one, and what does not print stands as its escape.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Lines that all begin with a number sign.

    Examples
    --------
    >>> print(comment("No figure.\nimport os\x0b\u202e"))
    # No figure.
    # import os
    # \u202e
    """
    lines = ("".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in line) for line in text.splitlines())
    return "\n".join(f"# {line}" for line in lines)


def _code(kind: str, code: str, known: Collection[str]) -> str:
    """Write a code that the evidence holds."""
    if code not in known:
        raise UnknownCodeError(kind, code, known)
    return repr(code)


def _number(value: float) -> str:
    """Write a finite number."""
    if not math.isfinite(value):
        raise NeckevidenceError(f"a number of the code must be finite, found {value}")
    return repr(float(value))
