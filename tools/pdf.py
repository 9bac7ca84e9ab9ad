"""The whole book as one PDF: _build/html/digits-from-scratch.pdf

    python -m tools.pdf    a minute or two; needs `make book` before, and Chromium

Sphinx builds the book once more, as a single page, and Chromium prints it, with an outline and with links
that lead inside. Solutions and answers, folded on the pages, are at the end of their chapter, and the cells
that judge a reader's code are gone. Whatever else is folded is open (assets/static/book.css, print), and
live figures are the tables that stand in for them. The first page of the book then has a link to the PDF.

Exit codes: 0 written, 1 a link leads nowhere or a program failed, 2 no pages or no Chromium.
"""

import re
import shutil
import subprocess
import sys
from html import escape

import yaml
from bs4 import BeautifulSoup
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

from tools.book import ROOT, address, contents
from tools.browser import CHROMIUM, FLAGS
from tools.files import write_whole

NAME = "digits-from-scratch.pdf"
PAGES = ROOT / "_build" / "html"
LINK = f'<span id="as-pdf"><a href="{NAME}">All of it is in one PDF, too.</a> </span>'
PAPER = """<!DOCTYPE html><html lang="en" data-theme="light">{head}<style>{style}</style><body>
<div id="title-page">{logo}<p>{title}</p>
<p>The foundations of neural networks, taught by recognising handwritten digits</p>
<p>{author}</p><p>{date}<br>{address}</p></div>
<nav id="contents"><p>Contents</p>{entries}</nav>
<div class="bd-main"><div class="bd-content">{article}</div></div></body></html>"""
ON_PAPER = {"Then unfold ours.": "Ours are at the end of the chapter.",
            "solutions are folded away beneath them": "solutions are at the end of each chapter"}
ENTRY = '<a class="of-{}" href="#{}"><span>{}</span><i></i>{}</a>'


def run(*command):
    """Run a program whose messages matter only if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def single_page(book):
    """Build the book in this folder as one page: its path."""
    run(sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(book),
        "-W", "-n", "--keep-going", "--builder", "singlehtml")
    root = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))["root"]
    return book / "_build" / "singlehtml" / f"{root}.html"


def lead_inside(article, root):
    """Make each page of the book begin with an h1 that bears its name, and relative links lead to these."""
    article.h1["id"] = f"document-{root}"
    for mark in article.select("section span[id^=document-]"):
        section = mark.find_next_sibling("section")
        for heading in section(re.compile("^h[2-6]$")):
            heading.name = f"h{int(heading.name[1]) - 1}"
        section.h1["id"] = mark.extract()["id"]
    names = {h1["id"].split("/")[-1].removeprefix("document-"): h1["id"] for h1 in article("h1")}
    for link in article("a", href=re.compile(r"^[^:#]*\.html")):
        page, _, anchor = link["href"].partition("#")
        link["href"] = "#" + (anchor or names[page.removesuffix(".html").split("/")[-1]])
    ids = {element["id"] for element in article(id=True)}
    lost = {link["href"] for link in article("a", href=re.compile("^#")) if link["href"][1:] not in ids}
    if lost:
        raise LookupError(f"links in the book that lead nowhere: {sorted(lost)}")


def solutions_last(soup):
    """Move what readers should not see too early to the end of its chapter; what judges their code goes."""
    for cell in soup.select(".admonition.exercise .cell"):
        if re.search(r"\bjudge", cell.get_text()):
            cell.decompose()
    for chapter in soup.select("article section section:has(> h1)"):
        folded = [one for one in chapter.select(".admonition.solution, details:not([class])")
                  if one.name == "div" or one.summary.get_text().startswith("Answer")]
        if folded:
            section = soup.new_tag("section")
            section.append(soup.new_tag("h2", string="Solutions and answers"))
            chapter.append(section)
            section.extend([one.extract() for one in folded])
    known = re.compile("|".join(map(re.escape, ON_PAPER)))
    for text in soup.article.find_all(string=known):
        text.replace_with(known.sub(lambda found: ON_PAPER[found[0]], text))


def front(book):
    """What stands on the title page."""
    config = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    git = subprocess.run(["git", "log", "-1", "--date=format:%d %B %Y", "--format=%ad (%h)"], cwd=book,
                         capture_output=True, text=True)
    return {"logo": (book / config["logo"]).read_text(encoding="utf-8"), "title": escape(config["title"]),
            "author": escape(config["author"]), "date": git.stdout,
            "address": escape(address() or config["repository"]["url"])}


def outline(entry):
    """The entries of a PDF's outline from this one on, in their order.

    Chromium writes a title twice if a page begins with it, and without spaces where its lines end.
    """
    while entry:
        entry = entry.get_object()
        yield entry
        yield from outline(entry.get("/First"))
        entry = entry.get("/Next")


def bind(book, target):
    """Write the book in this folder as a PDF: the number of its pages."""
    page = single_page(book)
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    for unwanted in soup.select("script, a.headerlink"):
        unwanted.decompose()
    lead_inside(soup.article, page.stem)
    solutions_last(soup)
    headings = soup.article(["h1", "h2"])
    for i, heading in enumerate(headings):  # sections of different pages have the same names
        heading.attrs.setdefault("id", f"heading-{i}")
    paper, part = page.with_name("paper.html"), target.with_suffix(".part")
    numbers, known = {}, None
    while numbers != known:  # the first print says on which page each heading is, the second confirms it
        known = numbers
        entries = [ENTRY.format(heading.name, heading["id"], escape(heading.get_text()),
                                known.get("/" + heading["id"], 100)) for heading in headings]
        paper.write_text(PAPER.format(
            head=soup.head, article=soup.article, entries="".join(entries), **front(book),
            style=(ROOT / "assets" / "pdf.css").read_text(encoding="utf-8")), encoding="utf-8")
        run(CHROMIUM, "--headless", *FLAGS, "--no-pdf-header-footer", "--generate-pdf-document-outline",
            f"--print-to-pdf={part}", paper.as_uri())
        pdf = PdfReader(part)
        numbers = {name: pdf.get_destination_page_number(place) + 1
                   for name, place in pdf.named_destinations.items()}
    writer = PdfWriter(part, incremental=True)
    headings = soup.article(re.compile("^h[1-6]$"))
    for entry, heading in zip(outline(writer.root_object["/Outlines"]["/First"]), headings, strict=True):
        entry[NameObject("/Title")] = TextStringObject(heading.get_text())
    writer.write(part)
    part.replace(target)
    return len(pdf.pages)


def lacks_chinese():
    """True if the glossary's Chinese names would be empty boxes."""
    lister = shutil.which("fc-list")
    return bool(lister) and not subprocess.run([lister, ":lang=zh"], capture_output=True).stdout


def main():
    first = PAGES / f"{contents()[0]}.html"
    if not CHROMIUM or not first.is_file():
        lacking = "run `make book` first" if CHROMIUM else "needs Chromium (apt-get install chromium)"
        print(f"pdf: {lacking}", file=sys.stderr)
        return 2
    if lacks_chinese():
        print("pdf: no font here has Chinese letters, those of the glossary will be empty boxes "
              "(apt-get install fonts-noto-cjk)", file=sys.stderr)
    target = PAGES / NAME
    try:
        pages = bind(ROOT, target)
    except (LookupError, RuntimeError) as error:
        print(f"pdf: {error}", file=sys.stderr)
        return 1
    html = first.read_text(encoding="utf-8")
    write_whole(first, html.replace('<span id="as-pdf"></span>', LINK))
    print(f"written: {target.relative_to(ROOT)}, {pages} pages, {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
