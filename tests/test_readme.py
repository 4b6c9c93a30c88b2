"""The README is followed word for word: its first example, and the steps of a question of one's own."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_first_example_draws_the_counts():
    drawn = {}
    exec(re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1).replace("ne.compare", "ax = ne.compare"), drawn)
    words = [text.get_text() for text in drawn["ax"].figure.findobj(plt.Text)]
    plt.close(drawn["ax"].figure)
    # Log risk ratio of Aronson 1948 in dat.bcg of metafor: -0.8893, so 0.41.
    assert {"Aronson 1948", "4 / 123", "11 / 139"} <= set(words)
    assert any(text.startswith("0.41 (") for text in words)


def test_your_own_question(tmp_path):
    section = README.split("## Your own question in ten minutes")[1].split("\n## ")[0]
    files = iter(re.findall(r"`(gout/(?:arms|counts|trials|question)\.\w+)`", section))
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    said = ""
    for block in re.findall(r"```\n(.*?)```", section, re.DOTALL):
        if not block.startswith("neckevidence"):
            (tmp_path / next(files)).write_text(block, encoding="utf-8")
            continue
        for line in block.splitlines():
            done = subprocess.run(shlex.split(line), cwd=tmp_path, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
            said += done.stdout
    assert next(files, None) is None
    assert "sound, no fault" in said
    # By hand: (12 / 80) / (25 / 82) = 0.492, (30 / 210) / (41 / 205) = 0.714.
    assert "0.49 (" in said
    assert "0.71 (" in said
    assert {path.suffix for path in (tmp_path / "gout-report").glob("*.*")} >= {".html", ".pdf", ".docx"}
