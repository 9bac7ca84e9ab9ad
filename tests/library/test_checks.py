"""The checks at the door of every public function: what each lets in, and all that it refuses.

Elsewhere one bad value for each argument is enough: it shows that the check is asked.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from mnistlib import _checks
from mnistlib._checks import (
    as_a,
    as_choice,
    as_count,
    as_dtype,
    as_features,
    as_floats,
    as_generator,
    as_inputs,
    as_labels,
    as_number,
    as_path,
    as_pixels,
    as_real,
    as_rng,
    as_weights,
)

MASKED = np.ma.array([[0.5, 0.5]], mask=[[False, True]])
RAW = np.zeros((2, 64), np.uint8)
RAW[:, 3] = 255
PAIR = ("N", 2)


class Stubborn:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("not today")


# What no check of numbers takes, whatever else it wants. The shape that is wanted is (N, 2).
NO_NUMBERS = [
    (None, TypeError, "x: received dtype object, expected real numbers"),
    ("text", TypeError, "x: received dtype <U4, expected real numbers"),
    ([["a", "b"]], TypeError, "x: received dtype <U1, expected real numbers"),
    ([["0.5", "1"]], TypeError, "x: received dtype <U3, expected real numbers"),
    ([[1j, 0]], TypeError, "x: received dtype complex128, expected real numbers"),
    ([[{}, 1]], TypeError, "x: received dtype object, expected real numbers"),
    ([[Decimal(1), 1]], TypeError, "x: received dtype object, expected real numbers"),
    ([[10**400, 1]], TypeError, "x: received dtype object, expected real numbers"),
    (np.array([["2026-01-01", "2026-01-02"]], "M8"), TypeError,
     "x: received dtype datetime64[D], expected real"),
    ([[1, 2], [3]], ValueError, "x: received rows of unequal length, expected an array ("),
    (Stubborn(), TypeError, "x: received Stubborn, expected an array (not today)"),
    (torch.zeros((1, 2), requires_grad=True), TypeError, "x: received Tensor, expected an array (Can't call"),
    (MASKED, TypeError,
     "x: received a masked array, expected all numbers: leave out what is masked, or fill it"),
    ([MASKED[0]], TypeError, "x: received a masked array, expected all numbers"),
    ([[0.5, np.ma.masked]], TypeError, "x: received a masked array, expected all numbers"),
    (0.5, ValueError, "x: received shape (), expected (N, 2)"),
    ([0.5, 0.5], ValueError, "x: received shape (2,), expected (N, 2)"),
    ([[0.5]], ValueError, "x: received shape (1, 1), expected (N, 2)"),
    (np.zeros((0, 2)), ValueError, "x: received shape (0, 2), expected (N, 2)"),
    (np.zeros((1, 2, 1)), ValueError, "x: received shape (1, 2, 1), expected (N, 2)"),
    ([[np.nan, 0]], ValueError, "x: received NaN or infinite values, expected finite numbers"),
    ([[np.inf, 0]], ValueError, "x: received NaN or infinite values, expected finite numbers"),
    ([[np.inf, -np.inf]], ValueError, "x: received NaN or infinite values, expected finite numbers"),
    (np.array([[0, -np.inf]], np.float32), ValueError, "x: received NaN or infinite values, expected"),
    (np.array([[np.nan, 0]], np.float16), ValueError, "x: received NaN or infinite values, expected"),
]
TOO_LARGE = [
    ([[1e10, 0]], ValueError, "x: received values in [0, 1e+10], expected none beyond ±1e+09"),
    ([[0, -1e300]], ValueError, "x: received values in [-1e+300, 0], expected none beyond ±1e+09"),
    ([[np.longdouble("1e4000"), 0]], ValueError,
     "x: received NaN or infinite values, expected finite numbers"),
    (np.array([[2**63, 0]], np.uint64), ValueError, "x: received values in [0, 9.22337e+18], expected none"),
]
NO_UNIT = [
    ([[0, 255]], ValueError, "x: received values in [0, 255], expected [0, 1]; divide 0..255 images by 255"),
    ([[0, 1.5]], ValueError, "x: received values in [0, 1.5], expected [0, 1]; divide 0..255 images by 255"),
    ([[-0.5, 1]], ValueError, "x: received values in [-0.5, 1], expected [0, 1]"),
    ([[-1e300, 1]], ValueError, "x: received values in [-1e+300, 1], expected none beyond ±1e+09"),
]
NO_INPUTS = [
    ([[0, 255]], ValueError,
     "x: received values in [0, 255], expected [0, 1] or standardised numbers; divide "
                             "0..255 images by 255"),
    ([[0.0, 16.0]], ValueError, "x: received values in [0, 16], expected [0, 1] or standardised"),
    ([[0.5, 200.25]], ValueError, "x: received values in [0.5, 200.25], expected [0, 1] or standardised"),
    (np.array([[-128, 127]], np.int8), ValueError, "x: received values in [-128, 127], expected [0, 1] or"),
    ([[-0.5, 1000.5]], ValueError, "x: received values in [-0.5, 1000.5], expected [0, 1] or"),
    ([[-1000.5, 0.5]], ValueError, "x: received values in [-1000.5, 0.5], expected [0, 1] or"),
    (torch.tensor([[0, 255]], dtype=torch.uint8), ValueError, "x: received values in [0, 255], expected"),
]
NO_LABELS = [
    ([0, 3], ValueError, "x: received label 3, expected 0..2"),
    ([0, -1], ValueError, "x: received label -1, expected 0..2"),
    ([0.0, 1.0], TypeError, "x: received dtype float64, expected integer labels"),
    ([0, np.nan], TypeError, "x: received dtype float64, expected integer labels"),
    ([True, False], TypeError, "x: received dtype bool, expected integer labels"),
    (["0", "1"], TypeError, "x: received dtype <U1, expected integer labels"),
    ([0j, 1j], TypeError, "x: received dtype complex128, expected integer labels"),
    (None, TypeError, "x: received dtype object, expected integer labels"),
    (np.ma.array([0, 1], mask=[0, 1]), TypeError, "x: received a masked array, expected all numbers"),
    ([[0], [1, 2]], ValueError, "x: received rows of unequal length, expected an array"),
    ([0], ValueError, "x: received shape (1,), expected (2,)"),
    ([[0], [1]], ValueError, "x: received shape (2, 1), expected (2,)"),
    ([], ValueError, "x: received shape (0,), expected (2,)"),
    (0, ValueError, "x: received shape (), expected (2,)"),
]
NO_COUNT = [
    (0, ValueError, "x: received 0, expected at least 1"),
    (-3, ValueError, "x: received -3, expected at least 1"),
    (10**400, ValueError, "x: received 1000000000…, expected at most 1000000000"),
    *((bad, TypeError, f"x: received {shown}, expected a whole number") for bad, shown in [
        (2.0, "2.0"), ("3", "'3'"), (None, "None"), ([3], "[3]"), (np.nan, "nan"), (1j, "1j"), (True, "True"),
        (np.bool_(True), "np.True_"), (np.ma.array(3, mask=True), "masked_array(data=--…"),
        (np.arange(40), "array([ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, … (ndarray)"), ({}, "{}")]),
]
NO_NUMBER = [
    (-1, ValueError, "x: received -1.0, expected a finite number from 0 up"),
    (np.nan, ValueError, "x: received nan, expected a finite number from 0 up"),
    (np.inf, ValueError, "x: received inf, expected a finite number from 0 up"),
    (np.longdouble("1e4000"), ValueError, "x: received inf, expected a finite number from 0 up"),
    (2e9, ValueError, "x: received 2e+09, expected at most 1e+09"),
    ([1, [2]], ValueError, "x: received rows of unequal length, expected an array ("),
    (torch.tensor(1.0, requires_grad=True), TypeError, "x: received Tensor, expected an array ("),
    (np.ma.masked, TypeError, "x: received a masked array, expected all numbers"),
    *((bad, TypeError, f"x: received {shown}, expected a number") for bad, shown in [
        ("1", "'1'"), (None, "None"), (1j, "1j"), ([1, 2], "[1, 2]"), (np.ones(1), "array([1.])"),
        (10**400, "10000000000000000000000000…"), (True, "True"), ({}, "{}")]),
]
NO_RNG = [(bad, TypeError, f"x: received {shown}, expected a numpy Generator or a seed") for bad, shown in [
    ("a", "'a'"), (-1, "-1"), (0.5, "0.5"), ([0.5], "[0.5]"), (True, "True"),
    (np.ma.array([1, 2], mask=[0, 1]), "masked_array(data=[1, --]…"), (np.random, "<module 'numpy.random'…")]]
NO_DTYPE = [(bad, TypeError, f"x: received {shown}, expected numpy.float32 or numpy.float64")
            for bad, shown in [
    (None, "None"), (int, "<class 'int'>"), (bool, "<class 'bool'>"), (object, "<class 'object'>"),
    (complex, "<class 'complex'>"), (np.float16, "<class 'numpy.float16'>"), ("text", "'text'"), (3, "3"),
    (np.longdouble, "<class 'numpy.longdouble'>"), (torch.float32, "torch.float32"),
    (np.float64(1), "np.float64(1.0)"), (csr_array((1, 1)), "<Compressed Sparse Row…"),
    (np.dtype(np.float32).newbyteorder(), "dtype('…')")]]

CHECKS = {  # name: (check, refusals)
    "as_real": (lambda x: as_real("x", x, PAIR), [one for one in NO_NUMBERS if "NaN" not in one[2]]),
    "as_floats": (lambda x: as_floats("x", x, PAIR), NO_NUMBERS + TOO_LARGE),
    "as_pixels": (lambda x: as_pixels("x", x, PAIR), NO_NUMBERS + NO_UNIT),
    "as_inputs": (lambda x: as_inputs("x", x, PAIR), NO_NUMBERS + TOO_LARGE + NO_INPUTS),
    "as_features": (lambda x: as_features("x", x, PAIR), NO_NUMBERS + TOO_LARGE),
    "as_features of pictures": (lambda x: as_features("x", x, ("N", 64)), [
        (form(RAW), ValueError,
         "x: received whole numbers from 0 to 255 (raw pixels), expected values from 0 to 1; "
                                "divide 0..255 images by 255")
        for form in (np.asarray, np.float16, np.float32, np.longdouble, np.ndarray.tolist, torch.tensor)]),
    "as_weights": (lambda x: as_weights("x", x, (1, 2), np.float32), [
        (bad, kind, said.replace("(N, 2)", "(1, 2)")) for bad, kind, said in NO_NUMBERS + TOO_LARGE]),
    "as_labels": (lambda x: as_labels("x", x, 3, (2,)), NO_LABELS),
    "as_count": (lambda x: as_count("x", x), NO_COUNT),
    "as_count up to 9": (lambda x: as_count("x", x, maximum=9), [
        (10, ValueError, "x: received 10, expected at most 9")]),
    "as_count from 0": (lambda x: as_count("x", x, minimum=0), [
        (-1, ValueError, "x: received -1, expected at least 0")]),
    "as_number": (lambda x: as_number("x", x), NO_NUMBER),
    "as_number from 0.5": (lambda x: as_number("x", x, 0.5), [
        (0.4, ValueError, "x: received 0.4, expected a finite number from 0.5 up")]),
    "as_number of any size": (lambda x: as_number("x", x, -np.inf, np.inf), [
        (-np.inf, ValueError, "x: received -inf, expected a finite number")]),
    "as_rng": (lambda x: as_rng("x", x), NO_RNG),
    "as_generator": (lambda x: as_generator("x", x), [
        (bad, TypeError, f"x: received {kind}, expected numpy.random.default_rng(seed)")
        for bad, kind in [(7, "int"), (None, "NoneType"), (np.random, "module")]]),
    "as_dtype": (lambda x: as_dtype("x", x), NO_DTYPE),
    "as_choice": (lambda x: as_choice("x", x, ("a", "b")), [
        (bad, ValueError, f"x: received {shown}, expected one of a, b")
        for bad, shown in [("A", "'A'"), ("", "''"), (None, "None"), (["a"], "['a']"),
                           (np.array(["a", "b"]), "array(['a', 'b'], dtype='<U1')")]]),
    "as_path": (lambda x: as_path("x", x, "a folder"), [
        (bad, TypeError, f"x: received {bad!r}, expected a folder's path")
        for bad in (None, 0, False, "", b"folder", 1j, [], {}, [["a"]])]),
    "as_a": (lambda x: as_a("x", x, bool), [(0, TypeError, "x: received 0, expected bool"),
                                            (None, TypeError, "x: received None, expected bool")]),
    "as_a class of several": (lambda x: as_a("x", x, (list, tuple)), [
        ({1, 2}, TypeError, "x: received {1, 2}, expected list or tuple")]),
    "as_a function": (lambda x: as_a("x", x, Callable), [
        (3, TypeError, "x: received 3, expected Callable")]),
}
REFUSALS = [pytest.param(check, bad, kind, said, id=f"{name}-{i}")
            for name, (check, refusals) in CHECKS.items()
            for i, (bad, kind, said) in enumerate(refusals)]


@pytest.mark.filterwarnings("error")  # an error is enough: no warning about overflow before it
@pytest.mark.parametrize("check, bad, kind, said", REFUSALS)
def test_it_is_refused_by_name_with_what_came_and_what_was_expected(check, bad, kind, said):
    with pytest.raises(kind) as caught:
        check(bad)
    start, _, end = said.partition("…")  # where the table leaves something out
    message = str(caught.value)
    assert message.startswith(start) and end in message and "expected" in message


def test_what_came_is_cut_where_it_is_long_and_no_bound_is_no_word():
    with pytest.raises(ValueError, match="^x: received inf, expected a finite number$"):
        as_number("x", np.inf, -np.inf, np.inf)
    for length, shown in [(60, repr("a" * 58)), (61, repr("a" * 59)[:50] + "… (str)")]:
        with pytest.raises(ValueError, match=f"^x: received {re.escape(shown)}, expected one of a, b$"):
            as_choice("x", "a" * (length - 2), ("a", "b"))


def test_every_check_is_in_the_table():
    checks = {name for name in vars(_checks) if re.match("as_[a-z]", name)}
    assert checks == {name.split()[0] for name in CHECKS}


def test_the_alternatives_are_listed():
    for check in (as_floats, as_pixels, as_inputs, as_features):
        with pytest.raises(ValueError, match=r"^x: received shape \(3,\), expected \(2,\) or \(N, 2\)$"):
            check("x", np.zeros(3), (2,), ("N", 2))


def test_real_numbers_may_be_infinite_or_none():
    assert as_real("x", [[np.inf, 1e300]], PAIR).tolist() == [[np.inf, 1e300]]
    assert np.isnan(as_real("x", [[np.nan, 0]], PAIR)).tolist() == [[True, False]]


EVERY_ARRAY = pytest.mark.parametrize("check", [as_real, as_floats, as_pixels, as_inputs, as_features])


@EVERY_ARRAY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_come_through_as_they_are(check, dtype):
    array = np.array([[0, 0.5]], dtype)
    assert check("x", array, PAIR) is array


@EVERY_ARRAY
@pytest.mark.parametrize("value", [
    [[0, 1]], ((0, 1),), np.array([[False, True]]), np.array([[0, 1]], np.uint8),
    np.array([[0, 1]], np.float16),
    np.array([[0, 1]], np.longdouble), np.array([[0, 1]], ">f8"), torch.tensor([[0, 1]]),
])
def test_other_numbers_become_float64(check, value):
    array = check("x", value, PAIR)
    assert type(array) is np.ndarray and array.dtype == np.float64 and array.tolist() == [[0, 1]]


def test_nobody_is_told_to_divide_what_is_too_low():
    with pytest.raises(ValueError, match=r"^x: received values in \[-0.5, 1\], expected \[0, 1\]$"):
        as_pixels("x", [[-0.5, 1]], PAIR)


def test_rounding_errors_beyond_black_and_white_are_let_pass():
    assert as_pixels("x", [[-1e-7, 1 + 1e-7]], PAIR).shape == (1, 2)


@pytest.mark.parametrize("value", [
    [[1.0, -1.5]], [[3, 0]], [[-2, 10]], [[-0.42, 2.82]], [[-0.004, 244.9]], [[-1000, 0.5]], [[0, 10.0]],
])
def test_standardised_numbers_and_small_ones_are_inputs(value):
    assert as_inputs("x", value, PAIR).tolist() == value


def test_worked_examples_and_features_of_any_size_are_no_raw_pixels():
    as_features("x", [56, 231, 24, 2], (4,))  # four pixels: an example to follow by hand
    as_features("x", np.full((1, 63), 255), ("N", 63))
    for value in (np.full((1, 64), 200.5), np.full((1, 64), -200.0), np.full((1, 64), 10.0)):
        as_features("x", value, ("N", 64))
    with pytest.raises(ValueError):
        as_features("x", np.full((1, 64), 11.0), ("N", 64))


@pytest.mark.parametrize("order", ["C", "F"])
def test_weights_are_a_copy_in_one_piece_that_may_be_written_to(order):
    theirs = np.arange(12.0).reshape(3, 4)[:, ::2]
    theirs.flags.writeable = False
    ours = as_weights("x", theirs, (3, 2), np.float32, order)
    assert ours.dtype == np.float32 and ours.flags[f"{order}_CONTIGUOUS"] and ours.flags.writeable
    assert ours.flags.owndata and (ours == theirs).all()


def test_what_is_good_comes_back():
    assert as_labels("x", np.array([2, 0], np.uint8), 3, (2,)).tolist() == [2, 0]
    assert as_labels("x", 1, 3, ()) == 1
    assert [as_count("x", good) for good in (1, np.int8(3), np.array(5), 10**9)] == [1, 3, 5, 10**9]
    assert as_count("x", 0, minimum=0) == 0
    numbers = [as_number("x", good) for good in (0, 1, np.float16(0.5), np.array(2), 1e9, torch.tensor(0.5))]
    assert numbers == [0, 1, 0.5, 2, 1e9, 0.5] and all(type(number) is float for number in numbers)
    assert as_number("x", -1e300, -np.inf, np.inf) == -1e300
    rng = np.random.default_rng(0)
    assert as_rng("x", rng) is rng and as_generator("x", rng) is rng
    assert as_rng("x", 3).random() == np.random.default_rng(3).random() and as_rng("x", None)
    assert as_dtype("x", float) == as_dtype("x", "d") == np.float64
    assert as_dtype("x", np.float32) == np.float32
    assert as_choice("x", "b", ("a", "b")) == "b"
    assert as_path("x", "a/b", "a file") == as_path("x", Path("a/b"), "a file") == Path("a/b")
    assert as_path("x", "~", "a folder") == Path.home()
    assert as_a("x", 3, int) == 3 and as_a("x", len, Callable) is len
