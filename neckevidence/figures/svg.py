"""Pictures as SVG: text that stays text, names that do not collide, words for those who do not see it."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neckevidence.core.errors import NeckevidenceError
from neckevidence.figures.style import house_style
from neckevidence.figures.words import alt_text

FONTS = ("embed", "none", "paths")
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# Weight and style as CSS writes them; the family is that of `style.house_style`, the files come with matplotlib.
_FACES = {
    ("400", "normal"): "DejaVuSans.ttf",
    ("700", "normal"): "DejaVuSans-Bold.ttf",
    ("400", "oblique"): "DejaVuSans-Oblique.ttf",
    ("700", "oblique"): "DejaVuSans-BoldOblique.ttf",
}
_FAMILY = "DejaVu Sans"
_KEPT_NAMES = [0, 1, 2, 13, 14]  # copyright, family, style, licence: the licence asks that it goes with every copy
_LONG = re.compile(r"-?\d+\.\d{3,}")
_NO_DATE = {"Date": None, "Creator": None, "Format": None, "Type": None}


def figure_of(picture: Axes | Figure) -> Figure:
    """Return the figure of an Axes, or the figure itself."""
    if isinstance(picture, Figure):
        return picture
    if isinstance(picture, Axes):
        return picture.get_figure(root=True)
    raise NeckevidenceError(f"a picture must be a matplotlib Axes or Figure, found {type(picture).__name__}")


def title_and_words(alt: str) -> tuple[str, str]:
    """Split an alternative text into its first sentence, which names the kind of picture, and the rest.

    Parameters
    ----------
    alt : str
        The text.

    Returns
    -------
    title, words : str
        The words are empty if there is one sentence only.

    Examples
    --------
    >>> title_and_words("Forest plot. Risk ratio 0.76.")
    ('Forest plot', 'Risk ratio 0.76.')
    """
    title, dot, words = alt.partition(". ")
    return (title, words.strip()) if dot else (alt.removesuffix("."), "")


def svg_text(picture: Axes | Figure, result: Any, fonts: str = "embed", prefix: str = "") -> str:
    """Return a picture as SVG.

    Parameters
    ----------
    picture : matplotlib Axes or Figure
        The picture.
    result : object
        What it shows, for `alt_text`, or the text itself.
    fonts : {"embed", "none", "paths"}
        ``embed``: text, with the glyphs it needs of the font in the SVG. ``none``: text, without a font, for a page
        that holds the rules of `font_face_css`. ``paths``: outlines, for programs that read neither.
    prefix : str
        Put before every id, so that several SVGs can stand in one page; a letter first, then letters, digits, ``-``.

    Returns
    -------
    str
        One ``svg`` element without an XML declaration: ``role="img"``, named by its ``title`` and ``desc``. The same
        string for the same picture.

    Raises
    ------
    NeckevidenceError
        For another way to treat fonts, or a prefix that cannot begin an id.

    Examples
    --------
    >>> from neckevidence.figures import four_outcomes_plot
    >>> svg_text(four_outcomes_plot(), "Four answers.", fonts="none", prefix="a-")[:4]
    '<svg'
    """
    if fonts not in FONTS:
        raise NeckevidenceError(f"fonts must be one of {', '.join(FONTS)}; found {fonts!r}")
    if prefix and not re.fullmatch(r"[A-Za-z][\w-]*", prefix, re.ASCII):
        raise NeckevidenceError(
            f"prefix must begin with a letter and hold letters, digits, - and _ only; found {prefix!r}"
        )
    buffer = io.BytesIO()
    with house_style(), mpl.rc_context({"svg.fonttype": "path" if fonts == "paths" else "none"}):
        figure_of(picture).savefig(buffer, format="svg", metadata=_NO_DATE)
    root = ET.fromstring(buffer.getvalue())
    _own_ids(root, prefix)
    _scoped_style(root, prefix, _embedded(root) if fonts == "embed" else "")
    _lighten(root)
    for text in root.iter(f"{{{_SVG}}}text"):
        if "  " in (text.text or ""):
            text.set(_XML_SPACE, "preserve")  # else a reader takes several spaces for one
    _name(root, prefix, *title_and_words(alt_text(result)))
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    return ET.tostring(root, encoding="unicode")


def font_face_css(chars: str) -> str:
    """Return the style rules that bring the font of the figures, regular and bold, with the glyphs of some characters.

    Parameters
    ----------
    chars : str
        The characters that are needed, in any order and number: for example all SVGs of a page in one string.

    Returns
    -------
    str
        Two ``@font-face`` rules with fonts as base64; the same for the same set of characters.

    Examples
    --------
    >>> font_face_css("abc")[:40]
    '@font-face{font-family:"DejaVu Sans";fon'
    """
    needed = "".join(sorted(set(chars)))
    return "".join(_face_css(face, needed) for face in _FACES if face[1] == "normal")


def _own_ids(root: ET.Element, prefix: str) -> None:
    """Keep the ids that something points at, with the prefix; matplotlib gives others twice, and the same in every figure."""
    values = [value for element in root.iter() for value in element.attrib.values()]
    used = {name for value in values for name in re.findall(r"url\(#([^)]+)\)", value)}
    used |= {value[1:] for element in root.iter() if (value := element.get(f"{{{_XLINK}}}href", "")).startswith("#")}
    for element in root.iter():
        name = element.attrib.pop("id", None)
        if name in used:
            element.set("id", f"{prefix}{name}")
        for key, value in element.attrib.items():
            if key == f"{{{_XLINK}}}href":
                element.set(key, value.replace("#", f"#{prefix}", 1))
            elif "url(#" in value:
                element.set(key, value.replace("url(#", f"url(#{prefix}"))


def _scoped_style(root: ET.Element, prefix: str, font_rules: str) -> None:
    """Let matplotlib's rule for all elements hold for this picture only, also inside a page."""
    root.set("id", f"{prefix}figure")
    style = next(root.iter(f"{{{_SVG}}}style"))
    style.text = f"{font_rules}#{prefix}figure {style.text.strip()}"


def _lighten(root: ET.Element) -> None:
    """Round places to hundredths of a point, and let signs that look alike share their group and their look."""
    for element in root.iter():
        for key in ("d", "x", "y"):
            if key in element.attrib:
                rounded = _LONG.sub(lambda found: f"{float(found.group()):.2f}", element.attrib[key])
                element.set(key, " ".join(rounded.split()))
    for parent in root.iter():
        last = None
        for group in list(parent):
            if not _holds_a_sign(group):
                last = None
            elif last is not None and last.attrib == group.attrib and last[0].get("style") == group[0].get("style"):
                last.append(group[0])
                parent.remove(group)
            else:
                last = group
    for group in root.iter(f"{{{_SVG}}}g"):
        if len(group) > 1 and "style" not in group.attrib and all(child.tag == f"{{{_SVG}}}use" for child in group):
            looks = {child.get("style", "") for child in group}
            if len(looks) == 1:
                group.set("style", looks.pop())
                for child in group:
                    child.attrib.pop("style", None)


def _holds_a_sign(group: ET.Element) -> bool:
    return (
        group.tag == f"{{{_SVG}}}g"
        and len(group) == 1
        and group[0].tag == f"{{{_SVG}}}use"
        and "style" not in group.attrib
    )


def _name(root: ET.Element, prefix: str, title: str, words: str) -> None:
    root.set("role", "img")
    parts = [(name, text) for name, text in (("title", title), ("desc", words)) if text]
    root.set("aria-labelledby", " ".join(f"{prefix}{name}" for name, _ in parts))
    for place, (name, text) in enumerate(parts):
        element = ET.Element(f"{{{_SVG}}}{name}", {"id": f"{prefix}{name}"})
        element.text = text
        root.insert(place, element)


def _embedded(root: ET.Element) -> str:
    """Return the rules for the faces that the texts use, each with its own glyphs."""
    needed: dict[tuple[str, str], set[str]] = {}
    for text in root.iter(f"{{{_SVG}}}text"):
        for part in text.iter():
            style = f"{text.get('style', '')};{part.get('style', '')}"
            bold = re.search(r"font-weight: *(?:bold|[6-9]00)", style) or re.search(
                r"font: *[^;]*(?:bold|[6-9]00)", style
            )
            slanted = "italic" in style or "oblique" in style
            face = "700" if bold else "400", "oblique" if slanted else "normal"
            needed.setdefault(face, set()).update((part.text or "") + (part.tail or ""))
    return "".join(_face_css(face, "".join(sorted(needed[face]))) for face in _FACES if face in needed)


def _face_css(face: tuple[str, str], chars: str) -> str:
    font = base64.b64encode(_subset(_FACES[face], chars)).decode("ascii")
    rules = f'font-family:"{_FAMILY}";font-weight:{face[0]};font-style:{face[1]}'
    return f'@font-face{{{rules};src:url(data:font/woff;base64,{font}) format("woff")}}'


@lru_cache(maxsize=64)
def _subset(file: str, chars: str) -> bytes:
    """Return a font with the glyphs of some characters only, as WOFF, without a date."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.hinting, options.name_IDs, options.recalc_timestamp = False, _KEPT_NAMES, False
    options.drop_tables += ["FFTM"]  # dates of the editor in which the font was made
    options.flavor = "woff"
    font = TTFont(Path(mpl.get_data_path()) / "fonts" / "ttf" / file, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=chars)
    subsetter.subset(font)
    font.flavor = "woff"
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()
