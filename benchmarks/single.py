"""One sample at a time, as the article trains: its loop, ours, and PyTorch's.

    python -m benchmarks.single    two minutes; writes results/single.json

The first 5,000 digits, one step each, from the same weights. The contestants take turns; medians of seven.
"The article's" is its class and its loop, in float64, with targets made for each sample. Ours is `train` of
FastNeuralNetwork with rule "article", in float64 and float32. PyTorch has no such rule: it takes the slope of
the squared error, which costs it the same, with autograd and torch.optim.SGD. In float64 the weights of
the article and ours are compared afterwards.
"""

from statistics import median
from time import perf_counter

import numpy as np
import torch

from benchmarks.article import ArticleNetwork
from benchmarks.results import write
from mnistlib import FastNeuralNetwork, load_mnist, one_hot

SAMPLES, REPEATS, RATE = 5_000, 7, 0.1


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
    X = torch.from_numpy(X)
    T = torch.from_numpy(0.01 + 0.98 * one_hot(y)).to(X.dtype)
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE)
    for x, t in zip(X, T):
        optimiser.zero_grad()
        (0.5 * (t - net(x)) ** 2).sum().backward()
        optimiser.step()


def new_torch_network(hidden):
    torch.manual_seed(0)
    layers = torch.nn.Linear(784, hidden, bias=False), torch.nn.Linear(hidden, 10, bias=False)
    return torch.nn.Sequential(layers[0], torch.nn.Sigmoid(), layers[1], torch.nn.Sigmoid())


def new_network(hidden, dtype):
    return FastNeuralNetwork(784, hidden, 10, RATE, rng=0, dtype=dtype)


def measure(hidden, X, y):
    """{name: microseconds a sample, of each repeat}, and how far the article's weights and ours are apart."""
    X64, seconds = X.astype(np.float64), {}
    for _ in range(REPEATS + 1):  # the first is to warm up
        article = ArticleNetwork(784, hidden, 10, RATE, np.random.default_rng(0))
        double = new_network(hidden, np.float64)
        for name, train, net, images in [
                ("article", articles, article, X64),
                ("ours, float64", ours, double, X64),
                ("ours, float32", ours, new_network(hidden, np.float32), X),
                ("PyTorch, float32", pytorch, new_torch_network(hidden), X)]:
            start = perf_counter()
            train(net, images, y)
            seconds.setdefault(name, []).append((perf_counter() - start) / len(X) * 1e6)
    apart = float(np.abs(article.wih - double.wih).max())
    return {name: times[1:] for name, times in seconds.items()}, apart


def main():
    digits, rows = load_mnist(), []
    X, y = digits.X_train[:SAMPLES], digits.y_train[:SAMPLES]
    for hidden in (100, 200):
        seconds, apart = measure(hidden, X, y)
        times = {name: median(runs) for name, runs in seconds.items()}
        print(f"{hidden} hidden: " + ", ".join(f"{name} {time:.0f} µs" for name, time in times.items()))
        ratio = {f"{name} / article": times[name] / times["article"] for name in times if "ours" in name}
        ratio["ours / PyTorch"] = times["ours, float32"] / times["PyTorch, float32"]
        print("    " + ", ".join(f"{name} = {value:.2f}" for name, value in ratio.items())
              + f"; weights of article and ours apart by {apart:.0e}", flush=True)
        rows.append({"hidden": hidden, "microseconds": seconds, "ratio": ratio, "apart": apart})
    write("single", {"samples": SAMPLES, "repeats": REPEATS, "sizes": rows})


if __name__ == "__main__":
    main()
