"""One build of the book for all tests that read it, and a browser to open it in."""

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock
from tqdm import tqdm

# make mutants forks a process for each mutant. tqdm's own lock is shared by all of them, and one that is
# killed while it holds it would let all others wait forever.
tqdm.set_lock(threading.RLock())

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from browser import CHROMIUM, FLAGS, serve  # noqa: E402

FIGURES = ROOT / "assets" / "static" / "figures"
NO_BROWSER = ("CHROMIUM IS NOT INSTALLED: pages and live figures are not tried in a browser. "
              "apt-get install chromium")


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
def chromium():
    if not CHROMIUM:
        pytest.skip(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, site):
    """visit("chapters/03-hinge-loss", theme="dark", width=375): the opened page.

    without : pattern of a script's address, which then is empty
    `page.console` lists errors and warnings, `page.foreign` requests to other hosts, which are refused;
    `page.responses` {address: response}. Both lists must be empty at the end of the test.
    """
    contexts, opened = [], []

    def open_page(name, *, theme="light", width=1280, height=900, touch=False, without=None):
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme,
                                       has_touch=touch, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        opened.append(page)
        page.console, page.foreign, page.responses = [], [], {}
        page.on("console", lambda m: page.console.append(f"{m.text} ({m.location['url']})")
                if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.console.append(str(error)))

        def route(route):
            if route.request.url.startswith((site, "data:", "blob:")):
                route.continue_()
            else:
                page.foreign.append(route.request.url)
                route.abort()

        page.route("**/*", route)
        if without:
            page.route(without, lambda route: route.fulfill(body="", content_type="text/javascript"))
        page.on("response", lambda response: page.responses.setdefault(response.url, response))
        page.goto(f"{site}/{name}.html", wait_until="load")
        return page

    yield open_page
    complaints = [(page.url, page.console, page.foreign) for page in opened if page.console or page.foreign]
    for context in contexts:
        context.close()
    assert complaints == []


# Most of a chapter's elements are words of code, whose contrast takes axe longer than all else. Words of
# the same kind, in the same kind of place, look the same: one of each is left for it to see.
HIDE_REPEATED_WORDS = """() => {
    const seen = new Set();
    for (const word of document.querySelectorAll(".highlight pre span")) {
        const around = word.closest(".admonition, .cell_input, .cell_output");
        const kind = [word.className, word.parentElement.className, around?.className].join("|");
        if (seen.has(kind) && word.textContent.trim()) word.style.visibility = "hidden";
        seen.add(kind);
    }
}"""


def violations(page, within=None):
    """What axe-core finds wrong on the opened page, or in one part of it: [(rule, elements), ...]."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(HIDE_REPEATED_WORDS)
    # Without preload: axe would fetch what style sheets import, from where the page lies. To describe
    # what it finds in order, too, would take as long again as to look.
    options = {"preload": False, "resultTypes": ["violations"]}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def wait_until_live(page, figure):
    """Bring a live figure before the window, where it starts, and wait until it has."""
    place = page.locator(f"[data-figure={figure}]")
    place.scroll_into_view_if_needed()
    page.wait_for_function("place => 'live' in place.dataset", arg=place.element_handle())
    return page


def exported(name):
    """What `make figures` has written into a script: its one value."""
    script = (FIGURES / name).read_text(encoding="utf-8")
    return json.loads(re.search(r"export default (.*);", script, re.DOTALL)[1])


def wait_until_said(page, figure, text):
    """Wait until a live figure has said the text to those who listen."""
    page.wait_for_function(
        "([name, text]) => document.querySelector(name + ' .figure-said').textContent.includes(text)",
        arg=[f"[data-figure={figure}]", text])


PAGES_TOLD = []


def pytest_runtest_logreport(report):
    """Collect what the pages weigh, also from the workers."""
    if report.when == "call":
        PAGES_TOLD.extend(value for name, value in report.user_properties if name == "page")
