"""The folder of a report: at any instant it holds the whole last report or the whole new one, never some of both.

No file system replaces several files at once, but every one that knows links replaces one link at once. So the files of both
reports are laid out beside each other in a work folder, each place in the report's folder becomes a link that leads there by
way of one common link, and that one is turned round. Then the files take the places of the links.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from neckevidence.core.errors import NeckevidenceError

WORK = ".neckevidence-report"  # in the folder itself: the parent may be another file system
_LIST = Path(WORK) / "files"  # what belongs to the report; a user's own files are none of it


@contextmanager
def report_folder(out: Path, ours: Sequence[str] = ()) -> Iterator[Path]:
    """Give an empty folder for the files of a report; when all are made they take the place of the last report.

    Parameters
    ----------
    out : Path
        Folder of the report; made if it is not there. Other files in it are left alone.
    ours : sequence of str
        Names that belong to the report even if no run has listed them.

    Yields
    ------
    Path
        The empty folder, within `out`.

    Raises
    ------
    NeckevidenceError
        If another run is writing there, or a folder within `out` is a link.
    OSError
        If `out` cannot be written. As after every other error, the last report stays as it is.

    Notes
    -----
    What a killed run left is cleared first. Where there are no symbolic links (FAT, most of Windows) the files are replaced one
    after the other.

    Examples
    --------
    >>> import tempfile
    >>> out = Path(tempfile.mkdtemp()) / "reports"
    >>> with report_folder(out) as folder:
    ...     _ = (folder / "report.txt").write_text("new")
    >>> (out / "report.txt").read_text()
    'new'
    """
    new_here = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    (out / WORK).mkdir(exist_ok=True)
    with _alone(out):
        _settle(out)
        try:
            (out / WORK / "new").mkdir()
            yield out / WORK / "new"
            _publish(out, {Path(name) for name in ours})
        finally:
            _settle(out)
            if not (out / _LIST).exists():
                _remove_empty(out, new_here)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder, or refuse: two runs would clear each other's files. A killed run holds nothing."""
    lock = FileLock(out / WORK / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise NeckevidenceError(
            f"another run is writing a report into {out}: wait for it, or name another folder"
        ) from None
    try:
        yield
    finally:
        lock.release()


def _publish(out: Path, ours: set[Path]) -> None:
    """Replace the last report: up to the turn of `current` every place shows the old file, from then on the new one."""
    work = out / WORK
    new = _files(work / "new") | {_LIST}
    old = {path for path in _listed(out) | ours | new if (out / path).is_file()}
    (work / "new" / WORK).mkdir()
    (work / "new" / _LIST).write_text("".join(f"{path.as_posix()}\n" for path in sorted(new)), encoding="utf-8")
    for folder in {path.parent for path in new}:
        (out / folder).mkdir(exist_ok=True)
        if (out / folder).resolve() != out.resolve() / folder:
            raise NeckevidenceError(f"{out / folder} is a link; the report needs a folder of its own there")
    if not _turned(work, "old"):
        for path in sorted(new):
            os.replace(work / "new" / path, out / path)
        for path in old - new:
            (out / path).unlink()
        return
    for path in old:
        _beside(out / path, work / "old" / path)
    for path in old | new:
        _link(_way(path), work, out / path)
    _turned(work, "new")


def _beside(file: Path, place: Path) -> None:
    """Let a file be in a second place as well; a copy does if it cannot be linked (the file of another user)."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, place)
    except OSError:
        shutil.copy2(file, place)


def _turned(work: Path, side: str) -> bool:
    """Let `current` lead to the old or the new files; tell whether the file system has such links."""
    try:
        _link(side, work, work / "current")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or side == "new":
            raise
        return False
    return True


def _settle(out: Path) -> None:
    """Put the file that each link shows in its place, whichever report that is, and clear the rest. It can stop anywhere."""
    work = out / WORK
    for path in _files(work / "old") | _files(work / "new"):
        place = out / path
        if place.is_symlink() and os.readlink(place) == _way(path):
            shown = work / "current" / path
            if shown.exists():
                os.replace(shown, place)
            else:
                place.unlink()
    for folder in _folders(work / "old") | _folders(work / "new"):
        place = out / folder
        if place.is_dir() and not place.is_symlink() and not any(place.iterdir()):
            place.rmdir()
    for link in ("link", "current"):
        (work / link).unlink(missing_ok=True)
    for side in ("old", "new"):
        if (work / side).exists():
            shutil.rmtree(work / side)


def _link(target: str, work: Path, place: Path) -> None:
    """Put a link in a place at once, whatever file stood there."""
    os.symlink(target, work / "link", target_is_directory=place.parent == work)
    os.replace(work / "link", place)


def _way(path: Path) -> str:
    """Return where the link in the place of a file leads."""
    return os.path.join(*[".."] * (len(path.parts) - 1), WORK, "current", path)


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() or path.is_symlink()}


def _folders(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.glob("*/")}


def _listed(out: Path) -> set[Path]:
    """Return the files of the last report; nothing outside its folder, whoever wrote the list."""
    if not (out / _LIST).exists():
        return set()
    paths = map(Path, (out / _LIST).read_text(encoding="utf-8").splitlines())
    inside = (path for path in paths if not path.is_absolute())
    return {path for path in inside if (out / path).parent.resolve() == out.resolve() / path.parent}


def _remove_empty(out: Path, new_here: bool) -> None:
    """Leave nothing where there was no report and none was made."""
    shutil.rmtree(out / WORK, ignore_errors=True)
    if new_here:
        with suppress(OSError):  # something else came into it
            out.rmdir()
