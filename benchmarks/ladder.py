"""From the article's 95 % upwards, one change at a time; and what each part is worth at the end.

    python -m benchmarks.ladder    five minutes of two idle cores; writes results/ladder.json

Everything is judged on a validation split: 50,000 of the training digits to learn from, the last 10,000 to
judge by. The test set is not touched. Each row has a learning rate of its own: seed 3 chooses it, beginning
with the rate named here and going on to half and twice the best so far until neither is better. Seeds 0, 1
and 2 then judge. Where None is named, a row inherits the rate of the one that it changes.
"rungs" add one thing after the other; "without" takes single things away from the rung with distortions, or
adds one that is not in it.
"""

import os
from statistics import median

import numpy as np

from benchmarks.recipes import processes, validated, validation_split
from benchmarks.results import write
from mnistlib import FastNeuralNetwork, accuracy, one_hot

SEEDS, CHOOSES = (0, 1, 2), 3
PLAIN = {"hidden": 100, "epochs": 6, "batch": 100, "schedule": "constant"}
MOMENTUM = {**PLAIN, "momentum": 0.9}
SCHEDULE = {**MOMENTUM, "schedule": "cosine"}
WIDE = {**SCHEDULE, "hidden": 300}
WARPED = {**WIDE, "warps": 300}
AFFINE, ELASTIC = {"elastic": 0}, {"shift": 0, "rotate": 0, "scale": 0, "shear": 0}

RUNGS = {  # name: (recipe, first rate to try)
    "the article's rule": ({"rule": "article"}, 0.1),
    "cross-entropy in both layers": ({"rule": "cross_entropy"}, 0.05),
    "ReLU, softmax, biases, He's first weights": ({**PLAIN, "epochs": 1, "batch": 1}, 0.01),
    "minibatches of 100, 6 epochs": (PLAIN, 0.2),
    "momentum": (MOMENTUM, 0.05),
    "falling rate": (SCHEDULE, 0.1),
    "300 hidden nodes": (WIDE, 0.1),
    "distortions": (WARPED, 0.1),
    "800 hidden nodes, 12 epochs": ({**WARPED, "hidden": 800, "epochs": 12, "warps": 600}, None),
}
WITHOUT = {
    "affine distortions only": ({**WARPED, "warp": AFFINE}, None),
    "elastic distortions only": ({**WARPED, "warp": ELASTIC}, None),
    "no momentum": ({**WARPED, "momentum": 0.0}, 0.5),
    "constant rate": ({**WARPED, "schedule": "constant"}, 0.02),
    "100 hidden nodes": ({**WARPED, "hidden": 100}, 0.1),
    "first weights a tenth": ({**WARPED, "first_weights": 0.1}, None),
    "first weights five times": ({**WARPED, "first_weights": 5.0}, 0.1),
    "with weight decay 1e-5": ({**WARPED, "decay": 1e-5}, None),
    "with weight decay 1e-4": ({**WARPED, "decay": 1e-4}, None),
}
ALSO = {"all of it": "distortions", "no distortions": "300 hidden nodes"}  # rows of "without" that are rungs


def judged(recipe, seed):
    """The accuracy in % on the validation split; chapter 8's network takes an epoch of single steps."""
    if "rule" not in recipe:
        return validated(recipe, seed)
    X, y, X_check, y_check = validation_split()
    net = FastNeuralNetwork(784, 100, 10, recipe["learning_rate"], rule=recipe["rule"], rng=seed,
                            dtype=np.float32)
    T = (0.01 + 0.98 * one_hot(y)).astype(np.float32)
    for i in np.random.default_rng(seed).permutation(len(X)):
        net.train(X[i], T[i])
    return 100 * accuracy(net.query(X_check), y_check)


def best_rate(recipe, rate, pool):
    """The rate that no half and no double beats, and the accuracy with each rate that was tried."""
    found, new = {}, [rate / 2, rate, 2 * rate]
    while new:
        runs = [({**recipe, "learning_rate": one}, CHOOSES) for one in new]
        found.update(zip(new, pool.starmap(judged, runs, chunksize=1)))
        best = max(found, key=found.get)
        new = [one for one in (best / 2, 2 * best) if one not in found]
    return best, found


def measure(recipe, rate, pool, inherited):
    """{"learning_rate": ..., "tried": {rate: accuracy}, "accuracy": [...] in %, of each seed}."""
    rate, found = (inherited, {}) if rate is None else best_rate(recipe, rate, pool)
    runs = [({**recipe, "learning_rate": rate}, seed) for seed in SEEDS]
    return {"learning_rate": rate, "tried": found, "accuracy": pool.starmap(judged, runs, chunksize=1)}


def main():
    results = {"rungs": {}, "without": {}}
    with processes() as pool:
        for part, table in (("rungs", RUNGS), ("without", WITHOUT)):
            for name, (recipe, rate) in table.items():
                inherited = results["rungs"].get("distortions", {}).get("learning_rate")
                one = results[part][name] = measure(recipe, rate, pool, inherited)
                print(f"{part:8s} {name:42s} {median(one['accuracy']):.2f} % ({min(one['accuracy']):.2f} to "
                      f"{max(one['accuracy']):.2f}), rate {one['learning_rate']:g} of "
                      f"{', '.join(f'{tried:g}' for tried in sorted(one['tried'])) or 'none: inherited'}",
                      flush=True)
    results["without"].update({name: results["rungs"][rung] for name, rung in ALSO.items()})
    spent = sum(os.times()[:4])  # of this process and those that it has waited for
    write("ladder", {"seeds": list(SEEDS), "chooses": CHOOSES, "cpu_seconds": round(spent), **results})


if __name__ == "__main__":
    main()
