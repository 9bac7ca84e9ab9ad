"""Leaves out the scripts of sphinx-thebe: the book does not use them, and the theme declares them twice.

Jupyter Book always loads that extension. Its two declarations of one name would write an error to the
console of every page.
"""


def setup(app):
    app.connect("html-page-context", drop_thebe, priority=900)  # after sphinx-thebe has added them
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drop_thebe(app, pagename, templatename, context, doctree):
    scripts = context.get("script_files", [])
    context["script_files"] = [script for script in scripts if not is_of_thebe(script)]


def is_of_thebe(script):
    """Whether a script is one of its files, or one of its inline declarations."""
    body = getattr(script, "attributes", {}).get("body") or ""
    return "THEBE" in body or "thebe" in str(script)
