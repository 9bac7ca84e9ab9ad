"""Telling strokes from the paper under them: a grey picture in, ink 1 on paper 0 out."""

import numpy as np
from PIL import Image
from scipy import ndimage

from mnistlib.handwriting._files import LONGEST, shrunk
from mnistlib.handwriting._strokes import main_parts

FAINTEST = 0.08  # of the paper's light; what takes less is no stroke
CLEAR = 0.7  # of the paper's light; shadows hardly ever take as much, so edges may be soft and grey
LOOSE = 0.1  # of all ink must be in the largest part, or it is grain, which falls apart into specks
BLOT = 0.6  # of its length; anything thicker is not a stroke
NEAR = 0.06  # of the picture's longer side: how far the paper near a stroke reaches
DIM = 0.3  # of white; on darker paper a little grain takes much of the light
GRAIN = 4.5  # standard deviations of the paper near it: a stroke is that much darker, a third if it is clear
EDGE = 0.6  # of a stroke's ink must be gone where the paper near it begins, unless it is clear
TWO_HEAPS = 0.74  # of the variance lies between light and dark where these are distinct; in noise, 2/π = 0.64
TINY = np.finfo(np.float32).tiny


def level(grey, ink, name):
    """Each pixel compared with the paper around it: ink 1 on paper 0, whatever the light."""
    grey = ndimage.gaussian_filter(grey, max(grey.shape) / LONGEST)  # smooths the camera's noise
    if ink == "light" or ink == "auto" and is_light(grey):
        grey = 1 - grey
    paper = paper_under(grey)
    taken = (paper - grey) / np.maximum(paper, 0.05)  # the share of the light that ink has taken
    strokes = taken[taken > otsu(taken)]
    strength = max(np.percentile(strokes, 90), 0) if strokes.size else 0
    clear = strength >= CLEAR and np.median(paper) >= DIM
    doubt = f"contrast {strength:.2f}" if strength < FAINTEST else doubt_of(taken / strength, clear)
    if doubt:
        raise ValueError(f"{name}: received a picture without strokes ({doubt}), "
                         "expected a digit on even paper")
    return np.clip(taken / strength, 0, 1)


def doubt_of(ink, clear):
    """Why this is not ink but grain, a stain or a shadow, as a short text; None if it is strokes.

    ink : (H, W), paper 0 and what stands out from it 1; clear : whether that takes most of a good light
    """
    marks = ink > 0.5
    strokes = main_parts(marks)
    parts, _ = ndimage.label(strokes, np.ones((3, 3)))
    if np.bincount(parts[strokes]).max() < LOOSE * marks.sum():
        return "specks only"
    soft = 1 + max(ink.shape) // 100
    near, places = max(NEAR * max(ink.shape), soft + 2), np.nonzero(strokes)
    around = tuple(slice(max(int(one.min() - near), 0), int(one.max() + near) + 1) for one in places)
    ink, strokes = ink[around], strokes[around]  # nothing further away counts
    length = max(np.ptp(one) + 1 for one in places)
    if 2 * ndimage.distance_transform_edt(strokes).max() > BLOT * length:
        return "a blot"
    away = ndimage.distance_transform_edt(~strokes)
    paper = ink[(away > soft) & (away <= near)]
    if not paper.size:
        return "no paper"
    middle, light = np.percentile(paper, [50, 16])  # a standard deviation apart, away from soft edges
    stands_out = ink[strokes].mean() - middle
    if stands_out < GRAIN * (middle - light) / (3 if clear else 1):
        return "grain only"
    return None if clear or stands_out >= EDGE else "a shadow"


def is_light(grey):
    """Are the strokes lighter than the paper? The paper is what lies at the rim, and what there is more of.

    If the two differ plainly, the rim decides, even where a digit fills its picture; if strokes are faint,
    the skewness of the greys decides.
    """
    small = shrunk(grey, 64)
    away = small - ndimage.gaussian_filter(small, max(small.shape) / 4, mode="nearest")
    away -= away.mean()
    light = away > otsu(away)
    share = light.mean()
    between = away[light].sum() ** 2 / away.size ** 2 / max(share * (1 - share), TINY)
    if between > TWO_HEAPS * np.mean(away ** 2):
        return np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]]).mean() < 0.5
    return np.mean(away ** 3) > 0  # a few light pixels lie far from the mean


def paper_under(grey):
    """The paper's brightness at each pixel: strokes filled with the brightest paper around, then smoothed."""
    small = shrunk(grey, 64)
    side = 1 + max(small.shape) // 3  # wider than any stroke
    # Beyond the edge the light continues its trend, or dark corners would pass for ink. But where ink is
    # near the edge, the trend leads to values brighter than the paper: there the mirrored picture counts.
    dark = np.minimum(_beyond(small, side, "odd"), _beyond(small, side, "even"))
    filled = ndimage.grey_closing(dark, (side, side))[side:-side, side:-side]
    paper = ndimage.gaussian_filter(_beyond(filled, side, "odd"), side / 6)
    inside = Image.fromarray(paper[side:-side, side:-side])
    return np.asarray(inside.resize(grey.shape[::-1], Image.Resampling.BILINEAR))


def _beyond(small, side, how):
    return np.pad(small, side, mode="reflect", reflect_type=how)


def otsu(values):
    """The threshold that best splits the values into two groups (Otsu, 1979)."""
    counts, edges = np.histogram(values, 128)
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * (edges[:-1] + edges[1:]))[:-1] / 2
    above = values.size - below
    apart = sums / np.maximum(below, 1) - (values.sum() - sums) / np.maximum(above, 1)
    return edges[1 + np.argmax(below * above * apart ** 2)]
