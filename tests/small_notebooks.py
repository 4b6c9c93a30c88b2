"""A report of three small notebooks, which show one of most things that a notebook can show."""

import nbformat

FIRST = (
    "# First\n\nWords with *emphasis*, `code` and [the second](02_second.ipynb).",
    [
        "import neckevidence as ne\nfrom neckevidence import tables\nfrom neckevidence.figures import forest_plot, show",
        "ev = ne.load_evidence()\ndrowsy = ne.compare(ev, 'CYC5', 'CYC10', outcome='somnolence')",
    ],
    "## Results",
    [
        "show(forest_plot([drowsy]), [drowsy], caption='A forest of one.')",
        "tables.say('**Here** {result}: {value}', result=drowsy, value='a <b>b</b> **c** $d$ [e](https://example.org)')",
        "drowsy.explain(ev)",
        "tables.figures_table([drowsy])",
    ],
    "## Without data\n\nNever seen.",
    ["nothing = None"],
)
SECOND = (
    "# Second",
    ["import neckevidence as ne\nfrom neckevidence.report.workbench import workbench\nev = ne.load_evidence()"],
    "## Recompute\n\nNot on paper.",
    ["workbench(ev, [('CYC5', 'PBO', 'somnolence')])"],
    "## Words\n\nThey stay.",
)
THIRD = ("# Third\n\nNever seen either.", ["nothing = None"])


def write_notebooks(folder):
    """Write the notebooks into a new folder and return it."""
    folder.mkdir(parents=True)
    for name, parts in (("01_first", FIRST), ("02_second", SECOND), ("03_third", THIRD)):
        made = nbformat.v4.new_notebook()
        for part in parts:
            code = isinstance(part, list)
            made.cells += map(nbformat.v4.new_code_cell, part) if code else [nbformat.v4.new_markdown_cell(part)]
        nbformat.write(made, folder / f"{name}.ipynb")
    return folder
