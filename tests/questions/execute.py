"""Execute the general notebooks on the invented question, for nbval to compare with: ``python tests/questions/execute.py``.

The notebooks of the package have no outputs: they belong to no question. Pictures are left out; their words are compared.
"""

import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from neckevidence.data.evidence import FOLDER_VARIABLE
from neckevidence.report.notebooks import GENERAL

HERE = Path(__file__).resolve().parent


def main():
    os.environ[FOLDER_VARIABLE] = str(HERE / "invented")
    for path in sorted(GENERAL.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as empty:
            NotebookClient(notebook).execute(cwd=empty)
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
            for output in cell.get("outputs", []):
                output.get("data", {}).pop("image/png", None)
        nbformat.write(notebook, HERE / "executed" / path.name)


if __name__ == "__main__":
    main()
