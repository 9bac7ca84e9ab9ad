"""The faster network: against central differences, PyTorch, and itself."""

import numpy as np
import pytest
import torch

from mnistlib import FastMLP, numerical_gradient
from mnistlib.distributed import to_pytorch
from mnistlib.mlp import MLP

RNG = np.random.default_rng(0)
X, Y = RNG.random((20, 6)), RNG.integers(0, 3, 20)
BOTH = pytest.mark.parametrize("kind", [MLP, FastMLP])
SIZES = pytest.mark.parametrize("sizes", [(6, 3), (6, 5, 3), (6, 5, 4, 3)])


@SIZES
def test_scores_are_pytorchs(sizes):
    model = MLP(sizes, rng=0, dtype=np.float64)
    for b in model.biases:  # which are 0 at first, and would hide a wrong sign
        b[:] = RNG.normal(size=b.shape)
    expected = to_pytorch(model)(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(model.scores(X), expected, rtol=1e-12)


@SIZES
def test_gradients_agree_with_central_differences(sizes):
    model = MLP(sizes, rng=1, dtype=np.float64)
    loss, d_weights, d_biases = model.gradients(X, Y)
    for parameters, found in [(model.weights, d_weights), (model.biases, d_biases)]:
        for i, slope in enumerate(found):
            kept = parameters[i].copy()

            def loss_of(value, parameters=parameters, i=i):
                parameters[i][:] = value
                return model.gradients(X, Y)[0]

            np.testing.assert_allclose(slope, numerical_gradient(loss_of, kept), atol=1e-8)
            parameters[i][:] = kept
    assert model.gradients(X, Y)[0] == loss


@BOTH
@SIZES
@pytest.mark.parametrize("dtype, rtol", [(np.float64, 1e-11), (np.float32, 2e-4)])
@pytest.mark.parametrize("momentum, decay", [(0, 0), (0.9, 0), (0.9, 0.01)])
def test_thirty_steps_are_pytorchs_sgd(kind, sizes, dtype, rtol, momentum, decay):
    model = kind(sizes, rng=2, dtype=dtype)
    theirs = to_pytorch(model)
    weights = [p for p in theirs.parameters() if p.ndim == 2]
    biases = [p for p in theirs.parameters() if p.ndim == 1]  # not decayed: they cannot overfit
    sgd = torch.optim.SGD([{"params": weights, "weight_decay": decay}, {"params": biases}],
                          lr=0.1, momentum=momentum)
    for k in range(30):
        rows = np.random.default_rng(k).permutation(20)[: 7 + k % 3]
        loss = model.step(X[rows], Y[rows], 0.1, momentum=momentum, decay=decay)
        sgd.zero_grad()
        expected = torch.nn.functional.cross_entropy(theirs(torch.tensor(X[rows].astype(dtype))),
                                                     torch.tensor(Y[rows]))
        expected.backward()
        sgd.step()
        np.testing.assert_allclose(loss, expected.item(), rtol=10 * rtol, atol=rtol)
    for ours, other in [(model.weights, weights), (model.biases, biases)]:
        for a, b in zip(ours, other):
            np.testing.assert_allclose(a, b.detach().numpy(), rtol=10 * rtol, atol=rtol)
            assert a.dtype == dtype


def test_the_first_weights_keep_the_size_of_the_signal():
    model = MLP((784, 800, 10), rng=0)
    assert model.weights[0].std() == pytest.approx((2 / 784) ** 0.5, rel=0.01)
    assert model.weights[0].dtype == np.float32 and not np.any(model.biases[0])
    np.testing.assert_array_equal(model.weights[1], MLP((784, 800, 10), rng=0).weights[1])


def test_repr_says_sizes_and_dtype():
    assert repr(MLP([784, 100, 10])) == "MLP((784, 100, 10), dtype=float32)"


def parts(model):
    return [*model.weights, *model.biases, *model.velocity]


def test_what_is_assigned_is_checked_and_copied_into_the_networks_dtype():
    model, theirs = MLP((6, 5, 3), rng=0), [np.ones((5, 6)), np.ones((3, 5))]
    model.weights = theirs
    theirs[0][:] = 7
    assert isinstance(model.weights, tuple) and all((W == 1).all() for W in model.weights)
    assert all(W.dtype == np.float32 for W in model.weights)


@pytest.mark.parametrize("name, value, message", [
    ("weights", [np.zeros((6, 5)), np.zeros((3, 5))], r"weights\[0\]: received shape"),
    ("weights", [np.zeros((5, 6))], "weights: received 1 arrays"),
    ("biases", np.zeros(5), "biases: received ndarray"),
    ("velocity", [], "velocity: received 0 arrays"),
    ("weight", [], "weight: received a value"),
])
def test_a_wrong_assignment_is_refused_and_changes_nothing(name, value, message):
    model = MLP((6, 5, 3), rng=0)
    before = [array.copy() for array in parts(model)]
    with pytest.raises((TypeError, ValueError, AttributeError), match=f"^{message}.+expected"):
        setattr(model, name, value)
    with pytest.raises(TypeError):
        model.weights[0] = np.zeros((5, 6))  # of a tuple: an array put in here would go unchecked
    for old, new in zip(before, parts(model), strict=True):
        np.testing.assert_array_equal(old, new)


@BOTH
def test_weights_that_have_run_away_are_refused_before_they_move(kind):
    model = kind((6, 5, 3), rng=0)
    model.weights[0][:], model.weights[1][:] = 1e8, 1e8
    with pytest.raises(ValueError, match="^weights: received some that give scores beyond.+expected smaller"):
        model.step(X, Y, 0.1)
    assert (model.weights[0] == 1e8).all()


@BOTH
@pytest.mark.parametrize("name, call", [
    ("X", lambda m: m.step(X[:, :5], Y, 0.1)),
    ("X", lambda m: m.scores(255 * X)),
    ("y", lambda m: m.gradients(X, Y + 1)),
    ("y", lambda m: m.step(X, Y[:5], 0.1)),
    ("learning_rate", lambda m: m.step(X, Y, -1)),
    ("momentum", lambda m: m.step(X, Y, 0.1, momentum=1)),
    ("momentum", lambda m: m.step(X, Y, 0.1, momentum=-0.1)),
    ("decay", lambda m: m.step(X, Y, 0.1, decay=-1)),
    ("sizes", lambda m: MLP((6,))),
    ("sizes", lambda m: MLP(6)),
    ("sizes", lambda m: MLP({6, 5, 3})),  # which has no order
    ("sizes", lambda m: MLP((6, 0, 3))),
    ("rng", lambda m: MLP((6, 3), rng="x")),
    ("dtype", lambda m: MLP((6, 3), dtype=np.float16)),
])
def test_bad_input_is_refused_by_name_and_changes_nothing(kind, name, call):
    model = kind((6, 5, 3), rng=0)
    model.step(X, Y, 0.1, momentum=0.9)
    before = [array.copy() for array in parts(model)]
    with pytest.raises((ValueError, TypeError), match=f"^{name}: received .+expected"):
        call(model)
    for old, new in zip(before, parts(model), strict=True):
        np.testing.assert_array_equal(old, new)
