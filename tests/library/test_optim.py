"""Central differences on functions whose slope is known, and batches that miss nothing."""

import numpy as np
import pytest

from mnistlib import minibatches, numerical_gradient

RNG = np.random.default_rng(0)


def cubes(a):
    return float((a**3).sum())


READ_ONLY = RNG.normal(size=(2, 3))
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize("array", [
    *(RNG.normal(size=shape) for shape in [(), (1,), (5,), (2, 3), (2, 1, 3)]),
    RNG.normal(size=(2, 3)).astype(np.float32), READ_ONLY, RNG.normal(size=(3, 4)).T[::2],
    [[1.0, 2.0]], [1, 2, 3],
], ids=["0-d", "(1,)", "(5,)", "(2, 3)", "(2, 1, 3)", "float32", "read-only", "not contiguous", "list",
        "integers"])
def test_slope_of_a_sum_of_cubes_is_three_squares_and_the_argument_is_unchanged(array):
    before = np.array(array)
    slope = numerical_gradient(cubes, array)
    np.testing.assert_array_equal(array, before)
    assert slope.shape == before.shape and slope.dtype == np.float64
    np.testing.assert_allclose(slope, 3 * before.astype(float) ** 2, rtol=1e-7, atol=1e-8)


def test_differences_are_central():
    # (a + h)³ - (a - h)³ over 2h is 3a² + h²: the error tells the step and the kind of difference.
    np.testing.assert_allclose(numerical_gradient(cubes, [2.0], step=0.5), [12.25], rtol=1e-14)
    np.testing.assert_allclose(numerical_gradient(lambda a: a[0] ** 2, [3.0], step=1.0), [6.0])
    np.testing.assert_allclose(numerical_gradient(lambda a: -1e12 * a[0], [3.0], step=1.0), [-1e12])
    np.testing.assert_allclose(numerical_gradient(lambda a: 1e12 * a[0], [3.0], step=1.0), [1e12])


def test_slope_of_a_function_that_gives_its_argument_back_is_one():
    # What f returns may be a view of the nudged array, which the next nudge changes.
    assert numerical_gradient(lambda a: a, 3.0) == pytest.approx(1)
    assert numerical_gradient(lambda a: a[0, ...], [3.0]) == pytest.approx(1)


def test_one_call_above_and_one_below_each_number():
    points = []
    numerical_gradient(lambda a: points.append(a.copy()) or 0.0, [1.0, 2.0], step=0.25)
    assert np.array(points).tolist() == [[1.25, 2], [0.75, 2], [1, 2.25], [1, 1.75]]


def test_argument_is_unchanged_when_the_function_raises():
    array = np.ones(3)
    with pytest.raises(ZeroDivisionError):
        numerical_gradient(lambda a: 1 / 0, array)
    assert array.tolist() == [1, 1, 1]


def test_same_rng_gives_the_same_batches_and_the_next_epoch_others():
    first, second = np.random.default_rng(5), np.random.default_rng(5)
    epoch = np.concatenate(minibatches(100, 7, first))
    np.testing.assert_array_equal(epoch, np.concatenate(minibatches(100, 7, second)))
    assert epoch.tolist() != list(range(100))
    assert epoch.tolist() != np.concatenate(minibatches(100, 7, first)).tolist()


def test_global_random_state_is_neither_read_nor_moved():
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    minibatches(10, 3, np.random.default_rng(0))
    assert np.random.get_state()[1].tolist() == before
