"""The linear classifier with hinge loss beside scikit-learn's: time and test error.

    python -m benchmarks.linear    some minutes; writes results/linear.json

All 60,000 digits; the test error is measured once per run, at the end. Ours is chapter 5's loop: minibatches
of 100, hinge loss over all wrong classes, a little penalty, a falling rate. LinearSVC and SGDClassifier fit
ten classifiers of one class against the rest, with their own defaults but for what is named here.
"""

import warnings
from statistics import median
from time import perf_counter

import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.svm import LinearSVC

from benchmarks.results import write
from mnistlib import accuracy, hinge_loss, l2_penalty, linear_scores, load_mnist, minibatches

SEEDS = (0, 1, 2)
EPOCHS, RATE, STRENGTH = 10, 0.05, 1e-4


def ours(X, y, seed):
    rng = np.random.default_rng(seed)
    W, b = np.zeros((10, X.shape[1]), X.dtype), np.zeros(10, X.dtype)
    for epoch in range(EPOCHS):
        rate = RATE * (1 - epoch / EPOCHS)
        for rows in minibatches(len(X), 100, rng):
            d_scores = hinge_loss(linear_scores(X[rows], W, b), y[rows])[1]
            W -= rate * (d_scores.T @ X[rows] + l2_penalty(W, STRENGTH)[1])
            b -= rate * d_scores.sum(axis=0)
    return lambda images: linear_scores(images, W, b)


def sklearn(model):
    def fit(X, y, seed):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of LinearSVC, that it has not quite converged
            return model(seed).fit(X, y).decision_function
    return fit


CONTESTANTS = {
    "ours": ours,
    "SGDClassifier": sklearn(lambda seed: SGDClassifier(loss="hinge", random_state=seed)),
    "LinearSVC": sklearn(lambda seed: LinearSVC(loss="hinge", C=0.1, max_iter=200, random_state=seed)),
}


def main():
    digits = load_mnist()
    found = {name: {"seconds": [], "error": []} for name in CONTESTANTS}
    for seed in SEEDS:
        for name, fit in CONTESTANTS.items():
            start = perf_counter()
            scores = fit(digits.X_train, digits.y_train, seed)
            found[name]["seconds"].append(perf_counter() - start)
            found[name]["error"].append(100 * (1 - accuracy(scores(digits.X_test), digits.y_test)))
    for name, one in found.items():
        print(f"{name:14s} {median(one['seconds']):6.1f} s, test error {median(one['error']):.2f} %, "
              f"time of ours / theirs {median(found['ours']['seconds']) / median(one['seconds']):.2f}")
    write("linear", {"epochs": EPOCHS, "seeds": list(SEEDS), "found": found})


if __name__ == "__main__":
    main()
