"""What the tests of several networks share."""

import numpy as np
import torch

from mnistlib.distributed import to_pytorch


def parts(net):
    return [*net.weights, *net.biases, *net.velocity]


def assert_same(one, two):
    for a, b in zip(parts(one), parts(two), strict=True):
        np.testing.assert_array_equal(a, b)


def assert_thirty_steps_are_pytorchs(net, dtype, X, y, smallest, rate, settings, rtol):
    """The same steps of torch.optim.SGD, from the same weights, end with the same; batches vary in size.

    settings : momentum and decay, or what of them the step is told
    """
    theirs = to_pytorch(net)
    weights = [p for p in theirs.parameters() if p.ndim > 1]
    biases = [p for p in theirs.parameters() if p.ndim == 1]  # not decayed: they cannot overfit
    sgd = torch.optim.SGD([{"params": weights, "weight_decay": settings.get("decay", 0)},
                           {"params": biases}], lr=rate, momentum=settings.get("momentum", 0))
    for k in range(30):
        rows = np.random.default_rng(k).permutation(len(X))[: smallest + k % 3]
        loss = net.step(X[rows], y[rows], rate, **settings)
        sgd.zero_grad()
        scores = theirs(torch.tensor(X[rows].astype(dtype)))
        expected = torch.nn.functional.cross_entropy(scores, torch.tensor(y[rows]))
        expected.backward()
        sgd.step()
        np.testing.assert_allclose(loss, expected.item(), rtol=10 * rtol, atol=rtol)
    for ours, other in zip((*net.weights, *net.biases), (*weights, *biases), strict=True):
        np.testing.assert_allclose(ours, other.detach().numpy(), rtol=10 * rtol, atol=rtol)
        assert ours.dtype == dtype
