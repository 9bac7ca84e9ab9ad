"""Every page in a real browser: nothing fetched from elsewhere, a quiet console, nothing against axe's rules.

What each page weighs and how soon it shows stands in the report, and in test-report/pages.md.
"""

import pytest
from browser import contents

from conftest import violations, wait_until_live

EVERY_PAGE = pytest.mark.parametrize("name", contents())
LIMIT = 1_500_000  # bytes of a page before its figures, uncompressed
FIRST = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


@EVERY_PAGE
def test_page_is_light_and_asks_no_other_host(visit, name, record_property):
    page = visit(name)  # whose console and foreign requests must be empty in the end
    page.wait_for_load_state("networkidle")
    sizes = {address: len(response.body()) for address, response in page.responses.items() if response.ok}
    pictures = sum(size for address, size in sizes.items() if "/_images/" in address)
    without = sum(sizes.values()) - pictures
    page.wait_for_function(f"() => {FIRST}")
    record_property("page", [name, without, pictures, page.evaluate(f"() => {FIRST}")])
    assert without <= LIMIT, sorted(((size, address) for address, size in sizes.items()), reverse=True)[:8]


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 375)])
@EVERY_PAGE
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(visit, name, theme, width):
    page = visit(name, theme=theme, width=width)
    for figure in page.locator("[data-figure]").all():
        wait_until_live(page, figure.get_attribute("data-figure"))
    assert violations(page) == []
    page.set_viewport_size({"width": 320 if width == 375 else 768, "height": 900})  # small phone, tablet
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@EVERY_PAGE
def test_axe_finds_nothing_while_figures_are_still(visit, html, name, theme):
    if "data-figure=" not in (html / f"{name}.html").read_text(encoding="utf-8"):
        return  # tried above, there is nothing that could be live
    page = visit(name, theme=theme)
    page.route("**/figures/main.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.reload(wait_until="load")
    assert page.locator("[data-live]").count() == 0
    assert violations(page, within="[data-figure]") == []


def test_search_finds_a_term(visit):
    page = visit("search")
    page.goto(page.url + "?q=hinge")
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


def test_the_keyboard_skips_to_the_content_and_opens_a_solution(visit):
    page = visit("chapters/03-hinge-loss")
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate("document.activeElement.textContent").lower()
    solution = page.locator(".solution.dropdown").first
    inside = solution.locator(".admonition-title ~ *").first
    inside.wait_for(state="hidden")
    solution.locator("button").focus()
    page.keyboard.press("Enter")
    inside.wait_for(state="visible")
    page.keyboard.press("Enter")
    inside.wait_for(state="hidden")


def test_what_has_the_keyboard_shows_it(visit):
    page = visit("chapters/03-hinge-loss")
    shown = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        here, marked = page.evaluate("""() => {
            const here = document.activeElement, style = getComputedStyle(here);
            const marked = style.outlineStyle !== "none" || style.boxShadow !== "none";
            return [here.outerHTML.slice(0, 150), marked];
        }""")
        assert marked, here
        shown.add(here)
    assert len(shown) > 40


def test_on_paper_solutions_are_open_and_the_title_is_there(visit):
    page = visit("chapters/03-hinge-loss")
    page.locator(".solution .toggle-button").first.wait_for()
    page.emulate_media(media="print")
    for inside in page.locator(".solution .admonition-title ~ *").all():
        inside.wait_for(state="visible")
    titles = page.locator("h1:visible").all_inner_texts()
    assert len(titles) == 1 and titles[0].endswith("Hinge loss")


def test_without_scripts_the_page_has_its_colours(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
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
