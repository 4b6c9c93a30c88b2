"""Write what stands in the repository but is made from other files: the codebook and the picture of the README."""

from __future__ import annotations

import base64
from pathlib import Path

import nbformat

from neckevidence.data.evidence import packaged_folder
from neckevidence.data.schema import codebook
from neckevidence.report.notebooks import notebooks_folder


def first_picture(notebook: Path) -> bytes:
    """Return the first picture of an executed notebook.

    Parameters
    ----------
    notebook : Path
        The notebook.

    Returns
    -------
    bytes
        A PNG.
    """
    for cell in nbformat.read(notebook, as_version=4).cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                return base64.b64decode(output.data["image/png"])
    raise ValueError(f"no picture in {notebook.name}")


def main() -> None:
    """Write both files into the checkout."""
    evidence = packaged_folder()
    (evidence / "CODEBOOK.md").write_text(codebook(evidence), encoding="utf-8")
    docs = evidence.parent / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "evidence_map.png").write_bytes(first_picture(notebooks_folder() / "00_start_here.ipynb"))


if __name__ == "__main__":
    main()
