"""What the book needs of Sphinx beyond settings: addresses, live figures, links to the glossary, repairs."""

import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes

from tools.stamp import pages_address

# Of the pages of theme 1.3.0 and myst-nb 1.4.0; tests/book/test_book.py says if one is no longer enough.
REPAIRS = [(re.compile(pattern), repaired) for pattern, repaired in [
    # A control's label must hold the text that shows on it: who speaks to the browser says what is seen.
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    (r'(<button class="btn search-button-field[^>]*) aria-label="Search"', r"\1"),
    (r'(<i class="theme-switch[^>]*) title="[^"]*"', r"\1"),
    # Everything belongs to a landmark, the sidebar's logo too.
    (r'<div class="sidebar-primary-item">(?=\s*<a class="navbar-brand logo")',
     '<div class="sidebar-primary-item" role="navigation" aria-label="Home">'),
    # The theme's style sheet draws all icons with a font. The script that would draw them again has 1.5 MB.
    (r'<script[^>]* src="[^"]*scripts/fontawesome\.js[^"]*"[^>]*></script>', ""),
    (r'<link[^>]* href="[^"]*scripts/fontawesome\.js[^"]*"[^>]*/?>', ""),
    # On a phone a wide table scrolls by itself; keys must get there too.
    (r'<table class="table">', '<table class="table" tabindex="0">'),
    # Colours stand in the style sheet for light and dark only. Scripts choose; without them it is light.
    (r'(<html[^>]*) data-theme="auto"', r'\1 data-theme="light"'),
    # sphinx-exercise gives all exercises of a page the same id.
    (r' id="(exercise|solution)-content"', ""),
    # A notebook is to be saved, not shown as text in a new tab.
    (r'(<a href="[^"]*_sources/[^"]*") target="_blank"(?=\s+class="[^"]*download-source)', r"\1 download"),
]]


NOT_FOUND = """<h1>There is no such page</h1>
<p>The address may be mistyped, or the page has moved. All pages of the book are in the list beside this text
(on a phone: behind the button at the top left).</p>
<ul><li><a href="{0}intro.html">The first page</a></li><li><a href="{0}search.html">Search</a></li>
<li><a href="{0}glossary.html">Glossary</a></li></ul>
<p>If a link of ours has led you here, please <a href="{1}/issues">tell us</a>.</p>"""


def setup(app):
    app.connect("config-inited", say_where_the_book_stands, priority=400)
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("html-page-context", add_figures)
    app.connect("doctree-resolved", link_terms)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def say_where_the_book_stands(app, config):
    """Cards, canonical links and 404.html hold whole addresses: they follow from the repository's.

    `html: baseurl:` in _config.yml goes before, for a book that does not stand on GitHub Pages.
    """
    repository = config.html_theme_options["repository_url"]
    address = config.html_baseurl or pages_address(repository)
    config.html_baseurl = config.ogp_site_url = address
    config.notfound_urls_prefix = urlsplit(address).path or "/"
    body = NOT_FOUND.format(config.notfound_urls_prefix, escape(repository))
    config.notfound_context = {"title": "There is no such page", "body": body}


def drop_thebe(app, pagename, templatename, context, doctree):
    """Leave out sphinx-thebe's scripts: we do not use them, and the theme declares them twice."""
    context["script_files"] = [
        script for script in context.get("script_files", [])
        if "THEBE" not in (getattr(script, "attributes", {}).get("body") or "") and "thebe" not in str(script)
    ]


def add_figures(app, pagename, templatename, context, doctree):
    """Scripts and styles of live figures, on the pages that have one."""
    if "data-figure=" in context.get("body", ""):
        app.add_css_file("figures/figures.css")
        app.add_js_file("figures/main.js", type="module")


def link_terms(app, doctree, docname):
    """A term in bold, as chapters introduce one, leads to the glossary: the first time on a page."""
    terms = {name.lower(): place for (kind, name), place in app.env.domaindata["std"]["objects"].items()
             if kind == "term"}
    # In the single page that `make pdf` prints, each page of the book is a part.
    for part in [doctree, *doctree.findall(lambda one: one.tagname == "start_of_file")]:
        name, wanted = part.get("docname", docname), dict(terms)
        for strong in list(part.findall(nodes.strong)) if name.startswith("chapters/") else ():
            target, anchor = wanted.pop(strong.astext().lower(), (None, None))
            if target and not isinstance(strong.parent, nodes.reference):
                uri = f"{app.builder.get_relative_uri(name, target)}#{anchor}"
                strong.replace_self(nodes.reference("", "", strong.deepcopy(), refuri=uri, classes=["term"]))


def finish(app, exception):
    if not exception and app.builder.format == "html":
        repair_pages(Path(app.outdir))


def repair_pages(pages):
    """Mend in the finished pages what the theme gives no setting for."""
    for path in pages.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        for pattern, repaired in REPAIRS:
            html = pattern.sub(repaired, html)
        path.write_text(html, encoding="utf-8")
