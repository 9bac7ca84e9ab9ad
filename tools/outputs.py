"""Execute notebooks in place: python -m tools.outputs [chapters/03-*.ipynb ...]

What this writes is what gets committed, so a diff shows only what changed: no timestamps, no
progress bars, no addresses, and outputs that look as before keep their bytes. A notebook is
written when all of its cells have run, or not at all. Needs MNIST: the sample gives other numbers.

Exit codes: 0 all ran, 1 a cell failed, 2 no MNIST or no such notebook.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbtruth.compare import Tolerance, differences, steady

from tools.book import CHAPTERS
from tools.files import write_whole

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as conftest.py does: the order of BLAS sums is the same

TIMEOUT = 1800  # seconds that a cell may take
# Of one run or one editor.
TRANSIENT = ("execution", "ExecuteTime", "papermill", "collapsed", "scrolled", "editable", "slideshow")
SAME = Tolerance(rtol=0, noise=0, image=2)  # less than any change that an author makes on purpose


class ThisInterpreter(AsyncKernelManager):
    """The kernel of the running Python, as in the tests; "python3" may name another one's."""

    @property
    def kernel_spec(self):
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


def execute(nb, folder, say):
    """Run the code cells of nb from the top, working in folder. Changes nb."""
    metadata = nb.metadata.copy()
    NotebookClient(
        nb, kernel_manager_class=ThisInterpreter, timeout=TIMEOUT, record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=lambda cell, cell_index: say(cell_index),
    ).execute(stderr=subprocess.DEVNULL)  # the kernel's own log, not the cells' stderr
    nb.metadata = metadata  # the client adds the version of Python


def tidy(nb, before):
    """Drop what differs from run to run; before : the notebook as it was."""
    if "language_info" in nb.metadata:
        nb.metadata["language_info"] = {"name": "python"}
    for cell, old in zip(nb.cells, before.cells):
        for key in TRANSIENT:
            cell.metadata.pop(key, None)
        if cell.cell_type != "code":
            continue
        if not cell.source.strip():  # the client leaves it as it was
            cell.outputs, cell.execution_count = [], None
        kept = old.outputs if old.outputs == steady(old.outputs) else None
        cell.outputs = steady(cell.outputs)
        if kept is not None and not differences(kept, cell.outputs, SAME):
            cell.outputs = kept


def refresh(path):
    """Execute one notebook and write it back. Returns whether it changed."""
    text = path.read_text(encoding="utf-8")
    nb, before = nbformat.reads(text, as_version=4), nbformat.reads(text, as_version=4)
    start, numbers = time.perf_counter(), {}
    for i, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            numbers[i] = len(numbers) + 1

    def say(i):
        if sys.stdout.isatty():
            seconds = time.perf_counter() - start
            print(f"\r{path.name}: cell {numbers[i]}/{len(numbers)}, {seconds:.0f} s ", end="", flush=True)

    execute(nb, path.parent, say)
    tidy(nb, before)
    result = nbformat.writes(nb, version=4) + "\n"
    changed = result != text
    if changed:
        replace(path, text, result)
    print(f"\r{path.name}: {len(numbers)} cells, {time.perf_counter() - start:.0f} s, "
          + ("changed" if changed else "as before"))
    return changed


def replace(path, text, result):
    """Write result over text, if text is what still stands there."""
    if path.read_text(encoding="utf-8") != text:
        raise RuntimeError(f"{path.name} was edited while it ran; left alone")
    write_whole(path, result)


def why_not():
    """Why notebooks cannot be executed for committing, or None."""
    from mnistlib import DataUnavailableError, load_mnist
    from mnistlib.data import sample_wanted

    if sample_wanted():
        return "MNISTLIB_SAMPLE is set: unset it, committed outputs come from MNIST"
    try:
        load_mnist()
    except DataUnavailableError as error:
        return f"committed outputs come from MNIST, and there is {error}"
    return None


def main(names):
    paths = [Path(name).resolve() for name in names] or CHAPTERS
    lacking = [f"no such notebook: {path}" for path in paths if not path.is_file()] or [why_not()]
    if any(lacking):
        print(*lacking, sep="\n", file=sys.stderr)
        return 2
    changed, failed = [], []
    for path in paths:
        try:
            changed += [path.name] * refresh(path)
        except (CellExecutionError, RuntimeError, OSError, ValueError) as error:  # on to the next notebook
            failed.append(path.name)
            print(f"\n{path.name}: FAILED, left as it was\n{error}", file=sys.stderr)
    print(f"{len(paths)} notebooks: changed {', '.join(changed) or 'none'}; "
          f"failed {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
