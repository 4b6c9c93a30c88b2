"""Pieces of HTML: text whose numbers are links to their trails, tables, trails."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup, escape

from neckevidence.core.explanation import Explanation
from neckevidence.core.trace import Numeral, numerals
from neckevidence.report.document import Words

# Numbers that name something: a dose, a level, "1000 patients", a day, a study, the place of a paper. They have no trail.
NAMES = re.compile(
    r"\b(?:19|20)\d\d;\d[\w():,-]*|\d+(?:\.\d+)? mg\b|\b9[05]% (?:CI|intervals?)|\bof 1000\b|\b1000 patients|[Dd]ay \d+|"
    r"[A-Z]\w+ (?:19|20)\d\d\b(?!;)|\b(?:trial|study|table|ref|power of) \d+\b%?|\bRoB 2\b"
)
NAMED = ("Comparison", "Outcome", "Study", "Trial")  # columns of names: "flare at 6 months" holds no result
NARROW = 3  # tables of so many columns fit a phone as they are


def shown_numbers(text: str) -> list[Numeral]:
    """Return the numbers of a text that are results, not names.

    Parameters
    ----------
    text : str
        Plain text.

    Returns
    -------
    list of Numeral
        In order.

    Examples
    --------
    >>> [one.text for one in shown_numbers("5 mg: RR 0.76 (95% CI 0.62 to 0.95)")]
    ['0.76', '0.62', '0.95']
    """
    named = [match.span() for match in NAMES.finditer(text)]
    return [one for one in numerals(text) if not any(start <= one.start and one.end <= end for start, end in named)]


def linked(text: str, trail: str, first: bool = True) -> Markup:
    """Write a text with each of its numbers as a link to a trail.

    Parameters
    ----------
    text : str
        Plain text.
    trail : str
        Name of the trail; empty for none.
    first : bool
        Whether its first number is reached by the keyboard; the others lead to the same place, and are left out of the way.

    Returns
    -------
    Markup
        Escaped.

    Examples
    --------
    >>> print(linked("RR 0.76", "a"))
    RR <a class="n" href="#trail-a">0.76</a>
    """
    if not trail:
        return escape(text)
    parts, place = [], 0
    for one in shown_numbers(text):
        stop = Markup("") if first else Markup(' tabindex="-1"')
        parts.append(escape(text[place : one.start]))
        parts.append(Markup('<a class="n" href="#trail-{}"{}>{}</a>').format(trail, stop, text[one.start : one.end]))
        place, first = one.end, False
    return Markup("").join([*parts, escape(text[place:])])


def paragraph(words: Words) -> Markup:
    """Write a paragraph: what stands out, links, and the numbers of each part as links to its trail."""
    written, met = [], set()
    for part in words.parts:
        inner = escape(part.text) if part.link else linked(part.text, part.trail, part.trail not in met)
        if shown_numbers(part.text):
            met.add(part.trail)
        for stands_out, tag in ((part.code, "code"), (part.emphasis, "em"), (part.strong, "strong")):
            inner = Markup("<{0}>{1}</{0}>").format(Markup(tag), inner) if stands_out else inner
        written.append(Markup('<a href="{}">{}</a>').format(part.link, inner) if part.link else inner)
    return Markup("").join(written)


def table(
    frame: pd.DataFrame,
    title: str,
    note: str = "",
    trails: tuple[str, ...] = (),
    anchors: tuple[str, ...] = (),
    titled: bool = False,
) -> Markup:
    """Write a table; on a phone its rows become cards with the name of the column before each cell.

    Parameters
    ----------
    frame : DataFrame
        Cells as text.
    title, note : str
        Caption, and the line below.
    trails, anchors : tuple of str
        For each row the trail of its numbers, and its name; or nothing.
    titled : bool
        Whether the title stands above it already, as a heading or as what unfolds it: the caption is then only spoken.

    Returns
    -------
    Markup
        The roles are spelled out, because cards take them from a table.
    """
    columns = [str(name) for name in frame.columns]
    names = Markup("").join(
        Markup('<th role="columnheader" scope="col">{}</th>').format(name or "Mark") for name in columns
    )
    body = []
    for number, cells in enumerate(frame.itertuples(index=False)):
        trail = trails[number] if trails else ""
        anchor = Markup(' id="{}"').format(anchors[number]) if anchors and anchors[number] else Markup("")
        body.append(
            Markup('<tr role="row"{}>{}</tr>').format(anchor, _cells(columns, [str(cell) for cell in cells], trail))
        )
    below = Markup('<p class="note">{}</p>').format(note) if note else Markup("")
    kind = Markup("cards" if len(columns) > NARROW else "plain")
    return Markup(
        '<div class="scroll"><table role="table" class="{}"><caption{}>{}</caption>'
        '<thead role="rowgroup"><tr role="row">{}</tr></thead><tbody role="rowgroup">{}</tbody></table></div>{}'
    ).format(kind, Markup(' class="unseen"') if titled else "", title, names, Markup("").join(body), below)


def _cells(columns: list[str], cells: list[str], trail: str) -> Markup:
    parts, first = [], True
    for column, cell in zip(columns, cells, strict=True):
        own = "" if column in NAMED else trail
        parts.append(Markup('<td role="cell" data-label="{}">{}</td>').format(column, linked(cell, own, first)))
        first = first and not (own and shown_numbers(cell))
    return Markup("").join(parts)


def trail(name: str, tree: Explanation, facts: Mapping[str, str]) -> Markup:
    """Write a trail as nested lists, folded.

    Parameters
    ----------
    name : str
        Its name.
    tree : Explanation
        What it says.
    facts : mapping of str to str
        Where each printed figure stands in the document.

    Returns
    -------
    Markup
        A ``details`` element.
    """
    line = Markup("<b>{}</b> {}").format(tree.label, tree.says)
    return Markup('<details class="trail" id="trail-{}"><summary>{}</summary>{}</details>').format(
        name, line, _below(tree, facts)
    )


def _below(tree: Explanation, facts: Mapping[str, str]) -> Markup:
    if not tree.children:
        return Markup("")
    return Markup("<ul>{}</ul>").format(Markup("").join(_node(child, facts) for child in tree.children))


def _node(node: Explanation, facts: Mapping[str, str]) -> Markup:
    label = escape(node.label)
    if node.fact_id in facts:
        rest = node.label.removeprefix(node.fact_id)
        label = Markup('<a href="#{}">{}</a>{}').format(facts[node.fact_id], node.fact_id, rest)
    kind = Markup(' class="fact"') if node.fact_id else Markup("")
    colon = ": " if node.says else ""
    return Markup("<li{}><b>{}</b>{}{}{}</li>").format(kind, label, colon, node.says, _below(node, facts))
