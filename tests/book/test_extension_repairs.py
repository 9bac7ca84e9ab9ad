"""What the theme gets wrong: each fault is there without the repairs, and gone with them."""

import pytest
from sphinx.errors import ExtensionError

from extensions.repairs import mended, replaced
from tests.book.tiny_book import build, notebook

FILES = {"a.ipynb": notebook("# A\n\n| x | y |\n| - | - |\n| 1 | 2 |", ("print(1)", "1", "hide-input"))}
# Selectors of what is wrong, which must find something before and nothing after, and of what is right.
REPAIRS = {
    "the search field's label lacks its keys": (
        "button.search-button-field[aria-label]", "button.search-button-field:not([aria-label])"),
    "the theme switch's icons have titles": ("i.theme-switch[title]", "i.theme-switch:not([title])"),
    "the logo is in no landmark": (
        "div:not([role=navigation]) > a.navbar-brand", "[role=navigation][aria-label=Home] > a.navbar-brand"),
    "a notebook is shown, not saved": (
        'a.btn-download-source-button[target="_blank"]', "a.btn-download-source-button[download]"),
    "a script draws icons again": ('script[src*="fontawesome"]', "head"),
    "colours are neither light nor dark": ('html[data-theme="auto"]', 'html[data-theme="light"]'),
    "keys cannot scroll a wide table": ("table:not([tabindex])", 'table.table[tabindex="0"]'),
    "a hidden cell's label is not what shows": (
        "details.hide > summary[aria-label]", "details.hide > summary:not([aria-label])"),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    settings = {"theme": "sphinx_book_theme", "html_context": {"default_mode": "auto"}}
    before = build(tmp_path_factory.mktemp("before"), FILES, **settings)
    settings["html_context"] = {"default_mode": "light"}
    after = build(tmp_path_factory.mktemp("after"), FILES, "extensions.repairs", **settings)
    assert before.warnings == after.warnings == ""
    return before.page("a"), after.page("a")


@pytest.mark.parametrize("wrong, right", REPAIRS.values(), ids=REPAIRS)
def test_each_repair_has_something_to_mend_and_mends_it(pages, wrong, right):
    before, after = pages
    assert before.select(wrong) and not after.select(wrong)
    assert after.select(right)


def test_readers_with_scripts_still_have_their_own_choice_of_colours(pages):
    for page in pages:
        assert page.body["data-default-mode"] == "auto"
        assert page.head.decode().count('|| "auto"') == 2  # the mode, and the theme that follows from it


def test_nothing_else_is_changed(pages):
    texts = [" ".join(page.body.get_text(" ").split()) for page in pages]
    assert texts[0] == texts[1] and "Search Ctrl" in texts[0]
    assert [link["href"] for link in pages[0]("a")] == [link["href"] for link in pages[1]("a")]


def test_a_repair_that_finds_nothing_to_mend_stops_the_build():
    with pytest.raises(ExtensionError, match="i.icon.* finds nothing in '<p>A</p>'"):
        mended("<p>A</p>", "i.icon", lambda one: None)
    with pytest.raises(ExtensionError, match="'B' is no longer in '<p>A</p>'"):
        replaced("<p>A</p>", "B", "C")
