"""How long to 97, 98, 98.5, 99 and 99.3 % of the test digits? Three seeds each.

    python -m benchmarks.accuracy            about ten minutes; writes results/accuracy.json
    python -m benchmarks.accuracy 98 98.5    these goals anew; the others stay as they were measured
    python -m benchmarks.accuracy validate   the same recipes on a validation split, which chose them

One recipe for each goal, the shortest found on 50,000 of the training digits with the other 10,000
to validate. Then each trains on all 60,000, and the test set is used once per seed, at the end.
"""

import json
import sys
from statistics import median
from time import perf_counter

import numpy as np
from scipy.special import softmax
from tqdm import tqdm

from benchmarks.results import RESULTS, write
from mnistlib import FastMLP, Warps, accuracy, load_mnist
from mnistlib.training import epochs

RECIPES = {  # goal in %: hidden nodes, and what `epochs` is told; warps: how many make the pool
    97.0: {"hidden": 100, "epochs": 3, "learning_rate": 0.1, "batch": 100, "momentum": 0.9},
    98.0: {"hidden": 300, "epochs": 4, "learning_rate": 0.1, "batch": 100, "momentum": 0.9, "warps": 200},
    98.5: {"hidden": 800, "epochs": 6, "learning_rate": 0.1, "batch": 100, "momentum": 0.9, "warps": 500},
    99.0: {"hidden": 800, "epochs": 20, "learning_rate": 0.1, "batch": 100, "momentum": 0.9, "warps": 2000},
    99.3: {"hidden": 800, "epochs": 120, "learning_rate": 0.1, "batch": 100, "momentum": 0.9, "warps": 6000},
}
SEEDS = (0, 1, 2)


def run(recipe, seed, X, y, X_check):
    """(seconds for everything but loading and the final check, scores for X_check, epochs' losses)."""
    options = dict(recipe)
    hidden, count, warps = options.pop("hidden"), options.pop("epochs"), options.pop("warps", 0)
    start = perf_counter()
    rng = np.random.default_rng(seed)
    model = FastMLP((784, hidden, 10), rng=rng)
    distort = Warps(warps, rng) if warps else None
    run = epochs(model, X, y, count, rng=seed, distort=distort, **options)
    losses = [epoch.loss for epoch in tqdm(run, total=count + 1, disable=not sys.stderr.isatty())][1:]
    seconds = perf_counter() - start
    return seconds, model.scores(X_check), losses


def committee(scores):
    """The mean of the members' softmax outputs, shape (N, K)."""
    return np.mean([softmax(one, axis=1) for one in scores], axis=0)


def measure(goal, data, digits_of_check):
    """A row of the results, and the scores of its runs."""
    X_check, y_check = digits_of_check
    recipe = RECIPES[goal]
    seconds, scores, losses = zip(*[run(recipe, seed, *data, X_check) for seed in SEEDS])
    accuracies = [100 * accuracy(one, y_check) for one in scores]
    print(f"{goal:4.1f} %: median {median(seconds):6.1f} s ({min(seconds):.1f} to {max(seconds):.1f}), "
          f"accuracy {median(accuracies):.2f} % ({min(accuracies):.2f} to {max(accuracies):.2f})"
          + ("" if median(accuracies) >= goal else "  NOT REACHED"), flush=True)
    row = {"goal": goal, "recipe": recipe, "seeds": list(SEEDS), "seconds": seconds, "accuracy": accuracies,
           "loss": losses}
    return row, scores


def main(arguments):
    validate = arguments == ["validate"]
    goals = [float(one) for one in arguments if not validate] or list(RECIPES)
    digits = load_mnist()
    data, check = (digits.X_train, digits.y_train), (digits.X_test, digits.y_test)
    if validate:
        data, check = (data[0][:50_000], data[1][:50_000]), (data[0][50_000:], data[1][50_000:])
    before = json.loads((RESULTS / "accuracy.json").read_text()) if len(goals) < len(RECIPES) else {}
    rows = {row["goal"]: row for row in before.get("test_accuracy", [])}
    together = before.get("committee")
    for goal in goals:
        rows[goal], scores = measure(goal, data, check)
        if goal == max(RECIPES):
            voted = 100 * accuracy(committee(scores), check[1])
            together = {"seconds": sum(rows[goal]["seconds"]), "accuracy": voted}
            print(f"committee of the last {len(SEEDS)}: {together['seconds']:.0f} s, {voted:.2f} %")
    if not validate:
        write("accuracy", {"test_accuracy": [rows[goal] for goal in RECIPES], "committee": together})


if __name__ == "__main__":
    main(sys.argv[1:])
