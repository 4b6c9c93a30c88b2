"""Text of the evidence written into other languages as text: one function a language, so that nothing in a cell is obeyed.

Control characters, which no escape helps against, are refused when the evidence is checked.
"""

from __future__ import annotations

import re
from html import escape as _entities

_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
# Spaces that Markdown may read as a code block or as a line's end.
_SPACES = re.compile(r"^[ \t]+|[ \t]+$|[ \t]{2,}|\t")
_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")  # ASCII punctuation, which is all that CommonMark ever reads as markup
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\]+", re.IGNORECASE)
_DOI = re.compile(r"(?:doi:\s*)?(10\.\d{4,9}/[^\s<>\"'`\\]+)", re.IGNORECASE)


def markdown(text: str) -> str:
    r"""Write a text into Markdown.

    Parameters
    ----------
    text : str
        Any text; where it has several lines, its lines stay apart.

    Returns
    -------
    str
        Markdown that shows it, on one line.

    Notes
    -----
    Every ASCII sign of punctuation but the comma becomes a character reference: CommonMark never reads one as structure, so
    that this holds wherever the text stands, at the start of a line, in a list, a table or a heading, and no bare address
    becomes a link. ``$`` and ``\`` stand in a ``span`` each besides: MathJax reads the page that Markdown was made into, where
    a reference is the sign again, but never joins a formula across elements.

    Examples
    --------
    >>> markdown("dose **5** <b>")
    'dose &#42;&#42;5&#42;&#42; &#60;b&#62;'
    >>> markdown("$5")
    '<span>&#36;</span>5'
    """
    lines = (_SPACES.sub("&#32;", _MARKUP.sub(_reference, line)) for line in _LINE_END.split(text))
    return "<br>".join(lines)


def _reference(sign: re.Match[str]) -> str:
    if sign.group() == ",":
        return ","
    reference = f"&#{ord(sign.group())};"
    return f"<span>{reference}</span>" if sign.group() in "$\\" else reference


def html(text: object) -> str:
    r"""Write a text into the HTML that a notebook shows.

    Parameters
    ----------
    text : object
        Any text.

    Returns
    -------
    str
        Escaped, for between tags; ``$`` and ``\`` stand in a ``span`` each, so that MathJax makes no formula of them.

    Examples
    --------
    >>> html("a < b & $5")
    'a &lt; b &amp; <span>$</span>5'
    """
    return re.sub(r"[$\\]", r"<span>\g<0></span>", _entities(str(text)))


def no_formulas(table: str) -> str:
    """Keep MathJax from reading HTML that another library wrote.

    Parameters
    ----------
    table : str
        HTML whose text is escaped already.

    Returns
    -------
    str
        The same within an element of the classes that MathJax 3 and 2 pass over.

    Examples
    --------
    >>> no_formulas("<table></table>")
    '<div class="mathjax_ignore tex2jax_ignore"><table></table></div>'
    """
    return f'<div class="mathjax_ignore tex2jax_ignore">{table}</div>'


def typst(text: str) -> str:
    r"""Write a text as a string of typst.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        With its quotes.

    Examples
    --------
    >>> print(typst('a "b" #c'))
    "a \"b\" #c"
    """
    inside = re.sub(r'[\\"]', r"\\\g<0>", text)
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda sign: f"\\u{{{ord(sign.group()):x}}}", inside) + '"'


def cell(text: str) -> str:
    """Write a text into a cell of a spreadsheet, so that no program computes it.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        With an apostrophe before it if it begins as a formula does and is not a number.

    Examples
    --------
    >>> cell("=HYPERLINK(A1)"), cell("-0.3"), cell("-0.3+1")
    ("'=HYPERLINK(A1)", '-0.3', "'-0.3+1")
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def uncell(written: str) -> str:
    """Return the text of a cell of a spreadsheet.

    Parameters
    ----------
    written : str
        What `cell` gave.

    Returns
    -------
    str
        Without the apostrophe that keeps it from being computed.

    Examples
    --------
    >>> uncell("'=HYPERLINK(A1)"), uncell("'a'")
    ('=HYPERLINK(A1)', "'a'")
    """
    return written[1:] if written.startswith("'") and cell(written[1:]) == written else written


def link(address: str) -> str:
    """Return the address that a link may lead to.

    Parameters
    ----------
    address : str
        Any text.

    Returns
    -------
    str
        The address if it is one of the web, that of a DOI if it is a DOI, else nothing.

    Examples
    --------
    >>> link("doi:10.1000/182"), link("https://example.org/a"), link("javascript:alert(1)")
    ('https://doi.org/10.1000/182', 'https://example.org/a', '')
    """
    if doi := _DOI.fullmatch(address):
        return f"https://doi.org/{doi.group(1)}"
    return address if _ADDRESS.fullmatch(address) else ""
