"""Every page in a real browser: nothing fetched from elsewhere, a quiet console, nothing against axe's rules.

What each page weighs and how soon it shows stands in the report, and in test-report/pages.md.
"""

import json
import re
from urllib.parse import urlsplit

import pytest

from tests.book.pages import CONTRAST, turn, violations, wait_until_live
from tools.book import ROOT, address, contents
from tools.browser import serve

EVERY_PAGE = pytest.mark.parametrize("name", contents())
LIMIT = 1_500_000  # bytes of a page before its figures, uncompressed
KEYS_REACH_WHAT_SCROLLS = """() => [...document.querySelectorAll("pre")].every(
    code => code.scrollWidth <= code.clientWidth || code.tabIndex === 0)"""
WEIGHTS = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .map((one) => [one.name, one.decodedBodySize])"""
FONT = "getComputedStyle(document.body).fontFamily"
FIRST = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


@EVERY_PAGE
def test_page_is_light_breaks_no_rule_of_axe_and_fits_the_window(visit, name, record_property):
    page = visit(name)  # its console and foreign requests must be empty in the end
    figures = page.locator("[data-figure]").all()
    for figure in figures:
        wait_until_live(page, figure.get_attribute("data-figure"))
    assert violations(page, rules=CONTRAST) == []
    sizes = dict(page.evaluate(WEIGHTS))
    assert len(sizes) > 10 and bool(figures) == any("/figures/" in address for address in sizes)
    of_figures = sum(size for address, size in sizes.items() if re.search("/_images/|/figures/", address))
    without = sum(sizes.values()) - of_figures
    page.wait_for_function(f"() => {FIRST}")
    record_property("page", [name, without, of_figures, page.evaluate(f"() => {FIRST}")])
    assert without <= LIMIT, sorted(((size, address) for address, size in sizes.items()), reverse=True)[:8]
    turn(page, "dark")
    for width in (768, 320, 375):  # tablet, small phone, phone
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    page.wait_for_function(KEYS_REACH_WHAT_SCROLLS)  # the theme sees to it a moment after
    assert violations(page) == []


@pytest.mark.parametrize("theme, width", [("dark", 1280), ("light", 375)])
def test_axe_finds_nothing_beside_the_text_either(visit, theme, width):
    """Sidebars and bar are the same on all pages; the text was tried above."""
    assert violations(visit("chapters/03-hinge-loss", theme=theme, width=width)) == []


def test_axe_finds_nothing_while_figures_are_still(opened, figures):
    scripts = (ROOT / "assets" / "static" / "figures").glob("*.js")
    assert {*figures} == {path.stem for path in scripts if "function start(" in path.read_text("utf-8")}
    for figure in figures.values():
        page = opened(figure, without="**/figures/main.js*")
        for theme in ("light", "dark"):
            turn(page, theme)
            assert page.locator("[data-live]").count() == 0
            rules = CONTRAST if theme == "light" else None
            assert violations(page, within="[data-figure]", rules=rules) == []


PREVENTED = """() => [...document.querySelectorAll("[data-figure] :is(button, input, [tabindex])")].flatMap(
    (one) => ["ArrowLeft", "ArrowUp", "0", "Backspace", "PageDown", "Escape"].filter((key) =>
        (one.focus(), !one.dispatchEvent(new KeyboardEvent("keydown",
            { key, altKey: true, bubbles: true, cancelable: true })))))"""


@pytest.mark.parametrize("figure", ["backprop", "convolution", "downhill", "draw", "hinge", "templates"])
def test_going_through_a_figure_by_keys_is_silent_and_shortcuts_are_left_to_the_browser(live, figure):
    page = live(figure)
    assert page.evaluate(PREVENTED) == []
    page.wait_for_timeout(400)  # what is said is said after a quarter of a second
    [said] = page.get_by_role("status").all()
    assert said.text_content() == ""


@pytest.mark.parametrize("figure, part", [("backprop", "input"), ("downhill", ".figure-handle"),
                                          ("hinge", ".figure-handle"), ("templates", "input")])
def test_a_drawing_on_a_phone_that_is_turned_keeps_its_letters_and_what_the_reader_did(live, figure, part):
    page = live(figure, width=667, height=375)
    letters = """() => Math.min(...[...document.querySelectorAll("[data-figure] svg text")].map(
        (one) => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a))"""
    moved = "document.activeElement.getAttribute('aria-valuetext')"
    page.locator(f"[data-figure] {part}").first.press("ArrowRight")
    before, size = page.evaluate(moved), page.evaluate(letters)
    page.set_viewport_size({"width": 375, "height": 667})
    page.wait_for_function(f"({letters})() > 12")
    assert size < 14.1 and page.evaluate(moved) == before
    assert violations(page, "[data-figure]") == []


def test_axe_sees_one_word_of_each_kind(visit):
    page = visit("chapters/03-hinge-loss")
    assert violations(page, rules=CONTRAST) == violations(page) == []  # now no text is new
    page.add_style_tag(content="math mi, .highlight .k { color: #eee !important }")  # on white
    for rules in (CONTRAST, None):
        [(rule, words)] = violations(page, rules=rules)
        assert rule == "color-contrast" and {word[:3] for word in words} == {"<sp", "<mi"}
        assert all(re.match('<span class="k|<mi', word) for word in words)


def test_a_request_to_another_host_and_an_error_are_noticed(visit):
    page = visit("intro")
    page.evaluate("document.body.append(Object.assign(new Image(), { src: 'https://example.org/x.png' }))")
    page.wait_for_function("performance.getEntriesByName('https://example.org/x.png').length")
    assert page.foreign == ["https://example.org/x.png"]
    assert len(page.console) == 1 and "ERR_NAME_NOT_RESOLVED" in page.console[0]
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => nowhere())")
    assert "nowhere is not defined" in page.console[1]
    page.foreign.clear()
    page.console.clear()


def test_a_page_that_is_not_there_leads_back(browser, html):
    """As GitHub Pages shows it: below the repository's name, from an address of any depth."""
    with serve(html, urlsplit(address()).path.rstrip("/")) as host:
        page = browser.new_page()
        failed = []
        page.on("response", lambda one: failed.append(one.url) if one.status != 200 else None)
        answer = page.goto(f"{host}/chapters/deep/nowhere.html", wait_until="networkidle")
        assert answer.status == 404 and failed == [page.url]  # styles and pictures are all there
        assert page.locator("article h1").inner_text() == "There is no such page"
        font = page.evaluate(FONT)
        assert violations(page) == []
        page.get_by_role("link", name="The first page").click()
        page.wait_for_load_state()
        assert page.url == f"{host}/intro.html" and page.evaluate(FONT) == font
        page.go_back()
        page.get_by_role("link", name="3. Hinge loss").click()
        assert page.url == f"{host}/chapters/03-hinge-loss.html"
        page.close()


def test_a_notebook_is_saved_not_shown(visit):
    page = visit("chapters/03-hinge-loss")
    page.get_by_role("button", name="Download this page").click()
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert download.value.suggested_filename == "03-hinge-loss.ipynb"
    saved, ours = (json.loads(path.read_text("utf-8")) for path in (
        download.value.path(), ROOT / "chapters" / "03-hinge-loss.ipynb"))
    assert saved == ours


def test_on_a_phone_the_contents_open_and_lead_on(visit):
    page = visit("intro", width=375, touch=True)
    page.locator("button.primary-toggle").click()
    contents = page.locator("dialog[open], #pst-primary-sidebar-modal[open]")
    contents.get_by_role("link", name="3. Hinge loss").click()
    assert page.url.endswith("03-hinge-loss.html")
    page.locator("button.primary-toggle").click()
    contents.wait_for()
    page.keyboard.press("Escape")
    contents.wait_for(state="hidden")


def test_the_search_dialog_opens_by_keys_and_finds(visit):
    page = visit("chapters/03-hinge-loss")
    page.keyboard.press("Control+k")
    field = page.locator("dialog[open] input[type=search]")
    field.wait_for()
    assert violations(page, within="dialog[open]") == []
    page.keyboard.type("hinge")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=hinge*")
    page.locator("#search-results li a").first.wait_for()
    found = page.locator("#search-results li a").all_inner_texts()
    assert any("Hinge loss" in title for title in found)


def test_one_gets_about_by_previous_next_and_the_theme_switch(visit):
    page = visit("chapters/03-hinge-loss")
    page.locator(".next-page, a.right-next").first.click()
    assert page.url.endswith("04-regularization.html")
    page.locator("a.left-prev").first.click()
    assert page.url.endswith("03-hinge-loss.html")
    grounds = set()
    for _ in range(3):  # automatic, light, dark, in a ring
        page.locator("button.theme-switch-button:visible").click()
        grounds.add((page.evaluate("document.documentElement.dataset.mode"),
                     page.evaluate("getComputedStyle(document.body).backgroundColor")))
    light, dark = (dict(grounds)[mode] for mode in ("light", "dark"))
    assert len(grounds) == 3 and light != dark


def test_the_keyboard_skips_to_the_content_shows_where_it_is_and_opens_a_solution(visit):
    page = visit("chapters/03-hinge-loss")
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate("document.activeElement.textContent").lower()
    shown = set()
    for _ in range(60):
        here, marked = page.evaluate("""() => {
            const here = document.activeElement, style = getComputedStyle(here);
            const marked = style.outlineStyle !== "none" || style.boxShadow !== "none";
            return [here.outerHTML.slice(0, 150), marked];
        }""")
        assert marked, here
        shown.add(here)
        page.keyboard.press("Tab")
    assert len(shown) > 40
    solution = page.locator(".solution.dropdown").first
    inside = solution.locator(".admonition-title ~ *").first
    inside.wait_for(state="hidden")
    solution.locator("button").focus()
    page.keyboard.press("Enter")
    inside.wait_for(state="visible")
    page.keyboard.press("Enter")
    inside.wait_for(state="hidden")


def test_on_paper_solutions_are_open_and_the_title_is_there(visit):
    page = visit("chapters/03-hinge-loss")
    page.locator(".solution .toggle-button").first.wait_for()
    page.emulate_media(media="print")
    for inside in page.locator(".solution .admonition-title ~ *").all():
        inside.wait_for(state="visible")
    titles = page.locator("h1:visible").all_inner_texts()
    assert len(titles) == 1 and titles[0].startswith("3. Hinge loss")


def test_without_scripts_the_page_has_its_colours(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/intro.html")
    fill = page.locator("figure.architecture rect").first.evaluate("e => getComputedStyle(e).fill")
    context.close()
    assert fill != "rgb(0, 0, 0)"


def test_formulas_are_drawn_with_the_books_font(visit):
    page = visit("chapters/05-gradient-descent")
    page.wait_for_load_state("networkidle")
    # document.fonts.check() says yes to a font that no style sheet names.
    fonts = page.evaluate("[...document.fonts].map(f => [f.family.replaceAll('\"', ''), f.status])")
    assert ["Book Math", "loaded"] in fonts
    assert "Book Math" in page.evaluate("getComputedStyle(document.querySelector('math')).fontFamily")
    assert page.locator("math").first.bounding_box()["height"] > 10
