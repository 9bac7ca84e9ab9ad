"""Pictures of digits, weights and curves; showing source. The only module that draws."""

import inspect
import textwrap

import matplotlib.pyplot as plt
import numpy as np

from mnistlib._checks import as_a, as_count, as_floats, as_number, as_pixels, as_real

# Okabe and Ito's colours, which colour-blind readers can tell apart, and which survive printing.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]

PICTURES = ("N", "D"), ("N", "height", "width")
TINY = np.finfo(float).tiny


def book_style():
    """Set matplotlib up as the book's figures are: readable at half a page, colour-blind safe."""
    plt.rcParams.update({
        "figure.figsize": (6.4, 3.6),
        "figure.dpi": 110,
        "figure.constrained_layout.use": True,
        "font.size": 11,
        "axes.prop_cycle": plt.cycler(color=COLOURS),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.3,
        "legend.frameon": False,
        "image.cmap": "gray_r",
    })


def show_digits(images, titles=None, columns=10, size=0.8):
    """A grid of grey pictures, ink dark on white.

    images : (N, D) or (N, height, width) floats in [0, 1]; D must be a square number
    titles : N short texts, one above each picture; columns : pictures in a row
    size : width of one picture in inches
    """
    pictures = _squares("images", as_pixels("images", images, *PICTURES))
    _grid(pictures, titles, columns, size, cmap="gray_r", vmin=0, vmax=1)


def show_weights(W, titles=None, columns=5, size=1.15, limit=None):
    """Rows of weights as pictures: blue counts for the class, red against it, white not at all.

    W : (K, D), D a square number, or (K, height, width); titles, columns, size : as in `show_digits`
    limit : size of the weights drawn in full colour; by default the largest of each picture
    """
    pictures = _squares("W", as_floats("W", W, *PICTURES))
    if limit is None:
        limit = 1
        pictures = pictures / np.maximum(np.abs(pictures).max(axis=(1, 2), keepdims=True), 1e-12)
    limit = as_number("limit", limit, TINY)
    _grid(pictures, titles, columns, size, cmap="RdBu", vmin=-limit, vmax=limit)


def show_curves(x, curves, xlabel, ylabel, *, logx=False, logy=False):
    """One line for each named curve, over the same x.

    x : (N,); curves : {name : (N,)}, with gaps where a number is not finite;
    xlabel, ylabel : the axes' names, with units; logx, logy : whether an axis is logarithmic
    """
    x = as_floats("x", x, ("N",))
    curves = {name: as_real(f"curves[{name!r}]", values, x.shape)
              for name, values in as_a("curves", curves, dict).items()}
    names = {"xlabel": as_a("xlabel", xlabel, str), "ylabel": as_a("ylabel", ylabel, str)}
    logx, logy = as_a("logx", logx, bool), as_a("logy", logy, bool)
    figure, axes = plt.subplots()
    for name, values in curves.items():
        axes.plot(x, values, marker="o", markersize=3, label=name)
    axes.set(**names, xscale="log" if logx else "linear", yscale="log" if logy else "linear")
    if len(curves) > 1:
        # Above the axes, where no curve can run through it.
        figure.legend(loc="outside upper center", ncols=4)
    plt.show()


def show_source(*things):
    """The source of functions, methods or classes, as IPython.display.Markdown, to read in a notebook."""
    from IPython.display import Markdown

    try:
        sources = [textwrap.dedent(inspect.getsource(thing)).rstrip() for thing in things]
    except (TypeError, OSError) as error:
        raise TypeError(f"things: received one without a source ({error}), expected functions, methods or "
                        "classes written in Python") from None
    return Markdown("```python\n" + "\n\n\n".join(sources) + "\n```")


def _squares(name, rows):
    if rows.ndim == 3:
        return rows
    side = round(rows.shape[1] ** 0.5)
    if side * side != rows.shape[1]:
        raise ValueError(f"{name}: received shape {rows.shape}, expected (N, D) with D a square number")
    return rows.reshape(-1, side, side)


def _grid(pictures, titles, columns, size, **colours):
    if titles is not None:
        try:
            titles = list(titles)
        except TypeError:
            raise TypeError(f"titles: received {type(titles).__name__}, expected a list of texts") from None
        if len(titles) != len(pictures):
            raise ValueError(f"titles: received {len(titles)}, expected {len(pictures)}, one a picture")
    columns = min(as_count("columns", columns), len(pictures))
    size = as_number("size", size, 0.01, 100)
    rows = -(-len(pictures) // columns)
    height = size * (1.3 if titles is not None else 1.05)
    figure, axes = plt.subplots(rows, columns, figsize=(columns * size, rows * height),
                                squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    for i, (axis, picture) in enumerate(zip(axes.flat, pictures, strict=False)):
        axis.imshow(picture, **colours)
        if titles is not None:
            axis.set_title(str(titles[i]), fontsize=9, pad=3)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    plt.show()
