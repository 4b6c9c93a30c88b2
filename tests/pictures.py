"""Pictures of a report as the kernel of a notebook leaves them: files in a folder."""

import matplotlib as mpl
import matplotlib.pyplot as plt

from neckevidence.figures import svg_text
from neckevidence.report.document import Picture


def picture(folder, name, twin, alt="Alt.", caption="Caption", size=(2, 1)):
    """Draw a line into the files that the formats take in, and return the picture."""
    figure, ax = plt.subplots(figsize=size)
    ax.plot([1, 2], [3, 4])
    text = svg_text(figure, alt, fonts="none", prefix=f"{name}-")
    (folder / f"{name}.text.svg").write_text(text, encoding="utf-8")
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "neckevidence"}):
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
    figure.savefig(folder / f"{name}.png", dpi=300, metadata={"Software": None})
    plt.close(figure)
    return Picture(name, alt, caption, twin, (), size, folder)
