"""The one way in: every file of an evidence folder is read here, once, and nothing outside it ever is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from neckevidence.core.characters import HIDDEN

MEBIBYTE = 2**20
MAX_FILE_MIB = 8
MAX_FOLDER_MIB = 32

_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class UnreadableError(Exception):
    """A file that is not read: what was found, and what is allowed. It never quotes what is in the file."""

    def __init__(self, found: str, expected: str) -> None:
        self.found, self.expected = found, expected
        super().__init__(f"found {found}; expected {expected}")


class EvidenceFolder:
    """Reads the plain files directly inside one folder, up to a limit of bytes.

    The path of the folder is the user's and may be a link; nothing below it may.

    Parameters
    ----------
    path : Path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left = MAX_FOLDER_MIB * MEBIBYTE

    def read(self, name: str, ending: str, limit_mib: int = MAX_FILE_MIB) -> bytes:
        """Read one file.

        Parameters
        ----------
        name : str
            Its name within the folder.
        ending : str
            What the name must end in.
        limit_mib : int
            At most so many MiB.

        Returns
        -------
        bytes
            All of it.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        UnreadableError
            If the name leads elsewhere, it is no regular file, or it is too large.
        """
        if not is_plain_name(name, ending):
            raise UnreadableError("another path", f"the plain name of a file in this folder that ends in {ending}")
        path = self.path / name
        try:
            # A link or a pipe must not even be opened: the kind is known before, and is the same file's after.
            before = os.lstat(path)
            _require_regular(before)
            descriptor = os.open(path, _FLAGS)
        except FileNotFoundError:
            raise
        except (OSError, ValueError):
            raise UnreadableError("a file that cannot be opened", "a readable file") from None
        with os.fdopen(descriptor, "rb") as file:
            now = os.fstat(file.fileno())
            _require_regular(now)
            if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
                raise UnreadableError("another file than a moment before", "a file that nobody changes")
            limit = limit_mib * MEBIBYTE
            data = file.read(min(limit, self._left) + 1)
        if len(data) > limit:
            raise UnreadableError(f"a file of over {limit_mib} MiB", f"at most {limit_mib} MiB")
        if len(data) > self._left:
            raise UnreadableError(
                f"files of over {MAX_FOLDER_MIB} MiB", f"at most {MAX_FOLDER_MIB} MiB in the whole folder"
            )
        self._left -= len(data)
        return data


_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC"))


def is_plain_name(name: str, ending: str) -> bool:
    """Tell whether a name can only mean a file directly inside a folder.

    Parameters
    ----------
    name : str
        The name.
    ending : str
        What it must end in.

    Returns
    -------
    bool
        False for a path, an address, a hidden file, and a name with characters that cannot be seen.

    Examples
    --------
    >>> [is_plain_name(name, ".csv") for name in ("arms.csv", "../arms.csv", "C:arms.csv", "arms.csv.gz", ".csv")]
    [True, False, False, False, False]
    """
    outside = name.startswith(".") or any(sign in name for sign in "/\\:") or HIDDEN.search(name)
    return name.endswith(ending) and not outside and len(name) <= 200


def _require_regular(status: os.stat_result) -> None:
    """Refuse whatever is not a regular file, by its kind."""
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        raise UnreadableError(_KINDS.get(kind, "no regular file"), "a regular file of this folder")
