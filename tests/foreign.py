"""Questions that are not the packaged one, and what must not come out of them."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "questions"
# bcg: counts, an extra column, claims; smoking: a network of counts in two files; diabetes: a network of means; invented: every
# table and column.
QUESTIONS = ("bcg", "smoking", "diabetes", "invented")
# A word of the packaged question, or a number that is none.
FORBIDDEN = re.compile(r"neck(?!evidence)|back pain|spasm|drows|cyclobenz|diazepam|\bnan\b", re.IGNORECASE)


def forbidden(text):
    """Return what must not stand in a text, with the words around it."""
    return [text[max(0, found.start() - 60) : found.end() + 60] for found in FORBIDDEN.finditer(text)]


def said(result):
    """Return everything that a result says of itself in words."""
    parts = [repr(result)]
    for name in ("summary", "methods", "_repr_html_", "_repr_markdown_"):
        method = getattr(result, name, None)
        if callable(method):
            parts.append(str(method()))
    return "\n".join(parts)


def words(page):
    """Return a page without its scripts, styles and encoded pictures."""
    page = re.sub(r"(?s)<script(?! type=.application/json).*?</script>|<style.*?</style>", " ", page)
    return re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
