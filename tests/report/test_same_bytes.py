"""Two runs give the same bytes: no clock, no address, no order of a set."""

import hashlib
import os
import subprocess
import sys

from neckevidence.report.pdf import write_pdf

OTHER_RUN = """
import hashlib, pathlib, sys
import neckevidence as ne
from neckevidence.report.contents import report_document
from neckevidence.report.page import render_page
from neckevidence.report.pdf import write_pdf
document = report_document(ne.load_evidence(sys.argv[1]))
print(hashlib.sha256(render_page(document).encode()).hexdigest())
print(hashlib.sha256(write_pdf(document, pathlib.Path(sys.argv[2])).read_bytes()).hexdigest())
"""


def test_another_process_with_another_hash_seed_writes_the_same_bytes(ev, document, page, tmp_path):
    own = [hashlib.sha256(data).hexdigest() for data in (page.encode(), pdf_of(document, tmp_path / "own.pdf"))]
    environment = os.environ | {"PYTHONHASHSEED": "20261122", "TZ": "Pacific/Auckland"}
    arguments = [sys.executable, "-c", OTHER_RUN, ev.folder, str(tmp_path / "other.pdf")]
    other = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.split() == own


def pdf_of(document, path):
    return write_pdf(document, path).read_bytes()
