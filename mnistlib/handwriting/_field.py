"""MNIST's convention: a box of 20 pixels round the digit, its centre of mass in the middle of 28 × 28."""

import numpy as np
from PIL import Image
from scipy import ndimage

from mnistlib.handwriting._strokes import HALF

BOX, FIELD = 20, 28


def crop_to_ink(ink):
    """The smallest box with all pixels of more than half ink, of which there must be one."""
    rows, columns = np.nonzero(ink > HALF)
    return ink[rows.min():rows.max() + 1, columns.min():columns.max() + 1]


def scale_to_box(ink):
    """Longer side 20 pixels, proportions kept, and the darkest pixel 1."""
    height, width = (max(1, round(BOX * side / max(ink.shape))) for side in ink.shape)
    # A new pixel is the mean of all that it covers (anti-aliasing): hence the grey edges of MNIST.
    small = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BOX))
    return small / max(small.max(), np.finfo(np.float32).tiny)


def centre_by_mass(small):
    """The digit in a field of 28 × 28, moved by whole pixels, and never beyond the edge."""
    height, width = small.shape
    corner = [round(FIELD / 2 - mass) for mass in ndimage.center_of_mass(small.astype(float))]
    top, left = np.clip(corner, 0, [FIELD - height, FIELD - width])
    field = np.zeros((FIELD, FIELD), np.float32)
    field[top:top + height, left:left + width] = small
    return field
