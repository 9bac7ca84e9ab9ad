"""The whole book as one PDF, printed by Chromium from the built pages: _build/html/digits-from-scratch.pdf

    python -m tools.pdf    one minute; needs `make book` before, and Chromium

The first page then has a link to it. A title page, the contents, then page after page in their order, with
an outline and page numbers. What is folded on the pages is open here (assets/static/book.css, print), and
live figures are the tables that stand in for them.

Exit codes: 0 written, 2 no pages or no Chromium.
"""

import io
import shutil
import subprocess
import sys
from html import escape
from urllib.parse import unquote, urlsplit

import yaml

from tools.book import ROOT, address, contents
from tools.browser import CHROMIUM, FLAGS, serve

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
PAGES = ROOT / "_build" / "html"
NAME = "digits-from-scratch.pdf"
MARGIN = {"top": "16mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}
FRONT = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 10.5pt/1.45 system-ui, "Liberation Sans", sans-serif; color: #222; margin: 0; }}
header {{ height: 255mm; display: flex; flex-direction: column; align-items: center; text-align: center;
  break-after: page; }}
svg {{ height: 42mm; margin: 45mm 0 14mm; }}
h1 {{ font-size: 34pt; line-height: 1.1; margin: 0 0 6mm; }}
header p {{ font-size: 13pt; max-width: 120mm; margin: 0 0 3mm; }}
header p:last-of-type {{ margin-top: auto; font-size: 10pt; }}
h2 {{ font-size: 20pt; margin: 0 0 5mm; }}
a {{ display: flex; color: inherit; text-decoration: none; break-inside: avoid; }}
a.page {{ font-weight: 600; margin-top: 2.5mm; break-after: avoid; }}
a.section {{ padding-left: 5mm; font-size: 9pt; }}
a::after {{ content: attr(data-number); order: 3; }}
a i {{ flex: 1; border-bottom: 1pt dotted #999; margin: 0 1.5mm 1mm; min-width: 4mm; }}
nav {{ columns: 2; column-gap: 10mm; }}
</style><body><header>{logo}<h1>{title}</h1><p>{subtitle}</p><p>{author}</p><p>{date}<br>{address}</p></header>
<h2>Contents</h2><nav>{entries}</nav></body></html>"""
# The number after the question mark: of the page in that chapter to which the entry leads.
ENTRY = '<a class="{0}" href="{1}?{2}" data-number="{3}"><span>{4}</span><i></i></a>'


class Printed:
    """A page of the book, printed: its `pages` on paper, and its `headings` [(title, page, top), ...]."""

    def __init__(self, page):
        from pypdf import PdfReader

        # Only with tags does Chromium write where the headings are, and they take half as much again.
        tagged, self.document = (
            PdfReader(io.BytesIO(page.pdf(format="A4", margin=MARGIN, print_background=True, **tags)))
            for tags in ({"outline": True, "tagged": True}, {}))
        self.pages = self.document.pages
        # The titles in there lack the spaces at which lines end.
        titles = page.locator("h1:visible, h2:visible").all_inner_texts()
        places = self.places(tagged.outline)
        assert len(titles) == len(places), (titles, places)
        self.headings = [(title.strip(), tagged.get_destination_page_number(place), place.top)
                         for title, place in zip(titles, places)]

    @staticmethod
    def places(outline):
        """Of the page's own title and of its sections, not of what is below them."""
        above, below = outline if len(outline) == 2 else (*outline, [])
        return [above, *(one for one in below if not isinstance(one, list))]


def front_matter(parts, starts, own, host):
    """Title page and contents as HTML.

    parts : {name: Printed}; starts : {name: its first page in the book without the front matter}
    own : how many pages the front matter has
    """
    entries = []
    for name, part in parts.items():
        for i, (title, place, _) in enumerate(part.headings):
            number = own + starts[name] + place
            entries.append(ENTRY.format("section" if i else "page", f"{host}/{name}.html", place,
                                        number + 1, escape(title)))
    command = ["git", "log", "-1", "--date=format:%d %B %Y", "--format=%ad (%h)"]
    git = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return FRONT.format(
        title=escape(CONFIG["title"]), author=escape(CONFIG["author"]), entries="".join(entries),
        subtitle="The foundations of neural networks, taught by recognising handwritten digits",
        logo=(ROOT / CONFIG["logo"]).read_text(encoding="utf-8"), date=git.stdout, address=escape(online()))


def online():
    """Where the book is read online; else its repository."""
    return address() or CONFIG["repository"]["url"] + "/"


def numbered(pages):
    """A PDF with nothing but page numbers, to lie over as many pages; the title page has none."""
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    file = io.BytesIO()
    with PdfPages(file) as pdf:
        for number in range(1, pages + 1):
            figure = Figure(figsize=(8.27, 11.69))
            if number > 1:
                figure.text(0.5, 0.035, str(number), ha="center", fontsize=9, color="0.35")
            pdf.savefig(figure, transparent=True)
    return file


def lead_inside(writer, starts, parts):
    """Links within the book lead to their place here.

    Chromium wrote an address of this machine for those to other pages, and for those within a page a name,
    which another page may have, too.
    starts : {"chapters/03-hinge-loss": number of its first page here}; parts : {name: Printed}
    """
    from pypdf.generic import ArrayObject, FloatObject, NameObject, TextStringObject

    def place(name, page, top=None):
        position = [NameObject("/Fit")] if top is None else [
            NameObject("/XYZ"), FloatObject(0), FloatObject(top), FloatObject(0)]
        return ArrayObject([writer.pages[starts[name] + page].indirect_reference, *position])

    def named(name, anchor):
        document = parts[name].document
        found = document.named_destinations.get("/" + anchor)
        return place(name, document.get_destination_page_number(found), found.top) if found else None

    for name, part in parts.items():
        for page in writer.pages[starts[name]:starts[name] + len(part.pages)]:
            for link in (one.get_object() for one in page.get("/Annots", [])):
                if "/Dest" in link:
                    link[NameObject("/Dest")] = named(name, str(link["/Dest"]).lstrip("/"))
                    continue
                uri = urlsplit(str(link.get("/A", {}).get("/URI", "")))
                if uri.hostname != "127.0.0.1":
                    continue
                path = unquote(uri.path).lstrip("/")
                target = path.removesuffix(".html")
                if target not in starts:  # no page of the book
                    link["/A"][NameObject("/URI")] = TextStringObject(online() + path)
                    continue
                del link["/A"]
                link[NameObject("/Dest")] = (
                    place(target, int(uri.query)) if uri.query
                    else named(target, unquote(uri.fragment)) or place(target, 0))


def bind(folder, names, browser):
    """The built pages in the folder, printed by the Chromium of Playwright: one pypdf.PdfWriter."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import Fit

    with serve(folder) as host:
        # Without scripts every live figure is its table, and nothing is folded by a script.
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.emulate_media(media="print")
        parts, starts, count = {}, {}, 0
        for name in names:
            page.goto(f"{host}/{name}.html", wait_until="load")
            parts[name], starts[name] = Printed(page), count
            count += len(parts[name].pages)
        own = 0
        for _ in range(2):  # the second time it is known how many pages it has itself
            page.set_content(front_matter(parts, starts, own, host))
            front = Printed(page)
            own = len(front.pages)
        context.close()
    writer = PdfWriter()
    parts, starts = {"": front, **parts}, {"": 0, **{name: own + start for name, start in starts.items()}}
    for name, part in parts.items():
        writer.append(part.document, import_outline=False)
        above = None
        for title, place, top in part.headings if name else []:
            one = writer.add_outline_item(title=title, page_number=starts[name] + place, parent=above,
                                          fit=Fit.xyz(left=0, top=top, zoom=0))
            above = above or one
    for page, number in zip(writer.pages, PdfReader(numbered(len(writer.pages))).pages):
        page.merge_page(number)
    lead_inside(writer, starts, parts)
    writer.add_metadata({"/Title": CONFIG["title"]})
    writer.compress_identical_objects()
    return writer


def lacks_chinese():
    """True if the glossary's Chinese names would be empty boxes."""
    lister = shutil.which("fc-list")
    return bool(lister) and not subprocess.run([lister, ":lang=zh"], capture_output=True).stdout


def main():
    if not CHROMIUM or not (PAGES / "index.html").is_file():
        lacking = "run `make book` first" if CHROMIUM else "needs Chromium (apt-get install chromium)"
        print(f"pdf: {lacking}", file=sys.stderr)
        return 2
    if lacks_chinese():
        print("pdf: no font here has Chinese letters, those of the glossary will be empty boxes "
              "(apt-get install fonts-noto-cjk)", file=sys.stderr)
    from playwright.sync_api import sync_playwright

    names = contents()
    with sync_playwright() as playwright:
        writer = bind(PAGES, names, playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS))
    target = PAGES / NAME
    part = target.with_suffix(".part")
    writer.write(part)
    part.replace(target)
    first = PAGES / f"{names[0]}.html"
    html = first.read_text(encoding="utf-8")
    link = f'<span id="as-pdf"><a href="{NAME}">All of it is in one PDF, too.</a> </span>'
    first.write_text(html.replace('<span id="as-pdf"></span>', link), encoding="utf-8")
    size = target.stat().st_size / 1e6
    print(f"written: {target.relative_to(ROOT)}, {len(writer.pages)} pages, {size:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
