"""The report as a Word file: pandoc writes it, and what pandoc leaves out is put in: vectors, turned pages, contents."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from neckevidence.report.document import Document, Picture
from neckevidence.report.pandoc import Node, attributes, node, plain, run_pandoc, styled
from neckevidence.report.paper import WHOLE, Drawn, Markup, dated, draw, on_paper, tree
from neckevidence.report.word_style import LONG, SHORT, SIDE, TOP, write_reference, xml

_CONTENTS_LEVELS = 2
_PROPERTY = 255  # letters, the most that a property of the file holds
_SVG = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"  # Microsoft's name of the extension by which a picture has its vectors
_SVG_NAMES = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"


def write_word(document: Document, path: Path) -> Path:
    """Write a report as Word file.

    Parameters
    ----------
    document : Document
        The report.
    path : Path
        The file to write; it is only touched when all is done.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NeckevidenceError
        If a picture or pandoc fails.

    Notes
    -----
    Each picture is there twice, as vectors and as PNG of 300 dpi for programs that cannot read those. Headings are numbered
    and figures and tables counted by Word itself; it fills in the page numbers of the contents when it opens the file.
    Same report, same bytes.
    """
    import docx

    document = on_paper(document)
    with tempfile.TemporaryDirectory(dir=path.parent) as name:  # the caller's: it clears what a killed run leaves
        folder = Path(name)
        pictures = draw(document, folder, png=True)
        blocks = tree(document, pictures, Markup(_section(False), _section(True), _image, _number))
        write_reference(folder / "reference.docx")
        options = ["--to=docx", "--reference-doc=reference.docx", "--output=paper.docx"]
        run_pandoc([*_first_pages(document), *blocks], {}, folder, *options)
        word = docx.Document(str(folder / "paper.docx"))
        _contents(word)
        _pages(word, document)
        _tables(word, _set(blocks))
        _vectors(word, [folder / pictures[picture.name].svg for picture in document.pictures() if not picture.lacks])
        _properties(word, document)
        data = _steady(word)
    path.write_bytes(data)
    return path


def _first_pages(document: Document) -> Iterator[Node]:
    searched = f"Literature searched {document.date}" if document.date else ""
    lines = {"Title": document.title, "Subtitle": document.subtitle, "Author": document.edition, "Date": searched}
    for style, text in lines.items():
        yield styled(style, node("Para", plain(text)))
    turn = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    heading = '<w:p><w:pPr><w:pStyle w:val="TOCHeading"/></w:pPr><w:r><w:t>Contents</w:t></w:r></w:p>'
    yield from (_raw(turn), _raw(heading), _raw(turn))


def _raw(text: str) -> Node:
    return node("RawBlock", ["openxml", text])


def _section(across: bool) -> Node:
    """End a section of pages; what stands before it lies across or upright."""
    return _raw(f"<w:p><w:pPr><w:sectPr>{_page(across)}</w:sectPr></w:pPr></w:p>")


def _page(across: bool) -> str:
    size = f'w:w="{LONG}" w:h="{SHORT}" w:orient="landscape"' if across else f'w:w="{SHORT}" w:h="{LONG}"'
    margins = (
        f'w:top="{TOP}" w:right="{SIDE}" w:bottom="{TOP}" w:left="{SIDE}" w:header="600" w:footer="600" w:gutter="0"'
    )
    return f"<w:pgSz {size}/><w:pgMar {margins}/>"


def _image(picture: Picture, drawn: Drawn) -> Node:
    if picture.lacks:
        why = (
            f"Not drawn here: the font of the pictures lacks {picture.lacks}. Its numbers follow; the HTML file has it."
        )
        return node("Emph", plain(why))
    size = {"width": f"{drawn.width:.3f}in", "height": f"{drawn.height:.3f}in"}
    return node("Image", [attributes(**size), plain(picture.alt), [drawn.file, ""]])


def _number(kind: str, number: int) -> Node:
    """Count by a field of Word's: a co-author's new table is counted too."""
    bold = "<w:rPr><w:b/></w:rPr>"
    field = f'<w:fldSimple w:instr=" SEQ {kind} \\* ARABIC "><w:r>{bold}<w:t>{number}</w:t></w:r></w:fldSimple>'
    return node("RawInline", ["openxml", f'<w:r>{bold}<w:t xml:space="preserve">{kind} </w:t></w:r>{field}'])


@dataclass(frozen=True)
class _Setting:
    """How a table was set: its page, the size of its letters, its columns, whether it has a note and is kept whole."""

    across: bool
    size: float
    shares: list[float]
    note: bool
    whole: bool


def _set(blocks: Sequence[Node]) -> list[_Setting]:
    found, across = [], False
    for block in blocks:
        if block["t"] == "RawBlock":
            across = not across
        elif block["t"] == "Table":
            (_, _, values), _, columns, _, _, (_, foot) = block["c"]
            shares = [width["c"] for _, width in columns]
            marks = dict(values)
            size = float(marks["typst:text:size"].removesuffix("pt"))
            found.append(_Setting(across, size, shares, bool(foot), WHOLE in marks))
    return found


def _contents(word: Any) -> None:
    """Write the contents, as a field that Word renews, with a link to each heading for programs that do not."""
    from docx.oxml.ns import qn

    body = word.element.body
    heading = next(one for one in body if one.tag == qn("w:p") and one.style == "TOCHeading")
    counts, entries = [0] * 9, []
    for paragraph in body.iterchildren(qn("w:p")):
        style = paragraph.style or ""
        level = int(style[-1]) if style.startswith("Heading") else 0
        if not level:
            continue
        counts[level - 1 :] = [counts[level - 1] + 1, *[0] * (9 - level)]
        if level <= _CONTENTS_LEVELS:
            mark = paragraph.getprevious()
            text = f"{'.'.join(map(str, counts[:level]))} {''.join(one.text for one in paragraph.iter(qn('w:t')))}"
            entries.append((level, mark.get(qn("w:name")), text))
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \\o '
    )
    begin += f'"1-{_CONTENTS_LEVELS}" \\h \\z \\u </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    for at, (level, name, text) in enumerate(entries):
        run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
        link = f'<w:hyperlink w:anchor={quoteattr(name)} w:history="1">{run}</w:hyperlink>'
        style = f'<w:pPr><w:pStyle w:val="TOC{level}"/></w:pPr>'
        entry = xml(f"<w:p>{style}{'' if at else begin}{link}</w:p>")
        (heading if not at else last).addnext(entry)  # noqa: F821
        last = entry
    last.addnext(xml('<w:p><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'))


def _pages(word: Any, document: Document) -> None:
    """Give the first section header and footer, which the others take over, and the last its page."""
    from docx.oxml.ns import qn

    breaks = list(word.element.body.iter(qn("w:sectPr")))
    final = breaks[-1]
    for old in list(final):
        final.remove(old)
    for part in xml(f"<w:sectPr>{_page(len(breaks) % 2 == 0)}</w:sectPr>"):
        final.append(part)
    first = word.sections[0]
    first.different_first_page_header_footer = True
    for place in (first.first_page_header, first.first_page_footer, first.header, first.footer):
        place.is_linked_to_previous = False
    grey = '<w:rPr><w:color w:val="5B6770"/><w:sz w:val="16"/></w:rPr>'

    def words(text: str) -> str:
        return f'<w:r>{grey}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'

    def field(code: str, shown: str) -> str:
        return f'<w:fldSimple w:instr="{code}">{words(shown)}</w:fldSimple>'

    header = words(document.title)  # not the section, too: only Word itself knows that field
    right = '<w:pPr><w:jc w:val="right"/></w:pPr>'
    footer = right + field(" PAGE ", "1") + words(" of ") + field(" NUMPAGES ", "1")
    for place, content in ((first.header, header), (first.footer, footer)):
        place._element.replace(place.paragraphs[0]._element, xml(f"<w:p>{content}</w:p>"))


def _tables(word: Any, settings: Sequence[_Setting]) -> None:
    """Fix the widths of columns, keep rows whole and the head and the note with their rows."""
    for table, setting in zip(word.element.body.tbl_lst, settings, strict=True):
        _widths(table, setting)
        small = "TableText" if setting.size >= 7.5 else "TableTextSmall" if setting.size >= 6.5 else "TableTextTiny"
        rows = table.tr_lst
        for row in rows:
            row.get_or_add_trPr().insert(0, xml("<w:cantSplit/>"))
            for paragraph in (paragraph for cell in row.tc_lst for paragraph in cell.p_lst):
                if paragraph.style == "Compact" or paragraph.style is None:
                    paragraph.style = small
        kept = rows[:-1] if setting.whole else [rows[0], *(rows[-2:-1] if setting.note else [])]
        for paragraph in (paragraph for row in kept for cell in row.tc_lst for paragraph in cell.p_lst):
            paragraph.get_or_add_pPr().get_or_add_keepNext()


def _widths(table: Any, setting: _Setting) -> None:
    from docx.oxml.ns import qn

    line = (LONG if setting.across else SHORT) - 2 * SIDE
    widths = [round(share * line) for share in setting.shares]
    whole = table.tblPr.find(qn("w:tblW"))
    whole.set(qn("w:type"), "dxa")
    whole.set(qn("w:w"), str(sum(widths)))
    for column, width in zip(table.tblGrid.gridCol_lst, widths, strict=True):
        column.set(qn("w:w"), str(width))
    for row in table.tr_lst:
        at = 0
        for cell in row.tc_lst:
            span = cell.grid_span
            cell.get_or_add_tcPr().insert(0, xml(f'<w:tcW w:w="{sum(widths[at : at + span])}" w:type="dxa"/>'))
            at += span


def _vectors(word: Any, files: Sequence[Path]) -> None:
    """Put the vectors of each picture beside its PNG."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml.ns import qn

    for blip, file in zip(word.element.body.iter(qn("a:blip")), files, strict=True):
        part = Part(PackURI(f"/word/media/{file.name}"), "image/svg+xml", file.read_bytes(), word.part.package)
        link = word.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
        svg = f'<asvg:svgBlip xmlns:asvg="{_SVG_NAMES}" r:embed="{link}"/>'
        blip.getparent().getparent().find(f".//{qn('pic:cNvPr')}").set("descr", "")  # the words stand on the drawing
        blip.append(xml(f'<a:extLst><a:ext uri="{_SVG}">{svg}</a:ext></a:extLst>'))


def _properties(word: Any, document: Document) -> None:
    """Name the file by what the document says of itself; no clock, no user."""
    core = word.core_properties
    core.title, core.subject = (text[:_PROPERTY] for text in (document.title, document.subtitle))
    core.language = "en-GB"
    core.author, core.last_modified_by, core.revision = "The neckevidence authors", "", 1
    date = dated(document)
    for name in ("created", "modified"):
        for old in core._element.findall(f"{{http://purl.org/dc/terms/}}{name}"):
            core._element.remove(old)
        if date:
            setattr(core, name, date)


def _steady(word: Any) -> bytes:
    """Return the file with its parts in order and without the time at which they were written."""
    written, steady = io.BytesIO(), io.BytesIO()
    word.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return steady.getvalue()
