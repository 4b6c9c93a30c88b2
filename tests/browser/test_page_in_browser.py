"""What a reader does with the report: search, follow a number to its source, print, save; on a screen, a phone, on paper."""

import base64
import csv
import io
import re
from xml.etree import ElementTree

import pytest
from in_browser import wait_until
from PIL import Image

SOMNOLENCE = 'a.n[href="#trail-effect-cyc5-cyc10-somnolence-rr-day7"]'
SVG = "{http://www.w3.org/2000/svg}"


def in_view(tab, selector):
    """Whether an element's top lies within the window, below the bar that stays there."""
    return tab.evaluate(
        """selector => {
            const box = document.querySelector(selector).getBoundingClientRect();
            const bar = document.querySelector(".top");
            const top = getComputedStyle(bar).position === "sticky" ? bar.getBoundingClientRect().bottom : 0;
            return box.height > 0 && box.top >= top - 1 && box.top < innerHeight;
        }""",
        selector,
    )


def wait_in_view(tab, selector):
    wait_until(
        tab,
        "selector => { const b = document.querySelector(selector).getBoundingClientRect();"
        " return b.height > 0 && b.top >= 0 && b.top < innerHeight; }",
        selector,
    )
    assert in_view(tab, selector)


def test_a_whole_visit_asks_for_nothing_but_the_file(reader):
    tab = reader.open()
    tab.fill("#search-words", "dry mouth")
    tab.locator("#search-found a").first.click()
    tab.click("#theme")
    tab.locator(SOMNOLENCE).first.click()
    tab.keyboard.press("Escape")
    tab.select_option("#wb-comparison", "CYC5-PBO-somnolence")
    tab.mouse.wheel(0, 20_000)
    tab.wait_for_timeout(300)
    assert reader.asked == [reader.address]
    assert reader.faults == []


@pytest.mark.parametrize("name", ["%", "%E0%A4%A", "constructor", "trail", "'\"]<img>"])
def test_an_address_with_any_name_behind_it_does_not_stop_the_scripts(reader, name):
    tab = reader.open()
    tab.goto("about:blank")
    tab.goto(f"{reader.address}#{name}")
    reader.asked = [url.partition("#")[0] for url in reader.asked if url != "about:blank"]
    assert tab.locator("#theme").is_visible()
    assert tab.locator("#search").is_visible()
    assert reader.faults == []


def test_the_policy_stops_a_script_that_is_put_into_the_page(reader):
    tab = reader.open()
    tab.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.foreign = true";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.foreign = true'>");
    }""")
    tab.wait_for_timeout(200)
    assert tab.evaluate("window.foreign") is None
    assert len(reader.faults) >= 2  # the browser says that it refused
    assert all("Content Security Policy" in fault for fault in reader.faults)
    reader.faults.clear()
    assert set(reader.asked) <= {reader.address, reader.address.replace("report.html", "x")}
    reader.asked.clear()


def test_search_leads_to_the_place_and_unfolds_it(tab):
    tab.fill("#search-words", "drowsiness")
    places = tab.locator("#search-found a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    folded = [place for place in places if not tab.locator(place).is_visible()]
    assert len(places) > len(folded) > 0
    tab.locator(f'#search-found a[href="{folded[0]}"]').click()
    wait_in_view(tab, folded[0])
    assert "drowsiness" in tab.locator(folded[0]).inner_text()
    assert not tab.locator("#search-found").is_visible()


def test_search_by_keyboard(tab):
    tab.fill("#search-words", "10% somnolence counts_003")  # all words, in any order
    assert tab.locator("#search-heard").inner_text() == tab.locator("#search-found p").inner_text()  # said aloud
    tab.focus("#search-words")
    tab.keyboard.press("Enter")  # to the first place found
    place = tab.evaluate("document.activeElement.hash")
    tab.keyboard.press("Enter")
    wait_in_view(tab, place)
    text = tab.locator(place).inner_text()
    assert all(word in text for word in ("10%", "somnolence", "counts_003"))


def test_search_says_when_there_is_nothing_and_escape_puts_it_away(tab):
    tab.fill("#search-words", "drowsiness")
    assert re.match(r"\d+ places", tab.locator("#search-found p").inner_text())
    tab.keyboard.press("Escape")
    assert not tab.locator("#search-found").is_visible()
    tab.fill("#search-words", "xyzzy")
    assert tab.locator("#search-found").inner_text() == "Nothing found"
    tab.fill("#search-words", "")
    assert not tab.locator("#search-found").is_visible()


def test_a_number_opens_its_trail_and_gets_the_focus_back(tab):
    number = tab.locator(SOMNOLENCE, has_text="0.76").first
    number.focus()
    tab.keyboard.press("Enter")
    panel = tab.locator("dialog#trail")
    assert panel.is_visible()
    for words in ("as printed: 29%", "as printed: 38%", "Flexeril", "table of the 2 double-blind", "not randomised"):
        assert words in panel.inner_text()
    for _ in range(12):  # the focus stays within, or is with the browser itself
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    tab.keyboard.press("Escape")
    assert not panel.is_visible()
    assert number.evaluate("one => one === document.activeElement")


def test_a_click_beside_the_panel_or_on_close_closes_it(tab):
    panel = tab.locator("dialog#trail")
    tab.locator(SOMNOLENCE).first.click()
    panel.get_by_role("button", name="Close").click()
    assert not panel.is_visible()
    tab.locator(SOMNOLENCE).first.click()
    tab.mouse.click(200, 500)
    assert not panel.is_visible()


def test_a_figure_in_the_panel_leads_to_its_row_as_printed(tab):
    assert not tab.locator("#fact-counts_002").is_visible()
    tab.locator(SOMNOLENCE).first.click()
    tab.locator("dialog#trail").get_by_role("link", name="counts_002").click()
    assert not tab.locator("dialog#trail").is_visible()
    wait_in_view(tab, "#fact-counts_002")
    cells = "cells => Object.fromEntries(cells.map((td) => [td.dataset.label, td.innerText]))"
    row = tab.locator("#fact-counts_002 td").evaluate_all(cells)
    assert row["As printed"] == "38%"
    assert "Flexeril" in " ".join(row.values())
    assert "somnolence" in " ".join(row.values())


def test_every_number_has_a_trail_that_opens(tab):
    names = tab.evaluate("[...new Set([...document.querySelectorAll('a.n')].map((a) => a.hash.slice(1)))]")
    assert len(names) > 50
    opened = tab.evaluate(
        """names => names.map((name) => {
            document.querySelector(`a.n[href="#${name}"]`).click();
            const panel = document.getElementById("trail");
            const text = panel.open ? panel.querySelector("#panel-body").innerText : "";
            panel.close();
            return text;
        })""",
        names,
    )
    without = [name for name, text in zip(names, opened, strict=True) if len(text.splitlines()) < 2]
    assert set(without) <= {"trail-simulated", "trail-an-example"}  # which rest on no print
    assert tab.evaluate("location.hash.startsWith('#trail')") is False


def test_the_theme_is_the_readers_and_paper_is_white(reader):
    tab = reader.open(color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    button = tab.locator("#theme")
    dark = tab.evaluate(paper)
    assert button.inner_text() == "Light"
    button.click()
    light = tab.evaluate(paper)
    assert light == "rgb(255, 255, 255)"
    assert light != dark
    assert button.inner_text() == "Dark"
    button.click()
    assert tab.evaluate(paper) == dark
    tab.emulate_media(media="print", color_scheme="dark")  # ink on paper, whatever the screen is
    colours = "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))"
    assert tab.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    tab.evaluate("delete document.documentElement.dataset.theme")
    assert tab.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


def test_contents_lead_to_their_headings_and_say_where_one_is(tab, document):
    tab.reload()
    wrong = tab.evaluate(
        """[...document.querySelectorAll(".contents a")].filter((a) => {
            const heading = document.getElementById(a.hash.slice(1)).querySelector("h2, h3, h4");
            return heading.textContent.trim().replace(/\\s+/g, " ") !== a.textContent.trim();
        }).map((a) => a.textContent)"""
    )
    assert wrong == []
    for name in [section.name for section in document.sections[1::4]]:
        tab.locator(f'.contents a[href="#{name}"]').click()
        wait_in_view(tab, f"#{name}-title")
        wait_until(
            tab, "name => document.querySelector('.contents [aria-current]')?.hash === `#${name}`", name, timeout=3000
        )
        assert tab.locator(".contents [aria-current]").count() == 1


def test_without_scripts_everything_can_be_read(reader):
    tab = reader.open(java_script_enabled=False)
    for control in ("#search", "#theme", "#wb-bench", "dialog#trail"):
        assert not tab.locator(control).is_visible()
    assert tab.locator(".save").count() == 0
    assert "needs scripts" in tab.locator("#wb-off").inner_text()
    number = tab.locator(SOMNOLENCE, has_text="0.76").first
    number.click()
    trail = tab.locator("#trail-effect-cyc5-cyc10-somnolence-rr-day7")
    wait_in_view(tab, "#trail-effect-cyc5-cyc10-somnolence-rr-day7")
    assert "0.76 (95% CI 0.62 to 0.95)" in trail.locator("summary").inner_text()
    trail.locator("summary").click()
    assert "as printed: 29%" in trail.inner_text()
    trail.get_by_role("link", name="counts_001").click()
    wait_in_view(tab, "#fact-counts_001")  # the browser unfolds what it goes to


def test_on_paper_there_are_no_controls_and_the_folded_tables(reader):
    tab = reader.open()
    table = tab.locator("figure .twin table").first
    assert not table.is_visible()
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    for control in (".top", ".contents", ".save", "#workbench", "#trails", "dialog#trail"):
        assert not tab.locator(control).first.is_visible()
    assert tab.locator("h1").is_visible()
    assert table.is_visible()
    assert tab.locator(SOMNOLENCE).first.evaluate("one => getComputedStyle(one).textDecorationLine") == "none"
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    tab.emulate_media(media="screen")
    assert not table.is_visible()  # as the reader had left it


def saved(tab, figure, button):
    tab.wait_for_timeout(100)  # Chromium lets a page save ten files a second
    with tab.expect_download() as download:
        tab.locator(f"figure#{figure}").get_by_role("button", name=button).click()
    assert download.value.suggested_filename.rsplit(".", 1)[0] == figure
    return download.value.path().read_bytes()


def test_a_picture_is_saved_whole_with_its_font(tab, document):
    for picture in document.pictures()[::5]:
        root = ElementTree.fromstring(saved(tab, picture.name, "Save picture"))
        assert root.tag == f"{SVG}svg"
        style = "".join(one.text or "" for one in root.iter(f"{SVG}style"))
        family, font = re.search(
            r"@font-face\s*{[^}]*font-family:\s*['\"]?([\w -]+).*?base64,([\w+/=]+)", style, re.S
        ).groups()
        assert base64.b64decode(font)[:4] in (b"wOF2", b"wOFF", b"\0\1\0\0")
        assert any(family in (text.get("style", "") + text.get("font-family", "")) for text in root.iter(f"{SVG}text"))
        assert not re.search(rb"(?:href|src)=[\"']https?:", ElementTree.tostring(root))


def test_the_numbers_saved_are_those_of_the_table(tab, document):
    for picture in document.pictures()[::3]:
        text = saved(tab, picture.name, "Save numbers").decode("utf-8-sig")
        heads, *rows = csv.reader(io.StringIO(text))
        frame = picture.twin.frame
        assert heads == [str(column) or "Mark" for column in frame.columns]
        assert rows == [[str(cell).strip() for cell in row] for row in frame.itertuples(index=False)]


@pytest.mark.parametrize("width", [320, 360, 768, 1440])  # 320: a screen of 1280 at four times the size
def test_nothing_is_wider_than_the_screen(reader, document, width, tmp_path):
    tab = reader.open(width)
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert tab.evaluate(overflow) <= 0
    sections = [f"#{section.name}" for section in document.sections]
    for number, place in enumerate(("#main", sections[1], "#workbench", sections[-2])):
        tab.evaluate("place => document.querySelector(place).scrollIntoView()", place)
        path = tmp_path / f"{width}-{number}.png"
        tab.screenshot(path=path)
        with Image.open(path) as picture:
            assert picture.size == (width, 900)
            assert len(picture.convert("RGB").getcolors(1 << 20)) > 50  # text is there
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert tab.evaluate(overflow) <= 0
