"""What errors say, in full: they are the first thing that a beginner reads of the library."""

import re

import numpy as np
import pytest

from mnistlib import (
    NeuralNetwork,
    _mnist,
    accuracy,
    hinge_loss,
    l2_penalty,
    linear_scores,
    load_digits,
    load_mnist,
    minibatches,
    numerical_gradient,
    one_hot,
    predict,
    squared_error,
)
from mnistlib.plotting import show_digits

W, b, RNG = np.zeros((10, 4)), np.zeros(10), np.random.default_rng(0)
NETWORK = NeuralNetwork(4, 3, 2, 0.1, rng=0)
ZEROS = np.zeros((2, 3))

MESSAGES = [
    (lambda: linear_scores(ZEROS, np.zeros(3), b), "W: received shape (3,), expected (K, D)"),
    (lambda: linear_scores(ZEROS, W, b), "X: received shape (2, 3), expected (4,) or (N, 4)"),
    (lambda: linear_scores(np.zeros((2, 4)), W, np.zeros(9)), "b: received shape (9,), expected (10,)"),
    (lambda: predict(np.zeros((1, 2, 3))), "scores: received shape (1, 2, 3), expected (K,) or (N, K)"),
    (lambda: accuracy(np.zeros((1, 2, 3)), [0]),
     "scores: received shape (1, 2, 3), expected (K,) or (N, K)"),
    (lambda: accuracy(ZEROS, [0, 3]), "y: received label 3, expected 0..2"),
    (lambda: accuracy(ZEROS, [0, -1]), "y: received label -1, expected 0..2"),
    (lambda: accuracy(ZEROS, [0.0, 1.0]), "y: received dtype float64, expected integer labels"),
    (lambda: squared_error(np.zeros(3), ZEROS), "outputs: received shape (3,), expected (N, K)"),
    (lambda: squared_error(ZEROS, ZEROS.T), "T: received shape (3, 2), expected (2, 3)"),
    (lambda: hinge_loss(ZEROS, [0, 1], margin=-1),
     "margin: received -1.0, expected a finite number from 0 up"),
    (lambda: hinge_loss(ZEROS, [0, 1], margin=np.nan),
     "margin: received nan, expected a finite number from 0 up"),
    (lambda: hinge_loss(ZEROS, [0, 1], margin="1"), "margin: received '1', expected a number"),
    (lambda: hinge_loss(ZEROS, [0, 1], margin=[1, [2]]),
     re.compile(r"margin: received rows of unequal length, expected an array \(.+\)")),
    (lambda: hinge_loss(ZEROS + np.inf, [0, 1]),
     "scores: received NaN or infinite values, expected finite numbers"),
    (lambda: hinge_loss(np.zeros((0, 3)), []), "scores: received shape (0, 3), expected (N, K)"),
    (lambda: l2_penalty([], 1), "W: received no numbers (shape (0,)), expected at least one"),
    (lambda: l2_penalty(["a"], 1), "W: received dtype <U1, expected real numbers"),
    (lambda: one_hot([[1]]), "y: received shape (1, 1), expected (N,)"),
    (lambda: one_hot([1], 0), "num_classes: received 0, expected at least 1"),
    (lambda: one_hot([1], 2.0), "num_classes: received 2.0, expected a whole number"),
    (lambda: minibatches(5, 2, 7), "rng: received int, expected numpy.random.default_rng(seed)"),
    (lambda: numerical_gradient(lambda a: [1, 2], ZEROS), "f(array): received [1, 2], expected a number"),
    (lambda: numerical_gradient(lambda a: np.inf if a[0] < 0 else 0.0, np.zeros(1)),
     "f(array): received inf, expected a finite number"),
    (lambda: numerical_gradient(lambda a: 0.0, ZEROS, step=0),
     "step: received 0.0, expected a finite number from 2.22507e-308 up"),
    (lambda: NeuralNetwork(4, 3, 2, 0.1, rule="hinge"),
     "rule: received 'hinge', expected one of article, squared_error, cross_entropy"),
    (lambda: NeuralNetwork(4, 3, 2, 0),
     "learning_rate: received 0.0, expected a finite number from 2.22507e-308 up"),
    (lambda: NeuralNetwork(4, 3, 2, 0.1, rng="x"), "rng: received 'x', expected a numpy Generator or a seed"),
    (lambda: NETWORK.query(np.zeros((2, 5))), "inputs: received shape (2, 5), expected (4,) or (N, 4)"),
    (lambda: NETWORK.query([0, 0, 0, 255]),
     "inputs: received values in [0, 255], expected [0, 1]; divide 0..255 images by 255"),
    (lambda: NETWORK.query([0, 0, 0, 1.5]),
     "inputs: received values in [0, 1.5], expected [0, 1]; divide 0..255 images by 255"),
    (lambda: NETWORK.query([0, 0, -0.5, 1]), "inputs: received values in [-0.5, 1], expected [0, 1]"),
    (lambda: NETWORK.train([[0, 0, 0, 1]], [0, 1]), "targets: received shape (2,), expected (1, 2)"),
    (lambda: show_digits(np.zeros((2, 4)), titles="a"), "titles: received 1, expected 2, one a picture"),
    (lambda: show_digits(np.zeros((2, 5))),
     "images: received shape (2, 5), expected (N, D) with D a square number"),
    (lambda: load_mnist(7), "root: received 7, expected a folder's path"),
]


@pytest.mark.parametrize("call, message", MESSAGES)
def test_message(call, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    said = str(caught.value)
    assert message.fullmatch(said) if isinstance(message, re.Pattern) else said == message


def test_what_to_do_without_mnist(tmp_path):
    advice = _mnist._advice(tmp_path, RuntimeError("a\n  b"), download=True)
    assert advice == (
        f"no MNIST in {tmp_path}\n"
        "What happened: a b\n"
        "What to do: connect to the internet and call load_mnist() again, or put the four .gz\n"
        f"archives into {tmp_path / 'MNIST' / 'raw'}, or work with load_sample().")
    first = _mnist._advice(tmp_path, KeyError(), download=False).splitlines()
    assert first[:2] == [f"no MNIST in {tmp_path}, and download=False", "What happened: KeyError"]
    hangs = _mnist._advice(tmp_path, TimeoutError("timed out"), download=True).splitlines()
    assert hangs[1] == "What happened: a mirror sent nothing for 30 seconds"


def test_the_sample_says_why_it_is_there(monkeypatch, capsys):
    monkeypatch.setenv("MNISTLIB_SAMPLE", "1")
    load_digits()
    assert capsys.readouterr().out == (
        "Sample in place of MNIST (MNISTLIB_SAMPLE is set): 1,500 training and 297 test digits\n")
