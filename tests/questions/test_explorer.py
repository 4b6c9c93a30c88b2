"""The explorer on a foreign question."""

from foreign import forbidden, words

import neckevidence as ne
from neckevidence.claims.leading import leads


def test_it_shows_what_is_led_with(foreign):
    lead = leads(foreign)[0]
    explorer = ne.explore(foreign, lead.treatment, lead.control, outcome=lead.outcome, measure=lead.measure)
    result = ne.compare(foreign, lead.treatment, lead.control, lead.outcome, lead.measure)
    assert explorer.result.to_dict() == result.to_dict()
    shown = words(" ".join([repr(explorer), explorer.code, _texts(explorer)]))
    assert not forbidden(shown), forbidden(shown)[:3]
    assert not forbidden(str(explorer.verdict) + str(explorer.patients))


def _texts(explorer):
    """Return every word that its widgets show."""
    return " ".join(
        str(one.get_state().get(name, "")) for one in _widgets(explorer.box) for name in ("value", "description")
    )


def _widgets(box):
    yield box
    for child in getattr(box, "children", ()):
        yield from _widgets(child)
