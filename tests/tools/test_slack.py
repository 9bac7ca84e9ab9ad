"""tools/slack.py: what a tolerance needs is found, and what is too wide or too narrow is named."""

import math

import pytest
from nbformat import v4
from nbtruth.compare import DEFAULT

from tools.slack import ALLOWED, needed, proposed, tags_of


def printed(text):
    return [v4.new_output("stream", name="stdout", text=text)]


@pytest.mark.parametrize("expected, actual, name, least", [
    ("loss 0.5", "loss 0.5", "rtol", 0.0),
    ("loss 0.500", "loss 0.505", "rtol", 0.01),
    ("loss 0.0", "loss 0.3", "atol", 0.3),
])
def test_the_least_that_lets_outputs_agree_is_found_within_a_tenth(expected, actual, name, least):
    assert needed(printed(expected), printed(actual), DEFAULT, name) == pytest.approx(least, rel=0.1)


def test_no_tolerance_helps_where_words_differ():
    assert needed(printed("up 0.5"), printed("down 0.5"), DEFAULT, "rtol") is None


@pytest.mark.parametrize("found", [0.0007, 0.0031, 0.012, 0.049, 0.09])
def test_what_is_proposed_is_round_and_enough_and_no_more_than_allowed(found):
    new = proposed(found, "rtol")
    assert found <= new <= ALLOWED * found
    assert f"{new:.0e}" == f"{new:e}".replace(".000000", "")


def test_where_the_default_is_enough_no_tag_is_proposed():
    assert proposed(DEFAULT.rtol / 2, "rtol") is None
    assert proposed(0.0, "atol") is None


def test_tags_are_read():
    cell = v4.new_code_cell("", metadata={"tags": ["mnist", "rtol=0.02", "image-tol=60", "normalise:timing"]})
    assert tags_of(cell) == {"rtol": ("rtol=0.02", 0.02), "image": ("image-tol=60", 60.0)}
    assert math.isclose(tags_of(cell)["rtol"][1], 0.02)
