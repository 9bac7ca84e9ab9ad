"""Reading any image as grey numbers, upright and small, with clear errors."""

import io
import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mnistlib._checks import as_pixels

LONGEST = 320  # pixels to work on: a digit that takes a sixth of the photo still has 50
FORMATS = "PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"  # not EPS: it would start another program
LUMA = np.float32([0.299, 0.587, 0.114])  # how bright the eye finds red, green and blue (ITU-R BT.601)
WANTED = "expected a path, bytes, an open binary file, a PIL image or an array"
SMALLEST = 8  # pixels; the smallest digits in use are UCI's, 8 × 8


def read_grey(file):
    """(H, W) float32, black 0 and white 1, shrunk to at most 320 pixels a side.

    file : as for `read_digit`, with the same errors
    """
    if isinstance(file, np.ndarray):
        pixels = _of_array(file)
    elif isinstance(file, Image.Image):
        pixels = _decoded(file, "a PIL image")
    else:
        name, data = _bytes(file)
        pixels = _decoded(_opened(name, data), name)
    return shrunk(_without_colour(pixels), LONGEST)


def shrunk(grey, longest):
    """(H, W) float32 with its longer side at most `longest`: each pixel the mean of those it replaces."""
    share = longest / max(grey.shape)
    if share >= 1:
        return grey
    height, width = (max(1, round(share * side)) for side in grey.shape)
    return np.asarray(Image.fromarray(grey).resize((width, height), Image.Resampling.BOX))


def _bytes(file):
    """What to call the file in messages, and its content."""
    if isinstance(file, (bytes, bytearray, memoryview)):
        return f"{len(file)} bytes", bytes(file)
    if isinstance(file, (str, os.PathLike)):
        path = Path(file).expanduser()
        if path.is_dir():
            raise ValueError(f"file: received the folder {str(file)!r}, expected an image file")
        try:
            return repr(str(file)), path.read_bytes()
        except FileNotFoundError:
            raise FileNotFoundError(f"file: received {str(file)!r}, and no file is there; "
                                    "expected the path of an image") from None
    if not hasattr(file, "read"):
        raise TypeError(f"file: received {type(file).__name__}, {WANTED}")
    data = file.read()
    if not isinstance(data, bytes):
        raise TypeError(f"file: received a file opened as text, {WANTED}")
    return f"an open file of {len(data)} bytes", data


def _opened(name, data):
    """A PIL image, not yet unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ValueError(f"file: received {name}, which claims more pixels than can be unpacked safely; "
                         f"expected at most {Image.MAX_IMAGE_PIXELS:,}") from None
    except Exception as error:  # foreign bytes: a decoder may stumble in any way
        raise ValueError(f"file: received {name}, which cannot be read as an image; expected a PNG, JPEG, "
                         "WebP, GIF, BMP or TIFF (a phone's HEIC: save it as JPEG first)") from error


def _decoded(image, name):
    """The image's own numbers in [0, 1], upright; unless of 16 bits, shrunk to less than 1,280 a side."""
    _not_too_small(name, *image.size)
    try:
        image.draft("L", (2 * LONGEST, 2 * LONGEST))  # a JPEG is unpacked only as far as needed
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):  # 16 bits a pixel; some versions of Pillow say 32
            return _unit(np.clip(np.asarray(image), 0, 65535).astype(np.uint16))
        if image.mode != "F":
            clear = "A" in image.getbands() or "transparency" in image.info
            image = image.convert("RGBA" if clear else "L")
        # Shrunk before the numbers become floats: 20 megapixels would take 80 MB for each colour.
        image = image.reduce(max(1, max(image.size) // (2 * LONGEST)))
    except Exception as error:
        raise ValueError(f"file: received {name}, which is damaged or breaks off ({error}); "
                         "expected a whole image") from error
    return _unit(np.asarray(image))


def _of_array(array):
    if array.ndim not in (2, 3) or array.ndim == 3 and array.shape[2] not in (3, 4):
        raise ValueError(f"file: received an array of shape {array.shape}, "
                         "expected (H, W), (H, W, 3) or (H, W, 4)")
    if array.dtype != np.uint8 or not array.size:
        pixels = _unit(array)
        _not_too_small("an array", *pixels.shape[1::-1])
        return pixels
    return _decoded(Image.fromarray(np.ascontiguousarray(array)), "an array")


def _unit(array):
    """Floats in [0, 1]."""
    if array.dtype in (np.uint8, np.uint16):
        return array.astype(np.float32) / np.iinfo(array.dtype).max
    return as_pixels("file", array, tuple("HWC"[:array.ndim])).astype(np.float32)


def _not_too_small(name, width, height):
    if min(width, height) < SMALLEST:
        raise ValueError(f"file: received {name} of {width} × {height} pixels, "
                         f"expected at least {SMALLEST} × {SMALLEST}")


def _without_colour(pixels):
    """Grey; what is transparent becomes paper."""
    if pixels.ndim == 2:
        return pixels
    grey = pixels[..., :3] @ LUMA
    if pixels.shape[2] == 3:
        return grey
    cover = pixels[..., 3]
    if not cover.any():
        return np.ones_like(grey)
    if cover.mean() > 0.5:  # a photo with clear corners: fill them with its median grey
        paper = np.median(grey[cover > 0.5])
    else:  # strokes on nothing: the paper is whatever they can be seen on
        paper = float(np.average(grey, weights=cover) < 0.5)
    return cover * grey + (1 - cover) * paper
