"""The network against the article's class, PyTorch's autograd and central differences."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from benchmarks.article import ArticleNetwork
from mnistlib import NeuralNetwork, load_sample, numerical_gradient, one_hot

RULES = ["article", "squared_error", "cross_entropy"]
EVERY_RULE = pytest.mark.parametrize("rule", RULES)
D, H, K, N = 6, 4, 3, 5


def example(rule="article", dtype=np.float64, seed=0):
    """A small network, inputs (N, D) and targets (N, K)."""
    rng = np.random.default_rng(seed)
    net = NeuralNetwork(D, H, K, 0.3, rule=rule, rng=rng)
    net.wih, net.who = net.wih.astype(dtype), net.who.astype(dtype)
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


def test_article_is_the_default_rule():
    assert NeuralNetwork(2, 2, 2, 0.1).rule == "article"


# Gradients


def squared_error(outputs, T):
    return (0.5 * (T - outputs) ** 2).sum(1).mean()


def cross_entropy(outputs, T):
    log = torch.log if isinstance(outputs, torch.Tensor) else np.log
    return -(T * log(outputs) + (1 - T) * log(1 - outputs)).sum(1).mean()


LOSSES = {"squared_error": squared_error, "cross_entropy": cross_entropy}


def autograd(loss, net, X, T):
    wih, who = (torch.tensor(w, requires_grad=True) for w in (net.wih, net.who))
    outputs = torch.sigmoid(torch.sigmoid(torch.tensor(X) @ wih.T) @ who.T)
    loss(outputs, torch.tensor(T)).backward()
    return wih.grad.numpy(), who.grad.numpy()


def differences(loss, net, X, T):
    def loss_of_wih(wih):
        return loss(expit(expit(X @ wih.T) @ net.who.T), T)

    def loss_of_who(who):
        return loss(expit(expit(X @ net.wih.T) @ who.T), T)

    return numerical_gradient(loss_of_wih, net.wih), numerical_gradient(loss_of_who, net.who)


@pytest.mark.parametrize("rule", LOSSES)
@pytest.mark.parametrize("dtype, rtol", [(np.float32, 2e-5), (np.float64, 1e-12)])
def test_rules_named_for_a_loss_are_its_gradient_by_autograd(rule, dtype, rtol):
    net, X, T = example(rule, dtype)
    for ours, expected in zip(net.gradients(X, T), autograd(LOSSES[rule], net, X, T), strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, expected, rtol=rtol, atol=rtol / 100)


@pytest.mark.parametrize("rule", LOSSES)
def test_rules_named_for_a_loss_are_its_gradient_by_central_differences(rule):
    net, X, T = example(rule)
    for ours, expected in zip(net.gradients(X, T), differences(LOSSES[rule], net, X, T), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-9)


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


@EVERY_RULE
def test_a_batch_step_is_the_mean_of_single_steps(rule):
    net, X, T = example(rule)
    before, moves = weights_of(net), []
    for x, t in zip(X, T, strict=True):
        single = example(rule)[0]
        single.train(x, t)
        moves.append([new - old for new, old in zip(weights_of(single), before, strict=True)])
    net.train(X, T)
    for i, new in enumerate(weights_of(net)):
        np.testing.assert_allclose(new - before[i], np.mean([move[i] for move in moves], axis=0), atol=1e-15)


@EVERY_RULE
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray,
                                    lambda W: W.repeat(2, 1)[:, ::2]])
def test_one_sample_takes_the_step_of_a_batch_of_one_however_the_weights_lie(rule, layout):
    (one, X, T), (batch, _, _) = example(rule), example(rule)
    one.wih, one.who = layout(one.wih), layout(one.who)
    X = X.copy()
    X[0], X[1, ::2] = 0, 0  # a blank image; white pixels
    for x, t in zip(X, T, strict=True):
        one.train(x, t)
        batch.train(x[None], t[None])
    np.testing.assert_allclose(one.wih, batch.wih, rtol=1e-12)
    np.testing.assert_allclose(one.who, batch.who, rtol=1e-12)


def test_weights_that_are_locked_are_not_written():
    net, X, T = example("article")
    net.who.setflags(write=False)
    locked, before = net.who, net.who.copy()
    net.train(X[0], T[0])
    assert np.array_equal(locked, before)
    assert not np.array_equal(net.who, before)


@EVERY_RULE
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_network_computes_in_the_dtype_of_its_weights(rule, dtype):
    net, X, T = example(rule, dtype)
    for other in (np.float32, np.float64):
        net.train(X.astype(other), T.astype(other))
        assert net.wih.dtype == net.who.dtype == net.query(X.astype(other)).dtype == dtype


@EVERY_RULE
def test_arguments_are_left_alone_and_may_be_of_any_layout(rule):
    net, X, T = example(rule)
    d_wih, d_who = net.gradients(X, T)
    X.flags.writeable = T.flags.writeable = False  # a write would raise
    twice = np.repeat(X, 2, axis=1)[:, ::2]  # not contiguous
    for same in (X, X.tolist(), np.asfortranarray(X), twice):
        np.testing.assert_allclose(net.gradients(same, T.tolist())[0], d_wih, rtol=1e-13)
        np.testing.assert_allclose(net.gradients(same, T)[1], d_who, rtol=1e-13)
    black_or_white = [1, 0, 1, 0, 1, 1]
    assert net.query(black_or_white).shape == (K,)


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


# Bad input

NUMBERS = [None, "x", 1j, [["a"] * D], [[1, 0], [1]], 0.5, np.zeros((1, 1, D)), np.zeros((0, D))]
BAD_INPUTS = [*NUMBERS, [np.nan] * D, [[np.inf] * D], np.ones(D + 1), np.ones((N, D - 1)),
              np.full((N, D), 255.0), np.full(D, 255, np.uint8), np.full(D, -0.5)]
BAD_TARGETS = [*NUMBERS, [np.nan] * K, np.zeros(K), np.zeros((N, K + 1)), np.zeros((N - 1, K)),
               np.zeros((K, N)), np.full((N, K), 1.5), np.full((N, K), -0.1), np.arange(N)]
COUNTS = [0, -3, 2.0, "3", None, [3], np.nan]
X0, T0 = example()[1:]
CALLS = [
    *(("inputs", lambda net, bad: net.query(bad), bad) for bad in BAD_INPUTS),
    *(("inputs", lambda net, bad: net.train(bad, T0), bad) for bad in BAD_INPUTS),
    *(("targets", lambda net, bad: net.train(X0, bad), bad) for bad in BAD_TARGETS),
    *(("targets", lambda net, bad: net.gradients(X0[0], bad), bad) for bad in (T0[:1], T0, T0[0, :2])),
]
NEW = [
    *(("input_nodes", lambda bad: NeuralNetwork(bad, 2, 2, 0.1), bad) for bad in COUNTS),
    *(("hidden_nodes", lambda bad: NeuralNetwork(2, bad, 2, 0.1), bad) for bad in COUNTS),
    *(("output_nodes", lambda bad: NeuralNetwork(2, 2, bad, 0.1), bad) for bad in COUNTS),
    *(("learning_rate", lambda bad: NeuralNetwork(2, 2, 2, bad), bad)
      for bad in (0, -0.1, np.nan, np.inf, "0.1", None, [0.1])),
    *(("rule", lambda bad: NeuralNetwork(2, 2, 2, 0.1, rule=bad), bad)
      for bad in ("Article", "", None, 0, ["article"])),
    *(("rng", lambda bad: NeuralNetwork(2, 2, 2, 0.1, rng=bad), bad) for bad in ("a", -1, 0.5, [0.5])),
]


@pytest.mark.parametrize("name, call, bad", CALLS)
def test_bad_input_is_refused_by_name_and_changes_nothing(name, call, bad):
    net = example()[0]
    before = weights_of(net)
    with pytest.raises((ValueError, TypeError), match=rf"(?s)^{name}: received .+expected"):
        call(net, bad)
    for old, new in zip(before, weights_of(net), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name, new, bad", NEW)
def test_a_network_that_makes_no_sense_is_not_built(name, new, bad):
    with pytest.raises((ValueError, TypeError), match=rf"(?s)^{name}: received .+expected"):
        new(bad)


def test_a_rounding_error_beyond_black_is_let_pass():
    net = example()[0]
    np.testing.assert_allclose(net.query([1 + 1e-7] * D), net.query([1.0] * D), rtol=1e-6)
    np.testing.assert_allclose(net.query([-1e-7] * D), net.query([0.0] * D), rtol=1e-6)


def test_raw_pixels_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match="divide 0..255 images by 255"):
        example()[0].query(np.full(D, 255.0))


def test_the_package_gives_the_class_when_it_is_first_asked_for_and_no_other_name(monkeypatch):
    import mnistlib

    monkeypatch.delitem(vars(mnistlib), "NeuralNetwork", raising=False)
    assert {"NeuralNetwork", "hinge_loss", "__all__"} <= set(dir(mnistlib))
    found = mnistlib.NeuralNetwork
    assert found.__name__ == "NeuralNetwork" and vars(mnistlib)["NeuralNetwork"] is found
    with pytest.raises(AttributeError, match="module 'mnistlib' has no attribute 'neuralnetwork'"):
        mnistlib.neuralnetwork  # noqa: B018
