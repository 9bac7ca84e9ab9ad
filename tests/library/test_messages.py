"""What errors say, in full: they are the first thing that a beginner reads of the library."""

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

W, b = np.zeros((10, 4)), np.zeros(10)
NETWORK = NeuralNetwork(4, 3, 2, 0.1, rng=0)
ZEROS = np.zeros((2, 3))

MESSAGES = [
    (lambda: linear_scores(ZEROS, W, b), "X: received shape (2, 3), expected (4,) or (N, 4)"),
    (lambda: predict(np.zeros((1, 2, 3))), "scores: received shape (1, 2, 3), expected (K,) or (N, K)"),
    (lambda: accuracy(ZEROS, [0, -1]), "y: received label -1, expected 0..2"),
    (lambda: squared_error(np.zeros(3), ZEROS), "outputs: received shape (3,), expected (N, K)"),
    (lambda: squared_error(ZEROS, ZEROS.T), "T: received shape (3, 2), expected (2, 3)"),
    (lambda: hinge_loss(ZEROS, [0, 1], margin=-1),
     "margin: received -1.0, expected a finite number from 0 up"),
    (lambda: hinge_loss(ZEROS, [0]), "y: received shape (1,), expected (2,)"),
    (lambda: l2_penalty([], 1), "W: received no numbers (shape (0,)), expected at least one"),
    (lambda: one_hot([1], 2.0), "num_classes: received 2.0, expected a whole number"),
    (lambda: minibatches(5, 2, 7), "rng: received int, expected numpy.random.default_rng(seed)"),
    (lambda: numerical_gradient(lambda a: [1, 2], ZEROS), "f(array): received [1, 2], expected a number"),
    (lambda: numerical_gradient(lambda a: np.inf if a[0] < 0 else 0.0, np.zeros(1)),
     "f(array): received inf, expected a finite number"),
    (lambda: NeuralNetwork(4, 3, 2, 0.1, rule="hinge"),
     "rule: received 'hinge', expected one of article, squared_error, cross_entropy"),
    (lambda: NeuralNetwork(4, 3, 2, 0),
     "learning_rate: received 0.0, expected a finite number from 2.22507e-308 up"),
    (lambda: NETWORK.query([0, 0, 0, 255]), "inputs: received values in [0, 255], expected [0, 1] or "
                                            "standardised numbers; divide 0..255 images by 255"),
    (lambda: NETWORK.train([[0, 0, 0, 1]], [0, 1]), "targets: received shape (2,), expected (1, 2)"),
    (lambda: setattr(NETWORK, "who", np.zeros((3, 2))), "who: received shape (3, 2), expected (2, 3)"),
    (lambda: show_digits(np.zeros((2, 4)), titles="a"), "titles: received 1, expected 2, one a picture"),
    (lambda: show_digits(np.zeros((2, 5))),
     "images: received shape (2, 5), expected (N, D) with D a square number"),
    (lambda: load_mnist(7), "root: received 7, expected a folder's path"),
]


@pytest.mark.parametrize("call, message", MESSAGES)
def test_message(call, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert str(caught.value) == message


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
