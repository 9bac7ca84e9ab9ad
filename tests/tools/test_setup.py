"""tools/setup.sh: what it finds as it should be it leaves alone. Nothing is installed here."""

import os
import shutil
import subprocess
import sys

import pytest

from tools.book import ROOT


@pytest.fixture
def setup(tmp_path):
    """A copy of the repository's lists, with a .venv whose uv does nothing; runs the script there."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    for name in ("tools/setup.sh", "requirements.txt", "pyproject.toml", "nbtruth/pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / ".place").write_text(f"{tmp_path}\n")
    for name, does in (("python", f'exec "{sys.executable}" "$@"'), ("uv", "exit 0")):
        script = tmp_path / ".venv" / "bin" / name
        script.write_text(f"#!/bin/sh\n{does}\n")
        script.chmod(0o755)

    def run(python=""):
        return subprocess.run(["sh", "tools/setup.sh"], cwd=tmp_path, capture_output=True, text=True,
                              env={**os.environ, "PYTHON": python})

    return run


def test_a_complete_environment_is_left_alone_unless_another_python_is_asked_for(setup):
    assert "Installing" in setup().stdout
    for python in ("", sys.executable):
        done = setup(python)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = setup("false")
    assert done.returncode == 1 and "Tried: false (does not run" in done.stderr
