"""Figures that travel: the same bytes each time, words and fonts inside, the data beside them, all or nothing."""

import base64
import hashlib
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

import neckevidence as ne
from neckevidence import figures
from neckevidence.figures import export, style
from neckevidence.figures.svg import FONTS, title_and_words

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def drowsy(ev):
    return ne.compare(ev, "CYC5", "CYC10", outcome="somnolence")


@pytest.fixture(scope="module")
def saved(drowsy, tmp_path_factory):
    stem = tmp_path_factory.mktemp("new") / "folder" / "drowsy 5.10"  # made, and the dot is no ending
    paths = figures.save(drowsy.plot(), stem, drowsy)
    plt.close("all")
    return {path.suffix[1:]: path for path in paths}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def texts(root):
    return [text for element in root.iter(f"{SVG}text") for text in element.itertext()]


def test_all_files_are_there_and_no_other(saved):
    assert list(saved) == ["png", "svg", "pdf", "csv"]
    folder = saved["png"].parent
    assert sorted(path.name for path in folder.iterdir()) == [
        f"drowsy 5.10.{end}" for end in ("csv", "pdf", "png", "svg")
    ]


def test_a_second_run_gives_the_same_bytes(saved, drowsy, tmp_path):
    again = figures.save(drowsy.plot().figure, str(tmp_path / "again"), drowsy)
    assert [digest(path) for path in again] == [digest(path) for path in saved.values()]


def test_another_process_gives_the_same_bytes(saved, tmp_path):
    """Nothing hangs on the order of sets, on addresses or on the clock."""
    code = (
        "import sys, neckevidence as ne; from neckevidence import figures;"
        "drowsy = ne.compare(ne.load_evidence(), 'CYC5', 'CYC10', outcome='somnolence');"
        "figures.save(drowsy.plot(), sys.argv[1], drowsy)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "MPLBACKEND": "Agg"}
    subprocess.run([sys.executable, "-c", code, tmp_path / "there"], env=environment, check=True)
    assert [digest(tmp_path / f"there.{ending}") for ending in saved] == [digest(path) for path in saved.values()]


def test_png_has_300_dots_per_inch_and_the_words(saved, drowsy):
    with Image.open(saved["png"]) as picture:
        size = drowsy.plot().figure.get_size_inches()
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert picture.size == pytest.approx(300 * size, abs=1)
        assert picture.text == {"Title": "Forest plot", "Description": figures.alt_text(drowsy)}


def test_pdf_has_true_type_fonts_words_and_no_date(saved, drowsy):
    pypdf = pytest.importorskip("pypdf")
    pdf = pypdf.PdfReader(saved["pdf"])
    assert pdf.metadata.subject == figures.alt_text(drowsy)
    assert pdf.metadata.title == "Forest plot"
    assert "/CreationDate" not in pdf.metadata
    (page,) = pdf.pages
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    inner = [one.get("/DescendantFonts", [one])[0].get_object() for one in fonts]
    assert fonts
    assert all("/FontFile2" in one["/FontDescriptor"] for one in inner)  # TrueType, in the file
    assert "0.76 (0.62 to 0.95)" in page.extract_text()
    assert "/XObject" not in page["/Resources"] or not any(
        one.get_object()["/Subtype"] == "/Image" for one in page["/Resources"]["/XObject"].values()
    )


def test_svg_text_is_text_and_its_glyphs_are_in_the_file(saved, drowsy):
    raw = saved["svg"].read_text(encoding="utf-8")
    root = ET.fromstring(raw)
    assert "0.76 (0.62 to 0.95)" in texts(root)
    css = next(root.iter(f"{SVG}style")).text
    fonts = re.findall(r"font-weight:(\d+);font-style:normal;src:url\(data:font/woff;base64,([^)]+)\)", css)
    glyphs = {weight: set(TTFont(io.BytesIO(base64.b64decode(font))).getBestCmap()) for weight, font in fonts}
    for element in root.iter(f"{SVG}text"):
        weight = "700" if "font-weight: 700" in element.get("style") else "400"
        assert set(map(ord, "".join(element.itertext()))) - {ord("\n")} <= glyphs[weight]
    assert not re.search(r"https?://(?!www\.w3\.org)", raw)


def test_svg_is_an_image_with_a_name(saved, drowsy):
    root = ET.fromstring(saved["svg"].read_text(encoding="utf-8"))
    assert root.get("role") == "img"
    named = {element.get("id"): element.text for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert root.get("aria-labelledby").split() == list(named)
    title, words = title_and_words(figures.alt_text(drowsy))
    assert list(named.values()) == [title, words]
    assert [root[0].tag, root[1].tag] == [f"{SVG}title", f"{SVG}desc"]  # a title counts where it comes first


def test_csv_has_the_numbers_in_full(saved, drowsy):
    frame = pd.read_csv(saved["csv"])
    assert frame.loc[0, "estimate"] == drowsy.estimate
    assert frame.loc[0, "ci_low"] == drowsy.ci_low
    assert frame.loc[0, "comparison"] == drowsy.title()
    assert not frame.loc[0, "randomised"]
    assert b"\r" not in saved["csv"].read_bytes()


def test_formats_are_chosen_and_the_unknown_is_refused(drowsy, tmp_path):
    ax = drowsy.plot()
    with pytest.raises(ne.NeckevidenceError, match=r"among png, svg, pdf; found 'gif'"):
        figures.save(ax, tmp_path / "new" / "x", drowsy, formats=("png", "gif"))
    assert list(tmp_path.iterdir()) == []
    assert [path.name for path in figures.save(ax, tmp_path / "x", drowsy, formats="pdf")] == ["x.pdf", "x.csv"]
    with pytest.raises(ne.NeckevidenceError, match="found int"):
        figures.save(ax, tmp_path / "y", 3)
    with pytest.raises(ne.NeckevidenceError, match="Axes or Figure, found str"):
        figures.save("picture", tmp_path / "y", drowsy)
    assert plt.fignum_exists(ax.figure.number)  # the picture stays open


def test_a_failure_leaves_the_files_that_were_there(drowsy, tmp_path, monkeypatch):
    before = {path: digest(path) for path in figures.save(drowsy.plot(), tmp_path / "x", drowsy)}

    def broken(figure, path, alt):
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(export, "_WRITERS", {**export._WRITERS, "pdf": broken})
    harm = ne.absolute_effect(drowsy)
    with pytest.raises(OSError, match="disk full"):
        figures.save(figures.icon_array(harm), tmp_path / "x", harm)
    assert {path: digest(path) for path in tmp_path.iterdir()} == before


def test_the_callers_settings_stay_and_do_not_matter(saved, drowsy, tmp_path):
    with plt.rc_context({"pdf.fonttype": 3, "svg.fonttype": "path", "savefig.bbox": "tight", "svg.hashsalt": None}):
        again = figures.save(drowsy.plot(), tmp_path / "x", drowsy)
        assert plt.rcParams["pdf.fonttype"] == 3
    assert [digest(path) for path in again] == [digest(path) for path in saved.values()]


def pointed_at(root):
    values = [value for element in root.iter() for value in element.attrib.values()]
    found = {name for value in values for name in re.findall(r"url\(#([^)]+)\)", value)}
    return found | {element.get(XLINK)[1:] for element in root.iter() if element.get(XLINK)}


@pytest.mark.parametrize("fonts", FONTS)
def test_several_svgs_stand_in_one_page(ev, drowsy, fonts):
    """Ids are there once in the page, and each picture points at its own."""
    bias = ne.risk_of_bias(ev, ["khwaja2010", "childers2005"])
    shown = [(drowsy.plot, drowsy), (drowsy.plot, drowsy), (lambda: figures.rob_summary_plot(bias), bias)]
    roots = [
        ET.fromstring(figures.svg_text(draw(), result, fonts=fonts, prefix=f"fig{number}-"))
        for number, (draw, result) in enumerate(shown)
    ]
    names = [[element.get("id") for element in root.iter() if element.get("id")] for root in roots]
    together = [name for own in names for name in own]
    assert len(together) == len(set(together))
    for number, (root, own) in enumerate(zip(roots, names, strict=True)):
        assert all(name.startswith(f"fig{number}-") for name in own)
        assert pointed_at(root) <= set(own)
        assert pointed_at(root)
        assert f"#fig{number}-figure *{{" in next(root.iter(f"{SVG}style")).text  # no rule for the rest of the page


def test_ways_to_treat_fonts(drowsy):
    embedded, plain, paths = (
        figures.svg_text(drowsy.plot(), drowsy, fonts=fonts) for fonts in ("embed", "none", "paths")
    )
    assert "@font-face" in embedded
    assert "@font-face" not in plain
    assert texts(ET.fromstring(plain)) == texts(ET.fromstring(embedded))
    assert texts(ET.fromstring(paths)) == []
    assert all(text.startswith("<svg") for text in (embedded, plain, paths))
    with pytest.raises(ne.NeckevidenceError, match="embed, none, paths; found 'woff'"):
        figures.svg_text(drowsy.plot(), drowsy, fonts="woff")
    with pytest.raises(ne.NeckevidenceError, match="prefix must begin with a letter"):
        figures.svg_text(drowsy.plot(), drowsy, prefix="1 ")


def test_spaces_side_by_side_stay(ev):
    event = ne.compare(ev, "CYC5", "PBO", outcome="any_adverse_event")
    root = ET.fromstring(figures.svg_text(event.plot(risk_of_bias=ne.risk_of_bias(ev)), event, fonts="none"))
    double = [element for element in root.iter(f"{SVG}text") if "  " in (element.text or "")]
    assert double
    assert all(element.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve" for element in double)


def test_shared_looks_and_rounded_places_change_nothing(drowsy):
    """A thousand signs: the look stands once, and each is within a hundredth of a point of its place."""
    ax = figures.icon_array(ne.absolute_effect(drowsy))
    root = ET.fromstring(figures.svg_text(ax, "Signs.", fonts="none"))
    signs = list(root.iter(f"{SVG}use"))
    assert len(signs) == 2000
    assert sum("style" in element.attrib for element in signs) == 0
    looks = [group.get("style") for group in root.iter(f"{SVG}g") for child in group if child.tag == f"{SVG}use"]
    assert len({*looks}) == 3  # blue, grey, empty
    scale = 72 / ax.figure.dpi
    places = np.concatenate([ax.transData.transform(own.get_offsets()) for own in ax.collections]) * scale
    places[:, 1] = 72 * ax.figure.get_size_inches()[1] - places[:, 1]
    drawn = np.array([(float(sign.get("x")), float(sign.get("y"))) for sign in signs])
    assert np.abs(drawn[np.lexsort(drawn.round(1).T)] - places[np.lexsort(places.round(1).T)]).max() < 0.006


def test_font_rules_hold_what_is_asked_and_no_more():
    css = figures.font_face_css("zab 0\u2212aab")
    assert css == figures.font_face_css("ab 0\u2212z")
    fonts = re.findall(r"font-weight:(\d+);font-style:normal;src:url\(data:font/woff;base64,([^)]+)\)", css)
    assert [weight for weight, _ in fonts] == ["400", "700"]
    for _, font in fonts:
        held = TTFont(io.BytesIO(base64.b64decode(font)))
        assert set(held.getBestCmap()) == set(map(ord, "abz 0\u2212"))
        assert held["name"].getDebugName(1).startswith("DejaVu Sans")
        assert "Bitstream" in held["name"].getDebugName(0)  # the notice that the licence asks for


def luminance(colour):
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_of_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the grey that just fails, WebAIM


@pytest.mark.parametrize("name", ["INK", "MUTED", "CAUTION", "TREATMENT"])
def test_text_stands_out_from_the_paper(name):
    assert contrast(getattr(style, name), "#ffffff") >= 4.5


@pytest.mark.parametrize("name", ["INK", "MUTED", "TREATMENT", "CONTROL", "CAUTION", "BAND", "ROUNDING"])
def test_marks_stand_out_from_the_paper(name):
    assert contrast(getattr(style, name), "#ffffff") >= 3


def test_colours_can_be_told_apart_in_grey_or_differ_in_shape():
    """Every colour that marks something but LINE is tested above: a new one must be put into a list there."""
    names = {
        name for name, value in vars(style).items() if isinstance(value, str) and re.fullmatch("#[0-9a-f]{6}", value)
    }
    assert names == {"INK", "MUTED", "LINE", "TREATMENT", "CONTROL", "CAUTION", "BAND", "ROUNDING"}
    values = sorted(luminance(getattr(style, name)) for name in ("INK", "TREATMENT", "CAUTION", "ROUNDING", "LINE"))
    assert all(b - a > 0.02 for a, b in pairwise(values))
