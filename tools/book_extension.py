"""What the book needs of Sphinx beyond settings: formulas without a CDN, and two repairs of the theme."""

import shutil
from importlib.metadata import distribution
from pathlib import Path

MATHJAX = "sphinx-mathjax-offline/static/mathjax"
# All that formulas in the page need. The package has 24 MB, these are 2.
PARTS = ["tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2"]


def setup(app):
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drop_thebe(app, pagename, templatename, context, doctree):
    """Leave out sphinx-thebe's scripts: we do not use them, and the theme declares them twice."""
    context["script_files"] = [
        script for script in context.get("script_files", [])
        if "THEBE" not in (getattr(script, "attributes", {}).get("body") or "") and "thebe" not in str(script)
    ]


def copy_mathjax(app, exception):
    """MathJax from its package into the built pages, so that no other host is asked for it."""
    if exception or app.builder.format != "html":
        return
    source = Path(distribution("sphinx-mathjax-offline").locate_file(MATHJAX))
    target = Path(app.outdir, "_static", "mathjax")
    for part in PARTS:
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source / part).is_dir() else shutil.copy
        copy(source / part, target / part, **({"dirs_exist_ok": True} if copy is shutil.copytree else {}))
