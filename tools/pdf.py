"""The whole book as one PDF, printed by Chromium from the built pages: _build/html/digits-from-scratch.pdf

    python tools/pdf.py    one minute; needs `make book` before, and Chromium

The first page then has a link to it. Page after page in the order of the contents, with an outline and
page numbers. What is folded on the pages is open here (assets/static/book.css, print), and live figures
are the tables that stand in for them.

Exit codes: 0 written, 2 no pages or no Chromium.
"""

import io
import sys
from urllib.parse import unquote, urlsplit

from browser import CHROMIUM, FLAGS, ROOT, contents, serve

PAGES = ROOT / "_build" / "html"
TARGET = PAGES / "digits-from-scratch.pdf"
MARGIN = {"top": "16mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}


def print_pages(names):
    """For each page: its title, and its PDF as bytes."""
    from playwright.sync_api import sync_playwright

    with serve(PAGES) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        # Without scripts every live figure is its table, and nothing is folded by a script.
        page = browser.new_context(java_script_enabled=False).new_page()
        for name in names:
            page.goto(f"{address}/{name}.html", wait_until="load")
            printed = page.pdf(format="A4", margin=MARGIN, print_background=True)
            yield page.title().partition(" — ")[0], printed
        browser.close()


def numbered(pages):
    """A PDF with nothing but page numbers, to lie over as many pages."""
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    file = io.BytesIO()
    with PdfPages(file) as pdf:
        for number in range(1, pages + 1):
            figure = Figure(figsize=(8.27, 11.69))
            figure.text(0.5, 0.035, str(number), ha="center", fontsize=9, color="0.35")
            pdf.savefig(figure, transparent=True)
    return file


def lead_inside(writer, starts):
    """Links from page to page lead to where that page begins here. Chromium wrote an address of this machine.

    starts : {"chapters/03-hinge-loss.html": number of its first page}
    """
    from pypdf.generic import ArrayObject, NameObject

    for page in writer.pages:
        for link in (one.get_object() for one in page.get("/Annots", [])):
            parts = urlsplit(str(link.get("/A", {}).get("/URI", "")))
            if parts.hostname == "127.0.0.1":
                start = starts[unquote(parts.path).lstrip("/")]
                del link["/A"]
                place = ArrayObject([writer.pages[start].indirect_reference, NameObject("/Fit")])
                link[NameObject("/Dest")] = place


def main():
    from pypdf import PdfReader, PdfWriter

    if not CHROMIUM or not (PAGES / "index.html").is_file():
        lacking = "run `make book` first" if CHROMIUM else "needs Chromium (apt-get install chromium)"
        print(f"pdf: {lacking}", file=sys.stderr)
        return 2
    writer, starts = PdfWriter(), []
    names = contents()
    for title, data in print_pages(names):
        starts.append((title, len(writer.pages)))
        writer.append(PdfReader(io.BytesIO(data)), import_outline=False)
    for page, number in zip(writer.pages, PdfReader(numbered(len(writer.pages))).pages):
        page.merge_page(number)
    for title, start in starts:
        writer.add_outline_item(title=title, page_number=start)
    lead_inside(writer, {f"{name}.html": start for name, (_, start) in zip(names, starts)})
    writer.add_metadata({"/Title": "Digits from Scratch"})
    writer.compress_identical_objects()
    part = TARGET.with_suffix(".part")
    writer.write(part)
    part.replace(TARGET)
    first = PAGES / f"{names[0]}.html"
    html = first.read_text(encoding="utf-8")
    link = f'<span id="as-pdf"><a href="{TARGET.name}">All of it is in one PDF, too.</a> </span>'
    first.write_text(html.replace('<span id="as-pdf"></span>', link), encoding="utf-8")
    size = TARGET.stat().st_size / 1e6
    print(f"written: {TARGET.relative_to(ROOT)}, {len(writer.pages)} pages, {size:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
