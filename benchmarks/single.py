"""One sample at a time, as the article trains: its loop, ours plain and fast, and PyTorch's.

    python -m benchmarks.single         about three minutes; writes results/single.json
    python -m benchmarks.single hint    short turns, without writing

1,000 digits a turn, one step each, 100 hidden nodes, from the same weights. Each contestant is a process of
its own with the threads that it ships with; they take turns. "article" is the article's class and loop, in
float64, with targets made for each sample; NeuralNetwork and FastNeuralNetwork have rule "article", in the
dtype named. PyTorch has no such rule: it takes the slope of the squared error, which costs it the same, with
autograd and torch.optim.SGD, in float32.

Pixels are 0 to 1 as they are, most of them 0; "all ink" has inputs of 0.01 to 1, as the famous book scales
them. Weights are as made, or assigned as they come from elsewhere, in C order. And all of it once while the
machine has nothing else to do, and once while another process keeps a core busy, which the script starts.
"""

import subprocess
import sys
from contextlib import contextmanager, nullcontext
from statistics import median

import numpy as np

from benchmarks.article import ArticleNetwork
from benchmarks.contest import Contestant, ratios, serve, take_turns
from benchmarks.results import write
from mnistlib import FastNeuralNetwork, NeuralNetwork, load_mnist, one_hot

SAMPLES, TURNS, HIDDEN, RATE = 1_000, 9, 100, 0.1
OURS = {"NeuralNetwork": (NeuralNetwork, np.float64), "FastNeuralNetwork": (FastNeuralNetwork, np.float64),
        "NeuralNetwork, float32": (NeuralNetwork, np.float32),
        "FastNeuralNetwork, float32": (FastNeuralNetwork, np.float32)}
NAMES = ["article", *OURS, "PyTorch"]
INPUTS, WEIGHTS, MACHINES = ("pixels", "all ink"), ("as made", "assigned"), ("quiet", "busy")
TARGETS = {("quiet", "pixels"): 0.4, ("quiet", "all ink"): 0.7, ("busy", "pixels"): 0.6,
           ("busy", "all ink"): 0.8}  # of the article's time, for FastNeuralNetwork, float32


def articles(net, X, y):
    for i in range(len(X)):
        targets = np.zeros(10) + 0.01
        targets[y[i]] = 0.99
        net.train(X[i], targets)


def ours(net, X, y):
    T = (0.01 + 0.98 * one_hot(y)).astype(X.dtype)
    for x, t in zip(X, T):
        net.train(x, t)


def pytorch(net, X, y):
    import torch

    X, T = torch.from_numpy(X), torch.from_numpy(0.01 + 0.98 * one_hot(y)).float()
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE)
    for x, t in zip(X, T):
        optimiser.zero_grad()
        (0.5 * (t - net(x)) ** 2).sum().backward()
        optimiser.step()


def new_torch_network(wih, who):
    import torch

    layers = torch.nn.Linear(784, HIDDEN, bias=False), torch.nn.Linear(HIDDEN, 10, bias=False)
    for layer, W in zip(layers, (wih, who)):
        layer.weight.data = torch.tensor(W, dtype=torch.float32)
    return torch.nn.Sequential(layers[0], torch.nn.Sigmoid(), layers[1], torch.nn.Sigmoid())


def contestant(name):
    """What its process does: `prepare` for inputs and weights returns a turn, from the first weights each."""
    digits = load_mnist()

    def prepare(inputs, weights, samples):
        X, y = digits.X_train[:samples].astype(np.float64), digits.y_train[:samples]
        X = X if inputs == "pixels" else 0.01 + 0.99 * X
        first = ArticleNetwork(784, HIDDEN, 10, RATE, np.random.default_rng(0))
        if name == "article":
            net, train = first, articles
        elif name == "PyTorch":
            net, train, X = new_torch_network(first.wih, first.who), pytorch, X.astype(np.float32)
        else:
            kind, dtype = OURS[name]
            net, train, X = kind(784, HIDDEN, 10, RATE, rng=0, dtype=dtype), ours, X.astype(dtype)
            if weights == "assigned":
                net.wih, net.who = first.wih, first.who

        def turn():
            train(net, X, y)
            return [np.ravel(net.query(x)).tolist() for x in X[:20]] if name != "PyTorch" else None

        return turn

    serve(prepare)


@contextmanager
def busy_core():
    """Another process that never rests."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


def measure(contestants, machine, inputs, weights, samples):
    """A row of the results: microseconds a sample, and ratios to the article's time, turn by turn."""
    with busy_core() if machine == "busy" else nullcontext():
        found = take_turns(contestants, {"inputs": inputs, "weights": weights, "samples": samples}, TURNS)
    outputs = {name: np.array(one["result"]) for name, one in found.items()}
    apart = np.abs(outputs["article"] - outputs["FastNeuralNetwork"]).max()
    ratio = {name: ratios(found, name, "article") for name in NAMES[1:]}
    reached = ratio["FastNeuralNetwork, float32"][1] <= TARGETS[machine, inputs]
    print(f"{machine}, {inputs}, weights {weights}: article "
          f"{median(found['article']['seconds']) / samples * 1e6:.0f} µs; of that "
          + ", ".join(f"{name} {r[1]:.2f} ({r[0]:.2f} to {r[2]:.2f})" for name, r in ratio.items())
          + f"; outputs apart by {apart:.0e}" + ("" if reached else "  TARGET MISSED"), flush=True)
    seconds = {name: [1e6 * one / samples for one in run["seconds"]] for name, run in found.items()}
    return {"machine": machine, "inputs": inputs, "weights": weights, "microseconds": seconds,
            "ratio": ratio, "apart": float(apart)}


def main(hint):
    contestants = {name: Contestant("single", name) for name in NAMES}
    rows = [measure(contestants, machine, inputs, weights, 100 if hint else SAMPLES)
            for machine in MACHINES for inputs in INPUTS for weights in WEIGHTS]
    for one in contestants.values():
        one.close()
    if not hint:
        write("single", {"samples": SAMPLES, "turns": TURNS, "hidden": HIDDEN, "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["contestant"]:
        contestant(sys.argv[2])
    else:
        main("hint" in sys.argv[1:])
