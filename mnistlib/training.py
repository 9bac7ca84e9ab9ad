"""Training an MLP for many epochs: schedule, distortion, validation, progress, going on later. Chapter 10."""

import os
from pathlib import Path
from time import perf_counter

import numpy as np

from mnistlib._checks import as_count, as_labels, as_number
from mnistlib.linear import accuracy
from mnistlib.optim import minibatches


def cosine(progress):
    """The share of the learning rate at a share of the training: 1 at the start, 0 at the end.

    A short ramp, the first hundredth, keeps the first steps small.
    Loshchilov and Hutter (2017).
    """
    return min(1.0, 100 * progress + 0.01) * (0.5 + 0.5 * np.cos(np.pi * progress))


def train(model, X, y, *, epochs, seed, learning_rate, batch=100, momentum=0.9, decay=0.0, schedule=cosine,
          distort=None, validation=None, first_epoch=0, checkpoint=None, progress=True):
    """Train by minibatches. Ctrl-C stops early: the weights so far stay in the model.

    model : MLP; X : (N, D); y : (N,)
    epochs : of the whole schedule; first_epoch : where to go on; seed : whole number, 0 or more
    schedule : share of training -> share of the learning rate; distort : (batch, rng) -> batch
    validation : (X, y), measured after each epoch
    checkpoint : path; after each epoch the model is saved there, whole or not at all
    progress : show a bar, on the terminal or in the notebook's stderr
    returns  one dict an epoch: epoch, seconds, loss, and accuracy on the validation set if there is one
    Epoch e draws its order and distortions from (seed, e). So a run that goes on from the checkpoint
    of epoch e, with first_epoch = e + 1, ends with the same weights as one that never stopped.
    """
    from tqdm import tqdm

    epochs, batch = as_count("epochs", epochs), as_count("batch", batch)
    learning_rate = as_number("learning_rate", learning_rate)
    y = as_labels("y", y, model.sizes[-1], (len(X),))
    history, steps = [], -(-len(X) // batch)
    bar = tqdm(total=(epochs - first_epoch) * steps, disable=not progress, unit="step", leave=False)
    try:
        for epoch in range(first_epoch, epochs):
            start, loss = perf_counter(), 0.0
            rng = np.random.default_rng([seed, epoch])
            for i, rows in enumerate(minibatches(len(X), batch, rng)):
                images = X[rows] if distort is None else distort(X[rows], rng)
                rate = learning_rate * schedule((epoch * steps + i) / (epochs * steps))
                loss += model.step(images, y[rows], rate, momentum=momentum, decay=decay) * len(rows)
                bar.update()
            record = {"epoch": epoch, "loss": loss / len(X), "seconds": perf_counter() - start}
            if validation is not None:
                record["accuracy"] = accuracy(model.scores(validation[0]), validation[1])
                bar.set_postfix(accuracy=f"{record['accuracy']:.2%}")
            history.append(record)
            if checkpoint is not None:
                save(model, checkpoint)
    except KeyboardInterrupt:
        print(f"Stopped after {epoch} of {epochs} whole epochs. The model keeps the weights that it has.")
    finally:
        bar.close()
    return history


def save(model, path):
    """Write weights, biases and velocity as .npz, without pickle, whole or not at all."""
    path = Path(path)
    arrays = {**{f"weights{i}": W for i, W in enumerate(model.weights)},
              **{f"biases{i}": b for i, b in enumerate(model.biases)},
              **{f"velocity{i}": v for i, v in enumerate(model._velocity)}}
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb") as file:
            np.savez(file, **arrays)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load(model, path):
    """Read into the model what `save` has written from one of the same sizes.

    raises ValueError if the file is not such a one; the model is then as it was
    """
    wanted = {**{f"weights{i}": W for i, W in enumerate(model.weights)},
              **{f"biases{i}": b for i, b in enumerate(model.biases)},
              **{f"velocity{i}": v for i, v in enumerate(model._velocity)}}
    try:
        with np.load(path, allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"path: {path} holds no saved model ({error})") from None
    shapes = [{name: a.shape for name, a in arrays.items()} for arrays in (wanted, found)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"path: {path} holds a model of other sizes, expected {model.sizes}")
    for name, array in wanted.items():
        array[...] = found[name]
