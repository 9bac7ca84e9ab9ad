"""What the book needs of Sphinx beyond settings: formulas without a CDN, and repairs of the theme's pages."""

import re
import shutil
from importlib.metadata import distribution
from pathlib import Path

MATHJAX = "sphinx-mathjax-offline/static/mathjax"
# All that formulas in the page need. The package has 24 MB, these are 2.
PARTS = ["tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2"]

# Of the pages of theme 1.3.0 and myst-nb 1.4.0; tests/test_book.py says if one is no longer enough.
REPAIRS = [(re.compile(pattern), repaired) for pattern, repaired in [
    # A control's label must hold the text that shows on it: who speaks to the browser says what is seen.
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    (r'(<button class="btn search-button-field[^>]*) aria-label="Search"', r"\1"),
    (r'(<i class="theme-switch[^>]*) title="[^"]*"', r"\1"),
    # Everything belongs to a landmark, the sidebar's logo too.
    (r'<div class="sidebar-primary-item">(?=\s*<a class="navbar-brand logo")',
     '<div class="sidebar-primary-item" role="navigation" aria-label="Home">'),
    # sphinx-exercise gives all exercises of a page the same id.
    (r' id="(exercise|solution)-content"', ""),
]]


def setup(app):
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("html-page-context", add_figures)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


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


def finish(app, exception):
    if not exception and app.builder.format == "html":
        copy_mathjax(Path(app.outdir))
        repair_pages(Path(app.outdir))


def copy_mathjax(pages):
    """MathJax from its package into the built pages, so that no other host is asked for it."""
    source = Path(distribution("sphinx-mathjax-offline").locate_file(MATHJAX))
    for part in PARTS:
        target = pages / "_static" / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (source / part).is_dir():
            shutil.copytree(source / part, target, dirs_exist_ok=True)
        else:
            shutil.copy(source / part, target)


def repair_pages(pages):
    """Mend in the finished pages what the theme gives no setting for."""
    for path in pages.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        for pattern, repaired in REPAIRS:
            html = pattern.sub(repaired, html)
        path.write_text(html, encoding="utf-8")
