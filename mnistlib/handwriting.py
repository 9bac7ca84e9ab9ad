"""Your own handwriting: from a photographed or scanned digit to the network's input. Chapter 9.

Each stage is a function, and `stages` calls them in order. The last three are how MNIST was made from
scans (LeCun, Bottou, Bengio and Haffner, 1998); those before bring a photo to where MNIST began.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from mnistlib._checks import as_pixels
from mnistlib._images import as_grey
from mnistlib._paper import is_light, otsu, paper_under

LONGEST = 320  # pixels to work on: a digit that takes a sixth of the photo still has 50
FAINTEST = 0.08  # of the paper's light; what takes less is no stroke
NOISE = 5  # a stroke stands out by as many deviations of the paper's own grain
SPECK = 0.1  # of the largest stroke's area; a dot made by the same pen has less
HALF, FAINT = 0.5, 0.15  # ink from which on a pixel is a stroke; and the soft edge of one
BOX, FIELD = 20, 28


class Stages(NamedTuple):
    """What becomes of a picture: arrays of float32 in [0, 1], stage by stage.

    grey (H, W) : upright, white 1 and black 0, at most 320 pixels a side
    ink (H, W) : the paper 0, whatever its shade, and the strokes about 1
    clean (H, W) : specks and faint lines gone
    cropped (h, w) : the box round the strokes
    scaled (20, w) or (h, 20) : its longer side 20 pixels
    centred (28, 28) : its centre of mass in the middle; what the network reads
    """

    grey: np.ndarray
    ink: np.ndarray
    clean: np.ndarray
    cropped: np.ndarray
    scaled: np.ndarray
    centred: np.ndarray


def read_digit(file, *, ink="auto"):
    """One handwritten digit, prepared as MNIST's digits were.

    file : path, bytes or open binary file of a PNG or JPEG (or WebP, GIF, BMP, TIFF), a PIL image, or an
        array (H, W), (H, W, 3) or (H, W, 4) of uint8, uint16 or numbers in [0, 1]
    ink : "dark" on light paper, "light" on a dark board, or "auto": whatever there is less of
    returns  (784,) float32 in [0, 1], ink 1 on paper 0
    raises   FileNotFoundError if there is no such file; ValueError if it is no image, is damaged, too
        small or too large, or shows no stroke; TypeError if it is none of the kinds above
    """
    return stages(file, ink=ink).centred.reshape(-1)


def stages(file, *, ink="auto"):
    """`read_digit` with every stage on the way: `Stages`."""
    grey = read_grey(file)
    inked = level_paper(grey, ink=ink)
    clean = remove_specks(inked)
    cropped = crop_to_ink(clean)
    scaled = scale_to_box(cropped)
    return Stages(grey, inked, clean, cropped, scaled, centre_by_mass(scaled))


def read_grey(file):
    """The image as (H, W) float32, upright, black 0 and white 1, at most 320 pixels a side."""
    return as_grey(file, LONGEST)


def level_paper(grey, *, ink="auto"):
    """Ink 1 on paper 0, whatever the light: each pixel is compared with the paper around it.

    grey : (H, W) in [0, 1]; ink : "dark", "light" or "auto"
    returns  (H, W) float32; a stroke that takes 60 % of the light becomes 1, and so does one of 90 %
    raises   ValueError if nothing stands out from the paper
    """
    grey = as_pixels("grey", grey, ("H", "W")).astype(np.float32)
    if ink not in ("auto", "dark", "light"):
        raise ValueError(f"ink: received {ink!r}, expected 'auto', 'dark' or 'light'")
    grey = ndimage.gaussian_filter(grey, max(grey.shape) / LONGEST)  # the camera's noise
    if ink == "light" or ink == "auto" and is_light(grey):
        grey = 1 - grey
    paper = paper_under(grey)
    taken = (paper - grey) / np.maximum(paper, 0.05)  # the share of the light that ink has taken
    middle = np.median(taken)
    grain = 1.4826 * np.median(np.abs(taken - middle))  # the deviation of a normal distribution
    strokes = taken[taken > otsu(taken)]
    strength = np.percentile(strokes, 90) if strokes.size else 0
    if strength < max(FAINTEST, NOISE * grain):
        raise ValueError(f"file: received a picture without strokes (contrast {max(strength, 0):.2f}), "
                         "expected a digit on even paper")
    return np.clip(taken / strength, 0, 1)


def remove_specks(ink):
    """Without what is no part of the digit: parts below a tenth of the largest, and lines below half ink.

    ink : (H, W) in [0, 1]; returns (H, W)
    """
    ink = as_pixels("ink", ink, ("H", "W"))
    parts, _ = ndimage.label(ink > HALF, np.ones((3, 3)))
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    kept = (areas >= SPECK * areas.max())[parts] & (parts > 0)
    # The soft edges belong to the strokes; the lines that run into them do not, but for a stub.
    reach = 1 + max(ink.shape) // 100
    kept = ndimage.binary_dilation(kept, np.ones((3, 3)), reach, mask=ink > FAINT)
    return np.where(kept, ink, 0).astype(np.float32)


def crop_to_ink(ink):
    """The smallest box with all pixels of more than half ink: (H, W) to (h, w)."""
    rows, columns = np.nonzero(as_pixels("ink", ink, ("H", "W")) > HALF)
    if not rows.size:
        raise ValueError("ink: received no pixel above 0.5, expected strokes near 1")
    return ink[rows.min():rows.max() + 1, columns.min():columns.max() + 1]


def scale_to_box(ink):
    """The longer side 20 pixels, the shape kept, and the darkest pixel 1: (h, w) to (20, w) or (h, 20)."""
    ink = as_pixels("ink", ink, ("h", "w")).astype(np.float32)
    height, width = (max(1, round(BOX * side / max(ink.shape))) for side in ink.shape)
    # A new pixel is the mean of all that it covers (anti-aliasing): hence the grey edges of MNIST.
    small = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BOX))
    return small / max(small.max(), np.finfo(np.float32).tiny)


def centre_by_mass(small):
    """A field of 28 × 28 with the centre of mass within half a pixel of (14, 14), where MNIST has it.

    small : (h, w) in [0, 1], at most 28 × 28; it is moved by whole pixels, and never beyond the edge
    """
    small = as_pixels("small", small, ("h", "w"))
    height, width = small.shape
    if max(small.shape) > FIELD or not small.any():
        raise ValueError(f"small: received shape {small.shape} with ink {small.sum():g}, "
                         f"expected at most ({FIELD}, {FIELD}) and some ink")
    corner = [round(FIELD / 2 - mass) for mass in ndimage.center_of_mass(small.astype(float))]
    top, left = np.clip(corner, 0, [FIELD - height, FIELD - width])
    field = np.zeros((FIELD, FIELD), np.float32)
    field[top:top + height, left:left + width] = small
    return field
