"""An epoch of minibatches: ours, PyTorch eager and compiled, scikit-learn, and what the products alone cost.

    python -m benchmarks.minibatch         about ten minutes; writes results/minibatch.json
    python -m benchmarks.minibatch quick   one size, without writing

The same network (784 inputs, one hidden layer of ReLU, softmax cross-entropy, momentum 0.9, float32) from
the same weights through the same minibatches of all 60,000 digits. The contestants take turns, so that a
machine which slows down slows all of them; the losses at the end of the epoch show that they did the same.
"limit" does the five matrix products of each step, into arrays that are there, and nothing else.
"""

import sys
import warnings
from statistics import median
from time import perf_counter

import numpy as np
import torch
from scipy.linalg.blas import sgemm
from sklearn.neural_network import MLPClassifier

from benchmarks.results import write
from mnistlib import FastMLP, load_mnist, minibatches

SIZES = [(hidden, batch) for hidden in (100, 300, 800) for batch in (32, 100, 500)]
REPEATS = 5
RATE, MOMENTUM = 0.05, 0.9


def ours(model, X, y, batches):
    return np.mean([model.step(X[rows], y[rows], RATE, momentum=MOMENTUM) for rows in batches])


def in_pytorch(model, X, y, batches, compiled=False):
    """The same network in PyTorch, from the same weights; returns a function that trains an epoch."""
    net = torch.nn.Sequential(torch.nn.Linear(784, model.sizes[1]), torch.nn.ReLU(),
                              torch.nn.Linear(model.sizes[1], 10))
    with torch.no_grad():
        for layer, W, b in zip((net[0], net[2]), model.weights, model.biases):
            layer.weight.copy_(torch.tensor(W))
            layer.bias.copy_(torch.tensor(b))
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE, momentum=MOMENTUM)
    loss_of = torch.nn.CrossEntropyLoss()

    def forward(X, y):
        return loss_of(net(X), y)

    if compiled:
        forward = torch.compile(forward)
    X, y, batches = torch.from_numpy(X), torch.from_numpy(y), [torch.from_numpy(rows) for rows in batches]

    def epoch():
        total = 0.0
        for rows in batches:
            optimiser.zero_grad()
            loss = forward(X[rows], y[rows])
            loss.backward()
            optimiser.step()
            total += loss.item()
        return total / len(batches)

    return epoch


def in_sklearn(model, X, y, batch):
    """MLPClassifier with the same settings. It draws weights and order itself, so its loss is only near."""
    net = MLPClassifier((model.sizes[1],), solver="sgd", alpha=0, batch_size=batch, learning_rate_init=RATE,
                        momentum=MOMENTUM, nesterovs_momentum=False, max_iter=1, random_state=0)

    def epoch():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that one epoch does not converge
            net.fit(X, y)
        return net.loss_

    return epoch


def limit(hidden, X, batches):
    """The five products of a step, by the sgemm of our engine."""
    rng = np.random.default_rng(0)
    W1, W2 = rng.normal(size=(hidden, 784)).astype("f"), rng.normal(size=(10, hidden)).astype("f")
    G1, G2 = np.empty_like(W1), np.empty_like(W2)
    X = X[: max(map(len, batches))]
    H, S = np.empty((len(X), hidden), "f"), np.empty((len(X), 10), "f")

    def epoch():
        for rows in batches:
            x, h, s = X[: len(rows)], H[: len(rows)], S[: len(rows)]
            sgemm(1, W1.T, x.T, 0, h.T, trans_a=True, overwrite_c=True)
            sgemm(1, W2.T, h.T, 0, s.T, trans_a=True, overwrite_c=True)
            sgemm(1, h.T, s.T, 0, G2.T, trans_b=True, overwrite_c=True)
            sgemm(1, W2.T, s.T, 0, h.T, overwrite_c=True)
            sgemm(1, x.T, h.T, 0, G1.T, trans_b=True, overwrite_c=True)

    return epoch


def measure(hidden, batch, X, y, repeats):
    """{name: {"seconds": [...], "loss": of the first epoch}}."""
    batches = list(minibatches(len(X), batch, np.random.default_rng(1)))
    model = FastMLP((784, hidden, 10), rng=0)
    contestants = {
        "PyTorch": in_pytorch(model, X, y, batches),
        "PyTorch compiled": in_pytorch(model, X, y, batches, compiled=True),
        "scikit-learn": in_sklearn(model, X, y, batch),
        "limit": limit(hidden, X, batches),
        "ours": lambda: ours(model, X, y, batches),
    }
    found = {name: {"seconds": []} for name in contestants}
    for repeat in range(repeats + 1):  # the first is to warm up, and to compile; its loss is compared
        for name, epoch in contestants.items():
            start = perf_counter()
            try:
                loss = epoch()
            except torch._dynamo.exc.BackendCompilerFailed as error:
                found[name]["failed"] = str(error).splitlines()[0]
                continue
            seconds = perf_counter() - start
            if repeat:
                found[name]["seconds"].append(seconds)
            elif loss is not None:
                found[name]["loss"] = float(loss)
    return found


def main(quick):
    digits = load_mnist()
    rows = []
    print("seconds an epoch, medians; ratio = ours / theirs; share = limit / ours")
    for hidden, batch in SIZES if not quick else [(800, 100)]:
        found = measure(hidden, batch, digits.X_train, digits.y_train, 2 if quick else REPEATS)
        time = {name: median(one["seconds"]) for name, one in found.items() if one["seconds"]}
        ratio = {name: time["ours"] / time[name] for name in time if name not in ("ours", "limit")}
        share = time["limit"] / time["ours"]
        print(f"{hidden:4d} hidden, batch {batch:3d}: ours {time['ours']:.2f}, "
              + ", ".join(f"{name} {time[name]:.2f} (ratio {r:.2f})" for name, r in ratio.items())
              + f", limit {time['limit']:.2f} (share {share:.0%}); loss "
              + ", ".join(f"{one['loss']:.4f}" for one in found.values() if "loss" in one), flush=True)
        rows.append({"hidden": hidden, "batch": batch, "found": found, "ratio": ratio, "share": share})
    if not quick:
        write("minibatch", {"repeats": REPEATS, "sizes": rows})


if __name__ == "__main__":
    main("quick" in sys.argv[1:])
