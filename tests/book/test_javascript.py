"""The pages' JavaScript: formatted, nothing that the linter finds, no function longer than a screen."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.book import ROOT

SCRIPTS = ("assets/static/figures/*.js", "assets/static/python/*.js")


def run(tool, *arguments):
    command = [Path(sys.executable).with_name(tool), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def lint(*arguments):
    return run("oxlint", "--config", ROOT / ".oxlintrc.json", *arguments)


def test_scripts_are_formatted():
    done = run("oxfmt", "--check", *SCRIPTS)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nTo format them: oxfmt {' '.join(SCRIPTS)}"


def test_the_linter_finds_nothing():
    scripts = [path for pattern in SCRIPTS for path in ROOT.glob(pattern)]
    written = [path for path in scripts if "Made by `make figures`" in path.read_text(encoding="utf-8")]
    done = lint(*scripts)
    assert done.returncode == 0, done.stdout
    assert f"on {len(scripts) - len(written)} files" in done.stdout


def test_the_formatter_finds_what_is_not_as_it_writes(tmp_path):
    script = tmp_path / "script.js"
    for text, good in (("export const a = 1;\n", True), ("export const a = 1\n", False)):
        script.write_text(text, encoding="utf-8")
        assert (run("oxfmt", "--config", ROOT / ".oxfmtrc.json", "--check", script).returncode == 0) == good


@pytest.mark.parametrize("planted, rule", [
    ("export const a = b;", "no-undef"),
    ("const a = 1;", "no-unused-vars"),
    ("export let a = 1;", "prefer-const"),
    ("export const f = (a) => a == 1;", "eqeqeq"),
    ("export const f = (a, g) => g((a) => a) + a;", "no-shadow"),
    ("export function f(a) {" + "\n  a();" * 59 + "\n}", "max-lines-per-function"),
])
def test_the_linter_finds_what_is_planted(planted, rule, tmp_path):
    script = tmp_path / "script.js"
    script.write_text(planted + "\n", encoding="utf-8")
    done = lint(script)
    assert done.returncode == 1 and rule in done.stdout


def test_a_function_may_fill_a_screen(tmp_path):
    script = tmp_path / "script.js"
    script.write_text("export function f(a) {" + "\n  a();" * 58 + "\n}\n", encoding="utf-8")
    assert lint(script).returncode == 0
