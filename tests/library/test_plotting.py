"""What the pictures show: read back from the axes, not from pixels."""

import ast
import inspect
import re
from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnistlib import NeuralNetwork, hinge_loss
from mnistlib.plotting import COLOURS, book_style, show_curves, show_digits, show_source, show_weights

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """The figures handed to plt.show(); the style and all figures are put back afterwards."""
    plt.switch_backend("agg")
    figures = []
    monkeypatch.setattr(plt, "show", lambda: figures.append(plt.gcf()))
    with mpl.rc_context():
        yield figures
    plt.close("all")


def pictures_of(figure):
    return [axis.images[0] for axis in figure.axes if axis.images]


def colour(picture, value):
    return picture.cmap(picture.norm(value))[:3]


# Digits


def test_digits_stand_in_reading_order_as_they_came(shown):
    images = RNG.random((7, 28, 28))
    show_digits(images.reshape(7, 784), columns=3)
    [figure] = shown
    places = [axis.get_subplotspec().num1 for axis in figure.axes if axis.images]
    assert places == list(range(7)) and figure.axes[0].get_gridspec().get_geometry() == (3, 3)
    for picture, image in zip(pictures_of(figure), images, strict=True):
        np.testing.assert_array_equal(picture.get_array(), image)
    assert not any(axis.axison for axis in figure.axes)  # no ticks round a digit, no empty boxes


def test_ink_is_black_and_paper_white_whatever_else_is_in_the_picture(shown):
    show_digits([[0.2, 0.3, 0.4, 0.5]])
    [picture] = pictures_of(shown[0])
    assert picture.get_clim() == (0, 1)
    assert colour(picture, 0) == (1, 1, 1) and colour(picture, 1) == (0, 0, 0)


def test_digits_may_come_as_rows_or_as_pictures(shown):
    images = RNG.random((2, 3, 3))
    show_digits(images)
    show_digits(images.reshape(2, 9).tolist())
    first, second = (np.array([p.get_array() for p in pictures_of(figure)]) for figure in shown)
    np.testing.assert_array_equal(first, second)
    show_digits(np.zeros((1, 2, 5)))  # pictures need not be square


def test_size_is_the_width_of_one_picture_in_inches(shown):
    show_digits(np.zeros((7, 4)), columns=3, size=0.5)
    show_digits(np.zeros((2, 4)), columns=3, size=0.5)
    assert [figure.get_figwidth() for figure in shown] == [1.5, 1.0]
    assert shown[0].get_figheight() == pytest.approx(3 * shown[1].get_figheight())


def test_each_picture_has_its_title(shown):
    show_digits(np.zeros((3, 4)), titles=range(3))
    show_weights(np.eye(2, 4), titles=["first", "second"])
    titles = [[axis.get_title() for axis in figure.axes] for figure in shown]
    assert titles == [["0", "1", "2"], ["first", "second"]]


# Weights


def test_weights_for_are_blue_those_against_red_and_zero_is_white(shown):
    show_weights([[1.0, -1.0, 0.0, 0.5]])
    [picture] = pictures_of(shown[0])
    (red_for, _, blue_for), (red_against, _, blue_against) = colour(picture, 1), colour(picture, -1)
    assert blue_for > 2 * red_for and red_against > 2 * blue_against
    assert min(colour(picture, 0)) > 0.95


def test_by_default_the_largest_weight_of_each_picture_has_full_colour(shown):
    W = np.array([[4.0, -2, 1, 0], [0.1, -0.2, 0, 0], [0, 0, 0, 0]])
    before = W.copy()
    show_weights(W)
    drawn = [picture.get_array().ravel().tolist() for picture in pictures_of(shown[0])]
    assert drawn == [[1, -0.5, 0.25, 0], [0.5, -1, 0, 0], [0, 0, 0, 0]]
    assert all(picture.get_clim() == (-1, 1) for picture in pictures_of(shown[0]))
    np.testing.assert_array_equal(W, before)


def test_a_limit_gives_all_pictures_the_same_scale(shown):
    W = np.array([[4.0, -2, 1, 0], [0.1, -0.2, 0, 0]])
    show_weights(W, limit=3)
    for picture, row in zip(pictures_of(shown[0]), W, strict=True):
        assert picture.get_clim() == (-3, 3)
        np.testing.assert_array_equal(picture.get_array().ravel(), row)


# Curves


def test_curves_are_drawn_named_and_told_apart(shown):
    book_style()
    show_curves([1, 2, 4], {"training": [3, 2, 1], "test": [3, 2.5, 2]}, "epoch", "loss (nats)", logx=True)
    [axes] = shown[0].axes
    assert [line.get_xydata().tolist() for line in axes.lines] == [
        [[1, 3], [2, 2], [4, 1]], [[1, 3], [2, 2.5], [4, 2]]]
    [legend] = shown[0].legends
    assert [text.get_text() for text in legend.get_texts()] == ["training", "test"]
    assert [line.get_color() for line in axes.lines] == COLOURS[:2]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss (nats)")
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")


def test_one_curve_needs_no_legend(shown):
    show_curves([1, 2], {"loss": [3, 2]}, "step", "loss", logy=True)
    assert not shown[0].legends and not shown[0].axes[0].get_legend()
    assert (shown[0].axes[0].get_xscale(), shown[0].axes[0].get_yscale()) == ("linear", "log")


def test_a_run_that_diverged_can_be_drawn(shown):
    show_curves([1, 2, 3], {"loss": [1, np.inf, np.nan]}, "step", "loss")
    assert len(shown) == 1


def test_colours_differ_in_brightness_so_that_they_print():
    brightness = sorted(np.dot(mpl.colors.to_rgb(c), [0.299, 0.587, 0.114]) for c in COLOURS[:3])
    assert all(bright - dark > 0.05 for dark, bright in pairwise(brightness))
    assert len(set(COLOURS)) == len(COLOURS)


def test_looks_are_as_decided(shown):
    """Sizes in points and inches, on which every figure of the chapters depends."""
    book_style()
    wanted = {"figure.figsize": [6.4, 3.6], "figure.dpi": 110, "figure.constrained_layout.use": True,
              "font.size": 11, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
              "legend.frameon": False, "image.cmap": "gray_r"}
    assert {name: mpl.rcParams[name] for name in wanted} == wanted
    show_curves([1, 2], {name: [1, 2] for name in "abcde"}, "x", "y")
    [legend] = shown[0].legends
    shown[0].canvas.draw()
    places = [text.get_window_extent() for text in legend.get_texts()]
    assert len({round(place.x0) for place in places}) == 4  # columns
    assert min(place.y0 for place in places) > shown[0].axes[0].get_window_extent().y1  # above the axes
    assert {(line.get_marker(), line.get_markersize()) for line in shown[0].axes[0].lines} == {("o", 3)}
    show_digits(np.zeros((2, 4)), titles="ab")
    show_digits(np.zeros((2, 4)))
    assert [figure.get_size_inches().tolist() for figure in shown[1:]] == [
        pytest.approx([1.6, 0.8 * 1.3]), pytest.approx([1.6, 0.8 * 1.05])]
    engine = shown[1].get_layout_engine().get()
    assert (engine["w_pad"], engine["h_pad"]) == (0.02, 0.02)
    mpl.rcParams["axes.titlesize"] = mpl.rcParams["axes.titlepad"] = 20  # the reader's own do not count
    show_digits(np.zeros((1, 4)), titles="a")
    shown[3].canvas.draw()
    axes, title = shown[3].axes[0], shown[3].axes[0].title
    above = title.get_transform().transform(title.get_position())[1] - axes.get_window_extent().y1
    assert title.get_fontsize() == 9 and above == pytest.approx(3 / 72 * shown[3].dpi, abs=0.5)


# Source


def test_source_is_the_librarys_own_and_reads_as_python():
    shown = show_source(hinge_loss, NeuralNetwork.train).data
    assert shown.startswith("```python\n") and shown.endswith("\n```")
    code = shown.removeprefix("```python\n").removesuffix("\n```")
    assert [node.name for node in ast.parse(code).body] == ["hinge_loss", "train"]
    assert inspect.getsource(hinge_loss).rstrip() in code
    assert not re.search(r"\n{4}|\n$", code)  # two empty lines between them, none at the end
