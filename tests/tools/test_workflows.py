"""The workflows: the right form, least permissions, actions pinned, and commands that exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.book import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

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


def test_every_supported_python_is_tested():
    versions = yaml.safe_load(
        (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    )["jobs"]["test"]["strategy"]["matrix"]["python"]
    lowest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())[1]
    assert versions == ["3.11", "3.12", "3.13", "3.14"] and versions[0] == lowest
