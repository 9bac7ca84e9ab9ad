"""The network against the article's class and PyTorch's autograd; layouts and dtypes in test_fast.py."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import logit

from benchmarks.article import ArticleNetwork
from mnistlib import NeuralNetwork, load_sample, one_hot

RULES = ["article", "squared_error", "cross_entropy"]
EVERY_RULE = pytest.mark.parametrize("rule", RULES)
D, H, K, N = 6, 4, 3, 5


def example(rule="article", dtype=np.float64, seed=0):
    """A small network, inputs (N, D) and targets (N, K)."""
    rng = np.random.default_rng(seed)
    net = NeuralNetwork(D, H, K, 0.3, rule=rule, rng=rng, dtype=dtype)
    return net, rng.random((N, D)).astype(dtype), rng.random((N, K)).astype(dtype)


def weights_of(net):
    return net.wih.copy(), net.who.copy()


# The article


def test_article_rule_is_the_articles_class_over_a_thousand_steps():
    digits = load_sample()
    X, T = digits.X_train[:1000].astype(float), one_hot(digits.y_train[:1000]) * 0.98 + 0.01
    ours = NeuralNetwork(784, 30, 10, 0.2, rng=np.random.default_rng(3))
    articles = ArticleNetwork(784, 30, 10, 0.2, np.random.default_rng(3))
    first = ours.wih.copy()
    for x, t in zip(X, T, strict=True):
        ours.train(x, t)
        articles.train(x.tolist(), t.tolist())
    assert np.abs(ours.wih - first).max() > 0.01  # it did learn
    np.testing.assert_allclose(ours.wih, articles.wih, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.who, articles.who, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.query(X[0]), articles.query(X[0]).ravel(), rtol=0, atol=1e-9)


# Gradients


LOSSES = {  # of (outputs, T): summed over the outputs, mean over the rows
    "squared_error": lambda O, T: 0.5 * F.mse_loss(O, T, reduction="sum") / len(O),
    "cross_entropy": lambda O, T: F.binary_cross_entropy(O, T, reduction="sum") / len(O)}


def autograd(loss, net, X, T):
    wih, who = (torch.tensor(w, requires_grad=True) for w in (net.wih, net.who))
    outputs = torch.sigmoid(torch.sigmoid(torch.tensor(X) @ wih.T) @ who.T)
    loss(outputs, torch.tensor(T)).backward()
    return wih.grad.numpy(), who.grad.numpy()


@pytest.mark.parametrize("rule", LOSSES)
@pytest.mark.parametrize("dtype, rtol", [(np.float32, 2e-5), (np.float64, 1e-12)])
def test_rules_named_for_a_loss_are_its_gradient_by_autograd(rule, dtype, rtol):
    net, X, T = example(rule, dtype)
    for ours, expected in zip(net.gradients(X, T), autograd(LOSSES[rule], net, X, T), strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, expected, rtol=rtol, atol=rtol / 100)


def test_article_rule_is_half_of_each_loss_and_the_whole_of_neither():
    net, X, T = example("article")
    d_wih, d_who = net.gradients(X, T)
    of_squares, of_entropy = (autograd(loss, net, X, T) for loss in LOSSES.values())
    np.testing.assert_allclose(d_who, of_squares[1], rtol=1e-12)
    np.testing.assert_allclose(d_wih, of_entropy[0], rtol=1e-12)
    for ours, other in ((d_wih, of_squares[0]), (d_who, of_entropy[1])):
        assert np.linalg.norm(ours - other) > 0.3 * np.linalg.norm(other)


# Steps


@EVERY_RULE
def test_training_goes_learning_rate_against_the_gradients_of_the_old_weights(rule):
    net, X, T = example(rule)
    (wih, who), (d_wih, d_who) = weights_of(net), net.gradients(X, T)
    assert net.train(X, T) is None
    np.testing.assert_allclose(net.wih, wih - 0.3 * d_wih, rtol=1e-14)
    np.testing.assert_allclose(net.who, who - 0.3 * d_who, rtol=1e-14)


def test_gradients_and_query_change_no_weight():
    net, X, T = example()
    before = weights_of(net)
    net.gradients(X, T)
    net.query(X)
    for old, new in zip(before, weights_of(net), strict=True):
        np.testing.assert_array_equal(old, new)


# Query and the first weights


def test_query_is_two_layers_of_sigmoids():
    net, X, _ = example()
    outputs = net.query(X)
    assert outputs.shape == (N, K) and net.query(X[:1]).shape == (1, K) and net.query(X[0]).shape == (K,)

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    for x, output in zip(X, outputs, strict=True):
        hidden = [sigmoid(sum(net.wih[h] * x)) for h in range(H)]
        np.testing.assert_allclose(output, [sigmoid(sum(net.who[k] * hidden)) for k in range(K)])
        np.testing.assert_allclose(net.query(x), output, rtol=1e-14)


def test_first_weights_have_the_articles_spread():
    net = NeuralNetwork(400, 100, 25, 0.1, rng=0)
    assert net.wih.shape == (100, 400) and net.who.shape == (25, 100)
    assert net.wih.std() == pytest.approx(100**-0.5, rel=0.02)  # 40,000 draws: 5 standard errors
    assert net.who.std() == pytest.approx(25**-0.5, rel=0.07)  # 2,500 draws
    assert abs(net.wih.mean()) < 0.0025 and abs(net.who.mean()) < 0.02


def test_same_seed_same_weights_and_another_seed_others():
    first, again, generator, other = (NeuralNetwork(3, 4, 2, 0.1, rng=rng).wih
                                      for rng in (7, 7, np.random.default_rng(7), 8))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, generator)
    assert (first != other).all()


# What may be assigned


def test_what_is_assigned_is_checked_and_copied_into_the_networks_dtype():
    net = example(dtype=np.float32)[0]
    theirs = np.full((H, D), 0.5)
    net.wih, net.learning_rate, net.rule = theirs, 1, "cross_entropy"
    theirs[:] = 7
    assert net.wih.dtype == np.float32 and (net.wih == 0.5).all()
    assert net.learning_rate == 1.0 and type(net.learning_rate) is float and net.rule == "cross_entropy"
    kept = net.wih
    net.wih -= 0.25
    assert net.wih is kept and (net.wih == 0.25).all()


def test_a_copy_of_a_network_learns_by_itself():
    net, X, T = example()
    other, before = copy.deepcopy(net), net.wih.copy()
    other.train(X, T)
    assert np.array_equal(net.wih, before) and not np.array_equal(other.wih, before)


def test_repr_says_sizes_rate_rule_and_dtype():
    net = NeuralNetwork(784, 100, 10, 0.1, rule="squared_error", dtype=np.float32)
    assert repr(net) == "NeuralNetwork(784, 100, 10, 0.1, rule='squared_error', dtype=float32)"


# Asked backwards


def test_backquery_undoes_a_network_that_can_be_undone():
    """With as many nodes everywhere and a turn for weights, transposing undoes them exactly."""
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    net = NeuralNetwork(2, 2, 2, 0.1)
    net.wih = net.who = turn
    inputs = net.backquery([[0.3, 0.8], [0.9, 0.2]])
    hidden = logit([[0.3, 0.8], [0.9, 0.2]]) @ turn
    for found, z in zip(inputs, hidden, strict=True):
        low = np.where(z == z.min(), 0.01, 0.99)  # of two numbers one is the lowest and one the highest
        z = logit(low) @ turn
        np.testing.assert_allclose(found, (z - z.min()) / np.ptp(z), atol=1e-12)
    np.testing.assert_array_equal(net.backquery([0.3, 0.8]), inputs[0])
    assert NeuralNetwork(2, 2, 2, 0.1, dtype=np.float32).backquery([0.3, 0.8]).dtype == np.float32


def test_backquery_stretches_whatever_it_finds_and_takes_the_middle_of_what_is_all_alike():
    net = NeuralNetwork(3, 2, 1, 0.1)
    net.wih, net.who = 1e-3 * np.array([[1.0, 2, 3], [0, 0, 0]]), np.array([[2e-3, 1e-3]])
    np.testing.assert_allclose(net.backquery([0.7]), [0, 0.5, 1])
    net.who = np.array([[1.0, 1.0]])  # both hidden nodes alike: the middle, 0.5, whose logit is 0
    np.testing.assert_array_equal(net.backquery([0.7]), [0.5, 0.5, 0.5])


def test_backquery_of_a_trained_digit_is_read_as_that_digit():
    digits = load_sample()
    net = NeuralNetwork(784, 40, 10, 1.0, rule="cross_entropy", rng=0)
    for rows in np.arange(1500).reshape(-1, 10).repeat(4, axis=0):
        net.train(digits.X_train[rows], 0.01 + 0.98 * one_hot(digits.y_train[rows]))
    asked = net.backquery(0.01 + 0.98 * np.eye(10))
    assert asked.shape == (10, 784) and asked.min() == 0 and asked.max() == 1
    assert (net.query(asked).argmax(axis=1) == np.arange(10)).sum() >= 8


def test_a_single_hidden_node_is_asked_backwards_without_a_warning():
    with np.errstate(all="raise"):
        assert (NeuralNetwork(3, 1, 2, 0.1, rng=0).backquery([0.1, 0.2]) >= 0).all()
