"""Contestants in processes of their own, which take turns: one runs while the others wait at a pipe.

So none shares a process, and its pool of threads, with another; and a machine that slows down slows all.
"""

import json
import os
import subprocess
import sys
import time
from statistics import median

from tools.book import ROOT

THREADS = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"


class Contestant:
    """A child process: `python -m benchmarks.SCRIPT contestant NAME`, which calls `serve`."""

    def __init__(self, script, name, one_thread=False):
        environment = {key: value for key, value in os.environ.items() if key not in THREADS}
        environment.update(dict.fromkeys(THREADS, "1") if one_thread else {})
        self.process = subprocess.Popen([sys.executable, "-m", f"benchmarks.{script}", "contestant", name],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
                                        env=environment)

    def prepare(self, **task):
        """Get ready for a task, as `serve`'s `prepare` does."""
        self._ask(task)

    def turn(self):
        """{"seconds": ..., "result": ...}, or {"failed": why}."""
        time.sleep(0.02)  # until the threads of the one before have stopped looking for more work
        return self._ask(None)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def _ask(self, request):
        print(json.dumps(request), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self.process.args)} ended with {self.process.wait()}")
        return json.loads(line)


def serve(prepare):
    """What a child does: each request is a task, or None for a turn at the last one.

    prepare : takes a task's words, returns a function whose calls are timed
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed goes to stderr
    turn = None
    for line in sys.stdin:
        task, answer = json.loads(line), {}
        try:
            if task is None:
                start = time.perf_counter()
                result = turn()
                answer = {"seconds": time.perf_counter() - start, "result": result}
            else:
                turn = prepare(**task)
        except Exception as error:  # of whatever kind: the parent decides what it means
            answer = {"failed": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers, flush=True)


def take_turns(contestants, task, turns):
    """{name: {"seconds": [...], "result": of the first turn} or {"failed": why}}. The first turn warms up."""
    found = {}
    for name, one in contestants.items():
        one.prepare(**task)
        first = one.turn()
        found[name] = first if "failed" in first else {"seconds": [], "result": first["result"]}
    for _ in range(turns):
        for name, one in contestants.items():
            if "failed" not in found[name]:
                found[name]["seconds"].append(one.turn()["seconds"])
    return found


def ratios(found, ours, theirs):
    """[lowest, median, highest] of the ratios of their times, turn by turn."""
    pairs = zip(found[ours]["seconds"], found[theirs]["seconds"], strict=True)
    each = [one / other for one, other in pairs]
    return [min(each), median(each), max(each)]
