"""How much of its tolerances does each cell need? Measured, so that none has to be guessed.

    python -m tools.slack [chapters/03-*.ipynb ...]            an hour and a half for all of them
    python -m tools.slack --write [chapters/03-*.ipynb ...]    puts what was measured into the tags

Every chapter is run as on four processors, from one without AVX to one with AVX-512, and with one and two
threads: all of these add up in another order. What a cell needs is the smallest factor with which its
tolerances, all scaled by it and none below the default, let all eight runs agree with what is committed. From
1/3 to 1 is right, if no tag can be spared. In place of what is not right the tool proposes

- no tag where the defaults are enough,
- rtol alone where it may then be at most 5 %,
- else the cell's own tags, scaled to twice what they need and rounded to one digit, without those that the
  others make superfluous.

Needs MNIST, and a processor of the x86 family.

Exit codes: 0 all tags are right, 1 some are not, or an untagged cell needs one, 2 no MNIST.
"""

import argparse
import math
import os
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
from nbtruth.compare import DEFAULT, differences
from nbtruth.validator import LIMITS, read_tags

from tools.book import CHAPTERS
from tools.files import write_whole
from tools.outputs import execute, why_not

FOUND = np.show_config(mode="dicts")["SIMD Extensions"]["found"]  # by NumPy, on this processor
# OpenBLAS's kernels, and what PyTorch may use beside them; NumPy uses all or nothing.
KERNELS = {"Prescott": "default", "Sandybridge": "default", "Haswell": "avx2", "SkylakeX": "avx512"}
ALLOWED = 3  # times what is needed
SPARE = 0.75  # of the others that must be enough where a tag is dropped
MODEST = 0.05  # an rtol that is better than two tags


def runs(path):
    """Notebooks: this one, run as on other processors."""
    for kernel, torch in KERNELS.items():
        if kernel == "SkylakeX" and not any("AVX512" in name for name in FOUND):
            continue
        for threads in ("1", "2"):
            os.environ |= {
                "OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads,
                "ATEN_CPU_CAPABILITY": torch,
                "NPY_DISABLE_CPU_FEATURES": " ".join(FOUND) if torch == "default" else ""}
            nb = nbformat.read(path, as_version=4)
            execute(nb, path.parent, lambda place: None)
            yield nb


def tolerances(cell):
    """{"rtol": 0.02, ...} as the cell's tags have it."""
    pairs = (tag.partition("=") for tag in cell.metadata.get("tags", []))
    names = {name.removesuffix("-tol"): value for name, _, value in pairs}
    return {name: float(names[name]) for name in LIMITS if name in names}


def agree(committed, others, base, wanted, factor=1.0):
    """Whether all outputs agree if the wanted tolerances are scaled; base : Tolerance of all others."""
    scaled = {name: max(getattr(DEFAULT, name), factor * value) for name, value in wanted.items()}
    return not any(differences(committed, other, replace(base, **scaled)) for other in others)


def needed(committed, others, base, wanted):
    """The smallest factor, within 5 %, with which the outputs agree: 0 with the defaults, inf with none."""
    high = min((LIMITS[name] / value for name, value in wanted.items()), default=0.0)
    if agree(committed, others, base, wanted, 0.0):
        return 0.0
    if not agree(committed, others, base, wanted, high):
        return math.inf
    low = high * 1e-12
    while high > 1.05 * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if agree(committed, others, base, wanted, middle) else (middle, high)
    return high


def superfluous(outputs, tags):
    """The name of a tag that the others make superfluous, or None."""
    for name in tags if len(tags) > 1 else ():
        if agree(*outputs, {other: tags[other] for other in tags if other != name}, SPARE):
            return name
    return None


def twice(value, name):
    """Twice the value, in one digit."""
    return min(float(f"{2 * value:.0e}"), LIMITS[name])


def proposed(outputs, tags):
    """Tags in place of these, as the module's first lines say; outputs : (committed, others, base)."""
    rtol = needed(*outputs, {"rtol": 1.0})
    if rtol == 0:
        return {}
    if twice(rtol, "rtol") <= MODEST:
        return {"rtol": twice(rtol, "rtol")}
    factor = needed(*outputs, tags)
    if math.isinf(factor):
        return tags
    tags = {name: twice(factor * value, name) for name, value in tags.items()}
    while name := superfluous(outputs, tags):
        del tags[name]
    return tags


def judge(cell, others):
    """(the cell's tolerances, the factor that they need, better ones); others : outputs of its other runs."""
    base = replace(DEFAULT, hidden=read_tags(cell.metadata.get("tags", []))[0].hidden)
    outputs, tags = (cell.outputs, others, base), tolerances(cell)
    own = tags or {"rtol": DEFAULT.rtol, "image": DEFAULT.image}
    factor = needed(*outputs, own)
    if (1 / ALLOWED <= factor <= 1 and not superfluous(outputs, tags)) or not (tags or factor):
        return tags, factor, tags
    return tags, factor, proposed(outputs, own)


def in_words(tags):
    return [f"{'image-tol' if name == 'image' else name}={value:g}" for name, value in tags.items()]


def tag(cell, tags):
    """Give the cell these tolerances in place of its own."""
    others = [tag for tag in cell.metadata.get("tags", [])
              if tag.partition("=")[0] not in ("rtol", "atol", "image-tol")]
    cell.metadata["tags"] = others + in_words(tags)


def measure(path, write):
    """Judge a chapter's cells, and say what is not right. Returns whether all is."""
    nb, others, good = nbformat.read(path, as_version=4), list(runs(path)), True
    for i, cell in enumerate(nb.cells):
        if cell.cell_type != "code" or read_tags(cell.metadata.get("tags", []))[1]:
            continue
        tags, factor, better = judge(cell, [other.cells[i].outputs for other in others])
        right = better == tags and factor <= 1
        if tags or not right:
            good &= right
            instead = "" if right else f", better: {' '.join(in_words(better)) or 'no tag'}"
            instead = ", no tolerance helps" if math.isinf(factor) else instead
            print(f"{path.stem[:2]} {cell.id:12s} {' '.join(in_words(tags)) or 'no tag':24s} "
                  f"needs {factor:4.2f} of it{instead}", flush=True)
        if write and better != tags:
            tag(cell, better)
    if good:
        print(f"{path.stem[:2]}: all tolerances are right", flush=True)
    if write:
        write_whole(path, nbformat.writes(nb, version=4) + "\n")
    return good


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("chapters", nargs="*", type=Path, default=CHAPTERS)
    parser.add_argument("--write", action="store_true", help="put what was measured into the tags")
    options = parser.parse_args(arguments)
    if why_not():
        print(why_not(), file=sys.stderr)
        return 2
    verdicts = [measure(path, options.write) for path in options.chapters]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
