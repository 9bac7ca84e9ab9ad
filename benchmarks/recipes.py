"""What accuracy, search and ladder share: training by a recipe, and judging many on a validation split.

A recipe is a dictionary: hidden nodes, epochs, and what `mnistlib.training.epochs` is told. Beside these it
may have channels (then the network is convolutional), warps (how many make the pool), warp (options of
`warp_matrix`), schedule "constant", and first_weights (a factor of theirs).
"""

import os
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context

import numpy as np

from mnistlib import FastConvNet, FastMLP, Warps, accuracy, load_mnist
from mnistlib.training import epochs


def constant(progress):
    return 1.0


def trained(recipe, seed, X, y):
    """The network, and the mean loss of each epoch."""
    options = dict(recipe)
    hidden, count, warps = options.pop("hidden"), options.pop("epochs"), options.pop("warps", 0)
    warp, first_weights = options.pop("warp", {}), options.pop("first_weights", 1.0)
    if options.pop("schedule", "cosine") == "constant":
        options["schedule"] = constant
    rng = np.random.default_rng(seed)
    channels = options.pop("channels", None)
    model = FastConvNet(channels, hidden, rng=rng) if channels else FastMLP((784, hidden, 10), rng=rng)
    for W in model.weights:
        W *= first_weights
    distort = Warps(warps, rng, **warp) if warps else None
    run = epochs(model, X, y, count, rng=seed, distort=distort, **options)
    return model, [epoch.loss for epoch in run][1:]


@cache
def validation_split():
    """50,000 of the training digits to learn from, the last 10,000 to judge by: X, y, X_check, y_check."""
    digits = load_mnist()
    (X, X_check), (y, y_check) = (np.split(part, [50_000]) for part in (digits.X_train, digits.y_train))
    return X, y, X_check, y_check


def validated(recipe, seed):
    """The accuracy in % on the validation split."""
    X, y, X_check, y_check = validation_split()
    return 100 * accuracy(trained(recipe, seed, X, y)[0].scores(X_check), y_check)


@contextmanager
def processes():
    """One for each core, each with one thread: many small runs at once. `starmap` gives them work."""
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        yield pool
        pool.close()
        pool.join()  # so that os.times counts what they have spent
