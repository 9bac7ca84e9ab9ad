"""The whole book as one page, for `make pdf`: what Sphinx's builder singlehtml lacks to write ours."""


def setup(app):
    app.connect("builder-inited", write_as_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_as_pages(app):
    """Sphinx writes nodes for singlehtml as for html, unless an extension has named singlehtml itself.

    sphinx-exercise does, for its own nodes; then Sphinx knows no others, such as MyST-NB's folded cells.
    """
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = handlers["html"]
