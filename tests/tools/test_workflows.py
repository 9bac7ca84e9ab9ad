"""The workflows: the right form, least permissions, actions pinned, commands and versions that exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.book import ROOT

JOBS = ".github/workflows"
WORKFLOWS = sorted((ROOT / JOBS).glob("*.yml"))
HOMES = {  # what has a version: [(file, the words round it), ...]
    "the book": [
        ("pyproject.toml", r'^version = "(.+)"'), ("CITATION.cff", r"^version: (.+)"),
        ("CHANGELOG.md", r"\A# Changelog\n\n## (\S+)")],
    "lowest Python": [
        ("pyproject.toml", r'^requires-python = ">=(.+)"'), ("README.md", r"Python (\S+) or newer"),
        ("nbtruth/pyproject.toml", r'^requires-python = ">=(.+)"'),
        ("nbtruth/README.md", r"asks for Python (.+?),"),
        (f"{JOBS}/tests.yml", r'python: \["([\d.]+)"'), ("requirements.txt", r"Python (\S+) to"),
        ("tools/setup.sh", r"version_info < \((.+?)\)"), ("tools/setup.sh", r"Python (\S+) or newer"),
        ("Makefile", r"^LOWEST \?= (.+)")],
    "newest Python": [
        (f"{JOBS}/tests.yml", r'python: \[.*"([\d.]+)"\]'), ("requirements.txt", r"Python \S+ to ([\d.]+)"),
        (f"{JOBS}/weekly.yml", r'python-version: "(.+)"\n +- run: make newest'),
        (f"{JOBS}/weekly.yml", r"make newest LOWEST=(\S+)")],
    "Colab's Python": [
        ("tools/colab-versions.txt", r"^# Python (.+)"), ("CONTRIBUTING.md", r"Python (\S+) in `.colab/`"),
        (f"{JOBS}/tests.yml", r'python-version: "(.+)"'), (f"{JOBS}/book.yml", r'python-version: "(.+)"')],
    "Pyodide": [
        ("tools/pyodide.json", r"/pyodide/v([\d.]+)/"), ("CONTRIBUTING.md", r"`pyodide@(.+?)`"),
        ("tools/pyodide.json", r'"info": \{[^}]*"version": "(.+)"')],
    "nbval": [
        ("nbtruth/pyproject.toml", r'"nbval>=(.+?),'),
        ("nbtruth/nbtruth/_nbval.py", r"Take nbval ([\d.]+),")],
}

SCHEMA = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
ZIZMOR = [Path(sys.executable).with_name("zizmor"), "--offline", "--no-progress", "--persona=pedantic"]
TOOLS = pytest.mark.parametrize("tool", [SCHEMA, ZIZMOR], ids=["schema", "zizmor"])


def run(tool, *files):
    return subprocess.run([*tool, *files], capture_output=True, text=True)


@TOOLS
def test_workflows_pass(tool):
    done = run(tool, *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("tool, old, new", [
    (SCHEMA, "runs-on: ubuntu-24.04", "run-on: ubuntu-24.04"),
    (SCHEMA, "timeout-minutes: 40", "timeout-minutes: soon"),
    (ZIZMOR, "@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "@v6"),
    (ZIZMOR, "permissions: {}", "permissions: write-all"),
    (ZIZMOR, "        with:\n          persist-credentials: false\n", ""),
    (ZIZMOR, "run: make test", "run: echo ${{ github.event.pull_request.title }}"),
    (ZIZMOR, "  pull_request:", "  pull_request_target:"),
])
def test_a_planted_fault_is_found(tmp_path, tool, old, new):
    source = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    assert old in source
    bad = tmp_path / ".github" / "workflows" / "tests.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(source.replace(old, new), encoding="utf-8")
    assert run(tool, bad).returncode != 0


def test_every_make_target_of_a_workflow_exists():
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", recipe, re.MULTILINE))
    called = {name for path in WORKFLOWS for name in
              re.findall(r"\bmake (\w+)", re.sub("#.*", "", path.read_text(encoding="utf-8")))}
    assert {"test", "book", "colab", "newest", "links"} <= called <= targets


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_supported_python_is_tested_and_looked_for():
    tested = yaml.safe_load(text(f"{JOBS}/tests.yml"))["jobs"]["test"]["strategy"]["matrix"]["python"]
    first, last = (int(version.removeprefix("3.")) for version in (tested[0], tested[-1]))
    assert tested == [f"3.{minor}" for minor in range(first, last + 1)]
    assert {*re.findall(r"python(3\.\d+)", text("tools/setup.sh"))} == {*tested}


@pytest.mark.parametrize("homes", HOMES.values(), ids=HOMES)
def test_the_homes_of_a_version_agree(homes):
    """CONTRIBUTING.md lists them under "Release"."""
    found = {home: {one.replace(", ", ".") for one in re.findall(home[1], text(home[0]), re.MULTILINE)}
             for home in homes}
    assert all(found.values()) and len(set.union(*found.values())) == 1, found


def test_an_action_is_the_same_wherever_it_is_used():
    pins = {}
    for path in WORKFLOWS:
        for name, pin in re.findall(r"uses: ([\w-]+/[\w-]+)\S*@(.+)", path.read_text(encoding="utf-8")):
            pins.setdefault(name, set()).add(pin)
    assert pins and [name for name, those in pins.items() if len(those) > 1] == []
