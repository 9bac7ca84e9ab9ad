"""Scores, predictions and accuracy against loops and hand calculation."""

import numpy as np
import pytest
import torch

from mnistlib import accuracy, linear_scores, predict

RNG = np.random.default_rng(0)
X, W, b = RNG.random((6, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_are_pytorchs_linear_in_the_dtype_that_came_in(dtype):
    parts = [part.astype(dtype) for part in (X, W, b)]
    scores = linear_scores(*parts)
    assert scores.dtype == dtype
    expected = torch.nn.functional.linear(*map(torch.tensor, parts)).numpy()
    np.testing.assert_allclose(scores, expected, rtol=1e-5 if dtype == np.float32 else 1e-13)


def test_one_sample_is_a_row_of_many():
    many = linear_scores(X, W, b)
    one = linear_scores(X[2], W, b)
    assert one.shape == (3,) and many.shape == (6, 3)
    np.testing.assert_allclose(one, many[2], rtol=1e-14)
    assert predict(one) == predict(many)[2]
    assert linear_scores(X[:1], W, b).shape == (1, 3)


def test_layout_of_the_arguments_does_not_matter_and_none_is_written_to():
    expected = linear_scores(X, W, b)
    twice = np.repeat(X, 2, axis=1)[:, ::2]  # not contiguous
    frozen = X.copy()
    frozen.flags.writeable = False
    for same in (X.tolist(), np.asfortranarray(X), twice, frozen):
        np.testing.assert_allclose(linear_scores(same, W.tolist(), tuple(b)), expected, rtol=1e-14)


def test_prediction_is_the_highest_score_and_of_equal_ones_the_first():
    assert predict([[1.0, 3.0, 2.0], [5.0, 0.0, 5.0], [0.0, 0.0, 0.0]]).tolist() == [1, 0, 0]
    assert predict([-3.0, -1.0, -1.0]) == 1
    assert predict([[7]]).tolist() == [0]


def test_accuracy_is_the_share_of_right_predictions():
    scores = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    assert accuracy(scores, [0, 1, 1, 1]) == 0.5  # the tie goes to class 0
    assert accuracy(scores, np.array([0, 0, 1, 0], dtype=np.uint8)) == 1.0
    assert accuracy([0.0, 2.0], 1) == 1.0 and accuracy([0.0, 2.0], 0) == 0.0
    assert type(accuracy(scores, [0, 1, 1, 1])) is float
