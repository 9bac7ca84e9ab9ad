"""How much of its tolerances does each cell need? Measured, so that none has to be guessed.

    python -m tools.slack [chapters/03-*.ipynb ...]            half an hour for all of them
    python -m tools.slack --write [chapters/03-*.ipynb ...]    puts what was measured into the tags

Every chapter is run with two of OpenBLAS's kernels and with one and two threads, which add up in another
order, as another processor does. What of a cell's rtol, atol and image-tol the worst of the four runs needs
is the measure; a tag may be three times that, or the default. Needs MNIST.

Exit codes: 0 no tag is wider, 1 some are, or too narrow, 2 no MNIST.
"""

import argparse
import math
import os
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
from nbtruth.compare import DEFAULT, differences
from nbtruth.validator import LIMITS, read_tags

from tools.book import CHAPTERS
from tools.files import write_whole
from tools.outputs import execute, why_not

RUNS = [(kernel, threads) for kernel in ("Haswell", "Sandybridge") for threads in ("1", "2")]
ALLOWED = 3  # times what was needed


def tags_of(cell):
    """{"rtol": (the tag, its value), ...} of a cell's tolerances."""
    found = {}
    for tag in cell.metadata.get("tags", []):
        name, _, value = tag.partition("=")
        if value and name.removesuffix("-tol") in LIMITS:
            found[name.removesuffix("-tol")] = tag, float(value)
    return found


def needed(expected, actual, tolerance, name):
    """The smallest value of one tolerance, within 5 %, that lets the outputs agree; None if none does."""
    def agree(value):
        return not differences(expected, actual, replace(tolerance, **{name: value}))

    low, high = 0.0, LIMITS[name]
    if agree(low):
        return 0.0
    if not agree(high):
        return None
    low = high * 1e-12
    while high > 1.05 * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if agree(middle) else (middle, high)
    return high


def measured(path):
    """{(cell's place, name of its tolerance): the most that a run needed}, and the notebook."""
    committed, worst = nbformat.read(path, as_version=4), {}
    for kernel, threads in RUNS:
        os.environ |= {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": threads,
                       "OMP_NUM_THREADS": threads}
        run = nbformat.read(path, as_version=4)
        execute(run, path.parent, lambda place: None)
        for i, (old, new) in enumerate(zip(committed.cells, run.cells)):
            tolerance, run_only, _ = read_tags(old.metadata.get("tags", []))
            for name in tags_of(old) if not run_only else ():
                found = needed(old.outputs, new.outputs, tolerance, name)
                before = worst.get((i, name), 0.0)
                worst[i, name] = math.inf if found is None else max(before, found)
    return worst, committed


def proposed(found, name):
    """A round value of twice what was needed; None where the default is enough."""
    if found <= getattr(DEFAULT, name):
        return None
    digit = 10.0 ** math.floor(math.log10(2 * found))
    return min(math.ceil(2 * found / digit) * digit, LIMITS[name])


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("chapters", nargs="*", type=Path, default=CHAPTERS)
    parser.add_argument("--write", action="store_true", help="put what was measured into the tags")
    options = parser.parse_args(arguments)
    if why_not():
        print(why_not(), file=sys.stderr)
        return 2
    good = True
    for path in options.chapters:
        worst, nb = measured(path)
        for (i, name), found in worst.items():
            tag, value = tags_of(nb.cells[i])[name]
            new = proposed(found, name) if math.isfinite(found) else value
            right = found <= value <= ALLOWED * found if new else False
            good &= right
            instead = "" if right else f", better {f'{new:g}' if new else 'no tag'}"
            print(f"{path.stem[:2]} {nb.cells[i].id:12s} {tag:16s} needed {found:8.2g}{instead}", flush=True)
            if options.write and not right:
                tags = nb.cells[i].metadata.tags
                tags[tags.index(tag):tags.index(tag) + 1] = [f"{tag.partition('=')[0]}={new:g}"] * bool(new)
        if options.write:
            write_whole(path, nbformat.writes(nb, version=4) + "\n")
    return 0 if good or options.write else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
