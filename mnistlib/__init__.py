"""The library of the course "Digits from Scratch": linear scores, losses, backpropagation.

Samples are rows everywhere: X (N, D) floats in [0, 1], y (N,) integer labels,
T (N, K) targets, W (K, D), b (K,). `mnistlib.plotting` draws pictures.
"""

import importlib

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

# Loaded when first asked for: SciPy and Pillow, which most of these need, take longer than the rest.
_LATER = {"ConvNet": "convolution", "FastConvNet": "fast_convolution", "FastMLP": "fast",
          "FastNeuralNetwork": "fast", "MLP": "mlp", "NeuralNetwork": "network", "Warps": "augment",
          "read_digit": "handwriting"}

__all__ = [
    "ConvNet",
    "DataUnavailableError",
    "Dataset",
    "FastConvNet",
    "FastMLP",
    "FastNeuralNetwork",
    "MLP",
    "NeuralNetwork",
    "Warps",
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
    "read_digit",
    "softmax_cross_entropy",
    "squared_error",
]


def __getattr__(name):
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
    return found


def __dir__():
    return sorted({*globals(), *__all__})
