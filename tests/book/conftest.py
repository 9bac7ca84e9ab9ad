"""One build of the book for all tests that read it, and a browser to open it in."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

from tests.book.pages import parsed, violations, wait_until_live
from tools.book import ROOT, contents
from tools.browser import CHROMIUM, launch, serve
from tools.live import summary

NO_BROWSER = ("CHROMIUM IS NOT INSTALLED: pages and live figures are not tried in a browser. "
              "apt-get install chromium")


ENGINE = os.environ.get("ENGINE") or "chromium"  # or firefox, or webkit: Playwright's own builds
# What other engines warn of is their own: of files fetched before they were needed, for instance.
COMPLAINTS = ("error", "warning") if ENGINE == "chromium" else ("error",)


def pytest_report_header():
    return None if CHROMIUM else NO_BROWSER


def pytest_terminal_summary(terminalreporter):
    if not CHROMIUM:
        terminalreporter.write_line(NO_BROWSER, red=True, bold=True)
    if PAGES_TOLD:
        rows = [f"| {name} | {without / 1000:,.0f} | {pictures / 1000:,.0f} | {first:.0f} |"
                for name, without, pictures, first in sorted(PAGES_TOLD)]
        head = ["| page | kB before figures | kB of figures | ms to first content |",
                "| --- | --: | --: | --: |"]
        target = ROOT / "test-report" / "pages.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")
        heaviest = max(PAGES_TOLD, key=lambda one: one[1])
        terminalreporter.write_line(f"pages: {len(rows)}, the heaviest {heaviest[0]} with "
                                    f"{heaviest[1] / 1e6:.2f} MB before figures; all in test-report/pages.md")
    if LIVE_TOLD:
        terminalreporter.write_line(summary(sum(LIVE_TOLD, Counter()), []))


@pytest.fixture(scope="session")
def build(tmp_path_factory, worker_id):
    """One build of the sources as they are, shared by the workers: exit code, messages, folder of pages."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    flags = re.search(r"jupyter-book build \. (.*)", recipe)[1].split()
    assert {"-W", "-n", "--all", "--keep-going"} <= set(flags)
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    target, result = shared / "book", shared / "book.json"
    with FileLock(shared / "book.lock"):
        if not result.exists():
            target.mkdir()
            command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", ROOT]
            done = subprocess.run([*command, *flags, "--path-output", target], capture_output=True, text=True,
                                  cwd=target)
            result.write_text(json.dumps([done.returncode, done.stderr]), encoding="utf-8")
    code, messages = json.loads(result.read_text(encoding="utf-8"))
    return code, messages, target / "_build" / "html"


@pytest.fixture(scope="session")
def html(build):
    code, _, pages = build
    if code:
        pytest.skip("the book did not build: see test_the_book_builds_without_a_warning")
    return pages


@pytest.fixture(scope="session")
def site(html):
    """The address of the built pages on this machine."""
    with serve(html) as address:
        yield address


@pytest.fixture(scope="session")
def figures(html, tmp_path_factory):
    """{"hinge": address of a page that has only this live figure in its article}.

    The page is the book's, with all its scripts and styles, and opens in half the time.
    """
    folder, found = tmp_path_factory.mktemp("figures"), {}
    for name in ("_static", "searchindex.js"):
        (folder / name).symlink_to(html / name)
    for name in contents():
        path = html / f"{name}.html"
        for figure in re.findall(r'data-figure="(\w+)"', path.read_text(encoding="utf-8")):
            if figure in found:
                continue
            soup = parsed(path)
            place = soup.select_one(f"[data-figure={figure}]").extract()
            soup.article.clear()
            soup.article.append(place)
            for sections in soup.select(".page-toc"):  # they are gone
                sections.decompose()
            found[figure] = Path(name).with_name(f"{figure}.html")
            (folder / found[figure]).parent.mkdir(exist_ok=True)
            (folder / found[figure]).write_text(str(soup), encoding="utf-8")
    with serve(folder) as address:
        yield {figure: f"{address}/{path.as_posix()}" for figure, path in found.items()}


@pytest.fixture(scope="session")
def browser():
    """The browser: Chromium, or what ENGINE says."""
    if ENGINE == "chromium" and not CHROMIUM:
        pytest.skip(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright, ENGINE)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def readers(browser, site):
    """The context of readers with a mouse, and with fingers: {touch: context}.

    Each keeps what it has fetched, and a tab open: the process that later ones open in.
    """
    found = {touch: browser.new_context(has_touch=touch) for touch in (False, True)}
    for context in found.values():
        context.new_page().goto(f"{site}/_static/figures/core.js")
    return found


@pytest.fixture
def opened(readers):
    """opened(address, theme="dark", width=375): the page, of which nothing may remain for the next test.

    without : pattern of a script's address, which then is empty
    `page.console` lists errors and warnings, `page.foreign` requests to other hosts, which the browser does
    not find. Both must be empty at the end of the test.
    """
    pages = []

    def open_page(address, *, theme="light", width=1280, height=900, touch=False, without=None):
        page = readers[touch].new_page()
        pages.append(page)
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        page.console, page.foreign = [], []
        page.on("console", lambda m: page.console.append(f"{m.text} ({m.location['url']})")
                if m.type in COMPLAINTS else None)
        page.on("pageerror", lambda error: page.console.append(error.stack or str(error)))
        own = (address[:address.index("/", len("http://"))], "data:", "blob:")
        page.on("request", lambda one: None if one.url.startswith(own) else page.foreign.append(one.url))
        if without:
            page.route(without, lambda route: route.fulfill(body="", content_type="text/javascript"))
        page.goto(address, wait_until="load")
        return page

    yield open_page
    complaints = [(page.url, page.console, page.foreign) for page in pages if page.console or page.foreign]
    for page in pages:
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.close()
    assert complaints == []


@pytest.fixture
def visit(opened, site):
    """visit("chapters/03-hinge-loss", theme="dark", width=375): the page of the book."""
    return lambda name, **options: opened(f"{site}/{name}.html", **options)


@pytest.fixture
def live(opened, figures):
    """live("hinge", theme="dark", width=375): a page with this figure alone, which is live."""
    return lambda figure, **options: wait_until_live(opened(figures[figure], **options), figure)


@pytest.fixture
def page(live, request):
    """The live figure that a file of tests is about, its FIGURE."""
    return live(request.module.FIGURE)


@pytest.fixture
def phone(live, request):
    """The same on a phone in the dark, 375 pixels wide, or as a test's parameter says.

    At the end of the test it must fit, and axe must find nothing in it.
    """
    width = getattr(request, "param", 375)
    page = live(request.module.FIGURE, theme="dark", width=width, height=667, touch=True)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, "[data-figure]") == []


@pytest.fixture(scope="session")
def module(readers):
    """module("hinge", "m.hinge(a, 0, 1)", [1, 2, 3]): what an expression of the page's scripts gives.

    In it `m` are the exports of figures/hinge.js, and `a` is the argument. No page is opened for it.
    """
    [page] = readers[False].pages[:1]

    def value(name, code, argument=None):
        # As text: Playwright would take seconds to pass on some ten thousand numbers.
        before = f"const m = await import('./{name}.js'), a = JSON.parse(text)"
        found = page.evaluate(f"async text => {{ {before}; return JSON.stringify({code}); }}",
                              json.dumps(argument))
        return json.loads(found)

    return value


PAGES_TOLD, LIVE_TOLD = [], []


def pytest_runtest_logreport(report):
    """Collect what the pages weigh, and what their own Python computed, also from the workers."""
    if report.when == "call":
        PAGES_TOLD.extend(value for name, value in report.user_properties if name == "page")
        LIVE_TOLD.extend(Counter(value) for name, value in report.user_properties if name == "live")
