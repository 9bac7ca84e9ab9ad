"""Clear errors. Each check names the argument, what came and what was expected."""

import operator
import os
from pathlib import Path

import numpy as np

LARGEST = 1e9  # the largest number accepted: even in 32 bits, products of two and their sums do not overflow
STANDARDISED = 10, 1000  # where pixels in standard deviations mostly end, and where they all do
SMALLEST_PICTURE = 64  # pixels, 8 × 8


def as_real(name, value, *shapes):
    """`value` as an array of floats in one of the `shapes`; NaN and infinite values are let through.

    A shape is a tuple of sizes; a letter stands for any size from 1 up: ("N", 784).
    float32 and float64 stay what they are, other real numbers become float64.
    raises TypeError if it does not hold real numbers, ValueError if it is empty or its shape does not fit
    """
    array = _as_array(name, value)
    if array.dtype.char not in "fd" or not array.dtype.isnative:
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{name}: received dtype {array.dtype}, expected real numbers")
        with np.errstate(over="ignore"):  # what is too large for 64 bits becomes infinite
            array = array.astype(np.float64)
    if shapes and array.shape not in shapes and not any(_fits(array.shape, shape) for shape in shapes):
        raise ValueError(f"{name}: received shape {array.shape}, expected {_alternatives(shapes)}")
    if array.size == 0:
        raise ValueError(f"{name}: received no numbers (shape {array.shape}), expected at least one")
    return array


def as_floats(name, value, *shapes):
    """The same, but every number must be finite and between -LARGEST and LARGEST, else ValueError."""
    return _finite(name, as_real(name, value, *shapes))[0]


def as_pixels(name, value, *shapes):
    """`value` as floats, every number in [0, 1], give or take 1e-6 for rounding errors."""
    array = as_real(name, value, *shapes)
    low, high = _range(array)
    if not (low >= -1e-6 and high <= 1 + 1e-6):  # put this way, the test catches NaN, too
        _finite(name, array)
        hint = "; divide 0..255 images by 255" if high > 1 else ""
        raise ValueError(f"{name}: received values in [{low:g}, {high:g}], expected [0, 1]{hint}")
    return array


def as_inputs(name, value, *shapes):
    """What a network reads: pixels in [0, 1], or standardised numbers, but no raw pixels of 0..255.

    An array with a number beyond ±10 is taken for raw pixels if none of its numbers is negative or all
    are whole; standardised pixels are neither. One beyond ±1000 is refused in any case.
    """
    array, low, high = _finite(name, as_real(name, value, *shapes))
    size, (most, all_of_them) = max(-low, high), STANDARDISED
    if size > most and (low >= 0 or size > all_of_them or _whole(array)):
        raise ValueError(f"{name}: received values in [{low:g}, {high:g}], expected [0, 1] or standardised "
                         "numbers; divide 0..255 images by 255")
    return array


def as_features(name, value, *shapes):
    """What a linear classifier reads: any numbers, but no pictures of raw pixels.

    A row of raw pixels has 64 numbers or more, all whole, none negative and some above 10. The rows of a
    worked example are shorter.
    """
    array, low, high = _finite(name, as_real(name, value, *shapes))
    if array.shape[-1] >= SMALLEST_PICTURE and low >= 0 and high > STANDARDISED[0] and _whole(array):
        raise ValueError(f"{name}: received whole numbers from {low:g} to {high:g} (raw pixels), expected "
                         "values from 0 to 1; divide 0..255 images by 255")
    return array


def as_weights(name, value, shape, dtype, order="C"):
    """A copy of `value` that belongs to the network: in its dtype, contiguous and writable."""
    return np.array(as_floats(name, value, shape), dtype, order=order)


def as_labels(name, value, num_classes, shape):
    """`value` as an array of integer labels in 0..num_classes-1, in the given shape."""
    array = _as_array(name, value)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{name}: received dtype {array.dtype}, expected integer labels")
    if not _fits(array.shape, shape):
        raise ValueError(f"{name}: received shape {array.shape}, expected {_alternatives([shape])}")
    low, high = array.min(), array.max()
    if low < 0 or high >= num_classes:
        wrong = low if low < 0 else high
        raise ValueError(f"{name}: received label {wrong}, expected 0..{num_classes - 1}")
    return array


def as_count(name, value, minimum=1, maximum=int(LARGEST)):
    """`value` as a whole number from `minimum` to `maximum`."""
    try:
        if isinstance(value, (bool, np.bool_, np.ma.MaskedArray)):
            raise TypeError
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: received {_shown(value)}, expected a whole number") from None
    if count < minimum:
        raise ValueError(f"{name}: received {count}, expected at least {minimum}")
    if count > maximum:
        raise ValueError(f"{name}: received {_shown(count)}, expected at most {maximum}")
    return count


def as_number(name, value, minimum=0.0, maximum=LARGEST):
    """`value` as a finite float from `minimum` to `maximum`."""
    array = _as_array(name, value)  # float() itself would take "0.5", and overflow at 10**400
    if array.ndim or array.dtype.kind not in "iuf":
        raise TypeError(f"{name}: received {_shown(value)}, expected a number")
    number = float(array)
    if not (np.isfinite(number) and number >= minimum):
        bound = "" if minimum == -np.inf else f" from {minimum:g} up"
        raise ValueError(f"{name}: received {number}, expected a finite number{bound}")
    if number > maximum:
        raise ValueError(f"{name}: received {number:g}, expected at most {maximum:g}")
    return number


def as_rng(name, value):
    """`value` as a numpy.random.Generator: itself, or a new one from a seed or None."""
    try:
        if isinstance(value, (bool, np.ma.MaskedArray)):
            raise TypeError
        return np.random.default_rng(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: received {_shown(value)}, expected a numpy Generator or a seed") from None


def as_generator(name, value):
    """`value`, which must be a Generator: a seed would give the same numbers at every call."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name}: received {type(value).__name__}, expected numpy.random.default_rng(seed)")
    return value


def as_dtype(name, value):
    """`value` as numpy's float32 or float64."""
    try:
        dtype = np.dtype(value if isinstance(value, (type, str, np.dtype)) else object)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.char not in "fd" or not dtype.isnative:
        raise TypeError(f"{name}: received {_shown(value)}, expected numpy.float32 or numpy.float64")
    return dtype


def as_choice(name, value, choices):
    """`value`, one of the strings in `choices`."""
    if not (isinstance(value, str) and value in choices):
        raise ValueError(f"{name}: received {_shown(value)}, expected one of {', '.join(choices)}")
    return value


def as_path(name, value, kind):
    """`value` as a pathlib.Path; kind : what it leads to, "a folder" or "a file"."""
    if not isinstance(value, (str, os.PathLike)) or not str(value):
        raise TypeError(f"{name}: received {_shown(value)}, expected {kind}'s path")
    return Path(value).expanduser()


def as_a(name, value, wanted):
    """`value`, which must be an instance of the class `wanted`, or of one of several: bool, Callable, MLP."""
    if not isinstance(value, wanted):
        names = " or ".join(kind.__name__ for kind in (wanted if isinstance(wanted, tuple) else [wanted]))
        raise TypeError(f"{name}: received {_shown(value)}, expected {names}")
    return value


def _range(array):
    """The lowest and the highest number, or NaN. For one sample three times as fast as min and max."""
    flat = array.reshape(-1)
    return flat.item(flat.argmin()), flat.item(flat.argmax())


def _finite(name, array):
    """The array, its lowest and its highest number, neither of them beyond LARGEST."""
    low, high = _range(array)
    if low >= -LARGEST and high <= LARGEST:  # false for NaN
        return array, low, high
    if np.isfinite([low, high]).all():
        raise ValueError(f"{name}: received values in [{low:g}, {high:g}], expected none beyond ±{LARGEST:g}")
    raise ValueError(f"{name}: received NaN or infinite values, expected finite numbers")


def _as_array(name, value):
    if type(value) is np.ndarray:
        return value
    if _masked(value):
        raise TypeError(f"{name}: received a masked array, expected all numbers: leave out what is masked, "
                        "or fill it")
    try:
        return np.asarray(value)
    except Exception as error:  # a foreign object converts itself, and may fail in any way
        if isinstance(value, (list, tuple)):
            raise ValueError(f"{name}: received rows of unequal length, expected an array "
                             f"({error})") from None
        raise TypeError(f"{name}: received {type(value).__name__}, expected an array ({error})") from None


def _masked(value):
    if isinstance(value, (list, tuple)):
        return any(map(_masked, value))
    return isinstance(value, np.ma.MaskedArray)


def _shown(value):
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:50]}… ({type(value).__name__})"


def _whole(array):
    return bool((array == np.floor(array)).all())


def _fits(shape, wanted):
    return len(shape) == len(wanted) and all(
        have >= 1 if isinstance(want, str) else have == want
        for have, want in zip(shape, wanted, strict=True)
    )


def _alternatives(shapes):
    return " or ".join("(" + ", ".join(map(str, s)) + ("," if len(s) == 1 else "") + ")" for s in shapes)
