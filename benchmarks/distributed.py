"""One process or two: seconds an epoch of mnistlib.distributed, by torchrun.

    python -m benchmarks.distributed    some minutes; writes results/distributed.json

The machine has as many cores as before: one process may use all of them, two share them. So this measures
what the talk between the processes costs, not what another machine would bring.
"""

import os
import re
import subprocess
import sys
from statistics import median

from benchmarks.results import write

SIZES = [(100, 100), (100, 1000), (800, 100), (800, 1000)]  # hidden nodes, rows of a minibatch
EPOCHS = 4  # the first is to warm up


def seconds_of_epochs(processes, hidden, batch):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}",
               "-m", "mnistlib.distributed", f"--epochs={EPOCHS}", f"--hidden={hidden}", f"--batch={batch}"]
    environment = {**os.environ, "OMP_NUM_THREADS": str(max(1, os.cpu_count() // processes))}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return [float(one) for one in re.findall(r"([\d.]+) s$", done.stdout, re.MULTILINE)][1:]


def main():
    rows = []
    for hidden, batch in SIZES:
        seconds = {str(processes): seconds_of_epochs(processes, hidden, batch) for processes in (1, 2)}
        one, two = (median(runs) for runs in seconds.values())
        print(f"{hidden} hidden, minibatch {batch}: 1 process {one:.2f} s, 2 processes {two:.2f} s, "
              f"ratio {two / one:.2f}", flush=True)
        rows.append({"hidden": hidden, "batch": batch, "seconds": seconds})
    write("distributed", {"sizes": rows})


if __name__ == "__main__":
    main()
