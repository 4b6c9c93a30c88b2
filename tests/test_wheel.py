import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, unpacked where nothing of the checkout is in reach."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    return place / "site"


def run_outside(installed, tmp_path, code):
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    environment.pop("NECKEVIDENCE_EVIDENCE", None)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_the_wheel_carries_the_evidence_and_works_outside_the_checkout(installed, tmp_path):
    code = (
        "import json, neckevidence as ne\n"
        "ev = ne.load_evidence()\n"
        "result = ne.compare(ev, 'CYC5', 'CYC10', outcome='somnolence')\n"
        "print(json.dumps([ne.__file__, ev.folder, result.estimate, result.randomised]))"
    )
    package, folder, estimate, randomised = run_outside(installed, tmp_path, code)
    assert Path(package).is_relative_to(installed)
    assert Path(folder).is_relative_to(installed)
    assert (round(estimate, 2), randomised) == (0.76, False)


def test_the_wheel_carries_the_notebooks_and_templates(installed, tmp_path):
    code = (
        "import json\n"
        "from neckevidence.report.notebooks import exporter, notebooks_folder\n"
        "exporter()\n"
        "print(json.dumps([str(path) for path in sorted(notebooks_folder().glob('*.ipynb'))]))"
    )
    paths = run_outside(installed, tmp_path, code)
    assert [Path(path).name for path in paths] == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert all(Path(path).is_relative_to(installed) for path in paths)


def test_importing_the_package_is_cheap(installed, tmp_path):
    code = "import json, sys, neckevidence\nprint(json.dumps(sorted(set(sys.modules) & {'pandas', 'scipy', 'statsmodels'})))"
    assert run_outside(installed, tmp_path, code) == []


def test_the_wheel_carries_the_scripts_styles_and_templates_of_the_report(installed, tmp_path):
    code = (
        "import json\n"
        "from pathlib import Path\n"
        "import neckevidence\n"
        "report = Path(neckevidence.__file__).parent / 'report'\n"
        "print(json.dumps(sorted(path.name for path in report.rglob('*') if path.suffix in ('.js', '.css', '.j2', '.typ'))))"
    )
    there = run_outside(installed, tmp_path, code)
    report = ROOT / "neckevidence" / "report"
    assert there == sorted(path.name for path in report.rglob("*") if path.suffix in (".js", ".css", ".j2", ".typ"))
    assert {"synthesis.js", "report.css", "report.html.j2", "paper.typ"} <= set(there)
