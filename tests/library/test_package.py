"""The package as a whole: its public names, how light it is, and what may import what."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import mnistlib
from mnistlib import _mnist, load_mnist, load_sample

PUBLIC = [
    "ConvNet", "DataUnavailableError", "Dataset", "FastConvNet", "FastMLP", "FastNeuralNetwork", "MLP",
    "NeuralNetwork", "Warps", "accuracy", "hinge_loss", "l2_penalty", "linear_scores", "load_digits",
    "load_mnist", "load_sample", "minibatches", "numerical_gradient", "one_hot", "predict", "read_digit",
    "softmax_cross_entropy", "squared_error",
]
# Of ours, what each module may import. Private modules are free to all.
FLOORS = {"mlp": {"losses"}, "fast": {"losses", "mlp", "network"}, "training": {"mlp", "optim"},
          "convolution": {"losses", "mlp"}, "fast_convolution": {"convolution", "losses"},
          "distributed": {"convolution", "data", "linear", "mlp", "optim"}}

PACKAGE = Path(mnistlib.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
EVERY_MODULE = pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))


def test_public_names_are_the_designs():
    assert mnistlib.__all__ == PUBLIC
    names = {name for name in dir(mnistlib)
             if not name.startswith("_") and not inspect.ismodule(getattr(mnistlib, name))}
    assert names == set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_have_a_contract(name):
    thing = getattr(mnistlib, name)
    assert len(inspect.getdoc(thing)) > 40
    # What a class offers, it explains: its own public methods too.
    for method, value in vars(thing).items() if inspect.isclass(thing) else ():
        if inspect.isfunction(value) and not method.startswith("_"):
            assert value.__doc__, f"{name}.{method}"


@pytest.mark.parametrize("module, loads_not", [
    ("mnistlib", {"torch", "torchvision", "matplotlib", "sklearn", "PIL", "scipy"}),
    ("mnistlib.handwriting", {"torch", "torchvision", "matplotlib", "sklearn"})])
def test_import_is_light(module, loads_not):
    code = f"import {module}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert module in loaded.split() and not loads_not & set(loaded.split())


def test_what_needs_scipy_comes_when_it_is_asked_for():
    code = "import mnistlib, sys; a = mnistlib.NeuralNetwork; from mnistlib import NeuralNetwork, read_digit"
    code += "; assert a is NeuralNetwork and {'NeuralNetwork', 'MLP', '__all__'} <= set(dir(mnistlib))"
    code += "; assert read_digit is mnistlib.handwriting.read_digit and 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@EVERY_MODULE
def test_a_module_says_what_it_is_for(module):
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))


def imports_of_ours(module):
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name the package in full"
            names = [node.module] if node.module != "mnistlib" else [f"mnistlib.{a.name}" for a in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("mnistlib."))


@EVERY_MODULE
def test_no_module_imports_from_a_higher_floor(module):
    if module == PACKAGE / "__init__.py":
        return
    room = module.relative_to(PACKAGE).parts[0].removesuffix(".py")  # a folder is one room
    public = {name for name in imports_of_ours(module) if not name.startswith("_")}
    assert public - {room} <= FLOORS.get(room, set())


def test_the_warning_of_a_full_disk_points_at_the_line_that_asked(tmp_path, monkeypatch):
    """Not among the tests of the cache: mutmut puts calls of its own in between."""
    monkeypatch.setattr(_mnist, "_from_torchvision", lambda root, download: load_sample()[:4])
    monkeypatch.setattr(_mnist, "_put", lambda file, arrays: Path("/").write_text(""))
    with pytest.warns(UserWarning, match="cannot be kept") as caught:
        load_mnist(tmp_path)
    assert caught[0].filename == __file__
