"""Minibatches: ours fast and plain, PyTorch eager and compiled, scikit-learn, and what the products cost.

    python -m benchmarks.minibatch         about nine minutes; writes results/minibatch.json
    python -m benchmarks.minibatch hint    the middle size, two short turns, without writing

The same network (784 inputs, one hidden layer of ReLU, softmax cross-entropy, momentum 0.9, float32) from
the same weights through the same minibatches. Each contestant is a process of its own, once with the threads
that it ships with and once with one; they take turns, each of a fifth of an epoch (12,000 digits), so that a
machine which slows down slows all of them. A ratio is that of two times in the same turn; its spread is the
lowest and the highest. The losses of the first turn show that all did the same. "limit" does the five matrix
products of each step, into arrays that are there, and nothing else.
"""

import sys
import warnings
from statistics import median

import numpy as np

from benchmarks.contest import Contestant, ratios, serve, take_turns
from benchmarks.results import write
from mnistlib import MLP, FastMLP, load_mnist, minibatches

SIZES = [(hidden, batch) for hidden in (100, 300, 800) for batch in (32, 100, 500)]
TURNS, ROWS, SHARE = 7, 12_000, 5  # an epoch is SHARE turns
RATE, MOMENTUM = 0.05, 0.9
TARGET, NEVER = 0.85, 1.0  # of eager PyTorch's time, for FastMLP: with minibatches of 100; at any size


def ours(kind, X, y, hidden, batches):
    model = kind((784, hidden, 10), rng=0)
    return lambda: float(np.mean([model.step(X[rows], y[rows], RATE, momentum=MOMENTUM) for rows in batches]))


def in_pytorch(X, y, hidden, batches, compiled=False):
    """The same network in PyTorch, from the same weights, as its tutorials train it."""
    import torch

    from mnistlib.distributed import to_pytorch

    torch._dynamo.reset()  # what was compiled for another size
    net = to_pytorch(MLP((784, hidden, 10), rng=0))
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE, momentum=MOMENTUM)
    loss_of = torch.nn.CrossEntropyLoss()

    def forward(X, y):
        return loss_of(net(X), y)

    if compiled:
        forward = torch.compile(forward)
    X, y, batches = torch.from_numpy(X), torch.from_numpy(y), [torch.from_numpy(rows) for rows in batches]

    def turn():
        total = 0.0
        for rows in batches:
            optimiser.zero_grad()
            loss = forward(X[rows], y[rows])
            loss.backward()
            optimiser.step()
            total += loss.item()
        return total / len(batches)

    return turn


def in_sklearn(X, y, hidden, batch):
    """MLPClassifier with the same settings. It draws weights and order itself, so its loss is only near."""
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier((hidden,), solver="sgd", alpha=0, batch_size=batch, learning_rate_init=RATE,
                        momentum=MOMENTUM, nesterovs_momentum=False, max_iter=1, random_state=0)

    def turn():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that one epoch does not converge
            net.fit(X, y)
        return float(net.loss_)

    return turn


def limit(X, hidden, batches):
    """The five products of a step, by the sgemm of our engine."""
    from scipy.linalg.blas import sgemm

    rng = np.random.default_rng(0)
    W1, W2 = rng.normal(size=(hidden, 784)).astype("f"), rng.normal(size=(10, hidden)).astype("f")
    G1, G2 = np.empty_like(W1), np.empty_like(W2)
    H, S = np.empty((len(batches[0]), hidden), "f"), np.empty((len(batches[0]), 10), "f")
    x, h, s = X[: len(H)], H, S

    def turn():
        for _ in batches:
            sgemm(1, W1.T, x.T, 0, h.T, trans_a=True, overwrite_c=True)
            sgemm(1, W2.T, h.T, 0, s.T, trans_a=True, overwrite_c=True)
            sgemm(1, h.T, s.T, 0, G2.T, trans_b=True, overwrite_c=True)
            sgemm(1, W2.T, s.T, 0, h.T, overwrite_c=True)
            sgemm(1, x.T, h.T, 0, G1.T, trans_b=True, overwrite_c=True)

    return turn


CONTESTANTS = {
    "PyTorch": lambda X, y, hidden, batch, batches: in_pytorch(X, y, hidden, batches),
    "PyTorch compiled": lambda X, y, hidden, batch, batches: in_pytorch(X, y, hidden, batches, compiled=True),
    "scikit-learn": lambda X, y, hidden, batch, batches: in_sklearn(X, y, hidden, batch),
    "MLP": lambda X, y, hidden, batch, batches: ours(MLP, X, y, hidden, batches),
    "FastMLP": lambda X, y, hidden, batch, batches: ours(FastMLP, X, y, hidden, batches),
    "limit": lambda X, y, hidden, batch, batches: limit(X, hidden, batches),
}
THREADS = {"as it ships": False, "one thread": True}


def contestant(name):
    """What its process does: `prepare` for a size returns a turn."""
    digits = load_mnist()

    def prepare(hidden, batch, rows):
        X, y = digits.X_train[:rows].copy(), digits.y_train[:rows].copy()
        whole = len(X) // batch * batch  # every minibatch is full, so that nothing is compiled twice
        batches = np.split(np.concatenate(minibatches(len(X), batch, np.random.default_rng(1)))[:whole],
                           whole // batch)
        return CONTESTANTS[name](X, y, hidden, batch, batches)

    serve(prepare)


def measure(contestants, task, turns):
    """{"found": {name: {"seconds": of an epoch, "loss"}}, "ratio": {name: [lowest, median, highest]}}."""
    found = take_turns(contestants, task, turns)
    for name, one in found.items():
        if "failed" in one:
            print(f"{name} failed: {one['failed']}")
            continue
        one["seconds"] = [SHARE * seconds for seconds in one["seconds"]]
        one["loss"] = one.pop("result")
    there = [name for name, one in found.items() if "seconds" in one]
    return {"found": found,
            "ratio": {name: ratios(found, "FastMLP", name) for name in there if name != "FastMLP"},
            "ratio of MLP": {name: ratios(found, "MLP", name) for name in there if name != "MLP"}}


def said(row):
    """A line about a row of the results."""
    goal = TARGET if row["batch"] == 100 else NEVER
    parts = []
    for name, one in row["found"].items():
        if "seconds" in one:
            low, middle, high = row["ratio"].get(name, [1, 1, 1])
            parts.append(f"{name} {median(one['seconds']):.2f} (ratio {middle:.2f}, {low:.2f} to {high:.2f})")
    return (f"{row['hidden']:4d} hidden, batch {row['batch']:3d}, {row['threads']}: {', '.join(parts)}"
            + ("" if row["ratio"]["PyTorch"][1] <= goal else "  TARGET MISSED"))


def main(hint):
    sides = {threads: {name: Contestant("minibatch", name, alone) for name in CONTESTANTS}
             for threads, alone in THREADS.items()}
    rows = []
    print("seconds an epoch, medians; ratio = FastMLP / the other, turn by turn")
    for hidden, batch in [(300, 100)] if hint else SIZES:
        task = {"hidden": hidden, "batch": batch, "rows": 2_000 if hint else ROWS}
        for threads, contestants in sides.items():
            one = {"hidden": hidden, "batch": batch, "threads": threads}
            rows.append({**one, **measure(contestants, task, 2 if hint else TURNS)})
            print(said(rows[-1]), flush=True)
    for contestants in sides.values():
        for one in contestants.values():
            one.close()
    if not hint:
        write("minibatch", {"turns": TURNS, "rows_of_a_turn": ROWS, "sizes": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["contestant"]:
        contestant(sys.argv[2])
    else:
        main("hint" in sys.argv[1:])
