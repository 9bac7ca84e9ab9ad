"""The plugin on whole notebooks: cells with one fault each, cells that must pass, and what it is asked for.

An emptied assertion is not among the faults: it prints nothing, so outputs cannot show it.
"""

import base64
import io
import xml.etree.ElementTree as ET
from copy import deepcopy
from itertools import product

import nbformat
import pytest
from nbformat import v4
from nbtruth.compare import Tolerance
from nbtruth.validator import PICTURES, read_tags
from nbval import kernel
from PIL import Image

pytest_plugins = ["pytester"]
PARALLEL = ["-n", "2"]

# Tags


def test_tags_set_what_they_name():
    tolerance, reason, complaints = read_tags(
        ["rtol=0.02", "atol=5e-1", "image-tol=30", "normalise:timing", "normalise:ids",
         "run-only:needs-colab", "hide-input", "raises-exception"])
    assert tolerance == Tolerance(0.02, 0.5, image=30, hidden=frozenset({"timing", "ids"}))
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


# Whole notebooks

SHOW = "from IPython.display import Image\nImage('{}.png')"
WIDGET = ("from IPython.display import display\nfrom uuid import uuid4\n"
          "display({'application/vnd.jupyter.widget-view+json': {'model_id': uuid4().hex}}, raw=True)")
CAPTURED = ("from comm import create_comm\nwidget = create_comm(target_name='jupyter.widget')\n"
            "def begin(name): widget.send({'method': 'update', 'state': {'msg_id': name}})\n"
            "begin('this cell'); print(1); clear_output(); display(2); begin(''); print(4)")
SVG = "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"p{}\">{}</svg>')"
IN_ORDER = 0  # replaced by the cell's place


def cell(source, *outputs, tags=(), count=IN_ORDER):
    metadata = {"tags": list(tags)}
    return v4.new_code_cell(source, outputs=list(outputs), metadata=metadata, execution_count=count)


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def result(data):
    return v4.new_output("execute_result", execution_count=1, data=data)


def error(name, value):
    return v4.new_output("error", ename=name, evalue=value, traceback=[])


def picture(name):
    stream = io.BytesIO()
    Image.linear_gradient("L").rotate(90 * (name == "new")).save(stream, "png")
    return stream.getvalue()


FIGURE = result({"image/png": base64.b64encode(picture("old")).decode(),
                 "text/plain": "<IPython.core.display.Image object>"})
MODEL = v4.new_output("display_data", data={
    "application/vnd.jupyter.widget-view+json": {"model_id": "00d08e0e53bc4d3c9d8a6b1e2f3a4b5c"}})
PARTS = result({"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" id="p0123456789">2026-11-24</svg>',
                "text/plain": "<IPython.core.display.SVG object>"})
SHOWN_3 = v4.new_output("display_data", data={"text/plain": "3"})
GOOD = {
    "rounding": cell("print(0.69315)", stream("0.69316\n")),
    "no output": cell("x = 1"),
    "pieces": cell("import sys\nprint(1, flush=True)\nprint(2)", stream("1\n"), stream("2\n")),
    "empty": cell(" ", count=None),
    "loosened": cell("print(0.83)", stream("0.84\n"), tags=["rtol=0.02"]),
    "run only": cell("print(1)", stream("2\n"), tags=["run-only:needs-colab"]),
    "expected exception": cell("1/0", error("ZeroDivisionError", "division by zero"),
                               tags=["raises-exception"]),
    "a figure": cell(SHOW.format("old"), FIGURE),
    "silenced by a semicolon": cell("x;"),
    "after it": cell("x + 1", result({"text/plain": "2"})),
    "from Jupyter's history": cell("Out[9] + _", result({"text/plain": "4"})),
    "a widget": cell(WIDGET, MODEL, tags=["normalise:ids"]),
    "cleared": cell("from IPython.display import clear_output, display\nfor i in range(3):\n    print(i)\n"
                    "    clear_output(wait=i > 0)", stream("2\n")),
    "updated": cell("shown = display(1, 2, display_id='x')\nshown.update(3)", *[SHOWN_3] * 2),
    "cleared at once": cell("print(1)\nclear_output()"),
    "shown in a widget": cell(CAPTURED, stream("4\n")),
    "an SVG": cell(SVG.format("abcdef0123", "2026-11-25"), PARTS, tags=["normalise:ids", "normalise:dates"]),
}
FAULTS = {  # name: (cell, words of the message)
    "another number": (cell("print(6.632e-34)", stream("6.626e-34\n")), "6.626e-34 became 6.632e-34"),
    "another integer": (cell("print(8204)", stream("8203\n")), "8203 became 8204"),
    "another word": (cell("print('dog 1')", stream("cat 1\n")), "text differs"),
    "extra output": (cell("print(1)"), "expected: no output"),
    "missing output": (cell("x = 1", stream("1\n")), "actual:   no output"),
    "missing output, by a semicolon": (cell("x;", result({"text/plain": "1"})), "actual:   no output"),
    "stale output of an empty cell": (cell("", stream("1\n"), count=None), "Unrun reference cell"),
    "never run": (cell("y = 2", count=None), "without having been run"),
    "what a faulty cell defines": (cell("print(y)", stream("3\n")), "3 became 2"),
    "outputs, but never run": (cell("print(1)", stream("1\n"), count=None), "without having been run"),
    "out of order": (cell("z = 3", count=99), "with execution count 99 instead of"),
    "skip tag": (cell("print(1)", stream("2\n"), tags=["nbval-skip"]), "run-only:reason"),
    "ignore comment": (cell("# NBVAL_IGNORE_OUTPUT\nprint(1)", stream("2\n")), "run-only:reason"),
    "run only, exception": (cell("1/0", tags=["run-only:x"]), "ZeroDivisionError"),
    "exception": (cell("{}['key']"), "KeyError"),
    "another exception": (cell("1/0", error("ValueError", "division by zero"), tags=["raises-exception"]),
                          "text differs"),
    "no exception": (cell("x = 1", error("ValueError", "no"), tags=["raises-exception"]), "no output"),
    "another figure": (cell(SHOW.format("new"), FIGURE), "pixels differ"),
    "an untagged widget": (cell(WIDGET, MODEL), "hide it: normalise:ids"),
    "an untagged SVG": (cell(SVG.format("abcdef0123", "2026-11-25"), PARTS), "normalise:dates normalise:ids"),
    "end of the kernel": (cell("import os\nos._exit(1)"), "The kernel died"),
    "after the end": (cell("x = 1"), "Kernel dead"),
}
DATA = {  # name: (cell, fails with the data, fails without)
    "true": (cell("print(0.5)", stream("0.5\n"), tags=["mnist"]), False, False),
    "other data": (cell("print(0.5)", stream("0.6\n"), tags=["mnist"]), True, False),
    "exception": (cell("1/0", tags=["mnist"]), True, True),
    "never run": (cell("x = 1", tags=["mnist"], count=None), True, True),
    "not of the data": (cell("print(0.5)", stream("0.6\n")), True, True),
}
CONFTEST = """
import os, sys
sys.modules["numpy"] = None  # the plugin does not need it

def pytest_nbtruth_data(config):
    with open("asked", "a") as file:
        file.write("once ")
    return {"MNIST": os.environ.get("ADVICE")}
"""


def write(path, cells):
    place, cells = 0, deepcopy(cells)
    for each in cells:
        place += each.cell_type == "code" and bool(each.source.strip())
        if each.get("execution_count") == IN_ORDER:
            each.execution_count = place
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells), path)


def validate(pytester, *arguments):
    """pytest's result, and {notebook: {cell: message or None}}."""
    run = pytester.runpytest_subprocess("--nbtruth", "--junitxml=report.xml", *arguments)
    messages = {}
    for case in ET.parse(pytester.path / "report.xml").iter("testcase"):
        failure = case.find("failure")
        notebook = messages.setdefault(case.get("classname").removesuffix(".ipynb"), {})
        notebook[int(case.get("name").removeprefix("Cell "))] = None if failure is None else failure.text
    return run, messages


def not_as_wanted(messages, wanted):
    """{cell: message} where the message is not what is wanted, None or some words of it."""
    assert len(messages) == len(wanted)
    return {name: messages[i] for i, (name, words) in enumerate(wanted.items())
            if (messages[i] is None) != (words is None) or (words or "") not in (messages[i] or "")}


def test_faults_are_found_and_true_cells_pass(pytester):
    """Under xdist, below a folder named like the plugin, without numpy; each folder has its own pictures."""
    pytester.makeconftest(CONFTEST)
    for folder, name in product(("nbtruth", "a b"), ("old", "new")):
        (pytester.path / folder).mkdir(exist_ok=True)
        (pytester.path / folder / f"{name}.png").write_bytes(picture(name))
    write(pytester.path / "nbtruth" / "good.ipynb", list(GOOD.values()))
    write(pytester.path / "nbtruth" / "twin.ipynb", [each for each, _ in FAULTS.values()])
    write(pytester.path / "a b" / "twin.ipynb", [FAULTS["another figure"][0]])
    run, messages = validate(pytester, *PARALLEL)
    assert not_as_wanted(messages["nbtruth.good"], dict.fromkeys(GOOD)) == {}
    assert not_as_wanted(messages["nbtruth.twin"], {name: words for name, (_, words) in FAULTS.items()}) == {}
    assert ("notebooks: 28 cells compared, 1 run only (1 needs colab), 0 skipped, "
            "9 failed before comparison; MNIST was there") in run.outlines
    assert (pytester.path / "asked").read_text() == "once "
    page = (pytester.path / "test-report" / "index.html").read_text()
    place = list(FAULTS).index("another figure")
    for notebook, i, kind in [*product(["nbtruth"], [place], PICTURES), *product(["a b"], [0], PICTURES)]:
        name = f"{notebook}/twin/cell-{i:02d}-0-{kind}.png"
        assert f"test-report/{name}" in messages[f"{notebook}.twin"][i]
        assert f'src="{name.replace(" ", "%20")}"' in page
        assert Image.open(pytester.path / "test-report" / name).size == (256, 256)


@pytest.mark.parametrize("missing, arguments, advice", [
    (False, [], ""),
    (True, PARALLEL, "Fetch it."),
    (True, ["--nbtruth-missing=MNIST"], "--nbtruth-missing says so."),
])
def test_cells_of_missing_data_are_run_only(pytester, monkeypatch, missing, arguments, advice):
    if advice == "Fetch it.":
        monkeypatch.setenv("ADVICE", advice)
    pytester.makeconftest(CONFTEST)
    write(pytester.path / "data.ipynb", [each for each, _, _ in DATA.values()])
    run, messages = validate(pytester, *arguments)
    fails = {name: "" if row[2 if missing else 1] else None for name, row in DATA.items()}
    assert not_as_wanted(messages["data"], fails) == {}
    said = f"MNIST IS MISSING: its cells are run, not compared. {advice}"
    assert run.outlines.count(said) == 2 * missing  # head and foot
    assert ("notebooks: 1 cells compared, 0 run only, 0 skipped, 2 failed before comparison; "
            "2 run only because MNIST was missing" if missing else
            "notebooks: 3 cells compared, 0 run only, 0 skipped, 2 failed before comparison; MNIST was there"
            ) in run.outlines


def test_settings_and_options(pytester):
    pytester.makeini("[pytest]\nnbtruth_rtol = 0.01\nnbtruth_atol = 0.1\nnbtruth_report = out/pictures")
    (pytester.path / "new.png").write_bytes(picture("new"))
    write(pytester.path / "a.ipynb", [
        cell("print(10.1)", stream("10.2\n")),
        cell("print(10.1)", stream("10.2\n"), tags=["rtol=0", "atol=0"]),
        cell("print(0.)", stream("0.09\n")), cell(SHOW.format("new"), FIGURE)])
    said = {"rtol": None, "its own": "rtol 0, atol 0", "atol": None, "figure": "out/pictures/a/cell-03"}
    assert not_as_wanted(validate(pytester)[1]["a"], said) == {}
    said = {"rtol": "rtol 0.001", "its own": "rtol 0", "atol": "atol 0", "figure": "255, allowed are 20"}
    _, messages = validate(pytester, "--nbtruth-rtol=0.001", "--nbtruth-atol=0", "--nbtruth-image=20")
    assert not_as_wanted(messages["a"], said) == {}


@pytest.mark.parametrize("argument, said", [
    *((option, "--nbtruth exclude each other")
      for option in ("--nbval", "--nbval-lax", "--nbdime", "--nbval-sanitize-with=x")),
    ("--nbtruth-rtol=lots", "nbtruth_rtol is 'lots', expected a number from 0 to 0.5"),
    ("--nbtruth-rtol=0.9", "nbtruth_rtol is '0.9'"), ("--nbtruth-atol=-1", "nbtruth_atol is '-1'"),
    ("--nbtruth-image=nan", "nbtruth_image is 'nan'"),
    ("--nbtruth-report=.", "expected a folder below"), ("--nbtruth-report=..", "expected a folder below"),
    ("--nbval-kernel-name=R", "no kernel 'R' is here, but"), ("-pno:nbval", "add -p nbval.plugin"),
    ("--dist=loadgroup", "use --dist loadfile"),
])
def test_what_cannot_be_is_one_line(pytester, argument, said):
    refused(pytester.runpytest("--nbtruth", argument), said)


def refused(run, said):
    [line] = [line for line in run.errlines if line]
    assert run.ret == pytest.ExitCode.USAGE_ERROR and line.startswith("ERROR: ") and said in line


@pytest.mark.parametrize("spoil, said", [
    ("sys.modules['PIL'] = None", "pip install nbval nbformat pillow"),
    ("sys.modules['nbformat'] = None", "pip install nbval nbformat pillow"),
    ("sys.modules['nbval'] = None", "pip install nbval nbformat pillow"),
    ("del nbval.plugin.coalesce_streams", "plugin.coalesce_streams is missing"),
    ("del nbval.plugin.IPyNbFile.setup", "plugin.IPyNbFile.setup is missing"),
    ("nbval.kernel.RunningKernel.execute_cell_input = lambda self, code: None",
     "kernel.RunningKernel.execute_cell_input is with the arguments ['self', 'code']"),
    ("def pytest_nbtruth_data(config): return ['MNIST']", "gave ['MNIST'], expected {name: None or words}"),
    ("def pytest_nbtruth_data(config): return {'MNIST': True}", "gave {'MNIST': True}"),
])
def test_a_missing_package_another_nbval_and_a_wrong_answer_are_one_line(pytester, spoil, said):
    pytester.makeconftest(f"import sys, nbval.kernel, nbval.plugin\n{spoil}")
    refused(pytester.runpytest_subprocess("--nbtruth"), said)


@pytest.mark.parametrize("said, outcome", [("Kernel died before replying to kernel_info", {"passed": 1}),
                                           ("Kernel didn't respond in 60 seconds", {"errors": 1})])
def test_a_kernel_that_dies_at_its_start_is_started_once_more(pytester, monkeypatch, said, outcome):
    start = kernel.start_new_kernel
    answers = iter([RuntimeError(said), None])

    def start_new_kernel(**given):
        if error := next(answers):
            raise error
        return start(**given)

    monkeypatch.setattr(kernel, "start_new_kernel", start_new_kernel)
    write(pytester.path / "a.ipynb", [cell("print(1)", stream("1\n"))])
    pytester.runpytest("--nbtruth").assert_outcomes(**outcome)


def test_a_file_that_is_no_notebook_is_one_line(pytester):
    (pytester.path / "a.ipynb").write_text("<<<<<<< HEAD")
    run = pytester.runpytest("--nbtruth")
    lines = ["*ERROR collecting*", "a.ipynb is no notebook: Expecting value*", "notebooks: 0 *"]
    run.stdout.fnmatch_lines(lines, consecutive=True)


def test_without_its_option_it_is_not_even_imported(pytester):
    write(pytester.path / "a.ipynb", [cell("print(1)", stream("2\n"))])
    pytester.makepyfile("""
        def test_modules():
            import sys
            assert not {"nbtruth.validator", "nbtruth.compare", "PIL"} & set(sys.modules)""")
    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=1)
