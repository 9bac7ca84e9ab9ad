"""tools/live.py, as far as it needs no browser; tests/book/test_python.py runs a chapter by it."""

import pytest

from tools import live
from tools.book import CHAPTERS


@pytest.mark.parametrize("number", ["06", "99"])
def test_a_chapter_that_does_not_run_in_its_page_is_named(tmp_path, monkeypatch, capsys, number):
    monkeypatch.setattr(live, "ROOT", tmp_path)
    monkeypatch.setattr(live, "CHROMIUM", "here")
    pages = tmp_path / "_build" / "html"
    (pages / "_static" / "python" / "runtime").mkdir(parents=True)
    (pages / "chapters").mkdir()
    for path in CHAPTERS:
        (pages / "chapters" / f"{path.stem}.html").write_text('<p class="python-elsewhere">')
    assert live.main([number]) == 2
    assert f"No such chapter runs in its page: {number}" in capsys.readouterr().err
