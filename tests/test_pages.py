"""Every page in a real browser: nothing fetched from elsewhere, a quiet console, nothing against axe's rules.

What each page weighs and how soon it shows stands in the report, and in test-report/pages.md.
"""

from pathlib import Path

import pytest
import yaml

from conftest import violations

ROOT = Path(__file__).resolve().parent.parent
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(entry["file"] for part in TOC["parts"] for entry in part["chapters"])]
EVERY_PAGE = pytest.mark.parametrize("name", PAGES)
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
    assert violations(page) == []
    page.set_viewport_size({"width": 320 if width == 375 else 768, "height": 900})  # small phone, tablet
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


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
    before = page.evaluate("document.documentElement.dataset.theme")
    for _ in range(2):
        page.locator("button.theme-switch-button").first.click()
    assert page.evaluate("document.documentElement.dataset.mode") != "auto"
    assert page.evaluate("document.documentElement.dataset.theme") in ("light", "dark")
    assert before in ("light", "dark")


def test_the_keyboard_skips_to_the_content_and_opens_a_solution(visit):
    page = visit("chapters/03-hinge-loss")
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate("document.activeElement.textContent").lower()
    solution = page.locator("details.dropdown, .solution.dropdown details, .dropdown details").first
    if solution.count():
        solution.locator("summary").focus()
        page.keyboard.press("Enter")
        assert solution.evaluate("e => e.open")


def test_formulas_are_drawn_with_the_books_font(visit):
    page = visit("chapters/05-gradient-descent")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.fonts.check('16px \"Book Math\"')")
    assert page.locator("math").first.bounding_box()["height"] > 10
