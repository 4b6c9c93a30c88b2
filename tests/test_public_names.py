"""The public names: typed for tools, and imported only when used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import neckevidence as ne

STUB = Path(ne.__file__).with_suffix(".pyi")


def test_every_name_of_the_stub_is_there_and_no_other():
    imported = [node for node in ast.walk(ast.parse(STUB.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    names = {alias.asname: node.module for node in imported for alias in node.names}
    assert set(names) == set(ne.__all__)
    for name in names:
        assert getattr(ne, name) is not None
    with pytest.raises(AttributeError, match="compair"):
        _ = ne.compair


def test_importing_the_package_loads_nothing_costly():
    code = "import sys, neckevidence; print({'pandas', 'scipy', 'matplotlib', 'statsmodels'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
