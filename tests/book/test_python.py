"""Python in the page: a chapter run there and compared, cells edited, errors, Stop, what may be missing."""

import re

import pytest

from tests.book.pages import soup_of, turn, violations, wait_until_live
from tools.book import CHAPTERS, chapter
from tools.browser import serve
from tools.live import compared, live

NAME, NEEDS_SCIPY = "chapters/03-hinge-loss", "chapters/07-forward-pass"
FETCHED = """performance.getEntriesByType("resource").map(one => one.name)
    .filter(name => name.includes("/python/"))"""


@pytest.fixture(scope="session")
def there(html):
    """The folder of the pages' Python."""
    folder = html / "_static" / "python"
    if not (folder / "runtime").is_dir():
        pytest.skip("THE FILES OF THE PAGES' PYTHON ARE NOT THERE: python -m tools.pyodide says why")
    return folder


@pytest.fixture(scope="module")
def desk(browser, html, there):
    """A tab with chapter 3, all of whose cells have run: the page, and what they gave. Must stay quiet.

    Below a sub-path, as GitHub Pages has it.
    """
    with serve(html, "/digits-from-scratch") as site:
        context = browser.new_context()
        page, complaints = context.new_page(), []
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(error.stack))
        context.on("request", lambda one: None if one.url.startswith((f"{site}/", "data:", "blob:"))
                   else complaints.append(one.url))
        page.goto(f"{site}/{NAME}.html")
        given = live(page)
        yield page, given
        context.close()
    assert complaints == []


class Tab:
    """What a reader does with the cells of a page."""

    def __init__(self, page):
        self.page = page

    def cell(self, number):
        return self.page.locator("div.cell").nth(number - 1)

    def write(self, number, code):
        self.cell(number).locator("textarea").fill(code)

    def run(self, number, code=None, wait=True):
        if code is not None:
            self.write(number, code)
        self.page.evaluate("n => { python.cells[n].how = null; }", number - 1)
        self.cell(number).get_by_role("button", name=f"Run, Cell {number}", exact=True).click()
        if wait:
            self.wait(number)

    def wait(self, number):
        """Until the cell has run, and Python waits again."""
        self.page.wait_for_function(
            "n => ['ok', 'error'].includes(python.cells[n].how) && python.session.state === 'ready'",
            arg=number - 1, timeout=300_000)

    def shows(self, number):
        self.page.evaluate("() => new Promise(requestAnimationFrame)")
        return self.cell(number).locator(".python-output").inner_text().strip()

    def wait_until(self, state):
        self.page.wait_for_function("state => window.python?.session.state === state", arg=state,
                                    timeout=300_000)


@pytest.fixture
def tab(desk):
    """The tab, for one test: afterwards every cell is the book's again."""
    page, _ = desk
    page.set_default_timeout(30_000)
    yield Tab(page)
    page.evaluate("python.cells.forEach(one => one.write(one.original))")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_chapter_gives_in_its_page_what_is_committed(desk, record_property):
    _, given = desk
    counts, wrong = compared(chapter("03"), given)
    assert wrong == []
    assert counts["compared"] >= 30 and counts["pictures"] >= 3
    record_property("live", {**counts, "chapters": 1})


@pytest.mark.parametrize("fault, said", [
    (lambda given: given[3].__setitem__(1, []), "missing|other outputs|no output"),
    (lambda given: given[3].__setitem__(0, "error"), "error"),
    (lambda given: given.pop(), "cells in the page instead of"),
])
def test_a_chapter_that_gives_something_else_is_found(desk, fault, said):
    given = [list(one) for one in desk[1]]
    fault(given)
    _, wrong = compared(chapter("03"), given)
    assert wrong and re.search(said, wrong[0])


def test_until_the_button_is_pressed_only_the_button_is_loaded(visit, there):
    page = visit(NAME)
    assert [one.rpartition("/")[2].partition("?")[0] for one in page.evaluate(FETCHED)] == ["button.js"]
    assert (there / "button.js").stat().st_size < 3000
    said = page.locator(".python").inner_text()
    packages = sum(path.stat().st_size for path in there.rglob("*")) / 1e6
    assert 25 < int(re.search(r"(\d+) MB", said)[1]) < packages < 55


def test_a_chapter_runs_or_says_why_not(html, there):
    for path in CHAPTERS:
        soup = soup_of(html / "chapters" / f"{path.stem}.html")
        needs_torch = "import torch" in path.read_text(encoding="utf-8")
        assert bool(soup.select_one("[data-python]")) != needs_torch
        assert [one.get_text()[:27] for one in soup.select(".python-elsewhere")] == (
            ["This chapter needs PyTorch,"] if needs_torch else [])
    assert not soup_of(html / "intro.html").select(".python, .python-elsewhere")


def test_a_cell_is_edited_and_run_by_keys_and_reset(tab):
    tab.write(4, "for i in range(3):\n    print(i)")
    tab.page.keyboard.press("Shift+Enter")
    tab.wait(4)
    assert tab.shows(4) == "0\n1\n2"
    assert tab.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Code of Cell 5"
    tab.cell(4).get_by_role("button", name="The book's output, Cell 4").click()
    assert not tab.cell(4).locator(".python-output").is_visible()
    tab.cell(4).get_by_role("button", name="Reset cell, Cell 4").click()
    assert "range(3)" not in tab.cell(4).locator("textarea").input_value()
    tab.run(4)
    assert tab.shows(4) != "0\n1\n2"


def test_a_new_line_is_indented_as_python_wants_it_and_taken_back(tab):
    tab.write(5, "")
    tab.cell(5).locator("textarea").focus()
    for keys in ("if True:", "Enter", "x = [", "Enter", "Backspace", "1]"):
        (tab.page.keyboard.press if keys in ("Enter", "Backspace") else tab.page.keyboard.type)(keys)
    assert tab.cell(5).locator("textarea").input_value() == "if True:\n    x = [\n1]"
    tab.page.keyboard.press("Tab")  # leads on: nobody is kept in the cell
    assert tab.page.evaluate("document.activeElement.tagName") == "BUTTON"


def test_the_code_that_shows_is_the_code_in_the_field(tab):
    code = 'def f(x):  # "no" text\n    return f"{x:.2f}" + \'\'\'a\nb\'\'\' if 1.5e-3 else None'
    tab.write(6, code)
    pre = tab.cell(6).locator("pre").first
    assert pre.evaluate("pre => pre.textContent") == code + "\n"
    assert pre.locator(".k").all_inner_texts() == ["def", "return", "if", "else", "None"]
    assert pre.locator(".c1").all_inner_texts() == ['# "no" text']
    assert pre.locator(".mi").all_inner_texts() == ["1.5e-3"]
    assert pre.locator(".s2").count() == 2
    same = """node => { const [a, b] = ["pre", "textarea"].map(name => {
        const one = node.querySelector(name);
        const { font, letterSpacing, paddingLeft, paddingTop } = getComputedStyle(one);
        const { left, top, width, height } = one.getBoundingClientRect();
        return JSON.stringify([font, letterSpacing, paddingLeft, paddingTop,
                               [left, top, width, height].map(Math.round)]);
    }); return a === b || [a, b]; }"""
    for width in (1280, 375):
        tab.page.set_viewport_size({"width": width, "height": 900})
        assert tab.cell(6).locator(".highlight").first.evaluate(same) is True


def test_an_error_is_told_in_the_readers_lines(tab):
    tab.run(5, "import numpy as np\ndef turn(a):\n    return np.zeros(2) @ np.zeros(a)")
    tab.run(6, "turn(3)")
    shown = tab.shows(6)
    assert re.match(r"Traceback.*\n  Cell 6, line 1, in <module>\n    turn\(3\)\n"
                    r"  Cell 5, line 3, in turn", shown)
    assert "ValueError: matmul" in shown and "site-packages" not in shown
    assert "Cell 6: ValueError: matmul" in tab.page.locator(".python-state").inner_text()
    tab.run(6, "x = = 1")
    assert "SyntaxError: invalid syntax" in tab.shows(6) and "Cell 6, line 1" in tab.shows(6)
    tab.run(6, "input('?')")
    assert "write the answer into the cell" in tab.shows(6)


def test_streams_warnings_html_and_bars_show(tab):
    tab.run(5, "import sys, warnings\nprint('out')\nprint('err', file=sys.stderr)\nwarnings.warn('hm')")
    assert re.fullmatch(r"out\s+err\s+Cell 5:4: UserWarning: hm\s+warnings.warn\('hm'\)", tab.shows(5))
    tab.run(5, "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))\n[1, 2]")
    assert tab.cell(5).locator(".python-output b").inner_text() == "bold" and "[1, 2]" in tab.shows(5)
    tab.run(5, "from tqdm import tqdm\nfor _ in tqdm(range(50), mininterval=0): pass")
    assert re.fullmatch(r"100%\|█+\| 50/50 \[.*\]", tab.shows(5))


def test_what_is_printed_shows_while_the_cell_runs(tab):
    tab.run(5, "import time\nprint('first')\ntime.sleep(1)\nprint('second')", wait=False)
    tab.cell(5).locator(".python-output", has_text="first").wait_for()
    assert tab.shows(5) == "first"
    tab.wait(5)
    assert tab.shows(5) == "first\nsecond"


def test_a_cell_that_was_changed_while_it_ran_runs_again(tab):
    tab.run(5, "import time\ntime.sleep(1)\n'old'", wait=False)
    tab.cell(5).locator(".python-status", has_text="runs").wait_for()
    for code in ("'newer'", "'newest'"):
        tab.run(5, code, wait=False)
    tab.cell(5).locator(".python-output", has_text="newest").wait_for()
    tab.wait(5)
    assert tab.shows(5) == "'newest'"


def test_what_a_cell_gives_is_said_each_time(tab):
    said = tab.page.locator(".bd-article > .figure-said")
    for _ in range(2):
        tab.run(5, "1 + 1")
        said.filter(has_text="Cell 5 has run. 2").wait_for()
        said.evaluate("one => { one.textContent = ''; }")


def test_the_digits_say_which_they_are(tab):
    tab.run(5, "from mnistlib import load_digits, load_mnist\nsome = load_digits()\nload_mnist().name")
    assert re.match("(MNIST|Sample in place of MNIST), in this page .* training and .* test", tab.shows(5))
    tab.run(5, "print(some.X_train.min(), some.X_train.max(), some.X_train.dtype, set(some.y_test.tolist()))")
    assert tab.shows(5) == "0.0 1.0 float32 {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}"


def test_scipy_comes_when_it_is_asked_for(tab):
    tab.run(5, "from mnistlib import NeuralNetwork\nNeuralNetwork(2, 2, 1, 0.1).wih.shape")
    assert tab.shows(5) == "(2, 2)"


def test_a_hole_is_filled_and_checked(tab):
    hole, judge = (tab.page.evaluate(
        f"python.cells.find((one) => /{words}/.test(one.original)).number")
        for words in ("your code here", "^judge"))
    tab.write(hole, "def squared_hinge(scores, y):\n    return 31.55, None")
    tab.cell(hole).get_by_role("button", name=f"Check, Cell {hole}").click()
    tab.wait(judge)
    assert tab.shows(judge) == "'The loss of five images is 31.55, not 26.52.'"


def test_an_exercise_has_an_empty_cell(tab):
    own = tab.page.locator(".exercise .python-own")
    assert own.count() == tab.page.locator(".exercise").count() > 5
    own.first.locator("textarea").fill("1 + 1")
    own.first.get_by_role("button", name="Run,").click()
    own.first.locator(".python-output", has_text="2").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_page_in_use_and_it_fits_a_small_phone(tab, theme):
    of_the_look = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
    tab.run(5, "1 / 0")
    wait_until_live(tab.page, "hinge")
    turn(tab.page, theme)
    assert violations(tab.page, rules=None if theme == "light" else of_the_look) == []
    tab.page.set_viewport_size({"width": 320, "height": 900})
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(tab.page, rules=of_the_look) == []


def test_an_endless_loop_is_stopped_and_what_was_lost_is_offered(tab):
    stop = tab.page.get_by_role("button", name="Stop", exact=True)
    stop.press("Enter")
    assert tab.page.evaluate("python.session.state") == "ready"  # there was nothing to stop
    tab.run(6, "while True: pass", wait=False)
    tab.wait_until("running")
    stop.press("Enter")
    assert tab.page.evaluate("document.activeElement.textContent") == "Stop"
    said = tab.page.locator(".python-bar").inner_text()
    assert "What the cells had computed is gone" in said
    assert tab.page.evaluate("python.cells.every(one => one.ran === null)")
    tab.write(6, "round(float(np.exp(0)), 1)")
    tab.page.get_by_role("button", name="Run to Cell 6", exact=True).press("Enter")
    assert tab.page.evaluate("document.activeElement.className") == "python-state"  # the button has gone
    tab.wait(6)
    assert tab.shows(6) == "1.0" and tab.page.locator(".python-runs").count() == 0


def test_two_tabs_have_a_python_each_and_a_change_survives_a_reload(desk, tab):
    """Last in this tab: its page is loaded anew."""
    page, _ = desk
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Run this page").click()
    other.get_by_role("button", name="Run, Cell 2", exact=True).wait_for()
    tab.run(2, "mine = 1")
    tab.run(3, "mine")
    assert tab.shows(3) == "1"
    other.reload()
    assert "changes that you have made come back" in other.locator(".python").inner_text()
    other.get_by_role("button", name="Run this page").click()
    field = other.locator("div.cell").nth(1).locator("textarea")
    assert field.input_value() == "mine = 1"
    other.get_by_role("button", name="Forget my changes").click()
    assert field.input_value() != "mine = 1"
    other.close()


# Where something is missing.

@pytest.mark.parametrize("file, broken, said", [
    ("runtime/numpy-*", {"status": 404, "body": ""}, "wasm32.whl is missing or damaged"),
    ("runtime/scipy-*", {"body": "no wheel"}, "scipy"),  # loaded when all else is there
    ("runtime/pyodide.asm.wasm", {"body": "no program"}, "asm.wasm is missing or damaged"),
    ("cells.py", {"status": 404, "body": ""}, "cells.py is missing"),
    ("worker.js", {"status": 404, "body": ""}, "worker.js cannot be loaded"),
    ("page.js", {"status": 404, "body": ""}, "could not be started"),
])
def test_a_file_that_is_missing_or_damaged_is_named(browser, site, there, file, broken, said):
    context = browser.new_context()  # one that has fetched nothing yet
    context.route(f"**/python/{file}", lambda route: route.fulfill(**broken))
    page = context.new_page()
    page.goto(f"{site}/{NEEDS_SCIPY}.html")
    page.get_by_role("button", name="Run this page").click()
    told = page.locator(".python-state, .python").filter(has_text=re.compile("has stopped|could not")).last
    told.wait_for(timeout=60_000)
    told = told.inner_text()
    assert said in told and "read as before" in told
    assert page.locator("figure img").first.is_visible()
    context.close()


def test_it_works_where_pages_may_keep_nothing(browser, site, there):
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw Error('no'); } })")
    page.route("**/python/worker.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(f"{site}/{NAME}.html")
    page.get_by_role("button", name="Run this page").click()
    page.get_by_label("Code of Cell 2", exact=True).fill("1 + 1")
    page.get_by_role("button", name="Reset cell, Cell 2").click()
    assert page.get_by_label("Code of Cell 2", exact=True).input_value() != "1 + 1"
    page.close()


@pytest.mark.parametrize("without", ["WebAssembly", "Worker"])
def test_a_browser_that_cannot_run_it_offers_nothing(browser, site, there, without):
    page = browser.new_page()
    page.add_init_script(f"delete globalThis.{without}")
    page.goto(f"{site}/{NAME}.html")
    assert page.locator(".python").inner_text() == ""
    page.close()
