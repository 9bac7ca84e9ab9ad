"""tools/outputs.py: what it writes is what gets committed."""

import base64
import io
import os
import sys

import nbformat
import pytest
from nbformat import v4
from PIL import Image

from tools import outputs as tool


@pytest.fixture
def outputs(monkeypatch):
    monkeypatch.setattr(tool, "why_not", lambda: None)
    return tool


def cell(source, count=None, outputs=()):
    return v4.new_code_cell(source, execution_count=count, outputs=list(outputs))


def write(path, cells):
    nbformat.write(v4.new_notebook(cells=cells), path)


NOISY = """import sys, time
print(1, flush=True)
for end in "ab":
    print("\\r 50%|## | 1/2 [00:00<00:00, 3.1it/s]", file=sys.stderr, end="", flush=True)
print(2)
object()"""


def test_outputs_are_written_once_and_the_second_run_changes_nothing(outputs, tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    write(path, [cell("x = 1", count=7), v4.new_markdown_cell("text"), cell(""), cell(NOISY)])
    old = nbformat.read(path, 4)
    edited = nbformat.read(path, 4)  # as JupyterLab stores it
    edited.cells[0].metadata["editable"] = True
    nbformat.write(edited, path)
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


def test_the_kernel_is_that_of_the_running_python(outputs, tmp_path):
    write(tmp_path / "a.ipynb", [cell("import sys\nsys.executable")])
    assert outputs.main([str(tmp_path / "a.ipynb")]) == 0
    [shown] = nbformat.read(tmp_path / "a.ipynb", 4).cells[0].outputs
    assert shown.data["text/plain"] == repr(sys.executable)


def test_outputs_are_not_made_from_the_sample(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MNISTLIB_SAMPLE", "1")
    write(tmp_path / "a.ipynb", [cell("print(1)")])
    text = (tmp_path / "a.ipynb").read_bytes()
    assert tool.main([str(tmp_path / "a.ipynb")]) == 2
    assert "MNISTLIB_SAMPLE" in capsys.readouterr().err
    assert (tmp_path / "a.ipynb").read_bytes() == text


def test_a_zero_does_not_ask_for_the_sample(monkeypatch):
    monkeypatch.setenv("MNISTLIB_SAMPLE", "0")
    monkeypatch.setattr("mnistlib.load_mnist", lambda: None)
    assert tool.why_not() is None


def test_an_edit_made_while_the_notebook_ran_is_not_overwritten(outputs, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("edited")
    with pytest.raises(RuntimeError, match="edited while it ran"):
        outputs.replace(path, "as it was read", "result")
    assert path.read_text() == "edited"


@pytest.mark.parametrize("grey, text, kept", [
    (101, "0.69315", True),
    (104, "0.69315", False),  # an author's change, if a small one
    (101, "0.69316", False),
    (101, "[1. 1e-17]", False),
])
def test_outputs_that_look_the_same_keep_their_bytes(outputs, grey, text, kept):
    def notebook(grey, text):
        png = io.BytesIO()
        Image.new("L", (9, 9), grey).save(png, "png")
        picture = v4.new_output("display_data", {"image/png": base64.b64encode(png.getvalue()).decode()})
        return v4.new_notebook(cells=[cell("plot()", 1, [v4.new_output("stream", text=text), picture])])

    before, after = notebook(100, "[1. 2e-17]" if "[" in text else "0.69315"), notebook(grey, text)
    assert after.cells[0].outputs != before.cells[0].outputs
    outputs.tidy(after, before)
    assert (after.cells[0].outputs == before.cells[0].outputs) is kept
