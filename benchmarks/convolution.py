"""The convolutional network: how fast, how good, and how its recipes were chosen. Four parts, each alone:

    python -m benchmarks.convolution speed      a step and a forward pass beside PyTorch; four minutes
    python -m benchmarks.convolution search     the recipes, tried on a validation split; 50 minutes
    python -m benchmarks.convolution accuracy   three seeds for each goal, committees of five; 40 minutes
    python -m benchmarks.convolution time       seconds to train one network for each goal; 8 minutes

Each part replaces its own in results/convolution.json, with the commit and the machine it comes from.
Accuracies need no idle machine; times do, and stand in "speed" and "time" only. What "search" and "accuracy"
have trained is kept in _build/convolution/, so that a run that was stopped goes on: empty that folder when
the engine has changed.
"""

import json
import sys
from hashlib import sha256
from statistics import mean, median
from time import perf_counter

import numpy as np

from benchmarks.accuracy import committee
from benchmarks.contest import Contestant, ratios, serve, take_turns
from benchmarks.recipes import processes, trained, validation_split
from benchmarks.results import RESULTS, git, machine, write
from benchmarks.search import STRENGTHS
from mnistlib import FastConvNet, accuracy, load_mnist
from tools.book import ROOT

BASE = {"channels": [16, 32], "hidden": 128, "learning_rate": 0.05, "batch": 100, "momentum": 0.9,
        "warps": 2000}


def distorted(factor):
    return {"warp": {name: factor * value for name, value in STRENGTHS.items()}}


AS_IT_IS, TOGETHER = "as it is", "all that were better"
CHANGES = {
    AS_IT_IS: {},
    "learning rate doubled": {"learning_rate": 0.1},
    "learning rate halved": {"learning_rate": 0.025},
    "batch halved": {"batch": 50},
    "distortions × 0.75": distorted(0.75),
    "distortions × 1.25": distorted(1.25),
    "no distortions": {"warps": 0},
    "weight decay": {"decay": 1e-4},
}
SHORT = 10  # epochs, in the search
EPOCHS = {99.0: 2, 99.55: 12, 99.65: 42}  # for each goal in %: what fits into 30 s, 3 and 10 minutes
LONGEST = max(EPOCHS.values())
FACTORS = (0.75, 1.0, 1.25)  # of the distortions, tried once more for the longest
TRYING, SEEDS, COMMITTEE = (10, 11), (0, 1, 2), (0, 1, 2, 3, 4)
BATCHES, TURNS = (32, 100, 500), 7
NAMES = "ours", "PyTorch", "limit"
KEPT = ROOT / "_build" / "convolution"


# Speed.

def calls(batch):
    """How many steps, or forward passes, a turn takes."""
    return max(6, 3000 // batch)


def contestant(name):
    def prepare(batch, part):
        rng = np.random.default_rng(0)
        X, y = rng.random((batch, 784)).astype(np.float32), rng.integers(0, 10, batch)
        if name == "limit":
            return limit(batch, part)
        work = {"ours": ours, "PyTorch": in_pytorch}[name](X, y)[part]
        return lambda: [work() for _ in range(calls(batch))][-1]

    return prepare


def ours(X, y):
    net = FastConvNet(rng=0)
    return {"step": lambda: float(net.step(X, y, 0.01, momentum=0.9)),
            "forward": lambda: float(net.scores(X)[0, 0])}


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
            return net(X)[0, 0].item()

    return {"step": step, "forward": forward}


def limit(batch, part):
    """As many multiplications as the network needs, in square products, which are the fastest there are."""
    pictures = calls(batch) * batch
    needed = pictures * (576 * 25 * 16 + 64 * 400 * 32 + 512 * 128 + 128 * 10)
    if part == "step":
        needed = 3 * needed - pictures * 576 * 25 * 16  # the pixels need no slope
    A, B, C = np.random.default_rng(0).random((3, 512, 512)).astype(np.float32)

    def turn():
        for _ in range(round(needed / 512**3)):
            np.matmul(A, B, out=C)

    return turn


def speed(_):
    """Rows of {threads, batch, part, found: {name: {seconds: of each turn, result: of the first}}, ...}."""
    rows = []
    for threads in ("as shipped", "one"):
        contestants = {name: Contestant("convolution", name, one_thread=threads == "one") for name in NAMES}
        for batch in BATCHES:
            for part in ("step", "forward"):
                found = take_turns(contestants, {"batch": batch, "part": part}, TURNS)
                row = {"threads": threads, "batch": batch, "part": part, "count": calls(batch),
                       "found": found, "ratio": ratios(found, "ours", "PyTorch"),
                       "share": ratios(found, "limit", "ours")}
                one, other = (1000 * median(found[name]["seconds"]) / row["count"] for name in NAMES[:2])
                print(f"threads {threads:10s}, batch {batch:3d}, {part:7s}: ours {one:.2f} ms, PyTorch "
                      f"{other:.2f} ms, ratio {row['ratio'][1]:.2f} ({row['ratio'][0]:.2f} to "
                      f"{row['ratio'][2]:.2f}), share of the limit {row['share'][1]:.0%}", flush=True)
                rows.append(row)
        for one in contestants.values():
            one.close()
    return {"rows": rows}


# Accuracy.

def scores_of(split, recipe, seed):
    """The scores of this recipe's network for the digits that judge it: kept, or trained and then kept."""
    said = json.dumps({"split": split, "seed": seed, **recipe}, sort_keys=True)
    file = KEPT / f"{sha256(said.encode()).hexdigest()[:16]}.npy"
    if file.exists():
        return np.load(file, allow_pickle=False)
    X, y, X_check, y_check = SPLITS[split]()
    scores = trained(recipe, seed, X, y)[0].scores(X_check)
    KEPT.mkdir(parents=True, exist_ok=True)
    np.save(file, scores, allow_pickle=False)
    print(f"{100 * accuracy(scores, y_check):.2f} % {said}", flush=True)
    return scores


def test_split():
    digits = load_mnist()
    return digits.X_train, digits.y_train, digits.X_test, digits.y_test


SPLITS = {"validation": validation_split, "test": test_split}


def search(_):
    """Each change alone, then together those that were better with every seed, then how strong for long."""
    y = validation_split()[3]

    def tried(changes):
        recipes = [{**BASE, "epochs": SHORT, **change} for change in changes]
        runs = [("validation", recipe, seed) for recipe in recipes for seed in TRYING]
        with processes() as pool:
            found = [100 * accuracy(one, y) for one in pool.starmap(scores_of, runs, chunksize=1)]
        return [found[len(TRYING) * i : len(TRYING) * (i + 1)] for i in range(len(changes))]

    found = dict(zip(CHANGES, tried(CHANGES.values())))
    better = sorted((name for name in CHANGES if min(np.subtract(found[name], found[AS_IT_IS])) > 0),
                    key=lambda name: mean(found[name]))
    together = {key: value for name in better for key, value in CHANGES[name].items()}
    if len(better) > 1:
        [found[TOGETHER]] = tried([together])
    best = max(found, key=lambda name: mean(found[name]))
    chosen = {**BASE, **(together if best == TOGETHER else CHANGES[best])}
    for name, accuracies in found.items():
        print(f"{name:28s}", *(f"{one:.2f}" for one in accuracies))
    long = dict(zip(FACTORS, tried([{**chosen, **distorted(one), "epochs": LONGEST} for one in FACTORS])))
    print("for long, distortions ×", long)
    return {"seeds": list(TRYING), "epochs": SHORT, "tried": found, "together": together, "chosen": chosen,
            "long": {str(one): accuracies for one, accuracies in long.items()},
            "factor": max(long, key=lambda one: mean(long[one]))}


def recipes(found):
    """{goal in %: recipe}, as the search chose it; the longest has the strength that was best for it."""
    searched = found["search"]
    return {goal: {**searched["chosen"], **(distorted(searched["factor"]) if epochs == LONGEST else {}),
                   "epochs": epochs} for goal, epochs in EPOCHS.items()}


def measure_accuracy(found):
    """Three seeds for each goal; for the longest five, and their committee, with either strength."""
    y, plans = test_split()[3], list(recipes(found).values())
    as_for_short = {**found["search"]["chosen"], "epochs": LONGEST}
    if as_for_short not in plans:
        plans.append(as_for_short)
    runs = [("test", plan, seed) for plan in plans
            for seed in (COMMITTEE if plan["epochs"] == LONGEST else SEEDS)]
    with processes() as pool:
        scores = pool.starmap(scores_of, runs, chunksize=1)
    rows = [[one for one, run in zip(scores, runs) if run[1] == plan] for plan in plans]
    accuracies = [[100 * accuracy(one, y) for one in row] for row in rows]
    committees = [100 * accuracy(committee(row), y) for row in rows if len(row) == len(COMMITTEE)]
    for plan, row in zip(plans, accuracies):
        print(f"{plan['epochs']} epochs: median {median(row):.2f} %,", *(f"{one:.2f}" for one in row))
    print(f"committees of {len(COMMITTEE)}:", *(f"{one:.2f} %" for one in committees))
    return {"recipes": plans, "seeds": list(SEEDS), "accuracy": accuracies, "committees": committees}


def measure_time(found):
    X, y, X_test, y_test = test_split()
    rows = []
    for goal, recipe in recipes(found).items():
        start = perf_counter()
        net, losses = trained(recipe, SEEDS[0], X, y)
        seconds = perf_counter() - start
        reached = 100 * accuracy(net.scores(X_test), y_test)
        print(f"{goal:.2f} %: {seconds:.0f} s, {reached:.2f} %", flush=True)
        rows.append({"goal": goal, "seconds": seconds, "accuracy": reached, "loss": losses})
    return {"goals": rows}


PARTS = {"speed": speed, "search": search, "accuracy": measure_accuracy, "time": measure_time}


def main(names):
    """Measure these parts, or all: each is given what the others have found, now or earlier."""
    file = RESULTS / "convolution.json"
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for name in names or PARTS:
        found[name] = {"commit": git("rev-parse", "--short", "HEAD"), "machine": machine(),
                       **PARTS[name](found)}
        write("convolution", {part: found[part] for part in PARTS if part in found})


if __name__ == "__main__":
    if sys.argv[1:2] == ["contestant"]:
        serve(contestant(sys.argv[2]))
    else:
        main(sys.argv[1:])
