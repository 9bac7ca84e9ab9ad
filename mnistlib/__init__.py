"""The library of the course "Digits from Scratch": linear scores, losses, backpropagation.

Samples are rows everywhere: X (N, D) floats in [0, 1], y (N,) integer labels,
T (N, K) targets, W (K, D), b (K,). Pictures are in `mnistlib.plotting`.
"""

from mnistlib.data import (
    Dataset,
    DataUnavailableError,
    load_digits,
    load_mnist,
    load_sample,
    one_hot,
)
from mnistlib.linear import accuracy, linear_scores, predict
from mnistlib.losses import hinge_loss, l2_penalty, softmax_cross_entropy, squared_error
from mnistlib.optim import minibatches, numerical_gradient

__all__ = [
    "DataUnavailableError",
    "Dataset",
    "NeuralNetwork",
    "accuracy",
    "hinge_loss",
    "l2_penalty",
    "linear_scores",
    "load_digits",
    "load_mnist",
    "load_sample",
    "minibatches",
    "numerical_gradient",
    "one_hot",
    "predict",
    "softmax_cross_entropy",
    "squared_error",
]


def __getattr__(name):
    """NeuralNetwork, when it is first asked for: SciPy, which it needs, loads longer than the rest."""
    if name != "NeuralNetwork":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mnistlib.network import NeuralNetwork

    globals()[name] = NeuralNetwork
    return NeuralNetwork


def __dir__():
    return sorted({*globals(), *__all__})
