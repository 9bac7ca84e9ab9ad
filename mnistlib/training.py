"""Training an MLP for many epochs: schedule, distortion, resuming. Chapter 12."""

import os
from collections.abc import Callable
from copy import copy
from time import perf_counter
from typing import NamedTuple

import numpy as np

from mnistlib._checks import as_a, as_count, as_inputs, as_labels, as_number, as_path, as_rng
from mnistlib.mlp import MLP, step_settings
from mnistlib.optim import minibatches

PARTS = "weights", "biases", "velocity"


class Epoch(NamedTuple):
    """done : whole epochs so far; loss : mean over the last, None before a run's first; its seconds"""

    done: int
    loss: float | None
    seconds: float


def cosine(progress):
    """The share of the learning rate at a share of the training: half a cosine, from 1 down to 0.

    progress : 0 to 1. Over the first hundredth a ramp, from 0.01, keeps the first steps small.
    Loshchilov and Hutter (2017), who have no ramp.
    """
    return min(1.0, 100 * progress + 0.01) * (0.5 + 0.5 * np.cos(np.pi * progress))


def epochs(model, X, y, count, *, rng, learning_rate, batch=100, schedule=cosine, distort=None, done=0,
           **step):
    """Train by minibatches, epoch by epoch: a generator, so that the loop is the caller's.

        for epoch in epochs(model, X, y, 20, rng=0, learning_rate=0.1, momentum=0.9):
            print(epoch.done, epoch.loss, accuracy(model.scores(X_valid), y_valid))
            save(model, "checkpoint.npz")

    model : MLP or ConvNet; X : (N, D); y : (N,)
    count : epochs of the whole schedule; batch : rows of a minibatch; learning_rate : 0 or more
    rng : numpy.random.Generator or seed; schedule : share of the training -> share of the learning rate
    distort : (rows of X, rng) -> rows; done : epochs already done; step : options of `model.step`
    yields  Epoch, once before a weight has moved, so that a mistake in the loop shows early, then after each
    Each epoch draws its order and distortions from a generator of its own. So a run that resumes from what
    `save` kept, with done=epoch.done and an rng of the same seed, ends with the weights of one that never
    stopped. Ctrl-C leaves the loop; the weights so far stay in the model.
    """
    as_a("model", model, MLP)
    X = as_inputs("X", X, ("N", model.sizes[0]))
    y = as_labels("y", y, model.sizes[-1], (len(X),))
    count, batch = as_count("count", count), as_count("batch", batch)
    if as_count("done", done, minimum=0) >= count:
        raise ValueError(f"done: received {done}, expected less than count, {count}")
    rng = as_rng("rng", rng)
    step_settings(learning_rate, **step)
    as_a("schedule", schedule, Callable)
    if distort is not None:
        as_a("distort", distort, Callable)

    def run():
        yield Epoch(done, None, 0.0)
        rng.spawn(done)  # the generators of the epochs already done
        steps = -(-len(X) // batch)
        for epoch in range(done, count):
            start, loss, [own] = perf_counter(), 0.0, rng.spawn(1)
            for i, rows in enumerate(minibatches(len(X), batch, own)):
                images = X[rows]
                if distort is not None:
                    images = as_inputs("distort(X, rng)", distort(images, own), images.shape)
                share = as_number("schedule(share)", schedule((epoch * steps + i) / (count * steps)))
                loss += model.step(images, y[rows], learning_rate * share, **step) * len(rows)
            yield Epoch(epoch + 1, loss / len(X), perf_counter() - start)

    return run()


def save(model, path):
    """Write weights, biases and velocity as .npz, without pickle, whole or not at all.

    raises FileNotFoundError if the folder does not exist
    """
    as_a("model", model, MLP)
    path = as_path("path", path, "a file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path: received {str(path)!r}, and there is no such folder; expected one")
    arrays = {f"{part}{i}": array for part in PARTS for i, array in enumerate(getattr(model, part))}
    unfinished = path.with_name(path.name + ".part")
    try:
        with open(unfinished, "wb") as file:
            np.savez(file, **arrays)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def load(model, path):
    """Read into the model what `save` wrote from one of the same sizes.

    raises FileNotFoundError if there is no file, ValueError if it holds no such model; then
    nothing has changed
    """
    as_a("model", model, MLP)
    path = as_path("path", path, "a file")
    if not path.is_file():
        raise FileNotFoundError(f"path: received {str(path)!r}, and no file is there; expected a saved model")
    read = copy(model)
    try:
        with np.load(path, allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
        for part in PARTS:
            setattr(read, part, [found.pop(f"{part}{i}") for i in range(len(getattr(read, part)))])
        if found:
            raise ValueError(f"it also has {', '.join(found)}")
    except Exception as error:  # a file of another kind fails in many ways
        raise ValueError(f"path: received {str(path)!r}, which holds no saved model of sizes {model.sizes} "
                         f"({error}), expected one") from None
    vars(model).update({part: getattr(read, part) for part in PARTS})
