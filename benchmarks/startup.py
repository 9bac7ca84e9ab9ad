"""What a reader and a maintainer wait for: import, warm load, building the book.

    python -m benchmarks.startup    a minute; writes results/startup.json

Each in a process of its own. The import is compared with NumPy's alone, the load with torchvision's own
reader, which reads the unpacked files and checks nothing. The images take 220 MB, and the system hands out
memory page by page as it is first touched, which takes longer than the rest of the load. So there is a row
for a second load, in memory that the first has touched and the allocator was told to keep.
"""

import os
import subprocess
import sys
from statistics import median
from time import perf_counter

from benchmarks.results import write
from mnistlib import load_mnist
from mnistlib.data import mnist_folder
from tools.book import ROOT

TIMED = """
from time import perf_counter
{before}
start = perf_counter()
{what}
print(perf_counter() - start)
"""
BY_TORCHVISION = """
for train in (True, False):
    pixels = torchvision.datasets.MNIST(root, train).data
    pixels.reshape(-1, 784).float() / 255
"""
TOUCHED = "the same, memory touched"
KEPT = {"MALLOC_MMAP_THRESHOLD_": "1000000000", "MALLOC_TRIM_THRESHOLD_": "1000000000"}  # glibc's
INSIDE = {  # name: (what is done before, what is timed)
    "import numpy": ("", "import numpy"),
    "import mnistlib": ("", "import mnistlib"),
    "warm load_mnist": ("import mnistlib", "mnistlib.load_mnist()"),
    TOUCHED: ("import mnistlib\nmnistlib.load_mnist()", "mnistlib.load_mnist()"),
    "its data by torchvision": ("import torchvision", BY_TORCHVISION),
}


def seconds_inside(before, what, environment):
    command = [sys.executable, "-c", f"root = {mnist_folder()!r}\n" + TIMED.format(before=before, what=what)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True,
                                env={**os.environ, **environment}).stdout)


def seconds_of(*command):
    start = perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return perf_counter() - start


def main():
    load_mnist()  # so that the load is warm
    found = {name: [] for name in INSIDE}
    for _ in range(11):
        for name, parts in INSIDE.items():
            found[name].append(seconds_inside(*parts, KEPT if name == TOUCHED else {}))
    found["make book"] = [seconds_of("make", "book") for _ in range(3)]
    for name, runs in found.items():
        print(f"{name:24s} median {median(runs):6.2f} s ({min(runs):.2f} to {max(runs):.2f}, of {len(runs)})")
    write("startup", {"seconds": found})


if __name__ == "__main__":
    main()
