"""Repairs of the theme (sphinx-book-theme 1.3.0 on pydata-sphinx-theme 0.17.1) and of myst-nb 1.4.0.

Most are in templates/: each has the name of a part of the theme, includes that part, and passes it through
one of the functions in FILTERS. Tables and hidden cells are mended where Sphinx writes them.
A repair that finds nothing to mend stops the build: the theme has changed, and the repair should go.
"""

from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from sphinx.errors import ExtensionError


def setup(app):
    app.connect("config-inited", add_templates)
    app.connect("builder-inited", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_templates(app, config):
    # Sphinx takes the first of a name; the theme has appended its own.
    config.templates_path = [str(Path(__file__).parent / "templates"), *config.templates_path]


def replaced(html, old, new):
    if old not in html:
        raise ExtensionError(f"repairs: {old!r} is no longer in {html[:200]!r}")
    return html.replace(old, new)


def mended(html, selector, mend):
    """A part of a page, with each element that the selector finds mended."""
    soup = BeautifulSoup(html, "html.parser")
    elements = soup.select(selector)
    if not elements:
        raise ExtensionError(f"repairs: {selector} finds nothing in {html[:200]!r}")
    for element in elements:
        mend(element)
    return str(soup)


def search_field(html):
    """WCAG 2.5.3 "Label in Name": the label must be the text that shows, "Search Ctrl + K"."""
    return mended(html, "button.search-button-field[aria-label]", lambda field: field.attrs.pop("aria-label"))


def theme_switch(html):
    """The same rule: the button's label is "Color mode", and its icons' titles would count as its text."""
    return mended(html, "i.theme-switch[title]", lambda icon: icon.attrs.pop("title"))


def notebook_button(html):
    """A notebook is to be saved. Without this it is shown in a new tab, as text."""
    def save(link):
        del link["target"]
        link["download"] = ""
    return mended(html, 'a.btn-download-source-button[target="_blank"]', save)


def without_icon_script(html):
    """The theme's style sheet draws all icons with a font. This script of 1.5 MB would draw them again."""
    return mended(html, 'script[src*="scripts/fontawesome.js"]', lambda script: script.decompose())


def automatic(html):
    """The layout is built for light (see layout.html); only what scripts read says that they may choose."""
    return replaced(html, '"light"', '"auto"')


FILTERS = {function.__name__: function for function in
           (search_field, theme_switch, notebook_button, without_icon_script, automatic)}


def mend_pages(app):
    if app.builder.format == "html":
        app.builder.templates.environment.filters.update(FILTERS)
        app.add_node(nodes.table, override=True, html=(visit_table, None))
        app.add_node(HideCodeCellNode, override=True, html=(visit_hidden_cell, depart_HideCellInput))


def visit_table(translator, node):
    """WCAG 2.1.1 "Keyboard": on a phone a wide table scrolls by itself, and keys must be able to do so."""
    type(translator).visit_table(translator, node)
    translator.body.append(replaced(translator.body.pop(), "<table ", '<table tabindex="0" '))


def visit_hidden_cell(translator, node):
    """WCAG 2.5.3 "Label in Name": what shows is "Show code cell source", and that is label enough."""
    start = len(translator.body)
    visit_HideCellInput(translator, node)
    written = "".join(translator.body[start:])
    translator.body[start:] = [replaced(written, ' aria-label="Toggle hidden content"', "")]
