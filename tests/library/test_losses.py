"""The losses against PyTorch and against hand calculation; test_laws.py has what holds for all inputs."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mnistlib import hinge_loss, l2_penalty, softmax_cross_entropy, squared_error

# Columns: cat, car, frog. Rows: a cat, a car, a frog. The article's three images.
ARTICLE = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])

N, K = 7, 5
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
CLASS_LOSSES = pytest.mark.parametrize("loss", [hinge_loss, softmax_cross_entropy])


# ours, PyTorch's, the second argument
ORACLES = [
    # PyTorch divides by the number of classes too; the article does not.
    (hinge_loss, lambda scores, y: scores.shape[1] * F.multi_margin_loss(scores, y), "labels"),
    (softmax_cross_entropy, F.cross_entropy, "labels"),
    (squared_error, lambda outputs, T: 0.5 * F.mse_loss(outputs, T, reduction="sum") / len(T), "targets"),
    (l2_penalty, lambda W, strength: strength * torch.linalg.norm(W) ** 2, 0.37),
]
EVERY_LOSS = pytest.mark.parametrize("ours, theirs, second", ORACLES, ids=[o[0].__name__ for o in ORACLES])


def example(second, dtype, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 2, (N, K)).astype(dtype)
    seconds = {"labels": rng.integers(0, K, N), "targets": rng.random((N, K)).astype(dtype)}
    return scores, seconds.get(second, second)


@DTYPES
@EVERY_LOSS
def test_loss_and_gradient_are_pytorchs_in_the_dtype_of_the_argument(ours, theirs, second, dtype):
    scores, other = example(second, dtype)
    loss, gradient = ours(scores, other)
    assert type(loss) is float and gradient.dtype == dtype and gradient.shape == scores.shape
    leaf = torch.tensor(scores, requires_grad=True)
    expected = theirs(leaf, torch.tensor(other) if isinstance(other, np.ndarray) else other)
    expected.backward()
    rtol = 1e-5 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(loss, expected.item(), rtol=rtol)
    np.testing.assert_allclose(gradient, leaf.grad.numpy(), rtol=rtol, atol=rtol / 100)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int64, np.float16, np.longdouble])
@EVERY_LOSS
def test_other_real_dtypes_are_computed_in_float64(ours, theirs, second, dtype):
    scores, other = example(second, np.float64)
    scores = (40 * np.abs(scores)).astype(dtype)  # 8 bits would overflow
    loss, gradient = ours(scores, other)
    expected = ours(scores.astype(np.float64), other)
    assert gradient.dtype == np.float64 and loss == expected[0]
    np.testing.assert_array_equal(gradient, expected[1])


@EVERY_LOSS
def test_arguments_are_left_alone_and_may_be_of_any_layout(ours, theirs, second):
    scores, other = example(second, np.float64)
    expected = ours(scores, other)
    twice = np.repeat(scores, 2, axis=1)[:, ::2]  # every other column: not contiguous
    for same in (scores.tolist(), np.asfortranarray(scores), twice):
        loss, gradient = ours(same, other)
        np.testing.assert_allclose(loss, expected[0], rtol=1e-14)
        np.testing.assert_allclose(gradient, expected[1], rtol=1e-14)
    scores.flags.writeable = False  # a write would raise
    if isinstance(other, np.ndarray):
        other.flags.writeable = False
    ours(scores, other)


# Hinge loss


def test_hinge_of_cat_car_and_frog_is_what_hand_calculation_gives():
    singles = [hinge_loss(ARTICLE[i : i + 1], [i])[0] for i in range(3)]
    np.testing.assert_allclose(singles, [2.9, 0, 12.9], atol=1e-12)
    np.testing.assert_allclose(hinge_loss(ARTICLE, [0, 1, 2])[0], 15.8 / 3, rtol=1e-14)


def test_hinge_gradient_counts_the_violated_margins():
    _, gradient = hinge_loss(ARTICLE, [0, 1, 2])
    np.testing.assert_allclose(gradient * 3, [[-1, 1, 0], [0, 0, 0], [1, 1, -2]], atol=1e-15)


def test_hinge_is_zero_when_every_margin_is_met():
    # A margin met exactly is met: neither loss nor slope.
    loss, gradient = hinge_loss([[3.0, 2.0, -5.0]], [0])
    assert loss == 0 and not gradient.any()
    assert hinge_loss([[3.0, 2.0 + 1e-6, -5.0]], [0])[0] > 0


def test_hinge_grows_with_its_margin():
    loss, gradient = hinge_loss([[0.0, 0.0, -4.0]], [0], margin=5)
    assert loss == 5 + 1 and gradient.tolist() == [[-2, 1, 1]]
    assert hinge_loss([[1.0, 0.0]], [0], margin=0)[0] == 0


# Cross-entropy


@DTYPES
def test_cross_entropy_of_huge_scores_neither_overflows_nor_loses_the_loss(dtype):
    scores = np.array([[1e4, -1e4, 0], [1e4, -1e4, 0]], dtype=dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, gradient = softmax_cross_entropy(scores, [0, 1])
    assert loss == 1e4  # 0 for the first row, 20,000 for the second
    np.testing.assert_array_equal(gradient, [[0, 0, 0], [0.5, -0.5, 0]])


@CLASS_LOSSES
def test_a_constant_added_to_a_row_of_scores_changes_nothing(loss):
    scores, y = example("labels", np.float64)
    moved = scores + np.linspace(-1e4, 1e4, N)[:, None]  # far apart: no row may lean on another's highest
    np.testing.assert_allclose(loss(moved, y)[0], loss(scores, y)[0], rtol=1e-10)
    np.testing.assert_allclose(loss(moved, y)[1], loss(scores, y)[1], atol=1e-10)


# The penalty


def test_penalty_of_the_articles_two_templates_is_one_and_a_quarter():
    assert l2_penalty([1.0, 0, 0, 0], 1)[0] == 1
    assert l2_penalty([0.25] * 4, 1)[0] == 0.25


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("call", [
    lambda x: hinge_loss([[x, -x], [-x, x]], [1, 0], 1e9), lambda x: softmax_cross_entropy([[x, -x]], [1]),
    lambda x: squared_error([[x]], [[-x]]), lambda x: l2_penalty(np.full(1000, x), 1e9),
])
def test_the_largest_numbers_that_are_let_in_do_not_overflow_in_32_bits(call):
    loss, slope = call(np.float32(1e9))
    assert np.isfinite(loss) and np.isfinite(slope).all()
