import pytest
from foreign import FOLDER, QUESTIONS

import neckevidence as ne


@pytest.fixture(scope="package", params=QUESTIONS)
def foreign(request):
    """The evidence of each foreign question in turn."""
    return ne.load_evidence(FOLDER / request.param)
