"""Planted faults in outputs: each must be found, and each neighbour of a fault must pass."""

import base64
import io
from time import perf_counter

import numpy as np
import pytest
from matplotlib.figure import Figure
from nbformat import v4
from nbtruth.compare import (
    RULES,
    Tolerance,
    differences,
    hide,
    normalise,
    picture_difference,
    text_difference,
)
from PIL import Image

# Text and numbers


@pytest.mark.parametrize("expected, actual", [
    ("loss 0.69315", "loss 0.69316"),
    ("[1. 0.5]", "[0.9999999 0.5]"),
    ("[ 0.5 -0. ]", "[0.5 0. ]"),
    ("|  9.9996 |", "| 10.0001 |"),
    ("1,234.5 s", "1234.6 s"),
    ("−0.50001", "-0.5"),
    ("1.0000e-05", "1.0001e-05"),
    ("6.62607e-34", "6.62608e-34"),
    ("1e999", "1.0e999"),
    ("1.5e-400", "1.50001e-400"),
    ("0.0", "0.00"),
    ("no number", "no number"),
])
def test_numbers_within_the_tolerance_agree(expected, actual):
    assert text_difference(expected, actual) is None


@pytest.mark.parametrize("expected, actual", [
    ("0.173", "0.174"),  # the third significant digit
    ("9.99", "9.98"),
    ("1.00e-05", "1.01e-05"),
    ("82.0%", "81.9%"),
    ("0.83", "0.84"),  # no slack for the last printed digit
    ("[ 1.6 -0.7]", "[ 1.6  0.7]"),  # a sign error
    ("−0.7", "0.7"),
    ("9,123 of 10,000", "9,124 of 10,000"),
    ("60,000", "60,001"),
    ("There were 8203.", "There were 8204."),  # an integer before a full stop
    ("3", "3.0"),  # another type
    ("(10, 784)", "(784, 10)"),
    ("a 5", "a 5 6"),
    ("5 6", "5"),
    ("the cat 3", "the dog 3"),
    ("two  words", "two words"),
    ("1 2", "1\n2"),
    ("12 34", "1234"),
    ("version 2000.1.0", "version 2000.2.0"),
    ("  a 5", "a 5"),  # blanks that stand beside no number
    ("5 a  ", "5 a"),
    ("0xff3a", "0xff3b"),
    ("float32", "float64"),
    ("0.5", "nan"),
    ("0.5", "inf"),
    ("82%", "82 percent"),
    ("6.626e-34", "6.726e-34"),  # numbers of any size
    ("1.38e-23", "-1.38e-23"),
    ("1.5e-400", "1.6e-400"),
    ("1e999", "2e999"),
    ("1e99999999999999999999", "2e99999999999999999999"),
    ("0.0", "1e-300"),
    ("2.5e-3j", "2.6e-3j"),
    ("(1-2.5j)", "(1+2.5j)"),
    ("2026-11-24", "2026-11-25"),
    ("5 digits", "5 digit"),
])
def test_every_other_change_of_text_differs(expected, actual):
    assert text_difference(expected, actual)
    assert text_difference(actual, expected)


@pytest.mark.parametrize("expected, actual", [
    ("[ 1.0e+00 -1.1e-17]", "[1.0e+00 2.2e-16]"),
    ("[1. 0.]", "[1.0e+00 1.1e-17]"),
    ("array([[ 2.,  0.],\n [ 3e-17, -1.]])", "array([[2., -1e-17],\n [0., -1.]])"),
    ("tensor([4e9, 1e-4])", "tensor([4e9, -1e-4])"),
    ("[1.+1.2e-17j 2.-0.j nan]", "[1.-3.0e-17j 2.+0.j nan]"),
    ("[6.6e-34 1e-50]", "[6.6e-34 3e-50]"),
])
def test_rounding_near_0_passes_in_an_array_that_holds_larger_numbers(expected, actual):
    assert text_difference(expected, actual) is None
    assert text_difference(expected, actual, Tolerance(noise=0))


@pytest.mark.parametrize("expected, actual", [
    ("[1.0 1.1e-11]", "[1.0 2.2e-11]"),  # small, but more than rounding leaves
    ("[6.626e-34 1.2e-34]", "[6.726e-34 1.2e-34]"),  # nothing in it is larger
    ("[6.626e-34]", "[-6.626e-34]"),
    ("[1. 2.] 1e-17", "[1. 2.] 2e-17"),  # beside an array
    ("1e-17 [1. 2.]", "2e-17 [1. 2.]"),
    ("[1. 2.] [1e-17]", "[1. 2.] [2e-17]"),  # in another one
    ("[299792458.0, 6.626e-34]", "[299792458.0, 6.726e-34]"),  # a list, perhaps of constants
    ("x 1.0 1e-17", "x 1.0 2e-17"),  # a table
])
def test_everywhere_else_a_small_number_is_compared_at_its_own_size(expected, actual):
    assert text_difference(expected, actual)
    assert text_difference(expected, actual, Tolerance(atol=1e-10)) is None  # where the cell names it


def test_a_cell_may_loosen_floats_but_not_integers():
    assert text_difference("0.83", "0.84", Tolerance(rtol=0.02)) is None
    assert text_difference("0.83", "0.86", Tolerance(rtol=0.02))
    assert text_difference("0.0", "0.4", Tolerance(atol=0.5)) is None
    assert text_difference("100", "101", Tolerance(rtol=0.02, atol=5))


def test_a_difference_names_the_number_and_its_line():
    message = text_difference("first\nloss 0.5 here\nlast", "first\nloss 0.6 here\nlast")
    assert "0.5 became 0.6" in message and "expected: loss 0.5 here\n  actual:   loss 0.6 here" in message


# Figures


def png(save):
    stream = io.BytesIO()
    save(stream, format="png")
    return base64.b64encode(stream.getvalue()).decode()


def curve(swap=False, label="epoch", title="seed 9", factor=1.0, noise=0.0, grid=True, dpi=110):
    figure = Figure(figsize=(4, 3), dpi=dpi)
    axes = figure.subplots()
    x = np.linspace(0, 1, 50)
    y = factor * np.exp(-3 * x) + noise * np.random.default_rng(0).normal(size=50)
    axes.plot(*((y, x) if swap else (x, y)))
    axes.set(xlim=(0, 1.1), ylim=(0, 1.1), xlabel=label, title=title)
    axes.grid(alpha=0.3 * grid)
    return png(figure.savefig)


def templates(change=lambda W: W[4], noise=0.0):
    W = np.random.default_rng(1).random((10, 28, 28))
    W[4] = change(W)
    figure = Figure(figsize=(5, 2), dpi=110)
    for axes, picture in zip(figure.subplots(2, 5).flat, W + noise):
        axes.imshow(picture, vmin=-1, vmax=1, cmap="RdBu")
        axes.axis("off")
    return png(figure.savefig)


@pytest.mark.parametrize("draw, change", [
    (curve, {}), (curve, {"noise": 1e-5}), (curve, {"factor": 1 + 2e-5}), (templates, {"noise": 1e-6}),
])
def test_a_figure_may_differ_by_rounding(draw, change):
    assert picture_difference(draw(), draw(**change))[0] is None


@pytest.mark.parametrize("draw, change", [
    *((curve, change) for change in ({"swap": True}, {"label": ""}, {"title": "seed 8"}, {"factor": 1.005},
                                     {"grid": False}, {"dpi": 111})),
    *((templates, {"change": wrong})
      for wrong in (lambda W: W[5], lambda W: -W[4], lambda W: W[4].T, lambda W: 0 * W[4])),
])
def test_a_changed_figure_and_one_wrong_template_in_a_grid_differ(draw, change):
    assert picture_difference(draw(), draw(**change))[0]


def flat(rgba="white", size=(19, 19), dots=0):
    """A picture of one colour, with a black square of dots x dots pixels in its middle."""
    picture = Image.new("RGBA", size, rgba)
    picture.paste("black", (9, 9, 9 + dots, 9 + dots))
    return png(picture.save)


def test_a_transparent_picture_is_what_it_shows_on_white():
    assert picture_difference(flat((0, 0, 0, 0)), flat("white"))[0] is None
    assert picture_difference(flat((0, 0, 0, 0)), flat("black"))[0]


def test_one_flipped_pixel_passes_and_four_or_another_size_do_not():
    assert picture_difference(flat(), flat(dots=1))[0] is None
    assert picture_difference(flat(), flat(dots=2))[0]
    assert "size" in picture_difference(flat(), flat(size=(19, 20)))[0]


def test_image_tol_loosens_a_figure_as_far_as_it_says():
    worst = int(picture_difference(curve(), curve(factor=1.005))[0].split()[5])
    assert picture_difference(curve(), curve(factor=1.005), Tolerance(image=worst))[0] is None
    assert picture_difference(curve(), curve(factor=1.005), Tolerance(image=worst - 1))[0]


# Volatile text: each rule, and that it hides nothing beside it

BAR = "\rtraining:  50%|█████     | 5/10 [00:01<00:01, {}it/s, loss=0.{}]"


@pytest.mark.parametrize("stream, one, other, hidden", [
    ("stdout", "<function f at 0x7f51c0>", "<function f at 0x7fa2d0>", True),
    ("stderr", "/tmp/ipykernel_12/345.py:3: UserWarning", "/var/x/ipykernel_67/890.py:3: UserWarning", True),
    ("stderr", BAR.format("1.23", 5), BAR.format("4.5", 6) + "\n", True),
    ("stderr", "\r0it [00:00, ?it/s]\r3it [00:12, 4.5s/it]\nslow\n", "slow\n", True),
    ("stderr", "\n\r 50%|██  | 1/2 [00:00<00:00, 1.9epoch/s]\x1b[A\n\r      \x1b[A", "", True),
    ("stdout", "<function f at 0x7f51c0> 3", "<function f at 0x7f51c0> 4", False),
    ("stdout", "<function f at 0x7f51c0>", "<function g at 0x7f51c0>", False),
    ("stdout", "colour 0x7f51c0", "colour 0x7fa2d0", False),
    ("stderr", "/tmp/ipykernel_12/345.py:3: UserWarning", "/tmp/ipykernel_12/345.py:4: UserWarning", False),
    ("stderr", "/tmp/mine_12/345.py:3", "/tmp/mine_13/345.py:3", False),
    ("stderr", BAR.format("1.23", 5) + "\nwarning 1\n", BAR.format("1.23", 5) + "\nwarning 2\n", False),
    ("stderr", "warning 1\n" + BAR.format("1.23", 5), "warning 2\n" + BAR.format("1.23", 5), False),
    ("stderr", "300 it/s |###|", "301 it/s |###|", False),
    ("stdout", BAR.format("1.23", 5), BAR.format("4.5", 6), False),
    ("stdout", "took 3.2 s", "took 3.3 s", False),
    ("stdout", "{'a', 'b'}", "{'b', 'a'}", False),
    ("stdout", "on 2026-11-24", "on 2026-11-25", False),
    ("stdout", 'id="p0123456789"', 'id="pabcdef0123"', False),
])
def test_volatile_text_is_hidden_and_nothing_beside_it(stream, one, other, hidden):
    assert (normalise(one, stream) == normalise(other, stream)) is hidden


@pytest.mark.parametrize("stream, piece", [("stdout", "x"), ("stderr", "x ")])
def test_a_long_word_and_a_long_line_take_no_time(stream, piece):
    start = perf_counter()  # 0.01 s; 10 s to minutes where each letter of the text is a place to begin
    normalise(piece * 60_000, stream)
    assert perf_counter() - start < 3


SVG = '<clipPath id="{0}"/><use xlink:href="#{1}" clip-path="url(#{2})"/>'
NAMES = ("p0123456789", "mabcdef0123", "p9876543210", "m0000000000")


@pytest.mark.parametrize("rule, one, other, hidden", [
    ("timing", "took 3.2 s", "took 12.1 s", True),
    ("timing", "  3.2 s, 95%", " 900 ms, 95%", True),
    ("timing", "1.5 s/it", "2.25 it/s", True),
    ("timing", "1,200 ms", "2,300 ms", True),
    ("timing", "3.2 \u00b5s", "41 \u03bcs", True),  # the two letters µ
    ("timing", "1.2e-05 s", "3.4e-06 s", True),
    ("timing", "Wall time: 1min 3s", "Wall time: 59.8 s", True),
    ("timing", "1.2 ns ± 3 ns per loop (mean ± std. dev. of 7 runs, 1,000 loops each)",
     "9 ns ± 1.5 ns per loop (mean ± std. dev. of 7 runs, 10 loops each)", True),
    ("timing", "The slowest run took 5.19 times longer than the fastest. It was cached?\n3 s", "4 s", True),
    ("timing", "The slowest run took 5.19 times longer. So what", "The slowest run took 6.00", False),
    ("timing", "3.2 s, 95%", "3.2 s, 96%", False),
    ("timing", "3 samples", "4 samples", False),
    ("timing", "5 mistakes", "6 mistakes", False),
    ("timing", "3.2 s here", "3.2 s there", False),
    ("timing", "1.5 m", "1.6 m", False),
    ("timing", "v3.2 s", "v3.3 s", False),
    ("timing", "1.2e-05 m", "1.2e-06 m", False),
    ("timing", "7 runs, 10 loops", "8 runs, 10 loops", False),
    ("dates", "<date>2026-11-24T23:20:32.123456</date>", "<date>2025-01-02T03:04:05.6</date>", True),
    ("dates", "on 2026-11-24 23:20 and", "on 2025-01-02 and", True),
    ("dates", "2026-11-24 5 apples", "2026-11-24 6 apples", False),
    ("dates", "20261-11-24", "20262-11-24", False),
    ("ids", SVG.format(*NAMES[:2], NAMES[0]), SVG.format(*NAMES[2:], NAMES[2]), True),
    ("ids", SVG.format(*NAMES[:2], NAMES[0]), SVG.format(*NAMES[2:], NAMES[3]), False),  # it uses another one
    ("ids", "id 00d08e0e53bc4d3c9d8a6b1e2f3a4b5c", "id f81d4fae7dec41d0a76500a0c91e6bf6", True),
    ("ids", "f81d4fae-7dec-41d0-a765-00a0c91e6bf6", "00d08e0e-53bc-4d3c-9d8a-6b1e2f3a4b5c", True),
    ("ids", '<td id="T_1a2b3_row0_col1">', '<td id="T_c0ffe_row0_col1">', True),
    ("ids", '<td id="T_1a2b3_row0_col1">', '<td id="T_1a2b3_row0_col2">', False),
    ("ids", "commit 1a2b3c4", "commit 1a2b3c5", False),
    ("sets", "{'a', 'b', 'c'}", "{'c', 'a', 'b'}", True),
    ("sets", "{'a',\n 'b'}", "{'b', 'a'}", True),
    ("sets", "{(1, 2), (3, 4)}", "{(3, 4), (1, 2)}", True),
    ("sets", "{(1, 2), (3, 4)}", "{(1, 4), (3, 2)}", False),
    ("sets", "{'a', 'b'}", "{'a', 'c'}", False),
    ("sets", "{'a', 'b'}", "{'a', 'a', 'b'}", False),
    ("sets", "['a', 'b']", "['b', 'a']", False),
    ("sets", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", False),
])
def test_a_named_rule_hides_what_it_names_and_nothing_else(rule, one, other, hidden):
    assert (hide(one, {rule}) == hide(other, {rule})) is hidden
    assert hide(one, RULES.keys() - {rule}) != hide(other, RULES.keys() - {rule})


# Lists of outputs


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def shown(data):
    return v4.new_output("display_data", data=data)


WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize("rule, one, other", [
    ("timing", stream("3 s"), stream("4 s")),
    ("ids", shown({WIDGET: {"model_id": "00d08e0e53bc4d3c9d8a6b1e2f3a4b5c"}}),
     shown({WIDGET: {"model_id": "f81d4fae7dec41d0a76500a0c91e6bf6"}})),
    ("dates", shown({"image/svg+xml": "2026-11-24"}), shown({"image/svg+xml": "2026-11-25"})),
    ("sets", v4.new_output("error", ename="E", evalue="{1, 2}"),
     v4.new_output("error", ename="E", evalue="{2, 1}")),
])
def test_rules_hold_in_every_kind_of_output(rule, one, other):
    assert differences([one], [other])
    assert not differences([one], [other], Tolerance(hidden=frozenset({rule})))


def test_a_figure_of_matplotlib_as_svg_needs_two_rules():
    def svg(last):
        figure, text = Figure(), io.StringIO()
        axes = figure.subplots()
        axes.plot([1, 2, last], "o-")
        axes.fill_between([0, 1], [1, 2], hatch="//")
        figure.savefig(text, format="svg", metadata={"Date": f"2026-11-{last:.0f}"})
        return shown({"image/svg+xml": text.getvalue()})

    rules = Tolerance(hidden=frozenset({"ids", "dates"}))
    assert differences([svg(3)], [svg(3)], Tolerance(hidden=frozenset({"dates"})))
    assert not differences([svg(3)], [svg(3)], rules)
    assert differences([svg(13)], [svg(13.2)], rules)


def test_a_stream_in_pieces_is_one_stream():
    pieces = [stream("a "), stream("oops", "stderr"), stream("0.5\n")]
    assert not differences(pieces, [stream("a 0.5\n"), stream("oops", "stderr")])
    assert pieces[0].text == "a "  # the outputs themselves are left alone


def test_missing_extra_and_exchanged_outputs_differ():
    text, picture = stream("a"), shown({"image/png": templates()})
    for expected, actual in [([text], []), ([], [text]), ([text, picture], [picture, text]),
                             ([picture], [picture, picture]), ([text], [stream("a", "stderr")]),
                             ([stream("a", "stderr")], [stream("b", "stderr")]),
                             ([picture], [shown({"image/png": templates(), "text/plain": "x"})])]:
        assert differences(expected, actual) and not differences(expected, expected)


@pytest.mark.parametrize("mime, old, new", [
    ("text/html", "<td>0.173</td>", "<td>0.174</td>"),
    ("text/html", '<path d="10,100.5"/>', '<path d="10,101.5"/>'),  # two numbers: a comma parts them
    ("text/markdown", "def f(x):", "def g(x):"),
    ("image/svg+xml", '<path d="10,100.5"/>', '<path d="10,101.5"/>'),
    ("application/json", {"a": [1, 0.173]}, {"a": [1, 0.174]}),
    ("application/pdf", "JVBERi0x", "JVBERi0y"),
    ("image/png", "bm8gcGljdHVyZQ==", "bm9uZSwgdG9v"),  # neither can be read
])
def test_every_kind_of_output_is_compared(mime, old, new):
    old, new = shown({mime: old}), shown({mime: new})
    assert differences([old], [new]) and not differences([old], [old])


