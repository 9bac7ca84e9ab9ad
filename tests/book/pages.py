"""What tests of the built pages share: a page read once, axe, live figures."""

import re
from functools import cache

from bs4 import BeautifulSoup


def parsed(path):
    """A page, its code as plain text: the coloured words would be three quarters of its elements."""
    text = re.sub(r'<span class="\w{1,2}">([^<]*)</span>', r"\1", path.read_text(encoding="utf-8"))
    return BeautifulSoup(text, "html.parser")


soup_of = cache(parsed)  # for all tests that look into it: they must not change it


@cache
def by_id(path):
    """{id: element} of a page."""
    return {element["id"]: element for element in soup_of(path)(id=True)}


# Most of a chapter's elements are words of code and letters of formulas. Those of the same kind, in the same
# kind of place, look the same: axe sees one of each. Code keeps the others as text, formulas hide theirs.
LEAVE_ONE_WORD_OF_EACH_KIND = """() => {
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
    for (const word of repeated) {
        if (word.closest("math")) word.style.visibility = "hidden";
        else word.replaceWith(...word.childNodes);
    }
    for (const code of document.querySelectorAll(".highlight pre")) code.normalize();
}"""


# Texts of the same colour, size, weight and ground have the same contrast, which takes axe longer than all
# else: it sees the first of each, on whatever page that is. `known` are those of earlier ones.
MARK_NEW_TEXTS = """([within, known]) => {
    const seen = new Set(known), grounds = new Map([[null, ""]]);
    const groundOf = (element) => {
        if (!grounds.has(element)) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
            const around = groundOf(element.parentElement);
            grounds.set(element, [backgroundColor, backgroundImage, opacity, around].join());
        }
        return grounds.get(element);
    };
    for (const marked of document.querySelectorAll("[data-is-new]")) delete marked.dataset.isNew;
    for (const element of document.querySelectorAll(`${within} *`)) {
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
CONTRAST = ["color-contrast"]
ONLY_OF_NEW_TEXTS = "axe.configure({ rules: [{ id: 'color-contrast', selector: '[data-is-new]' }] });"


def violations(page, within="body", rules=None):
    """What axe-core finds wrong on the opened page, or in one part of it: [(rule, elements), ...].

    rules : the names of those to try; all if None
    """
    from axe_playwright_python.base import AXE_SCRIPT
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(LEAVE_ONE_WORD_OF_EACH_KIND)
    kinds = set(page.evaluate(MARK_NEW_TEXTS, [within, list(SEEN)]))
    if rules == CONTRAST and kinds == SEEN:
        return []
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
    context = None if within == "body" else within  # rules of whole pages ask for None
    axe = Axe(AXE_SCRIPT + ONLY_OF_NEW_TEXTS)
    found = axe.run(page, context=context, options=options).response["violations"]
    if not found and (rules is None or "color-contrast" in rules):  # else the next page shall be at fault too
        SEEN.update(kinds)
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def wait_until_live(page, figure):
    """Bring a live figure before the window, where it starts, and wait until it has."""
    place = page.locator(f"[data-figure={figure}]")
    place.scroll_into_view_if_needed()
    page.wait_for_function("place => 'live' in place.dataset", arg=place.element_handle())
    return page


def turn(page, theme):
    """Change between light and dark, as a reader's system does, and wait until the page has followed."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)


def wait_until_said(page, text):
    """Wait until the live figure of a page has said the text to those who listen."""
    page.wait_for_function("text => document.querySelector('.figure-said').textContent.includes(text)",
                           arg=text)
