"""Notebooks executed, each in a kernel of its own, two at a time; whatever ends the run ends every kernel at once."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
import nbformat
from anyio.from_thread import start_blocking_portal
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from neckevidence.core.errors import NeckevidenceError
from neckevidence.data.evidence import FOLDER_VARIABLE, evidence_folder

_SECONDS = 600
_AT_ONCE = 2  # kernels; each takes a processor

Made = TypeVar("Made")


class ReportError(NeckevidenceError):
    """A notebook failed; the message names it, the cell and the error."""


def execute(
    paths: list[Path],
    make: Callable[[Path, Any], Made],
    evidence: Path | None = None,
    work: Path | None = None,
    first: Callable[[Path], str] | None = None,
) -> list[Made]:
    """Execute notebooks and make something of each.

    Parameters
    ----------
    paths : list of Path
        The notebooks.
    make : callable
        Called in a thread with the path and the executed notebook, as soon as it is executed.
    evidence : Path, optional
        Evidence folder that they read instead of the packaged one.
    work : Path, optional
        Where the empty folders are in which they run; by default among the temporary files of the system.
    first : callable, optional
        From the path to code that its kernel runs unseen before the first cell.

    Returns
    -------
    list
        What `make` returned, in the order of `paths`.

    Raises
    ------
    ReportError
        If one fails. Then, and if the run is interrupted, every kernel is killed before this returns.
    """
    environment = dict(os.environ)
    if evidence is not None:  # a relative path would not mean the same in a kernel
        environment[FOLDER_VARIABLE] = str(evidence_folder(evidence).resolve())
    # In a thread of its own the event loop leaves the signals, and the loop of a notebook that calls this, alone.
    with start_blocking_portal() as portal:
        return portal.call(_execute_all, paths, make, environment, work, first)


async def _execute_all(
    paths: list[Path],
    make: Callable[[Path, Any], Made],
    environment: dict[str, str],
    work: Path | None,
    first: Callable[[Path], str] | None,
) -> list[Made]:
    made: dict[Path, Made] = {}
    kernels = anyio.CapacityLimiter(_AT_ONCE)

    async def run(path: Path) -> None:
        async with kernels:
            notebook = await _execute(path, environment, work, first(path) if first else "")
            made[path] = await anyio.to_thread.run_sync(make, path, notebook)

    try:
        async with anyio.create_task_group() as group:
            # From the last to the first: the last one takes longest, and would else run alone at the end.
            for path in reversed(paths):
                group.start_soon(run, path)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None  # the others failed because their kernels were killed
    return [made[path] for path in paths]


async def _execute(path: Path, environment: dict[str, str], work: Path | None, first: str) -> Any:
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory(dir=work) as empty:
        client = NotebookClient(
            notebook,
            timeout=_SECONDS,
            kernel_name="python3",
            shutdown_kernel="immediate",
            extra_arguments=["--log-level=40"],  # the kernel warns of its local connection at every start
        )
        client.km = manager = client.create_kernel_manager()

        async def begin(notebook: Any) -> None:
            reply = await client.kc.execute(first, silent=True, store_history=False, reply=True, timeout=_SECONDS)
            if reply["content"]["status"] != "ok":
                raise ReportError(f"{path.name}: {reply['content']['ename']}: {reply['content']['evalue']}")

        client.on_notebook_start = begin if first else None
        try:
            await client.async_execute(cwd=empty, env=environment)
        except CellExecutionError as error:
            number = next(i for i, cell in enumerate(notebook.cells, 1) if _failed(cell))
            last = str(error.evalue).strip() or error.ename
            raise ReportError(f"{path.name}, cell {number}: {error.ename}: {last}") from error
        except CellTimeoutError as error:
            raise ReportError(f"{path.name}: a cell took longer than {_SECONDS} seconds") from error
        except DeadKernelError as error:
            raise ReportError(f"{path.name}: its kernel died, perhaps for want of memory") from error
        finally:
            # nbclient leaves a kernel running whose start was interrupted, and would stop it again when Python ends.
            atexit.unregister(client._cleanup_kernel)
            with anyio.CancelScope(shield=True):
                if manager.has_kernel:
                    await manager.shutdown_kernel(now=True)
    return notebook


def _failed(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))
