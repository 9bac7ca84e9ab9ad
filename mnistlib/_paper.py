"""Telling strokes from the paper under them. Serves `mnistlib.handwriting`."""

import numpy as np
from PIL import Image
from scipy import ndimage

from mnistlib._images import shrunk


def is_light(grey):
    """Strokes are few: on dark paper the light ones make the distribution lean to the light."""
    small = shrunk(grey, 64)
    away = small - ndimage.gaussian_filter(small, max(small.shape) / 4, mode="nearest")
    return np.mean((away - np.median(away)) ** 3) > 0


def paper_under(grey):
    """The paper's brightness at each pixel: strokes filled up by the brightest around, then smoothed."""
    small = shrunk(grey, 64)
    side = 1 + max(small.shape) // 3  # wider than any stroke
    # Beyond the edge the light goes on as it does before it, or dark corners would pass for ink.
    wide = np.pad(small, side, mode="reflect", reflect_type="odd")
    paper = ndimage.gaussian_filter(ndimage.grey_closing(wide, (side, side)), side / 6)
    inside = Image.fromarray(paper[side:-side, side:-side])
    return np.asarray(inside.resize(grey.shape[::-1], Image.Resampling.BILINEAR))


def otsu(values):
    """The threshold that best parts values in two heaps (Otsu, 1979)."""
    counts, edges = np.histogram(values, 128)
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * (edges[:-1] + edges[1:]))[:-1] / 2
    above = values.size - below
    apart = sums / np.maximum(below, 1) - (values.sum() - sums) / np.maximum(above, 1)
    return edges[1 + np.argmax(below * above * apart ** 2)]
