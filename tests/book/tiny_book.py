"""A book of a page or two, built by Sphinx in a second with the extensions that a test names."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils


@dataclass
class Book:
    folder: Path
    warnings: str

    def text(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def page(self, name):
        return BeautifulSoup(self.text(f"{name}.html"), "html.parser")


def build(folder, files, *extensions, theme="basic", **settings):
    """The book of the files {"a.md": text}, which an index.md that is added here numbers as its chapters."""
    chapters = "\n".join(sorted({name.rsplit(".", 1)[0] for name in files}))
    index = f"# Tiny\n\n```{{toctree}}\n:numbered:\n{chapters}\n```\n"
    for name, text in {**files, "index.md": index}.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = {"extensions": ["myst_nb", *extensions], "html_theme": theme, "nb_execution_mode": "off",
                "myst_enable_extensions": ["dollarmath"], "language": "en",
                "templates_path": [],  # the theme appends to Sphinx's own, which later books would share
                **settings}
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(folder / "source", None, folder / "pages", folder / "doctrees", "html",
                     confoverrides=settings, status=None, warning=warnings, freshenv=True)
        app.build()
    return Book(folder / "pages", warnings.getvalue())


def notebook(*cells):
    """The text of a notebook. A cell is Markdown, or (code, its output, tags)."""
    made = []
    for number, cell in enumerate(cells):
        own = {"id": f"c{number}", "metadata": {}}
        if isinstance(cell, str):
            made.append({**own, "cell_type": "markdown", "source": cell})
        else:
            code, output, *tags = cell
            stream = {"output_type": "stream", "name": "stdout", "text": output}
            made.append({**own, "cell_type": "code", "source": code, "metadata": {"tags": tags},
                         "execution_count": number, "outputs": [stream]})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps({"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})
