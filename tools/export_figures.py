"""Write what the live figures run on: networks of chapters 9 and 11, and the sweep of chapter 4.

    python -m tools.export_figures    three minutes; in assets/static/figures/ it writes network.js,
                                      convolution_network.js and sweep.js

The chapters' own cells are run, up to the one that has what is wanted: so the network in the page is the
network of the page. Weights are rounded to whole numbers of 8 bits, each row (of a convolution: each
kernel) with a scale of its own; biases are float32. The command fails if that moves the accuracy of a
network on the 10,000 test digits by more than 0.1 point.

Exit codes: 0 written, 1 rounded too coarsely, 2 no MNIST.
"""

import base64
import json
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as in tools/outputs.py: the order of sums is the same
import matplotlib
import numpy as np
from scipy.special import expit

from mnistlib import ConvNet, DataUnavailableError, accuracy, load_mnist
from tools.book import ROOT, read, sources

FIGURES = ROOT / "assets" / "static" / "figures"
ALLOWED = 0.001  # of accuracy


def run_chapter(name, until):
    """The names that a chapter's code cells define, up to the first cell that holds the text `until`."""
    namespace = {}
    for source in sources(read(ROOT / "chapters" / name), "code")[1:]:  # without the bootstrap
        exec(compile(source, name, "exec"), namespace)
        if until in source:
            return namespace
    raise LookupError(f"{name}: no code cell holds {until!r}")


def rounded(W):
    """(whole numbers int8 (K, D), scale of each row (K,) float32): W is nearly their product."""
    scale = (np.abs(W).max(axis=1) / 127).astype(np.float32)
    scale[scale == 0] = 1
    return np.round(W / scale[:, None]).astype(np.int8), scale


def restored(numbers, scale):
    return numbers * scale[:, None]


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def module(path, comment, values):
    """A JavaScript module with one constant."""
    lines = json.dumps(values, ensure_ascii=False, indent=1)
    path.write_text(f"// {comment}\n// Made by `make figures`; do not edit.\nexport default {lines};\n",
                    encoding="utf-8")
    print(f"written: {path.relative_to(ROOT)}, {path.stat().st_size / 1000:.0f} kB")


def judged(digits, whole, small):
    """({accuracy, accuracyRounded} of a network and of the rounded one, True if the second is as good)."""
    found, rounded_found = (accuracy(scores, digits.y_test) for scores in (whole, small))
    print(f"test accuracy {found:.2%}, rounded to 8 bits {rounded_found:.2%}")
    told = {"accuracy": round(float(found), 4), "accuracyRounded": round(float(rounded_found), 4)}
    return told, abs(found - rounded_found) <= ALLOWED


def export_network(digits):
    """True if the rounded network is as good as the chapter's."""
    net = run_chapter("09-where-does-it-fail.ipynb", until="net.train(")["net"]
    wih, who = rounded(net.wih), rounded(net.who)
    outputs = expit(expit(digits.X_test @ restored(*wih).T) @ restored(*who).T)
    told, good = judged(digits, net.query(digits.X_test), outputs)
    module(FIGURES / "network.js", "The network of chapter 9: 784-100-10, sigmoids, no biases, seed 0.", {
        **told, "wih": text(wih[0]), "wihScale": text(wih[1]), "who": text(who[0]), "whoScale": text(who[1])})
    return good


def export_convolution(digits):
    """True if the rounded network is as good as the chapter's."""
    net = run_chapter("11-neighbours.ipynb", until="nets = {")["nets"]["convolution"][0]
    layers = [rounded(W.reshape(len(W), -1)) for W in net.weights]
    small = ConvNet()
    small.weights = [restored(*layer).reshape(W.shape) for layer, W in zip(layers, net.weights)]
    small.biases = net.biases
    told, good = judged(digits, net.scores(digits.X_test), small.scores(digits.X_test))
    stored = [{"shape": W.shape, "weights": text(numbers), "scale": text(scale), "biases": text(b)}
              for (numbers, scale), W, b in zip(layers, net.weights, net.biases)]
    module(FIGURES / "convolution_network.js",
           "A network of chapter 11: two convolutions, 128 units, seed 0.", {**told, "layers": stored})
    return good


def export_sweep():
    names = run_chapter("04-regularization.ipynb", until="results.append(")
    templates = np.array([W_one[:, :-1] for W_one in names["fitted"]])  # (λ, 10, 784)
    numbers, scale = rounded(templates.reshape(-1, 784))
    train_accuracy, val_accuracy, train_loss, val_loss = np.array(names["results"]).T.round(5).tolist()
    module(FIGURES / "sweep.js", "The sweep of chapter 4: templates, accuracies and losses for each λ.", {
        "strengths": names["strengths"], "penalty": (templates**2).sum(axis=(1, 2)).round(4).tolist(),
        "trainAccuracy": train_accuracy, "validationAccuracy": val_accuracy,
        "trainLoss": train_loss, "validationLoss": val_loss,
        "templates": text(numbers), "scale": text(scale)})


def main():
    matplotlib.use("agg")
    try:
        digits = load_mnist()
    except DataUnavailableError as error:
        print(error, file=sys.stderr)
        return 2
    good = [export_network(digits), export_convolution(digits)]
    export_sweep()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
