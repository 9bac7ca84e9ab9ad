"""The convolutional network: how fast, how good, and how its recipes were chosen. Four parts, each alone:

    python -m benchmarks.convolution speed      a step and a forward pass beside PyTorch; three minutes
    python -m benchmarks.convolution time       seconds to train one network for each goal; ten minutes
    python -m benchmarks.convolution accuracy   three seeds for each goal, a committee of five; 40 minutes
    python -m benchmarks.convolution search     the recipes, tried on a validation split; half an hour

Each part replaces its own in results/convolution.json, with the commit and the machine it comes from.
The networks of "accuracy" and "search" are kept in _build/convolution/ as they are done, so that a run that
was stopped goes on; empty that folder when the engine has changed. Accuracies need no idle machine; times
do, and stand in "speed" and "time" only.
"""

import json
import os
import subprocess
import sys
from statistics import median
from time import perf_counter

import numpy as np
from scipy.special import softmax

from benchmarks.results import RESULTS, git, machine, write
from mnistlib import FastConvNet, Warps, accuracy, load_mnist
from mnistlib.training import epochs
from tools.book import ROOT

BASE = {"channels": [16, 32], "hidden": 128, "learning_rate": 0.05, "batch": 100, "momentum": 0.9,
        "warps": 2000}
RECIPES = {  # goal in %: as BASE, but for
    99.0: {**BASE, "epochs": 3},
    99.55: {**BASE, "epochs": 30},
    99.65: {**BASE, "epochs": 90},
}
SEEDS, COMMITTEE = (0, 1, 2), (0, 1, 2, 3, 4)
SEARCH = {  # on 50,000 training digits, judged by the other 10,000; ten epochs, but for
    "base": {},
    "rate 0.1": {"learning_rate": 0.1},
    "twice the channels": {"channels": [32, 64]},
    "distorted by 1.3": {"strength": 1.3},
    "distorted by three quarters": {"strength": 0.75},
    "twice the hidden units": {"hidden": 256},
    "decay 1e-4": {"decay": 1e-4},
    "batch 50": {"batch": 50},
    "rate 0.02": {"learning_rate": 0.02},
    "distorted half as much": {"strength": 0.5},
    "no distortion": {"warps": 0},
}
WARP = {"shift": 1.5, "rotate": 10.0, "scale": 0.12, "shear": 0.15, "elastic": 18.0}
BATCHES, REPEATS = (32, 100, 500), 5
KEPT = ROOT / "_build" / "convolution"


# Speed. Each contestant runs in a process of its own, and they take turns.

def contestant(name, batch):
    """In the child: seconds of a step and of a forward pass, and the loss after all the steps."""
    rng = np.random.default_rng(0)
    X, y = rng.random((batch, 784)).astype(np.float32), rng.integers(0, 10, batch)
    step, forward = {"ours": ours, "PyTorch": in_pytorch, "limit": limit}[name](X, y)
    count = max(10, 6000 // batch)
    found = {}
    for part, work in (("step", step), ("forward", forward)):
        for _ in range(5):
            work()
        start = perf_counter()
        for _ in range(count):
            result = work()
        found[part] = (perf_counter() - start) / count
        if part == "step":
            found["loss"] = result
    print(json.dumps(found))


def ours(X, y):
    net = FastConvNet(rng=0)
    return lambda: float(net.step(X, y, 0.01, momentum=0.9)), lambda: net.scores(X)


def in_pytorch(X, y):
    import torch

    from mnistlib.distributed import to_pytorch

    net, loss_of = to_pytorch(FastConvNet(rng=0)), torch.nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    X, y = torch.from_numpy(X), torch.from_numpy(y)

    def step():
        optimiser.zero_grad()
        loss = loss_of(net(X), y)
        loss.backward()
        optimiser.step()
        return loss.item()

    def forward():
        with torch.inference_mode():
            net(X)

    return step, forward


def limit(X, y):
    """As many multiplications as the network needs, in square products, which are the fastest there are."""
    forward = len(X) * (576 * 25 * 16 + 64 * 400 * 32 + 512 * 128 + 128 * 10)
    step = 3 * forward - len(X) * 576 * 25 * 16  # the pixels need no slope
    A, B, C = np.random.default_rng(0).random((3, 512, 512)).astype(np.float32)

    def products(count):
        def work():
            for _ in range(max(1, round(count / 512**3))):
                np.matmul(A, B, out=C)

        return work

    return products(step), products(forward)


def speed():
    """Rows of {batch, threads, found: {name: {step, forward, loss: a number for each repeat}}}."""
    rows = []
    for batch in BATCHES:
        for threads in ("as shipped", "one"):
            environment = {key: value for key, value in os.environ.items() if "NUM_THREADS" not in key}
            if threads == "one":
                environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            found = {}
            for _ in range(REPEATS):
                for name in ("ours", "PyTorch", "limit"):
                    command = [sys.executable, "-m", "benchmarks.convolution", "contestant", name, str(batch)]
                    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True,
                                          check=True).stdout
                    for key, value in json.loads(said).items():
                        found.setdefault(name, {}).setdefault(key, []).append(value)
            rows.append({"batch": batch, "threads": threads, "found": found})
            report(rows[-1])
    return {"rows": rows}


def report(row):
    middle = {name: {key: median(row["found"][name][key]) for key in ("step", "forward")}
              for name in row["found"]}
    for part in ("step", "forward"):
        one = {name: 1000 * values[part] for name, values in middle.items()}
        print(f"batch {row['batch']:3d}, threads {row['threads']:10s}, {part:7s}: ours {one['ours']:.2f} ms, "
              f"PyTorch {one['PyTorch']:.2f} ms (ratio {one['ours'] / one['PyTorch']:.2f}), "
              f"limit {one['limit']:.2f} ms (share {one['limit'] / one['ours']:.0%})", flush=True)


# Accuracy.

def train(recipe, seed, X, y):
    """(the network, seconds for everything but loading, losses of the epochs)."""
    options = dict(recipe)
    channels, hidden, count = (options.pop(name) for name in ("channels", "hidden", "epochs"))
    warps, strength = options.pop("warps"), options.pop("strength", 1.0)
    start = perf_counter()
    rng = np.random.default_rng(seed)
    net = FastConvNet(channels, hidden, rng=rng)
    distort = Warps(warps, rng, **{name: strength * value for name, value in WARP.items()}) if warps else None
    losses = [epoch.loss for epoch in epochs(net, X, y, count, rng=seed, distort=distort, **options)]
    return net, perf_counter() - start, losses[1:]


def kept_scores(name, recipe, seed, data, X_check):
    """The scores for X_check of this recipe's network: from the folder, or trained and put there."""
    file = KEPT / f"{name}-{seed}.npz"
    said = json.dumps({**recipe, "rows": len(data[0])}, sort_keys=True)
    if file.exists():
        with np.load(file, allow_pickle=False) as stored:
            if str(stored["recipe"]) == said:
                return stored["scores"]
    scores = train(recipe, seed, *data)[0].scores(X_check)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, scores=scores, recipe=said)
    return scores


def measure_accuracy(digits):
    rows = []
    for goal, recipe in RECIPES.items():
        seeds = COMMITTEE if goal == max(RECIPES) else SEEDS
        scores = [kept_scores(f"test-{goal}", recipe, seed, (digits.X_train, digits.y_train), digits.X_test)
                  for seed in seeds]
        found = [100 * accuracy(one, digits.y_test) for one in scores]
        print(f"{goal:.2f} %: median of three {median(found[:3]):.2f} % ({found})", flush=True)
        rows.append({"goal": goal, "recipe": recipe, "seeds": list(seeds), "accuracy": found})
    together = np.mean([softmax(one, axis=1) for one in scores], axis=0)
    voted = 100 * accuracy(together, digits.y_test)
    print(f"committee of {len(COMMITTEE)}: {voted:.2f} %")
    return {"goals": rows, "committee": voted}


def measure_time(digits):
    rows = []
    for goal, recipe in RECIPES.items():
        net, seconds, losses = train(recipe, SEEDS[0], digits.X_train, digits.y_train)
        reached = 100 * accuracy(net.scores(digits.X_test), digits.y_test)
        print(f"{goal:.2f} %: {seconds:.0f} s, {reached:.2f} %", flush=True)
        rows.append({"goal": goal, "seconds": seconds, "accuracy": reached, "loss": losses})
    return {"goals": rows}


def search(digits):
    X, X_check = np.split(digits.X_train, [50_000])
    y, y_check = np.split(digits.y_train, [50_000])
    found = {}
    for seed in SEEDS:
        for name, change in SEARCH.items():
            recipe = {**BASE, "epochs": 10, **change}
            scores = kept_scores(f"search-{name.replace(' ', '-')}", recipe, seed, (X, y), X_check)
            found.setdefault(name, {"recipe": recipe, "accuracy": []})["accuracy"].append(
                100 * accuracy(scores, y_check))
            print(f"seed {seed}, {name:28s} {found[name]['accuracy'][-1]:.2f} %", flush=True)
    return {"seeds": list(SEEDS), "tried": found}


def main(arguments):
    if arguments[:1] == ["contestant"]:
        return contestant(arguments[1], int(arguments[2]))
    digits = None
    for part in arguments or ("speed", "time", "accuracy", "search"):
        if part != "speed" and digits is None:
            digits = load_mnist()
        work = {"time": measure_time, "accuracy": measure_accuracy, "search": search}
        found = speed() if part == "speed" else work[part](digits)
        file = RESULTS / "convolution.json"
        before = json.loads(file.read_text()) if file.exists() else {}
        parts = {name: before[name] for name in ("speed", "time", "accuracy", "search") if name in before}
        parts[part] = {"commit": git("rev-parse", "--short", "HEAD"), "machine": machine(), **found}
        write("convolution", parts)


if __name__ == "__main__":
    main(sys.argv[1:])
