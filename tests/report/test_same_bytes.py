"""Two runs give the same bytes: no clock, no address, no order of a set, whichever kernel is done first."""

import hashlib
import os
import subprocess
import sys

from small_notebooks import write_notebooks

RUN = """
import sys
from pathlib import Path
from neckevidence.report.build import build_report
build_report(Path(sys.argv[1]), notebooks=Path(sys.argv[2]), figures=True, progress=False)
"""


def test_another_process_with_another_hash_seed_writes_the_same_bytes(tmp_path):
    notebooks = write_notebooks(tmp_path / "notebooks")
    digests = []
    for seed, zone in (("1", "UTC"), ("20261122", "Pacific/Auckland")):
        out = tmp_path / seed
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run([sys.executable, "-c", RUN, str(out), str(notebooks)], env=environment, check=True)
        files = [path for path in sorted(out.rglob("*")) if path.is_file() and path.name != "lock"]
        digests.append({p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files})
    assert {name.partition(".")[2] for name in digests[0]} >= {"html", "pdf", "docx", "png", "svg", "csv"}
    assert digests[0] == digests[1]
