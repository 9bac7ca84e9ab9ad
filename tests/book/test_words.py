"""Glossary, bibliography and list of wrong numbers: complete, and reached from the chapters."""

import re

import pytest

from tests.book.pages import by_id, soup_of
from tools.book import CHAPTERS, ROOT, read, sources

GLOSSARY = (ROOT / "reference" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"((?:^[^\s:].*\n)+)  (.*)", GLOSSARY.partition(":::{glossary}")[2], re.MULTILINE)
TERMS = [(names.strip().splitlines(), text) for names, text in ENTRIES]
EVERY_TERM = pytest.mark.parametrize("names, text", TERMS, ids=[names[0] for names, _ in TERMS])


def prose(path):
    return "\n\n".join(sources(read(path), "markdown"))


def chapter_of(text):
    return re.search(r"\[Chapter \d+\]\(\.\./chapters/(.*)\.ipynb\)\.$", text)[1]


def test_entries_are_in_order_and_none_is_said_twice():
    first = [names[0] for names, _ in TERMS]
    assert first == sorted(first, key=str.lower)
    names = [name for names, _ in TERMS for name in names]
    assert len(names) == len(set(names)) > 40


@EVERY_TERM
def test_each_term_has_a_sentence_its_chinese_name_and_a_chapter_that_exists(names, text):
    assert re.match(r".{20,}?[.]", text)
    assert re.search(r"Chinese: [^.]*[\u4e00-\u9fff]", text)
    assert (ROOT / "chapters" / f"{chapter_of(text)}.ipynb").is_file()


@EVERY_TERM
def test_the_chapter_that_introduces_a_term_leads_to_it(html, names, text):
    page = soup_of(html / "chapters" / f"{chapter_of(text)}.html")
    glossary = by_id(html / "reference" / "glossary.html")
    wanted = [name.lower() for name in names]
    links = [link for link in page.select("article a.term") if link.get_text().lower() in wanted]
    assert links, f"{chapter_of(text)} introduces none of {names} in bold"
    for link in links:
        path, _, anchor = link["href"].partition("#")
        assert path == "../reference/glossary.html"
        assert glossary[anchor].get_text().strip("#\n ").lower() == link.get_text().lower()


LAYOUT = """frac tfrac sqrt sum max begin end left right big Big cdot times quad qquad text underbrace
    bar phantom approx neq le ge lVert rVert lfloor rfloor leftarrow tanh mathbf"""


def letters(text):
    """The letters of its formulas, Latin ones as they are and others by their command."""
    text = re.sub(r"`[^`]*`", "", text)
    formulas = " ".join(a or b for a, b in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", text, re.DOTALL))
    formulas = re.sub(r"\\(text|mathrm|operatorname|begin|end)\{[^}]*\}", "", formulas)
    commands = set(re.findall(r"\\([A-Za-z]+)", formulas))
    return commands - set(LAYOUT.split()) | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", "", formulas)))


def test_notation_has_each_letter_of_the_formulas_and_the_chapter_that_brings_it():
    """From its chapter on a letter may be used, not before, and none is listed that no formula has."""
    first = {}
    for path in CHAPTERS:
        for letter in letters(prose(path)):
            first.setdefault(letter, path.stem)
    listed = {}
    for row in (ROOT / "reference" / "notation.md").read_text(encoding="utf-8").splitlines():
        if row.startswith("| $"):
            for letter in letters(row.split("|")[1]):
                listed.setdefault(letter, re.search(r"chapters/(.*)\.ipynb", row)[1])
    assert first == listed


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_a_chapter_tells_to_read_is_in_the_bibliography(path):
    bibliography = (ROOT / "reference" / "bibliography.md").read_text(encoding="utf-8")
    further = re.search(r"\*\*Read on\.\*\*.*", prose(path))[0]
    links = re.findall(r"\]\((https?://[^)]+)\)", further)
    assert links
    assert [link for link in links if link not in bibliography] == []


def test_search_finds_terms_and_sources(html):
    index = (html / "searchindex.js").read_text(encoding="utf-8")
    for word in ("hinge", "polyak", "elast", "Weston"):
        assert word.lower() in index.lower()
