"""What errors say: they are the first thing that a beginner reads of the library.

Every public argument is given some values that it cannot have; what else the checks refuse is in
test_checks.py. Below are the messages that functions have of their own, and bounds of single arguments.
"""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from mnistlib import distributed, handwriting, training
from mnistlib.augment import Warps, warp_matrix
from mnistlib.convolution import windows
from mnistlib.data import load_mnist, one_hot
from mnistlib.handwriting import read_digit
from mnistlib.linear import accuracy, linear_scores, predict
from mnistlib.losses import hinge_loss, l2_penalty, squared_error
from mnistlib.mlp import MLP
from mnistlib.network import NeuralNetwork
from mnistlib.optim import minibatches, numerical_gradient
from mnistlib.plotting import show_curves, show_digits, show_source, show_weights
from tests.library.bad_calls import ARGUMENTS, CALLS, VALUES, good_for, judge

WRONG = ["object", "minus half", "text", "NaN inside", "three axes", "empty list", "raw pixels",
         "label too high"]


@pytest.mark.parametrize("name, argument", ARGUMENTS)
def test_every_argument_is_refused_by_name_and_nothing_has_changed(name, argument):
    wrong = [value for value in WRONG if not good_for(CALLS[name][2][argument][1], VALUES[value])]
    verdicts = {value: judge(name, argument, VALUES[value]) for value in wrong}
    assert wrong and {verdict for verdict, _ in verdicts.values()} == {"clear"}, verdicts
    assert not plt.get_fignums()


W, b = np.zeros((10, 4)), np.zeros(10)
ZEROS, ONE, SQUARE = np.zeros((2, 3)), np.zeros((1, 4)), np.zeros((9, 9))
NETWORK, MODEL = NeuralNetwork(4, 3, 2, 0.1, rng=0), MLP((4, 3, 2), rng=0)
WARPS = Warps(1, 0, side=2)
RNG = np.random.default_rng(0)


def run(count=4, **options):
    return list(training.epochs(MODEL, ONE, [1], count, **{"rng": 0, "learning_rate": 0.1, **options}))


def train(net, batch=1):
    distributed.train(net, ONE, [1], epochs=1, batch=batch, learning_rate=0.1, momentum=0.5, rng=0)


MESSAGES = [
    (lambda: linear_scores(ZEROS, W, b), "X: received shape (2, 3), expected (4,) or (N, 4)"),
    (lambda: linear_scores(ZEROS, W[0], b), "W: received shape (4,), expected (K, D)"),
    (lambda: linear_scores(ONE, W, b[:2]), "b: received shape (2,), expected (10,)"),
    (lambda: predict(np.zeros((1, 2, 3))), "scores: received shape (1, 2, 3), expected (K,) or (N, K)"),
    (lambda: accuracy(ZEROS[:0], []), "scores: received shape (0, 3), expected (K,) or (N, K)"),
    (lambda: accuracy(ZEROS, [0, -1]), "y: received label -1, expected 0..2"),
    (lambda: accuracy(ZEROS[0], [0]), "y: received shape (1,), expected ()"),
    (lambda: squared_error(np.zeros(3), ZEROS), "outputs: received shape (3,), expected (N, K)"),
    (lambda: squared_error(ZEROS, ZEROS.T), "T: received shape (3, 2), expected (2, 3)"),
    (lambda: hinge_loss(ZEROS[0], [0, 1]), "scores: received shape (3,), expected (N, K)"),
    (lambda: hinge_loss(ZEROS, [0, 1], margin=-1),
     "margin: received -1.0, expected a finite number from 0 up"),
    (lambda: hinge_loss(ZEROS, [0]), "y: received shape (1,), expected (2,)"),
    (lambda: l2_penalty([], 1), "W: received no numbers (shape (0,)), expected at least one"),
    (lambda: one_hot([1], 2.0), "num_classes: received 2.0, expected a whole number"),
    (lambda: one_hot(1), "y: received shape (), expected (N,)"),
    (lambda: minibatches(5, 2, 7), "rng: received int, expected numpy.random.default_rng(seed)"),
    (lambda: numerical_gradient(np.sum, ONE, 0), "step: received 0.0, expected a finite number from 1e-12"),
    # A slope of a thing that is not one number is a mistake in the caller's f.
    (lambda: numerical_gradient(lambda a: [1, 2], ZEROS), "f(array): received [1, 2], expected a number"),
    (lambda: numerical_gradient(lambda a: np.inf if a[0] < 0 else 0.0, np.zeros(1)),
     "f(array): received inf, expected a finite number"),
    (lambda: load_mnist(7), "root: received 7, expected a folder's path"),
    *((lambda bad=bad: load_mnist(bad), "root: received") for bad in (0, False, "")),  # no default folder
    # The article's network
    (lambda: NeuralNetwork(4, 3, 2, 0.1, rule="hinge"),
     "rule: received 'hinge', expected one of article, squared_error, cross_entropy"),
    (lambda: NeuralNetwork(4, 3, 2, 0),
     "learning_rate: received 0.0, expected a finite number from 2.22507e-308 up"),
    (lambda: NETWORK.query([0, 0, 0, 255]), "inputs: received values in [0, 255], expected [0, 1] or "
                                            "standardised numbers; divide 0..255 images by 255"),
    (lambda: NETWORK.query(ZEROS), "inputs: received shape (2, 3), expected (4,) or (N, 4)"),
    (lambda: NETWORK.train([[0, 0, 0, 1]], [0, 1]), "targets: received shape (2,), expected (1, 2)"),
    (lambda: NETWORK.backquery(ZEROS), "targets: received shape (2, 3), expected (2,) or (N, 2)"),
    *((lambda bad=bad: NETWORK.backquery([bad, 0.5]),
       "targets: received 0 or 1, expected numbers between, such as 0.01 and 0.99") for bad in (0.0, 1.0)),
    (lambda: setattr(NETWORK, "who", np.zeros((3, 2))), "who: received shape (3, 2), expected (2, 3)"),
    *((lambda name=name: setattr(NETWORK, name, 1),
       f"{name}: received a value, but of a NeuralNetwork only wih, who, learning_rate and rule can be set; "
       "expected one of them") for name in ("lr", "hidden_nodes", "dtype", "who_")),
    # The MLP and its training
    (lambda: MLP((6,)), "sizes: received (6,), expected at least inputs and outputs"),
    (lambda: MLP({6, 5}), "sizes: received {5, 6}, expected list or tuple"),  # a set has no order
    (lambda: MLP((6, 0, 3)), "sizes: received 0, expected at least 1"),
    (lambda: MODEL.scores(ONE[0]), "X: received shape (4,), expected (N, 4)"),
    (lambda: MODEL.step(ONE, [0, 1], 0.1), "y: received shape (2,), expected (1,)"),
    (lambda: MODEL.step(ONE, [2], 0.1), "y: received label 2, expected 0..1"),
    (lambda: training.epochs(MODEL, ONE, [2], 1, rng=0, learning_rate=0.1),
     "y: received label 2, expected 0..1"),
    (lambda: MLP((4, 2, 3)).step(ONE, [3], 0.1), "y: received label 3, expected 0..2"),
    (lambda: MODEL.step(ONE, [0], 0.1, momentum=1),
     "momentum: received 1, expected 0 or more and less than 1"),
    (lambda: setattr(MODEL, "weights", [W, W]), "weights[0]: received shape (10, 4), expected (3, 4)"),
    (lambda: setattr(MODEL, "weights", [W]), "weights: received 1 arrays, expected a list of 2 arrays"),
    (lambda: setattr(MODEL, "biases", W), "biases: received ndarray, expected a list of 2 arrays"),
    (lambda: setattr(MODEL, "velocity", []), "velocity: received 0 arrays, expected a list of 4 arrays"),
    (lambda: setattr(MODEL, "bias", []), "bias: received a value, but of a MLP only weights, biases and "
                                         "velocity can be set; expected one of them"),
    (lambda: training.epochs(MODEL, b, [1], 1, rng=0, learning_rate=0.1),
     "X: received shape (10,), expected (N, 4)"),
    (lambda: run(done=4), "done: received 4, expected less than count, 4"),
    (lambda: run(done=-1), "done: received -1, expected at least 0"),
    (lambda: run(schedule=0.5), "schedule: received 0.5, expected Callable"),
    (lambda: run(schedule=lambda share: None), "schedule(share): received None, expected a number"),
    (lambda: run(distort=0.5), "distort: received 0.5, expected Callable"),
    (lambda: run(distort=lambda X, rng: X[1:]), "distort(X, rng): received shape (0, 4), expected (1, 4)"),
    (lambda: training.save(MODEL, "none/m.npz"),
     "path: received 'none/m.npz', and there is no such folder; expected one"),
    (lambda: training.save(MODEL, 7), "path: received 7, expected a file's path"),
    (lambda: training.load(MODEL, "none/m.npz"),
     "path: received 'none/m.npz', and no file is there; expected a saved model"),
    (lambda: training.load(7, "m.npz"), "model: received 7, expected MLP"),
    (lambda: training.load(MODEL, 7), "path: received 7, expected a file's path"),
    (lambda: windows(ZEROS, 5), "pictures: received shape (2, 3), expected (N, C, H, W)"),
    (lambda: warp_matrix(1001, 0), "side: received 1001, expected at most 1000"),
    (lambda: warp_matrix(5, 0, smooth=1001), "smooth: received 1001, expected at most 1000"),
    (lambda: Warps(1, 0, side=2, images_per_warp=0), "images_per_warp: received 0, expected at least 1"),
    (lambda: WARPS(ZEROS, RNG), "X: received shape (2, 3), expected (N, 4)"),
    (lambda: distributed.share(range(10), 0, 4),
     "rows: received a minibatch of 10, expected a multiple of 4, the number of processes"),
    (lambda: distributed.share(range(10), 5, 5), "rank: received 5, expected 0..4"),
    (lambda: distributed.share([0.5], 0, 1), "rows: received dtype float64, expected integer labels"),
    (lambda: train(None), "net: received None, expected Sequential"),
    (lambda: train(torch.nn.Sequential(torch.nn.ReLU())), "net: received layers of other kinds, expected"),
    (lambda: train(distributed.to_pytorch(MODEL), 2),
     "batch: received 2, expected a multiple of 1, the number of processes, and at most 1, the number of "
     "samples"),
    # Pictures
    (lambda: show_digits(ONE, titles=["a", "b"]), "titles: received 2, expected 1, one a picture"),
    (lambda: show_digits(ONE, titles=3), "titles: received int, expected a list of texts"),
    (lambda: show_digits(ZEROS), "images: received shape (2, 3), expected (N, D) with D a square number"),
    (lambda: show_digits(b), "images: received shape (10,), expected (N, D) or (N, height, width)"),
    (lambda: show_digits(ONE, size=101), "size: received 101, expected at most 100"),
    (lambda: show_digits(ONE, size=0.009), "size: received 0.009, expected a finite number from 0.01 up"),
    (lambda: show_weights(ZEROS), "W: received shape (2, 3), expected (N, D) with D a square number"),
    (lambda: show_weights(ONE, limit=0), "limit: received 0.0, expected a finite number from 2.22507e-308"),
    (lambda: show_curves([[1]], {"a": [1]}, "x", "y"), "x: received shape (1, 1), expected (N,)"),
    (lambda: show_curves([1], {"a": [1, 2]}, "x", "y"), "curves['a']: received shape (2,), expected (1,)"),
    (lambda: show_source(show_digits, len),
     "things: received one without a source (…), expected functions, methods or classes written in Python"),
    (lambda: read_digit(SQUARE, ink="blue"), "ink: received 'blue', expected one of auto, dark, light"),
    *((lambda name=name: getattr(handwriting, name)(b),
       f"{argument}: received shape (10,), expected {axes}") for name, argument, axes in [
        ("level_paper", "grey", "(H, W)"), ("remove_specks", "ink", "(H, W)"),
        ("crop_to_ink", "ink", "(H, W)"), ("scale_to_box", "ink", "(h, w)"),
        ("centre_by_mass", "small", "(h, w)")]),
    (lambda: handwriting.level_paper(SQUARE),
     "grey: received a picture without strokes (contrast 0.00), expected a digit on even paper"),
    (lambda: handwriting.crop_to_ink(SQUARE + 0.5),
     "ink: received no pixel above 0.5, expected strokes near 1"),
    *((lambda bad=bad: handwriting.centre_by_mass(bad), f"small: received shape {bad.shape} with ink "
       f"{bad.sum():g}, expected at most (28, 28) and some ink")
      for bad in (np.ones((29, 5)), np.zeros((5, 5)))),
]


def weights():
    arrays = NETWORK.wih, NETWORK.who, *MODEL.weights, *MODEL.biases, *MODEL.velocity
    return [array.copy() for array in arrays]


@pytest.mark.parametrize("call, message", MESSAGES)
def test_message(call, message):
    before = weights()
    with pytest.raises((TypeError, ValueError, AttributeError, FileNotFoundError)) as caught:
        call()
    start, _, end = message.partition("…")  # where the table leaves something out
    said = str(caught.value)
    assert said.startswith(start) and said.endswith(end) and "expected" in said
    assert all(map(np.array_equal, before, weights())) and not plt.get_fignums()
