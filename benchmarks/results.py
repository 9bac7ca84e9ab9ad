"""What the benchmarks share: where results go, and what they were measured on."""

import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from tools.book import ROOT
from tools.files import write_whole

RESULTS = ROOT / "mnistlib" / "results"  # in the package, for chapters in Colab
UNKEPT = ROOT / "_build" / "results"


def machine():
    """Processor, cores, and the versions that decide the speed."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), model)
    names = ("numpy", "scipy", "torch", "scikit-learn")
    return {"processor": model, "cores": os.cpu_count(), "python": platform.python_version(),
            **{name: version(name) for name in names}}


def git(*words):
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def changed():
    """The files that differ from the commit, but for results."""
    lines = git("status", "--porcelain").splitlines()
    return [line.split()[-1] for line in lines if "mnistlib/results/" not in line]


def write(name, results):
    """results as mnistlib/results/name.json, with the command, commit and machine that made them.

    Where files differ from the commit, which then did not make them, they go to _build/ instead.
    """
    head = {"command": f"make bench CLAIM={name}", "script": f"benchmarks/{name}.py",
            "commit": git("rev-parse", "--short", "HEAD")}
    text = json.dumps({**head, "machine": machine(), **results}, indent=1, ensure_ascii=False)
    folder = UNKEPT if changed() else RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{name}.json", text + "\n")
    if folder == UNKEPT:
        print(f"not kept, since {', '.join(changed())} differ from the commit: commit, and measure anew")
    print(f"written: {folder / name}.json")
