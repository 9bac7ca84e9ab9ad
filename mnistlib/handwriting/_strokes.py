"""Which ink is the digit: specks and printed lines go, and digits apart from one another are counted."""

import numpy as np
from scipy import ndimage

HALF, FAINT = 0.5, 0.15  # ink from which on a pixel is a stroke; and the soft edge of one
SPECK = 0.1  # of the largest stroke's area; a dot made by the same pen has less
BRIDGE = 0.35  # ink from which on two strokes hang together: a pen that runs dry leaves as much
GAP = 0.08  # of the height of all strokes; what is nearer is a broken one
TALL = 0.5  # of the tallest part's height; what is lower is a bar or a tail, no digit
CORNERS = np.ones((3, 3))  # what touches by a corner hangs together


def remove_specks(ink):
    """Ink without the parts below a tenth of the largest, and without lines below half ink."""
    kept = main_parts(ink > HALF)
    # The soft edges belong to the strokes; the lines that run into them do not, but for a stub.
    reach = 1 + max(ink.shape) // 100
    kept = ndimage.binary_dilation(kept, CORNERS, reach, mask=ink > FAINT)
    return np.where(kept, ink, 0).astype(np.float32)


def main_parts(strokes):
    """Of a mask, what is no speck beside the largest part."""
    parts, _ = ndimage.label(strokes, CORNERS)
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    return (areas >= SPECK * areas.max())[parts] & strokes


def count_digits(ink, clean):
    """How many digits stand apart. A broken stroke makes no second one, nor does the bar of a 5.

    ink, clean : (H, W), before and after `remove_specks`
    """
    strokes = clean > HALF
    height = np.ptp(np.nonzero(strokes)[0]) + 1
    near = ndimage.distance_transform_edt(~strokes) <= max(1, (1 + GAP * height) / 2)
    groups, _ = ndimage.label(near | (ink > BRIDGE), CORNERS)
    found = heights(np.where(strokes, groups, 0))
    return sum(height >= TALL * max(found) for height in found)


def heights(parts):
    """Of each numbered part, from top to bottom."""
    return [box[0].stop - box[0].start for box in ndimage.find_objects(parts) if box]
