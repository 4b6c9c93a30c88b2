"""Put code into a new cell below the active one, where the front end lets Python do so."""

from __future__ import annotations

from typing import Any


class CellWriter:
    """Writes code into a new cell of JupyterLab by the extension ipylab, if that is installed and answers.

    A callback of a widget runs outside of any cell, so that IPython's ``set_next_input`` does nothing there: its payload is
    only read in the reply to a cell's execution. JupyterLab's own command for a new cell can be called from Python by ipylab.
    """

    def __init__(self) -> None:
        self._app: Any = None
        try:
            from ipylab import JupyterFrontEnd
        except ImportError:
            return
        self._app = JupyterFrontEnd()

    @property
    def available(self) -> bool:
        """Whether JupyterLab answers: it then has told its version."""
        return bool(self._app is not None and self._app.version)

    def write(self, code: str) -> bool:
        """Write code into a new cell.

        Parameters
        ----------
        code : str
            The code.

        Returns
        -------
        bool
            Whether JupyterLab was asked to.
        """
        if not self.available:
            return False
        self._app.commands.execute("notebook:insert-cell-below")
        self._app.commands.execute("notebook:replace-selection", {"text": code})
        return True
