"""Checking a slope, and going through the data in batches. Chapter "Gradient descent"."""

from collections.abc import Callable

import numpy as np

from mnistlib._checks import as_a, as_count, as_floats, as_generator, as_number


def numerical_gradient(f, array, step=1e-5):
    """The gradient of f by central differences: (f(a + step) - f(a - step)) / (2 step).

    f : takes an array of the shape of `array`, returns one number
    array : any shape; a float64 copy is nudged, the argument itself never changes
    returns  (the shape of `array`) float64; the error is of the order step², plus rounding, 1e-16 |f| / step
    raises   TypeError or ValueError if f does not return one finite number
    Costs two calls of f for every number in the array.
    Derived in the chapter "Gradient descent".
    """
    point = np.array(as_floats("array", array), dtype=np.float64)
    step = as_number("step", step, minimum=1e-12)
    f = as_a("f", f, Callable)
    slope = np.empty_like(point)
    for index in np.ndindex(point.shape):
        here = point[index]
        point[index] = here + step
        above = as_number("f(array)", f(point), -np.inf, np.inf)
        point[index] = here - step
        below = as_number("f(array)", f(point), -np.inf, np.inf)
        point[index] = here
        slope[index] = (above - below) / (2 * step)
    return slope


def minibatches(n, size, rng):
    """Index arrays that cover 0..n-1 once, in random order.

    n : number of samples; size : samples in a batch (the last may be smaller)
    rng : numpy.random.Generator
    returns  list of integer arrays
    """
    n, size = as_count("n", n), as_count("size", size)
    order = as_generator("rng", rng).permutation(n)
    return [order[start : start + size] for start in range(0, n, size)]
