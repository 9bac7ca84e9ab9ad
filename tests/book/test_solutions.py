"""Code that a solution tells in a sentence, where no cell runs it: taken from the chapter, and run here.

Solutions with code of their own hold it in cells, which are compared like all others.
`check_code_in_solutions_is_run` in tools/sources.py says what belongs here.
"""

import numpy as np
import pytest
from scipy.special import expit
from torch.utils.data import DataLoader

from mnistlib import NeuralNetwork
from tools.book import chapter, read, sources
from tools.exercises import exercises
from tools.sources import RUN


def cells(label, kind):
    return sources(read(chapter(label.split("-")[1])), kind)


def solution(label):
    found = exercises("\n\n".join(cells(label, "markdown")))
    return next(one.solution for one in found if one.name == label)


def mended(label, beginning, wrong):
    """The cell that defines something, with the wrong part replaced by what the solution says."""
    source = next(one for one in cells(label, "code") if one.startswith(beginning) and wrong in one)
    return source.replace(wrong, RUN[label])


@pytest.mark.parametrize("label, code", RUN.items())
def test_the_solution_still_says_so(label, code):
    assert f"`{code}`" in solution(label)


def test_the_row_and_column_of_pixel_400():
    assert f"gives `{eval(RUN['ex-01-find-a-pixel'])}`" in solution("ex-01-find-a-pixel")


def test_the_mended_function_returns_its_loaders():
    images = [(np.zeros((1, 28, 28), np.float32), label) for label in range(10)]
    names = {"MNIST": lambda root, train, transform, download: images, "ToTensor": lambda: None,
             "DataLoader": DataLoader}
    exec(mended("ex-06-find-the-slip", "def get_data", "return train_set, test_set"), names)
    train, test = names["get_data"]("nowhere", batch_size=4)
    assert [tuple(batch.shape) for batch, _ in test] == [(4, 1, 28, 28), (4, 1, 28, 28), (2, 1, 28, 28)]
    assert [label for _, labels in test for label in labels.tolist()] == list(range(10))  # in order
    assert sorted(label for _, labels in train for label in labels.tolist()) == list(range(10))


def test_the_mended_class_follows_the_gradient_of_the_squared_error():
    names = {"np": np, "expit": expit}
    exec(mended("ex-08-find-the-slip", "class ArticleNetwork", "np.dot(self.who.T, output_errors)"), names)
    rng = np.random.default_rng(0)
    net, x, t = names["ArticleNetwork"](6, 5, 4, 1.0, rng), rng.random(6), np.array([0.01, 0.99, 0.01, 0.01])
    known = NeuralNetwork(6, 5, 4, 1.0, rule="squared_error", rng=1)
    known.wih, known.who = net.wih.copy(), net.who.copy()
    net.train(x, t)
    for moved, before, slope in zip((net.wih, net.who), (known.wih, known.who), known.gradients(x, t)):
        np.testing.assert_allclose(before - moved, slope, rtol=0, atol=1e-12)
