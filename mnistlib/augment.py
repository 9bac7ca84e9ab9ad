"""Distorting digits: a warp is a sparse matrix that acts on the pixels. Chapter 12."""

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_array

from mnistlib._checks import as_count, as_generator, as_number, as_pixels, as_rng


def warp_matrix(side, rng, *, shift=1.5, rotate=10.0, scale=0.12, shear=0.15, elastic=18.0, smooth=4.0):
    """A random warp of square pictures, as a matrix: X_warped = X @ A.T, row by row.

    side : pixels along an edge; rng : numpy.random.Generator or seed
    shift : pixels; rotate : degrees; scale, shear : fractions; each drawn uniformly within ± this
    elastic : largest displacement of a random field, in pixels, before it is smoothed
    smooth : standard deviation of the Gaussian that smooths the field, in pixels
    returns  A : scipy.sparse.csr_array (side², side²) float32
    Each pixel of the result takes its ink from one point of the original, as the mean of the four pixels
    round that point, weighted by nearness (bilinear); beyond the edge there is only paper.
    Simard, Steinkraus and Platt (2003) for the elastic field, with σ = 4 and α = 34. Chapter 12
    compares these strengths with half of them, and with one and a half times as much.
    """
    side, rng = as_count("side", side, maximum=1000), as_rng("rng", rng)
    bounds = [as_number(name, value) for name, value in
              [("shift", shift), ("rotate", rotate), ("scale", scale), ("shear", shear)]]
    elastic, smooth = as_number("elastic", elastic), as_number("smooth", smooth, maximum=1000)
    down, right, angle, taller, wider, lean = rng.uniform(-1, 1, 6) * np.array(bounds)[[0, 0, 1, 2, 2, 3]]
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    matrix = (np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, 0], [lean, 1]])
              @ np.diag([1 / (1 + taller), 1 / (1 + wider)]))
    centre = (side - 1) / 2
    grid = np.indices((side, side)).reshape(2, -1) - centre
    place = matrix @ grid + centre - np.array([[down], [right]])
    if elastic:
        field = rng.uniform(-1, 1, (2, side, side))
        place += elastic * gaussian_filter(field, (0, smooth, smooth), mode="constant").reshape(2, -1)
    return _look_up(place, side)


def _look_up(place, side):
    """The matrix whose row p takes its value at place[:, p], (row, column) in pixels."""
    corner = np.floor(place).astype(int)
    part = place - corner
    targets, sources, shares = [], [], []
    for down in (0, 1):
        for right in (0, 1):
            row, column = corner[0] + down, corner[1] + right
            share = np.abs(1 - down - part[0]) * np.abs(1 - right - part[1])
            inside = (row >= 0) & (row < side) & (column >= 0) & (column < side)
            targets.append(np.flatnonzero(inside))
            sources.append((row * side + column)[inside])
            shares.append(share[inside])
    indices = np.concatenate(targets), np.concatenate(sources)
    values = np.concatenate(shares).astype(np.float32)
    return csr_array((values, indices), shape=(side**2, side**2))


class Warps:
    """A pool of random warps, drawn once; each slice of a minibatch goes through one of them.

    count : warps in the pool; rng : numpy.random.Generator or seed, which draws them
    side, options : those of `warp_matrix`; images_per_warp : rows of a batch that share one warp
    Which warp a slice goes through is drawn anew at every call.
    """

    def __init__(self, count, rng, *, side=28, images_per_warp=10, **options):
        rng = as_rng("rng", rng)
        self.images_per_warp = as_count("images_per_warp", images_per_warp)
        self.matrices = [warp_matrix(side, rng, **options) for _ in range(as_count("count", count))]

    def __call__(self, X, rng):
        """X : (N, D) floats in [0, 1]; returns (N, D). rng, a Generator, picks a warp for each slice."""
        X, rng = as_pixels("X", X, ("N", self.matrices[0].shape[1])), as_generator("rng", rng)
        result = np.empty_like(X)
        starts = range(0, len(X), self.images_per_warp)
        for start, which in zip(starts, rng.integers(len(self.matrices), size=len(starts))):
            rows = slice(start, start + self.images_per_warp)
            result[rows] = (self.matrices[which] @ X[rows].T).T
        return result
