"""Chapters for a class: no solution is left in them, and nothing that a solution defines is needed."""

import subprocess
import sys

import nbformat

from tools import handout
from tools.book import CHAPTERS, read, sources


def test_no_solution_is_left_and_what_is_left_stands_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(handout, "ROOT", tmp_path)
    monkeypatch.setattr(handout, "TARGET", tmp_path / "_build" / "handout")
    handout.main([])
    for path in CHAPTERS:
        written = handout.TARGET / path.name
        nbformat.validate(nbformat.read(written, as_version=4))
        before, after = ("\n\n".join(sources(read(one), "markdown")) for one in (path, written))
        assert "Solution" in before and "<summary>Solution" not in after and "**Solution**" not in after
        for kept in ("### Exercise ", "<summary>Answer ", "## Summary", "**Next question.**"):
            assert before.count(kept) == after.count(kept)
        code = "\n".join(sources(read(written), "code"))
        assert "..." in code and "judge(" in code
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", handout.TARGET]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
