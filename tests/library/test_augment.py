"""Warps: what they move, keep and refuse."""

import numpy as np
import pytest
from scipy.ndimage import center_of_mass, gaussian_filter, map_coordinates

from mnistlib.augment import Warps, _look_up, warp_matrix

RNG = np.random.default_rng(0)
STILL = {"shift": 0, "rotate": 0, "scale": 0, "shear": 0, "elastic": 0}
BLOB = np.zeros((28, 28))
BLOB[10:16, 12:20] = 1


class Fixed(np.random.Generator):
    """Draws the largest values: what is bounded by ± b becomes b."""

    def uniform(self, low, high, size=None):
        assert (low, high) == (-1, 1)
        return np.full(size, high, dtype=float)


LARGEST = Fixed(np.random.PCG64(0))


def moved(picture=BLOB, rng=LARGEST, **options):
    A = warp_matrix(28, rng, **{**STILL, **options})
    return (A @ picture.ravel()).reshape(28, 28)


@pytest.mark.parametrize("shift, expected", [
    (0, BLOB), (3, np.roll(BLOB, (3, 3), (0, 1))),
    (0.5, (BLOB + np.roll(BLOB, 1, 0) + np.roll(BLOB, 1, 1) + np.roll(BLOB, (1, 1), (0, 1))) / 4),
], ids=["no warp is the identity", "whole pixels", "half a pixel gives the mean of neighbours"])
def test_a_shift_moves_down_and_right(shift, expected):
    np.testing.assert_allclose(moved(shift=shift), expected, atol=1e-6)


def test_a_quarter_turn_is_a_quarter_turn():
    turned = moved(rotate=90)
    assert any(np.allclose(turned, np.rot90(BLOB, k), atol=1e-5) for k in (1, 3))


def test_scale_enlarges_about_the_centre():
    assert moved(scale=0.5).sum() == pytest.approx(1.5**2 * BLOB.sum(), rel=0.1)
    centred = np.zeros((28, 28))
    centred[12:16, 12:16] = 1
    np.testing.assert_allclose(center_of_mass(moved(centred, scale=0.5)), (13.5, 13.5), atol=1e-6)


def test_a_shear_leans_the_upper_half_one_way_and_the_lower_the_other():
    column = np.zeros((28, 28))
    column[:, 13:15] = 1
    rows = [center_of_mass(row)[0] - 13.5 for row in moved(column, shear=0.3)]
    np.testing.assert_allclose(np.diff(rows[2:-2]), -0.3, atol=0.01)


def test_the_elastic_field_is_smoothed_noise_for_each_direction():
    picture, draws = np.random.default_rng(1).random((28, 28)), np.random.default_rng(3)
    draws.uniform(-1, 1, 6)  # of shift, angle, scale and shear
    field = [18 * gaussian_filter(noise, 4, mode="constant") for noise in draws.uniform(-1, 1, (2, 28, 28))]
    found = moved(picture, np.random.default_rng(3), elastic=18)
    expected = map_coordinates(picture, np.indices((28, 28)) + field, order=1, mode="grid-constant", cval=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_strengths_are_those_of_the_docstring():
    options = {"shift": 1.5, "rotate": 10.0, "scale": 0.12, "shear": 0.15, "elastic": 18.0, "smooth": 4.0}
    one, two = (warp_matrix(28, np.random.default_rng(0), **given) for given in ({}, options))
    assert abs(one - two).max() == 0


def test_a_pool_takes_the_strengths_of_its_warps():
    X = RNG.random((15, 784))
    pool = Warps(2, np.random.default_rng(0), **STILL)
    np.testing.assert_allclose(pool(X, np.random.default_rng(0)), X, atol=1e-6)


def test_bilinear_values_are_scipys():
    rng = np.random.default_rng(0)
    picture = rng.random((28, 28))
    place = rng.uniform(-3, 31, (2, 784))
    expected = map_coordinates(picture, place, order=1, mode="grid-constant", cval=0)
    np.testing.assert_allclose(_look_up(place, 28) @ picture.ravel(), expected, atol=1e-6)


def test_ink_stays_ink():
    for seed in range(20):
        A = warp_matrix(28, np.random.default_rng(seed))
        assert A.shape == (784, 784) and A.dtype == np.float32 and A.nnz <= 4 * 784
        assert A.data.min() >= 0 and np.asarray(A.sum(axis=1)).max() <= 1 + 1e-5


def test_the_pool_is_the_seeds_and_slices_share_a_warp():
    X = np.random.default_rng(1).random((60, 784)).astype(np.float32)
    one, two = (Warps(5, np.random.default_rng(0), images_per_warp=25) for _ in range(2))
    result = one(X, np.random.default_rng(2))
    np.testing.assert_array_equal(result, two(X, np.random.default_rng(2)))
    assert result.dtype == np.float32 and result.min() >= 0 and result.max() <= 1 + 1e-5
    picks = np.random.default_rng(2).integers(5, size=3)
    for start, which in zip((0, 25, 50), picks):
        expected = (one.matrices[which] @ X[start : start + 25].T).T
        np.testing.assert_allclose(result[start : start + 25], expected)
