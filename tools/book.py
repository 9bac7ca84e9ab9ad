"""The book's facts, for tools and tests: where it lies, its contents, its address, its notebooks."""

import functools
import json
from pathlib import Path

import yaml

from tools.stamp import building, pages_address

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


@functools.cache
def settings():
    """_config.yml."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def contents():
    """The files of the book without their endings, in its order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    entries = [entry for part in toc["parts"] for entry in part["chapters"]]
    for entry in entries:  # while it grows
        entries += entry.get("sections", [])
    return [toc["root"], *(entry["file"] for entry in entries if "file" in entry)]


def repository():
    """The (url, branch) to which pages lead that are built here, now: the settings', or a workflow's own."""
    return building(**settings()["repository"])


def address():
    """Where the book stands online, with a slash at its end; "" if nothing says it."""
    return pages_address(repository()[0], settings()["html"].get("baseurl"))


def chapter(number):
    """The notebook's path: chapter("03")."""
    [path] = (ROOT / "chapters").glob(f"{number}-*.ipynb")
    return path


def read(path):
    """A notebook as it is stored, with each cell's source as one text."""
    nb = json.loads(path.read_text(encoding="utf-8"))
    for cell in nb["cells"]:
        cell["source"] = "".join(cell["source"])
    return nb


def sources(nb, kind):
    """The texts of a notebook's cells of one kind, "code" or "markdown"."""
    return [cell["source"] for cell in nb["cells"] if cell["cell_type"] == kind]
