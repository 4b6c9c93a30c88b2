"""Whatever stops a run, and whenever: the folder holds the whole last report or the whole new one, and no kernel runs on."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from click.testing import CliRunner

from neckevidence.cli import main
from neckevidence.core.errors import NeckevidenceError
from neckevidence.report import build
from neckevidence.report.notebooks import ReportError

STEM = "neck-spasm-evidence"  # as question.toml says
# Two reports: each has files that the other has not, and the same names with other contents.
OLD = {
    **{f"{STEM}.{name}": f"old {name}" for name in build.FORMATS},
    **{f"notebooks/{name}.html": f"old {name}" for name in ("01_first", "02_second", "index")},
    "figures/forest.png": "old forest",
}
NEW = {
    f"{STEM}.html": "new html",
    **{f"notebooks/{name}.html": f"new {name}" for name in ("01_first", "03_third", "index")},
    "tables/pooled.csv": "new table",
}
OWN = {"notes.txt": "my notes", "notebooks/mine.ipynb": "my notebook", "neck.txt": "mine, too"}
BEYOND = 7  # exit code of a run that has no more steps
WRITES = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.truncate"}


@pytest.fixture(autouse=True)
def small(monkeypatch, ev):
    """No notebook runs and no document is made, unless a test says so."""
    load = build.load_evidence
    monkeypatch.setattr(build, "load_evidence", lambda folder: load(folder) if folder else ev)
    monkeypatch.setattr(build, "run_notebooks", lambda *arguments: [])
    monkeypatch.setattr(build, "report_document", lambda evidence, told: None)


def report(monkeypatch, out, files):
    """Write a report of these files."""

    def write(stem, document, pages, formats, done):
        folder = stem.parent
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        return {}

    monkeypatch.setattr(build, "_write", write)
    return build.build_report(out, formats=["html"], progress=False)


def put(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def shown(out):
    """What a reader finds in the folder, as text by name; work folders are not looked into."""
    found = {}
    for path, folders, names in os.walk(out, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            place = Path(path, name)
            if place.exists():
                found[place.relative_to(out).as_posix()] = place.read_text()
    return found


def links(folder):
    return [path for path in folder.rglob("*") if path.is_symlink()]


def forked(act):
    """Act in a child process; return how it ended."""
    child = os.fork()
    if not child:
        try:
            act()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_step(number, act):
    """Call `act` before the file system is changed for the nth time in this process."""
    left = list(range(number))

    def hook(event, arguments):
        changes = event in WRITES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT)
        if changes and left and left.pop() == 0:
            act()

    sys.addaudithook(hook)
    return left


def full_disk():
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("before", [OLD, {}], ids=["old report", "first report"])
@pytest.mark.parametrize("end", [lambda: os._exit(9), full_disk], ids=["killed", "full disk"])
def test_a_run_that_ends_at_any_step_leaves_one_whole_report(tmp_path, monkeypatch, before, end):
    seen = []
    for step in range(1, 1000):
        out = tmp_path / f"{step}" / "reports"
        put(out, OWN)
        if before:
            report(monkeypatch, out, before)

        def run(step=step, out=out):
            left = at_step(step, end)
            report(monkeypatch, out, NEW)
            os._exit(BEYOND if left else 0)

        ended = forked(run)
        found = shown(out)
        assert found in (before | OWN, NEW | OWN), f"step {step}"
        assert ended or found == NEW | OWN, "it said that all is well"
        seen.append(found == NEW | OWN)
        report(monkeypatch, out, NEW)  # the next run clears what is left
        assert shown(out) == NEW | OWN
        assert links(out) == []
        assert {path.name for path in out.iterdir() if not path.name.startswith(".")} == {
            name.split("/")[0] for name in NEW | OWN
        }
        assert [path.name for path in out.parent.iterdir()] == ["reports"]
        assert sum(path.is_file() for path in out.rglob("*")) <= len(NEW | OWN) + 2  # the list and the lock
        if ended == BEYOND:
            break
    assert seen.count(True) > 1  # it was stopped after the exchange, too
    assert seen.count(False) > 10


def test_a_run_killed_at_any_moment_leaves_one_whole_report(tmp_path, monkeypatch):
    out = tmp_path / "reports"
    put(out, OWN)
    report(monkeypatch, out, OLD)
    moments = random.Random(18)

    def run():
        while True:
            report(monkeypatch, out, NEW)
            report(monkeypatch, out, OLD)

    for _ in range(40):
        child = os.fork()
        if not child:
            run()
        time.sleep(moments.uniform(0.0, 0.1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert shown(out) in (OLD | OWN, NEW | OWN)
    report(monkeypatch, out, NEW)
    assert (shown(out), links(out)) == (NEW | OWN, [])


def test_an_older_format_does_not_stand_beside_a_newer_one(tmp_path, monkeypatch):
    out = tmp_path / "reports"
    put(out, OLD | OWN)  # of a version that kept no list
    report(monkeypatch, out, NEW)
    left = set(shown(out)) - set(NEW | OWN)
    assert left == {"notebooks/02_second.html", "figures/forest.png"}  # whose they are nobody can tell
    assert shown(out)[f"{STEM}.html"] == "new html"


def test_without_links_the_files_are_replaced_one_by_one(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.EPERM, "Operation not permitted")

    out = tmp_path / "reports"
    put(out, OWN)
    monkeypatch.setattr(os, "symlink", refuse)
    monkeypatch.setattr(os, "link", refuse)
    report(monkeypatch, out, OLD)
    report(monkeypatch, out, NEW)
    assert shown(out) == NEW | OWN


def test_the_folder_may_be_a_link_to_another_file_system_or_the_current_one(tmp_path, monkeypatch):
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no other file system")
    other = memory / f"neckevidence-{os.getpid()}"
    other.mkdir()
    try:
        (tmp_path / "reports").symlink_to(other)
        report(monkeypatch, tmp_path / "reports", OLD)
        assert shown(other) == OLD
        monkeypatch.chdir(other)
        report(monkeypatch, Path(), NEW)
        assert (shown(Path.cwd()), links(other)) == (NEW, [])
        assert [path.name for path in tmp_path.iterdir()] == ["reports"]
    finally:
        subprocess.run(["rm", "-r", str(other)], check=True)


def test_a_folder_within_that_leads_elsewhere_is_refused(tmp_path, monkeypatch):
    out, elsewhere = tmp_path / "reports", tmp_path / "elsewhere"
    report(monkeypatch, out, {f"{STEM}.html": "old"})
    elsewhere.mkdir()
    (out / "notebooks").symlink_to(elsewhere)
    with pytest.raises(NeckevidenceError, match="notebooks is a link"):
        report(monkeypatch, out, NEW)
    assert (list(elsewhere.iterdir()), shown(out)) == ([], {f"{STEM}.html": "old"})


def test_a_list_that_names_files_outside_deletes_nothing(tmp_path, monkeypatch):
    out = tmp_path / "reports"
    put(tmp_path, {"secret.txt": "kept", "other.txt": "kept"})
    report(monkeypatch, out, OLD)
    (lists,) = [path for path in out.rglob("*") if path.is_file() and "figures/forest.png" in path.read_text()]
    with lists.open("a") as file:
        file.write(f"../secret.txt\n{tmp_path / 'other.txt'}\n")
    report(monkeypatch, out, NEW)
    assert (shown(out), (tmp_path / "secret.txt").exists(), (tmp_path / "other.txt").exists()) == (NEW, True, True)


def test_a_second_run_into_the_same_folder_is_refused(tmp_path, monkeypatch):
    out = tmp_path / "reports"
    refused = []

    def meanwhile(*arguments):
        with pytest.raises(NeckevidenceError, match="another run is writing a report into"):
            build.build_report(out, formats=["html"], progress=False)
        refused.append(True)
        return []

    monkeypatch.setattr(build, "run_notebooks", meanwhile)
    report(monkeypatch, out, NEW)
    assert (refused, shown(out)) == ([True], NEW)


def command(*arguments):
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def one_line(result, exit_code, *words):
    """The command ended with one line on standard error and no traceback."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == exit_code
    last = result.stderr.strip().splitlines()[-1]
    assert all(word in last for word in words), last


def test_a_folder_that_cannot_be_written_is_named_before_the_work(tmp_path, monkeypatch):
    def never(*arguments):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(build, "run_notebooks", never)
    (tmp_path / "file").write_text("mine")
    one_line(command("--out", tmp_path / "file"), 2, "file")
    one_line(command("--out", tmp_path / "file" / "reports", "--json"), 2, "Not a directory", str(tmp_path / "file"))
    if Path("/proc").is_dir():  # where nobody can write
        one_line(command("--out", "/proc/reports", "--json"), 2, "/proc/reports")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_full_disk_is_named_and_leaves_the_last_report(tmp_path, monkeypatch):
    out = tmp_path / "reports"
    report(monkeypatch, out, OLD)

    def write(stem, *others):
        stem.with_name(f"{STEM}.html").write_text("half")
        full_disk()

    monkeypatch.setattr(build, "_write", write)
    one_line(command("--out", out, "--json"), 2, "No space left on device")
    assert shown(out) == OLD
    fresh = tmp_path / "fresh"
    one_line(command("--out", fresh, "--json"), 2, "No space left on device")
    assert not fresh.exists()


@pytest.fixture
def writers(monkeypatch):
    """Formats that are written as their names."""
    writers = {name: lambda path, document, pages, name=name: path.write_text(name) for name in build.FORMATS}
    monkeypatch.setattr(build, "_WRITERS", writers, raising=False)
    return writers


CHINESE = "trials, row 2, column label: found '中' (U+4E2D), '田' (U+7530); expected letters of DejaVu Sans"


def test_letters_that_the_font_lacks_cost_only_the_pdf(tmp_path, folder, writers):
    first = (folder.path / "trials.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    folder.change("trials", {"trial_id": first}, label="田中 2010")
    out = tmp_path / "reports"
    result = command("--out", out, "--evidence", folder.path, "--json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["files"] == [str(out / f"{STEM}.{name}") for name in ("docx", "html")]
    assert list(said["not_made"]) == ["pdf"]
    assert said["not_made"]["pdf"].startswith(CHINESE)
    assert shown(out) == {f"{STEM}.{name}": name for name in ("docx", "html")}
    result = command("--out", out, "--evidence", folder.path)
    assert result.stderr.strip().splitlines()[-1].startswith(f"pdf not made: {CHINESE}")
    assert "Traceback" not in result.output


def test_letters_that_the_font_lacks_are_named_before_the_work_if_only_the_pdf_was_asked_for(
    tmp_path, folder, monkeypatch
):
    def never(*arguments):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(build, "run_notebooks", never)
    first = (folder.path / "trials.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    folder.change("trials", {"trial_id": first}, label="田中 2010")
    one_line(command("--out", tmp_path / "reports", "--evidence", folder.path, "--format", "pdf"), 2, "pdf: " + CHINESE)
    assert not (tmp_path / "reports").exists()


def test_a_format_that_fails_does_not_cost_the_others(tmp_path, writers):
    def fail(path, document, pages):
        path.write_text("half")
        raise NeckevidenceError("typst: no such thing")

    writers["pdf"] = fail
    with pytest.raises(NeckevidenceError, match=r"pdf: typst: no such thing"):
        build.build_report(tmp_path / "reports", progress=False)
    assert shown(tmp_path / "reports") == {f"{STEM}.{name}": name for name in ("docx", "html")}
    with pytest.raises(NeckevidenceError, match=r"no report made: pdf: typst: no such thing"):
        build.build_report(tmp_path / "reports", formats=["pdf"], progress=False)
    assert shown(tmp_path / "reports") == {f"{STEM}.{name}": name for name in ("docx", "html")}


def notebook(path, code):
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_markdown_cell("# A page\n\nIts lead."), nbformat.v4.new_code_cell(code)]
    nbformat.write(made, path)


def sleeper(mark):
    """Code of a cell that says which process it is, and sleeps."""
    begun, ended = str(mark.with_suffix(".pid")), str(mark.with_suffix(".ended"))
    return (
        "import os, time\nfrom pathlib import Path\n"
        f"Path({begun!r} + '_').write_text(str(os.getpid()))\nos.rename({begun!r} + '_', {begun!r})\n"
        f"time.sleep(60)\nPath({ended!r}).touch()"
    )


def runs(number):
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


def until(true, seconds=120):
    """Wait for something that comes soon; the bound only keeps a fault from hanging."""
    for _ in range(seconds * 10):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came")


STOPPED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs this in the background has it ignored
from pathlib import Path
from neckevidence.cli import main
from neckevidence.report import build
build.chosen_notebooks = lambda evidence, folder: sorted(Path(sys.argv[1]).glob("*.ipynb"))
main(["report", "--out", sys.argv[2], "--format", "html"])
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_run_that_is_stopped_leaves_no_kernel(tmp_path, monkeypatch, number, code):
    out, notebooks = tmp_path / "reports", tmp_path / "notebooks"
    report(monkeypatch, out, OLD)
    notebooks.mkdir()
    for name in ("01_first", "02_second", "03_third"):
        notebook(notebooks / f"{name}.ipynb", sleeper(tmp_path / name))
    run = subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(notebooks), str(out)],
        stdout=-1,
        stderr=-1,
        text=True,
        start_new_session=True,
    )
    until(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
    kernels = [int(path.read_text()) for path in tmp_path.glob("*.pid")]
    assert all(map(runs, kernels))
    run.send_signal(number)
    said = run.communicate(timeout=40)[1]  # less than the cells sleep
    assert run.returncode == code
    if number != signal.SIGKILL:  # there the kernels find it out themselves
        assert not any(map(runs, kernels))
        assert said.strip().splitlines()[-1] == f"Stopped: if there was a report in {out}, it is still whole."
        assert "Traceback" not in said
        assert not list(out.rglob("new"))
    until(lambda: not any(map(runs, kernels)), seconds=40)
    assert list(tmp_path.glob("*.ended")) == []
    assert len(list(tmp_path.glob("*.pid"))) == 2  # the third did not begin
    assert shown(out) == OLD


def test_a_notebook_that_fails_stops_the_others(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(build, "report_document", lambda evidence, told: None)
    notebook(tmp_path / "01_sleeps.ipynb", sleeper(tmp_path / "01_sleeps"))
    notebook(
        tmp_path / "02_fails.ipynb",
        "import os, time\n"
        f"while not os.path.exists({str(tmp_path / '01_sleeps.pid')!r}):\n    time.sleep(0.1)\n"
        "raise ValueError('no such figure')",
    )
    with pytest.raises(ReportError, match=r"02_fails\.ipynb, cell 2: ValueError: no such figure"):
        build.build_report(tmp_path / "reports", notebooks=tmp_path, progress=False)
    assert not runs(int((tmp_path / "01_sleeps.pid").read_text()))
    assert not (tmp_path / "01_sleeps.ended").exists()


@pytest.mark.parametrize(("code", "said"), [("import os; os._exit(1)", "its kernel died"), ("1 +", "SyntaxError")])
def test_a_kernel_that_dies_is_a_fault_of_its_notebook(tmp_path, monkeypatch, code, said):
    monkeypatch.undo()
    notebook(tmp_path / "01_dies.ipynb", code)
    with pytest.raises(ReportError, match=rf"01_dies\.ipynb.*{said}"):
        build.build_report(tmp_path / "reports", notebooks=tmp_path, progress=False)
    assert not (tmp_path / "reports").exists()
