"""The faults that `make mutants` plants: each can still be planted, so that none of them rots unseen."""

import re

import pytest

from tools.book import CHAPTERS
from tools.mutants import FAULTS, SCORES, keep, planted
from tools.sources import check_code_and_outputs_fit_the_page

HERE = {path.stem[:2] for path in CHAPTERS}  # a fork may leave chapters out
PLANTABLE = [fault for fault in FAULTS if fault[1] in HERE]


@pytest.mark.parametrize("name, chapter, plant", PLANTABLE, ids=[name for name, _, _ in PLANTABLE])
def test_the_fault_can_be_planted(name, chapter, plant):
    stem, nb, last = planted(chapter, plant)
    assert not check_code_and_outputs_fit_the_page(nb, stem)  # which would find it before the outputs do
    assert nb["cells"][last]["cell_type"] == "code"
    # Not in a cell of definitions only: what they do wrong shows where they are called.
    assert re.search(r"^(?!def |class |import |from |@|#|\s|$)", nb["cells"][last]["source"], re.MULTILINE)


def test_every_chapter_has_faults():
    assert {chapter for _, chapter, _ in PLANTABLE} == HERE


def test_scores_are_kept_one_of_each_kind(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.mutants.SCORES", tmp_path / "scores.txt")
    for score in ("notebooks: 1 of 2", "mnistlib: 3 of 4", "notebooks: 2 of 2"):
        keep(score)
    kept = (tmp_path / "scores.txt").read_text().splitlines()
    assert [line.partition(" (")[0] for line in kept] == ["mnistlib: 3 of 4", "notebooks: 2 of 2"]


def test_contributing_shows_where_the_scores_are():
    assert "(tools/mutants.txt)" in (SCORES.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
