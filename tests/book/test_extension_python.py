"""Python on the pages that it can run, where its files are; nothing of it where they are not."""

import json

import pytest

from tests.book.tiny_book import build, notebook
from tools import page_digits, pyodide

PAGES = {"a.ipynb": notebook("# A", ("import numpy as np", ""), ("import scipy.special", "")),
         "b.ipynb": notebook("# B", ("import os\nfrom mnistlib.plotting import show_digits", "")),
         "c.ipynb": notebook("# C", ("import torch\nimport platformdirs", "")),
         "d.md": "# D\n\nOnly text.\n"}


def built(folder, missing, host="github.com"):
    """A book built where these of the files are missing; each of the others has 1 MB."""
    (folder / "cache").mkdir()
    for name in pyodide.sums():
        (folder / "cache" / name).write_bytes(b"1" * 1_000_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyodide, "folder", lambda: folder / "cache")
        patch.setattr(pyodide, "missing", lambda: missing)
        patch.setattr(page_digits, "digits", lambda: b"0" * 3_000_000)
        patch.setattr(page_digits, "library", lambda: b"library")
        patch.setattr("extensions.python.repository", lambda: (f"https://{host}/me/book", "main"))
        return build(folder, PAGES, "extensions.python")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return built(tmp_path_factory.mktemp("book"), [])


def test_pages_that_can_run_have_a_place_for_the_button_and_its_script(book):
    settings = {}
    for name, live in (("a", True), ("b", True), ("c", False), ("d", False), ("index", False)):
        page = book.page(name)
        places = page.select("h1 + [data-python]")
        scripts = [one["src"] for one in page("script", src=True)]
        assert len(places) == live and any("button.js" in one for one in scripts) == live
        settings[name] = json.loads(places[0]["data-python"]) if live else None
    assert set(settings["a"]["packages"]) - set(settings["b"]["packages"]) == {"scipy"}
    names = pyodide.sums()
    more = [one for one in names if one.startswith(("scipy", "openblas"))]
    assert settings["a"]["megabytes"] == len(names) + 3 and len(more) == 2
    assert settings["b"]["megabytes"] == len(names) + 3 - len(more)


def test_a_page_that_cannot_run_says_what_it_needs_and_leads_to_colab(book):
    said = book.page("c").select_one("h1 + .python-elsewhere")
    assert "needs PyTorch," in said.get_text() and said.a["href"].endswith("/c.ipynb")


def test_another_host_than_github_is_not_led_to_colab(tmp_path):
    said = built(tmp_path, [], "codeberg.org").page("c").select_one("h1 + .python-elsewhere")
    assert "Run it on your computer." in said.get_text() and not said.a


def test_the_files_stand_beside_the_pages(book):
    folder = book.folder / "_static" / "python"
    there = {path.name for path in (folder / "runtime").iterdir()}
    assert there == {*pyodide.sums(), "sums.json", "pyodide-lock.json"}
    assert (folder / "mnistlib.zip").read_bytes() == b"library"
    assert json.loads((folder / "runtime" / "pyodide-lock.json").read_text()) == pyodide.listed()["lock"]


def test_without_its_files_nothing_is_there(tmp_path):
    made = built(tmp_path, ["pyodide.asm.wasm"])
    assert not (made.folder / "_static" / "python").exists() and made.warnings == ""
    for name in "abcd":
        assert "python" not in str(made.page(name).body).replace("highlight-ipython", "").lower().replace(
            "highlight-python", "")
