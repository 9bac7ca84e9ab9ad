"""The book as a PDF: a tiny one with the settings of ours is printed, and its links and numbers followed."""

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from tools import pdf
from tools.book import settings
from tools.browser import CHROMIUM

TINY = {
    "_toc.yml": """\
format: jb-book
root: intro
parts:
  - numbered: 1
    chapters: [{file: chapters/01-one}, {file: chapters/02-two}]
  - chapters: [{file: glossary}]
""",
    "intro.md": '# Tiny\n\n<a href="chapters/02-two.html">Two</a>, [one](chapters/01-one), <a href="https://x.org">x</a>\n',
    "chapters/01-one.md": """\
---
file_format: mystnb
kernelspec: {name: python3}
language_info: {name: python, pygments_lexer: python}
---
# One

The **loss** and $x^2$.

```{code-cell}
:tags: [hide-input]
hidden = "code that is folded"
```

<div data-figure="hinge"><table><tr><td>table in its place</td></tr></table></div>
<script>document.body.remove()</script>

## Exercises

### Exercise 1.1. Sum (easy)

Add.

```{code-cell}
judge(...)
```

<details><summary>Solution</summary>

A folded solution.

</details>
""",
    "chapters/02-two.md": """\
# Two

## Exercises

### Exercise 2.1. Add (easy)

Add.

<details><summary>Solution</summary>

A solution in Markdown.

</details>

## Check yourself

Answer. Then unfold ours.

<details><summary>Answer</summary>Folded answer.</details>
""",
    "glossary.md": "# Glossary\n\n```{glossary}\nloss\n  How wrong. {doc}`chapters/01-one`\n```\n",
}
LAST = "Solutions and answers"
OUTLINE = ["Tiny", "1. One", "Exercises", LAST, "2. Two", "Exercises", "Check yourself", LAST, "Glossary"]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    if not CHROMIUM:
        pytest.skip("needs Chromium")
    folder = tmp_path_factory.mktemp("tiny")
    for name in ("_config.yml", "assets", "tools", "extensions"):
        (folder / name).symlink_to(pdf.ROOT / name)
    (folder / "chapters").mkdir()
    for name, text in TINY.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert pdf.bind(folder, folder / "book.pdf") == 6
    return PdfReader(folder / "book.pdf")


@pytest.fixture(scope="module")
def texts(book):
    return [" ".join(page.extract_text().split()) for page in book.pages]


def outline(book):
    """[(title, number of its page)], sections after the page of the book that they are in."""
    entries = [one for entry in book.outline for one in (entry if isinstance(entry, list) else [entry])]
    return [(one.title, book.get_destination_page_number(one) + 1) for one in entries]


def links(book, number):
    """Where the links of a page lead: numbers of pages, and addresses."""
    pages = {page.indirect_reference.idnum: i for i, page in enumerate(book.pages, start=1)}
    for one in book.pages[number - 1].get("/Annots", []):
        link = one.get_object()
        if "/Dest" in link:
            place = book.named_destinations[str(link["/Dest"])]
            yield pages[place.page.idnum]
        else:
            yield link["/A"]["/URI"]


def test_the_first_page_is_a_title_page_without_a_number_and_all_others_have_one(book, texts):
    assert texts[0].startswith(settings()["title"]) and settings()["author"] in texts[0]
    assert texts[0].endswith(pdf.address() or "/digits-from-scratch")
    assert [text.split()[0] for text in texts[1:]] == ["2", "3", "4", "5", "6"]
    assert book.metadata.title == settings()["title"]


def test_the_outline_leads_to_pages_and_their_sections(book, texts):
    assert [title for title, _ in outline(book)] == OUTLINE
    for title, number in outline(book):
        assert title in texts[number - 1]


def test_the_contents_name_the_page_of_each_entry_and_lead_there(book, texts):
    entries = outline(book)
    assert texts[1] == "2 Contents " + " ".join(f"{title} {number}" for title, number in entries)
    assert list(links(book, 2)) == [number for _, number in entries] == [3, 4, 4, 4, 5, 5, 5, 5, 6]


def test_links_lead_to_their_place_in_the_book_or_to_the_world(book):
    assert list(links(book, 3)) == [5, 4, "https://x.org/"]  # by HTML, by Markdown, out of the book
    assert list(links(book, 4)) == [6, 4]  # the term in bold to the glossary, the solution to its exercise
    assert list(links(book, 6)) == [4]


def test_what_is_folded_is_open_and_no_script_runs(texts):
    for text in ("code that is folded", "A folded solution.", "table in its place"):
        assert text in texts[3]


def test_solutions_and_answers_end_their_chapter_and_judges_are_gone(texts):
    exercises, last = texts[4].split(LAST)
    assert "Ours are at the end of the chapter." in exercises and "judge" not in " ".join(texts)
    assert "A solution in Markdown." in last and "Folded answer." in last
    sources = [pdf.ROOT / "intro.md", *pdf.ROOT.glob("chapters/*.ipynb")]
    for online in pdf.ON_PAPER:
        assert any(online in path.read_text("utf-8") for path in sources)


@pytest.mark.parametrize("link", ["#nowhere", "nowhere.html", "glossary.html#nowhere"])
def test_a_link_that_leads_nowhere_stops_it(link):
    page = f'<article><section><h1>Tiny</h1><a href="{link}"></a></section></article>'
    with pytest.raises(LookupError, match="nowhere"):
        pdf.lead_inside(BeautifulSoup(page, "html.parser").article, "intro")


def test_a_program_that_fails_is_quoted():
    with pytest.raises(RuntimeError, match="no-such-thing"):
        pdf.run("ls", "no-such-thing")


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """Built pages, and a PDF that is bound in no time."""
    (tmp_path / "intro.html").write_text('Read here. <span id="as-pdf"></span>Or run it.', encoding="utf-8")
    monkeypatch.setattr(pdf, "CHROMIUM", "chromium")
    monkeypatch.setattr(pdf, "ROOT", tmp_path)
    monkeypatch.setattr(pdf, "PAGES", tmp_path)
    monkeypatch.setattr(pdf, "bind", lambda book, target: target.write_bytes(bytes(2_000_000)) and 7)
    return tmp_path


def test_the_first_page_has_a_link_to_it(pages, capsys):
    for _ in range(2):
        assert pdf.main() == 0
    assert (pages / "intro.html").read_text(encoding="utf-8").count(f'href="{pdf.NAME}"') == 1
    assert "7 pages, 2.0 MB" in capsys.readouterr().out


@pytest.mark.parametrize("lacking, message", [("CHROMIUM", "needs Chromium"), ("PAGES", "make book")])
def test_it_says_what_is_lacking(lacking, message, pages, monkeypatch, capsys):
    monkeypatch.setattr(pdf, lacking, None if lacking == "CHROMIUM" else pages / "empty")
    assert pdf.main() == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("fonts, warned", [("", True), ("NotoSansCJK", False)])
def test_it_warns_where_no_font_has_chinese(fonts, warned, pages, monkeypatch, capsys):
    lister = pages / "fc-list"
    lister.write_text(f"#!/bin/sh\necho -n {fonts}\n")
    lister.chmod(0o755)
    monkeypatch.setenv("PATH", str(pages), prepend=":")
    assert pdf.main() == 0
    assert ("empty boxes" in capsys.readouterr().err) == warned
