"""From the article's 95 % upwards, one change at a time; and what each part is worth at the end.

    python -m benchmarks.ladder    half an hour; writes results/ladder.json

Everything is judged on a validation split: 50,000 of the training digits to learn from, the last 10,000 to
judge by. The test set is not touched. Three seeds each. "rungs" add one thing after the other; "without"
takes single things away from the rung with distortions, or adds one that is not in it.
"""

from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.results import write
from mnistlib import FastMLP, FastNeuralNetwork, Warps, accuracy, load_mnist, one_hot
from mnistlib.training import cosine, epochs

SEEDS = (0, 1, 2)


def constant(progress):
    return 1.0


def one_at_a_time(rule, X, y, seed):
    """Chapter 8's network, an epoch of single steps, in float32."""
    net = FastNeuralNetwork(784, 100, 10, 0.1, rule=rule, rng=seed, dtype=np.float32)
    T = (0.01 + 0.98 * one_hot(y)).astype(np.float32)
    for i in np.random.default_rng(seed).permutation(len(X)):
        net.train(X[i], T[i])
    return net.query


def by_mlp(X, y, seed, *, hidden=100, first_weights=1.0, warps=None, **options):
    rng = np.random.default_rng(seed)
    model = FastMLP((784, hidden, 10), rng=rng)
    for W in model.weights:
        W *= first_weights
    distort = Warps(2000, rng, **warps) if warps is not None else None
    settings = {"epochs": 20, "learning_rate": 0.1, "schedule": constant, "momentum": 0.0, **options}
    for _ in epochs(model, X, y, settings.pop("epochs"), rng=seed, distort=distort, **settings):
        pass
    return model.scores


PLAIN = {"epochs": 10}
MOMENTUM = {**PLAIN, "momentum": 0.9}
SCHEDULE = {**MOMENTUM, "schedule": cosine}
WIDE = {**SCHEDULE, "hidden": 800}
WARPED = {**WIDE, "epochs": 20, "warps": {}}
AFFINE, ELASTIC = {"elastic": 0}, {"shift": 0, "rotate": 0, "scale": 0, "shear": 0}

RUNGS = {
    "the article's rule": "article",
    "cross-entropy in both layers": "cross_entropy",
    "ReLU, softmax, biases, He's first weights": {"epochs": 1, "batch": 1, "learning_rate": 0.01},
    "minibatches of 100, 10 epochs": PLAIN,
    "momentum": MOMENTUM,
    "falling rate": SCHEDULE,
    "800 hidden nodes": WIDE,
    "distortions, 20 epochs": WARPED,
    "120 epochs": {**WARPED, "epochs": 120},
}
WITHOUT = {
    "all of it": WARPED,
    "no distortions": {**WARPED, "warps": None},
    "affine distortions only": {**WARPED, "warps": AFFINE},
    "elastic distortions only": {**WARPED, "warps": ELASTIC},
    "no momentum, rate 0.1": {**WARPED, "momentum": 0.0},
    "no momentum, rate 0.5": {**WARPED, "momentum": 0.0, "learning_rate": 0.5},
    "constant rate 0.1": {**WARPED, "schedule": constant},
    "constant rate 0.02": {**WARPED, "schedule": constant, "learning_rate": 0.02},
    "100 hidden nodes": {**WARPED, "hidden": 100},
    "first weights a tenth": {**WARPED, "first_weights": 0.1},
    "first weights five times": {**WARPED, "first_weights": 5.0},
    "with weight decay 1e-5": {**WARPED, "decay": 1e-5},
    "with weight decay 1e-4": {**WARPED, "decay": 1e-4},
}


def measure(settings, X, y, X_check, y_check):
    """{"seconds": [...], "accuracy": [...] in %}, a number for each seed."""
    found = {"seconds": [], "accuracy": []}
    for seed in SEEDS:
        start = perf_counter()
        if isinstance(settings, str):
            answer = one_at_a_time(settings, X, y, seed)
        else:
            answer = by_mlp(X, y, seed, **settings)
        found["seconds"].append(perf_counter() - start)
        found["accuracy"].append(100 * accuracy(answer(X_check), y_check))
    return found


def main():
    digits = load_mnist()
    X, X_check = np.split(digits.X_train, [50_000])
    y, y_check = np.split(digits.y_train, [50_000])
    results = {}
    for part, table in (("rungs", RUNGS), ("without", WITHOUT)):
        results[part] = {}
        for name, settings in table.items():
            one = results[part][name] = measure(settings, X, y, X_check, y_check)
            print(f"{part:8s} {name:42s} {median(one['accuracy']):.2f} % ({min(one['accuracy']):.2f} to "
                  f"{max(one['accuracy']):.2f}), {median(one['seconds']):.1f} s", flush=True)
    write("ladder", {"seeds": list(SEEDS), **results})


if __name__ == "__main__":
    main()
