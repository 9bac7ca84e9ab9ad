"""Live figures: their scripts and styles, on the pages that have one.

A figure's place is `<div data-figure="name">` with a table or a sentence in it, which stands there until
the script has started, and for good where there are no scripts.
"""


def setup(app):
    app.connect("html-page-context", add_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_figures(app, pagename, templatename, context, doctree):
    if "data-figure=" in context.get("body", ""):
        app.add_css_file("figures/figures.css")
        app.add_js_file("figures/main.js", type="module")
