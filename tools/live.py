"""Every chapter that runs in its page, run there: a second platform computes this book.

    python -m tools.live [--engine firefox] [03 08 ...]

Takes the built pages, opens them in Chromium, and runs all cells by the pages' own Python: another
processor (WebAssembly, of 32 bits), older versions of NumPy and matplotlib. Cells whose output does not
depend on MNIST must give what is committed, by nbtruth's rules; pictures are compared by their size, since
another version of matplotlib draws letters elsewhere, and must not be blank. All others must run.

The engine is the machine's own Chromium; `firefox` and `webkit` are Playwright's (`playwright install`).
Exit codes: 0 all is so, 1 something is not, 2 no pages, no Python in those asked for, or no Chromium.
"""

import argparse
import base64
import io
import json
import sys
from collections import Counter

from nbformat import from_dict
from nbtruth.compare import differences
from nbtruth.validator import read_tags
from PIL import Image

from tools.book import CHAPTERS, ROOT, read
from tools.browser import CHROMIUM, launch, serve

START = """async () => {
    const place = document.querySelector("[data-python]");
    const { start } = await import(new URL("../_static/python/page.js", location));
    window.python = await start(place, JSON.parse(place.dataset.python));
}"""
PLACE = " data-python="  # in a page that can run
STATE = "python.session.state"
READY = "() => python.session.state !== 'loading'"
RUN = "() => python.runAll()"
DONE = "() => python.session.state !== 'running'"
GIVEN = """() => python.cells.filter((one) => !one.own)
    .map(({ how, messages = [], seconds = 0 }) => [how, messages, seconds])"""
PICTURE = "image/png"
NEAR = 2  # pixels by which another matplotlib may make a picture larger or smaller
# WebAssembly has no flags for an overflow of floating-point numbers: NumPy cannot warn of it.
SILENT, WHY_SILENT = "overflow encountered", "WebAssembly does not notice an overflow"
LIMITS = {"cell": 20, "chapter": 90}  # seconds, on a quiet machine


def live(page, timeout=600):
    """Run all cells of an opened page. Returns [(how it ended, its outputs, seconds), ...]."""
    page.set_default_timeout(1000 * timeout)
    page.evaluate(START)
    page.wait_for_function(READY)
    if page.evaluate(STATE) == "ready":
        page.evaluate(RUN)
        page.wait_for_function(DONE)
    if page.evaluate(STATE) != "ready":
        raise RuntimeError(page.locator(".python-state").inner_text())
    return page.evaluate(GIVEN)


def compared(path, given):
    """What came of a chapter: (Counter of what was done with its cells, [what differs, ...])."""
    cells = [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"
             and "remove-cell" not in cell["metadata"].get("tags", [])]
    if len(cells) != len(given):
        return Counter(), [f"{path.stem}: {len(given)} cells in the page instead of {len(cells)}"]
    counts, wrong = Counter(), []
    for cell, (how, messages, _) in zip(cells, given):
        tags = cell["metadata"].get("tags", [])
        actual = [from_dict({key: value for key, value in one.items() if key != "kind"})
                  for one in messages if one["kind"] == "output"]
        if (how == "ok") == ("raises-exception" in tags):
            what = next(("\n".join(one.traceback) for one in actual if one.output_type == "error"), how)
            wrong.append(f"{path.stem}, In [{cell['execution_count']}]: {what}")
            continue
        tolerance, reason, _ = read_tags(tags)
        digits = "mnist" in tags
        if digits or reason:
            counts["depend on MNIST" if digits else reason] += 1
            continue
        expected = committed(cell)
        if any(SILENT in one.get("text", "") for one in expected):
            counts[WHY_SILENT] += 1
            continue
        pictures, faults = exchange_pictures(expected, actual)
        counts["pictures"] += pictures
        counts["compared"] += 1
        faults += [words for words, _ in differences(expected, actual, tolerance)]
        wrong += [f"{path.stem}, In [{cell['execution_count']}]: {words}" for words in faults]
    return counts, wrong


def committed(cell):
    """A cell's outputs as nbformat has them, each text in one piece."""
    outputs = [from_dict(one) for one in cell["outputs"]]
    for one in outputs:
        for holder, key in [(one, "text"), *((one.get("data", {}), kind) for kind in one.get("data", {}))]:
            if isinstance(holder.get(key), list):
                holder[key] = "".join(holder[key])
    return outputs


def exchange_pictures(expected, actual):
    """Put the committed pictures in place of those that have their size and are not blank.

    returns  (how many, what is wrong with others)
    """
    pairs = [(old.data, new.data) for old, new in zip(expected, actual)
             if PICTURE in old.get("data", {}) and PICTURE in new.get("data", {})]
    faults = []
    for old, new in pairs:
        was, now = (Image.open(io.BytesIO(base64.b64decode(data[PICTURE]))) for data in (old, new))
        if any(abs(a - b) > NEAR for a, b in zip(was.size, now.size)):
            faults.append(f"a picture of {was.size} pixels became one of {now.size}")
        elif len(now.convert("L").getcolors(256)) < 8:
            faults.append("a picture is blank")
        new.update(old)
    return len(pairs), faults


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["chromium", "firefox", "webkit"], default="chromium")
    parser.add_argument("numbers", nargs="*")
    chosen = parser.parse_args(arguments)
    pages = ROOT / "_build" / "html"
    lacking = chosen.engine == "chromium" and not CHROMIUM
    if lacking or not (pages / "_static" / "python" / "runtime").is_dir():
        print("There is no Chromium, or no Python in _build/html: make book", file=sys.stderr)
        return 2
    paths = [path for path in CHAPTERS if path.stem.startswith(tuple(chosen.numbers or [""]))
             and PLACE in (pages / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8")]
    if not paths:
        print(f"No such chapter runs in its page: {' '.join(chosen.numbers)}", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    counts, wrong, slow = Counter(), [], []
    with serve(pages) as address, sync_playwright() as playwright:
        browser = launch(playwright, chosen.engine)
        for path in paths:
            page = browser.new_page()
            page.goto(f"{address}/chapters/{path.stem}.html")
            given = live(page)
            done, found = compared(path, given)
            seconds = [one[2] for one in given]
            print(f"{path.stem}: {json.dumps(done)}, {sum(seconds):.0f} s, the slowest cell "
                  f"{max(seconds):.0f} s", *found, sep="\n  ", flush=True)
            counts += done
            counts["chapters"] += 1
            wrong += found
            slow += [path.stem] * (max(seconds) > LIMITS["cell"] or sum(seconds) > LIMITS["chapter"])
            page.close()
        browser.close()
    print(summary(counts, wrong), *([f"too slow: {', '.join(slow)}"] if slow else []), sep="\n")
    return 1 if wrong or not counts["compared"] else 0


def summary(counts, wrong):
    counts = counts.copy()
    chapters, cells, pictures = (counts.pop(name, 0) for name in ("chapters", "compared", "pictures"))
    others = ", ".join(f"{n} {reason}" for reason, n in sorted(counts.items()))
    return (f"in the pages: {chapters} chapters, {cells} cells compared ({pictures} pictures by their size), "
            f"{sum(counts.values())} run only ({others}), {len(wrong)} failed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
