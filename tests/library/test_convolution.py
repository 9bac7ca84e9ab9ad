"""The convolutional networks: against loops, central differences, PyTorch, and fast against plain."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from mnistlib import ConvNet, FastConvNet, fast_convolution, numerical_gradient
from mnistlib.convolution import windows
from mnistlib.distributed import to_pytorch
from mnistlib.training import epochs, load, save
from tests.library.networks import assert_same, assert_thirty_steps_are_pytorchs, parts

RNG = np.random.default_rng(0)
X, Y = RNG.random((60, 784)), RNG.integers(0, 10, 60)
X[:, 300:500] = 0  # where all windows are equal, and so are the four that pooling chooses from
BOTH = pytest.mark.parametrize("kind", [ConvNet, FastConvNet])
# Sides 24 12 8 4; one that pooling cannot halve, in the first and in later layers; one layer; a single place.
KINDS = [{"channels": (2, 3), "hidden": 4}, {"channels": (2, 3, 2), "hidden": 4, "kernel": 2},
         {"channels": (2, 3), "hidden": 4, "kernel": 3}, {"channels": [3], "hidden": 4, "kernel": 4},
         {"channels": (2, 2, 2), "hidden": 3, "kernel": 3}]
EVERY = pytest.mark.parametrize("options", KINDS, ids=str)


def new(kind, options, dtype=np.float64):
    net = kind(**options, rng=1, dtype=dtype)
    for b in net.biases:  # which are 0 at first, and would hide a wrong sign
        b[:] = np.random.default_rng(2).normal(0, 0.1, b.shape)
    return net


def test_a_window_is_what_stands_under_the_kernel():
    pictures = RNG.random((2, 3, 6, 5))
    found = windows(pictures, 4)
    assert found.shape == (2, 3, 2, 48)
    for n, i, j in np.ndindex(found.shape[:3]):
        np.testing.assert_array_equal(found[n, i, j].reshape(3, 4, 4), pictures[n, :, i : i + 4, j : j + 4])


@BOTH
@EVERY
def test_maps_are_what_pytorchs_pooling_hands_on(kind, options):
    net = new(kind, options)
    theirs, A, expected = to_pytorch(net), torch.tensor(X[:3]), []
    for layer in theirs:
        A = layer(A)
        expected += [A] if isinstance(layer, torch.nn.MaxPool2d) else []
    found = net.maps(X[:3])
    assert len(found) == len(expected) == len(net.channels)
    for ours, other in zip(found, expected):
        np.testing.assert_allclose(ours, other.detach().numpy(), atol=1e-14)


@BOTH
@EVERY
def test_scores_and_gradients_are_pytorchs(kind, options):
    net = new(kind, options)
    theirs = to_pytorch(net)
    scores = theirs(torch.tensor(X))
    np.testing.assert_allclose(net.scores(X), scores.detach().numpy(), rtol=1e-12, atol=1e-14)
    expected = torch.nn.functional.cross_entropy(scores, torch.tensor(Y))
    expected.backward()
    loss, d_weights, d_biases = net.gradients(X, Y)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    found = [slope for both in zip(d_weights, d_biases) for slope in both]
    for slope, parameter in zip(found, theirs.parameters(), strict=True):
        np.testing.assert_allclose(slope, parameter.grad.numpy(), atol=1e-14)


@BOTH
def test_gradients_agree_with_central_differences(kind):
    net = new(kind, {"channels": (2, 2), "hidden": 3, "kernel": 3})
    _, d_weights, d_biases = net.gradients(X[:3], Y[:3])
    for parameter, slope in zip((*net.weights, *net.biases), (*d_weights, *d_biases), strict=True):
        kept = parameter.copy()

        def loss_of(value, parameter=parameter):
            parameter[:] = value
            return net.gradients(X[:3], Y[:3])[0]

        assert slope.any()  # some unit is alive, or there is nothing to compare
        np.testing.assert_allclose(slope, numerical_gradient(loss_of, kept), atol=1e-8)
        parameter[:] = kept


@BOTH
@pytest.mark.parametrize("dtype, rtol", [(np.float64, 1e-10), (np.float32, 2e-4)])
@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "decay": 0.01}], ids=str)
def test_thirty_steps_are_pytorchs_sgd(kind, dtype, rtol, settings):
    net = new(kind, {"channels": (4, 8), "hidden": 16}, dtype)
    # From 53 rows on: two shares, of changing sizes.
    assert_thirty_steps_are_pytorchs(net, dtype, X, Y, smallest=53, rate=0.005, settings=settings, rtol=rtol)


WIDE = {"channels": (32, 64), "hidden": 150}  # whose products are cut


@pytest.mark.parametrize("dtype, atol", [(np.float64, 1e-13), (np.float32, 1e-5)])
@pytest.mark.parametrize("options", [*KINDS, WIDE], ids=str)
def test_the_fast_network_learns_what_the_plain_one_does(options, dtype, atol):
    plain, fast = (new(kind, options, dtype) for kind in (ConvNet, FastConvNet))
    first = plain.weights[0].copy()
    for k in range(5):
        rows = slice(k, 60 - 3 * k)
        expected = plain.step(X[rows], Y[rows], 0.1, momentum=0.9)
        assert fast.step(np.asfortranarray(X[rows]), Y[rows].tolist(), 0.1, momentum=0.9) == pytest.approx(
            expected, abs=atol)
    assert np.abs(plain.weights[0] - first).max() > 0.001
    for ours, expected in zip(parts(fast), parts(plain), strict=True):
        np.testing.assert_allclose(ours, expected, atol=atol)
    np.testing.assert_allclose(fast.scores(X), plain.scores(X), atol=100 * atol)


@BOTH
def test_scores_of_many_pictures_are_those_of_each_and_belong_to_the_caller(kind):
    net = new(kind, KINDS[0])
    many = np.resize(X, (450, 784))  # more than are computed at once
    scores = net.scores(many)
    kept = scores.copy()
    np.testing.assert_allclose(scores[[0, 449]], [net.scores(one[None])[0] for one in many[[0, 449]]],
                               atol=1e-13)
    net.step(X, Y, 0.1)
    np.testing.assert_array_equal(scores, kept)


def test_slopes_have_the_networks_type_and_what_is_kept_is_of_the_size_that_is_said():
    for kind in (ConvNet, FastConvNet):
        net = new(kind, {}, np.float32)
        _, d_weights, d_biases = net.gradients(X[:50], Y[:50])
        assert net.scores(X[:50]).dtype == np.float32
        assert {one.dtype for one in (*d_weights, *d_biases)} == {np.dtype(np.float32)}
    [share] = net._shares.values()
    kept = [one for part in (share, *share.layers) for one in vars(part).values()]
    owners = {id(one): one for one in kept if isinstance(one, np.ndarray) and one.base is None}
    owners |= {id(one.base): one.base for one in kept if isinstance(one, np.ndarray) and one.base is not None}
    assert {one.dtype for one in owners.values()} == {np.dtype(np.float32), np.dtype(bool)}
    assert sum(one.nbytes for one in owners.values()) / 50 / 4 == pytest.approx(36_500, rel=0.005)


def test_shares_are_given_to_threads_where_there_are_several(monkeypatch):
    asked = []

    class Pool:
        def map(self, work, *shares):
            asked.append(len(shares[0]))
            return map(work, *shares)

    monkeypatch.setattr(fast_convolution, "_threads", lambda process: asked.append(process) or Pool())
    net = FastConvNet(rng=0)
    net.scores(X[:50])
    assert asked == []
    net.scores(X)
    assert asked == [os.getpid(), 2]


@pytest.mark.parametrize("front, inner, columns", [((), 300, 500), ((3,), 300, 500), ((), 600, 500)])
def test_a_large_product_is_cut_into_small_ones(monkeypatch, front, inner, columns):
    A, B = RNG.random((*front, 30, inner)).astype(np.float32), RNG.random((inner, columns), np.float32)
    expected, cut = A @ B, []
    matmul = np.matmul
    monkeypatch.setattr(np, "matmul", lambda a, b, out=None: cut.append(a.shape[-2]) or matmul(a, b, out=out))
    found = fast_convolution._product(A, B)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.dtype == np.float32 and sum(cut) == 30
    assert max(cut) == max(1, fast_convolution.SMALL // (inner * columns))


def test_one_core_and_two_find_the_same_to_the_last_bit(tmp_path):
    code = ("import os, sys, numpy as np; from mnistlib import FastConvNet, fast_convolution\n"
            "net = FastConvNet(rng=0)\n"
            "X, y = np.random.default_rng(0).random((120, 784)), np.arange(120) % 10\n"
            "for _ in range(3): net.step(X, y, 0.1, momentum=0.9)\n"
            "print(fast_convolution._threads(os.getpid()) is not None)\n"
            "np.savez(sys.argv[1], *net.weights, *net.velocity)")
    found, shared = [], []
    for threads in "12":
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": "1"}
        file = tmp_path / f"{threads}.npz"
        shared.append(subprocess.run([sys.executable, "-c", code, file], env=environment, check=True,
                                     capture_output=True, text=True).stdout.strip())
        with np.load(file, allow_pickle=False) as stored:
            found.append([stored[name] for name in stored.files])
    assert shared == ["False", str(os.cpu_count() > 1)]
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)


@BOTH
def test_long_runs_take_it_and_what_is_saved_can_be_loaded(kind, tmp_path):
    net, other = new(kind, KINDS[0]), kind(**KINDS[0], rng=9, dtype=np.float64)
    for _ in epochs(net, X, Y, 2, rng=0, learning_rate=0.05, batch=25):
        pass
    save(net, tmp_path / "net.npz")
    load(other, tmp_path / "net.npz")
    assert_same(net, other)
    with pytest.raises(ValueError, match="^path: .+ holds no saved model"):
        load(kind(**KINDS[1]), tmp_path / "net.npz")


def test_what_it_says_of_itself():
    net = ConvNet(rng=0)
    assert repr(net) == "ConvNet((16, 32), hidden=128, kernel=5, dtype=float32)"
    assert net.sizes == (784, 2304, 512, 128, 10)
    assert [W.shape for W in net.weights] == [(16, 1, 5, 5), (32, 16, 5, 5), (128, 512), (10, 128)]
    assert sum(a.size for a in (*net.weights, *net.biases)) == 80_202
    assert net.weights[1].std() == pytest.approx((2 / 400) ** 0.5, rel=0.02) and not np.any(net.biases[0])


@BOTH
@pytest.mark.parametrize("name, call", [
    ("X", lambda net: net.step(X[:, 1:], Y, 0.1)),
    ("X", lambda net: net.scores(255 * X)),
    ("X", lambda net: net.scores(X.reshape(60, 28, 28))),
    ("y", lambda net: net.gradients(X, Y + 1)),
    (r"weights\[0\]", lambda net: setattr(net, "weights", [W.T for W in net.weights])),
    ("weights", lambda net: setattr(net, "weights", net.weights[1:])),
    ("kernel", lambda net: setattr(net, "kernel", 3)),
    ("channels", lambda net: type(net)((16, 0))),
    ("kernel", lambda net: type(net)(kernel=10)),
    ("kernel", lambda net: type(net)(kernel=0)),
    ("kernel", lambda net: windows(X.reshape(60, 1, 28, 28), 29)),
    ("kernel", lambda net: windows(np.ones((1, 1, 3, 6)), 4)),
])
def test_bad_input_is_refused_by_name_and_changes_nothing(kind, name, call):
    net = new(kind, KINDS[0])
    before = [array.copy() for array in parts(net)]
    with pytest.raises((ValueError, TypeError, AttributeError), match=f"^{name}: received .+expected"):
        call(net)
    for old, now in zip(before, parts(net), strict=True):
        np.testing.assert_array_equal(old, now)
