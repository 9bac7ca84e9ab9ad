"""The rooms of the house: who may import whom, through doors only; and functions that fit on a screen."""

import ast
import re

import pytest

from tools.book import ROOT

ROOMS = {"mnistlib": set(), "nbtruth": set(), "extensions": {"tools"}, "benchmarks": {"mnistlib", "tools"},
         "tools": {"mnistlib", "nbtruth"},
         "tests": {"mnistlib", "nbtruth", "extensions", "benchmarks", "tools"}}
SCREEN = 60  # lines
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())


def imported(tree):
    """The rooms that a module imports from."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from {name.split(".")[0] for name in names} & set(ROOMS)


def complaints(source, room):
    tree = ast.parse(source)
    for other in imported(tree):
        if other != room and other not in ROOMS[room]:
            yield f"{room} imports {other}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= SCREEN:
            yield f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.path", "runpy.run_path"}:
            yield ast.unparse(node)
        if isinstance(node, ast.Attribute) and node.attr == "spec_from_file_location":
            yield node.attr


@EVERY_FILE
def test_rooms_are_entered_by_their_doors(path):
    assert list(complaints(path.read_text(encoding="utf-8"), path.relative_to(ROOT).parts[0])) == []


@pytest.mark.parametrize("source", [
    "import tools.book", "from tests.library import x", "def f():\n" + "    x = 1\n" * 60,
    "sys.path[:0] = ['..']", "importlib.util.spec_from_file_location('a', 'b.py')"])
def test_a_planted_fault_is_found(source):
    assert list(complaints(source, "mnistlib"))


def test_all_in_git_is_text_but_for_the_pictures_in_assets(git):
    said = git("ls-files", "--eol")
    assert said and [line for line in said.splitlines()
                     if line.startswith("i/-text") and not re.search(r"\tassets/[\w-]+\.png$", line)] == []
