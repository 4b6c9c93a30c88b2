"""The report for everybody: axe-core finds nothing, and the keyboard reaches everything in order and gets out again."""

import pytest
from in_browser import wait_until

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SOMNOLENCE = 'a.n[href="#trail-effect-cyc5-cyc10-somnolence-rr-day7"]'

# All of the page is judged once, as it opens; of what repeats itself a few are judged in every setting, unfolded. What is drawn
# in a picture is left out: to axe it is one image.
AS_IT_OPENS = """() => {
    document.querySelectorAll("details:not([open]) > :not(summary), figure svg > g").forEach((one) => one.remove());
}"""
THINNED = """number => {
    const kept = document.querySelector(number);  // with the trail that it opens
    const thin = (found, left) => [...found].slice(left).filter((one) => !one.contains(kept) && `#${one.id}` !== kept.hash)
        .forEach((one) => one.remove());
    for (const body of document.querySelectorAll("tbody")) thin(body.rows, 2);
    for (const list of document.querySelectorAll(".items")) thin(list.children, 2);
    thin(document.querySelectorAll("details.trail"), 3);
    thin(document.querySelectorAll("figure svg > g"), 0);
    for (const top of document.querySelectorAll("#main > section")) thin(top.querySelectorAll(":scope > section"), 2);
    document.querySelectorAll("details").forEach((one) => { one.open = true; });
}"""

# What has the focus: its outline, whether it can be seen, and whether anything lies over it.
FOCUS = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    const [style, box] = [getComputedStyle(one), one.getBoundingClientRect()];
    const [x, y] = [box.left + Math.min(box.width / 2, 20), box.top + Math.min(box.height / 2, 12)];
    const there = document.elementFromPoint(x, y);
    return {
        name: one.id || one.dataset.testid || one.getAttribute("href") || one.textContent.trim().slice(0, 40),
        outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        seen: box.top >= 0 && box.left >= 0 && box.top < innerHeight && box.left < innerWidth && box.height > 0,
        free: Boolean(there) && (one.contains(there) || there.contains(one)),
        stop: [...document.querySelectorAll("*")].indexOf(one),
    };
}"""


def found_by_axe(tab, axe, context=None):
    """Every violation, with the elements."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(axe)
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    result = tab.evaluate("([context, options]) => axe.run(context || document, options)", [context, options])
    assert len(result["passes"]) > 10  # it did look
    return {
        rule["id"]: (rule["impact"], [node["target"] for node in rule["nodes"]][:5]) for rule in result["violations"]
    }


def open_trail(tab):
    tab.locator(SOMNOLENCE).first.evaluate("one => one.click()")
    assert tab.locator("dialog#trail").is_visible()


def test_axe_finds_nothing_on_the_whole_page_as_it_opens(reader, axe):
    tab = reader.open()
    tab.evaluate(AS_IT_OPENS)
    assert tab.locator("main tr").count() > 200
    assert found_by_axe(tab, axe) == {}
    open_trail(tab)
    assert found_by_axe(tab, axe, "#trail") == {}


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (360, "dark"), (1440, "dark")])
def test_axe_finds_nothing_in_any_setting(reader, axe, width, theme):
    tab = reader.open(width, color_scheme=theme)
    tab.evaluate(THINNED, SOMNOLENCE)
    tab.evaluate("dispatchEvent(new Event('resize'))")
    tab.fill("#search-words", "somnolence")
    assert tab.locator("#search-found a").count() > 5
    assert found_by_axe(tab, axe) == {}
    open_trail(tab)
    assert found_by_axe(tab, axe, "#trail") == {}


def walked(tab, steps):
    """The places that Tab goes to, one after the other."""
    places = []
    for _ in range(steps):
        tab.keyboard.press("Tab")
        places.append(tab.evaluate(FOCUS))
    return places


def all_visible(places):
    return [place["name"] for place in places if place["outline"] < 2 or not place["seen"] or not place["free"]] == []


def in_order(places):
    stops = [place["stop"] for place in places]
    return stops == sorted(stops)


@pytest.mark.parametrize("width", [360, 1440])
def test_tab_goes_through_the_page_in_order_and_is_seen(reader, width):
    tab = reader.open(width)
    # The contents stand open where there is room for them beside the report.
    places = walked(tab, 75 + tab.locator(".contents a:visible").count())
    names = [place["name"] for place in places]
    assert places[0]["name"] == "#main"  # skip to the report
    assert names[1:4] == ["#main", "search-words", "theme"]
    assert all_visible(places)
    assert in_order(places)
    assert any(name.startswith("#trail-") for name in names)


def test_the_skip_link_skips_the_contents(reader):
    tab = reader.open()
    tab.keyboard.press("Tab")
    assert tab.locator(".skip").evaluate("one => one.getBoundingClientRect().left") >= 0
    tab.keyboard.press("Enter")
    (place,) = walked(tab, 1)
    assert tab.evaluate("!!document.activeElement.closest('main')")
    assert place["name"].startswith("#trail-")


@pytest.mark.parametrize("width", [360, 1440])
def test_tab_goes_through_the_workbench_and_out_of_it(reader, width):
    tab = reader.open(width)
    tab.select_option("#wb-comparison", "CYC5-PBO-any_adverse_event")
    tab.focus("#wb-comparison")
    wanted = tab.evaluate(
        """() => {
            const radios = new Set();
            return [...document.querySelectorAll("#workbench :is(select, input, button, summary, a[href])")].filter((one) => {
                if (one.disabled || !one.checkVisibility()) return false;
                if (one.type !== "radio") return true;
                return one.checked; // a group is one stop, at what is chosen
            }).map((one) => [...document.querySelectorAll("*")].indexOf(one));
        }"""
    )
    places = [tab.evaluate(FOCUS), *walked(tab, len(wanted) - 1)]
    assert [place["stop"] for place in places] == wanted
    assert len(wanted) > 10
    assert all_visible(places)
    walked(tab, 1)
    assert tab.evaluate("!document.activeElement.closest('#workbench')")  # no trap
    tab.keyboard.press("Shift+Tab")
    assert tab.evaluate(FOCUS)["stop"] == wanted[-1]


def test_the_workbench_by_keyboard_alone(reader):
    tab = reader.open()
    tab.select_option("#wb-comparison", "CYC5-PBO-any_adverse_event")
    before = tab.locator("#wb-headline").inner_text()
    tab.focus("#wb-bench input[name=wb-measure]:checked")
    tab.keyboard.press("ArrowDown")
    assert tab.locator("#wb-headline").inner_text().startswith("Odds ratio")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")  # over the model to the first trial
    tab.keyboard.press("Space")
    assert tab.locator("#wb-headline").inner_text().endswith("1 trial")
    tab.keyboard.press("Space")
    assert tab.locator("#wb-headline").inner_text() == before


def test_what_scrolls_sideways_can_be_scrolled_by_keyboard(reader):
    tab = reader.open(360)
    boxes = tab.locator(".picture[tabindex='0']")
    assert boxes.count() > 5
    boxes.first.focus()
    tab.keyboard.press("ArrowRight")
    wait_until(tab, "() => document.activeElement.scrollLeft > 0")
    names = tab.locator("[tabindex='0'][role=group], [tabindex='0'][role=region]").evaluate_all(
        "all => all.map((one) => one.ariaLabel || one.getAttribute('aria-labelledby') || '')"
    )
    assert all(names)
