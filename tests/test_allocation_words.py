"""What nobody states is not called not randomised, in the pictures and the workbench either."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import neckevidence as ne
from neckevidence.figures import equivalence_plot, forest_plot, twin
from neckevidence.report.workbench import workbench_data


def pictured(axes):
    words = " ".join(text.get_text() for text in axes.figure.findobj(plt.Text))
    plt.close(axes.figure)
    return words


@pytest.fixture(params=[None, "false"])
def result(request):
    frame = pd.DataFrame({"trial": ["A", "A"], "treatment": ["drug", "none"], "died": [10, 20], "n": [90, 95]})
    if request.param:
        frame["randomised"] = request.param
    ev = ne.from_frame(frame, trial="trial", treatment="treatment", outcome="death", events="died", n="n")
    return ev, ne.compare(ev, "drug", "none", outcome="death"), request.param is None


def test_a_blank_is_not_a_no(result):
    ev, compared, unstated = result
    right, wrong = ("allocation not stated", "not a randomised comparison")[:: 1 if unstated else -1]
    shown = [
        str(compared.marks),
        pictured(forest_plot(compared)),
        pictured(equivalence_plot(ne.assess_equivalence(compared, 1.25))),
        str(
            [
                trial["allocation"]
                for one in workbench_data(ev, [("drug", "none", "death")])["comparisons"]
                for trial in one["trials"]
            ]
        ),
    ]
    assert all(right in words and wrong not in words for words in shown)
    assert ("not stated" in str(twin(compared))) == unstated
