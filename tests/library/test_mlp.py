"""The faster network: against central differences, PyTorch, and itself."""

import numpy as np
import pytest
import torch

from mnistlib import numerical_gradient
from mnistlib.mlp import MLP

RNG = np.random.default_rng(0)
X, Y = RNG.random((20, 6)), RNG.integers(0, 3, 20)
SIZES = pytest.mark.parametrize("sizes", [(6, 3), (6, 5, 3), (6, 5, 4, 3)])


def as_torch(model):
    """The same network in PyTorch, from the same weights."""
    layers = []
    for W, b in zip(model.weights, model.biases):
        linear = torch.nn.Linear(W.shape[1], W.shape[0], dtype=torch.from_numpy(W).dtype)
        linear.weight.data, linear.bias.data = torch.tensor(W), torch.tensor(b)
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


@SIZES
def test_scores_are_pytorchs(sizes):
    model = MLP(sizes, rng=0, dtype=np.float64)
    for b in model.biases:  # which are 0 at first, and would hide a wrong sign
        b[:] = RNG.normal(size=b.shape)
    expected = as_torch(model)(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(model.scores(X), expected, rtol=1e-12)


@SIZES
def test_gradients_agree_with_central_differences(sizes):
    model = MLP(sizes, rng=1, dtype=np.float64)
    loss, d_weights, d_biases = model.gradients(X, Y)
    for parameters, found in [(model.weights, d_weights), (model.biases, d_biases)]:
        for i, slope in enumerate(found):
            kept = parameters[i]

            def loss_of(value, parameters=parameters, i=i):
                parameters[i] = value
                return model.gradients(X, Y)[0]

            np.testing.assert_allclose(slope, numerical_gradient(loss_of, kept), atol=1e-8)
            parameters[i] = kept
    assert model.gradients(X, Y)[0] == loss


@SIZES
@pytest.mark.parametrize("dtype, rtol", [(np.float64, 1e-11), (np.float32, 2e-4)])
@pytest.mark.parametrize("momentum, decay", [(0, 0), (0.9, 0), (0.9, 0.01)])
def test_thirty_steps_are_pytorchs_sgd(sizes, dtype, rtol, momentum, decay):
    model = MLP(sizes, rng=2, dtype=dtype)
    theirs = as_torch(model)
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


def test_a_step_leaves_its_arguments_alone_and_takes_any_layout():
    one, two = MLP((6, 5, 3), rng=0), MLP((6, 5, 3), rng=0)
    x = X.astype(np.float32)
    strided = np.asfortranarray(x)
    strided.flags.writeable = False
    one.step(x, Y, 0.1, momentum=0.5)
    two.step(strided, Y.tolist(), 0.1, momentum=0.5)
    np.testing.assert_array_equal(one.weights[0], two.weights[0])
    np.testing.assert_array_equal(x, X.astype(np.float32))


def test_the_first_weights_keep_the_size_of_the_signal():
    model = MLP((784, 800, 10), rng=0)
    assert model.weights[0].std() == pytest.approx((2 / 784) ** 0.5, rel=0.01)
    assert model.weights[0].dtype == np.float32 and not np.any(model.biases[0])
    np.testing.assert_array_equal(model.weights[1], MLP((784, 800, 10), rng=0).weights[1])


BAD = [
    ("X", lambda m: m.step(X[:, :5], Y, 0.1)),
    ("X", lambda m: m.step(X + np.nan, Y, 0.1)),
    ("X", lambda m: m.scores(X[0])),
    ("y", lambda m: m.step(X, Y + 1, 0.1)),
    ("y", lambda m: m.step(X, Y[:5], 0.1)),
    ("y", lambda m: m.step(X, Y + 0.5, 0.1)),
    ("learning_rate", lambda m: m.step(X, Y, -1)),
    ("learning_rate", lambda m: m.step(X, Y, np.nan)),
    ("momentum", lambda m: m.step(X, Y, 0.1, momentum=1)),
    ("momentum", lambda m: m.step(X, Y, 0.1, momentum=-0.1)),
    ("decay", lambda m: m.step(X, Y, 0.1, decay=-1)),
    ("sizes", lambda m: MLP((6,))),
    ("sizes", lambda m: MLP((6, 0, 3))),
    ("sizes", lambda m: MLP((6, 2.5, 3))),
    ("rng", lambda m: MLP((6, 3), rng="x")),
]


def test_the_shape_that_is_expected_is_named():
    with pytest.raises(ValueError, match=r"expected .*\(N, 6\)"):
        MLP((6, 3), rng=0).scores(X[:, :5])


@pytest.mark.parametrize("name, call", BAD)
def test_bad_input_is_refused_by_name_and_changes_nothing(name, call):
    model = MLP((6, 5, 3), rng=0)
    model.step(X, Y, 0.1, momentum=0.9)
    before = [p.copy() for p in (*model.weights, *model.biases, *model._velocity)]
    with pytest.raises((ValueError, TypeError), match=f"^{name}: received .+expected"):
        call(model)
    for old, new in zip(before, (*model.weights, *model.biases, *model._velocity)):
        np.testing.assert_array_equal(old, new)
