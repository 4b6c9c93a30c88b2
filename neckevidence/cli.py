"""The command line: it calls, and computes nothing."""

from __future__ import annotations

import errno
import json
import math
import signal
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neckevidence import __version__
from neckevidence.core.characters import printable
from neckevidence.core.errors import NeckevidenceError, counted

if TYPE_CHECKING:
    from neckevidence.data.evidence import Evidence

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_SOFT_ERROR = 1
_USAGE_ERROR = 2
_WIDTH = 110


def _common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --json and --evidence, and turn a mistake of the user into one message without a traceback."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
    @click.option("--evidence", "folder", type=_FOLDER, help="Another evidence folder of the same form.")
    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except NeckevidenceError as error:
            raise _failure(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of the output has gone, which click knows
                raise
            raise _failure(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from error

    return wrapped


def _failure(message: str) -> click.ClickException:
    failure = click.ClickException(message)
    failure.exit_code = _USAGE_ERROR
    return failure


def _json(data: Any) -> None:
    click.echo(json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False))


def _finite(data: Any) -> Any:
    """Return the data with nothing in place of numbers that do not exist, which JSON has no word for."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="neckevidence")
def main() -> None:
    """Audit a medical recommendation against the published trials."""


@main.command()
@click.argument("treatment")
@click.argument("control")
@click.option("--outcome", required=True, help="Outcome code, from the table of outcomes.")
@click.option(
    "--measure",
    default="RR",
    show_default=True,
    type=click.Choice(["RR", "OR", "RD", "MD", "SMD"], case_sensitive=False),
    help="Effect measure.",
)
@click.option("--day", type=float, help="Use figures taken on this day only.")
@_common
def compare(
    treatment: str,
    control: str,
    outcome: str,
    measure: str,
    day: float | None,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Compare TREATMENT with CONTROL on one outcome."""
    from neckevidence import compare as compare_
    from neckevidence import load_evidence

    result = compare_(load_evidence(folder), treatment, control, outcome, measure, day)
    if as_json:
        _json(result.to_dict())
        return
    click.echo(result.summary())
    click.echo("  figures:")
    for fact in result.facts.itertuples():
        place = "; ".join(str(part) for part in (fact.source, fact.locator) if isinstance(part, str))
        click.echo(f"    {fact.fact_id}: {fact.arm} {fact.as_printed} ({place})")


@main.command()
@_common
def audit(as_json: bool, folder: Path | None) -> None:
    """Print the claims of the audited page and their verdicts."""
    from neckevidence import audit as audit_
    from neckevidence import load_evidence

    claims = audit_(load_evidence(folder))
    if as_json:
        _json(claims.to_dict("records"))
        return
    for row in claims.itertuples():
        click.echo(f"{row.claim_id}  {row.verdict} ({row.basis})\n     {row.claim}")
        click.echo(_wrapped(row.reason))
    if claims.empty:
        click.echo("no claims: the folder has no table claims.csv, or it is empty")
        return
    number = claims["basis"].value_counts()
    counted = ", ".join(f"{number.get(basis, 0)} {basis}" for basis in ("computed", "judgement"))
    click.echo(f"{len(claims)} claims: {counted}; a judgement was entered by hand, no number enters it")


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=" " * 7, subsequent_indent=" " * 7)


@main.command()
@click.option("--unused", is_flag=True, help="List the figures that no claim uses, which is no fault.")
@click.option("--strict", is_flag=True, help="Nothing may be left out: each figure with its source, place and print.")
@_common
def check(unused: bool, strict: bool, as_json: bool, folder: Path | None) -> None:
    """Check an evidence folder; name every fault, exit 1 if there is any."""
    from neckevidence.data.evidence import evidence_folder, evidence_of
    from neckevidence.data.reading import read_folder

    where = evidence_folder(folder)
    read = read_folder(where, strict)
    faults = read.faults
    if unused and not faults:
        _unused(evidence_of(read, str(where)), as_json)
    elif as_json:
        _json([asdict(fault) for fault in faults])
    else:
        for fault in faults:
            click.echo(str(fault))
        if not faults:
            _remarks(evidence_of(read, str(where)))
        number = counted(len(faults), "fault") if faults else "sound, no fault"
        click.echo(f"{printable(str(where))}: {number}")
    if faults:
        raise SystemExit(_SOFT_ERROR)


@main.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    help="Figures to start with: .xlsx, a file of RevMan (.rm5, .csv), or a .csv with one row an arm.",
)
@click.option(
    "--measure",
    type=click.Choice(["RR", "OR", "RD", "MD", "SMD"], case_sensitive=False),
    help="What generic inverse variance data of RevMan are.",
)
def new(directory: Path, source: Path | None, measure: str | None) -> None:
    """Write an evidence folder DIR to start from: tables, question.toml, codebook."""
    from neckevidence.data.new import new_folder

    try:
        made = new_folder(directory, source, measure)
    except NeckevidenceError as error:
        raise _failure(str(error)) from error
    except OSError as error:
        raise _failure(printable(f"{directory}: {error.strerror}")) from error
    click.echo(f"{printable(str(made))}: {', '.join(sorted(path.name for path in made.iterdir()))}")


def _unused(evidence: Evidence, as_json: bool) -> None:
    """List the figures that no claim uses."""
    from neckevidence.claims.unused import unused_facts

    facts = unused_facts(evidence)
    if as_json:
        _json(facts["fact_id"].to_list())
        return
    for row in facts.fillna("").itertuples():
        click.echo(f"{row.fact_id}: {row.study}, {row.arm}, {row.outcome} {row.as_printed}".rstrip())
    click.echo(f"{len(facts)} figures that no claim uses")


def _remarks(evidence: Evidence) -> None:
    """Say what is no fault: figures that no claim uses, judgements without a source."""
    from neckevidence.claims.unused import judgements_without_source, unused_facts

    bare = judgements_without_source(evidence)
    click.echo(
        f"no claim uses {len(unused_facts(evidence))} of {len(evidence.keyed('facts'))} figures (--unused lists them)"
    )
    if bare:
        click.echo(f"{len(bare)} judgements without a source: {', '.join(bare)}")


@main.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for the report.",
)
@click.option(
    "--format", "formats", default="html,pdf,docx", show_default=True, help="Which formats, with commas between."
)
@click.option(
    "--notebooks",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the notebooks that make the report. They are run: name only what you trust.",
)
@click.option("--figures", is_flag=True, help="Save every figure, too: PNG, SVG, PDF, and its numbers as CSV.")
@_common
def report(out: Path, formats: str, notebooks: Path | None, figures: bool, as_json: bool, folder: Path | None) -> None:
    """Run every notebook afresh and write the report.

    The folder then holds this report and nothing of an earlier one, not even in other formats; files that no report has written
    stay. Until the report is whole, and whatever stops it, the last one stays.

    Notebooks are code. Those that lie in or beside an evidence folder run only if --notebooks names their folder; without it
    the package's own run: those of its own question for its own evidence, general ones for any other.

    Exit code: 0 all formats are written; 1 some could not be made, the others are written; 2 nothing is written;
    128 and the number of the signal if it was stopped (130 for Ctrl-C).
    """
    with _stopped_by_signals(out):
        try:
            from neckevidence.report.build import NotMadeError, build_report, check_formats
        except ImportError as error:
            message = f"the report needs more packages ({error.name} is missing): pip install 'neckevidence[report]'"
            raise _failure(message) from error
        wanted = check_formats([name.strip() for name in formats.split(",") if name.strip()])
        try:
            progress = not as_json
            made, reasons = build_report(out, folder, notebooks, wanted, figures, progress), {}
        except NotMadeError as error:
            made, reasons = error.files, error.reasons
    files = [str(path) for path in made]
    if as_json:
        _json({"files": files, "not_made": reasons})
    else:
        click.echo("\n".join(files))
        for name, reason in reasons.items():
            click.echo(f"{name} not made: {reason}", err=True)
    if reasons:
        raise SystemExit(_SOFT_ERROR)


@contextmanager
def _stopped_by_signals(out: Path) -> Iterator[None]:
    """End with one line and the usual exit code on Ctrl-C, on `kill` and when the terminal is closed."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt(number)

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    heeded = [number for number in numbers if before[number] is not signal.SIG_IGN]  # nohup
    for number in heeded:
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt as stopped:
        number = stopped.args[0] if stopped.args else signal.SIGINT
        click.echo(f"Stopped: if there was a report in {out}, it is still whole.", err=True)
        raise SystemExit(128 + number) from None
    finally:
        for number in heeded:
            signal.signal(number, before[number])
