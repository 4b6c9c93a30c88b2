"""The report as one HTML file: nothing from outside, links that lead somewhere, words for every picture."""

import base64
import hashlib
import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import lxml.html
import pandas as pd
import pytest
from payloads import PAYLOADS

from neckevidence.core.explanation import Explanation
from neckevidence.report.document import Document, Part, Rows, Section, Words
from neckevidence.report.markup import linked, paragraph, shown_numbers, table
from neckevidence.report.page import render_page
from neckevidence.tables.base import Table

REACHES_OUT = ("src", "href", "srcset", "action", "poster", "data", "xlink:href")


class Page(HTMLParser):
    """Identifiers, links, headings and pictures of a page, and the numbers of its links."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.addresses, self.headings, self.roles = [], [], [], [], []
        self.svg = self.figures = self.captions = 0
        self.open_link, self.numbers = None, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        for name in REACHES_OUT:
            if attrs.get(name):
                (self.links if attrs[name].startswith("#") else self.addresses).append(attrs[name])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a" and attrs.get("class") == "n":
            self.open_link = attrs["href"]
        if tag == "svg":
            self.svg += attrs.get("role") == "img"
        self.figures += tag == "figure"
        self.captions += tag == "caption"

    def handle_data(self, data):
        if self.open_link:
            self.numbers.append((self.open_link, data))

    def handle_endtag(self, tag):
        if tag == "a":
            self.open_link = None


def test_one_file_small_enough_that_reaches_for_nothing(page):
    read = Page(page)
    assert len(page.encode()) < 4_000_000  # it can be mailed: every notebook, with every figure that was read
    assert read.addresses == ["data:,"]  # the icon, which a browser would else ask for
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", page)


def test_every_link_leads_somewhere_and_names_are_unique(page):
    read = Page(page)
    assert sorted(read.ids) == sorted(set(read.ids))
    assert {link[1:] for link in read.links if link != "#"} <= set(read.ids)


def test_headings_are_in_order(page):
    levels = Page(page).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_picture_has_words_and_a_table(page, document):
    read = Page(page)
    assert read.figures == read.svg == len(document.pictures())
    for picture in document.pictures():
        figure = re.search(rf'<figure id="{picture.name}">.*?</figure>', page, re.DOTALL).group()
        assert "<caption>" in figure
        spoken = " ".join(re.findall(r"<(?:title|desc)[^>]*>([^<]+)", figure))
        assert unescape(spoken).replace(".", "").split() == picture.alt.replace(".", "").split()


def test_the_numbers_of_a_page_are_links_to_trails(page):
    numbers = Page(page).numbers
    assert len(numbers) > 500
    assert all(link.startswith("#trail-") for link, _ in numbers)
    assert ("#trail-effect-cyc5-cyc10-somnolence-rr-day7", "0.76") in numbers


def test_a_number_is_linked_and_a_dose_is_not():
    html = str(linked("5 mg: RR 0.76 (95% CI 0.62 to 0.95), day 7, Friedman 2015", "x"))
    assert re.findall(r">([^<>]+)</a>", html) == ["0.76", "0.62", "0.95"]
    assert html.count("tabindex") == 2  # one stop for the keyboard


def test_text_is_escaped():
    assert str(linked("a < b & 2", "x")) == 'a &lt; b &amp; <a class="n" href="#trail-x">2</a>'
    assert str(paragraph(Words((Part("1 <", strong=True), Part(" 2"))))) == "<strong>1 &lt;</strong> 2"


def test_stars_of_a_value_are_stars():
    assert str(paragraph(Words.of("a **b** c"))) == "a **b** c"


def test_what_stands_out_and_what_leads_elsewhere():
    parts = (
        Part("a", emphasis=True),
        Part("<b>", code=True),
        Part("c 5", strong=True, link="https://example.org/?a=1&b"),
    )
    written = '<em>a</em><code>&lt;b&gt;</code><a href="https://example.org/?a=1&amp;b"><strong>c 5</strong></a>'
    assert str(paragraph(Words(parts))) == written


def test_a_sentence_has_one_stop_for_the_keyboard():
    html = str(paragraph(Words((Part("first 1", strong=True, trail="x"), Part(" then 2 and 3", trail="x")))))
    assert html.count("<a ") == 3
    assert html.count("tabindex") == 2
    other = str(paragraph(Words((Part("first 1", trail="x"), Part(" then 2", trail="y")))))
    assert other.count("tabindex") == 0  # two results, two ways


def test_a_table_says_its_columns_where_it_becomes_cards(document):
    wide = next(block for block in document.blocks() if isinstance(block, Rows) and "Effect" in block.table.frame)
    html = str(table(wide.table.frame, "T", trails=wide.trails))
    assert html.count('data-label="Effect"') == len(wide.table.frame)
    assert 'class="cards"' in html


def test_names_are_no_numbers():
    text = "cyclobenzaprine 5 mg, 1000 patients, study 1, JAMA 2015;314(15):1572-80, table 2, C13, 0.5"
    assert [one.text for one in shown_numbers(text)] == ["0.5"]


def test_the_policy_allows_the_scripts_of_the_page_and_no_other(page):
    """Each hash is that of what stands between the tags, as a browser takes it; data blocks need none."""
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    rules = dict(rule.split(" ", 1) for rule in unescape(policy).split("; "))
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert rules["script-src"] == " ".join(f"'sha256-{one}'" for one in hashes)
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert page.index("Content-Security-Policy") < page.index("<title>")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_every_place_of_the_page_shows_a_text_as_it_is(payload):
    rows = Table(pd.DataFrame({payload: [payload]}), payload, payload)
    trails = {"t": Explanation(payload, payload, (Explanation(payload, payload),)), "title": Explanation("x", "y")}
    item = Words((Part(payload, strong=True),), item=True)
    blocks = (Words.of(payload, "t"), item, Rows("r", rows, ("t",)))
    document = Document(payload, payload, payload, payload, (Section("c", payload, blocks),), trails)
    html = lxml.html.document_fromstring(render_page(document))
    main = html.xpath("//main")[0]
    places = {
        "//title": f"{payload}: {payload}",
        "//meta[@name='description']/@content": payload,
        "//h1": payload,
        "//section[@id='c']/p": payload,
        "//section[@id='c']//li/strong": payload,
        "//caption": payload,
        "//th": payload,
        "//td": payload,
        "//td/@data-label": payload,
        "//p[@class='note']": payload,
        "//details[@id='trail-t']/summary": f"{payload} {payload}",
        "//details[@id='trail-t']//li": f"{payload}: {payload}",
    }
    for path, words in places.items():
        (found,) = html.xpath(path)
        assert (found if isinstance(found, str) else found.text_content()) == words, path
    assert not main.xpath(".//script | .//img | .//@onerror | .//@onmouseover | .//iframe | .//form")
    assert all(href.startswith("#") for href in main.xpath(".//@href"))
    ids = html.xpath("//@id")
    assert sorted(ids) == sorted(set(ids))


def test_a_number_in_a_name_leads_nowhere():
    frame = pd.DataFrame({"Outcome": ["flare at 6 months"], "Trial": ["García-2003"], "Effect": ["RR 0.58"]})
    html = str(table(frame, "T", trails=("x",)))
    assert re.findall(r">([^<>]+)</a>", html) == ["0.58"]
    assert "tabindex" not in html  # the effect is the stop for the keyboard
