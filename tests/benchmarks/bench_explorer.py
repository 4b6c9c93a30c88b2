"""The explorer: from a change of a widget to the outputs changed, for every comparison. Run by `make bench`; not a test."""

import itertools
import statistics
import time

import pytest

import neckevidence as ne
from neckevidence.explorer.widgets import explore

KNOBS = {"model": "common", "population": "mixed", "margin": "1.3", "baseline": "15%", "rounding": False}


@pytest.fixture(scope="module")
def prepared():
    explorer = explore(ne.load_evidence())
    explorer.prepare()
    return explorer


def seconds(explorer, **values):
    """Return how long one change takes; those that come before the last are its setting."""
    for name, value in values.items():
        start = time.perf_counter()
        explorer.controls[name].value = value
        last = time.perf_counter() - start
    return last


def every_change(explorer):
    """Go to every comparison in one direction, outcome and measure, and at each turn one other knob; yield what and seconds."""
    questions, knobs, seen = explorer._questions, itertools.cycle(KNOBS), set()
    for treatment in questions.treatments():
        for control in questions.controls(treatment):
            if (control, treatment) in seen:
                continue
            seen.add((treatment, control))
            for outcome in questions.outcomes((treatment, control)):
                seconds(
                    explorer, treatment=treatment, control=control, outcome=outcome
                )  # its sensitivity is kept from now on
                for measure in questions.measures((treatment, control), outcome):
                    yield "outcome or measure", seconds(explorer, measure=measure)
                    yield from other_knob(explorer, next(knobs), measure)


def other_knob(explorer, name, measure):
    if explorer.controls[name].disabled:
        name = "margin"
    value = "0.07" if (name, measure) == ("margin", "RD") else KNOBS[name]
    before = explorer.controls[name].value
    yield name, seconds(explorer, **{name: value})
    explorer.controls[name].value = before


def test_every_change(prepared, rows):
    found = {}
    for name, taken in every_change(prepared):
        found.setdefault(name, []).append(taken)
    for name, taken in found.items():
        ordered = sorted(taken)
        for word, value in (
            ("median", statistics.median(ordered)),
            ("95%", ordered[int(0.95 * (len(ordered) - 1))]),
            ("largest", ordered[-1]),
        ):
            rows.append((f"explorer, {name} ({len(ordered)} changes), {word}", value, "budget 100 ms", 0.1))
