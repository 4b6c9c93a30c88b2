"""What a page may hold and do: foreign HTML cleaned, and the policy by which a browser runs and fetches nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

import nh3

from neckevidence.core import escape

# What the notebooks' tables, pictures, trees and words are made of; everything else goes, and scripts with what is in them.
_TAGS = {
    *(
        "a",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
    ),
    *(
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "section",
    ),
    *(
        "small",
        "span",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ),
}
_ATTRIBUTES = {
    "*": {"class", "id", "style", "role", "title", "lang", "dir"},
    "a": {"href"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "table": {"aria-labelledby", "aria-describedby", "border"},
    "td": {"headers", "colspan", "rowspan"},
    "th": {"headers", "colspan", "rowspan", "scope"},
}
_NOTEBOOK = re.compile(r"([\w-]+)\.ipynb")
_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]+")


def clean(html: str) -> str:
    """Return foreign HTML without anything that runs, asks, or fetches.

    Parameters
    ----------
    html : str
        A piece of HTML.

    Returns
    -------
    str
        Words, tables, styles and embedded pictures as they were; links to the web, to DOIs, within the page, and to the pages
        of other notebooks beside it.

    Examples
    --------
    >>> clean('<a href="02_harms.ipynb">3</a>')
    '<a href="02_harms.html" rel="noopener noreferrer">3</a>'
    >>> clean('<b onclick="x()">1</b><script>x()</script><a href="javascript:x()">2</a>')
    '<b>1</b><a rel="noopener noreferrer">2</a>'
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script"},
        attributes=_ATTRIBUTES,
        attribute_filter=_address,
        url_schemes={"http", "https", "data"},
    )


def _address(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        beside = _NOTEBOOK.fullmatch(value)
        if beside:
            return f"{beside.group(1)}.html"
        return value if value.startswith("#") else escape.link(value) or None
    if attribute == "src":
        return value if _PICTURE.fullmatch(value) else None
    return value


def policy(scripts: Iterable[str] = ()) -> str:
    """Return the content security policy of a page.

    Parameters
    ----------
    scripts : iterable of str
        The scripts of the page, each as it stands between its tags; no other runs, and none if there is none.

    Returns
    -------
    str
        For a ``meta`` element. The same for the same scripts.

    Notes
    -----
    Styles are allowed wherever they stand: every picture and table has ``style`` attributes, which no hash can allow, and a
    style alone can neither run nor, with this policy, fetch anything.

    Examples
    --------
    >>> policy()[:36]
    "default-src 'none'; script-src 'none"
    """
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts]
    allowed = {
        "default-src": "'none'",
        "script-src": " ".join(hashes) or "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "font-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())
