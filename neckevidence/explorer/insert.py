"""Put the code of what is shown into a new cell below the active one, where the front end lets Python do so."""

from __future__ import annotations

from typing import Any

from neckevidence.data.evidence import Evidence
from neckevidence.explorer.code import code_of
from neckevidence.explorer.shown import Shown


class CellWriter:
    """Writes the code of what is shown, and no other, into a new cell of JupyterLab by the extension ipylab, if it answers.

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

    def write(self, view: Shown, evidence: Evidence) -> bool:
        """Write the code of what is shown into a new cell.

        Parameters
        ----------
        view : Shown
            What is shown.
        evidence : Evidence
            The evidence it is shown of.

        Returns
        -------
        bool
            Whether JupyterLab was asked to.
        """
        if not self.available:
            return False
        self._app.commands.execute("notebook:insert-cell-below")
        self._app.commands.execute("notebook:replace-selection", {"text": code_of(view, evidence)})
        return True
