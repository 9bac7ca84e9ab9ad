"""Laws that hold for all inputs, on inputs that hypothesis chooses."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnistlib.data import one_hot
from mnistlib.linear import accuracy, linear_scores, predict
from mnistlib.losses import hinge_loss, l2_penalty, softmax_cross_entropy, squared_error
from mnistlib.network import NeuralNetwork
from mnistlib.optim import minibatches, numerical_gradient

settings.register_profile("book", deadline=None, derandomize=True)  # the same examples on every machine
settings.load_profile("book")

DTYPES = st.sampled_from([np.float32, np.float64])
RULES = st.sampled_from(["article", "squared_error", "cross_entropy"])


@st.composite
def matrices(draw, largest=100.0, rows=None, columns=None, dtype=None):
    shape = (rows or draw(st.integers(1, 6)), columns or draw(st.integers(2, 6)))
    dtype = dtype or draw(DTYPES)
    width = 8 * np.dtype(dtype).itemsize
    return draw(arrays(dtype, shape, elements=st.floats(-largest, largest, width=width)))


@st.composite
def scores_and_labels(draw, **options):
    scores = draw(matrices(**options))
    n, k = scores.shape
    return scores, draw(arrays(np.int64, n, elements=st.integers(0, k - 1)))


def close(actual, expected, like=None, scale=1.0):
    """Equal up to rounding in the dtype of `like`, for numbers of the size `scale`."""
    eps = np.finfo((like if like is not None else np.asarray(expected)).dtype).eps
    np.testing.assert_allclose(actual, expected, rtol=200 * eps, atol=200 * eps * max(1.0, scale))


@given(scores_and_labels(), st.floats(0, 10))
def test_hinge_is_zero_exactly_when_every_margin_is_met(example, margin):
    scores, y = example
    loss, gradient = hinge_loss(scores, y, margin=margin)
    own = scores[np.arange(len(y)), y][:, None]
    others = np.delete(np.arange(scores.size).reshape(scores.shape),
                       np.arange(len(y)) * scores.shape[1] + y)
    lead = own - scores
    short = margin - lead.ravel()[others]
    assume(np.all((np.abs(short) > 1e-4) | (short == 0)))  # rounding decides the rest
    assert (loss == 0) == (not np.any(short > 0))
    assert (loss == 0) == (not gradient.any())
    assert loss >= 0


@given(scores_and_labels(largest=1e9))
def test_softmax_never_overflows(example):
    scores, y = example
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, gradient = softmax_cross_entropy(scores, y)
    assert np.isfinite(loss) and loss >= 0
    assert np.abs(gradient).max() <= 1 / len(y) and np.abs(gradient.sum(axis=1)).max() < 1e-5


@given(scores_and_labels())
def test_squared_error_is_zero_at_the_targets_only(example):
    scores, y = example
    T = one_hot(y, scores.shape[1]).astype(scores.dtype)
    off = np.abs(scores - T).max()
    assume(off == 0 or off > 1e-15)  # the square of less may round to zero
    assert squared_error(T, T)[0] == 0
    assert (squared_error(scores, T)[0] > 0) == (off > 0)


@given(matrices(), st.floats(0, 100), st.floats(-10, 10))
def test_penalty_is_quadratic_in_the_weights(W, strength, factor):
    penalty, gradient = l2_penalty(W, strength)
    factor = W.dtype.type(factor)
    close(l2_penalty(factor * W, strength)[0], float(factor) ** 2 * penalty, like=W, scale=penalty * 100)
    close(gradient, 2 * strength * W, like=W, scale=strength * 200)


@given(st.integers(1, 300), st.integers(1, 400), st.integers(0, 9))
def test_minibatches_cover_every_index_once(n, size, seed):
    batches = list(minibatches(n, size, np.random.default_rng(seed)))
    assert sorted(np.concatenate(batches)) == list(range(n))
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    assert 1 <= len(batches[-1]) <= size


@settings(max_examples=60)
@given(st.integers(1, 8), st.integers(0, 99), RULES, DTYPES)
def test_a_batch_step_is_the_mean_of_single_steps(n, seed, rule, dtype):
    rng = np.random.default_rng(seed)
    X, T = rng.random((n, 5)).astype(dtype), one_hot(rng.integers(0, 3, n), 3) * 0.98 + 0.01
    new = [NeuralNetwork(5, 4, 3, 0.5, rule=rule, rng=seed, dtype=dtype) for _ in range(n + 1)]
    first = new[0].wih.copy(), new[0].who.copy()
    new[0].train(X, T)
    for network, x, t in zip(new[1:], X, T, strict=True):
        network.train(x, t)
    for name, before in zip(("wih", "who"), first, strict=True):
        steps = [getattr(network, name) - before for network in new[1:]]
        close(getattr(new[0], name) - before, np.mean(steps, axis=0), like=before)


@given(matrices(columns=4, dtype=np.float64), matrices(columns=4, dtype=np.float64), st.floats(-5, 5))
def test_scores_are_linear_in_the_weights_and_shift_with_the_bias(X, W, factor):
    b = np.arange(len(W), dtype=float)
    without = linear_scores(X, W, 0 * b)
    close(linear_scores(X, W, b), without + b, scale=1e5)
    close(linear_scores(X, factor * W, 0 * b), factor * without, scale=1e6)


@given(scores_and_labels(largest=1e3, dtype=np.float64), st.sampled_from([0.25, 2.0, 8.0]))
def test_predictions_do_not_change_with_the_scale(example, factor):
    scores, y = example
    assert (predict(scores) == predict(factor * scores)).all()
    assert accuracy(scores, predict(scores)) == 1
    assert accuracy(scores, y) == np.mean(predict(scores) == y)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_one_hot_and_back(labels):
    T = one_hot(labels)
    assert (T.sum(axis=1) == 1).all() and predict(T).tolist() == labels


@settings(max_examples=40)
@given(matrices(largest=10.0, dtype=np.float64))
def test_the_numerical_gradient_of_a_quadratic_is_exact_up_to_rounding(W):
    np.testing.assert_allclose(numerical_gradient(lambda V: l2_penalty(V, 0.5)[0], W), W, atol=1e-6)
