"""How long to 97, 98, 98.5, 99 and 99.3 % of the test digits? Three seeds each.

    python -m benchmarks.accuracy            about fifteen minutes; writes results/accuracy.json
    python -m benchmarks.accuracy 98 98.5    these goals anew; the others stay as they were measured

One recipe for each goal, as search.py has chosen it on a validation split of the training digits, with other
seeds. Each trains on all 60,000, and the test set is used once per seed, at the end.
"""

import json
import sys
from statistics import median
from time import perf_counter

import numpy as np
from scipy.special import softmax

from benchmarks.recipes import trained
from benchmarks.results import RESULTS, write
from mnistlib import accuracy, load_mnist

SEEDS = (0, 1, 2)


def recipes():
    """{goal in %: recipe}, as results/search.json has them."""
    found = json.loads((RESULTS / "search.json").read_text(encoding="utf-8"))["recipes"]
    return {float(goal): recipe for goal, recipe in found.items()}


def run(recipe, seed, X, y, X_check):
    """(seconds for everything but loading and the final check, scores for X_check, epochs' losses)."""
    start = perf_counter()
    model, losses = trained(recipe, seed, X, y)
    return perf_counter() - start, model.scores(X_check), losses


def committee(scores):
    """The mean of the members' softmax outputs, shape (N, K)."""
    return np.mean([softmax(one, axis=1) for one in scores], axis=0)


def measure(goal, recipe, data, check):
    """A row of the results, and the scores of its runs."""
    X_check, y_check = check
    seconds, scores, losses = zip(*[run(recipe, seed, *data, X_check) for seed in SEEDS])
    accuracies = [100 * accuracy(one, y_check) for one in scores]
    print(f"{goal:4.1f} %: median {median(seconds):6.1f} s ({min(seconds):.1f} to {max(seconds):.1f}), "
          f"accuracy {median(accuracies):.2f} % ({min(accuracies):.2f} to {max(accuracies):.2f})"
          + ("" if median(accuracies) >= goal else "  NOT REACHED"), flush=True)
    row = {"goal": goal, "recipe": recipe, "seeds": list(SEEDS), "seconds": seconds, "accuracy": accuracies,
           "loss": losses}
    return row, scores


def main(arguments):
    recipe_of, digits = recipes(), load_mnist()
    goals = [float(one) for one in arguments] or list(recipe_of)
    data, check = (digits.X_train, digits.y_train), (digits.X_test, digits.y_test)
    before = json.loads((RESULTS / "accuracy.json").read_text()) if len(goals) < len(recipe_of) else {}
    rows = {row["goal"]: row for row in before.get("test_accuracy", [])}
    together = before.get("committee")
    for goal in goals:
        rows[goal], scores = measure(goal, recipe_of[goal], data, check)
        if goal == max(recipe_of):
            voted = 100 * accuracy(committee(scores), check[1])
            together = {"seconds": sum(rows[goal]["seconds"]), "accuracy": voted}
            print(f"committee of the last {len(SEEDS)}: {together['seconds']:.0f} s, {voted:.2f} %")
    write("accuracy", {"test_accuracy": [rows[goal] for goal in recipe_of], "committee": together})


if __name__ == "__main__":
    main(sys.argv[1:])
