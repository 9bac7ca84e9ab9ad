"""tools/slack.py: what a cell's tolerances need is found, and what is too wide or too narrow is replaced."""

import math

import pytest
from nbformat import read, v4, write
from nbtruth.compare import DEFAULT
from nbtruth.validator import LIMITS

from tools.slack import ALLOWED, KERNELS, judge, measure, needed, runs, tag, tolerances, twice


def printed(text):
    return [v4.new_output("stream", name="stdout", text=text)]


def outputs(expected, *actual):
    return printed(expected), [printed(text) for text in actual], DEFAULT


def cell(expected, *tags):
    return v4.new_code_cell("", outputs=printed(expected), metadata={"tags": ["mnist", *tags]})


@pytest.mark.parametrize("expected, actual, tags, least", [
    ("loss 0.5", "loss 0.5", {"rtol": 0.1}, 0.0),
    ("loss 0.50001", "loss 0.50002", {"rtol": 0.1, "atol": 0.1}, 0.0),
    ("loss 0.500", "loss 0.505", {"rtol": 0.02}, 0.5),
    ("loss 0.0", "loss 0.3", {"atol": 0.1}, 3.0),
    ("losses 0.0 and 100.0", "losses 0.1 and 110.0", {"atol": 0.2, "rtol": 0.2}, 0.5),
    ("loss 10.0", "loss 13.0", {"atol": 2, "rtol": 0.2}, 0.75),
])
def test_the_least_factor_of_all_tolerances_is_found(expected, actual, tags, least):
    assert needed(*outputs(expected, actual), tags) == pytest.approx(least, rel=0.06)


def test_the_worst_of_the_runs_decides():
    assert needed(*outputs("loss 0.500", "loss 0.505", "loss 0.515", "loss 0.500"),
                  {"rtol": 0.03}) == pytest.approx(1, rel=0.06)


def test_no_tolerance_helps_where_words_differ():
    assert math.isinf(needed(*outputs("up 0.5", "down 0.5"), {"rtol": 0.1}))
    before, factor, better = judge(cell("up 0.5", "rtol=0.1"), [printed("down 0.5")])
    assert math.isinf(factor) and better == before


@pytest.mark.parametrize("tags", [[], ["rtol=0.02"]])
def test_tags_that_are_right_stay(tags):
    actual = [printed("loss 0.506")] if tags else [printed("loss 0.5001")]
    before, factor, better = judge(cell("loss 0.500", *tags), actual)
    assert before == better and factor <= 1


@pytest.mark.parametrize("expected, actual, tags, better", [
    ("loss 0.5", "loss 0.5", ["rtol=0.02", "atol=3"], {}),
    ("loss 0.500", "loss 0.505", ["rtol=0.1"], {"rtol": 0.02}),
    ("loss 0.500", "loss 0.505", ["rtol=0.002"], {"rtol": 0.02}),
    ("loss 0.500", "loss 0.505", [], {"rtol": 0.02}),
    ("loss 0.500", "loss 0.505", ["atol=0.3"], {"rtol": 0.02}),
    ("losses 0.0 and 100.0", "losses 0.1 and 110.0", ["rtol=0.3", "atol=2"], {"rtol": 0.2, "atol": 1.0}),
    ("losses 0.0 and 9.0", "losses 0.1 and 9.1", ["rtol=0.01", "atol=0.2"], {"atol": 0.2}),
    ("slope 1.0 of 8.0", "slope 2.0 of 8.0", ["rtol=0.5", "atol=4"], {"atol": 2.0}),
])
def test_tags_that_are_not_right_are_replaced(expected, actual, tags, better):
    assert judge(cell(expected, *tags), [printed(actual)])[2] == better


def test_what_is_proposed_is_right():
    wrong = cell("losses 0.0 and 100.0", "rtol=0.3", "atol=2")
    others = [printed("losses 0.1 and 110.0")]
    tag(wrong, judge(wrong, others)[2])
    before, factor, better = judge(wrong, others)
    assert before == better and 1 / ALLOWED <= factor <= 1


@pytest.mark.parametrize("found", [0.00051, 0.0007, 0.0031, 0.012, 0.049, 0.09])
def test_twice_is_round_and_enough_and_no_more_than_allowed(found):
    new = twice(found, "rtol")
    assert found <= new <= ALLOWED * found
    assert f"{new:.0e}" == f"{new:e}".replace(".000000", "")
    assert twice(LIMITS["image"], "image") == LIMITS["image"]


def test_tags_are_read_and_written():
    tagged = cell("", "rtol=0.02", "image-tol=60", "normalise:timing")
    assert tolerances(tagged) == {"rtol": 0.02, "image": 60.0}
    tag(tagged, {"image": 20.0})
    assert tagged.metadata.tags == ["mnist", "normalise:timing", "image-tol=20"]


def test_each_kernel_runs_and_numpy_and_torch_with_it(tmp_path, monkeypatch):
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "ATEN_CPU_CAPABILITY",
                 "NPY_DISABLE_CPU_FEATURES"):
        monkeypatch.setenv(name, "")  # and so restored
    code = ("from threadpoolctl import threadpool_info\nimport numpy as np\n"
            "[info] = threadpool_info()\nprint(info['architecture'], info['num_threads'])")
    write(v4.new_notebook(cells=[v4.new_code_cell(code)]), tmp_path / "notebook.ipynb")
    said = [nb.cells[0].outputs[0].text.split() for nb in runs(tmp_path / "notebook.ipynb")]
    assert [threads for _, threads in said] == ["1", "2"] * (len(said) // 2)
    assert len({kernel for kernel, _ in said}) == len(said) / 2 >= len(KERNELS) - 1


def test_what_was_measured_is_written_where_it_is_asked_for(tmp_path, monkeypatch, capsys):
    path = tmp_path / "03-a.ipynb"
    write(v4.new_notebook(cells=[cell("loss 0.500", "rtol=0.3"), cell("loss 0.500")]), path)
    other = v4.new_notebook(cells=[cell(""), cell("")])
    for one, loss in zip(other.cells, ("0.505", "0.500")):
        one.outputs = printed(f"loss {loss}")
    monkeypatch.setattr("tools.slack.runs", lambda path: [other])
    assert not measure(path, write=False) and tolerances(read(path, 4).cells[0]) == {"rtol": 0.3}
    assert not measure(path, write=True)
    assert [tolerances(one) for one in read(path, 4).cells] == [{"rtol": 0.02}, {}]
    capsys.readouterr()
    assert measure(path, write=False) and "03: all tolerances are right" in capsys.readouterr().out
