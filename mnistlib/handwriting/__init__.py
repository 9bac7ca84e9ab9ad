"""Your own handwriting: from a photographed or scanned digit to the network's input. Chapter 9.

Each stage is a function, and `stages` calls them in order. The last three are how MNIST was made from
scans (LeCun, Bottou, Bengio and Haffner, 1998); those before turn a photo into what MNIST began with. The
public functions, which check their input, are here; the stages themselves are in four modules, in this
order: `_files`, `_paper`, `_strokes`, `_field`.
"""

from typing import NamedTuple

import numpy as np

from mnistlib._checks import as_choice, as_pixels
from mnistlib.handwriting import _field, _files, _paper, _strokes

__all__ = ["Stages", "centre_by_mass", "crop_to_ink", "level_paper", "read_digit", "read_grey",
           "remove_specks", "scale_to_box", "stages"]


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

    file : path, bytes or open binary file of a PNG, JPEG, WebP, GIF, BMP or TIFF, a PIL image, or an array
        (H, W), (H, W, 3) or (H, W, 4) of uint8, uint16 or numbers in [0, 1]
    ink : "dark" on light paper, "light" on a dark board, or "auto": whatever there is less of
    returns  (784,) float32 in [0, 1], ink 1 on paper 0
    raises   FileNotFoundError if there is no such file; ValueError if it is no image, is damaged, too
        small or too large, or shows no stroke or several digits; TypeError if it is none of the kinds above
    """
    return stages(file, ink=ink).centred.reshape(-1)


def stages(file, *, ink="auto"):
    """As `read_digit`, with the same errors, but returns every stage on the way, as `Stages`."""
    _one_of_the_inks(ink)
    grey = _files.read_grey(file)
    inked = _paper.level(grey, ink, "file")
    clean = _strokes.remove_specks(inked)
    digits = _strokes.count_digits(inked, clean)
    if digits > 1:
        raise ValueError(f"file: received a picture of {digits} digits apart from one another, "
                         "expected one; cut it out first")
    cropped = _field.crop_to_ink(clean)
    scaled = _field.scale_to_box(cropped)
    return Stages(grey, inked, clean, cropped, scaled, _field.centre_by_mass(scaled))


def read_grey(file):
    """The image as (H, W) float32, upright, black 0 and white 1, at most 320 pixels a side.

    file : as for `read_digit`, with the same errors if it cannot be read
    """
    return _files.read_grey(file)


def level_paper(grey, *, ink="auto"):
    """Ink 1 on paper 0, whatever the light: each pixel is compared with the paper around it.

    grey : (H, W) in [0, 1]; ink : "dark", "light" or "auto"
    returns  (H, W) float32; a stroke that takes 60 % of the light becomes 1, and so does one of 90 %
    raises   ValueError if nothing stands out from the paper
    """
    _one_of_the_inks(ink)
    return _paper.level(_picture("grey", grey), ink, "grey")


def remove_specks(ink):
    """The digit alone, without parts below a tenth of the largest, and without lines below half ink.

    ink : (H, W) in [0, 1]; returns (H, W) float32
    """
    return _strokes.remove_specks(_picture("ink", ink))


def crop_to_ink(ink):
    """The smallest box with all pixels of more than half ink: (H, W) to (h, w). ValueError if none has."""
    ink = _picture("ink", ink)
    if ink.max() <= _strokes.HALF:
        raise ValueError("ink: received no pixel above 0.5, expected strokes near 1")
    return _field.crop_to_ink(ink)


def scale_to_box(ink):
    """Longer side 20 pixels, proportions kept, and the darkest pixel 1: (h, w) to (20, w) or (h, 20)."""
    return _field.scale_to_box(_picture("ink", ink, "h", "w"))


def centre_by_mass(small):
    """A field of 28 × 28 with the centre of mass within half a pixel of (14, 14), where MNIST has it.

    small : (h, w) in [0, 1], at most 28 × 28, not blank, or ValueError
    It is moved by whole pixels and never beyond the edge, which may keep it further from the middle.
    """
    small = _picture("small", small, "h", "w")
    if max(small.shape) > _field.FIELD or not small.any():
        raise ValueError(f"small: received shape {small.shape} with ink {small.sum():g}, "
                         f"expected at most ({_field.FIELD}, {_field.FIELD}) and some ink")
    return _field.centre_by_mass(small)


def _picture(name, value, *axes):
    return as_pixels(name, value, axes or ("H", "W")).astype(np.float32, copy=False)


def _one_of_the_inks(ink):
    as_choice("ink", ink, ("auto", "dark", "light"))
