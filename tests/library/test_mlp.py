"""The better network against PyTorch; layouts and dtypes in test_fast.py."""

import numpy as np
import pytest
import torch

import mnistlib
from mnistlib import ConvNet, FastConvNet, FastMLP
from mnistlib.distributed import to_pytorch
from mnistlib.mlp import MLP
from tests.library.networks import assert_thirty_steps_are_pytorchs

RNG = np.random.default_rng(0)
X, Y = RNG.random((20, 6)), RNG.integers(0, 3, 20)
BOTH = pytest.mark.parametrize("kind", [MLP, FastMLP])
SIZES = pytest.mark.parametrize("sizes", [(6, 3), (6, 5, 3), (6, 5, 4, 3)])


@SIZES
@pytest.mark.parametrize("dtype, rtol, atol", [(np.float64, 1e-12, 0), (np.float32, 0, 1e-6)])
def test_scores_are_pytorchs(sizes, dtype, rtol, atol):
    model = MLP(sizes, rng=0, dtype=dtype)
    for b in model.biases:  # which are 0 at first, and would hide a wrong sign
        b[:] = RNG.normal(size=b.shape)
    expected = to_pytorch(model)(torch.tensor(X.astype(dtype))).detach().numpy()
    assert expected.dtype == dtype
    np.testing.assert_allclose(model.scores(X.astype(dtype)), expected, rtol=rtol, atol=atol)


@BOTH
@SIZES
@pytest.mark.parametrize("dtype, rtol", [(np.float64, 1e-11), (np.float32, 2e-4)])
@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9}, {"momentum": 0.9, "decay": 0.01}], ids=str)
def test_thirty_steps_are_pytorchs_sgd(kind, sizes, dtype, rtol, settings):
    assert_thirty_steps_are_pytorchs(kind(sizes, rng=2, dtype=dtype), dtype, X, Y, smallest=7, rate=0.1,
                                     settings=settings, rtol=rtol)


def test_the_first_weights_keep_the_size_of_the_signal():
    model = MLP((784, 800, 10), rng=0)
    assert model.weights[0].std() == pytest.approx((2 / 784) ** 0.5, rel=0.01)
    assert model.weights[0].dtype == np.float32 and not np.any(model.biases[0])
    np.testing.assert_array_equal(model.weights[1], MLP((784, 800, 10), rng=0).weights[1])


def test_repr_says_sizes_and_dtype():
    assert repr(MLP([784, 100, 10])) == "MLP((784, 100, 10), dtype=float32)"


def test_what_is_assigned_is_checked_and_copied_into_the_networks_dtype():
    model, theirs = MLP((6, 5, 3), rng=0), [np.ones((5, 6)), np.ones((3, 5))]
    model.weights = theirs
    theirs[0][:] = 7
    assert isinstance(model.weights, tuple) and all((W == 1).all() for W in model.weights)
    assert all(W.dtype == np.float32 for W in model.weights)


@pytest.mark.parametrize("kind, layers", [(MLP, (6, 5, 3)), (FastMLP, (6, 5, 3)),
                                          (ConvNet, (2, 3)), (FastConvNet, (2, 3))])
def test_weights_that_have_run_away_are_refused_before_they_move(kind, layers):
    net = kind(layers, rng=0)
    for W in net.weights:
        W[:] = 1e6
    with pytest.raises(ValueError, match="^weights: .+ smaller ones; was the learning rate too high.$"):
        net.step(RNG.random((20, net.sizes[0])), Y, 0.1)
    assert all((W == 1e6).all() for W in net.weights)


def test_what_is_loaded_later_is_found_by_its_name_and_nothing_else_is(monkeypatch):
    monkeypatch.delitem(vars(mnistlib), "MLP", raising=False)
    assert mnistlib.__getattr__("MLP") is MLP and vars(mnistlib)["MLP"] is MLP
    assert {"MLP", "__all__"} <= set(dir(mnistlib))
    with pytest.raises(AttributeError, match="^module 'mnistlib' has no attribute 'mlp_'$"):
        mnistlib.__getattr__("mlp_")
