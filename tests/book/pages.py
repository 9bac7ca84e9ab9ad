"""What tests of the built pages share: a page read once, axe, live figures."""

import json
import re
from functools import cache

import pytest
from bs4 import BeautifulSoup

from tools.book import ROOT

FIGURES = ROOT / "assets" / "static" / "figures"


@cache
def soup_of(path):
    """A page, read once for all tests that look into it: they must not change it."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def by_id(path):
    """{id: element} of a page."""
    return {element["id"]: element for element in soup_of(path)(id=True)}


# Most of a chapter's elements are words of code and letters of formulas, whose contrast takes axe longer
# than all else. Those of the same kind, in the same kind of place, look the same: it sees one of each.
HIDE_REPEATED_WORDS = """() => {
    const seen = new Set(), repeated = [];
    const words = ".highlight pre span, math mi, math mn, math mo, math mtext";
    for (const word of document.querySelectorAll(words)) {
        const { color, fontSize } = getComputedStyle(word);
        const around = word.closest(".admonition, .cell_input, .cell_output, a, th, td, dt, h1, h2, h3");
        const kind = [word.className, word.parentElement.className, around?.tagName, around?.className,
                      color, fontSize].join("|");
        if (seen.has(kind)) repeated.push(word);
        seen.add(kind);
    }
    for (const word of repeated) word.style.visibility = "hidden";
}"""


# Texts of the same colour, size, weight and ground have the same contrast: the first of each is marked.
MARK_NEW_TEXTS = """known => {
    const seen = new Set(known), grounds = new Map([[null, ""]]);
    const groundOf = (element) => {
        if (!grounds.has(element)) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
            const around = groundOf(element.parentElement);
            grounds.set(element, [backgroundColor, backgroundImage, opacity, around].join());
        }
        return grounds.get(element);
    };
    for (const element of document.body.querySelectorAll("*")) {
        const texts = [...element.childNodes].filter((one) => one.nodeType === 3 && one.data.trim());
        if (!texts.length || !element.checkVisibility({ visibilityProperty: true })) continue;
        const { color, fontSize, fontWeight } = getComputedStyle(element);
        const kind = [color, fontSize, fontWeight, groundOf(element)].join();
        if (!seen.has(kind)) element.dataset.isNew = "";
        seen.add(kind);
    }
    return [...seen];
}"""
SEEN = set()


def violations_of_new_texts(page):
    """As `violations`, of the contrast of texts such as have not been seen on an earlier page."""
    kinds = set(page.evaluate(MARK_NEW_TEXTS, list(SEEN)))
    if kinds == SEEN:
        return []
    found = violations(page, within="[data-is-new]", rules=["color-contrast"])
    if not found:  # or else the next page shall be found at fault, too
        SEEN.update(kinds)
    return found


def violations(page, within=None, rules=None):
    """What axe-core finds wrong on the opened page, or in one part of it: [(rule, elements), ...].

    rules : the names of those to try; all if None
    """
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(HIDE_REPEATED_WORDS)
    # axe's own options, all of which have to be said anew, but for the first: the letters of formulas are
    # text as well, though they stand alone.
    contrast = {"ignoreLength": True, "ignoreUnicode": True, "ignorePseudo": False, "boldValue": 700,
                "boldTextPt": 14, "largeTextPt": 18, "pseudoSizeThreshold": 0.25, "shadowOutlineEmMax": 0.2,
                "contrastRatio": {"normal": {"expected": 4.5}, "large": {"expected": 3}},
                "textStrokeEmMin": 0.03}
    # Without preload: axe would fetch what style sheets import, from where the page lies. To describe
    # what it finds in order, too, would take as long again as to look.
    options = {"preload": False, "resultTypes": ["violations"],
               "checks": {"color-contrast": {"options": contrast}}, **({"runOnly": rules} if rules else {})}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def wait_until_live(page, figure):
    """Bring a live figure before the window, where it starts, and wait until it has."""
    place = page.locator(f"[data-figure={figure}]")
    place.scroll_into_view_if_needed()
    page.wait_for_function("place => 'live' in place.dataset", arg=place.element_handle())
    return page


def exported(name):
    """What `make figures` has written into a script: its one value."""
    script = (FIGURES / name).read_text(encoding="utf-8")
    return json.loads(re.search(r"export default (.*);", script, re.DOTALL)[1])


def wait_until_said(page, figure, text):
    """Wait until a live figure has said the text to those who listen."""
    page.wait_for_function(
        "([name, text]) => document.querySelector(name + ' .figure-said').textContent.includes(text)",
        arg=[f"[data-figure={figure}]", text])


def fingers(page):
    """What sends touches to a page."""
    if page.context.browser.browser_type.name != "chromium":
        pytest.skip("Playwright draws with fingers in Chromium only")
    return page.context.new_cdp_session(page)
