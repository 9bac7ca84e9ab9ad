"""The book as a PDF: three of its pages are bound, and every link and number in it is followed."""

import re

import pytest

from tools import pdf

NAMES = ["intro", "chapters/03-hinge-loss", "glossary"]
TITLES = ["Digits from Scratch", "3. Hinge loss", "Glossary"]


@pytest.fixture(scope="module")
def book(chromium, html, tmp_path_factory):
    from pypdf import PdfReader

    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    pdf.bind(html, NAMES, chromium).write(path)
    return PdfReader(path)


@pytest.fixture(scope="module")
def texts(book):
    return [" ".join(page.extract_text().split()) for page in book.pages]


def test_it_begins_with_a_title_page_and_the_contents(texts):
    title, contents = texts[:2]
    assert title.startswith("Digits from Scratch") and "The authors of" in title and pdf.online() in title
    assert not title.endswith("1")  # the title page bears no number, all others do
    assert contents.startswith("Contents") and contents.endswith("2")
    for number, page in enumerate(texts[1:], start=2):
        assert page.endswith(str(number))


def test_the_outline_and_the_contents_lead_to_the_chapters_and_their_sections(book, texts):
    contents = texts[1]
    tops = [one for one in book.outline if not isinstance(one, list)]
    assert [one.title for one in tops] == TITLES
    sections = [one for below in book.outline if isinstance(below, list) for one in below]
    assert {"One image by hand", "Exercises", "Check yourself"} <= {one.title for one in sections}
    for one in (*tops, *sections):
        number = book.get_destination_page_number(one)
        assert one.title in texts[number]
        assert re.search(rf"{re.escape(one.title)} ?{number + 1}\b", contents), one.title


def links(book, numbers):
    for number in numbers:
        for one in book.pages[number].get("/Annots", []):
            yield number, one.get_object()


def test_links_lead_inside_or_to_the_world_never_to_this_machine(book):
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(book.pages)}
    inside = []
    for number, link in links(book, range(len(book.pages))):
        if "/Dest" in link:
            inside.append((number, pages[link["/Dest"][0].idnum]))
        else:
            assert re.match(r"https?://(?!127)", link["/A"]["/URI"])
    start = {one.title: book.get_destination_page_number(one) for one in book.outline
             if not isinstance(one, list)}
    glossary = start["Glossary"]
    chapter = range(start["3. Hinge loss"], glossary)
    assert {start["3. Hinge loss"], glossary} <= {target for number, target in inside if number == 1}
    assert sum(number in chapter and target >= glossary for number, target in inside) > 3  # its terms
    assert any(number >= glossary and target in chapter for number, target in inside)
    elsewhere = [link["/A"]["/URI"] for _, link in links(book, chapter) if "/A" in link]
    assert pdf.online() + "chapters/04-regularization.html" in elsewhere  # not bound here
