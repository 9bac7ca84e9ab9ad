"""What is installed: every import has a name in requirements/, every name an import, the lock all of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.book import CHAPTERS, ROOT, read, sources

INPUTS = sorted((ROOT / "requirements").glob("*.in"))
LOCK = (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8")


def lines(text):
    return [line for line in re.sub(r"(?m)(^|\s)#.*", "", text).splitlines() if line.strip()]


def deptry(*arguments):
    command = [Path(sys.executable).with_name("deptry"), "--config", ROOT / "pyproject.toml", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def chapters(tmp_path):
    """The chapters' code as modules: the first cell's %pip is no Python."""
    for path in CHAPTERS:
        (tmp_path / f"chapter_{path.stem[:2]}.py").write_text("\n".join(sources(read(path), "code")[1:]))
    return tmp_path


def test_every_import_has_a_name_and_every_name_an_import(chapters):
    done = deptry(".", chapters)
    assert done.returncode == 0, done.stderr


def test_an_import_without_a_name_and_a_name_without_an_import_are_found(chapters):
    (chapters / "extra.py").write_text("import pandas\nimport soupsieve\n")
    said = deptry(chapters, "--per-rule-ignores", "DEP002=uv").stderr
    assert "'pandas' imported but missing" in said
    assert "'soupsieve' imported but it is a transitive dependency" in said
    assert "'jupyter-book' defined as a dependency but not used" in said


def test_the_lock_has_what_the_inputs_want():
    locked = {}
    for line in lines(LOCK):
        pin = Requirement(line)
        locked.setdefault(pin.name, []).append(next(iter(pin.specifier)).version)
    wanted = [Requirement(line) for path in INPUTS for line in lines(path.read_text(encoding="utf-8"))]
    assert len(wanted) > 30
    for one in wanted:
        name = re.sub(r"[-_.]+", "-", one.name).lower()
        assert name in locked, f"{name} is not in the lock: run `make newest`, or the command at its top"
        assert all(one.specifier.contains(version) for version in locked[name]), one


def test_each_name_says_why_or_stands_under_a_word_that_does():
    for path in INPUTS:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# What ")
        assert len(re.findall(r"(?m)\S +# .+", text)) >= 5
