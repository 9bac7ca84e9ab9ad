"""Clear errors. Each check names the argument, what came and what was expected."""

import operator

import numpy as np


def as_floats(name, value, *shapes):
    """`value` as an array of finite floats in one of the `shapes`.

    A shape is a tuple of sizes; a letter stands for any size from 1 up: ("N", 784).
    float32 and float64 stay what they are, integers become float64.
    raises TypeError if it does not hold real numbers, ValueError if the shape
    does not fit or a number is NaN or infinite
    """
    array = _as_real(name, value, shapes)
    # One sum finds the usual case; only a suspicious one is worth a second look.
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(array.sum()) or np.isfinite(array).all()
    if not finite:
        raise ValueError(f"{name}: received NaN or infinite values, expected finite numbers")
    return array


def as_pixels(name, value, *shapes):
    """The same, and every number in [0, 1] (a rounding error beyond is let pass)."""
    array = _as_real(name, value, shapes)
    low, high = np.minimum.reduce(array, axis=None), np.maximum.reduce(array, axis=None)
    if not (low >= -1e-6 and high <= 1 + 1e-6):  # so said, it finds NaN too
        as_floats(name, array)
        hint = "; divide 0..255 images by 255" if high > 1 else ""
        raise ValueError(f"{name}: received values in [{low:g}, {high:g}], expected [0, 1]{hint}")
    return array


def _as_real(name, value, shapes):
    """`value` as a float32 or float64 array in one of the shapes, with at least one number."""
    array = _as_array(name, value)
    if array.dtype.char not in "fd":
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{name}: received dtype {array.dtype}, expected real numbers")
        array = array.astype(np.float64)
    if shapes and array.shape not in shapes and not any(_fits(array.shape, shape) for shape in shapes):
        raise ValueError(f"{name}: received shape {array.shape}, expected {_alternatives(shapes)}")
    if array.size == 0:
        raise ValueError(f"{name}: received no numbers (shape {array.shape}), expected at least one")
    return array


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


def as_count(name, value):
    """`value` as a whole number from 1 up."""
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: received {value!r}, expected a whole number") from None
    if count < 1:
        raise ValueError(f"{name}: received {count}, expected at least 1")
    return count


def as_number(name, value, minimum=0.0):
    """`value` as a finite float not below `minimum`."""
    array = _as_array(name, value)  # float() itself would take "0.5", and overflow at 10**400
    if array.ndim or array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: received {value!r}, expected a number")
    number = float(array)
    if not (np.isfinite(number) and number >= minimum):
        bound = "" if minimum == -np.inf else f" from {minimum:g} up"
        raise ValueError(f"{name}: received {number}, expected a finite number{bound}")
    return number


def as_rng(name, value):
    """`value` as a numpy.random.Generator: itself, or a new one from a seed or None."""
    try:
        return np.random.default_rng(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: received {value!r}, expected a numpy Generator or a seed") from None


def _as_array(name, value):
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: received rows of unequal length, expected an array ({error})") from None


def _fits(shape, wanted):
    return len(shape) == len(wanted) and all(
        have >= 1 if isinstance(want, str) else have == want
        for have, want in zip(shape, wanted, strict=True)
    )


def _alternatives(shapes):
    return " or ".join("(" + ", ".join(map(str, s)) + ("," if len(s) == 1 else "") + ")" for s in shapes)
