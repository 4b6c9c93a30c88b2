"""The report in Chromium, opened from disk as a reader opens it. Nothing may leave the file, and nothing may go wrong in it."""

import os
import shutil
from pathlib import Path

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def missing(what):
    """Skip, but where a browser is promised (.ci/run) its absence is an error."""
    if os.environ.get("NECKEVIDENCE_NEEDS_BROWSER"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="module")  # not longer: other tests run event loops of their own
def chromium():
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing("no Chromium on this machine: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("no playwright here: pip install playwright (the extra `test` has it)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report_file(chromium, request, tmp_path_factory):
    page = request.getfixturevalue("page")  # not made where there is nothing to open it with
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


@pytest.fixture(scope="module")
def axe():
    """The text of axe-core."""
    try:
        import axe_playwright_python as package
    except ImportError:
        missing("no axe-core here: pip install axe-playwright-python (the extra `test` has it)")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


class Reader:
    """Opens the report, and keeps what it asks for and what goes wrong in it."""

    def __init__(self, browser, address):
        self.browser, self.address = browser, address
        self.contexts, self.asked, self.faults = [], [], []

    def open(self, width=1440, height=900, **options):
        context = self.browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(20_000)
        self.contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: self.asked.append(request.url))
        tab.on(
            "console",
            lambda message: self.faults.append(message.text) if message.type in ("error", "warning") else None,
        )
        tab.on("pageerror", lambda error: self.faults.append(str(error)))
        tab.goto(self.address)
        return tab

    def close(self):
        for context in self.contexts:
            context.close()
        own = (
            self.address,
            f"blob:{self.address[:7]}",
            "blob:null",
            "data:",
        )  # what is saved comes as a blob of the page
        assert [url for url in self.asked if not url.startswith(own)] == []
        assert self.faults == []


@pytest.fixture
def reader(chromium, report_file):
    """A reader for one test; at its end everything the page did is judged."""
    reader = Reader(chromium, report_file.as_uri())
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def tab(chromium, report_file):
    """The report on a wide screen, open for all tests of a file: each begins by putting it where it needs it."""
    reader = Reader(chromium, report_file.as_uri())
    yield reader.open()
    reader.close()
