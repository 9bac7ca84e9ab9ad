"""What the benchmarks share: where results go, and what they were measured on."""

import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "mnistlib" / "results"  # in the package, for chapters in Colab


def machine():
    """Processor, cores, and the versions that decide the speed."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), model)
    names = ("numpy", "scipy", "torch", "scikit-learn")
    return {"processor": model, "cores": os.cpu_count(), "python": platform.python_version(),
            **{name: version(name) for name in names}}


def write(name, results):
    """results as mnistlib/results/name.json, with the command that made them."""
    RESULTS.mkdir(exist_ok=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout
    head = {"command": f"make bench CLAIM={name}", "commit": commit.strip()}
    text = json.dumps({**head, "machine": machine(), **results}, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"written: mnistlib/results/{name}.json")
