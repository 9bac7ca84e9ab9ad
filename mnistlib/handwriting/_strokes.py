"""Which ink is the digit: specks and printed lines go, and digits apart from one another are counted."""

import numpy as np
from scipy import ndimage

HALF, FAINT = 0.5, 0.15  # a pixel with more ink than this is in a stroke; in a stroke's soft edge
SPECK = 0.1  # of the largest stroke's area; a dot made by the same pen has less
BRIDGE = 0.35  # more ink than this joins two strokes: a pen that runs dry leaves as much
GAP = 0.08  # of the height of all strokes; parts nearer than this are one broken stroke
TALL = 0.5  # of the tallest part's height; anything lower is a bar or a tail, not a digit
CORNERS = np.ones((3, 3))  # parts that touch at a corner are connected


def remove_specks(ink):
    """Ink without the parts below a tenth of the largest, and without lines below half ink."""
    kept = main_parts(ink > HALF)
    # The soft edges belong to the strokes; the lines that run into them do not, but for a stub.
    reach = 1 + max(ink.shape) // 100
    kept = ndimage.binary_dilation(kept, CORNERS, reach, mask=ink > FAINT)
    return np.where(kept, ink, 0).astype(np.float32)


def main_parts(strokes):
    """The mask without the parts that are specks beside the largest."""
    parts, _ = ndimage.label(strokes, CORNERS)
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    return (areas >= SPECK * areas.max())[parts] & strokes


def count_digits(ink, clean):
    """How many separate digits there are. A broken stroke makes no second one, nor does the bar of a 5.

    ink, clean : (H, W), before and after `remove_specks`
    """
    strokes = clean > HALF
    if ndimage.label(strokes, CORNERS)[1] == 1:
        return 1
    height = np.ptp(np.nonzero(strokes)[0]) + 1
    near = ndimage.distance_transform_edt(~strokes) <= max(1, (1 + GAP * height) / 2)
    groups, _ = ndimage.label(near | (ink > BRIDGE), CORNERS)
    found = heights(np.where(strokes, groups, 0))
    return sum(height >= TALL * max(found) for height in found)


def heights(parts):
    """The height of each numbered part, in pixels."""
    return [box[0].stop - box[0].start for box in ndimage.find_objects(parts) if box]
