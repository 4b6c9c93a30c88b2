"""The look of the report in Word: pandoc's own reference document, restyled; nothing binary is kept."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from neckevidence.report.pandoc import pandoc

# A4, its short and its long edge, and its margins, in twentieths of a point.
SHORT, LONG, SIDE, TOP = 11906, 16838, 1247, 1300

_FONT = "Calibri"
_INK, _MUTED, _ACCENT, _LINE = "1F2933", "5B6770", "0B5C8F", "C3CCD4"
_NUMBERING = 77
_LEVELS = 4

# Style: size, space before and after (points), colour, bold, kept with what follows.
_LOOK = {
    "Normal": (10.5, 0, 6, _INK, False, False),
    "Body Text": (10.5, 0, 6, _INK, False, False),
    "First Paragraph": (10.5, 0, 6, _INK, False, False),
    "Title": (28, 190, 10, _INK, True, False),
    "Subtitle": (15, 0, 260, _MUTED, False, False),
    "Author": (10, 0, 3, _INK, False, False),
    "Date": (10, 0, 0, _INK, False, False),
    "TOC Heading": (16, 0, 8, _ACCENT, True, True),
    "Heading 1": (16, 20, 8, _ACCENT, True, True),
    "Heading 2": (12.5, 16, 6, _INK, True, True),
    "Heading 3": (11, 12, 4, _INK, True, True),
    "Heading 4": (10.5, 10, 4, _INK, True, True),
    "Image Caption": (9, 4, 10, _INK, False, False),
    "Table Caption": (9, 12, 4, _INK, False, True),
    "Captioned Figure": (9, 10, 0, _INK, False, True),
}
_NEW = {
    "Table Text": (8, 1, 1, _INK, False, False),
    "Table Text Small": (7, 1, 1, _INK, False, False),
    "Table Text Tiny": (6, 1, 1, _INK, False, False),
    "Table Note": (8, 2, 2, _MUTED, False, False),
}


def write_reference(path: Path) -> None:
    """Write the document whose styles pandoc takes over.

    Parameters
    ----------
    path : Path
        The file to write.
    """
    import docx
    from docx.shared import Twips

    data = subprocess.run([pandoc(), "--print-default-data-file=reference.docx"], capture_output=True, check=True)
    path.write_bytes(data.stdout)
    document = docx.Document(str(path))
    _defaults(document)
    for name, look in _LOOK.items():
        _restyle(document.styles[name], *look)
    # As a kind of heading 1 it would take the first number.
    document.styles["TOC Heading"].base_style = document.styles["Normal"]
    for name, look in _NEW.items():
        _restyle(_new(document, name, name.replace(" ", "")), *look)
    for level in range(1, 4):
        entry = _new(document, f"toc {level}", f"TOC{level}")
        _restyle(entry, 9, 3 if level == 1 else 0, 0, _INK, level == 1, False)
        entry.paragraph_format.left_indent = (level - 1) * 180000
    _number_headings(document)
    _table_style(document.styles["Table"].element)
    page = document.sections[0]
    page.page_width, page.page_height = Twips(SHORT), Twips(LONG)
    page.left_margin = page.right_margin = Twips(SIDE)
    document.save(str(path))


def _new(document: Any, name: str, identifier: str) -> Any:
    from docx.enum.style import WD_STYLE_TYPE

    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.element.styleId = identifier
    style.base_style = document.styles["Normal"]
    return style


def _defaults(document: Any) -> None:
    """Set font and language once, in place of the theme's."""
    from docx.oxml.ns import qn

    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    defaults.replace(defaults.find(qn("w:rFonts")), xml(f"<w:rFonts {_same_font()}/>"))
    language = defaults.find(qn("w:lang"))
    language.set(qn("w:val"), "en-GB")


def _same_font() -> str:
    return " ".join(f'w:{script}="{_FONT}"' for script in ("ascii", "hAnsi", "cs", "eastAsia"))


def _restyle(
    style: Any, size: float, before: float, after: float, colour: str, bold: bool, keep_with_next: bool
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    properties = style.element.get_or_add_rPr()
    for tag in ("w:rFonts", "w:color", "w:spacing", "w:kern", "w:szCs"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(colour)
    shape = style.paragraph_format
    shape.space_before, shape.space_after = Pt(before), Pt(after)
    shape.alignment, shape.keep_with_next = WD_ALIGN_PARAGRAPH.LEFT, keep_with_next


def _number_headings(document: Any) -> None:
    """Number the headings by a list of Word's, so that a co-author's new section is counted."""
    from docx.oxml.ns import qn

    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading{at + 1}"/>'
        f'<w:suff w:val="space"/><w:lvlText w:val="{".".join(f"%{one}" for one in range(1, at + 2))}"/>'
        '<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        for at in range(_LEVELS)
    )
    numbering = document.part.numbering_part.element
    abstract = (
        f'<w:abstractNum w:abstractNumId="{_NUMBERING}"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    )
    numbering.insert(0, xml(abstract))
    numbering.append(xml(f'<w:num w:numId="{_NUMBERING}"><w:abstractNumId w:val="{_NUMBERING}"/></w:num>'))
    for at in range(_LEVELS):
        properties = document.styles[f"Heading {at + 1}"].element.get_or_add_pPr()
        numbered = properties.get_or_add_numPr()
        numbered.get_or_add_ilvl().set(qn("w:val"), str(at))
        numbered.get_or_add_numId().set(qn("w:val"), str(_NUMBERING))


def _table_style(style: Any) -> None:
    """Thin grey lines between the rows, a black one below the bold head."""
    from docx.oxml.ns import qn

    properties = style.find(qn("w:tblPr"))
    strong, thin = (
        f'w:val="single" w:space="0" w:sz="{size}" w:color="{colour}"' for size, colour in ((6, _INK), (4, _LINE))
    )
    borders = f"<w:tblBorders><w:top {strong}/><w:bottom {thin}/><w:insideH {thin}/></w:tblBorders>"
    margins = properties.find(qn("w:tblCellMar"))
    margins.addprevious(xml(borders))
    for side in ("left", "right"):
        margins.find(qn(f"w:{side}")).set(qn("w:w"), "60")
    first = style.find(qn("w:tblStylePr"))
    cell = first.find(qn("w:tcPr"))
    cell.addprevious(xml("<w:rPr><w:b/></w:rPr>"))
    cell.replace(cell.find(qn("w:tcBorders")), xml(f"<w:tcBorders><w:bottom {strong}/></w:tcBorders>"))


def xml(text: str) -> Any:
    """Return an element of Word's from its text.

    Parameters
    ----------
    text : str
        With the prefixes ``w``, ``a``, ``r`` and without their names.

    Returns
    -------
    element
        As python-docx has them.
    """
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {nsdecls('w', 'a', 'r')}", text))
