"""A better network: ReLU layers with biases, softmax cross-entropy, momentum. Chapter 10."""

import math

import numpy as np

from mnistlib._checks import (
    LARGEST,
    as_a,
    as_count,
    as_dtype,
    as_inputs,
    as_labels,
    as_number,
    as_rng,
    as_weights,
)
from mnistlib.losses import softmax_cross_entropy


def step_settings(learning_rate, momentum=0.0, decay=0.0):
    """The three numbers of a step as floats, checked: each 0 or more, momentum below 1."""
    momentum = as_number("momentum", momentum)
    if momentum >= 1:
        raise ValueError(f"momentum: received {momentum:g}, expected 0 or more and less than 1")
    return as_number("learning_rate", learning_rate), momentum, as_number("decay", decay)


class MLP:
    """A multilayer perceptron: sizes[0] inputs, hidden layers of rectified linear units, sizes[-1] scores.

    sizes : whole numbers from 1 up, at least two: (784, 100, 10)
    rng : numpy.random.Generator or seed, for the first weights
    dtype : numpy.float32 to train, numpy.float64 to check slopes; everything is computed in it

    weights : tuple of arrays (outputs, inputs); biases : tuple of arrays (outputs,);
    velocity : tuple of arrays, of the weights and then of the biases. The arrays may be written to.
    When a whole tuple is assigned, its arrays are checked, and copied in `dtype`.
    The first weights have the variance 2/inputs (He, Zhang, Ren and Sun, 2015), the biases are 0.
    `mnistlib.fast` has a FastMLP, which takes the same steps in less time.
    """

    def __init__(self, sizes, *, rng=None, dtype=np.float32):
        sizes = tuple(as_a("sizes", sizes, (list, tuple)))
        if len(sizes) < 2:
            raise ValueError(f"sizes: received {sizes}, expected at least inputs and outputs")
        vars(self).update(sizes=tuple(as_count("sizes", size) for size in sizes),
                          dtype=as_dtype("dtype", dtype))
        self._begin(as_rng("rng", rng))

    def _begin(self, rng):
        """The first weights; the product of `inputs` is how many numbers a node reads."""
        shapes = self._shapes()
        self.weights = [rng.normal(0, (2 / math.prod(inputs)) ** 0.5, (k, *inputs)) for k, *inputs in shapes]
        self.biases = [np.zeros(k) for k, *_ in shapes]
        self.velocity = [np.zeros_like(p) for p in (*self.weights, *self.biases)]

    def _shapes(self):
        """The shapes of the weights, layer by layer."""
        return list(zip(self.sizes[1:], self.sizes))

    def __repr__(self):
        return f"{type(self).__name__}({self.sizes}, dtype={self.dtype})"

    def scores(self, X):
        """The forward pass. X : (N, D) floats, as for `step`; returns (N, K), the higher the likelier."""
        return self._forward(self._inputs(X))[-1]

    def gradients(self, X, y):
        """The loss and its slopes, mean over the rows.

        X : (N, D) floats; y : (N,) integer labels
        returns  loss : float, in nats; d_weights, d_biases : lists of arrays, shaped as weights and biases
        """
        layers, y = self._samples(X, y)
        loss, delta = softmax_cross_entropy(layers[-1], y)
        d_weights, d_biases = [], []
        for W, H in zip(reversed(self.weights), reversed(layers[:-1])):
            d_weights.insert(0, delta.T @ H)
            d_biases.insert(0, delta.sum(axis=0))
            delta = (delta @ W) * (H > 0)  # at the inputs, computed but not used
        return loss, d_weights, d_biases

    def step(self, X, y, learning_rate, *, momentum=0.0, decay=0.0):
        """One step of gradient descent with momentum; returns the loss before it.

        X : (N, D) floats in [0, 1], or standardised; y : (N,) integer labels
        learning_rate : 0 or more; momentum : 0 or more, below 1
        decay : λ', 0 or more; its slope λ'W pulls the weights towards 0
        velocity = momentum · velocity + gradient + decay · W; W = W - learning_rate · velocity
        (Polyak, 1964). torch.optim.SGD does the same, but its weight_decay by default pulls on biases, too,
        which are left alone here. Nothing changes if an argument is refused.
        """
        rate, momentum, decay = step_settings(learning_rate, momentum, decay)
        loss, d_weights, d_biases = self.gradients(X, y)
        slopes = [*(d_W + decay * W for W, d_W in zip(self.weights, d_weights)), *d_biases]
        for parameter, velocity, slope in zip((*self.weights, *self.biases), self.velocity, slopes):
            velocity *= momentum
            velocity += slope
            parameter -= rate * velocity
        return loss

    def _forward(self, X):
        """Inputs, hidden layers, scores."""
        layers = [X]
        for W, b in zip(self.weights, self.biases):
            Z = layers[-1] @ W.T + b
            layers.append(np.maximum(Z, 0, out=Z) if len(layers) < len(self.weights) else Z)
        return self._checked(layers)

    def _samples(self, X, y):
        """The layers and the labels."""
        X = self._inputs(X)
        y = as_labels("y", y, self.sizes[-1], X.shape[:1])
        return self._forward(X), y

    def _inputs(self, X):
        return as_inputs("X", X, ("N", self.sizes[0])).astype(self.dtype, copy=False)

    @staticmethod
    def _checked(layers):
        if not np.abs(layers[-1]).max() <= LARGEST:
            raise ValueError(f"weights: received some that give scores beyond {LARGEST:g}, expected smaller "
                             "ones; was the learning rate too high?")
        return layers

    def __setattr__(self, name, value):
        """What is assigned is checked, here and only here; names other than these three are refused."""
        weights = self._shapes()
        biases = [shape[:1] for shape in weights]
        shapes = {"weights": weights, "biases": biases, "velocity": weights + biases}.get(name)
        if shapes is None:
            raise AttributeError(f"{name}: received a value, but of a {type(self).__name__} only weights, "
                                 "biases and velocity can be set; expected one of them")
        if not isinstance(value, (list, tuple)) or len(value) != len(shapes):
            came = f"{len(value)} arrays" if isinstance(value, (list, tuple)) else type(value).__name__
            raise ValueError(f"{name}: received {came}, expected a list of {len(shapes)} arrays")
        super().__setattr__(name, tuple(as_weights(f"{name}[{i}]", array, shape, self.dtype)
                                        for i, (array, shape) in enumerate(zip(value, shapes))))
