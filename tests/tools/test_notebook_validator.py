"""Planted faults: each must be caught, and each neighbour of a fault must pass.

An emptied assertion is not among them: it prints nothing, so outputs cannot show it. The checks
of the sources and the mutants of mnistlib are there for that.
"""

import base64
import importlib.util
import io
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import nbformat
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from nbformat import v4
from PIL import Image

import mnistlib
from tests.notebook_compare import Tolerance, differences, normalise, picture_difference, text_difference
from tests.notebook_validator import read_tags
from tools.book import ROOT


def load(path):
    """A module by its path: the root conftest and the tools are in no package."""
    spec = importlib.util.spec_from_file_location(f"loaded_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Text and numbers


@pytest.mark.parametrize("expected, actual", [
    ("loss 0.69315", "loss 0.69316"),
    ("[1. 0.5]", "[0.9999999 0.5]"),
    ("[ 0.5 -0. ]", "[0.5 0. ]"),
    ("|  9.9996 |", "| 10.0001 |"),
    ("1,234.5 s", "1234.6 s"),
    ("−0.50001", "-0.5"),
    ("1.0000e-05", "1.0001e-05"),
    ("1e-14", "3e-15"),
    ("1e999", "1e999"),
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
    ("5 digits", "5 digit"),
])
def test_every_other_change_of_text_differs(expected, actual):
    assert text_difference(expected, actual)
    assert text_difference(actual, expected)


def test_in_markup_a_comma_parts_two_numbers():
    old, new = '<path d="10,100.5">', '<path d="10,101.5">'
    assert text_difference(old, new, markup=True)
    assert text_difference(old, new, markup=False) is None  # ten thousand one hundred


def test_a_cell_may_loosen_floats_but_not_integers():
    assert text_difference("0.83", "0.84", Tolerance(rtol=0.02)) is None
    assert text_difference("0.83", "0.86", Tolerance(rtol=0.02))
    assert text_difference("0.0", "0.4", Tolerance(atol=0.5)) is None
    assert text_difference("100", "101", Tolerance(rtol=0.02, atol=5))


def test_a_difference_names_the_number_and_its_line():
    message = text_difference("first\nloss 0.5 here\nlast", "first\nloss 0.6 here\nlast")
    assert "0.5 became 0.6" in message and "expected: loss 0.5 here\n  actual:   loss 0.6 here" in message


# Figures


def png(figure):
    stream = io.BytesIO()
    FigureCanvasAgg(figure).print_png(stream)
    return base64.b64encode(stream.getvalue()).decode()


def curve(swap=False, label="epoch", title="seed 9", factor=1.0, noise=0.0, grid=True, dpi=110):
    figure = Figure(figsize=(4, 3), dpi=dpi)
    axes = figure.subplots()
    x = np.linspace(0, 1, 50)
    y = factor * np.exp(-3 * x) + noise * np.random.default_rng(0).normal(size=50)
    axes.plot(*((y, x) if swap else (x, y)))
    axes.set(xlim=(0, 1.1), ylim=(0, 1.1), xlabel=label, title=title)
    axes.grid(False)
    if grid:
        axes.grid(alpha=0.3)
    return png(figure)


def templates(change=None, factor=1.0, noise=0.0):
    pictures = np.random.default_rng(1).random((10, 28, 28))
    if change is not None:
        pictures[4] = change(pictures)
    figure = Figure(figsize=(5, 2), dpi=110)
    for axes, picture in zip(figure.subplots(2, 5).flat, pictures * factor + noise):
        axes.imshow(picture, vmin=-1, vmax=1, cmap="RdBu")
        axes.axis("off")
    return png(figure)


@pytest.mark.parametrize("change", [{"noise": 1e-5}, {"factor": 1 + 2e-5}, {"dpi": 110}])
def test_a_figure_may_differ_by_rounding(change):
    assert picture_difference(curve(), curve(**change))[0] is None


@pytest.mark.parametrize("change", [
    {"swap": True}, {"label": ""}, {"title": "seed 8"}, {"factor": 1.005}, {"grid": False}, {"dpi": 111},
])
def test_a_changed_figure_differs(change):
    assert picture_difference(curve(), curve(**change))[0]


def test_templates_may_differ_by_rounding():
    assert picture_difference(templates(), templates(noise=1e-6))[0] is None


@pytest.mark.parametrize("change", [lambda W: W[5], lambda W: -W[4], lambda W: W[4].T, lambda W: 0 * W[4]])
def test_one_wrong_template_in_a_grid_differs(change):
    assert picture_difference(templates(), templates(change))[0]


def flat(rgba="white", size=(19, 19), dots=0):
    """A picture of one colour, with a black square of dots x dots pixels in its middle."""
    picture, stream = Image.new("RGBA", size, rgba), io.BytesIO()
    picture.paste("black", (9, 9, 9 + dots, 9 + dots))
    picture.save(stream, "png")
    return base64.b64encode(stream.getvalue()).decode()


def test_a_transparent_picture_is_what_it_shows_on_white():
    assert picture_difference(flat((0, 0, 0, 0)), flat("white"))[0] is None
    assert picture_difference(flat((0, 0, 0, 0)), flat("black"))[0]


def test_one_flipped_pixel_passes_and_four_do_not():
    assert picture_difference(flat(), flat(dots=1))[0] is None
    assert picture_difference(flat(), flat(dots=2))[0]


def test_sizes_are_exact():
    assert "size" in picture_difference(flat(), flat(size=(19, 20)))[0]


def test_image_tol_loosens_a_figure_as_far_as_it_says():
    worst = int(picture_difference(curve(), curve(factor=1.005))[0].split()[5])
    assert picture_difference(curve(), curve(factor=1.005), Tolerance(image=worst))[0] is None
    assert picture_difference(curve(), curve(factor=1.005), Tolerance(image=worst - 1))[0]


# Volatile text: each rule, and that it hides nothing beside it

BAR = "\rtraining:  50%|█████     | 5/10 [00:01<00:01, {}it/s, loss=0.{}]"


@pytest.mark.parametrize("stream, one, other", [
    ("stdout", "<function f at 0x7f51c0>", "<function f at 0x7fa2d0>"),
    ("stderr", "/tmp/ipykernel_12/345.py:3: UserWarning", "/var/x/ipykernel_67/890.py:3: UserWarning"),
    ("stderr", BAR.format("1.23", 5), BAR.format("4.5", 6) + "\n"),
    ("stderr", "\r0it [00:00, ?it/s]\r3it [00:12, 4.5s/it]\nslow\n", "slow\n"),
    ("stderr", "\n\r 50%|██  | 1/2 [00:00<00:00, 1.9epoch/s]\x1b[A\n\r      \x1b[A", ""),
])
def test_volatile_text_is_hidden(stream, one, other):
    assert normalise(one, stream) == normalise(other, stream)


@pytest.mark.parametrize("stream, one, other", [
    ("stdout", "<function f at 0x7f51c0> 3", "<function f at 0x7f51c0> 4"),
    ("stdout", "<function f at 0x7f51c0>", "<function g at 0x7f51c0>"),
    ("stdout", "colour 0x7f51c0", "colour 0x7fa2d0"),
    ("stderr", "/tmp/ipykernel_12/345.py:3: UserWarning", "/tmp/ipykernel_12/345.py:4: UserWarning"),
    ("stderr", "/tmp/mine_12/345.py:3", "/tmp/mine_13/345.py:3"),
    ("stderr", BAR.format("1.23", 5) + "\nwarning 1\n", BAR.format("1.23", 5) + "\nwarning 2\n"),
    ("stderr", "warning 1\n" + BAR.format("1.23", 5), "warning 2\n" + BAR.format("1.23", 5)),
    ("stderr", "300 it/s |###|", "301 it/s |###|"),
    ("stdout", BAR.format("1.23", 5), BAR.format("4.5", 6)),
    ("stdout", "took 3.2 s", "took 3.3 s"),
])
def test_what_stands_beside_volatile_text_is_not_hidden(stream, one, other):
    assert normalise(one, stream) != normalise(other, stream)


@pytest.mark.parametrize("one, other, hidden", [
    ("took 3.2 s", "took 12.1 s", True),
    ("  3.2 s, 95%", " 900 ms, 95%", True),
    ("1.5 s/it", "2.25 it/s", True),
    ("3.2 s, 95%", "3.2 s, 96%", False),
    ("1,200 ms", "2,300 ms", True),
    ("3 samples", "4 samples", False),
    ("5 mistakes", "6 mistakes", False),
    ("3.2 s here", "3.2 s there", False),
    ("1.5 m", "1.6 m", False),
    ("v3.2 s", "v3.3 s", False),
])
def test_the_timing_rule_hides_durations_and_nothing_else(one, other, hidden):
    assert (normalise(one, timing=True) == normalise(other, timing=True)) is hidden


# Lists of outputs


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def shown(**data):
    return v4.new_output("display_data", data={mime.replace("_", "/"): value for mime, value in data.items()})


def test_a_stream_in_pieces_is_one_stream():
    pieces = [stream("a "), stream("oops", "stderr"), stream("0.5\n")]
    assert not differences(pieces, [stream("a 0.5\n"), stream("oops", "stderr")])
    assert pieces[0].text == "a "  # the outputs themselves are left alone


def test_missing_extra_and_exchanged_outputs_differ():
    text, picture = stream("a"), shown(image_png=templates())
    for expected, actual in [([text], []), ([], [text]), ([text, picture], [picture, text]),
                             ([picture], [picture, picture]), ([text], [stream("a", "stderr")]),
                             ([stream("a", "stderr")], [stream("b", "stderr")]),
                             ([picture], [shown(image_png=templates(), text_plain="x")])]:
        assert differences(expected, actual) and not differences(expected, expected)


@pytest.mark.parametrize("mime, old, new", [
    ("text/html", "<td>0.173</td>", "<td>0.174</td>"),
    ("text/html", '<path d="10,100.5"/>', '<path d="10,101.5"/>'),
    ("text/markdown", "def f(x):", "def g(x):"),
    ("image/svg+xml", '<circle r="5"/>', '<circle r="6"/>'),
    ("application/json", {"a": [1, 0.173]}, {"a": [1, 0.174]}),
    ("application/pdf", "JVBERi0x", "JVBERi0y"),
])
def test_every_kind_of_output_is_compared(mime, old, new):
    old, new = (v4.new_output("display_data", data={mime: value}) for value in (old, new))
    assert differences([old], [new]) and not differences([old], [old])


# Tags


def test_tags_set_what_they_name():
    tolerance, reason, complaints = read_tags(["rtol=0.02", "atol=5e-1", "image-tol=30", "normalise:timing",
                                               "run-only:needs-colab", "hide-input", "raises-exception"])
    assert tolerance == Tolerance(0.02, 0.5, 30, True)
    assert (reason, complaints) == ("needs colab", [])


@pytest.mark.parametrize("tag", [
    "run-only", "run-only:", "run-only: ", "run-only:two words", "run_only:x", "rtol=", "rtol=lots",
    "rtol=0.9", "rtol=inf", "rtol=-1", "rtol:0.1", "atol=1e99", "image-tol=200", "image_tol=3",
    "normalise:all", "normalize:timing", "nbval-ignore-output", "nbval-skip", "nbval-check-output",
    "NBVAL_SKIP", "pytest-validate-ignore-output", "nbval-raises-exception",
    "skip-execution", "raises_exception",
])
def test_a_tag_that_hides_without_a_reason_is_refused(tag):
    tolerance, reason, complaints = read_tags([tag])
    assert "run-only:reason" in complaints[0]
    assert (tolerance, reason) == (Tolerance(), None)


# Whole notebooks, run once by pytest under xdist with the data and once alone without it

CONFTEST = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.notebook_validator import Validator

def pytest_configure(config):
    missing = {{"MNIST": "Fetch it."}} if os.environ.get("NO_DATA") else {{}}
    config.pluginmanager.register(Validator(missing, there=[] if missing else ["MNIST"]))
"""
SHOW = "from IPython.display import Image\nImage('{}.png')"


IN_ORDER = 0  # replaced by the cell's place


def cell(source, *outputs, tags=(), count=IN_ORDER):
    metadata = {"tags": list(tags)}
    return v4.new_code_cell(source, outputs=list(outputs), metadata=metadata, execution_count=count)


def picture_result(picture):
    return v4.new_output("execute_result", execution_count=1, data={
        "image/png": picture, "text/plain": "<IPython.core.display.Image object>"})


def error(name, value):
    return v4.new_output("error", ename=name, evalue=value, traceback=[])


GOOD = {
    "a true number": cell("print(0.5)", stream("0.5\n")),
    "rounding": cell("print(0.69315)", stream("0.69316\n")),
    "no output": cell("x = 1"),
    "pieces": cell("import sys\nprint(1, flush=True)\nprint(2)", stream("1\n"), stream("2\n")),
    "empty": cell(" ", count=None),
    "loosened": cell("print(0.83)", stream("0.84\n"), tags=["rtol=0.02"]),
    "timing": cell("print('took 3.2 s')", stream("took 9.9 s\n"), tags=["normalise:timing"]),
    "run only": cell("print(1)", stream("2\n"), tags=["run-only:needs-colab"]),
    "expected exception": cell("1/0", error("ZeroDivisionError", "division by zero"),
                               tags=["raises-exception"]),
    "a figure": cell(SHOW.format("old"), picture_result(curve())),
}
FAULTS = {  # name: (cell, words of the message)
    "another number": (cell("print(0.174)", stream("0.173\n")), "0.173 became 0.174"),
    "another integer": (cell("print(8204)", stream("8203\n")), "8203 became 8204"),
    "another word": (cell("print('dog 1')", stream("cat 1\n")), "text differs"),
    "extra output": (cell("print(1)"), "expected: no output"),
    "missing output": (cell("x = 1", stream("1\n")), "actual:   no output"),
    "stale output": (cell("print(1 + 2)", stream("1 + 1 = 2\n")), "1 became 3"),
    "stale output of an empty cell": (cell("", stream("1\n"), count=None), "Unrun reference cell"),
    "never run": (cell("y = 2", count=None), "without having been run"),
    "what a faulty cell defines": (cell("print(y)", stream("3\n")), "3 became 2"),
    "outputs, but never run": (cell("print(1)", stream("1\n"), count=None), "without having been run"),
    "out of order": (cell("z = 3", count=99), "with execution count 99 instead of"),
    "ignore tag": (cell("print(1)", stream("2\n"), tags=["nbval-ignore-output"]), "run-only:reason"),
    "skip tag": (cell("print(1)", stream("2\n"), tags=["nbval-skip"]), "run-only:reason"),
    "ignore comment": (cell("# NBVAL_IGNORE_OUTPUT\nprint(1)", stream("2\n")), "run-only:reason"),
    "no reason": (cell("print(1)", stream("2\n"), tags=["run-only:"]), "run-only:reason"),
    "run only, exception": (cell("1/0", tags=["run-only:x"]), "ZeroDivisionError"),
    "exception": (cell("{}['key']"), "KeyError"),
    "another exception": (cell("1/0", error("ValueError", "division by zero"), tags=["raises-exception"]),
                          "text differs"),
    "no exception": (cell("x = 1", error("ValueError", "no"), tags=["raises-exception"]), "no output"),
    "another figure": (cell(SHOW.format("new"), picture_result(curve())), "pixels differ"),
}
MNIST = {  # name: (cell, fails with the data, fails without)
    "true": (cell("print(0.5)", stream("0.5\n"), tags=["mnist"]), False, False),
    "other data": (cell("print(0.5)", stream("0.6\n"), tags=["mnist"]), True, False),
    "exception": (cell("1/0", tags=["mnist"]), True, True),
    "never run": (cell("x = 1", tags=["mnist"], count=None), True, True),
    "not of the data": (cell("print(0.5)", stream("0.6\n")), True, True),
}


def write(path, cells):
    place = 0
    for each in cells:
        place += each.cell_type == "code" and bool(each.source.strip())
        if each.get("execution_count") == IN_ORDER:
            each.execution_count = place
    nbformat.write(v4.new_notebook(cells=cells), path)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """{with data: (folder, what pytest printed, {notebook: {cell: message or None}})}"""
    found = {}
    for there in (True, False):
        folder = tmp_path_factory.mktemp("book")
        (folder / "conftest.py").write_text(CONFTEST)
        for name, picture in [("old", curve()), ("new", curve(swap=True))]:
            (folder / f"{name}.png").write_bytes(base64.b64decode(picture))
        write(folder / "good.ipynb", list(GOOD.values()))
        write(folder / "faults.ipynb", [each for each, _ in FAULTS.values()])
        write(folder / "mnist.ipynb", [each for each, _, _ in MNIST.values()])
        found[there] = (folder, *run_pytest(folder, there))
    return found


def run_pytest(folder, there):
    names = ["good", "faults", "mnist"] if there else ["mnist"]
    parallel = ["-n", "2", "--dist", "loadfile"] if there else []
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "--junitxml=report.xml",
         "-p", "no:cacheprovider", "--rootdir=.", *parallel, *(f"{name}.ipynb" for name in names)],
        cwd=folder, env=environment | ({} if there else {"NO_DATA": "1"}),
        capture_output=True, text=True, check=False)
    messages = {name: {} for name in names}
    for case in ET.parse(folder / "report.xml").iter("testcase"):
        failure = case.find("failure")
        notebook = next(name for name in names if name in case.get("classname"))
        messages[notebook][case.get("name")] = None if failure is None else failure.text
    return result.stdout, messages


@pytest.mark.parametrize("name", GOOD)
def test_a_true_cell_passes(runs, name):
    assert runs[True][2]["good"][f"Cell {list(GOOD).index(name)}"] is None


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(runs, name):
    assert FAULTS[name][1] in (runs[True][2]["faults"][f"Cell {list(FAULTS).index(name)}"] or "passed")


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("name", MNIST)
def test_mnist_cells_are_compared_when_mnist_is_there(runs, name, there):
    message = runs[there][2]["mnist"][f"Cell {list(MNIST).index(name)}"]
    assert bool(message) is MNIST[name][1 if there else 2]


def test_the_summary_counts_every_cell_under_xdist(runs):
    line = ("notebooks: 21 cells compared, 1 run only (1 needs colab), 0 skipped, "
            "11 failed before comparison; MNIST was there")
    assert line in runs[True][1].splitlines()


def test_the_summary_says_what_was_not_compared_without_mnist(runs):
    lines = runs[False][1].splitlines()
    assert ("notebooks: 1 cells compared, 0 run only, 0 skipped, 2 failed before comparison; "
            "2 run only because MNIST was missing") in lines
    assert lines.count("MNIST IS MISSING: its cells are run, not compared. Fetch it.") == 2  # head and foot


def test_a_figure_that_differs_is_written_and_named(runs):
    folder, _, messages = runs[True]
    place = list(FAULTS).index("another figure")
    page = (folder / "test-report" / "index.html").read_text()
    for kind in ("expected", "actual", "difference"):
        name = f"faults/cell-{place}-0-{kind}.png"
        assert f"test-report/{name}" in messages["faults"][f"Cell {place}"]
        assert f'src="{name}"' in page
        assert Image.open(folder / "test-report" / name).size == (440, 330)


# The root conftest


def test_without_mnist_every_kernel_is_told_to_use_the_sample(monkeypatch):
    def unavailable():
        raise mnistlib.DataUnavailableError("no MNIST\nConnect.")

    class Config:
        def add_cleanup(self, undo):
            self.undo = undo

    monkeypatch.delenv("MNISTLIB_SAMPLE", raising=False)
    monkeypatch.setattr(mnistlib, "load_mnist", unavailable)
    config, conftest = Config(), load(ROOT / "conftest.py")
    assert conftest.look_for_mnist(config) == {"MNIST": "no MNIST Connect."}
    assert os.environ["MNISTLIB_SAMPLE"] == "1"
    assert "MNISTLIB_SAMPLE" in conftest.look_for_mnist(config)["MNIST"]  # who asked for the sample gets it
    config.undo()
    assert "MNISTLIB_SAMPLE" not in os.environ
    monkeypatch.setattr(mnistlib, "load_mnist", lambda: None)
    assert conftest.look_for_mnist(config) == {}


# tools/outputs.py


@pytest.fixture
def outputs(monkeypatch):
    module = load(ROOT / "tools" / "outputs.py")
    monkeypatch.setattr(module, "why_not", lambda: None)
    return module


NOISY = """import sys, time
print(1, flush=True)
for end in "ab":
    print("\\r 50%|## | 1/2 [00:00<00:00, 3.1it/s]", file=sys.stderr, end="", flush=True)
print(2)
object()"""


def test_outputs_are_written_once_and_the_second_run_changes_nothing(outputs, tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    write(path, [cell("x = 1", count=7), v4.new_markdown_cell("text"), cell("", count=None), cell(NOISY)])
    old = nbformat.read(path, 4)
    assert outputs.main([str(path)]) == 0
    assert "changed a.ipynb; failed none" in capsys.readouterr().out
    text, nb = path.read_bytes(), nbformat.read(path, 4)
    assert outputs.main([str(path)]) == 0
    assert "changed none; failed none" in capsys.readouterr().out
    assert path.read_bytes() == text == (nbformat.writes(nb) + "\n").encode()
    code = [each for each in nb.cells if each.cell_type == "code"]
    assert [each.execution_count for each in code] == [1, None, 2]
    shown = [each.get("text") or each.data["text/plain"] for each in code[2].outputs]
    assert shown == ["1\n2\n", "<object at 0x000000>"]
    assert [(each.id, each.metadata, each.source) for each in nb.cells] == [
        (each.id, each.metadata, each.source) for each in old.cells]
    assert nb.metadata == old.metadata
    assert os.listdir(tmp_path) == ["a.ipynb"]


def test_a_notebook_whose_cell_fails_is_left_alone_and_the_next_one_is_run(outputs, tmp_path, capsys):
    write(tmp_path / "a.ipynb", [cell("print(1)"), cell("undefined")])
    write(tmp_path / "b.ipynb", [cell("print(1)")])
    text = (tmp_path / "a.ipynb").read_bytes()
    assert outputs.main([str(tmp_path / "a.ipynb"), str(tmp_path / "b.ipynb")]) == 1
    assert (tmp_path / "a.ipynb").read_bytes() == text
    assert "changed b.ipynb; failed a.ipynb" in (printed := capsys.readouterr()).out
    assert "undefined" in printed.err and "NameError" in printed.err


def test_outputs_are_not_made_from_the_sample(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MNISTLIB_SAMPLE", "1")
    write(tmp_path / "a.ipynb", [cell("print(1)")])
    text = (tmp_path / "a.ipynb").read_bytes()
    assert load(ROOT / "tools" / "outputs.py").main([str(tmp_path / "a.ipynb")]) == 2
    assert "MNISTLIB_SAMPLE" in capsys.readouterr().err
    assert (tmp_path / "a.ipynb").read_bytes() == text


def test_an_edit_made_while_the_notebook_ran_is_not_overwritten(outputs, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("edited")
    with pytest.raises(RuntimeError, match="edited while it ran"):
        outputs.replace(path, "as it was read", "result")
    assert path.read_text() == "edited"


@pytest.mark.parametrize("picture, text, kept", [
    (curve(noise=2e-5), "0.69315", True),
    (curve(noise=5e-4), "0.69315", False),  # an author's change, if a small one
    (curve(noise=2e-5), "0.69316", False),
])
def test_outputs_that_look_the_same_keep_their_bytes(outputs, picture, text, kept):
    def notebook(picture, text):
        return v4.new_notebook(cells=[cell("plot()", stream(text), picture_result(picture), count=1)])

    before, after = notebook(curve(), "0.69315"), notebook(picture, text)
    assert after.cells[0].outputs != before.cells[0].outputs
    outputs.tidy(after, before)
    assert (after.cells[0].outputs == before.cells[0].outputs) is kept
